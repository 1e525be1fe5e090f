"""The built-in types, one plugin a file. Copying one is the honest way to start your own."""

from cartcore.rules.builtin.conditions import (
    all_of,
    any_of,
    cart_currency,
    chosen_speed,
    contact_tag,
    destination,
    distinct_products,
    max_subtotal,
    min_quantity,
    min_subtotal,
    negation,
    nth_order,
    sales_channel,
    time_window,
)
from cartcore.rules.builtin.conditions.all_of import AllOf
from cartcore.rules.builtin.conditions.any_of import AnyOf
from cartcore.rules.builtin.conditions.cart_currency import CartCurrency
from cartcore.rules.builtin.conditions.chosen_speed import ChosenSpeed
from cartcore.rules.builtin.conditions.contact_tag import ContactTag
from cartcore.rules.builtin.conditions.destination import Destination
from cartcore.rules.builtin.conditions.distinct_products import DistinctProducts
from cartcore.rules.builtin.conditions.max_subtotal import MaxSubtotal
from cartcore.rules.builtin.conditions.min_quantity import MinQuantity
from cartcore.rules.builtin.conditions.min_subtotal import MinSubtotal
from cartcore.rules.builtin.conditions.negation import Not
from cartcore.rules.builtin.conditions.nth_order import NthOrder
from cartcore.rules.builtin.conditions.sales_channel import SalesChannel
from cartcore.rules.builtin.conditions.time_window import TimeWindow, Weekday
from cartcore.rules.builtin.effects import (
    add_product,
    amount_off,
    bundle,
    buy_x_get_y,
    first_and_further,
    fixed_price,
    free_shipping,
    nth_of_set,
    order_amount_off,
    order_fixed_price,
    order_percent_off,
    percent_off,
    shipping_amount_off,
    shipping_fixed_price,
    shipping_percent_off,
    tiered_off,
)
from cartcore.rules.builtin.effects.add_product import AddProduct
from cartcore.rules.builtin.effects.amount_off import AmountOff
from cartcore.rules.builtin.effects.bundle import Bundle, BundlePart
from cartcore.rules.builtin.effects.buy_x_get_y import BuyXGetY
from cartcore.rules.builtin.effects.first_and_further import FirstAndFurtherOff
from cartcore.rules.builtin.effects.fixed_price import FixedPrice
from cartcore.rules.builtin.effects.free_shipping import FreeShipping
from cartcore.rules.builtin.effects.nth_of_set import NthOfSet, Spread
from cartcore.rules.builtin.effects.order_amount_off import OrderAmountOff
from cartcore.rules.builtin.effects.order_fixed_price import OrderFixedPrice
from cartcore.rules.builtin.effects.order_percent_off import OrderPercentOff
from cartcore.rules.builtin.effects.percent_off import PercentOff
from cartcore.rules.builtin.effects.shipping_amount_off import ShippingAmountOff
from cartcore.rules.builtin.effects.shipping_fixed_price import ShippingFixedPrice
from cartcore.rules.builtin.effects.shipping_percent_off import ShippingPercentOff
from cartcore.rules.builtin.effects.tiered_off import (
    AmountTier,
    Measure,
    PercentTier,
    TieredAmountOff,
    TieredPercentOff,
)
from cartcore.rules.builtin.speeds import (
    flat_rate,
    limited,
    pickup,
    rate_table,
    unit_rates,
    zone_rates,
)
from cartcore.rules.builtin.speeds.flat_rate import FlatRate
from cartcore.rules.builtin.speeds.limited import Limited
from cartcore.rules.builtin.speeds.pickup import Pickup
from cartcore.rules.builtin.speeds.rate_table import (
    SubtotalBand,
    SubtotalRates,
    WeightBand,
    WeightRates,
)
from cartcore.rules.builtin.speeds.unit_rates import UnitRates
from cartcore.rules.builtin.speeds.zone_rates import Zone, ZoneRates
from cartcore.rules.builtin.taxes import tax_table
from cartcore.rules.builtin.taxes.tax_row import (
    AppliesTo,
    ShippingTax,
    ShippingTaxedBy,
    TaxExemption,
    TaxRow,
)
from cartcore.rules.builtin.taxes.tax_table import TaxTable

PLUGINS = (
    add_product,
    all_of,
    amount_off,
    any_of,
    bundle,
    buy_x_get_y,
    cart_currency,
    chosen_speed,
    contact_tag,
    destination,
    distinct_products,
    first_and_further,
    fixed_price,
    flat_rate,
    free_shipping,
    limited,
    max_subtotal,
    min_quantity,
    min_subtotal,
    negation,
    nth_of_set,
    nth_order,
    order_amount_off,
    order_fixed_price,
    order_percent_off,
    percent_off,
    pickup,
    rate_table,
    sales_channel,
    shipping_amount_off,
    shipping_fixed_price,
    shipping_percent_off,
    tax_table,
    tiered_off,
    time_window,
    unit_rates,
    zone_rates,
)
"""The plugins that every rulebook has."""

__all__ = [
    "PLUGINS",
    "AddProduct",
    "AllOf",
    "AmountOff",
    "AmountTier",
    "AnyOf",
    "AppliesTo",
    "Bundle",
    "BundlePart",
    "BuyXGetY",
    "CartCurrency",
    "ChosenSpeed",
    "ContactTag",
    "Destination",
    "DistinctProducts",
    "FirstAndFurtherOff",
    "FixedPrice",
    "FlatRate",
    "FreeShipping",
    "Limited",
    "MaxSubtotal",
    "Measure",
    "MinQuantity",
    "MinSubtotal",
    "Not",
    "NthOfSet",
    "NthOrder",
    "OrderAmountOff",
    "OrderFixedPrice",
    "OrderPercentOff",
    "PercentOff",
    "PercentTier",
    "Pickup",
    "SalesChannel",
    "ShippingAmountOff",
    "ShippingFixedPrice",
    "ShippingPercentOff",
    "ShippingTax",
    "ShippingTaxedBy",
    "Spread",
    "SubtotalBand",
    "SubtotalRates",
    "TaxExemption",
    "TaxRow",
    "TaxTable",
    "TieredAmountOff",
    "TieredPercentOff",
    "TimeWindow",
    "UnitRates",
    "Weekday",
    "WeightBand",
    "WeightRates",
    "Zone",
    "ZoneRates",
]
