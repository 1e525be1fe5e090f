from datetime import UTC, datetime, timedelta, timezone

import pytest

from cartcore.contact import Contact
from cartcore.draft import ShipmentLine
from cartcore.errors import InvalidField, OrderChangeNotAllowed
from cartcore.order import HistoryEntry, Order, OrderShipment, OrderStatus
from tests.carts import AT, address, cart, line, priced, speed

NAIVE = datetime(2026, 6, 1, 12)  # noqa: DTZ001  (that is the point)


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
