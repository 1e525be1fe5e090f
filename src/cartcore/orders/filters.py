"""Which orders and drafts a list shows, and how lists are sorted (OE-20, HA-9, HA-11)."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import StrEnum

import attrs
from moneyed import Money

from cartcore.orders.draft import Draft
from cartcore.orders.order import Order, OrderStatus
from cartcore.promotions.promotion import normalize_code
from cartcore.shop.address import Address, optional_country
from cartcore.shop.contact import Contact, email_key
from cartcore.values.attributes import (
    NO_ATTRIBUTES,
    REFERENCE,
    Attributes,
    as_attributes,
    attribute_keys,
)
from cartcore.values.money import to_minor
from cartcore.values.phones import has_phone, sought_digits
from cartcore.values.readers import utc
from cartcore.values.records import checked
from cartcore.values.search import ascii_digits, fold, matches, searched, starts
from cartcore.values.text import clean, normal, without_invisible


class OrderSort(StrEnum):
    """How a list of orders is sorted.

    By when they were placed, orders of one instant by number; or by total, orders of one total by
    when they were placed. Totals of several currencies cannot be compared: those of one currency
    stay together, by its code.

    Attributes:
        NEWEST: The last one placed first.
        OLDEST: The first one placed first.
        HIGHEST_TOTAL: The highest total first.
        LOWEST_TOTAL: The lowest total first.
    """

    NEWEST = "newest"
    OLDEST = "oldest"
    HIGHEST_TOTAL = "highest_total"
    LOWEST_TOTAL = "lowest_total"

    @property
    def by_total(self) -> bool:
        """Whether totals are what it sorts by."""
        return self in {OrderSort.HIGHEST_TOTAL, OrderSort.LOWEST_TOTAL}


class DraftSort(StrEnum):
    """How a list of drafts is sorted: by when they were changed last.

    Attributes:
        LATEST_CHANGE: The last one changed first.
        EARLIEST_CHANGE: The one that nobody has changed for longest first.
    """

    LATEST_CHANGE = "latest_change"
    EARLIEST_CHANGE = "earliest_change"


def _filter_number(value: object) -> str:
    """An order number as it is spoken of: "#1001"."""
    text = clean(value, "number")
    return ascii_digits(without_invisible(text)).lstrip("#\uff03 ") or text


def _filter_code(value: object) -> str:
    text = clean(value, "promo code")
    if normal(text):
        normalize_code(text)  # refuses what no code can be
    return text


@attrs.frozen(kw_only=True, field_transformer=checked)
class OrderFilter:
    """What an order must match; all that is given must hold (OE-20).

    Names, addresses and contact details are compared with what they were when the order was placed.
    What leaves nothing to look for, such as the contact `***`, matches no order (OE-28).

    Attributes:
        number: The beginning of the order number, also written as "#1001".
        contact: The start of any word of the contact's name.
        email: The beginning of the contact's e-mail address.
        phone: As in a `ContactFilter`, of the contact or of where the order goes to.
        recipient: The start of any word of the names and companies that it goes to.
        address: The start of any word of the addresses that it goes to, or of the contact's primary
            one.
        contact_id: The whole id of the contact.
        placed_by: The whole name of who placed it, ignoring case.
        status: The status it has now.
        placed_from: The earliest time it was placed at, inclusive; for days of the store see
            `Store.day_begins`.
        placed_before: The time it was placed before, exclusive.
        total_min: The smallest total, inclusive; only orders in its currency match.
        total_max: The largest total, inclusive; only orders in its currency match.
        promo_code: A whole code that took effect, as codes are compared.
        sku: The whole SKU of one of its lines.
        reference: The beginning of its reference, ignoring case.
        attributes: Attributes that it has, all of them; texts are compared by how they read.
        phone_country: As in a `ContactFilter`.

    Raises:
        InvalidText: a text that is too long or has control characters.
        TooManyWords: names or address with too many words; see `cartcore.values.search.MOST_WORDS`.
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
    reference: str = attrs.field(default="", metadata=REFERENCE)
    attributes: Attributes = attrs.field(default=NO_ATTRIBUTES, converter=as_attributes)
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
            and matches(self.address, " ".join(each.searched_words for each in order.addresses))
            and self.contact_id in {"", order.contact.id}
            and self._matches_actor(order.placed_by)
            and self.status in {None, order.status}
            and (self.placed_from is None or order.placed_at >= self.placed_from)
            and (self.placed_before is None or order.placed_at < self.placed_before)
            and self._matches_total(order.total)
            and (not self.promo_code or self.code in map(normalize_code, order.promo_codes))
            and self.sku in {"", *(line.sku for line in order.quote.lines)}
            and starts(self.reference, fold(order.reference))
            and attribute_keys(self.attributes) <= attribute_keys(order.attributes)
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


@attrs.frozen(kw_only=True, field_transformer=checked)
class DraftFilter:
    """What a draft must be like; all that is given must hold (HA-9, HA-11).

    As orders are found by an `OrderFilter`, with the contact as it is now. Case and accents are
    ignored; what leaves nothing to look for matches nothing (OE-28).

    Attributes:
        contact_id: The id of its contact.
        actor: Who began it.
        unchanged_since: The time after which nobody has changed it.
        name: The start of any word of its contact's name; several words must all be found.
        email: The beginning of its contact's e-mail address.
        phone: A number, or its last digits, of its contact or of an address it goes to.
        recipient: The start of any word of the names and companies that it goes to.
        address: The start of any word of the addresses that it goes to, or of the contact's primary
            one.
        reference: The beginning of its reference, ignoring case.
        attributes: Attributes that it has, all of them; texts are compared by how they read.
        phone_country: As in a `ContactFilter`.

    Raises:
        TooManyWords: a text with too many words.
        InvalidField: a time without a time zone.
    """

    contact_id: str = ""
    actor: str = ""
    unchanged_since: datetime | None = None
    name: str = ""
    email: str = ""
    phone: str = ""
    recipient: str = ""
    address: str = ""
    reference: str = attrs.field(default="", metadata=REFERENCE)
    attributes: Attributes = attrs.field(default=NO_ATTRIBUTES, converter=as_attributes)
    phone_country: str = attrs.field(default="", converter=optional_country)

    def __attrs_post_init__(self) -> None:
        for text in (self.name, self.recipient, self.address):
            searched(text)
        if self.unchanged_since is not None:
            utc(self.unchanged_since, "unchanged_since")

    @property
    def asks_of_contact(self) -> bool:
        """Whether the contact has to be known."""
        return any((self.name, self.email, self.phone, self.recipient, self.address))

    def matches(self, draft: Draft, contact: Contact | None) -> bool:
        """Whether a draft is one of those looked for: the definition that adapters follow.

        `contact` is its contact as it is now, if there is one and it `asks_of_contact`.
        """
        going_to = [shipment.address for shipment in draft.shipments]
        return (
            self.contact_id in {"", draft.contact_id}
            and (not self.actor or self._began(draft))
            and (self.unchanged_since is None or draft.updated_at < self.unchanged_since)
            and self._is_of(contact, going_to)
            and matches(self.recipient, *_recipients(contact, going_to))
            and matches(self.address, *_addresses(contact, going_to))
            and starts(self.reference, fold(draft.reference))
            and attribute_keys(self.attributes) <= attribute_keys(draft.attributes)
        )

    def phone_ends(self) -> tuple[str, ...]:
        """What the digits of a phone number may end with to be the one that is asked for."""
        return sought_digits(self.phone, self.phone_country)

    def _began(self, draft: Draft) -> bool:
        by = normal(self.actor)
        return bool(by) and normal(draft.created_by) == by

    def _is_of(self, contact: Contact | None, going_to: Sequence[Address]) -> bool:
        if contact is None and (self.name or self.email):
            return False
        phones = [*(contact.phones if contact else ()), *(a.phone for a in going_to)]
        return (
            (not self.phone or has_phone(phones, self.phone_ends()))
            and (contact is None or matches(self.name, contact.name))
            and (contact is None or starts(self.email, fold(email_key(contact.email))))
        )


EVERY_DRAFT = DraftFilter()
"""What all drafts match."""


def _recipients(contact: Contact | None, going_to: Sequence[Address]) -> Iterator[str]:
    """The names and companies that it goes to; without a name it goes to the contact."""
    for address in going_to:
        yield address.name or (contact.name if contact else "")
        yield address.company


def _addresses(contact: Contact | None, going_to: Sequence[Address]) -> Iterator[str]:
    """The addresses that it goes to, and the primary one of the contact."""
    yield from (address.searched_words for address in going_to)
    if contact and contact.primary_address:
        yield contact.primary_address.searched_words
