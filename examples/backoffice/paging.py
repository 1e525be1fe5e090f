"""Lists: how they are sorted, and their previous and next pages.

The library leads on from page to page; the address has the way back.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlencode

import attrs

from backoffice.visits import Visit
from cartcore.errors import InvalidField

_LONGEST_WAY = 40  # pages back

Sort = TypeVar("Sort", bound=StrEnum)


def sort_in(text: str, sorts: Mapping[Sort, str]) -> Sort:
    """The order that an address asks for; the first of them if it does not. Raises InvalidField."""
    found = next((sort for sort in sorts if text in {"", sort.value}), None)
    if found is None:
        raise InvalidField("sort", text, f"one of {', '.join(sort.value for sort in sorts)}")
    return found


def sorted_by(given: Mapping[str, str], sort: Sort, sorts: Mapping[Sort, str]) -> dict[str, str]:
    """What stands in the address of a list: the filters, and the order if it is not the usual."""
    return {**given, **({} if sort is next(iter(sorts)) else {"sort": sort.value})}


@attrs.frozen
class Column:
    """What the head of a column leads to: the order that a click on it gives, and the present."""

    address: str
    title: str
    direction: str


def columns(
    path: str, given: Mapping[str, str], sort: Sort, sorts: Mapping[Sort, str]
) -> dict[str, Column]:
    """The heads of the columns that a list can be sorted by; each has two orders, falling first."""
    pairs = list(sorts)
    found = {}
    for falling, rising in zip(pairs[::2], pairs[1::2], strict=True):
        following = rising if sort is falling else falling
        direction = {falling: "descending", rising: "ascending"}.get(sort, "none")
        query = urlencode(sorted_by(given, following, sorts))
        found[falling.value] = Column(f"{path}?{query}", sorts[following], direction)
    return found


@attrs.frozen
class Paging:
    """The addresses of the pages before and after this one; empty where there is none."""

    previous: str
    following: str


def paging(visit: Visit, path: str, next_page: str, given: Mapping[str, str]) -> Paging:
    """Return the neighbours of the page that is shown, with the filters that are given."""
    here = visit.query.get("page", "")
    way = visit.request.query_params.getlist("way")[-_LONGEST_WAY:]

    def address(page: str, before: list[str]) -> str:
        pairs = [*given.items(), *(("way", each) for each in before), ("page", page)]
        return (
            f"{path}?{urlencode([(name, text) for name, text in pairs if text or name == 'way'])}"
        )

    return Paging(
        previous=address(way[-1], way[:-1]) if way else "",
        following=address(next_page, [*way, here]) if next_page else "",
    )
