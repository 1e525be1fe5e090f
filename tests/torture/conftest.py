from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cartcore.adapters.sqlite import SQLiteStorage
from tests.torture.database import Database

if TYPE_CHECKING:
    from tests.support.postgres import Server


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty storage, for several processes."""
    if request.param == "postgresql":
        server: Server = request.getfixturevalue("postgres_server")
        with server.database() as url:
            yield Database("postgresql", url)
    else:
        where = str(tmp_path / "shop.sqlite")
        SQLiteStorage(where).close()
        yield Database("sqlite", where)
