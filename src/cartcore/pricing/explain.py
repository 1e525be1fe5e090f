"""A quote in words: how each discount came about, and why others did not apply (PR-26)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from cartcore.errors import NotFound
from cartcore.values.money import show

if TYPE_CHECKING:
    from cartcore.pricing.quote import Decision, Quote
    from cartcore.pricing.trace import TraceShare, TraceStep


def explain(quote: "Quote", shipments: Mapping[str, str]) -> str:
    """Return the explanation of a quote, promotion by promotion, in the order of their turns.

    `shipments` says how they are called, by id.
    """
    names = _names(quote, shipments)
    rows = [f"Items {show(quote.totals.items)}"]
    for decision in quote.decisions:
        rows.append("")
        rows.append(_heading(decision))
        if decision.applied:
            rows += _steps(quote, decision.promotion_id, names)
    rows += ["", f"Total {show(quote.total)}"]
    if not quote.optimal and quote.bound is not None:
        rows.append(
            f"Not every combination was tried: at most {show(quote.bound)} could be missing"
        )
    return "\n".join(rows)


def explain_promotion(quote: "Quote", promotion_id: str, shipments: Mapping[str, str]) -> str:
    """Return how one promotion's discount came about, or why there is none.

    Raises:
        NotFound: the promotion was not considered.
    """
    decision = quote.decision(promotion_id)
    if decision is None:
        raise NotFound("promotion in this quote", promotion_id)
    if not decision.applied:
        return f"not applied: {decision.message}"
    steps = _steps(quote, promotion_id, _names(quote, shipments))
    return "\n".join(row.removeprefix("  ") for row in steps) or decision.message


def _names(quote: "Quote", shipments: Mapping[str, str]) -> dict[str, str]:
    names = {line.line_id: f"{line.quantity} × {line.description}" for line in quote.lines}
    return names | {
        s.shipment_id: shipments.get(s.shipment_id, f"shipment {s.shipment_id}")
        + (f" by {s.speed.name}" if s.speed else "")
        for s in quote.shipments
    }


def _steps(quote: "Quote", promotion_id: str, names: dict[str, str]) -> list[str]:
    steps = (step for step in quote.trace if step.promotion_id == promotion_id)
    return [row for step in steps for row in _step(step, names)]


def _heading(decision: "Decision") -> str:
    state = decision.message if decision.applied else f"not applied: {decision.message}"
    return f"{decision.label}: {state}"


def _step(step: "TraceStep", names: dict[str, str]) -> list[str]:
    rows = [f"  {_arithmetic(step)}"]
    if step.maximum is not None and step.maximum < step.asked:
        rows.append(f"  at most {show(step.maximum)}")
    if step.cut:
        rows.append(f"  cut by {show(step.cut)}: there is no more to take it off")
    rows += [f"    {row}" for share in step.shares for row in _share(share, names)]
    return rows


def _arithmetic(step: "TraceStep") -> str:
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


def _share(share: "TraceShare", names: dict[str, str]) -> list[str]:
    rows = []
    for part in share.parts:
        if not part.discount:
            continue
        name = names[part.line_id or part.shipment_id]
        units = (
            "" if not part.line_id or name.startswith(f"{part.units} ×") else f"{part.units} of "
        )
        rows.append(f"{show(part.discount)} off {units}{name}")
    return rows
