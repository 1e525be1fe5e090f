"""Contacts: who orders, and how they are found (OE-2, OE-3)."""

import re
from datetime import datetime

import attrs

from cartcore.errors import InvalidText
from cartcore.shop.address import Address, optional_country, phone_text
from cartcore.values.arguments import check_arguments
from cartcore.values.attributes import NO_ATTRIBUTES, REFERENCE, Attributes, as_attributes
from cartcore.values.phones import has_phone, looks_like_phone, sought_digits
from cartcore.values.records import NAME, REQUIRED, checked
from cartcore.values.search import fold, matches, searched, starts
from cartcore.values.text import clean_code, normal

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_LONGEST_EMAIL = 254
_AROUND_EMAIL = re.compile(r"^\s*<?\s*(?:mailto:)?\s*|[\s.>]+$", re.IGNORECASE)


def _email(value: object) -> str:
    text = _bare_email(clean_code(value, "email", maximum=300))
    if (text and not _EMAIL.fullmatch(normal(text))) or len(text) > _LONGEST_EMAIL:
        raise InvalidText("email", value, "an address such as 'ann@example.com'")
    return text


def _bare_email(text: str) -> str:
    """An address without what is copied along with it: mailto:, brackets, the end of a sentence."""
    return _AROUND_EMAIL.sub("", text)


def email_key(email: str) -> str:
    """The form in which e-mail addresses are compared (OE-27)."""
    return _bare_email(normal(email))


@attrs.frozen(kw_only=True, field_transformer=checked)
class Contact:
    """A customer.

    Attributes:
        id: What orders and drafts call the contact by.
        name: The whole name.
        email: The e-mail address; no two contacts share one, however it is written (OE-27).
        phone: The phone number, as it was typed; it may hold several.
        addresses: The addresses; the first one is the primary one.
        tags: Tags that promotions and searches ask for, compared as texts are (OE-27).
        reference: The id that another system, such as an ERP, knows the contact by; no two contacts
            share one, and case matters (HA-8).
        attributes: What the shop keeps of its own beside it, by name (HA-8).
        archived_at: Since when the contact is no longer offered for orders, or None (HA-9).
        version: Kept by the storage, and counted up by each change (ST-8).
    """

    id: str = attrs.field(metadata=REQUIRED)
    name: str = attrs.field(metadata=NAME)
    email: str = attrs.field(default="", converter=_email)
    phone: str = attrs.field(default="", converter=phone_text)
    addresses: tuple[Address, ...] = ()
    tags: tuple[str, ...] = ()
    reference: str = attrs.field(default="", metadata=REFERENCE)
    attributes: Attributes = attrs.field(default=NO_ATTRIBUTES, converter=as_attributes)
    archived_at: datetime | None = None
    version: int = 0

    @property
    def reach(self) -> tuple[str, ...]:
        """Who it is and how to reach them: name, e-mail and phone, those that there are."""
        return tuple(text for text in (self.name, self.email, self.phone) if text)

    @property
    def primary_address(self) -> Address | None:
        """The default shipping address (OE-11)."""
        return self.addresses[0] if self.addresses else None

    @property
    def phones(self) -> tuple[str, ...]:
        """The fields with phone numbers: its own, and those of its addresses."""
        return (self.phone, *(address.phone for address in self.addresses))

    @check_arguments
    def with_address(self, address: Address, *, primary: bool = False) -> "Contact":
        """Return the contact with one more address; one it has already is not added again."""
        others = tuple(a for a in self.addresses if a.key != address.key)
        if primary:
            return attrs.evolve(self, addresses=(address, *others))
        if len(others) < len(self.addresses):
            return self
        return attrs.evolve(self, addresses=(*others, address))


@attrs.frozen(kw_only=True, field_transformer=checked)
class ContactFilter:
    """What a contact must match; all that is given must hold (OE-2).

    Case and accents are ignored throughout. What leaves nothing to look for, such as the name `***`
    or the phone "n/a", matches nobody (OE-28).

    Attributes:
        text: What is typed into one field: a `name`, an `email` or a `phone` (OE-31).
        name: The start of any word of the name; several words must all be found.
        email: The beginning of the e-mail address.
        phone: A whole number, with or without country code, or its last digits, of the contact or
            of one of its addresses.
        city: The beginning of the city; it must hold for the same address as region and country.
        region: The beginning of the region.
        country: The ISO 3166-1 alpha-2 code.
        tag: A whole tag.
        phone_country: No criterion: where the number asked for would be called without a country
            code. The order desk takes the store's country (OE-29).

    Raises:
        TooManyWords: a name or text with too many words; see `cartcore.values.search.MOST_WORDS`.
    """

    text: str = ""
    name: str = ""
    email: str = ""
    phone: str = ""
    city: str = ""
    region: str = ""
    country: str = ""
    tag: str = ""
    phone_country: str = attrs.field(default="", converter=optional_country)

    def __attrs_post_init__(self) -> None:
        searched(self.name)
        searched(self.text)

    def matches(self, contact: Contact) -> bool:
        """Whether the contact is one of those looked for: the definition that adapters follow."""
        return (
            (not self.text or self._matches_text(contact))
            and matches(self.name, contact.name)
            and starts(self.email, fold(email_key(contact.email)))
            and (not self.phone or has_phone(contact.phones, self.phone_ends()))
            and (not self.tag or fold(self.tag) in {*filter(None, map(fold, contact.tags))})
            and (
                not (self.city or self.region or self.country)
                or any(self._matches_address(address) for address in contact.addresses)
            )
        )

    def _matches_text(self, contact: Contact) -> bool:
        return (
            matches(self.text, contact.name)
            or starts(self.text, fold(email_key(contact.email)))
            or has_phone(contact.phones, self.phones_in_text())
        )

    def phone_ends(self) -> tuple[str, ...]:
        """What the digits of a phone number may end with to be the one that is asked for."""
        return sought_digits(self.phone, self.phone_country)

    def phones_in_text(self) -> tuple[str, ...]:
        """The same for the text, if it looks like a phone number."""
        looks = looks_like_phone(self.text)
        return sought_digits(self.text, self.phone_country) if looks else ()

    def _matches_address(self, address: Address) -> bool:
        return (
            starts(self.city, fold(address.city))
            and starts(self.region, fold(address.region))
            and (not self.country or address.country == normal(self.country).upper())
        )
