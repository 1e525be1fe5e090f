"""Products that a promotion adds: how many units, where some are in the order already."""

import pytest

from cartcore.cart import CartLine
from cartcore.pricing.engine import price
from cartcore.rules import TiedItem
from cartcore.rules.builtin import AddProduct
from tests.support.carts import AT, cart, line, product, promotion, variant

INKS = product(
    "ink",
    variant("ink-red", "2.00", "Red"),
    variant("ink-blue", "2.00", "Blue"),
    options=("Color",),
)


def added(*lines: CartLine) -> int:
    """How many units of red ink are added, where three are due but for those in the order."""
    item = TiedItem(key="ink", product_id="ink", quantity=3, options=(("Color", "Red"),))
    effect = AddProduct(items=(item,), top_up=True)
    quote = price(cart(*lines), [promotion(effect)], at=AT, products={"ink": INKS})
    return sum(each.quantity for each in quote.lines if each.tied_to)


@pytest.mark.parametrize(
    ("product_id", "color", "units", "expected"),
    [
        ("ink", "Red", 1, 2),
        ("ink", "Red", 2, 1),
        ("ink", "Red", 3, 0),
        ("ink", "Red", 4, 0),
        ("ink", "Blue", 2, 3),
        ("pen", "Red", 2, 3),
    ],
)
def test_top_up(product_id: str, color: str, units: int, expected: int) -> None:
    """Units of the product with its options that staff entered replace as many (PR-11)."""
    entered = line("1", "2.00", units, product_id=product_id, options=(("Color", color),))

    assert expected == added(entered)
