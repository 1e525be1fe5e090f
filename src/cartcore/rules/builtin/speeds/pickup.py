"""Pick-up at the shop, free of charge (PR-21)."""

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
)


@attrs.frozen(kw_only=True, field_transformer=checked)
class Pickup:
    """Offer pick-up at `place`, for addresses in `countries` (all if empty).

    Attributes:
        place: Where the order is collected; the speed is shown as "Pick up at …".
        code: What the speed is known by; "pickup" if left out.
        days_from: The fewest days until it is ready; ready the same day if left out.
        days_to: The most days until it is ready; unknown if left out.
        countries: The countries of the addresses it is offered for; all if left out.
    """

    type_name: ClassVar[str] = "cartcore.pickup"

    place: str = attrs.field(metadata=REQUIRED)
    code: str = attrs.field(default="pickup", metadata=REQUIRED)
    days_from: int | None = 0
    days_to: int | None = None
    countries: tuple[str, ...] = attrs.field(default=(), converter=country_codes)

    def __attrs_post_init__(self) -> None:
        ShippingSpeed.of(self, Money(0, "USD"))  # any currency will do

    @property
    def name(self) -> str:
        """The name of the speed."""
        return f"Pick up at {self.place}"

    def speeds(self, request: ShipmentRequest) -> Sequence[ShippingSpeed]:
        """Return the pick-up, which costs nothing."""
        if not request.goes_to(self.countries):
            return ()
        return (ShippingSpeed.of(self, request.to_money(0)),)


@hookimpl
def cartcore_speed_providers() -> list[type[Pickup]]:
    """Register the provider."""
    return [Pickup]
