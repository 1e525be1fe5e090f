"""The words that a configured type may be looking for in a cart."""

import re
from collections.abc import Iterator
from enum import Enum
from functools import cache
from inspect import isfunction
from types import CodeType, FunctionType, MappingProxyType
from typing import Any

import attrs
from moneyed import CURRENCIES, Money

from cartcore.promotions.offer import Discount, Ineligible, Offer, TiedItem
from cartcore.shop.speeds import ShippingSpeed

_LONGEST = 40
_LARGEST = 10**6
_ANSWERS = (Discount, Ineligible, Offer, ShippingSpeed, TiedItem)
_NAMES = {"after_discounts", *(f.name for kind in _ANSWERS for f in attrs.fields(kind))}
_WORD = re.compile(r"\w[\w .:/-]*(?<! )")


def words_of(configured: Any) -> tuple[str, ...]:
    """The texts of a configuration, and those that stand in the code of its class.

    A type that is for customers with the tag "club" has the text in its code or in a field: carts
    that have it somewhere are the ones that it applies to.
    """
    kind: Any = type(configured)
    return tuple(dict.fromkeys([*_texts(configured), *words_in(kind)]))


def figures_of(configured: Any) -> tuple[int, ...]:
    """The whole numbers of a configuration, and those in the code of its class."""
    kind: Any = type(configured)
    return tuple(dict.fromkeys([*_whole(configured), *_figures_in(kind)]))


def amounts_of(configured: Any) -> tuple[Money, ...]:
    """The money of a configuration."""
    return tuple(each for each in _leaves(configured) if isinstance(each, Money))


def currencies_of(configured: Any, code: str) -> tuple[str, ...]:
    """The currencies that a configured type is made for: those that its code names.

    And those of the money in its configuration, but for the currency of the cart.
    """
    own = {each.currency.code for each in amounts_of(configured)} - {code}
    named = {each for each in _texts(configured) if each in CURRENCIES}
    kind: Any = type(configured)
    return tuple(sorted({*own, *named, *currencies_in(kind)}))


@cache
def currencies_in(kind: Any) -> tuple[str, ...]:
    """The currencies that the code of a class names: in a text, or in money that it reads."""
    found: set[str] = set()
    for value in (*_constants(kind), *_read(kind)):
        for leaf in _leaves(value):
            if isinstance(leaf, Money):
                found.add(leaf.currency.code)
            elif isinstance(leaf, str) and leaf in CURRENCIES:
                found.add(leaf)
    return tuple(sorted(found))


def _read(kind: Any) -> Iterator[object]:
    """The constants of a class, and those of its module that its methods read."""
    for name, value in vars(kind).items():
        if name not in {"__doc__", "__module__", "type_name"} and not isfunction(value):
            yield value
    for function in _functions(kind):
        for name in function.__code__.co_names:
            yield function.__globals__.get(name)


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, (tuple, list, set, frozenset)):
        for each in value:
            yield from _leaves(each)
    elif isinstance(value, (dict, MappingProxyType)):
        for pair in value.items():
            yield from _leaves(pair)
    elif attrs.has(type(value)):
        for field in attrs.fields(type(value)):
            if field.init:
                yield from _leaves(getattr(value, field.name))
    else:
        yield value


def _texts(value: Any) -> Iterator[str]:
    for each in _leaves(value):
        if isinstance(each, str) and not isinstance(each, Enum) and _is_word(each):
            yield each


def _whole(value: Any) -> Iterator[int]:
    for each in _leaves(value):
        if type(each) is int and 0 < each:
            yield each


def _is_word(text: str) -> bool:
    return len(text) <= _LONGEST and _WORD.fullmatch(text) is not None


@cache
def words_in(kind: Any) -> tuple[str, ...]:
    """The words in the methods of a class, as far as they could stand in a cart."""
    found = [each for each in _constants(kind) if isinstance(each, str)]
    return tuple(
        each
        for each in dict.fromkeys(found)
        if " " not in each and _is_word(each) and each not in _NAMES  # no sentence
    )


@cache
def _figures_in(kind: Any) -> tuple[int, ...]:
    found = [each for each in _constants(kind) if type(each) is int]
    return tuple(each for each in dict.fromkeys(found) if 1 < each <= _LARGEST)


def _constants(kind: Any) -> Iterator[object]:
    for function in _functions(kind):
        yield from _in_code(function.__code__)


def _functions(kind: Any) -> Iterator[FunctionType]:
    """The functions of a class that its author wrote."""
    for member in vars(kind).values():
        function = getattr(member, "__func__", None) or getattr(member, "fget", None) or member
        if isfunction(function) and function.__module__ == kind.__module__:
            yield function


def _in_code(code: CodeType) -> Iterator[object]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _in_code(constant)
        elif isinstance(constant, (tuple, frozenset)):
            yield from sorted(constant, key=repr)  # the order of a set is another in each process
        else:
            yield constant
