"""Databases of applications, with the ways in which an application can hold a transaction open."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import attrs
import psycopg
import pytest
from sqlalchemy import NullPool, create_engine
from sqlalchemy.orm import Session

from cartcore.adapters.host import HostStorage, migrate
from cartcore.adapters.sql.storage import SqlUnitOfWork
from tests.support import postgres

Opens = Callable[[], AbstractContextManager[Any]]
"""Opens a transaction of the application and gives its connection; commits it at the end."""


@attrs.frozen
class Place:
    """A database of an application, which has a table of its own, and how it works with it."""

    connect: Callable[[], AbstractContextManager[Any]]
    """A connection of the driver that commits each statement."""

    transaction: Opens

    def rows(self, statement: str) -> list[Any]:
        """What a statement gives, by a connection of its own."""
        with self.connect() as connection:
            cursor = connection.execute(statement)
            return list(cursor.fetchall()) if cursor.description else []


# --- SQLite -----------------------------------------------------------------------------------


def _by_hand(path: Path) -> Opens:
    @contextmanager
    def opened() -> Iterator[Any]:
        with closing(sqlite3.connect(path, isolation_level=None, timeout=60)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")

    return opened


def _by_driver(path: Path) -> Opens:
    @contextmanager
    def opened() -> Iterator[Any]:
        with closing(sqlite3.connect(path, timeout=60)) as connection:
            connection.row_factory = sqlite3.Row
            yield connection
            connection.commit()

    return opened


def _by_sqlalchemy(url: str, *, session: bool) -> Opens:
    @contextmanager
    def opened() -> Iterator[Any]:
        engine = create_engine(url, poolclass=NullPool)
        with Session(engine) if session else engine.connect() as held:
            yield held
            held.commit()

    return opened


# --- PostgreSQL -------------------------------------------------------------------------------


def _by_psycopg(url: str) -> Opens:
    @contextmanager
    def opened() -> Iterator[Any]:
        with psycopg.connect(url, row_factory=psycopg.rows.dict_row) as connection:
            yield connection

    return opened


def _by_block(url: str) -> Opens:
    @contextmanager
    def opened() -> Iterator[Any]:
        with psycopg.connect(url, autocommit=True) as connection, connection.transaction():
            yield connection

    return opened


HOLDING: dict[str, Callable[[str], Opens]] = {
    "sqlite3 by hand": lambda path: _by_hand(Path(path)),
    "sqlite3": lambda path: _by_driver(Path(path)),
    "sqlite+sqlalchemy": lambda path: _by_sqlalchemy(f"sqlite:///{path}", session=False),
    "sqlite+session": lambda path: _by_sqlalchemy(f"sqlite:///{path}", session=True),
    "psycopg": _by_psycopg,
    "psycopg by block": _by_block,
    "postgresql+sqlalchemy": lambda url: _by_sqlalchemy(_dialect(url), session=False),
    "postgresql+session": lambda url: _by_sqlalchemy(_dialect(url), session=True),
}


def _dialect(url: str) -> str:
    parts = psycopg.conninfo.conninfo_to_dict(url)
    query = "&".join(f"{key}={value}" for key, value in parts.items())
    return f"postgresql+psycopg://?{query}"


@contextmanager
def place(how: str, request: pytest.FixtureRequest) -> Iterator[Place]:
    """A database with cartcore's tables, made in a transaction of the application."""
    with ExitStack() as opened:
        if how.startswith("sqlite"):
            where = str(request.getfixturevalue("tmp_path") / "host.db")
            with closing(sqlite3.connect(where)) as file:
                file.execute("PRAGMA journal_mode = WAL")

            def connect() -> AbstractContextManager[Any]:
                return closing(sqlite3.connect(where, isolation_level=None, timeout=5))
        else:
            server: postgres.Server = request.getfixturevalue("postgres_server")
            where = opened.enter_context(server.empty_database())

            def connect() -> AbstractContextManager[Any]:
                return psycopg.connect(where, autocommit=True)

        found = Place(connect, HOLDING[how](where))
        with found.transaction() as connection:
            migrate(connection)
        found.rows("CREATE TABLE stock (sku text PRIMARY KEY, pieces int)")
        yield found


# --- As storages ------------------------------------------------------------------------------


class InTransactions:
    """A storage whose units of work are each in a transaction of an application.

    The application commits it whatever became of the unit of work.
    """

    def __init__(self, where: Place) -> None:
        self._place = where

    @contextmanager
    def read(self) -> Iterator[SqlUnitOfWork]:
        with self._place.transaction() as held, HostStorage(lambda: held).read() as work:
            yield work

    @contextmanager
    def write(self) -> Iterator[SqlUnitOfWork]:
        failed = None
        with self._place.transaction() as held:
            try:
                with HostStorage(lambda: held).write() as work:
                    yield work
            except Exception as error:  # noqa: BLE001  (raised below, after the commit)
                failed = error
        if failed is not None:
            raise failed
