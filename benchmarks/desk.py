"""What an order desk costs with many promotions, of which few concern an order.

    python -m benchmarks.desk                          # a few minutes
    python -m benchmarks.desk --sizes 5 1000 --rounds 5 --storages memory sqlite

Views, places and lists what can be picked, for an order of five lines that five promotions match,
beside others that do not. Then the same while another process (in memory: another thread) changes
one of the others before each turn, so that none finds the promotions as it left them.
Prints a table and writes `benchmarks/desk-results.json`.
"""

import argparse
import gc
import json
import multiprocessing
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from typing import Any

import attrs
from moneyed import Money
from tests.support import postgres
from tests.torture.database import Database

from cartcore.adapters.memory import MemoryStorage
from cartcore.desk import OrderDesk
from cartcore.entry.store import Store
from cartcore.promotions.promotion import Limits, Promotion, Trigger
from cartcore.rules import Selection, TiedItem
from cartcore.rules.builtin import AddProduct, BuyXGetY, FlatRate, MinQuantity, PercentOff
from cartcore.shop.address import Address
from cartcore.shop.contact import Contact
from cartcore.shop.product import Product, Variant
from cartcore.storage import Storage

RESULTS = Path(__file__).with_name("desk-results.json")
NOW = datetime(2026, 6, 1, tzinfo=UTC)
LINES = 5
HOME = Address(line1="1 Main Street", city="Denver", postal_code="80202", country="US")
STORE = Store(
    currency="USD", speeds=(FlatRate(code="post", name="Post", price=Money("4.90", "USD")),)
)


def matching() -> Iterator[Promotion]:
    """Promotions that the order meets: three by themselves, two that can be picked."""
    pen = (TiedItem(key="pen", product_id=f"p{LINES}"),)
    yield _promotion("m0", PercentOff(percent=10, target=_sku("S0")), limits=Limits(total=10**6))
    yield _promotion("m1", AddProduct(items=pen), conditions=_with("S1"))
    yield _promotion("m2", BuyXGetY(buy=1, get=1, buy_from=_sku("S2"), get_from=_sku("S2")))
    yield _promotion("m3", PercentOff(percent=5, target=_sku("S3")), trigger=Trigger.PICKED)
    picked = {"trigger": Trigger.PICKED, "conditions": _with("S4")}
    yield _promotion("m4", AddProduct(items=pen), **picked)


def others() -> Iterator[Promotion]:
    """Promotions of which the order has no line: of every kind in turn."""
    pen = (TiedItem(key="pen", product_id=f"p{LINES}"),)
    for i in count():
        name, none = f"o{i}", _sku(f"N{i % 2_000}")
        if i % 4 == 0:
            yield _promotion(name, PercentOff(percent=10, target=none), limits=Limits(total=9))
        elif i % 4 == 1:
            yield _promotion(name, AddProduct(items=pen), conditions=_with(f"N{i % 2_000}"))
        elif i % 4 == 2:
            ends = NOW + timedelta(days=1 + i % 300)
            yield _promotion(name, PercentOff(percent=5, target=none), ends_at=ends)
        else:
            yield _promotion(name, PercentOff(percent=5, target=none), trigger=Trigger.PICKED)


def _promotion(promotion_id: str, effect: Any, **fields: Any) -> Promotion:
    return Promotion(id=promotion_id, name=promotion_id, effect=effect, version=1, **fields)


def _sku(sku: str) -> Selection:
    return Selection(skus=(sku,))


def _with(sku: str) -> tuple[MinQuantity]:
    return (MinQuantity(quantity=1, target=_sku(sku)),)


def filled(storage: Storage, size: int) -> OrderDesk:
    """Return the desk of a shop with so many promotions."""
    with storage.write() as work:
        for i in range(LINES + 1):
            variants = (Variant(sku=f"S{i}", price=Money("9.99", "USD")),)
            work.products.add(Product(id=f"p{i}", title=f"Product {i}", variants=variants))
        work.contacts.add(Contact(id="ann", name="Ann Lee", addresses=(HOME,)))
        ours, more = [*matching()], others()
        work.promotions.restore(ours + [next(more) for _ in range(size - len(ours))])
        # Something of another kind to be changed, where all are the order's.
        work.promotions.add(_promotion("changed", PercentOff(percent=1, target=_sku("N"))))
        work.commit()
    return OrderDesk(storage, STORE, clock=ticking())


def ticking() -> Callable[[], datetime]:
    """Return a clock that goes on by a second whenever it is looked at."""
    ticks = count()
    return lambda: NOW + timedelta(seconds=next(ticks))


def reviewed(desk: OrderDesk) -> str:
    """Return a draft that is ready to be placed."""
    with desk.begin(actor="sam") as edit:
        edit.choose_contact("ann")
        for i in range(LINES):
            edit.add_sku(f"S{i}", quantity=2)
        edit.save_items()
        edit.choose_speed("s1", "post")
        edit.go_to("review")
        return edit.draft.id


# --- Changing promotions meanwhile ------------------------------------------------------------


def change(storage: Storage) -> None:
    """Change a promotion that the order does not meet."""
    with storage.write() as work:
        found = work.promotions.get("changed")
        work.promotions.save(attrs.evolve(found, priority=1 - found.priority))
        work.commit()


def change_when_asked(database: Database, asked: Connection) -> None:
    """What the other process does."""
    with database.open() as storage:
        while asked.recv():  # until there is nothing to do
            change(storage)
            asked.send("changed")


@contextmanager
def other_process(database: Database) -> Iterator[Callable[[], None]]:
    """Give what lets another process change a promotion, and waits until it did."""
    processes = multiprocessing.get_context("spawn")
    here, there = processes.Pipe()
    process = processes.Process(target=change_when_asked, args=(database, there))
    process.start()

    def ask() -> None:
        here.send("change one")
        here.recv()

    try:
        yield ask
    finally:
        here.send("")
        process.join()


def other_thread(storage: Storage) -> Callable[[], None]:
    """Give what lets another thread change a promotion, and waits until it did."""

    def ask() -> None:
        thread = threading.Thread(target=change, args=(storage,))
        thread.start()
        thread.join()

    return ask


# --- Measuring --------------------------------------------------------------------------------


@attrs.frozen
class Shop:
    """A desk, a draft that is looked at, and how promotions are changed by others."""

    desk: OrderDesk
    draft_id: str
    change: Callable[[], None]


def _viewing(shop: Shop) -> Callable[[], object]:
    return partial(shop.desk.view, shop.draft_id)


def _placing(shop: Shop) -> Callable[[], object]:
    draft_id = reviewed(shop.desk)
    seen = shop.desk.view(draft_id).quote
    return partial(shop.desk.place, draft_id, seen=seen, actor="sam")


def _listing(shop: Shop) -> Callable[[], object]:
    return partial(shop.desk.available_promotions, shop.draft_id)


TURNS: Mapping[str, Callable[[Shop], Callable[[], object]]] = {
    "view": _viewing,
    "place": _placing,
    "list": _listing,
}
"""What is measured: makes a shop ready for it, and gives what is timed."""


@contextmanager
def shops(kind: str, sizes: Sequence[int], folder: Path) -> Iterator[dict[int, Shop]]:
    """Give a shop of each size, in storage of one kind."""
    with ExitStack() as opened:
        found = {}
        server = None
        if kind == "postgresql":
            server = opened.enter_context(postgres.local_server(durable=True))
            opened.enter_context(server.with_template())
        for size in sizes:
            if kind == "memory":
                storage: Storage = MemoryStorage()
                ask = other_thread(storage)
            else:
                where = str(folder / f"{size}.sqlite")
                if server is not None:
                    where = opened.enter_context(server.database())
                database = Database(kind, where)
                storage = opened.enter_context(database.open())
                ask = opened.enter_context(other_process(database))
            desk = filled(storage, size)
            found[size] = Shop(desk, reviewed(desk), ask)
        yield found


def measured(found: Mapping[int, Shop], what: str, rounds: int, *, meanwhile: bool) -> list[float]:
    """Return medians in seconds, of shops that take turns."""
    took: dict[int, list[float]] = {size: [] for size in found}
    for _ in range(rounds):
        for size, shop in found.items():
            do = TURNS[what](shop)
            if meanwhile:
                shop.change()
            gc.collect()
            began = time.perf_counter()
            do()
            took[size].append(time.perf_counter() - began)
    return [median(each) for each in took.values()]


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.desk")
    parser.add_argument("--sizes", type=int, nargs="+", default=[5, 1_000, 10_000])
    parser.add_argument("--storages", nargs="+", default=["memory", "sqlite", "postgresql"])
    parser.add_argument("--turns", nargs="+", default=list(TURNS), choices=list(TURNS))
    parser.add_argument("--rounds", type=int, default=25)
    given = parser.parse_args()
    results: dict[str, Any] = {"sizes": given.sizes, "milliseconds": {}}
    print("Promotions, of which five match:", *(f"{size:>16,}" for size in given.sizes))
    for kind in given.storages:
        with (
            tempfile.TemporaryDirectory(prefix="cartcore-desk-") as folder,
            shops(kind, given.sizes, Path(folder)) as found,
        ):
            for meanwhile in (False, True):
                for what in given.turns:
                    name = f"{kind}, {what}" + (", promotions change" if meanwhile else "")
                    took = measured(found, what, given.rounds, meanwhile=meanwhile)
                    figures = [f"{t * 1e3:8.2f} ms {t / took[0]:4.2f}" for t in took]
                    print(f"{name:32}", *(f"{each:>16}" for each in figures), flush=True)
                    results["milliseconds"][name] = [round(t * 1e3, 3) for t in took]
    RESULTS.write_text(json.dumps(results, indent=1) + "\n", "utf-8")
    print(f"All figures are in {RESULTS.name}.")


if __name__ == "__main__":
    main()
