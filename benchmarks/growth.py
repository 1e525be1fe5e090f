"""What order entry costs with much that does not matter to an order, and with long orders.

    python -m benchmarks.growth            # about a minute
    python -m benchmarks.growth --memory   # 5,000 edits of a draft, and what a process has then

Each figure stands beside the one for little or nothing, measured in the same run.
"""

import argparse
import gc
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import attrs
import psutil
from moneyed import Money

from cartcore.adapters.memory import MemoryStorage
from cartcore.adapters.sqlite import SQLiteStorage
from cartcore.desk import OrderDesk
from cartcore.entry.editor import DraftEditor
from cartcore.entry.store import Store
from cartcore.promotions.promotion import Promotion
from cartcore.rules import Selection
from cartcore.rules.builtin import FlatRate, PercentOff
from cartcore.shop.address import Address
from cartcore.shop.contact import Contact
from cartcore.shop.product import Product, Variant
from cartcore.storage import Storage

NOW = datetime(2026, 6, 1, tzinfo=UTC)
DAY = timedelta(days=1)
HOME = Address(line1="1 Main Street", city="Denver", postal_code="80202", country="US")
POST = FlatRate(code="post", name="Post", price=Money("4.90", "USD"))
STORE = Store(currency="USD", speeds=(POST,))
WINDOWS: dict[str, dict[str, Any]] = {
    "expired": {"ends_at": NOW - DAY},
    "not begun": {"starts_at": NOW + DAY},
    "disabled": {"enabled": False},
}


def shop(storage: Storage, products: int) -> OrderDesk:
    """A shop with so many products, and a contact."""
    with storage.write() as work:
        for i in range(products):
            variants = (Variant(sku=f"S{i}", price=Money("9.99", "USD")),)
            work.products.add(Product(id=f"p{i}", title=f"Product {i}", variants=variants))
        work.contacts.add(Contact(id="ann", name="Ann Lee", addresses=(HOME,)))
        work.commit()
    return OrderDesk(storage, STORE, clock=lambda: NOW)


def reviewed(desk: OrderDesk, lines: int) -> str:
    """A draft with so many lines, ready to be placed."""
    draft_id = desk.start(actor="sam").id
    with desk.edit(draft_id) as edit:
        edit.choose_contact("ann")
        for i in range(lines):
            edit.add_sku(f"S{i}")
        edit.save_items()
        edit.choose_speed("s1", "post")
        edit.go_to("review")
    return draft_id


def seconds(do: Callable[[], object]) -> float:
    """Seconds of processor time, without the garbage of others."""
    gc.collect()
    begin = time.process_time()
    do()
    return time.process_time() - begin


def placing(storage: Storage, number: int) -> None:
    """Place orders with nothing else, and with so many promotions that cannot apply."""
    desk = shop(storage, 10)

    def place() -> None:
        draft_id = reviewed(desk, 5)
        desk.place(draft_id, seen=desk.view(draft_id).quote, actor="sam")

    place()
    alone = statistics.median(seconds(place) for _ in range(10))
    print(f"  nothing else: {alone * 1e3:.1f} ms")
    for name, fields in WINDOWS.items():
        effect = PercentOff(percent="10", target=Selection(skus=("NONE",)))
        with storage.write() as work:
            for i in range(number):
                promotion = Promotion(id=f"{name} {i}", name=f"{name} {i}", effect=effect, **fields)
                work.promotions.add(promotion)
            work.commit()
        place()
        spent = statistics.median(seconds(place) for _ in range(10))
        print(f"  and {number} {name}: {spent * 1e3:.1f} ms, {spent / alone:.2f} times as much")


def long_orders(sizes: tuple[int, ...]) -> None:
    """Enter orders with many lines, and send each line to another address."""
    desk = shop(MemoryStorage(), max(sizes))
    for size in sizes:
        draft_id = desk.start(actor="sam").id
        with desk.edit(draft_id) as edit:
            edit.choose_contact("ann")
            adding = seconds(partial(add, edit, size))
            looking = seconds(edit.save_items)
            edit.use_multiple_addresses()
            there = edit.add_shipment(attrs.evolve(HOME, line1="2 Second Street"))
            assigning = seconds(partial(assign, edit, size, there))
        print(
            f"  {size} lines: added in {adding:.2f} s, looked at in {looking:.2f} s,"
            f" each assigned in {assigning:.2f} s"
        )


def add(edit: DraftEditor, number: int) -> None:
    """Add so many lines."""
    for i in range(number):
        edit.add_sku(f"S{i}")


def assign(edit: DraftEditor, number: int, shipment_id: str) -> None:
    """Send so many lines to an address, one by one."""
    for i in range(number):
        edit.assign(f"l{i + 1}", {shipment_id: 1})


def memory(lines: int, edits: int) -> None:
    """Edit one draft very often in a file, and see what the process takes."""
    folder = Path(tempfile.mkdtemp())
    try:
        with SQLiteStorage(folder / "shop.sqlite") as storage:
            desk = shop(storage, lines)
            draft_id = reviewed(desk, lines)
            for number in range(edits):
                if number == 10:
                    gc.collect()
                    before = psutil.Process().memory_info().rss
                with desk.edit(draft_id) as edit:
                    edit.set_quantity("l1", 1 + number % 50)
            gc.collect()
            after = psutil.Process().memory_info().rss
    finally:
        shutil.rmtree(folder)
    print(f"  {edits} edits of a draft of {lines} lines: {before >> 20} -> {after >> 20} MB")


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--memory", action="store_true", help="5,000 edits of a draft")
    parser.add_argument("--promotions", type=int, default=50_000)
    parser.add_argument("--lines", type=int, default=100, help="of the draft that is edited")
    given = parser.parse_args()
    if given.memory:
        memory(given.lines, 5_000)
        return
    print("Placing an order of 5 lines, in memory")
    placing(MemoryStorage(), given.promotions)
    print("Placing an order of 5 lines, in an SQLite file")
    folder = Path(tempfile.mkdtemp())
    try:
        with SQLiteStorage(folder / "shop.sqlite") as storage:
            placing(storage, given.promotions)
    finally:
        shutil.rmtree(folder)
    print("Entering long orders")
    long_orders((1_000, 10_000))


if __name__ == "__main__":
    main()
