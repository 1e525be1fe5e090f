"""Kills in the transactions of an application: the short form of `tests.torture.hosting`."""

import pytest

from tests.torture.database import Database
from tests.torture.hosting import Moment, kill, open_shop, parted

MOMENTS = (*(Moment(statement) for statement in (1, 30, 47, 82)), Moment(part=0.9))


@pytest.mark.parametrize("way", ["joined", "work.connection"])
def test_a_row_and_its_order_are_both_there_or_neither(database: Database, way: str) -> None:
    """Killed at any moment, a process leaves an order with the application's row (HA-2, ST-5).

    What the application has rolled back, to a savepoint too, is not there (HA-2, HA-5).
    """
    open_shop(database)
    for number, moment in enumerate(MOMENTS):
        kill(database, way, str(number), moment)

    assert [] == parted(database)
    [(orders,)] = database.rows("SELECT count(*) FROM cartcore_orders")
    assert orders >= len(MOMENTS)  # each had placed one before


def test_two_transactions_are_found_out(database: Database) -> None:
    """A row that is committed by itself is there without its order, and the check says so."""
    open_shop(database)
    kill(database, "apart", "0", Moment(1))

    assert [found for found in parted(database) if "is a row, and no order" in found]
