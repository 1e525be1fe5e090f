"""Shipping speeds of any provider, only for shipments within limits (PR-21)."""

from collections.abc import Sequence
from typing import ClassVar

import attrs
from moneyed import Money

from cartcore.rules import (
    InvalidField,
    ShipmentRequest,
    ShippingSpeed,
    SpeedProvider,
    checked,
    country_codes,
    hookimpl,
    non_negative_amount,
    show,
)


@attrs.frozen(kw_only=True, field_transformer=checked)
class Limited:
    """Offer the speeds of `provider`, but only for shipments within limits, all inclusive.

    The subtotal is that of the goods after discounts; the weight is that of all units. Empty
    `countries` are all countries.

    Attributes:
        provider: The provider that gives the speeds.
        min_subtotal: The least that the goods may cost, after discounts.
        max_subtotal: The most that the goods may cost, after discounts.
        min_grams: The least that all units together may weigh.
        max_grams: The most that all units together may weigh.
        countries: The countries that the shipment may go to.
    """

    type_name: ClassVar[str] = "cartcore.limited"

    provider: SpeedProvider
    min_subtotal: Money | None = attrs.field(default=None, converter=non_negative_amount)
    max_subtotal: Money | None = attrs.field(default=None, converter=non_negative_amount)
    min_grams: int | None = None
    max_grams: int | None = None
    countries: tuple[str, ...] = attrs.field(default=(), converter=country_codes)

    def __attrs_post_init__(self) -> None:
        low, high = self.min_subtotal, self.max_subtotal
        if low is not None and high is not None and not _in_order(low, high):
            expected = "at least min_subtotal, in the same currency"
            raise InvalidField("max_subtotal", show(high), expected)
        least = 0 if self.min_grams is None else self.min_grams
        if least < 0:
            raise InvalidField("min_grams", self.min_grams, "a whole number of at least 0")
        if self.max_grams is not None and self.max_grams < least:
            expected = f"a whole number of at least {least}"
            raise InvalidField("max_grams", self.max_grams, expected)

    def speeds(self, request: ShipmentRequest) -> Sequence[ShippingSpeed]:
        """Return what the provider answers, or nothing for a shipment outside the limits."""
        return self.provider.speeds(request) if self._covers(request) else ()

    def _covers(self, request: ShipmentRequest) -> bool:
        subtotal, grams = request.to_minor(request.subtotal), request.weight_grams
        return (
            request.goes_to(self.countries)
            and (self.min_subtotal is None or request.to_minor(self.min_subtotal) <= subtotal)
            and (self.max_subtotal is None or subtotal <= request.to_minor(self.max_subtotal))
            and (self.min_grams is None or self.min_grams <= grams)
            and (self.max_grams is None or grams <= self.max_grams)
        )


def _in_order(low: Money, high: Money) -> bool:
    return low.currency == high.currency and low.amount <= high.amount


@hookimpl
def cartcore_speed_providers() -> list[type[Limited]]:
    """Register the provider."""
    return [Limited]
