"""The laws that hold for the types of a plugin, on made-up carts and shipments."""

from collections.abc import Sequence

from acme_roastery import BikeCourier, Mix
from hypothesis import strategies as st
from moneyed import Money

from cartcore import Address
from cartcore.testing.plugins import (
    PromotionTypeContract,
    SpeedProviderContract,
)


class TestMix(PromotionTypeContract):
    """What it is configured with is made from its fields."""

    type = Mix


class TestBikeCourier(SpeedProviderContract):
    """Made-up addresses are hardly ever in Leipzig: it is said where the courier rides."""

    type = BikeCourier

    def configurations(self, currency: str) -> st.SearchStrategy[BikeCourier]:
        """Couriers of Leipzig with any prices."""
        prices = st.integers(0, 50).map(lambda units: Money(units, currency))
        return st.builds(
            BikeCourier,
            price=prices,
            per_kilogram=prices,
            countries=st.just(("DE",)),
            postal_prefixes=st.just(("04",)),
        )

    def addresses(self) -> Sequence[Address]:
        """One where it rides, and one where it does not."""
        there = Address(line1="Markt 1", city="Leipzig", postal_code="04109", country="DE")
        away = Address(line1="Ring 2", city="Berlin", postal_code="10115", country="DE")
        return (there, away)
