"""One amount off the first unit of each line, another off each further unit (PR-11)."""

from typing import ClassVar

import attrs
from moneyed import Money

from cartcore.rules import (
    ALL_LINES,
    Discount,
    Ineligible,
    InvalidField,
    Offer,
    Per,
    PricingContext,
    PromotionClass,
    Selection,
    checked,
    hookimpl,
    most_expensive_first,
    most_off_unit,
    one_currency,
    positive_amount,
    positive_int,
)


@attrs.frozen(kw_only=True, field_transformer=checked)
class FirstAndFurtherOff:
    """Take `first` off one unit of each line in `target`, and `further` off each other unit of it.

    Equal units count as one line, wherever they stand in the cart. At most `limit` units of each
    line are discounted. Units that a quantity promotion has used are left out.

    Attributes:
        first: Money over zero, off one unit of each line.
        further: Money over zero, off each other unit of the line. One of the two is needed; both
            are in one currency.
        target: The lines that it applies to; all if left out.
        limit: The most units of each line that are discounted, including the first; all if left
            out.
    """

    type_name: ClassVar[str] = "cartcore.first_and_further"
    promotion_class: ClassVar[PromotionClass] = PromotionClass.ITEM

    first: Money | None = attrs.field(default=None, converter=positive_amount)
    further: Money | None = attrs.field(default=None, converter=positive_amount)
    target: Selection = ALL_LINES
    limit: int | None = attrs.field(default=None, converter=positive_int)

    def __attrs_post_init__(self) -> None:
        if self.first is None and self.further is None:
            raise InvalidField("first", None, "an amount, unless further is")
        if self.first is None and self.limit == 1:
            expected = "at least 2, unless first is given"
            raise InvalidField("limit", self.limit, expected)
        one_currency({"first": self.first, "further": self.further})

    @property
    def needs(self) -> tuple[Selection, ...]:
        """Without a line of its target it cannot apply (PR-23)."""
        return (self.target,)

    def evaluate(self, context: PricingContext) -> Offer | Ineligible:
        """Offer one amount off a unit of each line, then the other off its further units."""
        groups = context.unit_groups(self.target)
        if not groups:
            left = self.target.among("item")
            return Ineligible("nothing_selected", f"no {left} is left to discount")
        parts: list[tuple[Money, tuple[tuple[str, int], ...]]] = []
        if self.first is not None:
            parts.append((self.first, tuple((group.id, 1) for group in groups)))
        if self.further is not None:
            most = self.limit
            units = [g.units if most is None else min(g.units, most) for g in groups]
            pairs = zip(groups, units, strict=True)
            others = tuple((group.id, count - 1) for group, count in pairs if count > 1)
            parts += [(self.further, others)] if others else []
        if not parts:
            second = self.target.among("a second unit of the same item")
            return Ineligible("first_and_further", f"needs {second}", missing_units=1)
        return Offer(
            discounts=tuple(
                Discount.amount_off(amount, units=units, per=Per.UNIT) for amount, units in parts
            )
        )

    def at_most(self, context: PricingContext) -> int:
        """The amounts of all units that can get one, but no more than they cost."""
        first = 0 if self.first is None else context.to_minor(self.first)
        further = 0 if self.further is None else context.to_minor(self.further)
        most = 0
        for line in most_expensive_first(context.select(self.target)):
            units = line.quantity if self.limit is None else min(line.quantity, self.limit)
            price = most_off_unit(line)
            # Several lines may be equal: then only one of them has a first unit.
            most += max(min(first, price), min(further, price))
            most += (units - 1) * min(further, price)
        return most


@hookimpl
def cartcore_promotion_types() -> list[type[FirstAndFurtherOff]]:
    """Register the type."""
    return [FirstAndFurtherOff]
