"""Storage in a database over SQLAlchemy Core: its units of work and their stores."""

import os
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, Engine

from cartcore.adapters.sql.backend import Backend
from cartcore.adapters.sql.carriers import allow_driver
from cartcore.adapters.sql.contacts import SqlContacts
from cartcore.adapters.sql.drafts import SqlDrafts
from cartcore.adapters.sql.driver_errors import translate_errors
from cartcore.adapters.sql.events import SqlEvents
from cartcore.adapters.sql.orders import SqlOrders
from cartcore.adapters.sql.products import SqlProducts
from cartcore.adapters.sql.promotions import SqlPromotions
from cartcore.adapters.sql.remembered import Remembered
from cartcore.adapters.sql.session import Session
from cartcore.adapters.sql.transaction import OwnTransaction, Transaction
from cartcore.documents.serializer import Serializer
from cartcore.errors import ForkedStorage, StorageUnavailable

# Bytes of the documents that are kept as the records that they are: the drafts of now, and the
# products, contacts and promotions that they are about. Some thousands, with about 40 MB in all.
_REMEMBERED = 8_000_000

# Apart from them those of the pages that were listed last, which people turn and search again:
# an export lists everything once, and leaves those of now in their place.
_LISTED = 250_000


class UnitsOfWork(ABC):
    """A storage in a database: units of work, each in a transaction of some kind."""

    def __init__(self, serializer: Serializer) -> None:
        self._serializer = serializer
        self._reads = Remembered(serializer.loads, _REMEMBERED)
        self._listed = Remembered(serializer.loads, _LISTED)

    @contextmanager
    def read(self) -> Iterator["SqlUnitOfWork"]:
        """Open a consistent view of what is committed now.

        Raises:
            ForkedStorage: the storage was opened before this process forked.
            StorageUnavailable: it was closed, or cannot be reached.
        """
        with self._work(writing=False) as work:
            yield work

    @contextmanager
    def write(self) -> Iterator["SqlUnitOfWork"]:
        """Open a unit of work that sees the latest state and excludes other writers.

        Raises:
            StorageBusy: another one stayed open for too long.
            ForkedStorage, StorageUnavailable: see `read`.
        """
        with self._work(writing=True) as work:
            yield work

    @contextmanager
    def _work(self, *, writing: bool) -> Iterator["SqlUnitOfWork"]:
        transaction = self._transaction(writing=writing)
        session = Session(transaction, self._serializer, self._reads, self._listed, writing=writing)
        try:
            try:
                transaction.begin()
                yield SqlUnitOfWork(session)
            finally:
                session.end()
        finally:
            transaction.discard()  # nothing is left to do, unless an interrupt cut the end short

    @abstractmethod
    def _transaction(self, *, writing: bool) -> Transaction:
        """The transaction of a new unit of work, which has not begun."""


class SqlStorage(UnitsOfWork):
    """Storage in a database, through an engine whose transactions the backend begins."""

    def __init__(
        self, engine: Engine, backend: Backend, serializer: Serializer, *, borrowed: bool = False
    ) -> None:
        super().__init__(serializer)
        self._engine = engine
        self._borrowed = borrowed
        self._backend = backend
        self._process = os.getpid()
        self._closed = False
        self._translate_no_more = translate_errors(engine, backend.translated)
        if not borrowed:
            allow_driver(engine, backend.translated, prepares=backend.prepares)

    def _transaction(self, *, writing: bool) -> Transaction:
        if os.getpid() != self._process:
            raise ForkedStorage(self._backend.where)
        if self._closed:
            raise StorageUnavailable(f"{self._backend.where} was closed")
        return OwnTransaction(self._engine, self._backend, writing=writing)

    def close(self) -> None:
        """Let go of the database, after the units of work that are open."""
        if self._borrowed and not self._closed:
            self._translate_no_more()
        self._closed = True
        if not self._borrowed:
            # After a fork the connections are those of the other process.
            self._engine.dispose(close=os.getpid() == self._process)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


class SqlUnitOfWork:
    """One transaction on everything that is kept."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.contacts = SqlContacts(session)
        self.products = SqlProducts(session)
        self.promotions = SqlPromotions(session)
        self.drafts = SqlDrafts(session)
        self.orders = SqlOrders(session)
        self.events = SqlEvents(session)

    @property
    def connection(self) -> Connection:
        """The SQLAlchemy connection of this work, for tables of the application (HA-2).

        What is done with it is part of the same transaction, which is ended by `commit` alone:
        committing or rolling back on it does nothing. Its errors are SQLAlchemy's.

        Raises:
            WorkEnded: the work is over.
        """
        return self._session.connection

    def check(self) -> None:
        """Raise if an error has undone it."""
        self._session.check()

    def committed_state(self) -> object:
        """Return a mark of the committed state that the work began with; None within a host's."""
        return self._session.committed_state()

    def commit(self) -> None:
        """Store everything that was changed, and end the work."""
        self._session.commit()
