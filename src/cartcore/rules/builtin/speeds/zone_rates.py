"""Shipping speeds priced by destination zone (PR-21)."""

from collections.abc import Sequence
from itertools import islice
from typing import ClassVar

import attrs
from moneyed import Money

from cartcore.rules import (
    REQUIRED,
    InvalidField,
    ShipmentRequest,
    ShippingSpeed,
    checked,
    country_codes,
    hookimpl,
    non_negative_amount,
    normal,
    one_currency,
    postal_code_starts,
    region_key,
)


@attrs.frozen(kw_only=True, field_transformer=checked)
class Zone:
    """Countries, or regions of them, with one price.

    Attributes:
        name: What the zone is called.
        price: What a shipment to it costs.
        countries: Its countries, as ISO 3166-1 codes; empty for the rest of the world.
        regions: Its regions, by names or abbreviations ("California" is "CA"); empty for all.
        postal_prefixes: Beginnings of postal codes, where spaces, hyphens and case do not matter;
            in the United Kingdom a number ends with the prefix: SE1 covers SE1 7PB and SE1P, but
            not SE10 (OE-29). Empty for all.
        days_from: The fewest days that a shipment takes; None if that is not known.
        days_to: The most days that it takes; None if that is not known.
    """

    name: str
    price: Money = attrs.field(converter=non_negative_amount)
    countries: tuple[str, ...] = attrs.field(default=(), converter=country_codes)
    regions: tuple[str, ...] = ()
    postal_prefixes: tuple[str, ...] = ()
    days_from: int | None = None
    days_to: int | None = None

    def covers(self, request: ShipmentRequest) -> bool:
        """Whether the destination is in this zone."""
        address = request.address
        return (
            request.goes_to(self.countries)
            and (
                not self.regions
                or _region(address.country, address.region)
                in {_region(address.country, each) for each in self.regions}
            )
            and (
                not self.postal_prefixes
                or any(
                    postal_code_starts(address.postal_code, prefix, address.country)
                    for prefix in self.postal_prefixes
                )
            )
        )


def _region(country: str, region: str) -> str:
    """A region as it is compared; one that its country is not known to have, by its text."""
    return region_key(country, region) or normal(region)


@attrs.frozen(kw_only=True, field_transformer=checked)
class ZoneRates:
    """Offer one speed at the price of the first zone that covers the destination.

    Attributes:
        code: What drafts and promotions call the speed by.
        name: The name that staff and customers see.
        zones: The zones, the narrow ones first.
    """

    type_name: ClassVar[str] = "cartcore.zone_rates"

    code: str = attrs.field(metadata=REQUIRED)
    name: str = attrs.field(metadata=REQUIRED)
    zones: tuple[Zone, ...]

    def __attrs_post_init__(self) -> None:
        if not self.zones:
            raise InvalidField("zones", self.zones, "at least one zone")
        one_currency({f"zones[{i}].price": zone.price for i, zone in enumerate(self.zones)})
        for zone in self.zones:
            self._speed(zone)

    def speeds(self, request: ShipmentRequest) -> Sequence[ShippingSpeed]:
        """Return the speed for the zone; nothing where no zone covers the destination."""
        covering = (zone for zone in self.zones if zone.covers(request))
        return tuple(self._speed(zone) for zone in islice(covering, 1))

    def _speed(self, zone: Zone) -> ShippingSpeed:
        return ShippingSpeed(
            code=self.code,
            name=self.name,
            price=zone.price,
            days_from=zone.days_from,
            days_to=zone.days_to,
        )


@hookimpl
def cartcore_speed_providers() -> list[type[ZoneRates]]:
    """Register the provider."""
    return [ZoneRates]
