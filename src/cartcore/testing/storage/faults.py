"""Faults in the middle of a unit of work."""

import threading
from collections.abc import Callable
from itertools import count
from typing import Any

import attrs
import pytest

from cartcore.errors import (
    AlreadyExists,
    Conflict,
    InvalidField,
    StorageError,
    WorkGivenUp,
    WorkInUse,
)
from cartcore.storage.ports import Storage, UnitOfWork
from cartcore.testing.records import (
    a_contact,
    a_product,
    a_promotion,
    an_event,
    an_order,
    redeeming,
)
from cartcore.testing.storage.contract import FAULTS, Contract, changes
from cartcore.testing.storage.kinds import KINDS, LISTINGS, each_kind, ids, stored, walk


class FaultsContract(Contract):
    """A unit of work in which something went wrong that was no refused record."""

    @pytest.mark.parametrize("fault", FAULTS)
    @changes(*KINDS, undone=True)
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
    @changes("kind")
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

    @changes("products")
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
        events = tuple(work.events.after(0))
        return {**there, "last number": work.orders.last_number(), "events": events}


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
    lambda work: work.events.add(an_event("2001")),
    lambda work: work.events.restore([an_event("2001", sequence=2)]),
    lambda work: work.promotions.usage(["sale"], "ann"),
    lambda work: work.drafts.remove(work.drafts.get("old")),
    lambda work: work.check(),
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
