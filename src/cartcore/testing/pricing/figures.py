"""Figures and selections that match the generated carts, so that most promotions apply."""

from collections.abc import Callable
from functools import cache
from typing import Any

import attrs
from hypothesis import strategies as st
from moneyed import Money

from cartcore.promotions.selection import Selection
from cartcore.values.money import FINE_PER_MINOR, from_fine, from_minor

CURRENCIES = ("JPY", "USD", "KWD")
"""Currencies of 0, 2 and 3 decimal digits."""

SPEEDS = ("fast", "slow")
CONTACT_TAGS = ("vip", "staff")
COUNTRIES = ("US", "DE")
Configurations = Callable[[str], st.SearchStrategy[Any]]
"""Configured objects of a type, for carts in a currency."""


@cache  # Hypothesis looks into every new strategy before it draws from it
def made(make: Configurations, currency: str) -> st.SearchStrategy[Any]:
    """The strategy of configurations in a currency, made once."""
    return make(currency)


percents = st.sampled_from(
    ["10", "12.5", "15", "20", "25", "33.333", "50", "99.99", "100", "0.001"]
) | st.integers(1, 100).map(str)
"""Percentages over 0 and up to 100."""


@cache
def amounts(currency: str, *, least: int = 1) -> st.SearchStrategy[Money]:
    """Amounts in minor units: most of them small, some up to 10^12."""
    usual = st.integers(50, 900)
    any_size = st.integers(least, 2_000) | st.integers(least, 10**12)
    return (usual | usual | usual | any_size).map(lambda minor: from_minor(minor, currency))


@cache
def unit_prices(currency: str) -> st.SearchStrategy[Money]:
    """Unit prices: zero, small, up to 10^12 minor units, and finer than the minor unit (PR-2)."""
    usual = st.integers(100, 2_000).map(FINE_PER_MINOR.__mul__)
    whole = st.integers(0, 2_000).map(FINE_PER_MINOR.__mul__)
    large = st.integers(0, 10**12).map(FINE_PER_MINOR.__mul__)
    finer = st.integers(0, 2_000 * FINE_PER_MINOR) | st.sampled_from(
        [333_333, 500_000, 3_333_333, 12_500]
    )
    return (usual | usual | usual | usual | whole | large | finer).map(
        lambda fine: from_fine(fine, currency)
    )


def maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """One of the values, or more often None."""
    return st.none() | st.none() | values


@cache
def selections(currency: str) -> st.SearchStrategy[Selection]:
    """Selections of the lines of generated carts (PR-10)."""
    bounds = maybe(st.integers(0, 2_000).map(lambda minor: from_minor(minor, currency)))
    prices = st.tuples(bounds, bounds).filter(
        lambda two: two[0] is None or two[1] is None or two[0] <= two[1]
    )
    plain = st.one_of(
        st.sampled_from([("MUG-R",), ("POT",), ("MUG-R", "SPADE", "PEN")]).map(
            lambda skus: Selection(skus=skus)
        ),
        st.sampled_from([("mug",), ("POT", "pen")]).map(lambda ids: Selection(products=ids)),
        st.sampled_from([("Garden",), ("Kitchen",), ("Garden/Pots", "Kitchen")]).map(
            lambda paths: Selection(categories=paths)
        ),
        st.sampled_from([("new",), ("eco",)]).map(lambda tags: Selection(tags=tags)),
        st.just(Selection(options=(("Color", "Red"),))),
        st.sampled_from(
            [{"engraving": "Ada"}, {"material": "oak"}, {"engraving": "Ada", "size": 1}]
        ).map(lambda having: Selection(attributes=having)),
        prices.map(lambda two: Selection(price_from=two[0], price_to=two[1])),
        st.just(Selection(undiscounted=True)),
    )
    made = st.one_of(
        plain.map(lambda each: Selection(exclude=each)),
        st.tuples(plain, plain).map(lambda two: Selection(any_of=two)),
        st.tuples(plain, plain).map(lambda two: attrs.evolve(two[0], exclude=two[1])),
    )
    return st.just(Selection()) | plain | plain | made
