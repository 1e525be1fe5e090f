"""Which drafts a list shows, and how many records one has (HA-9, HA-11)."""

from collections.abc import Mapping
from datetime import datetime

import attrs

from cartcore.orders.draft import Draft
from cartcore.shop.address import Address
from cartcore.shop.contact import Contact, email_key
from cartcore.values.attributes import NO_ATTRIBUTES, Attributes, as_attributes
from cartcore.values.phones import has_phone, sought_digits
from cartcore.values.readers import utc
from cartcore.values.records import checked, typed
from cartcore.values.search import fold, matches, searched, starts
from cartcore.values.text import normal


@attrs.frozen(kw_only=True, field_transformer=checked)
class DraftFilter:
    """What a draft must be like; all that is given must hold (HA-9, HA-11).

    Case and accents are ignored. What leaves nothing to look for matches nothing (OE-28).

    Attributes:
        contact_id: The id of its contact.
        actor: Who began it.
        unchanged_since: The time after which nobody has changed it.
        name: The start of any word of its contact's name; several words must all be found.
        email: The beginning of its contact's e-mail address.
        phone: A number, or its last digits, of its contact or of an address it goes to.
        recipient: The start of any word of a name or company that it goes to.
        address: Starts of words of an address that it goes to, which must all be found in one.
        attributes: Attributes that it has, with these values.

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
    attributes: Attributes = attrs.field(default=NO_ATTRIBUTES, converter=as_attributes)

    def __attrs_post_init__(self) -> None:
        for text in (self.name, self.recipient, self.address):
            searched(text)
        if self.unchanged_since is not None:
            utc(self.unchanged_since, "unchanged_since")

    @property
    def asks_of_contact(self) -> bool:
        """Whether the contact has to be known."""
        return bool(self.name or self.email or self.phone)

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
            and (not self.recipient or any(map(self._receives, going_to)))
            and (not self.address or any(map(self._is_there, going_to)))
            and _has(draft.attributes, self.attributes)
        )

    def _began(self, draft: Draft) -> bool:
        by = normal(self.actor)
        return bool(by) and normal(draft.created_by) == by

    def _is_of(self, contact: Contact | None, going_to: list[Address], country: str) -> bool:
        if contact is None and (self.name or self.email):
            return False
        phones = [*(contact.phones if contact else ()), *(a.phone for a in going_to)]
        return (
            (not self.phone or has_phone(phones, sought_digits(self.phone, country)))
            and (contact is None or matches(self.name, contact.name))
            and (contact is None or starts(self.email, fold(email_key(contact.email))))
        )

    def _receives(self, address: Address) -> bool:
        return matches(self.recipient, f"{address.name} {address.company}")

    def _is_there(self, address: Address) -> bool:
        return matches(self.address, address.searched_words)


def _has(attributes: Attributes, wanted: Mapping[str, object]) -> bool:
    return all(
        name in attributes and type(attributes[name]) is type(value) and attributes[name] == value
        for name, value in wanted.items()
    )


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
