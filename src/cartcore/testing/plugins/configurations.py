"""Configurations of a type, made from its fields, where the author gives none."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

import attrs
from hypothesis import reject
from hypothesis import strategies as st
from moneyed import Money

from cartcore.promotions.selection import Selection
from cartcore.promotions.types import ConditionType, PromotionType
from cartcore.rules.builtin import FlatRate
from cartcore.shop.speeds import SpeedProvider
from cartcore.testing.plugins.words import words_in
from cartcore.testing.pricing.conditions import CONDITIONS
from cartcore.testing.pricing.effects import EFFECTS
from cartcore.testing.pricing.figures import (
    CONTACT_TAGS,
    COUNTRIES,
    CURRENCIES,
    SPEEDS,
    amounts,
    percents,
    selections,
)
from cartcore.testing.records import NOON
from cartcore.values.money import from_minor

_TRIES = 5
_DEEPEST = 3
_SIMPLE_EFFECTS = ("cartcore.percent_off", "cartcore.amount_off", "cartcore.order_percent_off")

# What the texts of a field are, by a part of its name.
_TEXTS: Sequence[tuple[str, Sequence[str]]] = (
    ("countr", COUNTRIES),
    ("currenc", CURRENCIES),
    ("speed", SPEEDS),
    ("tag", CONTACT_TAGS),
    ("sku", ("MUG-R", "POT", "PEN")),
    ("product", ("pen", "mug", "POT")),
    ("categor", ("Kitchen", "Garden")),
    ("channel", ("web", "phone")),
    ("region", ("CA", "NY")),
    ("postal", ("10", "94105")),
    ("zone", ("Europe/Berlin", "UTC")),
    ("from_time", ("", "09:00", "12:01")),
    ("to_time", ("", "17:30", "12:00")),
    ("time", ("09:00", "12:00", "17:30")),
)
_PLAIN_TEXTS = ("vip", "web", "fast", "US", "a", "some words")


@st.composite
def configurations(
    draw: st.DrawFn, kind: Any, currency: str, *, words: Sequence[str] = (), depth: int = 0
) -> Any:
    """Objects of an attrs class, in a currency, as its fields' types and names suggest."""
    fields = _fields_of(kind)
    words = words or words_in(kind)
    for _ in range(_TRIES):
        given = {
            str(field.alias): draw(_values(field.type, field.name, currency, words, depth))
            for field in fields
            if field.default is attrs.NOTHING
            or _is_foreign(field.default, currency)
            or draw(st.booleans())
        }
        with suppress(Exception):  # a class may raise anything
            return kind(**given)
    return reject()


def _is_foreign(default: Any, currency: str) -> bool:
    """Whether a field that is left out holds money of another currency: it would not fit."""
    return isinstance(default, Money) and default.currency.code != currency


def _fields_of(kind: Any) -> "list[attrs.Attribute[Any]]":
    with suppress(NameError):  # a name that is known to the type checker alone
        kind = attrs.resolve_types(kind)
    return [field for field in attrs.fields(kind) if field.init]


def _values(
    asked: Any, name: str, currency: str, words: Sequence[str], depth: int
) -> st.SearchStrategy[Any]:
    """Values of a field."""
    origin, inner = get_origin(asked), get_args(asked)

    def of(each: Any) -> st.SearchStrategy[Any]:
        return _values(each, name, currency, words, depth + 1)

    if origin in {Union, UnionType}:
        return st.one_of(*(of(each) for each in inner))
    if origin in {tuple, list, set, frozenset} or (isinstance(origin, type) and inner):
        return _several(origin, inner, of)
    if asked in _PROTOCOLS:
        choices = _PROTOCOLS[asked]
        return st.sampled_from(sorted(choices)).flatmap(lambda each: choices[each](currency))
    if isinstance(asked, type) and issubclass(asked, Enum):
        return st.sampled_from([*asked])
    if asked in (str, Any, None):
        return _texts(name, words)
    if asked in _PLAIN:
        return _PLAIN[asked](currency)
    if isinstance(asked, type) and attrs.has(asked) and depth < _DEEPEST:
        return configurations(asked, currency, words=words, depth=depth + 1)
    return st.from_type(asked)


def _several(origin: Any, inner: tuple[Any, ...], of: Any) -> st.SearchStrategy[Any]:
    if origin is tuple and not (len(inner) == 2 and inner[1] is ...):
        return st.tuples(*(of(each) for each in inner))
    if len(inner) == 2 and inner[1] is not ...:
        return st.dictionaries(of(inner[0]), of(inner[1]), max_size=2)
    shape = origin if origin in {list, set, frozenset} else tuple
    # Most things that come in an order have to rise: tiers, bands.
    return st.lists(of(inner[0]), min_size=0, max_size=3).map(_rising).map(shape)


def _rising(values: list[Any]) -> list[Any]:
    """The values without duplicates, ordered by the numbers in them, None last."""
    found: list[Any] = []
    for each in values:
        if each not in found:
            found.append(each)
    return sorted(found, key=_numbers) if found and attrs.has(type(found[0])) else found


def _numbers(value: Any) -> list[Any]:
    """The bounds of a tier: its fields that may be left out, and hold a figure."""
    found = [
        getattr(value, field.name)
        for field in attrs.fields(type(value))
        if field.init and field.default is None
    ]
    figures = [each for each in found if isinstance(each, (int, Decimal, Money, NoneType))]
    return [(each is None, getattr(each, "amount", each) or 0) for each in figures]


def _texts(name: str, words: Sequence[str]) -> st.SearchStrategy[str]:
    fitting = next((texts for part, texts in _TEXTS if part in name), _PLAIN_TEXTS)
    return st.sampled_from([*fitting, *words])


def _decimals(_: str) -> st.SearchStrategy[Decimal]:
    return percents.map(Decimal)


def _whole(_: str) -> st.SearchStrategy[int]:
    usual = st.integers(1, 3)
    return usual | usual | st.integers(1, 9) | st.sampled_from([0, 100, 500, 2000])


def _money(currency: str) -> st.SearchStrategy[Money]:
    usual = amounts(currency)
    return usual | usual | usual | st.just(from_minor(0, currency))


def _times(_: str) -> st.SearchStrategy[datetime]:
    return st.sampled_from([NOON + timedelta(days=n, hours=5 * n) for n in (-40, -1, 0, 1, 40)])


_PLAIN: Mapping[Any, Callable[[str], st.SearchStrategy[Any]]] = {
    Decimal: _decimals,
    Money: _money,
    Selection: selections,
    bool: lambda _: st.booleans(),
    datetime: _times,
    int: _whole,
    float: lambda _: st.sampled_from([0.5, 10.0, 2.25]),
    NoneType: lambda _: st.none(),
}
_PROTOCOLS: Mapping[Any, Any] = {
    ConditionType: CONDITIONS,
    PromotionType: {name: EFFECTS[name] for name in _SIMPLE_EFFECTS},
    SpeedProvider: {
        "": lambda currency: st.builds(
            FlatRate,
            code=st.sampled_from(SPEEDS),
            name=st.just("Some speed"),
            price=amounts(currency),
        )
    },
}
