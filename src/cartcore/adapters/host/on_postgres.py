"""A connection of psycopg, with the application's transaction."""

from functools import cache
from typing import Any, ClassVar

import attrs
import psycopg
from psycopg.pq import TransactionStatus
from psycopg.rows import tuple_row
from psycopg.types.datetime import TimestamptzLoader
from sqlalchemy import Connection, func, select

from cartcore.adapters.host.drivers import BUSY, WHERE, Driver
from cartcore.adapters.postgres_server import LATEST, SNAPSHOT, WRITE_LOCK, translated
from cartcore.adapters.sql.borrowed import Borrowed, Borrowing
from cartcore.errors import UnfitConnection


def driver_of(connection: psycopg.Connection[Any]) -> Driver:
    """Return what a connection can tell and do."""
    return _Driver(connection)


@attrs.frozen
class _Driver:
    """A connection of psycopg."""

    connection: psycopg.Connection[Any]
    keeps_order: ClassVar[bool] = False

    @property
    def closed(self) -> bool:
        return self.connection.closed

    @property
    def idle(self) -> bool:
        return self._status is TransactionStatus.IDLE

    @property
    def going_on(self) -> bool:
        return self._status is TransactionStatus.INTRANS

    @property
    def _status(self) -> TransactionStatus:
        return self.connection.info.transaction_status

    @property
    def autocommits(self) -> bool:
        return self.connection.autocommit

    def borrowed(self) -> Connection:
        return _borrowing().connect(_Borrowed(self.connection, tuple_row))

    def begin(self, connection: Connection, *, writing: bool) -> None:
        connection.exec_driver_sql(LATEST if writing else SNAPSHOT)
        if writing:
            self._lock(connection)

    def enter(self, connection: Connection, *, writing: bool) -> None:
        pass  # the driver does it before any statement

    def lock(self, connection: Connection) -> None:
        isolation = connection.exec_driver_sql("SHOW transaction_isolation").scalar()
        if isolation != "read committed":
            # What others stored while the lock was awaited would not be seen.
            raise UnfitConnection("isolation level", str(isolation), "READ COMMITTED")
        self._lock(connection)

    def _lock(self, connection: Connection) -> None:
        connection.execute(select(func.pg_advisory_xact_lock(WRITE_LOCK)))

    def commit(self, connection: Connection) -> None:
        connection.exec_driver_sql("COMMIT")


class _Borrowed(Borrowed):
    """A connection whose times have their time zone, whatever else they have in the application."""

    def cursor(self, *args: Any, **options: Any) -> Any:
        """Return a cursor that reads what is stored as it is."""
        cursor = super().cursor(*args, **options)
        cursor.adapters.register_loader("timestamptz", TimestamptzLoader)
        return cursor


def translated_here(error: BaseException) -> Exception | None:
    """Return what an error of the driver means; None for one of another origin."""
    return translated(error, WHERE, BUSY)


@cache
def _borrowing() -> Borrowing:
    return Borrowing(
        "postgresql+psycopg://",
        translated_here,
        use_native_hstore=False,  # nothing to look for
    )
