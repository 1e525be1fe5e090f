"""Postal codes that a tax row is for: those with one beginning, or with one of a range of them."""

import re
from collections.abc import Iterator
from fractions import Fraction
from functools import cache, cached_property

import attrs

from cartcore.rules import InvalidField, postal_prefix

_BOUND = re.compile(r"([a-z]*)(\d{1,10})", re.ASCII)
# Where codes have so many forms that a range of them is not clear: is SE10 in SE1 to SE9?
_WITHOUT_RANGES = frozenset({"GB", "GG", "IM", "JE"})
_AFTER = "\U0010ffff"
_LETTERS = 26
_DIGITS = 10


@attrs.frozen
class PostalArea:
    """The codes that begin with one of the prefixes from `first` to `last`, which are as long.

    Areas with the same codes in them are equal.
    """

    first: str
    last: str

    @classmethod
    def read(cls, text: str, country: str) -> "PostalArea":
        """Read a prefix such as "802", or a range such as "80200..80299".

        Raises:
            InvalidField: a range the wrong way round, over codes of two forms, or over all codes.
        """
        low, dots, high = text.partition("..")
        first, last = (postal_prefix(part, country) for part in (low, high if dots else low))
        if not first or not last:
            expected = "a prefix such as 802, or a range such as 80200..80299"
            raise InvalidField("TaxRow.postal_code", text, expected)
        if not dots:
            return cls(first, last)
        if country in _WITHOUT_RANGES:
            expected = f"a prefix, because the codes of {country} have no order"
            raise InvalidField("TaxRow.postal_code", text, expected)
        lower, higher = _BOUND.fullmatch(first), _BOUND.fullmatch(last)
        if not (
            lower and higher and lower[1] == higher[1] and len(first) == len(last) and first <= last
        ):
            expected = (
                "a range from the lower code to the higher one, with as many digits in both and"
                " the same letters before them, such as 80200..80299"
            )
            raise InvalidField("TaxRow.postal_code", text, expected)
        while first != last and first.endswith("0") and last.endswith("9"):
            first, last = first[:-1], last[:-1]
        if not first:
            expected = "left out where a row is for all postal codes"
            raise InvalidField("TaxRow.postal_code", text, expected)
        return cls(first, last)

    @cached_property
    def prefixes(self) -> tuple[str, ...]:
        """The fewest prefixes that have the same codes: 802 and 8030 for 80200 to 80309."""
        if self.first == self.last:
            return (self.first,)
        letters, low, high, width = self._numbers
        return tuple(f"{letters}{number:0{size}d}" for number, size in _blocks(low, high, width))

    @property
    def size(self) -> Fraction:
        """Which share of all thinkable codes it has.

        Of two areas with a code in common the smaller one lies within the other, or they cross.
        """
        digits = sum(map(str.isdecimal, self.first))
        prefixes = 1
        if self.first != self.last:
            _, low, high, _ = self._numbers
            prefixes += high - low
        return _share(len(self.first) - digits, digits, prefixes)

    def crosses(self, other: "PostalArea") -> bool:
        """Whether they have codes in common, and each of them codes that the other lacks."""
        start, end, its_start, its_end = *self.span, *other.span
        return start < its_start <= end < its_end or its_start < start <= its_end < end

    @property
    def span(self) -> tuple[str, str]:
        """Between which texts its codes stand when they are sorted."""
        return self.first, self.last + _AFTER

    @property
    def _numbers(self) -> tuple[str, int, int, int]:
        letters = self.first.rstrip("0123456789")
        start = len(letters)
        return letters, int(self.first[start:]), int(self.last[start:]), len(self.first) - start

    def __str__(self) -> str:
        return self.first if self.first == self.last else f"{self.first}..{self.last}"


@cache  # thousands of areas of a table are of one form
def _share(letters: int, digits: int, prefixes: int) -> Fraction:
    return Fraction(prefixes, _LETTERS**letters * _DIGITS**digits)


def _blocks(low: int, high: int, width: int) -> Iterator[tuple[int, int]]:
    """The fewest numbers, with how many digits each has, that begin all numbers of a range."""
    while low <= high:
        if low % 10 == 0 and high % 10 == 9:  # noqa: PLR2004  (the last digit)
            low, high, width = low // 10, high // 10, width - 1
        elif low % 10:
            yield low, width
            low += 1
        else:
            yield high, width
            high -= 1
