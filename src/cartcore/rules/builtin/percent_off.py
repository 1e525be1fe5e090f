"""A percentage off selected lines (PR-11)."""

from decimal import Decimal
from typing import ClassVar

import attrs
from moneyed import Money

from cartcore.rules import (
    ALL_LINES,
    Discount,
    Ineligible,
    Offer,
    PricingContext,
    PromotionClass,
    Selection,
    checked,
    hookimpl,
    percent,
    positive,
)


@attrs.frozen(kw_only=True, field_transformer=checked)
class PercentOff:
    """Take `percent` off what is left of the lines in `target`, at most `maximum`."""

    type_name: ClassVar[str] = "cartcore.percent_off"
    promotion_class: ClassVar[PromotionClass] = PromotionClass.ITEM

    percent: Decimal = attrs.field(converter=percent)
    target: Selection = ALL_LINES
    maximum: Money | None = attrs.field(default=None, converter=attrs.converters.optional(positive))

    def evaluate(self, context: PricingContext) -> Offer | Ineligible:
        """Offer the percentage off all lines of the target together."""
        lines = context.select(self.target)
        if not lines:
            return Ineligible("nothing_selected", f"there is none of {self.target} in the cart")
        ids = tuple(line.id for line in lines)
        return Offer(discounts=(Discount(lines=ids, percent=self.percent, maximum=self.maximum),))


@hookimpl
def cartcore_promotion_types() -> list[type[PercentOff]]:
    """Register the type."""
    return [PercentOff]
