"""The type that adds products: how many, at which price, and what is there already.

Which variant is added, and what becomes of open options, is tested with pricing.
"""

from typing import Any

import attrs
import pytest
from moneyed import Money

from cartcore.cart import CartLine
from cartcore.errors import InvalidField
from cartcore.pricing.engine import price
from cartcore.pricing.policy import Combination, PricingPolicy
from cartcore.pricing.quote import Quote
from cartcore.promotions.promotion import Promotion, Trigger
from cartcore.promotions.types import ConditionType
from cartcore.rules import Selection, TiedItem
from cartcore.rules.builtin import (
    AddProduct,
    AmountOff,
    MaxSubtotal,
    MinQuantity,
    MinSubtotal,
    PercentOff,
)
from tests.support.carts import (
    AT,
    applied,
    by_code,
    cart,
    line,
    product,
    promotion,
    taken,
    usd,
    variant,
    why_not,
)

PEN = product("pen", variant("PEN", "3.00"))
CAP = product(
    "cap",
    variant("CAP-RED", "10.00", "Red"),
    variant("CAP-BLUE", "12.00", "Blue"),
    options=("Color",),
)
SHOP = {"pen": PEN, "cap": CAP}
MUG = line("mug", "5.00", 2)
HAT = line("hat", "20.00")
A_PEN = TiedItem(key="p", product_id="pen")
RED_CAPS = TiedItem(key="c", product_id="cap", quantity=2, options=(("Color", "Red"),))


def quoted(effect: AddProduct, *lines: CartLine, products: Any = None) -> Quote:
    given = cart(*(lines or (MUG, HAT)))
    return price(given, [promotion(effect)], at=AT, products=products or SHOP)


def added(quote: Quote) -> dict[str, tuple[int, str]]:
    """The lines that were added: how many units, and for how much together."""
    return {
        each.line_id: (each.quantity, f"{each.total.amount:f}")
        for each in quote.lines
        if each.tied_to
    }


def test_units_that_are_chosen_one_by_one() -> None:
    """With `separately`, the options of each unit can be chosen for it alone (OE-7, PR-11)."""
    caps = TiedItem(key="c", product_id="cap", quantity=3)
    effect = AddProduct(items=(caps, A_PEN), percent=50, separately=True)
    choices = (("c", "CAP-RED"), ("c#2", "CAP-BLUE"), ("c#3", "CAP-RED"))

    def chosen(number: int) -> Quote:
        application = attrs.evolve(applied("promo"), choices=choices[:number])
        picked = promotion(effect, trigger=Trigger.PICKED)
        given = attrs.evolve(cart(HAT), applied=(application,))
        return price(given, [picked], at=AT, products=SHOP)

    for number in range(3):
        decision = chosen(number).decision("promo")
        assert decision
        assert ["c", "c#2", "c#3"][number:] == [each.key for each in decision.open_options]
    # Half of 10.00, 12.00, 10.00 and 3.00.
    assert {
        "promo:c": (1, "5.00"),
        "promo:c#2": (1, "6.00"),
        "promo:c#3": (1, "5.00"),
        "promo:p": (1, "1.50"),
    } == added(chosen(3))


@pytest.mark.parametrize("quantity", [1, 2, 99, 100, 101, 1_000_000])
def test_no_more_lines_than_anyone_chooses_for(quantity: int) -> None:
    """Of very many units, the last line has what is beyond a hundred (PR-11)."""
    pens = attrs.evolve(A_PEN, quantity=quantity)
    found = added(quoted(AddProduct(items=(pens,), separately=True)))

    assert min(quantity, 100) == len(found)
    assert quantity == sum(units for units, _ in found.values())
    assert [1] * (len(found) - 1) == [units for units, _ in found.values()][:-1]


def test_a_key_that_would_be_that_of_another_unit() -> None:
    """Two units cannot have the same key: the number sign is for those that are numbered (OE-7)."""
    with pytest.raises(InvalidField, match=r"items\[0\].key must be free of '#'"):
        AddProduct(items=(attrs.evolve(A_PEN, key="p#2"), A_PEN), separately=True)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"items": (A_PEN,)}, {"promo:p": (1, "0.00")}),
        # half of 3.00 + 2 × 10.00 is 11.50, in proportion 3 : 20
        (
            {"items": (A_PEN, RED_CAPS), "percent": "50"},
            {"promo:p": (1, "1.50"), "promo:c": (2, "10.00")},
        ),
        # the goods at their price, which is an offer, too
        ({"items": (A_PEN,), "percent": "0"}, {"promo:p": (1, "3.00")}),
        # three units in the cart
        ({"items": (A_PEN,), "per_unit_of": Selection()}, {"promo:p": (3, "0.00")}),
        # two caps for each of two mugs, at 75 % of 10.00
        (
            {"items": (RED_CAPS,), "percent": "25", "per_unit_of": Selection(skus=("mug",))},
            {"promo:c": (4, "30.00")},
        ),
    ],
    ids=str,
)
def test_figures(fields: dict[str, Any], expected: dict[str, tuple[int, str]]) -> None:
    """Products come along, once or for each unit, free or reduced (PR-11, OE-7)."""
    assert expected == added(quoted(AddProduct(**fields)))


def test_nothing_to_add_it_for() -> None:
    """Without a unit that it is added for, the decision says what is needed (PR-17)."""
    effect = AddProduct(items=(A_PEN,), per_unit_of=Selection(skus=("cup",)))
    given = cart(MUG, applied=(applied("promo", "CODE"),))
    quote = price(given, [by_code(effect, "promo", "CODE")], at=AT, products=SHOP)

    assert ("add_product", "needs 1 more item of cup", 1) == why_not(quote)


@pytest.mark.parametrize(
    ("entered", "expected"),
    [
        ([], {"promo:p": (3, "0.00")}),
        ([("a", "pen", 1, ())], {"promo:p": (2, "0.00")}),
        # in two lines
        ([("a", "pen", 1, ()), ("b", "pen", 1, ())], {"promo:p": (1, "0.00")}),
        ([("a", "mug", 9, ())], {"promo:p": (3, "0.00")}),
    ],
)
def test_top_up(
    entered: list[tuple[str, str, int, Any]], expected: dict[str, tuple[int, str]]
) -> None:
    """Only so many are added as there are not yet (PR-11)."""
    lines = [
        line(line_id, "3.00", quantity, product_id=product_id, options=options)
        for line_id, product_id, quantity, options in entered
    ]
    effect = AddProduct(items=(attrs.evolve(A_PEN, quantity=3),), top_up=True)

    assert expected == added(quoted(effect, HAT, *lines))


def test_top_up_of_a_variant() -> None:
    """Units with other options do not count where the item has options (PR-11)."""
    blue = line("a", "12.00", 2, product_id="cap", options=(("Color", "Blue"),))
    red = attrs.evolve(blue, id="b", sku="b", quantity=1, options=(("Color", "Red"),))
    effect = AddProduct(items=(RED_CAPS,), top_up=True)

    assert {"promo:c": (1, "0.00")} == added(quoted(effect, blue, red))


def test_nothing_missing() -> None:
    """Where all of it is in the cart already, nothing is added, and that is told (PR-17)."""
    effect = AddProduct(items=(A_PEN,), top_up=True)
    quote = quoted(effect, line("a", "3.00", product_id="pen"))

    assert ("nothing_missing", "all that it adds is already in the order", None) == why_not(quote)


def test_no_unit_makes_up_for_two() -> None:
    """A pen in the cart counts for one of two items, so the other is added (PR-11)."""
    both = (A_PEN, attrs.evolve(A_PEN, key="q"))
    quote = quoted(AddProduct(items=both, top_up=True), line("a", "3.00", product_id="pen"))

    assert {"promo:q": (1, "0.00")} == added(quote)


def test_top_up_counts_what_was_entered_alone() -> None:
    """What another promotion adds is a gift of its own (PR-11)."""
    first = promotion(AddProduct(items=(A_PEN,)), "first", priority=1)
    second = promotion(AddProduct(items=(A_PEN,), top_up=True))
    quote = price(cart(MUG), [first, second], at=AT, products=SHOP)

    assert {"first:p": (1, "0.00"), "promo:p": (1, "0.00")} == added(quote)


def test_minimum_price() -> None:
    """A gift costs what its variant costs at least: 3.00 can be reduced by 2.00 (PR-29)."""
    floored = product("pen", variant("PEN", "3.00", minimum_price=usd("1.00")))
    quote = quoted(AddProduct(items=(A_PEN,)), products={"pen": floored})
    decision = quote.decision("promo")

    assert {"promo:p": (1, "1.00")} == added(quote)
    assert decision is not None
    assert usd("1.00") == decision.cut


def test_not_discountable() -> None:
    """A product that no discount is taken off comes along at its price (PR-29)."""
    dear = attrs.evolve(PEN, discountable=False)

    assert {"promo:p": (1, "3.00")} == added(
        quoted(AddProduct(items=(A_PEN,)), products={"pen": dear})
    )


def test_free_product() -> None:
    """A product that costs nothing is added all the same, with nothing to take off (PR-6)."""
    free = product("pen", variant("PEN", "0.00"))
    quote = quoted(AddProduct(items=(A_PEN,)), products={"pen": free})

    assert {"promo:p": (1, "0.00")} == added(quote)
    assert {} == taken(quote)


def test_other_promotions_discount_it() -> None:
    """What is left of a tied line is discounted like any other line (PR-4)."""
    half = promotion(AddProduct(items=(A_PEN,), percent="50"), "gift")
    tenth = promotion(PercentOff(percent="10", target=Selection(products=("pen",))), "tenth")
    quote = price(cart(HAT), [half, tenth], at=AT, products=SHOP)

    # 1.50, less 10 %
    assert {"gift:p": (1, "1.35")} == added(quote)


def test_another_currency() -> None:
    """A product priced in another currency than the cart's is not added (PR-1, PR-17)."""
    given = cart(line("mug", Money("5", "JPY")), currency="JPY")
    quote = price(given, [promotion(AddProduct(items=(A_PEN,)))], at=AT, products=SHOP)

    assert {} == added(quote)
    assert "other_currency" == why_not(quote)[0]


# --- promotions that only added goods could match are found, whatever it is that adds them ---

CAPS_ONLY = Selection(products=("cap",))


def half_of_caps() -> Promotion:
    return promotion(PercentOff(percent="50", target=CAPS_ONLY), "half")


@pytest.mark.parametrize(
    "condition",
    [
        # three units are in the cart, the pen is the fourth
        MinQuantity(quantity=4),
        MinSubtotal(amount=usd("33.00")),
        # 30.00 before the discount of 5.00
        MaxSubtotal(amount=usd("28.00"), after_discounts=True),
    ],
    ids=lambda condition: condition.type_name,
)
@pytest.mark.parametrize("combination", Combination)
def test_goods_of_a_promotion_that_comes_to_apply(
    condition: ConditionType, combination: Combination
) -> None:
    """Caps come only with a gift or after a discount, and are discounted all the same (PR-23)."""
    caps = promotion(
        AddProduct(items=(RED_CAPS,), percent="0"),
        "caps",
        priority=1,
        conditions=(condition,),
        count_gifts=True,
    )
    pen = promotion(AddProduct(items=(A_PEN,)), "pen", priority=3)
    five = promotion(AmountOff(amount=usd("5.00")), "five", priority=2)
    quote = price(
        cart(MUG, HAT),
        [half_of_caps(), five, caps, pen],
        at=AT,
        products=SHOP,
        policy=PricingPolicy(combination=combination),
    )

    assert {"pen:p": (1, "0.00"), "caps:c": (2, "10.00")} == added(quote)


def test_goods_for_goods_that_were_added() -> None:
    """A pen for each mug, two caps for each pen, and half off caps (PR-23, PR-31)."""
    pens = AddProduct(items=(A_PEN,), percent="50", per_unit_of=Selection(skus=("mug",)))
    caps = AddProduct(items=(RED_CAPS,), percent="0", per_unit_of=Selection(products=("pen",)))
    quote = price(
        cart(MUG),
        [half_of_caps(), promotion(pens, "pens", priority=2), promotion(caps, "caps", priority=1)],
        at=AT,
        products=SHOP,
    )

    assert {"pens:p": (2, "3.00"), "caps:c": (4, "20.00")} == added(quote)
