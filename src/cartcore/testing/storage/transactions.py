"""Units of work, as every storage has to do them."""

import threading
from concurrent.futures import ThreadPoolExecutor

import attrs
import pytest

from cartcore.errors import AlreadyExists, NotFound, StorageError
from cartcore.promotions.promotion import Usage
from cartcore.shop.contact import ContactFilter
from cartcore.storage.ports import Storage
from cartcore.testing.records import a_contact, a_draft, a_product, an_order, redeeming
from cartcore.testing.storage.contract import Contract, changes
from cartcore.testing.storage.kinds import KINDS, each_kind, ids, stored


class TransactionContract(Contract):
    """Units of work: all or nothing, one writer at a time, a still picture for readers."""

    @each_kind
    @changes("kind", undone=True)
    def test_uncommitted_work_is_lost(self, storage: Storage, kind: str) -> None:
        """Leaving a unit of work without commit() stores nothing (ST-1)."""
        record, _ = KINDS[kind]
        with storage.write() as work:
            getattr(work, kind).add(record("r1"))

        with pytest.raises(NotFound):
            stored(storage, kind, "r1")

    @changes("contacts", undone=True)
    def test_errors_undo_the_work_and_pass_unchanged(self, storage: Storage) -> None:
        """An error in the body of `with` leaves it as it was raised, and stores nothing (ST-1)."""
        error = KeyError("of the caller")
        with pytest.raises(KeyError) as caught, storage.write() as work:
            work.contacts.add(a_contact())
            raise error

        assert error is caught.value
        with pytest.raises(NotFound):
            stored(storage, "contacts", "ann")

    @changes(*KINDS)
    def test_a_commit_stores_all_changes(self, storage: Storage) -> None:
        """commit() stores everything that was changed, of every kind (ST-1)."""
        with storage.write() as work:
            for kind, (record, _) in KINDS.items():
                getattr(work, kind).add(record("r1"))
            work.commit()

        assert ["r1"] * 5 == [stored(storage, kind, "r1").id for kind in KINDS]

    @changes("contacts", undone=True)
    def test_work_sees_its_own_changes(self, storage: Storage) -> None:
        """What was changed is seen by the work itself before the commit, and by no other (ST-1)."""
        self.need_work_apart()
        with storage.write() as work:
            added = work.contacts.add(a_contact())
            with storage.read() as other, pytest.raises(NotFound):
                other.contacts.get("ann")

            assert added == work.contacts.get("ann")
            assert (added,) == work.contacts.search(ContactFilter()).items

    @changes("products", "contacts", undone=True)
    def test_a_failed_change_leaves_nothing_behind(self, storage: Storage) -> None:
        """A record that is refused half-way leaves no part of it in work that commits (ST-5)."""
        self.store(storage, "products", a_product("mug", "A"))
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

    @changes("products", undone=True)
    def test_a_failed_save_changes_nothing(self, storage: Storage) -> None:
        """A change that is refused half-way leaves the record as it was (ST-5)."""
        pot, _ = self.store(
            storage, "products", a_product("pot", "B", title="Pot"), a_product("mug")
        )
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
        [draft] = self.store(storage, "drafts", a_draft())
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
    @changes("kind")
    def test_readers_change_nothing(self, storage: Storage, kind: str) -> None:
        """A unit of work for reading can neither add, nor save, nor commit."""
        record, change = KINDS[kind]
        [old] = self.store(storage, kind, record("r1"))
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
        [draft] = self.store(storage, "drafts", a_draft())
        with storage.read() as work:
            with pytest.raises(StorageError):
                work.orders.next_number()
            with pytest.raises(StorageError):
                work.drafts.remove(draft)

    @changes("contacts")
    def test_work_ends_with_its_commit(self, storage: Storage) -> None:
        """After commit(), and after the `with` statement, a unit of work cannot be used."""
        with storage.write() as work:
            work.check()
            work.commit()
            with pytest.raises(StorageError):
                work.check()
            with pytest.raises(StorageError):
                work.contacts.add(a_contact())
            with pytest.raises(StorageError):
                work.commit()
        with storage.read() as reader:
            pass

        for ended in (work, reader):
            with pytest.raises(StorageError):
                ended.contacts.get("ann")

    @changes("contacts", undone=True)
    def test_readers_have_a_still_picture(self, storage: Storage) -> None:
        """A reader sees what was committed when it began, whatever is committed later."""
        self.need_work_apart()
        [old] = self.store(storage, "contacts", a_contact())
        with storage.read() as reader:
            with storage.write() as work:
                work.contacts.save(attrs.evolve(old, name="Zoë"))
                work.contacts.add(a_contact("bob"))
                work.commit()

            assert old == reader.contacts.get("ann")
            assert (old,) == reader.contacts.search(ContactFilter()).items
        assert "Zoë" == stored(storage, "contacts", "ann").name

    @changes("contacts", undone=True)
    def test_readers_do_not_wait_for_writers(self, storage: Storage) -> None:
        """A reader can begin and read while a writer is at work (ST-1)."""
        self.need_work_apart()
        [old] = self.store(storage, "contacts", a_contact())
        with storage.write() as work:
            work.contacts.save(attrs.evolve(old, name="Zoë"))

            assert old == stored(storage, "contacts", "ann")

    def test_writers_do_not_interleave(self, storage: Storage) -> None:
        """Of changes made side by side to one record none is lost (ST-5)."""
        self.need_concurrent_writers()
        self.store(storage, "drafts", a_draft())

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
                self.store(storage, "orders", an_order(f"o{i}", idempotency_key="key"))
            except AlreadyExists:
                return False
            return True

        with ThreadPoolExecutor(4) as pool:
            placed = list(pool.map(place, range(4)))

        assert [False, False, False, True] == sorted(placed)

    @changes("contacts", undone=True)
    def test_what_was_committed_is_there_after_reopening(self, storage: Storage) -> None:
        """A storage that is opened again has everything, and counts on from there (ST-1)."""
        if not self.survives_reopening:
            pytest.skip("the adapter declares survives_reopening = False")
        records = {
            kind: self.store(storage, kind, make("r1"))[0] for kind, (make, _) in KINDS.items()
        }
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
