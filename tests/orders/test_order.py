from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import attrs
import pytest
from moneyed import Money

from cartcore.errors import InvalidField, InvalidInput, InvalidText, NotFound, OrderChangeNotAllowed
from cartcore.orders.draft import ShipmentLine
from cartcore.orders.filters import OrderFilter
from cartcore.orders.order import HistoryEntry, Order, OrderShipment, OrderStatus
from cartcore.shop.contact import Contact
from cartcore.testing.records import redeeming
from tests.support.carts import AT, address, cart, line, priced, speed, usd

NAIVE = datetime(2026, 6, 1, 12)  # noqa: DTZ001  (that is the point)


TO = address().short
LATER, LATEST = AT + timedelta(days=1), AT + timedelta(days=2)


def change(placed: Order, step: str) -> Order:
    if step == "cancel":
        return placed.cancelled(at=LATER, actor="ann")
    return placed.mark_shipped(step.removeprefix("ship "), at=LATER, actor="ann")


def shipment(shipment_id: str) -> OrderShipment:
    return OrderShipment(
        id=shipment_id,
        address=address(),
        lines=(ShipmentLine(line_id="L1", quantity=1),),
        speed=speed("5.00"),
    )


def order(*shipments: str) -> Order:
    """A placed order as the desk makes it: with something to ship it is being processed."""
    status = OrderStatus.PROCESSING if shipments else OrderStatus.COMPLETE
    return Order(
        id="o1",
        number="1001",
        draft_id="d1",
        idempotency_key="k1",
        request_digest="x",
        contact=Contact(id="c1", name="Ann", addresses=(address(),)),
        shipments=tuple(shipment(shipment_id) for shipment_id in shipments),
        quote=priced(cart(line("L1", "10.00", 2))),
        redemptions=(),
        status=status,
        history=(HistoryEntry(status=status, at=AT, actor="staff", note="placed"),),
        placed_at=AT,
        placed_by="staff",
    )


class TestChanges:
    def test_shipped_one_by_one(self) -> None:
        """An order is being processed until its last shipment is sent (OE-21)."""
        first = order("S1", "S2").mark_shipped("S2", at=LATER, actor="ann")
        last = first.mark_shipped("S1", at=LATEST, actor="bo", tracking=" 1Z999", note="by van")

        assert OrderStatus.PROCESSING is first.status
        assert [None, LATER] == [each.shipped_at for each in first.shipments]
        assert ["1Z999", ""] == [each.tracking for each in last.shipments]
        assert OrderStatus.COMPLETE is last.status
        assert [LATEST, LATER] == [each.shipped_at for each in last.shipments]
        assert [
            ("processing", AT, "staff", "placed"),
            ("processing", LATER, "ann", f"shipped to {TO}"),
            ("complete", LATEST, "bo", f"shipped to {TO}, tracking number 1Z999: by van"),
        ] == [(str(e.status), e.at, e.actor, e.note) for e in last.history]

    def test_cancelled(self) -> None:
        """A cancelled order gives its redemptions back, and keeps everything else (OE-21)."""
        placed = redeeming(order("S1"), "spring", promo_code="SPRING")
        cancelled = placed.cancelled(at=LATER, actor="ann", note="changed her mind")

        assert ("SPRING",) == placed.promo_codes
        assert (OrderStatus.CANCELLED, (), ("SPRING",)) == (
            cancelled.status,
            cancelled.redemptions,
            cancelled.promo_codes,
        )
        assert (placed.quote, placed.shipments) == (cancelled.quote, cancelled.shipments)
        assert ("cancelled", LATER, "ann", "changed her mind") == (
            cancelled.history[-1].status,
            cancelled.history[-1].at,
            cancelled.history[-1].actor,
            cancelled.history[-1].note,
        )

    def test_nothing_to_ship(self) -> None:
        """An order that ships nothing is complete at once, and can still be cancelled (OE-19)."""
        placed = order()

        assert OrderStatus.COMPLETE is placed.status
        assert OrderStatus.CANCELLED is placed.cancelled(at=LATER, actor="ann").status

    @pytest.mark.parametrize("status", ["processing", "complete", "cancelled"])
    def test_notes_can_always_be_added(self, status: str) -> None:
        """A note changes nothing but the history (OE-21)."""
        placed = order("S1")
        if status == "complete":
            placed = placed.mark_shipped("S1", at=LATER, actor="ann")
        if status == "cancelled":
            placed = placed.cancelled(at=LATER, actor="ann")
        noted = placed.with_note(" called\r\nback ", at=LATEST, actor="bo")

        assert status == noted.status == noted.history[-1].status
        assert "called\nback" == noted.history[-1].note
        assert placed == attrs.evolve(noted, history=placed.history)
        with pytest.raises(InvalidText):
            placed.with_note("a\x00b", at=LATEST, actor="bo")

    def test_allowed_changes(self) -> None:
        """At each moment the order says what can be done with it (OE-21)."""
        placed = order("S1", "S2")
        sent = placed.mark_shipped("S1", at=LATER, actor="ann")
        complete = sent.mark_shipped("S2", at=LATER, actor="ann")

        note = "add a note"
        ship = f"mark the shipment to {TO} as shipped"
        assert (note, ship, ship, "cancel") == placed.allowed_changes()
        assert (note, ship) == sent.allowed_changes()
        assert (note,) == complete.allowed_changes()
        assert (note,) == placed.cancelled(at=LATER, actor="ann").allowed_changes()
        assert (note, "cancel") == order().allowed_changes()

    @pytest.mark.parametrize(
        ("steps", "forbidden", "because"),
        [
            (("ship S1",), "ship S1", "it was sent at 2026-06-02 12:00 UTC"),
            (("ship S1",), "cancel", "parts were shipped"),
            (("ship S1", "ship S2"), "cancel", "parts were shipped"),
            (("ship S1", "ship S2"), "ship S2", "it was sent at 2026-06-02 12:00 UTC"),
            (("cancel",), "cancel", "it was cancelled"),
            (("cancel",), "ship S1", "it was cancelled"),
        ],
        ids=str,
    )
    def test_forbidden_changes(self, steps: tuple[str, ...], forbidden: str, because: str) -> None:
        """A change that is not possible says why, and lists those that are (OE-21)."""
        now = order("S1", "S2")
        for step in steps:
            now = change(now, step)
        with pytest.raises(OrderChangeNotAllowed) as caught:
            change(now, forbidden)

        assert because == caught.value.because
        assert now.allowed_changes() == caught.value.allowed
        assert (now.number, now.status) == (caught.value.order_number, caught.value.status)
        for allowed in now.allowed_changes():
            assert allowed in str(caught.value)

    def test_unknown_shipment(self) -> None:
        """A shipment that the order does not have is not found, whatever its state (OE-21)."""
        with pytest.raises(NotFound, match="shipment 'S9'"):
            order("S1").mark_shipped("S9", at=LATER, actor="ann")

    def test_a_snapshot(self) -> None:
        """A placed order cannot be changed in place, nor anything in it (OE-19)."""
        placed = order("S1")
        for record in (
            placed,
            placed.contact,
            placed.quote,
            placed.quote.totals,
            placed.history[0],
        ):
            field = attrs.fields(type(record))[0].name
            with pytest.raises(attrs.exceptions.FrozenInstanceError):
                setattr(record, field, None)

        assert 1 == len({placed, order("S1")})
        assert usd("20.00") == placed.total


class TestFilter:
    @pytest.mark.parametrize(
        ("fields", "found"),
        [
            ({}, "yes"),
            ({"number": "10"}, "yes"),
            ({"number": "01"}, "no"),
            ({"contact": "an"}, "yes"),
            ({"contact_id": "c"}, "no"),
            ({"contact_id": "c1"}, "yes"),
            ({"status": OrderStatus.PROCESSING}, "yes"),
            ({"status": OrderStatus.COMPLETE}, "no"),
            ({"placed_from": AT}, "yes"),
            ({"placed_from": LATER}, "no"),
            ({"placed_before": AT}, "no"),
            ({"placed_before": LATER}, "yes"),
            ({"total_min": usd("20.00"), "total_max": usd("20.00")}, "yes"),
            ({"total_min": usd("20.01")}, "no"),
            ({"total_max": usd("19.99")}, "no"),
            ({"total_min": Money(1, "EUR")}, "no"),
            ({"promo_code": " spring"}, "yes"),
            ({"promo_code": "sprin"}, "no"),
            ({"sku": "L1"}, "yes"),
            ({"sku": "l1"}, "no"),
            ({"number": "1001", "sku": "other"}, "no"),
        ],
        ids=str,
    )
    def test_what_is_found(self, fields: dict[str, Any], found: str) -> None:
        """All that is given must hold (OE-20)."""
        placed = redeeming(order("S1"), "spring", promo_code="SPRING")

        assert found == ("yes" if OrderFilter(**fields).matches(placed) else "no")

    @pytest.mark.parametrize(
        "fields",
        [
            {"number": "a\x00"},
            {"promo_code": "x" * 101},
            {"placed_from": NAIVE},
            {"placed_before": "2026-06-01"},
            {"total_min": 5},
            {"total_max": usd("0.001")},
        ],
        ids=str,
    )
    def test_impossible_filters(self, fields: dict[str, Any]) -> None:
        """A filter that could match nothing by mistake is refused (OE-20)."""
        with pytest.raises(InvalidInput):
            OrderFilter(**fields)


class TestTimes:
    def test_times_are_kept_in_utc(self) -> None:
        """Whatever zone the clock shows, history and messages are in UTC (OE-20)."""
        there = datetime(2026, 6, 1, 15, tzinfo=timezone(timedelta(hours=3)))
        sent = order("S1", "S2").mark_shipped("S1", at=there, actor="ann")

        assert UTC == sent.history[-1].at.tzinfo
        assert datetime(2026, 6, 1, 12, tzinfo=UTC) == sent.shipments[0].shipped_at
        with pytest.raises(OrderChangeNotAllowed, match="sent at 2026-06-01 12:00 UTC"):
            sent.mark_shipped("S1", at=there, actor="ann")

    @pytest.mark.parametrize("at", [NAIVE, None, "2026-06-01T12:00Z"])
    def test_a_time_without_a_zone_is_refused(self, at: datetime) -> None:
        """A time that could mean several instants never gets into an order (OE-20)."""
        with pytest.raises(InvalidField, match="time zone"):
            order("S1").mark_shipped("S1", at=at, actor="ann")
        with pytest.raises(InvalidField, match="time zone"):
            order("S1").with_note("hello", at=at, actor="ann")
        with pytest.raises(InvalidField, match="time zone"):
            order("S1").cancelled(at=at, actor="ann")
