"""The storage in an SQLite file."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cartcore.adapters.sqlite import SQLiteStorage
from cartcore.testing.storage_contract import StorageContract


class TestSQLiteStorage(StorageContract):
    survives_reopening = True

    @pytest.fixture
    def storage(self, tmp_path: Path) -> Iterator[SQLiteStorage]:
        self.path = tmp_path / "shop.sqlite"
        with SQLiteStorage(self.path) as storage:
            yield storage

    def reopen(self, storage: Any) -> SQLiteStorage:
        storage.close()
        return SQLiteStorage(self.path)
