"""A shipping speed priced by the number of units (PR-21)."""

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
    hookimpl,
    non_negative_amount,
    one_currency,
    positive_amount,
    positive_int,
)


@attrs.frozen(kw_only=True, field_transformer=checked)
class UnitRates:
    """Offer one speed at `price` for the shipment and `each` for every unit in it.

    `price` includes the first `included_units` units; of the others, at most `most_units` are
    charged. From a subtotal of `free_from` on, after discounts, it is free.

    Attributes:
        code: What drafts and promotions call the speed by.
        name: The name that staff and customers see.
        price: The price of the shipment, whatever is in it; may be zero.
        each: The price of each unit.
        included_units: How many units price includes; 0 if left out.
        most_units: The most units that are charged, beyond those that price includes; all if left
            out.
        free_from: The subtotal from which shipping is free, inclusive.
        days_from: The fewest days that it takes.
        days_to: The most days that it takes.
        countries: The countries that it goes to, as ISO 3166-1 codes; all if left out.
    """

    type_name: ClassVar[str] = "cartcore.unit_rates"

    code: str = attrs.field(metadata=REQUIRED)
    name: str = attrs.field(metadata=REQUIRED)
    price: Money = attrs.field(converter=non_negative_amount)
    each: Money = attrs.field(converter=non_negative_amount)
    included_units: int = 0
    most_units: int | None = attrs.field(default=None, converter=positive_int)
    free_from: Money | None = attrs.field(default=None, converter=positive_amount)
    days_from: int | None = None
    days_to: int | None = None
    countries: tuple[str, ...] = attrs.field(default=(), converter=country_codes)

    def __attrs_post_init__(self) -> None:
        if self.included_units < 0:
            expected = "a whole number of at least 0"
            raise InvalidField("included_units", self.included_units, expected)
        one_currency({"price": self.price, "each": self.each, "free_from": self.free_from})
        ShippingSpeed.of(self, self.price)  # refused now, not for each shipment

    def speeds(self, request: ShipmentRequest) -> Sequence[ShippingSpeed]:
        """Return the speed at the price for so many units, if it delivers to the country."""
        if not request.goes_to(self.countries):
            return ()
        return (ShippingSpeed.of(self, request.to_money(self._charge(request))),)

    def _charge(self, request: ShipmentRequest) -> int:
        subtotal = request.to_minor(request.subtotal)
        if self.free_from is not None and request.to_minor(self.free_from) <= subtotal:
            return 0
        units = max(request.quantity - self.included_units, 0)
        if self.most_units is not None:
            units = min(units, self.most_units)
        return request.to_minor(self.price) + units * request.to_minor(self.each)


@hookimpl
def cartcore_speed_providers() -> list[type[UnitRates]]:
    """Register the provider."""
    return [UnitRates]
