from moneyed import Money

from cartcore import money
from cartcore.quote import Quote
from cartcore.rules import load_rulebook
from cartcore.rules.builtin.order_percent_off import OrderPercentOff
from cartcore.serialization import Serializer
from tests.carts import cart, line, priced, promotion


class TestLargeAmounts:
    def test_sums_may_be_larger_than_any_single_amount(self) -> None:
        """A million units at the largest price can be discounted and kept (PR-15, PR-18)."""
        dear = Money("10000000000000.00", "USD")  # 10**15 minor units
        quote = priced(
            cart(line("a", dear, 1_000_000), line("b", dear, 1_000_000)),
            promotion(OrderPercentOff(percent="10")),
        )

        assert Money("20000000000000000000.00", "USD") == quote.totals.items
        assert Money("2000000000000000000.00", "USD") == quote.totals.order_discounts
        assert Money("18000000000000000000.00", "USD") == quote.total
        assert quote.total == money.total((each.total for each in quote.lines), "USD")

        serializer = Serializer(load_rulebook())

        assert quote == serializer.loads(serializer.dumps(quote), Quote)
