"""Postal addresses, and the countries that they are in."""

from collections.abc import Iterable
from functools import cache

import attrs
from babel import Locale

from cartcore.errors import InvalidAddress
from cartcore.shop.postal_formats import town_line
from cartcore.values.phones import phone_digits
from cartcore.values.postal_codes import postal_key
from cartcore.values.readers import as_tuple
from cartcore.values.records import NEEDED, checked
from cartcore.values.text import clean_code, normal

# CLDR's territories that are not countries of ISO 3166-1: parts, unions and test codes.
# XK (Kosovo) is user-assigned in ISO 3166-1, in general use, and stays.
_NOT_COUNTRIES = frozenset(
    ("AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ")
)


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
        raise InvalidAddress("country", value, "the code of a country, such as 'US'")
    if code not in country_names():
        raise InvalidAddress("country", value, "the code of a country in ISO 3166-1, such as 'US'")
    return code


def optional_country(value: object) -> str:
    """Return a code likewise, or nothing for an empty text. Raises InvalidAddress."""
    return country_code(value) if value != "" else ""


def country_codes(values: Iterable[str]) -> tuple[str, ...]:
    """Return several of them; see `country_code`. Raises InvalidAddress, or InvalidField."""
    return tuple(country_code(value) for value in as_tuple(values, "countries"))


def _postal_code(value: object) -> str:
    return clean_code(value, "postal code")


def phone_text(value: object) -> str:
    """Return a phone number as it was typed. Raises InvalidText."""
    return clean_code(value, "phone")


@attrs.frozen(kw_only=True, field_transformer=checked)
class Address:
    """A postal address.

    Attributes:
        name: The recipient; empty if it is the contact.
        company: The company of the recipient.
        line1: Street and number; needed.
        line2: What else stands above the city, such as a floor.
        city: The city or town.
        region: The state, province or county, as it is written on a parcel.
        postal_code: The postal code, as it was typed.
        country: The ISO 3166-1 alpha-2 code of the country; needed.
        phone: A phone number for the carrier, as it was typed.

    Raises:
        InvalidAddress: no first line, no country, or an unknown one.
        InvalidText: a field that is too long or has control characters.
    """

    name: str = ""
    company: str = ""
    line1: str = attrs.field(default="", metadata=NEEDED)
    line2: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = attrs.field(default="", converter=_postal_code)
    country: str = attrs.field(default="", converter=country_code, metadata=NEEDED)
    phone: str = attrs.field(default="", converter=phone_text)

    def __attrs_post_init__(self) -> None:
        if not normal(self.line1):
            raise InvalidAddress("line1", self.line1, "filled in (street and number)")

    @property
    def key(self) -> tuple[object, ...]:
        """Equal for addresses that read the same (OE-12, OE-27)."""
        same = (self.name, self.company, self.line1, self.line2, self.city, self.region)
        where = (self.country, postal_key(self.postal_code, self.country))
        return (*map(normal, same), *where, phone_digits(self.phone) or normal(self.phone))

    def lines(self) -> tuple[str, ...]:
        """The address as it is printed, one line each, empty ones left out.

        City, region and postal code stand in the order of the country.
        """
        town = town_line(self.city, self.region, self.postal_code, self.country)
        printed = (self.name, self.company, self.line1, self.line2, town)
        return (*(line for line in printed if line), country_names()[self.country])

    @property
    def short(self) -> str:
        """Recipient, street and town: enough to tell it from others in a sentence."""
        told = (self.name or self.company, self.line1, self.city)
        return ", ".join(part for part in told if part)

    @property
    def searched_words(self) -> str:
        """The words that an address is found by: all of it but country and phone."""
        street = (self.name, self.company, self.line1, self.line2)
        return " ".join((*street, self.city, self.region, self.postal_code))

    def __str__(self) -> str:
        return ", ".join(self.lines())


@attrs.frozen(kw_only=True, field_transformer=checked)
class Place:
    """Where goods are delivered, as far as tax depends on it (TX-1).

    Attributes:
        country: The ISO 3166-1 alpha-2 code of the country; empty where it is not known.
        region: The state, province or county, as it is written on a parcel.
        city: The city or town.
        postal_code: The postal code, as it was typed.

    Raises:
        InvalidAddress: an unknown country.
        InvalidText: a field that is too long or has control characters.
    """

    country: str = attrs.field(default="", converter=optional_country)
    region: str = ""
    city: str = ""
    postal_code: str = attrs.field(default="", converter=_postal_code)

    @classmethod
    def of(cls, address: Address) -> "Place":
        """Return the place of an address."""
        return cls(
            country=address.country,
            region=address.region,
            city=address.city,
            postal_code=address.postal_code,
        )

    def __str__(self) -> str:
        parts = (self.city, self.region, self.postal_code, self.country)
        return ", ".join(part for part in parts if part) or "an unknown place"


NOWHERE = Place()
"""The place of which nothing is known."""
