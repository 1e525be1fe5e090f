from collections.abc import Callable
from decimal import (
    ROUND_DOWN,
    Decimal,
    Inexact,
    localcontext,
)
from fractions import Fraction
from typing import Any

import iso4217
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moneyed import Currency, Money

from cartcore.errors import CurrencyMismatch, InvalidAmount, UnknownCurrency
from cartcore.values import money

CODES = ("JPY", "USD", "KWD")


class Text(str):
    """A text that pretends to be another one when it is printed."""

    __slots__ = ()

    def __str__(self) -> str:
        return "1.00"

    def __repr__(self) -> str:
        return "'1.00'"


class TestCurrencies:
    @pytest.mark.parametrize("code", sorted(c.code for c in iso4217.Currency))
    def test_minor_digits_agree_with_a_second_source(self, code: str) -> None:
        """Every currency of ISO 4217 has the digits that the package iso4217 gives (PR-1)."""
        exponent = iso4217.Currency(code).exponent
        assert (exponent or 0) == money.minor_digits(code)

    @pytest.mark.parametrize(
        ("code", "digits"),
        [
            ("JPY", 0),
            ("USD", 2),
            ("KWD", 3),
            ("CLF", 4),
            ("XCG", 2),
            ("ZWG", 2),
            ("XAD", 2),
            ("MGA", 2),
        ],
    )
    def test_known_figures(self, code: str, digits: int) -> None:
        """Digits that everybody knows, and the youngest currencies (PR-1)."""
        assert digits == money.minor_digits(code)

    @pytest.mark.parametrize("code", ["usd", "", " USD", "ABC", None, 840, ["USD"], {}])
    def test_anything_but_a_code_is_refused(self, code: Any) -> None:
        """A currency is an ISO 4217 code in capitals, and nothing else (PR-1)."""
        with pytest.raises(UnknownCurrency):
            money.currency(code)

    def test_a_currency_object_counts_by_its_code_alone(self) -> None:
        """Somebody's own Currency object cannot change how many digits the dollar has (PR-1)."""
        assert 2 == money.minor_digits(Currency("USD", sub_unit=1000))
        with pytest.raises(UnknownCurrency):
            money.currency(Currency("ABC", sub_unit=100))


class TestReading:
    @pytest.mark.parametrize(
        ("value", "code", "minor"),
        [
            ("12.50", "USD", 1250),
            ("12.5", "USD", 1250),
            ("-0.01", "USD", -1),
            ("+3", "USD", 300),
            ("1.000", "USD", 100),
            (7, "USD", 700),
            (7, "JPY", 7),
            (Decimal("1E+3"), "JPY", 1000),
            ("1.234", "KWD", 1234),
            (Decimal("-0.00"), "USD", 0),
            (Money("9.99", "USD"), "USD", 999),
            ("10000000000000.00", "USD", 10**15),
            (10**15, "JPY", 10**15),
        ],
    )
    def test_exact_amounts(self, value: object, code: str, minor: int) -> None:
        """An amount becomes a whole number of the minor unit (PR-1)."""
        assert minor == money.to_minor(value, code)

    @pytest.mark.parametrize(
        "value",
        [
            12.5,
            True,
            None,
            b"1.00",
            "1e5",
            "1_000",
            "1,000.00",
            " 1.00",
            "1.00\n",
            "",
            ".5",
            "5.",
            "--5",
            "NaN",
            "Infinity",
            "0x10",
            "\u0663.\u0665\u0660",
            "\uff11\uff12",
            "12.345",
            Text("2.345"),
            Decimal("NaN"),
            Decimal("sNaN"),
            Decimal("Infinity"),
            Decimal("1E+1000000"),
            Decimal("1E-1000000"),
            Decimal("1E-2000000"),
            Decimal("1." + "0" * 70 + "1"),
            Decimal("0." + "0" * 90 + "1"),
            "10000000000000.01",
            "9" * 10_000,
            Fraction(1, 2),
            1j,
        ],
        ids=lambda value: f"{value!r:.25}",
    )  # fmt: skip
    def test_refused_amounts(self, value: object) -> None:
        """What is no exact amount of dollars and cents is refused where it enters (PR-2)."""
        with pytest.raises(InvalidAmount) as caught:
            money.to_minor(value, "USD")

        assert len(str(caught.value)) < 250

    def test_a_text_is_what_it_holds(self) -> None:
        """A text that prints as another one is read by its characters (PR-2)."""
        assert 200 == money.to_minor(Text("2.00"), "USD")

    @pytest.mark.parametrize("value", [float("nan"), float("inf"), 0.1])
    def test_money_cannot_smuggle_what_is_no_number(self, value: float) -> None:
        """Moneyed takes NaN and infinity; here they are refused in Money, too (PR-2)."""
        smuggled = Money(value, "USD")
        if smuggled.amount.is_finite():
            assert 10 == money.to_minor(smuggled, "USD")
            return
        with pytest.raises(InvalidAmount):
            money.to_minor(smuggled, "USD")

    def test_another_currency(self) -> None:
        """Money in another currency is refused by an error that names both and the place (PR-1)."""
        with pytest.raises(CurrencyMismatch) as caught:
            money.to_minor(Money(1, "EUR"), "USD", where="the fee")

        assert ("USD", "EUR") == (caught.value.expected, caught.value.given)
        assert "the fee is in EUR, but USD is used here" == str(caught.value)

    @pytest.mark.parametrize("read", [money.amount, money.unit_price])
    def test_prices_are_not_negative(self, read: Callable[[object, str], Money]) -> None:
        """A price or an amount below zero is refused, zero is not (PR-6)."""
        assert Money("0.00", "USD") == read("0", "USD")
        with pytest.raises(InvalidAmount, match="zero or more"):
            read("-0.01", "USD")

    @given(minor=st.integers(-(10**15), 10**15), code=st.sampled_from(CODES))
    def test_minor_units_round_trip(self, minor: int, code: str) -> None:
        """Money made of minor units gives the same minor units again (PR-1)."""
        back = money.from_minor(minor, code)

        assert minor == money.to_minor(back, code)
        assert Fraction(minor, 10 ** money.minor_digits(code)) == Fraction(back.amount)

    @given(fine=st.integers(0, 10**21), code=st.sampled_from(CODES))
    def test_finer_prices_round_trip(self, fine: int, code: str) -> None:
        """A unit price of up to six finer digits comes back exactly, written short (PR-2)."""
        back = money.from_fine(fine, code)
        digits = money.minor_digits(code)

        assert fine == money.to_fine(back, code)
        assert Fraction(fine, 10 ** (digits + 6)) == Fraction(back.amount)

        exponent = back.amount.as_tuple().exponent
        assert isinstance(exponent, int)
        assert digits <= -exponent <= digits + 6
        assert -exponent == digits or not str(back.amount).endswith("0")

    @pytest.mark.parametrize(
        ("price", "code"), [("0.123456789", "USD"), ("0.1234567", "JPY"), ("1E-10", "KWD")]
    )
    def test_too_fine_prices(self, price: str, code: str) -> None:
        """A seventh finer digit is refused (PR-2)."""
        with pytest.raises(InvalidAmount):
            money.to_fine(Decimal(price), code)


class TestSums:
    def test_nothing_is_zero_money(self) -> None:
        """The sum of no amounts is money, not the integer 0."""
        assert Money("0.00", "USD") == money.total([], "USD")

    def test_mixed_currencies(self) -> None:
        """Amounts of two currencies have no sum (PR-1)."""
        with pytest.raises(CurrencyMismatch):
            money.total([Money(1, "USD"), Money(1, "EUR")], "USD")
        with pytest.raises(CurrencyMismatch):
            money.less(Money(1, "USD"), Money(1, "EUR"))

    @pytest.mark.parametrize(
        ("given", "shown"),
        [
            (Money("12.50", "USD"), "12.50 USD"),
            (Money(500, "JPY"), "500 JPY"),
            (Money(Decimal("1E+3"), "USD"), "1000 USD"),
            (Money("0.000001", "USD"), "0.000001 USD"),
        ],
    )
    def test_shown(self, given: Money, shown: str) -> None:
        """Sentences have plain digits and the code, and never an exponent."""
        assert shown == money.show(given)


def test_results_do_not_depend_on_the_decimal_context() -> None:
    """An application's own decimal context never reaches an amount (PR-2)."""
    with localcontext(prec=3, rounding=ROUND_DOWN, Emax=5, Emin=-5) as ambient:
        ambient.traps[Inexact] = True
        minor = money.to_minor("123456789.01", "USD")
        fine = money.to_fine("0.12345678", "USD")
        back = money.from_minor(12345678901, "USD")
        exact = money.from_fine(12345678901234567890, "USD")
        total = money.total([Money("123456.78", "USD"), Money("0.01", "USD")], "USD")
        rest = money.less(Money("123456.78", "USD"), Money("0.01", "USD"))

    assert 12345678901 == minor
    assert 12345678 == fine
    assert Money("123456789.01", "USD") == back
    assert Money("123456789012.34567890", "USD") == exact
    assert Money("123456.79", "USD") == total
    assert Money("123456.77", "USD") == rest
