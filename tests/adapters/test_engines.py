"""Storages on an engine of the application, in a schema, with as many connections as are said."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import IntegrityError

from cartcore.adapters.postgres import PostgresStorage, migrate
from cartcore.adapters.sqlite import SQLiteStorage
from cartcore.errors import InvalidField, SchemaMismatch, StorageBusy
from cartcore.testing.records import a_contact, a_draft
from cartcore.testing.storage import store, stored
from cartcore.testing.storage.orders import OrdersContract
from cartcore.testing.storage.promotion_changes import PromotionChangesContract
from cartcore.testing.storage.transactions import TransactionContract
from tests.support import postgres
from tests.support.shop import Shop

SCHEMA = 'shop "two"'


def engine_on(url: str, **options: Any) -> Engine:
    """An engine as applications make it."""
    parts = psycopg.conninfo.conninfo_to_dict(url)
    query = "&".join(f"{key}={value}" for key, value in parts.items())
    return create_engine(f"postgresql+psycopg://?{query}", **options)


@pytest.fixture
def empty_url(postgres_server: postgres.Server) -> Iterator[str]:
    with postgres_server.empty_database() as url:
        yield url


class TestOnAnEngine(TransactionContract, OrdersContract, PromotionChangesContract):
    """The contract holds on the application's engine, in a schema of its own (HA-15)."""

    survives_reopening = True

    @pytest.fixture
    def storage(self, empty_url: str) -> Iterator[PostgresStorage]:
        self.engine = engine_on(empty_url, max_overflow=20)
        assert 0 == migrate(engine=self.engine, schema=SCHEMA)
        yield PostgresStorage(engine=self.engine, schema=SCHEMA)
        self.engine.dispose()

    def reopen(self, storage: Any) -> PostgresStorage:
        storage.close()
        return PostgresStorage(engine=self.engine, schema=SCHEMA)


def test_the_engine_stays_the_applications(empty_url: str) -> None:
    """Its sessions, errors, transactions and pool are as before, also after close() (HA-15)."""
    engine = engine_on(empty_url, pool_size=1, max_overflow=0)
    asked = (
        "SELECT current_setting('lock_timeout'), current_setting('TimeZone'),"
        " current_setting('search_path'), current_setting('random_page_cost')"
    )
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE own (id int PRIMARY KEY)"))
        connection.execute(text("SET SESSION TimeZone = 'Asia/Tokyo'"))
        before = connection.execute(text(asked)).one()
    migrate(engine=engine, schema=SCHEMA)
    with PostgresStorage(engine=engine, schema=SCHEMA) as storage:
        with storage.write() as work:
            work.contacts.add(a_contact())
            work.connection.execute(text("INSERT INTO own VALUES (1)"))
            work.commit()
        with storage.write() as work:
            work.connection.execute(text("INSERT INTO own VALUES (2)"))

    with engine.connect() as connection:
        assert before == connection.execute(text(asked)).one()
        assert [1] == list(connection.scalars(text("SELECT id FROM own")))
        with pytest.raises(IntegrityError):
            connection.execute(text("INSERT INTO own VALUES (1)"))
    with engine.connect() as connection:  # what is not committed is not stored, as ever
        connection.execute(text("INSERT INTO own VALUES (3)"))
    with engine.connect() as connection:
        assert 1 == connection.scalar(text("SELECT count(*) FROM own"))
    engine.dispose()


def test_shops_in_schemas_do_not_see_each_other(empty_url: str) -> None:
    """Each has tables of its own, and so has the one that is not in a schema (HA-15)."""
    with pytest.raises(SchemaMismatch, match="no tables"):
        PostgresStorage(empty_url, schema="one")
    migrate(empty_url)
    with pytest.raises(SchemaMismatch, match="no tables"):  # not those beside it
        PostgresStorage(empty_url, schema="one")
    for name in ("one", SCHEMA):
        assert 0 == migrate(empty_url, schema=name)
        assert 0 < migrate(empty_url, schema=name)
    opened = [PostgresStorage(empty_url, schema=name) for name in ("", "one", SCHEMA)]
    for i, storage in enumerate(opened):
        shop = Shop(storage)
        for _ in range(i + 1):
            draft = shop.reviewed({"MUG": 1})
            shop.placed(draft)
    for i, storage in enumerate(opened):
        with storage.read() as work:
            assert 1001 + i == work.orders.last_number()
        storage.close()
    with psycopg.connect(empty_url) as connection:
        found = connection.execute(
            "SELECT schemaname, count(*) FROM pg_tables WHERE tablename LIKE 'cartcore_%'"
            " GROUP BY schemaname"
        ).fetchall()
    assert {"public", "one", SCHEMA} == {name for name, _ in found}
    assert 1 == len({number for _, number in found})


@pytest.mark.parametrize(
    "given",
    [
        {"engine": 5},
        {"engine": create_engine("sqlite://")},
        {"url": "dbname=x", "engine": create_engine("postgresql+psycopg://u:secret@h/x")},
        {"url": "dbname=x", "schema": "a" * 64},
        {"url": "dbname=x", "schema": "pg_shop"},
        {"url": "dbname=x", "schema": "a\0b"},
        {"url": "dbname=x", "pool_size": 0},
        {"url": "dbname=x", "pool_size": True},
        {"url": "dbname=x", "max_connections": 4},
        {"url": "dbname=x", "max_connections": "9"},
        {},
    ],
    ids=str,
)
def test_what_no_storage_can_be_opened_with(given: dict[str, Any]) -> None:
    """It is InvalidField, and shows no password."""
    with pytest.raises(InvalidField) as caught:
        PostgresStorage(**given)

    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("kind", ["sqlite", "postgres", "engine"])
def test_no_more_connections_than_are_said(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """One too many waits for its turn, and is StorageBusy after the timeout (HA-15, ST-10)."""
    more: Any = {"timeout": 0.2, "pool_size": 1, "max_connections": 2}
    if kind == "sqlite":
        storage: Any = SQLiteStorage(tmp_path / "shop.db", **more)
    else:
        url = request.getfixturevalue("postgres_url")
        storage = PostgresStorage(url, **more)
        if kind == "engine":
            storage.close()
            engine = engine_on(url, pool_size=1, max_overflow=1, pool_timeout=0.2)
            storage = PostgresStorage(engine=engine)
    store(storage, "drafts", a_draft())
    with storage.read(), storage.read(), pytest.raises(StorageBusy, match="all connections"):
        stored(storage, "drafts", "d1")
    assert "d1" == stored(storage, "drafts", "d1").id
    storage.close()
    if kind == "engine":
        engine.dispose()
