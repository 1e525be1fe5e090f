"""What can go wrong around those who place orders: with a file, a server, a process, the clock.

A fault is a context: it has struck when the context is entered, and is over when it is left.
"""

import os
import resource
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from pathlib import Path
from random import Random

import attrs
import psutil
import psycopg

from tests.torture.database import A_WHILE
from tests.torture.scene import Scene, done
from tests.torture.writers import CLOCK

_ROOM = 40 * 4096  # bytes that it has left at most when it is
_PAGE = 4096
_TRIES = 50


@attrs.frozen
class Fault:
    """A fault, and where it can strike."""

    strike: Callable[[Scene, Random], AbstractContextManager[None]]
    kinds: tuple[str, ...]
    needs_disk: bool = False
    needs_server: bool = False
    needs_limits: bool = False  # of another process: Linux has them

    @property
    def name(self) -> str:
        """What it is called."""
        return self.strike.__name__.replace("_", " ")


# --- The file ---


@contextmanager
def disk_full(scene: Scene, random: Random) -> Iterator[None]:
    """Hardly a page is free."""
    assert scene.disk
    ballast = scene.disk / "ballast"
    try:
        with ballast.open("wb") as file:
            found = os.statvfs(scene.disk)
            room = _PAGE * random.randint(0, _ROOM // _PAGE)
            with suppress(OSError):
                os.posix_fallocate(file.fileno(), 0, max(1, found.f_bavail * _PAGE - room))
        yield
    finally:
        ballast.unlink()


@contextmanager
def file_may_not_grow(scene: Scene, random: Random) -> Iterator[None]:
    """No file of a writer may be longer than the longest one is."""
    files = [each for each in scene.file.parent.glob("shop.sqlite*") if each.exists()]
    longest = max(each.stat().st_size for each in files)
    with _limited(scene, resource.RLIMIT_FSIZE, longest + _PAGE * random.randint(0, 10)):
        yield


@contextmanager
def read_only(scene: Scene, _: Random) -> Iterator[None]:
    """The folder can be read, and not written, by those who open the file now."""
    folder = str(scene.file.parent)
    try:
        # In vain as long as somebody has just opened the file through the new mount.
        for _attempt in range(_TRIES):
            assert done("mount", "--bind", folder, folder)
            if done("mount", "-o", "remount,bind,ro", folder):
                break
            done("umount", "--lazy", folder)
        else:
            raise RuntimeError(f"{folder} cannot be made read-only")
        yield
    finally:
        done("umount", "--lazy", folder)


@contextmanager
def folder_renamed(scene: Scene, _: Random) -> Iterator[None]:
    """The folder with the file and its logs is elsewhere, and comes back."""
    with _absent(scene, scene.file.parent):
        yield


@contextmanager
def file_renamed(scene: Scene, _: Random) -> Iterator[None]:
    """The file is elsewhere, without its logs, and comes back."""
    with _absent(scene, scene.file):
        yield


@contextmanager
def _absent(scene: Scene, path: Path) -> Iterator[None]:
    elsewhere = path.with_name(f"{path.name}.elsewhere")
    path.rename(elsewhere)
    gone = time.monotonic()
    try:
        yield
    finally:
        scene.absent.append((gone, time.monotonic()))
        elsewhere.rename(path)


@contextmanager
def file_unlinked(scene: Scene, _: Random) -> Iterator[None]:
    """The file is deleted, and somebody has another link to it, and brings it back."""
    kept = scene.file.with_name("kept")
    kept.hardlink_to(scene.file)
    scene.file.unlink()
    gone = time.monotonic()
    try:
        yield
    finally:
        scene.absent.append((gone, time.monotonic()))
        scene.file.hardlink_to(kept)
        kept.unlink()


@contextmanager
def replaced_by_copy(scene: Scene, _: Random) -> Iterator[None]:
    """While nobody writes, a copy takes the file's place, and stays: what is placed is in it."""
    folder = scene.file.parent
    copy = folder.with_name("copy")
    copy.mkdir()
    with closing(sqlite3.connect(scene.file, timeout=A_WHILE, isolation_level=None)) as holding:
        holding.execute("BEGIN IMMEDIATE")
        with (
            closing(sqlite3.connect(scene.file)) as source,
            closing(sqlite3.connect(copy / scene.file.name)) as target,
        ):
            source.backup(target)
        folder.rename(folder.with_name(f"before {time.monotonic()}"))
        copy.rename(folder)
    yield


# --- The server ---


@contextmanager
def backend_killed(scene: Scene, random: Random) -> Iterator[None]:
    """The process of one connection is killed; the server ends all others, and begins anew."""
    assert scene.server
    scene.server.kill_backend(random)
    yield


@contextmanager
def backend_ended(scene: Scene, _: Random) -> Iterator[None]:
    """The server's administrator ends all connections."""
    ending = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    with suppress(psycopg.Error), psycopg.connect(scene.database.where) as connection:
        connection.execute(ending)
    yield


@contextmanager
def server_killed(scene: Scene, _: Random) -> Iterator[None]:
    """All processes of the server are killed, and it is started again."""
    assert scene.server
    scene.server.crash()
    try:
        yield
    finally:
        scene.server.start()


@contextmanager
def server_stopped(scene: Scene, _: Random) -> Iterator[None]:
    """The server is stopped at once, as it does in an emergency, and started again."""
    assert scene.server
    scene.server.stop("immediate")
    try:
        yield
    finally:
        scene.server.start()


# --- The processes ---


@contextmanager
def memory_short(scene: Scene, random: Random) -> Iterator[None]:
    """The writers get hardly any more memory."""
    with _limited(scene, resource.RLIMIT_AS, None, random.randint(0, 1 << 20)):
        yield


@contextmanager
def _limited(scene: Scene, what: int, limit: int | None, more: int = 0) -> Iterator[None]:
    before: dict[psutil.Process, tuple[int, int]] = {}
    for pid in list(scene.writers.values()):
        with suppress(psutil.NoSuchProcess, ProcessLookupError):
            process = psutil.Process(pid)
            most = process.memory_info().vms + more if limit is None else limit
            soft, hard = resource.prlimit(pid, what)
            resource.prlimit(pid, what, (most, hard))
            before[process] = (soft, hard)
    try:
        yield
    finally:
        for process, limits in before.items():
            with suppress(psutil.NoSuchProcess, ProcessLookupError):
                if process.is_running():  # and no other one with its number
                    resource.prlimit(process.pid, what, limits)


@contextmanager
def writer_halted(scene: Scene, random: Random) -> Iterator[None]:
    """A writer stands still, perhaps with the lock."""
    halted: list[psutil.Process] = []
    with suppress(psutil.NoSuchProcess, IndexError):  # nobody writes just now
        process = psutil.Process(random.choice(list(scene.writers.values())))
        process.suspend()
        halted.append(process)
    try:
        yield
    finally:
        for process in halted:
            with suppress(psutil.NoSuchProcess):
                process.resume()


@contextmanager
def clock_goes_back(scene: Scene, random: Random) -> Iterator[None]:
    """For all writers it is earlier than it was."""
    (scene.folder / CLOCK).write_text(str(-random.choice((1, 3600, 86400, 400 * 86400))))
    try:
        yield
    finally:
        (scene.folder / CLOCK).write_text("0")


_BOTH = ("sqlite", "postgresql")

FAULTS = (
    Fault(disk_full, ("sqlite",), needs_disk=True),
    Fault(file_may_not_grow, ("sqlite",), needs_limits=True),
    Fault(read_only, ("sqlite",), needs_disk=True),
    Fault(folder_renamed, ("sqlite",)),
    Fault(file_renamed, ("sqlite",)),
    Fault(file_unlinked, ("sqlite",)),
    Fault(replaced_by_copy, ("sqlite",)),
    Fault(backend_killed, ("postgresql",), needs_server=True),
    Fault(backend_ended, ("postgresql",)),
    Fault(server_killed, ("postgresql",), needs_server=True),
    Fault(server_stopped, ("postgresql",), needs_server=True),
    Fault(memory_short, _BOTH, needs_limits=True),
    Fault(writer_halted, _BOTH),
    Fault(clock_goes_back, _BOTH),
)


def possible(scene: Scene) -> list[Fault]:
    """Return the faults that can strike there."""
    return [
        each
        for each in FAULTS
        if scene.database.kind in each.kinds
        and (scene.disk or not each.needs_disk)
        and (scene.server or not each.needs_server)
        and (hasattr(resource, "prlimit") or not each.needs_limits)
    ]
