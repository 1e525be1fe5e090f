"""Runs in which writers are killed, and more goes wrong around them, while they place orders."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from random import Random
from time import sleep

import attrs

from tests.torture.checking import findings, unacknowledged
from tests.torture.database import A_WHILE, Database
from tests.torture.faults import Fault
from tests.torture.journal import Journal
from tests.torture.outbox import Follower, missed
from tests.torture.scene import Scene
from tests.torture.writers import Fate, started, write_orders

_LATEST_FATAL = 4  # the placing at which a writer is killed, at the latest
_LONGEST = 1.5  # times what placing usually takes: so some are killed just after it
_SHORTEST_FAULT, _LONGEST_FAULT = 0.05, 0.8  # seconds


@attrs.frozen(kw_only=True)
class Run:
    """What came of a run. `unanswered` counts orders that were stored, unknown to the killed."""

    what: str
    seed: int
    kills: int
    faults: Counter[str]
    placed: int
    acknowledged: int
    unanswered: int
    findings: tuple[str, ...]


def torment(
    scene: Scene,
    *,
    seed: int,
    kills: int,
    faults: Sequence[Fault] = (),
    every: int = 5,
    wrong: str = "",
    tick: Callable[[], object] = lambda: None,
) -> Run:
    """Let processes place orders in a filled shop, and kill each of them at some moment of it.

    Every killed one is followed by another one, which first asks for the answers that were lost.

    Args:
        scene: where the shop is, and what can fail there.
        seed: draws the orders, the moments of the kills, the faults and how long they last.
        kills: how many writers are killed, or some more, until all faults have been.
        faults: what else goes wrong: each once, in an order that is drawn, and again likewise.
        every: how many kills are between two faults.
        wrong: what the writers do wrong; see `write_orders`.
        tick: called after each kill.
    """
    database, journals = scene.database, scene.journals
    killed, over = threading.Semaphore(0), threading.Event()
    struck: Counter[str] = Counter()
    writers, follower = len(journals), Follower(database)

    def follow_each_other(number: int) -> int:
        journal, random = journals[number], Random(f"{seed} {number}")
        dead = 0
        while not over.is_set() or dead < kills // writers:
            # One in four dies between the answer and its acknowledgement, a moment so short that
            # hardly any would by chance.
            fate = Fate(random.randint(2, _LATEST_FATAL), after=(number + dead) % 4 == 3)
            _live_and_die(scene, journal, f"{seed} {dead}", fate, wrong, random)
            dead += 1
            killed.release()
            tick()
        return dead

    def strike() -> None:
        random = Random(f"{seed} faults")
        try:
            for fault in islice(_in_turn(faults, random), kills // every):
                for _ in range(every):
                    killed.acquire(timeout=A_WHILE)
                with fault.strike(scene, random):
                    sleep(random.uniform(_SHORTEST_FAULT, _LONGEST_FAULT))
                struck[fault.name] += 1
        finally:
            over.set()

    ended = threading.Event()
    with ThreadPoolExecutor(writers + 2) as threads:
        following = threads.submit(follower.follow, ended)
        try:
            striking = threads.submit(strike)
            dead = sum(threads.map(follow_each_other, range(writers)))
        finally:
            ended.set()
    striking.result()
    following.result()
    for journal in journals:
        _finish(database, journal, seed, wrong)
    follower.finish()
    found = [
        *_found(scene),
        *findings(database, journals),
        *missed(database, follower.read),
    ]
    [(placed,)] = database.rows("SELECT count(*) FROM cartcore_orders")
    return Run(
        what=database.kind,
        seed=seed,
        kills=dead,
        faults=struck,
        placed=placed,
        acknowledged=sum(len(journal.acknowledged()) for journal in journals),
        unanswered=sum(journal.asked_again() for journal in journals),
        findings=tuple(found),
    )


def _in_turn(faults: Sequence[Fault], random: Random) -> Iterator[Fault]:
    """All faults in an order that is drawn, again and again."""
    while faults:
        yield from random.sample(faults, len(faults))


def _live_and_die(
    scene: Scene, journal: Journal, seed: str, fate: Fate, wrong: str, random: Random
) -> None:
    """Let a writer place orders until its fate, and kill it then; or see it end before."""
    later = random.uniform(0, _LONGEST)
    arguments = (scene.database, journal.path, seed, fate, wrong)
    with started(write_orders, *arguments) as (process, pipe):
        scene.writers[journal] = process.pid or 0
        try:
            if pipe.poll(3 * A_WHILE):
                process.join(later * pipe.recv())
            else:
                journal.fail(f"{journal.path.stem} {seed} does not get on")
        except EOFError:
            pass  # it ended by itself, and wrote down why
        process.kill()
        process.join(A_WHILE)
        del scene.writers[journal]
    journal.end_line()


def _finish(database: Database, journal: Journal, seed: int, wrong: str) -> None:
    """Let one more process ask for the answers that were lost, and end."""
    arguments = (database, journal.path, f"{seed} last", None, wrong)
    with started(write_orders, *arguments) as (process, pipe):
        pipe.send("end")
        process.join(A_WHILE)


def _found(scene: Scene) -> Iterator[str]:
    """What only those know who were there."""
    for journal in scene.journals:
        yield from journal.failures()
        for gone, back in scene.absent:
            for key in journal.answered_between(gone, back):
                yield f"{key!r} was acknowledged when nothing was at {scene.database.where}"
    unknown = unacknowledged(scene.database, scene.journals)
    if unknown:
        yield f"{unknown} orders were asked for again, and still not acknowledged"
