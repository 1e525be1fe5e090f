"""Whether the events are all that was placed, by whoever follows them meanwhile (HA-6)."""

import threading
from collections.abc import Iterator
from contextlib import suppress

import attrs

from cartcore.desk import OrderDesk
from cartcore.errors import StorageError, UnknownPosition
from tests.support.shop import STORE
from tests.torture.database import Database

_A_MOMENT = 0.02
_IMPATIENT = 2.0  # seconds for a reader, who begins anew


@attrs.define
class Follower:
    """Reads the events of a database as they come, as another system would."""

    database: Database
    read: list[tuple[int, str]] = attrs.field(factory=list)

    def follow(self, over: threading.Event) -> None:
        """Read until told to end; whatever fails meanwhile, go on after the last one read."""
        while not over.wait(_A_MOMENT):
            try:
                with self.database.open(timeout=_IMPATIENT) as storage:
                    desk = OrderDesk(storage, STORE)
                    while not over.wait(_A_MOMENT):
                        self._go_on(desk)
            except (StorageError, MemoryError):
                continue

    def finish(self) -> None:
        """Read what is left; that events which were read are gone again is told by `missed`."""
        with suppress(UnknownPosition), self.database.open() as storage:
            self._go_on(OrderDesk(storage, STORE))

    def _go_on(self, desk: OrderDesk) -> None:
        while events := desk.events(after=self.read[-1][0] if self.read else 0):
            self.read += ((event.sequence, event.order_number) for event in events)


def missed(database: Database, read: list[tuple[int, str]]) -> Iterator[str]:
    """What a follower did not read as it should have, in this and no other sequence."""
    stored = database.rows("SELECT sequence, order_number FROM cartcore_events ORDER BY sequence")
    if stored != read:
        yield f"whoever followed the events has read {read}, and there are {stored}"


def wrong_events(database: Database) -> Iterator[str]:
    """Each order is placed once in the sequence of events, which has no gap, and nothing else is.

    Order numbers are given in the order of the commits, as sequence numbers are.
    """
    events = database.rows("SELECT sequence, order_number FROM cartcore_events ORDER BY sequence")
    numbers = sorted(
        (number for (number,) in database.rows("SELECT number FROM cartcore_orders")), key=int
    )
    if events != [*enumerate(numbers, start=1)]:
        yield f"the events are {events}, and the orders {numbers}"
    counted = database.rows("SELECT value FROM cartcore_counters WHERE name = 'events'")
    if counted != [(len(events),)]:
        yield f"the last event is said to be {counted} after {len(events)} events"
