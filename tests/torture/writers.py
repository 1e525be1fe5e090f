"""Processes that place orders until they are told to end, or killed."""

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from statistics import median
from traceback import format_tb
from typing import Any, Protocol

import attrs
import psycopg
from sqlalchemy import Connection as SqlConnection
from sqlalchemy import Engine, event
from sqlalchemy.pool import Pool

from cartcore.desk import OrderDesk
from cartcore.documents.serializer import Serializer
from cartcore.errors import (
    DraftHasProblems,
    ForeignStorage,
    NotFound,
    QuoteChanged,
    StorageBusy,
    StorageUnavailable,
)
from cartcore.orders.order import Order
from cartcore.rules import load_rulebook
from cartcore.storage import Storage
from tests.torture.database import A_WHILE, Database
from tests.torture.journal import Journal, Request
from tests.torture.shop import desk_on, entered

PROCESSES = multiprocessing.get_context("forkserver")
"""Processes start as forks of one that has imported everything and opened nothing."""
PROCESSES.set_forkserver_preload(["tests.torture.writers", "tests.torture.races"])

CLOCK = "clock"
"""A file beside the journals: by how many seconds the writers' clock is wrong."""

_UNREACHABLE = (StorageBusy, StorageUnavailable)
_A_MOMENT = 1.0


class Started(Protocol):
    """A process, as far as it matters here."""

    @property
    def pid(self) -> int | None:
        """Its number, once it has started."""
        ...

    def kill(self) -> None:
        """Send SIGKILL."""
        ...

    def join(self, timeout: float) -> None:
        """Wait for its end."""
        ...


@attrs.frozen
class Fate:
    """When a writer dies: at some moment of placing an order, or right after it was placed."""

    order: int
    after: bool


def write_orders(
    database: Database,
    path: Path,
    seed: str,
    fate: Fate | None,
    wrong: str,
    pipe: Connection,
) -> None:
    """Place orders, and write each down before and after, until told to end.

    First the requests that a killed predecessor left without an answer are repeated. When the
    moment of its fate has come, the seconds that it usually takes to place an order go through the
    pipe: whoever reads them kills this process. One that dies after placing waits for that, and
    does not write down that the order was placed.

    While the database cannot be reached, it is tried again, for a second as it is, and then opened
    anew. Any other error is written down, and ends the process. `wrong` names a fault of the
    writer itself, for runs that have to find it.
    """
    journal = Journal(path)
    writer = _Writer(Random(seed), journal, f"{path.stem} {seed}", fate, pipe)
    if wrong:
        _WRONG[wrong](writer)
    deadline = time.monotonic() + A_WHILE
    while True:
        written = writer.number
        try:
            journal.end_line()
            with _opened(database) as storage:
                writer.write(desk_on(storage, wrong_by=partial(_wrong_by, path.with_name(CLOCK))))
                return
        except (*_UNREACHABLE, MemoryError) as error:
            if writer.number > written:
                deadline = time.monotonic() + A_WHILE
            if time.monotonic() > deadline:
                journal.fail(f"{path.stem} waits in vain: {error!r}")
                return
            time.sleep(0.05)
        except Exception as error:  # noqa: BLE001  (whatever it is, it is told)
            journal.fail(f"{path.stem}: {error!r} at {format_tb(error.__traceback__)[-1]}")
            return


@contextmanager
def _opened(database: Database) -> Iterator[Storage]:
    # Where there is no file, one would be made.
    if database.kind == "sqlite" and not Path(database.where).exists():
        raise StorageUnavailable(database.where)
    try:
        storage = database.open(timeout=A_WHILE)
    except ForeignStorage as error:  # a log without its file
        raise StorageUnavailable(str(error)) from error
    with storage:
        yield storage


def _wrong_by(clock: Path) -> float:
    return float(clock.read_text() or 0) if clock.exists() else 0.0


@attrs.define
class _Writer:
    """Somebody who places orders, on one storage after the other."""

    random: Random
    journal: Journal
    name: str
    fate: Fate | None
    pipe: Connection
    number: int = 0
    doomed: bool = False
    grace: float = 0.0
    took: list[float] = attrs.field(factory=list)

    def write(self, desk: OrderDesk) -> None:
        """Place orders until told to end."""
        for request in self.journal.unanswered():
            answer(desk, self.journal, request)
        while not self.pipe.poll():
            draft_id = patiently(lambda: entered(desk, self.random))
            self.number += 1
            request = Request(f"{self.name} {self.number}", draft_id)
            self.journal.ask(request)
            if self.fate and self.number >= self.fate.order:
                self._meet(self.fate, desk, request)
            began = time.perf_counter()
            answer(desk, self.journal, request)
            self.took.append(time.perf_counter() - began)

    def _meet(self, fate: Fate, desk: OrderDesk, request: Request) -> None:
        if fate.after:
            with suppress(DraftHasProblems):
                patiently(partial(_placed, desk, request))
            self.pipe.send(0.0)
            self.pipe.poll(A_WHILE)
        else:
            self.doomed = True
            self.pipe.send(max(self.grace, median(self.took or [0.0])))
        self.fate = None


def write_order(desk: OrderDesk, journal: Journal, random: Random, key: str) -> None:
    """Enter an order, and place it with a key."""
    request = Request(key, patiently(lambda: entered(desk, random)))
    journal.ask(request)
    answer(desk, journal, request)


def answer(desk: OrderDesk, journal: Journal, request: Request) -> None:
    """Place an order once, however often that has to be tried, and write down what came of it."""
    try:
        order, again = patiently(partial(_placed, desk, request))
    except DraftHasProblems:  # its code is used up by now
        journal.refuse(request)
    else:
        journal.acknowledge(order, again=again)


def _placed(desk: OrderDesk, request: Request) -> tuple[Order, bool]:
    """Place an order; say also if it had been, and only the answer was lost (ST-7)."""
    while True:
        try:
            return desk.placed(request.key), True
        except NotFound:
            seen = desk.view(request.draft_id).quote
        with suppress(QuoteChanged):  # as staff would: look again
            order = desk.place(
                request.draft_id, seen=seen, actor="sam", idempotency_key=request.key
            )
            return order, False


def patiently(do: Callable[[], Any]) -> Any:
    """Do something again while the database cannot be reached, for a moment."""
    deadline = time.monotonic() + _A_MOMENT
    while True:
        try:
            return do()
        except _UNREACHABLE:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


# --- What is done wrong on purpose ---


def acknowledge_early(
    journals: Sequence[Journal], *, then: Callable[[], None] = lambda: None
) -> None:
    """From now on acknowledge each order before it is committed, and do something in between."""
    serializer = Serializer(load_rulebook())
    early = {each.path.stem: each for each in journals}
    told = {each.key for journal in journals for each in journal.acknowledged()}
    tell = Journal.acknowledge
    # Not again, when it is time.
    Journal.acknowledge = lambda *_, **__: None  # type: ignore[method-assign]

    @event.listens_for(Engine, "before_cursor_execute")
    def _(connection: SqlConnection, _: object, statement: str, *__: object) -> None:
        if statement == "COMMIT":
            acknowledge(connection)

    @event.listens_for(Engine, "commit")
    def acknowledge(connection: SqlConnection) -> None:
        newest = "SELECT document FROM cartcore_orders ORDER BY number DESC LIMIT 1"
        for document in connection.exec_driver_sql(newest).scalars():
            order = serializer.loads(document, Order)
            key = order.idempotency_key
            if key not in told and key.split()[0] in early:
                told.add(key)
                tell(early[key.split()[0]], order)
                then()


def commit_lazily() -> None:
    """From now on do not wait until PostgreSQL has written down a commit."""

    @event.listens_for(Pool, "connect")
    def _(connection: psycopg.Connection, *_: object) -> None:
        connection.execute("SET synchronous_commit = off")


def _answer_early(writer: _Writer) -> None:
    def meet_fate() -> None:
        if writer.doomed:
            os.kill(os.getpid(), signal.SIGKILL)

    writer.grace = A_WHILE  # whoever would kill it is to be too late
    acknowledge_early([writer.journal], then=meet_fate)


_WRONG: dict[str, Callable[[_Writer], None]] = {
    "early": _answer_early,
    "lazy": lambda _: commit_lazily(),
}


# --- Processes ---


@contextmanager
def started(target: Callable[..., None], *arguments: Any) -> Iterator[tuple[Started, Connection]]:
    """Run a function with a pipe in a process of its own; kill it if it is not done in the end."""
    ours, theirs = PROCESSES.Pipe()
    process = PROCESSES.Process(target=target, args=(*arguments, theirs))
    process.start()
    theirs.close()  # or its end would not be noticed here
    try:
        yield process, ours
    finally:
        process.kill()
        process.join(A_WHILE)
        ours.close()
