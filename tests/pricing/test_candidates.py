"""In which order promotions have their turns (PR-5)."""

import pytest

from cartcore.pricing.engine import price
from cartcore.rules import Selection, TiedItem
from cartcore.rules.builtin import AddProduct, OrderAmountOff, OrderPercentOff, PercentOff
from tests.support.carts import (
    AT,
    applied,
    by_code,
    cart,
    line,
    priced,
    product,
    promotion,
    usd,
    variant,
)


def test_automatic_ones_go_before_applied_ones() -> None:
    """At equal priority an automatic promotion has its turn first, whatever its id (PR-5).

    Half of 100.00, and then 10.00 off: 40.00. The other way round it would be 45.00.
    """
    given = cart(line("mug", "100.00"), applied=(applied("a", "TEN"),))
    code = by_code(OrderAmountOff(amount=usd("10.00")), "a", "TEN")
    automatic = promotion(OrderPercentOff(percent="50"), "z")

    quote = priced(given, code, automatic)

    assert usd("40.00") == quote.total
    assert ["z", "a"] == [decision.promotion_id for decision in quote.decisions]


def test_applied_ones_in_the_order_of_application() -> None:
    """Codes of equal priority have their turns as they were entered (PR-5)."""
    ten = by_code(OrderAmountOff(amount=usd("10.00")), "a", "TEN")
    half = by_code(OrderPercentOff(percent="50"), "b", "HALF")
    first = cart(line("mug", "100.00"), applied=(applied("a", "TEN"), applied("b", "HALF")))
    other = cart(line("mug", "100.00"), applied=(applied("b", "HALF"), applied("a", "TEN")))

    assert usd("45.00") == priced(first, ten, half).total
    assert usd("40.00") == priced(other, ten, half).total


@pytest.mark.parametrize(("enabled", "decided"), [(True, ["gift", "mugs"]), (False, [])])
def test_one_for_a_line_that_another_could_add(enabled: bool, decided: list[str]) -> None:  # noqa: FBT001
    """A promotion for mugs is looked at if a mug could be added, and not otherwise (PR-23)."""
    gift = AddProduct(items=(TiedItem(key="mug", product_id="mug"),), percent="50")
    on_mugs = PercentOff(percent="10", target=Selection(skus=("mug",)))
    quote = price(
        cart(line("pen", "3.00")),
        [promotion(gift, "gift", enabled=enabled), promotion(on_mugs, "mugs")],
        at=AT,
        products={"mug": product("mug", variant("mug", "20.00"))},
    )

    assert decided == [each.promotion_id for each in quote.decisions if each.reason != "disabled"]
