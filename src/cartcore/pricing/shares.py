"""From pools to lines: what each step took off each of the equal lines that it met (PR-3, PR-6).

Pricing works on pools of equal units. Here its figures go to the lines that the units stand in:
exactly, and without a line below zero or its minimum price.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

import attrs

from cartcore.cart import Cart, CartLine
from cartcore.pricing.discounting import Taken
from cartcore.pricing.ledger import Ledger
from cartcore.pricing.pools import amount_of, floor_of
from cartcore.pricing.turn import Turn
from cartcore.values.allocation import Rounding, split

Part = tuple[str, int, int]
"""A line's (or shipment's) id, its units in a share, and what is taken off it."""

Steps = list[tuple[Taken, list[list[Part]]]]
"""The steps of a turn, each with the parts of the lines for each of its cells."""


class LineShares:
    """The lines of a priced cart with their `amounts` before discounts, and what is `left`, by id.

    `steps` are those of each turn. All amounts are minor units.
    """

    def __init__(
        self, cart: Cart, ledger: Ledger, turns: Sequence[Turn], rounding: Rounding
    ) -> None:
        applied = [turn.applied for turn in turns]
        tied = [line for each in applied if each is not None for line in each.added]
        self.lines: list[CartLine] = [*cart.lines, *tied]
        self.amounts = {line.id: amount_of(line, rounding) for line in self.lines}
        self.quantities = {line.id: line.quantity for line in self.lines}
        self._cart = cart
        self._ledger = ledger
        ledger.settled()
        left = self.amounts.copy()
        floors = {line.id: floor_of(line, left[line.id]) for line in self.lines}
        members: dict[int, list[CartLine]] = {}
        for line in self.lines:
            members.setdefault(ledger.where[line.id], []).append(line)
        self.steps: list[Steps] = []
        for each in applied:
            steps: Steps = []
            for step in () if each is None else each.taken:
                parts = self._parts(step, members, left, floors)
                if not step.reduction.ships:
                    for own, _, part in (part for of_cell in parts for part in of_cell):
                        left[own] -= part
                steps.append((step, parts))
            self.steps.append(steps)
        self.left = left

    def _parts(
        self,
        step: Taken,
        members: dict[int, list[CartLine]],
        left: dict[str, int],
        floors: dict[str, int],
    ) -> list[list[Part]]:
        if step.reduction.ships:
            shipments = self._cart.shipments
            pairs = zip(step.cells, step.parts, strict=True)
            return [[(shipments[place].id, 0, part)] for place, part in pairs]
        pool_of, units_of = self._ledger.pool, self._units_at(step)
        found = []
        left = left.copy()
        free = self.quantities.copy()
        for cell, part in zip(step.cells, step.parts, strict=True):
            lines = members[pool_of[cell]]
            if len(lines) > 1:
                lines = sorted(lines, key=lambda line: self._turn_of(line, step, left, floors))
            parts = _over_lines(lines, units_of[cell], part, left, floors, free)
            for own, number, taken in parts:
                left[own] -= taken
                free[own] -= number
            found.append(parts)
        return found

    def _turn_of(
        self, line: CartLine, step: Taken, left: dict[str, int], floors: dict[str, int]
    ) -> tuple[object, ...]:
        """Which of equal lines has the units of a step: one it names, then the least discounted.

        Of those that are alike in this, what tells them apart for tax decides, and not where they
        stand in the cart (TX-4).
        """
        above = left[line.id] - floors[line.id]
        named = line.id not in step.reduction.lines
        return named, -(above // line.quantity), *self._apart[line.id]

    @cached_property
    def _apart(self) -> dict[str, tuple[object, ...]]:
        """What tells lines apart for tax, by id: their tax class, and where their units go.

        Shipments are known by what they are and carry, as shipping can be taxed by its goods.
        """
        lines = {line.id: line for line in self.lines}
        going: dict[str, list[tuple[object, ...]]] = {line_id: [] for line_id in lines}
        for shipment in self._cart.shipments:
            inside = [(lines[of], units) for of, units in shipment.lines if of in lines]
            speed = shipment.speed
            known = (
                *attrs.astuple(shipment.place),
                repr(shipment.attributes),
                "" if speed is None else f"{speed.code} {speed.price.amount}",
                sorted((line.sku, line.tax_class, line.fine_price, n) for line, n in inside),
            )
            for line, units in inside:
                going[line.id].append((*known, units))
        return {
            line.id: (
                line.tax_class,
                str(line.price_includes_tax),
                sorted(going[line.id]),
                repr(line.product_attributes),
                repr(line.attributes),
                line.quantity,
            )
            for line in self.lines
        }

    def _units_at(self, step: Taken) -> list[int]:
        """The units of the cells when a step was taken: before some of them were split."""
        units = self._ledger.units[:]
        for cell, piece, _ in reversed(self._ledger.splits[step.splits :]):
            units[cell] += units[piece]
        return units

    def reached(self, step: Taken) -> set[int]:
        """The cells, as they are in the end, whose units a step was taken off."""
        if step.reduction.ships:
            return set()
        return {*self._ledger.reached(step.cells, step.splits)}

    def used(
        self, uses: Sequence[tuple[str, int]], discounted: Mapping[str, int]
    ) -> Iterator[tuple[str, int]]:
        """The units that were used up, by the lines that they stand in.

        Of equal lines, those have them first whose units were discounted.
        """
        where = self._ledger.where
        for line_id, number in uses:
            rest = number
            equal = [own for own, pool in where.items() if pool == where[line_id]]
            taken = dict.fromkeys(equal, 0)
            for most in (discounted, self.quantities):
                for own in equal:
                    more = min(rest, max(most.get(own, 0) - taken[own], 0))
                    taken[own] += more
                    rest -= more
            yield from taken.items()


def _over_lines(
    lines: list[CartLine],
    units: int,
    part: int,
    left: dict[str, int],
    floors: dict[str, int],
    free: dict[str, int],
) -> list[Part]:
    """Give what was taken off equal units to the lines that these stand in, in their order.

    `free` are the units of each line that the same step has not taken yet.
    """
    if len(lines) == 1:
        return [(lines[0].id, units, part)]
    among: list[tuple[CartLine, int, int]] = []
    room = 0
    for line in lines:
        own = min(units, free[line.id])
        if own or room < part:
            above = left[line.id] - floors[line.id]
            among.append((line, own, above))
            units -= own
            room += above
    parts = split(part, [above for _, _, above in among], room)
    return [(line.id, own, taken) for (line, own, _), taken in zip(among, parts, strict=True)]
