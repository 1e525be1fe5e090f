"""The orders in which orders and drafts can be listed."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moneyed import Money

from cartcore.errors import InvalidField
from cartcore.orders.filters import DraftFilter, DraftSort, OrderFilter, OrderSort
from cartcore.orders.order import Order, OrderStatus, OrderSummary
from cartcore.storage.ports import Storage
from cartcore.testing import strategies
from cartcore.testing.records import HOUR, NOON, a_draft, an_order
from cartcore.testing.storage.contract import Contract, generated
from cartcore.testing.storage.kinds import ids, walk

_DONE = OrderStatus.COMPLETE


class SortingContract(Contract):
    """Lists that are sorted in another way than usual."""

    @pytest.mark.parametrize(
        ("sort", "wanted", "found"),
        [
            (OrderSort.NEWEST, {}, ["o4", "o10", "o3", "o2", "o1"]),
            (OrderSort.OLDEST, {}, ["o1", "o2", "o3", "o10", "o4"]),
            (OrderSort.OLDEST, {"placed_from": NOON, "status": _DONE}, ["o3", "o4"]),
            (OrderSort.OLDEST, {"placed_before": NOON}, ["o1", "o2"]),
            (OrderSort.OLDEST, {"contact": "ann", "status": _DONE}, ["o1", "o3", "o4"]),
            # 9.50 and 10.00 are in the order of numbers, and the yen of o2 stand apart.
            (OrderSort.HIGHEST_TOTAL, {}, ["o10", "o4", "o3", "o1", "o2"]),
            (OrderSort.LOWEST_TOTAL, {}, ["o2", "o1", "o3", "o4", "o10"]),
            (OrderSort.HIGHEST_TOTAL, {"status": _DONE}, ["o4", "o3", "o1"]),
            (OrderSort.LOWEST_TOTAL, {"placed_by": "KIM"}, ["o2", "o1", "o3", "o4", "o10"]),
            (OrderSort.LOWEST_TOTAL, {"placed_by": "ki"}, []),
            (OrderSort.HIGHEST_TOTAL, {"placed_from": NOON}, ["o10", "o4", "o3"]),
            (
                OrderSort.HIGHEST_TOTAL,
                {"placed_before": NOON + HOUR, "status": _DONE, "total_max": Money(10, "USD")},
                ["o3", "o1"],
            ),
            (OrderSort.LOWEST_TOTAL, {"total_min": Money(10, "USD")}, ["o3", "o4", "o10"]),
            (OrderSort.LOWEST_TOTAL, {"contact": "ann", "placed_from": NOON}, ["o3", "o4", "o10"]),
        ],
    )
    def test_orders_are_sorted(
        self, storage: Storage, sort: OrderSort, wanted: dict[str, object], found: list[str]
    ) -> None:
        """By time or by total, with any filter, and each page goes on where one ended (OE-20)."""
        self.store(
            storage,
            "orders",
            an_order("o1", placed_at=NOON - 2 * HOUR, total="9.50", status=_DONE),
            an_order("o2", placed_at=NOON - HOUR, total=9000, currency="JPY"),
            an_order("o3", placed_at=NOON, total=10, status=_DONE, number="999"),
            an_order("o4", placed_at=NOON + HOUR, total=10, status=_DONE, number="1001"),
            an_order("o10", placed_at=NOON, total="10.01", number="1000"),
        )
        sought = OrderFilter(**wanted)  # type: ignore[arg-type]  # of the kinds above
        with storage.read() as work:
            pages = [
                ids(walk(lambda **page: work.orders.search(sought, sort=sort, **page), limit))
                for limit in (1, 2, 10)
            ]

        assert [found] * 3 == pages

    def test_sorted_searches_follow_the_definition(self, storage: Storage) -> None:
        """However orders are sorted, lists have what `OrderFilter.matches`, each once (OE-20)."""
        people = st.sampled_from(["ann", "bob"])

        @generated
        @given(
            st.lists(
                strategies.orders(people=strategies.contacts(people)),
                max_size=4,
                unique_by=(lambda o: o.id, lambda o: o.number),
            ),
            strategies.order_filters(contact_ids=people),
            st.sampled_from(OrderSort),
            st.integers(1, 3),
        )
        def check(orders: list[Order], wanted: OrderFilter, sort: OrderSort, limit: int) -> None:
            with storage.write() as work:
                added = [work.orders.add(order) for order in orders]
                found = walk(lambda **p: work.orders.search(wanted, sort=sort, **p), limit)
                shown = walk(lambda **p: work.orders.summaries(wanted, sort=sort, **p), limit)

            expected = sorted(filter(wanted.matches, added), key=lambda o: int(o.number))
            expected.sort(key=lambda o: o.placed_at)
            if sort in {OrderSort.HIGHEST_TOTAL, OrderSort.LOWEST_TOTAL}:
                expected.sort(key=lambda o: (o.total.currency.code, o.total.amount))
            if sort in {OrderSort.NEWEST, OrderSort.HIGHEST_TOTAL}:
                expected.reverse()
            assert expected == found
            assert list(map(OrderSummary.of, expected)) == shown

        check()

    def test_the_drafts_left_longest_come_first(self, storage: Storage) -> None:
        """Drafts can be listed from the one that nobody changed for longest (OE-22)."""
        times = {"d1": NOON, "d2": NOON + HOUR, "d3": NOON - HOUR, "d4": NOON}
        self.store(storage, "drafts", *(a_draft(i, updated_at=at) for i, at in times.items()))
        longest: dict[str, Any] = {"sort": DraftSort.EARLIEST_CHANGE}
        with storage.read() as work:
            search = work.drafts.search
            everyone = walk(lambda **page: search(**longest, **page), 1)
            kims = walk(lambda **page: search(DraftFilter(actor="kim"), **longest, **page), 1)

        assert ["d3", "d1", "d4", "d2"] == ids(everyone) == ids(kims)

    def test_a_page_belongs_to_its_order(self, storage: Storage) -> None:
        """The next page of one order is refused in every other one (OE-20)."""
        self.store(storage, "orders", *(an_order(f"o{i}") for i in range(3)))
        self.store(storage, "drafts", *(a_draft(f"d{i}") for i in range(3)))
        with storage.read() as work:
            for sort in OrderSort:
                page = work.orders.search(OrderFilter(), sort=sort, limit=1).next_page
                for other in {*OrderSort} - {sort}:
                    with pytest.raises(InvalidField, match="page"):
                        work.orders.summaries(OrderFilter(), sort=other, page=page)
            for draft_sort in DraftSort:
                page = work.drafts.search(sort=draft_sort, limit=1).next_page
                for kind in {*DraftSort} - {draft_sort}:
                    with pytest.raises(InvalidField, match="page"):
                        work.drafts.search(sort=kind, page=page)

    @pytest.mark.parametrize("sort", ["newest", "", None, 1, DraftSort.LATEST_CHANGE])
    def test_no_such_order(self, storage: Storage, sort: object) -> None:
        """What says no order is InvalidField, and no list comes back in a usual one (ST-10)."""
        with storage.read() as work:
            for search in (work.orders.search, work.orders.summaries):
                with pytest.raises(InvalidField):
                    search(OrderFilter(), sort=sort)  # type: ignore[arg-type]
            with pytest.raises(InvalidField):
                work.drafts.search(sort=OrderSort.NEWEST)  # type: ignore[arg-type]
