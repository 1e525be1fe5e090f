"""A shipping speed at one price for every shipment (PR-21)."""

from collections.abc import Sequence
from typing import ClassVar

import attrs
from moneyed import Money

from cartcore.rules import (
    ShipmentRequest,
    ShippingSpeed,
    checked,
    country_codes,
    hookimpl,
    not_negative,
)


@attrs.frozen(kw_only=True, field_transformer=checked)
class FlatRate:
    """Offer one speed everywhere, or only in `countries`, for `price` a shipment."""

    type_name: ClassVar[str] = "cartcore.flat_rate"

    code: str
    name: str
    price: Money = attrs.field(converter=not_negative)
    days_from: int | None = None
    days_to: int | None = None
    countries: tuple[str, ...] = attrs.field(default=(), converter=country_codes)

    def speeds(self, request: ShipmentRequest) -> Sequence[ShippingSpeed]:
        """Return the speed, if it goes to the country."""
        if self.countries and request.address.country not in self.countries:
            return ()
        return (
            ShippingSpeed(
                code=self.code,
                name=self.name,
                price=self.price,
                days_from=self.days_from,
                days_to=self.days_to,
            ),
        )


@hookimpl
def cartcore_speed_providers() -> list[type[FlatRate]]:
    """Register the provider."""
    return [FlatRate]
