"""A fixed price for all items of the order (PR-11)."""

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
    non_negative_amount,
)


@attrs.frozen(kw_only=True, field_transformer=checked)
class OrderFixedPrice:
    """Set the price of all lines together; if they cost less, nothing changes.

    Attributes:
        price: Money, zero or more. In a cart of another currency the promotion does not apply.
    """

    type_name: ClassVar[str] = "cartcore.order_fixed_price"
    promotion_class: ClassVar[PromotionClass] = PromotionClass.ORDER

    price: Money = attrs.field(converter=non_negative_amount)

    @cached_property
    def _offer(self) -> Offer:
        return Offer(discounts=(Discount.price_instead(self.price),))

    def evaluate(self, context: PricingContext) -> Offer | Ineligible:  # noqa: ARG002
        """Offer the price, whatever is in the cart."""
        return self._offer


@hookimpl
def cartcore_promotion_types() -> list[type[OrderFixedPrice]]:
    """Register the type."""
    return [OrderFixedPrice]
