"""Pictures: what is drawn is what was found."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs
import polars as pl
import pytest
from moneyed import Money

from cartcore import Cart, CartLine, Promotion, ShippingSpeed
from cartcore.cart import AppliedPromotion, ManualDiscount
from cartcore.errors import InvalidField
from cartcore.rules.builtin import FreeShipping, OrderAmountOff, PercentOff
from cartcore.scenarios import (
    Carts,
    Run,
    Scenario,
    carts_from,
    carts_from_orders,
    pictures,
    simulate,
    sweep,
)
from tests.simulations.test_comparison import ROWS
from tests.simulations.test_simulation import AT, promotion
from tests.simulations.test_sweeping import ten_from

TEN = Scenario(
    name="ten", promotions=(promotion(PercentOff(percent="10")), promotion(FreeShipping()))
)
FIVE = Scenario(name="five", promotions=(promotion(OrderAmountOff(amount=Money("5.00", "GBP"))),))


def carts(currency: str = "GBP") -> Carts:
    speed = ShippingSpeed(code="std", name="Standard", price=Money("4.95", currency))
    return carts_from(
        ROWS,
        order="order",
        sku="sku",
        quantity="units",
        unit_price="price",
        currency=currency,
        shipping=speed,
    )


@pytest.fixture(scope="module")
def run() -> Run:
    return simulate(carts(), [Scenario(name="none"), TEN, FIVE], at=AT, progress=False)


def rows(chart: Any) -> list[dict[str, Any]]:
    """The data of a chart that has one table."""
    (found,) = chart.to_dict()["datasets"].values()
    return list(found)


def test_waterfall_ends_with_the_total(run: Run) -> None:
    """Each step begins where the one before it ended, and the last has the total (SC-6)."""
    quote = run.quote("ten", "A")
    first, *steps, last = rows(pictures.waterfall(quote))

    assert ("Items", 0, 24.5) == (first["step"], first["start"], first["end"])
    for before, after in zip([first, *steps], steps, strict=False):
        assert before["end"] == after["start"]
    assert steps[-1]["end"] == last["end"] == float(quote.total.amount)
    assert ["PercentOff", "Shipping: Standard", "FreeShipping"] == [s["step"] for s in steps]


def test_histogram_has_every_order_with_a_discount(run: Run) -> None:
    """The bars of a scenario have all orders with a discount together (SC-6)."""
    bars = rows(pictures.discounts(run))
    for name in ("ten", "five"):
        affected = run.orders.filter((pl.col("scenario") == name) & (pl.col("discounts") > 0))
        assert affected.height == sum(bar["orders"] for bar in bars if bar["scenario"] == name)
    assert all(bar["low"] < bar["high"] for bar in bars)


def test_cost_of_promotions_is_that_of_the_run(run: Run) -> None:
    """The bars of a scenario have its discounts together (SC-6)."""
    bars = rows(pictures.cost_by_promotion(run))
    for row in run.summary().iter_rows(named=True):
        drawn = sum(bar["discount"] for bar in bars if bar["scenario"] == row["scenario"])
        assert row["discounts"] / 100 == pytest.approx(drawn)


def test_losers_are_apart_from_winners(run: Run) -> None:
    """No bar has orders that pay less and such that pay more (SC-6)."""
    comparison = run.compare("ten", "five")
    bars = rows(pictures.winners_and_losers(comparison))
    (sums,) = comparison.summary.rows(named=True)

    assert sums["pay_less"] == sum(bar["orders"] for bar in bars if bar["kind"] == "pays less")
    assert sums["pay_more"] == sum(bar["orders"] for bar in bars if bar["kind"] == "pays more")


def enormous(run: Run, name: str, value: int) -> Run:
    """A run of many orders with figures from 1.00 to 2.00, and one with an enormous one."""
    many = pl.concat([run.orders.filter(pl.col("scenario") == name)] * 100)
    figures = [100 + n % 100 for n in range(many.height - 1)]
    return attrs.evolve(run, orders=many.with_columns(discounts=pl.Series([*figures, value])))


def test_one_enormous_order_does_not_make_a_histogram_one_bar(run: Run) -> None:
    """What is far beyond the rest stands in the last bar, as the picture says (SC-6)."""
    chart = pictures.discounts(enormous(run, "ten", 16_846_960))
    bars = rows(chart)
    assert 300 == sum(bar["orders"] for bar in bars)
    assert len(bars) > 10
    assert max(bar["high"] for bar in bars) < 3
    last = max(bars, key=lambda bar: bar["low"])
    assert f"The last bar has all from {last['low']:.2f} GBP on" == subtitle(chart)

    usual = pictures.discounts(enormous(run, "ten", 300))
    assert "" == subtitle(usual)
    assert max(bar["high"] for bar in rows(usual)) >= 3


def subtitle(chart: Any) -> str:
    return str(chart.to_dict()["title"].get("subtitle", ""))


def test_outermost_bars_of_a_change_keep_winners_and_losers_apart(run: Run) -> None:
    """One order that pays less among many that pay more stays on its side (SC-6)."""
    found = run.compare("none", "ten")
    one = found.orders.head(1)
    changes = [-10_000_000, *range(1, 200), 9_000_000]
    orders = pl.concat([one] * 201).with_columns(change=pl.Series(changes, dtype=pl.Int64))
    chart = pictures.winners_and_losers(attrs.evolve(found, orders=orders))
    bars = rows(chart)
    assert 1 == sum(bar["orders"] for bar in bars if bar["kind"] == "pays less")
    assert 200 == sum(bar["orders"] for bar in bars if bar["kind"] == "pays more")

    changes = [-9_000_000, *range(-200, -1), 1]
    orders = pl.concat([one] * 201).with_columns(change=pl.Series(changes, dtype=pl.Int64))
    chart = pictures.winners_and_losers(attrs.evolve(found, orders=orders))
    first = min(rows(chart), key=lambda bar: bar["low"])
    assert first["low"] > -3
    assert f"The first bar has all up to {first['high']:.2f} GBP" == subtitle(chart)


@pytest.mark.parametrize(
    ("values", "places"),
    [
        (["100.00", "150.00", "1000.00"], [100, 150, 1000]),
        ([5, Decimal("7.5"), 1], [5, 7.5, 1]),
        ([Money("50.00", "GBP"), Money("20.00", "GBP")], [50, 20]),
    ],
)
def test_values_of_a_sweep_stand_to_scale(values: list[Any], places: list[float]) -> None:
    """Numbers and amounts stand where they are on a line (SC-6)."""
    found = sweep(carts(), lambda _: ten_from("1.00"), values, at=AT, progress=False)
    chart = pictures.swept(found, cost="60").to_dict()
    tables = [*chart["datasets"].values()]
    drawn = {row["scenario"]: row["at"] for table in tables for row in table if "at" in row}
    assert dict(zip(map(str, values), places, strict=True)) == drawn
    assert {"quantitative"} == kinds_of_x(chart)


def test_values_that_are_no_numbers_stand_side_by_side() -> None:
    """Names, or names among numbers, are in the order given (SC-6)."""
    for values in (["low", "high"], ["1", "high"], ["1.0", "1.00"], ["NaN", "1"], [True, 2]):
        found = sweep(carts(), lambda _: ten_from("1.00"), values, at=AT, progress=False)
        assert {"nominal"} == kinds_of_x(pictures.swept(found, cost="60").to_dict())


def kinds_of_x(chart: dict[str, Any]) -> set[str]:
    found = (layer["encoding"].get("x", {}) for layer in chart["layer"])
    return {x["type"] for x in found if "type" in x}


def test_breakeven_is_marked() -> None:
    """With the growth that a value needs, its margin is the line of no promotion (SC-6, SC-14)."""
    swept = sweep(carts(), ten_from, ["1.00", "30.00"], at=AT, progress=False)
    needed = swept.breakeven(cost="60")["uplift"][0]
    chart = pictures.swept(swept, cost="60", uplift=f"{needed:.6f}").to_dict()
    tables = [*chart["datasets"].values()]
    (line,) = {row["margin"] for table in tables for row in table if "scenario" not in row}
    (first,) = {row["margin"] for table in tables for row in table if row.get("scenario") == "1.00"}

    assert first == pytest.approx(line)
    with pytest.raises(InvalidField):
        pictures.swept(swept, cost="60", uplift="200")


def test_pictures_are_saved_without_a_browser(run: Run, tmp_path: Path) -> None:
    """As PNG and as SVG, with title, units and the currency (SC-6)."""
    chart = pictures.winners_and_losers(run.compare("ten", "five"))
    chart.save(tmp_path / "a.svg")
    chart.save(tmp_path / "a.png")
    text = (tmp_path / "a.svg").read_text(encoding="utf-8")

    assert b"\x89PNG" == (tmp_path / "a.png").read_bytes()[:4]
    assert all(told in text for told in ("ten", "five", "in GBP", "Orders"))


def test_pictures_of_nothing_are_drawn(run: Run) -> None:
    """Without a discount or a change there are no bars, and no error (SC-6)."""
    nothing = attrs.evolve(run, orders=run.orders.filter(pl.col("scenario") == "none"))
    assert not rows_or_none(pictures.discounts(nothing))
    assert not rows_or_none(pictures.winners_and_losers(run.compare("none", "none")))


def rows_or_none(chart: Any) -> list[Any]:
    return [row for table in chart.to_dict()["datasets"].values() for row in table]


def test_pictures_have_one_currency(run: Run) -> None:
    """Orders in several currencies are refused: their amounts are no sizes of one axis (SC-6)."""
    both = attrs.evolve(
        run, orders=pl.concat([run.orders, run.orders.with_columns(currency=pl.lit("USD"))])
    )
    with pytest.raises(InvalidField, match="orders in one currency"):
        pictures.discounts(both)


LONG = "10 % off all orders from 200 pounds on, for the whole of the winter months, and no day more"


def test_labels_are_not_cut_in_the_middle(tmp_path: Path) -> None:
    """A long name has two lines, and is told to go on; two of one name have a bar each (SC-6)."""
    both = [
        Promotion(id=each, name=LONG, effect=OrderAmountOff(amount=Money("1.00", "GBP")))
        for each in ("one", "two")
    ]
    short = Promotion(id="short", name="Short", effect=PercentOff(percent="10"))
    sets = [
        Scenario(name=name, promotions=tuple(some))
        for name, some in (("twice", both), ("all", [short, *both]))
    ]
    found = simulate(carts(), sets, at=AT, progress=False)
    chart = pictures.waterfall(found.quote("twice", "A"))
    steps = [row["row"] for row in rows(chart)]

    assert len(steps) == len({*steps})
    chart.save(tmp_path / "a.svg")
    text = (tmp_path / "a.svg").read_text(encoding="utf-8")
    assert 2 == text.count(">10 % off all orders from 200 pounds<")
    assert 2 == text.count(">on, for the whole of the winter …<")
    costs = {(row["scenario"], row["promotion"]) for row in rows(pictures.cost_by_promotion(found))}
    assert {
        ("twice", "one"),
        ("twice", "two"),
        ("all", "one"),
        ("all", "two"),
        ("all", "Short"),
    } == costs


def test_values_that_pay_are_told_apart_in_words() -> None:
    """A legend says which values pay for themselves, and shapes do, without any colour (SC-6)."""
    swept = sweep(carts(), ten_from, ["1.00", "30.00"], at=AT, progress=False)
    between = sum(swept.breakeven(cost="60")["uplift"]) / 2
    chart = pictures.swept(swept, cost="60", uplift=f"{between:.6f}").to_dict()
    kinds = {
        row["scenario"]: row["kind"]
        for table in chart["datasets"].values()
        for row in table
        if "kind" in row
    }

    assert {"1.00": "does not", "30.00": "pays for itself"} == kinds
    assert "kind" == chart["layer"][1]["encoding"]["shape"]["field"]


def test_what_was_given_by_hand_has_a_bar_of_its_own() -> None:
    """Manual discounts and promotions that are gone are called by their ids (SC-6)."""
    mug = CartLine(id="1", sku="MUG", quantity=1, unit_price=Money("30.00", "GBP"))
    cart = Cart(
        currency="GBP",
        lines=(mug,),
        manual=(ManualDiscount(id="by hand", percent="10", actor="ann", reason="late"),),
        applied=(AppliedPromotion(promotion_id="gone", promo_code="OLD"),),
    )
    run = simulate(carts_from_orders([cart]), [Scenario(name="a")], at=AT, progress=False)
    bars = rows(pictures.cost_by_promotion(run))
    assert {"by hand": 3.0, "gone": 0.0} == {bar["promotion"]: bar["discount"] for bar in bars}


@pytest.mark.parametrize(
    ("told", "draw"),
    [
        ("quote", pictures.waterfall),
        ("run", pictures.discounts),
        ("run", pictures.cost_by_promotion),
        ("sweep", lambda other: pictures.swept(other, cost="60")),
        ("comparison", pictures.winners_and_losers),
    ],
)
def test_a_picture_of_something_else_is_refused(told: str, draw: Any) -> None:
    """What a picture is drawn of is told by its name, not by what it lacks (SC-6)."""
    for other in (None, carts()):
        with pytest.raises(InvalidField, match=f"^{told} must be "):
            draw(other)
