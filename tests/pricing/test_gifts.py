"""Goods that a promotion adds: what later promotions see of them (PR-30, PR-31).

That a free gift changes nothing for the other goods is one of the laws of pricing; here are known
figures, and the goods that are added for a part of their price.
"""

from decimal import Decimal
from typing import Any, ClassVar

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cartcore.cart import CartLine
from cartcore.pricing.engine import price
from cartcore.pricing.policy import Combination, PricingPolicy
from cartcore.pricing.quote import Quote
from cartcore.promotions.promotion import Promotion
from cartcore.promotions.types import PromotionClass
from cartcore.rules import Discount, Offer, PricingContext, Selection, TiedItem
from cartcore.rules.builtin import (
    AddProduct,
    AmountOff,
    Bundle,
    BundlePart,
    BuyXGetY,
    DistinctProducts,
    MaxSubtotal,
    MinQuantity,
    MinSubtotal,
    NthOfSet,
    OrderAmountOff,
    OrderPercentOff,
    PercentOff,
)
from cartcore.testing.pricing import PricingCase, policies, pricing_cases, untaxed
from cartcore.testing.pricing.contract import generated
from cartcore.values.money import from_minor
from tests.support.carts import AT, cart, line, product, promotion, usd, variant, why_not

SHOP = {
    "key": product("key", variant("KEY", "4.00"), tags=("small",)),
    "spk": product("spk", variant("SPK", "50.00")),
}
MUG = line("mug", "12.00")
POT = line("pot", "30.00")
TEN = usd("10.00")


def gift(product_id: str = "spk", percent: str = "100", **fields: Any) -> Promotion:
    items = (TiedItem(key="g", product_id=product_id),)
    return promotion(AddProduct(items=items, percent=Decimal(percent)), "gift", **fields)


def quoted(lines: tuple[CartLine, ...], *promotions: Promotion, **policy: Any) -> Quote:
    return price(cart(*lines), promotions, at=AT, products=SHOP, policy=PricingPolicy(**policy))


BOTH = pytest.mark.parametrize("combination", Combination)
NAMES = pytest.mark.parametrize("name", ["a", "z"])


@BOTH
@NAMES
@pytest.mark.parametrize(
    "effect",
    [
        BuyXGetY(buy=1),
        BuyXGetY(spend=usd("20.00")),
        NthOfSet(size=2, position=1),
        Bundle(price=TEN, parts=(BundlePart(quantity=2),)),
        PercentOff(percent=Decimal(50), group_size=2),
        AmountOff(amount=usd("5.00"), group_size=2),
    ],
    ids=lambda effect: effect.type_name,
)
def test_a_gift_is_no_unit(effect: Any, name: str, combination: Combination) -> None:
    """One mug and a free speaker are one unit, whatever the gift's promotion is called (PR-31)."""
    given_free = attrs.evolve(gift(), id=name)
    quote = quoted((MUG,), given_free, promotion(effect, "m"), combination=combination)

    assert usd("12.00") == quote.total
    assert [name] == [d.promotion_id for d in quote.decisions if d.applied]


@BOTH
@NAMES
@pytest.mark.parametrize(
    "condition",
    [
        MinSubtotal(amount=usd("60.00")),
        MinQuantity(quantity=2),
        DistinctProducts(count=2),
        MinQuantity(quantity=1, target=Selection(products=("spk",))),
    ],
    ids=lambda condition: condition.type_name,
)
def test_a_gift_fulfils_no_condition(condition: Any, name: str, combination: Combination) -> None:
    """A free speaker at 50.00 is no amount, no unit and no product (PR-31)."""
    asking = promotion(OrderAmountOff(amount=TEN), "m", conditions=(condition,))
    quote = quoted((MUG,), attrs.evolve(gift(), id=name), asking, combination=combination)

    assert usd("12.00") == quote.total
    # unless the promotion says so
    counting = attrs.evolve(asking, count_gifts=True)
    quote = quoted((MUG,), attrs.evolve(gift(), id=name), counting, combination=combination)
    assert usd("2.00") == quote.total


@NAMES
def test_a_gift_is_not_too_much(name: str) -> None:
    """What is for small orders does not end because of a gift (PR-31)."""
    small = promotion(
        OrderAmountOff(amount=TEN), "m", conditions=(MaxSubtotal(amount=usd("20.00")),)
    )
    assert usd("2.00") == quoted((MUG,), attrs.evolve(gift(), id=name), small).total


@BOTH
@NAMES
@pytest.mark.parametrize(
    ("effect", "expected"),
    [
        (PercentOff(percent=Decimal(50), limit=1), "36.00"),
        (AmountOff(amount=usd("5.00"), limit=1), "37.00"),
        (PercentOff(percent=Decimal(50), group_size=2), "21.00"),
        (BuyXGetY(buy=1), "30.00"),
        (NthOfSet(size=2, position=1), "30.00"),
        (Bundle(price=TEN, parts=(BundlePart(),), limit=1), "22.00"),
        (OrderPercentOff(percent=Decimal(10), of_original=True), "37.80"),
    ],
    ids=lambda each: getattr(each, "type_name", each),
)
def test_a_gift_swallows_no_discount(
    effect: Any, expected: str, name: str, combination: Combination
) -> None:
    """A key ring that is free is not the cheapest: mug and pot get their discount (PR-30)."""
    promotions = (attrs.evolve(gift("key"), id=name), promotion(effect, "m"))
    quote = quoted((MUG, POT), *promotions, combination=combination)

    assert usd(expected) == quote.total
    assert all(decision.applied for decision in quote.decisions)


def test_units_that_became_free() -> None:
    """What an earlier promotion made free is neither picked nor counted (PR-30)."""
    free_mug = promotion(
        PercentOff(percent=Decimal(100), target=Selection(skus=("mug",))), "first", priority=1
    )
    half = promotion(PercentOff(percent=Decimal(50), limit=1), "half")
    two = promotion(BuyXGetY(buy=1), "two")

    assert usd("15.00") == quoted((MUG, POT), free_mug, half).total
    assert ("buy_x_get_y", "needs 1 more item", 1) == why_not(
        quoted((MUG, POT), free_mug, two), "two"
    )


@NAMES
@pytest.mark.parametrize(
    ("effect", "conditions", "expected"),
    [
        # 12.00 + 25.00; the cheaper of the two is free
        (BuyXGetY(buy=1), (), "25.00"),
        (OrderAmountOff(amount=TEN), (MinSubtotal(amount=usd("37.00")),), "27.00"),
        (OrderAmountOff(amount=TEN), (MinSubtotal(amount=usd("37.01")),), "37.00"),
        (OrderAmountOff(amount=TEN), (MinQuantity(quantity=2),), "27.00"),
        (BuyXGetY(spend=usd("37.00")), (), "25.00"),
        (BuyXGetY(spend=usd("37.01")), (), "37.00"),
        # found by the price that it has now
        (PercentOff(percent=Decimal(50), target=Selection(price_from=usd("25.01"))), (), "37.00"),
        (PercentOff(percent=Decimal(20), target=Selection(price_from=usd("25.00"))), (), "32.00"),
        # 10 % of 12.00 and of 25.00
        (OrderPercentOff(percent=Decimal(10), of_original=True), (), "33.30"),
        # it is discounted already, and no more on sale than before
        (PercentOff(percent=Decimal(50), target=Selection(undiscounted=True)), (), "31.00"),
    ],
)
def test_goods_at_half_price(
    effect: Any, conditions: tuple[Any, ...], expected: str, name: str
) -> None:
    """A speaker that is added for 25.00 instead of 50.00 counts with 25.00 (PR-31)."""
    half = attrs.evolve(gift(percent="50"), id=name)
    quote = quoted((MUG,), half, promotion(effect, "m", conditions=conditions))

    assert usd(expected) == quote.total


@NAMES
def test_count_gifts(name: str) -> None:
    """With `count_gifts`, a gift counts as bought, and still is not gained (PR-30, PR-31)."""
    given_free = attrs.evolve(gift("key"), id=name)
    counting = promotion(BuyXGetY(buy=1), "m", count_gifts=True)
    quote = quoted((MUG,), given_free, counting)

    assert usd("0.00") == quote.total
    assert {"1:g", "mug"} == {a.line_id.replace(name, "1") for a in quote.adjustments}
    # goods at a part of their price count with all of it: 12.00 + 50.00
    asking = promotion(
        OrderAmountOff(amount=TEN),
        "m",
        conditions=(MinSubtotal(amount=usd("62.00")),),
        count_gifts=True,
    )
    half = attrs.evolve(gift(percent="50"), id=name)
    assert usd("27.00") == quoted((MUG,), half, asking).total


@pytest.mark.parametrize("counts", [False, True])
def test_added_goods_that_became_free(counts: bool) -> None:  # noqa: FBT001
    """What another promotion made free later is no gift, and counts for nobody (PR-30)."""
    items = (TiedItem(key="g", product_id="key", quantity=2),)
    half = promotion(AddProduct(items=items, percent=Decimal(50)), "half", priority=2)
    one_free = promotion(
        PercentOff(percent=Decimal(100), limit=1, target=Selection(skus=("KEY",))),
        "free",
        priority=1,
    )
    three = promotion(BuyXGetY(buy=2), "three", count_gifts=counts)
    quote = quoted((MUG,), half, one_free, three)

    assert usd("14.00") == quote.total  # the mug and one key ring
    assert "buy_x_get_y" == why_not(quote, "three")[0]


def test_the_decision_about_a_gift() -> None:
    """A discount of what came free says that nothing is left of it, not that it is not there."""
    off = promotion(PercentOff(percent=Decimal(50), target=Selection(skus=("SPK",))), "off")
    reason = why_not(quoted((MUG,), gift(), off), "off")[0]

    assert "nothing_to_discount" == reason


@attrs.frozen
class OneOfTwo:
    """Adds two units and makes one of them free: no built-in type does so."""

    type_name: ClassVar[str] = "tests.one_of_two"
    promotion_class: ClassVar[PromotionClass] = PromotionClass.PRODUCT

    def evaluate(self, context: PricingContext) -> Offer:
        return Offer(
            tied_items=(TiedItem(key="g", product_id="spk", quantity=2),),
            discounts=(Discount(units=((context.tied_line_id("g"), 1),), percent=Decimal(100)),),
        )


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (MinQuantity(quantity=2), "52.00"),
        (MinQuantity(quantity=3), "62.00"),
        (MinSubtotal(amount=usd("62.00")), "52.00"),
        (MinSubtotal(amount=usd("62.01")), "62.00"),
    ],
)
def test_a_line_that_is_free_in_part(condition: Any, expected: str) -> None:
    """Of two units that are added, one of them free, the other counts (PR-31)."""
    ten = promotion(OrderAmountOff(amount=TEN), conditions=(condition,))
    quote = quoted((MUG,), promotion(OneOfTwo(), "a"), ten)

    assert usd(expected) == quote.total
    # the mug as the cheapest, then the speaker that is paid for
    both = promotion(PercentOff(percent=Decimal(50), limit=3), "z")
    assert usd("31.00") == quoted((MUG,), promotion(OneOfTwo(), "a"), both).total
    assert (
        usd("50.00")
        == quoted((MUG,), promotion(OneOfTwo(), "a"), promotion(BuyXGetY(buy=1), "z")).total
    )


def _entered(case: PricingCase, percent: int) -> tuple[PricingCase, PricingCase]:
    """A case with goods that are added for less, and one in which they cost that much."""
    code = case.cart.currency
    goods = product(
        "extra",
        attrs.evolve(variant("EXTRA", "12.00"), price=from_minor(1200, code)),
        tags=("new",),
    )
    adding = Promotion(
        id="adding",
        name="For less",
        priority=9,
        effect=AddProduct(
            items=(TiedItem(key="x", product_id="extra", quantity=2),), percent=Decimal(percent)
        ),
    )
    line_at = CartLine.of(
        goods,
        attrs.evolve(variant("EXTRA", "12.00"), price=from_minor(12 * (100 - percent), code)),
        2,
        line_id="x",
    )
    others = tuple(
        attrs.evolve(p, count_gifts=False, combines_with=tuple(PromotionClass), exclusive=False)
        for p in case.promotions
    )
    with_gift = case.but(promotions=(adding, *others), products={**case.products, "extra": goods})
    with_line = case.but(
        promotions=others,
        cart=attrs.evolve(case.cart, lines=(*case.cart.lines, line_at)),
    )
    return with_gift, with_line


@settings(generated, max_examples=60)
@given(
    pricing_cases(
        policies=policies,
        counts=st.integers(1, 4),
        quantities=st.integers(1, 4),
        taxes=untaxed,
    ),
    st.sampled_from([25, 50, 75]),
)
def test_added_goods_are_as_if_entered_at_what_is_left(case: PricingCase, percent: int) -> None:
    """Later promotions do with goods added for less what they do with goods of that price (PR-31).

    Of promotions of every built-in type, but for those that tell what staff entered, or what is
    discounted already, from the rest.
    """
    told_apart = any(
        "undiscounted=True" in repr(p) or "top_up=True" in repr(p) for p in case.promotions
    )
    if told_apart:
        return
    with_gift, with_line = (each.price() for each in _entered(case, percent))
    if with_gift.optimal and with_line.optimal:
        assert with_gift.total == with_line.total
