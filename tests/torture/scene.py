"""A filled shop in a database of its own, and what of its surroundings can be got at."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs

from tests.support.postgres import LocalServer
from tests.torture.database import Database
from tests.torture.journal import Journal
from tests.torture.shop import fill

WRITERS = 4
"""How many processes place orders at the same time, unless told otherwise."""

_SIZE = "256m"  # of a disk that can be full


@attrs.frozen(kw_only=True)
class Scene:
    """Where it happens.

    Attributes:
        database: where the shop is.
        folder: where the journals of the writers are, and their clock.
        journals: one for each writer, and those who follow it.
        server: of the database, if it can be stopped and started.
        disk: a small one of its own, in which the file is.
        writers: the processes that are writing now.
        absent: for how long nothing was where the database is to be (`time.monotonic`).
    """

    database: Database
    folder: Path
    journals: tuple[Journal, ...]
    server: LocalServer | None = None
    disk: Path | None = None
    writers: dict[Journal, int] = attrs.field(factory=dict)
    absent: list[tuple[float, float]] = attrs.field(factory=list)

    @property
    def file(self) -> Path:
        """The file, of an SQLite database."""
        return Path(self.database.where)


@contextmanager
def in_file(folder: Path, *, uses: int, writers: int = WRITERS) -> Iterator[Scene]:
    """A shop in a file, on a disk of its own if this user may mount one; see `fill` for `uses`."""
    disk = folder / "disk"
    disk.mkdir(parents=True)
    mounted = done("mount", "-t", "tmpfs", "-o", f"size={_SIZE}", "tmpfs", str(disk))
    try:
        (disk / "shop").mkdir()
        database = Database("sqlite", str(disk / "shop" / "shop.sqlite"))
        yield _filled(database, folder, uses, writers, disk=disk if mounted else None)
    finally:
        if mounted:
            done("umount", "--lazy", str(disk))


@contextmanager
def on_server(
    server: LocalServer, folder: Path, *, uses: int, writers: int = WRITERS
) -> Iterator[Scene]:
    """A shop in a database on a server of its own, which has the template of one."""
    folder.mkdir(exist_ok=True)
    with server.database() as url:
        yield _filled(Database("postgresql", url), folder, uses, writers, server=server)


def _filled(
    database: Database,
    folder: Path,
    uses: int,
    writers: int,
    *,
    server: LocalServer | None = None,
    disk: Path | None = None,
) -> Scene:
    with database.open() as storage:
        fill(storage, uses=uses)
    journals = tuple(Journal(folder / f"writer-{i}.jsonl") for i in range(writers))
    return Scene(database=database, folder=folder, journals=journals, server=server, disk=disk)


def done(*command: str) -> bool:
    """Run a program of the system, and say if it did what it was to do."""
    try:
        return not subprocess.run(command, capture_output=True, check=False).returncode  # noqa: S603
    except OSError:
        return False
