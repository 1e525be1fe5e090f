"""A bike courier, for the postal codes around the roastery."""

from collections.abc import Sequence
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
    non_negative_amount,
    one_currency,
    postal_code_starts,
)

_KILOGRAM = 1000


@attrs.frozen(kw_only=True, field_transformer=checked)
class BikeCourier:
    """Offer one speed where the courier rides: `price`, and `per_kilogram` for each one begun.

    Attributes:
        code: What drafts and promotions call the speed by.
        name: The name that staff and customers see.
        price: The price of a shipment, whatever it weighs.
        per_kilogram: The price of each kilogram, the last one in full.
        countries: Where the courier rides, as ISO 3166-1 codes.
        postal_prefixes: The beginnings of the postal codes there.
        most_grams: The heaviest shipment, in grams.
    """

    type_name: ClassVar[str] = "roastery.bike_courier"

    code: str = attrs.field(default="bike", metadata=REQUIRED)
    name: str = attrs.field(default="Bike courier", metadata=REQUIRED)
    price: Money = attrs.field(converter=non_negative_amount)
    per_kilogram: Money = attrs.field(converter=non_negative_amount)
    countries: tuple[str, ...] = attrs.field(converter=country_codes)
    postal_prefixes: tuple[str, ...]
    most_grams: int = 20_000

    def __attrs_post_init__(self) -> None:
        if not self.postal_prefixes:
            raise InvalidField("postal_prefixes", self.postal_prefixes, "at least one")
        one_currency({"price": self.price, "per_kilogram": self.per_kilogram})

    def speeds(self, request: ShipmentRequest) -> Sequence[ShippingSpeed]:
        """Return the speed, if the courier rides there and can carry the shipment."""
        if not self._rides_to(request) or request.weight_grams > self.most_grams:
            return ()
        kilograms = -(-request.weight_grams // _KILOGRAM)
        price = request.to_minor(self.price) + kilograms * request.to_minor(self.per_kilogram)
        return (
            ShippingSpeed(
                code=self.code,
                name=self.name,
                price=request.to_money(price),
                days_from=0,
                days_to=1,
            ),
        )

    def _rides_to(self, request: ShipmentRequest) -> bool:
        address = request.address
        return request.goes_to(self.countries) and any(
            postal_code_starts(address.postal_code, prefix, address.country)
            for prefix in self.postal_prefixes
        )
