"""Faults of databases, caused at a chosen statement, for the contract of storages."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

from cartcore.testing.storage import FAULTS

Fault = Callable[[Any, str, Any], None]
"""Is given a cursor, a statement and its parameters, and raises."""


@contextmanager
def failing(engine: Engine, fault: Fault, after: int) -> Iterator[Callable[[], bool]]:
    """Let the statement after so many have a fault."""
    left, happened = after, False

    def execute(cursor: Any, statement: str, parameters: Any, _: Any) -> None:
        nonlocal left, happened
        left -= 1
        if left == -1:
            happened = True
            fault(cursor, statement, parameters)

    kinds = ("do_execute", "do_executemany", "do_execute_no_params")
    for kind in kinds:
        takes = execute if kind != "do_execute_no_params" else _without_parameters(execute)
        event.listen(engine, kind, takes)
    try:
        yield lambda: happened
    finally:
        # SQLAlchemy cannot remove listeners of a dialect: this one has nothing more to count.
        left = -2


def _without_parameters(execute: Callable[..., None]) -> Callable[[Any, str, Any], None]:
    return lambda cursor, statement, context: execute(cursor, statement, (), context)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


# --- SQLite -----------------------------------------------------------------------------------


def _sqlite_error(code: int, *, undoes: bool) -> Fault:
    """An error of SQLite's, which undoes the whole transaction in some cases and in others not."""

    def fault(cursor: sqlite3.Cursor, *_: object) -> None:
        if undoes:
            cursor.connection.execute("ROLLBACK")
        error = sqlite3.OperationalError("simulated")
        error.sqlite_errorcode = code
        raise error

    return fault


def _stopped(cursor: sqlite3.Cursor, statement: str, parameters: Any) -> None:
    """A statement that SQLite itself interrupts: one that writes takes the transaction with it."""
    connection = cursor.connection
    connection.set_progress_handler(lambda: 1, 1)
    try:
        if isinstance(parameters, list):
            cursor.executemany(statement, parameters)
        else:
            cursor.execute(statement, parameters)
    finally:
        connection.set_progress_handler(None, 0)
    _sqlite_error(sqlite3.SQLITE_INTERRUPT, undoes=True)(
        cursor, statement, parameters
    )  # too short to be interrupted


SQLITE: dict[str, Fault] = {
    "disk full": _sqlite_error(sqlite3.SQLITE_FULL, undoes=True),
    "I/O error": _sqlite_error(sqlite3.SQLITE_IOERR_WRITE, undoes=True),
    "deadlock": _sqlite_error(sqlite3.SQLITE_BUSY_SNAPSHOT, undoes=False),
    "timeout": _stopped,
    "interrupt": _interrupt,
}

# --- PostgreSQL -------------------------------------------------------------------------------


def _reported(state: str) -> Fault:
    """An error that the server itself reports, in the transaction."""

    def fault(cursor: Any, *_: object) -> None:
        cursor.connection.execute(
            f"DO $$ BEGIN RAISE 'simulated' USING ERRCODE = '{state}'; END $$"
        )

    return fault


POSTGRES: dict[str, Fault] = {
    "disk full": _reported("disk_full"),
    "I/O error": _reported("io_error"),
    "deadlock": _reported("deadlock_detected"),
    "timeout": _reported("query_canceled"),
    "interrupt": _interrupt,
}

assert set(SQLITE) == set(POSTGRES) == set(FAULTS)
