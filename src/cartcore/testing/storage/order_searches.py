"""How orders are listed and found."""

from datetime import datetime
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moneyed import Money

from cartcore.cart import Cart, CartLine
from cartcore.orders.filters import OrderFilter
from cartcore.orders.order import Order, OrderStatus, OrderSummary
from cartcore.pricing.engine import price
from cartcore.storage.ports import Storage
from cartcore.testing import strategies
from cartcore.testing.records import HOUR, NOON, a_contact, an_order, redeeming
from cartcore.testing.storage.contract import Contract, generated
from cartcore.testing.storage.kinds import ids, walk


class OrderSearchContract(Contract):
    """Finding the placed orders."""

    def test_the_newest_order_comes_first(self, storage: Storage) -> None:
        """Orders are listed by time, those of one instant by number as a number (OE-20)."""
        self.store(
            storage,
            "orders",
            an_order("o1", number="999"),
            an_order("o2", number="1000"),
            an_order("o3", number="1", placed_at=NOON + HOUR),
            an_order("o4", number="5000", placed_at=NOON - HOUR),
        )
        with storage.read() as work:
            listed = walk(lambda **page: work.orders.search(OrderFilter(), **page), 1)

        assert ["o3", "o2", "o1", "o4"] == ids(listed)

    @pytest.mark.parametrize(
        ("wanted", "found"),
        [
            ({}, ["o3", "o2", "o1"]),
            ({"number": "500"}, ["o2", "o1"]),
            ({"number": "5001"}, ["o1"]),
            ({"number": "01"}, []),
            ({"contact": "MÜL"}, ["o1"]),
            ({"contact": "uller"}, []),
            ({"contact_id": "bob"}, ["o3", "o2"]),
            ({"placed_by": "ＳＡＭ"}, ["o3", "o2"]),
            ({"placed_by": "sam", "status": OrderStatus.CANCELLED}, ["o2"]),
            ({"placed_by": "Kim", "contact": "ann"}, ["o1"]),
            ({"placed_by": "sa"}, []),
            ({"placed_by": "\u200b"}, []),
            ({"status": OrderStatus.CANCELLED}, ["o2"]),
            ({"placed_from": NOON}, ["o3", "o2"]),
            ({"placed_before": NOON}, ["o1"]),
            ({"placed_from": NOON, "placed_before": NOON + HOUR}, ["o2"]),
            ({"total_min": Money(20, "USD")}, ["o2"]),
            ({"total_max": Money("19.99", "USD")}, ["o1"]),
            ({"total_min": Money(10, "USD"), "total_max": Money(20, "USD")}, ["o2", "o1"]),
            ({"total_min": Money(30, "JPY")}, ["o3"]),
            ({"total_min": Money(0, "EUR")}, []),
            ({"total_min": Money(0, "USD"), "total_max": Money(99, "JPY")}, []),
            ({"promo_code": "SPRING  10"}, ["o1"]),
            ({"promo_code": "spring"}, []),
            ({"sku": "mug"}, ["o2", "o1"]),
            ({"sku": "MUG"}, []),
            ({"sku": "mug", "status": OrderStatus.PROCESSING, "contact": "a"}, ["o1"]),
            ({"sku": "mug", "status": OrderStatus.PROCESSING, "contact": "b"}, []),
            ({"number": "5", "placed_from": NOON, "total_min": Money(1, "USD")}, ["o2"]),
            ({"reference": "erp-"}, ["o3", "o1"]),
            ({"reference": "ＥＲＰ-77"}, ["o1"]),
            ({"reference": "77"}, []),
            ({"reference": "\u0301"}, []),
            ({"reference": "erp", "contact": "bob"}, ["o3"]),
            ({"attributes": {"po": "PO  7"}}, ["o2", "o1"]),
            ({"attributes": {"po": "Po 7", "urgent": True}}, ["o1"]),
            ({"attributes": {"urgent": 1}}, []),
            ({"attributes": {"floor": 1}}, ["o3"]),
            ({"attributes": {"floor": 1.0}}, []),
            ({"attributes": {"floor": None}}, []),
            ({"attributes": {"po": "x" * 900}}, ["o3"]),
            ({"attributes": {"PO": "PO 7"}}, []),
            ({"attributes": {"po": "po 7"}, "status": OrderStatus.CANCELLED}, ["o2"]),
        ],
    )
    def test_orders_are_found(
        self, storage: Storage, wanted: dict[str, Any], found: list[str]
    ) -> None:
        """Each filter, and several together, find the orders they should (OE-20)."""
        bob = a_contact("bob", name="Bob")
        first = an_order(
            placed_at=NOON - HOUR,
            contact=a_contact(name="Ann Müller"),
            reference="ERP-77",
            attributes={"po": "PO 7", "urgent": True},
        )
        self.store(
            storage,
            "orders",
            redeeming(first, "sale", promo_code="Spring 10"),
            an_order(
                "o2", contact=bob, status=OrderStatus.CANCELLED, total=20, placed_by="Sam",
                attributes={"po": "po 7"},
            ),
            an_order(
                "o3", number="6003", contact=bob, sku="pot", placed_at=NOON + HOUR, total=30,
                currency="JPY", placed_by="sam", reference="erp-8",
                attributes={"floor": 1, "po": "X" * 900},
            ),
        )  # fmt: skip
        with storage.read() as work:
            assert found == ids(work.orders.search(OrderFilter(**wanted)).items)
            assert len(found) == work.orders.count(OrderFilter(**wanted))

    def test_totals_of_any_size_are_kept(self, storage: Storage) -> None:
        """A total past what a database counts with comes back, and is above each bound (ST-4)."""
        largest = Money("9999999999999.99", "USD")
        many = CartLine(id="1", sku="mug", quantity=1_000_000, unit_price=largest)
        huge = price(Cart(currency="USD", lines=(many, attrs.evolve(many, id="2"))), at=NOON)
        self.store(
            storage, "orders", an_order("o1", quote=huge), an_order("o2", total=largest.amount)
        )
        with storage.read() as work:
            above = work.orders.search(OrderFilter(total_min=largest)).items
            below = work.orders.search(OrderFilter(total_max=largest)).items
            [_, shown] = work.orders.summaries(OrderFilter(total_min=largest)).items

        assert ["o2", "o1"] == ids(above)
        assert ["o2"] == ids(below)
        assert "19999999999999980000.00" == f"{above[1].total.amount:f}"
        assert above[1].total == shown.total

    def test_summaries_page_like_the_search(self, storage: Storage) -> None:
        """A summary says what lists show, and its pages go on as those of the search do (OE-20)."""
        people = a_contact("ann"), a_contact("bob", name="Bob Müller")
        done = OrderStatus.COMPLETE
        self.store(
            storage,
            "orders",
            an_order("o1", contact=people[0], total=12),
            an_order("o2", contact=people[1], total="7.50", status=done),
            an_order("o3", contact=people[1], placed_at=NOON - HOUR, currency="JPY", total=900),
        )
        with storage.read() as work:
            searched = work.orders.search(OrderFilter(), limit=2)
            first = work.orders.summaries(OrderFilter(), limit=2)
            [last] = work.orders.summaries(OrderFilter(), page=searched.next_page, limit=2).items

        assert searched.next_page == first.next_page
        assert ["o2", "o1"] == ids(first.items)
        [second, _] = first.items
        assert ("Bob Müller", Money("7.50", "USD"), done) == (
            second.contact.name,
            second.total,
            second.status,
        )
        assert (people[1], Money(900, "JPY"), NOON - HOUR, 1) == (
            last.contact,
            last.total,
            last.placed_at,
            last.version,
        )

    def test_order_searches_follow_the_definition(self, storage: Storage) -> None:
        """Any search, summaries too, finds what `OrderFilter.matches`, newest first (OE-20).

        So many are counted, as far as is asked (HA-9).
        """
        people = st.sampled_from(["ann", "bob"])

        @generated
        @given(
            st.lists(
                strategies.orders(people=strategies.contacts(people)),
                max_size=4,
                unique_by=(lambda o: o.id, lambda o: o.number),
            ),
            strategies.order_filters(contact_ids=people),
            st.integers(1, 3),
        )
        def check(orders: list[Order], wanted: OrderFilter, limit: int) -> None:
            with storage.write() as work:
                added = [work.orders.add(order) for order in orders]
                found = walk(lambda **page: work.orders.search(wanted, **page), limit)
                shown = walk(lambda **page: work.orders.summaries(wanted, **page), limit)
                assert len(found) == work.orders.count(wanted)
                assert min(limit, len(found)) == work.orders.count(wanted, most=limit)

            expected = sorted(filter(wanted.matches, added), key=age, reverse=True)
            assert expected == found
            assert list(map(OrderSummary.of, expected)) == shown

        def age(order: Order) -> tuple[datetime, int]:
            return order.placed_at, int(order.number)

        check()
