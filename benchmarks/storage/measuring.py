"""What is measured: searches, drafts and placing, each beside the bare driver."""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from random import Random
from statistics import median, quantiles
from typing import Any

import attrs
from tests.torture.database import Database
from tests.torture.races import Attempt, race

from benchmarks.storage.bare import Bare, BarePostgres, BareSQLite, Rows
from benchmarks.storage.filling import CODE, ITEMS, STORE, Sizes, Template, draft, surname
from cartcore.desk import OrderDesk
from cartcore.documents.serializer import Serializer
from cartcore.orders.filters import OrderFilter
from cartcore.orders.order import Order, OrderStatus, OrderSummary
from cartcore.rules import load_rulebook
from cartcore.shop.contact import Contact
from cartcore.storage import PAGE_SIZE, Storage, encode_key
from cartcore.storage.keys import ORDER
from cartcore.values.search import fold

REPEATS = 60
"""How often each search is made, each time for something else."""

PLACED = 60
"""How many orders each writer places."""

WRITERS = (1, 2, 4, 8)

_WRITTEN = 300


@attrs.frozen(kw_only=True)
class Figure:
    """How long something took, in milliseconds, and what the bare driver took for the same rows.

    `cpu` is the time for which this process was at work, without the database server's and without
    waiting: what remains of the figures when the machine has other things to do.
    """

    what: str
    database: str
    median: float
    p95: float
    cpu: float
    floor: float
    times: int
    per_second: float | None = None
    floor_per_second: float | None = None


@contextmanager
def bare(database: Database) -> Iterator[Bare]:
    """Open a database with its driver."""
    opened: Bare = (
        BareSQLite(database.where) if database.kind == "sqlite" else BarePostgres(database.where)
    )
    with opened:
        yield opened


def searches(database: Database, sizes: Sizes) -> Iterator[Figure]:
    """Measure what staff look for."""
    random = Random(2)
    with database.open() as storage, bare(database) as driver:
        desk = OrderDesk(storage, STORE)
        names = [surname(random) for _ in range(REPEATS)]
        for length in (1, 2, 3, 5):
            prefixes = [fold(name)[:length] for name in names]
            yield _searched(
                f"type-ahead, {length} typed",
                database,
                [_found_contacts(desk, prefix) for prefix in prefixes],
                lambda found: driver.documents("cartcore_contacts", [c.id for c in found]),
            )
        orders = sizes.orders // PAGE_SIZE
        for what, wanted in (
            ("orders", OrderFilter()),
            ("orders by status", OrderFilter(status=OrderStatus.PROCESSING)),
            ("orders of a year", OrderFilter(placed_from=datetime(2023, 1, 1, tzinfo=UTC))),
        ):
            for page in (1, 1000):
                after = _page(driver, min(page, orders // 2) - 1)
                yield _searched(
                    f"{what}, page {min(page, orders // 2)}",
                    database,
                    [_found_orders(desk, wanted, after)] * REPEATS,
                    lambda found: driver.documents("cartcore_orders", [o.id for o in found]),
                )
        numbers = [str(random.randrange(1200, 1000 + sizes.orders)) for _ in range(REPEATS)]
        yield _searched(
            "order by number",
            database,
            [_found_order(desk, number) for number in numbers],
            lambda found: driver.documents("cartcore_orders", [found.id]),
        )
        draft_id = draft(desk, random, ITEMS)
        yield _searched(
            "open a draft of 10 lines",
            database,
            [lambda: desk.draft(draft_id)] * REPEATS,
            lambda found: driver.documents("cartcore_drafts", [found.id]),
        )
        yield _searched(
            "price a draft of 10 lines",
            database,
            [lambda: desk.view(draft_id)] * REPEATS,
            lambda found: driver.documents(
                "cartcore_products", [i.product_id for i in found.draft.lines]
            ),
        )


def _found_contacts(desk: OrderDesk, prefix: str) -> Callable[[], Sequence[Contact]]:
    return lambda: desk.find_contacts(prefix, limit=10).items


def _found_orders(
    desk: OrderDesk, wanted: OrderFilter, after: str
) -> Callable[[], Sequence[OrderSummary]]:
    return lambda: desk.orders(wanted, page=after).items


def _found_order(desk: OrderDesk, number: str) -> Callable[[], Order]:
    return lambda: desk.order(number)


def _page(driver: Bare, passed: int) -> str:
    """Return where a page begins, before which there are so many others."""
    if not passed:
        return ""
    newest_first = "placed_at DESC, number_length DESC, number DESC"
    query = f"SELECT document FROM cartcore_orders ORDER BY {newest_first}"
    [[document]] = driver.fetch(f"{query} LIMIT 1 OFFSET {passed * PAGE_SIZE - 1}")
    order = Serializer(load_rulebook()).loads(document, Order)
    return encode_key(ORDER.sorting.key(order))


def _searched(
    what: str,
    database: Database,
    asked: Sequence[Callable[[], Any]],
    again: Callable[[Any], object],
) -> Figure:
    """Ask all that is asked, and let the driver alone read the rows of each answer."""
    asked[0]()
    took, floor = [], []
    worked = 0.0
    for ask in asked:
        began, working = time.perf_counter(), time.process_time()
        found = ask()
        took.append(time.perf_counter() - began)
        worked += time.process_time() - working
        began = time.perf_counter()
        again(found)
        floor.append(time.perf_counter() - began)
    return _figure(what, database, took, floor, worked / len(took))


def _figure(
    what: str,
    database: Database,
    took: Sequence[float],
    floor: Sequence[float],
    cpu: float,
    **more: float,
) -> Figure:
    return Figure(
        what=what,
        database=database.kind,
        median=median(took) * 1000,
        p95=quantiles(took, n=20)[-1] * 1000,
        cpu=cpu * 1000,
        floor=median(floor) * 1000,
        times=len(took),
        **more,
    )


# --- Placing ----------------------------------------------------------------------------------


@attrs.frozen
class Times:
    """When a writer began and ended, how long each order took, and the number of the last one."""

    began: float
    ended: float
    took: tuple[float, ...]
    worked: float
    last: str


def placing(
    database: Database,
    several: Sequence[int] = WRITERS,
    number: int = PLACED,
    codes: Sequence[bool] = (False, True),
) -> Iterator[Figure]:
    """Measure placing `number` orders of ten lines by each writer, with one and several at once."""
    random = Random(3)
    for code in codes:
        what = f"place 10 lines with {CODE}" if code else "place 10 lines"
        for writers in several if not code else (1,):
            with database.open() as storage:
                desk = OrderDesk(storage, STORE)
                draft_id = draft(desk, random, ITEMS, code=code)
                ids = copies(storage, draft_id, writers * number)
                shares = [
                    [Attempt(i, desk.view(i).quote) for i in ids[writer::writers]]
                    for writer in range(writers)
                ]
            ours = race(database, place_timed, shares)
            with bare(database) as driver, database.open() as storage:
                desk = OrderDesk(storage, STORE)
                order = desk.order(ours[0].last)
                template = Template.of(driver, order)
                ids = copies(storage, draft(desk, random, ITEMS, code=code), writers * number)
            rows = [copied(template, order, draft_id) for draft_id in ids]
            tasks = [(database, rows[writer::writers]) for writer in range(writers)]
            floor = race(database, place_bare, tasks)
            yield _figure(
                f"{what}, {writers} writer{'s' * (writers > 1)}",
                database,
                [t for each in ours for t in each.took],
                [t for each in floor for t in each.took],
                sum(each.worked for each in ours) / sum(len(each.took) for each in ours),
                per_second=_rate(ours),
                floor_per_second=_rate(floor),
            )


def quotes_as_json(database: Database) -> Iterator[Figure]:
    """Measure writing a quote as JSON, beside `json.dumps` of the same document (HA-17)."""
    with database.open() as storage:
        desk = OrderDesk(storage, STORE)
        quote = desk.view(draft(desk, Random(4), ITEMS)).quote
    serializer = Serializer(load_rulebook())
    plain = serializer.dump(quote)
    took = _each(lambda: serializer.dumps(quote))
    floor = _each(lambda: json.dumps(plain))
    yield _figure("a quote of 10 lines as JSON", database, took, floor, sum(took) / len(took))


def _each(write: Callable[[], str]) -> list[float]:
    """How long each of some hundred calls took."""
    took = []
    for _ in range(_WRITTEN):
        began = time.perf_counter()
        write()
        took.append(time.perf_counter() - began)
    return took


def _rate(times: Sequence[Times]) -> float:
    number = sum(len(each.took) for each in times)
    return number / (max(t.ended for t in times) - min(t.began for t in times))


def copies(storage: Storage, draft_id: str, number: int) -> list[str]:
    """Make as many drafts of one, which goes, and return their ids."""
    ids = [f"{draft_id}-{i}" for i in range(number)]
    with storage.write() as work:
        entered = work.drafts.get(draft_id)
        for each in ids:
            work.drafts.add(attrs.evolve(entered, id=each))
        work.drafts.remove(entered)
        work.commit()
    return ids


def copied(template: Template, order: Order, draft_id: str) -> Rows:
    """Return the rows of an order like another one, placed from a draft of another id."""
    contact = order.contact
    number = f"9{int(draft_id[:8], 16)}{draft_id.partition('-')[2]:0>6}"
    rows = template.copy(
        f"order of {draft_id}", number, draft_id, contact.id, contact.name, order.placed_at
    )
    return {**rows, "cartcore_events": [template.told(number)]}


def place_timed(desk: OrderDesk, attempts: Sequence[Attempt]) -> Times:
    """Place drafts, one after the other."""
    here = OrderDesk(desk.storage, STORE)

    def place(attempt: Attempt) -> str:
        return here.place(attempt.draft_id, seen=attempt.seen, actor="sam").number

    return _timed(place, attempts)


def place_bare(_: OrderDesk, task: tuple[Database, Sequence[Rows]]) -> Times:
    """Write the rows of orders with the driver alone, each order in a transaction."""
    database, orders = task
    with bare(database) as driver:

        def place(rows: Rows) -> str:
            [order] = rows["cartcore_orders"]
            driver.place(rows)
            return str(order["number"])

        return _timed(place, orders)


def _timed(place: Callable[[Any], str], orders: Sequence[Any]) -> Times:
    """Place orders; the first one, with which everything is new, is not timed."""
    last = place(orders[0])
    took = []
    began, working = time.time(), time.process_time()
    for order in orders[1:]:
        start = time.perf_counter()
        last = place(order)
        took.append(time.perf_counter() - start)
    worked = time.process_time() - working
    return Times(began, time.time(), tuple(took), worked, last)
