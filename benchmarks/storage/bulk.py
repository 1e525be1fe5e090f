"""Change the prices of 100,000 variants while orders are placed, and measure how long those wait.

    python -m benchmarks.storage.bulk [VARIANTS] [--databases sqlite postgresql] [--chunk N]

Orders are placed by a process of its own, one after the other: first alone, then while the bulk
change goes on in this one. What is promised is that a placing takes no longer than one alone, one
chunk, and a tenth of a second together; the command fails where one did.
"""

import argparse
import subprocess
import sys
import tempfile
import threading
import time
from itertools import count
from pathlib import Path
from statistics import median, quantiles

import attrs
from moneyed import Money
from tests.support import postgres
from tests.torture.database import Database

from benchmarks.storage.filling import STORE
from cartcore.administration import CHUNK, Administration
from cartcore.administration.bulk import pause
from cartcore.desk import OrderDesk
from cartcore.errors import QuoteChanged
from cartcore.shop.address import Address
from cartcore.shop.contact import Contact
from cartcore.shop.product import Product, Variant

VARIANTS_OF_PRODUCT = 5
_ALONE = 40
_LOOKING = 0.1  # seconds after which SQLite looks for a free lock at the latest
_NOISE = 0.25  # seconds for which a busy machine may leave a process waiting


def main() -> None:
    """Fill, change, and print what it took."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.storage.bulk")
    parser.add_argument("variants", type=int, nargs="?", default=100_000)
    parser.add_argument("--databases", nargs="+", default=["sqlite", "postgresql"])
    parser.add_argument("--chunk", type=int, default=CHUNK)
    parser.add_argument("--place", help=argparse.SUPPRESS)  # what the other process does
    given = parser.parse_args()
    if given.place:
        _place(Database(given.databases[0], given.place))
        return
    late = False
    with tempfile.TemporaryDirectory(prefix="cartcore-bulk-") as folder:
        for kind in given.databases:
            if kind == "sqlite":
                database = Database(kind, str(Path(folder) / "shop.db"))
                late |= _measure(database, given.variants, given.chunk)
            else:
                with (
                    postgres.local_server(durable=True) as server,
                    server.with_template(),
                    server.database() as url,
                ):
                    late |= _measure(Database(kind, url), given.variants, given.chunk)
    sys.exit(1 if late else 0)


def _measure(database: Database, variants: int, chunk: int) -> bool:
    """Measure one database; whether a placing took longer than is promised."""
    with database.open() as storage:
        with storage.write() as work:
            work.products.restore(_product(n) for n in range(variants // VARIANTS_OF_PRODUCT))
            home = Address(line1="1 Main St", city="Denver", country="US")
            work.contacts.add(Contact(id="ann", name="Ann Lee", addresses=(home,)))
            work.commit()
        argv = [sys.executable, "-m", "benchmarks.storage.bulk", "--place", database.where]
        other = subprocess.Popen(
            [*argv, "--databases", database.kind],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert other.stdin is not None
        assert other.stdout is not None
        alone = [float(other.stdout.readline()) for _ in range(_ALONE)]
        chunks: list[float] = []
        began = [time.perf_counter()]

        def dearer(product: Product) -> Product:
            changed = [attrs.evolve(v, price=v.price + _A_CENT) for v in product.variants]
            return attrs.evolve(product, variants=tuple(changed))

        def told(_: int, __: int) -> None:
            chunks.append(time.perf_counter() - began[0])

        def between() -> None:
            pause()
            began[0] = time.perf_counter()

        watched = Administration(storage, between=between)
        start = began[0] = time.perf_counter()
        result = watched.change_products(dearer, chunk=chunk, progress=told)
        took = time.perf_counter() - start
        rest, _ = other.communicate("end\n")
    meanwhile = [float(line) for line in rest.split()]
    # A chunk that waited for an order to be placed is no longer than the placing made it.
    bound = max(alone) + max(chunks) + _LOOKING + _NOISE
    print(
        f"{database.kind}: {result.changed * VARIANTS_OF_PRODUCT:,} variants in {took:.1f} s, "
        f"{len(chunks)} chunks of {chunk} products: {median(chunks):.3f} s each, at most "
        f"{max(chunks):.3f} s\n"
        f"  placing alone: {median(alone) * 1000:.1f} ms, at most {max(alone) * 1000:.1f} ms\n"
        f"  placing meanwhile: {len(meanwhile)} orders, {median(meanwhile) * 1000:.1f} ms, "
        f"95 % within {quantiles(meanwhile, n=20)[-1] * 1000:.1f} ms, "
        f"at most {max(meanwhile) * 1000:.1f} ms; bound {bound * 1000:.1f} ms"
    )
    return max(meanwhile) > bound


_A_CENT = Money("0.01", "USD")


def _product(number: int) -> Product:
    variants = [
        Variant(
            sku=f"SKU-{number}-{size}",
            options=(f"Size {size}",),
            price=Money("19.99", "USD"),
            requires_shipping=False,
        )
        for size in range(VARIANTS_OF_PRODUCT)
    ]
    return Product(
        id=f"product-{number:06}",
        title=f"Product {number}",
        options=("Size",),
        variants=tuple(variants),
        version=1,
    )


def _place(database: Database) -> None:
    """Place orders, and print how long each took, until there is something to read."""
    over = threading.Event()

    def listen() -> None:
        sys.stdin.readline()
        over.set()

    threading.Thread(target=listen, daemon=True).start()
    with database.open() as storage:
        desk = OrderDesk(storage, attrs.evolve(STORE, speeds=()))
        for number in count():
            with desk.begin(actor="sam") as edit:
                edit.choose_contact("ann")
                edit.add_sku(f"SKU-{number % 50}-1")
                edit.save_items()
                draft_id = edit.draft.id
            placed = False
            while not placed:
                seen = desk.view(draft_id).quote
                began = time.perf_counter()
                try:
                    desk.place(draft_id, seen=seen, actor="sam")
                    placed = True
                except QuoteChanged:  # the price has just become another: it is looked at again
                    pass
                print(time.perf_counter() - began, flush=True)
            if over.is_set():
                break


if __name__ == "__main__":
    main()
