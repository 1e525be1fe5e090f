"""An amount off shipping, all speeds or named ones: together or off each shipment (PR-11)."""

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
class ShippingAmountOff:
    """Take `amount` off the shipments that go by one of `speeds` (any if empty).

    It is taken off them together, or with `each` off every one of them.
    """

    type_name: ClassVar[str] = "cartcore.shipping_amount_off"
    promotion_class: ClassVar[PromotionClass] = PromotionClass.SHIPPING

    amount: Money = attrs.field(converter=positive)
    speeds: tuple[str, ...] = ()
    each: bool = False

    def evaluate(self, context: PricingContext) -> Offer | Ineligible:
        """Offer the amount off the shipments that qualify."""
        chosen = {s.id: s.speed.code for s in context.shipments if s.speed is not None}
        if not chosen:
            return Ineligible("no_speed_chosen", "no shipping speed is chosen yet")
        fitting = tuple(i for i, code in chosen.items() if not self.speeds or code in self.speeds)
        if not fitting:
            return Ineligible("other_speed", f"it needs the speed {' or '.join(self.speeds)}")
        parts = tuple((shipment,) for shipment in fitting) if self.each else (fitting,)
        return Offer(
            discounts=tuple(Discount(shipments=part, amount=self.amount) for part in parts)
        )


@hookimpl
def cartcore_promotion_types() -> list[type[ShippingAmountOff]]:
    """Register the type."""
    return [ShippingAmountOff]
