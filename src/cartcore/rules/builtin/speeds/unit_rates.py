"""A shipping speed priced by the number of units (PR-21)."""

from collections.abc import Sequence
from typing import ClassVar

import attrs
from moneyed import Money

from cartcore.rules import (
    InvalidField,
    ShipmentRequest,
    ShippingSpeed,
    checked,
    country_codes,
    hookimpl,
    not_negative,
    positive,
    show,
)


@attrs.frozen(kw_only=True, field_transformer=checked)
class UnitRates:
    """Offer one speed for `price` a shipment and `each` for every unit in it.

    `price` covers the first `included_units` units; of those beyond, at most `most_units` are
    charged. From a subtotal of `free_from` on, after discounts, nothing is charged.
    """

    type_name: ClassVar[str] = "cartcore.unit_rates"

    code: str
    name: str
    price: Money = attrs.field(converter=not_negative)
    each: Money = attrs.field(converter=not_negative)
    included_units: int = 0
    most_units: int | None = None
    free_from: Money | None = attrs.field(default=None, converter=positive)
    days_from: int | None = None
    days_to: int | None = None
    countries: tuple[str, ...] = attrs.field(default=(), converter=country_codes)

    def __attrs_post_init__(self) -> None:
        if self.included_units < 0:
            expected = "a whole number from 0 is needed"
            raise InvalidField("included_units", self.included_units, expected)
        if self.most_units is not None and self.most_units < 1:
            raise InvalidField("most_units", self.most_units, "a whole number from 1 is needed")
        for name, money in (("each", self.each), ("free_from", self.free_from)):
            if money is not None and money.currency != self.price.currency:
                expected = f"{self.price.currency.code} is needed, as in price"
                raise InvalidField(name, show(money), expected)

    def speeds(self, request: ShipmentRequest) -> Sequence[ShippingSpeed]:
        """Return the speed at the price for so many units, if it goes to the country."""
        if self.countries and request.address.country not in self.countries:
            return ()
        return (
            ShippingSpeed(
                code=self.code,
                name=self.name,
                price=request.money(self._charge(request)),
                days_from=self.days_from,
                days_to=self.days_to,
            ),
        )

    def _charge(self, request: ShipmentRequest) -> int:
        subtotal = request.minor(request.subtotal)
        if self.free_from is not None and request.minor(self.free_from) <= subtotal:
            return 0
        units = max(request.quantity - self.included_units, 0)
        if self.most_units is not None:
            units = min(units, self.most_units)
        return request.minor(self.price) + units * request.minor(self.each)


@hookimpl
def cartcore_speed_providers() -> list[type[UnitRates]]:
    """Register the provider."""
    return [UnitRates]
