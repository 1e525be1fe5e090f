"""Where the tax goes that is too much for a price (TX-4).

Taxes are rounded for many prices together, and none of them may have more in it than it is. Which
taxes share a price, and how many minor units it has room for, is all that counts: so that several
prices with the same rates get as much as one that is their sum.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import attrs

from cartcore.promotions.tax import TaxRate

Tax = TaxRate | None
"""What is rounded together: a rate, or, as None, all of them."""


class _Move(NamedTuple):
    """A tax that comes to a price, and the one that goes on from there to make room for it."""

    tax: Tax
    place: int
    on: Tax = None


@attrs.define
class Rooms:
    """Prices with tax: how much room each has, and what it holds of each tax that is due on it."""

    free: list[int]
    held: Sequence[dict[Tax, int]]

    def fill(self, surplus: Mapping[Tax, int]) -> None:
        """Find room for what is too much, in the order of the taxes: the later ones give way.

        A tax that finds no room where it is due takes that of another, which has to find room
        elsewhere. What finds none in this way either has none.
        """
        left = dict(surplus)
        due: dict[Tax, list[int]] = {tax: [] for tax in left}
        for place, taxes in enumerate(self.held):
            for tax in taxes:
                due[tax].append(place)
        ranks = {tax: rank for rank, tax in enumerate(left)}
        for tax in surplus:
            while left[tax] and (moves := self._moves(tax, due, ranks)):
                self._move(moves, left)

    def _move(self, moves: Sequence[_Move], left: dict[Tax, int]) -> None:
        first, last = moves[0].tax, moves[-1]
        most = [self.held[place][on] for _, place, on in moves if on is not None]
        if last.on is None:
            most.append(self.free[last.place])
        amount = min(left[first], *most)
        for tax, place, on in moves:
            self.held[place][tax] += amount
            if on is not None:
                self.held[place][on] -= amount
        left[first] -= amount
        if last.on is None:
            self.free[last.place] -= amount
        else:
            left[last.on] += amount

    def _moves(
        self, first: Tax, due: Mapping[Tax, Sequence[int]], ranks: Mapping[Tax, int]
    ) -> Sequence[_Move]:
        """The shortest way to a price with room, or else to a later tax; empty if there is none."""
        came: dict[Tax, _Move] = {}
        seen = [first]
        for tax in seen:  # which grows
            for place in due[tax]:
                if self.free[place]:
                    return [*_way(first, tax, came), _Move(tax, place)]
                for on, amount in self.held[place].items():
                    if amount and on not in came and on != first:
                        came[on] = _Move(tax, place, on)
                        seen.append(on)
        return _way(first, max(seen, key=ranks.__getitem__), came)  # empty if it is the last itself


def _way(first: Tax, tax: Tax, came: Mapping[Tax, _Move]) -> list[_Move]:
    def back() -> Iterator[_Move]:
        at = tax
        while at != first:
            yield came[at]
            at = came[at].tax

    return [*back()][::-1]
