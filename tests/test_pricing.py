import pytest
from moneyed import Money

from cartcore import money
from cartcore.errors import InvalidQuantity
from cartcore.promotion import PromotionType
from cartcore.quote import Quote
from cartcore.rules import load_rulebook
from cartcore.rules.builtin.amount_off import AmountOff
from cartcore.rules.builtin.free_shipping import FreeShipping
from cartcore.rules.builtin.order_amount_off import OrderAmountOff
from cartcore.rules.builtin.order_percent_off import OrderPercentOff
from cartcore.rules.builtin.percent_off import PercentOff
from cartcore.serialization import Serializer
from tests.carts import cart, line, parcel, priced, promotion, speed, taken, usd


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


class TestCut:
    def test_each_unit_can_give_no_more_than_it_costs(self) -> None:
        """An amount off each unit that is more than the unit's price is cut, and says so (PR-6)."""
        mugs, hats = line("mug", "4.00", 3), line("hat", "9.00", 1)
        quote = priced(cart(mugs, hats), promotion(AmountOff(amount=usd("5.00"), each=True)))
        decision = quote.decision("promo")

        assert {("promo", "mug"): "12.00", ("promo", "hat"): "5.00"} == taken(quote)
        assert decision is not None
        assert usd("17.00") == decision.discount
        assert usd("3.00") == decision.cut


class TestMaximum:
    def test_a_bounded_discount_is_split_once(self) -> None:
        """A maximum is split like any whole: in proportion to what is left (PR-3, PR-7).

        25 percent of 0.32 is 0.08, bounded to 0.07: exact shares of 1.53 for each of the first
        three and 2.41 for the last; the two remaining cents go to the two earliest.
        """
        lines = [line("a", "0.07"), line("b", "0.07"), line("c", "0.07"), line("d", "0.11")]
        quote = priced(cart(*lines), promotion(PercentOff(percent="25", maximum=usd("0.07"))))

        assert {
            ("promo", "a"): "0.02",
            ("promo", "b"): "0.02",
            ("promo", "c"): "0.01",
            ("promo", "d"): "0.02",
        } == taken(quote)


class TestShipments:
    def test_a_line_may_stand_twice_in_one_shipment(self) -> None:
        """Units that are gifts and units that are not share a shipment, and add up (PR-3)."""
        quote = priced(cart(line("a", "0.10", 3), shipments=(parcel("S1", ("a", 1), ("a", 2)),)))

        assert [usd("0.10"), usd("0.20")] == [part.total for part in quote.shipments[0].lines]
        assert usd("0.30") == quote.shipments[0].goods

    @pytest.mark.parametrize("quantity", [0, -1, 1.0, True, "1"])
    def test_a_shipment_has_whole_units(self, quantity: int) -> None:
        """Units in a shipment are counted like units of a line (OE-5, OE-12)."""
        with pytest.raises(InvalidQuantity):
            parcel("S1", ("a", quantity))


class TestOtherCurrency:
    @pytest.mark.parametrize(
        "effect",
        [
            AmountOff(amount=Money(5, "EUR")),
            AmountOff(amount=Money(5, "EUR"), each=True),
            AmountOff(amount=usd("5"), maximum=Money(5, "EUR")),
            PercentOff(percent="5", maximum=Money(5, "EUR")),
            OrderAmountOff(amount=Money(5, "EUR")),
            OrderPercentOff(percent="5", maximum=Money(5, "EUR")),
            FreeShipping(maximum=Money(5, "EUR")),
        ],
        ids=repr,
    )
    def test_a_promotion_in_another_currency_does_not_apply(self, effect: PromotionType) -> None:
        """A shop with promotions for several currencies can price a cart in one (PR-1, PR-17)."""
        given = cart(line("a", "10.00"), shipments=(parcel("S1", ("a", 1), by=speed("5.00")),))
        quote = priced(given, promotion(effect))
        decision = quote.decision("promo")

        assert usd("15.00") == quote.total
        assert decision is not None
        assert "other_currency" == decision.reason
        assert "EUR" in decision.message
        assert "USD" in decision.message
