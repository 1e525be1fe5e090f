"""An amount off the order (PR-11)."""

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
    positive,
)


@attrs.frozen(kw_only=True, field_transformer=checked)
class OrderAmountOff:
    """Take `amount` off what the item discounts left of all lines together."""

    type_name: ClassVar[str] = "cartcore.order_amount_off"
    promotion_class: ClassVar[PromotionClass] = PromotionClass.ORDER

    amount: Money = attrs.field(converter=positive)

    def evaluate(self, context: PricingContext) -> Offer | Ineligible:
        """Offer the amount off all lines together."""
        lines = tuple(line.id for line in context.lines)
        if not lines:
            return Ineligible("empty_cart", "there is nothing in the cart yet")
        return Offer(discounts=(Discount(lines=lines, amount=self.amount),))


@hookimpl
def cartcore_promotion_types() -> list[type[OrderAmountOff]]:
    """Register the type."""
    return [OrderAmountOff]
