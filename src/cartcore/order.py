"""The placed order: a snapshot that later changes elsewhere never touch (OE-19 … OE-21)."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import attrs
from moneyed import Money

from cartcore.contact import Address, Contact, email_key, has_phone, optional_country, starts
from cartcore.draft import ShipmentLine
from cartcore.errors import InvalidText, NotFound, OrderChangeNotAllowed
from cartcore.fields import checked, typed, utc
from cartcore.money import to_minor
from cartcore.phones import sought_digits
from cartcore.promotion import Redemption, normalize_code
from cartcore.quote import Quote
from cartcore.search import ascii_digits, fold, matches, searched
from cartcore.shipping import ShippingSpeed
from cartcore.text import clean, clean_message, normal, without_invisible
from cartcore.zones import show_time

MOST_HISTORY = 1_000
"""The history of an order takes no more notes from so many entries on; all else is recorded."""


class OrderStatus(StrEnum):
    """Where an order is in its life."""

    PROCESSING = "processing"
    COMPLETE = "complete"
    CANCELLED = "cancelled"


@attrs.frozen(kw_only=True, field_transformer=typed)
class HistoryEntry:
    """One change of an order: its status from then on, when (UTC), by whom, and a note (OE-20)."""

    status: OrderStatus
    at: datetime
    actor: str
    note: str = ""


@attrs.frozen(kw_only=True, field_transformer=typed)
class OrderShipment:
    """A shipment as it was ordered; `shipped_at` is None until it has been sent.

    `tracking` is the carrier's number for it, empty if there is none.
    """

    id: str
    address: Address
    lines: tuple[ShipmentLine, ...]
    speed: ShippingSpeed
    shipped_at: datetime | None = None
    tracking: str = ""


@attrs.frozen(kw_only=True, field_transformer=typed)
class Order:
    """A placed order. `quote` holds lines, adjustments and totals exactly as they were agreed.

    `request_digest` tells whether a repeated request with the same idempotency key is the same
    request (ST-7). `version` is kept by the storage.
    """

    id: str
    number: str
    draft_id: str
    idempotency_key: str
    request_digest: str
    contact: Contact
    shipments: tuple[OrderShipment, ...]
    quote: Quote
    redemptions: tuple[Redemption, ...]
    status: OrderStatus
    history: tuple[HistoryEntry, ...]
    placed_at: datetime
    placed_by: str
    version: int = 0

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
            raise InvalidText("note", note, "it must not be empty")
        return self._recorded(at, actor, text)

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
    """What lists show of an order; all of it is opened by its number (OE-20)."""

    id: str
    number: str
    contact: Contact
    status: OrderStatus
    total: Money
    placed_at: datetime
    placed_by: str
    version: int

    @classmethod
    def of(cls, order: Order) -> "OrderSummary":
        """Return the summary of an order."""
        return cls(**{field.name: getattr(order, field.name) for field in attrs.fields(cls)})


def _filter_number(value: object) -> str:
    """An order number as it is spoken of: "#1001"."""
    text = clean(value, "number")
    return ascii_digits(without_invisible(text)).lstrip("#\uff03 ") or text


def _filter_code(value: object) -> str:
    text = clean(value, "promo code")
    if normal(text):
        normalize_code(text)  # refuses what no code can be
    return text


def address_text(address: Address) -> str:
    """The words that an address is found by: all of it but country and phone."""
    street = (address.name, address.company, address.line1, address.line2)
    return " ".join((*street, address.city, address.region, address.postal_code))


@attrs.frozen(kw_only=True, field_transformer=checked)
class OrderFilter:
    """What an order must match; all that is given must hold (OE-20).

    `number`: the beginning, also as "#1001". `contact`: the start of any word of the contact's
    name; `recipient`: of the names and companies that it goes to; `address`: of any part of the
    addresses that it goes to or of the contact's primary one. `email`: the beginning; `phone`: as
    in a `ContactFilter`, of the contact or of where it goes to. All of these are what they were
    when the order was placed. `contact_id`, `status`, `sku`: the whole; `promo_code`: the whole,
    as codes are compared; `placed_by`: the whole, ignoring case. `placed_from` is inclusive,
    `placed_before` exclusive; for days of the store see `Store.day_begins`. `total_min` and
    `total_max` are inclusive and of one currency, and only orders in that currency match them.
    `phone_country` is as in a `ContactFilter`.

    What leaves nothing to look for, such as the contact `***`, matches no order (OE-28).

    Raises:
        InvalidText: a text that is too long or has control characters.
        TooManyWords: names or address with too many words; see `cartcore.search.MOST_WORDS`.
        InvalidField: no status, a time without a time zone, or a total that is not money.
        InvalidAmount: a total that is finer than the minor unit.
    """

    number: str = attrs.field(default="", converter=_filter_number)
    contact: str = ""
    email: str = ""
    phone: str = ""
    recipient: str = ""
    address: str = ""
    contact_id: str = ""
    placed_by: str = ""
    status: OrderStatus | None = None
    placed_from: datetime | None = None
    placed_before: datetime | None = None
    total_min: Money | None = None
    total_max: Money | None = None
    promo_code: str = attrs.field(default="", converter=_filter_code)
    sku: str = ""
    phone_country: str = attrs.field(default="", converter=optional_country)

    def __attrs_post_init__(self) -> None:
        for text in (self.contact, self.recipient, self.address):
            searched(text)
        for total in (self.total_min, self.total_max):
            if total is not None:
                to_minor(total, total.currency)  # refuses what no total can be

    def matches(self, order: Order) -> bool:
        """Whether the order is one of those looked for: the definition that adapters follow."""
        return (
            order.number.startswith(self.number)
            and matches(self.contact, order.contact.name)
            and starts(self.email, fold(email_key(order.contact.email)))
            and (not self.phone or has_phone(order.phones, self.phone_ends()))
            and matches(self.recipient, " ".join(order.recipients))
            and matches(self.address, " ".join(map(address_text, order.addresses)))
            and self.contact_id in {"", order.contact.id}
            and self._matches_actor(order.placed_by)
            and self.status in {None, order.status}
            and (self.placed_from is None or order.placed_at >= self.placed_from)
            and (self.placed_before is None or order.placed_at < self.placed_before)
            and self._matches_total(order.total)
            and (not self.promo_code or self.code in map(normalize_code, order.promo_codes))
            and self.sku in {"", *(line.sku for line in order.quote.lines)}
        )

    def phone_ends(self) -> tuple[str, ...]:
        """What the digits of a phone number may end with to be the one that is asked for."""
        return sought_digits(self.phone, self.phone_country)

    @property
    def code(self) -> str:
        """The promo code as it is compared; empty if it is not given or leaves nothing."""
        return normal(self.promo_code)

    def _matches_actor(self, actor: str) -> bool:
        by = normal(self.placed_by)
        return not self.placed_by or (bool(by) and by == normal(actor))

    def _matches_total(self, total: Money) -> bool:
        bounds = [bound for bound in (self.total_min, self.total_max) if bound is not None]
        return (
            all(bound.currency == total.currency for bound in bounds)
            and (self.total_min is None or self.total_min.amount <= total.amount)
            and (self.total_max is None or total.amount <= self.total_max.amount)
        )
