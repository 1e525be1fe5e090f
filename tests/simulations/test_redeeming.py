"""Limits that are counted across the carts of a run, each after the other."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from moneyed import Money

from cartcore import Promotion
from cartcore.errors import InvalidField
from cartcore.promotions.promotion import Limits, Trigger
from cartcore.rules.builtin import OrderPercentOff
from cartcore.scenarios import Carts, Run, Scenario, carts_from, caveats, simulate, sweep

AT = datetime(2026, 5, 1, tzinfo=UTC)
TEN = OrderPercentOff(percent="10")
WHO = ["ann", "bob", "ann", "", "cid", "", "bob", "ann", "dan", ""]
PENCE = [1_000, 20_000, 3_000, 400, 50_000, 6_000, 70, 8_000, 90_000, 100]


def carts_of(times: list[datetime] | None = None) -> Carts:
    """Ten orders of one good each, of contacts that come again or are not known."""
    frame = pl.DataFrame(
        {
            "order": [f"{number}" for number in range(10)],
            "sku": [f"SKU-{pence}" for pence in PENCE],
            "units": 1,
            "price": [f"{pence / 100:.2f}" for pence in PENCE],
            "who": WHO,
            "when": times or [AT + timedelta(days=day) for day in range(10)],
        }
    )
    return carts_from(
        frame,
        order="order",
        sku="sku",
        quantity="units",
        unit_price="price",
        currency="GBP",
        contact="who",
        placed_at="when",
    )


def counted(limits: Limits, **more: Any) -> Run:
    promotion = Promotion(id="ten", name="Ten", effect=TEN, limits=limits, **more)
    codes = ("SAVE",) if promotion.codes else ()
    scenarios = [
        Scenario(name="a", promotions=(promotion,), codes=codes),
        Scenario(name="none"),
    ]
    return simulate(carts_of(), scenarios, at=AT, count_limits=True, progress=False)


def discounts(run: Run) -> list[int]:
    return run.orders.filter(pl.col("scenario") == "a")["discounts"].to_list()


def expected(gives: Callable[[int, str, int, list[str]], bool]) -> list[int]:
    """A plain loop: what each order gets, from what all, and whom, were given before."""
    found: list[int] = []
    given: list[str] = []
    for who, pence in zip(WHO, PENCE, strict=True):
        tenth = pence // 10
        applies = gives(sum(found), who, tenth, given)
        found.append(tenth if applies else 0)
        given += [who] * applies
    return found


@pytest.mark.parametrize(
    ("limits", "gives"),
    [
        (Limits(total=4), lambda spent, who, tenth, given: len(given) < 4),
        (Limits(per_contact=1), lambda spent, who, tenth, given: not who or who not in given),
        (Limits(per_contact=2), lambda spent, who, tenth, given: not who or given.count(who) < 2),
        # A later order may still get what one before it was too large for.
        (Limits(budget=Money(70, "GBP")), lambda spent, who, tenth, given: spent + tenth <= 7_000),
        (
            Limits(total=5, budget=Money(60, "GBP")),
            lambda spent, who, tenth, given: spent + tenth <= 6_000 and len(given) < 5,
        ),
    ],
    ids=["total", "once", "twice", "budget", "both"],
)
def test_limits_are_counted_cart_by_cart(
    limits: Limits, gives: Callable[[int, str, int, list[str]], bool]
) -> None:
    """Whether an order gets a discount depends on what those before it got (PR-12)."""
    run = counted(limits)

    assert expected(gives) == discounts(run)
    assert 0 < sum(discounts(run)) < sum(PENCE) // 10
    assert discounts(run) == run.lines("a")["discount"].to_list()
    one_by_one = [run.quote("a", number).totals.discounts.amount * 100 for number in range(10)]
    assert discounts(run) == one_by_one
    guests = [caveats.SOME_NO_CONTACT] if limits.per_contact else []
    assert guests == run.caveats["caveat"].to_list()


def test_uses_of_a_code_are_counted() -> None:
    """A code that may be used three times is used by the first three orders (PR-12)."""
    run = counted(Limits(per_code=3), trigger=Trigger.CODE, codes=("Save",))

    assert [pence // 10 for pence in PENCE[:3]] + [0] * 7 == discounts(run)


def test_limits_are_not_counted_unless_told() -> None:
    """By itself each cart is priced as if it were the first, and the run says so (PR-12)."""
    promotion = Promotion(id="ten", name="Ten", effect=TEN, limits=Limits(total=1))
    scenario = Scenario(name="a", promotions=(promotion,))
    run = simulate(carts_of(), [scenario], at=AT, progress=False)

    assert [pence // 10 for pence in PENCE] == discounts(run)
    assert [caveats.LIMITS_NOT_COUNTED] == run.caveats["caveat"].to_list()


def test_scenarios_without_limits_stay_in_columns() -> None:
    """Only what has to be priced in the order of the carts is; each scenario counts its own."""
    limited = [
        Scenario(
            name=name,
            promotions=(Promotion(id="ten", name="Ten", effect=TEN, limits=Limits(total=most)),),
        )
        for name, most in (("one", 1), ("two", 2))
    ]
    run = simulate(
        carts_of(), [limited[0], Scenario(name="none"), limited[1]], at=AT, count_limits=True
    )

    assert [("one", 0, 10), ("none", 10, 0), ("two", 0, 10)] == run.how.rows()
    assert [1, 0, 2] == run.summary()["affected"].to_list()


def test_limits_are_counted_in_a_sweep_and_for_near_misses() -> None:
    """A sweep of a budget spends it once for each value (SC-14)."""

    def budget(pounds: int) -> Promotion:
        limits = Limits(budget=Money(pounds, "GBP"))
        return Promotion(id="ten", name="Ten", effect=TEN, limits=limits)

    swept = sweep(carts_of(), budget, [30, 70, 10_000], count_limits=True, progress=False)

    assert [True] * 3 == [
        given <= most * 100
        for given, most in zip(swept.summary()["discounts"], [30, 70, 10_000], strict=True)
    ]
    assert swept.summary()["discounts"][2] == sum(PENCE) // 10
    assert swept.near_misses(units=1).is_empty()


def test_carts_have_to_come_in_the_order_of_their_times() -> None:
    """Whoever came first cannot be told from carts that are sorted otherwise."""
    times = [AT + timedelta(days=day) for day in (*range(9, 0, -1), 10)]
    limited = Promotion(id="ten", name="Ten", effect=TEN, limits=Limits(total=1))
    scenario = Scenario(name="a", promotions=(limited,))
    with pytest.raises(InvalidField, match="carts must be in the order in which they were placed"):
        simulate(carts_of(times), [scenario], count_limits=True)
    assert simulate(carts_of(), [scenario], count_limits=True).limits_counted


@pytest.mark.parametrize(
    ("who", "given", "told"),
    [
        ([None, None, None], [10, 10, 10], [caveats.NO_CONTACT]),
        (["ann", None, None], [10, 10, 10], [caveats.SOME_NO_CONTACT]),
        (["ann", None, "ann"], [10, 10, 0], [caveats.SOME_NO_CONTACT]),
        (["ann", "bob", "ann"], [10, 10, 0], []),
    ],
)
def test_limits_for_each_contact_need_contacts(
    who: list[str | None], given: list[int], told: list[str]
) -> None:
    """Carts that do not say whose they are meet no limit for each contact, which is told."""
    limited = Promotion(id="ten", name="Ten", effect=TEN, limits=Limits(per_contact=1))
    carts = carts_from(
        {"order": ["1", "2", "3"], "sku": ["A"] * 3, "units": [1] * 3, "who": who},
        order="order",
        sku="sku",
        quantity="units",
        unit_price="units",
        currency="GBP",
        contact="who",
    )
    scenario = Scenario(name="a", promotions=(limited,))
    run = simulate(carts, [scenario], at=AT, count_limits=True, progress=False)

    assert given == discounts(run)
    assert told == run.caveats["caveat"].to_list()
