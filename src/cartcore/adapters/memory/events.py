"""The events in memory."""

from collections.abc import Iterable, Sequence

import attrs

from cartcore.adapters.memory.work import Work
from cartcore.errors import StorageNotEmpty, UnknownPosition
from cartcore.orders.event import OrderEvent
from cartcore.storage.events import a_position, check_position, following
from cartcore.storage.paging import PAGE_SIZE, page_size
from cartcore.values.readers import of_kind


class MemoryEvents:
    """The events: see `cartcore.storage.Events`."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def add(self, event: OrderEvent) -> OrderEvent:
        with self._work.changing() as state:
            of_kind(OrderEvent, event, "event")
            added = attrs.evolve(event, sequence=state.last_event + 1)
            state.events += (added,)
            state.last_event = added.sequence
        return added

    def after(self, position: int, *, limit: int = PAGE_SIZE) -> Sequence[OrderEvent]:
        start, most = a_position(position), page_size(limit)
        check_position(start, self.pruned() + 1, self.last())
        passed = start - self.pruned()
        return self._work.state.events[passed : passed + most]

    def last(self) -> int:
        return self._work.state.last_event

    def pruned(self) -> int:
        return self.last() - len(self._work.state.events)

    def prune(self, up_to: int, *, limit: int) -> int:
        end, most = a_position(up_to, "up_to"), page_size(limit)
        with self._work.changing() as state:
            pruned = state.last_event - len(state.events)
            if end > state.last_event:
                raise UnknownPosition(end, pruned + 1, state.last_event)
            old = min(max(end - pruned, 0), most)
            state.events = state.events[old:]
        return old

    def begin_after(self, position: int) -> None:
        start = a_position(position)
        with self._work.changing() as state:
            if state.last_event:
                raise StorageNotEmpty("events")
            state.last_event = start

    def restore(self, events: Iterable[OrderEvent]) -> None:
        with self._work.changing() as state:
            restored = following(events, state.last_event)
            state.events += tuple(restored)
            state.last_event += len(restored)
