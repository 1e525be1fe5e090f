"""The port of events, and the positions in their sequence: the same in every adapter (HA-6).

Sequence numbers are 1, 2, 3 … without a gap: they are counted in the transaction that stores the
event, while nobody else can write. So an event that is there stands behind none that could still
come, and whoever goes on after the last one that it has read misses none.
"""

from collections.abc import Iterable, Sequence
from typing import Protocol

from cartcore.errors import InvalidField, UnknownPosition
from cartcore.orders.event import OrderEvent
from cartcore.storage.paging import PAGE_SIZE
from cartcore.values.readers import as_tuple, of_kind

LAST_POSITION = 10**18 - 1
"""The largest position that can be asked for."""


class Events(Protocol):
    """What happened to orders, in the sequence of the commits (HA-6).

    Sequence numbers are 1, 2, 3 … without a gap; only the oldest
    events are ever removed.
    """

    def add(self, event: OrderEvent, /) -> OrderEvent:
        """Store an event, and return it with the next sequence number."""
        ...

    def after(self, position: int, *, limit: int = PAGE_SIZE) -> Sequence[OrderEvent]:
        """Return the events that follow a position, oldest first, at most so many.

        Raises:
            UnknownPosition: some of them were pruned, or the position is still to come.
            InvalidField: no position, or no page size.
        """
        ...

    def last(self) -> int:
        """Return the sequence number of the last event, pruned or not; 0 before the first."""
        ...

    def pruned(self) -> int:
        """Return the sequence number of the last event that was pruned; 0 if none was."""
        ...

    def prune(self, up_to: int, *, limit: int) -> int:
        """Remove the oldest events, those after `up_to` excepted; return how many there were.

        Args:
            up_to: the last one to remove.
            limit: the most that are removed.

        Raises:
            UnknownPosition: `up_to` is still to come.
            InvalidField: no position, or no page size.
        """
        ...

    def begin_after(self, position: int) -> None:
        """Let the first event follow a position, as those before it were pruned (ST-12).

        Raises:
            StorageNotEmpty: an event was stored before.
            InvalidField: no position.
        """
        ...

    def restore(self, events: Iterable[OrderEvent], /) -> None:
        """Store events as they are: all of them or none (ST-12).

        Raises:
            InvalidField: their sequence numbers do not follow the last one.
        """
        ...


def a_position(value: object, where: str = "after") -> int:
    """Return a position: the sequence number of an event, or 0. Raises InvalidField."""
    if type(value) is not int or not 0 <= value <= LAST_POSITION:
        expected = "the sequence number of an event, or 0 for the beginning"
        raise InvalidField(where, value, expected)
    return value


def check_position(position: int, first: int, last: int) -> None:
    """Refuse to go on after a position that events were pruned behind, or that is still to come.

    Args:
        position: the sequence number of the last event that was read; 0 for none.
        first: that of the oldest event which is left, or the one after `last` if none is.
        last: that of the last event which was ever stored.

    Raises:
        UnknownPosition: see above.
    """
    if not first - 1 <= position <= last:
        raise UnknownPosition(position, first, last)


def following(events: Iterable[OrderEvent], last: int) -> Sequence[OrderEvent]:
    """Return events that follow the last one, as they must where all are put back (ST-12).

    Raises:
        InvalidField: something else than events, or a sequence number that is not the next one.
    """
    given = as_tuple(events, "events")
    for expected, event in enumerate(given, start=last + 1):
        if of_kind(OrderEvent, event, "event").sequence != expected:
            told = f"{expected}, the one after the last"
            raise InvalidField("sequence", event.sequence, told)
    return given
