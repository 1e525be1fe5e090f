"""Processes that place orders until they are told to end, or killed."""

import multiprocessing
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from statistics import median
from typing import Any, Protocol

import attrs
from sqlalchemy import Connection as SqlConnection
from sqlalchemy import Engine, event

from cartcore.desk import OrderDesk
from cartcore.errors import (
    DraftHasProblems,
    NotFound,
    QuoteChanged,
    StorageBusy,
    StorageUnavailable,
)
from cartcore.order import Order
from cartcore.rules import load_rulebook
from cartcore.serialization import Serializer
from tests.torture.database import A_WHILE, Database
from tests.torture.journal import Journal, Request
from tests.torture.shop import desk_on, entered

PROCESSES = multiprocessing.get_context("forkserver")
"""Processes start as forks of one that has imported everything and opened nothing."""
PROCESSES.set_forkserver_preload(["tests.torture.writers", "tests.torture.races"])

_UNREACHABLE = (StorageBusy, StorageUnavailable)


class Started(Protocol):
    """A process, as far as it matters here."""

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
    database: Database, path: Path, seed: str, fate: Fate | None, pipe: Connection
) -> None:
    """Place orders, and write each down before and after, until told to end.

    First the requests that a killed predecessor left without an answer are repeated. When the
    moment of its fate has come, the seconds that it usually takes to place an order go through the
    pipe: whoever reads them kills this process. One that dies after placing waits for that, and
    does not write down that the order was placed.
    """
    random, journal = Random(seed), Journal(path)
    journal.end_line()
    took: list[float] = []
    with patiently(lambda: database.open(timeout=A_WHILE)) as storage:
        desk = desk_on(storage)
        for request in journal.unanswered():
            answer(desk, journal, request)
        number = 0
        while not pipe.poll():
            number += 1
            draft_id = patiently(lambda: entered(desk, random))
            request = Request(f"{path.stem} {seed} {number}", draft_id)
            journal.ask(request)
            if fate == Fate(number, after=True):
                with suppress(DraftHasProblems):
                    patiently(partial(_placed, desk, request))
                pipe.send(0.0)
                pipe.poll(A_WHILE)
            if fate == Fate(number, after=False):
                pipe.send(median(took))
            began = time.perf_counter()
            answer(desk, journal, request)
            took.append(time.perf_counter() - began)


def write_order(desk: OrderDesk, journal: Journal, random: Random, key: str) -> None:
    """Enter an order, and place it with a key."""
    request = Request(key, patiently(lambda: entered(desk, random)))
    journal.ask(request)
    answer(desk, journal, request)


def answer(desk: OrderDesk, journal: Journal, request: Request) -> None:
    """Place an order once, however often that has to be tried, and write down what came of it."""
    try:
        order = patiently(partial(_placed, desk, request))
    except DraftHasProblems:  # its code is used up by now
        journal.refuse(request)
    else:
        journal.acknowledge(order)


def acknowledge_early(journals: Sequence[Journal]) -> None:
    """From now on acknowledge each order just before it is committed: a fault, to be found."""
    serializer = Serializer(load_rulebook())
    early = {each.path.stem: each for each in journals}
    told = {each.key for journal in journals for each in journal.acknowledged()}
    tell = Journal.acknowledge
    # Not again, when it is time.
    Journal.acknowledge = lambda *_: None  # type: ignore[method-assign]

    @event.listens_for(Engine, "commit")
    def _(connection: SqlConnection) -> None:
        newest = "SELECT document FROM orders ORDER BY number DESC LIMIT 1"
        for document in connection.exec_driver_sql(newest).scalars():
            order = serializer.loads(document, Order)
            key = order.idempotency_key
            if key not in told and key.split()[0] in early:
                told.add(key)
                tell(early[key.split()[0]], order)
                time.sleep(0.02)


def _placed(desk: OrderDesk, request: Request) -> Order:
    while True:
        try:
            return desk.placed(request.key)  # perhaps only the answer was lost (ST-7)
        except NotFound:
            seen = desk.view(request.draft_id).quote
        try:
            return desk.place(request.draft_id, seen=seen, actor="sam", idempotency_key=request.key)
        except QuoteChanged:
            continue  # as staff would: look again


def patiently(do: Callable[[], Any]) -> Any:
    """Do something again while the database cannot be reached, for a while."""
    deadline = time.monotonic() + A_WHILE
    while True:
        try:
            return do()
        except _UNREACHABLE:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


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
