"""Databases of the first release that are migrated side by side, or not to the end (ST-3, ST-5)."""

import gzip
import multiprocessing
import os
import signal
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import psycopg
import pytest
from sqlalchemy import Engine, event
from sqlalchemy.pool import Pool

from cartcore.adapters.postgres import PostgresStorage, migrate
from cartcore.adapters.sql import schema
from cartcore.adapters.sqlite import SQLiteStorage
from cartcore.orders.draft import Shipment
from cartcore.orders.filters import DraftFilter, OrderFilter
from cartcore.promotions.filters import PromotionFilter
from cartcore.promotions.types import PromotionClass
from cartcore.rules.builtin import FreeShipping
from cartcore.storage import LARGEST_PAGE
from cartcore.testing.records import (
    a_contact,
    a_draft,
    a_promotion,
    an_address,
    an_order,
    redeeming,
)
from cartcore.testing.storage import store
from cartcore.values.attributes import Attributes
from tests.adapters.test_postgres import to_first_release

if TYPE_CHECKING:
    from tests.support import postgres

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.adapters.sql.test_migrations"])
OLD_FILE = Path(__file__).parents[2] / "fixtures" / "format_1" / "shop.sqlite.gz"
A_WHILE = 60.0  # seconds, after which a test has failed
MOST = 200  # more statements than any migration has


@attrs.frozen
class OldDatabases:
    """Makes databases of the first release, brings one up to date, and looks into one."""

    kind: str
    make: Callable[[], str]

    def bring_up(self, where: str) -> None:
        """Do what an application does when a new release is installed."""
        bring_up(self.kind, where)

    def contents(self, where: str) -> list[Any]:
        """Return all tables and rows, without cartcore's code."""
        if self.kind == "postgresql":
            return _postgres_contents(where)
        with closing(sqlite3.connect(where)) as file:
            return [file.execute("PRAGMA user_version").fetchone(), *file.iterdump()]


def bring_up(kind: str, where: str) -> None:
    if kind == "postgresql":
        migrate(where)
    else:
        SQLiteStorage(where).close()


def _postgres_contents(url: str) -> list[Any]:
    with psycopg.connect(url) as connection:
        columns = connection.execute(
            "SELECT table_name, column_name, data_type FROM information_schema.columns"
            " WHERE table_schema = 'public' ORDER BY 1, 2"
        ).fetchall()
        indexes = connection.execute(
            "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1"
        ).fetchall()
        rows = [
            connection.execute(
                f"SELECT to_jsonb(t) FROM {table} AS t ORDER BY t::text".encode()  # noqa: S608
            ).fetchall()
            for table in sorted({table for table, _, _ in columns})
        ]
    return [columns, indexes, rows]


@pytest.fixture(params=["sqlite", "postgresql"])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OldDatabases]:
    """Old databases, as many as are asked for."""
    if request.param == "sqlite":
        yield OldDatabases("sqlite", lambda: _old_file(tmp_path))
        return
    server: postgres.Server = request.getfixturevalue("postgres_server")
    with ExitStack() as made:
        yield OldDatabases(
            "postgresql", lambda: _old_database(made.enter_context(server.database()))
        )


def _old_file(folder: Path) -> str:
    path = folder / f"{len(list(folder.iterdir()))}.sqlite"
    path.write_bytes(gzip.decompress(OLD_FILE.read_bytes()))
    return str(path)


def _old_database(url: str) -> str:
    with PostgresStorage(url) as storage:
        store(storage, "orders", redeeming(an_order(), "sale"), redeeming(an_order("o2"), "gift"))
    to_first_release(url)
    return url


@pytest.mark.parametrize("same", [False, True], ids=["each its own", "all the same"])
def test_threads_migrate_at_once(old: OldDatabases, same: bool) -> None:  # noqa: FBT001
    """Threads of one process bring up one database, or one each, and none hurts another (ST-3)."""
    wanted = _brought_up(old)
    for _ in range(3):
        places = [old.make()] * 4 if same else [old.make() for _ in range(4)]
        together = threading.Barrier(len(places))

        def start(where: str, together: threading.Barrier = together) -> None:
            together.wait(A_WHILE)
            old.bring_up(where)

        with ThreadPoolExecutor(len(places)) as pool:
            list(pool.map(start, places))

        assert all(wanted == old.contents(where) for where in places)


def test_processes_migrate_at_once(old: OldDatabases) -> None:
    """Processes bring up one database together: one does it, the others find it done (ST-3)."""
    wanted = _brought_up(old)
    where = old.make()
    with ProcessPoolExecutor(4, mp_context=PROCESSES) as pool:
        list(pool.map(bring_up, [old.kind] * 8, [where] * 8))

    assert wanted == old.contents(where)


def test_a_migration_that_is_killed_leaves_the_old_or_the_new(old: OldDatabases) -> None:
    """Killed at each statement of it in turn, it has done nothing; the next one does all (ST-3)."""
    wanted = _brought_up(old)
    where = old.make()
    before = old.contents(where)
    for at in range(MOST):
        ended = _killed(old, where, at)
        assert old.contents(where) in (before, wanted), f"killed at statement {at}"
        if wanted == old.contents(where):
            break

    assert at >= 10  # the step to version 2 has more
    assert -signal.SIGKILL == ended  # after the commit, and before anybody was told
    old.bring_up(where)
    assert wanted == old.contents(where)


def _brought_up(old: OldDatabases) -> list[Any]:
    """What an old database holds after a migration that nobody disturbs."""
    where = old.make()
    old.bring_up(where)
    return old.contents(where)


def _killed(old: OldDatabases, where: str, at: int) -> int | None:
    """Let a process bring a database up, and kill it at a statement of that; give its end."""
    process = PROCESSES.Process(target=_bring_up_and_die, args=(old.kind, where, at))
    process.start()
    process.join(A_WHILE)
    return process.exitcode


def _bring_up_and_die(kind: str, where: str, at: int) -> None:
    left = at

    def die_in_time(*_: object) -> None:
        nonlocal left
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1

    # Before each statement, before a transaction is committed, and when its connection is let go.
    event.listen(Engine, "before_cursor_execute", die_in_time)
    event.listen(Engine, "commit", die_in_time)
    event.listen(Pool, "checkin", die_in_time)
    bring_up(kind, where)
    raise AssertionError(f"{schema.VERSION} was reached before statement {at}")


BEFORE_SEARCHES_OF_DRAFTS = (
    "DROP TABLE cartcore_contact_address_words",
    "DROP TABLE cartcore_draft_terms",
    "UPDATE cartcore_version SET version_num = '0013'",
)

BEFORE_WORDS_OF_PROMOTIONS = (
    *BEFORE_SEARCHES_OF_DRAFTS,
    "DROP TABLE cartcore_promotion_words",
    "ALTER TABLE cartcore_promotions DROP COLUMN effect_type",
    "UPDATE cartcore_version SET version_num = '0012'",
)

BEFORE_REFERENCES = (
    *BEFORE_WORDS_OF_PROMOTIONS,
    "DELETE FROM cartcore_order_terms WHERE kind IN ('reference', 'attribute')",
    *(f"DROP INDEX ix_cartcore_{name}_reference" for name in ("contacts", "products", "orders")),
    *(
        f"ALTER TABLE cartcore_{name} DROP COLUMN reference"
        for name in ("contacts", "products", "orders")
    ),
    "UPDATE cartcore_version SET version_num = '0011'",
)


def opened(kind: str, where: str) -> SQLiteStorage | PostgresStorage:
    return SQLiteStorage(where) if kind == "sqlite" else PostgresStorage(where)


def take_back(kind: str, where: str, statements: Iterable[str], version: int) -> None:
    """Make a database what it was at an earlier version."""
    if kind == "sqlite":
        with closing(sqlite3.connect(where)) as file, file:
            for statement in (*statements, f"PRAGMA user_version = {version}"):
                file.execute(statement)
    else:
        with psycopg.connect(where) as connection:
            for statement in statements:
                connection.execute(statement.encode())


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_drafts_of_before_are_found(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Drafts that were stored before are found by what they and their contacts have (HA-11)."""
    where = str(tmp_path / "shop.sqlite")
    if kind == "postgresql":
        where = request.getfixturevalue("postgres_url")
    to = [an_address(name="Bo Groß", city="Köln", phone="0221 4711"), an_address(city="Bonn")]
    drafts = [
        a_draft(
            f"d{n:04}",
            contact_id="ann",
            version=1,
            reference=f"ERP-{n}",
            attributes={"po": f"PO {n}", "long": "X" * 900, "floor": 2, "rush": True},
            shipments=[Shipment(id="s1", address=to[n % 2])],
        )
        for n in range(1200)  # more than are read at once
    ]
    with opened(kind, where) as storage, storage.write() as work:
        work.contacts.add(a_contact("ann", name="Ann", addresses=[an_address(line1="2 Oak Lane")]))
        work.drafts.restore(drafts)
        work.commit()

    def found() -> list[list[str]]:
        told: tuple[dict[str, Any], ...] = (
            *({"recipient": text} for text in ("gross", "ann")),
            *({"address": text} for text in ("koln oak", "bonn", "lane")),
            *({"phone": "4711"}, {"reference": "erp-1199"}),
            *({"attributes": {"po": text, "floor": 2}} for text in ("po 7", "po 1198")),
            *({"attributes": {"long": "x" * 900}}, {"attributes": {"rush": True}}),
        )
        with opened(kind, where) as storage, storage.read() as work:
            sought = [DraftFilter(**each) for each in told]
            return [
                [d.id for d in work.drafts.search(each, limit=LARGEST_PAGE).items]
                for each in sought
            ]

    new = found()
    take_back(kind, where, BEFORE_SEARCHES_OF_DRAFTS, 13)
    bring_up(kind, where)

    assert new == found()
    assert all(new)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_promotions_of_before_are_found(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Promotions that were stored before are found by their names and classes (HA-9)."""
    where = str(tmp_path / "shop.sqlite")
    if kind == "postgresql":
        where = request.getfixturevalue("postgres_url")
    names = [f"Spring {n}" for n in range(1200)]  # more than are read at once
    promotions = [a_promotion(f"p{n:04}", name=name, version=1) for n, name in enumerate(names)]
    with opened(kind, where) as storage, storage.write() as work:
        work.promotions.restore(promotions)
        work.promotions.add(a_promotion("post", name="Frühling", effect=FreeShipping()))
        work.commit()
    take_back(kind, where, BEFORE_WORDS_OF_PROMOTIONS, 12)
    bring_up(kind, where)

    with opened(kind, where) as storage, storage.read() as work:
        for wanted, found in (
            (PromotionFilter(text="spr 1199"), ["p1199"]),
            (PromotionFilter(text="fruhling"), ["post"]),
            (PromotionFilter(promotion_class=PromotionClass.SHIPPING), ["post"]),
            (PromotionFilter(text="spring 0", promotion_class=PromotionClass.ITEM), ["p0000"]),
        ):
            assert found == [each.id for each in work.promotions.search(wanted).items]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_orders_of_before_are_found_by_their_attributes(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Orders that were stored before references are found by what they have (HA-8, HA-11)."""
    wanted = OrderFilter(attributes=Attributes({"po": "po 7", "long": "x" * 900}))
    attributes = {"po": "PO 7", "long": "X" * 900, "urgent": None}
    where = str(tmp_path / "shop.sqlite")
    if kind == "postgresql":
        where = request.getfixturevalue("postgres_url")

    with opened(kind, where) as storage:
        store(storage, "orders", an_order("o1", attributes=attributes), an_order("o2"))
    take_back(kind, where, BEFORE_REFERENCES, 11)
    bring_up(kind, where)

    with opened(kind, where) as storage:
        with storage.write() as work:
            assert ["o1"] == [order.id for order in work.orders.search(wanted).items]
            order = work.orders.get("o2")
            work.orders.save(attrs.evolve(order, reference="ERP-1"))
            work.commit()
        with storage.read() as work:
            assert "o2" == work.orders.by_reference("ERP-1").id
