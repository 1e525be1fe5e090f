"""Listings of every kind, page by page."""

import pytest

from cartcore.errors import InvalidField
from cartcore.storage.paging import LARGEST_PAGE, Page, encode_key
from cartcore.storage.ports import Storage
from cartcore.testing.storage.contract import Contract, skip_for
from cartcore.testing.storage.kinds import COUNTS, KINDS, LISTINGS, NO_KEYS, each_kind, ids, walk


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
    def test_everything_is_counted(self, storage: Storage, kind: str) -> None:
        """A list is counted as far as is asked, and no further; by zero is no count (HA-9)."""
        record, _ = KINDS[kind]
        with storage.read() as work:
            assert 0 == COUNTS[kind](work)()
        self.store(storage, kind, *(record(f"r{i}") for i in range(12)))
        with storage.read() as work:
            count = COUNTS[kind](work)
            given = (1, 11, 12, 13, LARGEST_PAGE + 1, 10**30)
            assert [1, 11, 12, 12, 12, 12] == [count(most=most) for most in given]
            assert 12 == count()
            for most in (0, -1, 1.5, "1", None, True):
                with pytest.raises(InvalidField, match="most must be"):
                    count(most=most)

    @each_kind
    def test_pages_lead_back(self, storage: Storage, kind: str) -> None:
        """From the last page back, `previous_page` gives the same records, in the same order."""
        skip_for("forward_only", [each for each in self.forward_only if each == kind])
        record, _ = KINDS[kind]
        self.store(storage, kind, *(record(f"r{i}") for i in range(12)))
        with storage.read() as work:
            search = LISTINGS[kind](work)
            everything = ids(search().items)
            for limit in (1, 5, 6, 12):
                pages = [search(limit=limit)]
                assert "" == pages[0].previous_page
                while pages[-1].next_page:
                    pages.append(search(limit=limit, page=pages[-1].next_page))
                found = pages[-1]
                back = [*ids(found.items)]
                while found.previous_page:
                    found = search(limit=limit, page=found.previous_page)
                    back = [*ids(found.items), *back]
                    again = search(limit=limit, page=found.next_page)
                    assert len(found.items) in {limit, len(everything) % limit}
                    assert set(ids(again.items)) <= set(back)

                assert everything == back

    @each_kind
    def test_a_page_before_stays_in_step(self, storage: Storage, kind: str) -> None:
        """Records that were added meanwhile make no other one missing on the way back."""
        skip_for("forward_only", [each for each in self.forward_only if each == kind])
        record, _ = KINDS[kind]
        self.store(storage, kind, *(record(f"r{i}") for i in range(10, 20)))
        with storage.read() as work:
            first = LISTINGS[kind](work)(limit=5)
            rest = LISTINGS[kind](work)(limit=5, page=first.next_page)
        others = [f"r{i:02}" for i in (*range(5, 10), *range(20, 25))]
        self.store(storage, kind, *map(record, others))
        with storage.read() as work:
            before = LISTINGS[kind](work)(limit=50, page=rest.previous_page)

        old = [record_id for record_id in ids(before.items) if record_id not in others]
        assert ids(first.items) == old
        assert "" == before.previous_page

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
