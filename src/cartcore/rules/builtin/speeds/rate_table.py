"""Shipping speeds priced from a table, by weight or by subtotal (PR-21)."""

from collections.abc import Sequence
from itertools import pairwise
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
)


@attrs.frozen(kw_only=True, field_transformer=checked)
class WeightBand:
    """The price of shipments that weigh up to so many grams; without a limit, of all heavier ones.

    A band up to 0 grams is for goods without a weight.

    Attributes:
        price: What a shipment in the band costs.
        up_to_grams: The most that a shipment in the band weighs; None for all heavier ones.
    """

    price: Money = attrs.field(converter=non_negative_amount)
    up_to_grams: int | None = None


@attrs.frozen(kw_only=True, field_transformer=checked)
class SubtotalBand:
    """The price of shipments with goods for this much or more, after discounts.

    Attributes:
        price: What a shipment in the band costs.
        from_subtotal: What its goods cost at least; None for the first band.
    """

    price: Money = attrs.field(converter=non_negative_amount)
    from_subtotal: Money | None = attrs.field(default=None, converter=positive_amount)


@attrs.frozen(kw_only=True, field_transformer=checked)
class WeightRates:
    """Offer one speed, priced by the weight of the shipment; nothing above the last band.

    With `overflow`, heavier shipments are charged the last band as often as it fits, and the band
    of the rest.

    Attributes:
        code: What drafts and promotions call the speed by.
        name: The name that staff and customers see.
        bands: The table, from light to heavy; each band has a price and applies up to and including
            up_to_grams. A band up to 0 is for goods without a weight. Only the last band may have
            no limit.
        overflow: Whether heavier shipments are charged several bands; off by default.
        days_from: The fewest days that it takes.
        days_to: The most days that it takes.
        countries: The countries that it goes to, as ISO 3166-1 codes; all if left out.
    """

    type_name: ClassVar[str] = "cartcore.weight_rates"

    code: str = attrs.field(metadata=REQUIRED)
    name: str = attrs.field(metadata=REQUIRED)
    bands: tuple[WeightBand, ...]
    overflow: bool = False
    days_from: int | None = None
    days_to: int | None = None
    countries: tuple[str, ...] = attrs.field(default=(), converter=country_codes)

    def __attrs_post_init__(self) -> None:
        bounds = [band.up_to_grams for band in self.bands]
        if bounds and bounds[-1] is None:
            bounds.pop()
        closed = [-1 if bound is None else bound for bound in bounds]
        if not self.bands or any(a >= b for a, b in pairwise([-1, *closed])):
            expected = "in the order of their up_to_grams, which only the last can leave out"
            raise InvalidField("bands", self.bands, expected)
        one_currency({f"bands[{i}].price": band.price for i, band in enumerate(self.bands)})
        ShippingSpeed.of(self, self.bands[0].price)  # refused now, not for each shipment
        if self.overflow and not self.bands[-1].up_to_grams:
            expected = "false, unless the last band has up_to_grams of at least 1"
            raise InvalidField("overflow", self.overflow, expected)

    def speeds(self, request: ShipmentRequest) -> Sequence[ShippingSpeed]:
        """Return the speed at the price of the first band that the weight fits in."""
        if not request.goes_to(self.countries):
            return ()
        last, times, rest = self.bands[-1], 0, request.weight_grams
        if self.overflow and last.up_to_grams is not None and rest > last.up_to_grams:
            # What fills the last band exactly is left to be the rest.
            times = (rest - 1) // last.up_to_grams
            rest -= times * last.up_to_grams
        for band in self.bands:
            if band.up_to_grams is None or rest <= band.up_to_grams:
                price = times * request.to_minor(last.price) + request.to_minor(band.price)
                return (ShippingSpeed.of(self, request.to_money(price)),)
        return ()


@attrs.frozen(kw_only=True, field_transformer=checked)
class SubtotalRates:
    """Offer one speed, priced by the goods in the shipment, as discounts left them.

    Attributes:
        code: What drafts and promotions call the speed by.
        name: The name that staff and customers see.
        bands: The prices, each from a subtotal on.
        days_from: The fewest days that it takes.
        days_to: The most days that it takes.
        countries: The countries that it goes to, as ISO 3166-1 codes; all if left out.
    """

    type_name: ClassVar[str] = "cartcore.subtotal_rates"

    code: str = attrs.field(metadata=REQUIRED)
    name: str = attrs.field(metadata=REQUIRED)
    bands: tuple[SubtotalBand, ...]
    days_from: int | None = None
    days_to: int | None = None
    countries: tuple[str, ...] = attrs.field(default=(), converter=country_codes)

    def __attrs_post_init__(self) -> None:
        first, *others = [band.from_subtotal for band in self.bands] or [None]
        bounds = [bound for bound in others if bound is not None]
        one_currency(
            {
                f"bands[{position}].{field}": getattr(band, field)
                for position, band in enumerate(self.bands)
                for field in ("price", "from_subtotal")
            }
        )
        complete = self.bands and first is None and len(bounds) == len(others)
        if not complete or any(a >= b for a, b in pairwise(bounds)):
            expected = "in the order of their from_subtotal, which only the first leaves out"
            raise InvalidField("bands", self.bands, expected)
        ShippingSpeed.of(self, self.bands[0].price)  # refused now, not for each shipment

    def speeds(self, request: ShipmentRequest) -> Sequence[ShippingSpeed]:
        """Return the speed at the price of the last band that the subtotal reaches."""
        if not request.goes_to(self.countries):
            return ()
        reached = [
            band
            for band in self.bands
            if band.from_subtotal is None
            or request.to_minor(band.from_subtotal) <= request.to_minor(request.subtotal)
        ]
        return (ShippingSpeed.of(self, reached[-1].price),)


@hookimpl
def cartcore_speed_providers() -> list[type[WeightRates] | type[SubtotalRates]]:
    """Register the providers."""
    return [WeightRates, SubtotalRates]
