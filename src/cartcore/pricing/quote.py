"""A quote: a priced cart that explains itself (PR-15 … PR-18)."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Protocol

import attrs
from moneyed import Money

from cartcore.cart import CartLine
from cartcore.errors.sentences import counted
from cartcore.pricing.explain import Explanation, TaxInWords
from cartcore.pricing.policy import TaxPolicy
from cartcore.pricing.priced_from import PricedFrom, Sources
from cartcore.pricing.quote_parts import (
    Adjustment,
    Decision,
    Phase,
    QuoteLine,
    QuoteShipment,
    TaxCharge,
    TaxedPart,
    TaxSum,
    Totals,
)
from cartcore.pricing.trace import TraceStep
from cartcore.promotions.promotion import Promotion
from cartcore.values.arguments import check_arguments
from cartcore.values.guard import PluginFault
from cartcore.values.money import from_minor, less, show, total
from cartcore.values.notebooks import Rows, ShownAsTable
from cartcore.values.records import INTERNAL, typed
from cartcore.values.text import a_text

_NO_NAMES: Mapping[str, str] = {}


class Writer(Protocol):
    """Writes the fields of a quote, one by one."""

    def currency(self) -> str:
        """Write `Quote.currency`."""
        ...

    def at(self) -> datetime:
        """Write `Quote.at`."""
        ...

    def lines(self) -> tuple[QuoteLine, ...]:
        """Write `Quote.lines`."""
        ...

    def shipments(self) -> tuple[QuoteShipment, ...]:
        """Write `Quote.shipments`."""
        ...

    def adjustments(self) -> tuple[Adjustment, ...]:
        """Write `Quote.adjustments`."""
        ...

    def taxes(self) -> tuple[TaxCharge, ...]:
        """Write `Quote.taxes`."""
        ...

    def taxed_parts(self) -> tuple[TaxedPart, ...]:
        """Write `Quote.taxed_parts`."""
        ...

    def tax_policy(self) -> TaxPolicy | None:
        """Write `Quote.tax_policy`."""
        ...

    def tax_undetermined(self) -> str:
        """Write `Quote.tax_undetermined`."""
        ...

    def decisions(self) -> tuple[Decision, ...]:
        """Write `Quote.decisions`."""
        ...

    def totals(self) -> Totals:
        """Write `Quote.totals`."""
        ...

    def trace(self) -> tuple[TraceStep, ...]:
        """Write `Quote.trace`."""
        ...

    def optimal(self) -> bool:
        """Write `Quote.optimal`."""
        ...

    def bound(self) -> Money | None:
        """Write `Quote.bound`."""
        ...

    def reference(self) -> str:
        """Write `Quote.reference`."""
        ...

    def faults(self) -> tuple[PluginFault, ...]:
        """Return `Quote.faults`."""
        ...

    def cart_lines(self) -> tuple[CartLine, ...]:
        """Return `Quote.cart_lines`."""
        ...

    @property
    def sources(self) -> Sources:
        """What `Quote.priced_from` is made of."""
        ...


_WRITTEN_BY: Mapping[str, Callable[[Writer], object]] = {
    "currency": lambda writer: writer.currency(),
    "at": lambda writer: writer.at(),
    "lines": lambda writer: writer.lines(),
    "shipments": lambda writer: writer.shipments(),
    "adjustments": lambda writer: writer.adjustments(),
    "taxes": lambda writer: writer.taxes(),
    "decisions": lambda writer: writer.decisions(),
    "totals": lambda writer: writer.totals(),
    "trace": lambda writer: writer.trace(),
    "optimal": lambda writer: writer.optimal(),
    "bound": lambda writer: writer.bound(),
    "taxed_parts": lambda writer: writer.taxed_parts(),
    "tax_policy": lambda writer: writer.tax_policy(),
    "tax_undetermined": lambda writer: writer.tax_undetermined(),
    "reference": lambda writer: writer.reference(),
}


class _Written:
    """Fields that are written when they are first read.

    Most quotes are priced to be compared by their totals. Writing all fields at once would take six
    times as long in W1 and twenty times in W2 (`benchmarks/README.md`).

    A field may be written twice, where two threads read it at once: both write the same.
    """

    __slots__ = ("_writer",)
    _writer: Writer

    def __getattr__(self, name: str) -> object:
        # Only called for what is not there: by copy and pickle also for what never will be.
        write = _WRITTEN_BY.get(name)
        if write is None:
            raise AttributeError(name)
        value = write(self._writer)
        object.__setattr__(self, name, value)
        return value


@attrs.frozen(kw_only=True, field_transformer=typed)
class Quote(_Written, ShownAsTable):
    """A priced cart, which explains itself.

    Attributes:
        currency: The ISO 4217 code of the currency.
        at: The instant it was priced for, in UTC.
        lines: What the lines cost, in the order of the cart, tied lines last.
        shipments: What the shipments cost, in the order of the cart.
        adjustments: What each promotion takes off each line and shipment, in the order in which it
            was taken (PR-16).
        taxes: The taxes of each line and shipment, by rate.
        decisions: What became of each promotion considered, in the order of their turns (PR-17).
        totals: The sums (PR-15).
        trace: Every step of the arithmetic (PR-26); `explain()` tells it in words.
        optimal: Whether it is sure that no allowed combination of promotions is cheaper (PR-14).
        bound: Where it is not sure, how much cheaper one could be at most; otherwise None (PR-14).
        taxed_parts: What is taxed by itself, with net, tax and gross; empty without a calculator
            (TX-8).
        tax_policy: How tax was rounded, and what is paid; None without a calculator, unless what is
            paid is rounded to coins.
        tax_undetermined: Why there is no tax in it, where tax could not be determined; such a quote
            cannot be ordered (TX-9).
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
    taxed_parts: tuple[TaxedPart, ...] = ()
    tax_policy: TaxPolicy | None = None
    tax_undetermined: str = ""
    reference: str = attrs.field(default="", eq=False, metadata=INTERNAL)

    @classmethod
    def written_by(cls, writer: Writer) -> "Quote":
        """Return the quote whose fields `writer` writes when they are first read."""
        quote = cls.__new__(cls)
        object.__setattr__(quote, "_writer", writer)
        return quote

    @property
    def faults(self) -> tuple[PluginFault, ...]:
        """What plugins did wrong while this was priced, for a log (PK-16).

        The first fault of each promotion that the policy skipped, and claims for the search that
        proved false. No part of the price, and not stored: a quote that was read has none.
        """
        writer: Writer | None = getattr(self, "_writer", None)
        return () if writer is None else writer.faults()

    @property
    def cart_lines(self) -> tuple[CartLine, ...]:
        """The lines that were priced, tied ones last; none in a quote that was read.

        They are there before anything is worked out of what a line costs in the end.
        """
        writer: Writer | None = getattr(self, "_writer", None)
        return () if writer is None else writer.cart_lines()

    @property
    def considered(self) -> tuple[Promotion, ...]:
        """The promotions that were considered; none in a quote that was read, not priced."""
        writer: Writer | None = getattr(self, "_writer", None)
        return () if writer is None else writer.sources.promotions

    @property
    def priced_from(self) -> PricedFrom | None:
        """What it was priced from, to price it again; None in a quote that was read (SC-11)."""
        writer: Writer | None = getattr(self, "_writer", None)
        return None if writer is None else writer.sources.kept()

    @property
    def total(self) -> Money:
        """What it comes to, with tax, before cash rounding (see `Totals.payable`)."""
        return self.totals.total

    def units_by_sku(self) -> dict[str, int]:
        """How many units of each SKU, over all lines; fees and custom items have no SKU.

        It is what has to be in stock: several lines can be of one SKU, such as one that a promotion
        added.
        """
        found: dict[str, int] = {}
        for line in self.lines:
            if line.sku:
                found[line.sku] = found.get(line.sku, 0) + line.quantity
        return found

    def taxes_by_rate(self) -> tuple[TaxSum, ...]:
        """The taxes added up by rate, in the order in which they first occur (TX-8)."""
        found: dict[tuple[str, str, bool], list[TaxCharge]] = {}
        for charge in self.taxes:
            key = (charge.name, f"{Decimal(charge.percent).normalize():f}", charge.compound)
            found.setdefault(key, []).append(charge)
        return tuple(
            TaxSum(
                name=name,
                percent=charges[0].percent,
                base=total((each.base for each in charges), self.currency),
                amount=total((each.amount for each in charges), self.currency),
            )
            for (name, _, _), charges in found.items()
        )

    @property
    def added_tax(self) -> Money:
        """What tax adds to the prices: all of it, or nothing where they include it (TX-3)."""
        totals = self.totals
        undiscounted = total((totals.total, totals.discounts), self.currency)
        return less(undiscounted, totals.items, totals.shipping)

    @property
    def added_label(self) -> str:
        """What receipts call `added_tax` where prices include some or all of the tax."""
        if all(part.price_includes_tax for part in self.taxed_parts):
            return "Rounding of net amounts"  # see GrossPrices.FROM_ROUNDED_NET
        return "Tax that prices do not include"

    def tax_rows(self) -> tuple[tuple[str, Money], ...]:
        """The table by rate as (label, amount) rows, and zero for what is exempt (TX-8)."""
        names = {line.line_id: f"{line.quantity} × {line.description}" for line in self.lines}
        nothing = from_minor(0, self.currency)
        exempt = {
            f"no tax on {names.get(part.line_id, 'shipping')}: {part.exempt}": nothing
            for part in self.taxed_parts
            if part.exempt
        }
        by_rate = [(each.label, each.amount) for each in self.taxes_by_rate()]
        if not by_rate and self.totals.tax:  # kept without its rates
            by_rate = [("Tax", self.totals.tax)]
        return (*by_rate, *exempt.items())

    @check_arguments
    def line(self, line_id: str) -> QuoteLine | None:
        """The line with this id, if there is one."""
        return next((line for line in self.lines if line.line_id == line_id), None)

    @check_arguments
    def decision(self, promotion_id: str) -> Decision | None:
        """What became of a promotion; None if it was not considered."""
        return next((d for d in self.decisions if d.promotion_id == promotion_id), None)

    @check_arguments
    def adjustments_of(self, *, line_id: str = "", shipment_id: str = "") -> tuple[Adjustment, ...]:
        """The adjustments of one line or shipment, in the order in which they were made."""
        return tuple(
            each
            for each in self.adjustments
            if (line_id and each.line_id == line_id)
            or (shipment_id and each.shipment_id == shipment_id)
        )

    def rows(self) -> tuple[tuple[str, Money], ...]:
        """The breakdown as (label, amount) rows; discounts are negative, zero rows left out."""
        rows = [(f"{line.quantity} × {line.description}", line.amount) for line in self.lines]
        rows.append(("Items", self.totals.items))
        rows += self._discount_rows(Phase.ITEMS, Phase.ORDER)
        for shipment in self.shipments:
            if shipment.speed is not None:
                rows.append((f"Shipping: {shipment.speed.name}", shipment.price))
        rows += self._discount_rows(Phase.SHIPPING)
        totals = self.totals
        if self.added_tax:  # what prices include is in the rows above already
            contained = self.added_tax != totals.tax
            rows.append((self.added_label if contained else "Tax", self.added_tax))
        rows.append(("Total", totals.total))
        if totals.payable != totals.total:
            rows.append(("Payable", totals.payable))
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

    def _in_short(self) -> str:
        return f"Quote({counted(len(self.lines), 'line')}, {show(self.total)})"

    def table_rows(self) -> Rows:
        """The rows of its table in a notebook (SC-10)."""
        for label, money in self.rows():
            yield label, show(money)
        for decision in self.decisions:
            if not decision.applied:
                yield (f"not applied: {decision.label}: {decision.message}",)

    @check_arguments
    def explain(self, promotion_id: str = "", *, shipments: Mapping[str, str] = _NO_NAMES) -> str:
        """Tell in words how each discount came about, and why others did not apply (PR-26).

        The total is the sum of what is told above it. Of tax, that is the table by rate, what was
        rounded, and whether prices include it (TX-8).
        With a `promotion_id`, only how the discount of that one came about: one step a line.
        `shipments` says how they are called, by id: a quote does not know where they go.

        Raises:
            NotFound: this promotion was not considered.
            InvalidField, InvalidText: an argument of another type than is said.
        """
        names = {each: a_text(name, "shipments") for each, name in shipments.items()}
        told = Explanation(self.lines, self.shipments, self.decisions, self.trace, names)
        if promotion_id:
            return told.of_promotion(promotion_id)
        added = (self.added_label, self.added_tax)
        tax = TaxInWords(self.tax_rows(), self.totals.tax, added, self.tax_policy).told()
        if self.tax_undetermined:
            tax = [f"Tax: {self.tax_undetermined}"]
        return told.of_all(self.totals, None if self.optimal else self.bound, tax)

    @property
    def shown(self) -> "ShownQuote":
        """What a customer sees of it, in short."""
        return ShownQuote.of(self)

    @check_arguments
    def differences(self, later: "Quote") -> tuple[str, ...]:
        """What the customer would notice if `later` were charged instead; empty if nothing (OE-18).

        Compared are lines, shipments and totals; not the time, nor why a promotion did not apply.
        """
        if all(getattr(self, name) == getattr(later, name) for name in _SEEN):
            return ()  # as at nearly every placing: told in a fifth of the time
        return self.shown.differences(later)


_SEEN = ("totals", "lines", "shipments", "decisions", "taxes")
"""The fields of a quote that `ShownQuote` is made of."""


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
        taxes: The taxes by rate.
    """

    lines: tuple[ShownLine, ...]
    shipments: tuple[ShownShipment, ...]
    promotions: tuple[tuple[str, str], ...]
    totals: Totals
    taxes: tuple[TaxSum, ...] = ()

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
            taxes=quote.taxes_by_rate(),
        )

    def differences(self, later: Quote) -> tuple[str, ...]:
        """What whoever saw this would notice if `later` were charged; empty if nothing (OE-18)."""
        now = later.shown
        found = [*_changed_lines(self.lines, now.lines), *_changed_totals(self.totals, now.totals)]
        if self.taxes or not self.totals.tax:  # what was seen before rates were kept has none
            found += _changed_taxes(self.taxes, now.taxes)
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
        # What has no SKU is known by what it is called.
        elif (old.sku or old.description, old.quantity) != (
            new.sku or new.description,
            new.quantity,
        ):
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
    names = ["shipping", "shipping_discounts", "tax", "total"]
    if any(each.payable != each.total for each in (seen, later)):
        names.append("payable")  # elsewhere it would say the total again
    for name in names:
        old, new = getattr(seen, name), getattr(later, name)
        if old != new:
            yield f"{name.replace('_', ' ')} is {show(new)} instead of {show(old)}"


def _changed_taxes(seen: tuple[TaxSum, ...], later: tuple[TaxSum, ...]) -> Iterator[str]:
    old_rates = {(each.name, each.percent): each for each in seen}
    new_rates = {(each.name, each.percent): each for each in later}
    for key, old in old_rates.items():
        new, name = new_rates.get(key), f"{old.name} {old.percent} %"
        if new is None:
            yield f"{name} of {show(old.amount)} is no longer due"
        elif new.amount != old.amount:
            yield f"{name} is {show(new.amount)} instead of {show(old.amount)}"
    for key, new in new_rates.items():
        if key not in old_rates:
            yield f"{new.name} {new.percent} % of {show(new.amount)} is due now"
