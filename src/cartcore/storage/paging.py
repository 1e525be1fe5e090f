"""The pages of a listing, and the keys by which it goes on."""

import base64
import binascii
import json
import operator
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Generic, TypeVar, cast

import attrs

from cartcore.errors import InvalidField
from cartcore.values.integers import plain_int
from cartcore.values.records import typed
from cartcore.values.text import a_text

T = TypeVar("T")


PAGE_SIZE = 50
"""How many records a page has unless asked otherwise."""


LARGEST_PAGE = 1000
"""The most records that one page can have."""


_MOST = 2**63 - 1  # no database counts further

LONGEST_TIMEOUT = 1_000_000
"""The most seconds that an adapter can be told to wait; more is more than databases take."""


@attrs.frozen(field_transformer=typed)
class Page(Generic[T]):
    """Some records of a listing, and where to go on.

    Attributes:
        items: The records, in the order of the listing.
        next_page: What to ask for to get the next page; empty on the last one.
        previous_page: What to ask for to get the page before; empty on the first one, and from a
            listing that goes forward only. After records were added or removed a page before may
            have none.
    """

    items: tuple[T, ...]
    next_page: str = ""
    previous_page: str = ""


@attrs.frozen
class Position:
    """Where a page is in its listing.

    Attributes:
        key: The sort key of a record that is not on it.
        before: Whether the page ends before that record; else it begins after it.
    """

    key: tuple[str | int, ...]
    before: bool = False


def page_size(limit: object) -> int:
    """Return a usable page size.

    Raises:
        InvalidField: not a whole number from 1 to `LARGEST_PAGE`.
    """
    limit = plain_int(limit)
    if type(limit) is not int or not 1 <= limit <= LARGEST_PAGE:
        raise InvalidField("limit", limit, f"a whole number from 1 to {LARGEST_PAGE}")
    return limit


def most_counted(most: object) -> int:
    """Return how far something is counted.

    Raises:
        InvalidField: not a whole number of at least 1.
    """
    most = plain_int(most)
    if type(most) is not int or most < 1:
        raise InvalidField("most", most, "a whole number of at least 1")
    return min(most, _MOST)


def count_up_to(most: object, records: Iterable[T]) -> int:
    """Count records, up to `most` of them: for a listing that is made in Python.

    Raises:
        InvalidField: a `most` that is not a whole number of at least 1.
    """
    return sum(1 for _ in islice(records, most_counted(most)))


def seconds(timeout: object) -> float:
    """Return a usable timeout.

    Raises:
        InvalidField: not a number of seconds from 0 to `LONGEST_TIMEOUT`.
    """
    if type(timeout) not in {int, float} or not 0 <= cast("float", timeout) <= LONGEST_TIMEOUT:
        expected = f"a number of seconds from 0 to {LONGEST_TIMEOUT}"
        raise InvalidField("timeout", timeout, expected)
    return float(cast("float", timeout))


def encode_key(key: Sequence[str | int], listing: str = "", *, before: bool = False) -> str:
    """Turn the sort key of a page's last record into an opaque, URL-safe text.

    `listing` names the order of the list, where there are several. With `before` it is the key of a
    first record, and stands for the page that ends before it.
    """
    parts = [*([True] if before else []), *([listing] if listing else []), *key]
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def decode_key(text: str, types: Sequence[type], listing: str = "") -> tuple[str | int, ...] | None:
    """Turn it back, checking listing and types of its parts; None for the first page.

    For listings that go forward only; see `decode_position`.

    Raises:
        InvalidField: not a text that `encode_key` made for this listing.
    """
    place = decode_position(text, types, listing)
    if place is not None and place.before:
        raise InvalidField("page", text, "the next_page of an earlier page of this listing")
    return None if place is None else place.key


def decode_position(text: str, types: Sequence[type], listing: str = "") -> Position | None:
    """Turn it back, checking listing and types of its parts; None for the first page.

    Raises:
        InvalidField: not a text that `encode_key` made for this listing.
    """
    try:
        text = a_text(text, "page")
        if not text:
            return None
        key = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error, TypeError, RecursionError):
        key = None
    before = isinstance(key, list) and key[:1] == [True] and key[0] is True
    if before:
        key = key[1:]
    if isinstance(key, list) and listing and key[:1] == [listing]:
        key = key[1:]
    elif listing:
        key = None
    if (
        not isinstance(key, list)
        or [type(part) for part in key] != list(types)
        or not all(map(_can_be_stored, key))
    ):
        raise InvalidField("page", text, "the next_page of an earlier page of this listing")
    return Position(tuple(key), before)


def _can_be_stored(part: str | int) -> bool:
    """Whether it can be compared with what is stored: no database takes any other."""
    if isinstance(part, int):
        return -(2**63) <= part < 2**63
    return not any("\ud800" <= c <= "\udfff" for c in part)


@attrs.frozen
class Sorting(Generic[T]):
    """The order of a listing.

    Attributes:
        key: What records are sorted by; no two records have the same.
        types: The types of the parts of a key, for `decode_position`.
        falling: Whether the listing falls by the key; otherwise it rises.
        name: What tells its pages from those of another order; empty for the usual one.
    """

    key: Callable[[T], tuple[str | int, ...]]
    types: tuple[type, ...]
    falling: bool = False
    name: str = ""

    def page(self, records: Iterable[T], page: str, limit: int) -> Page[T]:
        """Sort records, and return those on a page: for a listing that is made in Python.

        Raises:
            InvalidField: no page of this listing, or a limit that no page can have.
        """
        size = page_size(limit)
        place = decode_position(page, self.types, self.name)
        falling = self.falling is not (place is not None and place.before)
        found = sorted(records, key=self.key, reverse=falling)
        if place is not None:
            passed = operator.lt if falling else operator.gt
            found = [record for record in found if passed(self.key(record), place.key)]
        return self.page_of(found[: size + 1], place, size, self.key)

    def page_of(
        self,
        found: Sequence[T],
        place: Position | None,
        size: int,
        key: Callable[[T], Sequence[str | int]],
    ) -> Page[T]:
        """Make a page of what was found on from a place, one more than it has if there is one.

        What is on a page before a place is given from its end.
        """
        items, more = tuple(found[:size]), len(found) > size
        if not items:
            return Page(())
        if place is not None and place.before:
            items = items[::-1]
            has_next, has_previous = True, more
        else:
            has_next, has_previous = more, place is not None
        return Page(
            items,
            encode_key(key(items[-1]), self.name) if has_next else "",
            encode_key(key(items[0]), self.name, before=True) if has_previous else "",
        )
