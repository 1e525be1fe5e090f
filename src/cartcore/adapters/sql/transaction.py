"""One transaction of a database, from its beginning to its end: one of cartcore's own."""

import os
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Protocol

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import TimeoutError as PoolTimeout

from cartcore.adapters.sql.backend import Backend
from cartcore.adapters.sql.carriers import Carrier, carrier_on
from cartcore.errors import ForkedStorage, StorageBusy, StorageUnavailable, WorkEnded

LOGGER: Final = "cartcore.storage"
"""The name of the logger that is told of databases that cannot be reached."""

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import DBAPIConnection


class Transaction(Protocol):
    """What a unit of work runs in."""

    @property
    def where(self) -> str:
        """What the storage is called in errors."""
        ...

    @property
    def keeps_order(self) -> bool:
        """Whether what is chosen from a sorted subquery comes in its order: see `Backend`."""
        ...

    @property
    def cascades(self) -> bool:
        """Whether rows are sure to go with the record that they belong to."""
        ...

    @property
    def may_be_undone(self) -> bool:
        """Whether what this sees may include what a commit has yet to make true for others."""
        ...

    def begin(self) -> None:
        """Take a connection and begin."""
        ...

    def carrier(self) -> Carrier:
        """Return what carries out its statements.

        Raises:
            WorkEnded, ForkedStorage, StorageUnavailable: it can carry out none.
        """
        ...

    def lend(self) -> Connection:
        """Return its connection for the application. Raises as `carrier` does."""
        ...

    def committed_state(self) -> object:
        """Return a mark of what was committed when it began; None if that cannot be told."""
        ...

    def promotions_changed(self) -> None:
        """Note that promotions were changed in it."""
        ...

    def check(self) -> None:
        """Raise StorageUnavailable if an earlier error has undone the changes."""
        ...

    def commit(self) -> None:
        """Keep all changes. Raises if that cannot be, or as `check` does."""
        ...

    def leave(self) -> None:
        """Undo what was not committed, and give the connection back."""
        ...

    def discard(self) -> None:
        """Close the connection if `leave` did not come to its end: its transaction ends with it."""
        ...


class OwnTransaction:
    """A transaction on a connection of the engine."""

    cascades = True
    may_be_undone = False  # but by what it does itself, which every store knows of

    def __init__(self, engine: Engine, backend: Backend, *, writing: bool) -> None:
        self._engine = engine
        self._backend = backend
        self._writing = writing
        self._process = os.getpid()
        self._connection: Connection | None = None
        self._carrier: Carrier | None = None
        self._driver: DBAPIConnection | None = None
        self._lent = False

    @property
    def where(self) -> str:
        """What the storage is called in errors."""
        return self._backend.where

    @property
    def keeps_order(self) -> bool:
        """Whether what is chosen from a sorted subquery comes in its order: see `Backend`."""
        return self._backend.keeps_order

    def begin(self) -> None:
        """Take a connection and begin.

        A connection can have been lost since it was last used. To begin is safe to repeat: nothing
        was changed yet (ST-10). All later errors are the caller's, who knows what was done.
        """
        for pause in self._backend.pauses:
            try:
                self._begin()
            except StorageUnavailable:
                self.leave()
                self._tell(pause)
                time.sleep(pause)
            else:
                return
        self._begin()

    def _tell(self, pause: float) -> None:
        from logging import getLogger  # noqa: PLC0415  (only where something is to be told)

        fields = {"event": "storage_retried", "storage": self.where, "pause": pause}
        told = "%s cannot be reached: it is tried again in %g seconds"
        getLogger(LOGGER).warning(told, self.where, pause, extra=fields)

    def _begin(self) -> None:
        try:
            self._connection = self._engine.connect()
        except PoolTimeout as error:
            raise StorageBusy(f"all connections to {self.where} are in use") from error
        self._driver = self._connection.connection.dbapi_connection
        self._connection.begin()
        self._carrier = carrier_on(self._connection)
        self._backend.begin(self._carrier, writing=self._writing)

    def carrier(self) -> Carrier:
        """Return what carries out its statements. See `Transaction`."""
        if os.getpid() != self._process:
            raise ForkedStorage(self.where)
        if self._connection is None or self._carrier is None:
            raise WorkEnded
        if self._connection.invalidated:
            raise StorageUnavailable(f"{self.where}: the connection was lost during this work")
        return self._carrier

    def lend(self) -> Connection:
        """Return its connection for the application."""
        connection = self.carrier().connection
        self._lent = True
        return connection

    def committed_state(self) -> object:
        """Return the backend's mark."""
        return self._backend.committed_state(self.carrier())

    def promotions_changed(self) -> None:
        """Note nothing: nobody else sees it before the commit."""

    def check(self) -> None:
        """Raise StorageUnavailable if an earlier error has undone the changes."""
        self._backend.check_work(self.carrier())

    def commit(self) -> None:
        """Commit."""
        self.check()
        self._backend.commit(self.carrier())

    def leave(self) -> None:
        """Undo what was not committed, and give the connection back."""
        if self._connection is None:
            return
        if os.getpid() != self._process:
            # The server has one session for both processes: not a word to it from this one.
            self._connection.connection.detach()
            self._connection = None
            return
        try:
            if self._driver is not None:  # SQLAlchemy omits it, if an interrupt has misled it
                self._end(self._driver)
            self._connection.close()
        except Exception:  # noqa: BLE001  (it was lost, or is in no state to be used again)
            self.discard()
        self._connection = None

    def _end(self, driver: "DBAPIConnection") -> None:
        """End the transaction: undo it, unless there cannot be anything to undo.

        With each rollback psycopg forgets all that the server has prepared. After an error it has
        to: a plan that the server refuses would be refused again, in all work to come.
        """
        if self._backend.prepares and not self._writing and not self._lent and self._sound:
            driver.commit()
        else:
            driver.rollback()

    @property
    def _sound(self) -> bool:
        """Whether no error has undone it."""
        try:
            self.check()
        except StorageUnavailable:
            return False
        return True

    def discard(self) -> None:
        """Close the connection if `leave` did not come to its end: its transaction ends with it."""
        if self._connection is None:
            return
        with suppress(Exception):
            self._connection.invalidate()  # or else it would be used again
        with suppress(Exception):
            if self._driver is not None:
                self._driver.close()
        self._connection = None
