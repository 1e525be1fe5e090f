"""Configurations of the built-in conditions."""

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from cartcore.promotions.types import ConditionType
from cartcore.rules.builtin import (
    AllOf,
    AnyOf,
    CartCurrency,
    ChosenSpeed,
    ContactTag,
    Destination,
    DistinctProducts,
    MaxSubtotal,
    MinQuantity,
    MinSubtotal,
    Not,
    NthOrder,
    SalesChannel,
    TimeWindow,
    Weekday,
)
from cartcore.testing.pricing.figures import (
    CONTACT_TAGS,
    COUNTRIES,
    CURRENCIES,
    SPEEDS,
    Configurations,
    amounts,
    selections,
)


def _subtotals(kind: type[ConditionType]) -> Configurations:
    return lambda currency: st.builds(
        kind,
        amount=amounts(currency),
        target=selections(currency),
        after_discounts=st.booleans(),
    )


def _simple(currency: str) -> st.SearchStrategy[ConditionType]:
    return st.one_of(*(make(currency) for make in _SIMPLE.values()))


def _several(currency: str) -> st.SearchStrategy[Any]:
    return st.lists(_simple(currency), min_size=1, max_size=2).map(tuple)


def _some(values: tuple[str, ...]) -> st.SearchStrategy[Any]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=2, unique=True).map(tuple)


_SIMPLE: Mapping[str, Configurations] = {
    "cartcore.cart_currency": lambda _: st.builds(CartCurrency, currencies=_some(CURRENCIES)),
    "cartcore.chosen_speed": lambda _: st.builds(ChosenSpeed, speeds=_some(SPEEDS)),
    "cartcore.contact_tag": lambda _: st.builds(ContactTag, tags=_some(CONTACT_TAGS)),
    "cartcore.destination": lambda _: st.builds(Destination, countries=_some(COUNTRIES)),
    "cartcore.distinct_products": lambda currency: st.builds(
        DistinctProducts, count=st.integers(1, 3), target=selections(currency)
    ),
    "cartcore.max_subtotal": _subtotals(MaxSubtotal),
    "cartcore.min_quantity": lambda currency: st.builds(
        MinQuantity, quantity=st.integers(1, 9), target=selections(currency)
    ),
    "cartcore.min_subtotal": _subtotals(MinSubtotal),
    "cartcore.nth_order": lambda _: st.builds(NthOrder, n=st.integers(1, 2)),
    "cartcore.sales_channel": lambda _: st.builds(
        SalesChannel, channels=st.sampled_from([("web",), ("phone",), ("web", "phone")])
    ),
    "cartcore.time_window": lambda _: st.builds(
        TimeWindow,
        weekdays=_some(tuple(Weekday)),
        from_time=st.sampled_from(["", "09:00", "12:01"]),
        to_time=st.sampled_from(["", "17:30", "12:00"]),
    ),
}

CONDITIONS: Mapping[str, Configurations] = {
    **_SIMPLE,
    "cartcore.all_of": lambda currency: st.builds(AllOf, conditions=_several(currency)),
    "cartcore.any_of": lambda currency: st.builds(AnyOf, conditions=_several(currency)),
    "cartcore.not": lambda currency: st.builds(Not, condition=_simple(currency)),
}
"""Configurations of the built-in conditions, by type name."""
