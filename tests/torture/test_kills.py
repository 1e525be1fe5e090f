"""Processes and servers that are killed while orders are placed: the short form (ST-5, ST-7)."""

from pathlib import Path

from tests import postgres
from tests.torture.database import Database
from tests.torture.killing import crash_server, kill_writers
from tests.torture.shop import fill

SEED = 7


def test_killed_writers_lose_and_double_nothing(database: Database, tmp_path: Path) -> None:
    """What killed processes leave is whole orders, each acknowledged one among them (ST-5)."""
    with database.open() as storage:
        fill(storage, uses=12)
    run = kill_writers(database, tmp_path, seed=SEED, kills=10)

    assert () == run.findings
    assert 10 == run.kills
    assert run.unanswered  # one in four dies right after it placed an order
    assert run.placed == run.acknowledged  # the lost answers were asked for again (ST-7)
    assert run.placed >= 10  # each victim had placed at least one before


def test_a_killed_server_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """Writers whose server is killed and started again get each order once (ST-5, ST-10)."""
    with postgres.local_server() as server, server.with_template(), server.database() as url:
        database = Database("postgresql", url)
        with database.open() as storage:
            fill(storage, uses=12)
        run = crash_server(server, database, tmp_path, seed=SEED, crashes=2)

    assert () == run.findings
    assert run.placed == run.acknowledged >= 12
