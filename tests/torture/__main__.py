"""The long run: hundreds of kills and races on each database, and a table of what came of them.

    python -m tests.torture [--kills 200] [--crashes 10] [--races 10] [--seed 1]

Exits with 1 if anything was found that is not as promised.
"""

import argparse
import secrets
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tqdm import tqdm

from cartcore.adapters.sqlite import SQLiteStorage
from tests import postgres
from tests.torture import killing, races, test_races
from tests.torture.database import Database
from tests.torture.killing import Run, crash_server, kill_writers
from tests.torture.shop import fill

RACES = (
    test_races.test_the_last_redemptions_go_to_as_many_as_are_left,
    test_races.test_the_last_redemptions_of_a_contact_go_to_as_many_as_are_left,
    test_races.test_a_budget_goes_to_as_many_as_fit,
    test_races.test_the_same_request_from_many_places_one_order,
    test_races.test_of_two_requests_with_one_key_one_is_told,
    test_races.test_of_the_editors_of_a_draft_one_saves,
)


def main() -> int:
    """Run everything, and print a table."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("--kills", type=int, default=200, help="kills of writers on each database")
    parser.add_argument("--crashes", type=int, default=10, help="kills of the PostgreSQL server")
    parser.add_argument("--races", type=int, default=1, help="rounds of all races")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    given = parser.parse_args()
    print(f"seed {given.seed}", flush=True)
    steps = 2 * given.kills + given.crashes + 2 * len(RACES) * given.races
    with (
        tempfile.TemporaryDirectory(prefix="cartcore-torture-") as folder,
        postgres.local_server(durable=True) as server,
        server.with_template(),
        tqdm(total=steps, unit="", disable=None) as progress,
    ):
        runs, lost = _runs(server, Path(folder), given, progress.update)
    _show(runs)
    for problem in (*lost, *(each for run in runs for each in run.findings)):
        print(f"FOUND: {problem}")
    return int(bool(lost or any(run.findings for run in runs)))


def _runs(
    server: postgres.LocalServer,
    folder: Path,
    given: argparse.Namespace,
    tick: Callable[[], object],
) -> tuple[list[Run], list[str]]:
    runs: list[Run] = []
    lost: list[str] = []
    for kind in ("sqlite", "postgresql"):
        with _filled(kind, server, folder / kind, given.kills) as database:
            done = kill_writers(
                database, folder / kind, seed=given.seed, kills=given.kills, tick=tick
            )
            runs.append(done)
    with _filled("postgresql", server, folder / "crashes", given.kills) as database:
        done = crash_server(
            server,
            database,
            folder / "crashes",
            seed=given.seed,
            crashes=given.crashes,
            tick=tick,
        )
        runs.append(done)
    for number in range(given.races):
        for kind in ("sqlite", "postgresql"):
            for race in RACES:
                where = folder / f"{kind} {number} {race.__name__}"
                with _empty(kind, server, where) as database:
                    try:
                        race(database)
                    except AssertionError as error:
                        lost.append(f"{race.__name__}, {kind}: {error}")
                tick()
    return runs, lost


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


@contextmanager
def _filled(kind: str, server: postgres.Server, folder: Path, uses: int) -> Iterator[Database]:
    with _empty(kind, server, folder) as database:
        with database.open() as storage:
            fill(storage, uses=uses)
        yield database


def _show(runs: Sequence[Run]) -> None:
    print(f"{killing.WRITERS} processes place orders; {races.RACERS} race for the same.")
    print(f"{'killed':22} {'kills':>6} {'placed':>7} {'acknowledged':>13}", end="")
    print(f" {'answer lost':>12} {'findings':>9}")
    for run in runs:
        print(f"{run.what:22} {run.kills:6} {run.placed:7} {run.acknowledged:13}", end="")
        print(f" {run.unanswered:12} {len(run.findings):9}")


if __name__ == "__main__":
    sys.exit(main())
