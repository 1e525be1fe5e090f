"""Orders in the transactions of a Django project, with what its models do (HA-2, HA-3)."""

import asyncio
import unittest
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from django.core.exceptions import SynchronousOnlyOperation
from django.db import IntegrityError, connection, connections, router, transaction
from django.test import TestCase, override_settings

from cartcore import OrderHooks
from cartcore.adapters.django import DjangoStorage
from cartcore.errors import (
    HookFailed,
    InvalidText,
    NotFound,
    SchemaMismatch,
    StorageBusy,
    StorageUnavailable,
    UnfitConnection,
)
from cartcore.orders.filters import OrderFilter
from cartcore.testing.records import a_promotion, an_order
from cartcore.testing.storage import store
from tests.adapters.django.databases import Databases, InThreads
from tests.adapters.django.shop.models import Stock

pytestmark = pytest.mark.usefixtures("vendor")


class Failed(Exception):
    """The application gives up."""


def order_and_stock(storage: DjangoStorage | None = None) -> None:
    """Store an order, and take from the stock, in one unit of work."""
    with (storage or DjangoStorage()).write() as work:
        work.orders.add(an_order())
        Stock.objects.create(sku="MUG", pieces=1)
        work.commit()


def there(using: str = "default") -> tuple[int, int]:
    """How many orders and rows of stock everybody can see: by another connection."""

    def look() -> tuple[int, int]:
        with connections[using].cursor() as cursor:
            cursor.execute(
                "SELECT (SELECT count(*) FROM cartcore_orders), count(*) FROM shop_stock"
            )
            found = cursor.fetchone()
        connections[using].close()
        return found

    return elsewhere(look)


def elsewhere(do: Callable[[], Any]) -> Any:
    """Do something in another thread, which has a connection of its own."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(do).result()


# --- Outside any block ------------------------------------------------------------------------


def test_readers_have_a_still_picture() -> None:
    """What is stored meanwhile is there for the next reader, by the desk and by models (ST-5)."""
    with DjangoStorage().read() as work:
        before = work.orders.search(OrderFilter()).items
        elsewhere(partial(order_and_stock, InThreads()))
        assert () == before == work.orders.search(OrderFilter()).items
        assert not Stock.objects.exists()
    assert (1, 1) == there()


def test_order_and_models_are_stored_together() -> None:
    """What models do in a unit of work is there with the order, from its commit on (HA-3)."""
    with DjangoStorage().write() as work:
        work.orders.add(an_order())
        Stock.objects.create(sku="MUG", pieces=1)
        assert (0, 0) == there()
        work.commit()
        assert (1, 1) == there()


@pytest.mark.parametrize("error", [Failed, KeyboardInterrupt, None])
def test_order_and_models_are_undone_together(error: type[BaseException] | None) -> None:
    """Without a commit neither the order nor what models did is there (HA-3)."""
    with suppress(Failed, KeyboardInterrupt), DjangoStorage().write() as work:
        work.orders.add(an_order())
        Stock.objects.create(sku="MUG", pieces=1)
        if error is not None:
            raise error

    assert (0, 0) == there()
    order_and_stock()
    assert (1, 1) == there()


def test_what_waits_for_the_commit_runs_after_it() -> None:
    """`on_commit` in a unit of work runs when others can see the order; else it never does."""
    seen = []
    with DjangoStorage().write() as work:
        work.orders.add(an_order())
        transaction.on_commit(lambda: seen.append(there()))
        assert [] == seen
        work.commit()
    with DjangoStorage().write() as work:
        transaction.on_commit(lambda: seen.append(there()))

    assert [(1, 0)] == seen


def test_models_can_have_blocks_of_their_own() -> None:
    """A block of atomic() inside a unit of work can fail, and be caught, without the work."""
    with DjangoStorage().write() as work:
        work.orders.add(an_order())
        with suppress(IntegrityError), transaction.atomic():
            Stock.objects.create(sku="PIN", pieces=-1)
        Stock.objects.create(sku="MUG", pieces=1)
        work.commit()

    assert (1, 1) == there()


def test_an_error_of_a_model_that_was_hidden_undoes_the_work() -> None:
    """As in Django itself: what was caught outside a block of its own has broken the whole one."""
    with DjangoStorage().write() as work:
        work.orders.add(an_order())
        with suppress(IntegrityError):
            Stock.objects.create(sku="PIN", pieces=-1)
        with pytest.raises(StorageUnavailable, match="earlier error"):
            work.commit()

    assert (0, 0) == there()


def test_the_hook_that_hides_an_error_of_a_model_is_named() -> None:
    """An error that was caught in a hook has broken the whole: the hook is told, by name (HA-5)."""

    def hides(*_: object) -> None:
        with suppress(IntegrityError):
            Stock.objects.create(sku="PIN", pieces=-1)

    hooks = OrderHooks(placed=(hides, lambda *_: Stock.objects.count()))
    with DjangoStorage().write() as work:
        order = work.orders.add(an_order())
        with pytest.raises(HookFailed, match=r"hides failed for order_placed: .*earlier error"):
            hooks.tell_placed(order, work)

    assert (0, 0) == there()


def test_a_commit_inside_another_block_is_refused() -> None:
    """A block that was begun in the work has to end before its commit."""
    with DjangoStorage().write() as work:
        work.orders.add(an_order())
        with transaction.atomic(), pytest.raises(UnfitConnection, match="innermost block"):
            work.commit()

    assert (0, 0) == there()


def test_a_rollback_that_was_asked_for_is_no_commit() -> None:
    """With `set_rollback(True)` nothing is acknowledged that is not stored."""
    with DjangoStorage().write() as work:
        work.orders.add(an_order())
        transaction.set_rollback(True)
        with pytest.raises(StorageUnavailable):
            work.commit()

    assert (0, 0) == there()


# --- Inside a block ---------------------------------------------------------------------------


def test_a_block_of_the_project_decides() -> None:
    """In the project's block an order is there when that ends, and not before (HA-2)."""
    with transaction.atomic():
        order_and_stock()
        assert (0, 0) == there()
        with DjangoStorage().read() as work:
            assert "5001" == work.orders.by_number("5001").number

    assert (1, 1) == there()


def test_a_block_that_fails_takes_it_back() -> None:
    """What the project rolls back is gone, order and stock; others can write at once (HA-2)."""
    with suppress(Failed), transaction.atomic():
        order_and_stock()
        raise Failed

    assert (0, 0) == there()
    elsewhere(partial(order_and_stock, InThreads()))
    assert (1, 1) == there()


def test_a_savepoint_that_is_rolled_back_takes_it_back() -> None:
    """An inner block that fails takes the order, and leaves what was before it (HA-2)."""
    with transaction.atomic():
        Stock.objects.create(sku="PIN", pieces=1)
        with suppress(Failed), transaction.atomic():
            order_and_stock()
            raise Failed

    assert (0, 1) == there()


def test_work_that_fails_leaves_the_block_usable() -> None:
    """In a block, a failed unit of work undoes itself alone, even after an error of a model."""
    with transaction.atomic():
        Stock.objects.create(sku="PIN", pieces=1)
        with suppress(IntegrityError), DjangoStorage().write() as work:
            work.orders.add(an_order())
            Stock.objects.create(sku="PIN", pieces=1)
        Stock.objects.create(sku="CAP", pieces=1)

    assert (0, 2) == there()


def test_a_broken_block_is_told() -> None:
    """Where an error has broken the block, no unit of work is begun in it."""
    with suppress(IntegrityError), transaction.atomic():
        with suppress(IntegrityError):
            Stock.objects.create(sku="PIN", pieces=-1)
        with pytest.raises(StorageUnavailable, match="block of transaction"):
            DjangoStorage().write().__enter__()

    assert (0, 0) == there()


def test_without_autocommit_the_project_commits() -> None:
    """With autocommit off the order is there when the project says so, or never."""
    transaction.set_autocommit(False)
    try:
        order_and_stock()
        assert (0, 0) == there()
        transaction.rollback()
        order_and_stock()
        transaction.commit()
    finally:
        transaction.set_autocommit(True)

    assert (1, 1) == there()


def test_without_autocommit_who_reads_lets_others_write() -> None:
    """Whoever only reads does not take the lock of writers (HA-2)."""
    transaction.set_autocommit(False)
    try:
        with DjangoStorage().read():
            elsewhere(partial(order_and_stock, InThreads()))
        transaction.rollback()
    finally:
        transaction.set_autocommit(True)

    assert (1, 1) == there()


def test_writers_wait_until_the_block_ends(vendor: str) -> None:
    """From its first unit of work for writing until it ends, a block holds up other writers."""

    def impatient() -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "PRAGMA busy_timeout = 50" if vendor == "sqlite" else "SET lock_timeout = 50"
            )
        try:
            with DjangoStorage().write():
                pass
        finally:
            connection.close()

    with transaction.atomic():
        order_and_stock()
        with pytest.raises(StorageBusy):
            elsewhere(impatient)
    elsewhere(impatient)


def test_readers_do_not_wait_for_a_block() -> None:
    """Others read while a block writes, and see nothing of it; also where blocks begin at once."""
    with transaction.atomic():
        order_and_stock()

        def look() -> None:
            with InThreads().read() as work, pytest.raises(NotFound):
                work.orders.by_number("5001")

        elsewhere(look)


def test_rows_that_are_locked_before_the_order_hold_up_others(vendor: str) -> None:
    """Who locks rows first and then writes an order can meet another who did the reverse.

    That is told as busy, and nobody's order is stored half: so the docs say to begin with the
    unit of work.
    """
    if vendor == "sqlite":
        pytest.skip("SQLite has one lock for everything")
    Stock.objects.create(sku="MUG", pieces=1)

    def reverse() -> bool:
        try:
            with InThreads().write() as work:
                work.orders.add(an_order("o2", number="5002"))
                connection.cursor().execute("SET LOCAL lock_timeout = 50")
                with suppress(Exception):
                    Stock.objects.select_for_update().get(sku="MUG")
                work.commit()
        except StorageUnavailable:
            return False
        return True

    with transaction.atomic():
        Stock.objects.select_for_update().get(sku="MUG")
        assert not elsewhere(reverse)
        with DjangoStorage().write() as work:
            work.orders.add(an_order())
            work.commit()

    assert (1, 1) == there()


def test_a_revision_that_may_be_undone_is_none() -> None:
    """Promotions changed in a block are known by no number until the block has ended (PR-23)."""

    def revision() -> int | None:
        with DjangoStorage().read() as work:
            return work.promotions.revision()

    first = revision()
    with suppress(Failed), transaction.atomic():
        store(DjangoStorage(), "promotions", a_promotion())
        assert revision() is None
        raise Failed
    assert first == revision()
    with transaction.atomic():
        store(DjangoStorage(), "promotions", a_promotion())
    assert first != revision()
    assert revision() is not None


# --- Connections ------------------------------------------------------------------------------


def test_a_connection_that_was_lost_is_replaced(vendor: str) -> None:
    """Where nothing was begun, a lost connection is replaced before anybody hears of it (ST-10)."""
    order_and_stock()
    connection.connection.close()

    with DjangoStorage().read() as work:
        assert "5001" == work.orders.by_number("5001").number


@pytest.mark.parametrize("by", ["server", "project"])
def test_a_connection_that_is_lost_in_the_middle_stores_nothing(by: str) -> None:
    """A unit of work whose connection is closed ends in StorageUnavailable; the next one works."""
    with DjangoStorage().write() as work:
        work.orders.add(an_order())
        (connection.connection if by == "server" else connection).close()
        with pytest.raises(StorageUnavailable):
            work.commit()

    assert (0, 0) == there()
    order_and_stock()
    assert (1, 1) == there()


def test_a_block_whose_connection_is_closed_is_told() -> None:
    """In a block, a closed connection is not replaced: what was done is lost, and that is told."""
    with suppress(Exception), transaction.atomic():
        Stock.objects.create(sku="PIN", pieces=1)
        connection.connection.close()
        with pytest.raises(StorageUnavailable):
            DjangoStorage().write().__enter__()

    assert (0, 0) == there()
    order_and_stock()
    assert (1, 1) == there()


def test_each_alias_is_a_storage_of_its_own(databases: Databases, vendor: str) -> None:
    """`using` says which database is meant; an unknown one is an error of Django's."""
    databases.add("other", "sqlite" if vendor == "postgresql" else "postgresql")
    with DjangoStorage("other").write() as work, DjangoStorage().write() as here:
        work.orders.add(an_order())
        here.commit()
        work.commit()

    assert (0, 0) == there()
    assert (1, 0) == there("other")
    with pytest.raises(Exception, match="nowhere"):
        DjangoStorage("nowhere").read().__enter__()


def test_routers_say_where_it_is(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without `using`, orders go where the project's routers send cartcore's models (HA-3)."""
    databases.add("orders", "sqlite")

    class Router:
        def db_for_write(self, model: Any, **hints: Any) -> str | None:
            return "orders" if model._meta.app_label == "cartcore" else None

        def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool | None:
            return db == "orders" if app_label == "cartcore" else None

    monkeypatch.setattr(router, "routers", [Router()])
    store(DjangoStorage(), "orders", an_order())

    assert ((0, 0), (1, 0)) == (there(), there("orders"))


def test_asynchronous_code_is_told_to_use_a_thread() -> None:
    """In an event loop Django refuses its connections, and so does the storage."""

    async def read() -> None:
        DjangoStorage().read().__enter__()

    with pytest.raises(SynchronousOnlyOperation):
        asyncio.run(read())


@pytest.mark.parametrize("wrong", [5, b"default", ["default"]])
def test_other_things_are_no_aliases(wrong: Any) -> None:
    """An alias is a text."""
    with pytest.raises(InvalidText):
        DjangoStorage(wrong)


def test_tables_that_are_missing_are_told(databases: Databases, vendor: str) -> None:
    """Before `manage.py migrate` nothing is done, and the error says that tables are missing."""
    databases.add("empty", vendor, migrated=False)
    for begin in (DjangoStorage("empty").read, DjangoStorage("empty").write):
        with pytest.raises(SchemaMismatch, match="no tables of cartcore"):
            begin().__enter__()
    connections["empty"].ensure_connection()


def test_settings_of_django_for_time_change_nothing(databases: Databases, vendor: str) -> None:
    """Without time zones in Django, cartcore's times are as exact as ever (ST-4)."""
    with override_settings(USE_TZ=False, TIME_ZONE="Asia/Kolkata"):
        databases.add("local", vendor)
        storage = DjangoStorage("local")
        store(storage, "orders", an_order(), an_order("o2", number="5002"))
        with storage.read() as work:
            first = work.orders.search(OrderFilter(), limit=1)
            rest = work.orders.search(OrderFilter(), limit=1, page=first.next_page)
            assert {an_order().placed_at} == {o.placed_at for o in (*first.items, *rest.items)}


# --- Django's own tests -----------------------------------------------------------------------


def test_a_test_case_of_django_leaves_nothing() -> None:
    """Inside Django's TestCase orders are stored and read, and undone after each test."""

    class Orders(TestCase):
        databases = frozenset({"default"})

        def test_once(self) -> None:
            with self.captureOnCommitCallbacks(execute=True):
                order_and_stock()
            with DjangoStorage().read() as work:
                work.orders.by_number("5001")

        test_again = test_once

    result = unittest.TestResult()
    unittest.TestSuite([Orders("test_once"), Orders("test_again")]).run(result)
    assert ([], []) == (result.errors, result.failures)
    assert 2 == result.testsRun
    assert (0, 0) == there()
