"""Fill storage with up to a million contacts and orders, and measure what staff wait for.

    python -m benchmarks.storage [SIZE] [--databases sqlite postgresql] [--stateset PYTHON]

SIZE is a share of 1,000,000 contacts, 100,000 products and 1,000,000 orders. Prints a table and
writes `benchmarks/storage-results.json`.
"""

import argparse
import json
import os
import platform
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from statistics import median
from typing import Any

import attrs
from tests.torture.database import Database
from tqdm import tqdm

from benchmarks.storage.filling import Sizes, empty, fill
from benchmarks.storage.measuring import Figure, bare, placing, quotes_as_json, searches

RESULTS = Path(__file__).parent.parent / "storage-results.json"
_FSYNCS = 200


def main() -> None:
    """Fill, measure, print and write down."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.storage")
    parser.add_argument("size", type=float, nargs="?", default=1.0)
    parser.add_argument("--databases", nargs="+", default=["sqlite", "postgresql"])
    parser.add_argument("--stateset", help="the Python that has the package stateset-embedded")
    given = parser.parse_args()
    sizes = Sizes.scaled(given.size)
    figures: list[Figure] = []
    machine: dict[str, dict[str, Any]] = {}
    filling: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="cartcore-storage-") as folder:
        for kind in given.databases:
            machine[kind] = _machine(Path(folder))
            with empty(kind, Path(folder)) as database:
                filling[kind] = _fill(database, sizes)
                for figure in chain(
                    searches(database, sizes), placing(database), quotes_as_json(database)
                ):
                    figures.append(figure)
                    _show(figure)
    other = _stateset(given.stateset) if given.stateset else None
    results = {
        "machine": machine,
        "sizes": attrs.asdict(sizes),
        "filled in seconds": filling,
        "figures": [attrs.asdict(figure) for figure in figures],
        "stateset-embedded": other,
    }
    RESULTS.write_text(json.dumps(results, indent=1) + "\n")
    print(f"written: {RESULTS.name}")


def _fill(database: Database, sizes: Sizes) -> float:
    began = time.monotonic()
    total = sum(attrs.astuple(sizes))
    with (
        bare(database) as driver,
        tqdm(total=total, unit=" records", desc=database.kind, disable=None) as progress,
    ):
        fill(database.open, driver, sizes, progress.update)
    seconds = time.monotonic() - began
    print(f"\n{database.kind}: {total:,} records written in {seconds:.0f} seconds")
    print(
        f"{'milliseconds':40} {'median':>8} {'95 %':>8} {'cpu':>8} {'bare':>8}"
        f" {'per second':>11} {'bare':>8}"
    )
    return seconds


def _show(figure: Figure) -> None:
    rates = ""
    if figure.per_second is not None:
        rates = f"{figure.per_second:11.0f} {figure.floor_per_second:8.0f}"
    print(
        f"{figure.what:40} {figure.median:8.2f} {figure.p95:8.2f} {figure.cpu:8.2f}"
        f" {figure.floor:8.2f} {rates}",
        flush=True,
    )


def _machine(folder: Path) -> dict[str, Any]:
    """Tell what the figures depend on; without others at work, `load` is about 0 at the start."""
    return {
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0],
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "fsync in ms": _fsync(folder),
    }


def _fsync(folder: Path) -> float:
    """Measure how long the disk takes to keep 4 KiB: no durable order can be faster."""
    took = []
    with (folder / "fsync").open("wb", buffering=0) as file:
        for _ in range(_FSYNCS):
            file.write(b"x" * 4096)
            began = time.perf_counter()
            os.fsync(file.fileno())
            took.append(time.perf_counter() - began)
    return median(took) * 1000


def _stateset(python: str) -> dict[str, float]:
    """Let another Python measure the other library."""
    script = Path(__file__).parent / "stateset.py"
    done = subprocess.run([python, script, "200"], check=True, capture_output=True, text=True)
    took: dict[str, Sequence[float]] = json.loads(done.stdout.splitlines()[-1])
    found = {what: median(each) for what, each in took.items()}
    print(f"\nstateset-embedded, a cart of 10 items: {found} ms (its commits are not synced)")
    return found


if __name__ == "__main__":
    main()
    sys.exit()
