"""Whole numbers of NumPy, which data frames give, are whole numbers everywhere (SC-2)."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from moneyed import Money

from cartcore.cart import CartLine, CartShipment, check_quantity
from cartcore.errors import InvalidField, InvalidInput
from cartcore.promotions.promotion import Limits
from cartcore.promotions.tax import TaxRate
from cartcore.rules.builtin import BuyXGetY, MinQuantity, NthOrder, OrderPercentOff
from cartcore.storage.paging import page_size
from cartcore.values.attributes import Attributes
from cartcore.values.converters import percentage, positive_int
from cartcore.values.money import from_minor

TAKEN: dict[str, Callable[[Any], Any]] = {
    "percent": lambda number: OrderPercentOff(percent=number).percent,
    "rate": lambda number: TaxRate(name="VAT", percent=number).percent,
    "x": lambda number: BuyXGetY(buy=number, get=number).buy,
    "condition": lambda number: MinQuantity(quantity=number).quantity,
    "n": lambda number: NthOrder(n=number).n,
    "limits": lambda number: Limits(total=number).total,
    "quantity": check_quantity,
    "line": lambda number: (
        CartLine(
            id="1", sku="mug", quantity=number, unit_price=Money("1.00", "USD"), weight_grams=number
        ).weight_grams
    ),
    "shipment": lambda number: CartShipment(id="1", lines=(("1", number),)).lines[0][1],
    "attributes": lambda number: Attributes({"size": number})["size"],
    "page": page_size,
    "whole": positive_int,
    "minor": lambda number: from_minor(number, "JPY").amount,
}


@pytest.mark.parametrize("name", TAKEN)
@pytest.mark.parametrize("kind", [np.int64, np.int8, np.uint16])
def test_whole_numbers_of_numpy_become_plain_ones(name: str, kind: Callable[[int], Any]) -> None:
    """7 of any class of NumPy is 7, and an `int` from then on, so it can be stored (SC-2)."""
    found = TAKEN[name](kind(7))

    assert 7 == found
    assert type(found) in {int, Decimal}


@pytest.mark.parametrize("name", [name for name in TAKEN if name != "attributes"])
@pytest.mark.parametrize("value", [7.0, np.float64(7), np.bool_(True), True])  # noqa: FBT003
def test_floats_and_truth_values_are_no_whole_numbers(name: str, value: object) -> None:
    """Neither a float nor True is taken for a whole number, of NumPy or not (SC-2)."""
    with pytest.raises(InvalidInput):
        TAKEN[name](value)


@pytest.mark.parametrize("value", [0.6, 12.5, np.float64(12.5)])
def test_a_percentage_is_no_fraction(value: object) -> None:
    """Who gives 0.6 is told that a percentage is wanted, and how it is written (PR-11)."""
    with pytest.raises(InvalidField) as caught:
        percentage(value)

    in_range, exact = "over 0 and up to 100, such as 60 or '12.5'", "and exact, which no float is"
    assert f"a percentage {in_range}, {exact}" == caught.value.expected
