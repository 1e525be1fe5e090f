"""Storages that are put together keep the contract, but for what they declare (HA-1)."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from cartcore.adapters.composed import ComposedStorage
from cartcore.adapters.memory import MemoryStorage
from cartcore.adapters.postgres import PostgresStorage
from cartcore.adapters.sqlite import SQLiteStorage
from cartcore.testing.storage import (
    contacts,
    faults,
    paging,
    ports,
    products,
    promotion_changes,
    promotions,
    records,
    restoring,
    transactions,
)
from tests.adapters.composed.ports import OWN, CustomerService, make_tables, put


class TestPortsOfTheSameStorage(
    transactions.TransactionContract,
    faults.FaultsContract,
    records.RecordContract,
    restoring.RestoringContract,
    paging.PagingContract,
    contacts.ContactsContract,
    products.ProductsContract,
    promotions.PromotionsContract,
    promotion_changes.PromotionChangesContract,
):
    """Ports that can do everything: nothing is skipped for the storage that is put together."""

    @pytest.fixture
    def storage(self) -> ComposedStorage:
        return ComposedStorage(
            MemoryStorage(),
            contacts=lambda work: work.contacts,
            products=lambda work: work.products,
            promotions=lambda work: work.promotions,
        )


class OwnTables(
    ports.PortsContract,
    transactions.TransactionContract,
    paging.PagingContract,
    contacts.ContactsContract,
    products.ProductsContract,
    promotions.PromotionsContract,
):
    """Contacts, products and promotions in tables of the application, for reading only."""

    read_only = ("contacts", "products", "promotions")

    @pytest.fixture
    def storage(self, database: Any) -> ComposedStorage:
        self.database = database
        make_tables(database)
        return ComposedStorage(database, **OWN)

    def give(self, storage: Any, kind: str, records: Sequence[Any]) -> None:
        put(self.database, kind, records)


class TestOwnTablesInSQLite(OwnTables):
    @pytest.fixture
    def database(self, tmp_path: Path) -> Iterator[SQLiteStorage]:
        with SQLiteStorage(tmp_path / "shop.db") as storage:
            yield storage


class TestOwnTablesInPostgres(ports.PortsContract, transactions.TransactionContract):
    read_only = OwnTables.read_only
    give = OwnTables.give

    @pytest.fixture
    def storage(self, postgres_url: str) -> Iterator[ComposedStorage]:
        with PostgresStorage(postgres_url) as self.database:
            make_tables(self.database)
            yield ComposedStorage(self.database, **OWN)


class TestCustomerService(
    ports.PortsContract,
    transactions.TransactionContract,
    restoring.RestoringContract,
    contacts.ContactsContract,
):
    """Contacts that get ids elsewhere, outside of the transaction."""

    gives_ids = ("contacts",)
    outside_transaction = ("contacts",)

    @pytest.fixture
    def storage(self) -> ComposedStorage:
        service = CustomerService()
        return ComposedStorage(MemoryStorage(), contacts=lambda _: service)
