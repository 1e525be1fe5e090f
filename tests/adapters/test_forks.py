"""Storages across a fork: the new process is told, and the old one does not notice."""

import multiprocessing
import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from cartcore.adapters.postgres import PostgresStorage
from cartcore.adapters.sqlite import SQLiteStorage
from cartcore.testing.records import a_contact
from cartcore.testing.storage import store, stored

FORK = multiprocessing.get_context("fork") if hasattr(os, "fork") else None
A_WHILE = 60  # seconds, after which a test has failed
pytestmark = pytest.mark.skipif(FORK is None, reason="this system has no fork")


@pytest.fixture(params=["sqlite", "postgres"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    if request.param == "sqlite":
        with SQLiteStorage(tmp_path / "shop.sqlite", timeout=2) as storage:
            yield storage
    else:
        url = request.getfixturevalue("postgres_url")
        with PostgresStorage(url, timeout=2) as storage:
            yield storage


@contextmanager
def forked(do: Callable[[], object]) -> Iterator[Any]:
    """Do something in a new process, which says how it ended: by a code, or by nothing."""
    assert FORK is not None
    ours, theirs = FORK.Pipe()

    def run() -> None:
        try:
            do()
        except BaseException as error:  # noqa: BLE001
            theirs.send(getattr(error, "code", repr(error)))
        else:
            theirs.send("")

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that other tests have threads is no matter here
        process = FORK.Process(target=run)
        process.start()
    try:
        assert ours.poll(A_WHILE)
        yield ours.recv()
    finally:
        process.kill()
        process.join(A_WHILE)


def test_a_storage_is_not_used_after_a_fork(storage: Any) -> None:
    """What was opened before says so at once, and leaves no trace (HA-15)."""
    store(storage, "contacts", a_contact())
    for use in (storage.read, storage.write):
        with forked(lambda: use().__enter__()) as said:  # noqa: B023
            assert "forked_storage" == said
    store(storage, "contacts", a_contact("bob"))

    assert "bob" == stored(storage, "contacts", "bob").id


def test_closing_in_the_new_process_closes_nothing(storage: Any) -> None:
    """A storage that a new process closes, as by the end of a `with`, is open in the old one."""
    store(storage, "contacts", a_contact())
    with forked(storage.close) as said:
        assert "" == said

    assert "ann" == stored(storage, "contacts", "ann").id


def test_work_goes_on_in_the_process_that_began_it(storage: Any) -> None:
    """A unit of work that is open while the process forks is not ended or used by the new one."""
    with storage.write() as work:
        work.contacts.add(a_contact())
        for use in (
            lambda: work.contacts.get("ann"),
            lambda: work.contacts.add(a_contact("bob")),
            work.commit,
        ):
            with forked(use) as said:
                assert "forked_storage" == said

        def leave() -> None:
            work._session.end()
            work._session.transaction.discard()

        with forked(leave) as said:
            assert "" == said
        work.contacts.add(a_contact("carl", email="carl@example.com"))
        work.commit()

    assert "ann" == stored(storage, "contacts", "ann").id
    assert "carl" == stored(storage, "contacts", "carl").id
