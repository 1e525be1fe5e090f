"""Discounts made by what they are for: percent, amount, price, of lines or shipping (PK-12)."""

from collections.abc import Callable
from typing import Any

import pytest

from cartcore.errors import InvalidField
from cartcore.rules import ALL_LINES, Discount, Per, Selection, TakenFirst
from tests.support.carts import usd

FIVE = usd("5.00")
MUGS = Selection(skus=("MUG",))
UNITS = (("a", 2),)


@pytest.mark.parametrize(
    ("made", "fields"),
    [
        (Discount.percent_off(10), {"percent": 10, "lines": ALL_LINES}),
        (
            Discount.percent_off("7.5", MUGS, limit=3, which=TakenFirst.DEAREST, of_original=True),
            {
                "percent": "7.5",
                "lines": MUGS,
                "limit": 3,
                "which": TakenFirst.DEAREST,
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
        (Discount.percent_off(10, lines=None), {"percent": 10}),
        (Discount.amount_off(FIVE, None, per=Per.UNIT), {"amount": FIVE, "per": Per.UNIT}),
        (Discount.price_instead(FIVE, None), {"price": FIVE}),
        (
            Discount.shipping_percent_off(50, shipments=("s1",), maximum=FIVE),
            {"percent": 50, "shipments": ("s1",), "maximum": FIVE},
        ),
        (Discount.shipping_amount_off(FIVE, shipments=()), {"amount": FIVE, "shipments": ()}),
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


@pytest.mark.parametrize(
    "make",
    [
        lambda: Discount.percent_off(10, MUGS, units=UNITS),  # type: ignore[call-overload]
        lambda: Discount.percent_off(10, units=UNITS, limit=2),  # type: ignore[call-overload]
        lambda: Discount.percent_off(10, None, limit=2),  # type: ignore[call-overload]
        lambda: Discount.percent_off(10, per=Per.UNIT),  # type: ignore[call-overload]
        lambda: Discount.percent_off(10, amount=FIVE),  # type: ignore[call-overload]
        lambda: Discount.amount_off(FIVE, of_original=True),  # type: ignore[call-overload]
        lambda: Discount.price_instead(FIVE, per=Per.LINE),  # type: ignore[call-overload]
        lambda: Discount.shipping_amount_off(FIVE, ("van",), shipments=("s1",)),  # type: ignore[call-overload]
        lambda: Discount.shipping_percent_off(50, per=Per.UNIT),  # type: ignore[call-overload]
    ],
)
def test_what_does_not_go_together(make: Callable[[], Discount]) -> None:
    """What a type checker finds is refused as well where nobody runs one (PK-12).

    That mypy finds it is checked with this file: an ignored error that there is not is one, too.
    """
    with pytest.raises(InvalidField):
        make()
