from decimal import ROUND_DOWN, localcontext

from cartcore.rules.builtin.order_amount_off import OrderAmountOff
from cartcore.rules.builtin.order_percent_off import OrderPercentOff
from tests.carts import cart, line, priced, promotion, usd


class TestAmbientContext:
    def test_derived_sums_do_not_depend_on_the_decimal_context(self) -> None:
        """An application's own decimal context never reaches what a quote shows (PR-15)."""
        given = cart(line("a", "12345.67"), line("b", "0.04"))
        quote = priced(given, promotion(OrderPercentOff(percent="10")))

        with localcontext(prec=3, rounding=ROUND_DOWN):
            goods, discounts, rows = quote.totals.goods, quote.totals.discounts, quote.rows()

        assert usd("11111.14") == goods
        assert usd("1234.57") == discounts
        assert ("promo", usd("-1234.57")) in rows


class TestDifferences:
    def test_a_price_that_changed_under_a_discount_is_told_in_full(self) -> None:
        """No sentence says that something costs 8.00 instead of 8.00 (OE-18)."""
        before = priced(cart(line("mug", "10.00")), promotion(OrderAmountOff(amount=usd("2.00"))))
        after = priced(cart(line("mug", "12.00")), promotion(OrderAmountOff(amount=usd("4.00"))))

        assert usd("8.00") == before.total == after.total
        assert ("mug costs 12.00 USD before discounts instead of 10.00 USD",) == before.differences(
            after
        )
