"""Picking up at the shop, free of charge (PR-21)."""

from collections.abc import Sequence
from typing import ClassVar

import attrs

from cartcore.rules import (
    ShipmentRequest,
    ShippingSpeed,
    checked,
    country_codes,
    hookimpl,
)


@attrs.frozen(kw_only=True, field_transformer=checked)
class Pickup:
    """Offer pick-up at `place`, for addresses in `countries` (all if empty)."""

    type_name: ClassVar[str] = "cartcore.pickup"

    place: str
    code: str = "pickup"
    days_from: int | None = 0
    days_to: int | None = None
    countries: tuple[str, ...] = attrs.field(default=(), converter=country_codes)

    def speeds(self, request: ShipmentRequest) -> Sequence[ShippingSpeed]:
        """Return the pick-up, which costs nothing."""
        if self.countries and request.address.country not in self.countries:
            return ()
        return (
            ShippingSpeed(
                code=self.code,
                name=f"Pick up at {self.place}",
                price=request.money(0),
                days_from=self.days_from,
                days_to=self.days_to,
            ),
        )


@hookimpl
def cartcore_speed_providers() -> list[type[Pickup]]:
    """Register the provider."""
    return [Pickup]
