"""Going through the pages of listings: filtered, or all of them."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import TypeVar

from cartcore.storage.keys import R, Sorting
from cartcore.storage.paging import LARGEST_PAGE, Page, decode_position, page_size

T = TypeVar("T")
Search = Callable[[str, int], Page[T]]
"""Gives a page of a listing, and of so many records."""


def walked(search: Search[T], page: str = "", at_once: int = LARGEST_PAGE) -> Iterator[T]:
    """All records of a listing from a page on, `at_once` at first, and then more and more."""
    more = True
    while more:
        found = search(page, at_once)
        yield from found.items
        page, at_once = found.next_page, _more(at_once)
        more = bool(page)


def walked_back(search: Search[T], page: str, at_once: int) -> Iterator[T]:
    """All records of a listing before a page, the last one first; likewise."""
    while page:
        found = search(page, at_once)
        yield from reversed(found.items)
        page, at_once = found.previous_page, _more(at_once)


def _more(at_once: int) -> int:
    return min(2 * at_once, LARGEST_PAGE)


def scanned(
    search: Search[R], wanted: Callable[[R], bool], sorting: Sorting[R], page: str, limit: int
) -> Page[R]:
    """A page of those records of a listing that are wanted; `sorting` is that of the listing."""
    size, place = page_size(limit), decode_position(page, sorting.types, sorting.name)
    back = place is not None and place.before
    # Few are read where most of them are wanted.
    at_once = min(size + 1, LARGEST_PAGE)
    records = walked_back(search, page, at_once) if back else walked(search, page, at_once)
    found = [*islice(filter(wanted, records), size + 1)]
    return sorting.page_of(found, place, size, sorting.key)
