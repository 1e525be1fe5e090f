"""Values that nobody should give, and that programs and people give all the same."""

from collections import UserString
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from itertools import repeat
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from moneyed import Currency, Money

from cartcore.cart import CartLine
from cartcore.promotions.offer import Per, TakenFirst
from cartcore.values.money import from_minor
from tests.support.shop import usd


class Asked(Exception):
    """Comes out of a value that must not be asked: what it is, is told by its type."""


class Broken(Exception):
    """Comes out of a collection while it is read: the caller's own fault, told as it is."""


class OtherChoice(StrEnum):
    UNIT = "unit"


class EvilText(str):
    """A text of which every question fails."""

    __slots__ = ()

    def _fails(self, *_: object, **__: object) -> Any:
        raise Asked

    __eq__ = __ne__ = __lt__ = __str__ = __repr__ = __len__ = __iter__ = __contains__ = _fails
    __format__ = __getitem__ = __add__ = __hash__ = strip = casefold = encode = _fails
    replace = split = isascii = isprintable = translate = startswith = _fails


class EvilNumber(int):
    """A whole number of which every question fails."""

    def _fails(self, *_: object) -> Any:
        raise Asked

    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __hash__ = __index__ = __bool__ = _fails
    __str__ = __repr__ = __add__ = __radd__ = __int__ = _fails


class Evil:
    """A thing of which every question fails."""

    def _fails(self, *_: object) -> Any:
        raise Asked

    __eq__ = __ne__ = __hash__ = __str__ = __repr__ = __bool__ = __lt__ = __index__ = _fails


class Index:
    """What numpy's integers are: no int, and taken for one by much of Python."""

    def __index__(self) -> int:
        return 1

    __int__ = __index__

    def __repr__(self) -> str:
        return "Index()"  # no address: a test is named by it, the same in every process


class EvilMapping(dict[str, Any]):
    """A mapping that cannot be read."""

    def _fails(self, *_: object) -> Any:
        raise Broken

    __iter__ = __getitem__ = __len__ = __contains__ = keys = items = values = get = _fails


class EvilMoney(Money):
    """Money of which every question fails."""

    def _fails(self, *_: object) -> Any:
        raise Asked

    __eq__ = __hash__ = __str__ = __repr__ = __bool__ = __add__ = __lt__ = _fails


def _endless() -> Iterator[str]:
    return repeat("x")


def _broken() -> Iterator[str]:
    yield "x"
    raise Broken


def _deep(depth: int = 5_000) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


def _itself() -> dict[str, Any]:
    value: dict[str, Any] = {}
    value["x"] = value
    return value


EDGES = tuple(
    edge.replace(tzinfo=zone)
    for edge in (datetime.min, datetime.max)  # noqa: DTZ901
    for zone in (
        timezone(timedelta(hours=14)),
        timezone(timedelta(hours=-12)),
        ZoneInfo("America/Denver"),
        UTC,
    )
)

VALUES: tuple[Any, ...] = (
    *(None, True, 0, 1, -1, 2**63, 2**63 - 1, 10**5000, -(10**5000), 2.5, float("nan")),
    *(float("inf"), 1e300, 1j),
    *("", " ", "x", "no", "two\nlines", "a\x00b", "\ud800", "x\udfff", "x" * 300_000, "9" * 10_000),
    *("\u202eabc", "a\u202eb", "\u200b", "dearest", "unit", "US", "ann", "mug", "1001", "l1", "s1"),
    *(
        "%",
        "_",
        "'; --",
        "../..",
        "\ufdfa" * 200,
        "e\u0301" * 5_000,
        "²",
        "١٠٠١",
        "-1",
        "1e5",
        "1_0",
    ),
    *(b"x", bytearray(b"xy"), [], ["x"], [["x", "y"]], ("xy",), (None,), [1], ("\ud800",), ((),)),
    *((("a", 1),), (("a", True),), (("a", 0),), (("a", 10**5000),), (("\udfff", 1),), [("a", "b")]),
    *({}, {"x": "y"}, {"x": 1}, {"s1": -1}, {"s1": True}, {1: 2}, {None: None}, {"x": {"x": "y"}}),
    *({"\ud800": "\ud800"}, {"Size": None}, {"Size": ["L"]}, {"Color": "Black", "Size": "\ud800"}),
    *({"s1": 10**5000}, {"x"}, frozenset({"x"}), range(3), range(10**9), object(), TakenFirst),
    *(Exception("x"), _deep(), _itself(), UserString("x"), Path("x"), NotImplemented),
    *(Decimal("NaN"), Decimal("sNaN"), Decimal("Infinity"), Decimal("1E+1000000"), Decimal(7)),
    *(Decimal(10) ** -100, Decimal("1E-1000000"), Decimal(-1), Decimal("1." + "1" * 500)),
    *(Money("NaN", "USD"), Money("sNaN", "USD"), Money("1E+99999", "USD"), Money("7.00", "USD")),
    *(Money("0.0000000000001", "USD"), Money("-1", "JPY"), Money(10**30, "USD"), Money(1, "EUR")),
    *(
        [Money(1, "USD")],
        usd("1") / 3,
        from_minor(100, "USD") / 3,
        Currency("XYZ"),
        Money(0, Currency("XYZ")),
    ),
    *(datetime(2026, 1, 1), datetime.max, datetime(1, 1, 1, tzinfo=UTC), date(1, 1, 1), date.max),  # noqa: DTZ001, DTZ901
    *EDGES,
    *(
        Per.UNIT,
        OtherChoice.UNIT,
        EvilText("x"),
        EvilText(),
        EvilNumber(1),
        Evil(),
        Index(),
        EvilMapping(x=1),
    ),
    *(EvilMoney(1, "USD"), Money, CartLine),
)
"""Of every kind that an annotation can name."""


def values() -> tuple[Any, ...]:
    """All of them, and iterators, which can be used once."""
    iterators: tuple[Any, ...] = (
        _endless(),
        repeat(None),
        iter(()),
        (x for x in ("x", "y")),
        iter([1]),
        iter("abc"),
        _broken(),
        zip([1]),
    )
    return (*VALUES, *iterators)


def shown(value: object) -> str:
    """A value as a failure of a test tells it."""
    try:
        return f"{type(value).__name__} {value!r:.80}"
    except Exception:  # noqa: BLE001
        return type(value).__name__
