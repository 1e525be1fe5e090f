"""The file of an SQLite storage: moved, replaced, deleted, copied, damaged in its first page."""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from cartcore.adapters import sqlite_log
from cartcore.adapters.audit import audit
from cartcore.adapters.sqlite import SQLiteStorage
from cartcore.adapters.sqlite_backup import back_up
from cartcore.errors import (
    ForeignStorage,
    InvalidField,
    OutcomeUnknown,
    StorageUnavailable,
    WorkGivenUp,
)
from cartcore.shop.contact import ContactFilter
from cartcore.storage import LONGEST_TIMEOUT
from cartcore.testing.records import a_contact
from cartcore.testing.storage import ids, store, stored


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a storage is, or will be: in a folder of its own, which a test can move."""
    folder = tmp_path / "shop"
    folder.mkdir()
    return folder / "shop.sqlite"


@pytest.fixture
def storage(path: Path) -> Iterator[SQLiteStorage]:
    with SQLiteStorage(path, timeout=0.2) as storage:
        store(storage, "contacts", a_contact("first"))
        yield storage


def contacts_in(path: Path) -> list[str]:
    with SQLiteStorage(path) as storage, storage.read() as work:
        return ids(work.contacts.search(ContactFilter()).items)


# --- Another file, or none, in its place ------------------------------------------------------


def unlink(path: Path) -> None:
    path.unlink()


def rename(path: Path) -> None:
    path.rename(path.with_suffix(".old"))


def move_the_folder(path: Path) -> None:
    path.parent.rename(path.parent.with_name("elsewhere"))


def delete_the_folder(path: Path) -> None:
    shutil.rmtree(path.parent)


def replace_by_another(path: Path) -> None:
    other = path.with_name("other.sqlite")
    SQLiteStorage(other).close()
    other.replace(path)


def delete_the_log(path: Path) -> None:
    Path(f"{path}-wal").unlink()


MISHAPS = [
    unlink,
    rename,
    move_the_folder,
    delete_the_folder,
    replace_by_another,
    delete_the_log,
]
each_mishap = pytest.mark.parametrize("mishap", MISHAPS)


@each_mishap
def test_nothing_is_acknowledged_into_a_file_that_is_gone(
    storage: SQLiteStorage, path: Path, mishap: Callable[[Path], None]
) -> None:
    """A storage that was in use notices before each unit of work that its file is gone (ST-5)."""
    mishap(path)
    for _ in range(2):
        for begin in (storage.read, storage.write):
            with pytest.raises(StorageUnavailable, match="moved, deleted or replaced"), begin():
                pass


@each_mishap
def test_a_file_that_goes_while_work_is_done(
    storage: SQLiteStorage, path: Path, mishap: Callable[[Path], None]
) -> None:
    """A commit into a file that has just gone is refused, and the work is over (ST-5)."""
    with storage.write() as work:
        work.contacts.add(a_contact())
        mishap(path)
        with pytest.raises(StorageUnavailable, match="moved, deleted or replaced") as caught:
            work.commit()
        with pytest.raises(WorkGivenUp):
            work.commit()

    assert not isinstance(caught.value, OutcomeUnknown)


@each_mishap
def test_a_file_that_goes_during_the_commit(
    storage: SQLiteStorage, path: Path, mishap: Callable[[Path], None]
) -> None:
    """When it went before commit() returned, the error says that nobody knows (ST-5, ST-7)."""

    # Before the work begins, which otherwise goes past the events of the engine.
    @event.listens_for(storage._engine, "before_cursor_execute")
    def _(_connection: Any, _cursor: Any, statement: str, *_: object) -> None:
        if statement == "COMMIT":
            mishap(path)

    with storage.write() as work:
        work.contacts.add(a_contact())

        with pytest.raises(OutcomeUnknown, match="not known whether this was stored"):
            work.commit()
        with pytest.raises(WorkGivenUp):
            work.contacts.get("ann")


def test_a_file_that_comes_back_is_used_on(storage: SQLiteStorage, path: Path) -> None:
    """It is the file that counts: moved away and back again it is the same one."""
    away = path.with_suffix(".old")
    path.rename(away)
    with pytest.raises(StorageUnavailable), storage.read():
        pass
    away.rename(path)
    store(storage, "contacts", a_contact())

    assert "ann" == stored(storage, "contacts", "ann").id


def test_a_link_that_leads_elsewhere_is_noticed(tmp_path: Path, path: Path) -> None:
    """A symbolic link is followed each time: it must lead to the same file (ST-5)."""
    other, link = tmp_path / "other.sqlite", tmp_path / "link.sqlite"
    SQLiteStorage(path).close()
    SQLiteStorage(other).close()
    link.symlink_to(path)
    with SQLiteStorage(link) as storage:
        store(storage, "contacts", a_contact())
        link.unlink()
        link.symlink_to(other)
        with pytest.raises(StorageUnavailable), storage.write():
            pass

    assert (["ann"], []) == (contacts_in(path), contacts_in(other))


def test_a_file_behind_a_link_is_opened_while_it_is_in_use(tmp_path: Path, path: Path) -> None:
    """The log of a file is beside the file, not beside a link to it."""
    link = tmp_path / "link.sqlite"
    link.symlink_to(path)
    with SQLiteStorage(path) as storage:
        store(storage, "contacts", a_contact())

        assert ["ann"] == contacts_in(link)


def test_a_file_with_two_names_is_refused(storage: SQLiteStorage, path: Path) -> None:
    """Each name of a hard link would have its own log, and what is in the other one was lost."""
    other = path.with_name("link.sqlite")
    other.hardlink_to(path)
    for name in (path, other):
        for use in (SQLiteStorage, audit, lambda name: back_up(name, path.with_name("copy"))):
            with pytest.raises(StorageUnavailable, match="has 2 names"):
                use(name)
    store(storage, "contacts", a_contact("second"))  # there is only one log
    other.unlink()

    assert ["first", "second"] == contacts_in(path)


@pytest.mark.parametrize("kept", [0, 3])
def test_a_relative_path_stays_what_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: int
) -> None:
    """The working directory counts when a storage is opened, and never again (ST-5)."""
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        folder.mkdir()
        SQLiteStorage(folder / "shop.sqlite").close()
    monkeypatch.chdir(one)
    with SQLiteStorage("shop.sqlite") as storage:
        monkeypatch.chdir(other)
        begun = [storage.read() for _ in range(kept)]  # so that a connection is made, not kept
        for reading in begun:
            reading.__enter__()
        store(storage, "contacts", a_contact())
        for reading in begun:
            reading.__exit__(None, None, None)

    assert (["ann"], []) == (contacts_in(one / "shop.sqlite"), contacts_in(other / "shop.sqlite"))


def test_no_working_directory_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the working directory was deleted, a relative path leads nowhere (ST-10)."""
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(StorageUnavailable, match="working directory"):
        SQLiteStorage("shop.sqlite")


@pytest.mark.parametrize("left", ["no file", "an empty file"])
def test_a_log_without_its_file_is_kept(path: Path, left: str) -> None:
    """What was committed into a log is not thrown away with it because its file is gone (ST-5)."""
    with SQLiteStorage(path) as storage:
        store(storage, "contacts", a_contact())
        path.rename(path.with_suffix(".old"))
        if left == "an empty file":
            path.touch()
        with pytest.raises(ForeignStorage, match="its file is not"):
            SQLiteStorage(path)
        path.with_suffix(".old").replace(path)

        assert ["ann"] == contacts_in(path)


# --- What is no usable path, or time ----------------------------------------------------------


@pytest.mark.parametrize("wrong", ["\ud800", "a\ud800.sqlite", os.fsencode("shop.sqlite")])
def test_what_no_file_can_be_called_is_refused(wrong: Any) -> None:
    """Half a character is in no name (ST-10)."""
    with pytest.raises(InvalidField, match="path"):
        SQLiteStorage(wrong)


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), -1, LONGEST_TIMEOUT * 2, "5", None])
def test_impossible_timeouts_are_refused(path: Path, wrong: Any) -> None:
    """A timeout is a number of seconds that a database can be told (ST-10)."""
    with pytest.raises(InvalidField, match="timeout"):
        SQLiteStorage(path, timeout=wrong)

    assert [] == list(path.parent.iterdir())


# --- Damage -----------------------------------------------------------------------------------


@pytest.mark.parametrize("at", range(0, 14, 2))
def test_damaged_text_of_the_schema_is_told(path: Path, at: int) -> None:
    """Bytes of no text where the schema stands are ForeignStorage, or a finding (ST-10)."""
    SQLiteStorage(path).close()
    content = bytearray(path.read_bytes())
    start = content.index(b"tablecartcore_contactscartcore_contacts") + at
    content[start : start + 8] = b"\xcb" * 8
    content[content.index(b"CREATE TABLE cartcore_contacts")] = ord("X")
    path.write_bytes(content)
    with pytest.raises(ForeignStorage):
        SQLiteStorage(path)
    try:
        found = audit(path)
    except ForeignStorage:
        return

    assert found


def test_a_folder_that_may_not_be_entered_is_told(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The audit of a file that this user cannot reach is StorageUnavailable (ST-10)."""

    def denied(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("os.stat", denied)  # permissions do not stop root
    with pytest.raises(StorageUnavailable, match="Permission denied"):
        audit(path)


# --- The log ----------------------------------------------------------------------------------


def grow(storage: SQLiteStorage, path: Path, *, times: int) -> list[int]:
    """Store enough that a log would grow and grow; return how large it was each time."""
    sizes = []
    for i in range(times):
        store(storage, "contacts", *(a_contact(f"c{i}-{j}", name="x" * 190) for j in range(200)))
        sizes.append(Path(f"{path}-wal").stat().st_size)
    return sizes


def test_the_log_is_copied_when_it_is_long(storage: SQLiteStorage, path: Path) -> None:
    """Without SQLite's own checkpoints a log stays as short as with them, and starts anew."""
    sizes = grow(storage, path, times=20)

    assert any(after < before for before, after in pairwise(sizes))  # it began anew
    assert max(sizes) < 2 * sqlite_log.LONGEST
    assert sum(sizes) > len(sizes) * sqlite_log.LONGEST // 2


def test_a_reader_delays_the_copying_and_no_writer(storage: SQLiteStorage, path: Path) -> None:
    """A reader keeps the log as long as it looks at it; writers go on, and it shrinks after."""
    with storage.read() as reader:
        grow(storage, path, times=12)
        long = Path(f"{path}-wal").stat().st_size
        assert ["first"] == ids(reader.contacts.search(ContactFilter()).items)
    store(storage, "contacts", a_contact("then"))
    store(storage, "contacts", a_contact("and then"))

    assert long > sqlite_log.LONGEST
    assert Path(f"{path}-wal").stat().st_size <= sqlite_log.LONGEST


def test_only_who_has_the_lock_copies_the_log(storage: SQLiteStorage, path: Path) -> None:
    """Nobody can commit while the log is copied: so no version of SQLite loses pages (ST-5)."""
    told: list[tuple[str, bool]] = []

    def locked() -> bool:
        with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as other:
            try:
                other.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return True
            return False

    backend: Any = type(storage._backend)
    connect: Callable[[Any], sqlite3.Connection] = backend.connect

    def traced(of: Any) -> sqlite3.Connection:
        connection = connect(of)
        connection.set_trace_callback(
            lambda statement: told.append((statement, "checkpoint" in statement and locked()))
        )
        return connection

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(backend, "connect", traced)
        grow(storage, path, times=20)
    copies = [held for statement, held in told if "wal_checkpoint" in statement]

    assert copies
    assert all(copies)
    with storage._engine.connect() as connection:
        assert 0 == connection.exec_driver_sql("PRAGMA wal_autocheckpoint").scalar()


@pytest.mark.parametrize("before", [None, 0o640], ids=["new", "there already"])
def test_a_new_file_is_its_owner_s_alone(path: Path, before: int | None) -> None:
    """A file that is made, and its log, can be read by the owner alone; others keep their mode."""
    if before is not None:
        path.touch()
        path.chmod(before)
    usual = os.umask(0o022)
    try:
        with SQLiteStorage(path) as storage, storage.write() as work:
            work.contacts.add(a_contact("ann"))
            work.commit()
            modes = {each.name: each.stat().st_mode & 0o777 for each in path.parent.iterdir()}
    finally:
        os.umask(usual)

    assert {"shop.sqlite", "shop.sqlite-wal"} <= modes.keys()
    assert {0o600 if before is None else before} == set(modes.values())
