"""One transaction of a database, as the stores of a unit of work use it."""

import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeVar, cast

from sqlalchemy import Connection, CursorResult, Engine, Executable, Row, Table, insert

from cartcore.adapters.sql import schema
from cartcore.adapters.sql.backend import Backend, KeyTaken
from cartcore.adapters.sql.remembered import Remembered
from cartcore.adapters.standing import Standing
from cartcore.documents.serializer import Serializer
from cartcore.errors import ForkedStorage, InvalidInput, StorageUnavailable, WorkEnded

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import DBAPIConnection

T = TypeVar("T")

Values = Mapping[str, object]
_INSERTING = {table: insert(table) for table in schema.metadata.tables.values()}

# How many keys one statement asks for: far below what any database allows.
_AT_ONCE = 500


class Session:
    """One transaction.

    After an error other than a refused record the transaction is not to be trusted: databases undo
    all of it, or nothing, or what they had begun, each in its own cases. So it is given up on
    every database alike (`Standing`), and nothing of it is stored.
    """

    def __init__(
        self,
        engine: Engine,
        backend: Backend,
        serializer: Serializer,
        reads: Remembered,
        listed: Remembered,
        *,
        writing: bool,
    ) -> None:
        self.serializer = serializer
        self.reads = reads
        self.listed = listed
        self._engine = engine
        self._backend = backend
        self._writing = writing
        self._standing = Standing(writing=writing, refusals=(KeyTaken, InvalidInput))
        self._process = os.getpid()
        self._connection: Connection | None = None
        self._driver: DBAPIConnection | None = None
        self._steps = 0

    @property
    def where(self) -> str:
        """What the storage is called in errors."""
        return self._backend.where

    @property
    def keeps_order(self) -> bool:
        """Whether what is chosen from a sorted subquery comes in its order: see `Backend`."""
        return self._backend.keeps_order

    # --- Its beginning and its end ---

    def begin(self) -> None:
        """Take a connection and begin.

        A connection can have been lost since it was last used. To begin is safe to repeat: nothing
        was changed yet (ST-10). All later errors are the caller's, who knows what was done.
        """
        for pause in self._backend.pauses:
            try:
                self._begin()
            except StorageUnavailable:
                self._leave()
                time.sleep(pause)
            else:
                return
        self._begin()

    def _begin(self) -> None:
        self._connection = self._engine.connect()
        self._driver = self._connection.connection.dbapi_connection
        self._connection.begin()
        self._backend.begin(self._connection, writing=self._writing)

    def commit(self) -> None:
        """Store all changes, and end."""
        with self._standing.turn():
            if self._steps:  # an interrupt left one half-done
                self._standing.give_up("a change was interrupted")
            with self._used(writing=True) as connection:
                self._backend.commit(connection)
        self._standing.end()

    def end(self) -> None:
        """Undo what was not committed, and give the connection back."""
        self._standing.end()
        self._leave()

    def _leave(self) -> None:
        if self._connection is None:
            return
        if os.getpid() != self._process:
            # The server has one session for both processes: not a word to it from this one.
            self._connection.connection.detach()
            self._connection = None
            return
        try:
            if self._driver is not None:
                self._driver.rollback()  # SQLAlchemy omits it, if an interrupt has misled it
            self._connection.close()
        except Exception:  # noqa: BLE001  (it was lost, or is in no state to be used again)
            self.discard()
        self._connection = None

    def discard(self) -> None:
        """Close the connection if `end` did not come to its end: its transaction ends with it."""
        if self._connection is None:
            return
        with suppress(Exception):
            self._connection.invalidate()  # or else it would be used again
        with suppress(Exception):
            if self._driver is not None:
                self._driver.close()
        self._connection = None

    # --- Its statements ---

    def rows(self, statement: Executable, **values: object) -> Sequence[Row[Any]]:
        """Return what a query gives for values of its parameters."""
        with self._used() as connection:
            return connection.execute(statement, values).all()

    def change(self, statement: Executable, values: Values | None = None) -> int:
        """Change or insert rows by values of parameters, and return how many it were."""
        with self._used(writing=True) as connection:
            return cast("CursorResult[Any]", connection.execute(statement, values)).rowcount

    def changed(self, statement: Executable) -> Sequence[Row[Any]]:
        """Change rows, and return what a statement says of them."""
        with self._used(writing=True) as connection:
            return connection.execute(statement).all()

    def insert(self, table: Table, rows: Sequence[Values]) -> None:
        """Insert rows."""
        with self._used(writing=True) as connection:
            connection.execute(_INSERTING[table], rows)

    @contextmanager
    def step(self) -> Iterator[None]:
        """Make several changes one: all are made, or none of them."""
        with self._standing.turn():
            name = f"step_{self._steps}"
            self._do(f"SAVEPOINT {name}")
            self._steps += 1
            try:
                yield
            except BaseException:
                with suppress(WorkEnded):  # given up: then nothing of it stays
                    self._standing.check()
                    self._do(f"ROLLBACK TO SAVEPOINT {name}")
                    self._do(f"RELEASE SAVEPOINT {name}")
                    self._steps -= 1
                raise
            self._do(f"RELEASE SAVEPOINT {name}")
            self._steps -= 1

    def _do(self, text: str) -> None:
        with self._used(writing=True) as connection:
            connection.exec_driver_sql(text)

    @contextmanager
    def _used(self, *, writing: bool = False) -> Iterator[Connection]:
        with self._standing.use(writing=writing):
            yield self._open()

    def _open(self) -> Connection:
        if os.getpid() != self._process:
            raise ForkedStorage(self.where)
        if self._connection is None:
            raise WorkEnded
        if self._connection.invalidated:
            raise StorageUnavailable(f"{self.where}: the connection was lost during this work")
        return self._connection


def portions(keys: Iterable[T]) -> Iterator[list[T]]:
    """Keys in lists that are short enough for one statement."""
    left = list(keys)
    return (left[start : start + _AT_ONCE] for start in range(0, len(left), _AT_ONCE))
