"""The storage in an SQLite file."""

import multiprocessing
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import attrs
import pytest
from moneyed import Money

from cartcore.adapters.sql import schema as sql_schema
from cartcore.adapters.sqlite import SQLiteStorage
from cartcore.adapters.sqlite_file import APPLICATION_ID
from cartcore.errors import (
    ForeignStorage,
    InvalidField,
    InvalidInput,
    InvalidText,
    NotFound,
    SchemaMismatch,
    StorageBusy,
    StorageUnavailable,
)
from cartcore.orders.filters import OrderFilter
from cartcore.promotions.promotion import Usage
from cartcore.promotions.rulebook import Rulebook
from cartcore.shop.contact import ContactFilter
from cartcore.testing.records import (
    a_contact,
    a_draft,
    a_promotion,
    an_order,
    redeeming,
)
from cartcore.testing.storage import FAULTS, StorageContract, store, stored
from tests.support import faults
from tests.support.interrupts import EVERY_LINE

# Like the processes of a server: each starts for itself and opens the file for itself.
PROCESSES = multiprocessing.get_context("spawn")
A_WHILE = 60  # seconds, after which a test has failed


class TestSQLiteStorage(StorageContract):
    survives_reopening = True
    faults = FAULTS
    fault_step = 1 if EVERY_LINE else 3

    @pytest.fixture
    def storage(self, tmp_path: Path) -> Iterator[SQLiteStorage]:
        self.path = tmp_path / "shop.sqlite"
        with ExitStack() as self.opened:
            yield self.opened.enter_context(SQLiteStorage(self.path))

    def failing(
        self, storage: Any, fault: str, after: int
    ) -> AbstractContextManager[Callable[[], bool]]:
        return faults.failing(storage._engine, faults.SQLITE[fault], after)

    def reopen(self, storage: Any) -> SQLiteStorage:
        storage.close()
        return self.opened.enter_context(SQLiteStorage(self.path))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a storage is, or will be."""
    return tmp_path / "shop.sqlite"


@pytest.fixture
def storage(path: Path) -> Iterator[SQLiteStorage]:
    with SQLiteStorage(path, timeout=0.2) as storage:
        yield storage


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a file without cartcore."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        yield connection


def everything_in(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {
        str(file.relative_to(folder)): (file.read_bytes(), file.stat().st_mtime_ns)
        for file in folder.rglob("*")
        if file.is_file()
    }


# --- Opening ----------------------------------------------------------------------------------


def a_text(path: Path) -> None:
    path.write_text("name,price\n" * 100)


def one_byte(path: Path) -> None:
    path.write_bytes(b"S")


def only_the_magic(path: Path) -> None:
    path.write_bytes(b"SQLite format 3\0")


def another_application(path: Path) -> None:
    with opened(path) as connection:
        connection.execute("CREATE TABLE cartcore_contacts (id)")


def another_application_with_a_log(path: Path) -> None:
    with opened(path) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE cartcore_contacts (id)")


def another_application_id(path: Path) -> None:
    SQLiteStorage(path).close()
    with opened(path) as connection:
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID + 1}")


def a_newer_schema(path: Path) -> None:
    SQLiteStorage(path).close()
    with opened(path) as connection:
        connection.execute(f"PRAGMA user_version = {sql_schema.VERSION + 1}")


def a_truncated_file(path: Path) -> None:
    with SQLiteStorage(path) as storage:
        store(storage, "contacts", *(a_contact(f"c{i}") for i in range(100)))
    path.write_bytes(path.read_bytes()[:20_000])


def a_file_without_a_table(path: Path) -> None:
    SQLiteStorage(path).close()
    with opened(path) as connection:
        connection.execute("DROP TABLE cartcore_order_codes")


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (a_text, "not an SQLite file"),
        (one_byte, "not an SQLite file"),
        (only_the_magic, "not an SQLite file"),
        (another_application, "another application"),
        (another_application_with_a_log, "another application"),
        (another_application_id, "another application"),
        (a_truncated_file, "damaged"),
        (a_file_without_a_table, "lacks the table cartcore_order_codes"),
    ],
)
def test_foreign_files_are_refused_and_left_alone(
    path: Path, make: Callable[[Path], None], problem: str
) -> None:
    """A file that is not a usable storage is ForeignStorage, and nothing happens to it (ST-3)."""
    make(path)
    before = everything_in(path.parent)
    with pytest.raises(ForeignStorage, match=problem) as caught:
        SQLiteStorage(path)

    assert before == everything_in(path.parent)
    assert str(path) == caught.value.where


def test_a_newer_schema_is_refused_and_left_alone(path: Path) -> None:
    """A file of a newer cartcore is SchemaMismatch, and nothing happens to it (ST-3)."""
    a_newer_schema(path)
    before = everything_in(path.parent)
    with pytest.raises(SchemaMismatch, match="newer cartcore") as caught:
        SQLiteStorage(path)

    assert before == everything_in(path.parent)
    error = caught.value
    newer = sql_schema.VERSION + 1
    assert (str(path), newer, newer - 1) == (error.where, error.found, error.needed)


def test_an_empty_file_becomes_a_storage(path: Path) -> None:
    """A file of no bytes, such as mktemp makes, is as good as no file."""
    path.touch()
    with SQLiteStorage(path) as storage:
        store(storage, "contacts", a_contact())

        assert "ann" == stored(storage, "contacts", "ann").id


@pytest.mark.parametrize("name", ["ä ö?#%20&.db", "file:x", "shop.sqlite?mode=memory", "-", "'"])
def test_any_file_name_will_do(tmp_path: Path, name: str) -> None:
    """A name is a name, whatever it means in a URI."""
    SQLiteStorage(str(tmp_path / name)).close()

    assert [name] == [file.name for file in tmp_path.iterdir()]


@pytest.mark.parametrize("wrong", ["", ":memory:", "a\0b", None, 3, b"shop.sqlite"])
def test_what_is_no_file_name_is_refused(wrong: Any) -> None:
    """A path is needed; storage in memory is MemoryStorage, and the error says so."""
    needed = "MemoryStorage" if wrong == ":memory:" else "the path of a file"
    with pytest.raises(InvalidField, match=needed):
        SQLiteStorage(wrong)


@pytest.mark.parametrize("where", [".", "missing/shop.sqlite", "file/shop.sqlite"])
def test_places_where_no_file_can_be_are_refused(tmp_path: Path, where: str) -> None:
    """A directory, and a place in no directory, are StorageUnavailable (ST-10)."""
    (tmp_path / "file").touch()
    with pytest.raises(StorageUnavailable):
        SQLiteStorage(tmp_path / where)

    assert ["file"] == [file.name for file in tmp_path.iterdir()]


def test_devices_are_refused() -> None:
    """What is neither a file nor a directory is StorageUnavailable (ST-10)."""
    with pytest.raises(StorageUnavailable, match="not a file"):
        SQLiteStorage("/dev/null")


def test_files_of_others_are_refused(
    path: Path, storage: SQLiteStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that may not be written is StorageUnavailable before anything else (ST-10)."""
    monkeypatch.setattr("os.access", lambda *_: False)  # permissions do not stop root
    with pytest.raises(StorageUnavailable, match="by this user"):
        SQLiteStorage(path)


def test_the_settings_are_in_force(storage: SQLiteStorage, path: Path) -> None:
    """Durability, the log, foreign keys and the timeout are what was promised, for every use."""
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 200}
    for _ in range(2):
        with storage._engine.connect() as connection:
            for name, value in wanted.items():
                assert value == connection.exec_driver_sql(f"PRAGMA {name}").scalar()
    with opened(path) as connection:
        assert (APPLICATION_ID,) == connection.execute("PRAGMA application_id").fetchone()
        assert (sql_schema.VERSION,) == connection.execute("PRAGMA user_version").fetchone()


def test_closing_leaves_one_file(path: Path) -> None:
    """After close() the file stands alone, and the storage says that it was closed."""
    with SQLiteStorage(path) as storage:
        store(storage, "contacts", a_contact())

    assert [path] == list(path.parent.iterdir())
    assert repr(storage) == f"SQLiteStorage({str(path)!r})"
    with pytest.raises(StorageUnavailable, match="closed"), storage.read():
        pass


# --- Damage and other mishaps -----------------------------------------------------------------


def test_a_damaged_page_is_noticed(path: Path) -> None:
    """Pages of rubbish in the middle of a file are ForeignStorage when they are met (ST-10)."""
    with SQLiteStorage(path) as storage:
        store(storage, "contacts", *(a_contact(f"c{i:03}") for i in range(200)))
    content = path.read_bytes()
    with opened(path) as connection:
        [(size,)] = connection.execute("PRAGMA page_size")
        [(count,)] = connection.execute("PRAGMA page_count")
    met = []
    for page in range(1, count):
        path.write_bytes(content[: page * size] + b"\xa5" * size + content[(page + 1) * size :])
        try:
            with SQLiteStorage(path) as storage, storage.read() as work:
                work.contacts.search(ContactFilter(name="name"), limit=1000)
                work.contacts.search(ContactFilter(), limit=1000)
        except ForeignStorage as error:
            met.append(error.where)

    assert len(met) > count // 5  # the other pages hold what these searches do not read
    assert all(where.startswith(str(path)) for where in met)


@pytest.mark.parametrize(
    "document",
    ["", "{", "null", "[]", "{}", '{"format":9}', '{"format":1,"id":"ann"}', "[" * 100_000],
)
def test_a_damaged_document_is_named(storage: SQLiteStorage, path: Path, document: str) -> None:
    """A record that cannot be read is ForeignStorage, and the error says which one (ST-4)."""
    store(storage, "contacts", a_contact())
    with opened(path) as connection:
        connection.execute("UPDATE cartcore_contacts SET document = ?", [document])

    with storage.read() as work:
        with pytest.raises(ForeignStorage) as getting:
            work.contacts.get("ann")
        with pytest.raises(ForeignStorage) as searching:
            work.contacts.search(ContactFilter())

    for error in (getting.value, searching.value):
        assert f"{path}, contact 'ann'" == error.where


@pytest.mark.parametrize(
    "wrong",
    [
        {"quantity": "2"},
        {"quantity": 2.0},
        {"requires_shipping": 1},
        {"total": Money("1e30", "USD")},
        {"amount": "10.00"},
        {"tied_to": None},
    ],
    ids=str,
)
def test_an_order_that_could_not_be_read_again_is_not_stored(
    storage: SQLiteStorage, path: Path, wrong: dict[str, Any]
) -> None:
    """A record that would come back otherwise, or not at all, is refused as it is given (ST-4)."""
    order = an_order()
    line = attrs.evolve(order.quote.lines[0], **wrong)
    with storage.write() as work:
        with pytest.raises(InvalidInput):
            work.orders.add(attrs.evolve(order, quote=attrs.evolve(order.quote, lines=(line,))))
        work.commit()

    with opened(path) as connection:
        for table in ("orders", "order_terms", "order_skus"):
            assert [] == connection.execute(f"SELECT * FROM cartcore_{table}").fetchall()  # noqa: S608


@pytest.mark.parametrize(
    "change",
    [
        "document = '{'",
        "document = json_set(document, '$.format', 99)",
        "document = json_remove(document, '$.number')",
        "document = json_set(document, '$.status', 'lost')",
        "document = json_set(document, '$.contact.name', 5)",
        "document = json_set(document, '$.placed_at', 'noon')",
        "document = json_set(document, '$.quote.totals.total.amount', 'much')",
        "document = json_remove(document, '$.quote.totals.total')",
        "document = json_set(document, '$.quote', 7)",
    ],
)
def test_damage_of_what_a_list_shows_is_named(
    storage: SQLiteStorage, path: Path, change: str
) -> None:
    """A list reads no more of an order than it shows, and that as strictly as ever (ST-4)."""
    store(storage, "orders", an_order("o1"))
    with opened(path) as connection:
        connection.execute(f"UPDATE cartcore_orders SET {change}")  # noqa: S608

    with storage.read() as work, pytest.raises(ForeignStorage) as caught:
        work.orders.summaries(OrderFilter())

    assert f"{path}, order 'o1'" == caught.value.where


def test_damage_of_what_no_list_shows_is_told_by_the_order(
    storage: SQLiteStorage, path: Path
) -> None:
    """An order that cannot be opened is in the list all the same, with its number (OE-20)."""
    store(storage, "orders", an_order("o1"))
    with opened(path) as connection:
        connection.execute(
            "UPDATE cartcore_orders SET document = json_remove(document, '$.quote.lines')"
        )

    with storage.read() as work:
        [shown] = work.orders.summaries(OrderFilter()).items
        with pytest.raises(ForeignStorage):
            work.orders.by_number(shown.number)


@pytest.mark.parametrize("value", ["x'ff'", "CAST(x'ff' AS TEXT)", "5"])
def test_a_document_that_is_no_text_is_damage(
    storage: SQLiteStorage, path: Path, value: str
) -> None:
    """Bytes, broken texts and numbers where a document should be are ForeignStorage (ST-10)."""
    store(storage, "contacts", a_contact())
    with opened(path) as connection:
        connection.execute(f"UPDATE cartcore_contacts SET document = {value}")  # noqa: S608

    with storage.read() as work, pytest.raises(ForeignStorage):
        work.contacts.get("ann")


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE cartcore_orders SET placed_at = x'ff'",
        "UPDATE cartcore_orders SET placed_at = 'noon'",
        "UPDATE cartcore_orders SET number_length = 1.5",
        "UPDATE cartcore_orders SET number = x'ff' WHERE id = 'o2'",
        "ALTER TABLE cartcore_orders RENAME COLUMN placed_at TO at",
        "DELETE FROM cartcore_counters",
        "ALTER TABLE cartcore_counters RENAME TO numbers",
    ],
)
def test_damaged_columns_and_tables_are_told(
    storage: SQLiteStorage, path: Path, change: str
) -> None:
    """What somebody else changed in a file is ForeignStorage when it is met (ST-10)."""
    store(storage, "orders", an_order("o1"), an_order("o2", number="5002"))
    with opened(path) as connection:
        connection.execute(change)

    with pytest.raises(ForeignStorage, match="it is damaged"), storage.write() as work:  # noqa: PT012
        work.orders.search(OrderFilter(), limit=1)
        work.orders.next_number()


@pytest.mark.parametrize("how", ["add", "save", "restore"])
def test_a_key_that_nobody_has_is_damage(storage: SQLiteStorage, path: Path, how: str) -> None:
    """A record that is refused for a key which none of the others has is told as damage (ST-10)."""
    [_, bob] = store(storage, "contacts", a_contact("ann", name="A"), a_contact("bob", name="B"))
    with opened(path) as connection:
        connection.execute(
            "CREATE UNIQUE INDEX of_somebody_else ON cartcore_contacts (name_folded)"
        )

    new = attrs.evolve(bob, name="A") if how == "save" else a_contact("new", name="A", version=1)
    with storage.write() as work:
        change: Any = getattr(work.contacts, how)
        with pytest.raises(ForeignStorage, match="no such record"):
            change([new] if how == "restore" else new)
        work.commit()

    assert bob == stored(storage, "contacts", "bob")


@pytest.mark.parametrize("mishap", ["max_page_count = 1", "query_only = ON"])
def test_a_full_or_read_only_disk_is_told(storage: SQLiteStorage, mishap: str) -> None:
    """What the disk refuses is StorageUnavailable, and nothing of the work is stored (ST-10)."""
    with pytest.raises(StorageUnavailable) as caught, storage.write() as work:  # noqa: PT012
        work._session.transaction.lend().exec_driver_sql(f"PRAGMA {mishap}")
        work.contacts.add(a_contact())
        for i in range(100):
            work.contacts.add(a_contact(f"c{i}", name="x" * 200))
        work.commit()

    assert isinstance(caught.value.__cause__, sqlite3.Error)
    with pytest.raises(NotFound):
        stored(storage, "contacts", "ann")


def test_a_vanished_file_does_not_come_back_empty(storage: SQLiteStorage, path: Path) -> None:
    """A file that was moved away is StorageUnavailable for whoever looks for it (ST-10)."""
    path.rename(path.with_suffix(".old"))
    for begin in (storage.read, storage.write):
        with pytest.raises(StorageUnavailable), begin():
            pass

    assert not path.exists()


def test_a_schema_that_changes_under_an_open_storage_is_noticed(
    storage: SQLiteStorage, path: Path
) -> None:
    """When a newer program has changed the file, an older one stops using it (ST-3)."""
    with opened(path) as connection:
        connection.execute(f"PRAGMA user_version = {sql_schema.VERSION + 1}")

    for work in (storage.read, storage.write):
        with pytest.raises(SchemaMismatch, match=f"version {sql_schema.VERSION + 1}"), work():
            pass


def test_texts_that_no_database_takes_are_refused(storage: SQLiteStorage) -> None:
    """Half a character is InvalidText, to find as well as to store (ST-10)."""
    with storage.write() as work:
        with pytest.raises(InvalidText):
            work.drafts.add(a_draft("\ud800"))
        with pytest.raises(InvalidText):
            work.drafts.add(a_draft("d1", created_by="\ud800"))
        with pytest.raises(InvalidText):
            work.drafts.get("\udfff")


def test_what_could_not_be_read_again_is_not_stored(path: Path) -> None:
    """A promotion of a type that the rulebook lacks is refused when it is added (PR-20)."""
    with SQLiteStorage(path, rulebook=Rulebook()) as storage, storage.write() as work:
        with pytest.raises(InvalidField, match="percent_off"):
            work.promotions.add(a_promotion())

        assert () == work.promotions.search().items


# --- Several processes ------------------------------------------------------------------------


def hold_the_lock(path: Path, pipe: Connection) -> None:
    """Begin to write, say so, and stay until told to end."""
    with SQLiteStorage(path) as storage, storage.write() as work:
        work.contacts.add(a_contact())
        pipe.send("writing")
        pipe.recv()
        work.commit()


def place_step_by_step(path: Path, pipe: Connection) -> None:
    """Place an order in one unit of work, waiting after each step of it."""
    with SQLiteStorage(path) as storage, storage.write() as work:
        steps: list[Callable[[], Any]] = [
            lambda: work.orders.add(redeeming(an_order(number=work.orders.next_number()), "sale")),
            lambda: work.contacts.save(a_contact(version=1, tags=["customer"])),
            lambda: work.drafts.remove(work.drafts.get("d1")),
            work.commit,
        ]
        for step in steps:
            step()
            pipe.send("done")
            pipe.recv()


def take_numbers(path: Path) -> list[str]:
    """Open the storage and take numbers, each in a unit of work of its own."""
    numbers = []
    with SQLiteStorage(path) as storage:
        for _ in range(50):
            with storage.write() as work:
                numbers.append(work.orders.next_number())
                work.commit()
    return numbers


@contextmanager
def running(target: Callable[[Path, Connection], None], path: Path) -> Iterator[Any]:
    """Run a function in a process of its own; give the process and a pipe to it."""
    ours, theirs = PROCESSES.Pipe()
    process = PROCESSES.Process(target=target, args=(path, theirs))
    process.start()
    try:
        yield process, ours
    finally:
        process.kill()
        process.join(A_WHILE)


def test_a_lock_that_is_held_for_too_long_is_told(storage: SQLiteStorage, path: Path) -> None:
    """While another process writes, writers are StorageBusy in time; readers go on (ST-10)."""
    with running(hold_the_lock, path) as (process, pipe):
        assert pipe.poll(A_WHILE)
        with pytest.raises(StorageBusy, match=r"0\.2 seconds") as caught, storage.write():
            pass
        with pytest.raises(NotFound):
            stored(storage, "contacts", "ann")
        SQLiteStorage(path).close()  # opening is reading
        pipe.send("end")
        process.join(A_WHILE)

        assert "ann" == stored(storage, "contacts", "ann").id
        assert isinstance(caught.value.__cause__, sqlite3.OperationalError)


@pytest.mark.parametrize("steps", [1, 2, 3, 4])
def test_a_killed_process_leaves_all_or_nothing(
    storage: SQLiteStorage, path: Path, steps: int
) -> None:
    """Killed before its commit a process leaves nothing of an order, after it everything (ST-5)."""
    store(storage, "contacts", a_contact())
    [draft] = store(storage, "drafts", a_draft())
    with running(place_step_by_step, path) as (process, pipe):
        for step in range(steps):
            if step:
                pipe.send("go on")
            assert pipe.poll(A_WHILE)
            pipe.recv()
        process.kill()  # SIGKILL: it cannot tidy up
        process.join(A_WHILE)

    placed = steps == 4
    with storage.write() as work:
        assert placed == (work.orders.by_draft("draft of o1") is not None)
        assert (("customer",) if placed else ()) == work.contacts.get("ann").tags
        assert (() if placed else (draft,)) == work.drafts.search().items
        assert Usage(total=int(placed)) == work.promotions.usage(["sale"], "bob")["sale"]
        assert str(1001 + placed) == work.orders.next_number()
    with opened(path) as connection:
        assert [("ok",)] == connection.execute("PRAGMA integrity_check").fetchall()


def test_processes_share_a_new_file_and_lose_nothing(path: Path) -> None:
    """Processes that make, open and change one file at once each get their own numbers (ST-5)."""
    with ProcessPoolExecutor(4, mp_context=PROCESSES) as pool:
        numbers = [n for taken in pool.map(take_numbers, [path] * 4) for n in taken]

    assert [str(1001 + i) for i in range(200)] == sorted(numbers)
