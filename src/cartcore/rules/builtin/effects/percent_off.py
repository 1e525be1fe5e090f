"""A percentage off selected lines, or off some of their units (PR-11)."""

from decimal import Decimal
from functools import cached_property
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
    hookimpl,
    percentage,
    positive_amount,
    positive_int,
)


@attrs.frozen(kw_only=True, field_transformer=checked)
class PercentOff:
    """Take `percent` off what is left of the lines in `target`, at most `maximum`.

    With `of_original`, it is a percentage of the price before all discounts. At most `limit` units
    are discounted, the `which` first, and only in complete groups of `group_size` units.

    Attributes:
        percent: Over 0 and up to 100.
        target: The lines that it applies to; all if left out.
        maximum: The most it takes off in total; no limit if left out.
        limit: The most units that it discounts; all if left out.
        which: Which units go first: the cheapest (default), or the dearest, the most expensive
            ones.
        group_size: Discounts only complete groups of so many units; 1 if left out. limit must not
            be smaller.
        of_original: Takes the percentage of the price before all discounts, instead of what earlier
            ones left. Off by default.
    """

    type_name: ClassVar[str] = "cartcore.percent_off"
    promotion_class: ClassVar[PromotionClass] = PromotionClass.ITEM

    percent: Decimal = attrs.field(converter=percentage)
    target: Selection = ALL_LINES
    maximum: Money | None = attrs.field(default=None, converter=positive_amount)
    limit: int | None = attrs.field(
        default=None, converter=positive_int, metadata={"label": "Most units"}
    )
    which: TakenFirst = attrs.field(
        default=TakenFirst.CHEAPEST, metadata={"label": "Which units first"}
    )
    group_size: int = attrs.field(default=1, converter=positive_int)
    of_original: bool = False

    def __attrs_post_init__(self) -> None:
        if self.limit is not None and self.limit < self.group_size:
            raise InvalidField("limit", self.limit, "at least group_size")

    @property
    def needs(self) -> tuple[Selection, ...]:
        """Without a line of its target it cannot apply (PR-23)."""
        return (self.target,)

    @cached_property
    def _offer(self) -> Offer:
        return self._off(self.limit)

    def _off(self, units: int | None) -> Offer:
        discount = Discount.percent_off(
            self.percent,
            self.target,
            maximum=self.maximum,
            limit=units,
            which=self.which,
            of_original=self.of_original,
        )
        return Offer(discounts=(discount,))

    def evaluate(self, context: PricingContext) -> Offer | Ineligible:
        """Offer the percentage off the lines of the target, or off the complete groups in it."""
        if self.group_size == 1:
            return self._offer
        units = context.units_to_pay(self.target)
        if units < self.group_size:
            return Ineligible.lacking_units("percent_off", self.group_size - units, self.target)
        most = units if self.limit is None else min(units, self.limit)
        return self._off(most - most % self.group_size)


@hookimpl
def cartcore_promotion_types() -> list[type[PercentOff]]:
    """Register the type."""
    return [PercentOff]
