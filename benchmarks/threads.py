"""How many desks one process serves: views and placings per second by several threads (HA-15).

    python -m benchmarks.threads                       # about a minute
    python -m benchmarks.threads --seconds 5 --databases sqlite

Each thread looks at orders of ten lines, and after every tenth look places one, as staff do who
enter an order. Prints a table, with the time that one look takes.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles

from moneyed import Money
from tests.support import postgres

from cartcore.adapters.postgres import PostgresStorage
from cartcore.adapters.sqlite import SQLiteStorage
from cartcore.desk import OrderDesk
from cartcore.entry.store import Store
from cartcore.rules.builtin import FlatRate
from cartcore.shop.address import Address
from cartcore.shop.product import Product, Variant
from cartcore.storage import Storage

THREADS = (1, 2, 4, 8, 16)
LINES = 10
LOOKS = 10
"""How often an order is looked at until it is placed."""

_HOME = Address(line1="1 Main Street", city="Denver", postal_code="80202", country="US")
_POST = FlatRate(code="post", name="Post", price=Money("4.90", "USD"))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.threads")
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--databases", nargs="+", default=["sqlite", "postgresql"])
    given = parser.parse_args()
    print(
        f"{'':12} {'threads':>8} {'looks/s':>8} {'median ms':>10} {'95 % ms':>8} {'orders/s':>9}"
        f" {'cpu ms/order':>13}"
    )
    for kind in given.databases:
        with _opened(kind) as storage:
            for threads in THREADS:
                worked = time.process_time()
                looks, placed = _entered(storage, threads, given.seconds)
                worked = time.process_time() - worked
                took = quantiles(looks, n=20)[-1]
                print(
                    f"{kind:12} {threads:8} {len(looks) / given.seconds:8.0f}"
                    f" {median(looks) * 1000:10.1f} {took * 1000:8.1f}"
                    f" {placed / given.seconds:9.1f} {worked / placed * 1000:13.0f}"
                )


@contextmanager
def _opened(kind: str) -> Iterator[Storage]:
    """A storage with the goods."""
    if kind == "sqlite":
        with tempfile.TemporaryDirectory() as folder, SQLiteStorage(Path(folder) / "s") as storage:
            _fill(storage)
            yield storage
        return
    with (
        postgres.local_server(durable=True) as server,
        server.with_template(),
        server.database() as url,
        PostgresStorage(url, pool_size=max(THREADS)) as storage,
    ):
        _fill(storage)
        yield storage


def _fill(storage: Storage) -> None:
    with storage.write() as work:
        for i in range(LINES):
            variant = Variant(sku=f"S{i}", price=Money("9.99", "USD"))
            work.products.add(Product(id=f"p{i}", title=f"Mug {i}", variants=(variant,)))
        work.commit()


def _entered(storage: Storage, threads: int, seconds: float) -> tuple[Sequence[float], int]:
    """How long each look took, and how many orders were placed, by so many threads."""
    desk = OrderDesk(storage, Store(currency="USD", speeds=(_POST,)))
    end = time.monotonic() + seconds

    def work(_: int) -> tuple[list[float], int]:
        looks: list[float] = []
        placed = 0
        while time.monotonic() < end:
            with desk.begin(actor="sam") as edit:
                edit.create_contact("Ann Lee", address=_HOME)
                for i in range(LINES):
                    edit.add_sku(f"S{i}")
                edit.save_items()
                edit.choose_speed("s1", "post")
                edit.go_to("review")
            for _ in range(LOOKS):
                began = time.perf_counter()
                view = desk.view(edit.draft.id)
                looks.append(time.perf_counter() - began)
            desk.place(edit.draft.id, seen=view.quote, actor="sam")
            placed += 1
        return looks, placed

    with ThreadPoolExecutor(threads) as pool:
        found = list(pool.map(work, range(threads)))
    return [each for looks, _ in found for each in looks], sum(placed for _, placed in found)


if __name__ == "__main__":
    main()
