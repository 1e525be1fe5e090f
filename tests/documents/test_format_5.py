"""What format 5 keeps is read as it was written, and its orders are priced again (ST-4, SC-11)."""

import json
from pathlib import Path
from typing import Any

import pytest

from cartcore.adapters.audit import audit
from cartcore.adapters.memory import MemoryStorage
from cartcore.adapters.sqlite import SQLiteStorage
from cartcore.desk import OrderDesk
from cartcore.documents.exchange import export_lines, import_lines
from cartcore.documents.formats import FORMAT
from cartcore.documents.serializer import Serializer
from cartcore.orders.filters import OrderFilter
from cartcore.pricing.policy import Stacking
from cartcore.rules import load_rulebook
from tests.support.carts import usd
from tests.support.shop import STORE

FOLDER = Path(__file__).parents[1] / "fixtures" / "format_5"
SERIALIZER = Serializer(load_rulebook())


def lines(name: str) -> list[bytes]:
    return (FOLDER / f"{name}.jsonl").read_bytes().splitlines(keepends=True)


def records(written: list[bytes]) -> list[tuple[str, Any]]:
    """The kind and the document of each record, without its format."""
    found = [next(iter(json.loads(line).items())) for line in written[1:-1]]
    return [(kind, {**document, "format": None}) for kind, document in found]


@pytest.mark.parametrize("name", ["shop", "taxed"])
def test_it_is_written_as_it_was_read(name: str) -> None:
    """Each record says the same after it was read and written again (ST-4, ST-12)."""
    storage = MemoryStorage()
    import_lines(storage, lines(name), SERIALIZER)

    now = [*export_lines(storage, SERIALIZER)]
    assert records(lines(name)) == records(now)
    formats = {document.get("format") for document in map(json.loads, now[1:-1])}
    assert formats <= {None, FORMAT}


@pytest.mark.parametrize(("name", "count"), [("shop", 6), ("taxed", 1)])
def test_orders_are_priced_again(name: str, count: int) -> None:
    """Each order comes to the quote that was agreed to, whatever the store is now (SC-11)."""
    storage = MemoryStorage()
    import_lines(storage, lines(name), SERIALIZER)
    desk = OrderDesk(storage, STORE)
    with storage.read() as work:
        orders = work.orders.search(OrderFilter()).items

    assert count == len(orders)
    for order in orders:
        found = desk.reprice(order.number)
        assert order.quote == found.agreed == found.quote
        assert () == found.differences


def test_amounts_are_those_of_then() -> None:
    """The order with all that a price can depend on has the amounts that were agreed to (ST-4)."""
    storage = MemoryStorage()
    import_lines(storage, lines("taxed"), SERIALIZER)
    order = OrderDesk(storage, STORE).order("1001")
    totals = order.quote.totals

    agreed = (usd("100.33"), usd("27.76"), usd("5.75"), usd("85.42"))
    assert agreed == (totals.items, totals.discounts, totals.tax, totals.total)
    assert order.priced_from is not None
    assert Stacking.BEST_PER_LINE is order.priced_from.policy.stacking
    assert order.priced_from.taxes
    assert ("cap", (("cap", "CAP-BLUE"),)) in [
        (each.promotion_id, each.choices) for each in order.priced_from.cart.applied
    ]


@pytest.mark.parametrize("name", ["shop", "taxed"])
def test_the_audit_finds_it_whole(name: str, tmp_path: Path) -> None:
    """In a database of today nothing of it is wrong (ST-5, SC-11)."""
    with SQLiteStorage(tmp_path / "shop.db") as storage:
        import_lines(storage, lines(name), SERIALIZER)

    assert [] == audit(tmp_path / "shop.db")
