"""The kinds of records that every storage keeps, and how to store and list those of each."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from cartcore.orders.filters import OrderFilter
from cartcore.orders.order import OrderStatus
from cartcore.shop.contact import ContactFilter
from cartcore.storage.paging import Page
from cartcore.storage.ports import Storage, UnitOfWork
from cartcore.testing.records import a_contact, a_draft, a_product, a_promotion, an_order

Search = Callable[..., Page[Any]]

# Records of each kind by an id, and a change of it that is worth saving.
KINDS: dict[str, tuple[Callable[[str], Any], dict[str, Any]]] = {
    "contacts": (a_contact, {"name": "Zoë"}),
    "products": (a_product, {"title": "Pot"}),
    "promotions": (a_promotion, {"priority": 7}),
    "drafts": (a_draft, {"contact_id": "zoe"}),
    "orders": (an_order, {"status": OrderStatus.COMPLETE}),
}

# Listings of everything.
LISTINGS: dict[str, Callable[[UnitOfWork], Search]] = {
    "contacts": lambda work: lambda **page: work.contacts.search(ContactFilter(), **page),
    "products": lambda work: work.products.search,
    "promotions": lambda work: work.promotions.search,
    "drafts": lambda work: work.drafts.search,
    "orders": lambda work: lambda **page: work.orders.search(OrderFilter(), **page),
}

# How many of everything there are.
COUNTS: dict[str, Callable[[UnitOfWork], Callable[..., int]]] = {
    "contacts": lambda work: lambda **most: work.contacts.count(ContactFilter(), **most),
    "products": lambda work: work.products.count,
    "promotions": lambda work: work.promotions.count,
    "drafts": lambda work: work.drafts.count,
    "orders": lambda work: lambda **most: work.orders.count(OrderFilter(), **most),
}

# Keys that no listing has: of another shape, or of what no database can compare.
NO_KEYS: list[list[Any]] = [
    [],
    [1],
    ["a", 1],
    ["a", "a", "a", "a"],
    [1, 2, 3, "a"],
    [10**30, "a"],
    [10**30, 1, "a"],
    [1, -(10**30), "a"],
    ["\ud800"],
    ["a", "\ud800"],
    [1, "\udfff"],
    [1, 1, "\udfff"],
]

# Of what the sort keys of the listings are.
SORT_KEYS: dict[str, list[type]] = {
    "contacts": [str, str],
    "products": [str, str],
    "promotions": [str],
    "drafts": [int, str],
    "orders": [int, int, str],
}

each_kind = pytest.mark.parametrize("kind", KINDS)


def store(storage: Storage, kind: str, *records: Any) -> list[Any]:
    """Add records of one kind, in a unit of work of their own."""
    with storage.write() as work:
        stored = [getattr(work, kind).add(record) for record in records]
        work.commit()
    return stored


def stored(storage: Storage, kind: str, record_id: str) -> Any:
    """Get a record, in a unit of work of its own."""
    with storage.read() as work:
        return getattr(work, kind).get(record_id)


def walk(search: Search, limit: int) -> list[Any]:
    """Return what all pages have, which must be as full as they can be."""
    found: list[Any] = []
    page = search(limit=limit)
    while page.next_page:
        assert limit == len(page.items)

        found += page.items
        page = search(limit=limit, page=page.next_page)
    assert page.items or not found  # no page is empty, unless nothing is there

    return [*found, *page.items]


def ids(records: Iterable[Any]) -> list[str]:
    """Return the ids of records, which is enough to tell them apart."""
    return [record.id for record in records]


def like(types: list[type], text: str) -> list[Any]:
    """A sort key with this text, and numbers that no time can have."""
    return [text if kind is str else 2**62 for kind in types]
