"""Free shipping, for all speeds or some, up to an amount (PR-11)."""

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
class FreeShipping:
    """Make shipping by `speeds` free (all if empty), up to `maximum` in total.

    Attributes:
        speeds: The codes of the shipping speeds that it applies to; all if left out.
        maximum: The most it takes off in total; no limit if left out.
    """

    type_name: ClassVar[str] = "cartcore.free_shipping"
    promotion_class: ClassVar[PromotionClass] = PromotionClass.SHIPPING

    speeds: tuple[str, ...] = ()
    maximum: Money | None = attrs.field(default=None, converter=positive_amount)

    @cached_property
    def _offer(self) -> Offer:
        discount = Discount.shipping_percent_off(100, self.speeds, maximum=self.maximum)
        return Offer(discounts=(discount,))

    def evaluate(self, context: PricingContext) -> Offer:  # noqa: ARG002  (it is always the same)
        """Offer the whole price of the shipments that qualify."""
        return self._offer


@hookimpl
def cartcore_promotion_types() -> list[type[FreeShipping]]:
    """Register the type."""
    return [FreeShipping]
