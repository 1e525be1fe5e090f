"""That the checks of the runs do find what is wrong, each of it."""

import shutil
from pathlib import Path
from random import Random

import pytest

from cartcore.orders.order import Order
from tests.torture.checking import findings
from tests.torture.database import Database
from tests.torture.journal import Journal
from tests.torture.races import attempts, place_each
from tests.torture.shop import desk_on, entered, fill

FIRST = "WHERE order_id = (SELECT id FROM cartcore_orders WHERE number = '1001')"


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Database, Journal]:
    """A file with some orders, and the journal of who placed them."""
    folder = tmp_path_factory.mktemp("ran")
    database, journal = Database("sqlite", str(folder / "shop.sqlite")), Journal(folder / "journal")
    with database.open() as storage:
        fill(storage, uses=12)
        desk, random = desk_on(storage), Random(1)
        # Enough of them that each code was used twice by somebody.
        for attempt in attempts(desk, [entered(desk, random) for _ in range(12)]):
            [order] = place_each(desk, [attempt])
            assert isinstance(order, Order)
            journal.acknowledge(order)
    return database, journal


@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        ("DELETE FROM cartcore_orders WHERE number = '1001'", "was acknowledged; there is []"),
        ("UPDATE cartcore_orders SET number = '9999' WHERE number = '1001'", "was acknowledged"),
        ("UPDATE cartcore_orders SET total_minor = 1 WHERE number = '1001'", "adds up to"),
        ("DELETE FROM cartcore_order_skus " + FIRST, "has other SKUs"),
        ("DELETE FROM cartcore_order_terms " + FIRST, "has other names"),
        ("DELETE FROM cartcore_order_codes " + FIRST, "has other codes"),
        ("DELETE FROM cartcore_redemptions " + FIRST, "has other redemptions"),
        ("INSERT INTO cartcore_order_skus (order_id, sku) VALUES ('none', 'x')",
         "that are not there"),
        (("UPDATE cartcore_orders SET"
         " document = replace(document, 'history\":[{', 'history\":[{},{')"),
         "no whole history"),
        ("UPDATE cartcore_counters SET value = 1001", "the last number is said to be"),
        ("DELETE FROM cartcore_events WHERE sequence = 3", "the events are"),
        (("UPDATE cartcore_events SET order_number = '1001' WHERE order_number = '1002'"),
         "the events are"),
        ("UPDATE cartcore_counters SET value = 3 WHERE name = 'events'", "the last event is said"),
        (("INSERT INTO cartcore_drafts (id, version, updated_at, document)"
         " SELECT draft_id, 1, 0, document FROM cartcore_orders"), "and an order too"),
        (("UPDATE cartcore_promotions SET"
         " document = replace(document, '\"total\":12', '\"total\":1')"),
         "up to 1 in total"),
        (("UPDATE cartcore_promotions SET"
         " document = replace(document, 'contact\":6', 'contact\":1')"),
         "up to 1 by one contact"),
        (("UPDATE cartcore_promotions SET"
         " document = replace(document, '18.00', '1.00')"),
         "up to 100 in cents"),
    ],
)  # fmt: skip
def test_damage_is_found(
    ran: tuple[Database, Journal], tmp_path: Path, damage: str, expected: str
) -> None:
    """Whatever a run could leave behind that is not as promised is told."""
    database, journal = ran
    copied = Database("sqlite", str(shutil.copy(database.where, str(tmp_path))))
    assert [] == findings(copied, [journal])

    copied.do(damage)

    assert [found for found in findings(copied, [journal]) if expected in found]
