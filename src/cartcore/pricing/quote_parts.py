"""What a quote is made of: lines, shipments, adjustments, taxes, decisions, sums (PR-15, PR-16)."""

from enum import StrEnum

import attrs
from moneyed import Money

from cartcore.cart import CustomItem, PriceOverride
from cartcore.promotions.tax import TaxedBy
from cartcore.promotions.types import PromotionClass
from cartcore.shop.product import OpenOptions
from cartcore.shop.speeds import ShippingSpeed
from cartcore.values.attributes import NO_ATTRIBUTES, Attributes, as_attributes
from cartcore.values.money import from_minor, less, show, total
from cartcore.values.records import part


class Phase(StrEnum):
    """The phases of pricing, in their order (PR-4).

    Attributes:
        ITEMS: Item and product promotions.
        ORDER: Discounts of the order.
        SHIPPING: Discounts of shipping prices.
        TAX: Tax on what is left.
    """

    ITEMS = "items"
    ORDER = "order"
    SHIPPING = "shipping"
    TAX = "tax"


PHASE_OF = {
    PromotionClass.PRODUCT: Phase.ITEMS,
    PromotionClass.ITEM: Phase.ITEMS,
    PromotionClass.ORDER: Phase.ORDER,
    PromotionClass.SHIPPING: Phase.SHIPPING,
}


@attrs.frozen(kw_only=True, field_transformer=part)
class QuoteLine:
    """A line with what it costs.

    Attributes:
        line_id: The id of the line in the cart.
        sku: The SKU of the variant; empty for a custom item.
        product_id: The id of the product; empty for a custom item.
        description: The title with the chosen options: "Shirt (Black / L)".
        quantity: How many units.
        unit_price: The price of one unit, which may be finer than the minor unit (PR-2).
        amount: Unit price × quantity, rounded once, before discounts.
        discount: What item and order discounts take off.
        total: `amount` less `discount`.
        requires_shipping: Whether the units are sent.
        tied_to: The id of the promotion that added the line; empty for one entered by hand.
        attributes: What the shop keeps of its own beside it, by name (HA-8).
        override: Why `unit_price` is not the catalogue's; None where it is (HA-18).
        custom: What the line is of if it is of nothing in the catalogue, or None (HA-18).
    """

    line_id: str
    sku: str
    product_id: str
    description: str
    quantity: int
    unit_price: Money
    amount: Money
    discount: Money
    total: Money
    requires_shipping: bool
    tied_to: str = ""
    attributes: Attributes = attrs.field(default=NO_ATTRIBUTES, converter=as_attributes)
    override: PriceOverride | None = None
    custom: CustomItem | None = None

    @property
    def set_by(self) -> str:
        """Who set its price by hand; empty where it is the catalogue's (HA-18)."""
        given = self.override or self.custom
        return "" if given is None else given.actor

    @property
    def price_note(self) -> str:
        """In words why its price is not the catalogue's; empty where it is (HA-18)."""
        if self.custom is not None:
            return f"not in the catalogue, added by {self.custom.actor}"
        if self.override is None:
            return ""
        before = show(self.override.catalogue_price)
        return f"instead of {before}: {self.override.reason} ({self.override.actor})"


@attrs.frozen(kw_only=True, field_transformer=part)
class QuoteShipmentLine:
    """Units of a line in a shipment.

    Attributes:
        line_id: The id of the line.
        quantity: How many units of it are in the shipment.
        total: Their exact share of the line's total (PR-3).
    """

    line_id: str
    quantity: int
    total: Money


@attrs.frozen(kw_only=True, field_transformer=part)
class QuoteShipment:
    """A shipment: the goods in it, and its shipping price.

    Attributes:
        shipment_id: The id of the shipment in the cart.
        lines: The units in it, with their share of the lines' totals.
        goods: What its units cost after item and order discounts.
        speed: The shipping speed, or None as long as none is chosen.
        price: The shipping price before discounts; zero without a speed.
        discount: What shipping discounts take off.
        total: `price` less `discount`.
    """

    shipment_id: str
    lines: tuple[QuoteShipmentLine, ...]
    goods: Money
    speed: ShippingSpeed | None
    price: Money
    discount: Money
    total: Money


def _label(name: str, promo_code: str, actor: str) -> str:
    code = f" [{promo_code}]" if promo_code else ""
    by = f", given by {actor}" if actor else ""
    return f"{name}{code}{by}"


@attrs.frozen(kw_only=True, field_transformer=part)
class Adjustment:
    """One promotion's effect on one line or shipment (PR-16).

    Nothing is taken off units that were bought so that others are reduced.

    Attributes:
        promotion_id: The id of the promotion, or of the manual discount (PR-28).
        promotion_name: Its name; the reason of a manual discount.
        promo_code: The code it was applied by; empty without one.
        phase: The phase it belongs to (PR-4).
        line_id: The line it takes something off; empty for a shipment.
        shipment_id: The shipment it takes something off; empty for a line.
        discount: What it takes off, zero or more.
        units: How many units of the line it used; 0 for a shipment.
        actor: Who gave a manual discount; empty for a promotion.
    """

    promotion_id: str
    promotion_name: str
    promo_code: str
    phase: Phase
    line_id: str
    shipment_id: str
    discount: Money
    units: int
    actor: str = ""

    @property
    def label(self) -> str:
        """The promotion with its code, or the reason of a discount by hand with its giver."""
        return _label(self.promotion_name, self.promo_code, self.actor)


@attrs.frozen(kw_only=True, field_transformer=part)
class TaxCharge:
    """One tax on units of a line in one shipment, or on the price of a shipment (TX-8).

    Attributes:
        name: The name of the tax.
        percent: The rate, as a decimal number in text.
        line_id: The line it is for; empty for the price of a shipment.
        shipment_id: The shipment that its units are in, or whose price it is for; empty for units
            that are in none.
        base: What it is taken from: the net amount, for a compound tax with the taxes before it.
        amount: Its share of the tax.
        compound: Whether it is also taken from the taxes before it.
    """

    name: str
    percent: str
    line_id: str
    shipment_id: str
    base: Money
    amount: Money
    compound: bool = False


@attrs.frozen(kw_only=True, field_transformer=part)
class TaxedPart:
    """Units of a line in one shipment, or the price of a shipment, with its tax (TX-1, TX-8).

    Attributes:
        line_id: The line; empty for the price of a shipment.
        shipment_id: The shipment; empty for units that are in none.
        quantity: How many units; 1 for the price of a shipment.
        net: The price without tax, less the discounts that the store gives.
        tax: All taxes on it.
        gross: `net` plus `tax`.
        paid_by_third_party: What somebody else pays of it (TX-5).
        price_includes_tax: Whether the price had the tax in it (TX-3).
        exempt: Why it is not taxed, in words; empty where it is.
        taxed_by: Whether its own rates hold, or those of the goods (TX-6).
    """

    line_id: str
    shipment_id: str
    quantity: int
    net: Money
    tax: Money
    gross: Money
    paid_by_third_party: Money
    price_includes_tax: bool = False
    exempt: str = ""
    taxed_by: TaxedBy = TaxedBy.OWN_RATES


@attrs.frozen(kw_only=True, field_transformer=part)
class TaxSum:
    """One tax on all that it is taken from: a row of the table by rate (TX-8).

    Attributes:
        name: The name of the tax.
        percent: The rate, as a decimal number in text.
        base: What it is taken from.
        amount: What it comes to.
    """

    name: str
    percent: str
    base: Money
    amount: Money

    @property
    def label(self) -> str:
        """The tax, its rate and what it is taken from, as a receipt calls it."""
        return f"{self.name} {self.percent} % of {show(self.base)}"


@attrs.frozen(kw_only=True, field_transformer=part)
class Decision:
    """What became of a promotion that was considered, and why (PR-17).

    Attributes:
        promotion_id: The id of the promotion, or of the manual discount (PR-28).
        promotion_name: Its name; the reason of a manual discount.
        promo_code: The code it was applied by; empty without one.
        applied: Whether it applies.
        reason: `"applied"`, or a code that says why not; see the list of reasons in the
            documentation.
        message: A sentence for people.
        discount: What it takes off, zero if it does not apply.
        missing_amount: How much more would unlock it, where there is such a sum.
        missing_units: How many more units would unlock it, where there is such a number.
        open_options: The options of its tied products that are to be chosen first.
        cut: The part of the discount that found nothing left to take off, or None (PR-6).
        beaten_by: The id of the promotion that took its place; empty if none did (PR-27).
        beaten_by_amount: How much higher the total would be with it instead; below zero if it would
            be lower (PR-27).
        actor: Who gave a manual discount; empty for a promotion.
    """

    promotion_id: str
    promotion_name: str
    promo_code: str
    applied: bool
    reason: str
    message: str
    discount: Money
    missing_amount: Money | None = None
    missing_units: int | None = None
    open_options: tuple[OpenOptions, ...] = ()
    cut: Money | None = None
    beaten_by: str = ""
    beaten_by_amount: Money | None = None
    actor: str = ""

    @property
    def label(self) -> str:
        """The promotion with its code, or the reason of a discount by hand with its giver."""
        return _label(self.promotion_name, self.promo_code, self.actor)


@attrs.frozen(kw_only=True, field_transformer=part)
class Totals:
    """The sums of a quote (PR-15).

    Attributes:
        items: All lines before discounts.
        item_discounts: What the items phase takes off.
        order_discounts: What the order phase takes off.
        shipping: All shipping prices before discounts.
        shipping_discounts: What the shipping phase takes off.
        tax: All taxes, those that prices include and those that are added.
        total: Items and shipping, less the discounts, plus the tax that is added.
        net: All of it without tax; discounts that a third party pays for do not count (TX-5).
        gross: `net` plus `tax`.
        paid_by_third_party: What third parties pay of `gross`; the rest is `total`.
        payable: What is to be paid: `total`, rounded where the shop rounds cash (TX-4).
    """

    items: Money
    item_discounts: Money
    order_discounts: Money
    shipping: Money
    shipping_discounts: Money
    tax: Money
    total: Money
    # Of a quote that was stored before these were kept, no price included tax.
    net: Money = attrs.field(
        default=attrs.Factory(lambda self: less(self.total, self.tax), takes_self=True)
    )
    gross: Money = attrs.field(default=attrs.Factory(lambda self: self.total, takes_self=True))
    paid_by_third_party: Money = attrs.field(
        default=attrs.Factory(lambda self: from_minor(0, self.total.currency), takes_self=True)
    )
    payable: Money = attrs.field(default=attrs.Factory(lambda self: self.total, takes_self=True))

    @property
    def goods(self) -> Money:
        """What is left of the items after item and order discounts."""
        return less(self.items, self.item_discounts, self.order_discounts)

    @property
    def discounts(self) -> Money:
        """All discounts together: the sum of all adjustments (PR-16)."""
        discounts = (self.item_discounts, self.order_discounts, self.shipping_discounts)
        return total(discounts, self.items.currency)
