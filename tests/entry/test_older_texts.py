"""What was told apart before texts were compared in one normal form, and how it goes on (OE-27).

`fixtures/format_2` was written by the code of that time; `README.md` there says what is in it.
"""

import gzip
import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import attrs
import psycopg
import pytest

from cartcore.adapters.audit import Fault, audit
from cartcore.adapters.memory import MemoryStorage
from cartcore.adapters.postgres import PostgresStorage, migrate
from cartcore.adapters.sqlite import SQLiteStorage
from cartcore.cart import AppliedPromotion
from cartcore.desk import OrderDesk
from cartcore.documents.exchange import contents, export_lines, import_lines
from cartcore.documents.serializer import Serializer
from cartcore.entry.store import Store
from cartcore.errors import AlreadyExists, NotFound
from cartcore.orders.filters import DraftFilter, OrderFilter
from cartcore.rules import load_rulebook
from cartcore.shop.contact import ContactFilter
from cartcore.storage import Storage
from cartcore.testing.storage.texts import NAMES
from tests.adapters.test_postgres import to_second_version

FILE = Path(__file__).parents[1] / "fixtures" / "format_2" / "shop.sqlite.gz"


@attrs.frozen
class Older:
    """A database of that time: where it is, and how to open it."""

    where: str
    database: str

    def opened(self) -> Any:
        if self.database == "sqlite":
            return SQLiteStorage(self.where)
        migrate(self.where)
        return PostgresStorage(self.where)


@pytest.fixture(params=["sqlite", "postgres"])
def older(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Older]:
    """The shop of that time, in each database."""
    path = tmp_path / "shop.db"
    path.write_bytes(gzip.decompress(FILE.read_bytes()))
    if request.param == "sqlite":
        yield Older(str(path), request.param)
        return
    url = request.getfixturevalue("postgres_url")
    to_second_version(url)
    with closing(sqlite3.connect(path)) as source, psycopg.connect(url) as target:
        copy(source, target)
    yield Older(url, request.param)


def copy(source: sqlite3.Connection, target: psycopg.Connection[Any]) -> None:
    """Copy the rows in the order in which they were stored, times as PostgreSQL keeps them."""
    tables = [name for (name,) in source.execute("SELECT name FROM sqlite_schema WHERE sql <> ''")]
    filled = [table for table in ORDER if table in tables]
    for table in filled:
        target.execute(f"DELETE FROM {table}".encode())  # noqa: S608
        as_stored = (
            " ORDER BY (SELECT rowid FROM promotions WHERE id = promotion_id)"
            if table == "promotion_codes"
            else ""
        )
        rows = source.execute(f"SELECT * FROM {table}{as_stored}")  # noqa: S608
        names = [column for column, *_ in rows.description]
        values = ", ".join(
            "to_timestamp(%s::numeric / 1000000)" if name in TIMES else f"%s{CASTS.get(name, '')}"
            for name in names
        )
        insert = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({values})"  # noqa: S608
        for row in rows:
            target.execute(insert.encode(), row)


ORDER = (
    *("contacts", "contact_words", "contact_addresses", "contact_tags"),
    *("products", "product_words", "variants", "promotions", "promotion_codes", "drafts"),
    *("orders", "order_words", "order_skus", "order_codes", "redemptions", "counters"),
)
TIMES = {"updated_at", "placed_at"}
CASTS = {"available": "::int::boolean", "enabled": "::int::boolean"}


def test_the_older_one_keeps_the_key(older: Older) -> None:
    """Of records that read the same now, the one stored first has the key, whatever its id."""
    with older.opened() as storage, storage.read() as work:
        assert "z-sale" == work.promotions.by_code("café10").id
        assert "z-sale" == work.promotions.by_code("ＳＡＶＥ10").id
        assert "a-sale" == work.promotions.by_code("newer").id
        assert ("MUM'S",) == work.promotions.by_code("mum’s").codes
    shared = [finding for finding in audit(older.where) if finding.fault is Fault.SHARED]

    assert {
        ("contact a-ann", "contact z-ann has the same e-mail"),
        ("contact m-ann", "contact z-ann has the same e-mail"),
        ("contact a-caf", "contact z-caf has the same e-mail"),
        ("promotion a-sale", "promotion z-sale has the same promo code"),
    } == {(f.record, re.split(" address| and|,", f.problem)[0]) for f in shared}
    assert 5 == len(shared)
    assert shared == audit(older.where)  # nothing else is wrong


def test_the_shop_can_move(older: Older, tmp_path: Path) -> None:
    """Records that share a key can be exported and imported, and keep what they have (ST-12)."""
    serializer = Serializer(load_rulebook())
    with older.opened() as storage:
        lines = list(export_lines(storage, serializer))
        for target in (MemoryStorage(), SQLiteStorage(tmp_path / "moved.db")):
            assert contents(storage, serializer) == import_lines(target, lines, serializer)
            with storage.read() as before, target.read() as after:
                for code in ("café10", "ＳＡＶＥ10", "newer", "mum’s"):
                    owner = before.promotions.by_code(code).id
                    assert owner == after.promotions.by_code(code).id
    shared = [(f.fault, f.record.partition(" ")[0]) for f in audit(tmp_path / "moved.db")]

    assert {(Fault.SHARED, "contact"): 3, (Fault.SHARED, "promotion"): 2} == Counter(shared)


def test_all_of_it_can_be_listed_and_found(older: Older) -> None:
    """Nothing became unreadable, and names in all scripts are found now (OE-27)."""
    with older.opened() as storage, storage.read() as work:
        everybody = work.contacts.search(ContactFilter(), limit=100).items
        assert 22 == len(everybody)
        assert 4 == len(work.promotions.search().items)
        assert ["1003", "1002", "1001"] == [
            o.number for o in work.orders.search(OrderFilter()).items
        ]
        assert {"(invisible)"} == {c.name for c in everybody if c.id == "blank"}
        for name, typed in NAMES.values():
            if name in {contact.name for contact in everybody}:
                found = work.contacts.search(ContactFilter(name=typed)).items
                assert [name] == [contact.name for contact in found]
        number = ContactFilter(phone="+1 303 555 0147")
        assert ["z-ann", "m-ann"] == [c.id for c in work.contacts.search(number).items]
        orders = work.orders.search(OrderFilter(address="cafe zurich", email="ANN@")).items
        assert ["1002", "1001"] == [order.number for order in orders]
        assert ["z-ann"] == [
            draft.contact_id for draft in work.drafts.search(DraftFilter(actor="kim")).items
        ]


def test_those_without_the_key_can_be_changed(older: Older) -> None:
    """Who shares a key can be saved as ever, and takes it when it is given up (OE-27)."""
    with older.opened() as storage:
        with storage.write() as work:
            newer = work.contacts.save(attrs.evolve(work.contacts.get("a-ann"), phone="1"))
            sale = work.promotions.save(attrs.evolve(work.promotions.get("a-sale"), priority=3))
            with pytest.raises(AlreadyExists):  # a key that it did not have
                work.contacts.save(attrs.evolve(newer, email="blank@example.com"))
            with pytest.raises(AlreadyExists):
                work.promotions.save(attrs.evolve(sale, codes=(*sale.codes, "SEEN")))
            work.commit()
        with storage.write() as work:
            older_one = work.contacts.get("z-ann")
            work.contacts.save(attrs.evolve(older_one, email=""))
            work.contacts.save(newer)
            work.commit()
    shared = {finding.record for finding in audit(older.where)}

    assert {"contact m-ann", "contact a-caf", "promotion a-sale"} == shared


def test_addresses_that_read_the_same_are_one(older: Older) -> None:
    """A draft that ships to one address twice, as it was told apart then, is shown (OE-12)."""
    with older.opened() as storage, storage.read() as work:
        [draft] = work.drafts.search(DraftFilter(contact_id="z-ann")).items
        first, second = draft.shipments

    assert first.address.key == second.address.key
    assert first.address != second.address


def test_an_order_can_have_both(older: Older) -> None:
    """Two promotions with one code, each applied by a code of its own, are priced (OE-27)."""
    with older.opened() as storage:
        desk = OrderDesk(storage, Store(currency="USD"))
        draft_id = desk.drafts().items[0].id
        with desk.edit(draft_id) as edit:
            edit.go_to("items")
        with storage.write() as work:
            [draft] = work.drafts.search().items
            applied = [AppliedPromotion(promotion_id=i) for i in ("a-sale", "z-sale")]
            work.drafts.save(attrs.evolve(draft, applied=tuple(applied)))
            work.commit()
        decided = desk.view(draft_id).quote.decisions

    assert {"a-sale", "z-sale"} == {decision.promotion_id for decision in decided}


def test_a_removed_code_is_free(older: Older) -> None:
    """When the older one gives a code up, the newer one takes it with its next change (OE-27)."""
    with older.opened() as storage:
        give_up(storage)
        with storage.read() as work:
            assert "a-sale" == work.promotions.by_code("cafe\u030110").id
            with pytest.raises(NotFound):
                work.promotions.by_code("none")


def give_up(storage: Storage) -> None:
    with storage.write() as work:
        work.promotions.save(attrs.evolve(work.promotions.get("z-sale"), codes=("OTHER",)))
        work.promotions.save(work.promotions.get("a-sale"))
        work.commit()
