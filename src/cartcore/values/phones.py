"""Phone numbers as people write them, compared as numbers (OE-29).

What a storage keeps are the digits as they were written: no region is needed for that, and no
library. What is looked for is read with a region, and a number is found by its national digits,
whether it was written with a country code or without one.
"""

import re
from collections.abc import Iterable

from cartcore.values.search import ascii_digits
from cartcore.values.text import normal

# Fewer digits are no number of their own, but part of one: 030/901820.
_LEAST_DIGITS = 7

# So few digits at the end can tell one number of a shop from others: 0147.
_LEAST_END = 4

_BETWEEN = re.compile(r"[/;,|&]|\bor\b|(?=\+)")
_EXTENSION = re.compile(r"(?:ext(?:ension|n)?|x|#)[\s.:]*\d{1,7}\s*$")
_TRUNK_ZERO = re.compile(r"\(\s*0\s*\)")  # +44 (0)20: for callers in the country alone
_NO_DIGIT = re.compile(r"[^0-9]+")
_PHONE_SIGNS = re.compile(r"[\d\s()+/.\-]+")


def phone_digits(text: str) -> tuple[str, ...]:
    """The digits of each number in a text, without leading zeros, extension and "(0)"."""
    return tuple(dict.fromkeys(filter(None, map(_digits, _numbers(text)))))


def sought_digits(text: str, region: str = "") -> tuple[str, ...]:
    """What the digits of a stored number may end with, for it to be one that is looked for.

    Args:
        text: a number, several, or the last digits of one.
        region: the country (ISO 3166-1) whose numbers are written without a country code.
    """
    found: dict[str, None] = {}
    for number in _numbers(text):
        if _is_end(number):
            found[_NO_DIGIT.sub("", number)] = None
            continue
        plain = _digits(number)
        read = _read(number, region)
        national = plain if read is None else str(read[1])
        if len(national) < _LEAST_END:  # what follows a country code is a beginning yet, and no end
            national = plain
        found |= dict.fromkeys((national,) if plain.endswith(national) else (national, plain))
    return tuple(filter(None, found))


def e164(text: str, region: str = "") -> frozenset[str]:
    """The numbers in a text in the form of E.164 (+442079460018), those that can exist."""
    found = (_read(number, region) for number in _numbers(text))
    return frozenset(f"+{read[0]}{read[1]}" for read in found if read is not None and read[2])


def looks_like_phone(text: str) -> bool:
    """Whether a text could be phone numbers, or the last four digits of one or more."""
    numbers = _numbers(text)
    written = all(_PHONE_SIGNS.fullmatch(number) for number in numbers if number)
    return written and sum(map(_length, numbers)) >= _LEAST_END


def _plain(text: str) -> str:
    return ascii_digits(normal(text)).removeprefix("tel:")


def _numbers(text: str) -> list[str]:
    """The numbers in a text, each as it is written, without its extension."""
    numbers: list[str] = []
    for part in _BETWEEN.split(_plain(text).replace(";ext=", " x")):
        number = _TRUNK_ZERO.sub("", _EXTENSION.sub("", part))
        if numbers and min(map(_length, (numbers[-1], number))) < _LEAST_DIGITS:
            numbers[-1] += number
        else:
            numbers.append(number)
    return numbers


def _length(number: str) -> int:
    return len(_NO_DIGIT.sub("", number))


def _is_end(number: str) -> bool:
    """Whether so few digits are the last ones of a number: then a zero in front is one of them."""
    return _LEAST_END <= _length(number) < _LEAST_DIGITS and "+" not in number


def _digits(number: str) -> str:
    return _NO_DIGIT.sub("", number).lstrip("0")


def _read(number: str, region: str) -> tuple[int, int, bool] | None:
    """Country code, national number, and whether it can exist; None if it cannot be read."""
    # Here and not above: its tables take longer to import than all of cartcore.
    import phonenumbers  # noqa: PLC0415

    written = number.strip()
    if written.startswith("00") and not region:
        written = f"+{written[2:]}"
    try:
        read = phonenumbers.parse(written, region or None)
    except phonenumbers.NumberParseException:
        return None
    country, national = read.country_code, read.national_number
    if country is None or national is None:
        return None
    return country, national, phonenumbers.is_possible_number(read)


def has_phone(phones: Iterable[str], ends: Iterable[str]) -> bool:
    """Whether one of the numbers in fields with phone numbers ends with one of these."""
    return any(
        number.endswith(end) for end in ends for text in phones for number in phone_digits(text)
    )
