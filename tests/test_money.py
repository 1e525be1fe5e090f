from decimal import ROUND_DOWN, Decimal, Inexact, localcontext

import pytest
from moneyed import Currency, Money

from cartcore import money
from cartcore.errors import InvalidAmount, UnknownCurrency


class TestAmounts:
    @pytest.mark.parametrize("tiny", ["1." + "0" * 70 + "1", "1E-2000000", "0." + "0" * 90 + "1"])
    def test_no_digit_is_lost_on_the_way_in(self, tiny: str) -> None:
        """However far behind the point the extra digit stands, the amount is refused (PR-2)."""
        with pytest.raises(InvalidAmount):
            money.to_minor(Decimal(tiny), "USD")


class TestAmbientContext:
    def test_results_do_not_depend_on_the_decimal_context(self) -> None:
        """An application's own decimal context never reaches an amount (PR-2)."""
        with localcontext(prec=3, rounding=ROUND_DOWN, Emax=5, Emin=-5) as ambient:
            ambient.traps[Inexact] = True
            minor = money.to_minor("123456789.01", "USD")
            fine = money.to_fine("0.12345678", "USD")
            back = money.from_minor(12345678901, "USD")
            exact = money.from_fine(12345678901234567890, "USD")
            total = money.total([Money("123456.78", "USD"), Money("0.01", "USD")], "USD")

        assert 12345678901 == minor
        assert 12345678 == fine
        assert Money("123456789.01", "USD") == back
        assert Money("123456789012.34567890", "USD") == exact
        assert Money("123456.79", "USD") == total


class TestCurrencies:
    @pytest.mark.parametrize("code", ["usd", "", " USD", "ABC", None, 840, ["USD"], {}])
    def test_anything_but_a_code_is_refused(self, code: object) -> None:
        """A currency is an ISO 4217 code in capitals, and nothing else (PR-1)."""
        with pytest.raises(UnknownCurrency):
            money.currency(code)  # type: ignore[arg-type]

    def test_a_currency_object_counts_by_its_code_alone(self) -> None:
        """Somebody's own Currency object cannot change how many digits the dollar has (PR-1)."""
        own = Currency("USD", sub_unit=1000)

        assert 2 == money.minor_digits(own)
        with pytest.raises(UnknownCurrency):
            money.currency(Currency("ABC", sub_unit=100))
