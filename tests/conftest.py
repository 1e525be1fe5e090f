from collections.abc import Iterator
from pathlib import Path

import pytest

from cartcore.storage import Storage
from tests.shop import STORAGES, Shop


@pytest.fixture(params=STORAGES)
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Storage]:
    """An empty storage; every test that uses it runs once on each adapter."""
    with STORAGES[request.param](tmp_path) as opened:
        yield opened


@pytest.fixture
def shop(storage: Storage) -> Shop:
    """The shop of `tests.shop`, without promotions."""
    return Shop(storage)
