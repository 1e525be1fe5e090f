"""An amount off the order (PR-11)."""

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
    positive_amount,
)


@attrs.frozen(kw_only=True, field_transformer=checked)
class OrderAmountOff:
    """Take `amount` off all lines together, after item discounts.

    Attributes:
        amount: Money over zero. In a cart of another currency the promotion does not apply.
    """

    type_name: ClassVar[str] = "cartcore.order_amount_off"
    promotion_class: ClassVar[PromotionClass] = PromotionClass.ORDER

    amount: Money = attrs.field(converter=positive_amount)

    @cached_property
    def _offer(self) -> Offer:
        return Offer(discounts=(Discount.amount_off(self.amount),))

    def evaluate(self, context: PricingContext) -> Offer | Ineligible:  # noqa: ARG002
        """Offer the amount, whatever is in the cart."""
        return self._offer


@hookimpl
def cartcore_promotion_types() -> list[type[OrderAmountOff]]:
    """Register the type."""
    return [OrderAmountOff]
