"""Statements that go to the driver past SQLAlchemy (HA-17): the same ones, with the same errors."""

import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, Text, create_engine, event, select

from cartcore.adapters.postgres import PostgresStorage
from cartcore.adapters.sql.carriers import ByDriver, ThroughSQLAlchemy
from cartcore.adapters.sql.statements import ForSeveral
from cartcore.adapters.sql.storage import SqlStorage
from cartcore.adapters.sqlite import SQLiteStorage
from cartcore.errors import AlreadyExists, InvalidText, StorageUnavailable, WorkGivenUp
from cartcore.shop.contact import Contact, ContactFilter
from tests.support.shop import Shop


@pytest.fixture(params=["sqlite", "postgres"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlStorage]:
    """Each database, with an empty storage."""
    opened: SqlStorage
    if request.param == "sqlite":
        opened = SQLiteStorage(tmp_path / "shop.db")
    else:
        opened = PostgresStorage(request.getfixturevalue("postgres_url"))
    with opened:
        yield opened


def _watch(engine: Engine) -> None:
    event.listen(engine, "before_cursor_execute", lambda *_: None)


def _take_over(engine: Engine) -> None:
    event.listen(engine, "do_execute", lambda *_: None)


def _log(engine: Engine) -> None:
    engine.echo = True


@pytest.mark.parametrize("watch", [_watch, _take_over, _log])
def test_nothing_is_kept_from_who_watches_an_engine(
    storage: SqlStorage, watch: Callable[[Engine], None]
) -> None:
    """Where an engine has events or a log, no statement goes past them (HA-15, HA-17)."""
    with storage.read() as work:
        unwatched = work._session.transaction.carrier()
    watch(storage._engine)

    with storage.read() as work:
        assert isinstance(unwatched, ByDriver)
        assert isinstance(work._session.transaction.carrier(), ThroughSQLAlchemy)
    logging.getLogger("sqlalchemy.engine.Engine").setLevel(logging.NOTSET)


def test_an_engine_of_the_application_carries_out_all_itself(postgres_url: str) -> None:
    """On an engine that the application lends, everything goes through SQLAlchemy (HA-15)."""
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(postgres_url))
    with PostgresStorage(engine=engine) as storage, storage.read() as work:
        assert isinstance(work._session.transaction.carrier(), ThroughSQLAlchemy)
    engine.dispose()


@contextmanager
def _traced(storage: SqlStorage) -> Iterator[list[str]]:
    """What SQLite itself is asked for, whoever asks."""
    said: list[str] = []
    with storage.read() as work:
        driver = work.connection.connection.driver_connection
        connection: Any = getattr(driver, "connection", driver)
    assert isinstance(connection, sqlite3.Connection)
    connection.set_trace_callback(said.append)
    yield said
    connection.set_trace_callback(None)


def test_the_driver_is_asked_for_the_same(tmp_path: Path) -> None:
    """An order takes the same statements, value by value, watched and unwatched (HA-17)."""
    found = []
    for name in ("watched", "unwatched"):
        with SQLiteStorage(tmp_path / name) as storage:
            shop = Shop(storage)
            draft_id = shop.reviewed({"MUG": 2})
            quote = shop.desk.view(draft_id).quote
            if name == "watched":
                _watch(storage._engine)
            with _traced(storage) as said:
                order = shop.desk.place(draft_id, seen=quote, actor="sam")
            known = {order.id: "ORDER", draft_id: "DRAFT"}
            for value, told in known.items():
                said[:] = [each.replace(value, told) for each in said]
            found.append([" ".join(each.split()) for each in said])

    assert len(found[0]) > 20
    assert found[0] == found[1]


def test_errors_of_the_driver_mean_the_same(storage: SqlStorage) -> None:
    """A key that is taken is told as such, and a text that no database takes (ST-5)."""
    Shop(storage)
    with storage.write() as work:
        mug = work.products.get("mug")
        with pytest.raises(AlreadyExists, match="mug"):
            work.products.add(mug)
        assert work.products.get("mug") == mug  # the work goes on
        with pytest.raises(InvalidText):
            work.products.get("\ud800")
    with storage.read() as work:
        assert work.products.many(["mug", "nothing"]).keys() == {"mug"}


def test_a_connection_that_is_lost_is_used_no_more(storage: SqlStorage) -> None:
    """A loss within a unit of work is told, and the next unit of work has another one (ST-10)."""
    Shop(storage)
    with storage.read() as work:
        assert work.products.get("mug").id == "mug"
        driver: Any = work._session.transaction.lend().connection.dbapi_connection
        driver.close()

        with pytest.raises(StorageUnavailable):
            work.products.get("mug")
        with pytest.raises(WorkGivenUp):
            work.products.get("mug")
    with storage.read() as work:
        assert work.products.get("mug").id == "mug"


def test_an_interrupted_statement_ends_the_connection(storage: SqlStorage) -> None:
    """Nobody knows how far a statement got that was interrupted: its connection is closed."""
    Shop(storage)
    with storage.write() as work:
        carrier: Any = work._session.transaction.carrier()
        carrier._cursor = _Interrupted()
        with pytest.raises(KeyboardInterrupt):
            work.products.get("mug")
        assert carrier.connection.invalidated
    with storage.read() as work:
        assert work.products.get("mug").id == "mug"


class _Interrupted:
    """A cursor whose statements are interrupted."""

    def execute(self, *_: Any, **__: Any) -> None:
        raise KeyboardInterrupt


@pytest.mark.parametrize("number", [1, 2, 3, 9, 500])
def test_however_many_are_asked_for(storage: SqlStorage, number: int) -> None:
    """Statements for several keys find all of them and nothing else (ST-9)."""
    with storage.write() as work:
        contacts = [work.contacts.add(Contact(id=f"c{i}", name="Ann")) for i in range(number)]
        work.commit()
    with storage.read() as work:
        found = work.contacts.many([*(each.id for each in contacts), "nobody"])

    assert found == {each.id: each for each in contacts}


def test_nothing_is_kept_from_a_log_that_is_turned_on_by_its_name(
    storage: SqlStorage, caplog: pytest.LogCaptureFixture
) -> None:
    """As applications turn on SQLAlchemy's, also when the storage is open already (HA-17)."""
    with caplog.at_level(logging.INFO, "sqlalchemy.engine"), storage.read() as work:
        work.contacts.many(["ann"])
    assert "FROM cartcore_contacts" in caplog.text

    with storage.read() as work:
        assert isinstance(work._session.transaction.carrier(), ByDriver)


def test_few_statements_do_for_all_numbers() -> None:
    """For up to 512 keys there are ten of them (HA-17)."""
    several = ForSeveral((Text(),), lambda ids: select(*ids))
    made = {id(several.of(["a"] * number)[0]) for number in range(1, 513)}

    assert len(made) == 10


def _prepared(connection: psycopg.Connection[Any]) -> dict[str, str]:
    """The names and texts of what a session has prepared."""
    return dict(connection.execute("SELECT name, statement FROM pg_prepared_statements").fetchall())


def test_plans_last_beyond_a_unit_of_work(postgres_url: str) -> None:
    """What is asked again and again is planned once for a session, and searches are not (HA-17)."""
    with PostgresStorage(postgres_url, pool_size=1) as storage:
        shop = Shop(storage)
        shop.placed(shop.reviewed({"MUG": 1}))
        found = []
        for _ in range(7):  # psycopg by itself would plan for good what was asked five times
            with storage.read() as work:
                driver: Any = work._session.transaction.carrier().connection.connection
                assert work.products.get("mug").id == "mug"
                assert work.products.search("mug").items
                found.append(_prepared(driver.dbapi_connection))
            with storage.write() as work:
                work.orders.next_number()
                work.commit()

    products = {
        name
        for name, text in found[0].items()
        if "FROM cartcore_products" in text and " = " in text
    }
    assert products
    assert all(products <= each.keys() for each in found)
    assert not [text for text in found[-1].values() if "FROM cartcore_product_words" in text]
    assert not [text for text in found[-1].values() if "BEGIN" in text or "COMMIT" in text]


def test_a_plan_that_cannot_be_used_is_made_anew(postgres_url: str) -> None:
    """Work that only reads fails once at most, and not whenever it asks again (HA-17, ST-10)."""
    retyped = "ALTER TABLE cartcore_contacts ALTER COLUMN document TYPE varchar"
    with PostgresStorage(postgres_url, pool_size=1) as storage:
        with storage.write() as work:
            work.contacts.add(Contact(id="ann", name="Ann"))
            work.commit()
        with storage.read() as work:
            work.contacts.get("ann")
            mine: Any = work._session.transaction.carrier().connection.connection
            # Not as psycopg would notice it: as by a procedure, or by what is between it and the
            # server.
            mine.dbapi_connection.execute("DO $$ BEGIN EXECUTE 'DEALLOCATE ALL'; END $$")
        with storage.read() as work:
            assert "Ann" == work.contacts.get("ann").name

        with psycopg.connect(postgres_url, autocommit=True) as other:
            other.execute(retyped)
        with pytest.raises(StorageUnavailable, match="cached plan"), storage.read() as work:
            work.contacts.get("ann")
        for _ in range(2):
            with storage.read() as work:
                assert "Ann" == work.contacts.get("ann").name


def test_what_the_application_did_while_reading_is_undone(postgres_url: str) -> None:
    """A connection that was lent to it is as before, also the settings of its session (HA-2)."""
    with PostgresStorage(postgres_url, pool_size=1) as storage:
        with storage.read() as work:
            work.connection.exec_driver_sql("SET TimeZone = 'Asia/Tokyo'")
            mine = work.connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
        with storage.read() as work:
            assert "UTC" == work.connection.exec_driver_sql("SHOW TimeZone").scalar()
            assert mine == work.connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()


def test_an_application_may_forbid_plans(postgres_url: str) -> None:
    """On its engine nothing is prepared where its connections say so (HA-15)."""
    engine = create_engine(
        "postgresql+psycopg://",
        creator=lambda: psycopg.connect(postgres_url, prepare_threshold=None),
    )
    with PostgresStorage(engine=engine) as storage:
        shop = Shop(storage)
        for _ in range(6):
            shop.placed(shop.reviewed({"MUG": 1}))
        with storage.read() as work:
            driver: Any = work._session.transaction.carrier().connection.connection
            assert {} == _prepared(driver.dbapi_connection)
    engine.dispose()


@pytest.mark.parametrize("watched", [False, True])
def test_rows_are_inserted_together_as_they_are(storage: SqlStorage, *, watched: bool) -> None:
    """Whatever their texts are, also what an array would be written with (ST-8, HA-17)."""
    if watched:
        _watch(storage._engine)
    tags = ("a,b", "{c}", 'd"e', "f\\g", "null", "'h'", "%s", "%(i)s", "$1", "ü🎉")
    contacts = [
        Contact(id="several", name="Ann", tags=tags, reference="R 1", version=1),
        Contact(id="none", name="Bob", version=1),
        Contact(id="one", name="Cem", tags=("a,b",), email="cem@example.com", version=1),
    ]
    with storage.write() as work:
        work.contacts.restore(contacts)
        work.commit()

    with storage.read() as work:
        assert {each.id: each for each in contacts} == work.contacts.many(
            ["several", "none", "one"]
        )
        for tag in tags:
            found = {each.id for each in work.contacts.search(ContactFilter(tag=tag)).items}
            assert found == ({"several", "one"} if tag == "a,b" else {"several"})
        assert work.contacts.by_reference("R 1").id == "several"
        assert work.contacts.search(ContactFilter(email="cem@")).items == (contacts[2],)
