"""Contacts and addresses: who orders, and where to (OE-2, OE-3, OE-11)."""

import re
from collections.abc import Iterable
from functools import cache

import attrs
from babel import Locale

from cartcore.errors import InvalidAddress, InvalidText
from cartcore.fields import REQUIRED, as_tuple, checked
from cartcore.text import clean, digits, fold, matches, squeeze

# CLDR's territories that are not countries of ISO 3166-1: parts, unions and test codes.
# XK (Kosovo) is user-assigned in ISO 3166-1, in general use, and stays.
_NOT_COUNTRIES = frozenset(
    ("AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ")
)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@cache
def country_names() -> dict[str, str]:
    """English names by ISO 3166-1 alpha-2 code, from CLDR."""
    territories = Locale("en").territories
    return {
        code: name
        for code, name in territories.items()
        if len(code) == 2 and code not in _NOT_COUNTRIES  # noqa: PLR2004  (alpha-2)
    }


def country_code(value: object) -> str:
    """Return an ISO 3166-1 alpha-2 code in capitals. Raises InvalidAddress."""
    code = value.strip().upper() if isinstance(value, str) else ""
    if not code:
        raise InvalidAddress("country", value, "a country is needed, as a code such as 'US'")
    if code not in country_names():
        raise InvalidAddress("country", value, "no country of ISO 3166-1 has this code")
    return code


def country_codes(values: Iterable[str]) -> tuple[str, ...]:
    """Return several of them; see `country_code`. Raises InvalidAddress, or InvalidField."""
    return tuple(country_code(value) for value in as_tuple(values, "countries"))


@attrs.frozen(kw_only=True, field_transformer=checked)
class Address:
    """A postal address. `country` is an ISO 3166-1 alpha-2 code; `name` is the recipient.

    Raises:
        InvalidAddress: no first line, no country, or an unknown one.
        InvalidText: a field that is too long or has control characters.
    """

    name: str = ""
    company: str = ""
    line1: str = ""
    line2: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = ""
    country: str = attrs.field(default="", converter=country_code)
    phone: str = ""

    def __attrs_post_init__(self) -> None:
        if not self.line1:
            raise InvalidAddress("line1", self.line1, "street and number are needed")

    @property
    def key(self) -> tuple[str, ...]:
        """Equal for addresses that differ only in case or white space (OE-12)."""
        return tuple(squeeze(value) for value in attrs.astuple(self))

    def lines(self) -> tuple[str, ...]:
        """The address as it is printed, one line each, empty ones left out."""
        town = " ".join(part for part in (self.city, self.region, self.postal_code) if part)
        printed = (self.name, self.company, self.line1, self.line2, town)
        return (*(line for line in printed if line), country_names()[self.country])

    def __str__(self) -> str:
        return ", ".join(self.lines())


def _email(value: object) -> str:
    text = clean(value, "email", maximum=254)
    if text and not _EMAIL.fullmatch(text):
        raise InvalidText("email", value, "an address such as 'ann@example.com' is needed")
    return text


@attrs.frozen(kw_only=True, field_transformer=checked)
class Contact:
    """A customer. The first address is the primary one; `email` is unique, ignoring case."""

    id: str = attrs.field(metadata=REQUIRED)
    name: str = attrs.field(metadata=REQUIRED)
    email: str = attrs.field(default="", converter=_email)
    phone: str = ""
    addresses: tuple[Address, ...] = ()
    tags: tuple[str, ...] = ()
    version: int = 0

    @property
    def primary_address(self) -> Address | None:
        """The default shipping address (OE-11)."""
        return self.addresses[0] if self.addresses else None

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

    `name`: the start of any word, any number of words. `email`, `city`, `region`: the beginning.
    `phone`: the last digits, so that a local number finds one kept with its country code.
    `country`, `tag`: the whole. City, region and country must hold for the same address.
    Case and accents are ignored throughout.
    """

    name: str = ""
    email: str = ""
    phone: str = ""
    city: str = ""
    region: str = ""
    country: str = ""
    tag: str = ""

    def matches(self, contact: Contact) -> bool:
        """Whether the contact is one of those looked for: the definition that adapters follow."""
        return (
            matches(self.name, contact.name)
            and fold(contact.email).startswith(fold(self.email))
            and digits(contact.phone).endswith(digits(self.phone))
            and (not self.tag or fold(self.tag) in {fold(tag) for tag in contact.tags})
            and (
                not (self.city or self.region or self.country)
                or any(self._matches_address(address) for address in contact.addresses)
            )
        )

    def _matches_address(self, address: Address) -> bool:
        return (
            fold(address.city).startswith(fold(self.city))
            and fold(address.region).startswith(fold(self.region))
            and (not self.country or address.country == self.country.upper())
        )
