"""Events in a database, with the counter of their sequence."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

import attrs
from sqlalchemy import bindparam, delete, func, select, update

from cartcore.adapters.sql import schema
from cartcore.adapters.sql.driver_errors import KeyTaken
from cartcore.adapters.sql.session import Session
from cartcore.adapters.sql.statements import Row, Statement
from cartcore.errors import CartcoreError, ForeignStorage, StorageNotEmpty, UnknownPosition
from cartcore.orders.event import OrderEvent
from cartcore.storage.events import a_position, check_position, following
from cartcore.storage.keys import microseconds
from cartcore.storage.paging import PAGE_SIZE, page_size
from cartcore.values.readers import of_kind

_counter, _columns = schema.counters.c, schema.events.c
_here = update(schema.counters).where(_counter.name == schema.EVENTS)
_COUNTING = Statement(
    _here.values(value=_counter.value + bindparam("more")).returning(_counter.value)
)
_LAST = select(_counter.value).where(_counter.name == schema.EVENTS)
_FIRST = select(func.min(_columns.sequence))
_AFTER = (
    select(_columns.sequence, _columns.payload)
    .where(_columns.sequence > bindparam("position"))
    .order_by(_columns.sequence)
    .limit(bindparam("most"))
)
_PRUNING = delete(schema.events).where(_columns.sequence <= bindparam("end"))


class SqlEvents:
    """The events: see `cartcore.storage.Events`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, event: OrderEvent) -> OrderEvent:
        of_kind(OrderEvent, event, "event")
        added = attrs.evolve(event, sequence=self._count(1))
        self._insert([added])
        return added

    def after(self, position: int, *, limit: int = PAGE_SIZE) -> Sequence[OrderEvent]:
        start, most = a_position(position), page_size(limit)
        # The counter before the events: of what is committed in between, only more is seen.
        last = self.last()
        rows = self._session.rows(_AFTER, position=start, most=most)
        expected = range(start + 1, start + 1 + len(rows))
        if [row.sequence for row in rows] != [*expected] or not (rows or start == last):
            check_position(start, self.pruned() + 1, last)
            raise self._damaged(f"events are missing after {start}")
        return tuple(map(self._event, rows))

    def last(self) -> int:
        return self._a_number(self._session.rows(_LAST))

    def pruned(self) -> int:
        [(first,)] = self._session.rows(_FIRST)
        return self.last() if first is None else int(first) - 1

    def prune(self, up_to: int, *, limit: int) -> int:
        end, most = a_position(up_to, "up_to"), page_size(limit)
        with self._session.step():
            pruned, last = self.pruned(), self.last()
            if end > last:
                raise UnknownPosition(end, pruned + 1, last)
            return self._session.change(_PRUNING, {"end": min(end, pruned + most)})

    def begin_after(self, position: int) -> None:
        start = a_position(position)
        with self._session.step():
            if self.last():
                raise StorageNotEmpty("events")
            self._count(start)

    def restore(self, events: Iterable[OrderEvent]) -> None:
        with self._session.step():
            restored = following(events, self.last())
            if restored:
                self._count(len(restored))
                self._insert(restored)

    def _count(self, more: int) -> int:
        """Let the counter go on, and return what it is at."""
        return self._a_number(self._session.changed(_COUNTING, more=more))

    def _insert(self, events: Sequence[OrderEvent]) -> None:
        try:
            self._session.insert(schema.events, list(map(_row, events)))
        except KeyTaken as error:
            problem = f"its last event is to be {events[0].sequence - 1}, but there are later ones"
            raise self._damaged(problem) from error

    def _event(self, row: Any) -> OrderEvent:
        try:
            event = OrderEvent.from_payload(json.loads(row.payload))
        except (CartcoreError, ValueError, RecursionError) as error:
            raise self._damaged(f"event {row.sequence}: {error}") from error
        if event.sequence != row.sequence:
            raise self._damaged(f"event {row.sequence} says that it is event {event.sequence}")
        return event

    def _a_number(self, rows: Sequence[Any]) -> int:
        values = [value for (value,) in rows]
        if [type(value) for value in values] != [int]:
            raise self._damaged("it does not know the number of the last event")
        return int(values[0])

    def _damaged(self, problem: str) -> ForeignStorage:
        return ForeignStorage(self._session.where, f"it is damaged: {problem}")


def _row(event: OrderEvent) -> Row:
    """Its row, in the order of the columns."""
    return (
        event.sequence,
        event.kind.value,
        event.order_number,
        event.order_version,
        microseconds(event.at),
        json.dumps(event.payload, separators=(",", ":"), ensure_ascii=False),
    )
