"""The storage in memory."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import CodeType
from typing import Any

import pytest

from cartcore.adapters.memory import MemoryStorage
from cartcore.errors import StorageBusy
from cartcore.testing.records import an_order
from cartcore.testing.storage import StorageContract, store
from tests.support.interrupts import interrupted


class TestMemoryStorage(StorageContract):
    faults = ("interrupt",)

    @contextmanager
    def failing(self, storage: Any, fault: str, after: int) -> Iterator[Callable[[], bool]]:
        """There are no statements: it is at a line of what changes the tables."""
        changing = {f"Table.{name}" for name in ("add", "save", "restore", "remove", "_put")}

        def within(code: CodeType) -> bool:
            return code.co_qualname in changing

        with interrupted(after, within=within, error=KeyboardInterrupt) as happened:
            yield happened

    @pytest.fixture
    def storage(self) -> MemoryStorage:
        return MemoryStorage()


def test_a_writer_that_waits_too_long_is_told_so() -> None:
    """While one unit of work stays open, another one gives up after the timeout (ST-10)."""
    storage = MemoryStorage(timeout=0.05)
    with (
        storage.write(),
        pytest.raises(StorageBusy, match=r"0\.05 seconds"),
        storage.write(),
    ):
        pass
    with storage.write() as work:  # the lock is free again
        work.commit()


def test_commit_lets_the_next_writer_in() -> None:
    """A unit of work ends with its commit, though its `with` statement goes on."""
    storage = MemoryStorage(timeout=1)
    with storage.write() as work:
        work.commit()
        with storage.write() as other:
            other.commit()


def test_work_can_end_in_another_thread() -> None:
    """A unit of work is not bound to the thread that opened it."""
    storage = MemoryStorage()
    with storage.write() as work:
        work.orders.add(an_order())
        thread = threading.Thread(target=work.commit)
        thread.start()
        thread.join()

    with storage.read() as reader:
        assert "o1" == reader.orders.get("o1").id


def test_it_shows_how_much_is_in_it() -> None:
    """Its repr tells a full storage from an empty one."""
    storage = MemoryStorage()
    store(storage, "orders", an_order())

    assert "MemoryStorage(1 orders)" == repr(storage)
