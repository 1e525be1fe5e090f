"""How little the search for the best has to look at: what its bound is worth (PR-14).

A bound that is too low loses the best set, which `tests/pricing/test_bound.py` and
`tests/laws/test_best_combination.py` would notice. One that is too high loses nothing but proofs.
So each part of it has a case here that it is made for, and the work limit within which the best set
of that case is proven. A search that gets better needs less, and may have its figure lowered.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import attrs
import pytest

from cartcore.pricing.policy import Combination, PricingPolicy
from cartcore.promotions.offer import Per, TakenFirst
from cartcore.promotions.promotion import Promotion
from cartcore.promotions.types import PromotionClass, PromotionType
from cartcore.rules import Selection, TiedItem
from cartcore.rules.builtin import (
    AddProduct,
    AmountOff,
    BuyXGetY,
    FixedPrice,
    FreeShipping,
    MaxSubtotal,
    MinSubtotal,
    NthOfSet,
    OrderAmountOff,
    OrderFixedPrice,
    OrderPercentOff,
    PercentOff,
    ShippingAmountOff,
    ShippingPercentOff,
)
from cartcore.testing.pricing import PricingCase
from tests.laws.best_combination import lowest, minor
from tests.support.carts import AT, cart, line, parcel, promotion, shop, speed, usd

ITEM, ORDER, SHIPPING = (
    PromotionClass.ITEM,
    PromotionClass.ORDER,
    PromotionClass.SHIPPING,
)
MUGS, POTS, CAPS = (Selection(skus=(sku,)) for sku in ("mug", "pot", "cap"))
GOODS = (line("mug", "10.00", 5), line("pot", "25.00", 2), line("cap", "7.50", 4))
"""Goods for 130.00."""

SENT = cart(
    *GOODS,
    shipments=(
        parcel("S1", ("mug", 5), by=speed("9.00", "fast")),
        parcel("S2", ("pot", 2), ("cap", 4), by=speed("4.00", "slow")),
    ),
)
"""The same in two parcels, for 13.00."""


def in_turn(*effects: PromotionType, start: int = 0, **fields: Any) -> list[Promotion]:
    """Promotions numbered from `start`, each with a higher priority than the one before."""
    return [
        promotion(effect, f"p{n:02}", priority=n, **fields)
        for n, effect in enumerate(effects, start)
    ]


def grouped(*effects: PromotionType, size: int = 2, start: int = 0) -> list[Promotion]:
    """The same, in groups of so many neighbours that exclude each other."""
    found = in_turn(*effects, start=start)
    return [attrs.evolve(each, group=f"g{n // size}") for n, each in enumerate(found)]


def amounts(*cents: int) -> list[PromotionType]:
    return [AmountOff(amount=usd(f"{each / 100:.2f}")) for each in cents]


def of_order(*cents: int) -> list[PromotionType]:
    return [OrderAmountOff(amount=usd(f"{each / 100:.2f}")) for each in cents]


def percents(*of: float, **fields: Any) -> list[PromotionType]:
    return [PercentOff(percent=Decimal(str(each)), **fields) for each in of]


def at_least(amount: str) -> tuple[MinSubtotal, ...]:
    return (MinSubtotal(amount=usd(amount), after_discounts=True),)


def up_to(amount: str) -> tuple[MaxSubtotal, ...]:
    return (MaxSubtotal(amount=usd(amount), after_discounts=True),)


CASES: dict[str, tuple[Sequence[Promotion], int]] = {
    # What it is about: its promotions, and the work limit that suffices.
    # Of those that exclude each other one applies, the largest of each set counts.
    "amounts in pairs": (grouped(*amounts(310, 520, 240, 110, 450, 460, 90, 370, 600, 280)), 160),
    "amounts in threes": (
        grouped(*amounts(310, 520, 240, 110, 450, 460, 90, 370, 600), size=3),
        9,
    ),
    # Two of 10 % take 19 %, not 20 %.
    "percentages in pairs": (grouped(*percents(31, 32, 24, 11, 45, 46, 20, 18, 17, 16)), 250),
    "percentages of some goods": (
        grouped(
            *percents(31, 12, target=MUGS),
            *percents(24, 31, target=POTS),
            *percents(40, 36),
            *percents(20, 38, target=CAPS),
        ),
        54,
    ),
    "percentages beside amounts": (
        grouped(*percents(31, 12), *amounts(500, 3000), *percents(40, 36), *amounts(2600, 900)),
        160,
    ),
    # Which classes combine is known before any is tried.
    "classes that do not combine": (
        [
            *in_turn(*amounts(300, 500, 400, 150), combines_with=(ITEM,)),
            *in_turn(*of_order(400, 650), start=4, combines_with=(ORDER,)),
            *in_turn(*percents(3, 2), start=6, combines_with=(ITEM, SHIPPING)),
            *in_turn(FreeShipping(), start=8, combines_with=(ITEM, SHIPPING)),
        ],
        28,
    ),
    # Goods and shipping in one group.
    "goods and shipping": (
        grouped(
            PercentOff(percent=Decimal(5)),
            FreeShipping(),
            OrderAmountOff(amount=usd("7.00")),
            ShippingPercentOff(percent=Decimal(50)),
            AmountOff(amount=usd("2.00")),
            ShippingAmountOff(amount=usd("3.00")),
            ShippingPercentOff(percent=Decimal(20)),
            ShippingAmountOff(amount=usd("2.50")),
        ),
        67,
    ),
    "goods and shipping discounted away": (
        grouped(
            PercentOff(percent=Decimal(60)),
            FreeShipping(),
            OrderAmountOff(amount=usd("90.00")),
            ShippingPercentOff(percent=Decimal(50)),
            AmountOff(amount=usd("70.00")),
            ShippingAmountOff(amount=usd("3.00")),
            OrderPercentOff(percent=Decimal(80)),
            ShippingAmountOff(amount=usd("2.50")),
        ),
        46,
    ),
    "one speed": (
        grouped(
            FreeShipping(speeds=("fast",)),
            FreeShipping(speeds=("slow",)),
            ShippingPercentOff(percent=Decimal(50)),
            ShippingPercentOff(percent=Decimal(70), speeds=("slow",)),
            FreeShipping(maximum=usd("5.00")),
            ShippingAmountOff(amount=usd("1.00")),
        ),
        92,
    ),
    # What needs goods to be left.
    "thresholds": (
        [
            *in_turn(*of_order(900), conditions=at_least("100.00")),
            *in_turn(*of_order(1200), start=1, conditions=at_least("90.00")),
            *in_turn(*of_order(300), start=2, conditions=at_least("121.00")),
            *in_turn(*of_order(2000), start=3, conditions=at_least("80.00")),
            *in_turn(*of_order(3000), start=4, conditions=at_least("60.00")),
            *in_turn(*of_order(700), start=5, conditions=at_least("110.00")),
            *in_turn(*of_order(200), start=6, conditions=at_least("125.00")),
            *in_turn(*of_order(600), start=7, conditions=at_least("112.00")),
        ],
        70,
    ),
    "thresholds beside percentages": (
        [
            *grouped(*percents(10, 12, 25, 20)),
            *in_turn(*of_order(3000), start=10, conditions=at_least("100.00")),
            *in_turn(*of_order(1200), start=11, conditions=at_least("80.00")),
            *in_turn(FreeShipping(), start=12, conditions=at_least("70.00")),
            *in_turn(ShippingAmountOff(amount=usd("6.00")), start=13, conditions=at_least("40.00")),
        ],
        194,
    ),
    "up to so much": (
        [
            *grouped(*amounts(500, 900, 2500, 1000)),
            *in_turn(*of_order(900), start=4, conditions=up_to("100.00")),
            *in_turn(*of_order(1500), start=5, conditions=up_to("90.00")),
            *in_turn(*of_order(400), start=6, conditions=up_to("110.00")),
        ],
        158,
    ),
    # Some of the units, each of them, each line.
    "some units": (
        grouped(
            *percents(60, 50, limit=3, which=TakenFirst.DEAREST),
            *percents(70, 80, limit=2),
            AmountOff(amount=usd("4.00"), per=Per.UNIT, limit=4),
            AmountOff(amount=usd("3.00"), per=Per.UNIT),
            AmountOff(amount=usd("6.00"), per=Per.LINE),
            AmountOff(amount=usd("9.00"), per=Per.LINE, limit=3),
        ),
        325,
    ),
    "prices": (
        grouped(
            FixedPrice(price=usd("7.00")),
            FixedPrice(price=usd("20.00"), target=POTS),
            FixedPrice(price=usd("6.00"), target=CAPS),
            OrderFixedPrice(price=usd("120.00")),
            FixedPrice(price=usd("12.00"), target=POTS, limit=1),
            OrderFixedPrice(price=usd("100.00")),
            *percents(3, 12),
        ),
        245,
    ),
    "of the original price": (
        grouped(
            *percents(31, 12, of_original=True),
            *percents(24, 26, of_original=True, target=POTS),
            *percents(40, 36, maximum=usd("9.00")),
            *percents(20, 38, of_original=True, limit=2),
        ),
        75,
    ),
    # What types claim.
    "quantity promotions": (
        grouped(
            BuyXGetY(buy=1, buy_from=MUGS, get_from=MUGS),
            BuyXGetY(buy=2),
            NthOfSet(size=3, position=1, percent=50),
            NthOfSet(size=2, position=2, percent=50, target=MUGS),
            BuyXGetY(buy=1, buy_from=CAPS, get_from=CAPS, percent=50),
            BuyXGetY(buy=1, buy_from=POTS, get_from=CAPS),
            *amounts(500, 700, 2000),
            size=3,
        ),
        157,
    ),
    "added products": (
        [
            *in_turn(AddProduct(items=(TiedItem(key="a", product_id="pen"),)), start=9),
            *grouped(
                *percents(10, 12), *amounts(500, 900, 2500, 1000), FreeShipping(), *percents(3)
            ),
        ],
        227,
    ),
    "all combine": (in_turn(*percents(*range(1, 6)), *of_order(900), FreeShipping()), 1),
    "most combine": (
        [*in_turn(*percents(1, 2, 3, 4), start=4), *grouped(*amounts(900, 700, 300, 200))],
        30,
    ),
}


def case(name: str, limit: int) -> PricingCase:
    policy = PricingPolicy(combination=Combination.BEST_FOR_CUSTOMER, work_limit=limit)
    promotions = tuple(CASES[name][0])
    return PricingCase(cart=SENT, promotions=promotions, at=AT, products=shop("USD"), policy=policy)


@pytest.mark.parametrize("name", CASES)
def test_the_best_is_proven_within(name: str) -> None:
    """The lowest total of all allowed sets, proven with no more work than it took (PR-14)."""
    given = case(name, CASES[name][1])
    quote = given.price()
    in_order = given.but(policy=PricingPolicy()).price()

    assert quote.optimal, quote.bound
    assert minor(quote) == lowest(given, in_order)
