"""Several products, so many of each, at one price (PR-11, PR-13)."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import ClassVar

import attrs
from moneyed import Money

from cartcore.rules import (
    ALL_LINES,
    FINE_PER_MINOR,
    LARGEST_AMOUNT,
    Discount,
    Ineligible,
    InvalidField,
    Offer,
    PricingContext,
    PromotionClass,
    Selection,
    TakenFirst,
    UnitGroup,
    checked,
    counted,
    hookimpl,
    most_expensive_first,
    most_off_unit,
    non_negative_amount,
    one_currency,
    positive_amount,
    positive_int,
)

_MOST_PARTS = 10
"""Where all parts can use the same units, 1,023 choices of parts have to be looked at."""


@attrs.frozen(kw_only=True, field_transformer=checked)
class BundlePart:
    """What a set has of one kind: `quantity` units of the lines in `target`.

    Attributes:
        target: The lines that the units are taken from; all of them if left out.
        quantity: How many units of them a set has.
    """

    target: Selection = ALL_LINES
    quantity: int = attrs.field(default=1, converter=positive_int)


@attrs.frozen(kw_only=True, field_transformer=checked)
class Bundle:
    """Sell a set of units, so many of each of the `parts`, at `price`.

    As many sets are made as the units allow, at most `limit`. A unit serves one part, even where
    several parts could use it. The `which` units go first; of the most expensive ones, no set is
    made that already costs less than `price`. `maximum` bounds the whole reduction.

    Attributes:
        price: What one set costs: money, zero or more. In a cart of another currency the promotion
            does not apply.
        parts: What a set is made of, 1 to 10 parts. Each has a target, the lines it is taken from,
            and a quantity, 1 if left out.
        limit: The most sets that are made; as many as the units allow if left out.
        which: Which units go first: the dearest (default), the most expensive ones, or the
            cheapest.
        maximum: The most it takes off in total; no limit if left out.
    """

    type_name: ClassVar[str] = "cartcore.bundle"
    promotion_class: ClassVar[PromotionClass] = PromotionClass.ITEM
    uses_units: ClassVar[bool] = True

    price: Money = attrs.field(converter=non_negative_amount)
    parts: tuple[BundlePart, ...]
    limit: int | None = attrs.field(
        default=None, converter=positive_int, metadata={"label": "Most sets"}
    )
    which: TakenFirst = attrs.field(
        default=TakenFirst.DEAREST, metadata={"label": "Which units first"}
    )
    maximum: Money | None = attrs.field(default=None, converter=positive_amount)

    def __attrs_post_init__(self) -> None:
        if not 1 <= len(self.parts) <= _MOST_PARTS:
            raise InvalidField("parts", self.parts, f"1 to {_MOST_PARTS} parts")
        one_currency({"price": self.price, "maximum": self.maximum})

    @property
    def needs(self) -> tuple[Selection, ...]:
        """Without a line of each part it cannot apply (PR-23)."""
        return tuple(part.target for part in self.parts)

    def evaluate(self, context: PricingContext) -> Offer | Ineligible:
        """Count the sets, and pick their units."""
        stock = _Stock(self.parts, [context.unit_groups(part.target) for part in self.parts])
        price = context.to_minor(self.price)
        sets = self._sets(stock, price)
        if not sets:
            return self._missing(stock)
        if self.which is TakenFirst.DEAREST:
            stock.groups.reverse()
            # The more sets, the less the next one costs, so those that are worth it come first.
            sets = 1 + bisect_left(
                range(1, sets),
                x=True,
                key=lambda made: stock.cost(made + 1) - stock.cost(made) <= price * FINE_PER_MINOR,
            )
        units = tuple((group.id, units) for group, units in stock.pick(sets))
        discount = Discount.price_instead(
            context.to_money(price * sets), units=units, maximum=self.maximum
        )
        return Offer(discounts=(discount,), used_units=units)

    def _sets(self, stock: "_Stock", price: int) -> int:
        most = min(stock.supply[choice] // stock.demand[choice] for choice in stock.demand)
        if price:
            most = min(most, LARGEST_AMOUNT // price)  # more could not be said as one price
        return most if self.limit is None else min(most, self.limit)

    def _missing(self, stock: "_Stock") -> Ineligible:
        """Say how many units are missing for one set (PR-17)."""
        needed = [
            part.target.among(counted(units, "more item"))
            for part, units in zip(self.parts, stock.lacking(), strict=True)
            if units
        ]
        return Ineligible(
            "bundle", f"needs {' and '.join(needed)}", missing_units=sum(stock.lacking())
        )

    def at_most(self, context: PricingContext) -> int:
        """How much more the most expensive units cost than their share of the price.

        There may be other units, or fewer sets, once others have used some up.
        """
        lines = [most_expensive_first(context.select(part.target)) for part in self.parts]
        stock = _Stock(
            self.parts,
            [[UnitGroup(x, x.id, x.fine_price, x.quantity) for x in usable] for usable in lines],
        )
        price = context.to_minor(self.price)
        size = sum(part.quantity for part in self.parts)
        count = self._sets(stock, price) * size
        most = 0
        for group, _ in reversed(stock.groups):
            units = min(group.units, count)
            most += units * max(0, most_off_unit(group.line) * size - price)
            count -= units
        most = -(-most // size)
        return most if self.maximum is None else min(most, context.to_minor(self.maximum))


class _Stock:
    """The units that parts can use, and which parts compete for the same ones.

    `groups` are given with the parts that can use them, as bits: 0b101 is the first and the third.
    `rivals` are choices of parts, also as bits, that compete for units: all the choices among
    parts that are linked by a group that several of them can use. For each choice, `demand` is the
    units that it has in one set, and `supply` those there are.

    Hall's theorem: if no choice of parts lacks units, there are enough for all of them together.
    """

    def __init__(self, parts: Sequence[BundlePart], usable: Sequence[Sequence[UnitGroup]]) -> None:
        found: dict[str, tuple[UnitGroup, int]] = {}
        for position, groups in enumerate(usable):
            for group in groups:
                _, users = found.get(group.id, (group, 0))
                found[group.id] = (group, users | 1 << position)
        self.groups = sorted(found.values(), key=lambda each: each[0].fine_price)
        self.parts = len(parts)
        linked = [1 << position for position in range(len(parts))]
        for users in {users for _, users in self.groups}:
            together = sum(link for link in linked if link & users)
            linked = [link for link in linked if not link & users]
            linked.append(together)
        self.rivals = [list(_choices(link)) for link in linked]
        self.demand = {}
        self.supply = {}
        for choice in chain.from_iterable(self.rivals):
            self.demand[choice] = sum(
                part.quantity for position, part in enumerate(parts) if choice >> position & 1
            )
            self.supply[choice] = sum(group.units for group, users in self.groups if users & choice)

    def pick(self, sets: int) -> list[tuple[UnitGroup, int]]:
        """The units of so many sets, those of the first groups if possible."""
        # Units that nobody else can use must not be more than their parts need.
        room = {choice: units * sets for choice, units in self.demand.items()}
        picked = []
        for group, users in self.groups:
            within = [choice for choice in room if choice & users == users]
            units = min(group.units, *(room[choice] for choice in within))
            if units:
                picked.append((group, units))
                for choice in within:
                    room[choice] -= units
        return picked

    def cost(self, sets: int) -> int:
        """What the units of so many sets cost, in 1/`FINE_PER_MINOR` of the minor unit."""
        return sum(group.fine_price * units for group, units in self.pick(sets))

    def lacking(self) -> list[int]:
        """For each part, how many units one set lacks once the parts before have theirs."""
        before = 0
        lacking = []
        for position in range(self.parts):
            so_far = sum(
                max([self.demand[c] - self.supply[c] for c in choices if c < 2 << position] + [0])
                for choices in self.rivals
            )
            lacking.append(so_far - before)
            before = so_far
        return lacking


def _choices(of: int) -> Iterator[int]:
    """Every choice of parts, at least one, out of these; all as bits."""
    choice = of
    while choice:
        yield choice
        choice = (choice - 1) & of


@hookimpl
def cartcore_promotion_types() -> list[type[Bundle]]:
    """Register the type."""
    return [Bundle]
