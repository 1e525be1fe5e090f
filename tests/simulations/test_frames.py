"""The frames of a run, as pandas has them."""

from collections.abc import Callable

import attrs
import pandas as pd
import polars as pl
import pytest
from moneyed import Money

from cartcore.scenarios import Comparison, Run, Sweep, simulate, sweep
from tests.simulations.test_comparison import TEN, carts
from tests.simulations.test_simulation import AT, SCENARIOS


@pytest.fixture(scope="module")
def run() -> Run:
    return simulate(carts(), [TEN, *SCENARIOS], at=AT, progress=False)


@pytest.fixture(scope="module")
def swept() -> Sweep:
    return sweep(carts(), lambda _: TEN, [1], at=AT, progress=False)


def compared(run: Run) -> Comparison:
    return run.compare("ten", "both", by="land", cost="60")


@pytest.mark.parametrize(
    "frame",
    [
        lambda run, _: run.orders,
        lambda run, _: run.promotions,
        lambda run, _: run.how,
        lambda run, _: run.lines("ten"),
        lambda run, _: run.summary(cost="60"),
        lambda run, _: compared(run).summary,
        lambda run, _: compared(run).orders,
        lambda _, swept: swept.summary(cost="60"),
        lambda _, swept: swept.breakeven(cost="60"),
        lambda _, swept: swept.near_misses(within=Money("200.00", "GBP")),
        lambda run, _: run.carts.refused,
        lambda run, _: run.carts.orders,
        lambda run, _: run.carts.lines,
    ],
)
def test_every_frame_is_one_of_pandas_by_one_call(
    frame: Callable[[Run, Sweep], pl.DataFrame], run: Run, swept: Sweep
) -> None:
    """`.to_pandas()` has the same figures, sums in 64 bits among them (SC-13)."""
    ours = frame(run, swept)
    theirs = ours.to_pandas()

    assert isinstance(theirs, pd.DataFrame)
    assert ours.height == len(theirs)
    for name, kind in ours.schema.items():
        if kind.is_integer() and not ours[name].null_count():
            assert "int64" == str(theirs[name].dtype)
            assert ours[name].to_list() == theirs[name].to_list()


def test_sums_are_wider_only_where_they_must_be(run: Run) -> None:
    """A sum beyond 64 bits is exact, and the others beside it stay in 64 (SC-13)."""
    enormous = run.orders.with_columns(total=pl.lit(9 * 10**18))
    found = attrs.evolve(run, orders=enormous).summary(cost="60")

    assert found.schema["total"] == pl.Int128
    assert found.schema["items"] == pl.Int64
    assert 27 * 10**18 == found["total"][0]


def test_change_beyond_64_bits_is_exact(run: Run) -> None:
    """The change of two sums that fit, with another sign, may be wider than they are (SC-5)."""
    net = pl.when(scenario="ten").then(-3 * 10**18).otherwise(3 * 10**18)
    changed = attrs.evolve(run, orders=run.orders.with_columns(net=net))

    assert [18 * 10**18] == changed.compare("ten", "nothing", cost="60").summary["margin"].to_list()
