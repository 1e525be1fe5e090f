"""A quote: a priced cart that explains itself (PR-15 … PR-18)."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

import attrs
from moneyed import Money

from cartcore.pricing.trace import TraceStep
from cartcore.promotions.types import PromotionClass
from cartcore.shop.product import OpenOptions
from cartcore.shop.speeds import ShippingSpeed
from cartcore.values.attributes import NO_ATTRIBUTES, Attributes, as_attributes
from cartcore.values.money import from_minor, less, show, total
from cartcore.values.records import part, typed

_NO_NAMES: Mapping[str, str] = {}


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
        sku: The SKU of the variant.
        product_id: The id of the product.
        description: The title with the chosen options: "Shirt (Black / L)".
        quantity: How many units.
        unit_price: The price of one unit, which may be finer than the minor unit (PR-2).
        amount: Unit price × quantity, rounded once, before discounts.
        discount: What item and order discounts take off.
        total: `amount` less `discount`.
        requires_shipping: Whether the units are sent.
        tied_to: The id of the promotion that added the line; empty for one entered by hand.
        attributes: What the shop keeps of its own beside it, by name (HA-8).
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
    """One tax on one line or shipment.

    Attributes:
        name: The name of the tax.
        percent: The rate, as a decimal number in text.
        line_id: The line it is for; empty for a shipment.
        shipment_id: The shipment it is for; empty for a line.
        base: What is taxed: what discounts left of the line or shipment.
        amount: Its share of the tax on all that the rate is for.
    """

    name: str
    percent: str
    line_id: str
    shipment_id: str
    base: Money
    amount: Money


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
        tax: All taxes.
        total: What is to be paid: items and shipping, less the discounts, plus tax.
    """

    items: Money
    item_discounts: Money
    order_discounts: Money
    shipping: Money
    shipping_discounts: Money
    tax: Money
    total: Money

    @property
    def goods(self) -> Money:
        """What is left of the items after item and order discounts."""
        return less(self.items, self.item_discounts, self.order_discounts)

    @property
    def discounts(self) -> Money:
        """All discounts together: the sum of all adjustments (PR-16)."""
        discounts = (self.item_discounts, self.order_discounts, self.shipping_discounts)
        return total(discounts, self.items.currency)


class Priced(Protocol):
    """What pricing leaves behind: figures, from which each field of a quote is written."""

    def write(self, field: str) -> Any:
        """Return the value of one field of `Quote`."""
        ...


class _Written:
    """Fields that are written when they are first read: most quotes are priced to be compared."""

    __slots__ = ("_priced",)
    _priced: Priced

    def __getattr__(self, name: str) -> Any:
        # Only called for what is not there. Dunder names are asked for by copy, pickle and such.
        if name.startswith("_"):
            raise AttributeError(name)
        value = self._priced.write(name)
        object.__setattr__(self, name, value)
        return value


@attrs.frozen(kw_only=True, field_transformer=typed)
class Quote(_Written):
    """A priced cart, which explains itself.

    Attributes:
        currency: The ISO 4217 code of the currency.
        at: The instant it was priced for, in UTC.
        lines: What the lines cost, in the order of the cart, tied lines last.
        shipments: What the shipments cost, in the order of the cart.
        adjustments: What each promotion takes off each line and shipment, in the order in which it
            was taken (PR-16).
        taxes: The taxes of each line and shipment.
        decisions: What became of each promotion considered, in the order of their turns (PR-17).
        totals: The sums (PR-15).
        trace: Every step of the arithmetic (PR-26); `explain()` tells it in words.
        optimal: Whether it is sure that no allowed combination of promotions is cheaper (PR-14).
        bound: Where it is not sure, how much cheaper one could be at most; otherwise None (PR-14).
        reference: That of the cart: for a draft, which one at which version. No part of the price:
            quotes that differ in nothing else are equal.
    """

    currency: str
    at: datetime
    lines: tuple[QuoteLine, ...]
    shipments: tuple[QuoteShipment, ...]
    adjustments: tuple[Adjustment, ...]
    taxes: tuple[TaxCharge, ...]
    decisions: tuple[Decision, ...]
    totals: Totals
    trace: tuple[TraceStep, ...] = ()
    optimal: bool = True
    bound: Money | None = None
    reference: str = attrs.field(default="", eq=False)

    @classmethod
    def of(cls, priced: Priced) -> "Quote":
        """Return the quote whose fields `priced` writes when they are read."""
        quote: Quote = object.__new__(cls)
        object.__setattr__(quote, "_priced", priced)
        return quote

    @property
    def total(self) -> Money:
        """What is to be paid."""
        return self.totals.total

    def line(self, line_id: str) -> QuoteLine | None:
        """The line with this id, if there is one."""
        return next((line for line in self.lines if line.line_id == line_id), None)

    def decision(self, promotion_id: str) -> Decision | None:
        """What became of a promotion; None if it was not considered."""
        return next((d for d in self.decisions if d.promotion_id == promotion_id), None)

    def adjustments_of(self, target_id: str) -> tuple[Adjustment, ...]:
        """The adjustments of one line or shipment, in the order in which they were made."""
        return tuple(a for a in self.adjustments if target_id in {a.line_id, a.shipment_id} - {""})

    def rows(self) -> tuple[tuple[str, Money], ...]:
        """The breakdown as (label, amount) rows; discounts are negative, zero rows left out."""
        rows = [(f"{line.quantity} × {line.description}", line.amount) for line in self.lines]
        rows.append(("Items", self.totals.items))
        rows += self._discount_rows(Phase.ITEMS, Phase.ORDER)
        for shipment in self.shipments:
            if shipment.speed is not None:
                rows.append((f"Shipping: {shipment.speed.name}", shipment.price))
        rows += self._discount_rows(Phase.SHIPPING)
        if self.totals.tax:
            rows.append(("Tax", self.totals.tax))
        rows.append(("Total", self.totals.total))
        return tuple(rows)

    def _discount_rows(self, *phases: Phase) -> list[tuple[str, Money]]:
        found: dict[str, tuple[str, Money]] = {}
        for a in self.adjustments:
            if a.phase in phases and a.discount:
                nothing = from_minor(0, a.discount.currency)
                _, so_far = found.get(a.promotion_id, ("", nothing))
                found[a.promotion_id] = (a.label, less(so_far, a.discount))
        return list(found.values())

    def __str__(self) -> str:
        rows = self.rows()
        width = max(len(label) for label, _ in rows)
        figures = max(len(show(money)) for _, money in rows)
        printed = [f"{label:<{width}}  {show(money):>{figures}}" for label, money in rows]
        refused = [
            f"  not applied: {d.promotion_name}: {d.message}"
            for d in self.decisions
            if not d.applied
        ]
        return "\n".join([*printed, *refused])

    def _repr_html_(self) -> str:
        # Here and not above: only notebooks need it, and its table of entities takes time to load.
        from html import escape  # noqa: PLC0415

        rows = "".join(
            f'<tr><td style="text-align:left">{escape(label)}</td><td>{escape(show(m))}</td></tr>'
            for label, m in self.rows()
        )
        return f"<table>{rows}</table>"

    def explain(self, promotion_id: str = "", *, shipments: Mapping[str, str] = _NO_NAMES) -> str:
        """Tell in words how each discount came about, and why others did not apply (PR-26).

        With a `promotion_id`, only how the discount of that one came about: one step a line.
        `shipments` says how they are called, by id: a quote does not know where they go.

        Raises:
            NotFound: this promotion was not considered.
        """
        # Here and not above: quotes are compared and stored far more often than explained.
        from cartcore.pricing.explain import explain, explain_promotion  # noqa: PLC0415

        if promotion_id:
            return explain_promotion(self, promotion_id, shipments)
        return explain(self, shipments)

    @property
    def shown(self) -> "ShownQuote":
        """What a customer sees of it, in short."""
        return ShownQuote.of(self)

    def differences(self, later: "Quote") -> tuple[str, ...]:
        """What the customer would notice if `later` were charged instead; empty if nothing (OE-18).

        Compared are lines, shipments and totals; not the time, nor why a promotion did not apply.
        """
        return self.shown.differences(later)


@attrs.frozen(kw_only=True, field_transformer=typed)
class ShownLine:
    """What a customer sees of a line.

    Attributes:
        line_id: The id of the line.
        sku: The SKU of the variant.
        description: The title with the chosen options.
        quantity: How many units.
        amount: What it costs before discounts.
        total: What it costs after item and order discounts.
    """

    line_id: str
    sku: str
    description: str
    quantity: int
    amount: Money
    total: Money


@attrs.frozen(kw_only=True, field_transformer=typed)
class ShownShipment:
    """What a customer sees of a shipment.

    Attributes:
        shipment_id: The id of the shipment.
        speed: The code of its speed; empty as long as none is chosen.
        total: The shipping price after discounts.
        units: (line id, quantity) pairs.
    """

    shipment_id: str
    speed: str
    total: Money
    units: tuple[tuple[str, int], ...]


@attrs.frozen(kw_only=True, field_transformer=typed)
class ShownQuote:
    """What a customer sees of a quote, in short: enough to tell what another one would change.

    Attributes:
        lines: The lines.
        shipments: The shipments.
        promotions: The promotions that apply, as (id, name) pairs.
        totals: The sums.
    """

    lines: tuple[ShownLine, ...]
    shipments: tuple[ShownShipment, ...]
    promotions: tuple[tuple[str, str], ...]
    totals: Totals

    @classmethod
    def of(cls, quote: Quote) -> "ShownQuote":
        """Take from a quote what is seen of it."""
        return cls(
            lines=tuple(
                ShownLine(
                    line_id=line.line_id,
                    sku=line.sku,
                    description=line.description,
                    quantity=line.quantity,
                    amount=line.amount,
                    total=line.total,
                )
                for line in quote.lines
            ),
            shipments=tuple(
                ShownShipment(
                    shipment_id=s.shipment_id,
                    speed=s.speed.code if s.speed else "",
                    total=s.total,
                    units=tuple((p.line_id, p.quantity) for p in s.lines),
                )
                for s in quote.shipments
            ),
            promotions=tuple(
                (d.promotion_id, d.promotion_name) for d in quote.decisions if d.applied
            ),
            totals=quote.totals,
        )

    def differences(self, later: Quote) -> tuple[str, ...]:
        """What whoever saw this would notice if `later` were charged; empty if nothing (OE-18)."""
        now = later.shown
        found = [*_changed_lines(self.lines, now.lines), *_changed_totals(self.totals, now.totals)]
        for promotion_id, name in self.promotions:
            decision = later.decision(promotion_id)
            if decision is None or not decision.applied:
                found.append(
                    f"{name} no longer applies{f': {decision.message}' if decision else ''}"
                )
        if not found and self.shipments != now.shipments:
            found.append("the shipments or their shipping speeds have changed")
        return tuple(found)


def _changed_lines(seen: tuple[ShownLine, ...], later: tuple[ShownLine, ...]) -> Iterator[str]:
    old_lines = {line.line_id: line for line in seen}
    new_lines = {line.line_id: line for line in later}
    for line_id, old in old_lines.items():
        new = new_lines.get(line_id)
        if new is None:
            yield f"{old.quantity} × {old.description} is gone"
        elif (old.sku, old.quantity) != (new.sku, new.quantity):
            before = f"{old.quantity} × {old.description}"
            yield f"{before} became {new.quantity} × {new.description}"
        elif old.total != new.total:
            yield f"{new.description} costs {show(new.total)} instead of {show(old.total)}"
        elif old.amount != new.amount:
            price = f"{show(new.amount)} before discounts instead of {show(old.amount)}"
            yield f"{new.description} costs {price}"
    for line_id, new in new_lines.items():
        if line_id not in old_lines:
            yield f"{new.quantity} × {new.description} was added"


def _changed_totals(seen: Totals, later: Totals) -> Iterator[str]:
    for name in ("shipping", "shipping_discounts", "tax", "total"):
        old, new = getattr(seen, name), getattr(later, name)
        if old != new:
            yield f"{name.replace('_', ' ')} is {show(new)} instead of {show(old)}"
