"""The condition that everything goes to certain countries (PR-9)."""

from collections.abc import Iterable
from typing import ClassVar

import attrs

from cartcore.rules import (
    Ineligible,
    InvalidField,
    PricingContext,
    alternatives,
    checked,
    country_codes,
    hookimpl,
)


def _countries(values: Iterable[str]) -> tuple[str, ...]:
    try:
        found = country_codes(values)
    except (TypeError, ValueError) as error:
        expected = "codes of ISO 3166-1, such as ('US', 'CA')"
        raise InvalidField("countries", values, expected) from error
    if not found:
        raise InvalidField("countries", found, "at least one country")
    return found


@attrs.frozen(kw_only=True, field_transformer=checked)
class Destination:
    """Hold when all shipments go to one of `countries`, codes of ISO 3166-1.

    Shipments without an address do not count; while there are no others, it does not hold.

    Attributes:
        countries: At least one code of ISO 3166-1, such as US.
    """

    type_name: ClassVar[str] = "cartcore.destination"

    countries: tuple[str, ...] = attrs.field(converter=_countries)

    def check(self, context: PricingContext) -> Ineligible | None:
        """Compare the country of each shipment."""
        known = [shipment.country for shipment in context.shipments if shipment.country]
        if known and all(country in self.countries for country in known):
            return None
        return Ineligible("destination", f"only for {self}")

    def __str__(self) -> str:
        return f"orders delivered to {alternatives(self.countries)}"


@hookimpl
def cartcore_condition_types() -> list[type[Destination]]:
    """Register the type."""
    return [Destination]
