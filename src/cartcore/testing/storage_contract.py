"""What every storage adapter must do, as tests (ST-11).

Subclass `StorageContract`, name the class so that pytest collects it, give it a fixture `storage`,
and declare what the adapter cannot do:

    class TestMyStorage(StorageContract):
        @pytest.fixture
        def storage(self):
            return MyStorage()

Each test gets an empty storage. pytest shows what was skipped, and why.
"""

# These are tests: assert is how they speak, expected values come first and literally, and errors
# are meant to be raised at the end of work.
# ruff: noqa: PLR2004, PT012, RUF001, S101, SIM300

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from itertools import count
from typing import Any, ClassVar

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moneyed import Money

from cartcore.cart import AppliedPromotion, Cart, CartLine
from cartcore.errors import (
    AlreadyExists,
    Conflict,
    InvalidField,
    InvalidText,
    NotFound,
    StaleDraft,
    StorageError,
    StorageUnavailable,
    TooManyWords,
    WorkGivenUp,
    WorkInUse,
)
from cartcore.orders.draft import LineItem
from cartcore.orders.filters import OrderFilter
from cartcore.orders.order import Order, OrderShipment, OrderStatus, OrderSummary
from cartcore.pricing.engine import price
from cartcore.promotions.promotion import Trigger, Usage
from cartcore.shop.address import Address
from cartcore.shop.contact import Contact, ContactFilter
from cartcore.shop.product import Product
from cartcore.shop.speeds import ShippingSpeed
from cartcore.storage.paging import LARGEST_PAGE, Page, encode_key
from cartcore.storage.ports import Storage, UnitOfWork
from cartcore.testing import strategies
from cartcore.testing.records import (
    HOUR,
    NOON,
    a_contact,
    a_draft,
    a_product,
    a_promotion,
    an_address,
    an_order,
    redeeming,
)
from cartcore.values.search import MOST_WORDS, fold, matches

# No example leaves a trace, because none commits: one storage serves all examples of a test. The
# properties are inner functions, since Hypothesis wants a test of its own for each class.
generated = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=40)

SHORTLY = timedelta(microseconds=1)

Search = Callable[..., Page[Any]]

# Records of each kind by an id, and a change of it that is worth saving.
KINDS: dict[str, tuple[Callable[[str], Any], dict[str, Any]]] = {
    "contacts": (a_contact, {"name": "Zoë"}),
    "products": (a_product, {"title": "Pot"}),
    "promotions": (a_promotion, {"priority": 7}),
    "drafts": (a_draft, {"contact_id": "zoe"}),
    "orders": (an_order, {"status": OrderStatus.COMPLETE}),
}

# Listings of everything.
LISTINGS: dict[str, Callable[[UnitOfWork], Search]] = {
    "contacts": lambda work: lambda **page: work.contacts.search(ContactFilter(), **page),
    "products": lambda work: work.products.search,
    "promotions": lambda work: work.promotions.search,
    "drafts": lambda work: work.drafts.search,
    "orders": lambda work: lambda **page: work.orders.search(OrderFilter(), **page),
}

# Keys that no listing has: of another shape, or of what no database can compare.
_NO_KEYS: list[list[Any]] = [
    [],
    [1],
    ["a", 1],
    ["a", "a", "a", "a"],
    [1, 2, 3, "a"],
    [10**30, "a"],
    [10**30, 1, "a"],
    [1, -(10**30), "a"],
    ["\ud800"],
    ["a", "\ud800"],
    [1, "\udfff"],
    [1, 1, "\udfff"],
]

# Of what the sort keys of the listings are.
_SORT_KEYS: dict[str, list[type]] = {
    "contacts": [str, str],
    "products": [str, str],
    "promotions": [str],
    "drafts": [int, str],
    "orders": [int, int, str],
}

each_kind = pytest.mark.parametrize("kind", KINDS)


def store(storage: Storage, kind: str, *records: Any) -> list[Any]:
    """Add records of one kind, in a unit of work of their own."""
    with storage.write() as work:
        stored = [getattr(work, kind).add(record) for record in records]
        work.commit()
    return stored


def stored(storage: Storage, kind: str, record_id: str) -> Any:
    """Get a record, in a unit of work of its own."""
    with storage.read() as work:
        return getattr(work, kind).get(record_id)


def same_barcode(one: str, other: str) -> bool:
    """Whether two barcodes are the same GTIN of at most 14 digits, or else the same text."""
    if {*one, *other} <= {*"0123456789"} and one and len(one) <= 14 >= len(other):
        return int(one) == int(other)
    return one == other


def walk(search: Search, limit: int) -> list[Any]:
    """Return what all pages have, which must be as full as they can be."""
    found: list[Any] = []
    page = search(limit=limit)
    while page.next_page:
        assert limit == len(page.items)

        found += page.items
        page = search(limit=limit, page=page.next_page)
    assert page.items or not found  # no page is empty, unless nothing is there

    return [*found, *page.items]


def ids(records: Iterable[Any]) -> list[str]:
    """Return the ids of records, which is enough to tell them apart."""
    return [record.id for record in records]


def _like(types: list[type], text: str) -> list[Any]:
    """A sort key with this text, and numbers that no time can have."""
    return [text if kind is str else 2**62 for kind in types]


FAULTS = ("disk full", "I/O error", "deadlock", "timeout", "interrupt")
"""What can go wrong in the middle of a unit of work."""


class _Contract:
    """What the parts of the contract have in common."""

    faults: ClassVar[tuple[str, ...]] = ()
    """Which of the `FAULTS` the method `failing` can cause."""

    fault_step: ClassVar[int] = 1
    """1 for a fault at every statement; with more, in a hurry, some are passed over."""

    supports_concurrent_writers: ClassVar[bool] = True
    """Several threads can call `write()` at once, and wait for each other."""

    survives_reopening: ClassVar[bool] = False
    """`reopen` gives a storage that has what was committed to the one before."""

    @pytest.fixture
    def storage(self) -> Storage:
        """Return an empty storage."""
        raise NotImplementedError

    def reopen(self, storage: Any) -> Storage:
        """Close a storage, and return a new one for the same data."""
        raise NotImplementedError

    def failing(
        self, storage: Any, fault: str, after: int
    ) -> AbstractContextManager[Callable[[], bool]]:
        """Let a storage have a fault, once, when it has done so many more statements.

        An interrupt is a `KeyboardInterrupt`, in the place of a statement. The adapter may count
        other steps of its work than statements. Gives a function that says whether it happened.
        """
        raise NotImplementedError

    def need_concurrent_writers(self) -> None:
        """Skip the test where writers cannot run side by side."""
        if not self.supports_concurrent_writers:
            pytest.skip("the adapter declares supports_concurrent_writers = False")


class TransactionContract(_Contract):
    """Units of work: all or nothing, one writer at a time, a still picture for readers."""

    @each_kind
    def test_uncommitted_work_is_lost(self, storage: Storage, kind: str) -> None:
        """Leaving a unit of work without commit() stores nothing (ST-1)."""
        record, _ = KINDS[kind]
        with storage.write() as work:
            getattr(work, kind).add(record("r1"))

        with pytest.raises(NotFound):
            stored(storage, kind, "r1")

    def test_errors_undo_the_work_and_pass_unchanged(self, storage: Storage) -> None:
        """An error in the body of `with` leaves it as it was raised, and stores nothing (ST-1)."""
        error = KeyError("of the caller")
        with pytest.raises(KeyError) as caught, storage.write() as work:
            work.contacts.add(a_contact())
            raise error

        assert error is caught.value
        with pytest.raises(NotFound):
            stored(storage, "contacts", "ann")

    def test_a_commit_stores_all_changes(self, storage: Storage) -> None:
        """commit() stores everything that was changed, of every kind (ST-1)."""
        with storage.write() as work:
            for kind, (record, _) in KINDS.items():
                getattr(work, kind).add(record("r1"))
            work.commit()

        assert ["r1"] * 5 == [stored(storage, kind, "r1").id for kind in KINDS]

    def test_work_sees_its_own_changes(self, storage: Storage) -> None:
        """What was changed is seen by the work itself before the commit, and by no other (ST-1)."""
        with storage.write() as work:
            added = work.contacts.add(a_contact())
            with storage.read() as other, pytest.raises(NotFound):
                other.contacts.get("ann")

            assert added == work.contacts.get("ann")
            assert (added,) == work.contacts.search(ContactFilter()).items

    def test_a_failed_change_leaves_nothing_behind(self, storage: Storage) -> None:
        """A record that is refused half-way leaves no part of it in work that commits (ST-5)."""
        store(storage, "products", a_product("mug", "A"))
        with storage.write() as work:
            with pytest.raises(AlreadyExists):
                work.products.add(a_product("pot", "B", "A", title="Pot"))
            work.contacts.add(a_contact())
            work.commit()

        with storage.read() as work:
            assert "ann" == work.contacts.get("ann").id
            assert [] == ids(work.products.search("pot").items)
            with pytest.raises(NotFound):
                work.products.by_sku("B")

    def test_a_failed_save_changes_nothing(self, storage: Storage) -> None:
        """A change that is refused half-way leaves the record as it was (ST-5)."""
        pot, _ = store(storage, "products", a_product("pot", "B", title="Pot"), a_product("mug"))
        with storage.write() as work:
            with pytest.raises(AlreadyExists):
                work.products.save(
                    attrs.evolve(a_product("pot", "C", "mug", title="Pan"), version=1)
                )
            work.commit()

        with storage.read() as work:
            assert pot == work.products.by_sku("B")
            assert (pot,) == work.products.search("pot").items
            assert () == work.products.search("pan").items

    def test_placing_is_all_or_nothing(self, storage: Storage) -> None:
        """The order and the end of its draft are stored together, or neither is (ST-5)."""
        [draft] = store(storage, "drafts", a_draft())
        with pytest.raises(ZeroDivisionError), storage.write() as work:
            work.orders.add(redeeming(an_order(), "sale"))
            work.drafts.remove(draft)
            raise ZeroDivisionError

        with storage.write() as work:
            assert draft == work.drafts.get("d1")
            assert None is work.orders.by_idempotency_key("key of o1")
            assert Usage() == work.promotions.usage(["sale"], "ann")["sale"]
            work.orders.add(redeeming(an_order(), "sale"))
            work.drafts.remove(draft)
            work.commit()

        with storage.read() as work:
            assert "o1" == work.orders.get("o1").id
            with pytest.raises(NotFound):
                work.drafts.get("d1")

    @each_kind
    def test_readers_change_nothing(self, storage: Storage, kind: str) -> None:
        """A unit of work for reading can neither add, nor save, nor commit."""
        record, change = KINDS[kind]
        [old] = store(storage, kind, record("r1"))
        with storage.read() as work:
            with pytest.raises(StorageError):
                getattr(work, kind).add(record("r2"))
            with pytest.raises(StorageError):
                getattr(work, kind).save(attrs.evolve(old, **change))
            with pytest.raises(StorageError):
                work.commit()

            assert old == getattr(work, kind).get("r1")

    def test_readers_take_no_number_and_remove_nothing(self, storage: Storage) -> None:
        """Giving out order numbers and removing drafts are changes, too."""
        [draft] = store(storage, "drafts", a_draft())
        with storage.read() as work:
            with pytest.raises(StorageError):
                work.orders.next_number()
            with pytest.raises(StorageError):
                work.drafts.remove(draft)

    def test_work_ends_with_its_commit(self, storage: Storage) -> None:
        """After commit(), and after the `with` statement, a unit of work cannot be used."""
        with storage.write() as work:
            work.commit()
            with pytest.raises(StorageError):
                work.contacts.add(a_contact())
            with pytest.raises(StorageError):
                work.commit()
        with storage.read() as reader:
            pass

        for ended in (work, reader):
            with pytest.raises(StorageError):
                ended.contacts.get("ann")

    def test_readers_have_a_still_picture(self, storage: Storage) -> None:
        """A reader sees what was committed when it began, whatever is committed later."""
        [old] = store(storage, "contacts", a_contact())
        with storage.read() as reader:
            with storage.write() as work:
                work.contacts.save(attrs.evolve(old, name="Zoë"))
                work.contacts.add(a_contact("bob"))
                work.commit()

            assert old == reader.contacts.get("ann")
            assert (old,) == reader.contacts.search(ContactFilter()).items
        assert "Zoë" == stored(storage, "contacts", "ann").name

    def test_readers_do_not_wait_for_writers(self, storage: Storage) -> None:
        """A reader can begin and read while a writer is at work (ST-1)."""
        [old] = store(storage, "contacts", a_contact())
        with storage.write() as work:
            work.contacts.save(attrs.evolve(old, name="Zoë"))

            assert old == stored(storage, "contacts", "ann")

    def test_writers_do_not_interleave(self, storage: Storage) -> None:
        """Of changes made side by side to one record none is lost (ST-5)."""
        self.need_concurrent_writers()
        store(storage, "drafts", a_draft())

        def count_up(_: int) -> None:
            with storage.write() as work:
                draft = work.drafts.get("d1")
                work.drafts.save(attrs.evolve(draft, next_line=draft.next_line + 1))
                work.commit()

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(count_up, range(40)))

        assert 41 == stored(storage, "drafts", "d1").next_line

    def test_threads_get_different_numbers(self, storage: Storage) -> None:
        """Order numbers taken side by side are different and leave no gap (ST-5)."""
        self.need_concurrent_writers()

        def take(_: int) -> str:
            with storage.write() as work:
                number = work.orders.next_number()
                work.commit()
            return number

        with ThreadPoolExecutor(4) as pool:
            numbers = list(pool.map(take, range(40)))

        assert [str(1001 + i) for i in range(40)] == sorted(numbers)

    def test_of_two_with_one_key_only_one_is_stored(self, storage: Storage) -> None:
        """However many place with one idempotency key at once, there is one order (ST-7)."""
        self.need_concurrent_writers()
        together = threading.Barrier(4)

        def place(i: int) -> bool:
            together.wait()
            try:
                store(storage, "orders", an_order(f"o{i}", idempotency_key="key"))
            except AlreadyExists:
                return False
            return True

        with ThreadPoolExecutor(4) as pool:
            placed = list(pool.map(place, range(4)))

        assert [False, False, False, True] == sorted(placed)

    def test_what_was_committed_is_there_after_reopening(self, storage: Storage) -> None:
        """A storage that is opened again has everything, and counts on from there (ST-1)."""
        if not self.survives_reopening:
            pytest.skip("the adapter declares survives_reopening = False")
        records = {kind: store(storage, kind, make("r1"))[0] for kind, (make, _) in KINDS.items()}
        with storage.write() as work:
            number = work.orders.next_number()
            work.commit()
        with storage.write() as work:
            work.contacts.add(a_contact("lost"))

        again = self.reopen(storage)
        with again.write() as work:
            assert records == {kind: getattr(work, kind).get("r1") for kind in KINDS}
            assert str(int(number) + 1) == work.orders.next_number()
            with pytest.raises(NotFound):
                work.contacts.get("lost")


class FaultsContract(_Contract):
    """A unit of work in which something went wrong that was no refused record."""

    @pytest.mark.parametrize("fault", FAULTS)
    def test_a_fault_ends_the_work(self, storage: Storage, fault: str) -> None:
        """After a fault at any statement all is refused, and nothing of the work is stored (ST-5).

        It does not matter that the caller catches every error and goes on.
        """
        if fault not in self.faults:
            pytest.skip(f"the adapter does not declare the fault {fault!r}")
        with storage.write() as work:
            for kind, (record, _) in KINDS.items():
                getattr(work, kind).add(record("old"))
            work.commit()
        before = _all_that_is_there(storage)
        for after in count(FAULTS.index(fault) % self.fault_step, self.fault_step):
            with storage.write() as work, self.failing(storage, fault, after) as happened:
                over = False
                for do in _SOME_WORK:
                    over = _done(do, work, over=over)
            if not happened():
                break
            assert over
            assert before == _all_that_is_there(storage)
        assert after > 10
        assert not over
        assert before != _all_that_is_there(storage)

    @each_kind
    def test_other_things_are_no_records(self, storage: Storage, kind: str) -> None:
        """What is not of the kind is InvalidField, and the work goes on (ST-1)."""
        record, _ = KINDS[kind]
        others = [make("x") for name, (make, _) in KINDS.items() if name != kind]
        with storage.write() as work:
            records = getattr(work, kind)
            changes = [records.add, records.save, lambda wrong: records.restore([wrong])]
            if kind == "drafts":
                changes.append(records.remove)
            for wrong in (None, 5, "old", {}, object(), *others):
                for change in changes:
                    with pytest.raises(InvalidField):
                        change(wrong)
            records.add(record("new"))
            work.commit()

        assert "new" == stored(storage, kind, "new").id

    @pytest.mark.parametrize("kind", ["contacts", "orders"])
    def test_other_things_are_no_filters(self, storage: Storage, kind: str) -> None:
        """A search takes a filter of its own kind, or is InvalidField."""
        with storage.read() as work:
            wrongs: list[Any] = [None, 5, "ann", {}]
            for wrong in wrongs:
                with pytest.raises(InvalidField):
                    getattr(work, kind).search(wrong)

    def test_threads_do_not_share_a_unit_of_work(self, storage: Storage) -> None:
        """Used by several at once it does what it is asked, or says so; what it did is kept."""
        done: list[str] = []
        others: list[BaseException] = []

        def add(name: str) -> None:
            for i in range(20):
                try:
                    done.append(work.products.add(a_product(f"{name}{i}", f"{name}{i}")).id)
                except WorkInUse:
                    pass
                except BaseException as error:  # noqa: BLE001  (told below)
                    others.append(error)

        with storage.write() as work:
            threads = [threading.Thread(target=add, args=(name,)) for name in "abc"]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            work.commit()
        with storage.read() as reader:
            there = walk(reader.products.search, limit=50)

        assert [] == others
        assert sorted(done) == sorted(ids(there))
        assert done


def _all_that_is_there(storage: Storage) -> dict[str, Any]:
    with storage.read() as work:
        there: dict[str, Any] = {
            kind: walk(search(work), limit=50) for kind, search in LISTINGS.items()
        }
        return {**there, "last number": work.orders.last_number()}


# Of each kind of access something; some of it is refused.
_SOME_WORK: list[Callable[[UnitOfWork], object]] = [
    lambda work: work.contacts.add(a_contact("new", email="new@example.com", tags=("a", "b"))),
    lambda work: work.contacts.add(a_contact("old")),
    lambda work: work.contacts.save(attrs.evolve(work.contacts.get("old"), name="Zoë")),
    lambda work: work.contacts.save(attrs.evolve(a_contact("old"), version=7)),
    lambda work: work.products.add(a_product("new", "one", "two")),
    lambda work: work.products.add(a_product("newer", "three", "two")),
    lambda work: work.products.search("mug"),
    lambda work: work.orders.next_number(),
    lambda work: work.promotions.restore([a_promotion("a", version=3), a_promotion("b")]),
    lambda work: work.promotions.restore([a_promotion("c", version=3), a_promotion("old")]),
    lambda work: work.orders.add(redeeming(an_order("new", number="2001"), "sale")),
    lambda work: work.promotions.usage(["sale"], "ann"),
    lambda work: work.drafts.remove(work.drafts.get("old")),
    lambda work: work.commit(),
]


def _done(do: Callable[[UnitOfWork], object], work: UnitOfWork, *, over: bool) -> bool:
    """Do something, and say whether the work is over because of a fault."""
    if over:
        with pytest.raises(WorkGivenUp):
            do(work)
        return True
    try:
        do(work)
    except (AlreadyExists, Conflict, InvalidField):
        return False
    except (StorageError, KeyboardInterrupt):
        return True
    return False


class RecordContract(_Contract):
    """What holds for the records of every kind."""

    @each_kind
    def test_records_have_versions(self, storage: Storage, kind: str) -> None:
        """A record is added as version 1, and each save makes it the next one (ST-8)."""
        record, change = KINDS[kind]
        [added] = store(storage, kind, attrs.evolve(record("r1"), version=9))
        with storage.write() as work:
            saved = getattr(work, kind).save(attrs.evolve(added, **change))
            work.commit()

        assert attrs.evolve(record("r1"), version=1) == added
        assert attrs.evolve(record("r1"), version=2, **change) == saved
        assert saved == stored(storage, kind, "r1")

    @each_kind
    @pytest.mark.parametrize("version", [0, 1, 3, 2**63 - 2])
    def test_stale_records_are_refused(self, storage: Storage, kind: str, version: int) -> None:
        """Saving another version than the stored one is Conflict, and changes nothing (ST-8)."""
        record, change = KINDS[kind]
        [first] = store(storage, kind, record("r1"))
        with storage.write() as work:
            current = getattr(work, kind).save(first)
            with pytest.raises(Conflict) as caught:
                getattr(work, kind).save(attrs.evolve(first, version=version, **change))
            work.commit()

        error = caught.value
        assert kind == f"{error.kind}s"
        assert ("r1", version, 2) == (error.key, error.given_version, error.current_version)
        assert (kind == "drafts") == isinstance(error, StaleDraft)
        assert current == stored(storage, kind, "r1")

    @pytest.mark.parametrize(
        "key",
        [None, 5, 1.5, b"ann", ["ann"], {"id": "ann"}, a_contact(), "\ud800"],
        ids=lambda key: type(key).__name__,
    )
    def test_a_key_that_is_no_text(self, storage: Storage, key: Any) -> None:
        """A key that no record can have is InvalidText, wherever it is asked for."""
        with storage.read() as work:
            asked: list[Callable[[Any], object]] = [
                *(getattr(work, kind).get for kind in KINDS),
                work.products.by_sku,
                work.promotions.by_code,
                work.orders.by_number,
                work.orders.by_draft,
                work.orders.by_idempotency_key,
                work.orders.placed_by_contact,
                lambda key: work.products.many(["mug", key]),
                lambda key: work.promotions.many(["sale", key]),
                lambda key: work.promotions.usage(["sale", key], "ann"),
                lambda key: work.promotions.usage(["sale"], key),
            ]
            for ask in asked:
                with pytest.raises(InvalidText):
                    ask(key)

    @pytest.mark.parametrize("key", ["", "a\0b", "\0", "\x01", "a" * 10_000, "\U0010ffff"])
    def test_a_key_that_no_record_has(self, storage: Storage, key: str) -> None:
        """Any other text is a key that is not found, whatever a database thinks of it (ST-10)."""
        for kind, (record, _) in KINDS.items():
            store(storage, kind, record("a"))
        with storage.read() as work:
            for kind in KINDS:
                with pytest.raises(NotFound):
                    getattr(work, kind).get(key)
                page = LISTINGS[kind](work)(page=encode_key(_like(_SORT_KEYS[kind], key)))
                assert len(page.items) <= 1
            with pytest.raises(NotFound):
                work.products.by_sku(key)
            with pytest.raises(NotFound):
                work.orders.by_number(key)
            assert None is work.orders.by_draft(key)
            assert None is work.orders.by_idempotency_key(key)
            assert 0 == work.orders.placed_by_contact(key)
            assert {} == work.products.many([key])
            assert {key: Usage()} == work.promotions.usage([key], key)

    @each_kind
    def test_restored_records_keep_their_versions(self, storage: Storage, kind: str) -> None:
        """restore() stores records as they are given, and saves go on from there (ST-8, ST-12)."""
        record, change = KINDS[kind]
        first, second = attrs.evolve(record("r1"), version=7), attrs.evolve(record("r2"), version=1)
        with storage.write() as work:
            getattr(work, kind).restore([])
            getattr(work, kind).restore(iter([first, second]))
            work.commit()

        assert [first, second] == [stored(storage, kind, "r1"), stored(storage, kind, "r2")]
        with storage.write() as work:
            with pytest.raises(Conflict):
                getattr(work, kind).save(attrs.evolve(first, version=1, **change))
            saved = getattr(work, kind).save(attrs.evolve(first, **change))

        assert attrs.evolve(first, version=8, **change) == saved

    @each_kind
    @pytest.mark.parametrize("taken", ["stored", "given twice"])
    def test_all_are_restored_or_none(self, storage: Storage, kind: str, taken: str) -> None:
        """Where one of several cannot be restored, none of them is (ST-5, ST-12)."""
        record, change = KINDS[kind]
        given = [attrs.evolve(record(f"r{i}"), version=3) for i in range(1, 4)]
        if taken == "stored":
            store(storage, kind, record("r3"))
        else:
            given.append(attrs.evolve(given[-1], **change))
        with storage.write() as work:
            with pytest.raises(AlreadyExists) as caught:
                getattr(work, kind).restore(given)
            work.commit()

        error = caught.value
        assert (kind, "id", "r3") == (f"{error.kind}s", error.field, error.value)
        with storage.read() as work:
            assert (["r3"] if taken == "stored" else []) == ids(LISTINGS[kind](work)().items)

    @each_kind
    @pytest.mark.parametrize("version", [0, -1, 2**63 - 1])
    def test_versions_that_cannot_be_restored(
        self, storage: Storage, kind: str, version: Any
    ) -> None:
        """A record that was never stored cannot be restored, nor one of an absurd version."""
        record, _ = KINDS[kind]
        given = [attrs.evolve(record("r1"), version=1), attrs.evolve(record("r2"), version=version)]
        with storage.write() as work:
            with pytest.raises(InvalidField):
                getattr(work, kind).restore(given)
            work.commit()

        with storage.read() as work:
            assert () == LISTINGS[kind](work)().items

    @each_kind
    def test_readers_restore_nothing(self, storage: Storage, kind: str) -> None:
        """Restoring is a change."""
        record, _ = KINDS[kind]
        with storage.read() as work, pytest.raises(StorageError):
            getattr(work, kind).restore([attrs.evolve(record("r1"), version=1)])

    def test_restored_records_can_share_what_only_reads_the_same(self, storage: Storage) -> None:
        """Who was restored first keeps a key; the other one is kept, and can be changed (OE-27)."""
        ann = [
            a_contact("z", email="Ann@example.com", version=2),
            a_contact("a", email="ann@EXAMPLE.com", version=3),
        ]
        sales = [
            a_promotion("z", trigger=Trigger.CODE, codes=("CAFÉ", "Z"), version=2),
            a_promotion("a", trigger=Trigger.CODE, codes=("A", "CAFE\u0301"), version=3),
        ]
        with storage.write() as work:
            work.contacts.restore(ann)
            work.promotions.restore(sales)
            with pytest.raises(AlreadyExists):
                work.contacts.restore([attrs.evolve(ann[0], id="b")])
            with pytest.raises(AlreadyExists):
                work.promotions.restore([attrs.evolve(sales[0], id="b", codes=("B", "CAFÉ"))])
            with pytest.raises(AlreadyExists):
                work.contacts.add(a_contact("b", email="ANN@example.com"))
            work.commit()

        with storage.read() as work:
            assert ann[::-1] == list(work.contacts.search(ContactFilter(email="ann@")).items)
            assert sales[::-1] == list(work.promotions.search().items)
            found = {code: work.promotions.by_code(code).id for code in ("a", "café", "z")}
            assert {"a": "a", "café": "z", "z": "z"} == found
        with storage.write() as work:
            other = work.contacts.save(attrs.evolve(ann[1], phone="1"))
            work.promotions.save(attrs.evolve(sales[1], priority=3))
            assert "z" == work.promotions.by_code("café").id
            work.contacts.save(attrs.evolve(ann[0], email=""))
            assert other.version + 1 == work.contacts.save(other).version
            with pytest.raises(AlreadyExists):
                work.contacts.add(a_contact("b", email="ann@example.com"))
            work.commit()

    def test_restored_records_are_found(self, storage: Storage) -> None:
        """What was restored is found by all its keys, and what it redeemed counts (ST-12)."""
        with storage.write() as work:
            work.contacts.restore([a_contact("zoe", name="Zoë Müller", version=2)])
            work.products.restore([a_product("pot", "P-1", "P-2", version=2)])
            promotion = a_promotion(trigger=Trigger.CODE, codes=("Spring",), version=2)
            work.promotions.restore([promotion])
            order = redeeming(an_order(contact=a_contact("zoe"), version=2), "sale")
            work.orders.restore([order])
            work.commit()

        with storage.read() as work:
            assert ["zoe"] == ids(work.contacts.search(ContactFilter(name="mull")).items)
            assert "pot" == work.products.by_sku("P-2").id
            assert "sale" == work.promotions.by_code("SPRING").id
            assert order == work.orders.by_draft("draft of o1")
            assert order == work.orders.by_idempotency_key("key of o1")
            assert 1 == work.orders.placed_by_contact("zoe")
            used = work.promotions.usage(["sale"], "zoe")["sale"]
            assert (1, 1) == (used.total, used.by_contact)

    @each_kind
    def test_what_is_not_there_is_not_found(self, storage: Storage, kind: str) -> None:
        """Getting or saving what was never added is NotFound, with the key asked for."""
        record, _ = KINDS[kind]
        with storage.write() as work:
            with pytest.raises(NotFound) as getting:
                getattr(work, kind).get("r1")
            with pytest.raises(NotFound) as saving:
                getattr(work, kind).save(record("r1"))

        for error in (getting.value, saving.value):
            assert (kind, "r1") == (f"{error.kind}s", error.key)

    @each_kind
    def test_ids_are_unique(self, storage: Storage, kind: str) -> None:
        """A second record with an id is AlreadyExists, and the first one stays."""
        record, change = KINDS[kind]
        [first] = store(storage, kind, record("r1"))
        with pytest.raises(AlreadyExists) as caught:
            store(storage, kind, attrs.evolve(record("r1"), **change))

        error = caught.value
        assert (kind, "id", "r1") == (f"{error.kind}s", error.field, error.value)
        assert first == stored(storage, kind, "r1")

    @each_kind
    def test_ids_are_compared_exactly(self, storage: Storage, kind: str) -> None:
        """Case, accents and white space make another id."""
        record, _ = KINDS[kind]
        given = ["e", "E", "é", "e\u0301", "e 0", "e  0", "%", "_"]
        with storage.write() as work:
            for i, record_id in enumerate(given):
                changes = {"number": str(i)} if kind == "orders" else {}
                getattr(work, kind).add(attrs.evolve(record(record_id), **changes))

            assert given == [getattr(work, kind).get(record_id).id for record_id in given]

    def test_contacts_come_back_equal(self, storage: Storage) -> None:
        """Any contact is read as it was written (ST-4)."""
        self._come_back_equal(storage, "contacts", strategies.contacts())

    @pytest.mark.parametrize("currency", strategies.CURRENCIES)
    def test_products_come_back_equal(self, storage: Storage, currency: str) -> None:
        """Any product is read as it was written, with prices as fine as they can be (ST-4)."""
        self._come_back_equal(storage, "products", strategies.products(currency=currency))

    def test_promotions_come_back_equal(self, storage: Storage) -> None:
        """Any promotion of a built-in type is read as it was written (ST-4)."""
        self._come_back_equal(storage, "promotions", strategies.promotions())

    def test_drafts_come_back_equal(self, storage: Storage) -> None:
        """Any draft is read as it was written, gifts and choices included (ST-4)."""
        self._come_back_equal(storage, "drafts", strategies.drafts())

    def test_orders_come_back_equal(self, storage: Storage) -> None:
        """Any order is read as it was written, to the last amount and microsecond (ST-4)."""
        self._come_back_equal(storage, "orders", strategies.orders())

    def _come_back_equal(
        self, storage: Storage, kind: str, records: st.SearchStrategy[Any]
    ) -> None:
        @generated
        @given(records)
        def check(record: Any) -> None:
            with storage.write() as work:
                added = getattr(work, kind).add(record)
                again = getattr(work, kind).get(record.id)

            assert attrs.evolve(record, version=1) == added == again
            assert repr(added) == repr(again)  # amounts with their digits, times in UTC

        check()


class PagingContract(_Contract):
    """Listings are paged by key."""

    @each_kind
    def test_pages_have_every_record_once(self, storage: Storage, kind: str) -> None:
        """However long the pages are, together they have all records, in one order (OE-20)."""
        record, _ = KINDS[kind]
        store(storage, kind, *(record(f"r{i}") for i in range(12)))
        with storage.read() as work:
            search = LISTINGS[kind](work)
            everything = ids(search().items)

            assert sorted(everything) == sorted(f"r{i}" for i in range(12))
            assert [everything] * 5 == [ids(walk(search, n)) for n in (1, 5, 6, 12, LARGEST_PAGE)]

    @each_kind
    def test_pages_stay_in_step_when_records_are_added(self, storage: Storage, kind: str) -> None:
        """Records added between two pages make no other one missing or doubled (OE-20)."""
        record, _ = KINDS[kind]
        store(storage, kind, *(record(f"r{i}") for i in range(10, 20)))
        with storage.read() as work:
            first = LISTINGS[kind](work)(limit=5)
        # As many before the page as behind it, whichever way the listing goes.
        others = [f"r{i:02}" for i in (*range(5, 10), *range(20, 25))]
        store(storage, kind, *map(record, others))
        with storage.read() as work:
            rest = LISTINGS[kind](work)(page=first.next_page)

        old = [record_id for record_id in ids(rest.items) if record_id not in others]
        assert sorted(f"r{i}" for i in range(10, 20)) == sorted([*ids(first.items), *old])
        assert 10 == len(rest.items)

    @each_kind
    @pytest.mark.parametrize("limit", [0, -1, True, 1.0, "1", None, LARGEST_PAGE + 1, 10**9])
    def test_impossible_limits_are_refused(
        self, storage: Storage, kind: str, limit: object
    ) -> None:
        """A limit that is no whole number from 1 to 1000 is InvalidField."""
        with storage.read() as work, pytest.raises(InvalidField):
            LISTINGS[kind](work)(limit=limit)

    @each_kind
    @pytest.mark.parametrize(
        "page",
        [
            *("x", "!", "é", " ", "bm9uc2Vuc2U", "\ud800", "\0", "WzFd" * 1000),
            *map(encode_key, _NO_KEYS),
        ],
    )
    def test_impossible_pages_are_refused(self, storage: Storage, kind: str, page: str) -> None:
        """A page that no listing of these records gave is InvalidField."""
        with storage.read() as work, pytest.raises(InvalidField):
            LISTINGS[kind](work)(page=page)

    @each_kind
    def test_an_empty_listing_is_one_empty_page(self, storage: Storage, kind: str) -> None:
        """Where there is nothing, there is no next page."""
        with storage.read() as work:
            assert Page(()) == LISTINGS[kind](work)()


class ContactsContract(_Contract):
    """The contacts."""

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("ann@x.example", "ANN@X.example"),
            ("straße@x.example", "STRASSE@x.example"),
            ("ann@x.example", "ａｎｎ＠x.example"),
            ("caf\u00e9@x.example", "cafe\u0301@x.example"),
            ("ann@x.example", "<mailto:ann@x.example>"),
            ("ann@x.example", "＜ann@x．example．＞"),
            ("ann@x.example", "ann@x.example."),
            ("o'brien@x.example", "o\u2019brien@x.example"),
        ],
    )
    def test_emails_are_unique(self, storage: Storage, one: str, other: str) -> None:
        """Two contacts with one e-mail, however it is written, are AlreadyExists (OE-27)."""
        store(storage, "contacts", a_contact("c1", email=one), a_contact("c2"))
        with storage.write() as work:
            with pytest.raises(AlreadyExists) as caught:
                work.contacts.add(a_contact("c3", email=other))
            with pytest.raises(AlreadyExists):
                work.contacts.save(a_contact("c2", email=other, version=1))
            work.commit()

        assert ("email", a_contact("c3", email=other).email) == (
            caught.value.field,
            caught.value.value,
        )
        assert "" == stored(storage, "contacts", "c2").email

    def test_contacts_without_email_are_many(self, storage: Storage) -> None:
        """No e-mail is not an e-mail that could be taken."""
        assert 2 == len(store(storage, "contacts", a_contact("c1"), a_contact("c2")))

    def test_an_email_can_change_hands(self, storage: Storage) -> None:
        """An e-mail can be written otherwise, given up, and then taken by another contact."""
        [first] = store(storage, "contacts", a_contact("c1", email="ann@x.example"))
        with storage.write() as work:
            second = work.contacts.save(attrs.evolve(first, email="ANN@x.example"))
            work.contacts.save(attrs.evolve(second, email=""))
            work.contacts.add(a_contact("c2", email="ann@x.example"))
            work.commit()

        assert "ann@x.example" == stored(storage, "contacts", "c2").email

    @pytest.mark.parametrize(
        ("wanted", "found"),
        [
            ({}, ["zoe", "ann", "bob"]),
            ({"name": "MULL"}, ["ann"]),
            ({"name": "mü an"}, ["ann"]),
            ({"name": "ller"}, []),
            ({"name": "..."}, []),
            ({"email": "ANN@"}, ["ann"]),
            ({"email": "@"}, []),
            ({"phone": "0221 123"}, ["ann"]),
            ({"phone": "23"}, ["ann", "bob"]),
            ({"phone": "12"}, []),
            ({"phone": "phone"}, []),
            ({"city": "koln"}, ["ann", "bob"]),
            ({"region": "N"}, ["ann"]),
            ({"country": "us"}, ["bob"]),
            ({"country": "u"}, []),
            ({"city": "köln", "country": "DE"}, ["ann"]),
            ({"city": "Rom", "country": "US"}, []),
            ({"city": "Rom"}, ["bob"]),
            ({"tag": "VIP"}, ["ann"]),
            ({"tag": "vi"}, []),
            ({"name": "a", "phone": "23", "city": "k", "tag": "vip", "email": "a"}, ["ann"]),
            ({"name": "a", "phone": "23", "city": "k", "tag": "new", "email": "a"}, []),
            ({"name": "%"}, []),
            ({"email": "%"}, []),
            ({"email": "_nn"}, []),
        ],
    )
    def test_contacts_are_found(
        self, storage: Storage, wanted: dict[str, Any], found: list[str]
    ) -> None:
        """Each filter, and several together, find whom they should, sorted by name (OE-2)."""
        koeln = an_address(city="Köln", region="NRW")
        boston = an_address(city="Koln", country="US")
        store(
            storage,
            "contacts",
            a_contact("bob", name="Bob", phone="23", addresses=[an_address(city="Rom"), boston]),
            a_contact(
                "ann",
                name="Ann Müller",
                email="ann@x.example",
                phone="+49 221 123",
                addresses=[koeln],
                tags=["Vip"],
            ),
            a_contact("zoe", name="álvaro"),
        )
        with storage.read() as work:
            assert found == ids(work.contacts.search(ContactFilter(**wanted)).items)

    def test_a_changed_contact_is_found_by_what_it_is_now(self, storage: Storage) -> None:
        """After a change the old name, phone, address and tag find nothing (OE-2)."""
        old = a_contact(name="Ann", phone="1", tags=["vip"], addresses=[an_address(city="Bonn")])
        store(storage, "contacts", old)
        with storage.write() as work:
            work.contacts.save(a_contact(name="Zoë", phone="2", version=1))
            work.commit()

        with storage.read() as work:
            for wanted in ({"name": "ann"}, {"phone": "1"}, {"tag": "vip"}, {"city": "Bonn"}):
                assert () == work.contacts.search(ContactFilter(**wanted)).items
            assert ["ann"] == ids(work.contacts.search(ContactFilter(name="zoe")).items)

    def test_contact_searches_follow_the_definition(self, storage: Storage) -> None:
        """Any search finds those that `ContactFilter.matches`, by folded name and id (OE-2)."""

        @generated
        @given(
            st.lists(
                strategies.contacts(),
                max_size=5,
                unique_by=(lambda c: c.id, lambda c: c.email.casefold() or f"none: {c.id}"),
            ),
            strategies.contact_filters,
            st.integers(1, 3),
        )
        def check(contacts: list[Contact], wanted: ContactFilter, limit: int) -> None:
            with storage.write() as work:
                added = [work.contacts.add(contact) for contact in contacts]
                found = walk(lambda **page: work.contacts.search(wanted, **page), limit)

            expected = filter(wanted.matches, added)
            assert sorted(expected, key=lambda c: (fold(c.name), c.id)) == found

        check()


class ProductsContract(_Contract):
    """The catalogue."""

    def test_skus_are_unique_over_all_products(self, storage: Storage) -> None:
        """A SKU that another product has is AlreadyExists; another case is another SKU."""
        store(storage, "products", a_product("mug", "A", "B"), a_product("pot", "a"))
        with storage.write() as work:
            with pytest.raises(AlreadyExists) as caught:
                work.products.add(a_product("cup", "C", "B"))
            with pytest.raises(AlreadyExists):
                work.products.save(attrs.evolve(a_product("pot", "A"), version=1))
            work.commit()

        assert ("SKU", "B") == (caught.value.field, caught.value.value)
        with storage.read() as work:
            found = [work.products.by_sku(sku).id for sku in ("A", "a", "B")]
        assert ["mug", "pot", "mug"] == found

    def test_a_sku_can_change_hands(self, storage: Storage) -> None:
        """A SKU that a product gives up can be taken by another, in the same work."""
        store(storage, "products", a_product("mug", "A", "B"))
        with storage.write() as work:
            work.products.save(attrs.evolve(a_product("mug", "B", "C"), version=1))
            work.products.add(a_product("pot", "A"))
            work.commit()

        with storage.read() as work:
            found = [work.products.by_sku(sku).id for sku in ("A", "B", "C")]
        assert ["pot", "mug", "mug"] == found

    def test_an_unknown_sku_is_not_found(self, storage: Storage) -> None:
        """by_sku raises NotFound, also for a SKU that is none."""
        with storage.read() as work:
            for sku in ("A", "", " "):
                with pytest.raises(NotFound):
                    work.products.by_sku(sku)

    @pytest.mark.parametrize(
        ("barcode", "found"),
        [
            ("4006381333931", ["cup", "mug"]),
            ("04006381333931", ["cup", "mug"]),  # as a GTIN-14
            ("400638133393", []),
            ("12345678905", ["pot"]),  # as a spreadsheet leaves a UPC-A
            ("0012345678905", ["pot"]),  # as an EAN-13
            ("000123456789050", []),
            ("x-1", ["pin"]),
            ("X-1", []),
            ("x", []),
            ("", []),
            ("0", []),
            ("\0", []),
        ],
    )
    def test_products_are_found_by_barcode(
        self, storage: Storage, barcode: str, found: list[str]
    ) -> None:
        """A barcode finds all products with it, and zeros in front of digits do not matter."""

        def coded(product_id: str, *barcodes: str) -> Product:
            product = a_product(product_id, *(f"{product_id}-{i}" for i in range(len(barcodes))))
            variants = zip(product.variants, barcodes, strict=True)
            return attrs.evolve(
                product, variants=tuple(attrs.evolve(v, barcode=b) for v, b in variants)
            )

        store(
            storage,
            "products",
            coded("pot", "", "012345678905"),
            coded("mug", "4006381333931", "4006381333931"),
            coded("cup", "4006381333931"),
            coded("pin", "x-1"),
            a_product("hat"),
        )
        with storage.read() as work:
            assert found == ids(work.products.by_barcode(barcode).items)
            assert found == ids(walk(partial(work.products.by_barcode, barcode), 1))
            if found:
                assert found == ids(work.products.search(barcode).items)

    def test_a_barcode_follows_its_variant(self, storage: Storage) -> None:
        """A changed barcode finds nothing any more, and the new one does."""
        [mug] = store(storage, "products", a_product("mug"))
        with storage.write() as work:
            for barcode in ("111", "222"):
                variant = attrs.evolve(mug.variants[0], barcode=barcode)
                mug = work.products.save(attrs.evolve(mug, variants=(variant,)))
            work.commit()

        with storage.read() as work:
            assert ([], ["mug"]) == (
                ids(work.products.by_barcode("111").items),
                ids(work.products.by_barcode("222").items),
            )

    def test_many_gives_those_that_exist(self, storage: Storage) -> None:
        """Products asked for by id come by id, as many as are asked for; others are left out."""
        added = store(storage, "products", *(a_product(f"p{i:04}") for i in range(1200)))
        with storage.read() as work:
            assert {} == work.products.many([])
            assert {"p0001": added[1]} == work.products.many(["none", "p0001", "p0001"])
            assert {p.id: p for p in added} == work.products.many(p.id for p in added)

    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("", ["cup", "mug", "pot"]),
            ("bl", ["mug", "pot"]),
            ("BLUE m", ["mug"]),
            ("ug", []),
            ("p-1", ["pot"]),
            ("P-1 x", []),
            ("-", []),
            ("c", ["cup"]),
        ],
    )
    def test_products_are_found(self, storage: Storage, text: str, found: list[str]) -> None:
        """Words find titles, and the whole text finds SKUs, by their beginning (ST-9)."""
        store(
            storage,
            "products",
            a_product("pot", "P-100", "P-200", title="Pot, bleu"),
            a_product("mug", title="Mug (blue)"),
            a_product("cup", "x", title="Café cup", published=False),
        )
        with storage.read() as work:
            assert found == ids(work.products.search(text).items)
            published = [product_id for product_id in found if product_id != "cup"]
            assert published == ids(work.products.search(text, published_only=True).items)

    def test_published_products_are_known(self, storage: Storage) -> None:
        """There is one when a product and a variant of it are both published (OE-1)."""
        product = a_product("mug")
        hidden = tuple(attrs.evolve(v, published=False) for v in product.variants)
        with storage.write() as work:
            assert not work.products.any_published()
            work.products.add(attrs.evolve(product, variants=hidden))
            assert not work.products.any_published()
            work.products.add(a_product("pot", published=False))
            assert not work.products.any_published()
            work.products.save(attrs.evolve(product, version=1))
            assert work.products.any_published()

    def test_product_searches_follow_the_definition(self, storage: Storage) -> None:
        """Any search finds what the port says, by folded title and id (ST-9)."""

        @generated
        @given(
            st.lists(strategies.products(), max_size=4, unique_by=lambda p: p.id),
            strategies.optional_texts,
            st.booleans(),
            st.integers(1, 3),
        )
        def check(products: list[Product], text: str, published: bool, limit: int) -> None:  # noqa: FBT001
            def search(**page: Any) -> Page[Product]:
                return work.products.search(text, published_only=published, **page)

            with storage.write() as work:
                added = [work.products.add(product) for product in products]
                found = walk(search, limit)

            expected = [
                product
                for product in added
                if (product.available or not published)
                and (
                    matches(text, product.title)
                    or any(v.sku.casefold().startswith(text.casefold()) for v in product.variants)
                    or any(v.barcode and same_barcode(text, v.barcode) for v in product.variants)
                )
            ]
            assert sorted(expected, key=lambda p: (fold(p.title), p.id)) == found

        check()


class PromotionsContract(_Contract):
    """The promotions and their redemptions."""

    def test_codes_are_unique_over_all_promotions(self, storage: Storage) -> None:
        """A code that another promotion has, in any case, is AlreadyExists (PR-8)."""
        coded = {"trigger": Trigger.CODE, "codes": ("Spring", "May")}
        store(storage, "promotions", a_promotion("p1", **coded), a_promotion("p2"))
        with storage.write() as work:
            with pytest.raises(AlreadyExists) as caught:
                work.promotions.add(
                    a_promotion("p3", trigger=Trigger.CODE, codes=("June", " may "))
                )
            with pytest.raises(AlreadyExists):
                work.promotions.save(a_promotion("p2", version=1, **coded))
            work.commit()

        assert ("code", "may") == (caught.value.field, caught.value.value)

    def test_a_code_leads_to_its_promotion(self, storage: Storage) -> None:
        """A code is found in any case and spacing; when it is given up, it is free (PR-8)."""
        coded = a_promotion("p1", trigger=Trigger.CODE, codes=("10 Off",))
        store(storage, "promotions", coded)
        with storage.write() as work:
            assert "p1" == work.promotions.by_code(" 10  oFF ").id
            work.promotions.save(attrs.evolve(coded, codes=("20 off",), version=1))
            with pytest.raises(NotFound):
                work.promotions.by_code("10 off")
            work.promotions.add(attrs.evolve(coded, id="p2"))
            assert "p2" == work.promotions.by_code("10 off").id

    @pytest.mark.parametrize("promo_code", ["none", "", " ", "x" * 1000, "\0", "\u202e"])
    def test_an_unknown_code_is_not_found(self, storage: Storage, promo_code: str) -> None:
        """by_code raises NotFound, also for a text that can be no code (OE-17)."""
        with storage.read() as work, pytest.raises(NotFound) as caught:
            work.promotions.by_code(promo_code)

        assert promo_code == caught.value.key

    def test_active_ones_without_code_are_listed(self, storage: Storage) -> None:
        """active() gives automatic and picked promotions that are switched on, by id (PR-8)."""
        store(
            storage,
            "promotions",
            a_promotion("p3"),
            a_promotion("p2", trigger=Trigger.PICKED),
            a_promotion("p1", trigger=Trigger.CODE, codes=("x",)),
            a_promotion("p0", enabled=False),
        )
        with storage.read() as work:
            assert ["p2", "p3"] == ids(work.promotions.active(NOON))
            assert ["p0", "p1", "p2", "p3"] == ids(work.promotions.search().items)
            assert ["p0", "p3"] == sorted(work.promotions.many(["p3", "p0", "p9"]))

    @pytest.mark.parametrize("trigger", [Trigger.AUTOMATIC, Trigger.PICKED])
    def test_active_ones_are_within_their_window(self, storage: Storage, trigger: Trigger) -> None:
        """active() gives those that have begun and not ended, to the microsecond (PR-8, PR-23)."""
        before, after = NOON - SHORTLY, NOON + SHORTLY
        elsewhere = NOON.astimezone(timezone(timedelta(hours=5, minutes=30)))
        windows = {
            "always": (None, None),
            "begins": (NOON, None),
            "began": (before, after),
            "begins elsewhere": (elsewhere, None),
            "ends": (None, NOON),
            "ends elsewhere": (before, elsewhere),
            "ended": (None, before),
            "is to come": (after, None),
            "is to come and go": (after, after + SHORTLY),
            "lasts": (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)),
        }
        store(
            storage,
            "promotions",
            *(
                a_promotion(name, trigger=trigger, starts_at=starts, ends_at=ends)
                for name, (starts, ends) in windows.items()
            ),
        )
        now = ["always", "began", "begins", "begins elsewhere", "lasts"]
        for at in (NOON, elsewhere):
            with storage.read() as work:
                assert now == ids(work.promotions.active(at))

    def test_active_follows_each_change(self, storage: Storage) -> None:
        """A promotion that is prolonged, ended or switched off is, or is not, active at once."""
        store(storage, "promotions", a_promotion("p1"), a_promotion("p2", ends_at=NOON))
        changes: tuple[tuple[str, dict[str, Any], list[str]], ...] = (
            ("p2", {"ends_at": NOON + SHORTLY}, ["p1", "p2"]),
            ("p1", {"ends_at": NOON}, ["p2"]),
            ("p1", {"ends_at": None}, ["p1", "p2"]),
            ("p2", {"enabled": False}, ["p1"]),
            ("p1", {"trigger": Trigger.CODE, "codes": ("X",)}, []),
        )
        for promotion_id, change, active in changes:
            with storage.write() as work:
                old = work.promotions.get(promotion_id)
                work.promotions.save(attrs.evolve(old, **change))
                assert active == ids(work.promotions.active(NOON))
                work.commit()
            with storage.read() as work:
                assert active == ids(work.promotions.active(NOON))

    def test_a_time_without_a_zone_is_refused(self, storage: Storage) -> None:
        """No promotions are active at a time of which nobody knows when it is."""
        with storage.read() as work, pytest.raises(InvalidField):
            work.promotions.active(NOON.replace(tzinfo=None))

    def test_a_draft_outlives_what_it_names(self, storage: Storage) -> None:
        """A draft is kept, changed and listed that names records which there are not (HA-10)."""
        lines = (LineItem(id="l1", product_id="gone", sku="GONE", quantity=2),)
        applied = (AppliedPromotion(promotion_id="gone", promo_code="GONE"),)
        draft = a_draft(contact_id="gone", lines=lines, applied=applied)
        [kept] = store(storage, "drafts", draft)
        with storage.write() as work:
            saved = work.drafts.save(attrs.evolve(kept, next_line=2))
            work.commit()
        with storage.read() as work:
            assert saved == work.drafts.get(draft.id)
            assert (saved,) == work.drafts.search().items
            assert not work.products.many(["gone"])
            assert not work.promotions.many(["gone"])
        with storage.write() as work:
            work.drafts.remove(saved)
            work.commit()

    def test_redemptions_are_counted(self, storage: Storage) -> None:
        """usage() counts the redemptions of placed orders, by anyone and by a contact (PR-12)."""
        bob = a_contact("bob")
        store(
            storage,
            "orders",
            redeeming(an_order("o1"), "sale", "gift"),
            redeeming(an_order("o2"), "sale"),
            redeeming(an_order("o3", contact=bob), "sale"),
        )
        with storage.read() as work:
            usage = work.promotions.usage(["sale", "gift", "none"], "bob")

        assert Usage(total=3, by_contact=1) == usage["sale"]
        assert Usage(total=1, by_contact=0) == usage["gift"]
        assert Usage() == usage["none"]

    def test_uses_of_a_code_are_counted(self, storage: Storage) -> None:
        """usage() counts how often a code was used for its promotion, in any case (PR-12)."""
        store(
            storage,
            "orders",
            redeeming(an_order("o1"), "sale", promo_code="One-1"),
            redeeming(an_order("o2"), "sale", promo_code="ONE-1"),
            redeeming(an_order("o3"), "sale", promo_code="ONE-2"),
            redeeming(an_order("o4"), "gift", promo_code="ONE-1"),  # which had the code before
            redeeming(an_order("o5"), "sale"),
        )
        with storage.read() as work:

            def uses(**codes: str) -> list[int]:
                usage = work.promotions.usage(["sale", "gift", "none"], "bob", codes)
                return [usage[each].by_code for each in ("sale", "gift", "none")]

            assert [2, 1, 0] == uses(sale=" one-1 ", gift="ONE-1", none="ONE-1")
            assert [1, 0, 0] == uses(sale="one-2", gift="one-2")
            assert [0, 0, 0] == uses(sale="ONE-3", other="ONE-1")
            assert [0, 0, 0] == uses(sale="") == uses(sale="x" * 101) == uses()

    def test_discounts_are_summed(self, storage: Storage) -> None:
        """usage() sums what a promotion gave, for each currency, by anyone (PR-12, ST-4)."""
        yen = {"currency": "JPY", "contact": a_contact("bob")}
        store(
            storage,
            "orders",
            redeeming(an_order("o1"), "sale", "gift", discount=Money("2.50", "USD")),
            redeeming(an_order("o2"), "sale", discount=Money("0.75", "USD")),
            redeeming(an_order("o3", **yen), "sale", discount=Money(300, "JPY")),
            redeeming(an_order("o4"), "gift", discount=Money(0, "EUR")),
            redeeming(an_order("o5"), "gift"),  # from a time when this was not recorded
        )
        with storage.read() as work:
            usage = work.promotions.usage(["sale", "gift", "none"], "bob")

        in_both = (Money(300, "JPY"), Money("3.25", "USD"))
        assert Usage(total=3, by_contact=1, discounts=in_both) == usage["sale"]
        gifts = (Money(0, "EUR"), Money("2.50", "USD"))
        assert Usage(total=3, discounts=gifts) == usage["gift"]
        assert Usage() == usage["none"]

    def test_the_largest_discounts_are_summed(self, storage: Storage) -> None:
        """Discounts of 10^15 minor units add up exactly, past what a float holds (PR-12, ST-4)."""
        most = Money("9999999999999.99", "USD")
        store(
            storage,
            "orders",
            *(redeeming(an_order(f"o{i}"), "sale", discount=most) for i in range(30)),
        )
        with storage.read() as work:
            usage = work.promotions.usage(["sale"], "bob")["sale"]

        assert (Money("299999999999999.70", "USD"),) == usage.discounts

    @pytest.mark.parametrize(
        ("left", "is_left"),
        [
            ("two of all", lambda usage: usage.total < 2),
            ("two of the contact's", lambda usage: usage.by_contact < 2),
            ("two of the code's", lambda usage: usage.by_code < 2),
            (
                "10.00 USD of the budget",
                lambda usage: sum(m.amount for m in usage.discounts) + 4 <= 10,
            ),
        ],
    )
    def test_who_races_for_the_last_of_a_limit(
        self, storage: Storage, left: str, is_left: Callable[[Usage], bool]
    ) -> None:
        """Of six writers that each want a redemption of 4.00 USD, two get one (ST-6, PR-12)."""
        self.need_concurrent_writers()
        together = threading.Barrier(6)

        def place(i: int) -> bool:
            together.wait()
            with storage.write() as work:
                if not is_left(work.promotions.usage(["sale"], "ann", {"sale": "SALE"})["sale"]):
                    return False
                four = Money(4, "USD")
                order = redeeming(an_order(f"o{i}"), "sale", promo_code="Sale", discount=four)
                work.orders.add(order)
                work.commit()
            return True

        with ThreadPoolExecutor(6) as pool:
            placed = list(pool.map(place, range(6)))

        assert 2 == sum(placed), left
        with storage.read() as work:
            usage = work.promotions.usage(["sale"], "ann", {"sale": "SALE"})["sale"]
        eight = (Money(8, "USD"),)
        assert Usage(total=2, by_contact=2, by_code=2, discounts=eight) == usage

    def test_cancelling_gives_redemptions_back(self, storage: Storage) -> None:
        """An order saved without its redemptions counts for no limit any more (OE-21)."""
        with_discount = redeeming(an_order(), "sale", promo_code="SALE", discount=Money(4, "USD"))
        [order] = store(storage, "orders", with_discount)
        with storage.write() as work:
            work.orders.save(order.cancelled(at=NOON, actor="kim"))
            work.commit()

        with storage.read() as work:
            assert Usage() == work.promotions.usage(["sale"], "ann", {"sale": "SALE"})["sale"]
            assert OrderStatus.CANCELLED is work.orders.get("o1").status


# Names in sixteen scripts, and what somebody types to find each of them and no other.
NAMES: dict[str, tuple[str, str]] = {
    "Arabic": ("فاطِمة الزهراء", "فاطمة"),
    "Armenian": ("Արամ Խաչատրյան", "արամ"),
    "Bengali": ("রবীন্দ্রনাথ ঠাকুর", "রবীন্দ্র"),
    "Cyrillic": ("Фёдор Достоевский", "федор"),
    "Devanagari": ("राम शर्मा", "राम"),
    "Devanagari, too": ("मोहन राव", "मोहन"),
    "Georgian": ("ნინო ბერიძე", "ბერ"),
    "Greek": ("Οδυσσέας Παπαδόπουλος", "ΟΔΥΣΣΕΑΣ"),
    "Han": ("山田 太郎", "山"),
    "Hangul": ("김 민준", "민준"),
    "Hebrew": ("דָּוִד כהן", "דוד"),
    "Hiragana": ("やまだ はなこ", "はなこ"),
    "Katakana": ("ガリレオ ビール", "ｶﾞﾘ"),
    "Latin": ("Jürgen O’Brien", "obrien"),
    "Tamil": ("கமலா தேவி", "கமலா"),
    "Telugu": ("వెంకట రావు", "వెంకట"),
    "Thai": ("สมชาย ใจดี", "สมชาย"),
    "Turkish": ("İLKER IŞIK", "ılker ısık"),
}

# What is stored, and what is typed to find it.
SPELLINGS = [
    ("Müller", "Mueller"),
    ("Mueller", "Müller"),
    ("Mueller", "MULLER"),
    ("Sørensen", "Soerensen"),
    ("Soerensen", "Sørensen"),
    ("Söderberg", "Soederb"),
    ("Jäger", "Jaeger"),
    ("Jaeger", "Jäg"),
    ("Håkon", "Haakon"),
    ("Haakon", "Håkon"),
    ("Straße", "STRASSE"),
    ("Conan O'Brien", "obrien"),
    ("Conan O'Brien", "o’brien"),
    ("Conan O\u2019Brien", "O'Bri"),
    ("Conan O'Brien", "brien"),
    ("OBrien", "O'Brien"),
    ("Ann\u2010Kathrin", "ann-kathrin"),
    ("Zoe\u0308", "Zo\u00eb"),
    ("Ａｎｎ", "ann"),
    ("Ann\u200b Lee", "ann lee"),
    ("Route ٦٦", "66"),
]

# A number as it is stored, and as it is asked for.
PHONES = [
    ("+44 (0)20 7946 0018", "+44 20 7946 0018"),
    ("020 7946 0018", "+44 20 7946 0018"),
    ("+44 20 7946 0018", "(020) 7946 0018"),
    ("+44 20 7946 0018", "0044 20 7946 0018"),
    ("(303) 555-0147", "+1 303 555 0147"),
    ("303-555-0147 ext. 12", "303-555-0147"),
    ("303-555-0147x12", "+1 303-555-0147"),
    ("303-555-0147 / 303-555-0199", "303-555-0147"),
    ("303-555-0147 / 303-555-0199", "+1 303 555 0199"),
    ("030/901820", "+49 30 901820"),
    ("０３－１２３４－５６７８", "03-1234-5678"),
    ("٠٥٠١٢٣٤٥٦٧", "0501234567"),
    ("0501234567", "٠٥٠١٢٣٤٥٦٧"),
    ("\u202a+1 303 555 0147\u202c", "303 555 0147"),
    ("303 555 0147", "0147"),
    ("+39 06 1234 5678", "06 1234 5678"),
]

# What leaves nothing to look for.
NOTHING = ["***", "n/a", "\u200b", "\u0301", "🌸", "0", "…", "\u3164", "- -"]


class TextsContract(_Contract):
    """Texts as people write them: the same answers from every storage (OE-27 to OE-31)."""

    @pytest.mark.parametrize("script", NAMES)
    def test_names_in_all_scripts_are_found(self, storage: Storage, script: str) -> None:
        """The beginning of a word of a name finds it and no other, in contacts, titles, orders."""
        places = {name: f"c{place}" for place, name in enumerate(NAMES)}
        named = [a_contact(i, name=NAMES[name][0]) for name, i in places.items()]
        store(storage, "contacts", *named)
        store(storage, "products", *(a_product(each.id, title=each.name) for each in named))
        for each in named:
            order = an_order(f"o{each.id}", number=each.id, contact=each)
            store(storage, "orders", order)
        typed = NAMES[script][1]
        with storage.read() as work:
            assert [places[script]] == ids(work.contacts.search(ContactFilter(name=typed)).items)
            assert [places[script]] == ids(work.contacts.search(ContactFilter(text=typed)).items)
            assert [places[script]] == ids(work.products.search(typed).items)
            orders = work.orders.search(OrderFilter(contact=typed)).items
            assert [places[script]] == [order.number for order in orders]

    @pytest.mark.parametrize(("name", "typed"), SPELLINGS)
    def test_other_spellings_are_found(self, storage: Storage, name: str, typed: str) -> None:
        """Letters that are spelled otherwise, apostrophes and widths do not hide a name (OE-27)."""
        store(storage, "contacts", a_contact(name=name), a_contact("bob", name="Bob Sand"))
        store(storage, "products", a_product("mug", title=name), a_product("pot", title="Pot"))
        with storage.read() as work:
            assert ["ann"] == ids(work.contacts.search(ContactFilter(name=typed)).items)
            assert ["mug"] == ids(work.products.search(typed).items)

    @pytest.mark.parametrize(("phone", "asked"), PHONES)
    def test_phone_numbers_are_found(self, storage: Storage, phone: str, asked: str) -> None:
        """A number is found with or without country code, in any script and form (OE-29)."""
        there = an_address(phone=phone)
        ann, bob = a_contact(phone=phone), a_contact("bob", phone="+1 719 555 0100")
        store(storage, "contacts", ann, bob, a_contact("zoe", addresses=[there]))
        store(
            storage,
            "orders",
            an_order("o1", contact=ann),
            an_order("o2", contact=bob),
            an_order("o3", contact=attrs.evolve(bob, addresses=(there,))),
        )
        with storage.read() as work:
            for wanted in (ContactFilter(phone=asked), ContactFilter(text=asked)):
                assert {"ann", "zoe"} == set(ids(work.contacts.search(wanted).items))
            assert {"o1", "o3"} == set(ids(work.orders.search(OrderFilter(phone=asked)).items))

    @pytest.mark.parametrize("text", NOTHING)
    def test_what_leaves_nothing_finds_nothing(self, storage: Storage, text: str) -> None:
        """A filter of which nothing is left matches no record, and never all of them (OE-28)."""
        home = an_address()
        contact = a_contact(name="Bob", phone="303 555 0147", email="b@x.org", addresses=[home])
        store(storage, "contacts", contact)
        store(storage, "products", a_product("mug"))
        store(storage, "orders", redeeming(an_order(contact=contact), "s", promo_code="SPRING"))
        with storage.read() as work:
            for name in attrs.fields_dict(ContactFilter).keys() - {"phone_country"}:
                assert () == work.contacts.search(ContactFilter(**{name: text})).items, name
            for name in ("number", "contact", "recipient", "address", "email", "phone", "sku"):
                sought: dict[str, Any] = {name: text}
                assert () == work.orders.search(OrderFilter(**sought)).items, name
            assert () == work.orders.search(OrderFilter(promo_code=text)).items
            assert () == work.products.search(text).items

    @pytest.mark.parametrize("number", [9, 10, 12, 20, MOST_WORDS])
    def test_many_words_are_found(self, storage: Storage, number: int) -> None:
        """A search of many words finds the same in every storage, up to a stated most (OE-28)."""
        words = [f"w{place:02}" for place in range(number)]
        text = " ".join(words)
        ann = a_contact(name=text)
        store(storage, "contacts", ann, a_contact("bob", name=" ".join(words[1:])))
        store(storage, "products", a_product("mug", title=text), a_product("pot", title="w00"))
        order = an_order(contact=attrs.evolve(ann, addresses=(an_address(line1=text),)))
        store(storage, "orders", order, an_order("o2"))
        backwards = " ".join(reversed(words))
        with storage.read() as work:
            for wanted in (ContactFilter(name=backwards), ContactFilter(text=backwards)):
                assert ["ann"] == ids(work.contacts.search(wanted).items)
            assert ["mug"] == ids(work.products.search(backwards).items)
            for name in ("contact", "address"):
                sought: dict[str, Any] = {name: backwards}
                found = work.orders.search(OrderFilter(**sought))
                assert ["o1"] == ids(found.items)

    def test_too_many_words_are_refused(self, storage: Storage) -> None:
        """More words than are looked for are an error that says how many are (OE-28)."""
        text = " ".join(f"w{place}" for place in range(MOST_WORDS + 1))
        with storage.read() as work:
            searches: tuple[Callable[[], object], ...] = (
                lambda: work.products.search(text),
                lambda: work.contacts.search(ContactFilter(name=text)),
                lambda: work.contacts.search(ContactFilter(text=text)),
                lambda: work.orders.search(OrderFilter(contact=text)),
                lambda: work.orders.search(OrderFilter(recipient=text)),
                lambda: work.orders.search(OrderFilter(address=text)),
                lambda: work.products.search("\ufdfa " * 12),  # 18 letters, 4 words each
            )
            for search in searches[:-1]:
                with pytest.raises(TooManyWords, match=f"{MOST_WORDS + 1}.*{MOST_WORDS}"):
                    search()
            assert searches[-1]()  # but the same four, again and again

    @pytest.mark.parametrize(
        ("code", "typed"),
        [
            ("SAVE10", "ＳＡＶＥ１０"),
            ("SAVE10", "save10\u200b"),
            ("SAVE10", "\u202asave10\u202c"),
            ("MUM'S", "mum’s"),
            ("CAF\u00c910", "cafe\u030110"),
            ("İNDİRİM", "indirim"),
            ("İNDİRİM", "INDIRIM"),
            ("TEN-OFF", "ten\u2013off"),
            ("ΣΑΣ", "σας"),
            ("5\u212a", "5k"),
        ],
    )
    def test_codes_are_what_they_look_like(self, storage: Storage, code: str, typed: str) -> None:
        """A code is found however it is typed, and another one cannot look the same (OE-27)."""
        coded = a_promotion("p1", trigger=Trigger.CODE, codes=(code,))
        store(storage, "promotions", coded)
        with storage.write() as work:
            assert coded.codes == work.promotions.by_code(typed).codes
            with pytest.raises(AlreadyExists):
                work.promotions.add(attrs.evolve(coded, id="p2", codes=(typed,)))

    @pytest.mark.parametrize(
        ("typed", "found"),
        [
            ("ann", ["ann", "zoe"]),
            ("müller", ["ann"]),
            ("ANN.LEE@", ["zoe"]),
            ("ann.lee@x.example", ["zoe"]),
            ("x.example", []),
            ("555 0147", ["ann", "zoe"]),
            ("+1 303 555 0147", ["ann", "zoe"]),
            ("0147", ["ann", "zoe"]),
            ("(303) 555-0147 ext. 12", ["ann", "zoe"]),
            ("719 555 0100 or +1 303 555 0147", ["ann", "bob", "zoe"]),
            ("147", ["bob"]),
            ("ann 0147", []),
            ("", ["ann", "bob", "zoe"]),
        ],
    )
    def test_one_field_finds_by_name_email_and_phone(
        self, storage: Storage, typed: str, found: list[str]
    ) -> None:
        """What is typed into one field is a name, an e-mail or a phone number (OE-31)."""
        store(
            storage,
            "contacts",
            a_contact(name="Ann Mueller", phone="303 555 0147"),
            a_contact("bob", name="Bob 1470147", phone="719 555 0100"),
            a_contact("zoe", name="Zoë", email="Ann.Lee@x.example", phone="+13035550147"),
        )
        with storage.read() as work:
            search = partial(work.contacts.search, ContactFilter(text=typed))
            assert found == ids(walk(search, 1))

    @pytest.mark.parametrize(
        ("wanted", "found"),
        [
            ({"number": "#1001"}, ["o1"]),
            ({"number": " 1001"}, ["o1"]),
            ({"number": "＃１００１"}, ["o1"]),
            ({"number": "# 100"}, ["o2", "o1"]),
            ({"email": "ANN@"}, ["o1"]),
            ({"email": "nn@"}, []),
            ({"recipient": "zoe"}, ["o1"]),
            ({"recipient": "acme inc"}, ["o1"]),
            ({"recipient": "ann"}, ["o1"]),  # nobody else was named at the second address
            ({"recipient": "bob"}, []),  # it goes nowhere
            ({"address": "SW1A"}, ["o1"]),
            ({"address": "10 downing"}, ["o1"]),
            ({"address": "muenchen"}, ["o1"]),
            ({"address": "Hauptstrasse"}, ["o2"]),  # the primary one of the contact
            ({"address": "london hauptstr"}, []),
            ({"phone": "7946 0018"}, ["o1"]),
            ({"email": "ann@", "address": "london", "recipient": "zo", "number": "#"}, []),
            ({"email": "ann@", "address": "london", "recipient": "zo"}, ["o1"]),
        ],
    )
    def test_orders_are_found_by_what_people_say(
        self, storage: Storage, wanted: dict[str, Any], found: list[str]
    ) -> None:
        """E-mail, phone, recipient, any part of an address, "#1001" find orders (OE-20, HA-11)."""
        london = an_address(
            name="Zoë", company="ACME Inc.", line1="10 Downing St", city="London",
            postal_code="SW1A 2AA", country="GB", phone="020 7946 0018",
        )  # fmt: skip
        munich = an_address(line1="1 Weg", city="München", country="DE")
        home = an_address(line1="5 Hauptstraße", city="Wien", country="AT")
        ann = a_contact("ann", name="Ann Lee", email="ann@x.example")
        bob = a_contact("bob", name="Bob", email="bob@x.example", addresses=[home])
        speed = ShippingSpeed(code="post", name="Post", price=Money(0, "USD"))

        def to(address: Address) -> OrderShipment:
            return OrderShipment(id=address.city, address=address, lines=(), speed=speed)

        store(
            storage,
            "orders",
            an_order("o1", number="1001", contact=ann, shipments=(to(london), to(munich))),
            an_order("o2", number="1002", contact=bob),
        )
        with storage.read() as work:
            assert found == ids(work.orders.search(OrderFilter(**wanted)).items)
            assert found == ids(work.orders.summaries(OrderFilter(**wanted)).items)


class DraftsContract(_Contract):
    """The drafts."""

    def test_a_removed_draft_is_gone(self, storage: Storage) -> None:
        """A draft that was removed is neither found nor listed, and its id is free (OE-22)."""
        [draft] = store(storage, "drafts", a_draft())
        with storage.write() as work:
            work.drafts.remove(draft)
            with pytest.raises(NotFound):
                work.drafts.get("d1")
            with pytest.raises(NotFound):
                work.drafts.remove(draft)
            with pytest.raises(NotFound):
                work.drafts.save(draft)
            assert () == work.drafts.search().items
            work.drafts.add(draft)

    def test_a_stale_draft_is_not_removed(self, storage: Storage) -> None:
        """Removing an old version is StaleDraft, and the draft stays (OE-22)."""
        [old] = store(storage, "drafts", a_draft())
        with storage.write() as work:
            new = work.drafts.save(old)
            with pytest.raises(StaleDraft) as caught:
                work.drafts.remove(old)
            work.commit()

        assert (1, 2) == (caught.value.given_version, caught.value.current_version)
        assert new == stored(storage, "drafts", "d1")

    @pytest.mark.parametrize(
        ("wanted", "found"),
        [
            ({}, ["d4", "d3", "d2", "d1"]),
            ({"contact_id": "ann"}, ["d4", "d1"]),
            ({"actor": "sam"}, ["d2", "d1"]),
            ({"actor": "ＳＡＭ"}, ["d2", "d1"]),
            ({"contact_id": "ann", "actor": "Kim"}, ["d4"]),
            ({"contact_id": "an"}, []),
            ({"actor": "sa"}, []),
            ({"actor": "\u200b"}, []),
        ],
    )
    def test_drafts_are_found(
        self, storage: Storage, wanted: dict[str, Any], found: list[str]
    ) -> None:
        """Drafts are listed by contact and by who began them, page by page (OE-22, OE-28)."""
        whose = {"d1": ("ann", "Sam"), "d2": ("bob", "sam"), "d3": ("bob", "Kim")}
        whose["d4"] = ("ann", "Kim")
        store(
            storage,
            "drafts",
            *(
                a_draft(i, contact_id=contact, created_by=by, updated_at=NOON + place * HOUR)
                for place, (i, (contact, by)) in enumerate(whose.items())
            ),
        )
        with storage.read() as work:
            assert found == ids(walk(partial(work.drafts.search, **wanted), 1))

    def test_times_need_a_zone(self, storage: Storage) -> None:
        """A time that could be any instant is InvalidField, and is not stored (ST-4)."""
        with storage.write() as work:
            with pytest.raises(InvalidField):
                work.drafts.add(a_draft(updated_at=NOON.replace(tzinfo=None)))
            work.commit()

        with pytest.raises(NotFound):
            stored(storage, "drafts", "d1")

    def test_the_last_changed_comes_first(self, storage: Storage) -> None:
        """Drafts are listed by the time of their change, and by id where it is one (OE-22)."""
        times = {"d1": NOON, "d2": NOON + HOUR, "d3": NOON - HOUR, "d4": NOON}
        store(storage, "drafts", *(a_draft(i, updated_at=at) for i, at in times.items()))
        with storage.read() as work:
            assert ["d2", "d4", "d1", "d3"] == ids(walk(work.drafts.search, 1))


class OrdersContract(_Contract):
    """The placed orders."""

    @pytest.mark.parametrize(
        ("field", "name"),
        [("number", "number"), ("draft_id", "draft"), ("idempotency_key", "idempotency key")],
    )
    def test_keys_are_unique(self, storage: Storage, field: str, name: str) -> None:
        """A number, a draft or an idempotency key makes one order only (ST-5, ST-7)."""
        [first] = store(storage, "orders", an_order("o1"))
        taken = getattr(first, field)
        with pytest.raises(AlreadyExists) as caught:
            store(storage, "orders", an_order("o2", **{field: taken}))

        assert (name, taken) == (caught.value.field, caught.value.value)
        with pytest.raises(NotFound):
            stored(storage, "orders", "o2")

    def test_numbers_rise_from_1001(self, storage: Storage) -> None:
        """The first order number is 1001; the next ones follow, used or not."""
        with storage.write() as work:
            taken = [work.orders.next_number() for _ in range(3)]
            work.commit()
        with storage.write() as work:
            work.orders.next_number()
        with storage.write() as work:
            taken.append(work.orders.next_number())

        assert ["1001", "1002", "1003", "1004"] == taken

    @pytest.mark.parametrize(
        ("number", "following"),
        [("1001", "1002"), ("7", "1001"), ("20000", "20001"), ("R-9999", "1001"), ("٩٩٩٩", "1001")],
    )
    def test_numbers_from_elsewhere_are_not_given_again(
        self, storage: Storage, number: str, following: str
    ) -> None:
        """next_number() gives none that an order has, wherever its number came from."""
        store(storage, "orders", an_order(number=number))
        with storage.write() as work:
            assert following == work.orders.next_number()
        with storage.write() as work:
            work.orders.restore([an_order("o2", number=f"{number}1", version=1)])
            counts = number.isascii() and number.isdecimal()
            assert str(max(1001, int(f"{number}1") + 1) if counts else 1001) == (
                work.orders.next_number()
            )

    def test_numbers_can_be_reserved(self, storage: Storage) -> None:
        """After numbers were reserved the next one is larger; fewer change nothing (ST-12)."""
        with storage.write() as work:
            assert 1000 == work.orders.last_number()
            work.orders.reserve_numbers(2000)
            work.orders.reserve_numbers(1500)
            work.commit()
        with storage.read() as work:
            assert 2000 == work.orders.last_number()
            with pytest.raises(StorageError):
                work.orders.reserve_numbers(3000)
        with storage.write() as work:
            assert ("2001", 2001) == (work.orders.next_number(), work.orders.last_number())

    def test_the_last_number(self, storage: Storage) -> None:
        """No number is given out that an export could not be read back with (ST-12)."""
        with storage.write() as work:
            work.orders.reserve_numbers(10**18 - 2)
            assert str(10**18 - 1) == work.orders.next_number()
            work.commit()
        with storage.write() as work:
            with pytest.raises(StorageUnavailable, match="no order number"):
                work.orders.next_number()
            work.commit()
        with storage.read() as work:
            assert 10**18 - 1 == work.orders.last_number()

    def test_saving_at_the_largest_version(self, storage: Storage) -> None:
        """A version that no stored record can have is out of date, however large (ST-8)."""
        with storage.write() as work:
            stored = work.contacts.add(a_contact("ann"))
            with pytest.raises(Conflict):
                work.contacts.save(attrs.evolve(stored, version=2**63 - 1))
            assert stored == work.contacts.get("ann")

    @pytest.mark.parametrize("number", [-1, 10**18, 1.0, True, "2000", None])
    def test_numbers_that_cannot_be_reserved(self, storage: Storage, number: Any) -> None:
        """What is no whole number, or more than can ever be counted to, is InvalidField."""
        with storage.write() as work:
            with pytest.raises(InvalidField):
                work.orders.reserve_numbers(number)
            assert "1001" == work.orders.next_number()

    def test_orders_are_found_by_their_keys(self, storage: Storage) -> None:
        """An order is found by number, by draft and by idempotency key (ST-7)."""
        [order] = store(storage, "orders", an_order())
        with storage.read() as work:
            assert order == work.orders.by_number("5001")
            assert order == work.orders.by_draft("draft of o1")
            assert order == work.orders.by_idempotency_key("key of o1")
            assert None is work.orders.by_draft("d1")
            assert None is work.orders.by_idempotency_key("KEY of o1")
            with pytest.raises(NotFound) as caught:
                work.orders.by_number("500")

        assert ("order", "500") == (caught.value.kind, caught.value.key)

    def test_a_changed_order_is_stored_whole(self, storage: Storage) -> None:
        """Status and history of a saved order are the new ones, and it is found by them (OE-20)."""
        [order] = store(storage, "orders", redeeming(an_order(), "sale"))
        with storage.write() as work:
            saved = work.orders.save(order.with_note("called", at=NOON, actor="kim"))
            work.orders.save(attrs.evolve(saved, status=OrderStatus.COMPLETE))
            work.commit()

        with storage.read() as work:
            processing = OrderFilter(status=OrderStatus.PROCESSING)
            assert () == work.orders.search(processing).items
            assert "called" == work.orders.get("o1").history[0].note
            assert Usage(total=1) == work.promotions.usage(["sale"], "bob")["sale"]

    def test_orders_of_a_contact_are_counted(self, storage: Storage) -> None:
        """Cancelled orders, and those of others, do not count for a contact (PR-9)."""
        store(
            storage,
            "orders",
            an_order("o1"),
            an_order("o2", status=OrderStatus.COMPLETE),
            an_order("o3", status=OrderStatus.CANCELLED),
            an_order("o4", contact=a_contact("bob")),
        )
        with storage.read() as work:
            counts = [work.orders.placed_by_contact(each) for each in ("ann", "bob", "zoe")]

        assert [2, 1, 0] == counts

    def test_the_newest_order_comes_first(self, storage: Storage) -> None:
        """Orders are listed by time, those of one instant by number as a number (OE-20)."""
        store(
            storage,
            "orders",
            an_order("o1", number="999"),
            an_order("o2", number="1000"),
            an_order("o3", number="1", placed_at=NOON + HOUR),
            an_order("o4", number="5000", placed_at=NOON - HOUR),
        )
        with storage.read() as work:
            listed = walk(lambda **page: work.orders.search(OrderFilter(), **page), 1)

        assert ["o3", "o2", "o1", "o4"] == ids(listed)

    @pytest.mark.parametrize(
        ("wanted", "found"),
        [
            ({}, ["o3", "o2", "o1"]),
            ({"number": "500"}, ["o2", "o1"]),
            ({"number": "5001"}, ["o1"]),
            ({"number": "01"}, []),
            ({"contact": "MÜL"}, ["o1"]),
            ({"contact": "uller"}, []),
            ({"contact_id": "bob"}, ["o3", "o2"]),
            ({"placed_by": "ＳＡＭ"}, ["o3", "o2"]),
            ({"placed_by": "sam", "status": OrderStatus.CANCELLED}, ["o2"]),
            ({"placed_by": "Kim", "contact": "ann"}, ["o1"]),
            ({"placed_by": "sa"}, []),
            ({"placed_by": "\u200b"}, []),
            ({"status": OrderStatus.CANCELLED}, ["o2"]),
            ({"placed_from": NOON}, ["o3", "o2"]),
            ({"placed_before": NOON}, ["o1"]),
            ({"placed_from": NOON, "placed_before": NOON + HOUR}, ["o2"]),
            ({"total_min": Money(20, "USD")}, ["o2"]),
            ({"total_max": Money("19.99", "USD")}, ["o1"]),
            ({"total_min": Money(10, "USD"), "total_max": Money(20, "USD")}, ["o2", "o1"]),
            ({"total_min": Money(30, "JPY")}, ["o3"]),
            ({"total_min": Money(0, "EUR")}, []),
            ({"total_min": Money(0, "USD"), "total_max": Money(99, "JPY")}, []),
            ({"promo_code": "SPRING  10"}, ["o1"]),
            ({"promo_code": "spring"}, []),
            ({"sku": "mug"}, ["o2", "o1"]),
            ({"sku": "MUG"}, []),
            ({"sku": "mug", "status": OrderStatus.PROCESSING, "contact": "a"}, ["o1"]),
            ({"sku": "mug", "status": OrderStatus.PROCESSING, "contact": "b"}, []),
            ({"number": "5", "placed_from": NOON, "total_min": Money(1, "USD")}, ["o2"]),
        ],
    )
    def test_orders_are_found(
        self, storage: Storage, wanted: dict[str, Any], found: list[str]
    ) -> None:
        """Each filter, and several together, find the orders they should (OE-20)."""
        bob = a_contact("bob", name="Bob")
        first = an_order(placed_at=NOON - HOUR, contact=a_contact(name="Ann Müller"))
        store(
            storage,
            "orders",
            redeeming(first, "sale", promo_code="Spring 10"),
            an_order(
                "o2", contact=bob, status=OrderStatus.CANCELLED, total=20, placed_by="Sam"
            ),
            an_order(
                "o3", number="6003", contact=bob, sku="pot", placed_at=NOON + HOUR, total=30,
                currency="JPY", placed_by="sam",
            ),
        )  # fmt: skip
        with storage.read() as work:
            assert found == ids(work.orders.search(OrderFilter(**wanted)).items)

    def test_totals_of_any_size_are_kept(self, storage: Storage) -> None:
        """A total past what a database counts with comes back, and is above each bound (ST-4)."""
        largest = Money("9999999999999.99", "USD")
        many = CartLine(id="1", sku="mug", quantity=1_000_000, unit_price=largest)
        huge = price(Cart(currency="USD", lines=(many, attrs.evolve(many, id="2"))), at=NOON)
        store(storage, "orders", an_order("o1", quote=huge), an_order("o2", total=largest.amount))
        with storage.read() as work:
            above = work.orders.search(OrderFilter(total_min=largest)).items
            below = work.orders.search(OrderFilter(total_max=largest)).items
            [_, shown] = work.orders.summaries(OrderFilter(total_min=largest)).items

        assert ["o2", "o1"] == ids(above)
        assert ["o2"] == ids(below)
        assert "19999999999999980000.00" == f"{above[1].total.amount:f}"
        assert above[1].total == shown.total

    def test_summaries_page_like_the_search(self, storage: Storage) -> None:
        """A summary says what lists show, and its pages go on as those of the search do (OE-20)."""
        people = a_contact("ann"), a_contact("bob", name="Bob Müller")
        done = OrderStatus.COMPLETE
        store(
            storage,
            "orders",
            an_order("o1", contact=people[0], total=12),
            an_order("o2", contact=people[1], total="7.50", status=done),
            an_order("o3", contact=people[1], placed_at=NOON - HOUR, currency="JPY", total=900),
        )
        with storage.read() as work:
            searched = work.orders.search(OrderFilter(), limit=2)
            first = work.orders.summaries(OrderFilter(), limit=2)
            [last] = work.orders.summaries(OrderFilter(), page=searched.next_page, limit=2).items

        assert searched.next_page == first.next_page
        assert ["o2", "o1"] == ids(first.items)
        [second, _] = first.items
        assert ("Bob Müller", Money("7.50", "USD"), done) == (
            second.contact.name,
            second.total,
            second.status,
        )
        assert (people[1], Money(900, "JPY"), NOON - HOUR, 1) == (
            last.contact,
            last.total,
            last.placed_at,
            last.version,
        )

    def test_order_searches_follow_the_definition(self, storage: Storage) -> None:
        """Any search, summaries too, finds what `OrderFilter.matches`, newest first (OE-20)."""
        people = st.sampled_from(["ann", "bob"])

        @generated
        @given(
            st.lists(
                strategies.orders(people=strategies.contacts(people)),
                max_size=4,
                unique_by=(lambda o: o.id, lambda o: o.number),
            ),
            strategies.order_filters(contact_ids=people),
            st.integers(1, 3),
        )
        def check(orders: list[Order], wanted: OrderFilter, limit: int) -> None:
            with storage.write() as work:
                added = [work.orders.add(order) for order in orders]
                found = walk(lambda **page: work.orders.search(wanted, **page), limit)
                shown = walk(lambda **page: work.orders.summaries(wanted, **page), limit)

            expected = sorted(filter(wanted.matches, added), key=age, reverse=True)
            assert expected == found
            assert list(map(OrderSummary.of, expected)) == shown

        def age(order: Order) -> tuple[datetime, int]:
            return order.placed_at, int(order.number)

        check()


class StorageContract(
    TransactionContract,
    FaultsContract,
    RecordContract,
    PagingContract,
    ContactsContract,
    ProductsContract,
    PromotionsContract,
    TextsContract,
    DraftsContract,
    OrdersContract,
):
    """All of the contract."""
