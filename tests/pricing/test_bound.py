"""The bound of the search: where it would be too low if it were a little more hopeful (PR-14).

And how high it is, in figures computed by hand.
"""

from typing import Any, ClassVar

import attrs
import pytest
from moneyed import Money

from cartcore.cart import Cart
from cartcore.pricing.policy import PricingPolicy
from cartcore.promotions.context import PricingContext
from cartcore.promotions.offer import Discount, Ineligible, Offer, Per, TakenFirst
from cartcore.promotions.promotion import Promotion
from cartcore.promotions.types import PromotionClass, PromotionType
from cartcore.rules import Selection, TiedItem
from cartcore.rules.builtin import (
    AddProduct,
    AmountOff,
    BuyXGetY,
    FixedPrice,
    FreeShipping,
    MinSubtotal,
    OrderAmountOff,
    OrderFixedPrice,
    PercentOff,
    ShippingAmountOff,
    ShippingFixedPrice,
    ShippingPercentOff,
)
from cartcore.testing.pricing import PricingCase
from tests.support.bound_checker import BoundChecker, check_bound
from tests.support.carts import AT, cart, line, parcel, promotion, speed, usd


def compared(*promotions: Promotion) -> int:
    """Compare the bound for four pins at 0.015, and a hat."""
    given = cart(line("pin", "0.015", 4), line("hat", "50.00"))
    found = check_bound(PricingCase(cart=given, promotions=promotions, at=AT))
    return found["places where the bound was compared"]


def test_units_that_were_split_again_and_again() -> None:
    """Of four units that cost 0.06, two may be 0.04: each split rounds one up (PR-3, PR-14).

    Discounts of the hat and some pins take all of it off the hat, and split the pins.
    """
    splitting = [
        promotion(
            PercentOff(percent="10", limit=limit, which=TakenFirst.DEAREST), f"{n}", priority=9 - n
        )
        for n, limit in enumerate((2, 3, 3, 2))
    ]
    pins = Selection(skus=("pin",))
    free = promotion(PercentOff(percent="100", target=pins, limit=2), "free")

    assert compared(*splitting, free)


def test_percentages_of_lines_that_are_split_meanwhile() -> None:
    """A percentage is rounded for as many parts as there are by then (PR-3, PR-14)."""
    tenth = [promotion(PercentOff(percent="10"), f"p{n}", priority=n) for n in range(3)]
    some = [
        promotion(
            PercentOff(percent="30", limit=limit, which=TakenFirst.DEAREST), f"s{n}", priority=n
        )
        for n, limit in enumerate((2, 3))
    ]

    assert compared(*tenth, *some, promotion(AmountOff(amount=line("x", "9.99").unit_price), "a"))


@attrs.frozen
class Twice:
    """A type that takes its percentage off all goods two times."""

    type_name: ClassVar[str] = "tests.twice"
    promotion_class: ClassVar[PromotionClass] = PromotionClass.ITEM

    def evaluate(self, context: PricingContext) -> Offer | Ineligible:
        each = Discount(lines=Selection(), percent="40")
        return Offer(discounts=(each, each))


def test_several_percentages_of_one_promotion() -> None:
    """What a promotion takes in two goes is more than its first percentage (PR-14)."""
    twice = [promotion(Twice(), f"t{n}", priority=n) for n in range(2)]

    assert compared(*twice, promotion(PercentOff(percent="10"), "tenth"))


@pytest.mark.parametrize("before", [(), (PercentOff(percent="1", limit=1),)])
def test_units_that_another_makes_free(before: tuple[PromotionType, ...]) -> None:
    """The third of three is free: that is 1.00, and 10.00 once the cheapest is (PR-14, PR-30)."""
    given = cart(*(line(f"l{price}", f"{price}.00") for price in (1, 10, 12, 13)))
    effects = (*before, PercentOff(percent="100", limit=1), BuyXGetY(buy=2))
    found = check_bound(
        PricingCase(
            cart=given,
            promotions=tuple(promotion(e, f"p{n}", priority=-n) for n, e in enumerate(effects)),
            at=AT,
        )
    )
    assert found["places where the bound was compared"]


# --- how high the bound is: more than it has to be proves less (PR-14) ---

GOODS = (line("mug", "10.00", 5), line("pot", "25.00", 2), line("cap", "7.50", 4))
SENT = cart(
    *GOODS,
    shipments=(
        parcel("S1", ("mug", 5), by=speed("9.00", "fast")),
        parcel("S2", ("pot", 2), ("cap", 4), by=speed("4.00", "slow")),
    ),
)
"""Goods for 130.00 in two parcels for 13.00."""

MUGS, POTS = Selection(skus=("mug",)), Selection(skus=("pot",))


@attrs.frozen
class Offering:
    """A type that offers what it was made with."""

    type_name: ClassVar[str] = "tests.offering"

    offer: Offer
    promotion_class: PromotionClass = PromotionClass.ITEM
    uses_units: ClassVar[bool] = True

    def evaluate(self, context: PricingContext) -> Offer:
        return self.offer


def offering(*, shipping: bool = False, **fields: Any) -> Offering:
    kind = PromotionClass.SHIPPING if shipping else PromotionClass.ITEM
    return Offering(Offer(discounts=(Discount(**fields),)), kind)


def checker(*promotions: Promotion, of: Cart = SENT, **policy: Any) -> BoundChecker:
    given = PricingCase(cart=of, promotions=promotions, at=AT, policy=PricingPolicy(**policy))
    return BoundChecker(given)


def most(effect: PromotionType, of: Cart = SENT, **policy: Any) -> int:
    """What a promotion takes at most by itself, in cents."""
    found = checker(promotion(effect), of=of, **policy)
    return sum(each.most for each in found.bound.estimates(0, found.ledger, 0))


@pytest.mark.parametrize(
    ("effect", "cents"),
    [
        (PercentOff(percent="10"), 1300),
        (PercentOff(percent="10", target=MUGS), 500),
        (PercentOff(percent="33.333"), 4334),  # 43.3329, rounded up
        (PercentOff(percent="10", maximum=usd("9.00")), 900),
        # Some units: those with the most left, whichever it picks. Here 25.00, 25.00 and 10.00.
        (PercentOff(percent="50", limit=3), 3000),
        (PercentOff(percent="50", limit=2, target=MUGS), 1000),
        (PercentOff(percent="100", limit=99), 130_00),
        # Of the price before, each of 11 units (of 2) may be rounded up by itself.
        (PercentOff(percent="10", of_original=True), 1311),
        (PercentOff(percent="10", of_original=True, limit=2), 502),
        (PercentOff(percent="100", of_original=True), 130_00),
        (AmountOff(amount=usd("4.00")), 400),
        (AmountOff(amount=usd("400.00")), 130_00),
        (AmountOff(amount=usd("400.00"), limit=2), 50_00),
        (AmountOff(amount=usd("4.00"), per=Per.UNIT), 44_00),
        (AmountOff(amount=usd("9.00"), per=Per.UNIT), 93_00),  # 7 × 9.00 and 4 × 7.50
        (AmountOff(amount=usd("9.00"), per=Per.UNIT, limit=3), 27_00),
        (AmountOff(amount=usd("6.00"), per=Per.LINE), 18_00),
        (AmountOff(amount=usd("6.00"), per=Per.LINE, target=MUGS), 6_00),
        (AmountOff(amount=usd("6.00"), per=Per.LINE, limit=2), 12_00),
        (FixedPrice(price=usd("7.00")), 53_00),  # 5 × 3.00, 2 × 18.00 and 4 × 0.50
        (FixedPrice(price=usd("7.00"), maximum=usd("50.00")), 50_00),
        (FixedPrice(price=usd("12.00"), target=POTS, limit=1), 13_00),
        (FixedPrice(price=usd("11.00"), target=MUGS), 0),
        (FixedPrice(price=usd("40.00"), target=POTS, per=Per.TOTAL), 10_00),
        (OrderFixedPrice(price=usd("120.00")), 10_00),
        (OrderFixedPrice(price=usd("140.00")), 0),
        (FreeShipping(), 13_00),
        (FreeShipping(speeds=("slow",)), 4_00),
        (FreeShipping(maximum=usd("5.00")), 5_00),
        (ShippingPercentOff(percent="33.333"), 434),
        (ShippingPercentOff(percent="10", of_original=True), 132),
        (ShippingPercentOff(percent="10", of_original=True, speeds=("fast",)), 91),
        (ShippingFixedPrice(price=usd("10.00")), 3_00),
        (ShippingAmountOff(amount=usd("3.00"), each=True), 6_00),
        # Units that an offer names, or that it shares: those of one line with the most left.
        (offering(units=(("pot", 1), ("mug", 2)), percent=50), 22_50),
        (offering(lines=("mug", "cap"), percent=50), 40_00),
        (offering(lines=("mug", "cap"), amount=usd("6.00"), per=Per.LINE), 18_00),
        (
            Offering(
                Offer(discounts=(Discount(percent=50, lines=None),), shared_units=(("pot", 1),))
            ),
            12_50,
        ),
        # A shipment that is not there: it fails at its turn.
        (offering(shipments=("S9",), percent=50, shipping=True), 0),
        # Known, as nothing comes before it that could make units free: three caps.
        (BuyXGetY(buy=2), 22_50),
        # In another currency, or of another class than its own: it takes nothing.
        (AmountOff(amount=Money("4.00", "EUR")), 0),
        (offering(speeds=(), percent=50), 0),
    ],
    ids=str,
)
def test_what_one_takes_at_most(effect: PromotionType, cents: int) -> None:
    """An estimate is what the promotion would take by itself, or a little more (PR-14)."""
    assert cents == most(effect)


def test_units_of_a_line_that_cost_a_cent_more() -> None:
    """Of three units for 1.00 one costs 0.34, so two of them cost 0.67 at most (PR-3, PR-14)."""
    thirds = cart(line("pin", "0.333333", 3))
    for limit, cents in enumerate((34, 67, 100), 1):
        assert cents == most(PercentOff(percent="100", limit=limit), thirds)


def test_with_percentages_of_the_original_price() -> None:
    """So it is where the policy has percentages be of the price before all discounts (PR-14)."""
    assert 1311 == most(PercentOff(percent="10"), percent_of_original=True)
    assert 132 == most(ShippingPercentOff(percent="10"), percent_of_original=True)


def in_turn(*effects: PromotionType, **fields: Any) -> list[Promotion]:
    """Promotions of one class in the order of their turns."""
    return [promotion(each, f"p{n}", priority=-n, **fields) for n, each in enumerate(effects)]


def tens(count: int, percent: str = "10") -> list[Promotion]:
    return in_turn(*(PercentOff(percent=percent) for _ in range(count)))


def amount(off: str, own: str, **fields: Any) -> Promotion:
    return promotion(AmountOff(amount=usd(off)), own, **fields)


def order(off: str, own: str, least: str = "", **fields: Any) -> Promotion:
    """An amount off the order, while so much of the goods is left."""
    asks = (MinSubtotal(amount=usd(least), after_discounts=True),) if least else ()
    return promotion(OrderAmountOff(amount=usd(off)), own, conditions=asks, **fields)


FREE = FreeShipping()
ITEMS_ONLY: dict[str, Any] = {"combines_with": (PromotionClass.ITEM,)}
ORDERS_ONLY: dict[str, Any] = {"combines_with": (PromotionClass.ORDER,)}
ONE_LINE = cart(line("sofa", "100.00"))
THREE_LINES = cart(*(line(each, f"{each}.00") for each in ("40", "31", "29")))
EIGHT_LINES = cart(*(line(f"l{n}", f"{10 + n}.00") for n in range(8)))  # 108.00
HALF_OF_TWO = promotion(PercentOff(percent="50", limit=2), "half", priority=-9)


@pytest.mark.parametrize(
    ("promotions", "given", "cents"),
    [
        ([amount("3.00", "a"), amount("2.00", "b")], SENT, 500),
        ([amount("100.00", "a"), amount("90.00", "b")], SENT, 130_00),
        # Of a group, the largest.
        ([amount("3.00", "a", group="g"), amount("2.00", "b", group="g")], SENT, 300),
        (
            [
                *(amount(off, f"a{off}", group="g") for off in ("3.00", "2.00", "4.00")),
                *(amount(off, f"b{off}", group="h") for off in ("1.50", "2.50")),
                amount("1.00", "c"),
            ],
            SENT,
            750,
        ),
        # Of classes that do not combine, those of one.
        (
            [
                amount("3.00", "a", **ITEMS_ONLY),
                amount("2.00", "b", **ITEMS_ONLY),
                order("4.00", "c", **ORDERS_ONLY),
                order("0.50", "d", **ORDERS_ONLY),
            ],
            SENT,
            500,
        ),
        # The first and the third exclude each other by class, the first and the second by group:
        # that is no set of which one applies, so the third counts beside the larger one.
        (
            [
                amount("5.00", "a", group="g", **ORDERS_ONLY),
                order("4.00", "b", group="g"),
                amount("3.00", "c", **ORDERS_ONLY),
            ],
            SENT,
            800,
        ),
        # Two of 10 % take 19 %, and five minor units for rounding: one for each percentage and one
        # for its split, and one for them all. A split among four cells takes another one.
        (tens(2), ONE_LINE, 19_00 + 5),
        (tens(3), ONE_LINE, 27_10 + 7),
        (tens(2), EIGHT_LINES, 20_52 + 9),
        (tens(2, percent="1"), ONE_LINE, 1_99 + 1),  # no more than both by themselves
        # Two units are split off a cell: that makes four, but no more than there are units.
        ([*tens(2), HALF_OF_TWO], cart(*GOODS), 24_70 + 25_00 + 7),
        ([*tens(2), HALF_OF_TWO], ONE_LINE, 19_00 + 50_00 + 5),
        ([*tens(2), HALF_OF_TWO], cart(*GOODS[:2]), 19_00 + 25_00 + 5),
        ([*tens(2), promotion(FREE, "free")], SENT, 24_70 + 13_00 + 5),  # splits no cell
        ([*tens(2), HALF_OF_TWO], THREE_LINES, 19_00 + 35_50 + 5),
        # Of a group the larger percentage of each line, but no more than the largest by itself.
        (
            [
                promotion(PercentOff(percent="50", target=MUGS), "a", group="g"),
                promotion(PercentOff(percent="40", target=MUGS), "b", group="g"),
                promotion(PercentOff(percent="20"), "c"),
            ],
            cart(*GOODS),
            30_00 + 16_00 + 5,  # 60 % of 50.00 and 20 % of 80.00
        ),
        (
            [
                promotion(PercentOff(percent="50", target=MUGS), "a", group="g"),
                promotion(PercentOff(percent="10"), "b", group="g"),
                promotion(PercentOff(percent="20"), "c"),
            ],
            cart(*GOODS),
            25_00 + 26_00,
        ),
        # A percentage with a maximum counts as an amount, if that is less.
        (
            [promotion(PercentOff(percent="50", maximum=usd("9.00")), "a"), *tens(1)],
            cart(*GOODS),
            9_00 + 13_00,
        ),
        (
            [promotion(PercentOff(percent="50", maximum=usd("9.00")), "a"), *tens(2)],
            cart(*GOODS),
            9_00 + 24_70 + 5,
        ),
        # Shipping: no more than it costs. In a group with goods, the larger of both, or both.
        ([promotion(FREE, "a"), promotion(ShippingAmountOff(amount=usd("5.00")), "b")], SENT, 1300),
        (
            [
                promotion(ShippingAmountOff(amount=usd("3.00")), "a", group="g"),
                promotion(ShippingAmountOff(amount=usd("5.00")), "b", group="g"),
                promotion(ShippingAmountOff(amount=usd("2.00")), "c"),
                amount("1.00", "d"),
            ],
            SENT,
            800,
        ),
        (
            [amount("8.00", "a", group="g"), promotion(FREE, "b", group="g")],
            SENT,
            1300,
        ),
        (
            [
                amount("14.00", "a", group="g"),
                promotion(FREE, "b", group="g"),
                order("125.00", "c"),
            ],
            SENT,
            125_00 + 14_00,
        ),
        (
            [
                amount("40.00", "a", group="g"),
                promotion(FREE, "b", group="g"),
                amount("50.00", "c", group="h"),
                promotion(ShippingAmountOff(amount=usd("3.00")), "d", group="h"),
                order("60.00", "e"),
            ],
            SENT,
            130_00 + 13_00,
        ),
    ],
)
def test_what_all_take_together_at_most(
    promotions: list[Promotion], given: Cart, cents: int
) -> None:
    """Together they take what the rules let them take, and a few minor units more (PR-14)."""
    found = checker(*promotions, of=given)
    estimates = found.bound.estimates(0, found.ledger, 0)

    assert cents == found.bound.together(estimates, 0, found.ledger, 0)
    assert found.check()["places where the bound was compared"]


@pytest.mark.parametrize(
    ("promotions", "cents"),
    [
        # 60.00 first, and less than 100.00 is left; or 9.00 after what leaves 100.00.
        ([amount("60.00", "a"), order("9.00", "b", "100.00")], 60_00),
        ([amount("31.00", "a"), order("9.00", "b", "100.00")], 30_00 + 9_00),
        (
            [
                amount("60.00", "a"),
                order("9.00", "b", "100.00", priority=1),
                order("5.00", "c"),
            ],
            65_00,
        ),
        # What comes later needs nothing to be left.
        ([order("9.00", "a", "100.00", priority=1), order("60.00", "b")], 69_00),
        # The last to apply of several that need something.
        (
            [
                order("20.00", "a", "100.00", priority=3),
                order("25.00", "b", "90.00", priority=2),
                order("30.00", "c", "105.00", priority=1),
            ],
            25_00 + 30_00,
        ),
        # Of shipping, what comes before can be taken off goods and shipping.
        (
            [
                amount("45.00", "a"),
                promotion(
                    FREE,
                    "b",
                    conditions=(MinSubtotal(amount=usd("100.00"), after_discounts=True),),
                ),
            ],
            43_00 + 13_00,
        ),
    ],
)
def test_what_is_taken_where_goods_have_to_be_left(promotions: list[Promotion], cents: int) -> None:
    """Before one that needs so much to be left, no more was taken than what is over (PR-14)."""
    found = checker(*promotions)
    estimates = found.bound.estimates(0, found.ledger, 0)

    assert cents == max(found.bound.cases(estimates, 0, found.ledger, 0))
    assert found.check()["places where the bound was compared"]


def estimated(found: BoundChecker, i: int) -> dict[int, int]:
    """What each promotion from a position on takes at most, in cents."""
    return {each.position: each.most for each in found.bound.estimates(i, found.ledger, 0)}


def test_while_lines_may_be_added() -> None:
    """What comes after a promotion that adds lines could take all that is there (PR-14)."""
    pen = promotion(AddProduct(items=(TiedItem(key="a", product_id="pen"),)), "pen", priority=1)
    found = checker(pen, promotion(PercentOff(percent="10"), "ten"), promotion(FREE, "free"))

    assert {0: 130_00, 1: 130_00, 2: 13_00} == estimated(found, 0)
    assert {1: 13_00, 2: 13_00} == estimated(found, 1)

    third = checker(pen, promotion(BuyXGetY(buy=2), "third"))
    assert {0: 130_00, 1: 130_00} == estimated(third, 0)
    assert {1: 22_50} == estimated(third, 1)


def test_while_units_may_become_free() -> None:
    """What depends on free units takes what its type claims while others can make some (PR-14).

    The third of each three, of units from the most expensive on: 10.00, 10.00 and 7.50.
    """
    found = checker(*in_turn(PercentOff(percent="10"), BuyXGetY(buy=2)))

    assert {0: 13_00, 1: 27_50} == estimated(found, 0)
    assert {1: 22_50} == estimated(found, 1)
