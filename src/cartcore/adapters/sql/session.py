"""One transaction of a database, as the stores of a unit of work use it."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import Connection, Executable, Table

from cartcore.adapters.sql import schema
from cartcore.adapters.sql.borrowed import lent
from cartcore.adapters.sql.carriers import Answer, answer
from cartcore.adapters.sql.driver_errors import KeyTaken
from cartcore.adapters.sql.remembered import Remembered
from cartcore.adapters.sql.statements import Insertion, Row, Statement, Values
from cartcore.adapters.sql.transaction import Transaction
from cartcore.adapters.standing import Standing
from cartcore.documents.serializer import Serializer
from cartcore.errors import InvalidInput, WorkEnded

T = TypeVar("T")

_INSERTING = {table: Insertion(table) for table in schema.metadata.tables.values()}

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
        transaction: Transaction,
        serializer: Serializer,
        reads: Remembered,
        listed: Remembered,
        *,
        writing: bool,
    ) -> None:
        self.transaction = transaction
        self.serializer = serializer
        self.reads = reads
        self.listed = listed
        self._standing = Standing(writing=writing, refusals=(KeyTaken, InvalidInput))
        self._steps = 0
        self._lent: Connection | None = None

    @property
    def where(self) -> str:
        """What the storage is called in errors."""
        return self.transaction.where

    @property
    def connection(self) -> Connection:
        """The connection, for the application. Raises WorkEnded or StorageUnavailable."""
        self._standing.check()
        if self._lent is None:
            self._lent = lent(self.transaction.lend())
        return self._lent

    def committed_state(self) -> object:
        """Return a mark of what was committed when it began; None if that cannot be told."""
        with self._standing.use(writing=False):
            return self.transaction.committed_state()

    # --- Its end ---

    def check(self) -> None:
        """Raise WorkEnded, WorkGivenUp, or StorageUnavailable if an error has undone it."""
        with self._standing.use():
            self.transaction.check()

    def commit(self) -> None:
        """Store all changes, and end."""
        with self._standing.turn():
            if self._steps:  # an interrupt left one half-done
                self._standing.give_up("a change was interrupted")
            with self._standing.use(writing=True):
                self.transaction.commit()
        self._standing.end()
        self._take_back()

    def end(self) -> None:
        """Undo what was not committed, and give the connection back."""
        self._standing.end()
        self._take_back()
        self.transaction.leave()

    def _take_back(self) -> None:
        """Close what the application was lent: it could keep it, and be in the work of others."""
        if self._lent is not None:
            self._lent.close()

    # --- Its statements ---

    def rows(self, statement: Executable | Statement, **values: object) -> Sequence[Any]:
        """Return what a query gives for values of its parameters."""
        with self._standing.use():
            return self._carried_out(statement, values).rows

    def change(self, statement: Executable | Statement, values: Values | None = None) -> int:
        """Change rows by values of parameters, and return how many it were."""
        with self._standing.use(writing=True):
            return self._carried_out(statement, values or {}).changed

    def changed(self, statement: Executable | Statement, **values: object) -> Sequence[Any]:
        """Change rows by values of parameters, and return what a statement says of them."""
        with self._standing.use(writing=True):
            return self._carried_out(statement, values).rows

    def insert(self, table: Table, rows: Sequence[Row]) -> None:
        """Insert rows."""
        with self._standing.use(writing=True):
            self.transaction.carrier().carry_out(_INSERTING[table], rows)

    def _carried_out(self, statement: Executable | Statement, values: Values) -> Answer:
        carrier = self.transaction.carrier()
        if isinstance(statement, Statement):
            return carrier.carry_out(statement, values)
        return answer(carrier.connection.execute(statement, values))

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

    def _do(self, what: str) -> None:
        with self._standing.use(writing=True):
            self._carried_out(_said(what), {})


_said = cache(Statement.said)


def portions(keys: Iterable[T]) -> Iterator[list[T]]:
    """Keys in lists that are short enough for one statement."""
    left = list(keys)
    return (left[start : start + _AT_ONCE] for start in range(0, len(left), _AT_ONCE))
