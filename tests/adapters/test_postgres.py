"""The storage in a PostgreSQL database."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from cartcore.adapters.postgres import PostgresStorage
from cartcore.testing.storage_contract import StorageContract


class TestPostgresStorage(StorageContract):
    survives_reopening = True

    @pytest.fixture
    def storage(self, postgres_url: str) -> Iterator[PostgresStorage]:
        self.url = postgres_url
        with ExitStack() as self.opened:
            yield self.opened.enter_context(PostgresStorage(self.url))

    def reopen(self, storage: Any) -> PostgresStorage:
        storage.close()
        return self.opened.enter_context(PostgresStorage(self.url))
