"""A shipping speed at one price for every shipment (PR-21)."""

from collections.abc import Sequence
from typing import ClassVar

import attrs
from moneyed import Money

from cartcore.rules import (
    REQUIRED,
    ShipmentRequest,
    ShippingSpeed,
    checked,
    country_codes,
    hookimpl,
    non_negative_amount,
)


@attrs.frozen(kw_only=True, field_transformer=checked)
class FlatRate:
    """Offer one speed everywhere, or only in `countries`, for `price` a shipment.

    Attributes:
        code: What drafts and promotions call the speed by.
        name: The name that staff and customers see.
        price: What a shipment costs; may be zero.
        days_from: The fewest days that it takes; unknown if left out.
        days_to: The most days that it takes; unknown if left out.
        countries: The countries it delivers to; all if left out.
    """

    type_name: ClassVar[str] = "cartcore.flat_rate"

    code: str = attrs.field(metadata=REQUIRED)
    name: str = attrs.field(metadata=REQUIRED)
    price: Money = attrs.field(converter=non_negative_amount)
    days_from: int | None = None
    days_to: int | None = None
    countries: tuple[str, ...] = attrs.field(default=(), converter=country_codes)

    def __attrs_post_init__(self) -> None:
        ShippingSpeed.of(self, self.price)  # refused now, not for each shipment

    def speeds(self, request: ShipmentRequest) -> Sequence[ShippingSpeed]:
        """Return the speed, if it delivers to the country."""
        return (ShippingSpeed.of(self, self.price),) if request.goes_to(self.countries) else ()


@hookimpl
def cartcore_speed_providers() -> list[type[FlatRate]]:
    """Register the provider."""
    return [FlatRate]
