"""What is in a form and hardly right, but not wrong: asked once, and kept if it is sent again."""

from collections.abc import Iterator, Mapping
from urllib.parse import parse_qsl, urlencode

from cartcore.errors import CartcoreError
from cartcore.shop.address import Address, country_names
from cartcore.shop.postal_formats import Misfit, postal_code_example, postal_code_misfit
from cartcore.values.phones import e164, phone_digits


class Doubt(CartcoreError):
    """What is in a field is hardly right; `kept` is what was asked about by now."""

    code = "doubt"
    field: str
    sentence: str
    kept: str

    def __str__(self) -> str:
        return self.sentence


def check_doubts(form: Mapping[str, str], home: str) -> None:
    """Ask about postal codes and phone numbers of a form that cannot be; `home` is the country.

    Raises:
        Doubt: the first that was not asked about, with all that is known by then.
    """
    asked = dict(parse_qsl(form.get("kept", "")))
    for field, sentence in _doubts(form, home):
        if asked.get(field) != form[field]:
            kept = urlencode(asked | {field: form[field]})
            again = f"{sentence} Correct it, or send it once more as it is."
            raise Doubt(field, again, kept)


def postal_code_doubt(postal_code: str, region: str, country: str) -> str:
    """Why a postal code is hardly right, in a sentence; empty if nothing is known against it."""
    misfit = postal_code_misfit(postal_code, region, country)
    if misfit is None:
        return ""
    if misfit is Misfit.REGION:
        return f"“{postal_code}” is a postal code of another region than {region}."
    example = postal_code_example(country)
    return f"Postal codes of this country look like {example}, not “{postal_code}”."


def address_doubt(address: Address) -> str:
    """The same of an address."""
    return postal_code_doubt(address.postal_code, address.region, address.country)


def _doubts(form: Mapping[str, str], home: str) -> Iterator[tuple[str, str]]:
    country = form.get("to_country", "").strip().upper()
    country = country if country in country_names() else ""
    code = form.get("to_postal_code", "").strip()
    doubt = postal_code_doubt(code, form.get("to_region", ""), country) if country else ""
    if doubt:
        yield "to_postal_code", doubt
    for field in ("phone", "to_phone"):
        if form.get(field, "").strip() and not _can_be_called(form[field], {home, country} - {""}):
            yield field, "This is no phone number that can be called."


def _can_be_called(phone: str, countries: set[str]) -> bool:
    if not countries:  # without one a number is not whole: what has digits may be one
        return bool(phone_digits(phone))
    return any(e164(phone, country) for country in countries)
