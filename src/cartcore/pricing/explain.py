"""A quote in words: how each discount came about, and why others did not apply (PR-26)."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import attrs
from moneyed import Money

from cartcore.errors import NotFound
from cartcore.pricing.policy import TaxPolicy, TaxRounding
from cartcore.pricing.quote_parts import Decision, QuoteLine, QuoteShipment, Totals
from cartcore.pricing.trace import TraceShare, TraceStep
from cartcore.values.money import show


class _Names(NamedTuple):
    """What lines and shipments are called, by id: a line and a shipment may have the same one."""

    lines: Mapping[str, str]
    shipments: Mapping[str, str]


@attrs.frozen
class Explanation:
    """The fields of a quote that are told, and what its shipments are called, by id."""

    lines: tuple[QuoteLine, ...]
    shipments: tuple[QuoteShipment, ...]
    decisions: tuple[Decision, ...]
    trace: tuple[TraceStep, ...]
    shipment_names: Mapping[str, str]

    def of_all(self, totals: Totals, bound: Money | None, tax: list[str]) -> str:
        """Return the explanation, promotion by promotion, in the order of their turns.

        `bound` is how much cheaper a combination could be that was not tried; `tax` is what there
        is to tell of tax (`TaxInWords`).
        """
        names = self._names()
        rows = [f"Items {show(totals.items)}"]
        rows += [
            f"  {names.lines[line.line_id]}: {show(line.unit_price)} each, {line.price_note}"
            for line in self.lines
            if line.price_note
        ]
        rows += self._shipping(names)
        for decision in self.decisions:
            rows.append("")
            rows.append(_heading(decision))
            if decision.applied:
                rows += self._steps(decision.promotion_id, names)
        if tax:
            rows += ["", *tax]
        rows += ["", f"Total {show(totals.total)}"]
        if totals.payable != totals.total:
            rows.append(f"Payable {show(totals.payable)}, as there are coins")
        if bound is not None:
            rows.append(
                "Not every combination was tried: a better one could save at most"
                f" {show(bound)} more"
            )
        return "\n".join(rows)

    def of_promotion(self, promotion_id: str) -> str:
        """Return how one promotion's discount came about, or why there is none.

        Raises:
            NotFound: the promotion was not considered.
        """
        found = (each for each in self.decisions if each.promotion_id == promotion_id)
        decision = next(found, None)
        if decision is None:
            raise NotFound("promotion in this quote", promotion_id)
        if not decision.applied:
            return f"not applied: {decision.message}"
        steps = self._steps(promotion_id, self._names())
        return "\n".join(row.removeprefix("  ") for row in steps) or decision.message

    def _names(self) -> _Names:
        lines = {line.line_id: f"{line.quantity} × {line.description}" for line in self.lines}
        shipments = {}
        for place, shipment in enumerate(self.shipments, 1):
            name = self.shipment_names.get(shipment.shipment_id, f"shipment {place}")
            by = f" by {shipment.speed.name}" if shipment.speed else ""
            shipments[shipment.shipment_id] = name + by
        return _Names(lines, shipments)

    def _shipping(self, names: _Names) -> list[str]:
        """The shipping prices, under the names of the shipments if there are several."""
        several = len(self.shipments) > 1
        return [
            f"Shipping: {names.shipments[each.shipment_id] if several else each.speed.name}"
            f" {show(each.price)}"
            for each in self.shipments
            if each.speed is not None
        ]

    def _steps(self, promotion_id: str, names: _Names) -> list[str]:
        steps = (step for step in self.trace if step.promotion_id == promotion_id)
        return [row for step in steps for row in _step(step, names)]


@attrs.frozen
class TaxInWords:
    """What there is to tell of tax: `rows` are those of the table by rate (TX-8).

    `added` is what tax adds to the prices, and what that is called where it is not all of the tax.
    """

    rows: Sequence[tuple[str, Money]]
    tax: Money
    added: tuple[str, Money]
    policy: TaxPolicy | None

    def told(self) -> list[str]:
        """Return the table under a heading that says what was rounded, and whether it is added."""
        if not self.rows:
            return []
        label, added = self.added
        apart = [f"{label} {show(added)}"] if added and added != self.tax else []
        heading = f"Tax {show(self.tax)}{self._rounded()}"
        if added != self.tax:
            heading += ", partly included in the prices" if apart else ", included in the prices"
        table = [
            f"  {label} = {show(money)}" if money else f"  {label}" for label, money in self.rows
        ]
        return [heading, *table, *apart]

    def _rounded(self) -> str:
        policy = self.policy
        if policy is None:  # kept without it
            return ""
        mode = policy.mode.value.replace("_", " ")
        step = "" if policy.step is None else f" to a multiple of {policy.step:f}"
        whole = policy.rounding is TaxRounding.ORDER
        for_what = "for the order" if whole else f"for each {policy.rounding.value}"
        return f", rounded {mode}{step} {for_what}"


def _heading(decision: Decision) -> str:
    state = decision.message if decision.applied else f"not applied: {decision.message}"
    return f"{decision.label}: {state}"


def _step(step: TraceStep, names: _Names) -> list[str]:
    rows = [f"  {_arithmetic(step)}"]
    if step.maximum is not None and step.maximum < step.asked:
        rows.append(f"  at most {show(step.maximum)}")
    if step.cut:
        rows.append(f"  reduced by {show(step.cut)}: nothing is left to discount")
    rows += [f"    {row}" for share in step.shares for row in _share(share, names)]
    return rows


def _arithmetic(step: TraceStep) -> str:
    base, asked = show(step.base), show(step.asked)
    if step.kind == "percent":
        of = "the original " if step.of_original else ""
        where = "" if step.rounding_point == "promotion" else f" per {step.rounding_point}"
        rounded = f", rounded {step.rounding.replace('_', ' ')}{where}"
        return f"{step.rate} % of {of}{base} = {asked}{rounded}"
    each = "" if step.per == "total" else f" for each {step.per}"
    if step.kind == "price":
        return f"{step.rate}{each} instead of {base} = {asked} less"
    return f"{step.rate} off{each} = {asked}"


def _share(share: TraceShare, names: _Names) -> list[str]:
    rows = []
    for part in share.parts:
        if not part.discount:
            continue
        if part.line_id:
            name = names.lines[part.line_id]
            if not name.startswith(f"{part.units} ×"):
                name = f"{part.units} of {name}"
        else:
            name = names.shipments[part.shipment_id]
        rows.append(f"{show(part.discount)} off {name}")
    return rows
