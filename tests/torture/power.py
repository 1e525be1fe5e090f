"""What a loss of power leaves of an SQLite file while orders are placed (ST-5).

Orders are placed by cartcore on a layer that notes all that reaches the disk (`recording`). From
these notes images are made: the power fails at some moment, and of what SQLite had not yet waited
for, a drawn part is on the disk: nothing, some of it in order, or any sectors of it, one of them
perhaps spoilt. What SQLite waited for is there. Each image is opened by cartcore and judged.

As SQLite assumes, a write that is interrupted spoils no byte outside of it.
"""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from shutil import rmtree
from typing import Any

import attrs
from sqlalchemy import event
from sqlalchemy.pool import Pool

from cartcore.adapters import sqlite_log
from cartcore.adapters.sqlite import SQLiteStorage
from cartcore.errors import CartcoreError
from cartcore.rules import load_rulebook
from cartcore.storage import Storage
from tests.torture.checking import findings
from tests.torture.database import A_WHILE, Database
from tests.torture.journal import Journal
from tests.torture.recording import Cut, Deleted, Event, Made, Recording, Synced, Told, Written
from tests.torture.shop import desk_on, fill
from tests.torture.writers import acknowledge_early, started, write_order

FILE = "shop.sqlite"
SESSIONS = 3
"""How often the file is opened and closed: the log is made, and put away, as many times."""

WRITERS = 2
"""How many threads place orders in each of them."""

RULEBOOK = load_rulebook()

_LOG = 2**18  # bytes of a log that is copied into the file: as often as in a long run
_SECTOR = 512
_A_FEW = 6  # events after an answer, in which the power fails in half of the images

Image = dict[str, bytes]


# --- What is recorded ---


@attrs.frozen
class Orders:
    """How many orders are placed, and what is done wrong on purpose, if anything.

    `synchronous` is how long each connection waits for the disk, in place of what cartcore has
    asked for; see `acknowledge_early` for `hasty`.
    """

    seed: str
    number: int
    synchronous: str = ""
    hasty: bool = False


def record(folder: Path, program: Callable[..., None], *arguments: object) -> list[Event]:
    """Run a program on a folder, in a process of its own, and return what happened to the files.

    At the end of the program the process is killed: files that are open stay as they are.
    """
    with started(_recorded, folder, program, arguments) as (_, pipe):
        if not pipe.poll(A_WHILE):
            raise TimeoutError(f"{program.__name__} does not come to an end")
        found: list[Event] = pipe.recv()
        return found


def _recorded(
    folder: Path, program: Callable[..., None], arguments: Sequence[object], pipe: Connection
) -> None:
    recording = Recording(folder)
    with ExitStack() as left_open:
        program(folder, recording.events, left_open, *arguments)
        pipe.send(recording.events)
        pipe.poll(A_WHILE)


@attrs.frozen
class _Telling(Journal):
    """A journal that notes each line among what reaches the disk."""

    events: list[Event]

    def _append(self, entry: dict[str, Any]) -> None:
        super()._append(entry)
        self.events.append(Told(self.path.name, json.dumps(entry)))


def place(folder: Path, events: list[Event], left_open: ExitStack, orders: Orders) -> None:
    """Place orders from several threads, in several sessions, of which the last one stays open."""
    journals = [_Telling(folder / f"writer-{i}.jsonl", events) for i in range(WRITERS)]
    sqlite_log.LONGEST = _LOG
    _set(f"journal_size_limit = {_LOG // 2}")
    if orders.synchronous:
        _set(f"synchronous = {orders.synchronous}")
    numbers = _shares(orders.number)
    for session in range(SESSIONS):
        storage = left_open.enter_context(SQLiteStorage(folder / FILE, timeout=A_WHILE))
        if not session:
            fill(storage, uses=orders.number)
            if orders.hasty:
                acknowledge_early(journals)
        with ThreadPoolExecutor(WRITERS) as threads:
            seed = f"{orders.seed} {session}"
            written = [
                threads.submit(_write, storage, journal, seed, next(numbers))
                for journal in journals
            ]
        for each in written:
            each.result()
        if session < SESSIONS - 1:
            storage.close()


def _shares(number: int) -> Iterator[int]:
    """Divide a number of orders among all sessions and threads."""
    parts = SESSIONS * WRITERS
    return iter([number * (i + 1) // parts - number * i // parts for i in range(parts)])


def _write(storage: Storage, journal: Journal, seed: str, number: int) -> None:
    desk, random = desk_on(storage), Random(f"{seed} {journal.path.stem}")
    for i in range(number):
        write_order(desk, journal, random, f"{journal.path.stem} {seed} {i}")


def _set(pragma: str) -> None:
    """Set something of each connection, after cartcore has set what it wants."""

    @event.listens_for(Pool, "connect")
    def _(connection: sqlite3.Connection, *_: object) -> None:
        connection.execute(f"PRAGMA {pragma}")


def open_file(folder: Path, _: list[Event], left_open: ExitStack) -> None:
    """Open a file, which is new, or of an older release."""
    left_open.enter_context(SQLiteStorage(folder / FILE))


# --- What is left ---


@attrs.define
class _File:
    """A file: what is on the disk for sure, and what was done to it since, each with its turn."""

    sure: bytes = b""
    since: list[tuple[int, Written | Cut]] = attrs.field(factory=list)


@attrs.define
class Disk:
    """The files of a folder, as far as they are on the disk."""

    files: dict[str, _File] = attrs.field(factory=dict)
    # Names that the disk may still have, or not yet have: what they were when it last knew.
    before: dict[str, _File | None] = attrs.field(factory=dict)
    turn: int = 0

    def happens(self, event: Event) -> None:
        """Let something happen."""
        self.turn += 1
        match event:
            case Made(name):
                if name not in self.files:
                    self.before.setdefault(name, None)
                    self.files[name] = _File()
            case Written(name) | Cut(name):
                self.files[name].since.append((self.turn, event))
            case Synced(name, folder):
                file = self.files[name]
                file.sure, file.since = _after(file, [e for _, e in file.since]), []
                if folder:
                    self.before.clear()
            case Deleted(name, synced):
                if synced:
                    self.before.clear()
                else:
                    self.before.setdefault(name, self.files[name])
                del self.files[name]
            case Told():
                pass

    def image(self, random: Random) -> Image:
        """Let the power fail: return what is left, as far as it is open by chance."""
        names = {*self.files, *self.before}
        chosen = {name: self._named(name, random) for name in sorted(names)}
        left = _LEFT[random.choice(tuple(_LEFT))]
        turns = sorted(turn for file in chosen.values() if file for turn, _ in file.since)
        last = random.choice(turns) if turns else 0
        return {
            name: _after(file, [p for e in file.since for p in left(e, last, random)])
            for name, file in chosen.items()
            if file
        }

    def _named(self, name: str, random: Random) -> _File | None:
        now = self.files.get(name)
        return random.choice((now, self.before[name])) if name in self.before else now

    def whole(self) -> Image:
        """Return the files as they are without any loss."""
        return {name: _after(f, [e for _, e in f.since]) for name, f in self.files.items()}


Turn = tuple[int, Written | Cut]


def _nothing(_: Turn, __: int, ___: Random) -> Iterator[Written | Cut]:
    """Nothing is left of what was not waited for."""
    yield from ()


def _the_first(done: Turn, last: int, random: Random) -> Iterator[Written | Cut]:
    """The disk was as far as some moment, in order; the last write was going on."""
    turn, event = done
    if turn < last:
        yield event
    elif turn == last and isinstance(event, Written):
        yield attrs.evolve(event, data=event.data[: random.randrange(len(event.data) + 1)])


def _any(done: Turn, last: int, random: Random) -> Iterator[Written | Cut]:
    """Any sectors are left, in whatever order the disk wrote them; one write was going on."""
    turn, event = done
    if isinstance(event, Cut):
        if random.random() < 0.5:
            yield event
        return
    kept = random.choice((0.1, 0.5, 0.9))
    for start in range(0, len(event.data), _SECTOR):
        if random.random() < kept:
            yield Written(event.name, event.offset + start, event.data[start : start + _SECTOR])
    if turn == last:
        start = random.randrange(0, len(event.data), _SECTOR)
        size = len(event.data[start : start + _SECTOR])
        yield Written(event.name, event.offset + start, random.randbytes(size))


_LEFT: dict[str, Callable[[Turn, int, Random], Iterator[Written | Cut]]] = {
    "nothing": _nothing,
    "the first": _the_first,
    "any": _any,
}


def _after(file: _File, done: Sequence[Written | Cut]) -> bytes:
    data = bytearray(file.sure)
    for each in done:
        if isinstance(each, Cut):
            del data[each.size :]
            data.extend(bytes(each.size - len(data)))
        else:
            data.extend(bytes(max(0, each.offset - len(data))))
            data[each.offset : each.offset + len(each.data)] = each.data
    return bytes(data)


# --- Judging ---


@attrs.frozen
class Loss:
    """What came of losing power: how often, how many answers had to hold, and what did not."""

    images: int
    acknowledged: int
    findings: tuple[str, ...]


def lose_power(
    folder: Path,
    orders: Orders,
    images: int,
    *,
    tick: Callable[[], object] = lambda: None,
) -> Loss:
    """Place orders once, lose the power at many moments of that, and judge what each leaves."""
    made = folder / "made"
    made.mkdir()
    events = record(made, place, orders)
    random = Random(f"{orders.seed} power")
    answers = [i for i, each in enumerate(events) if isinstance(each, Told)]
    moments = [
        random.choice(answers) + random.randint(1, _A_FEW)
        if random.random() < 0.5
        else random.randrange(len(events))
        for _ in range(images)
    ]
    found, acknowledged = list[str](), 0
    for number, (image, happened) in enumerate(failures(events, moments, random)):
        left = folder / f"image-{number}"
        with written(image, left, random) as database:
            journals = _journals(left, happened)
            acknowledged += sum(len(journal.acknowledged()) for journal in journals)
            problems = _judged(database, journals)
        found += [f"seed {orders.seed}, image {number}: {problem}" for problem in problems]
        tick()
    return Loss(images, acknowledged, tuple(found))


def failures(
    events: Sequence[Event],
    moments: Iterable[int],
    random: Random,
    files: Image | None = None,
) -> Iterator[tuple[Image, Sequence[Event]]]:
    """For each moment, in order of time: what a loss of power leaves then, and what had happened.

    Args:
        events: what happened to the files.
        moments: numbers of events, before which the power fails.
        random: draws what is left.
        files: what was on the disk before.
    """
    disk = Disk({name: _File(data) for name, data in (files or {}).items()})
    done = 0
    for moment in sorted(moments):
        for each in events[done:moment]:
            disk.happens(each)
        done = moment
        yield disk.image(random), events[:moment]


@contextmanager
def written(image: Image, folder: Path, random: Random) -> Iterator[Database]:
    """Have what is left in a folder for a while."""
    folder.mkdir()
    for name, data in image.items():
        (folder / name).write_bytes(data)
    if random.random() < 0.5:  # the index of the log is no file that anybody waits for
        (folder / f"{FILE}-shm").write_bytes(random.randbytes(32768))
    try:
        yield Database("sqlite", str(folder / FILE))
    finally:
        rmtree(folder)


def _journals(folder: Path, happened: Sequence[Event]) -> list[Journal]:
    lines: dict[str, list[str]] = {}
    for each in happened:
        if isinstance(each, Told):
            lines.setdefault(each.name, []).append(each.line + "\n")
    for name, told in lines.items():
        (folder / name).write_text("".join(told))
    return [Journal(folder / name) for name in lines]


def _judged(database: Database, journals: Sequence[Journal]) -> list[str]:
    try:
        # SQLite repairs what it finds, and cartcore makes what is missing.
        SQLiteStorage(database.where, rulebook=RULEBOOK).close()
        return findings(database, journals)
    except (CartcoreError, sqlite3.Error, ValueError) as error:  # or a document is torn
        return [f"{type(error).__name__}: {error}"]
