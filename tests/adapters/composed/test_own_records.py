"""The shop of the page on own products and customers, on each database (HA-1)."""

import re
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from cartcore.adapters.composed import ComposedStorage
from cartcore.adapters.postgres import PostgresStorage
from cartcore.adapters.sqlite import SQLiteStorage
from cartcore.errors import QuoteChanged

PAGE = Path(__file__).parents[3] / "docs" / "own-records.md"


@pytest.fixture
def page() -> dict[str, Any]:
    """What the page defines up to where it opens a storage."""
    text = PAGE.read_text(encoding="utf-8")
    code = "\n".join(re.findall(r"```python\n(.*?)```", text, re.DOTALL))
    found: dict[str, Any] = {"__name__": "page"}
    exec(code.partition("\nwith SQLiteStorage(")[0], found)  # noqa: S102
    return found


@pytest.fixture(params=["sqlite", "postgres"])
def records(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """A storage in each database."""
    if request.param == "sqlite":
        return SQLiteStorage(tmp_path / "shop.db")
    return PostgresStorage(request.getfixturevalue("postgres_url"))


def test_an_order_for_own_products_and_customers(page: dict[str, Any], records: Any) -> None:
    """It is priced by the application's tables, in one transaction with them (HA-1, HA-2)."""
    goods, customers = page["goods"], page["customers"]
    with records:
        order = page["take_an_order"](records)
        assert ("7", "Ann Lee", "24.88") == (
            order.contact.id,
            order.contact.name,
            str(order.quote.total.amount),
        )
        desk = page["shop_on"](records)
        draft = desk.duplicate(order.number, actor="sam")
        with desk.edit(draft.id) as edit:
            edit.save_items()
            edit.choose_speed("s1", "post")
            edit.go_to("review")
        seen = desk.view(draft.id).quote
        with records.write() as work:
            work.connection.execute(sa.update(goods).values(price_cents=1099))
            work.commit()
        with pytest.raises(QuoteChanged):
            desk.place(draft.id, seen=seen, actor="sam")
        with records.write() as work:
            work.connection.execute(sa.delete(customers))
            work.commit()

        assert [] == list(desk.find_contacts("ann").items)
        assert desk.view(draft.id).contact is None
        assert "Ann Lee" == desk.order(order.number).contact.name


def test_the_connection_is_that_of_the_records(records: Any) -> None:
    """Who is told of an order writes in its transaction, whosever the products are (HA-2)."""
    storage = ComposedStorage(records)
    with records:
        with storage.write() as work:
            work.connection.execute(sa.text("CREATE TABLE stock (pieces INTEGER)"))
        with storage.write() as work, pytest.raises(sa.exc.DBAPIError):
            work.connection.execute(sa.text("SELECT pieces FROM stock"))


def test_the_ports_are_short(page: dict[str, Any]) -> None:
    """Tables, ports and a desk take at most eighty lines, as the page says nothing shorter."""
    text = PAGE.read_text(encoding="utf-8")
    code = "\n".join(re.findall(r"```python\n(.*?)```", text, re.DOTALL))
    ports = code.partition("\ndef take_an_order")[0]

    assert len([line for line in ports.splitlines() if line.strip()]) <= 80
