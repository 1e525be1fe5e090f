"""Place orders of ten lines, each beside the same inserts by the bare driver, within seconds.

    python -m benchmarks.storage.placing [ORDERS] [--databases sqlite postgresql] [--writers N ...]

The two take turns, order by order, so that whatever else the machine does meets both. Then it tells
how many statements an order takes, and what the processor time of the process goes to: only some
functions are timed, as a profiler of all of them makes small ones look slower than they are.

With `--writers`, so many processes place orders at once, each on a connection of its own, and after
them as many write the same rows with the driver alone.
"""

import argparse
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random
from statistics import median
from typing import Any
from unittest.mock import patch

from sqlalchemy import event
from tests.torture.database import Database

from benchmarks.storage.bare import Rows
from benchmarks.storage.filling import ITEMS, STORE, Sizes, Template, draft, empty, fill
from benchmarks.storage.measuring import bare, copied, copies, placing
from cartcore.adapters.sql import carriers
from cartcore.adapters.sql.session import Session
from cartcore.adapters.sql.storage import SqlStorage
from cartcore.adapters.sql.store import Store
from cartcore.adapters.sql.transaction import OwnTransaction
from cartcore.desk import OrderDesk
from cartcore.documents.serializer import Serializer
from cartcore.entry import placing as entry_placing
from cartcore.entry.facts import FactReader
from cartcore.entry.plugin_calls import PluginCalls
from cartcore.pricing.quote import Quote

FEW = Sizes(contacts=1_000, products=1_000, orders=1_000)
"""Placing costs the same among a million, which take an hour to be written."""

_FIRST = 20  # orders that are not counted: with them everything is new
_PARTS: Sequence[tuple[Any, str, str]] = (
    (carriers, "_driven", "the driver"),
    (Session, "rows", "asking, without the driver"),
    (Session, "change", "changing, without the driver"),
    (Session, "changed", "changing, without the driver"),
    (Session, "insert", "changing, without the driver"),
    (Session, "_do", "changing, without the driver"),
    (OwnTransaction, "begin", "beginning and ending two transactions"),
    (OwnTransaction, "commit", "beginning and ending two transactions"),
    (OwnTransaction, "leave", "beginning and ending two transactions"),
    (Serializer, "dumps", "writing documents"),
    (Serializer, "loads", "reading documents"),
    (Store, "_rows_of", "columns, and rows to search by"),
    (PluginCalls, "price", "pricing"),
    (PluginCalls, "speeds", "asking for speeds"),
    (Quote, "differences", "comparing with what was seen"),
    (FactReader, "facts", "the facts, without asking"),
    (entry_placing, "_order", "the order"),
    (entry_placing, "evaluate", "the view, without pricing"),
)
"""What is timed: an attribute, its name and what it does, without what is timed within it."""


def main() -> None:
    """Fill, place, and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.storage.placing")
    parser.add_argument("orders", type=int, nargs="?", default=200)
    parser.add_argument("--databases", nargs="+", default=["sqlite", "postgresql"])
    parser.add_argument("--writers", nargs="+", type=int, default=[])
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cartcore-placing-") as folder:
        for kind in given.databases:
            with empty(kind, Path(folder)) as database:
                with bare(database) as driver:
                    fill(database.open, driver, FEW, lambda _: None)
                _beside(database, given.orders)
                for figure in placing(database, given.writers, given.orders, codes=(False,)):
                    print(
                        f"  {figure.what}: {figure.per_second:.0f} orders a second,"
                        f" the driver alone {figure.floor_per_second:.0f}"
                    )


def _beside(database: Database, number: int) -> None:
    """Place as many orders, the driver alone as many, and as many once more by part."""
    random = Random(5)
    with database.open() as seeing:
        drafts = _drafts(OrderDesk(seeing, STORE), random, 2 * number + _FIRST)
    with database.open() as storage, bare(database) as driver:
        desk = OrderDesk(storage, STORE)
        with _watched(storage) as said:
            for draft_id, seen in drafts[:_FIRST]:
                said.clear()
                order = desk.place(draft_id, seen=seen, actor="sam")
        asked = len(said)
        template = Template.of(driver, order)
        others = copies(storage, draft(desk, random, ITEMS), number + _FIRST)
        rows = [copied(template, order, draft_id) for draft_id in others]
        for each in rows[:_FIRST]:
            driver.place(each)

        def place(given: tuple[str, Quote]) -> None:
            desk.place(given[0], seen=given[1], actor="sam")

        ours, floor = _by_turns(
            place, drafts[_FIRST : _FIRST + number], driver.place, rows[_FIRST:]
        )
        _tell(database, ours, floor, asked)
        for part, took in _by_part(place, drafts[_FIRST + number :]):
            print(f"  {took:6.2f}  {part}")


def _drafts(desk: OrderDesk, random: Random, number: int) -> list[tuple[str, Quote]]:
    """Drafts of ten lines, with what staff see of each."""
    ids = copies(desk.storage, draft(desk, random, ITEMS), number)
    return [(draft_id, desk.view(draft_id).quote) for draft_id in ids]


def _by_turns(
    place: Callable[[tuple[str, Quote]], None],
    drafts: Sequence[tuple[str, Quote]],
    write: Callable[[Rows], None],
    rows: Sequence[Rows],
) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    """Seconds of the clock and of the processor, for each order, of the one and of the other."""
    ours, floor = [], []
    for seen, written in zip(drafts, rows, strict=True):
        began, working = time.perf_counter(), time.process_time()
        place(seen)
        ours.append((time.perf_counter() - began, time.process_time() - working))
        began, working = time.perf_counter(), time.process_time()
        write(written)
        floor.append((time.perf_counter() - began, time.process_time() - working))
    return ours, floor


def _tell(
    database: Database,
    ours: Sequence[tuple[float, float]],
    floor: Sequence[tuple[float, float]],
    asked: int,
) -> None:
    print(f"{database.kind}: {len(ours)} orders of {ITEMS} lines, {asked} statements each")
    for what, index in (("milliseconds", 0), ("of them processor time", 1)):
        mine, bottom = ([each[index] * 1000 for each in took] for took in (ours, floor))
        for which, of in (("median", median), ("least", min)):
            print(
                f"  {what:22} {which:6} {of(mine):7.2f}, the driver alone {of(bottom):6.2f}:"
                f" {of(mine) / of(bottom):5.1f} times as long"
            )


@contextmanager
def _watched(storage: SqlStorage) -> Iterator[list[str]]:
    """All statements that a storage asks its database for."""
    said: list[str] = []

    def note(_connection: object, _cursor: object, text: str, *_: object) -> None:
        said.append(text)

    engine = storage._engine  # noqa: SLF001
    event.listen(engine, "before_cursor_execute", note)
    yield said
    event.remove(engine, "before_cursor_execute", note)


class _Parts:
    """Adds up the processor time of each part, without the parts that it calls."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._within = ["everything else"]
        self._since = time.process_time()

    def enter(self, part: str) -> None:
        self._add()
        self._within.append(part)

    def leave(self) -> None:
        self._add()
        self._within.pop()

    def _add(self) -> None:
        now = time.process_time()
        self.seconds[self._within[-1]] += now - self._since
        self._since = now

    def timed(self, function: Callable[..., Any], part: str) -> Callable[..., Any]:
        """A function that is timed."""

        def call(*given: Any, **named: Any) -> Any:
            self.enter(part)
            try:
                return function(*given, **named)
            finally:
                self.leave()

        return call


def _by_part(
    place: Callable[[tuple[str, Quote]], None],
    drafts: Sequence[tuple[str, Quote]],
) -> list[tuple[str, float]]:
    """Milliseconds of the processor that an order takes, by what they go to."""
    parts = _Parts()
    with ExitStack() as patched:
        for owner, name, part in _PARTS:
            timed = parts.timed(getattr(owner, name), part)
            patched.enter_context(patch.object(owner, name, timed))
        for each in drafts:
            parts.enter("everything else")
            place(each)
            parts.leave()
    found = [(part, total * 1000 / len(drafts)) for part, total in parts.seconds.items()]
    return sorted(found, key=lambda each: -each[1])


if __name__ == "__main__":
    main()
