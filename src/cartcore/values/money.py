"""Exact money: integers of a currency's minor unit inside, `moneyed.Money` at the edge.

This module alone decides how amounts are read (PR-1, PR-2); `cartcore.values.allocation` says how
they are rounded and split. py-moneyed by itself accepts NaN, infinity and floats, and truncates
when asked for minor units.
"""

import re
from collections.abc import Iterable
from decimal import Context, Decimal, Inexact, InvalidOperation, localcontext
from functools import cached_property, lru_cache
from typing import NoReturn

import moneyed
from attrs.exceptions import FrozenInstanceError
from moneyed import Currency, Money

from cartcore.errors import CurrencyMismatch, InvalidAmount, InvalidInput, UnknownCurrency
from cartcore.values.integers import plain_int

# Younger than the data of py-moneyed 3.0.
for _code, _numeric, _name in (
    ("XAD", "396", "Arab Accounting Dinar"),
    ("XCG", "532", "Caribbean guilder"),
    ("ZWG", "924", "Zimbabwe Gold"),
):
    if _code not in moneyed.CURRENCIES:
        moneyed.add_currency(_code, _numeric, sub_unit=100, name=_name)

FINER_DIGITS = 6
"""How many digits a unit price may have beyond the minor unit (PR-2)."""

FINE_PER_MINOR: int = 10**FINER_DIGITS
"""Unit prices are kept as integers of this fraction of the minor unit."""

LARGEST_AMOUNT = 10**15
"""The largest single amount or unit price that is accepted, in minor units."""

LARGEST_SUM = LARGEST_AMOUNT**2
"""The largest figure that is read back from a quote: many lines, each of many units."""

# Never the application's own context. Its precision is enough for the largest sum of a quote with
# the finer digits, and what does not fit is an error instead of a rounded amount.
_EXACT = Context(prec=60, traps=[InvalidOperation, Inexact])

_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)


_new, _set = object.__new__, object.__setattr__


class FrozenMoney(Money):
    """`Money` that cannot be changed: whatever cartcore keeps or hands out is of this class.

    It equals the `Money` that it was made from, and what is computed with it is frozen, too. The
    amounts of an order can stand in a cache, and in other orders, without anybody spoiling them.
    """

    def __init__(self, amount: Decimal, currency: Currency) -> None:
        _set(self, "amount", amount)
        _set(self, "currency", currency)

    @cached_property
    def figures(self) -> str:
        """The amount in figures, such as "12.50": made once, as it stands in many places."""
        return f"{self.amount:f}"

    @cached_property
    def is_exact(self) -> bool:
        """Whether it can be kept (`exact`): told once, as it cannot change."""
        try:
            return exact(self) is self
        except InvalidInput:
            return False

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise FrozenInstanceError

    def __delattr__(self, name: str) -> NoReturn:
        raise FrozenInstanceError

    def __reduce__(self) -> tuple[type[Money], tuple[Decimal, Currency]]:
        return FrozenMoney, (self.amount, self.currency)


def frozen(money: Money) -> Money:
    """Return money as money that cannot be changed."""
    if type(money) is FrozenMoney:
        return money
    return FrozenMoney(money.amount, money.currency)


def _frozen(amount: Decimal, currency: Currency) -> Money:
    # Past its own __init__: a third faster, and there is hardly a figure that is not made here.
    money = _new(FrozenMoney)
    _set(money, "amount", amount)
    _set(money, "currency", currency)
    return money


def currency(code: str | Currency) -> Currency:
    """Return the ISO 4217 currency.

    Raises:
        UnknownCurrency: no currency has this code.
    """
    # Found by its code, too: somebody's own Currency object may say anything of its digits.
    wanted = code.code if isinstance(code, Currency) else code
    text = str.__str__(wanted) if isinstance(wanted, str) else ""
    found = moneyed.CURRENCIES.get(text)
    if found is None:
        raise UnknownCurrency(code)
    return found


def currency_code(code: str | Currency) -> str:
    """Return the code of an ISO 4217 currency. Raises UnknownCurrency."""
    return str(currency(code).code)


def minor_digits(code: str | Currency) -> int:
    """Return how many decimal digits the currency has: JPY 0, USD 2, KWD 3 (PR-1)."""
    return len(str(currency(code).sub_unit)) - 1


def _decimal(value: object, expected: str) -> Decimal:
    # bool is an int to Python, and float has lost the digits before we see them.
    if isinstance(value, bool) or not isinstance(value, (Decimal, int, str)):
        raise InvalidAmount(value, expected)
    if isinstance(value, str) and not _NUMBER.fullmatch(value):
        raise InvalidAmount(value, expected)
    number = Decimal(value)
    if not number.is_finite():
        raise InvalidAmount(value, expected)
    return number


def _scaled(
    value: object, code: str | Currency, finer: int, where: str, largest: int = LARGEST_AMOUNT
) -> int:
    wanted = currency(code)
    digits = minor_digits(wanted) + finer
    expected = f"an exact decimal number with at most {digits} decimal digits ({wanted})"
    number = value
    if isinstance(value, Money):
        if value.currency != wanted:
            raise CurrencyMismatch(wanted.code, value.currency.code, where)
        number = value.amount
    exact = _decimal(number, expected)
    # Refused before it is scaled: 1E+1000000 would become an integer of a million digits.
    if exact.adjusted() > len(str(largest)):
        raise InvalidAmount(value, f"at most {largest} minor units")
    try:
        scaled = exact.scaleb(digits, _EXACT)
    except Inexact:
        raise InvalidAmount(value, expected) from None
    result = int(scaled)
    if scaled != result:
        raise InvalidAmount(value, expected)
    if abs(result) > largest * 10**finer:
        raise InvalidAmount(value, f"at most {largest} minor units")
    return result


def to_minor(amount: object, code: str | Currency, *, where: str = "the amount") -> int:
    """Return an amount as minor units: `Money`, `Decimal`, `int` or a string such as "12.50".

    Raises:
        CurrencyMismatch: money in another currency than `code`; `where` names the place.
        InvalidAmount: a float, NaN, infinity, or more digits than the currency has (PR-2).
    """
    return _scaled(amount, code, 0, where)


def to_fine(price: object, code: str | Currency, *, where: str = "the unit price") -> int:
    """Return a unit price in 1/`FINE_PER_MINOR` of the minor unit; else like `to_minor` (PR-2)."""
    return _scaled(price, code, FINER_DIGITS, where)


@lru_cache(maxsize=4096)
def _minor(amount: Decimal, own: str, code: str) -> int:
    return to_minor(Money(amount, own), code, where="the amount of the promotion")


@lru_cache(maxsize=4096)
def _fine(amount: Decimal, own: str, code: str) -> int:
    return to_fine(Money(amount, own), code)


def minor_of(money: Money, code: str) -> int:
    """Like `to_minor`, remembered: configured amounts are read for every price. Raises likewise."""
    return _minor(money.amount, money.currency.code, code)


def fine_of(price: Money, code: str) -> int:
    """Like `to_fine`, remembered. Raises likewise."""
    return _fine(price.amount, price.currency.code, code)


def from_minor(minor: int, code: str | Currency) -> Money:
    """Return minor units as money: 1250 and USD give 12.50 USD.

    Raises:
        InvalidAmount: no whole number, or one of more digits than any sum.
        UnknownCurrency: no currency has this code.
    """
    whole = minor if type(minor) is int else plain_int(minor)
    if type(whole) is not int:
        raise InvalidAmount(minor, "a whole number of minor units")
    # What can be remembered; of anything else `currency` makes a code, or an error.
    known = code if type(code) is str or type(code) is Currency else currency(code)
    return _from_minor(whole, known)


@lru_cache(maxsize=4096)
def _from_minor(minor: int, code: str | Currency) -> Money:
    # Remembered, as it cannot be changed. A quote names most of its amounts several times: reading
    # one of 100 lines takes a quarter less, and a third less if its amounts were met before.
    found, digits = _minted(code)
    try:
        return _frozen(Decimal(minor).scaleb(-digits, _EXACT), found)
    except Inexact:
        raise InvalidAmount(minor, f"at most {LARGEST_SUM} minor units") from None


@lru_cache(maxsize=512)
def _minted(code: str | Currency) -> tuple[Currency, int]:
    found = currency(code)
    return found, minor_digits(found)


def from_fine(fine: int, code: str | Currency) -> Money:
    """Return a unit price kept by `to_fine`, with no more digits than it needs."""
    found = currency(code)
    digits = minor_digits(found)
    with localcontext(_EXACT):
        value = Decimal(fine).scaleb(-digits - FINER_DIGITS)
        shortest = value.normalize()
        exponent = shortest.as_tuple().exponent
        if isinstance(exponent, int) and -exponent < digits:
            shortest = value.quantize(Decimal(1).scaleb(-digits))
    return _frozen(shortest, found)


def amount(value: object, code: str | Currency, *, where: str = "the amount") -> Money:
    """Read an amount that must not be negative; see `to_minor` for what is accepted."""
    minor = to_minor(value, code, where=where)
    if minor < 0:
        raise InvalidAmount(value, "zero or more")
    return from_minor(minor, code)


def unit_price(value: object, code: str | Currency, *, where: str = "the unit price") -> Money:
    """Read a unit price that must not be negative; see `to_fine` for what is accepted."""
    own = currency_code(code)
    if isinstance(value, Money) and value.currency.code == own and value.amount.is_finite():
        return _unit_price(value.amount, own)
    return _read_unit_price(value, code, where)


@lru_cache(maxsize=4096)
def _unit_price(amount: Decimal, code: str) -> Money:
    # Remembered: every line of every cart has one.
    return _read_unit_price(Money(amount, code), code, "the unit price")


def _read_unit_price(value: object, code: str | Currency, where: str) -> Money:
    fine = to_fine(value, code, where=where)
    if fine < 0:
        raise InvalidAmount(value, "zero or more")
    return from_fine(fine, code)


@lru_cache(maxsize=4096)
def written(text: str, code: str) -> Money:
    """Return money as it was written down: a unit price, an amount, or a sum of many (PR-18).

    It is remembered, as it cannot be changed: the same amounts stand in many documents.
    """
    _scaled(text, code, FINER_DIGITS, "the amount", LARGEST_SUM)  # refuses what none of them is
    return _frozen(Decimal(text), currency(code))


def exact(money: Money) -> Money:
    """Return money as it can be kept: exact, of a known currency, and such that it cannot change.

    Raises:
        InvalidAmount: NaN, infinity, more digits than a unit price has, or more than any sum.
        UnknownCurrency: its currency is none of ISO 4217.
    """
    if not money.amount.is_finite():  # no NaN can be looked up
        raise InvalidAmount(money, "a finite amount")
    _check_exact(money.amount, money.currency.code)
    return frozen(money)


@lru_cache(maxsize=4096)
def _check_exact(amount: Decimal, code: str) -> None:
    _scaled(amount, code, FINER_DIGITS, "the amount", LARGEST_SUM)


def sum_in_minor(money: Money) -> int:
    """Return a sum of amounts as minor units, however many digits it has.

    Raises:
        InvalidAmount: NaN, infinity, or more digits than the currency has.
    """
    return _sum((money,), money.currency)


def total(amounts: Iterable[Money], code: str | Currency) -> Money:
    """Add up amounts of one currency; nothing gives zero (the builtin gives the integer 0).

    Raises:
        InvalidAmount: something that is not money, or that is no whole number of minor units.
        CurrencyMismatch: money in another currency.
    """
    return from_minor(_sum(amounts, code), code)


def less(whole: Money, *parts: Money) -> Money:
    """Take parts off an amount, exact whatever the ambient decimal context."""
    code = whole.currency
    return from_minor(_sum((whole,), code) - _sum(parts, code), code)


def _sum(amounts: Iterable[Money], code: str | Currency) -> int:
    if isinstance(amounts, str) or not isinstance(amounts, Iterable):
        raise InvalidAmount(amounts, "a list of amounts")
    return sum(_scaled(_money(each), code, 0, "the amount", LARGEST_SUM) for each in amounts)


def _money(value: object) -> Money:
    if not isinstance(value, Money):
        raise InvalidAmount(value, "Money, such as Money('12.50', 'USD')")
    return value


def figures(money: Money) -> str:
    """Return the amount in figures, with all its digits: "12.50"."""
    return money.figures if isinstance(money, FrozenMoney) else f"{money.amount:f}"


def show(money: Money) -> str:
    """Return the amount with its currency code, as it stands in sentences: "12.50 USD"."""
    return f"{figures(money)} {money.currency.code}"
