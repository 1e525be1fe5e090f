"""Kills in the transactions of an application: its rows and the orders are both there, or neither.

    python -m tests.torture.hosting [--kills 200] [--seed 1]

Exits with 1 if anything was found that is not as promised (HA-2).
"""

import argparse
import os
import secrets
import signal
import sqlite3
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from pathlib import Path
from random import Random
from typing import Any

import attrs
import psycopg
from sqlalchemy import Engine, event, text
from tqdm import tqdm

from cartcore.adapters.audit import audit
from cartcore.adapters.host import HostStorage
from cartcore.desk import OrderDesk
from cartcore.entry.hooks import OrderHooks
from cartcore.errors import HookFailed
from tests.support import postgres
from tests.support.shop import STORE
from tests.torture.database import A_WHILE, Database
from tests.torture.outbox import wrong_events
from tests.torture.shop import entered, fill
from tests.torture.writers import PROCESSES

_MOST_STATEMENTS = 110  # of a transaction and what follows it; some more than there are
_UNDONE = "undone"
_INSERT = "INSERT INTO host_orders VALUES ('{}')"


class _Refused(Exception):
    """The application does not want the order."""


@attrs.frozen
class Moment:
    """When a process kills itself: before a statement, or at some part of its usual time."""

    statement: int = -1
    part: float = 0.0


@attrs.define
class _Doom:
    """Kills the process at its moment, counted from the second time that it begins to place."""

    moment: Moment
    usual: float = 0.0
    near: bool = False
    done: int = 0

    @contextmanager
    def placing(self) -> Iterator[None]:
        """What a process is to be killed in."""
        if self.usual and not self.near:
            self.near = True
            if self.moment.statement < 0:
                threading.Timer(self.moment.part * self.usual, self._strike).start()
        began = time.perf_counter()
        yield
        self.usual = time.perf_counter() - began

    def tick(self, *_: object) -> None:
        """Come to the next statement."""
        if self.near and self.done == self.moment.statement:
            self._strike()
        self.done += self.near

    def _strike(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


def place_and_die(database: Database, way: str, seed: str, moment: Moment) -> None:
    """Place orders with rows of the application until killed; some of both are undone."""
    doom = _Doom(moment)
    event.listen(Engine, "before_cursor_execute", doom.tick)
    with WAYS[way](database, Random(seed), seed, doom) as place:
        while True:
            place()


@contextmanager
def _joined(
    database: Database, random: Random, seed: str, doom: _Doom, *, apart: bool = False
) -> Iterator[Callable[[], None]]:
    """Orders join the application's transaction, in which it also rolls back to a savepoint."""
    with connected(database) as connection:
        desk = OrderDesk(HostStorage(lambda: connection), STORE)
        begin = "BEGIN IMMEDIATE" if database.kind == "sqlite" else "BEGIN"

        def execute(statement: str) -> None:
            doom.tick()
            connection.execute(statement)

        def place_both(key: str, draft_id: str, seen: Any) -> None:
            execute(_INSERT.format(key))
            desk.place(draft_id, seen=seen, actor="sam", idempotency_key=key)

        def place() -> None:
            kept, undone = entered(desk, random), entered(desk, random)
            quote, other = desk.view(kept).quote, desk.view(undone).quote
            key = f"{seed} {kept}"
            with doom.placing():
                if apart:
                    place_both(key, kept, quote)
                    return
                execute(begin)
                place_both(key, kept, quote)
                execute("SAVEPOINT mine")
                place_both(f"{_UNDONE} {key}", undone, other)
                execute("ROLLBACK TO SAVEPOINT mine")
                execute("COMMIT")

        yield place


@contextmanager
def _apart(
    database: Database, random: Random, seed: str, doom: _Doom
) -> Iterator[Callable[[], None]]:
    """The row and the order are two transactions, which is wrong."""
    with _joined(database, random, seed, doom, apart=True) as place:
        yield place


@contextmanager
def _lent(
    database: Database, random: Random, seed: str, doom: _Doom
) -> Iterator[Callable[[], None]]:
    """The application writes through `work.connection`, and refuses every second order."""

    def reserve(order: Any, work: Any) -> None:
        work.connection.execute(text(_INSERT.format(order.idempotency_key)))
        work.connection.execute(text("SAVEPOINT mine"))
        work.connection.execute(text(_INSERT.format(f"{_UNDONE} {order.number}")))
        work.connection.execute(text("ROLLBACK TO SAVEPOINT mine"))
        if order.idempotency_key.startswith(_UNDONE):
            raise _Refused

    with database.open() as storage:
        desk = OrderDesk(storage, STORE, hooks=OrderHooks(placed=(reserve,)))

        def place() -> None:
            drafts = {f"{begins}{seed}": entered(desk, random) for begins in ("", f"{_UNDONE} ")}
            seen = {key: desk.view(draft_id).quote for key, draft_id in drafts.items()}
            with doom.placing():
                for key, draft_id in drafts.items():
                    with suppress(HookFailed):
                        again = f"{key} {draft_id}"
                        desk.place(draft_id, seen=seen[key], actor="sam", idempotency_key=again)

        yield place


Way = Callable[[Database, Random, str, _Doom], AbstractContextManager[Callable[[], None]]]
WAYS: Mapping[str, Way] = {"joined": _joined, "work.connection": _lent, "apart": _apart}
"""How an order and a row of the application are stored together; the last one does not."""


@contextmanager
def connected(database: Database) -> Iterator[Any]:
    """A connection of the application that commits each statement."""
    if database.kind == "sqlite":
        with closing(sqlite3.connect(database.where, A_WHILE, isolation_level=None)) as file:
            yield file
    else:
        with psycopg.connect(database.where, autocommit=True) as connection:
            yield connection


def open_shop(database: Database) -> None:
    """Fill an empty storage, and give the application a table of its own."""
    with database.open() as storage:
        fill(storage, uses=1000)
        with storage.write() as work:
            work.connection.execute(text("CREATE TABLE host_orders (key text PRIMARY KEY)"))
            work.commit()


def kill(database: Database, way: str, seed: str, moment: Moment) -> None:
    """Let a process place orders until it kills itself."""
    process = PROCESSES.Process(target=place_and_die, args=(database, way, seed, moment))
    process.start()
    process.join(A_WHILE)
    if process.exitcode != -signal.SIGKILL:
        process.kill()
        told = f"{way}, {seed}: it ended with {process.exitcode}"
        raise AssertionError(told)


def parted(database: Database) -> list[str]:
    """What is there without the other one, or should have been undone; and what the audit finds."""
    rows = {key for (key,) in database.rows("SELECT key FROM host_orders")}
    orders = {key for (key,) in database.rows("SELECT idempotency_key FROM cartcore_orders")}
    return [
        *(f"{key!r} is a row, and no order" for key in rows - orders),
        *(f"{key!r} is an order, and no row" for key in orders - rows),
        *(f"{key!r} was undone, and is there" for key in rows | orders if _UNDONE in key),
        *wrong_events(database),
        *map(str, audit(database.where)),
    ]


def moments(kills: int, random: Random) -> Iterator[Moment]:
    """Half of them before some statement, half at some time."""
    for number in range(kills):
        if number % 2:
            yield Moment(part=random.uniform(0, 1.3))
        else:
            yield Moment(random.randrange(_MOST_STATEMENTS))


def main() -> int:
    """Kill, and print what came of it."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture.hosting", description=__doc__)
    parser.add_argument("--kills", type=int, default=200, help="kills for each database and way")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    given = parser.parse_args()
    print(f"seed {given.seed}", flush=True)
    found = 0
    with (
        tempfile.TemporaryDirectory(prefix="cartcore-torture-") as folder,
        postgres.local_server(durable=True) as server,
        server.with_template(),
        tqdm(total=4 * given.kills, unit="", disable=None) as progress,
    ):
        for way in ("joined", "work.connection"):
            with server.database() as url:
                for database in (
                    Database("sqlite", str(Path(folder) / f"{way}.sqlite")),
                    Database("postgresql", url),
                ):
                    open_shop(database)
                    random = Random(f"{given.seed} {way} {database.kind}")
                    for number, moment in enumerate(moments(given.kills, random)):
                        kill(database, way, f"{given.seed} {number}", moment)
                        progress.update()
                    findings = parted(database)
                    [(orders,)] = database.rows("SELECT count(*) FROM cartcore_orders")
                    print(f"{database.kind}, {way}: {given.kills} kills, {orders} orders", end="")
                    print(f", {len(findings)} findings", *findings, sep="\n  ", flush=True)
                    found += len(findings)
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
