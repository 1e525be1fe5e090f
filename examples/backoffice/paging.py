"""Previous and next pages of a list: the library leads on, the address has the way back."""

from collections.abc import Mapping
from urllib.parse import urlencode

import attrs

from backoffice.visits import Visit

_LONGEST_WAY = 40  # pages back


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
