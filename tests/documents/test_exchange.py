"""Everything as JSON Lines, and back into any other storage (ST-12)."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cartcore.adapters.memory import MemoryStorage, MemoryUnitOfWork
from cartcore.adapters.postgres import PostgresStorage
from cartcore.adapters.sqlite import SQLiteStorage
from cartcore.documents.exchange import contents, export_lines, import_lines
from cartcore.documents.serializer import Serializer
from cartcore.errors import ImportDiffers, InvalidExport, StorageNotEmpty
from cartcore.orders.filters import OrderFilter
from cartcore.rules import load_rulebook
from cartcore.shop.contact import Contact
from cartcore.storage import Storage
from cartcore.testing import strategies
from cartcore.testing.records import (
    NOON,
    a_contact,
    a_draft,
    a_product,
    a_promotion,
    an_event,
    an_order,
    redeeming,
)
from cartcore.testing.storage import KINDS, LISTINGS
from tests.documents.test_older_formats import documents, from_documents
from tests.support import postgres
from tests.support.busy import busy_shop

SERIALIZER = Serializer(load_rulebook())
EMPTY: dict[str, list[Any]] = {kind: [] for kind in KINDS}


def exported(storage: Storage) -> list[bytes]:
    return list(export_lines(storage, SERIALIZER))


def imported(lines: Iterable[bytes]) -> MemoryStorage:
    storage = MemoryStorage()
    import_lines(storage, lines, SERIALIZER)
    return storage


def records(storage: Storage) -> dict[str, list[Any]]:
    """All that a storage has, as its listings give it."""
    with storage.read() as work:
        return {kind: list(LISTINGS[kind](work)(limit=1000).items) for kind in KINDS}


def next_number(storage: Storage) -> str:
    with storage.write() as work:
        return work.orders.next_number()


def sealed(*lines: bytes, **changes: Any) -> list[bytes]:
    """Lines with the last one that they need, counted and summed here once more."""
    kinds = [next(iter(json.loads(line))) for line in lines[1:]]
    known = ("contact", "product", "promotion", "kept promotion", "draft", "order", "event")
    new = () if b"pruned" in lines[0] else ("event", "kept promotion")
    counts = {f"{kind}s": kinds.count(kind) for kind in known if kind not in new}
    digest = sha256(b"".join(lines)).hexdigest()
    end = {"end": {**counts, "sha256": digest, **changes}}
    return [*lines, json.dumps(end, separators=(",", ":")).encode() + b"\n"]


HEADER = b'{"format":"cartcore export","version":2,"last_order_number":1000,"pruned_events":0}\n'
WITHOUT_EVENTS = b'{"format":"cartcore export","version":1,"last_order_number":1000}\n'


def line(kind: str, record: Any) -> bytes:
    return json.dumps({kind: SERIALIZER.dump(record)}).encode() + b"\n"


def event_line(**changes: Any) -> bytes:
    return json.dumps({"event": {**an_event(sequence=1).payload, **changes}}).encode() + b"\n"


@pytest.fixture(scope="module")
def busy() -> MemoryStorage:
    """A storage in which a lot has happened; nobody changes it."""
    storage = MemoryStorage()
    busy_shop(storage)
    return storage


# --- Round trips ------------------------------------------------------------------------------


@contextmanager
def each_adapter(server: postgres.Server) -> Iterator[list[Storage]]:
    """Empty storages: SQLite, memory, PostgreSQL."""
    with (
        tempfile.TemporaryDirectory() as folder,
        SQLiteStorage(Path(folder) / "shop.db") as in_file,
        server.database() as url,
        PostgresStorage(url) as in_server,
    ):
        yield [in_file, MemoryStorage(), in_server]


def test_a_shop_moves_from_adapter_to_adapter(
    busy: MemoryStorage, postgres_server: postgres.Server
) -> None:
    """All records arrive equal, usage and order numbers go on, the file is the same (ST-12)."""
    lines = exported(busy)
    with busy.read() as work:
        promotions = [promotion.id for promotion in work.promotions.search().items]
        codes = {p.id: p.codes[0] for p in work.promotions.search().items if p.codes}
        usage = [work.promotions.usage(promotions, who, codes) for who in ("ann", "zoe")]

    assert any(use.by_code for use in usage[0].values())
    assert 1 < max(record.version for each in records(busy).values() for record in each)
    assert 2 == sum(use.by_contact for by in usage for i, use in by.items() if i == "mugs")
    with each_adapter(postgres_server) as storages:
        for storage in storages:
            found = import_lines(storage, lines, SERIALIZER)
            lines = exported(storage)

            assert contents(busy, SERIALIZER) == found == contents(storage, SERIALIZER)
            assert records(busy) == records(storage)
            assert "1008" == next_number(storage)
            with storage.read() as work:
                assert usage == [
                    work.promotions.usage(promotions, who, codes) for who in ("ann", "zoe")
                ]
    assert exported(busy) == lines


def test_the_shop_goes_on_after_the_move(busy: MemoryStorage) -> None:
    """What was started before can be finished: drafts placed, orders changed (ST-12)."""
    moved = imported(exported(busy))
    shop = busy_shop(MemoryStorage())
    shop.desk.storage = shop.storage = moved

    letter = shop.desk.drafts().items[0]
    again = shop.desk.place(
        shop.desk.order("1001").draft_id,
        seen=shop.desk.order("1001").quote,
        actor="sam",
        idempotency_key="shipped",
    )
    placed = shop.placed(letter.id)

    assert "1001" == again.number
    assert "1008" == placed.number
    assert 2 == shop.desk.cancel("1006", actor="kim").version - 1


def test_events_move_with_their_positions(
    busy: MemoryStorage, postgres_server: postgres.Server
) -> None:
    """Whoever reads events goes on where it was, also after some were pruned (HA-6, ST-12)."""
    source = imported(exported(busy))
    with source.write() as work:
        work.events.prune(4, limit=1000)
        work.commit()
    with source.read() as work:
        left = tuple(work.events.after(4))
    with each_adapter(postgres_server) as storages:
        for storage in storages:
            import_lines(storage, exported(source), SERIALIZER)
            with storage.read() as work:
                assert left == tuple(work.events.after(4))
                assert (4, 9) == (work.events.pruned(), work.events.last())
    with source.write() as work:
        work.events.prune(9, limit=1000)
        work.commit()
    with imported(exported(source)).write() as work:
        assert (9, 9) == (work.events.pruned(), work.events.last())


def test_references_move(postgres_server: postgres.Server) -> None:
    """What other systems know by a reference they know after a move, in each adapter (HA-8)."""
    before, keep = MemoryStorage(), {"version": 1, "reference": "ERP-1"}
    records = {
        "contacts": a_contact("ann", **keep),
        "products": a_product("mug", **keep),
        "orders": an_order("o1", attributes={"po": "7"}, **keep),
    }
    with before.write() as work:
        for kind, record in records.items():
            getattr(work, kind).restore([record])
        work.commit()

    with each_adapter(postgres_server) as storages:
        for storage in storages:
            import_lines(storage, exported(before), SERIALIZER)
            assert contents(before, SERIALIZER) == contents(storage, SERIALIZER)
            with storage.read() as work:
                for kind, record in records.items():
                    assert record == getattr(work, kind).by_reference("ERP-1")
                for wanted in (OrderFilter(reference="erp"), OrderFilter(attributes={"po": "7"})):
                    assert ["o1"] == [each.id for each in work.orders.search(wanted).items]


def test_an_export_without_events_is_read(busy: MemoryStorage) -> None:
    """A file of the first form has none, and is read as it was (ST-4, ST-12)."""
    new = (b'{"event"', b'{"kept promotion"')
    lines = [line for line in exported(busy)[1:-1] if not line.startswith(new)]
    header = b'{"format":"cartcore export","version":1,"last_order_number":1007}\n'
    storage = imported(sealed(header, *lines))

    assert records(busy) == records(storage)
    with storage.read() as work:
        assert 0 == work.events.last()
    assert "1008" == next_number(storage)


def restored(versions: st.SearchStrategy[int], each: Any, **unique: Any) -> Any:
    """Some records of a kind, of any versions."""
    one = st.tuples(each, versions).map(lambda two: attrs.evolve(two[0], version=two[1]))
    keys = tuple(unique.values())
    return st.lists(one, max_size=4, unique_by=(lambda record: record.id, *keys))


versions = st.integers(1, 2**62)
shops = st.fixed_dictionaries(
    {
        "contacts": restored(
            versions, strategies.contacts(), email=lambda c: c.email.casefold() or c.id
        ),
        "products": restored(versions, strategies.products(currency="KWD")),
        "promotions": restored(
            versions, strategies.promotions(), codes=lambda p: p.normalized_codes or p.id
        ),
        "drafts": restored(versions, strategies.drafts()),
        "orders": restored(versions, strategies.orders(), number=lambda o: o.number),
    }
)


@settings(max_examples=15)
@given(shops, st.integers(0, 10**18 - 1))
def test_any_records_move_from_adapter_to_adapter(
    postgres_server: postgres.Server, given: dict[str, list[Any]], last_number: int
) -> None:
    """Whatever is stored arrives equal, to the last digit, by way of all adapters (ST-12)."""
    source = MemoryStorage()
    with source.write() as work:
        for kind, some in given.items():
            getattr(work, kind).restore(some)
        work.orders.reserve_numbers(last_number)
        work.commit()
    lines = first = exported(source)
    with each_adapter(postgres_server) as storages:
        for storage in storages:
            import_lines(storage, iter(lines), SERIALIZER)
            lines = exported(storage)

            with storage.read() as work:
                for kind, some in given.items():
                    found = [getattr(work, kind).get(record.id) for record in some]
                    assert some == found
                    assert repr(some) == repr(found)
                assert last_number <= work.orders.last_number()
    assert first == lines


def test_nothing_moves_too() -> None:
    """An empty storage is exported and read into another one."""
    assert sealed(HEADER) == exported(MemoryStorage())
    assert EMPTY == records(imported(exported(MemoryStorage())))


def test_the_form_of_the_file() -> None:
    """Each line is a JSON object that says what it is; the last one counts and sums (ST-12)."""
    storage = MemoryStorage()
    contact = a_contact(name="Zoë")
    with storage.write() as work:
        work.contacts.add(contact)
        work.orders.add(an_order(number="1001"))
        work.commit()
    header, first, second, end = exported(storage)

    assert {
        "format": "cartcore export",
        "version": 2,
        "last_order_number": 1001,
        "pruned_events": 0,
    } == json.loads(header)
    assert {"contact": SERIALIZER.dump(attrs.evolve(contact, version=1))} == json.loads(first)
    assert "Zoë" in first.decode()
    assert ["order"] == list(json.loads(second))
    assert sealed(header, first, second)[-1] == end


def test_an_export_is_one_consistent_view(busy: MemoryStorage) -> None:
    """What is stored while an export runs is not in it, not even half (ST-12)."""
    storage = imported(exported(busy))
    lines = export_lines(storage, SERIALIZER)
    taken = [next(lines), next(lines)]
    with storage.write() as work:
        work.contacts.add(a_contact("aaa", name="Aaa"))
        work.orders.add(an_order())
        work.commit()

    assert exported(busy) == [*taken, *lines]


def test_many_pages(tmp_path: Path) -> None:
    """Of more records than are read or stored at once, all arrive, each once (ST-12)."""
    storage = MemoryStorage()
    with storage.write() as work:
        for i in range(1203):
            work.contacts.add(a_contact(f"c{i}", name=f"Ann {i % 7}"))
        work.commit()
    seen: list[tuple[int, int]] = []

    def show(done: int, of: int) -> None:
        seen.append((done, of))

    with SQLiteStorage(tmp_path / "shop.db") as target:
        found = import_lines(target, exported(storage), SERIALIZER, progress=show)
        listed = [json.loads(each)["contact"]["id"] for each in exported(target)[1:-1]]

    assert 1203 == found.total
    assert sorted(f"c{i}" for i in range(1203)) == sorted(listed)
    assert [(500, 1203), (1000, 1203), (1203, 1203)] == seen


def test_memory_does_not_grow_with_the_shop(tmp_path: Path) -> None:
    """Three times as many records need no more memory, out or in (ST-12)."""

    def most(work: Callable[[], object]) -> int:
        tracemalloc.start()
        work()
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return peak

    def needed(number: int) -> tuple[int, int]:
        file = tmp_path / f"{number}.jsonl"
        with (
            SQLiteStorage(tmp_path / f"{number}.db") as source,
            SQLiteStorage(tmp_path / f"{number}-copy.db") as target,
        ):
            with source.write() as work:
                work.contacts.restore(a_contact(f"c{i}", version=1) for i in range(number))
                work.commit()

            def go_out() -> None:
                with file.open("wb") as output:
                    output.writelines(export_lines(source, SERIALIZER))

            def go_in() -> None:
                with file.open("rb") as lines:
                    import_lines(target, lines, SERIALIZER)

            return most(go_out), most(go_in)

    needed(50)  # what is imported and cached at the first time is not counted
    few, many = needed(2000), needed(6000)  # more than a storage remembers

    assert many[0] < few[0] * 1.5
    assert many[1] < few[1] * 1.5


def test_an_export_of_the_first_format() -> None:
    """Records in a format of the past are read, and are the same in the new storage (ST-4)."""
    kinds = ("contacts", "products", "promotions", "drafts", "orders")
    lines = [f'{{"{kind[:-1]}":{text}}}\n'.encode() for kind in kinds for text in documents(kind)]
    storage = imported(sealed(HEADER, *lines))

    assert {"1"} == {str(json.loads(each)[k]["format"]) for each in lines for k in json.loads(each)}
    old = records(from_documents())
    assert {kind: [attrs.evolve(r, version=1) for r in some] for kind, some in old.items()} == {
        kind: [attrs.evolve(r, version=1) for r in some] for kind, some in records(storage).items()
    }
    assert "1006" == next_number(storage)


# --- Comparing --------------------------------------------------------------------------------


def test_contents_tell_storages_apart(busy: MemoryStorage) -> None:
    """Equal contents are equal records; each change of one of them makes a difference."""
    other = imported(exported(busy))
    before = contents(busy, SERIALIZER)

    assert before == contents(other, SERIALIZER)
    assert 3 + 6 + 15 + 6 + 2 + 6 + 9 == before.total
    assert "15 promotions, 6 kept promotions, 2 drafts, 6 orders, 9 events" in str(before)
    with other.write() as work:
        work.contacts.save(work.contacts.get("ann"))
        work.commit()
    saved = contents(other, SERIALIZER)
    assert before.counts == saved.counts
    assert before.digest != saved.digest


class Forgetful(MemoryStorage):
    """An adapter with a fault: it keeps a contact less than it is given, or changes one."""

    def __init__(self, fault: Callable[[list[Contact]], list[Contact]]) -> None:
        super().__init__()
        self.fault = fault

    @contextmanager
    def write(self) -> Iterator[MemoryUnitOfWork]:
        with super().write() as work:
            restore = work.contacts.restore
            work.contacts.restore = (  # type: ignore[method-assign]
                lambda records: restore(self.fault(list(records)))
            )
            yield work


@pytest.mark.parametrize(
    "fault",
    [
        lambda contacts: contacts[1:],
        lambda contacts: [attrs.evolve(contacts[0], name="Eve"), *contacts[1:]],
        lambda contacts: [*contacts, a_contact("eve", version=1)],
    ],
)
def test_what_was_stored_is_compared(busy: MemoryStorage, fault: Any) -> None:
    """A storage that gives back something else keeps nothing of the import (ST-12)."""
    storage = Forgetful(fault)
    with pytest.raises(ImportDiffers):
        import_lines(storage, exported(busy), SERIALIZER)

    assert EMPTY == records(storage)


# --- What is refused --------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_only_into_an_empty_storage(busy: MemoryStorage, kind: str) -> None:
    """A storage that has anything is not touched (ST-12)."""
    storage = MemoryStorage()
    with storage.write() as work:
        getattr(work, kind).add(KINDS[kind][0]("r1"))
        work.commit()
    before = records(storage)
    with pytest.raises(StorageNotEmpty) as caught:
        import_lines(storage, exported(busy), SERIALIZER)

    assert kind == caught.value.kind
    assert before == records(storage)


def test_only_where_no_event_ever_was() -> None:
    """Where events were stored, pruned or not, no other ones take their numbers (HA-6, ST-12)."""
    for pruned in (0, 1):
        storage = MemoryStorage()
        with storage.write() as work:
            work.events.add(an_event())
            work.events.prune(pruned, limit=1)
            work.commit()
        with pytest.raises(StorageNotEmpty, match="events"):
            import_lines(storage, SMALL, SERIALIZER)


def refused(lines: Iterable[bytes]) -> InvalidExport:
    """Return why lines are no export that can be read; nothing of them is kept."""
    storage = MemoryStorage()
    with pytest.raises(InvalidExport) as caught:
        import_lines(storage, lines, SERIALIZER)

    assert EMPTY == records(storage)
    assert "1001" == next_number(storage)
    return caught.value


def test_truncated_at_any_line(busy: MemoryStorage) -> None:
    """A file that lacks lines at its end is refused, wherever it ends (ST-12)."""
    lines = exported(busy)
    for number in range(1, len(lines)):
        error = refused(lines[:number])

        assert (number, True) == (error.line, "truncated" in error.problem)


@settings(max_examples=60)
@given(st.data())
def test_truncated_anywhere(data: st.DataObject) -> None:
    """A file that ends in the middle of a line is refused (ST-12)."""
    whole = b"".join(SMALL)
    size = data.draw(st.integers(0, len(whole) - 2))  # without the last line end, it is whole

    refused(whole[:size].splitlines(keepends=True))


@settings(max_examples=200)
@given(st.data())
def test_damaged_anywhere(data: st.DataObject) -> None:
    """One changed byte, wherever it is, and the file is refused (ST-12)."""
    whole = bytearray(b"".join(SMALL))
    where = data.draw(st.integers(0, len(whole) - 2))
    whole[where] ^= data.draw(st.integers(1, 255))

    refused(bytes(whole).split(b"\n"))


def _small() -> list[bytes]:
    storage = MemoryStorage()
    with storage.write() as work:
        work.contacts.add(a_contact(addresses=()))
        work.products.add(a_product())
        work.promotions.add(a_promotion())
        work.drafts.add(a_draft())
        work.orders.add(redeeming(an_order(), "sale"))
        work.commit()
    return exported(storage)


SMALL = _small()


@pytest.mark.parametrize("position", range(1, 6))
def test_lines_that_are_missing_or_stand_twice(position: int) -> None:
    """A line less or more is noticed, if only by the count and the sum at the end (ST-12)."""
    less = refused([*SMALL[:position], *SMALL[position + 1 :]])
    more = refused([*SMALL[:position], SMALL[position], *SMALL[position:]])

    assert (6, True) == (less.line, "damaged" in less.problem)
    assert position + 1 == more.line or "already" in more.problem


@pytest.mark.parametrize(
    ("lines", "number", "problem"),
    [
        ([], 1, "not a cartcore export"),
        ([b""], 1, "not a cartcore export"),
        ([b"Handle,Title\n", b"mug,Mug\n"], 1, "not a cartcore export"),
        ([b"SQLite format 3\0\xff\xfe"], 1, "not a cartcore export"),
        ([b"[1]\n"], 1, "not a cartcore export"),
        ([b"[" * 100_000], 1, "not a cartcore export"),
        ([b'{"format":"other","version":1}\n'], 1, "not a cartcore export"),
        ([line("contact", a_contact(version=1))], 1, "not a cartcore export"),
        ([HEADER.replace(b":2,", b":3,")], 1, "version 3; this cartcore reads versions 1 and 2"),
        ([HEADER.replace(b":2,", b":1,")], 1, "format, version, last_order_number, and nothing"),
        ([HEADER.replace(b":0}", b":-1}")], 1, "after must be"),
        ([HEADER.replace(b":0}", b":null}")], 1, "pruned_events"),
        ([HEADER.replace(b',"pruned_events":0', b"")], 1, "pruned_events"),
        ([HEADER.replace(b'"version":2,', b"")], 1, "version None"),
        ([HEADER.replace(b"1000", b"null")], 1, "last_order_number"),
        ([HEADER.replace(b":0}", b':0,"more":1}')], 1, "last_order_number"),
        ([HEADER, b"\n"], 2, "not JSON"),
        ([HEADER, b"\xff\n"], 2, "not JSON"),
        ([HEADER, b"[" * 100_000], 2, "not JSON"),
        ([HEADER, b"5\n"], 2, "it must be a JSON object"),
        ([HEADER, b"{}\n"], 2, "it has nothing"),
        ([HEADER, b'{"contact":{},"order":{}}\n'], 2, "it has contact, order"),
        ([HEADER, b'{"invoice":{}}\n'], 2, "it has invoice"),
        ([HEADER, HEADER], 2, "it has format"),
        ([HEADER, b'{"contact":5}\n'], 2, "format"),
        ([HEADER, b'{"event":5}\n'], 2, "event"),
        ([HEADER, b'{"event":{}}\n'], 2, "payload"),
        (sealed(HEADER, event_line(sequence=2)), 2, "sequence must be 1"),
        (sealed(HEADER, event_line(total_minor="5")), 2, "total_minor"),
        (sealed(HEADER, event_line(kind="eaten")), 2, "kind"),
        (sealed(HEADER, event_line(at="yesterday")), 2, "at must be"),
        (sealed(HEADER, event_line(currency="ABC")), 2, "ABC"),
        (sealed(WITHOUT_EVENTS, event_line()), 2, "it has event"),
        ([HEADER, line("contact", a_contact()).replace(b'"name"', b'"nome"')], 2, "Contact."),
        ([HEADER, line("contact", a_product())], 2, "Contact."),
        ([HEADER, line("contact", a_contact()).replace(b'"format": 5', b'"format": 9')], 2, "9"),
        ([HEADER, line("promotion", a_promotion()).replace(b"percent_off", b"x.y")], 2, "x.y"),
        ([*SMALL, b"\n"], 8, "nothing may follow"),
        ([*SMALL, *SMALL], 8, "nothing may follow"),
        (sealed(*SMALL[:-1], contacts=2), 7, "damaged"),
        (sealed(*SMALL[:-1], sha256="0" * 64), 7, "damaged"),
        (sealed(*SMALL[:-1], more=1), 7, "damaged"),
    ],
)
def test_what_is_no_export(lines: list[bytes], number: int, problem: str) -> None:
    """A foreign or damaged file is refused, with the line and what is wrong in it (ST-12)."""
    error = refused(lines)

    assert number == error.line
    assert problem in error.problem
    assert len(str(error)) < 1000


@pytest.mark.parametrize(
    ("records", "number", "problem"),
    [
        ([("contact", a_contact())], 2, "version"),
        ([("contact", a_contact(version=1)), ("contact", a_contact(version=2))], 3, "id 'ann'"),
        (
            [
                ("contact", a_contact(version=1, email="a@x.example")),
                ("product", a_product(version=1)),
                ("contact", a_contact(version=2, email="b@x.example")),
            ],
            4,
            "id 'ann'",
        ),
        (
            [
                ("order", an_order("o1", version=1)),
                ("order", an_order("o2", version=1)),
                ("order", an_order("o3", version=1, idempotency_key="key of o1")),
                ("draft", a_draft(version=1)),
            ],
            4,
            "idempotency key 'key of o1'",
        ),
        (
            [("contact", a_contact(each, version=1, reference="ERP-1")) for each in ("ann", "bob")],
            3,
            "reference 'ERP-1'",
        ),
        (
            [("order", an_order(each, version=1, reference="ERP-1")) for each in ("o1", "o2")],
            3,
            "reference 'ERP-1'",
        ),
    ],
)
@pytest.mark.parametrize("adapter", ["memory", "sqlite"])
def test_records_that_cannot_be_kept(
    tmp_path: Path, adapter: str, records: list[tuple[str, Any]], number: int, problem: str
) -> None:
    """A record that the storage refuses is named by its line, and nothing is kept (ST-12)."""
    lines = sealed(HEADER, *(line(kind, record) for kind, record in records))
    with SQLiteStorage(tmp_path / "shop.db") as in_file:
        storage = MemoryStorage() if adapter == "memory" else in_file
        with pytest.raises(InvalidExport) as caught:
            import_lines(storage, lines, SERIALIZER)

        assert (number, True) == (caught.value.line, problem in caught.value.problem)
        with storage.read() as work:
            assert all(() == LISTINGS[kind](work)().items for kind in KINDS)


def test_a_file_that_cannot_be_read_to_its_end(busy: MemoryStorage) -> None:
    """An error of whatever gives the lines passes unchanged, and nothing is kept (ST-12)."""

    def breaking() -> Iterator[bytes]:
        yield from exported(busy)[:10]
        raise OSError("the disk is gone")

    storage = MemoryStorage()
    with pytest.raises(OSError, match="the disk is gone"):
        import_lines(storage, breaking(), SERIALIZER)

    assert EMPTY == records(storage)


# --- A kill in the middle ---------------------------------------------------------------------


@pytest.mark.parametrize("adapter", ["sqlite", "postgres"])
def test_a_kill_in_the_middle(
    busy: MemoryStorage, request: pytest.FixtureRequest, tmp_path: Path, adapter: str
) -> None:
    """A process that is killed while it imports leaves the target empty and usable (ST-12)."""
    file = str(tmp_path / "shop.db")
    database = file if adapter == "sqlite" else request.getfixturevalue("postgres_url")
    lines = exported(busy)
    more = [line("order", an_order(f"o{i}", placed_at=NOON, version=1)) for i in range(5001, 6500)]
    process = subprocess.Popen(
        [sys.executable, "-m", "cartcore", "import", database],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin is not None
    with process:
        # More than a pipe holds: when all of it is written, most of it was read and stored.
        for each in [*lines[:-1], *more]:
            process.stdin.write(each)
        process.stdin.flush()
        os.kill(process.pid, signal.SIGKILL)

    assert -signal.SIGKILL == process.returncode
    opened = SQLiteStorage(file) if adapter == "sqlite" else PostgresStorage(database)
    with opened as storage:
        assert EMPTY == records(storage)
        assert "1001" == next_number(storage)
        import_lines(storage, lines, SERIALIZER)
        assert records(busy) == records(storage)
