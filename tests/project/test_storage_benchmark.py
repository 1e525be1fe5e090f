"""That the storage which the benchmark fills is a real one."""

from pathlib import Path

import pytest

from benchmarks.storage.filling import CODE, Sizes, fill
from benchmarks.storage.measuring import bare
from cartcore.adapters.audit import audit
from cartcore.orders.filters import OrderFilter
from cartcore.shop.contact import ContactFilter
from tests.torture.database import Database

SIZES = Sizes(contacts=1_000, products=1_000, orders=200)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_what_is_filled_is_what_the_adapter_would_write(
    request: pytest.FixtureRequest, kind: str, tmp_path: Path
) -> None:
    """The audit finds nothing in it, and its records are found by what is in them (ST-9)."""
    where = request.getfixturevalue("postgres_url") if kind == "postgresql" else tmp_path / "shop"
    database = Database(kind, str(where))
    database.open().close()
    written: list[int] = []
    with bare(database) as driver:
        fill(database.open, driver, SIZES, written.append)

    assert [] == audit(database.where)
    assert 2_200 == sum(written)
    with database.open() as storage, storage.read() as work:
        # A hundred that an order desk placed, and copies of them: one in a hundred has the code.
        assert 300 == len(work.orders.search(OrderFilter(), limit=1000).items)
        with_code = work.orders.search(OrderFilter(promo_code=CODE)).items
        assert 3 == len(with_code)
        assert 3 == work.promotions.usage(["take5"], "")["take5"].total
        contact = work.contacts.get("contact-0000007")
        found = work.contacts.search(ContactFilter(name=contact.name)).items
        assert contact in found
        assert "1300" == work.orders.by_number("1300").number
        assert 1300 == work.orders.last_number()
