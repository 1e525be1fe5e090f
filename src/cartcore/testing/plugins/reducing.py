"""The smallest case for which something still fails.

Hypothesis finds the first one. What it would do to make that smaller knows nothing of carts, and
took ten seconds and more for each law; this takes a fraction of a second.
"""

from collections.abc import Callable, Iterator
from decimal import Decimal
from enum import Enum
from time import monotonic
from typing import Any, TypeVar

import attrs
from moneyed import Money

C = TypeVar("C")

_PLAIN_AMOUNTS = (10, 5, 1)


def smallest(case: C, fails: Callable[[C], bool], *, seconds: float) -> C:
    """Make a case smaller, step by step, as long as it fails and there is time."""
    end = monotonic() + seconds
    smaller = True
    while smaller:
        smaller = False
        for candidate in _simpler(case):
            if monotonic() > end:
                return case
            if _size(candidate) < _size(case) and fails(candidate):
                case, smaller = candidate, True
                break
    return case


def _size(value: Any) -> tuple[int, int]:
    """How much there is to read: the shortest text wins, and then the smallest figures."""
    text = repr(value)
    if attrs.has(type(value)):  # some fields are not in it
        fields = attrs.fields(type(value))
        hidden = [getattr(value, field.name) for field in fields if field.init and not field.repr]
        text += "".join(map(repr, hidden))
    return len(text), sum(map(ord, text))


def _simpler(value: Any) -> Iterator[Any]:
    """Values that are simpler in one place, the simplest first."""
    match value:
        case bool() | None | str() | bytes() | Enum():
            return
        case int():
            yield from (each for each in (1, 2, 3, 10, value // 2) if 0 < each < value)
        case Decimal():
            yield from (Decimal(each) for each in (10, 50) if Decimal(each) != value)
        case Money():
            yield from (
                Money(each, value.currency) for each in _PLAIN_AMOUNTS if each != value.amount
            )
        case tuple():
            for place in range(len(value)):
                yield value[:place] + value[place + 1 :]
            for place, each in enumerate(value):
                for simpler in _simpler(each):
                    yield (*value[:place], simpler, *value[place + 1 :])
        case dict():
            for key in value:
                yield {k: v for k, v in value.items() if k != key}
        case _ if attrs.has(type(value)):
            yield from _simpler_records(value)
        case _:
            return


def _simpler_records(value: Any) -> Iterator[Any]:
    usual: set[str] = set()
    fields = [field for field in attrs.fields(type(value)) if field.init]
    for field in fields:
        default: Any = field.default
        if default is attrs.NOTHING:
            continue
        if isinstance(default, attrs.Factory):  # type: ignore[arg-type]
            default = default.factory(value) if default.takes_self else default.factory()
        if getattr(value, field.name) == default:
            usual.add(field.name)  # need not be written, so nothing is simpler
        else:
            yield from _evolved(value, field, default)
    for field in fields:
        if field.name not in usual:
            for simpler in _simpler(getattr(value, field.name)):
                yield from _evolved(value, field, simpler)


def _evolved(value: Any, field: "attrs.Attribute[Any]", changed: object) -> Iterator[Any]:
    try:
        yield attrs.evolve(value, **{str(field.alias): changed})
    except Exception:  # noqa: BLE001  (it is no valid value: a plugin's class may raise anything)
        return
