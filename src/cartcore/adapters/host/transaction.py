"""A unit of work as a part of a transaction of the application: a savepoint."""

import sqlite3
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import ClassVar

from sqlalchemy import Connection, inspect, select
from sqlalchemy.orm import Session, scoped_session

from cartcore.adapters.host import on_sqlite
from cartcore.adapters.host.drivers import WHERE, Driver
from cartcore.adapters.sql import schema
from cartcore.adapters.sql.carriers import Carrier, carrier_on
from cartcore.errors import (
    ForeignStorage,
    InvalidField,
    SchemaMismatch,
    StorageError,
    StorageUnavailable,
    WorkEnded,
)

_SAVEPOINT = "cartcore_work"
_SUITABLE = "an open connection of SQLAlchemy, sqlite3 or psycopg, or a session of SQLAlchemy"


class HostTransaction:
    """A part of a transaction of the application: a savepoint.

    Args:
        connect: see `HostStorage`.
        writing: whether to take the lock of all writers.
        prepared: whether to refuse tables that are not up to date.
    """

    where = WHERE
    cascades = False  # SQLite heeds foreign keys only where the application has asked for it

    # Connections, by identity, in whose transactions promotions were changed. Nobody tells when the
    # application commits or rolls back: until a transaction begins anew under our eyes, the
    # revision of promotions may be one that is going to be undone, and given out again. They stay
    # until they are closed, so that no other connection has their identity meanwhile.
    _undecided: ClassVar[dict[int, Driver]] = {}

    def __init__(
        self, connect: Callable[[], object], *, writing: bool, prepared: bool = True
    ) -> None:
        self._connect = connect
        self._writing = writing
        self._prepared = prepared
        self._driver: Driver | None = None
        self._connection: Connection | None = None
        self._carrier: Carrier | None = None
        self._own = False  # the transaction is none of the application's
        self._begun = False

    @property
    def keeps_order(self) -> bool:
        """Whether what is chosen from a sorted subquery comes in its order: see `Backend`."""
        return self._driver is not None and self._driver.keeps_order

    @property
    def may_be_undone(self) -> bool:
        """Whether what this sees may include what the application has yet to commit."""
        return self._driver is not None and id(self._driver.connection) in self._undecided

    def committed_state(self) -> None:
        """Tell nothing: what this sees includes what the application has yet to commit."""

    def promotions_changed(self) -> None:
        """Note that the application can undo this."""
        if self._driver is not None and not self._own:
            for known in [key for key, driver in self._undecided.items() if driver.closed]:
                self._undecided.pop(known, None)
            self._undecided[id(self._driver.connection)] = self._driver

    def begin(self) -> None:
        """Begin a savepoint, or a transaction where there is none."""
        self._driver = driver = driver_of(self._connect())
        self._connection = connection = driver.borrowed()
        self._carrier = carrier_on(connection)
        if driver.idle:
            self._undecided.pop(id(driver.connection), None)
        self._own = driver.idle and driver.autocommits
        if self._own:
            driver.begin(connection, writing=self._writing)
        else:
            driver.enter(connection, writing=self._writing)
            connection.exec_driver_sql(f"SAVEPOINT {_SAVEPOINT}")
        self._begun = True
        if self._prepared:
            if self._writing and not self._own:
                self._lock(driver, connection)
            found = stored_version(connection)
            if found != schema.VERSION:
                raise SchemaMismatch(WHERE, found, schema.VERSION)

    def _lock(self, driver: Driver, connection: Connection) -> None:
        try:
            driver.lock(connection)
        except ForeignStorage as error:  # it is taken by a table that may not be there
            if stored_version(connection):
                raise
            raise SchemaMismatch(WHERE, 0, schema.VERSION) from error

    def carrier(self) -> Carrier:
        """Return what carries out its statements. Raises WorkEnded, or StorageUnavailable."""
        if self._connection is None or self._carrier is None:
            raise WorkEnded
        if self._connection.invalidated:
            raise StorageUnavailable(f"{WHERE}: the connection was lost during this work")
        driver = self._driver
        if self._begun and driver is not None and (driver.closed or driver.idle):
            # Or else each statement would be committed by itself.
            told = "the transaction has ended during this work, or an earlier error has undone it"
            raise StorageUnavailable(f"{WHERE}: {told}")
        return self._carrier

    def lend(self) -> Connection:
        """Return the connection for the application. Raises as `carrier` does."""
        return self.carrier().connection

    def check(self) -> None:
        """Raise StorageUnavailable if an earlier error has undone the changes."""
        self.carrier()
        if self._driver is None or not self._driver.going_on:
            raise StorageUnavailable(f"{WHERE}: an earlier error has undone this work")

    def commit(self) -> None:
        """Keep all changes for the application to commit."""
        self.check()
        connection = self.carrier().connection
        if self._driver is not None and self._own:
            self._driver.commit(connection)
        else:
            connection.exec_driver_sql(f"RELEASE SAVEPOINT {_SAVEPOINT}")
        self._begun = False

    def leave(self) -> None:
        """Undo what was not committed; the connection stays with the application."""
        connection, driver = self._connection, self._driver
        if connection is None or driver is None:
            return
        if self._begun and not driver.closed and not driver.idle:
            if self._own:
                _do(driver, "ROLLBACK")
            else:
                _do(driver, f"ROLLBACK TO SAVEPOINT {_SAVEPOINT}")
                _do(driver, f"RELEASE SAVEPOINT {_SAVEPOINT}")
        self._begun = False
        connection.close()
        self._connection = None

    def discard(self) -> None:
        """Close the application's connection if `leave` did not come to its end.

        What was not committed would otherwise stay in the transaction, for the application to
        commit.
        """
        if self._connection is None:
            return
        self._connection = None
        if self._begun and self._driver is not None:
            with suppress(Exception):
                self._driver.connection.close()


def _do(driver: Driver, statement: str) -> None:
    """Do what ends a transaction, past SQLAlchemy, which an interrupt may have misled."""
    try:
        driver.connection.cursor().execute(statement)
    except Exception as error:
        raise translated(error) from error


def stored_version(connection: Connection) -> int:
    """The version that the tables have; 0 if there are none."""
    table = schema.schema_version
    if not inspect(connection).has_table(table.name):
        return 0
    found = connection.scalars(select(table.c.version_num)).all()
    if len(found) != 1 or not found[0].isdecimal():
        raise ForeignStorage(WHERE, f"it is damaged: its versions are {found}")
    return int(found[0])


def translated(error: BaseException) -> StorageError:
    """Return what an error of a driver means, however it reached us."""
    told = on_sqlite.translated_here(error)
    if told is None and "psycopg" in sys.modules:
        from cartcore.adapters.host import on_postgres  # noqa: PLC0415

        told = on_postgres.translated_here(error)
    return told if isinstance(told, StorageError) else StorageUnavailable(f"{WHERE}: {error}")


def driver_of(given: object) -> Driver:
    """Find the driver's connection in what the application gives. Raises InvalidField."""
    found = given
    if isinstance(found, Session | scoped_session):
        found = found.connection()
    if isinstance(found, Connection):
        if not found.in_transaction():
            # So SQLAlchemy knows, as with any statement, that there is something to commit.
            found.exec_driver_sql("SELECT 1")
        found = found.connection.driver_connection
    if isinstance(found, sqlite3.Connection):
        return on_sqlite.driver_of(found)
    if "psycopg" in sys.modules:
        import psycopg  # noqa: PLC0415  (an extra: whoever has a connection of it has it)

        from cartcore.adapters.host import on_postgres  # noqa: PLC0415

        if isinstance(found, psycopg.Connection):
            return on_postgres.driver_of(found)
    raise InvalidField("connection", given, _SUITABLE)
