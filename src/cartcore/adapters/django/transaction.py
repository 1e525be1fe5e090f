"""A unit of work as a block of Django's `transaction.atomic`."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from django.db import Error, connections, transaction

from cartcore.adapters.django import routers
from cartcore.adapters.host.drivers import WHERE
from cartcore.adapters.host.transaction import HostTransaction, translated
from cartcore.errors import OutcomeUnknown, StorageUnavailable, UnfitConnection

_SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"


class DjangoTransaction(HostTransaction):
    """A block of `transaction.atomic`, with cartcore's savepoint in it.

    Django has to know of all that begins and ends: what models do in a unit of work is then undone
    with it, and what waits for the commit (`on_commit`) is forgotten.

    Args:
        using: the alias of the database.
        writing: whether to take the lock of all writers.
    """

    def __init__(self, using: str, *, writing: bool) -> None:
        super().__init__(lambda: connections[using].connection, writing=writing)
        self._using = using
        self._atomic: transaction.Atomic | None = None

    @property
    def _django(self) -> Any:
        return connections[self._using]

    def begin(self) -> None:
        """Begin a block, in a new transaction where none is open.

        A connection can have been lost since it was last used. Where nothing was begun yet, a new
        one is tried (ST-10).
        """
        django = self._django
        if django.in_atomic_block or (django.connection is not None and not django.autocommit):
            self._begin()
            return
        try:
            self._begin()
        except StorageUnavailable:
            self.leave()
            django.close()
            self._begin()

    def _begin(self) -> None:
        with self._translating():
            django = self._django
            outermost = not django.in_atomic_block
            manual = outermost and not django.get_autocommit()
            if django.needs_rollback and not outermost:
                raise StorageUnavailable(
                    f"{WHERE}: an earlier error has broken the block of transaction.atomic"
                )
            if manual and django.vendor == "sqlite" and not django.connection.in_transaction:
                # Or else Django's savepoint would be the transaction, and its release the commit.
                with django.cursor() as cursor:
                    cursor.execute("BEGIN IMMEDIATE" if self._writing else "BEGIN")
            if outermost and not manual:
                self._undecided.pop(id(django.connection), None)
            block = transaction.atomic(using=self._using)
            with self._mode(outermost=outermost):
                block.__enter__()
            self._atomic = block
            routers.opened(self, self._using)
            if outermost and not manual and not self._writing and django.vendor == "postgresql":
                with django.cursor() as cursor:
                    cursor.execute(_SNAPSHOT)
        super().begin()

    def promotions_changed(self) -> None:
        """Note that the application can undo this, until it commits."""
        super().promotions_changed()
        decided = partial(self._undecided.pop, id(self._django.connection), None)
        transaction.on_commit(decided, using=self._using)

    def check(self) -> None:
        """Raise StorageUnavailable if an earlier error has undone the changes."""
        if self._django.needs_rollback:
            raise StorageUnavailable(f"{WHERE}: an earlier error has undone this work")
        super().check()

    def commit(self) -> None:
        """Keep all changes: commit them, or leave that to the application's block."""
        self.check()
        django = self._django
        if self._atomic is None or django.atomic_blocks[-1:] != [self._atomic]:
            raise UnfitConnection(
                "innermost block of atomic()", "one that was begun inside it", "the unit of work's"
            )
        super().commit()
        block = self._taken()
        with self._translating():
            try:
                block.__exit__(None, None, None)
            except Error as error:
                if django.connection is None:  # lost: before the server did it, or after that
                    raise OutcomeUnknown(f"{WHERE}: {error}") from error
                raise

    def leave(self) -> None:
        """Undo what was not committed."""
        try:
            super().leave()
        finally:
            block = self._taken()
            if block is not None:
                with self._translating():
                    transaction.set_rollback(True, using=self._using)
                    block.__exit__(None, None, None)

    def _taken(self) -> Any:
        """The block, which is about to end; None if there is none."""
        routers.closed(self)
        block, self._atomic = self._atomic, None
        return block

    @contextmanager
    def _mode(self, *, outermost: bool) -> Iterator[None]:
        """Let a transaction in SQLite begin with the lock of writers where it is to write, only."""
        django = self._django
        if not outermost or django.vendor != "sqlite":
            yield
            return
        django.ensure_connection()
        usual = django.transaction_mode
        django.transaction_mode = "IMMEDIATE" if self._writing else "DEFERRED"
        try:
            yield
        finally:
            django.transaction_mode = usual

    @contextmanager
    def _translating(self) -> Iterator[None]:
        """Raise cartcore's errors in place of Django's and the driver's."""
        try:
            yield
        except Error as error:
            raise translated(error.__cause__ or error) from error
