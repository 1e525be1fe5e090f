"""An amount off shipping, for all speeds or some: in total or off each shipment (PR-11)."""

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
    positive_amount,
)


@attrs.frozen(kw_only=True, field_transformer=checked)
class ShippingAmountOff:
    """Take `amount` off shipping by `speeds` (all if empty).

    It is taken off all shipments together, or with `each` off every one of them.

    Attributes:
        amount: Money over zero. In a cart of another currency the promotion does not apply.
        speeds: The codes of the shipping speeds that it applies to; all if left out.
        each: Takes the amount off every shipment, instead of all of them together. Off by default.
    """

    type_name: ClassVar[str] = "cartcore.shipping_amount_off"
    promotion_class: ClassVar[PromotionClass] = PromotionClass.SHIPPING

    amount: Money = attrs.field(converter=positive_amount)
    speeds: tuple[str, ...] = ()
    each: bool = False

    def evaluate(self, context: PricingContext) -> Offer:
        """Offer the amount off the shipments that qualify."""
        chosen = [(s.id, s.speed.code) for s in context.shipments if s.speed is not None]
        fitting = [i for i, code in chosen if not self.speeds or code in self.speeds]
        if not (self.each and fitting):
            return self._together
        return Offer(
            discounts=tuple(
                Discount.shipping_amount_off(self.amount, shipments=(i,)) for i in fitting
            )
        )

    @cached_property
    def _together(self) -> Offer:
        return Offer(discounts=(Discount.shipping_amount_off(self.amount, self.speeds),))


@hookimpl
def cartcore_promotion_types() -> list[type[ShippingAmountOff]]:
    """Register the type."""
    return [ShippingAmountOff]
