"""A percentage off shipping, for all speeds or some (PR-11)."""

from decimal import Decimal
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
    percentage,
    positive_amount,
)


@attrs.frozen(kw_only=True, field_transformer=checked)
class ShippingPercentOff:
    """Take `percent` off shipping by `speeds` (all if empty), at most `maximum`.

    With `of_original`, it is a percentage of the price before all discounts.

    Attributes:
        percent: Over 0 and up to 100.
        speeds: The codes of the shipping speeds that it applies to; all if left out.
        maximum: The most it takes off in total; no limit if left out.
        of_original: Takes the percentage of the price before all discounts, instead of what earlier
            ones left. Off by default.
    """

    type_name: ClassVar[str] = "cartcore.shipping_percent_off"
    promotion_class: ClassVar[PromotionClass] = PromotionClass.SHIPPING

    percent: Decimal = attrs.field(converter=percentage)
    speeds: tuple[str, ...] = ()
    maximum: Money | None = attrs.field(default=None, converter=positive_amount)
    of_original: bool = False

    @cached_property
    def _offer(self) -> Offer:
        discount = Discount.shipping_percent_off(
            self.percent,
            self.speeds,
            maximum=self.maximum,
            of_original=self.of_original,
        )
        return Offer(discounts=(discount,))

    def evaluate(self, context: PricingContext) -> Offer:  # noqa: ARG002  (it is always the same)
        """Offer the percentage off the shipments that qualify, together."""
        return self._offer


@hookimpl
def cartcore_promotion_types() -> list[type[ShippingPercentOff]]:
    """Register the type."""
    return [ShippingPercentOff]
