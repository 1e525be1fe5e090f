"""Carts that say when they were placed are priced for then."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pandas as pd
import polars as pl
import pytest

from cartcore import Promotion, price
from cartcore.errors import InvalidField
from cartcore.rules.builtin import OrderPercentOff, TimeWindow
from cartcore.scenarios import Carts, Scenario, carts_from, refusals, simulate, sweep
from tests.simulations.test_compiled import SLOW

BERLIN = "Europe/Berlin"
TEN = OrderPercentOff(percent="10")
NOON = datetime(2026, 6, 5, 12, 0, tzinfo=UTC)  # a Friday


def at_times(*times: object, **more: Any) -> Carts:
    """One order for each time, of one mug at 10.00."""
    return carts_from(
        {
            "order": [f"{number}" for number in range(len(times))],
            "sku": ["MUG"] * len(times),
            "units": [1] * len(times),
            "price": ["10.00"] * len(times),
            "when": [*times],
        },
        order="order",
        sku="sku",
        quantity="units",
        unit_price="price",
        currency="GBP",
        placed_at="when",
        **more,
    )


def placed(carts: Carts) -> list[datetime]:
    return [each.astimezone(UTC) for each in carts.orders["placed_at"].to_list()]


@pytest.mark.parametrize(
    "value",
    [
        NOON,
        NOON.astimezone(timezone(timedelta(hours=9))),
        NOON.replace(tzinfo=None, hour=14),
        pd.Timestamp("2026-06-05T14:00"),
        "2026-06-05 14:00",
        "2026-06-05T14:00:00",
        " 2026-06-05T12:00:00Z",
        "2026-06-05 08:00:00-04:00",
    ],
    ids=str,
)
def test_a_time_without_a_zone_is_one_of_the_store(value: object) -> None:
    """Clocks of Berlin show 14:00 when it is noon in UTC, and a zone of its own counts (SC-2)."""
    carts = at_times(value, timezone=BERLIN)

    assert [NOON] == placed(carts)
    assert [BERLIN] == [cart.timezone for cart in carts]


def test_a_day_is_its_beginning() -> None:
    """A column of dates says the midnight of the store's clocks (SC-2)."""
    assert [datetime(2026, 6, 4, 22, tzinfo=UTC)] == placed(
        at_times(date(2026, 6, 5), timezone=BERLIN)
    )


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, refusals.MISSING),
        ("", refusals.MISSING),
        (" ", refusals.MISSING),
        (pd.NaT, refusals.MISSING),
        ("12/1/2010 8:26", refusals.NOT_A_TIME),
        ("2026-02-30", refusals.NOT_A_TIME),
        (20260605, refusals.NOT_A_TIME),
        (1.5, refusals.NOT_A_TIME),
        (True, refusals.NOT_A_TIME),
        ("2026-03-29 02:30", refusals.NOT_A_TIME),  # the clocks went from 2:00 to 3:00
        ("0001-01-01 00:30", refusals.NOT_A_TIME),  # the year 0 in UTC
        ("0001-01-01", refusals.NOT_A_TIME),
        ("0001-01-01T00:30+05:00", refusals.NOT_A_TIME),
        (datetime(9999, 12, 31, 23, 30, tzinfo=timezone(-timedelta(hours=5))), refusals.NOT_A_TIME),
        ([NOON], refusals.NOT_A_TIME),
    ],
    ids=str,
)
def test_what_is_no_time_is_told(value: object, reason: str) -> None:
    """A row without a time that was on the clocks is refused, with its reason (SC-2)."""
    carts = at_times(value, timezone=BERLIN)

    assert not len(carts)
    assert [("when", reason)] == carts.refused.select("column", "reason").rows()


def test_an_hour_that_came_twice_counts_when_it_came_first() -> None:
    """At 2:30 on the day that clocks went back from 3:00 it may have been one of two instants."""
    assert [datetime(2026, 10, 25, 0, 30, tzinfo=UTC)] == placed(
        at_times("2026-10-25 02:30", timezone=BERLIN)
    )


@pytest.mark.parametrize("day", [date(2017, 10, 15), "2017-10-15", " 20171015 "], ids=str)
def test_a_day_without_a_midnight_begins_later(day: object) -> None:
    """Clocks of São Paulo went from 0:00 to 1:00, and that was the beginning of the day (SC-2)."""
    assert [datetime(2017, 10, 15, 3, tzinfo=UTC)] == placed(
        at_times(day, timezone="America/Sao_Paulo")
    )


@pytest.mark.parametrize("made", [list, pd.DataFrame, pl.DataFrame])
@pytest.mark.parametrize("clock", [datetime.fromisoformat, pd.Timestamp])
def test_times_with_a_zone_and_without_one_stand_together(made: Any, clock: Any) -> None:
    """In one column each counts as if it stood alone, whichever comes first (SC-2)."""
    texts = ["2026-06-05 14:00", "2026-06-05 12:00+00:00", "2026-06-05 08:00-04:00"]
    for turn in range(3):
        times = [clock(text) for text in (*texts[turn:], *texts[:turn])]
        column = pl.Series("when", times, dtype=pl.Object) if made is pl.DataFrame else times
        rows = {"n": ["1", "2", "3"], "sku": ["MUG"] * 3, "units": [1] * 3, "when": column}
        source = (
            [dict(zip(rows, row, strict=True)) for row in zip(*rows.values(), strict=True)]
            if made is list
            else made(rows)
        )
        carts = carts_from(
            source,
            order="n",
            sku="sku",
            quantity="units",
            unit_price="units",
            currency="GBP",
            placed_at="when",
            timezone=BERLIN,
        )

        assert [NOON] * 3 == placed(carts)


@pytest.mark.parametrize("zone", [None, "UTC", BERLIN])
def test_years_that_python_lacks_are_told(zone: str | None) -> None:
    """A frame can say the year 20009; its row is refused, and the others are read (SC-2)."""
    times = pl.Series("when", [569_285_280_000_000_000, 0]).cast(pl.Datetime("us", zone))
    frame = pl.DataFrame({"n": ["1", "2"], "units": [1, 1]}).with_columns(times)
    carts = carts_from(
        frame,
        order="n",
        sku="n",
        quantity="units",
        unit_price="units",
        currency="GBP",
        placed_at="when",
    )

    assert [(0, refusals.NOT_A_TIME)] == carts.refused.select("row", "reason").rows()
    assert [datetime(1970, 1, 1, tzinfo=UTC)] == placed(carts)


TIMES = [NOON + timedelta(hours=7 * hours) for hours in range(-12, 24)]
WEEKEND = TimeWindow(weekdays=("saturday", "sunday"))
NIGHT = TimeWindow(from_time="22:00", to_time="06:30")
PROMOTIONS = (
    Promotion(id="weekend", name="a", effect=TEN, conditions=(WEEKEND,)),
    Promotion(id="night", name="b", effect=TEN, conditions=(NIGHT,)),
    Promotion(id="from", name="c", effect=TEN, starts_at=NOON),
    Promotion(id="until", name="d", effect=TEN, ends_at=NOON),
    Promotion(id="off", name="e", effect=TEN, starts_at=NOON, enabled=False),
    Promotion(
        id="days", name="f", effect=TEN, starts_at=NOON, ends_at=NOON + timedelta(days=2, hours=3)
    ),
)


@pytest.mark.parametrize("zone", ["UTC", BERLIN, "America/New_York"])
@pytest.mark.parametrize("slow", [(), (SLOW,)], ids=["columns", "price"])
def test_each_cart_is_priced_for_its_own_instant(zone: str, slow: tuple[Promotion, ...]) -> None:
    """A run without `at` has the totals and reasons of `price` at each time (SC-3, PR-8)."""
    carts = at_times(*TIMES, timezone=zone)
    for promotion in PROMOTIONS:
        run = simulate(carts, [Scenario(name="a", promotions=(promotion, *slow))], progress=False)
        quotes = [price(cart, [promotion], at=at) for cart, at in zip(carts, TIMES, strict=True)]
        reasons = [quote.decisions[0].reason for quote in quotes]

        assert [int(quote.total.amount * 100) for quote in quotes] == run.orders["total"].to_list()
        own = run.promotions.filter(pl.col("promotion") == promotion.id)
        counts = dict(own.select("reason", "carts").rows())
        assert {reason: reasons.count(reason) for reason in reasons} == counts
        assert [not slow] == (run.how["compiled"] > 0).to_list()
        assert [quotes[4].total] * 2 == [run.quote("a", order).total for order in ("4", 4)]


def test_a_window_begins_within_a_minute_where_clocks_do() -> None:
    """Until 1972 clocks of Monrovia were 44 minutes and 30 seconds behind UTC (SC-3, PR-9)."""
    times = [datetime(1971, 6, 5, 12, 44, second, tzinfo=UTC) for second in (0, 29, 30, 59)]
    noon = TimeWindow(from_time="12:00", timezone="Africa/Monrovia")
    scenario = Scenario(
        name="a", promotions=(Promotion(id="a", name="a", effect=TEN, conditions=(noon,)),)
    )
    run = simulate(at_times(*times), [scenario], progress=False)

    assert [4] == run.how["compiled"].to_list()
    assert [0, 0, 1_00, 1_00] == run.orders["discounts"].to_list()
    assert [0, 0, 1_00, 1_00] == run.lines("a")["discount"].to_list()


def test_workers_and_lines_know_the_instants() -> None:
    """Other processes, and the lines of a run, price for the same times (SC-4, SC-13)."""
    carts = at_times(*TIMES)
    scenario = Scenario(name="a", promotions=(PROMOTIONS[0], SLOW))
    alone = simulate(carts, [scenario], progress=False)
    both = simulate(carts, [scenario], workers=2, progress=False)

    assert alone.orders.equals(both.orders)
    assert alone.orders["discounts"].to_list() == alone.lines("a")["discount"].to_list()
    assert 0 < alone.orders["discounts"].sum() < 100 * len(TIMES)


def test_a_stated_instant_counts_for_all() -> None:
    """`at` is for all carts, also for those that say when they were placed; then it is told."""
    carts = at_times(*TIMES)
    scenario = Scenario(name="a", promotions=(PROMOTIONS[0],))
    own, friday = (simulate(carts, [scenario], at=at, progress=False) for at in (None, NOON))

    assert own.orders["discounts"].sum() > 0 == friday.orders["discounts"].sum()
    assert [[], ["one_instant"]] == [each.caveats["caveat"].to_list() for each in (own, friday)]


def test_a_sweep_takes_the_instants_of_carts() -> None:
    """Each value is priced for the times of the carts, as are near misses (SC-14)."""

    def until(day: int) -> Promotion:
        ends = datetime(2026, 6, day, tzinfo=UTC)
        return Promotion(id="until", name="until", effect=TEN, ends_at=ends)

    swept = sweep(at_times(*TIMES), until, [3, 5, 8], progress=False)
    before = [sum(at < datetime(2026, 6, day, tzinfo=UTC) for at in TIMES) for day in (3, 5, 8)]

    assert before == swept.summary()["affected"].to_list()
    assert swept.near_misses(units=1).is_empty()


def test_carts_without_times_need_an_instant() -> None:
    """Without `at` and without times nothing says what to price for."""
    carts = at_times(NOON)
    untold = carts_from(
        {"order": ["1"], "sku": ["MUG"], "units": [1], "price": ["1.00"]},
        order="order",
        sku="sku",
        quantity="units",
        unit_price="price",
        currency="GBP",
    )

    assert len(simulate(carts, [Scenario(name="a")], progress=False).orders) == 1
    with pytest.raises(InvalidField, match="placed_at"):
        simulate(untold, [Scenario(name="a")], progress=False)
