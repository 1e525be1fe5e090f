"""Whether a record is sure to be read as it was written, which need not be tried then.

Reading makes each object of a document by its class, from the values that stand there. So it makes
an equal one where each object is of exactly the class that its field names, and was made by that
class as well, and each value is of a kind that JSON gives back as it was. That can be told by a
look at the record, for a twentieth of what reading takes. Where anything else is found, such as an
object of a plugin's or of a derived class, nothing is sure. See also `docs/decisions.md`.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import attrs
from moneyed import Money

from cartcore.values.annotations import AnyText, run_source
from cartcore.values.attributes import Attributes
from cartcore.values.money import FrozenMoney
from cartcore.values.readers import LARGEST_NUMBER

Told = Callable[[Any], bool]

_NOTHING_IS_SURE = "False"


def is_sure(record: object, kind: type) -> bool:
    """Whether what is written of a record, read as one of an attrs class, is an equal one."""
    return _of_class(kind)(record)


@cache
def _of_class(kind: type) -> Told:
    """What tells it of the objects of a class; written as source, like the checks of records."""
    names: dict[str, Any] = {"kind": kind}
    hints = get_type_hints(kind)
    told = [
        _test(hints[field.name], f"record.{field.name}", names)
        for field in attrs.fields(kind)
        if field.init
    ]
    tests = " and ".join(["type(record) is kind", *(f"({each})" for each in told)])
    run_source(f"def sure(record):\n    return {tests}", names)
    made: Told = names["sure"]
    return made


def _test(annotation: Any, value: str, names: dict[str, Any]) -> str:
    """An expression that tells whether a value, itself an expression, is as an annotation says."""

    def name(thing: object) -> str:
        names[f"_{len(names)}"] = thing
        return f"_{len(names) - 1}"

    origin, args = get_origin(annotation), get_args(annotation)
    if origin in {Union, UnionType}:
        return " or ".join(f"({_test(each, value, names)})" for each in args)
    if origin is tuple and args[-1] is Ellipsis:
        return f"type({value}) is tuple and (not {value} or {name(_all(args[0]))}({value}))"
    if origin is tuple:
        each = [f"({_test(arg, f'{value}[{i}]', names)})" for i, arg in enumerate(args)]
        return " and ".join([f"type({value}) is tuple and len({value}) == {len(args)}", *each])
    if not isinstance(annotation, type):
        return _NOTHING_IS_SURE
    if annotation is str:
        return f"({AnyText.test.format(value)}) or {name(_is_text)}({value})"
    if annotation in _PLAIN:
        return _PLAIN[annotation].format(value)
    if annotation in _TOLD:
        return f"{name(_TOLD[annotation])}({value})"
    if issubclass(annotation, StrEnum):
        return f"type({value}) is {name(annotation)}"
    if attrs.has(annotation):
        return f"{name(_later(annotation))}({value})"
    return _NOTHING_IS_SURE


@cache
def _all(item: Any) -> Told:
    """What tells it of all values in a tuple."""
    names: dict[str, Any] = {}
    test = _test(item, "value", names)
    lines = ["def sure(values):", "    for value in values:"]
    lines += [f"        if not ({test}):", "            return False", "    return True"]
    run_source("\n".join(lines), names)
    made: Told = names["sure"]
    return made


@cache
def _later(kind: type) -> Told:
    """What tells it of a class; looked for when there is an object, as classes can name others."""
    return lambda record: _of_class(kind)(record)  # noqa: PLW0108  (not before it is called)


def _is_text(text: object) -> bool:
    """Whether it is a text that can be stored: without half characters."""
    if type(text) is not str:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_exact(money: object) -> bool:
    """Whether money is such as documents can have: frozen, of a known currency, not too large."""
    return type(money) is FrozenMoney and money.is_exact


def _is_finite(number: object) -> bool:
    return type(number) is Decimal and number.is_finite()


def _is_in_utc(time: object) -> bool:
    return type(time) is datetime and time.tzinfo is UTC


_PLAIN = {
    NoneType: "{0} is None",
    bool: "({0} is True or {0} is False)",
    int: f"type({{0}}) is int and -{LARGEST_NUMBER} <= {{0}} <= {LARGEST_NUMBER}",
}
_TOLD: dict[type, Told] = {
    Money: _is_exact,
    Decimal: _is_finite,
    datetime: _is_in_utc,
    date: lambda day: type(day) is date,
    Attributes: lambda attributes: type(attributes) is Attributes,
}
