"""Readers of single values: each returns what is kept, or raises an error that names the place."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from itertools import islice
from typing import Any, TypeVar

from moneyed import Money

from cartcore.errors import InvalidAmount, InvalidField, UnknownCurrency
from cartcore.errors.sentences import with_article
from cartcore.values.calls import DONE_AT_RETURN, runs_when_called
from cartcore.values.integers import plain_int
from cartcore.values.money import exact

T = TypeVar("T")

Reader = Callable[[Any, str], Any]
"""Returns a value as it is kept, for the place that errors name."""

LARGEST_NUMBER = 2**63 - 1
"""The largest whole number that a field takes, as every database does; the smallest is below 0."""

MOST_VALUES = 1_000_000
"""The most values that are taken from what is no tuple: nobody waits for one without an end."""

_MOST_DIGITS = 50


def utc(value: object, where: str = "time") -> datetime:
    """Return a time in UTC.

    Raises:
        InvalidField: no time, one without a time zone, or one that UTC has no date for.
    """
    if type(value) is datetime and value.tzinfo is UTC:
        return value
    try:
        if isinstance(value, datetime) and value.utcoffset() is not None:
            return value.astimezone(UTC)
    except OverflowError:
        expected = "a time from the year 1 to 9999 in UTC"
        raise InvalidField(where, value, expected) from None
    raise InvalidField(where, value, "a datetime with a time zone")


def day(value: object, where: str) -> date:
    """Return a date. Raises InvalidField for anything else: a time is on two days in two zones."""
    if type(value) is not date:
        raise InvalidField(where, value, "a date, such as date(2026, 1, 31)")
    return value


def tuple_of(kind: type[T], name: str, values: Iterable[T]) -> tuple[T, ...]:
    """Return values as a tuple. Raises InvalidField, for values of another kind, too."""
    found = as_tuple(values, name)
    for value in found:
        of_kind(kind, value, name)
    return found


def flag(value: object, where: str) -> bool:
    """Return True or False. Raises InvalidField for anything else, however true it may be."""
    if value is True or value is False:
        return value
    raise InvalidField(where, value, "True or False")


def as_mapping(value: object, where: str) -> Mapping[Any, Any]:
    """Return a mapping as it is. Raises InvalidField for anything else."""
    if not isinstance(value, Mapping):
        raise InvalidField(where, value, "a mapping, such as a dict")
    return value


def of_kind(kind: type[T], value: object, where: str) -> T:
    """Return a value of a class. Raises InvalidField if it is of another one."""
    if not isinstance(value, kind):
        raise InvalidField(where, value, with_article(kind.__name__))
    return value


def as_tuple(values: Any, where: str) -> tuple[Any, ...]:
    """Return what can be iterated as a tuple.

    Raises:
        InvalidField: a text, a mapping, something else that cannot be iterated, or too many values.
    """
    if type(values) is tuple:
        return values
    collection(values, where)  # neither a text, letter by letter, nor what a mapping goes by
    found = tuple(islice(values, MOST_VALUES + 1))
    if len(found) > MOST_VALUES:
        raise InvalidField(where, values, f"a collection of at most {MOST_VALUES} values")
    return found


def has_method(value: object, name: str) -> bool:
    """Whether a value that is not a class has a method."""
    try:
        return not isinstance(value, type) and callable(getattr(value, name, None))
    except (Exception, SystemExit):  # noqa: BLE001  (a plugin's property can raise anything)
        return False


def collection(value: object, where: str) -> object:
    """Return a collection as it is. Raises InvalidField, for texts and mappings, too."""
    if isinstance(value, (str, bytes, bytearray, Mapping)) or not isinstance(value, Iterable):
        raise InvalidField(where, value, "a list or tuple")
    return value


def a_function(value: object, where: str) -> object:
    """Return what can be called as it is.

    Raises:
        InvalidField: anything else, and a function that does not run by being called.
    """
    if not callable(value):
        raise InvalidField(where, value, "a function")
    if not runs_when_called(value):
        raise InvalidField(where, value, DONE_AT_RETURN)
    return value


def nothing(value: object, where: str) -> None:
    """Return None. Raises InvalidField for anything else."""
    if value is not None:
        raise InvalidField(where, value, "None")


def whole_number(value: object, where: str) -> int:
    """Return a whole number that databases can keep. Raises InvalidField."""
    value = plain_int(value)
    if type(value) is not int:
        raise InvalidField(where, value, "a whole number")
    if abs(value) > LARGEST_NUMBER:
        expected = f"a whole number from -{LARGEST_NUMBER} to {LARGEST_NUMBER}"
        raise InvalidField(where, value, expected)
    return value


def finite_decimal(value: object, where: str) -> Decimal:
    """Return a Decimal that can be computed with. Raises InvalidField."""
    # An exponent of -1000000 would make the engine compute with integers of a million digits.
    if (
        type(value) is not Decimal
        or not value.is_finite()
        or abs(value.adjusted()) > _MOST_DIGITS
        or len(value.as_tuple().digits) > _MOST_DIGITS
    ):
        expected = f"a finite Decimal of at most {_MOST_DIGITS} digits"
        raise InvalidField(where, value, expected)
    return value


def exact_money(value: object, where: str) -> Money:
    """Return money as it can be kept (`cartcore.values.money.exact`). Raises InvalidField."""
    if not isinstance(value, Money):
        raise InvalidField(where, value, "Money, such as Money('12.50', 'USD')")
    try:
        return exact(value)
    except InvalidAmount as error:
        raise InvalidField(where, value, error.expected) from error
    except UnknownCurrency as error:
        raise InvalidField(where, value, "in a currency of ISO 4217, such as USD") from error


def instance_reader(kind: type, expected: str) -> Reader:
    """Return a reader of the objects of a class."""

    def read(value: object, where: str) -> object:
        if not isinstance(value, kind):
            raise InvalidField(where, value, expected)
        return value

    return read


def choice_reader(kind: type[Enum]) -> Reader:
    """Return a reader of the members of an enum, and of the texts that name them."""
    expected = f"one of {', '.join(str(member.value) for member in kind)}"

    def read(value: object, where: str) -> object:
        if isinstance(value, kind):
            return value
        try:
            if type(value) is str:
                return kind(value)
        except ValueError:
            pass
        raise InvalidField(where, value, expected)

    return read
