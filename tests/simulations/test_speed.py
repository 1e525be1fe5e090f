"""The benchmark of scenarios measures the same work, whoever computes it."""

from benchmarks import scenarios
from cartcore.scenarios import simulate


def test_contestants_find_the_same_discounts() -> None:
    """A loop over integers, Polars by hand, columns and `price` agree to the penny (SC-15)."""
    frame = scenarios.order_lines(300)
    alone = (scenarios.by_hand, scenarios.plain_loop, scenarios.columns, scenarios.objects)
    first, *others = [each(frame).discounts for each in alone]

    assert 0 == first[0] < min(first[1:])
    assert [first] * 3 == others


def test_the_table_has_all_ways() -> None:
    """In columns, by `price` in one process, in two and on Dask, and by hand (SC-15)."""
    priced = {"objects", "two_workers", "two_programs", "dask"}

    assert priced == scenarios.THROUGH_PRICE.keys()
    assert {"by_hand", "plain_loop", "columns", *priced} == scenarios.CONTESTANTS.keys()


def test_which_way_each_takes() -> None:
    """The four scenarios go in columns whole, and those through `price` not at all (SC-15)."""
    carts = scenarios.read(scenarios.order_lines(50))
    for sets, column in ((scenarios.scenarios(), "compiled"), (scenarios.priced_only(), "priced")):
        run = simulate(carts, sets, at=scenarios.AT, progress=False)

        assert [50] * 4 == run.how[column].to_list()
