"""The types that discount lines: figures computed by hand, for every field.

Unless a test says otherwise, the cart is 2 × mug at 5.00, 1 × hat at 20.00 and 4 × pen at 1.25:
seven units for 35.00.
"""

from typing import Any

import attrs
import pytest
from moneyed import Money

from cartcore.cart import Cart
from cartcore.pricing.quote import Quote
from cartcore.promotions.offer import Per, TakenFirst
from cartcore.promotions.types import PromotionType
from cartcore.rules import Selection
from cartcore.rules.builtin import (
    AmountOff,
    AmountTier,
    BuyXGetY,
    FirstAndFurtherOff,
    FixedPrice,
    Measure,
    PercentOff,
    PercentTier,
    TieredAmountOff,
    TieredPercentOff,
)
from tests.support.carts import applied, by_code, cart, line, priced, promotion, taken, usd, why_not

MUG = line("mug", "5.00", 2)
HAT = line("hat", "20.00")
PEN = line("pen", "1.25", 4)
PENS = Selection(skus=("pen",))
HATS = Selection(skus=("hat",))
NOT_PENS = Selection(exclude=PENS)
FIRST_TWO_PENS = promotion(BuyXGetY(buy=1, get=1, buy_from=PENS, limit=1), "used")
"""Of two pens, which are used up by that, one is free."""


def quoted(effect: PromotionType, given: Cart | None = None) -> Quote:
    return priced(cart(MUG, HAT, PEN) if given is None else given, promotion(effect))


def off(quote: Quote, promotion_id: str = "promo") -> dict[str, str]:
    """What the promotion took off each line."""
    return {where: figure for (by, where), figure in taken(quote).items() if by == promotion_id}


def cut(quote: Quote) -> Money | None:
    decision = quote.decision("promo")
    assert decision is not None
    return decision.cut


def code_only(effect: PromotionType, *lines: Any) -> Quote:
    """A quote that has a decision on the promotion even where nothing in the cart matches it."""
    given = cart(*lines, applied=(applied("promo", "CODE"),))
    return priced(given, by_code(effect, "promo", "CODE"))


class TestPercentOff:
    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            # 3 × 1.25 = 3.75
            ({"percent": "20", "limit": 3}, {"pen": "0.75"}),
            # 20.00 + 2 × 5.00 = 30.00; 6.00 in proportion 2 : 1
            (
                {"percent": "20", "limit": 3, "which": TakenFirst.DEAREST},
                {"hat": "4.00", "mug": "2.00"},
            ),
            # 4 × 1.25 + 5.00 = 10.00; 1.00 in halves
            ({"percent": "10", "limit": 5}, {"pen": "0.50", "mug": "0.50"}),
            # as many as there are: 35.00; 10.00 + 20.00 + 5.00
            ({"percent": "10", "limit": 99}, {"mug": "1.00", "hat": "2.00", "pen": "0.50"}),
            # two groups of three, the six cheapest: 4 × 1.25 + 2 × 5.00 = 15.00
            ({"percent": "10", "group_size": 3}, {"pen": "0.50", "mug": "1.00"}),
            # of five, one group of three: 3.75
            ({"percent": "20", "group_size": 3, "limit": 5}, {"pen": "0.75"}),
            # one group of four: 20.00 + 2 × 5.00 + 1.25 = 31.25; 8 % is 2.50
            (
                {"percent": "8", "group_size": 4, "which": TakenFirst.DEAREST},
                {"hat": "1.60", "mug": "0.80", "pen": "0.10"},
            ),
            # three units in pairs: 2 × 5.00
            ({"percent": "50", "group_size": 2, "target": NOT_PENS}, {"mug": "5.00"}),
            # 7.00, but no more than 0.99 in proportion 10 : 20 : 5, that is 0.2829, 0.5657, 0.1414
            (
                {"percent": "20", "maximum": usd("0.99")},
                {"mug": "0.28", "hat": "0.57", "pen": "0.14"},
            ),
            # 0.75, but no more than 0.70
            ({"percent": "20", "limit": 3, "maximum": usd("0.70")}, {"pen": "0.70"}),
        ],
        ids=str,
    )
    def test_figures(self, fields: dict[str, Any], expected: dict[str, str]) -> None:
        """A limit picks the cheapest or the dearest units, in whole groups (PR-3, PR-7, PR-11)."""
        quote = quoted(PercentOff(**fields))

        assert expected == off(quote)
        assert cut(quote) is None

    def test_of_original(self) -> None:
        """A percentage is of what is left, or of the original price if it says so (PR-5)."""
        half = promotion(PercentOff(percent="50"), "first", priority=1)
        then = PercentOff(percent="30", target=HATS)
        left = priced(cart(MUG, HAT), half, promotion(then))
        original = priced(cart(MUG, HAT), half, promotion(attrs.evolve(then, of_original=True)))

        assert {"hat": "3.00"} == off(left)  # 30 % of 10.00
        assert {"hat": "6.00"} == off(original)  # 30 % of 20.00
        assert usd("9.00") == original.total  # 5.00 + 4.00

    def test_of_original_finds_no_more_than_is_left(self) -> None:
        """60 % and 60 % of the original are cut to 100 %, which is told (PR-6)."""
        first = promotion(PercentOff(percent="60"), "first", priority=1)
        quote = priced(cart(HAT), first, promotion(PercentOff(percent="60", of_original=True)))

        assert {"hat": "8.00"} == off(quote)
        assert usd("4.00") == cut(quote)

    @pytest.mark.parametrize(
        ("fields", "message", "missing"),
        [
            ({"group_size": 8}, "needs 1 more item", 1),
            ({"group_size": 3, "target": HATS}, "needs 2 more items of hat", 2),
            ({"group_size": 5, "target": NOT_PENS}, "needs 2 more items except pen", 2),
        ],
        ids=str,
    )
    def test_no_whole_group(self, fields: dict[str, Any], message: str, missing: int) -> None:
        """The decision tells how many units one group lacks (PR-17)."""
        quote = quoted(PercentOff(percent="10", **fields))

        assert ("percent_off", message, missing) == why_not(quote)

    def test_minimum_price(self) -> None:
        """What the mugs cannot take moves to the other lines (PR-29)."""
        # 20 % of 35.00 is 7.00. The mugs' share is 2.00, but down to 2 × 4.50 they have 1.00;
        # the other 6.00 are split 20 : 5.
        floored = attrs.evolve(MUG, minimum_price=usd("4.50"))
        quote = quoted(PercentOff(percent="20"), cart(floored, HAT, PEN))

        assert {"mug": "1.00", "hat": "4.80", "pen": "1.20"} == off(quote)
        assert cut(quote) is None

    def test_minimum_price_of_all(self) -> None:
        """What no line can take is cut: 2 × 0.50 is all there is for 2.00 (PR-6, PR-29)."""
        quote = quoted(PercentOff(percent="20"), cart(attrs.evolve(MUG, minimum_price=usd("4.50"))))

        assert {"mug": "1.00"} == off(quote)
        assert usd("1.00") == cut(quote)

    def test_not_discountable(self) -> None:
        """A line that no discount is taken off is no base, and its units fill no group (PR-29)."""
        given = cart(MUG, attrs.evolve(HAT, discountable=False), PEN)

        # 10 % of 10.00 + 5.00
        assert {"mug": "1.00", "pen": "0.50"} == off(quoted(PercentOff(percent="10"), given))
        assert ("percent_off", "needs 1 more item", 1) == why_not(
            quoted(PercentOff(percent="10", group_size=7), given)
        )
        assert (
            "nothing_to_discount"
            == why_not(quoted(PercentOff(percent="10", target=HATS), given))[0]
        )

    def test_units_that_cost_least_already(self) -> None:
        """Of equal units those with the most left are picked; used units are no exception."""
        # One of four pens is free; three of them, 3 × 1.25 = 3.75, halved.
        quote = priced(
            cart(PEN), FIRST_TWO_PENS, promotion(PercentOff(percent="40", target=PENS, limit=3))
        )

        assert {"pen": "1.50"} == off(quote)
        assert usd("2.25") == quote.total

    def test_free_line(self) -> None:
        """A line at 0.00 takes no part, and its units are never the cheapest (PR-6, PR-30)."""
        free = line("pin", "0.00", 2)

        assert {"mug": "1.00"} == off(quoted(PercentOff(percent="10"), cart(free, MUG)))
        # both mugs, for the pins have no price
        assert {"mug": "1.00"} == off(quoted(PercentOff(percent="10", limit=3), cart(free, MUG)))

    @pytest.mark.parametrize(
        ("unit_price", "expected"),
        [
            # 3 × 333 = 999; 10 % is 99.9
            (Money("333", "JPY"), "100"),
            # 3 × 1.005 = 3.015; 10 % is 0.3015
            (Money("1.005", "KWD"), "0.302"),
        ],
        ids=str,
    )
    def test_digits_of_the_currency(self, unit_price: Money, expected: str) -> None:
        """A discount is rounded to the digits that the currency has (PR-1, PR-7)."""
        given = cart(line("mug", unit_price, 3), currency=unit_price.currency.code)

        assert {"mug": expected} == off(quoted(PercentOff(percent="10"), given))


class TestAmountOff:
    @pytest.mark.parametrize(
        ("fields", "expected", "expected_cut"),
        [
            # off each line, however many units it has
            (
                {"amount": "3.00", "per": Per.LINE},
                {"mug": "3.00", "hat": "3.00", "pen": "3.00"},
                None,
            ),
            # the pens cost 5.00 together
            (
                {"amount": "8.00", "per": Per.LINE},
                {"mug": "8.00", "hat": "8.00", "pen": "5.00"},
                "3.00",
            ),
            # 3 × 3.00, but no more than 4.50, in equal parts
            (
                {"amount": "3.00", "per": Per.LINE, "maximum": usd("4.50")},
                {"mug": "1.50", "hat": "1.50", "pen": "1.50"},
                None,
            ),
            # the hat and two mugs
            (
                {"amount": "2.00", "per": Per.UNIT, "limit": 3, "which": TakenFirst.DEAREST},
                {"hat": "2.00", "mug": "4.00"},
                None,
            ),
            # the hat and three pens are two pairs; four pens are the cheapest
            (
                {
                    "amount": "0.50",
                    "per": Per.UNIT,
                    "group_size": 2,
                    "target": Selection(skus=("hat", "pen")),
                },
                {"pen": "2.00"},
                None,
            ),
            # 2 × 1.25 = 2.50
            ({"amount": "2.00", "limit": 2}, {"pen": "2.00"}, None),
            ({"amount": "4.00", "limit": 2}, {"pen": "2.50"}, "1.50"),
            # 20.00 + 5.00, so 4 : 1
            (
                {"amount": "1.00", "limit": 2, "which": TakenFirst.DEAREST},
                {"hat": "0.80", "mug": "0.20"},
                None,
            ),
        ],
        ids=str,
    )
    def test_figures(
        self, fields: dict[str, Any], expected: dict[str, str], expected_cut: str | None
    ) -> None:
        """An amount is taken off some units: together, off each line or each unit (PR-6, PR-11)."""
        quote = quoted(AmountOff(**fields | {"amount": usd(fields["amount"])}))

        assert expected == off(quote)
        assert (usd(expected_cut) if expected_cut else None) == cut(quote)

    def test_a_line_is_all_equal_units(self) -> None:
        """Pens that stand in two lines get the amount per line once (PR-24)."""
        given = cart(attrs.evolve(PEN, quantity=1), attrs.evolve(PEN, id="pen2", quantity=3))
        quote = quoted(AmountOff(amount=usd("2.00"), per=Per.LINE), given)

        # 2.00 over 1.25 and 3.75
        assert {"pen": "0.50", "pen2": "1.50"} == off(quote)

    @pytest.mark.parametrize(
        ("per", "expected", "expected_cut"),
        [
            # across: 14.00 over 10 : 20 : 5 is 4, 8, 2; the mugs have 1.00, so 13.00 over 20 : 5
            # is 10.40 and 2.60
            (Per.TOTAL, {"mug": "1.00", "hat": "10.40", "pen": "2.60"}, None),
            # each line gives what it has of 14.00: 1.00, 14.00 and 5.00
            (Per.LINE, {"mug": "1.00", "hat": "14.00", "pen": "5.00"}, "22.00"),
            # each unit gives what it has of 14.00: 2 × 0.50, 14.00 and 4 × 1.25; 7 × 14.00 = 98.00
            (Per.UNIT, {"mug": "1.00", "hat": "14.00", "pen": "5.00"}, "78.00"),
        ],
    )
    def test_minimum_price(
        self, per: Per, expected: dict[str, str], expected_cut: str | None
    ) -> None:
        """An amount for all moves to other lines; one for each line or unit does not (PR-29)."""
        floored = attrs.evolve(MUG, minimum_price=usd("4.50"))
        quote = quoted(AmountOff(amount=usd("14.00"), per=per), cart(floored, HAT, PEN))

        assert expected == off(quote)
        assert (usd(expected_cut) if expected_cut else None) == cut(quote)

    def test_no_whole_group(self) -> None:
        """The decision tells how many units one group lacks (PR-17)."""
        quote = quoted(AmountOff(amount=usd("1.00"), group_size=3, target=HATS))

        assert ("amount_off", "needs 2 more items of hat", 2) == why_not(quote)

    def test_not_discountable(self) -> None:
        """A line that no discount is taken off gives nothing, and fills no group (PR-29)."""
        given = cart(MUG, attrs.evolve(HAT, discountable=False), PEN)

        # 3.00 over 10.00 and 5.00
        assert {"mug": "2.00", "pen": "1.00"} == off(quoted(AmountOff(amount=usd("3.00")), given))
        assert ("amount_off", "needs 1 more item", 1) == why_not(
            quoted(AmountOff(amount=usd("3.00"), group_size=7), given)
        )

    def test_none_of_it(self) -> None:
        """With a code, the decision says that nothing in the cart is meant (PR-17)."""
        quote = code_only(AmountOff(amount=usd("3.00"), target=PENS), MUG)

        assert ("nothing_selected", "no item of pen is in the cart", None) == why_not(quote)

    def test_other_currency(self) -> None:
        """An amount in another currency does not apply, and both are named (PR-1)."""
        reason, message, _ = why_not(quoted(AmountOff(amount=Money("3.00", "EUR"))))

        assert "other_currency" == reason
        assert "EUR" in message
        assert "USD" in message

    @pytest.mark.parametrize(
        ("code", "unit_price", "amount", "expected"),
        [
            # 100 over 333 and 2 × 333: 33.33 and 66.67
            ("JPY", "333", "100", {"a": "33", "b": "67"}),
            # 0.100 over the same thirds
            ("KWD", "0.333", "0.100", {"a": "0.033", "b": "0.067"}),
        ],
    )
    def test_digits_of_the_currency(
        self, code: str, unit_price: str, amount: str, expected: dict[str, str]
    ) -> None:
        """An amount is split in the digits that the currency has (PR-1, PR-3)."""
        each = Money(unit_price, code)
        given = cart(line("a", each), line("b", each, 2), currency=code)

        assert expected == off(quoted(AmountOff(amount=Money(amount, code)), given))


class TestFixedPrice:
    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            # 2 × 1.00 and 16.00; a pen costs less
            ({"price": "4.00"}, {"mug": "2.00", "hat": "16.00"}),
            ({"price": "0.00"}, {"mug": "10.00", "hat": "20.00", "pen": "5.00"}),
            ({"price": "4.00", "target": HATS}, {"hat": "16.00"}),
            # the two mugs are cheaper than the hat
            ({"price": "4.00", "target": NOT_PENS, "limit": 2}, {"mug": "2.00"}),
            (
                {"price": "4.00", "limit": 2, "which": TakenFirst.DEAREST},
                {"hat": "16.00", "mug": "1.00"},
            ),
            # 18.00, but no more than 9.00, in proportion 1 : 8
            ({"price": "4.00", "maximum": usd("9.00")}, {"mug": "1.00", "hat": "8.00"}),
            # 5.00 over 10 : 20 : 5 is 1.4286, 2.8571, 0.7143
            (
                {"price": "30.00", "per": Per.TOTAL},
                {"mug": "1.43", "hat": "2.86", "pen": "0.71"},
            ),
            # 3 × 1.25 = 3.75
            ({"price": "3.00", "per": Per.TOTAL, "limit": 3}, {"pen": "0.75"}),
            # 5.00, but no more than 3.50 over 10 : 20 : 5
            (
                {"price": "30.00", "per": Per.TOTAL, "maximum": usd("3.50")},
                {"mug": "1.00", "hat": "2.00", "pen": "0.50"},
            ),
        ],
        ids=str,
    )
    def test_figures(self, fields: dict[str, Any], expected: dict[str, str]) -> None:
        """Each unit, or all together, cost the price; what costs less keeps its own (PR-11)."""
        quote = quoted(FixedPrice(**fields | {"price": usd(fields["price"])}))

        assert expected == off(quote)
        assert cut(quote) is None

    @pytest.mark.parametrize(
        "fields", [{"price": usd("20.00")}, {"price": usd("35.00"), "per": Per.TOTAL}]
    )
    def test_no_less(self, fields: dict[str, Any]) -> None:
        """Where nothing costs more than the price, the decision says so (PR-17)."""
        assert "nothing_to_discount" == why_not(quoted(FixedPrice(**fields)))[0]

    def test_of_what_is_left(self) -> None:
        """What an earlier promotion took counts: 10.00 is left of the hat, 2.50 of a mug (PR-5)."""
        half = promotion(PercentOff(percent="50"), "half", priority=1)
        quote = priced(cart(MUG, HAT), half, promotion(FixedPrice(price=usd("4.00"))))

        assert {"hat": "6.00"} == off(quote)

    def test_minimum_price(self) -> None:
        """A unit's price does not go below its minimum, and others do not pay for it (PR-29)."""
        floored = attrs.evolve(MUG, minimum_price=usd("4.50"))

        quote = quoted(FixedPrice(price=usd("4.00")), cart(floored, HAT))
        assert {"mug": "1.00", "hat": "16.00"} == off(quote)  # 2 × 0.50, and not 2 × 1.00
        assert usd("1.00") == cut(quote)

        # together 24.00 instead of 30.00: the hat takes what the mugs cannot take of their 2.00
        quote = quoted(FixedPrice(price=usd("24.00"), per=Per.TOTAL), cart(floored, HAT))
        assert {"mug": "1.00", "hat": "5.00"} == off(quote)

    def test_not_discountable(self) -> None:
        """A line that no discount is taken off keeps its price (PR-29)."""
        given = cart(MUG, attrs.evolve(HAT, discountable=False))

        assert {"mug": "2.00"} == off(quoted(FixedPrice(price=usd("4.00")), given))

    def test_price_finer_than_a_cent(self) -> None:
        """3 × 3.3333 are 10.00, so 3.33, 3.33 and 3.34; each 3.00 instead is 1.00 less (PR-2)."""
        given = cart(line("mug", "3.3333", 3))

        assert {"mug": "1.00"} == off(quoted(FixedPrice(price=usd("3.00")), given))

    @pytest.mark.parametrize(
        ("code", "unit_price", "price", "expected"),
        [("JPY", "333", "300", "99"), ("KWD", "3.333", "3.300", "0.099")],
    )
    def test_digits_of_the_currency(
        self, code: str, unit_price: str, price: str, expected: str
    ) -> None:
        """Three units, each 33 of the smallest coin less (PR-1)."""
        given = cart(line("mug", Money(unit_price, code), 3), currency=code)

        assert {"mug": expected} == off(quoted(FixedPrice(price=Money(price, code)), given))


class TestFirstAndFurther:
    @pytest.mark.parametrize(
        ("fields", "expected", "expected_cut"),
        [
            # mug 2.00 + 0.50; hat 2.00; pen 1.25, for it costs no more, + 3 × 0.50
            (
                {"first": usd("2.00"), "further": usd("0.50")},
                {"mug": "2.50", "hat": "2.00", "pen": "2.75"},
                "0.75",
            ),
            ({"first": usd("1.00")}, {"mug": "1.00", "hat": "1.00", "pen": "1.00"}, None),
            ({"further": usd("0.50")}, {"mug": "0.50", "pen": "1.50"}, None),
            # of the pens one further unit, not three
            (
                {"first": usd("1.00"), "further": usd("0.50"), "limit": 2},
                {"mug": "1.50", "hat": "1.00", "pen": "1.50"},
                None,
            ),
            (
                {"first": usd("1.00"), "further": usd("0.50"), "limit": 1},
                {"mug": "1.00", "hat": "1.00", "pen": "1.00"},
                None,
            ),
            (
                {"first": usd("1.00"), "further": usd("0.50"), "target": PENS},
                {"pen": "2.50"},
                None,
            ),
        ],
        ids=str,
    )
    def test_figures(
        self, fields: dict[str, Any], expected: dict[str, str], expected_cut: str | None
    ) -> None:
        """One amount off the first unit of each line, another off each further one (PR-11)."""
        quote = quoted(FirstAndFurtherOff(**fields))

        assert expected == off(quote)
        assert (usd(expected_cut) if expected_cut else None) == cut(quote)

    def test_a_line_is_all_equal_units(self) -> None:
        """Of four pens in two lines there is one first unit: 1.00 + 3 × 0.50 (PR-24)."""
        given = cart(attrs.evolve(PEN, quantity=1), attrs.evolve(PEN, id="pen2", quantity=3))
        quote = quoted(FirstAndFurtherOff(first=usd("1.00"), further=usd("0.50")), given)

        assert usd("2.50") == quote.totals.discounts

    def test_used_units(self) -> None:
        """Two pens are used by another promotion: of the two left, 1.00 and 0.50 (PR-13)."""
        effect = FirstAndFurtherOff(first=usd("1.00"), further=usd("0.50"), target=PENS)

        assert {"pen": "1.50"} == off(priced(cart(PEN), FIRST_TWO_PENS, promotion(effect)))

    @pytest.mark.parametrize(
        ("quantity", "halved", "expected"),
        [
            # Of 50, 100 and 100: 10 off a unit at 100, 70 off the other, 50 off the halved one.
            (3, 1, "130.00"),
            # Of 50, 50 and 100: 10 off the unit at 100, 50 off each halved one.
            (3, 2, "110.00"),
            (3, 3, "110.00"),  # 10 off one at 50, 50 off each of the others
            (2, 1, "60.00"),  # 10 off the unit at 100, 50 off the other
        ],
    )
    def test_a_unit_gets_one_amount(self, quantity: int, halved: int, expected: str) -> None:
        """No unit gets both amounts, whatever earlier promotions took off others (PR-11)."""
        given = cart(line("lamp", "100.00", quantity))
        half = promotion(PercentOff(percent=50, limit=halved), "half", priority=1)
        effect = FirstAndFurtherOff(first=usd("10.00"), further=usd("70.00"))

        assert expected == off(priced(given, half, promotion(effect)))["lamp"]

    def test_all_units_used(self) -> None:
        """Where no unit is left to discount, the decision says so (PR-13, PR-17)."""
        two = cart(attrs.evolve(PEN, quantity=2))
        effect = FirstAndFurtherOff(first=usd("1.00"), target=PENS)

        assert ("nothing_selected", "no item of pen is left to discount", None) == why_not(
            priced(two, FIRST_TWO_PENS, promotion(effect))
        )

    def test_no_second_unit(self) -> None:
        """Where only further units get something, one more unit is what is needed (PR-17)."""
        effect = FirstAndFurtherOff(further=usd("1.00"), target=HATS)

        assert (
            "first_and_further",
            "needs a second unit of the same item of hat",
            1,
        ) == why_not(quoted(effect))

    def test_minimum_price(self) -> None:
        """A unit gives what it has above its minimum: 0.50 + 0.30 of 1.00 + 0.30 (PR-29)."""
        floored = attrs.evolve(MUG, minimum_price=usd("4.50"))
        effect = FirstAndFurtherOff(first=usd("1.00"), further=usd("0.30"))

        assert {"mug": "0.80"} == off(quoted(effect, cart(floored)))

    def test_not_discountable(self) -> None:
        """A line that no discount is taken off has no first unit (PR-29)."""
        given = cart(MUG, attrs.evolve(HAT, discountable=False))

        assert {"mug": "1.00"} == off(quoted(FirstAndFurtherOff(first=usd("1.00")), given))


class TestTieredPercentOff:
    BY_QUANTITY = (
        PercentTier(percent="5", from_quantity=3),
        PercentTier(percent="10", from_quantity=7),
        PercentTier(percent="50", from_quantity=8),
    )
    BY_SPEND = (
        PercentTier(percent="2"),
        PercentTier(percent="10", from_amount=usd("35.00")),
        PercentTier(percent="50", from_amount=usd("35.01")),
    )

    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            # seven units: the second tier, of 35.00
            ({"tiers": BY_QUANTITY}, {"mug": "1.00", "hat": "2.00", "pen": "0.50"}),
            # four pens: the first tier, of 5.00
            ({"tiers": BY_QUANTITY, "target": PENS}, {"pen": "0.25"}),
            # exactly 35.00 is enough
            ({"tiers": BY_SPEND}, {"mug": "1.00", "hat": "2.00", "pen": "0.50"}),
            # 20.00: the base tier
            ({"tiers": BY_SPEND, "target": HATS}, {"hat": "0.40"}),
            # 3.50, but no more than 0.70
            (
                {"tiers": BY_SPEND, "maximum": usd("0.70")},
                {"mug": "0.20", "hat": "0.40", "pen": "0.10"},
            ),
            # the last tier that is reached counts, also where an earlier one gives more
            (
                {
                    "tiers": (
                        PercentTier(percent="50"),
                        PercentTier(percent="10", from_quantity=2),
                    ),
                    "target": PENS,
                },
                {"pen": "0.50"},
            ),
        ],
        ids=str,
    )
    def test_figures(self, fields: dict[str, Any], expected: dict[str, str]) -> None:
        """The last tier that the lines reach counts, for all of them (PR-11)."""
        assert expected == off(quoted(TieredPercentOff(**fields)))

    @pytest.mark.parametrize(
        ("effect", "message", "missing"),
        [
            (
                TieredPercentOff(tiers=BY_QUANTITY, target=NOT_PENS),
                None,
                None,
            ),
            (
                TieredPercentOff(tiers=BY_QUANTITY, target=HATS),
                "needs 2 more items of hat",
                2,
            ),
            (
                TieredPercentOff(tiers=(PercentTier(percent="5", from_quantity=9),)),
                "needs 2 more items",
                2,
            ),
            (
                TieredPercentOff(tiers=BY_SPEND[1:], target=HATS),
                "needs 15.00 USD more of hat",
                "15.00",
            ),
            (TieredPercentOff(tiers=BY_SPEND[2:]), "needs 0.01 USD more", "0.01"),
        ],
    )
    def test_first_tier(
        self, effect: TieredPercentOff, message: str | None, missing: int | str | None
    ) -> None:
        """Below the first tier the decision says what is missing to it (PR-17)."""
        quote = quoted(effect)
        if message is None:
            assert {"mug": "0.50", "hat": "1.00"} == off(quote)  # exactly three units: 5 %
        else:
            assert ("tiered_percent_off", message, missing) == why_not(quote)

    def test_before_discounts(self) -> None:
        """A tier goes by prices before discounts, the percentage by what is left (PR-5)."""
        half = promotion(PercentOff(percent="50"), "half", priority=1)
        quote = priced(cart(MUG, HAT, PEN), half, promotion(TieredPercentOff(tiers=self.BY_SPEND)))

        # still the tier from 35.00: 10 % of 17.50
        assert {"mug": "0.50", "hat": "1.00", "pen": "0.25"} == off(quote)

    def test_not_discountable(self) -> None:
        """What is not discounted counts towards a tier, but is no base (PR-29)."""
        given = cart(MUG, attrs.evolve(HAT, discountable=False), PEN)

        # seven units, so 10 % of 10.00 + 5.00
        assert {"mug": "1.00", "pen": "0.50"} == off(
            quoted(TieredPercentOff(tiers=self.BY_QUANTITY), given)
        )

    def test_other_currency(self) -> None:
        """Tiers in another currency do not apply (PR-1)."""
        tiers = (PercentTier(percent="5", from_amount=Money("1", "EUR")),)

        assert "other_currency" == why_not(quoted(TieredPercentOff(tiers=tiers)))[0]


@pytest.mark.parametrize("by", Measure)
@pytest.mark.parametrize(
    ("kind", "tier"),
    [
        (TieredPercentOff, PercentTier(percent=5)),
        (TieredAmountOff, AmountTier(amount=usd("1.00"))),
    ],
)
def test_a_tier_without_a_start(kind: Any, tier: Any, by: Measure) -> None:
    """It is reached by nothing at all, and then nothing is there to discount (PR-11, PR-17)."""
    quote = code_only(kind(tiers=(tier,), by=by, target=HATS), MUG)

    assert ("nothing_selected", "no item of hat is in the cart", None) == why_not(quote)


class TestTieredAmountOff:
    BY_QUANTITY = (
        AmountTier(amount=usd("1.00"), from_quantity=3),
        AmountTier(amount=usd("7.00"), from_quantity=7),
    )
    BY_SPEND = (
        AmountTier(amount=usd("0.50")),
        AmountTier(amount=usd("3.50"), from_amount=usd("35.00")),
        AmountTier(amount=usd("9.00"), from_amount=usd("35.01")),
    )

    @pytest.mark.parametrize(
        ("fields", "expected", "expected_cut"),
        [
            ({"tiers": BY_QUANTITY}, {"mug": "2.00", "hat": "4.00", "pen": "1.00"}, None),
            ({"tiers": BY_QUANTITY, "target": PENS}, {"pen": "1.00"}, None),
            ({"tiers": BY_SPEND}, {"mug": "1.00", "hat": "2.00", "pen": "0.50"}, None),
            ({"tiers": BY_SPEND, "target": HATS}, {"hat": "0.50"}, None),
            # 7.00, but no more than 3.50
            (
                {"tiers": BY_QUANTITY, "maximum": usd("3.50")},
                {"mug": "1.00", "hat": "2.00", "pen": "0.50"},
                None,
            ),
            # the pens cost 5.00
            (
                {"tiers": (AmountTier(amount=usd("6.00"), from_quantity=4),), "target": PENS},
                {"pen": "5.00"},
                "1.00",
            ),
        ],
        ids=str,
    )
    def test_figures(
        self, fields: dict[str, Any], expected: dict[str, str], expected_cut: str | None
    ) -> None:
        """The last tier that the lines reach counts, once for all of them (PR-6, PR-11)."""
        quote = quoted(TieredAmountOff(**fields))

        assert expected == off(quote)
        assert (usd(expected_cut) if expected_cut else None) == cut(quote)

    @pytest.mark.parametrize(
        ("effect", "message", "missing"),
        [
            (TieredAmountOff(tiers=BY_QUANTITY, target=HATS), "needs 2 more items of hat", 2),
            (TieredAmountOff(tiers=BY_SPEND[2:]), "needs 0.01 USD more", "0.01"),
        ],
    )
    def test_first_tier(self, effect: TieredAmountOff, message: str, missing: int | str) -> None:
        """Below the first tier the decision says what is missing to it (PR-17)."""
        assert ("tiered_amount_off", message, missing) == why_not(quoted(effect))

    def test_minimum_price(self) -> None:
        """What the mugs cannot take moves to the hat (PR-29)."""
        # 7.00 over 10 : 20 : 5 is 2, 4, 1; the mugs have 1.00, so 6.00 over 20 : 5
        floored = attrs.evolve(MUG, minimum_price=usd("4.50"))
        quote = quoted(TieredAmountOff(tiers=self.BY_QUANTITY), cart(floored, HAT, PEN))

        assert {"mug": "1.00", "hat": "4.80", "pen": "1.20"} == off(quote)

    def test_digits_of_the_currency(self) -> None:
        """Amounts of a currency with no digits, and missing ones, are whole (PR-1)."""
        given = cart(line("mug", Money("333", "JPY"), 2), currency="JPY")
        tiers = (AmountTier(amount=Money("100", "JPY"), from_amount=Money("667", "JPY")),)

        assert ("tiered_amount_off", "needs 1 JPY more", "1") == why_not(
            quoted(TieredAmountOff(tiers=tiers), given)
        )
        more = cart(line("mug", Money("333", "JPY"), 3), currency="JPY")
        assert {"mug": "100"} == off(quoted(TieredAmountOff(tiers=tiers), more))
