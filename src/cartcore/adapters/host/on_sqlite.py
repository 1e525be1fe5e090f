"""A connection of the module sqlite3, with the application's transaction."""

import sqlite3
from functools import cache
from typing import ClassVar

import attrs
from sqlalchemy import Connection

from cartcore.adapters.host.drivers import BUSY, WHERE, Driver
from cartcore.adapters.sql.borrowed import Borrowed, Borrowing
from cartcore.adapters.sqlite import translated
from cartcore.errors import StorageUnavailable

_TOO_LATE = (
    "others have written since the application's transaction began to read: begin it with "
    "BEGIN IMMEDIATE, or open the unit of work before it reads"
)


def driver_of(connection: sqlite3.Connection) -> Driver:
    """Return what a connection can tell and do. Raises StorageUnavailable for a closed one."""
    try:
        _ = connection.in_transaction
    except sqlite3.Error as error:
        raise StorageUnavailable(f"{WHERE}: {error}") from error
    return _Driver(connection)


@attrs.frozen
class _Driver:
    """A connection of the module sqlite3."""

    connection: sqlite3.Connection
    keeps_order: ClassVar[bool] = True

    @property
    def closed(self) -> bool:
        try:
            return self.connection.in_transaction is None
        except sqlite3.Error:
            return True

    @property
    def idle(self) -> bool:
        return not self.connection.in_transaction

    @property
    def going_on(self) -> bool:
        return not self.closed and self.connection.in_transaction

    @property
    def autocommits(self) -> bool:
        by_standard = getattr(self.connection, "autocommit", None)  # since Python 3.12
        if isinstance(by_standard, bool):
            return by_standard
        return self.connection.isolation_level is None

    def borrowed(self) -> Connection:
        return _borrowing().connect(Borrowed(self.connection, None))

    def begin(self, connection: Connection, *, writing: bool) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    def enter(self, connection: Connection, *, writing: bool) -> None:
        if self.idle:  # the driver would begin with the application's first change
            self.begin(connection, writing=writing)

    def lock(self, connection: Connection) -> None:
        # It is taken when a change begins, also by one that changes nothing.
        connection.exec_driver_sql("DELETE FROM cartcore_version WHERE 0")

    def commit(self, connection: Connection) -> None:
        connection.exec_driver_sql("COMMIT")


def translated_here(error: BaseException) -> Exception | None:
    """Return what an error of the driver means; None for one of another origin."""
    late = getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_BUSY_SNAPSHOT
    return translated(error, WHERE, _TOO_LATE if late else BUSY)


@cache
def _borrowing() -> Borrowing:
    return Borrowing("sqlite://", translated_here)
