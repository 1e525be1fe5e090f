"""A percentage off the order (PR-11)."""

from decimal import Decimal
from functools import cached_property
from typing import ClassVar

import attrs
from moneyed import Money

from cartcore.rules import (
    Discount,
    Ineligible,
    Offer,
    PricingContext,
    PromotionClass,
    checked,
    hookimpl,
    percentage,
    positive_amount,
)


@attrs.frozen(kw_only=True, field_transformer=checked)
class OrderPercentOff:
    """Take `percent` off all lines together, after item discounts, at most `maximum`.

    With `of_original`, it is a percentage of the price before all discounts.

    Attributes:
        percent: Over 0 and up to 100.
        maximum: The most it takes off in total; no limit if left out.
        of_original: Takes the percentage of the price before all discounts, instead of what earlier
            ones left. Off by default.
    """

    type_name: ClassVar[str] = "cartcore.order_percent_off"
    promotion_class: ClassVar[PromotionClass] = PromotionClass.ORDER

    percent: Decimal = attrs.field(converter=percentage)
    maximum: Money | None = attrs.field(default=None, converter=positive_amount)
    of_original: bool = False

    @cached_property
    def _offer(self) -> Offer:
        discount = Discount.percent_off(
            self.percent, maximum=self.maximum, of_original=self.of_original
        )
        return Offer(discounts=(discount,))

    def evaluate(self, context: PricingContext) -> Offer | Ineligible:  # noqa: ARG002
        """Offer the percentage, whatever is in the cart."""
        return self._offer


@hookimpl
def cartcore_promotion_types() -> list[type[OrderPercentOff]]:
    """Register the type."""
    return [OrderPercentOff]
