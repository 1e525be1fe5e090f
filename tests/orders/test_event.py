"""Events: what an order's change is called, and what other systems are sent of it (HA-6)."""

from typing import Any

import pytest
from moneyed import Money

from cartcore import EventKind, OrderEvent
from cartcore.adapters.memory import MemoryStorage
from cartcore.errors import InvalidField
from cartcore.testing.records import an_event, an_order
from tests.support.shop import BOULDER, Shop

PAYLOAD = {
    "sequence": 7,
    "kind": "placed",
    "order_id": "id of 1001",
    "order_number": "1001",
    "order_version": 1,
    "status": "processing",
    "contact_id": "ann",
    "currency": "USD",
    "total_minor": 1250,
    "at": "2026-01-15T12:00:00+00:00",
}


def test_changes_have_kinds() -> None:
    """Placing, each sent shipment, a note and cancelling are events of their own kinds (HA-6)."""
    shop = Shop(MemoryStorage())
    draft_id = shop.shipping({"MUG": 2})
    with shop.edit(draft_id) as edit:
        edit.use_multiple_addresses()
        away = edit.add_shipment(BOULDER)
        edit.assign("l1", {"s1": 1, away: 1})
        edit.choose_speed("s1", "post")
        edit.choose_speed(away, "post")
        edit.go_to("review")
    first = shop.placed(draft_id)
    second = shop.placed(shop.reviewed({"MUG": 1}))
    for shipment in first.shipments:
        shop.clock.forward(hours=1)
        shop.desk.mark_shipped(first.number, shipment.id, actor="kim")
    shop.desk.add_note(second.number, "call first", actor="kim")
    shop.desk.cancel(second.number, actor="kim")

    told = [(e.sequence, e.order_number, e.order_version, e.kind) for e in shop.desk.events()]
    assert [
        (1, "1001", 1, EventKind.PLACED),
        (2, "1002", 1, EventKind.PLACED),
        (3, "1001", 2, EventKind.SHIPPED),
        (4, "1001", 3, EventKind.SHIPPED),
        (5, "1002", 2, EventKind.CHANGED),
        (6, "1002", 3, EventKind.CANCELLED),
    ] == told
    sent = shop.desk.order("1001")
    assert sent.shipments[1].shipped_at == shop.desk.events(after=3, limit=1)[0].at
    assert ["processing", "complete"] == [e.status.value for e in shop.desk.events(after=2)[:2]]


def test_the_payload() -> None:
    """It is plain data with these keys, and the event is made of it again (HA-6)."""
    event = an_event(sequence=7)

    assert PAYLOAD == event.payload
    assert event == OrderEvent.from_payload(PAYLOAD)


@pytest.mark.parametrize(
    ("total", "minor"),
    [
        (Money("1000", "JPY"), 1000),
        (Money("0.005", "KWD"), 5),
        (Money("123456789012345678901234567.89", "USD"), 12345678901234567890123456789),
    ],
)
def test_totals_are_whole_minor_units(total: Money, minor: int) -> None:
    """A total keeps all of its digits, as many as the currency has (HA-6, PR-1)."""
    payload = an_event(total=total).payload

    assert minor == payload["total_minor"]
    assert total == OrderEvent.from_payload(payload).total


@pytest.mark.parametrize(
    "change",
    [
        {"total_minor": 12.5},
        {"total_minor": True},
        {"total_minor": 10**40},
        {"at": "2026-01-15T12:00:00"},
        {"at": None},
        {"kind": "eaten"},
        {"status": "lost"},
        {"sequence": "7"},
        {"more": 1},
    ],
)
def test_what_is_no_payload(change: dict[str, Any]) -> None:
    """Another value than the payload of an event has is InvalidField, as is another key (HA-6)."""
    with pytest.raises(InvalidField):
        OrderEvent.from_payload({**PAYLOAD, **change})


@pytest.mark.parametrize("key", PAYLOAD)
def test_a_payload_is_whole(key: str) -> None:
    """What lacks a key is refused (HA-6)."""
    with pytest.raises(InvalidField, match="payload"):
        OrderEvent.from_payload({k: value for k, value in PAYLOAD.items() if k != key})


def test_a_total_is_no_unit_price() -> None:
    """A total with more digits than its currency has is refused (PR-2)."""
    with pytest.raises(InvalidField, match="total"):
        an_event(total=Money("0.005", "USD"))


def test_an_order_without_history_happened_when_it_was_placed() -> None:
    """The time of an event is that of the last entry of the history, if there is one (HA-6)."""
    order = an_order()

    assert order.placed_at == OrderEvent.of(order).at
