"""What each promotion did to each line or shipment: the adjustments of a quote (PR-16)."""

from collections.abc import Iterator

from cartcore.pricing.quote_parts import Adjustment, Phase
from cartcore.pricing.shares import LineShares, Steps
from cartcore.pricing.turn import Applied, Turn
from cartcore.values.money import from_minor


def adjustments_of(
    turn: Turn, steps: Steps, shares: LineShares, currency: str
) -> Iterator[Adjustment]:
    """Yield the adjustments of one turn with its steps."""
    if turn.applied is None:
        return
    candidate = turn.candidate
    taken, units = _taken_and_units(turn.applied, steps, shares)
    ships = candidate.phase is Phase.SHIPPING  # such a one can use units of lines up all the same
    off_lines, off_shipments = ({}, taken) if ships else (taken, {})
    targets = [("", own) for own in off_shipments]
    targets += [(own, "") for own in {**off_lines, **units}]
    for line_id, shipment_id in targets:
        discount = off_lines.get(line_id, 0) if line_id else off_shipments[shipment_id]
        if discount or units.get(line_id):
            yield Adjustment(
                promotion_id=candidate.id,
                promotion_name=candidate.name,
                promo_code=turn.promo_code,
                phase=candidate.phase,
                line_id=line_id,
                shipment_id=shipment_id,
                discount=from_minor(discount, currency),
                units=units.get(line_id, 0),
                actor=candidate.actor,
            )


def _taken_and_units(
    applied: Applied, steps: Steps, shares: LineShares
) -> tuple[dict[str, int], dict[str, int]]:
    """What was taken off each line or shipment, and how many units of each line were used."""
    taken: dict[str, int] = {}
    units: dict[str, int] = {}
    so_far: set[int] = set()
    for step, cells in steps:
        of_step: dict[str, int] = {}
        off: dict[str, int] = {}
        for own, number, part in (part for cell in cells for part in cell):
            taken[own] = taken.get(own, 0) + part
            of_step[own] = of_step.get(own, 0) + number
            off[own] = off.get(own, 0) + part
        reached = shares.reached(step)
        for own, number in of_step.items():
            if off[own] and not step.reduction.ships:
                # Of equal lines, one may give the money for units of another.
                new, known = max(number, 1), units.get(own, 0)
                together = max(known, new) if reached & so_far else known + new
                units[own] = min(together, shares.quantities[own])
        so_far |= reached
    for line_id, number in shares.used(applied.uses, units.copy()):
        if number:
            units[line_id] = max(units.get(line_id, 0), number)
    return taken, units
