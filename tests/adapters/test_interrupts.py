"""Interrupts at every line of opening, committing and leaving a unit of work: no lock stays.

`make test` goes through the lines of the adapters and of contextlib, on the databases every third
one, and through every 53rd of all that is run (SQLAlchemy, the driver, the serializer). With
CARTCORE_TEST_EVERY_LINE=1 it is each of them.
"""

import gc
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import count
from pathlib import Path
from time import monotonic, sleep
from types import CodeType
from typing import Any

import psycopg
import pytest

from cartcore.adapters.audit import audit
from cartcore.adapters.memory import MemoryStorage
from cartcore.adapters.postgres import PostgresStorage
from cartcore.adapters.postgres_server import WRITE_LOCK
from cartcore.adapters.sqlite import SQLiteStorage
from cartcore.errors import NotFound, StorageUnavailable, WorkGivenUp
from cartcore.shop.contact import ContactFilter
from cartcore.storage import Storage
from cartcore.testing.records import a_contact
from cartcore.testing.storage import ids, store
from tests.support.interrupts import EVERY_LINE, Interrupt, interrupted

A_WHILE = 10  # seconds, in which a server notices that a connection was closed


def near(code: CodeType) -> bool:
    """Whether code is of the adapters, or what their `with` statements go through."""
    file = code.co_filename
    return "/cartcore/adapters/" in file or file.endswith("/contextlib.py")


@pytest.fixture
def without_collecting() -> Iterator[None]:
    """No garbage is collected: what is let go of by chance is not let go of."""
    gc.disable()
    yield
    gc.enable()


each_part = pytest.mark.parametrize(
    ("within", "step"),
    [(near, 1 if EVERY_LINE else 3), (lambda _: True, 1 if EVERY_LINE else 53)],
    ids=["adapters", "all"],
)


def interrupt_everywhere(
    storage: Storage, is_free: Callable[[], bool], within: Callable[[CodeType], bool], step: int
) -> None:
    """Store something, interrupted at one line after the other, until it goes through."""
    store(storage, "contacts", a_contact("warm", email=""))  # so that all is imported and compiled
    for after in count(step=step):
        contact = a_contact(f"c{after}", email="", tags=("new",))
        try:
            with interrupted(after, within=within) as happened:  # noqa: SIM117  (nothing between)
                with storage.write() as work:
                    work.contacts.add(contact)
                    work.commit()
        except (Interrupt, StorageUnavailable, AssertionError):
            pass  # psycopg's pipeline makes an error of its own of it, or misses what it expects

        assert is_free(), f"locked after an interrupt at line {after}"
        there = is_there(storage, contact.id)
        if not happened():
            assert there
            break
    assert after > 100


def is_there(storage: Storage, contact_id: str) -> bool:
    """Whether a contact is there, and all of it or nothing."""
    with storage.read() as work:
        tagged = work.contacts.search(ContactFilter(tag="new"), limit=1000).items
        try:
            there = work.contacts.get(contact_id).id == contact_id
        except NotFound:
            there = False
    assert there == (contact_id in ids(tagged))

    return there


@each_part
@pytest.mark.usefixtures("without_collecting")
def test_memory_is_not_locked(within: Callable[[CodeType], bool], step: int) -> None:
    """Wherever an interrupt comes, the next one can write, and all or nothing is there (ST-5)."""
    storage = MemoryStorage(timeout=0)

    def is_free() -> bool:
        with storage.write():
            return True

    interrupt_everywhere(storage, is_free, within, 1 if within is near else 3)


@each_part
@pytest.mark.usefixtures("without_collecting")
def test_a_file_is_not_locked(
    tmp_path: Path, within: Callable[[CodeType], bool], step: int
) -> None:
    """The lock of the file is free at once, in the eyes of another connection, too (ST-5)."""
    path = tmp_path / "shop.sqlite"
    with (
        SQLiteStorage(path, timeout=0) as storage,
        closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as other,
    ):

        def is_free() -> bool:
            try:
                other.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return False
            other.execute("ROLLBACK")
            with storage.write():
                return True

        interrupt_everywhere(storage, is_free, within, step)
    assert [] == audit(path)


# A connection that was being made is let go of, and psycopg says so.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@each_part
@pytest.mark.usefixtures("without_collecting")
def test_a_database_is_not_locked(
    postgres_url: str, within: Callable[[CodeType], bool], step: int
) -> None:
    """The connection is given back without a transaction, or closed (ST-5)."""
    with (
        PostgresStorage(postgres_url, timeout=A_WHILE) as storage,
        psycopg.connect(postgres_url, autocommit=True) as other,
    ):

        def is_free() -> bool:
            deadline = monotonic() + A_WHILE
            while monotonic() < deadline:
                [(free,)] = other.execute("SELECT pg_try_advisory_lock(%s)", [WRITE_LOCK])
                if free:
                    other.execute("SELECT pg_advisory_unlock(%s)", [WRITE_LOCK])
                    with storage.write():
                        return True
                sleep(0.01)
            return False

        interrupt_everywhere(storage, is_free, within, step)


@pytest.mark.usefixtures("without_collecting")
def test_an_interrupt_is_not_forgotten(tmp_path: Path) -> None:
    """Who catches an interrupt inside and goes on stores all of it, or is told (ST-5)."""
    with SQLiteStorage(tmp_path / "shop.sqlite") as storage:
        store(storage, "contacts", a_contact("warm", email=""))
        for after in count(step=1 if EVERY_LINE else 3):
            contact = a_contact(f"c{after}", tags=("new",), email="")
            done: list[Any] = []
            with storage.write() as work:
                try:
                    with interrupted(after) as happened:
                        work.contacts.add(contact)
                        done.append("added")
                except Interrupt:
                    pass
                try:
                    work.commit()
                    done.append("committed")
                except WorkGivenUp:
                    done.append("told")
            there = is_there(storage, contact.id)
            assert not there or "committed" in done
            if not happened():
                assert ["added", "committed"] == done
                break
    assert [] == audit(tmp_path / "shop.sqlite")
