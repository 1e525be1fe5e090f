"""Postal codes, compared without what people leave out or add (OE-29)."""

import re

from cartcore.values.search import ascii_digits
from cartcore.values.text import normal

_BETWEEN = re.compile(r"[\s\-]+")
# The British Isles: an outward code (SE1, SW1A), and an inward code of a digit and two letters.
_BRITISH = frozenset({"GB", "GG", "IM", "JE"})
_INWARD = re.compile(r"\d[a-z]{2}$")
# What stands before the codes of some countries, besides their own two letters: their old signs.
_SIGNS = {
    "AT": "a", "BE": "b", "DE": "d", "ES": "e", "FI": "fin", "FR": "f", "HU": "h", "IT": "i",
    "LU": "l", "NO": "n", "PT": "p", "SE": "s", "SI": "slo",
}  # fmt: skip


def postal_key(code: str, country: str = "") -> str:
    """The form in which postal codes are compared: in Latvia `LV-1050` and `1050` are equal."""
    return _without_sign(_BETWEEN.sub("", ascii_digits(normal(code))), country)


def postal_code_starts(code: str, prefix: str, country: str) -> bool:
    """Whether a postal code begins with a prefix, such as those of a shipping zone.

    Blanks, hyphens, case and scripts of digits do not count, nor do the letters of the country
    before a code (LV-1050). In the United Kingdom a number is not continued: SE1 covers SE1 7PB
    and SE1P, but not SE10. What has no letter or digit is the beginning of none.
    """
    key, start = postal_key(code), postal_key(prefix)
    if not key or not start:
        return False
    if country in _BRITISH:
        return _british_starts(code, prefix)
    return postal_key(code, country).startswith(postal_key(prefix, country))


def postal_prefix(prefix: str, country: str) -> str:
    """The form in which beginnings of postal codes are looked up: see `postal_prefixes`."""
    if country in _BRITISH and postal_key(prefix):
        outward, inward = _british(prefix)
        return f"{outward} {inward}" if inward else outward
    return postal_key(prefix, country)


def postal_prefixes(code: str, country: str) -> tuple[str, ...]:
    """The beginnings of a postal code, as `postal_prefix` writes them, the shortest first.

    A code begins with a prefix (`postal_code_starts`) if that is among them, so that thousands of
    prefixes need not be tried.
    """
    if not postal_key(code):
        return ()
    if country not in _BRITISH:
        key = postal_key(code, country)
        return tuple(key[:end] for end in range(1, len(key) + 1))
    outward, inward = _british(code)
    found = [
        outward[:end]
        for end in range(1, len(outward) + 1)
        if not (outward[end - 1].isdecimal() and outward[end : end + 1].isdecimal())
    ]
    return (*found, *(f"{outward} {inward[:end]}" for end in range(1, len(inward) + 1)))


def _without_sign(key: str, country: str) -> str:
    """A code without the letters of its country, if nothing but digits comes after them."""
    for sign in (country.lower(), _SIGNS.get(country, "")):
        if sign and key.startswith(sign) and key[len(sign) :].isdecimal():
            return key[len(sign) :]
    return key


def _british_starts(code: str, prefix: str) -> bool:
    outward, inward = _british(code)
    start, rest = _british(prefix)
    if rest:
        return outward == start and inward.startswith(rest)
    continued = outward[len(start) :][:1]
    return outward.startswith(start) and not (start[-1:].isdecimal() and continued.isdecimal())


def _british(code: str) -> tuple[str, str]:
    """The outward and the inward code: parted by a blank, or by the form of a whole one."""
    key = postal_key(code)
    if _INWARD.search(key) and len(key) > len("1aa"):
        return key[:-3], key[-3:]
    first, *others = filter(None, _BETWEEN.split(ascii_digits(normal(code))))
    return first, "".join(others)
