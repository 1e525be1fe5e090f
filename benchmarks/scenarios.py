"""How fast many carts are priced under four scenarios: in columns, by `price`, and by hand.

Beside cartcore stand the plainest programs that compute the same four scenarios: a loop over
integers, and Polars written by hand. Neither checks, explains or takes any other promotion. Each
contestant has a process of its own, so that its peak of memory is its own; all have to find the
same discounts, of as many carts as each is given.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib import import_module
from itertools import groupby
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import attrs
import polars as pl
from moneyed import Money

from cartcore import Promotion, ShippingSpeed
from cartcore.rules import Selection
from cartcore.rules.builtin import (
    AmountTier,
    BuyXGetY,
    FreeShipping,
    MinSubtotal,
    OrderPercentOff,
    TieredAmountOff,
)
from cartcore.scenarios import Carts, Run, Scenario, carts_from, simulate
from cartcore.scenarios.workers import Cluster

AT = datetime(2026, 5, 1, tzinfo=UTC)
LINES_OF_CARTS = (1, 1, 2, 3, 3, 4, 5, 6, 8, 12)  # 4.5 on average
KINDS = 2_000
SHIPPING = 495
TIERS = ((10_000, 500), (30_000, 2_000), (60_000, 6_000))


def gbp(minor: int) -> Money:
    """An amount of pence."""
    return Money(f"{minor / 100:.2f}", "GBP")


def order_lines(carts: int) -> pl.DataFrame:
    """Order lines, the same every time: a quarter of the goods are bags."""
    sizes = pl.Series(LINES_OF_CARTS)
    orders = pl.DataFrame({"order": pl.int_range(carts, eager=True)}).with_columns(
        lines=sizes.gather(pl.int_range(carts, eager=True) * 7 % len(LINES_OF_CARTS))
    )
    rows = orders.select(pl.col("order").repeat_by("lines").explode()).with_row_index("n")
    kind = (pl.col("n").cast(pl.Int64) * 7_919 + pl.col("order") * 31) % KINDS
    return rows.with_columns(kind=kind).select(
        order=pl.col("order").cast(pl.String),
        sku=pl.format(
            "{}{}",
            pl.when(pl.col("kind") % 4 == 0).then(pl.lit("BAG-")).otherwise(pl.lit("SKU-")),
            "kind",
        ),
        quantity=1 + pl.col("n").cast(pl.Int64) * 13 % 12,
        price=(100 + pl.col("kind") * 37 % 2_900).cast(pl.Int64),
    )


BAGS = tuple(f"BAG-{kind}" for kind in range(0, KINDS, 4))


def scenarios() -> tuple[Scenario, ...]:
    """No promotion; 10 % from 200; tiers with free shipping; of three bags the cheapest free."""
    ten = Promotion(
        id="ten",
        name="10 %",
        effect=OrderPercentOff(percent="10"),
        conditions=(MinSubtotal(amount=gbp(20_000)),),
    )
    tiers = Promotion(
        id="tiers",
        name="Tiers",
        effect=TieredAmountOff(
            tiers=tuple(AmountTier(amount=gbp(off), from_amount=gbp(start)) for start, off in TIERS)
        ),
    )
    free = Promotion(
        id="free",
        name="Free shipping",
        effect=FreeShipping(),
        conditions=(MinSubtotal(amount=gbp(10_000)),),
    )
    third = Promotion(
        id="third", name="Third", effect=BuyXGetY(buy=2, buy_from=Selection(skus=BAGS))
    )
    return (
        Scenario(name="nothing"),
        Scenario(name="ten", promotions=(ten,)),
        Scenario(name="tiers", promotions=(tiers, free)),
        Scenario(name="third", promotions=(third,)),
    )


def priced_only() -> tuple[Scenario, ...]:
    """The same four, each with a promotion that never applies, of more units than columns take."""
    effect = BuyXGetY(buy=2**32, buy_from=Selection(skus=("not sold",)))
    never = Promotion(id="never", name="Never", effect=effect)
    return tuple(attrs.evolve(each, promotions=(*each.promotions, never)) for each in scenarios())


# --- the contestants ---


class Result(NamedTuple):
    """What a contestant found: the discount of each scenario, in pence, and seconds."""

    discounts: list[int]
    reading: float
    pricing: float


def read(frame: pl.DataFrame) -> Carts:
    """The frame as carts of cartcore."""
    speed = ShippingSpeed(code="std", name="Standard", price=gbp(SHIPPING))
    return carts_from(
        frame.with_columns(pl.col("price").cast(pl.Decimal(18, 2)) / 100),
        order="order",
        sku="sku",
        quantity="quantity",
        unit_price="price",
        currency="GBP",
        shipping=speed,
    )


def _simulated(
    frame: pl.DataFrame, sets: tuple[Scenario, ...], workers: int | Cluster = 1
) -> Result:
    start = perf_counter()
    carts = read(frame)
    middle = perf_counter()
    run = simulate(carts, sets, at=AT, workers=workers, progress=False)
    end = perf_counter()
    return Result(_discounts(run), middle - start, end - middle)


def _discounts(run: Run) -> list[int]:
    return [int(sum_) for sum_ in run.summary()["discounts"]]


def columns(frame: pl.DataFrame) -> Result:
    """`simulate`, in columns."""
    return _simulated(frame, scenarios())


def objects(frame: pl.DataFrame) -> Result:
    """`simulate`, through `price`, in this process."""
    return _simulated(frame, priced_only())


def two_workers(frame: pl.DataFrame) -> Result:
    """`simulate`, through `price`, in two processes."""
    return _simulated(frame, priced_only(), workers=2)


def dask(frame: pl.DataFrame) -> Result:
    """`simulate`, through `price`, on a Dask cluster of two workers that is there already."""
    # Late: the others save a second. By its name: it has no types.
    distributed = import_module("distributed")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        return _simulated(frame, priced_only(), workers=client)


def two_programs(frame: pl.DataFrame) -> Result:
    """`objects` twice at the same time, each with half of the carts: what two cores can give.

    Seconds are those of the slower one, without its start.
    """
    with tempfile.TemporaryDirectory() as folder:
        orders = frame["order"].unique(maintain_order=True)
        programs = []
        for turn in range(2):
            path = f"{folder}/{turn}.parquet"
            half = orders.gather_every(2, turn).implode()
            frame.filter(pl.col("order").is_in(half)).write_parquet(path)
            programs.append(subprocess.Popen(_alone("objects", path), stdout=subprocess.PIPE))  # noqa: S603
        found = [Result(*json.loads(each.communicate()[0])["result"]) for each in programs]
    one, other = found
    return Result(
        [sum(both) for both in zip(one.discounts, other.discounts, strict=True)],
        max(one.reading, other.reading),
        max(one.pricing, other.pricing),
    )


def plain_loop(frame: pl.DataFrame) -> Result:
    """A loop over integers."""
    start = perf_counter()
    rows = list(frame.iter_rows())
    middle = perf_counter()
    bags = {*BAGS}
    found = [0, 0, 0, 0]
    for _, lines in groupby(rows, key=lambda row: row[0]):
        goods = 0
        units: list[int] = []
        for _, sku, quantity, price in lines:
            goods += quantity * price
            if sku in bags:
                units += [price] * quantity
        if goods >= 20_000:
            found[1] += (2 * goods * 10 + 100) // 200
        off = 0
        for threshold, amount in TIERS:
            if goods >= threshold:
                off = amount
        found[2] += off + (SHIPPING if goods >= 10_000 else 0)
        units.sort()
        found[3] += sum(units[: len(units) // 3])
    return Result(found, middle - start, perf_counter() - middle)


def by_hand(frame: pl.DataFrame) -> Result:
    """Polars, written by hand."""
    start = perf_counter()
    goods = frame.group_by("order").agg((pl.col("quantity") * pl.col("price")).sum())["quantity"]
    ten = ((2 * goods * 10 + 100) // 200).filter(goods >= 20_000).sum()
    tiers = sum(
        int((goods >= threshold).sum()) * (amount - before)
        for (threshold, amount), (_, before) in zip(TIERS, ((0, 0), *TIERS), strict=False)
    )
    shipping = int((goods >= 10_000).sum()) * SHIPPING
    bags = frame.filter(pl.col("sku").str.starts_with("BAG-")).sort("order", "price")
    end, count = pl.col("quantity").cum_sum().over("order"), pl.col("quantity").sum().over("order")
    free = (count // 3 - end + pl.col("quantity")).clip(0, pl.col("quantity"))
    third = bags.select((free * pl.col("price")).sum()).item()
    return Result([0, int(ten), tiers + shipping, int(third)], 0.0, perf_counter() - start)


THROUGH_PRICE: dict[str, Callable[[pl.DataFrame], Result]] = {
    each.__name__: each for each in (objects, two_workers, two_programs, dask)
}
CONTESTANTS = {
    **{each.__name__: each for each in (by_hand, plain_loop, columns)},
    **THROUGH_PRICE,
}


# --- measuring ---


class Row(NamedTuple):
    """A line of the table: processor seconds of all, and the peak beyond the frame, in MB."""

    name: str
    carts: int
    result: Result
    processor: float
    peak: int


def measured(names: list[str], carts: int, priced: int) -> Iterator[Row]:
    """Have each contestant work in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        paths = {count: Path(folder) / f"{count}.parquet" for count in {carts, priced}}
        for count, path in paths.items():
            # In its own process: on Linux a new process starts with the peak of its parent.
            _output(_command("--make", f"{count}", f"{path}"))
        for name in names:
            count = priced if name in THROUGH_PRICE else carts
            told = _output(_alone(name, f"{paths[count]}"))
            found = json.loads(told.splitlines()[-1])
            yield Row(name, count, Result(*found["result"]), found["processor"], found["peak"])


def _alone(name: str, path: str) -> list[str]:
    return _command("--alone", name, path)


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "benchmarks.scenarios", *arguments]


def _output(command: list[str]) -> str:
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout  # noqa: S603


def alone(name: str, path: str) -> None:
    """Be one contestant, and print what came of it as JSON."""
    frame = pl.read_parquet(path)
    memory, processor = _peak(), _processor()
    result = CONTESTANTS[name](frame)
    found = {"processor": _processor() - processor, "peak": _peak() - memory}
    print(json.dumps({"result": result, **found}))


def _processor() -> float:
    """The seconds of processors that this process and its workers have used."""
    times = os.times()
    return sum(times[:4])


def _peak() -> int:
    """The most memory that this process has had, or any of its workers, in MB."""
    own, workers = (
        resource.getrusage(who).ru_maxrss
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return max(own, workers) // 1024


def main() -> None:
    """Print the table; fail if two contestants of the same carts found different discounts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--carts", type=int, default=1_000_000, help="in columns and by hand")
    parser.add_argument("--priced", type=int, default=40_000, help="through price")
    parser.add_argument("--only", nargs="+", choices=CONTESTANTS, default=[*CONTESTANTS])
    parser.add_argument("--alone", nargs=2, metavar=("NAME", "FILE"), help=argparse.SUPPRESS)
    parser.add_argument("--make", nargs=2, metavar=("CARTS", "FILE"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.make:
        order_lines(int(given.make[0])).write_parquet(given.make[1])
        return
    if given.alone:
        alone(*given.alone)
        return
    print(f"{os.cpu_count()} cores; four scenarios; {sum(LINES_OF_CARTS) / 10} lines a cart")
    print(
        f"{'':12} {'carts':>9} {'reading':>9} {'pricing':>9} {'µs a price':>11} "
        f"{'processor':>10} {'MB':>6}"
    )
    known: dict[int, list[int]] = {}
    for row in measured(given.only, given.carts, given.priced):
        name, count, (discounts, reading, pricing), processor, peak = row
        each = pricing / (count * len(discounts)) * 1e6
        print(
            f"{name:12} {count:9} {reading:8.2f}s {pricing:8.2f}s {each:11.3f} "
            f"{processor:9.2f}s {peak:6}"
        )
        assert discounts == known.setdefault(count, discounts), (name, discounts, known[count])


if __name__ == "__main__":
    main()
