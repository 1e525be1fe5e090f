"""The types that discount the order or its shipping: figures computed by hand, for every field.

Unless a test says otherwise, the cart is 2 × mug at 5.00 and 1 × hat at 20.00, sent in three
parcels: by post for 5.00, by express for 9.00, and one whose speed is not chosen yet.
"""

from typing import Any

import attrs
import pytest
from moneyed import Money

from cartcore.cart import Cart
from cartcore.pricing.quote import Quote
from cartcore.promotions.types import PromotionType
from cartcore.rules import Selection
from cartcore.rules.builtin import (
    BuyXGetY,
    FreeShipping,
    OrderAmountOff,
    OrderFixedPrice,
    OrderPercentOff,
    PercentOff,
    ShippingAmountOff,
    ShippingFixedPrice,
    ShippingPercentOff,
)
from tests.support.carts import cart, line, parcel, priced, promotion, speed, taken, usd, why_not

MUG = line("mug", "5.00", 2)
HAT = line("hat", "20.00")
POST = parcel("post", ("mug", 1), by=speed("5.00", "post"))
EXPRESS = parcel("express", ("mug", 1), by=speed("9.00", "express"))
OPEN = parcel("open", ("hat", 1))
SENT = cart(MUG, HAT, shipments=(POST, EXPRESS, OPEN))
HALF_THE_HAT = promotion(PercentOff(percent="50", target=Selection(skus=("hat",))), "half")


def quoted(effect: PromotionType, given: Cart = SENT) -> Quote:
    return priced(given, promotion(effect))


def off(quote: Quote) -> dict[str, str]:
    """What the promotion took off each line or shipment."""
    return {where: figure for (by, where), figure in taken(quote).items() if by == "promo"}


def cut(quote: Quote) -> Money | None:
    decision = quote.decision("promo")
    assert decision is not None
    return decision.cut


class TestOrder:
    @pytest.mark.parametrize(
        ("effect", "expected", "expected_cut"),
        [
            # 10 % of 10.00 + 20.00
            (OrderPercentOff(percent="10"), {"mug": "1.00", "hat": "2.00"}, None),
            # 3.00, but no more than 1.00, in proportion 1 : 2
            (
                OrderPercentOff(percent="10", maximum=usd("1.00")),
                {"mug": "0.33", "hat": "0.67"},
                None,
            ),
            (OrderAmountOff(amount=usd("6.00")), {"mug": "2.00", "hat": "4.00"}, None),
            (OrderAmountOff(amount=usd("30.01")), {"mug": "10.00", "hat": "20.00"}, "0.01"),
            # 30.00 - 24.00
            (OrderFixedPrice(price=usd("24.00")), {"mug": "2.00", "hat": "4.00"}, None),
            (OrderFixedPrice(price=usd("0.00")), {"mug": "10.00", "hat": "20.00"}, None),
        ],
        ids=str,
    )
    def test_figures(
        self, effect: PromotionType, expected: dict[str, str], expected_cut: str | None
    ) -> None:
        """A discount of the order is split over its lines; shipping stays (PR-3, PR-6, PR-11)."""
        quote = quoted(effect)

        assert expected == off(quote)
        assert (usd(expected_cut) if expected_cut else None) == cut(quote)
        assert quote.totals.order_discounts == quote.totals.discounts
        assert usd("14.00") == quote.totals.shipping

    @pytest.mark.parametrize(
        ("effect", "expected"),
        [
            # The hat is at 10.00 already: 10 % of 20.00
            (OrderPercentOff(percent="10"), {"mug": "1.00", "hat": "1.00"}),
            # 10 % of 30.00, in proportion to that
            (OrderPercentOff(percent="10", of_original=True), {"mug": "1.00", "hat": "2.00"}),
            (OrderAmountOff(amount=usd("6.00")), {"mug": "3.00", "hat": "3.00"}),
            # 20.00 - 15.00
            (OrderFixedPrice(price=usd("15.00")), {"mug": "2.50", "hat": "2.50"}),
        ],
        ids=str,
    )
    def test_after_item_discounts(self, effect: PromotionType, expected: dict[str, str]) -> None:
        """The order phase sees what the items phase left, whatever the priorities (PR-4, PR-5)."""
        quote = priced(SENT, promotion(effect, priority=9), HALF_THE_HAT)

        assert expected == off(quote)

    @pytest.mark.parametrize(
        "effect",
        [
            OrderPercentOff(percent="20"),
            OrderAmountOff(amount=usd("6.00")),
            OrderFixedPrice(price=usd("24.00")),
        ],
        ids=str,
    )
    def test_minimum_price(self, effect: PromotionType) -> None:
        """6.00 over 10 : 20, but the mugs have 2 × 0.50: the hat takes the rest (PR-29)."""
        floored = attrs.evolve(MUG, minimum_price=usd("4.50"))

        assert {"mug": "1.00", "hat": "5.00"} == off(quoted(effect, cart(floored, HAT)))

    @pytest.mark.parametrize(
        ("effect", "expected"),
        [
            (OrderPercentOff(percent="20"), "2.00"),
            (OrderAmountOff(amount=usd("6.00")), "6.00"),
            # what is discountable costs 6.00 instead of 10.00
            (OrderFixedPrice(price=usd("6.00")), "4.00"),
        ],
        ids=str,
    )
    def test_not_discountable(self, effect: PromotionType, expected: str) -> None:
        """A line that no discount is taken off is not in what the order costs for it (PR-29)."""
        given = cart(MUG, attrs.evolve(HAT, discountable=False))

        assert {"mug": expected} == off(quoted(effect, given))

    def test_used_units(self) -> None:
        """Units that a quantity promotion used are discounted as part of the order (PR-13)."""
        bought = promotion(BuyXGetY(buy=1, buy_from=Selection(skus=("mug",))), "one-free")
        quote = priced(SENT, bought, promotion(OrderPercentOff(percent="10")))

        assert {"mug": "0.50", "hat": "2.00"} == off(quote)

    @pytest.mark.parametrize(
        ("effect", "given"),
        [
            (OrderFixedPrice(price=usd("30.00")), SENT),
            (OrderFixedPrice(price=usd("99.00")), SENT),
            (OrderPercentOff(percent="10"), cart(line("pin", "0.00", 3))),
            (OrderAmountOff(amount=usd("1.00")), cart(line("pin", "0.00", 3))),
        ],
        ids=str,
    )
    def test_nothing_to_discount(self, effect: PromotionType, given: Cart) -> None:
        """A higher price changes nothing, nor is anything taken off free lines (PR-6, PR-17)."""
        assert "nothing_to_discount" == why_not(quoted(effect, given))[0]

    def test_empty_cart(self) -> None:
        """The decision says that there is nothing yet (PR-17)."""
        quote = quoted(OrderFixedPrice(price=usd("24.00")), cart())

        assert ("empty_cart", "there is nothing in the cart yet", None) == why_not(quote)

    @pytest.mark.parametrize(
        ("code", "unit_price", "effect", "expected"),
        [
            # 3 × 333 = 999; 12.5 % is 124.875
            ("JPY", "333", OrderPercentOff(percent="12.5"), "125"),
            ("KWD", "0.333", OrderPercentOff(percent="12.5"), "0.125"),
            ("JPY", "333", OrderAmountOff(amount=Money("99", "JPY")), "99"),
            ("KWD", "0.333", OrderFixedPrice(price=Money("0.998", "KWD")), "0.001"),
        ],
        ids=str,
    )
    def test_digits_of_the_currency(
        self, code: str, unit_price: str, effect: PromotionType, expected: str
    ) -> None:
        """A discount is rounded to the digits that the currency has (PR-1)."""
        given = cart(line("mug", Money(unit_price, code), 3), currency=code)

        assert {"mug": expected} == off(quoted(effect, given))

    @pytest.mark.parametrize(
        "effect",
        [
            OrderAmountOff(amount=Money("1.00", "EUR")),
            OrderFixedPrice(price=Money("1.00", "EUR")),
            OrderPercentOff(percent="10", maximum=Money("1.00", "EUR")),
            FreeShipping(maximum=Money("1.00", "EUR")),
            ShippingPercentOff(percent="10", maximum=Money("1.00", "EUR")),
            ShippingAmountOff(amount=Money("1.00", "EUR")),
            ShippingFixedPrice(price=Money("1.00", "EUR")),
        ],
        ids=str,
    )
    def test_other_currency(self, effect: PromotionType) -> None:
        """A figure in another currency does not apply, and both are named (PR-1, PR-17)."""
        reason, message, _ = why_not(quoted(effect))

        assert "other_currency" == reason
        assert "EUR" in message
        assert "USD" in message


class TestShipping:
    @pytest.mark.parametrize(
        ("effect", "expected", "expected_cut"),
        [
            (FreeShipping(), {"post": "5.00", "express": "9.00"}, None),
            (FreeShipping(speeds=("post", "air")), {"post": "5.00"}, None),
            # 14.00, but no more than 7.00
            (FreeShipping(maximum=usd("7.00")), {"post": "2.50", "express": "4.50"}, None),
            # 25 % of 14.00 is 3.50, in proportion 5 : 9
            (ShippingPercentOff(percent="25"), {"post": "1.25", "express": "2.25"}, None),
            (ShippingPercentOff(percent="25", speeds=("express",)), {"express": "2.25"}, None),
            # 3.50, but no more than 1.40
            (
                ShippingPercentOff(percent="25", maximum=usd("1.40")),
                {"post": "0.50", "express": "0.90"},
                None,
            ),
            (ShippingAmountOff(amount=usd("7.00")), {"post": "2.50", "express": "4.50"}, None),
            (
                ShippingAmountOff(amount=usd("14.01")),
                {"post": "5.00", "express": "9.00"},
                "0.01",
            ),
            # off each of them, and what the post does not cost the express does not pay
            (
                ShippingAmountOff(amount=usd("7.00"), each=True),
                {"post": "5.00", "express": "7.00"},
                "2.00",
            ),
            (ShippingAmountOff(amount=usd("4.00"), speeds=("post",)), {"post": "4.00"}, None),
            (
                ShippingAmountOff(amount=usd("4.00"), speeds=("express",), each=True),
                {"express": "4.00"},
                None,
            ),
            # together 7.00 instead of 14.00
            (ShippingFixedPrice(price=usd("7.00")), {"post": "2.50", "express": "4.50"}, None),
            (ShippingFixedPrice(price=usd("7.00"), speeds=("express",)), {"express": "2.00"}, None),
            (ShippingFixedPrice(price=usd("0.00")), {"post": "5.00", "express": "9.00"}, None),
        ],
        ids=str,
    )
    def test_figures(
        self, effect: PromotionType, expected: dict[str, str], expected_cut: str | None
    ) -> None:
        """Shipments are discounted that go by one of the speeds; goods are not (PR-6, PR-11)."""
        quote = quoted(effect)

        assert expected == off(quote)
        assert (usd(expected_cut) if expected_cut else None) == cut(quote)
        assert quote.totals.shipping_discounts == quote.totals.discounts
        assert {0} == {each.units for each in quote.adjustments}

    def test_of_original(self) -> None:
        """A second percentage is of what is left, or of the price of the speed (PR-5)."""
        half = promotion(ShippingPercentOff(percent="50"), "half", priority=1)
        left = priced(SENT, half, promotion(ShippingPercentOff(percent="20")))
        original = priced(SENT, half, promotion(ShippingPercentOff(percent="20", of_original=True)))

        # 20 % of 2.50 + 4.50, and of 5.00 + 9.00
        assert {"post": "0.50", "express": "0.90"} == off(left)
        assert {"post": "1.00", "express": "1.80"} == off(original)

    @pytest.mark.parametrize(
        ("effect", "shipments", "reason", "message"),
        [
            *(
                (effect, (OPEN,), "no_speed_chosen", "no shipping speed is chosen yet")
                for effect in (
                    FreeShipping(),
                    ShippingPercentOff(percent="10"),
                    ShippingAmountOff(amount=usd("1.00")),
                    ShippingFixedPrice(price=usd("1.00")),
                )
            ),
            *(
                (effect, (POST, OPEN), "other_speed", "needs express or night shipping")
                for effect in (
                    FreeShipping(speeds=("express", "night")),
                    ShippingPercentOff(percent="10", speeds=("express", "night")),
                    ShippingAmountOff(amount=usd("1.00"), speeds=("express", "night")),
                    ShippingFixedPrice(price=usd("1.00"), speeds=("express", "night")),
                )
            ),
        ],
        ids=str,
    )
    def test_speeds(
        self, effect: PromotionType, shipments: tuple[Any, ...], reason: str, message: str
    ) -> None:
        """Without a speed, or with others, the decision says what is needed (PR-17)."""
        quote = quoted(effect, cart(MUG, HAT, shipments=shipments))

        assert (reason, message, None) == why_not(quote)

    @pytest.mark.parametrize(
        "effect",
        [
            FreeShipping(),
            ShippingPercentOff(percent="10"),
            ShippingAmountOff(amount=usd("1.00")),
            ShippingAmountOff(amount=usd("1.00"), each=True),
            ShippingFixedPrice(price=usd("0.00")),
        ],
        ids=str,
    )
    def test_free_already(self, effect: PromotionType) -> None:
        """Nothing is taken off shipping that is free, and the decision says so (PR-6, PR-17)."""
        picked_up = parcel("S1", ("mug", 1), by=speed("0.00", "pickup"))
        quote = quoted(effect, cart(MUG, shipments=(picked_up,)))

        assert "nothing_to_discount" == why_not(quote)[0]

    def test_no_less(self) -> None:
        """Where shipping costs no more than the price, nothing changes (PR-17)."""
        quote = quoted(ShippingFixedPrice(price=usd("14.00")))

        assert "nothing_to_discount" == why_not(quote)[0]

    def test_lines_are_not_asked(self) -> None:
        """Lines that no discount is taken off are shipped at a discount all the same (PR-29)."""
        given = cart(attrs.evolve(MUG, discountable=False), shipments=(POST,))

        assert {"post": "5.00"} == off(quoted(FreeShipping(), given))

    @pytest.mark.parametrize(
        ("effect", "expected"),
        [
            # two parcels at 333: 12.5 % of 666 is 83.25, and 83 in halves
            (ShippingPercentOff(percent="12.5"), {"S1": "42", "S2": "41"}),
            (ShippingAmountOff(amount=Money("3", "JPY")), {"S1": "2", "S2": "1"}),
            (
                ShippingAmountOff(amount=Money("3", "JPY"), each=True),
                {"S1": "3", "S2": "3"},
            ),
            (ShippingFixedPrice(price=Money("663", "JPY")), {"S1": "2", "S2": "1"}),
        ],
        ids=str,
    )
    def test_digits_of_the_currency(self, effect: PromotionType, expected: dict[str, str]) -> None:
        """Parts are whole in a currency without digits; the first gets the rest (PR-1, PR-3)."""
        by = speed(Money("333", "JPY"))
        given = cart(
            line("mug", Money("100", "JPY"), 2),
            shipments=(parcel("S1", ("mug", 1), by=by), parcel("S2", ("mug", 1), by=by)),
            currency="JPY",
        )

        assert expected == off(quoted(effect, given))
