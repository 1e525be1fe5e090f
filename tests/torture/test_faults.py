"""A disk that is full, and a lock that is held for too long (ST-5, ST-10)."""

import resource
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import Engine, event

from cartcore.adapters.sqlite import SQLiteStorage
from cartcore.desk import OrderDesk
from cartcore.errors import StorageBusy, StorageUnavailable
from cartcore.orders.filters import OrderFilter
from cartcore.storage import Storage
from tests.torture.checking import findings
from tests.torture.database import A_WHILE, Database
from tests.torture.journal import Journal, Request
from tests.torture.races import attempts, copies, place_each
from tests.torture.shop import desk_on, entered, fill
from tests.torture.writers import started

ROOM = 150_000
"""Bytes that the disk still has: enough for some orders, but not for all that are tried."""


def prepared(storage: Storage, number: int) -> list[str]:
    fill(storage, uses=number)
    return copies(storage, entered(desk_on(storage), Random(1)), number)


def place_until_full(desk: OrderDesk, journal: Journal, draft_ids: list[str]) -> str:
    """Place drafts until the disk refuses one; return the one that is still a draft."""
    for attempt in attempts(desk, draft_ids):
        journal.ask(Request(f"draft {attempt.draft_id}", attempt.draft_id))
        try:
            order = desk.place(attempt.draft_id, seen=attempt.seen, actor="sam")
        except StorageUnavailable:
            return attempt.draft_id
        journal.acknowledge(order)
    return ""


def check_the_rest(database: Database, journal: Journal, left: str) -> None:
    """All the acknowledged orders are there, nothing of the refused one, and it can be placed."""
    assert left
    placed = len(journal.acknowledged())
    assert placed
    assert [] == findings(database, [journal])
    with database.open() as storage:
        desk = desk_on(storage)
        assert placed == len(desk.orders(OrderFilter(), limit=1000).items)
        assert 1 == desk.draft(left).version
        [order] = place_each(desk, attempts(desk, [left]))
        assert left == getattr(order, "draft_id", "")
    assert [[left]] == [[request.draft_id for request in journal.unanswered()]]


def place_with_little_room(where: str, path: Path, draft_ids: list[str], pipe: Connection) -> None:
    """Place drafts while no file can grow past a limit; Python ignores the signal for it."""
    with SQLiteStorage(where) as storage:
        size = max(file.stat().st_size for file in Path(where).parent.glob("shop.sqlite*"))
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + ROOM, resource.RLIM_INFINITY))
        left = place_until_full(desk_on(storage), Journal(path), draft_ids)
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
        pipe.send(left)
    pipe.poll(A_WHILE)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_file_that_cannot_grow_is_told_and_nothing_half_stored(
    database: Database, tmp_path: Path
) -> None:
    """Where the system allows no longer file, placing fails as a whole (ST-5, ST-10)."""
    with database.open() as storage:
        draft_ids = prepared(storage, 60)
    journal = Journal(tmp_path / "journal")
    with started(place_with_little_room, database.where, journal.path, draft_ids) as (_, pipe):
        assert pipe.poll(A_WHILE)
        left = pipe.recv()

    check_the_rest(database, journal, left)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_full_disk_is_told_and_nothing_half_stored(database: Database, tmp_path: Path) -> None:
    """Where the database gets no more pages, placing fails as a whole (ST-5, ST-10)."""
    journal = Journal(tmp_path / "journal")
    with database.open() as storage:
        draft_ids = prepared(storage, 60)
        [(pages,)] = database.rows("PRAGMA page_count")
        allow_pages(storage._engine, pages + ROOM // 4096)
        left = place_until_full(desk_on(storage), journal, draft_ids)

    check_the_rest(database, journal, left)


def allow_pages(engine: Engine, most: int) -> None:
    """Let the file have no more pages; SQLite says then that the disk is full."""

    @event.listens_for(engine, "checkout")
    def _(connection: Connection, *_: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {most}")  # type: ignore[attr-defined]


def hold_the_lock(database: Database, pipe: Connection) -> None:
    """Write, say so, and stay until told to end."""
    with database.open() as storage, storage.write():
        pipe.send("writing")
        pipe.poll(A_WHILE)


def test_a_lock_that_is_held_for_too_long_is_told(database: Database) -> None:
    """Placing is StorageBusy while another process writes, and works after that (ST-10)."""
    with database.open(timeout=0.2) as storage:
        fill(storage, uses=12)
        desk = desk_on(storage)
        draft_id = entered(desk, Random(1))
        [attempt] = attempts(desk, [draft_id])
        with started(hold_the_lock, database) as (process, pipe):
            assert pipe.poll(A_WHILE)
            [lost] = place_each(desk, [attempt])
            assert desk.draft(draft_id).id  # readers go on
            assert "storage_busy" == getattr(lost, "code", "")
            with pytest.raises(StorageBusy), desk.edit(draft_id) as edit:
                edit.add_sku("PIN")
            process.kill()
            process.join(A_WHILE)
        [order] = place_each(desk, [attempt])

        assert draft_id == getattr(order, "draft_id", "")
    assert [] == findings(database, [])
