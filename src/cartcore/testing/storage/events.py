"""The events: what happened to orders, in the sequence of the commits."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from moneyed import Money

from cartcore.errors import InvalidField, ReadOnly, StorageNotEmpty, UnknownPosition
from cartcore.orders.event import EventKind, OrderEvent
from cartcore.orders.order import OrderStatus
from cartcore.storage.ports import Storage
from cartcore.testing.records import NOON, an_event
from cartcore.testing.storage.contract import Contract

_MICROSECOND = timedelta(microseconds=1)


def add_events(storage: Storage, *numbers: str) -> list[OrderEvent]:
    """Add the events of placed orders, each in a unit of work of its own."""
    added = []
    for number in numbers:
        with storage.write() as work:
            added.append(work.events.add(an_event(number)))
            work.commit()
    return added


def sequence(storage: Storage, after: int = 0, limit: int = 50) -> list[tuple[int, str]]:
    """Return the numbers of events and of their orders."""
    with storage.read() as work:
        found = work.events.after(after, limit=limit)
        return [(event.sequence, event.order_number) for event in found]


class EventsContract(Contract):
    """The events of orders."""

    def test_events_are_read_as_they_were_added(self, storage: Storage) -> None:
        """An event is read with all that it tells, and with the next sequence number (HA-6)."""
        given = (
            an_event("1001", contact_id="zoë \U0001f600 'x'", at=NOON + _MICROSECOND),
            an_event("1001", kind=EventKind.CANCELLED, order_version=7),
            an_event("1002", status=OrderStatus.COMPLETE, total=Money("1000", "JPY")),
            an_event("1003", total=Money("1234567890123456789012.75", "USD")),
            an_event("1004", total=Money("0.005", "KWD")),
        )
        with storage.write() as work:
            added = [work.events.add(event) for event in given]
            assert tuple(added) == tuple(work.events.after(0))
            work.commit()

        assert [1, 2, 3, 4, 5] == [event.sequence for event in added]
        with storage.read() as work:
            assert tuple(added) == tuple(work.events.after(0))
            assert (5, 0) == (work.events.last(), work.events.pruned())

    def test_what_is_undone_takes_no_number(self, storage: Storage) -> None:
        """Events that were not committed leave no gap behind (HA-6)."""
        add_events(storage, "1001")
        with storage.write() as work:
            work.events.add(an_event("lost"))
        with pytest.raises(ZeroDivisionError), storage.write() as work:
            work.events.add(an_event("lost"))
            raise ZeroDivisionError
        add_events(storage, "1002")

        assert [(1, "1001"), (2, "1002")] == sequence(storage)

    def test_events_are_read_in_portions(self, storage: Storage) -> None:
        """Whoever goes on after the last event that it has read gets each of them once (HA-6)."""
        add_events(storage, *"abcdefg")
        read: list[tuple[int, str]] = []
        while portion := sequence(storage, read[-1][0] if read else 0, limit=3):
            read += portion

        assert [*enumerate("abcdefg", start=1)] == read

    def test_old_events_are_pruned(self, storage: Storage) -> None:
        """The oldest ones go, up to the one that is named, and none of the others (HA-6)."""
        add_events(storage, *"abcde")
        with storage.write() as work:
            assert 2 == work.events.prune(3, limit=2)
            assert 1 == work.events.prune(3, limit=2)
            assert 0 == work.events.prune(3, limit=2)
            assert 0 == work.events.prune(1, limit=2)
            work.commit()

        assert [(4, "d"), (5, "e")] == sequence(storage, 3)
        with storage.write() as work:
            assert (5, 3) == (work.events.last(), work.events.pruned())
            assert 2 == work.events.prune(5, limit=50)
            assert (5, 5) == (work.events.last(), work.events.pruned())
            work.commit()
        assert [] == sequence(storage, 5)
        add_events(storage, "f")
        assert [(6, "f")] == sequence(storage, 5)

    def test_events_that_are_gone_are_missed(self, storage: Storage) -> None:
        """Reading on where events were pruned, or after what never was, is told (HA-6)."""
        add_events(storage, *"abcde")
        with storage.write() as work:
            work.events.prune(3, limit=50)
            with pytest.raises(UnknownPosition):
                work.events.prune(6, limit=50)
            work.commit()
        for position in (0, 2, 6, 10**18 - 1):
            with storage.read() as work, pytest.raises(UnknownPosition) as caught:
                work.events.after(position)
            assert (position, 4, 5) == (
                caught.value.position,
                caught.value.first,
                caught.value.last,
            )
        with storage.write() as work:
            work.events.prune(5, limit=50)
            with pytest.raises(UnknownPosition):
                work.events.after(4)
            assert () == tuple(work.events.after(5))

    def test_events_are_put_back(self, storage: Storage) -> None:
        """Restored events keep their numbers, and the next one follows them (ST-12)."""
        events = [an_event(name, sequence=n) for n, name in enumerate("abc", start=8)]
        with storage.write() as work:
            work.events.begin_after(7)
            assert 7 == work.events.pruned()
            work.events.restore(events[:2])
            work.events.restore([])
            work.events.restore(events[2:])
            work.commit()

        assert [(8, "a"), (9, "b"), (10, "c")] == sequence(storage, 7)
        add_events(storage, "d")
        assert [(11, "d")] == sequence(storage, 10)
        with storage.write() as work, pytest.raises(StorageNotEmpty):
            work.events.begin_after(20)

    @pytest.mark.parametrize("numbers", [[2], [0], [1, 1], [1, 3], [1, 2, 2]])
    def test_restored_events_leave_no_gap(self, storage: Storage, numbers: list[int]) -> None:
        """What does not follow the last event is refused, and none of it is stored (ST-12)."""
        with storage.write() as work:
            with pytest.raises(InvalidField, match="sequence"):
                work.events.restore([an_event("x", sequence=number) for number in numbers])
            work.events.add(an_event("a"))
            work.commit()

        assert [(1, "a")] == sequence(storage)

    @pytest.mark.parametrize("wrong", [-1, 10**18, 1.0, True, "1", None])
    def test_other_things_are_no_positions(self, storage: Storage, wrong: Any) -> None:
        """What is no sequence number is InvalidField, and the work goes on (HA-6)."""
        with storage.write() as work:
            for ask in (
                work.events.after,
                work.events.begin_after,
                lambda wrong: work.events.prune(wrong, limit=1),
                work.events.add,
                lambda wrong: work.events.restore([wrong]),
            ):
                with pytest.raises(InvalidField):
                    ask(wrong)
            if wrong is not True:
                with pytest.raises(InvalidField):
                    work.events.after(0, limit=wrong if wrong != 10**18 else 0)
            work.events.add(an_event("a"))
            work.commit()

        assert [(1, "a")] == sequence(storage)

    def test_readers_change_no_events(self, storage: Storage) -> None:
        """A unit of work for reading adds, removes and restores none (ST-1)."""
        add_events(storage, "a")
        with storage.read() as work:
            for change in (
                lambda: work.events.add(an_event()),
                lambda: work.events.prune(1, limit=1),
                lambda: work.events.restore([an_event(sequence=2)]),
            ):
                with pytest.raises(ReadOnly):
                    change()
            assert 1 == work.events.last()

    def test_readers_of_many_writers_miss_none(self, storage: Storage) -> None:
        """Whoever follows several writers reads each event once, and in sequence (HA-6)."""
        self.need_concurrent_writers()
        writers, each = 4, 10
        together = threading.Barrier(writers)

        def write(name: int) -> None:
            together.wait(60)
            add_events(storage, *(f"{name}-{i}" for i in range(each)))

        read: list[tuple[int, str]] = []
        with ThreadPoolExecutor(writers) as pool:
            running = [pool.submit(write, name) for name in range(writers)]
            while len(read) < writers * each:
                over = all(future.done() for future in running)
                found = sequence(storage, len(read), limit=7)
                read += found
                if not found:
                    if over:
                        break
                    time.sleep(0.01)  # who asks without a pause keeps SQLite's writers waiting
            for future in running:
                future.result()

        assert [n + 1 for n in range(writers * each)] == [n for n, _ in read]
        assert {f"{name}-{i}" for name in range(writers) for i in range(each)} == {
            number for _, number in read
        }
