"""How much a database is asked for an order (HA-17): counted, as time depends on the machine."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest
from sqlalchemy import event

from cartcore.adapters.postgres import PostgresStorage
from cartcore.adapters.sqlite import SQLiteStorage
from tests.support.shop import Shop

MOST = {"sqlite": 22, "postgres": 20}
"""So many statements place an order, and tell of it."""


@pytest.fixture(params=MOST)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, Any]]:
    """Each database, with an empty storage."""
    opened: SQLiteStorage | PostgresStorage
    if request.param == "sqlite":
        opened = SQLiteStorage(tmp_path / "shop.db")
    else:
        opened = PostgresStorage(request.getfixturevalue("postgres_url"))
    with opened as storage:
        yield request.param, storage


@pytest.mark.parametrize("lines", [1, 10])
def test_placing_takes_few_statements(database: tuple[str, Any], lines: int) -> None:
    """As many as are said, however many lines it has, and none of them three times (HA-17)."""
    name, storage = database
    shop = Shop(storage)
    with storage.write() as work:
        mug = work.products.get("mug")
        for i in range(lines):
            [variant] = mug.variants
            one = attrs.evolve(variant, sku=f"M{i}")
            work.products.add(attrs.evolve(mug, id=f"m{i}", variants=(one,)))
        work.commit()
    drafts = [shop.reviewed({f"M{i}": 1 for i in range(lines)}) for _ in range(5)]
    seen = [shop.desk.view(draft_id).quote for draft_id in drafts]
    said: list[str] = []
    event.listen(
        storage._engine, "before_cursor_execute", lambda _c, _u, text, *_: said.append(text)
    )
    found = []
    for draft_id, quote in zip(drafts, seen, strict=True):
        said.clear()
        order = shop.desk.place(draft_id, seen=quote, actor="sam")
        found.append([*said])

        assert lines == len(order.quote.lines)
        assert [each for each in said if said.count(each) > 2] == []
    # With the first one everything is new; and where a server has done something of its own
    # between the look and the lock, what was read is read again.
    fewest = min(found, key=len)
    assert len(fewest) <= MOST[name], "\n".join(fewest)
