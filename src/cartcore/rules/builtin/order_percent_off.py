"""A percentage off the order (PR-11)."""

from decimal import Decimal
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
    percent,
    positive,
)


@attrs.frozen(kw_only=True, field_transformer=checked)
class OrderPercentOff:
    """Take `percent` off what the item discounts left of all lines, at most `maximum`."""

    type_name: ClassVar[str] = "cartcore.order_percent_off"
    promotion_class: ClassVar[PromotionClass] = PromotionClass.ORDER

    percent: Decimal = attrs.field(converter=percent)
    maximum: Money | None = attrs.field(default=None, converter=attrs.converters.optional(positive))

    def evaluate(self, context: PricingContext) -> Offer | Ineligible:
        """Offer the percentage off all lines together."""
        lines = tuple(line.id for line in context.lines)
        if not lines:
            return Ineligible("empty_cart", "there is nothing in the cart yet")
        return Offer(discounts=(Discount(lines=lines, percent=self.percent, maximum=self.maximum),))


@hookimpl
def cartcore_promotion_types() -> list[type[OrderPercentOff]]:
    """Register the type."""
    return [OrderPercentOff]
