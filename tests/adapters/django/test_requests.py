"""Orders that are placed in requests to a Django project, each of which is a transaction (HA-3)."""

import asyncio
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connections
from django.test import AsyncClient, Client

from cartcore.adapters.django import DjangoStorage
from cartcore.orders.filters import OrderFilter
from tests.adapters.django import views
from tests.adapters.django.databases import KINDS, Databases
from tests.adapters.django.shop.models import Stock
from tests.support.shop import Shop


@pytest.fixture(params=KINDS)
def draft_id(request: pytest.FixtureRequest, databases: Databases) -> str:
    """A draft that can be placed, and three mugs, where each request is a transaction."""
    databases.add("default", request.param, ATOMIC_REQUESTS=True, CONN_MAX_AGE=60)
    Stock.objects.create(sku="MUG", pieces=3)
    views.seen.clear()
    return Shop(DjangoStorage()).reviewed({"MUG": 2})


def ask(view: str, draft_id: str) -> Any:
    """Send a request, on a connection as a request of a server finds it."""
    connections["default"].close()
    return Client(raise_request_exception=False).post(f"/{view}/{draft_id}/")


def there() -> tuple[list[str], dict[str, int], list[str]]:
    """The orders, the stock, and what ran after a commit, as the next request finds them."""
    connections["default"].close()
    with DjangoStorage().read() as work:
        orders = [order.number for order in work.orders.search(OrderFilter()).items]
    return orders, dict(Stock.objects.values_list("sku", "pieces")), views.seen


@pytest.mark.parametrize("view", ["plain", "rows_locked_before", "in_a_durable_block"])
def test_an_order_is_placed(draft_id: str, view: str) -> None:
    """Order and stock are there after the request, and what waited for the commit has run."""
    answer = ask(view, draft_id)

    assert (200, b"1001") == (answer.status_code, answer.content)
    assert (["1001"], {"MUG": 1}, ["1001"]) == there()


def test_an_exception_afterwards_undoes_it(draft_id: str) -> None:
    """An exception after the order takes it back, and the stock; then the order is placed."""
    assert 500 == ask("fails_later", draft_id).status_code
    assert ([], {"MUG": 3}, []) == there()

    assert b"1001" == ask("plain", draft_id).content
    assert (["1001"], {"MUG": 1}, ["1001"]) == there()


def test_an_order_that_is_refused_undoes_itself_alone(draft_id: str) -> None:
    """What the hooks did is undone with the order, and what the request did before stays."""
    answer = ask("refused_and_caught", draft_id)

    assert 409 == answer.status_code
    assert b"durable" in answer.content
    assert ([], {"MUG": 3, "NOTE": 1}, []) == there()


def test_an_asynchronous_view_places_in_a_thread(draft_id: str) -> None:
    """By `sync_to_async` an asynchronous view places an order; again, it is told (HA-3, HA-15)."""

    async def twice() -> list[int]:
        client = AsyncClient(raise_request_exception=False)
        paths = [f"/asynchronous/{draft_id}/"] * 2
        try:
            return [(await client.post(path)).status_code for path in paths]
        finally:
            await sync_to_async(leave)()

    def leave() -> None:
        """The thread serves other tests, which have other databases."""
        connections["default"].close()
        del connections["default"]

    connections["default"].close()
    assert [200, 500] == asyncio.run(twice())
    assert (["1001"], {"MUG": 1}, ["1001"]) == there()
