"""Events: what happened to orders, in sequence, for other systems to read (HA-6)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import attrs
from moneyed import Money

from cartcore.errors import InvalidAmount, InvalidField
from cartcore.orders.order import Order, OrderStatus
from cartcore.values.arguments import check_arguments
from cartcore.values.money import LARGEST_SUM, from_minor, sum_in_minor
from cartcore.values.readers import as_mapping
from cartcore.values.records import typed


class EventKind(StrEnum):
    """What happened to an order.

    Attributes:
        PLACED: It was placed.
        SHIPPED: A shipment of it was sent.
        CANCELLED: It was cancelled.
        CHANGED: Anything else, such as a note.
    """

    PLACED = "placed"
    SHIPPED = "shipped"
    CANCELLED = "cancelled"
    CHANGED = "changed"


@attrs.frozen(kw_only=True, field_transformer=typed)
class OrderEvent:
    """Something that happened to an order, stored in the transaction in which it happened (HA-6).

    Attributes:
        kind: What happened.
        order_id: The id of the order.
        order_number: Its number, by which all of it is read.
        order_version: Its version from then on: the order may have changed again since.
        status: Its status from then on.
        contact_id: The id of the contact as it was when the order was placed.
        total: What is to be paid.
        at: When it happened, in UTC, by the clock of whoever did it.
        sequence: Given by the storage: 1, 2, 3 … in the order of the commits; 0 before.
    """

    kind: EventKind
    order_id: str
    order_number: str
    order_version: int
    status: OrderStatus
    contact_id: str
    total: Money
    at: datetime
    sequence: int = 0

    def __attrs_post_init__(self) -> None:
        try:
            sum_in_minor(self.total)
        except InvalidAmount as error:
            raise InvalidField("OrderEvent.total", self.total, error.expected) from error

    @classmethod
    def of(cls, order: Order, before: Order | None = None) -> "OrderEvent":
        """Return the event of an order that was placed, or changed from what it was before."""
        return cls(
            kind=EventKind.PLACED if before is None else _kind(before, order),
            order_id=order.id,
            order_number=order.number,
            order_version=order.version,
            status=order.status,
            contact_id=order.contact.id,
            total=order.total,
            at=order.history[-1].at if order.history else order.placed_at,
        )

    @property
    def payload(self) -> dict[str, str | int]:
        """The event as plain data that JSON can hold, to be sent to other systems."""
        return {
            "sequence": self.sequence,
            "kind": self.kind.value,
            "order_id": self.order_id,
            "order_number": self.order_number,
            "order_version": self.order_version,
            "status": self.status.value,
            "contact_id": self.contact_id,
            "currency": self.total.currency.code,
            "total_minor": sum_in_minor(self.total),
            "at": self.at.isoformat(),
        }

    @classmethod
    @check_arguments
    def from_payload(cls, payload: Mapping[str, Any]) -> "OrderEvent":
        """Return the event that a payload describes. Raises InvalidField."""
        given = as_mapping(payload, "payload")
        if given.keys() != _KEYS:
            raise InvalidField("payload", sorted(map(str, given)), f"one with {', '.join(_KEYS)}")
        minor, currency = given["total_minor"], given["currency"]
        if type(minor) is not int or abs(minor) > LARGEST_SUM:
            raise InvalidField("total_minor", minor, "a whole number of minor units")
        others = {key: given[key] for key in _KEYS if key not in _READ_APART}
        at = _time(given["at"])
        return cls(**others, total=from_minor(minor, currency), at=at)


_READ_APART = ("currency", "total_minor", "at")
_KEYS = dict.fromkeys(
    (
        *("sequence", "kind", "order_id", "order_number", "order_version", "status", "contact_id"),
        *_READ_APART,
    )
).keys()


def _kind(before: Order, after: Order) -> EventKind:
    if before.status is not OrderStatus.CANCELLED is after.status:
        return EventKind.CANCELLED
    sent, now_sent = ([s.id for s in o.shipments if s.shipped_at] for o in (before, after))
    return EventKind.CHANGED if sent == now_sent else EventKind.SHIPPED


def _time(value: object) -> datetime:
    try:
        time = datetime.fromisoformat(value)  # type: ignore[arg-type]
        if time.utcoffset() is not None:
            return time.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        pass
    raise InvalidField("at", value, 'an ISO 8601 time, such as "2026-01-31T12:00+00:00"')
