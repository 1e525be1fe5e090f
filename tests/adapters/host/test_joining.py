"""Orders in the transaction of an application, with tables of its own (HA-2)."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import ResourceClosedError, SQLAlchemyError

from cartcore.adapters.host import HostStorage, migrate
from cartcore.adapters.sqlite import SQLiteStorage
from cartcore.errors import (
    AlreadyExists,
    InvalidField,
    NotFound,
    SchemaMismatch,
    StorageBusy,
    StorageUnavailable,
    UnfitConnection,
    WorkEnded,
    WorkGivenUp,
)
from cartcore.testing.records import a_contact, a_promotion, an_order
from tests.adapters.host.places import HOLDING, Place, place

TAKES = "INSERT INTO stock VALUES ('MUG', 1)"


@pytest.fixture(params=HOLDING)
def application(request: pytest.FixtureRequest) -> Iterator[Place]:
    """An application of each kind."""
    with place(request.param, request) as found:
        yield found


@pytest.fixture(params=["sqlite3 by hand", "psycopg by block"])
def django_like(request: pytest.FixtureRequest) -> Iterator[Place]:
    """An application whose transactions are begun and ended by statements."""
    with place(request.param, request) as found:
        yield found


def execute(held: Any, statement: str) -> None:
    """Do something on a connection of the application, by its own ways."""
    held.execute(statement if isinstance(held, DRIVERS) else text(statement))


DRIVERS = (sqlite3.Connection, psycopg.Connection)


def there(where: Place) -> tuple[int, int]:
    """How many orders and rows of stock everybody can see."""
    [(orders,)] = where.rows("SELECT count(*) FROM cartcore_orders")
    [(stock,)] = where.rows("SELECT count(*) FROM stock")
    return orders, stock


class Failed(Exception):
    """The application gives up."""


def test_both_are_there_when_it_commits(application: Place) -> None:
    """Others see the order and the application's row when it commits, not before (HA-2)."""
    with application.transaction() as held:
        storage = HostStorage(lambda: held)
        with storage.write() as work:
            work.orders.add(an_order())
            work.commit()
        assert (0, 0) == there(application)
        execute(held, TAKES)
        with storage.read() as work:
            assert "5001" == work.orders.by_number("5001").number

    assert (1, 1) == there(application)


def test_neither_is_there_when_it_rolls_back(application: Place) -> None:
    """What the application undoes is undone with the order; others can write at once (HA-2)."""
    with suppress(Failed), application.transaction() as held:
        execute(held, TAKES)
        with HostStorage(lambda: held).write() as work:
            work.orders.add(an_order())
            work.commit()
        raise Failed

    assert (0, 0) == there(application)
    with application.transaction() as held, HostStorage(lambda: held).write() as work:
        work.orders.add(an_order())
        work.commit()
    assert (1, 0) == there(application)


@pytest.mark.parametrize("error", [Failed, KeyboardInterrupt, None])
def test_work_that_is_not_committed_leaves_the_rest(
    application: Place, error: type[BaseException] | None
) -> None:
    """A unit of work without `commit()` is gone; the application's own changes stay (ST-5)."""
    with application.transaction() as held:
        execute(held, TAKES)
        with suppress(Failed, KeyboardInterrupt), HostStorage(lambda: held).write() as work:
            work.orders.add(an_order())
            if error is not None:
                raise error

    assert (0, 1) == there(application)


def test_a_savepoint_of_the_application_takes_it_back(application: Place) -> None:
    """Rolled back to before the order, the transaction goes on without it (HA-2)."""
    with application.transaction() as held:
        execute(held, TAKES)
        execute(held, "SAVEPOINT mine")
        with HostStorage(lambda: held).write() as work:
            work.orders.add(an_order())
            work.commit()
        execute(held, "ROLLBACK TO SAVEPOINT mine")

    assert (0, 1) == there(application)


@pytest.mark.parametrize("end", ["ROLLBACK", "COMMIT"])
def test_nothing_is_done_after_the_transaction(django_like: Place, end: str) -> None:
    """Where the application ends its transaction under open work, nothing more is stored."""
    with django_like.connect() as held:
        execute(held, "BEGIN")
        with HostStorage(lambda: held).write() as work:
            work.contacts.add(a_contact("ann"))
            execute(held, end)
            with pytest.raises(StorageUnavailable, match="has ended during this work"):
                work.orders.add(an_order())
            with pytest.raises(WorkGivenUp):
                work.commit()

    assert (0, 0) == there(django_like)
    [(contacts,)] = django_like.rows("SELECT count(*) FROM cartcore_contacts")
    assert (1 if end == "COMMIT" else 0) == contacts


def test_a_refused_record_leaves_all_else(application: Place) -> None:
    """What is refused undoes itself: the unit of work and the transaction go on (ST-1)."""
    with application.transaction() as held:
        execute(held, TAKES)
        with HostStorage(lambda: held).write() as work:
            work.contacts.add(a_contact())
            with pytest.raises(AlreadyExists):
                work.contacts.add(a_contact())
            work.orders.add(an_order())
            work.commit()

    assert (1, 1) == there(application)


def test_an_error_of_the_database_ends_only_the_work(application: Place) -> None:
    """After a failed statement the application can go on, and has nothing of the work."""
    with application.transaction() as held:
        execute(held, TAKES)
        with suppress(SQLAlchemyError), HostStorage(lambda: held).write() as work:
            work.orders.add(an_order())
            work.connection.exec_driver_sql("SELECT nonsense")
        execute(held, "INSERT INTO stock VALUES ('PIN', 1)")

    assert (0, 2) == there(application)


def test_the_work_shows_its_connection(application: Place) -> None:
    """What is done on `work.connection` is part of the work, until that has ended."""
    with application.transaction() as held:
        with HostStorage(lambda: held).write() as work:
            work.connection.execute(text(TAKES))
            work.orders.add(an_order())
            work.commit()
        with pytest.raises(WorkEnded):
            _ = work.connection

    assert (1, 1) == there(application)


@pytest.mark.parametrize("ending", ["committed", "given up"])
def test_a_connection_that_was_kept_is_closed(tmp_path: Any, ending: str) -> None:
    """After the work nothing can be done on its connection, which others use by then (HA-2)."""
    with SQLiteStorage(tmp_path / "shop.db") as storage:
        with storage.write() as work:
            kept = work.connection
            if ending == "committed":
                work.commit()
                with pytest.raises(ResourceClosedError):
                    kept.execute(text("SELECT 1"))
        with storage.write(), pytest.raises(ResourceClosedError):
            kept.execute(text("CREATE TABLE mine (x)"))


@pytest.mark.parametrize("how", ["sqlite3", "psycopg"])
def test_the_connection_stays_as_it_was(request: pytest.FixtureRequest, how: str) -> None:
    """Neither rows nor settings of the application's connection are others afterwards."""
    settings = {
        "sqlite3": "SELECT (SELECT timeout FROM pragma_busy_timeout), * FROM pragma_foreign_keys",
        "psycopg": "SELECT name, setting FROM pg_settings WHERE source = 'session'",
    }
    with place(how, request) as where, where.transaction() as held:
        rows = held.execute(settings[how]).fetchall()
        with HostStorage(lambda: held).write() as work:
            work.orders.add(an_order())
            work.commit()
        after = held.execute(settings[how]).fetchall()

    assert rows == after
    assert {type(row) for row in (*rows, *after)} <= {sqlite3.Row, dict}


# --- The lock ---------------------------------------------------------------------------------


def test_writers_wait_for_the_application(django_like: Place) -> None:
    """From its first unit of work for writing until it commits, others have to wait."""
    with django_like.transaction() as held:
        with HostStorage(lambda: held).write() as work:
            work.orders.add(an_order())
            work.commit()
        with django_like.connect() as other:
            impatient(other)
            with pytest.raises(StorageBusy), HostStorage(lambda: other).write():
                pass
    with django_like.connect() as other, HostStorage(lambda: other).write() as work:
        assert "5001" == work.orders.by_number("5001").number


def impatient(connection: Any) -> None:
    """Let a connection wait for a tenth of a second."""
    connection.execute(
        "PRAGMA busy_timeout = 100"
        if isinstance(connection, sqlite3.Connection)
        else "SET lock_timeout = 100"
    )


def test_a_transaction_that_has_read_too_early_is_refused(tmp_path: Any) -> None:
    """In SQLite, one that read before others wrote could only overwrite what they did."""
    path = tmp_path / "host.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as mine:
        mine.execute("PRAGMA journal_mode = WAL")
        migrate(mine)
        mine.execute("BEGIN")
        mine.execute("SELECT * FROM cartcore_orders").fetchall()
        with (
            closing(sqlite3.connect(path, isolation_level=None)) as other,
            HostStorage(lambda: other).write() as work,
        ):
            work.orders.add(an_order())
            work.commit()
        with pytest.raises(StorageBusy, match="BEGIN IMMEDIATE"):
            HostStorage(lambda: mine).write().__enter__()
        mine.execute("ROLLBACK")
        with HostStorage(lambda: mine).write() as work:
            assert "5001" == work.orders.by_number("5001").number


@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
def test_a_snapshot_is_no_place_to_write(request: pytest.FixtureRequest, level: str) -> None:
    """In PostgreSQL, a transaction that cannot see what others stored is refused by name."""
    with place("psycopg by block", request) as where, where.connect() as held:
        held.execute(f"BEGIN ISOLATION LEVEL {level}")
        with pytest.raises(UnfitConnection, match=f"READ COMMITTED, not {level.lower()}"):
            HostStorage(lambda: held).write().__enter__()
        with HostStorage(lambda: held).read() as work, pytest.raises(NotFound):
            work.orders.get("o1")


def test_where_nothing_is_open_work_is_a_transaction(django_like: Place) -> None:
    """On a connection that commits each statement, `commit()` commits."""
    with django_like.connect() as held:
        storage = HostStorage(lambda: held)
        with storage.write() as work:
            work.orders.add(an_order())
            assert (0, 0) == there(django_like)
            work.commit()
        assert (1, 0) == there(django_like)
        with suppress(Failed), storage.write() as work:
            work.orders.add(an_order("o2", number="1002"))
            raise Failed
        with storage.read() as work:
            execute(held, "SELECT 1")
        assert (1, 0) == there(django_like)


# --- Promotions that may be undone -------------------------------------------------------------


def test_a_revision_that_may_be_undone_is_none(django_like: Place) -> None:
    """Until a new transaction is seen, nobody can take promotions as known by their number (PR-23).

    Or else the number that was undone would be given out again, for other promotions.
    """
    with django_like.connect() as held:
        storage = HostStorage(lambda: held)
        with storage.read() as work:
            first = work.promotions.revision()
        held.execute("BEGIN")
        with storage.write() as work:
            work.promotions.add(a_promotion())
            work.commit()
        with storage.read() as work:
            assert work.promotions.revision() is None
        held.execute("ROLLBACK")
        with storage.read() as work:
            assert first == work.promotions.revision()


# --- What cannot be used ----------------------------------------------------------------------


@pytest.mark.parametrize("wrong", [None, 5, "sqlite://", object()])
def test_other_things_are_no_connections(wrong: object) -> None:
    """What is no connection is InvalidField, which says what would be one."""
    with pytest.raises(InvalidField, match="open connection of SQLAlchemy, sqlite3 or psycopg"):
        HostStorage(lambda: wrong).read().__enter__()
    with pytest.raises(InvalidField):
        migrate(wrong)


def test_a_closed_connection_is_told(django_like: Place) -> None:
    """A connection that the application has closed is StorageUnavailable."""
    with django_like.connect() as held:
        held.close()
        for begin in (HostStorage(lambda: held).read, HostStorage(lambda: held).write):
            with pytest.raises(StorageUnavailable, match="closed"):
                begin().__enter__()


def test_tables_that_are_missing_are_told(tmp_path: Any) -> None:
    """Without the tables nothing is done, and the error says that they are missing (ST-3)."""
    with closing(sqlite3.connect(tmp_path / "empty.db", isolation_level=None)) as held:
        for begin in (HostStorage(lambda: held).read, HostStorage(lambda: held).write):
            with pytest.raises(SchemaMismatch, match="no tables of cartcore"):
                begin().__enter__()
        held.execute("BEGIN")
        with pytest.raises(SchemaMismatch, match="no tables of cartcore"):
            HostStorage(lambda: held).write().__enter__()
        held.execute("ROLLBACK")
        assert (0, None) == (migrate(held), held.execute("SELECT 1 WHERE 0").fetchone())
        with HostStorage(lambda: held).read() as work:
            assert not work.products.any_published()


def test_a_storage_of_a_file_shows_its_connection(tmp_path: Any) -> None:
    """The other way round: a host's table beside cartcore's, in cartcore's transaction."""
    with SQLiteStorage(tmp_path / "shop.db") as storage:
        with storage.write() as work:
            work.connection.execute(text("CREATE TABLE stock (sku, pieces)"))
            work.connection.execute(text(TAKES))
            work.orders.add(an_order())
            work.commit()
        with suppress(Failed), storage.write() as work:
            work.connection.execute(text(TAKES))
            raise Failed
        with storage.read() as work:
            assert [("MUG", 1)] == work.connection.execute(text("SELECT * FROM stock")).all()
