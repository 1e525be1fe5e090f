"""The placed order: a snapshot that later changes elsewhere never touch (OE-19 … OE-21)."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import attrs
from moneyed import Money

from cartcore.errors import InvalidText, NotFound, OrderChangeNotAllowed
from cartcore.orders.draft import ShipmentLine
from cartcore.pricing.priced_from import PricedFrom
from cartcore.pricing.quote import Quote
from cartcore.promotions.promotion import Redemption
from cartcore.shop.address import Address
from cartcore.shop.contact import Contact
from cartcore.shop.speeds import ShippingSpeed
from cartcore.values.arguments import check_arguments
from cartcore.values.attributes import (
    LONGEST_REFERENCE,
    NO_ATTRIBUTES,
    Attributes,
    as_attributes,
)
from cartcore.values.money import show
from cartcore.values.notebooks import Rows, ShownAsTable
from cartcore.values.readers import utc
from cartcore.values.records import INTERNAL, typed
from cartcore.values.text import clean, clean_message
from cartcore.values.time_zones import show_time

MOST_HISTORY = 1_000
"""The history of an order takes no more notes from so many entries on; all else is recorded."""


class OrderStatus(StrEnum):
    """Where an order is in its life.

    Attributes:
        PROCESSING: Something has still to be shipped.
        COMPLETE: All shipments were sent, or nothing needs shipping.
        CANCELLED: It was cancelled before anything was sent.
    """

    PROCESSING = "processing"
    COMPLETE = "complete"
    CANCELLED = "cancelled"


@attrs.frozen(kw_only=True, field_transformer=typed)
class HistoryEntry:
    """One change of an order (OE-20).

    Attributes:
        status: The status from then on.
        at: When it happened, in UTC.
        actor: Who did it.
        note: What happened, in words; may have several lines.
    """

    status: OrderStatus
    at: datetime
    actor: str
    note: str = ""


@attrs.frozen(kw_only=True, field_transformer=typed)
class OrderShipment:
    """A shipment as it was ordered.

    Attributes:
        id: What the order calls it by.
        address: Where it goes.
        lines: The units in it.
        speed: The shipping speed, at the price that was agreed before discounts.
        shipped_at: When it was sent, in UTC; None until then.
        tracking: The carrier's number for it; empty if there is none.
        attributes: What the shop keeps of its own beside it, by name (HA-8).
    """

    id: str
    address: Address
    lines: tuple[ShipmentLine, ...]
    speed: ShippingSpeed
    shipped_at: datetime | None = None
    tracking: str = ""
    attributes: Attributes = attrs.field(default=NO_ATTRIBUTES, converter=as_attributes)


@attrs.frozen(kw_only=True, field_transformer=typed)
class Order(ShownAsTable):
    """A placed order: a snapshot that later changes elsewhere never touch (OE-19).

    Attributes:
        id: The id that never changes; people use `number`.
        number: The order number, such as "1001".
        draft_id: The draft that it was.
        idempotency_key: The key that a repeated request finds it by (ST-7).
        request_digest: A digest of the request: tells whether one with the same idempotency key is
            the same (ST-7).
        contact: The contact as it was.
        shipments: Where the units go, and when they were sent.
        quote: Lines, adjustments and totals, exactly as they were agreed.
        redemptions: The uses of promotions that limits count; empty once the order is cancelled.
        status: Where it is in its life.
        history: Every change, oldest first.
        placed_at: When it was placed, in UTC.
        placed_by: Who placed it.
        reference: The id that another system, such as an ERP, knows the order by; no two orders
            share one, and case matters (HA-8).
        attributes: What the shop keeps of its own beside it, by name (HA-8).
        priced_from: What it was priced from, to price it again (SC-11); None in orders that were
            stored before this was kept.
        version: Kept by the storage, and counted up by each change (ST-8).
    """

    id: str
    number: str
    draft_id: str
    idempotency_key: str = attrs.field(metadata=INTERNAL)
    request_digest: str = attrs.field(metadata=INTERNAL)
    contact: Contact
    shipments: tuple[OrderShipment, ...]
    quote: Quote
    redemptions: tuple[Redemption, ...]
    status: OrderStatus
    history: tuple[HistoryEntry, ...]
    placed_at: datetime
    placed_by: str
    reference: str = ""
    attributes: Attributes = attrs.field(default=NO_ATTRIBUTES, converter=as_attributes)
    priced_from: PricedFrom | None = attrs.field(default=None, metadata=INTERNAL, repr=False)
    version: int = 0

    def _in_short(self) -> str:
        return f"Order({self.number}, {self.status.value}, {show(self.total)})"

    def table_rows(self) -> Rows:
        """The rows of its table in a notebook (SC-10)."""
        yield f"Order {self.number}", self.status.value
        yield "Placed", show_time(self.placed_at, "UTC")
        yield "Contact", self.contact.name
        yield from self.quote.table_rows()

    @property
    def total(self) -> Money:
        """What is to be paid."""
        return self.quote.total

    @property
    def promo_codes(self) -> tuple[str, ...]:
        """The codes that took effect."""
        # Not from the redemptions: cancelling gives those back.
        return tuple(d.promo_code for d in self.quote.decisions if d.applied and d.promo_code)

    @property
    def recipients(self) -> tuple[str, ...]:
        """The names and companies that it goes to; without a name it goes to the contact."""
        to = (shipment.address for shipment in self.shipments)
        return tuple(name for a in to for name in (a.name or self.contact.name, a.company) if name)

    @property
    def addresses(self) -> tuple[Address, ...]:
        """The addresses that it goes to, and the primary one of the contact, as they were."""
        own = self.contact.primary_address
        return (*(shipment.address for shipment in self.shipments), *([own] if own else []))

    @property
    def phones(self) -> tuple[str, ...]:
        """The fields with phone numbers: those of the contact and of where it goes to."""
        return (*self.contact.phones, *(shipment.address.phone for shipment in self.shipments))

    def allowed_changes(self) -> tuple[str, ...]:
        """What can be done with the order in its present state (OE-21)."""
        changes = ["add a note"]
        if self.status is OrderStatus.PROCESSING:
            unshipped = [s for s in self.shipments if s.shipped_at is None]
            changes += [f"mark the shipment to {s.address.short} as shipped" for s in unshipped]
        if self._cancellable:
            changes.append("cancel")
        return tuple(changes)

    @property
    def _cancellable(self) -> bool:
        # An order with nothing to ship is complete at once, yet nothing of it was ever sent.
        return self.status is not OrderStatus.CANCELLED and not any(
            s.shipped_at for s in self.shipments
        )

    @check_arguments
    def mark_shipped(
        self,
        shipment_id: str,
        *,
        at: datetime,
        actor: str,
        tracking: str = "",
        note: str = "",
        timezone: str = "UTC",
    ) -> "Order":
        """Return the order with one shipment sent; with the last one it is complete (OE-21).

        `tracking` is the carrier's number for it; like the note it is told in the history.
        `timezone` is the one that an error tells times in.

        Raises:
            NotFound: the order has no such shipment.
            OrderChangeNotAllowed: the order is cancelled, or the shipment was sent before.
        """
        shipment = next((s for s in self.shipments if s.id == shipment_id), None)
        if shipment is None:
            raise NotFound("shipment", shipment_id)
        to = shipment.address.short
        what = f"marking the shipment to {to} as shipped"
        if self.status is OrderStatus.CANCELLED:
            raise self._forbidden(what, "it was cancelled")
        if shipment.shipped_at is not None:
            sent = f"it was sent at {show_time(shipment.shipped_at, timezone)}"
            raise self._forbidden(what, sent)
        number = clean(tracking, "tracking number")
        shipments = tuple(
            attrs.evolve(s, shipped_at=utc(at), tracking=number) if s.id == shipment_id else s
            for s in self.shipments
        )
        done = all(s.shipped_at for s in shipments)
        status = OrderStatus.COMPLETE if done else OrderStatus.PROCESSING
        said = clean_message(note, "note")
        told = f"shipped to {to}" + (f", tracking number {number}" if number else "")
        text = told + (f": {said}" if said else "")
        return self._recorded(at, actor, text, shipments=shipments, status=status)

    @check_arguments
    def with_note(self, note: str, *, at: datetime, actor: str) -> "Order":
        """Return the order with a note in its history.

        Raises:
            InvalidText: an empty note, or one of more than 1,000 characters.
            OrderChangeNotAllowed: its history has `MOST_HISTORY` entries, or more.
        """
        if len(self.history) >= MOST_HISTORY:
            raise self._forbidden("adding a note", f"its history has {len(self.history)} entries")
        text = clean_message(note, "note")
        if not text:
            raise InvalidText("note", note, "filled in")
        return self._recorded(at, actor, text)

    @check_arguments
    def with_reference(self, reference: str, *, at: datetime, actor: str) -> "Order":
        """Return the order with another reference, which its history tells (HA-8).

        Raises:
            InvalidText: one of more than 100 characters, or with control characters.
        """
        other = clean(reference, "reference", maximum=LONGEST_REFERENCE)
        told = f"reference {other}" if other else "reference removed"
        return self._recorded(at, actor, told, reference=other)

    @check_arguments
    def cancelled(self, *, at: datetime, actor: str, note: str = "") -> "Order":
        """Return the order cancelled, its redemptions given back (OE-21).

        Raises:
            OrderChangeNotAllowed: something of it was shipped, or it was cancelled before.
        """
        if not self._cancellable:
            was = (
                "it was cancelled" if self.status is OrderStatus.CANCELLED else "parts were shipped"
            )
            raise self._forbidden("cancelling", was)
        text = clean_message(note, "note")
        return self._recorded(at, actor, text, status=OrderStatus.CANCELLED, redemptions=())

    def _recorded(self, at: datetime, actor: str, note: str, **changes: Any) -> "Order":
        status = changes.get("status", self.status)
        entry = HistoryEntry(status=status, at=at, actor=actor, note=note)
        return attrs.evolve(self, history=(*self.history, entry), **changes)

    def _forbidden(self, change: str, because: str) -> OrderChangeNotAllowed:
        return OrderChangeNotAllowed(
            self.number, change, self.status.value, because, self.allowed_changes()
        )


@attrs.frozen(kw_only=True, field_transformer=typed)
class OrderSummary:
    """What lists show of an order; all of it is opened by its number (OE-20).

    Attributes:
        id: The id that never changes.
        number: The order number, such as "1001".
        contact: The contact as it was.
        status: Where it is in its life.
        total: What is to be paid.
        placed_at: When it was placed, in UTC.
        placed_by: Who placed it.
        version: The version that a change of the order has to name (ST-8).
        reference: The id that another system knows the order by (HA-8).
    """

    id: str
    number: str
    contact: Contact
    status: OrderStatus
    total: Money
    placed_at: datetime
    placed_by: str
    version: int
    reference: str = ""

    @classmethod
    def of(cls, order: Order) -> "OrderSummary":
        """Return the summary of an order."""
        return cls(**{field.name: getattr(order, field.name) for field in attrs.fields(cls)})
