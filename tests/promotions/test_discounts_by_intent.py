"""Discounts made by what they are for: percent, amount, price, of lines or shipping (PK-12)."""

from collections.abc import Callable
from typing import Any

import pytest

from cartcore.errors import InvalidField
from cartcore.rules import ALL_LINES, Discount, Per, Selection, Which
from tests.support.carts import usd

FIVE = usd("5.00")
MUGS = Selection(skus=("MUG",))
UNITS = (("a", 2),)


@pytest.mark.parametrize(
    ("made", "fields"),
    [
        (Discount.percent_off(10), {"percent": 10, "lines": ALL_LINES}),
        (
            Discount.percent_off("7.5", MUGS, limit=3, which=Which.DEAREST, of_original=True),
            {
                "percent": "7.5",
                "lines": MUGS,
                "limit": 3,
                "which": Which.DEAREST,
                "of_original": True,
            },
        ),
        (
            Discount.percent_off(10, units=UNITS, maximum=FIVE),
            {"percent": 10, "units": UNITS, "maximum": FIVE},
        ),
        (
            Discount.amount_off(FIVE, ("a",), per=Per.LINE),
            {"amount": FIVE, "lines": ("a",), "per": Per.LINE},
        ),
        (Discount.amount_off(FIVE, units=UNITS), {"amount": FIVE, "units": UNITS}),
        (
            Discount.price_instead(FIVE, MUGS, per=Per.UNIT),
            {"price": FIVE, "lines": MUGS, "per": Per.UNIT},
        ),
        (Discount.price_instead(FIVE, units=UNITS), {"price": FIVE, "units": UNITS}),
        (Discount.shipping_percent_off(50, ("van",)), {"percent": 50, "speeds": ("van",)}),
        (Discount.shipping_amount_off(FIVE), {"amount": FIVE, "speeds": ()}),
        (
            Discount.shipping_price_instead(FIVE, maximum=FIVE),
            {"price": FIVE, "speeds": (), "maximum": FIVE},
        ),
    ],
    ids=str,
)
def test_is_the_discount_of_its_fields(made: Discount, fields: dict[str, Any]) -> None:
    """A discount made by intent is the one that its fields say (PK-12)."""
    assert Discount(**fields) == made


ANYTHING: Any = Discount


@pytest.mark.parametrize(
    "make",
    [
        lambda: ANYTHING.percent_off(10, MUGS, units=UNITS),
        lambda: ANYTHING.percent_off(10, units=UNITS, limit=2),
        lambda: ANYTHING.percent_off(10, per=Per.UNIT),
        lambda: ANYTHING.price_instead(FIVE, per=Per.LINE),
        lambda: ANYTHING.percent_off(10, amount=FIVE),
    ],
)
def test_what_does_not_go_together(make: Callable[[], Discount]) -> None:
    """What a type checker finds is refused as well where nobody runs one (PK-12)."""
    with pytest.raises(InvalidField):
        make()
