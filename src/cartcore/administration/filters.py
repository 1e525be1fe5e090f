"""Which drafts a list shows, and how many records one has (HA-9, HA-11)."""

from collections.abc import Iterator, Sequence
from datetime import datetime

import attrs

from cartcore.orders.draft import Draft
from cartcore.shop.address import Address
from cartcore.shop.contact import Contact, email_key
from cartcore.values.attributes import (
    NO_ATTRIBUTES,
    REFERENCE,
    Attributes,
    as_attributes,
    attribute_keys,
)
from cartcore.values.phones import has_phone, sought_digits
from cartcore.values.readers import utc
from cartcore.values.records import checked, typed
from cartcore.values.search import fold, matches, searched, starts
from cartcore.values.text import normal


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

    def __attrs_post_init__(self) -> None:
        for text in (self.name, self.recipient, self.address):
            searched(text)
        if self.unchanged_since is not None:
            utc(self.unchanged_since, "unchanged_since")

    @property
    def asks_of_contact(self) -> bool:
        """Whether the contact has to be known."""
        return any((self.name, self.email, self.phone, self.recipient, self.address))

    def matches(self, draft: Draft, contact: Contact | None, country: str) -> bool:
        """Whether a draft is one of those looked for.

        `contact` is its contact, if there is one and it `asks_of_contact`; `country` is where phone
        numbers are called without a country code.
        """
        going_to = [shipment.address for shipment in draft.shipments]
        return (
            self.contact_id in {"", draft.contact_id}
            and (not self.actor or self._began(draft))
            and (self.unchanged_since is None or draft.updated_at < self.unchanged_since)
            and self._is_of(contact, going_to, country)
            and matches(self.recipient, " ".join(_recipients(contact, going_to)))
            and matches(self.address, " ".join(_addresses(contact, going_to)))
            and starts(self.reference, fold(draft.reference))
            and attribute_keys(self.attributes) <= attribute_keys(draft.attributes)
        )

    def _began(self, draft: Draft) -> bool:
        by = normal(self.actor)
        return bool(by) and normal(draft.created_by) == by

    def _is_of(self, contact: Contact | None, going_to: Sequence[Address], country: str) -> bool:
        if contact is None and (self.name or self.email):
            return False
        phones = [*(contact.phones if contact else ()), *(a.phone for a in going_to)]
        return (
            (not self.phone or has_phone(phones, sought_digits(self.phone, country)))
            and (contact is None or matches(self.name, contact.name))
            and (contact is None or starts(self.email, fold(email_key(contact.email))))
        )


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


@attrs.frozen(kw_only=True, field_transformer=typed)
class Count:
    """How many records a list has, as far as they were counted.

    Attributes:
        number: How many there are; with `more`, how many were counted.
        more: Whether there are more than that.
    """

    number: int
    more: bool = False

    def __str__(self) -> str:
        return f"{self.number}+" if self.more else f"{self.number}"
