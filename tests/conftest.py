from collections.abc import Iterator

import pytest

from cartcore.storage import Storage
from tests.support import postgres
from tests.support.checked_quotes import check_every_quote
from tests.support.shop import STORAGES, Shop

check_every_quote()


@pytest.fixture
def postgres_url(postgres_server: postgres.Server) -> Iterator[str]:
    """An empty storage's PostgreSQL database."""
    with postgres_server.database() as url:
        yield url


@pytest.fixture(params=STORAGES)
def storage(request: pytest.FixtureRequest) -> Iterator[Storage]:
    """An empty storage; every test that uses it runs once on each adapter."""
    with STORAGES[request.param](request) as opened:
        yield opened


@pytest.fixture
def shop(storage: Storage) -> Shop:
    """The shop of `tests.support.shop`, without promotions."""
    return Shop(storage)
