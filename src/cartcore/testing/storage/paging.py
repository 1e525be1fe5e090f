"""Listings of every kind, page by page."""

import pytest

from cartcore.errors import InvalidField
from cartcore.storage.paging import LARGEST_PAGE, Page, encode_key
from cartcore.storage.ports import Storage
from cartcore.testing.storage.contract import Contract
from cartcore.testing.storage.kinds import KINDS, LISTINGS, NO_KEYS, each_kind, ids, walk


class PagingContract(Contract):
    """Listings are paged by key."""

    @each_kind
    def test_pages_have_every_record_once(self, storage: Storage, kind: str) -> None:
        """However long the pages are, together they have all records, in one order (OE-20)."""
        record, _ = KINDS[kind]
        self.store(storage, kind, *(record(f"r{i}") for i in range(12)))
        with storage.read() as work:
            search = LISTINGS[kind](work)
            everything = ids(search().items)

            assert sorted(everything) == sorted(f"r{i}" for i in range(12))
            assert [everything] * 5 == [ids(walk(search, n)) for n in (1, 5, 6, 12, LARGEST_PAGE)]

    @each_kind
    def test_pages_stay_in_step_when_records_are_added(self, storage: Storage, kind: str) -> None:
        """Records added between two pages make no other one missing or doubled (OE-20)."""
        record, _ = KINDS[kind]
        self.store(storage, kind, *(record(f"r{i}") for i in range(10, 20)))
        with storage.read() as work:
            first = LISTINGS[kind](work)(limit=5)
        # As many before the page as behind it, whichever way the listing goes.
        others = [f"r{i:02}" for i in (*range(5, 10), *range(20, 25))]
        self.store(storage, kind, *map(record, others))
        with storage.read() as work:
            rest = LISTINGS[kind](work)(page=first.next_page)

        old = [record_id for record_id in ids(rest.items) if record_id not in others]
        assert sorted(f"r{i}" for i in range(10, 20)) == sorted([*ids(first.items), *old])
        assert 10 == len(rest.items)

    @each_kind
    @pytest.mark.parametrize("limit", [0, -1, True, 1.0, "1", None, LARGEST_PAGE + 1, 10**9])
    def test_impossible_limits_are_refused(
        self, storage: Storage, kind: str, limit: object
    ) -> None:
        """A limit that is no whole number from 1 to 1000 is InvalidField."""
        with storage.read() as work, pytest.raises(InvalidField):
            LISTINGS[kind](work)(limit=limit)

    @each_kind
    @pytest.mark.parametrize(
        "page",
        [
            *("x", "!", "é", " ", "bm9uc2Vuc2U", "\ud800", "\0", "WzFd" * 1000),
            *map(encode_key, NO_KEYS),
        ],
    )
    def test_impossible_pages_are_refused(self, storage: Storage, kind: str, page: str) -> None:
        """A page that no listing of these records gave is InvalidField."""
        with storage.read() as work, pytest.raises(InvalidField):
            LISTINGS[kind](work)(page=page)

    @each_kind
    def test_an_empty_listing_is_one_empty_page(self, storage: Storage, kind: str) -> None:
        """Where there is nothing, there is no next page."""
        with storage.read() as work:
            assert Page(()) == LISTINGS[kind](work)()
