"""Free shipping: all speeds or named ones, up to an amount (PR-11)."""

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
class FreeShipping:
    """Make shipments free that go by one of `speeds` (any if empty), up to `maximum` together."""

    type_name: ClassVar[str] = "cartcore.free_shipping"
    promotion_class: ClassVar[PromotionClass] = PromotionClass.SHIPPING

    speeds: tuple[str, ...] = ()
    maximum: Money | None = attrs.field(default=None, converter=attrs.converters.optional(positive))

    def evaluate(self, context: PricingContext) -> Offer | Ineligible:
        """Offer the whole price of the shipments that qualify."""
        chosen = {s.id: s.speed.code for s in context.shipments if s.speed is not None}
        if not chosen:
            return Ineligible("no_speed_chosen", "no shipping speed is chosen yet")
        fitting = tuple(i for i, code in chosen.items() if not self.speeds or code in self.speeds)
        if not fitting:
            return Ineligible("other_speed", f"it needs the speed {' or '.join(self.speeds)}")
        return Offer(discounts=(Discount(shipments=fitting, percent=100, maximum=self.maximum),))


@hookimpl
def cartcore_promotion_types() -> list[type[FreeShipping]]:
    """Register the type."""
    return [FreeShipping]
