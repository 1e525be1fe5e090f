"""A fixed price for shipping, for all speeds or some (PR-11)."""

from functools import cached_property
from typing import ClassVar

import attrs
from moneyed import Money

from cartcore.rules import (
    Discount,
    Offer,
    PricingContext,
    PromotionClass,
    checked,
    hookimpl,
    non_negative_amount,
)


@attrs.frozen(kw_only=True, field_transformer=checked)
class ShippingFixedPrice:
    """Set the price of all shipments together that go by `speeds` (all if empty).

    If they cost less, nothing changes.

    Attributes:
        price: Money, zero or more. In a cart of another currency the promotion does not apply.
        speeds: The codes of the shipping speeds that it applies to; all if left out.
    """

    type_name: ClassVar[str] = "cartcore.shipping_fixed_price"
    promotion_class: ClassVar[PromotionClass] = PromotionClass.SHIPPING

    price: Money = attrs.field(converter=non_negative_amount)
    speeds: tuple[str, ...] = ()

    @cached_property
    def _offer(self) -> Offer:
        discount = Discount.shipping_price_instead(self.price, self.speeds)
        return Offer(discounts=(discount,))

    def evaluate(self, context: PricingContext) -> Offer:  # noqa: ARG002  (it is always the same)
        """Offer the price for the shipments that qualify."""
        return self._offer


@hookimpl
def cartcore_promotion_types() -> list[type[ShippingFixedPrice]]:
    """Register the type."""
    return [ShippingFixedPrice]
