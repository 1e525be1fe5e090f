"""What is wrong with sets of promotions, against sets that are known to be wrong, and why."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from runpy import run_path
from typing import Any

import attrs
import pytest
from moneyed import Money

from cartcore.adapters.shopify import read_products
from cartcore.cart import CartLine
from cartcore.errors import InvalidField
from cartcore.pricing.engine import price
from cartcore.promotions.promotion import Promotion, Trigger
from cartcore.rules import Selection, TiedItem
from cartcore.rules.builtin import (
    AddProduct,
    ContactTag,
    MinQuantity,
    MinSubtotal,
    NthOrder,
    OrderAmountOff,
    OrderPercentOff,
    PercentOff,
)
from cartcore.scenarios import RuleFault, RuleFinding, Scenario, check_rules
from cartcore.scenarios.rule_check import _carts
from cartcore.shop.product import Product, Variant
from tests.support.carts import AT, line, promotion, usd

MUG = line("mug", "8.00", categories=("Kitchen",))
PEN = line("pen", "3.00")
PIN = Product(id="pin", title="Pin", variants=(Variant(sku="PIN", price=usd("3.00")),))
TEN = promotion(PercentOff(percent=10), "ten")
EXAMPLES = Path(__file__).parents[2] / "examples"
PROMOTIONS = run_path(str(EXAMPLES / "shop.py"))["PROMOTIONS"]


def found(*promotions: Promotion, cost: object = None, **more: Any) -> list[RuleFinding]:
    scenario = Scenario(name="s", promotions=promotions, products=(PIN,), **more)
    return [*check_rules(scenario, at=AT, among=(MUG, PEN), cost=cost)]


def test_a_set_that_is_right_has_no_findings() -> None:
    """Codes, picks, tags, thresholds and the second order are all met (SC-8)."""
    assert [] == found(
        attrs.evolve(TEN, conditions=(NthOrder(n=2), ContactTag(tags=("vip",)))),
        promotion(
            OrderAmountOff(amount=usd("5.00")),
            "five",
            trigger=Trigger.CODE,
            codes=("F",),
            conditions=(MinSubtotal(amount=usd("20.00")),),
            group="one",
        ),
        promotion(
            PercentOff(percent=5, target=Selection(categories=("Kitchen",))),
            "mugs",
            group="one",
            trigger=Trigger.PICKED,
            conditions=(MinQuantity(quantity=7), MinSubtotal(amount=usd("60.00"))),
        ),
        cost=10,
    )


@pytest.mark.parametrize(
    "broken",
    [
        attrs.evolve(TEN, ends_at=AT - timedelta(days=1)),
        attrs.evolve(TEN, enabled=False),
        promotion(PercentOff(percent=10, target=Selection(skus=("gone",))), "ten"),
    ],
)
def test_what_never_applies(broken: Promotion) -> None:
    """Ended, switched off, or for goods that there are none of, with the reason (SC-8)."""
    (finding,) = found(broken)

    assert (RuleFault.NEVER_APPLIES, ("ten",)) == (finding.fault, finding.promotions)
    assert "never applies" in str(finding)


def test_what_is_always_beaten() -> None:
    """An exclusive one that is always there: the other would apply alone (SC-8)."""
    alone = promotion(OrderPercentOff(percent=20), "alone", exclusive=True)
    (finding,) = found(TEN, alone)

    assert (RuleFault.ALWAYS_BEATEN, ("ten",)) == (finding.fault, finding.promotions)
    assert [("pen", 1)] == [(each.sku, each.quantity) for each in finding.cart.lines]
    assert price(finding.cart, [TEN], at=AT).decisions[0].applied
    assert not price(finding.cart, [TEN, alone], at=AT).decision("ten").applied  # type: ignore[union-attr]


def test_what_comes_first_matters() -> None:
    """10 % and 1.00 off 3.00: 1.70 or 1.80, in the smallest cart that there is (SC-8)."""
    one = promotion(OrderPercentOff(percent=10), "percent")
    other = promotion(OrderAmountOff(amount=usd("1.00")), "amount")
    (finding,) = found(one, other)

    assert RuleFault.ORDER_MATTERS == finding.fault
    assert {"percent", "amount"} == {*finding.promotions}
    assert [("pen", 1)] == [(each.sku, each.quantity) for each in finding.cart.lines]
    totals = {
        price(finding.cart, [attrs.evolve(a, priority=1), b], at=AT).totals.goods
        for a, b in ((one, other), (other, one))
    }
    assert {usd("1.70"), usd("1.80")} == totals


def test_what_sells_below_cost() -> None:
    """Neither does alone, both together do; a set that has them in it is not told again (SC-8)."""
    half = promotion(PercentOff(percent=25), "half")
    more = promotion(PercentOff(percent=20, of_original=True), "more")
    assert [] == found(half, cost=60)
    (finding,) = [each for each in found(half, more, cost=60) if each.fault == "below_cost"]

    assert ("half", "more") == finding.promotions
    totals = price(finding.cart, [half, more], at=AT).totals
    assert totals.goods.amount < totals.items.amount * Decimal("0.6")


def test_what_a_gift_triggers() -> None:
    """Three items with the pin, which another one adds and which counts as if bought (SC-8)."""
    gift = promotion(AddProduct(items=(TiedItem(key="pin", product_id="pin"),)), "gift")
    three = promotion(
        PercentOff(percent=10), "three", count_gifts=True, conditions=(MinQuantity(quantity=3),)
    )
    findings = [each for each in found(gift, three) if each.fault == "triggered_by_gift"]

    assert [("three", "gift")] == [each.promotions for each in findings]
    assert 2 == sum(each.quantity for each in findings[0].cart.lines)


def test_the_promotions_of_the_demo_shop() -> None:
    """Two percentages of what the other one left, and boots that lift an order to 1,000 (SC-8)."""
    catalogue = EXAMPLES / "catalog" / "snowboards.csv"
    products = read_products(catalogue, currency="USD").products
    lines = [
        CartLine.of(each, variant, 1, line_id=variant.sku)
        for each in products
        for variant in each.variants
    ]
    scenario = Scenario(name="shop", promotions=PROMOTIONS, products=products)
    findings = check_rules(scenario, at=AT, among=lines, cost=60)

    assert [
        (RuleFault.ORDER_MATTERS, ("big-order", "welcome")),
        (RuleFault.TRIGGERED_BY_GIFT, ("big-order", "boots")),
    ] == [(each.fault, each.promotions) for each in findings]


def test_goods_that_cost_nothing() -> None:
    """However many there are of free goods, they reach no amount; others beside them do (SC-8)."""
    over_ten = attrs.evolve(TEN, conditions=(MinSubtotal(amount=usd("10.00")),))
    scenario = Scenario(name="s", promotions=(over_ten,))
    free = line("sample", "0.00")

    assert () == check_rules(scenario, at=AT, among=(MUG, free))
    (finding,) = check_rules(scenario, at=AT, among=(free,))
    assert RuleFault.NEVER_APPLIES == finding.fault


def test_carts_of_one_and_of_two_goods_are_tried() -> None:
    """Each of three goods alone and each pair of them, the cheaper ones first (SC-8)."""
    kinds = (MUG, PEN, line("hat", "20.00", categories=("Hats",)))
    asked = tuple(Selection(skus=(each.sku,)) for each in kinds)
    each_kind = [
        promotion(PercentOff(percent=5, target=target), target.skus[0]) for target in asked
    ]
    carts = [*_carts(Scenario(name="s", promotions=tuple(each_kind)), kinds)]
    together = {tuple(sorted(each.sku for each in cart.lines)) for cart in carts}
    costs = [sum(each.fine_price * each.quantity for each in cart.lines) for cart in carts]

    ones = {("hat",), ("mug",), ("pen",)}
    assert ones | {("hat", "mug"), ("hat", "pen"), ("mug", "pen")} == together
    assert sorted(costs) == costs


def test_what_it_refuses() -> None:
    """No goods, goods in two currencies, a cost that is no percentage (SC-8)."""
    scenario = Scenario(name="s", promotions=(TEN,))
    euros = line("euro", Money("1.00", "EUR"))
    for among, cost in (((), None), ((PEN, euros), None), ((PEN,), 101), ((PEN,), "x")):
        with pytest.raises(InvalidField):
            check_rules(scenario, at=AT, among=among, cost=cost)
