"""Copies of an SQLite file: by cartcore, while orders are placed, and by other means."""

import shutil
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from cartcore.adapters.audit import audit
from cartcore.adapters.sqlite import SQLiteStorage
from cartcore.adapters.sqlite_backup import back_up
from cartcore.errors import ForeignStorage, InvalidField, StorageUnavailable
from cartcore.testing.records import a_contact
from cartcore.testing.storage import store, stored
from tests.torture.shop import desk_on, entered, fill


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a storage is, or will be."""
    return tmp_path / "shop.sqlite"


def test_a_copy_has_every_order_that_was_acknowledged(path: Path, tmp_path: Path) -> None:
    """Made while orders are placed, it has all that were placed before, and is whole (ST-5)."""
    with SQLiteStorage(path) as storage:
        fill(storage, uses=1000)
        desk = desk_on(storage)
        acknowledged: list[str] = []
        enough = threading.Event()

        def place() -> None:
            random = Random(1)  # noqa: S311
            while not enough.is_set():
                draft = entered(desk, random)
                order = desk.place(draft, seen=desk.view(draft).quote, actor="sam")
                acknowledged.append(order.number)

        thread = threading.Thread(target=place)
        thread.start()
        try:
            for i in range(6):
                placed = list(acknowledged)
                copy = tmp_path / f"copy-{i}.sqlite"
                back_up(path, copy)
                assert [] == audit(copy)
                with closing(sqlite3.connect(copy)) as opened:
                    numbers = {n for (n,) in opened.execute("SELECT number FROM cartcore_orders")}
                assert {*placed} <= numbers
        finally:
            enough.set()
            thread.join()

        assert acknowledged
    assert not [*tmp_path.glob("copy*-wal"), *tmp_path.glob("copy*-shm"), *tmp_path.glob(".copy*")]


def test_a_copy_is_a_storage(path: Path, tmp_path: Path) -> None:
    """It can be opened and used on, and the one it was copied from as well."""
    told: list[tuple[int, int]] = []
    with SQLiteStorage(path) as storage:
        store(storage, "contacts", *(a_contact(f"c{i}", name="x" * 190) for i in range(3000)))
        back_up(path, tmp_path / "copy.sqlite", progress=lambda done, of: told.append((done, of)))
        store(storage, "contacts", a_contact())
    with SQLiteStorage(tmp_path / "copy.sqlite") as copy:
        store(copy, "contacts", a_contact())

        assert "c2999" == stored(copy, "contacts", "c2999").id
    assert len(told) > 1
    assert told == sorted(told)
    assert told[-1][0] == told[-1][1]


def test_a_copy_of_the_file_alone_is_an_older_one(path: Path, tmp_path: Path) -> None:
    """What `cp` copies of a file in use lacks what is in the log: that is why there is back_up."""
    with SQLiteStorage(path) as storage:
        store(storage, "contacts", a_contact())
        shutil.copyfile(path, tmp_path / "cp.sqlite")
        back_up(path, tmp_path / "copy.sqlite")

    def number(file: str) -> int:
        with closing(sqlite3.connect(tmp_path / file)) as opened:
            [(found,)] = opened.execute("SELECT count(*) FROM cartcore_contacts")
        return int(found)

    assert (0, 1) == (number("cp.sqlite"), number("copy.sqlite"))


@pytest.mark.parametrize("taken", ["copy.sqlite", "copy.sqlite-wal", "copy.sqlite-journal"])
def test_nothing_is_written_over(path: Path, tmp_path: Path, taken: str) -> None:
    """A name that a file has, or whose log is there, is refused (ST-5)."""
    SQLiteStorage(path).close()
    (tmp_path / taken).write_text("mine")
    with pytest.raises(InvalidField, match="does not exist yet"):
        back_up(path, tmp_path / "copy.sqlite")

    assert "mine" == (tmp_path / taken).read_text()


def test_what_is_no_storage_is_not_copied(path: Path, tmp_path: Path) -> None:
    """What is not there, or not cartcore's, is told, and leaves nothing behind (ST-10)."""
    copy = tmp_path / "copy.sqlite"
    with pytest.raises(StorageUnavailable, match="no file"):
        back_up(path, copy)
    path.write_text("name,price\n" * 100)
    with pytest.raises(ForeignStorage):
        back_up(path, copy)
    path.unlink()
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE cartcore_contacts (id)")
    with pytest.raises(ForeignStorage):
        back_up(path, copy)

    assert [path] == list(tmp_path.iterdir())


def test_a_copy_that_is_stopped_leaves_nothing(path: Path, tmp_path: Path) -> None:
    """An interrupt in the middle leaves neither a copy nor a part of one (ST-5)."""
    with SQLiteStorage(path) as storage:
        store(storage, "contacts", *(a_contact(f"c{i}", name="x" * 190) for i in range(3000)))

    def stop(_done: int, _of: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        back_up(path, tmp_path / "copy.sqlite", progress=stop)

    assert [path] == list(tmp_path.iterdir())
    assert [] == audit(path)
