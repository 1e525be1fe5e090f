"""Everything that the author of a plugin imports; the built-in types are written on it, too."""

from cartcore.cart import (
    LARGEST_QUANTITY,
    CartLine,
    CartShipment,
    Customer,
    CustomItem,
    PriceOverride,
    speed_names,
)
from cartcore.errors import (
    CurrencyMismatch,
    InvalidField,
    InvalidTaxTable,
    PluginError,
    TaxUndetermined,
)
from cartcore.errors.sentences import alternatives, counted, ordinal, shown, times
from cartcore.promotions.conditions import (
    check_condition,
    needs_of,
    nested_condition,
    nested_conditions,
    words_of,
)
from cartcore.promotions.context import PricingContext, UnitGroup
from cartcore.promotions.offer import Discount, Ineligible, Offer, Per, TakenFirst, TiedItem
from cartcore.promotions.rulebook import Plugin, PluginSource, Rulebook
from cartcore.promotions.selection import ALL_LINES, Selection
from cartcore.promotions.tax import PartTax, TaxablePart, TaxedBy, TaxRate, TaxRequest
from cartcore.promotions.types import (
    AtMost,
    ConditionType,
    DisplayName,
    LeastLeft,
    Needs,
    PromotionClass,
    PromotionType,
    Renamed,
    StaysUnmet,
    TaxCalculator,
    Upgrades,
    UsesUnits,
)
from cartcore.rules.claims import most_expensive_first, most_off_unit
from cartcore.rules.hookspecs import hookimpl
from cartcore.rules.loading import load_rulebook
from cartcore.rules.picking import first_units
from cartcore.shop.address import Address, Place, country_codes
from cartcore.shop.product import OpenOptions
from cartcore.shop.regions import known_regions, region_key
from cartcore.shop.speeds import RequestedLine, ShipmentRequest, ShippingSpeed, SpeedProvider
from cartcore.values.attributes import Attributes
from cartcore.values.converters import (
    non_negative_amount,
    one_currency,
    percentage,
    percentage_or_zero,
    positive_amount,
    positive_int,
)
from cartcore.values.guard import PluginFault
from cartcore.values.money import FINE_PER_MINOR, LARGEST_AMOUNT, currency_code, show
from cartcore.values.postal_codes import postal_code_starts, postal_prefix, postal_prefixes
from cartcore.values.records import REQUIRED, checked
from cartcore.values.text import normal
from cartcore.values.time_zones import local_time, zone_name

__all__ = [
    "ALL_LINES",
    "FINE_PER_MINOR",
    "LARGEST_AMOUNT",
    "LARGEST_QUANTITY",
    "REQUIRED",
    "Address",
    "AtMost",
    "Attributes",
    "CartLine",
    "CartShipment",
    "ConditionType",
    "CurrencyMismatch",
    "CustomItem",
    "Customer",
    "Discount",
    "DisplayName",
    "Ineligible",
    "InvalidField",
    "InvalidTaxTable",
    "LeastLeft",
    "Needs",
    "Offer",
    "OpenOptions",
    "PartTax",
    "Per",
    "Place",
    "Plugin",
    "PluginError",
    "PluginFault",
    "PluginSource",
    "PriceOverride",
    "PricingContext",
    "PromotionClass",
    "PromotionType",
    "Renamed",
    "RequestedLine",
    "Rulebook",
    "Selection",
    "ShipmentRequest",
    "ShippingSpeed",
    "SpeedProvider",
    "StaysUnmet",
    "TakenFirst",
    "TaxCalculator",
    "TaxRate",
    "TaxRequest",
    "TaxUndetermined",
    "TaxablePart",
    "TaxedBy",
    "TiedItem",
    "UnitGroup",
    "Upgrades",
    "UsesUnits",
    "alternatives",
    "check_condition",
    "checked",
    "counted",
    "country_codes",
    "currency_code",
    "first_units",
    "hookimpl",
    "known_regions",
    "load_rulebook",
    "local_time",
    "most_expensive_first",
    "most_off_unit",
    "needs_of",
    "nested_condition",
    "nested_conditions",
    "non_negative_amount",
    "normal",
    "one_currency",
    "ordinal",
    "percentage",
    "percentage_or_zero",
    "positive_amount",
    "positive_int",
    "postal_code_starts",
    "postal_prefix",
    "postal_prefixes",
    "region_key",
    "show",
    "shown",
    "speed_names",
    "times",
    "words_of",
    "zone_name",
]
