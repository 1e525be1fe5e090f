"""Currencies, amounts and times."""

from datetime import UTC

from hypothesis import strategies as st
from moneyed import Money

from cartcore.testing.strategies.texts import optional_texts
from cartcore.values.attributes import Attributes
from cartcore.values.money import FINE_PER_MINOR, from_fine, from_minor

CURRENCIES = ("JPY", "USD", "EUR", "KWD")
"""Currencies of 0, 2, 2 and 3 decimal digits."""

currencies = st.sampled_from(CURRENCIES)


def money(currency: str, *, most: int = 10**12) -> st.SearchStrategy[Money]:
    """Amounts in whole minor units, up to so many."""
    return st.integers(0, most).map(lambda minor: from_minor(minor, currency))


def unit_prices(currency: str, *, most: int = 10**9) -> st.SearchStrategy[Money]:
    """Unit prices, as fine as they can be (PR-2)."""
    fine = st.one_of(
        st.integers(0, most), st.integers(0, most // FINE_PER_MINOR).map(FINE_PER_MINOR.__mul__)
    )
    return fine.map(lambda each: from_fine(each, currency))


# In UTC no hour comes twice, so `fold` says nothing; it is not stored.
times = st.datetimes(timezones=st.just(UTC)).map(lambda time: time.replace(fold=0))
"""Instants, to the microsecond."""


def references(owner: str) -> st.SearchStrategy[str]:
    """What another system knows a record by, which it has alone; mostly nothing (HA-8)."""
    return st.sampled_from(["", "", f"Ref {owner}"[:100]])


attributes = st.dictionaries(
    st.sampled_from(["erp_id", "engraving", "a.b-c"]),
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(-9, 9) | optional_texts,
    max_size=2,
).map(Attributes)
"""Attributes of records: none, or a few of each kind (HA-8)."""
