"""A discount of one unit of each complete set, by its place in the set (PR-11, PR-13)."""

from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

import attrs
from moneyed import Money

from cartcore.rules import (
    ALL_LINES,
    Discount,
    Ineligible,
    InvalidField,
    Offer,
    PricingContext,
    PromotionClass,
    Selection,
    TakenFirst,
    checked,
    first_units,
    hookimpl,
    most_expensive_first,
    most_off_unit,
    percentage,
    positive_amount,
    positive_int,
)


class Spread(StrEnum):
    """Where the discounted units are looked for: in each set, or in all sets together."""

    EACH_SET = "each_set"
    OVERALL = "overall"


_DEAREST, _OVERALL = TakenFirst.DEAREST, Spread.OVERALL  # looked up once


@attrs.frozen(kw_only=True, field_transformer=checked)
class NthOfSet:
    """Take `percent` off one unit of each set of `size` units of the lines in `target`.

    The units are sorted by price in this `order` and divided into sets, at most `limit`; those left
    over are in no set. In each set, the unit at `position`, from 1, is discounted. With `spread`
    overall, the units of all sets are sorted together instead, the cheapest first, and divided into
    `size` parts of equal length; the part at `position` is discounted. At most `max_units` units
    are discounted, those that come first, and `maximum` bounds the whole reduction.

    Attributes:
        size: How many units make one set.
        position: Which unit of a set is discounted, from 1.
        percent: What is taken off that unit; 100 if left out, which makes it free.
        target: The lines that it applies to; all if left out.
        order: How units are sorted before they are divided into sets: the cheapest first (default),
            or the dearest, the most expensive ones.
        spread: The choice each_set (default) discounts the unit at the position in each set;
            overall sorts the units of all sets by price, the cheapest first, divides them into size
            parts of equal length, and discounts the part at the position.
        limit: The most sets that are made; as many as the units allow if left out.
        max_units: The most units that are discounted, those that come first; all at the position if
            left out.
        maximum: The most it takes off in total; no limit if left out.
    """

    type_name: ClassVar[str] = "cartcore.nth_of_set"
    promotion_class: ClassVar[PromotionClass] = PromotionClass.ITEM
    uses_units: ClassVar[bool] = True

    size: int = attrs.field(converter=positive_int)
    position: int = attrs.field(converter=positive_int)
    percent: Decimal = attrs.field(default=Decimal(100), converter=percentage)
    target: Selection = ALL_LINES
    order: TakenFirst = attrs.field(
        default=TakenFirst.CHEAPEST, metadata={"label": "Which units first"}
    )
    spread: Spread = Spread.EACH_SET
    limit: int | None = attrs.field(
        default=None, converter=positive_int, metadata={"label": "Most sets"}
    )
    max_units: int | None = attrs.field(default=None, converter=positive_int)
    maximum: Money | None = attrs.field(default=None, converter=positive_amount)
    _discounts: tuple[Discount, ...] = attrs.field(init=False, eq=False, repr=False, default=())

    def __attrs_post_init__(self) -> None:
        if self.position > self.size:
            raise InvalidField("position", self.position, "at most size")
        # Fields and no cached properties: of a slotted class with one, Python asks for every
        # attribute by a call.
        discount = Discount.percent_off(self.percent, lines=None, maximum=self.maximum)
        object.__setattr__(self, "_discounts", (discount,))

    @property
    def needs(self) -> tuple[Selection, ...]:
        """Without a line of its target it cannot apply (PR-23)."""
        return (self.target,)

    def evaluate(self, context: PricingContext) -> Offer | Ineligible:
        """Sort the units, divide them into sets, and find those that are discounted."""
        groups = context.unit_groups(self.target)
        units = sum([units for _, _, _, units in groups])
        sets = self._sets(units)
        if not sets:
            return Ineligible.lacking_units("nth_of_set", self.size - units, self.target)
        ordered = reversed(groups) if self.order is _DEAREST else groups
        row = first_units(ordered, sets * self.size)
        return Offer(
            discounts=self._discounts,
            shared_units=tuple(self._discounted(row, sets)),
            used_units=row,
        )

    def _sets(self, units: int) -> int:
        sets = units // self.size
        if self.limit is not None:
            sets = min(sets, self.limit)
        if self.max_units is not None and self.spread is Spread.EACH_SET:
            # One unit of each set: further sets would only use up their units.
            sets = min(sets, self.max_units)
        return sets

    def _discounted(self, row: tuple[tuple[str, int], ...], sets: int) -> list[tuple[str, int]]:
        """The discounted units of a row, which is a whole number of sets."""
        overall = self.spread is _OVERALL
        ordered = row[::-1] if overall and self.order is _DEAREST else row
        first = (self.position - 1) * (sets if overall else 1)
        most = self._discounted_of(sets)
        found = []
        start = 0  # of the group, in the row
        passed = 0  # how many of the places are before it
        for line_id, units in ordered:
            start += units
            if overall:
                passing = min(max(start - first, 0), most)
            else:
                passing = (start - first - 1) // self.size + 1
            if passing > passed:
                found.append((line_id, passing - passed))
            passed = passing
        return found

    def _discounted_of(self, sets: int) -> int:
        """How many units are discounted: one for each set, or `max_units`."""
        return sets if self.max_units is None else min(sets, self.max_units)

    def at_most(self, context: PricingContext) -> int:
        """What is taken off the most expensive units, one for each set.

        Others may have used up the cheap ones.
        """
        lines = most_expensive_first(context.select(self.target))
        count = self._discounted_of(self._sets(sum(line.quantity for line in lines)))
        most = 0
        for line in lines:
            units = min(line.quantity, count)
            most += units * most_off_unit(line, self.percent)
            count -= units
        return most if self.maximum is None else min(most, context.to_minor(self.maximum))


@hookimpl
def cartcore_promotion_types() -> list[type[NthOfSet]]:
    """Register the type."""
    return [NthOfSet]
