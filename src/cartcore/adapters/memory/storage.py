"""Storage in memory, one writer at a time."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from cartcore.adapters.memory.events import MemoryEvents
from cartcore.adapters.memory.stores import (
    MemoryContacts,
    MemoryDrafts,
    MemoryOrders,
    MemoryProducts,
    MemoryPromotions,
)
from cartcore.adapters.memory.work import State, Work
from cartcore.errors import StorageBusy
from cartcore.storage.paging import seconds

_WRITER = "writer"
_A_MOMENT = 0.001  # seconds, after which a writer looks again whether it is its turn


class MemoryUnitOfWork(Work):
    """One piece of work on everything that is kept."""

    def __init__(
        self,
        state: State,
        commit: Callable[[State], None] | None = None,
        at_end: Callable[[Work], None] = lambda _: None,
    ) -> None:
        super().__init__(state, commit, at_end)
        self.contacts = MemoryContacts(self, lambda state: state.contacts)
        self.products = MemoryProducts(self, lambda state: state.products)
        self.promotions = MemoryPromotions(self, lambda state: state.promotions)
        self.drafts = MemoryDrafts(self, lambda state: state.drafts)
        self.orders = MemoryOrders(self, lambda state: state.orders)
        self.events = MemoryEvents(self)


class MemoryStorage:
    """Storage that lasts as long as the object. It can be used from several threads.

    A unit of work for writing changes a copy, which `commit()` puts in the place of what was
    there. While one is open, another one waits; after `timeout` seconds it is `StorageBusy`.
    """

    def __init__(self, *, timeout: float = 10.0) -> None:
        self._timeout = seconds(timeout)
        self._writer: dict[str, Work] = {}
        self._committed = State()

    def __repr__(self) -> str:
        return f"MemoryStorage({len(self._committed.orders.records)} orders)"

    @contextmanager
    def read(self) -> Iterator[MemoryUnitOfWork]:
        """Open a consistent view of what is committed now."""
        work = MemoryUnitOfWork(self._committed)
        try:
            yield work
        finally:
            work.end()

    @contextmanager
    def write(self) -> Iterator[MemoryUnitOfWork]:
        """Open a unit of work that sees the latest state and excludes other writers.

        Raises:
            StorageBusy: another one, perhaps of this same thread, stayed open for too long.
        """
        work = MemoryUnitOfWork(self._committed, self._store, self._let_next)
        try:
            try:
                self._wait(work)
                work.begin(self._committed, apart=True)
                yield work
            finally:
                work.end()
        finally:
            work.end()  # nothing is left to do, unless an interrupt cut the first one short

    def _wait(self, work: Work) -> None:
        """Wait until it is a unit of work's turn to write."""
        # A lock would not do: when an interrupt follows at once, nobody knows whose it is.
        deadline = time.monotonic() + self._timeout
        while self._writer.setdefault(_WRITER, work) is not work:
            if time.monotonic() > deadline:
                told = f"another unit of work has been open for {self._timeout:g} seconds"
                raise StorageBusy(told)
            time.sleep(_A_MOMENT)

    def _let_next(self, work: Work) -> None:
        """End the turn of a unit of work, if it is its turn."""
        if self._writer.get(_WRITER) is work:
            self._writer.pop(_WRITER, None)

    def _store(self, state: State) -> None:
        self._committed = state
