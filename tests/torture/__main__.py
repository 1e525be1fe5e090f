"""The long run: kills, faults, lost power and races by the hundreds, and what came of them.

    python -m tests.torture [--kills 1000] [--every 5] [--images 1000] [--races 1] [--writers 4]
                            [--seed 1]

Exits with 1 if anything was found that is not as promised.

The seed draws the orders, the moments of the kills, the faults and how long they last, and what a
loss of power leaves. It does not fix how the system lets processes run beside each other: a run
that is repeated with its seed does the same things, and they can meet in another way.
"""

import argparse
import secrets
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

from tqdm import tqdm

from cartcore.adapters.sqlite import SQLiteStorage
from tests.support import postgres
from tests.torture import races, recording, test_races
from tests.torture.database import Database
from tests.torture.faults import FAULTS, possible
from tests.torture.killing import Run, torment
from tests.torture.power import Loss, Orders, lose_power
from tests.torture.scene import WRITERS, in_file, on_server

_IMAGES, _ORDERS = 100, 60  # of each recording that power is lost in

RACES = (
    test_races.test_the_last_redemptions_go_to_as_many_as_are_left,
    test_races.test_the_last_redemptions_of_a_contact_go_to_as_many_as_are_left,
    test_races.test_a_budget_goes_to_as_many_as_fit,
    test_races.test_the_same_request_from_many_places_one_order,
    test_races.test_of_two_requests_with_one_key_one_is_told,
    test_races.test_of_the_editors_of_a_draft_one_saves,
)


def main() -> int:
    """Run everything, and print tables."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("--kills", type=int, default=1000, help="kills of writers on each database")
    parser.add_argument("--every", type=int, default=5, help="kills from one fault to the next")
    parser.add_argument("--images", type=int, default=1000, help="losses of power")
    parser.add_argument("--writers", type=int, default=WRITERS, help="writers at the same time")
    parser.add_argument("--races", type=int, default=1, help="rounds of all races")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    given = parser.parse_args()
    print(f"seed {given.seed}", flush=True)
    steps = 2 * given.kills + given.images + 2 * len(RACES) * given.races
    with (
        tempfile.TemporaryDirectory(prefix="cartcore-torture-") as folder,
        postgres.local_server(durable=True) as server,
        server.with_template(),
        tqdm(total=steps, unit="", disable=None) as progress,
    ):
        parts = (
            _torment(server, Path(folder), given, progress.update),
            _lose_power(Path(folder), given, progress.update),
            _race(server, Path(folder), given.races, progress.update),
        )
        found = 0
        for problem in chain.from_iterable(parts):
            print(f"FOUND: {problem}", flush=True)
            found += 1
    return int(bool(found))


Tick = Callable[[], object]


def _torment(
    server: postgres.LocalServer, folder: Path, given: argparse.Namespace, tick: Tick
) -> Iterator[str]:
    uses = given.kills
    runs: list[Run] = []
    for scene_of in (
        in_file(folder / "sqlite", uses=uses, writers=given.writers),
        on_server(server, folder / "postgresql", uses=uses, writers=given.writers),
    ):
        with scene_of as scene:
            faults = possible(scene)
            for each in FAULTS:
                if scene.database.kind in each.kinds and each not in faults:
                    print(f"SKIPPED: {each.name}, which this user or system does not allow")
            run = torment(
                scene,
                seed=given.seed,
                kills=given.kills,
                faults=faults,
                every=given.every,
                tick=tick,
            )
            runs.append(run)
    print(f"\n{given.writers} processes place orders, and are killed.")
    print(f"{'database':12} {'kills':>6} {'faults':>7} {'placed':>7} {'acknowledged':>13}", end="")
    print(f" {'answer lost':>12} {'findings':>9}")
    for run in runs:
        print(f"{run.what:12} {run.kills:6} {run.faults.total():7} {run.placed:7}", end="")
        print(f" {run.acknowledged:13} {run.unanswered:12} {len(run.findings):9}")
    for run in runs:
        struck = ", ".join(f"{name} {times}" for name, times in sorted(run.faults.items()))
        print(f"Faults, {run.what}: {struck}")
    for run in runs:
        yield from (f"{run.what}: {problem}" for problem in run.findings)


def _lose_power(folder: Path, given: argparse.Namespace, tick: Tick) -> Iterator[str]:
    if not recording.is_possible():
        print("SKIPPED: loss of power, since Python's SQLite library cannot be reached")
        return
    losses: list[Loss] = []
    for number, images in enumerate(_portions(given.images, _IMAGES)):
        where = folder / f"power {number}"
        where.mkdir()
        orders = Orders(f"{given.seed} {number}", _ORDERS)
        losses.append(lose_power(where, orders, images, tick=tick))
    images = sum(each.images for each in losses)
    answers = sum(each.acknowledged for each in losses)
    print(f"\nLoss of power, sqlite: {images} images, in which {answers} answers had to hold.")
    for loss in losses:
        yield from loss.findings


def _portions(total: int, size: int) -> Iterator[int]:
    yield from (min(size, total - done) for done in range(0, total, size))


def _race(server: postgres.LocalServer, folder: Path, rounds: int, tick: Tick) -> Iterator[str]:
    lost = 0
    for number in range(rounds):
        for kind in ("sqlite", "postgresql"):
            for race in RACES:
                where = folder / f"{kind} {number} {race.__name__}"
                with _empty(kind, server, where) as database:
                    try:
                        race(database)
                    except AssertionError as error:
                        lost += 1
                        yield f"{race.__name__}, {kind}: {error}"
                tick()
    held = 2 * rounds * len(RACES)
    print(f"\n{held} races of {races.RACERS} processes, {lost} with findings.")


@contextmanager
def _empty(kind: str, server: postgres.Server, folder: Path) -> Iterator[Database]:
    folder.mkdir()
    if kind == "postgresql":
        with server.database() as url:
            yield Database(kind, url)
    else:
        where = str(folder / "shop.sqlite")
        SQLiteStorage(where).close()
        yield Database(kind, where)


if __name__ == "__main__":
    sys.exit(main())
