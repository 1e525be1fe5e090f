"""Several databases: what a unit of work reads is what its order is stored with (HA-1, HA-3)."""

import sqlite3
from contextlib import closing, suppress
from functools import partial
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connection, router
from moneyed import Money

from cartcore import OrderDesk, OrderHooks, Problem, Product, Step, Store
from cartcore.adapters.composed import ComposedStorage
from cartcore.adapters.django import DjangoStorage, UnitOfWorkRouter
from cartcore.adapters.host import HostStorage, migrate
from cartcore.adapters.memory import MemoryStorage
from cartcore.errors import InvalidField, NotFound, PortFailed, QuoteChanged
from cartcore.rules.builtin import FlatRate
from tests.adapters.django.databases import Databases
from tests.adapters.django.shop.models import Goods, Stock
from tests.adapters.django.test_ports import Catalogue, Customers


class PrimaryAndReplica:
    """The router of Django's own documentation."""

    def db_for_read(self, model: Any, **hints: Any) -> str:
        return "replica"

    def db_for_write(self, model: Any, **hints: Any) -> str:
        return "default"

    def allow_relation(self, *objects: Any, **hints: Any) -> bool:
        return True


class OrdersApart:
    """The router that sends cartcore's tables elsewhere."""

    def db_for_write(self, model: Any, **hints: Any) -> str | None:
        return "replica" if model._meta.app_label == "cartcore" else None


class Related(Catalogue):
    """Asks for another table, for each row."""

    def product(self, row: Any) -> Product:
        assert 3 == Stock.objects.get(sku=row.sku).pieces
        return super().product(row)


def few(view: Any) -> Any:
    """The check of an application for its stock."""
    if Stock.objects.get(sku="MUG").pieces < 2:
        yield Problem(step=Step.ITEMS, code="out_of_stock", message="too few")


POST = FlatRate(code="post", name="Post", price=Money("4.90", "USD"))


@pytest.fixture(autouse=True)
def two(databases: Databases, vendor: str) -> None:
    """A database, and a replica that has yet to hear of what was changed there."""
    databases.add("replica", vendor)
    for alias, cents, pieces in (("default", 9900, 3), ("replica", 795, 1)):
        Goods.objects.using(alias).create(pk=7, sku="MUG", name="Mug", cents=cents)
        Stock.objects.using(alias).create(sku="MUG", pieces=pieces)
    Goods.objects.using("default").create(pk=9, sku="CAP", name="Cap", cents=9900)
    Stock.objects.using("default").create(sku="CAP", pieces=3)


def desk(products: Any = Related, **hooks: Any) -> OrderDesk:
    storage = ComposedStorage(DjangoStorage(), products=products, contacts=Customers)
    return OrderDesk(storage, Store(currency="USD", speeds=(POST,)), hooks=OrderHooks(**hooks))


def entered(desk: OrderDesk) -> Any:
    with desk.begin(actor="sam") as edit:
        edit.choose_contact("9")
        edit.add_sku("MUG", quantity=2)
        edit.save_items()
        edit.choose_speed("s1", "post")
        edit.go_to("review")
    return desk.view(edit.draft.id)


def test_prices_are_those_of_the_database_that_orders_are_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With a replica, prices, customers and the stock of hooks come from the primary (HA-1)."""
    monkeypatch.setattr(router, "routers", [UnitOfWorkRouter(), PrimaryAndReplica()])
    shop = desk(problems=(few,))
    view = entered(shop)

    assert () == view.problems
    assert Money("202.90", "USD") == view.quote.total
    assert Goods.objects.get(pk=7).cents == 795, "outside a unit of work the routers decide"
    Goods.objects.using("default").filter(pk=7).update(cents=9800)
    with pytest.raises(QuoteChanged):
        shop.place(view.draft.id, seen=view.token, actor="sam")
    view = shop.view(view.draft.id)
    assert Money("200.90", "USD") == shop.place(view.draft.id, seen=view.token, actor="sam").total
    assert Stock.objects.get(sku="MUG").pieces == 1


def test_reading_from_a_replica_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without that router nothing is read where orders are not; `manage.py check` says so, too."""
    call_command("check")
    monkeypatch.setattr(router, "routers", [PrimaryAndReplica()])
    with pytest.raises(PortFailed, match="UnitOfWorkRouter' first in DATABASE_ROUTERS"):
        entered(desk())
    with pytest.raises(SystemCheckError, match=r"shop\.Goods(.|\n)*UnitOfWorkRouter"):
        call_command("check")
    monkeypatch.setattr(router, "routers", [UnitOfWorkRouter(), PrimaryAndReplica()])
    call_command("check")


@pytest.mark.parametrize("end", ["commit", "leave", "fail"])
def test_reading_is_as_ever_when_the_work_is_over(
    monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    """However a unit of work ends, the routers decide again, and before that only for its own."""
    monkeypatch.setattr(router, "routers", [UnitOfWorkRouter(), PrimaryAndReplica()])
    with suppress(NotFound), DjangoStorage().write() as work:
        with DjangoStorage("replica").read():
            assert "default" == router.db_for_read(Goods)
        assert "default" == router.db_for_read(Goods)
        if end == "commit":
            work.commit()
        if end == "fail":
            work.orders.get("o9")
    assert "replica" == router.db_for_read(Goods)
    with DjangoStorage("replica").read():
        assert "replica" == router.db_for_read(Goods)


def test_routers_that_need_a_request_stop_no_command(monkeypatch: pytest.MonkeyPatch) -> None:
    """A router that can only be asked in a request does not keep `manage.py` from working."""

    class Tenants:
        def db_for_write(self, model: Any, **hints: Any) -> str:
            raise LookupError("no tenant is known outside of a request")

    monkeypatch.setattr(router, "routers", [UnitOfWorkRouter(), Tenants()])
    call_command("check")
    assert "default" == router.db_for_read(Goods)


def test_a_port_of_another_database_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Models in another database are outside the transaction: else the storage is not made."""

    class Outside(Catalogue):
        outside_transaction = True

    class Pinned(Catalogue):
        queryset = Goods.objects.using("default")

    monkeypatch.setattr(router, "routers", [OrdersApart()])
    for port in (Catalogue, Pinned):
        with pytest.raises(InvalidField, match=r"database of .* 'replica', or the port must say"):
            ComposedStorage(DjangoStorage(), products=port)
        with (
            pytest.raises(PortFailed, match="outside_transaction"),
            ComposedStorage(DjangoStorage(), products=partial(port)).read() as work,
        ):
            work.products.any_published()
    with ComposedStorage(DjangoStorage(), products=Outside).read() as work:
        assert "Mug" == work.products.by_sku("MUG").title
    ComposedStorage(DjangoStorage("default"), products=Catalogue)


def test_a_port_in_another_storage_says_so(vendor: str) -> None:
    """Beside a storage on another connection than Django's, models are outside, too."""
    with closing(sqlite3.connect(":memory:")) as other:
        migrate(other)
        for records in (MemoryStorage(), HostStorage(lambda: other)):
            with (
                pytest.raises(PortFailed, match="the connection of the unit of work"),
                ComposedStorage(records, products=Catalogue).read() as work,
            ):
                work.products.any_published()
    connection.ensure_connection()
    here = HostStorage(lambda: connection.connection)
    with ComposedStorage(ComposedStorage(here), products=Catalogue).read() as work:
        assert work.products.any_published()
