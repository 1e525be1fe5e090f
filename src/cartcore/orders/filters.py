"""Which orders a list shows, and how lists are sorted (OE-20)."""

from datetime import datetime
from enum import StrEnum

import attrs
from moneyed import Money

from cartcore.orders.order import Order, OrderStatus
from cartcore.promotions.promotion import normalize_code
from cartcore.shop.address import optional_country
from cartcore.shop.contact import email_key
from cartcore.values.attributes import (
    NO_ATTRIBUTES,
    REFERENCE,
    Attributes,
    as_attributes,
    attribute_keys,
)
from cartcore.values.money import to_minor
from cartcore.values.phones import has_phone, sought_digits
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
