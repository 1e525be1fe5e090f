"""One figure varied: sums for each value, the growth that pays for it, and near misses."""

from typing import Any

import numpy as np
import polars as pl
import pytest
from moneyed import Money

from cartcore import Promotion, price
from cartcore.errors import InvalidField
from cartcore.rules.builtin import (
    MinQuantity,
    MinSubtotal,
    OrderPercentOff,
    PercentTier,
    TieredPercentOff,
)
from cartcore.scenarios import Scenario, sweep, unlock
from tests.simulations.test_comparison import carts
from tests.simulations.test_simulation import AT


def ten_from(start: object) -> Promotion:
    return Promotion(
        id="ten",
        name="T",
        effect=OrderPercentOff(percent="10"),
        conditions=(MinSubtotal(amount=Money(start, "GBP")),),
    )


def test_every_value_has_its_sums() -> None:
    """10 % from 1.50, 24.50 and 60.00 on orders of 24.50, 1.50 and 50.00: by hand (SC-14)."""
    found = sweep(carts(), ten_from, ["1.50", "24.50", "60.00"], at=AT, progress=False)
    rows = found.summary(cost="60").select("value", "affected", "discounts", "margin").rows()

    assert [
        ("1.50", 3, 760, 2_280),
        ("24.50", 2, 745, 2_295),
        ("60.00", 0, 0, 3_040),
    ] == rows


def test_breakeven_is_the_growth_that_gives_the_same_margin() -> None:
    """Orders times the growth have the margin of before; where each loses, none does (SC-14)."""
    found = sweep(carts(), ten_from, ["1.50", "60.00"], at=AT, progress=False)

    first, last = found.breakeven(cost="60").iter_rows(named=True)
    assert first["margin"] * (1 + first["uplift"] / 100) == pytest.approx(first["before"])
    assert 0 == last["uplift"]
    assert [None, 0] == found.breakeven(cost="95")["uplift"].to_list()


def test_near_misses_lack_what_price_says() -> None:
    """Orders just below a threshold, with what they lack; those far below are not there (SC-14)."""
    found = sweep(carts(), ten_from, ["25.00", "51.00"], at=AT, progress=False)
    near = found.near_misses(within=Money("1.00", "GBP"))

    assert [
        ("25.00", "A", "ten", None, "GBP", 50, None),
        ("51.00", "C", "ten", None, "GBP", 100, None),
    ] == near.rows()
    # What is lacking is enough.
    lacking = near.row(0, named=True)
    (cart,) = [cart for cart in carts() if cart.reference == lacking["order"]]
    missing = price(cart, [ten_from("25.00")], at=AT).decisions[0].missing_amount
    assert Money("0.50", "GBP") == missing


def test_near_misses_of_units_are_found_apart() -> None:
    """What lacks units is found by units, and not by money (SC-14)."""

    def ten_for(units: int) -> Promotion:
        effect = OrderPercentOff(percent="10")
        return Promotion(
            id="ten", name="T", effect=effect, conditions=(MinQuantity(quantity=units),)
        )

    found = sweep(carts(), ten_for, [6, 7], at=AT, progress=False)
    near = found.near_misses(units=1).select("value", "order", "missing_units").rows()
    assert [("6", "A", 1), ("6", "C", 1)] == near
    assert 0 == found.near_misses(within=Money("9.00", "GBP")).height


def test_the_next_tier_is_missed() -> None:
    """Orders of 1.50, 24.50 and 50.00 miss one tier each; the others are reached or far (SC-14)."""

    def tiered(last: str) -> Promotion:
        starts = {"5": "2.00", "10": "25.00", "20": last}
        tiers = tuple(
            PercentTier(percent=percent, from_amount=Money(start, "GBP"))
            for percent, start in starts.items()
        )
        return Promotion(id="tiers", name="T", effect=TieredPercentOff(tiers=tiers))

    found = sweep(carts(), tiered, ["51.00", "60.00"], at=AT, progress=False)
    near = found.near_misses(within=Money("1.00", "GBP"))
    rows = near.select("value", "order", "tier", "missing_amount").rows()

    assert [
        ("51.00", "A", 2, 50),
        ("60.00", "A", 2, 50),
        ("51.00", "B", 1, 50),
        ("60.00", "B", 1, 50),
        ("51.00", "C", 3, 100),
    ] == rows
    # As `unlock` says of the same carts.
    scenario = found.run.scenarios[1]
    for cart in carts():
        (one,) = unlock(cart, scenario, at=AT)
        assert ("51.00", cart.reference, one.tier) in near.select("value", "order", "tier").rows()


@pytest.mark.parametrize(
    ("make", "values"),
    [
        (ten_from, []),
        (ten_from, ["1", "1"]),
        (ten_from, ["without"]),
        (ten_from, "12"),
        (ten_from, None),
        (lambda _: 7, [1]),
        (lambda _: [7], [1]),
    ],
)
def test_wrong_values_are_refused(make: Any, values: Any) -> None:
    """A sweep over nothing, the same value twice, or of no promotions is refused (SC-14)."""
    with pytest.raises(InvalidField):
        sweep(carts(), make, values, at=AT, progress=False)


def test_near_misses_have_a_bound() -> None:
    """Nothing is near if no bound is given, or one of nothing or in another currency (SC-14)."""
    found = sweep(carts(), ten_from, [30], at=AT, progress=False)
    for bounds in ({}, {"within": Money(0, "GBP")}, {"within": Money(5, "USD")}, {"units": 0}):
        with pytest.raises(InvalidField):
            found.near_misses(**bounds)


def test_scenario_can_be_made_for_a_value() -> None:
    """What is made may be a scenario, called as its value is, or several promotions (SC-14)."""
    made: dict[int, Any] = {1: Scenario(name="x", promotions=(ten_from(1),)), 2: [ten_from(2)]}
    found = sweep(carts(), lambda value: made[value], [*made], at=AT, progress=False)

    assert ["without", "1", "2"] == [each.name for each in found.run.scenarios]
    assert isinstance(found.run.orders, pl.DataFrame)


def test_a_sweep_over_a_range_of_numpy() -> None:
    """Values of `numpy.arange` are whole numbers, as those of `range` are (SC-2, SC-14)."""

    def off(percent: Any) -> Promotion:
        start = MinSubtotal(amount=Money(percent, "GBP"))
        return Promotion(
            id="off", name="Off", effect=OrderPercentOff(percent=percent), conditions=(start,)
        )

    found, plain = (
        sweep(carts(), off, values, at=AT, progress=False).summary(cost=cost)
        for values, cost in ((np.arange(5, 20, 5), np.int64(60)), (range(5, 20, 5), 60))
    )
    assert plain.equals(found)


def test_a_cost_that_is_a_fraction() -> None:
    """A cost of 0.6 is told to be a percentage, by the name of the argument (SC-14)."""
    found = sweep(carts(), ten_from, ["1.50"], at=AT, progress=False)
    with pytest.raises(InvalidField, match=r"cost must be a percentage .* such as 60 .*, not 0\.6"):
        found.summary(cost=0.6)
