"""The storage in the application's transaction keeps the contract of all storages (HA-2)."""

from collections.abc import Iterator
from typing import Any

import pytest

from cartcore.testing.storage import StorageContract
from tests.adapters.host.places import InTransactions, place


# Those of Django; the others have tests of their own.
@pytest.mark.parametrize("how", ["sqlite3 by hand", "psycopg by block"])
class TestInTransactionsOfTheApplication(StorageContract):
    """Where one is open, units of work are parts of it; it is committed after each."""

    survives_reopening = True

    @pytest.fixture
    def storage(self, how: str, request: pytest.FixtureRequest) -> Iterator[InTransactions]:
        with place(how, request) as self.where:
            yield InTransactions(self.where)

    def reopen(self, storage: Any) -> InTransactions:
        return InTransactions(self.where)
