"""Events: whether all are there, and tell of orders what can be."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from cartcore.adapters.audit.finding import Fault, Finding
from cartcore.adapters.audit.reading import DAMAGED, Database
from cartcore.adapters.audit.relations import counted

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ORDERS = """
    SELECT e.sequence, e.order_number, e.order_version, o.version
    FROM cartcore_events AS e LEFT JOIN cartcore_orders AS o ON o.number = e.order_number
    WHERE o.version IS NULL OR o.version < e.order_version ORDER BY e.sequence
"""


def wrong_events(database: Database) -> Iterator[Finding]:
    """Gaps in the sequence, columns that differ from the payload, orders that are not there."""
    last = counted(database, "events")
    if not isinstance(last, int):
        yield Finding(Fault.EVENT, "counter events", f"it has the values {last}")
        return
    before = None
    for sequence, *columns in database.rows(
        "SELECT sequence, kind, order_number, order_version, at, payload"
        " FROM cartcore_events ORDER BY sequence"
    ):
        if before is not None and sequence != before + 1:
            problem = f"the one before it is event {before}: those between are missing"
            yield Finding(Fault.EVENT, f"event {sequence}", problem)
        before = sequence
        yield from _differences(sequence, columns)
    if before is not None and before != last:
        problem = f"it is at {last}, but the last event is {before}"
        yield Finding(Fault.EVENT, "counter events", problem)
    for sequence, number, version, stored in database.rows(_ORDERS):
        has = "is not there" if stored is None else f"has the version {stored}"
        problem = f"it tells of version {version} of order {number}, which {has}"
        yield Finding(Fault.EVENT, f"event {sequence}", problem)


def _differences(sequence: int, columns: list[Any]) -> Iterator[Finding]:
    *found, at, payload = columns
    if not isinstance(at, datetime):
        at = _EPOCH + timedelta(microseconds=at)
    try:
        told = json.loads(payload)
        keys = ("sequence", "kind", "order_number", "order_version")
        expected = [*(told[key] for key in keys), datetime.fromisoformat(told["at"])]
    except DAMAGED as error:
        yield Finding(Fault.EVENT, f"event {sequence}", f"it cannot be read: {error}")
        return
    if expected != [sequence, *found, at]:
        yield Finding(Fault.EVENT, f"event {sequence}", "its columns differ from its payload")
