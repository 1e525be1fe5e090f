"""The types that pick units and use them up: figures computed by hand, for every field.

Unless a test says otherwise, the cart is 2 × mug at 5.00, 1 × hat at 20.00 and 4 × pen at 1.25:
seven units for 35.00. In the comments p, m and h are one of each.
"""

from typing import Any

import attrs
import pytest
from moneyed import Money

from cartcore.cart import Cart
from cartcore.errors import InvalidField
from cartcore.pricing.quote import Quote
from cartcore.promotions.offer import TakenFirst
from cartcore.promotions.types import PromotionType
from cartcore.rules import Selection
from cartcore.rules.builtin import Bundle, BundlePart, BuyXGetY, NthOfSet, PercentOff, Spread
from tests.support.carts import applied, by_code, cart, line, priced, promotion, taken, usd, why_not

MUG = line("mug", "5.00", 2)
HAT = line("hat", "20.00")
PEN = line("pen", "1.25", 4)
MUGS = Selection(skus=("mug",))
PENS = Selection(skus=("pen",))
HATS = Selection(skus=("hat",))
CAPS = Selection(skus=("cap",))


def quoted(effect: PromotionType, given: Cart | None = None) -> Quote:
    return priced(cart(MUG, HAT, PEN) if given is None else given, promotion(effect))


def off(quote: Quote, promotion_id: str = "promo") -> dict[str, str]:
    """What the promotion took off each line; lines of which it only used units are left out."""
    found = {where: figure for (by, where), figure in taken(quote).items() if by == promotion_id}
    return {where: figure for where, figure in found.items() if figure.strip("0.")}


def used(quote: Quote, promotion_id: str = "promo") -> dict[str, int]:
    """How many units of each line the promotion used, bought ones and reduced ones."""
    return {a.line_id: a.units for a in quote.adjustments if a.promotion_id == promotion_id}


def code_only(effect: PromotionType, *lines: Any) -> Quote:
    """A quote that has a decision on the promotion even where nothing in the cart matches it."""
    given = cart(*lines, applied=(applied("promo", "CODE"),))
    return priced(given, by_code(effect, "promo", "CODE"))


class TestBuyXGetY:
    @pytest.mark.parametrize(
        ("fields", "expected", "units"),
        [
            # ppp | p mm h: of 7 units, 2 + 1 twice; gained pp, bought h m m p
            ({"buy": 2}, {"pen": "2.50"}, {"pen": 3, "mug": 2, "hat": 1}),
            # once 3 + 2: gained pp, bought h m m
            ({"buy": 3, "get": 2}, {"pen": "2.50"}, {"pen": 2, "mug": 2, "hat": 1}),
            # 5 bought; the other two are gained, though three could be
            ({"buy": 5, "get": 3}, {"pen": "2.50"}, {"pen": 4, "mug": 2, "hat": 1}),
            # of the seven, once 4 + 3, and once 2 + 2, which leaves three
            ({"buy": 4, "get": 3, "whole": True}, {"pen": "3.75"}, {"pen": 4, "mug": 2, "hat": 1}),
            ({"buy": 2, "get": 2, "whole": True}, {"pen": "2.50"}, {"pen": 2, "mug": 1, "hat": 1}),
            # enough for two, of which one is gained
            (
                {"buy": 2, "get": 2, "whole": True, "max_units": 1},
                {"pen": "1.25"},
                {"pen": 1, "mug": 1, "hat": 1},
            ),
            # once instead of three times: gained p, bought h
            ({"buy": 1, "limit": 1}, {"pen": "1.25"}, {"pen": 1, "hat": 1}),
            # three times: gained ppp, bought h m m
            ({"buy": 1}, {"pen": "3.75"}, {"pen": 3, "mug": 2, "hat": 1}),
            # two are gained at most, for two bought
            ({"buy": 1, "max_units": 2}, {"pen": "2.50"}, {"pen": 2, "mug": 1, "hat": 1}),
            # half of 3.75 is 1.875
            ({"buy": 1, "percent": "50"}, {"pen": "1.88"}, {"pen": 3, "mug": 2, "hat": 1}),
            # gained h m; bought are the dearest others, m p p p
            (
                {"buy": 2, "which": TakenFirst.DEAREST},
                {"hat": "20.00", "mug": "5.00"},
                {"pen": 3, "mug": 2, "hat": 1},
            ),
            # 25.00, but no more than 4.00, in proportion 4 : 1
            (
                {"buy": 2, "which": TakenFirst.DEAREST, "maximum": usd("4.00")},
                {"hat": "3.20", "mug": "0.80"},
                {"pen": 3, "mug": 2, "hat": 1},
            ),
            # each mug bought is a pen gained
            (
                {"buy": 1, "buy_from": MUGS, "get_from": PENS},
                {"pen": "2.50"},
                {"pen": 2, "mug": 2},
            ),
            (
                {"buy": 2, "buy_from": MUGS, "get": 3, "get_from": PENS},
                {"pen": "3.75"},
                {"pen": 3, "mug": 2},
            ),
            # the hat is gained; of the others the dearest are bought: m m p
            (
                {"buy": 3, "get_from": HATS},
                {"hat": "20.00"},
                {"hat": 1, "mug": 2, "pen": 1},
            ),
            # of the same selection, whether it is said or not
            (
                {"buy": 1, "buy_from": PENS, "get_from": Selection(skus=("pen",))},
                {"pen": "2.50"},
                {"pen": 4},
            ),
            # h and the p gained cost 21.25
            ({"spend": usd("20.00")}, {"pen": "1.25"}, {"pen": 1, "hat": 1}),
            # h m m and two gained p cost 32.50, so another p is needed for 33.00
            (
                {"spend": usd("33.00"), "get": 2},
                {"pen": "2.50"},
                {"pen": 3, "mug": 2, "hat": 1},
            ),
            # the mugs cost exactly 10.00
            (
                {"spend": usd("10.00"), "buy_from": MUGS, "get_from": PENS, "get": 9},
                {"pen": "5.00"},
                {"pen": 4, "mug": 2},
            ),
        ],
        ids=str,
    )
    def test_figures(
        self, fields: dict[str, Any], expected: dict[str, str], units: dict[str, int]
    ) -> None:
        """Units are gained for those bought, as often as it goes (PR-11, PR-16)."""
        quote = quoted(BuyXGetY(**fields))

        assert expected == off(quote)
        assert units == used(quote)

    @pytest.mark.parametrize(
        ("fields", "message", "missing"),
        [
            ({"buy": 7}, "needs 1 more item", 1),
            ({"buy": 9}, "needs 3 more items", 3),
            ({"buy": 6, "get": 3, "whole": True}, "needs 2 more items", 2),
            (
                {"buy": 3, "buy_from": MUGS, "get": 3, "get_from": CAPS, "whole": True},
                "needs 1 more item of mug and 3 more items of cap to discount",
                4,
            ),
            ({"buy": 3, "buy_from": MUGS}, "needs 2 more items of mug", 2),
            ({"buy": 3, "buy_from": MUGS, "get_from": PENS}, "needs 1 more item of mug", 1),
            (
                {"buy": 1, "buy_from": MUGS, "get_from": CAPS},
                "needs 1 more item of cap to discount",
                1,
            ),
            (
                {"buy": 3, "buy_from": MUGS, "get_from": CAPS},
                "needs 1 more item of mug and 1 more item of cap to discount",
                2,
            ),
            ({"spend": usd("35.01")}, "needs 0.01 USD more", "0.01"),
            (
                {"spend": usd("12.00"), "buy_from": MUGS, "get_from": PENS},
                "needs 2.00 USD more of mug",
                "2.00",
            ),
            # the hat alone reaches the amount, but then nothing is left to gain
            ({"spend": usd("20.00"), "buy_from": HATS}, "needs 1 more item of hat to discount", 1),
        ],
        ids=str,
    )
    def test_missing(self, fields: dict[str, Any], message: str, missing: int | str) -> None:
        """The decision tells how many units, or which amount, make it apply once (PR-17)."""
        quote = code_only(BuyXGetY(**fields), MUG, HAT, PEN)

        assert ("buy_x_get_y", message, missing) == why_not(quote)

    def test_what_is_told_is_enough(self) -> None:
        """With the three units that were told, it applies (PR-17)."""
        given = cart(MUG, HAT, attrs.evolve(PEN, quantity=7))

        assert {"pen": "1.25"} == off(quoted(BuyXGetY(buy=9), given))

    def test_used_units(self) -> None:
        """What one promotion bought and gained another does not count (PR-13)."""
        # The first one uses h m m p and two gained p; one p is left.
        first = promotion(BuyXGetY(buy=2), "first", priority=1)
        second = promotion(BuyXGetY(buy=1))
        quote = priced(cart(MUG, HAT, PEN), first, second)

        assert ("buy_x_get_y", "needs 1 more item", 1) == why_not(quote)
        assert usd("32.50") == quote.total

        # With a limit, it uses h m and one gained p; then p p are gained for m p.
        quote = priced(
            cart(MUG, HAT, PEN), promotion(BuyXGetY(buy=2, limit=1), "first", priority=1), second
        )
        assert {"pen": "1.25"} == off(quote, "first")
        assert {"mug": 1, "hat": 1, "pen": 1} == used(quote, "first")
        assert {"pen": "2.50"} == off(quote)
        assert {"mug": 1, "pen": 3} == used(quote)

    def test_not_discountable(self) -> None:
        """Units that no discount is taken off are neither bought nor gained (PR-29)."""
        given = cart(MUG, attrs.evolve(HAT, discountable=False), PEN)

        # six units: 2 + 1 twice; gained pp, bought m m p p
        assert {"pen": 4, "mug": 2} == used(quoted(BuyXGetY(buy=2), given))
        assert ("buy_x_get_y", "needs 2 more items of hat", 2) == why_not(
            quoted(BuyXGetY(buy=1, buy_from=HATS), given)
        )

    def test_minimum_price(self) -> None:
        """Of 2 × 1.25 only 2 × 0.25 can be taken, and no bought unit takes the rest (PR-29)."""
        given = cart(MUG, HAT, attrs.evolve(PEN, minimum_price=usd("1.00")))
        quote = quoted(BuyXGetY(buy=2), given)
        decision = quote.decision("promo")

        assert {"pen": "0.50"} == off(quote)
        assert decision is not None
        assert usd("2.00") == decision.cut

    def test_units_that_are_free_already(self) -> None:
        """A unit at 0.00 is neither bought nor gained (PR-30)."""
        given = cart(line("pin", "0.00"), MUG)

        assert {"mug": "5.00"} == off(quoted(BuyXGetY(buy=1), given))
        assert ("buy_x_get_y", "needs 1 more item", 1) == why_not(quoted(BuyXGetY(buy=2), given))

    def test_discounted_units(self) -> None:
        """A gained unit is reduced by what is left of it (PR-5)."""
        half = promotion(PercentOff(percent="50", target=PENS), "half", priority=1)
        quote = priced(cart(PEN), half, promotion(BuyXGetY(buy=3)))

        # four pens for 2.50, a quarter of which is 0.625
        assert {"pen": "0.63"} == off(quote)

    @pytest.mark.parametrize(
        ("code", "unit_price", "expected"), [("JPY", "333", "167"), ("KWD", "0.333", "0.167")]
    )
    def test_digits_of_the_currency(self, code: str, unit_price: str, expected: str) -> None:
        """Half of 333 of the smallest coin is 166.5 (PR-1, PR-7)."""
        given = cart(line("mug", Money(unit_price, code), 2), currency=code)

        assert {"mug": expected} == off(quoted(BuyXGetY(buy=1, percent="50"), given))

    def test_other_currency(self) -> None:
        """An amount to spend in another currency does not apply (PR-1)."""
        quote = quoted(BuyXGetY(spend=Money("1.00", "EUR")))

        assert "other_currency" == why_not(quote)[0]


class TestNthOfSet:
    @pytest.mark.parametrize(
        ("fields", "expected", "units"),
        [
            # ppp | pmm | h: the sets are the six cheapest
            ({"size": 3, "position": 1}, {"pen": "2.50"}, {"pen": 4, "mug": 2}),
            ({"size": 3, "position": 2}, {"pen": "1.25", "mug": "5.00"}, {"pen": 4, "mug": 2}),
            ({"size": 3, "position": 3}, {"pen": "1.25", "mug": "5.00"}, {"pen": 4, "mug": 2}),
            # hmm | ppp | p
            (
                {"size": 3, "position": 1, "order": TakenFirst.DEAREST},
                {"hat": "20.00", "pen": "1.25"},
                {"hat": 1, "mug": 2, "pen": 3},
            ),
            # pp | pp | mm: the six cheapest, in three parts of two
            (
                {"size": 3, "position": 3, "spread": Spread.OVERALL},
                {"mug": "10.00"},
                {"pen": 4, "mug": 2},
            ),
            # pp | pm | mh: the six dearest, the cheapest of them first
            (
                {
                    "size": 3,
                    "position": 2,
                    "spread": Spread.OVERALL,
                    "order": TakenFirst.DEAREST,
                },
                {"pen": "1.25", "mug": "5.00"},
                {"hat": 1, "mug": 2, "pen": 3},
            ),
            # ppp alone
            ({"size": 3, "position": 3, "limit": 1}, {"pen": "1.25"}, {"pen": 3}),
            # hmm alone
            (
                {"size": 3, "position": 3, "limit": 1, "order": TakenFirst.DEAREST},
                {"mug": "5.00"},
                {"hat": 1, "mug": 2},
            ),
            # ppp alone: a second set would only use up its units
            ({"size": 3, "position": 3, "max_units": 1}, {"pen": "1.25"}, {"pen": 3}),
            # pp | pp | mm: of the last part one
            (
                {"size": 3, "position": 3, "spread": Spread.OVERALL, "max_units": 1},
                {"mug": "5.00"},
                {"pen": 4, "mug": 2},
            ),
            # pp | pm | mh: of the last part the cheaper one
            (
                {
                    "size": 3,
                    "position": 3,
                    "spread": Spread.OVERALL,
                    "order": TakenFirst.DEAREST,
                    "max_units": 1,
                },
                {"mug": "5.00"},
                {"hat": 1, "mug": 2, "pen": 3},
            ),
            # p | p | p: parts of one unit, as there is one set
            (
                {"size": 3, "position": 2, "spread": Spread.OVERALL, "limit": 1, "max_units": 2},
                {"pen": "1.25"},
                {"pen": 3},
            ),
            # half of 6.25 is 3.125, in proportion 1 : 4
            (
                {"size": 3, "position": 3, "percent": "50"},
                {"pen": "0.63", "mug": "2.50"},
                {"pen": 4, "mug": 2},
            ),
            # 6.25, but no more than 1.00, in proportion 1 : 4
            (
                {"size": 3, "position": 3, "maximum": usd("1.00")},
                {"pen": "0.20", "mug": "0.80"},
                {"pen": 4, "mug": 2},
            ),
            # mm | h
            (
                {"size": 2, "position": 2, "target": Selection(exclude=PENS)},
                {"mug": "5.00"},
                {"mug": 2},
            ),
            # every unit is a set
            (
                {"size": 1, "position": 1, "percent": "10"},
                {"pen": "0.50", "mug": "1.00", "hat": "2.00"},
                {"pen": 4, "mug": 2, "hat": 1},
            ),
        ],
        ids=str,
    )
    def test_figures(
        self, fields: dict[str, Any], expected: dict[str, str], units: dict[str, int]
    ) -> None:
        """Each set's unit at the position is discounted; whole sets are used (PR-11, PR-13)."""
        quote = quoted(NthOfSet(**fields))

        assert expected == off(quote)
        assert units == used(quote)

    @pytest.mark.parametrize(
        ("fields", "message", "missing"),
        [
            ({"size": 8, "position": 1}, "needs 1 more item", 1),
            ({"size": 3, "position": 3, "target": HATS}, "needs 2 more items of hat", 2),
        ],
        ids=str,
    )
    def test_missing(self, fields: dict[str, Any], message: str, missing: int) -> None:
        """The decision tells how many units one set lacks (PR-17)."""
        assert ("nth_of_set", message, missing) == why_not(quoted(NthOfSet(**fields)))

    def test_used_units(self) -> None:
        """What one promotion bought and gained is in no set of another (PR-13)."""
        first = promotion(BuyXGetY(buy=2), "first", priority=1)  # leaves one pen
        quote = priced(cart(MUG, HAT, PEN), first, promotion(NthOfSet(size=3, position=1)))

        assert ("nth_of_set", "needs 2 more items", 2) == why_not(quote)

    def test_not_discountable(self) -> None:
        """Units that no discount is taken off are in no set (PR-29)."""
        given = cart(attrs.evolve(MUG, discountable=False), HAT, PEN)

        # ppp | ph
        assert {"pen": "1.25"} == off(quoted(NthOfSet(size=3, position=3), given))

    def test_minimum_price(self) -> None:
        """Of 1.25 + 5.00 the pen can give 0.25; the mug gives no more for it (PR-29)."""
        given = cart(MUG, HAT, attrs.evolve(PEN, minimum_price=usd("1.00")))

        assert {"pen": "0.25", "mug": "5.00"} == off(quoted(NthOfSet(size=3, position=3), given))

    @pytest.mark.parametrize(("code", "unit_price"), [("JPY", "333"), ("KWD", "0.333")])
    def test_digits_of_the_currency(self, code: str, unit_price: str) -> None:
        """Every third unit is free (PR-1)."""
        given = cart(line("mug", Money(unit_price, code), 7), currency=code)
        quote = quoted(NthOfSet(size=3, position=3), given)

        assert Money(unit_price, code) * 5 == quote.total


def parts(*wanted: tuple[Selection, int]) -> tuple[BundlePart, ...]:
    return tuple(BundlePart(target=target, quantity=quantity) for target, quantity in wanted)


ANY_TWO = parts((Selection(), 2))
MUG_AND_TWO_PENS = parts((MUGS, 1), (PENS, 2))


class TestBundle:
    @pytest.mark.parametrize(
        ("fields", "expected", "units"),
        [
            # h m p p cost 27.50, so 7.50 less in proportion 8 : 2 : 1, that is 5.45, 1.36, 0.68
            # and one cent more for the largest remainder
            (
                {"price": "20.00", "parts": parts((HATS, 1), (MUGS, 1), (PENS, 2))},
                {"hat": "5.46", "mug": "1.36", "pen": "0.68"},
                {"hat": 1, "mug": 1, "pen": 2},
            ),
            # m p p cost 7.50; two sets, 10.00 instead of 15.00, in proportion 2 : 1
            (
                {"price": "5.00", "parts": MUG_AND_TWO_PENS},
                {"mug": "3.33", "pen": "1.67"},
                {"mug": 2, "pen": 4},
            ),
            (
                {"price": "5.00", "parts": MUG_AND_TWO_PENS, "limit": 1},
                {"mug": "1.67", "pen": "0.83"},
                {"mug": 1, "pen": 2},
            ),
            # 5.00, but no more than 3.00
            (
                {"price": "5.00", "parts": MUG_AND_TWO_PENS, "maximum": usd("3.00")},
                {"mug": "2.00", "pen": "1.00"},
                {"mug": 2, "pen": 4},
            ),
            ({"price": "0.00", "parts": parts((HATS, 1))}, {"hat": "20.00"}, {"hat": 1}),
            # h m cost 25.00; the next two, m p, would cost 6.25 and not 8.00
            (
                {"price": "8.00", "parts": ANY_TWO},
                {"hat": "13.60", "mug": "3.40"},
                {"hat": 1, "mug": 1},
            ),
            # the six cheapest, p p p p m m, cost 15.00 instead of 3 × 2.00; 9.00 is 1 : 2
            (
                {"price": "2.00", "parts": ANY_TWO, "which": TakenFirst.CHEAPEST},
                {"pen": "3.00", "mug": "6.00"},
                {"pen": 4, "mug": 2},
            ),
            # the hat serves its own part, and not that of anything; the dearest other is m
            (
                {"price": "20.00", "parts": parts((Selection(), 1), (HATS, 1))},
                {"hat": "4.00", "mug": "1.00"},
                {"hat": 1, "mug": 1},
            ),
        ],
        ids=str,
    )
    def test_figures(
        self, fields: dict[str, Any], expected: dict[str, str], units: dict[str, int]
    ) -> None:
        """Sets cost their price; their units are used up (PR-3, PR-11, PR-13)."""
        quote = quoted(Bundle(**fields | {"price": usd(fields["price"])}))

        assert expected == off(quote)
        assert units == used(quote)

    @pytest.mark.parametrize(
        ("wanted", "message", "missing"),
        [
            (((HATS, 2), (MUGS, 1)), "needs 1 more item of hat", 1),
            (((HATS, 3), (MUGS, 5)), "needs 2 more items of hat and 3 more items of mug", 5),
            (((CAPS, 1), (MUGS, 1)), "needs 1 more item of cap", 1),
            (((Selection(), 8),), "needs 1 more item", 1),
            # seven units for eight places: the hat is needed by the second part
            (((Selection(), 7), (HATS, 1)), "needs 1 more item of hat", 1),
        ],
        ids=str,
    )
    def test_missing(
        self, wanted: tuple[tuple[Selection, int], ...], message: str, missing: int
    ) -> None:
        """The decision tells how many units of which parts one set lacks (PR-17)."""
        quote = code_only(Bundle(price=usd("1.00"), parts=parts(*wanted)), MUG, HAT, PEN)

        assert ("bundle", message, missing) == why_not(quote)

    @pytest.mark.parametrize("which", TakenFirst)
    def test_no_bargain(self, which: TakenFirst) -> None:
        """A set that costs less than its price is not made (PR-17)."""
        quote = quoted(Bundle(price=usd("8.00"), parts=MUG_AND_TWO_PENS, which=which))

        assert "nothing_to_discount" == why_not(quote)[0]

    def test_used_units(self) -> None:
        """A unit is in one set only, of whatever promotion (PR-13)."""
        first = promotion(Bundle(price=usd("5.00"), parts=MUG_AND_TWO_PENS), "first", priority=1)
        second = Bundle(price=usd("15.00"), parts=parts((HATS, 1), (MUGS, 1)))

        # both mugs are used by two sets; with one set a mug is left, so 25.00 for 15.00
        quote = priced(cart(MUG, HAT, PEN), first, promotion(second))
        assert ("bundle", "needs 1 more item of mug", 1) == why_not(quote)
        once = promotion(
            Bundle(price=usd("5.00"), parts=MUG_AND_TWO_PENS, limit=1), "first", priority=1
        )
        quote = priced(cart(MUG, HAT, PEN), once, promotion(second))
        assert usd("22.50") == quote.total  # 35.00 - 2.50 - 10.00

    def test_not_discountable(self) -> None:
        """Units that no discount is taken off are in no set (PR-29)."""
        given = cart(attrs.evolve(MUG, discountable=False), HAT, PEN)
        quote = quoted(Bundle(price=usd("5.00"), parts=MUG_AND_TWO_PENS), given)

        assert ("bundle", "needs 1 more item of mug", 1) == why_not(quote)

    def test_minimum_price(self) -> None:
        """What the mug cannot take moves to the others of the set (PR-29)."""
        # 7.50 over h 20.00, m 5.00, pp 2.50; m gives nothing, so it is 20 : 2.5
        given = cart(attrs.evolve(MUG, minimum_price=usd("5.00")), HAT, PEN)
        quote = quoted(
            Bundle(price=usd("20.00"), parts=parts((HATS, 1), (MUGS, 1), (PENS, 2))), given
        )

        assert {"hat": "6.67", "pen": "0.83"} == off(quote)
        assert {"hat": 1, "mug": 1, "pen": 2} == used(quote)

    @pytest.mark.parametrize(
        ("code", "unit_price", "price"), [("JPY", "333", "500"), ("KWD", "0.333", "0.500")]
    )
    def test_digits_of_the_currency(self, code: str, unit_price: str, price: str) -> None:
        """Two for 500 of the smallest coin: of five units two sets, and one at 333 (PR-1)."""
        given = cart(line("mug", Money(unit_price, code), 5), currency=code)
        quote = quoted(Bundle(price=Money(price, code), parts=ANY_TWO), given)

        assert Money(price, code) * 2 + Money(unit_price, code) == quote.total

    def test_other_currency(self) -> None:
        """A price in another currency does not apply (PR-1)."""
        quote = quoted(Bundle(price=Money("1.00", "EUR"), parts=ANY_TWO))

        assert "other_currency" == why_not(quote)[0]


def test_spend_applies_once() -> None:
    """An amount to spend goes with no limit or a limit of one, and no other (PR-11, PR-22)."""
    spend = usd("10.00")

    assert 1 == BuyXGetY(spend=spend, limit=1).limit
    with pytest.raises(InvalidField, match="limit"):
        BuyXGetY(spend=spend, limit=2)
