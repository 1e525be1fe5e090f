from collections.abc import Sequence
from decimal import Decimal
from typing import Any, ClassVar

import attrs
import pytest
from moneyed import Money

from cartcore import money
from cartcore.errors import InvalidQuantity, PluginError
from cartcore.pricing import PricingPolicy, RoundingPoint, price
from cartcore.promotion import PromotionType
from cartcore.quote import Quote
from cartcore.rules import (
    Discount,
    Ineligible,
    Offer,
    PricingContext,
    PromotionClass,
    TaxRate,
    TiedItem,
    load_rulebook,
)
from cartcore.rules.builtin.amount_off import AmountOff
from cartcore.rules.builtin.free_shipping import FreeShipping
from cartcore.rules.builtin.order_amount_off import OrderAmountOff
from cartcore.rules.builtin.order_percent_off import OrderPercentOff
from cartcore.rules.builtin.percent_off import PercentOff
from cartcore.serialization import Serializer
from tests.carts import (
    AT,
    cart,
    line,
    parcel,
    priced,
    product,
    promotion,
    speed,
    taken,
    usd,
    variant,
)


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


@attrs.frozen
class Answer:
    """A plugin's promotion type that answers whatever the test wants."""

    type_name: ClassVar[str] = "acme.answer"
    promotion_class: ClassVar[PromotionClass] = PromotionClass.ITEM

    answer: Any

    def evaluate(self, context: PricingContext) -> Offer | Ineligible:
        answer: Offer | Ineligible = self.answer
        return answer


@attrs.frozen
class OrderAnswer(Answer):
    promotion_class: ClassVar[PromotionClass] = PromotionClass.ORDER


@attrs.frozen
class ShippingAnswer(Answer):
    promotion_class: ClassVar[PromotionClass] = PromotionClass.SHIPPING


@attrs.frozen
class Says:
    """A plugin's condition that answers whatever the test wants."""

    type_name: ClassVar[str] = "acme.says"

    answer: Any

    def check(self, context: PricingContext) -> Ineligible | None:
        answer: Ineligible | None = self.answer
        return answer


def off(*lines: str, percent: int = 10, **fields: Any) -> Offer:
    return Offer(discounts=(Discount(lines=lines, percent=Decimal(percent), **fields),))


SHIPPED_CART = cart(
    line("a", "10.00"),
    line("b", "5.00"),
    shipments=(parcel("S1", ("a", 1), ("b", 1), by=speed("4.00")),),
)
SHIPPING_OFF = Offer(discounts=(Discount(shipments=("S1",), percent=Decimal(50)),))


class TestPluginAnswers:
    @pytest.mark.parametrize(
        "effect",
        [
            Answer(off("elsewhere")),
            Answer(off("a", "a")),
            Answer(Offer(discounts=(Discount(shipments=("a",), percent=Decimal(10)),))),
            Answer(None),
            Answer(Decimal(5)),
            Answer(SHIPPING_OFF),
            OrderAnswer(SHIPPING_OFF),
            ShippingAnswer(off("a")),
            Answer(
                Offer(
                    tied_items=(
                        TiedItem(key="x", product_id="mug"),
                        TiedItem(key="x", product_id="mug"),
                    )
                )
            ),
        ],
        ids=[
            "a line that is not there",
            "a line twice",
            "a shipment that is not there",
            "nothing",
            "a number",
            "an item promotion on shipping",
            "an order promotion on shipping",
            "a shipping promotion on lines",
            "two lines under one key",
        ],
    )
    def test_an_answer_that_breaks_the_contract_is_named(self, effect: Answer) -> None:
        """A plugin cannot break the sums: the error names it and the promotion (PR-16, PR-19)."""
        mugs = {"mug": product("mug", variant("mug", "3.00"))}

        with pytest.raises(PluginError, match=r"acme\.answer.*'odd'"):
            price(SHIPPED_CART, [promotion(effect, "odd")], at=AT, products=mugs)

    @pytest.mark.parametrize("answer", [True, False, "no", SHIPPING_OFF], ids=repr)
    def test_a_condition_answers_why_not_or_nothing(self, answer: object) -> None:
        """A condition that answers anything else is named with its promotion (PR-19)."""
        odd = promotion(Answer(off("a")), "odd", conditions=(Says(answer),))

        with pytest.raises(PluginError, match=r"acme\.says.*'odd'"):
            priced(SHIPPED_CART, odd)

    def test_a_tied_line_never_takes_the_place_of_another(self) -> None:
        """Ids that come out the same are an error, not a line that disappears (PR-16)."""
        first = Offer(tied_items=(TiedItem(key="b:c", product_id="mug"),))
        second = Offer(tied_items=(TiedItem(key="c", product_id="mug"),))
        mugs = {"mug": product("mug", variant("mug", "3.00"))}

        with pytest.raises(PluginError, match="a:b:c"):
            price(
                cart(),
                [promotion(Answer(first), "a"), promotion(Answer(second), "a:b")],
                at=AT,
                products=mugs,
            )
        with pytest.raises(PluginError, match="a:b:c"):
            price(
                cart(line("a:b:c", "1.00")),
                [promotion(Answer(first), "a")],
                at=AT,
                products=mugs,
            )


@attrs.frozen
class Rates:
    """A tax calculator that answers whatever the test wants."""

    type_name: ClassVar[str] = "acme.rates"

    answer: Any

    def rates(self, context: PricingContext) -> Sequence[TaxRate]:
        answer: Sequence[TaxRate] = self.answer
        return answer


class TestTaxAnswers:
    @pytest.mark.parametrize(
        "answer",
        [
            None,
            5,
            ("VAT",),
            (TaxRate(name="VAT", percent=Decimal(20), lines=("elsewhere",)),),
            (TaxRate(name="VAT", percent=Decimal(20), shipments=("elsewhere",)),),
            (TaxRate(name="VAT", percent=Decimal(20), lines=("a", "a")),),
        ],
        ids=["nothing", "a number", "a text", "a strange line", "a strange shipment", "twice"],
    )
    def test_an_answer_that_breaks_the_contract_is_named(self, answer: object) -> None:
        """A tax calculator cannot tax what is not there, or the same twice (PR-4, PR-19)."""
        with pytest.raises(PluginError, match=r"acme\.rates"):
            price(SHIPPED_CART, at=AT, tax=Rates(answer))


class TestRoundingPointOfShipping:
    @pytest.mark.parametrize("point", RoundingPoint)
    def test_a_shipment_is_not_taken_for_a_line(self, point: RoundingPoint) -> None:
        """Shipping is rounded once, also where a line has the same id as a shipment (PR-7)."""
        given = cart(
            line("1", "10.00", 3),
            line("2", "10.00", 3),
            shipments=(parcel("1", by=speed("0.05")), parcel("2", by=speed("0.05"))),
        )
        offer = Offer(discounts=(Discount(shipments=("1", "2"), percent=Decimal(10)),))
        policy = PricingPolicy(rounding_point=point)
        quote = price(given, [promotion(ShippingAnswer(offer))], at=AT, policy=policy)

        assert usd("0.01") == quote.totals.shipping_discounts  # not 0.01 for each, and not 0.00
