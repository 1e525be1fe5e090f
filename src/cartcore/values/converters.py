"""Converters of fields that hold figures: percentages, amounts of money, numbers of units."""

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache

from moneyed import Money

from cartcore.errors import InvalidAmount, InvalidField
from cartcore.values.integers import plain_int
from cartcore.values.money import from_minor, to_minor
from cartcore.values.readers import as_mapping, of_kind

_WHOLE = 100
_MOST_PERCENT = 1_000_000
_MOST_DIGITS = 50
_NUMBER = re.compile(r"\d+(\.\d+)?", re.ASCII)


def _exact(value: object) -> Decimal:
    """Return a number, or NaN for what is none, not exact, or too long to compute with."""
    value = plain_int(value)
    readable = isinstance(value, (Decimal, int)) and not isinstance(value, bool)
    if isinstance(value, str):
        readable = _NUMBER.fullmatch(value) is not None
    number = Decimal(value) if readable else Decimal("NaN")  # type: ignore[arg-type]
    # An exponent of -1000000 would make the engine compute with integers of a million digits.
    usable = (
        number.is_finite()
        and abs(number.adjusted()) <= _MOST_DIGITS
        and len(number.as_tuple().digits) <= _MOST_DIGITS
    )
    return number if usable else Decimal("NaN")


def percentage(value: object) -> Decimal:
    """Return a percentage over 0 and up to 100, exact: Decimal, int or a string such as "12.5".

    Raises:
        InvalidField: out of range, a float, or not a number.
    """
    if type(value) is Decimal and value.is_finite():
        _check_percent(value)
        return value  # itself, with its own digits: 10 and 10.0 are equal
    return _in_range(value)


@lru_cache(maxsize=1024)  # configured ones come again with every price
def _check_percent(value: Decimal) -> None:
    _in_range(value)


def _in_range(value: object) -> Decimal:
    number = _exact(value)
    if number.is_nan() or not 0 < number <= _WHOLE:
        raise _no_percentage(value, "over 0 and up to 100, such as 60 or '12.5'")
    return number


def _no_percentage(value: object, expected: str) -> InvalidField:
    exact = ", and exact, which no float is" if isinstance(value, float) else ""
    return InvalidField("percent", value, f"a percentage {expected}{exact}")


def percentage_or_zero(value: object) -> Decimal:
    """Return a percentage from 0 to 100, exact: Decimal, int or a string such as "12.5".

    Raises:
        InvalidField: out of range, a float, or not a number.
    """
    number = _exact(value)
    if number.is_nan() or not 0 <= number <= _WHOLE:
        raise _no_percentage(value, "from 0 to 100, such as 19 or '5.5'")
    return number.copy_abs()  # zero has no sign: nobody pays "-0 %"


def percentage_above(value: object) -> Decimal:
    """Return a percentage of at least 0, perhaps over 100, exact; else like `percentage_or_zero`.

    Raises:
        InvalidField: negative, over 1,000,000, a float, or not a number.
    """
    number = _exact(value)
    if number.is_nan() or not 0 <= number <= _MOST_PERCENT:
        raise _no_percentage(value, f"from 0 to {_MOST_PERCENT}, such as 60 or '12.5'")
    return number.copy_abs()


def positive_amount(value: object) -> Money:
    """Return an amount of money over zero, in whole minor units.

    Raises:
        InvalidField: zero, negative, finer than the minor unit, or not `Money`.
    """
    return _amount(value, 1, "an amount over zero")


def non_negative_amount(value: object) -> Money:
    """Return an amount of money, zero or more, in whole minor units.

    Raises:
        InvalidField: negative, finer than the minor unit, or not `Money`.
    """
    return _amount(value, 0, "an amount of at least zero")


def one_currency(amounts: Mapping[str, Money | None]) -> None:
    """Make sure that amounts, under the paths of their fields, are in one currency; None is none.

    No cart has two (PR-1), so a promotion with amounts in two would never apply.

    Raises:
        InvalidField: an amount in another currency than the first one, or none at all.
    """
    found = as_mapping(amounts, "amounts")
    given = [(path, amount) for path, amount in found.items() if amount is not None]
    for path, amount in given:
        of_kind(Money, amount, path)
        if amount.currency != given[0][1].currency:
            expected = f"an amount in {given[0][1].currency.code}"
            raise InvalidField(path, amount, expected)


def _amount(value: object, least: int, expected: str) -> Money:
    if not isinstance(value, Money):
        raise InvalidField("amount", value, "Money, such as Money('12.50', 'USD')")
    try:
        minor = to_minor(value, value.currency)
    except InvalidAmount as error:
        raise InvalidField("amount", value, error.expected) from error
    if minor < least:
        raise InvalidField("amount", value, expected)
    return from_minor(minor, value.currency)


def positive_int(value: object) -> int:
    """Return a whole number from 1.

    Raises:
        InvalidField: less than 1, or no whole number.
    """
    value = plain_int(value)
    if type(value) is not int or value < 1:
        raise InvalidField("quantity", value, "a whole number of at least 1")
    return value
