"""SQLAlchemy on connections that are not its own: they stay as they are, and are not ended."""

import re
import threading
from collections.abc import Callable
from functools import cache
from typing import Any

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.pool import NullPool

from cartcore.adapters.sql.carriers import allow_driver
from cartcore.adapters.sql.driver_errors import Meaning, translate_errors
from cartcore.errors import CommitNotAllowed

# Statements that end a transaction, after comments: no savepoint is meant.
_ENDING = re.compile(
    r"(?:\s|;|--[^\n]*\n|/\*.*?\*/)*"
    r"(?:commit|end|abort|prepare\s+transaction|rollback(?!\s+(?:(?:work|transaction)\s+)?to\b))\b",
    re.IGNORECASE | re.DOTALL,
)


def lent(connection: Connection) -> Connection:
    """Lend the driver's connection of a unit of work to the application (HA-2).

    Errors are SQLAlchemy's, as the application expects them, and not cartcore's; but for
    `CommitNotAllowed`: what would end the transaction is not what the unit of work knows of.
    """
    driver = connection.connection.driver_connection
    if isinstance(driver, Borrowed):
        driver = driver.connection
    if connection.dialect.name == "sqlite":
        return _sqlite().connect(Borrowed(driver, None))
    from psycopg.rows import tuple_row  # noqa: PLC0415  (an extra)

    return _postgres().connect(Borrowed(driver, tuple_row))


@cache
def _sqlite() -> "Borrowing":
    return Borrowing("sqlite://", before=_stay_open)


@cache
def _postgres() -> "Borrowing":
    return Borrowing("postgresql+psycopg://", before=_stay_open, use_native_hstore=False)


def _stay_open(connection: object, cursor: object, statement: str, *_: object) -> None:
    """Refuse a statement that would end the transaction: what was done is half of the work."""
    del connection, cursor
    if _ENDING.match(statement):
        raise CommitNotAllowed


class Borrowed:
    """A driver's connection as SQLAlchemy is lent it.

    What would end its transaction, close it or configure it does nothing. Rows are tuples, whatever
    else they are for whoever has it.
    """

    def __init__(self, connection: Any, row_factory: Any) -> None:
        self.connection = connection
        self._row_factory = row_factory

    def cursor(self, *args: Any, **options: Any) -> Any:
        """Return a cursor whose rows are tuples."""
        cursor = self.connection.cursor(*args, **options)
        cursor.row_factory = self._row_factory
        return cursor

    def _nothing(self, *args: Any, **options: Any) -> None:
        pass

    commit = rollback = close = create_function = add_notice_handler = _nothing

    def __getattr__(self, name: str) -> Any:
        return getattr(self.connection, name)


class Borrowing:
    """An engine without connections of its own: it uses those that it is given."""

    def __init__(
        self,
        url: str,
        meaning: Meaning | None = None,
        before: Callable[..., None] | None = None,
        **options: bool,
    ) -> None:
        self._given = threading.local()
        self._engine = create_engine(
            url, creator=lambda: self._given.connection, poolclass=NullPool, **options
        )
        if meaning is not None:
            translate_errors(self._engine, meaning)
            allow_driver(self._engine, meaning)
        if before is not None:
            event.listen(self._engine, "before_cursor_execute", before)

    def connect(self, borrowed: Borrowed) -> Connection:
        """Wrap a connection."""
        self._given.connection = borrowed
        return self._engine.connect()
