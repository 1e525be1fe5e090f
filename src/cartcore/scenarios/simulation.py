"""Pricing many carts under several scenarios: in chunks, keeping nothing but integers (SC-3)."""

import gc
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from multiprocessing import get_context
from typing import NamedTuple

import polars as pl
from moneyed import Money
from tqdm.auto import tqdm

from cartcore.errors import InvalidField
from cartcore.pricing.engine import price
from cartcore.pricing.promotion_set import PromotionSet
from cartcore.pricing.quote import Quote
from cartcore.scenarios.carts import Carts
from cartcore.scenarios.run import FIGURES, Run
from cartcore.scenarios.scenario import Scenario
from cartcore.values.converters import from_one
from cartcore.values.money import minor_digits
from cartcore.values.readers import tuple_of, utc

_CHUNK = 2_000  # carts: what is in memory as objects at one time

_Counts = dict[tuple[str, str, str, str], list[int]]
"""How many carts, and which discount, by scenario, promotion, reason and currency."""


class _Found(NamedTuple):
    """What came of one chunk."""

    rows: list[tuple[object, ...]]
    counts: _Counts
    carts: int


def simulate(
    carts: Carts,
    scenarios: Iterable[Scenario],
    *,
    at: datetime,
    workers: int = 1,
    progress: bool | None = None,
) -> Run:
    """Price all carts under each scenario, to the same cents as `price` (SC-3).

    Carts are made and dropped chunk by chunk. An interrupt (Ctrl-C, or the stop button of a
    notebook) ends it with the carts that are done, and `Run.complete` is False.

    Args:
        carts: What `carts_from` has read.
        scenarios: Named sets of promotions, each with a policy.
        at: The instant that is priced for, with a time zone.
        workers: How many processes price; with more than one, a script must guard its entry with
            `if __name__ == "__main__"`.
        progress: Whether to show a progress bar; None shows one where somebody sees it.

    Raises:
        InvalidField: `at` has no time zone, no scenario, two of one name, no worker, or a scenario
            with two promotions of one id.
        PluginError: a plugin failed, and the policy does not skip it (PR-20).
    """
    chosen = tuple_of(Scenario, "scenarios", scenarios)
    names = [scenario.name for scenario in chosen]
    if not chosen or len(set(names)) < len(names):
        raise InvalidField("scenarios", tuple(names), "at least one, with unique names")
    instant = utc(at, "at")
    processes = from_one(workers) or 1
    for scenario in chosen:
        PromotionSet(scenario.promotions)  # refuses now what no cart could be priced with
    chunks = (carts.slice(start, _CHUNK) for start in range(0, len(carts), _CHUNK))
    found: list[_Found] = []
    complete = True
    shown = None if progress is None else not progress
    with tqdm(total=len(carts), unit="cart", disable=shown) as bar, _without_collector():
        try:
            for part in _priced(chunks, chosen, instant, processes):
                found.append(part)
                bar.update(part.carts)
        except KeyboardInterrupt:
            complete = False
    return _run(carts, chosen, instant, found, complete=complete)


@contextmanager
def _without_collector() -> Iterator[None]:
    """Have the cyclic collector rest: what is made here has no cycles, and a great deal is made."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _priced(
    chunks: Iterator[Carts], scenarios: Sequence[Scenario], at: datetime, workers: int
) -> Iterator[_Found]:
    if workers == 1:
        for chunk in chunks:
            yield _price(chunk, scenarios, at)
        return
    # Spawned, not forked: Polars has threads. No more chunks under way than keep all busy.
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"))
    try:
        waiting: list[Future[_Found]] = []
        for chunk in chunks:
            waiting.append(pool.submit(_price, chunk, scenarios, at))
            if len(waiting) > 2 * workers:
                yield waiting.pop(0).result()
        while waiting:
            yield waiting.pop(0).result()
    finally:
        pool.shutdown(cancel_futures=True)


def _price(carts: Carts, scenarios: Sequence[Scenario], at: datetime) -> _Found:
    rows: list[tuple[object, ...]] = []
    counts: _Counts = defaultdict(lambda: [0, 0])
    sets = [(each, PromotionSet(each.promotions)) for each in scenarios]
    for cart in carts:
        for scenario, promotions in sets:
            quote = price(cart, promotions, at=at, policy=scenario.policy)
            rows.append((cart.reference, scenario.name, cart.currency, *_figures(quote)))
            for decision in quote.decisions:
                key = (scenario.name, decision.promotion_id, decision.reason, cart.currency)
                count = counts[key]
                count[0] += 1
                if decision.applied:
                    over = 10 ** minor_digits(cart.currency)
                    count[1] += _minor(decision.discount, over)
    return _Found(rows, dict(counts), len(carts))


def _figures(quote: Quote) -> tuple[int, ...]:
    """The figures of a quote, in the order of `FIGURES`."""
    totals = quote.totals
    over = 10 ** minor_digits(quote.currency)
    # Not what the others leave: the tax may stand in the prices.
    each_of = (totals.items, totals.discounts, totals.shipping, totals.tax, totals.total)
    items, discounts, shipping, tax, total = [_minor(each, over) for each in each_of]
    return items, discounts, shipping, tax, total


def _minor(money: Money, over: int) -> int:
    """Return a figure of a quote, a sum of any size, in minor units: it has no fraction of one."""
    whole, part = money.amount.as_integer_ratio()
    return whole * over // part


def _run(
    carts: Carts,
    scenarios: tuple[Scenario, ...],
    at: datetime,
    found: Sequence[_Found],
    *,
    complete: bool,
) -> Run:
    kinds = dict.fromkeys(("order", "scenario", "currency"), pl.String)
    columns = [*kinds.items(), *((name, pl.Int64) for name in FIGURES)]
    frames = [pl.DataFrame(part.rows, schema=columns, orient="row") for part in found]
    orders = pl.concat(frames) if frames else pl.DataFrame(schema=columns)
    together: _Counts = defaultdict(lambda: [0, 0])
    for part in found:
        for key, (count, discount) in part.counts.items():
            together[key][0] += count
            together[key][1] += discount
    names = ("scenario", "promotion", "reason", "currency")
    promotions = pl.DataFrame(
        [(*key, *figures) for key, figures in together.items()],
        schema=[
            *((name, pl.String) for name in names),
            ("carts", pl.Int64),
            ("discount", pl.Int128),
        ],
        orient="row",
    )
    done = sum(part.carts for part in found)
    how = pl.DataFrame(
        [(scenario.name, done) for scenario in scenarios],
        schema=[("scenario", pl.String), ("priced", pl.Int64)],
        orient="row",
    )
    return Run(carts, scenarios, at, orders, promotions, how, complete)
