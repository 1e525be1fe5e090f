"""Which promotions never hurt, so that the search takes them without a branch (PR-14)."""

from typing import Any, ClassVar

import attrs
import pytest
from moneyed import Money

from cartcore.cart import Cart
from cartcore.pricing.dominance import _refine
from cartcore.pricing.policy import PricingPolicy, RoundingPoint
from cartcore.promotions.context import PricingContext
from cartcore.promotions.offer import Discount, Offer, Per
from cartcore.promotions.promotion import Promotion
from cartcore.promotions.types import PromotionClass, PromotionType
from cartcore.rules import Selection, TiedItem
from cartcore.rules.builtin import (
    AddProduct,
    AmountOff,
    BuyXGetY,
    FreeShipping,
    MinSubtotal,
    OrderAmountOff,
    PercentOff,
    ShippingPercentOff,
)
from cartcore.testing.pricing import PricingCase
from tests.support.bound_checker import BoundChecker
from tests.support.carts import AT, cart, line, parcel, promotion, speed, usd

ALL = 0b1111


@pytest.mark.parametrize(
    ("steps", "blocks"),
    [
        ((ALL,), {ALL}),
        ((0b0011,), {0b0011, 0b1100}),
        ((0b0011, 0b0001), {0b0001, 0b0010, 0b1100}),
        ((0b0011, 0b1100), {0b0011, 0b1100}),
    ],
)
def test_pools_within_one_block(steps: tuple[int, ...], blocks: set[int]) -> None:
    """Pools that are part of one block are a block of their own from then on."""
    found = [ALL]
    for pools in steps:
        assert _refine(found, pools)
    assert blocks == set(found)


@pytest.mark.parametrize("pools", [0b0110, 0b0111, ALL])
def test_pools_of_two_blocks(pools: int) -> None:
    """Pools of two blocks are told, and change nothing: sums over them could go either way."""
    found = [0b0011, 0b1100]
    assert not _refine(found, pools)
    assert [0b0011, 0b1100] == found


# --- which promotions never hurt; the others come first or stand in somebody's way ---

CART = cart(
    line("mug", "10.00", 5),
    line("pot", "25.00", 2),
    line("cap", "7.50", 4),
    shipments=(
        parcel("S1", ("mug", 5), by=speed("9.00", "fast")),
        parcel("S2", ("pot", 2), ("cap", 4), by=speed("4.00", "slow")),
    ),
)
MUGS, POTS = Selection(skus=("mug",)), Selection(skus=("pot",))
ON_MUGS, ON_POTS = PercentOff(percent="5", target=MUGS), PercentOff(percent="10", target=POTS)
ON_ALL = PercentOff(percent="15")


def amount(per: Per, **fields: Any) -> AmountOff:
    return AmountOff(amount=usd("6.00"), per=per, **fields)


@attrs.frozen
class Offering:
    """A type that offers one discount, and uses up units if it is told so."""

    type_name: ClassVar[str] = "tests.offering"
    promotion_class: ClassVar[PromotionClass] = PromotionClass.ITEM

    discount: Discount
    uses_units: bool = False

    def evaluate(self, context: PricingContext) -> Offer:
        return Offer(discounts=(self.discount,))


def offering(*, uses: bool = False, **fields: Any) -> Offering:
    return Offering(Discount(percent=20, **fields), uses)


def never_hurt(*effects: PromotionType | Promotion, of: Cart = CART, **policy: Any) -> list[int]:
    """Which of these promotions, in the order of their turns, are taken without a branch."""
    promotions = tuple(
        each if isinstance(each, Promotion) else promotion(each, f"p{n}", priority=-n)
        for n, each in enumerate(effects)
    )
    checker = BoundChecker(
        PricingCase(cart=of, promotions=promotions, at=AT, policy=PricingPolicy(**policy))
    )
    # What is found is right: no branch without one of them leaves less to pay.
    assert checker.check()["places where the bound was compared"]
    return [n for n in range(len(effects)) if checker.is_harmless(n, checker.ledger)]


@pytest.mark.parametrize(
    ("effects", "found"),
    [
        ((ON_ALL, ON_ALL, OrderAmountOff(amount=usd("9.00")), FreeShipping()), [0, 1, 2, 3]),
        ((ON_MUGS, ON_POTS, ON_ALL), [0, 1, 2]),
        # Before what looks at some of the goods, only what looks at the same, or at others.
        ((ON_ALL, ON_ALL, ON_MUGS), [1, 2]),
        ((ON_MUGS, ON_MUGS, ON_POTS), [0, 1, 2]),
        ((FreeShipping(), ShippingPercentOff(percent="10", speeds=("slow",))), [0, 1]),
        ((FreeShipping(),) * 2 + (ShippingPercentOff(percent="10", speeds=("slow",)),), [1, 2]),
        ((ON_ALL, ShippingPercentOff(percent="10", speeds=("slow",))), [0, 1]),
        # So much off each line: of each by itself, as long as others have no room to make up for.
        ((ON_MUGS, ON_POTS, amount(Per.LINE)), [0, 1, 2]),
        ((ON_MUGS, ON_ALL, amount(Per.LINE)), [1, 2]),
        ((ON_MUGS, ON_POTS, amount(Per.LINE, maximum=usd("9.00"))), [2]),
        ((ON_MUGS, ON_POTS, amount(Per.UNIT)), [2]),
        ((ON_MUGS, ON_POTS, PercentOff(percent="5", of_original=True)), [0, 1, 2]),
        (
            (ON_MUGS, offering(lines=("pot", "cap")), amount(Per.LINE, target=MUGS)),
            [0, 1, 2],
        ),
        # Before what picks units, nothing; what comes after it is as ever.
        ((BuyXGetY(buy=2), ON_MUGS, ON_ALL), [0, 1, 2]),
        ((ON_ALL, PercentOff(percent="5", limit=2)), [1]),
        ((ON_ALL, BuyXGetY(buy=2)), [1]),
        ((ON_ALL, offering(units=(("mug", 2),))), [1]),
        ((ON_ALL, offering(lines=None)), [1]),
        ((ON_ALL, PercentOff(percent="5", target=Selection(undiscounted=True))), [1]),
        # Named lines are as good as selected ones.
        ((ON_MUGS, ON_POTS, offering(lines=("mug",))), [0, 1, 2]),
        ((ON_MUGS, offering(lines=("mug", "cap")), ON_MUGS), [1, 2]),
        # One that uses up units before another one does.
        ((ON_MUGS, offering(lines=("mug",), uses=True)), [0, 1]),
        (
            (offering(lines=("mug",), uses=True), ON_MUGS, offering(lines=("pot",), uses=True)),
            [1, 2],
        ),
        # What never applies changes nothing.
        ((ON_MUGS, AmountOff(amount=Money("1.00", "EUR"), per=Per.UNIT), ON_ALL), [0, 1, 2]),
    ],
)
def test_which_never_hurt(effects: tuple[PromotionType, ...], found: list[int]) -> None:
    """A promotion never hurts if those after it depend on nothing but sums that fall (PR-14)."""
    assert found == never_hurt(*effects)


def test_with_each_line_rounded_by_itself() -> None:
    """A percentage rounded by line is one of each line, and by unit one of units (PR-14)."""
    assert [0, 1, 2] == never_hurt(ON_MUGS, ON_POTS, ON_ALL, rounding_point=RoundingPoint.LINE)
    assert [2, 3] == never_hurt(
        ON_MUGS, ON_POTS, ON_ALL, ON_POTS, rounding_point=RoundingPoint.PROMOTION
    )
    assert [0, 1, 2] == never_hurt(ON_MUGS, ON_MUGS, ON_MUGS, rounding_point=RoundingPoint.LINE)
    assert [2] == never_hurt(ON_MUGS, ON_MUGS, ON_MUGS, rounding_point=RoundingPoint.UNIT)


def test_with_minimum_prices() -> None:
    """What a minimum price keeps back from one line is taken off another one (PR-14, PR-29)."""
    floored = attrs.evolve(
        CART, lines=(*CART.lines, line("fan", "9.00", minimum_price=usd("8.00")))
    )
    assert [0, 1, 2] == never_hurt(ON_MUGS, ON_POTS, ON_ALL, of=floored)
    assert [2] == never_hurt(ON_MUGS, ON_POTS, amount(Per.LINE), of=floored)


def test_with_lines_that_are_excluded() -> None:
    """A line that is excluded from discounts is in no sum (PR-14, PR-29)."""
    lines = [attrs.evolve(each, discountable=each.id != "pot") for each in CART.lines]
    given = attrs.evolve(CART, lines=tuple(lines))
    caps_and_mugs = Selection(skus=("mug", "cap"))
    effects = (ON_ALL, ON_ALL, PercentOff(percent="5", target=caps_and_mugs), ON_ALL)
    assert [0, 1, 2, 3] == never_hurt(*effects, of=given)
    assert [1, 2, 3] == never_hurt(*effects)


def test_with_equal_lines() -> None:
    """Of lines of equal units, one that is named is some of the units only (PR-14, PR-24)."""
    more = attrs.evolve(CART.lines[0], id="more")
    twice = attrs.evolve(CART, lines=(*CART.lines, more))
    effects = (ON_MUGS, ON_POTS, offering(lines=("pot",)))
    assert [0, 1, 2] == never_hurt(*effects)
    assert [2] == never_hurt(*effects, of=twice)


def test_in_front_of_a_rival() -> None:
    """One that excludes a later one may hurt; what neither does stands in no way (PR-13, PR-14)."""
    one, other = (promotion(ON_MUGS, own, group="g", priority=5) for own in "ab")
    assert [1, 2] == never_hurt(one, other, ON_POTS)
    assert [0] == never_hurt(one)


def test_beside_what_never_applies() -> None:
    """One that is ineligible whatever comes before it stands in nobody's way (PR-14)."""
    asks = (MinSubtotal(amount=usd("500.00")),)
    never = promotion(BuyXGetY(buy=2), "never", priority=-1, conditions=asks)
    assert [0, 2] == never_hurt(ON_MUGS, never, ON_ALL)


def test_before_products_are_added() -> None:
    """Nothing is said of what has its turn before lines are added (PR-14)."""
    pen = AddProduct(items=(TiedItem(key="a", product_id="pen"),))
    promotions = promotion(ON_MUGS, "a", priority=3), promotion(pen, "b", priority=2)
    assert [2, 3] == never_hurt(*promotions, ON_ALL, ON_ALL)
