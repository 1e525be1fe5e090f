"""Runs in which writers, or the server, are killed while orders are placed."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import count, cycle, islice
from pathlib import Path
from random import Random
from time import sleep

import attrs

from tests.postgres import LocalServer
from tests.torture.checking import findings, unacknowledged
from tests.torture.database import A_WHILE, Database
from tests.torture.journal import Journal
from tests.torture.writers import Fate, started, write_orders

WRITERS = 4
"""How many processes place orders at the same time."""

_LATEST_FATAL = 4  # the placing at which a writer is killed, at the latest
_LONGEST = 1.5  # times what placing usually takes: so some are killed just after it


@attrs.frozen(kw_only=True)
class Run:
    """What came of a run. `unanswered` counts orders that were stored, unknown to the killed."""

    what: str
    seed: int
    kills: int
    placed: int
    acknowledged: int
    unanswered: int
    findings: tuple[str, ...]


def kill_writers(
    database: Database,
    folder: Path,
    *,
    seed: int,
    kills: int,
    tick: Callable[[], object] = lambda: None,
) -> Run:
    """Let processes place orders in a filled shop, and kill each of them at some moment of it.

    Every killed one is followed by another one, which first asks for the answers that were lost.
    `tick` is called after each kill.
    """
    journals = _journals(folder)
    killed = count()  # next() is atomic, unlike +=

    def follow_each_other(journal: Journal) -> int:
        random = Random(f"{seed} {journal.path.stem}")
        lost = 0
        while (turn := next(killed)) < kills:
            # One in four dies between the answer and its acknowledgement, a moment so short that
            # hardly any would by chance.
            fate = Fate(random.randint(2, _LATEST_FATAL), after=turn % 4 == 3)
            arguments = (database, journal.path, f"{seed} {turn}", fate)
            with started(write_orders, *arguments) as (process, pipe):
                usually = pipe.recv()
                sleep(random.uniform(0, _LONGEST * usually))
                process.kill()
                process.join(A_WHILE)
            journal.end_line()
            lost += _lost(database, journal)
            tick()
        _finish(database, journal, seed)
        return lost

    with ThreadPoolExecutor(WRITERS) as slots:
        unanswered = sum(slots.map(follow_each_other, journals))
    return _run("writers", database, journals, seed, kills, unanswered)


def crash_server(
    server: LocalServer,
    database: Database,
    folder: Path,
    *,
    seed: int,
    crashes: int,
    tick: Callable[[], object] = lambda: None,
) -> Run:
    """Let processes place orders, and kill the server under them, or stop it at once."""
    journals = _journals(folder)
    random = Random(seed)
    unanswered = 0
    with ExitStack() as running:
        writers = [
            running.enter_context(
                started(write_orders, database, journal.path, f"{seed} crash", None)
            )
            for journal in journals
        ]
        ends = cycle((server.crash, server.stop))
        for end in islice(ends, crashes):
            _wait_for_more(journals)
            sleep(random.uniform(0, 0.1))
            end()
            sleep(random.uniform(0, 0.3))
            server.start()
            tick()
        _wait_for_more(journals)
        for process, pipe in writers:
            pipe.send("end")
            process.join(A_WHILE)
    for journal in journals:
        unanswered += _lost(database, journal)
        _finish(database, journal, seed)
    return _run("the server", database, journals, seed, crashes, unanswered)


def _journals(folder: Path) -> Sequence[Journal]:
    return [Journal(folder / f"writer-{i}.jsonl") for i in range(WRITERS)]


def _lost(database: Database, journal: Journal) -> int:
    """How many orders of a writer that is gone are stored, though it did not get to know."""
    asked = {request.key for request in journal.unanswered()}
    return sum(key in asked for (key,) in database.rows("SELECT idempotency_key FROM orders"))


def _finish(database: Database, journal: Journal, seed: int) -> None:
    """Let one more process ask for the answers that were lost, and end."""
    with started(write_orders, database, journal.path, f"{seed} last", None) as (process, pipe):
        pipe.send("end")
        process.join(A_WHILE)


def _wait_for_more(journals: Sequence[Journal]) -> None:
    """Wait until every writer has got another answer."""
    before = [len(journal.acknowledged()) for journal in journals]
    for journal, some in zip(journals, before, strict=True):
        for _ in range(round(A_WHILE / 0.05)):
            if len(journal.acknowledged()) > some:
                break
            sleep(0.05)
        else:
            raise RuntimeError(f"the writer of {journal.path} does not get on")


def _run(
    what: str,
    database: Database,
    journals: Sequence[Journal],
    seed: int,
    kills: int,
    unanswered: int,
) -> Run:
    found = findings(database, journals)
    unknown = unacknowledged(database, journals)
    if unknown:
        found.append(f"{unknown} orders were asked for again, and still not acknowledged")
    [(placed,)] = database.rows("SELECT count(*) FROM orders")
    return Run(
        what=f"{what}, {database.kind}",
        seed=seed,
        kills=kills,
        placed=placed,
        acknowledged=sum(len(journal.acknowledged()) for journal in journals),
        unanswered=unanswered,
        findings=tuple(found),
    )
