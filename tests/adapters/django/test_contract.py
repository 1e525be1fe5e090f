"""The storage in Django's transactions keeps the contract of every storage (HA-3)."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from typing import Any

import pytest
from django.db import connection

from cartcore.adapters.host import on_postgres, on_sqlite
from cartcore.adapters.sql import schema
from cartcore.storage.keys import FIRST_NUMBER
from cartcore.testing.storage import FAULTS, StorageContract
from tests.adapters.django.databases import KINDS, Databases, InThreads, only
from tests.support import faults, postgres


@pytest.fixture(scope="module", params=KINDS)
def kept(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    postgres_server: postgres.Server,
    templates: dict[str, str],
) -> Iterator[str]:
    """A database for all these tests: to make one takes longer than most of them."""
    with ExitStack() as opened, only({}):
        folder = tmp_path_factory.mktemp("contract")
        Databases(folder, postgres_server, opened, templates).add("default", request.param)
        yield str(request.param)


def empty() -> None:
    """Leave in the database what there is in a new one."""
    with connection.cursor() as cursor:
        for table in reversed(schema.metadata.sorted_tables):
            if table not in {schema.schema_version, schema.counters}:
                cursor.execute(f"DELETE FROM {table}")
        cursor.execute("UPDATE cartcore_counters SET value = 0")
        first = "UPDATE cartcore_counters SET value = %s WHERE name = %s"
        cursor.execute(first, [FIRST_NUMBER - 1, schema.ORDER_NUMBER])


class TestDjangoStorage(StorageContract):
    """Outside any block of atomic(): each unit of work is a transaction of its own."""

    keeps_open_work_apart = False  # a thread has one connection
    survives_reopening = True
    faults = FAULTS
    fault_step = 3

    @pytest.fixture
    def storage(self, kept: str) -> InThreads:
        empty()
        self.vendor = kept
        return InThreads()

    def failing(
        self, storage: Any, fault: str, after: int
    ) -> AbstractContextManager[Callable[[], bool]]:
        driver, known = {
            "sqlite": (on_sqlite, faults.SQLITE),
            "postgresql": (on_postgres, faults.POSTGRES),
        }[self.vendor]
        return faults.failing(driver._borrowing()._engine, known[fault], after)

    def reopen(self, storage: Any) -> InThreads:
        connection.close()
        return InThreads()
