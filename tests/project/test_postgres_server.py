"""The server that the tests bring along."""

import multiprocessing
from multiprocessing.connection import Connection
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from tests.support import postgres

PROCESSES = multiprocessing.get_context("spawn")
A_WHILE = 60  # seconds, after which a test has failed


def start_a_server(pipe: Connection) -> None:
    """Start a server, say where it is, and wait to be killed."""
    with postgres.local_server() as server:
        pipe.send(server.url)
        pipe.recv()


def is_running(url: str) -> bool:
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True


def test_what_a_killed_run_left_is_swept(postgres_server: postgres.Server) -> None:
    """The server of a run that was killed is stopped and removed; those in use go on."""
    ours, theirs = PROCESSES.Pipe()
    process = PROCESSES.Process(target=start_a_server, args=(theirs,))
    process.start()
    assert ours.poll(A_WHILE)
    url = ours.recv()
    folder = Path(str(conninfo_to_dict(url)["host"]))
    postgres.sweep(folder.parent)
    assert is_running(url)  # its run goes on

    process.kill()
    process.join(A_WHILE)
    assert is_running(url)  # left behind
    postgres.sweep(folder.parent)

    assert not is_running(url)
    assert not folder.exists()
    assert is_running(postgres_server.url)


def test_without_a_server_the_tests_fail(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing is skipped: where no server can be had, the error says what to install or name."""
    monkeypatch.delenv(postgres.VARIABLE, raising=False)
    monkeypatch.setattr(postgres, "find_spec", lambda _: None)
    with pytest.raises(RuntimeError, match="CARTCORE_TEST_POSTGRES_URL"), postgres.server():
        pass


def test_a_running_server_can_be_named(
    monkeypatch: pytest.MonkeyPatch, postgres_server: postgres.Server
) -> None:
    """The server that the variable names is used, and left without our databases."""
    names = "SELECT datname FROM pg_database ORDER BY 1"
    monkeypatch.setenv(postgres.VARIABLE, postgres_server.url)
    with psycopg.connect(postgres_server.url) as connection:
        before = connection.execute(names).fetchall()
        connection.commit()
        with postgres.server() as server, server.database() as url:
            here = connection.execute(names).fetchall()
            connection.commit()
            tables = psycopg.connect(url)
            [(count,)] = tables.execute("SELECT count(*) FROM cartcore_contacts").fetchall()
            tables.close()

        assert postgres_server.url == server.url
        assert len(before) + 2 == len(here)
        assert 0 == count
        assert before == connection.execute(names).fetchall()
