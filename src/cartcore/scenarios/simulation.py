"""Pricing many carts under several scenarios: in chunks, keeping nothing but integers (SC-3)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import chain
from typing import NamedTuple
from warnings import catch_warnings, simplefilter

import polars as pl
from moneyed import Money

from cartcore.errors import InvalidField
from cartcore.pricing.promotion_set import PromotionSet
from cartcore.pricing.quote import Quote
from cartcore.promotions.opaque import attributes_read
from cartcore.scenarios.carts import Carts
from cartcore.scenarios.columns import Columns
from cartcore.scenarios.compiled import compilable, compute, inside
from cartcore.scenarios.figures import FIGURES, narrowed
from cartcore.scenarios.run import Run
from cartcore.scenarios.scenario import Pricer, Scenario
from cartcore.scenarios.unconsidered import left_over
from cartcore.scenarios.workers import Cluster, spread, without_collector, workers_of
from cartcore.values.money import minor_digits
from cartcore.values.readers import flag, tuple_of, utc

with catch_warnings():  # of a notebook that lacks ipywidgets, where the bar is a line of text
    simplefilter("ignore")
    from tqdm.auto import tqdm

_CHUNK = 2_000  # carts: what is in memory as objects at one time
_PRICES = 2_000  # a part of a second: so long one of several workers may have to wait for the last

_COLUMNS: dict[str, type[pl.DataType]] = dict.fromkeys(("cart", *FIGURES), pl.Int64)

_Counts = dict[tuple[str, str, str, str], list[int]]
"""How many carts, and which discount, by scenario, promotion, reason and currency."""


class _Found(NamedTuple):
    """What came of one chunk: by scenario, figures by the number of the cart."""

    orders: Sequence[tuple[Scenario, pl.DataFrame]]
    counts: _Counts
    carts: int
    compiled: Sequence[Scenario] = ()
    priced: Sequence[Scenario] = ()


def simulate(
    carts: Carts,
    scenarios: Iterable[Scenario],
    *,
    at: datetime | None = None,
    count_limits: bool = False,
    workers: int | Cluster = 1,
    progress: bool | None = None,
) -> Run:
    """Price all carts under each scenario, to the same cents as `price` (SC-3).

    Carts are made and dropped chunk by chunk. An interrupt (Ctrl-C,
    or the stop button of a notebook) ends it with the carts that are done, and `Run.complete` is
    False.

    Args:
        carts: What `carts_from` has read.
        scenarios: Named sets of promotions, each with a policy.
        at: The instant that all carts are priced for, with a time zone. Without one each is priced
            for when it was placed: see `placed_at` of `carts_from`.
        count_limits: Whether what a cart redeems counts for those after it (PR-12), in the order of
            the carts. Scenarios with limits are then priced in this process, by `price`. If not,
            each cart is priced as if nobody had redeemed a promotion before.
        workers: How many processes price; with more than one, a script must guard its entry with
            `if __name__ == "__main__"`. Or a client of a Dask cluster, whose workers have the same
            versions of cartcore and Polars, and the plugins of the scenarios; what a lost worker
            had to do is done by others. Column expressions are computed in this process.
        progress: Whether to show a progress bar; None shows one where somebody sees it.

    Raises:
        InvalidField: `carts` are no `Carts`; `at` has no time zone, or there is no `at` and a cart
            does not say when it was placed; limits are counted and carts were not placed in their
            order; no scenario, two of one name, no worker, a worker of
            another version, or a scenario with two promotions of one id, or with one that selects
            by attributes.
        PluginError: a plugin failed, and the policy does not skip it (PR-20).
        TaxUndetermined: a tax calculator cannot tell a tax, such as without a region (TX-9).
    """
    if not isinstance(carts, Carts):
        raise InvalidField("carts", carts, "what `carts_from` or `carts_from_orders` returns")
    chosen = tuple_of(Scenario, "scenarios", scenarios)
    names = [scenario.name for scenario in chosen]
    if not chosen or len(set(names)) < len(names):
        raise InvalidField("scenarios", tuple(names), "at least one, with unique names")
    instant = None if at is None else utc(at, "at")
    instants = carts.instants(instant)  # refuses now what has none
    counted = flag(count_limits, "count_limits")
    if counted and not instants.is_sorted():
        expected = "in the order in which they were placed, as limits are counted: sort the lines"
        raise InvalidField("carts", carts, expected)
    counting = [each for each in chosen if counted and each.limited]
    processes = workers_of(workers)
    for scenario in chosen:
        PromotionSet(scenario.promotions)  # refuses now what no cart could be priced with
        for promotion in scenario.promotions:
            if attributes_read(promotion.effect, promotion.conditions):
                expected = "promotions that ask for no attributes, as order lines have none"
                raise InvalidField("scenarios", promotion.name, expected)
    found: list[_Found] = []
    complete = True
    shown = None if progress is None else not flag(progress, "progress")
    with tqdm(total=len(carts), unit="cart", disable=shown) as bar, without_collector():
        try:
            alike = [each for each in chosen if each not in counting]
            fast, others = _in_columns(carts, alike, instant) if alike else ([], [])
            found += fast
            done = max((part.carts for part in fast), default=0)
            bar.total = done + sum(len(some) for some, _ in others) + len(carts) * bool(counting)
            bar.update(done)
            parts = [_priced(some, slow, instant, processes) for some, slow in others]
            if counting:
                parts.append(_in_turn(carts, counting, instant, count_limits=True))
            for part in chain.from_iterable(parts):
                found.append(part)
                bar.update(part.carts)
        except KeyboardInterrupt:
            complete = False
    return _run(carts, chosen, instant, found, counted=counted, complete=complete)


def _in_columns(
    carts: Carts, scenarios: Sequence[Scenario], at: datetime | None
) -> tuple[list["_Found"], list[tuple[Carts, Sequence[Scenario]]]]:
    """What column expressions find, and which carts are left to be priced under which scenarios."""
    codes = carts.orders["currency"].unique().to_list()
    if len(codes) != 1 or carts.whole:  # whole carts have what no column says
        return [], [(carts, scenarios)]
    columns = Columns(carts)
    found: list[_Found] = []
    left: list[tuple[pl.Series, list[Scenario]]] = []
    parts: list[tuple[pl.Series, Columns]] = []
    for each in scenarios:
        mask = pl.repeat(compilable(each, columns, codes[0]), len(carts), eager=True)
        if mask.any():
            mask &= inside(each, columns)
        _gather(left, ~mask, each)
        if not mask.any():
            continue
        own = next((some for known, some in parts if known.equals(mask)), None)
        if own is None:
            own = columns.only(mask)
            parts.append((mask, own))
        done = compute(each, own, codes[0], at)
        counts = {(each.name, name, why, codes[0]): [n, d] for name, why, n, d in done.counts}
        found.append(_Found([(each, done.orders)], counts, done.orders.height, (each,)))
    numbers = carts.orders["cart"]
    return found, [(carts.numbered(numbers.filter(mask)), slow) for mask, slow in left]


def _gather(
    left: list[tuple[pl.Series, list[Scenario]]], mask: pl.Series, scenario: Scenario
) -> None:
    """Put scenarios together that leave the same carts: each is made once for all of them."""
    if not mask.any():
        return
    for known, slow in left:
        if known.equals(mask):
            slow.append(scenario)
            return
    left.append((mask, [scenario]))


def _priced(
    carts: Carts, scenarios: Sequence[Scenario], at: datetime | None, workers: int | Cluster
) -> Iterator[_Found]:
    if workers == 1:
        return _in_turn(carts, scenarios, at, count_limits=False)
    chunks = _chunks(carts, scenarios)
    return spread(((_price_apart, chunk, scenarios, at) for chunk in chunks), workers)


def _in_turn(
    carts: Carts, scenarios: Sequence[Scenario], at: datetime | None, *, count_limits: bool
) -> Iterator[_Found]:
    pricers = [Pricer(each, count_limits=count_limits) for each in scenarios]
    for chunk in _chunks(carts, scenarios):
        yield _price(chunk, scenarios, pricers, at)


def _chunks(carts: Carts, scenarios: Sequence[Scenario]) -> Iterator[Carts]:
    size = min(_CHUNK, 1 + _PRICES // len(scenarios))
    return (carts.slice(start, size) for start in range(0, len(carts), size))


def _price_apart(carts: Carts, scenarios: Sequence[Scenario], at: datetime | None) -> _Found:
    with without_collector():
        return _price(carts, scenarios, [Pricer(each) for each in scenarios], at)


def _price(
    carts: Carts, scenarios: Sequence[Scenario], pricers: Sequence[Pricer], at: datetime | None
) -> _Found:
    counts: _Counts = defaultdict(lambda: [0, 0])
    asked = [
        (each.name, priced, list[tuple[int, ...]]())
        for each, priced in zip(scenarios, pricers, strict=True)
    ]
    numbers, instants = carts.orders["cart"].to_list(), carts.instants(at).to_list()
    for number, instant, cart in zip(numbers, instants, carts, strict=True):
        for name, priced, rows in asked:
            quote = priced(cart, instant)
            rows.append((number, *_figures(quote)))
            for decision in quote.decisions:
                key = (name, decision.promotion_id, decision.reason, cart.currency)
                count = counts[key]
                count[0] += 1
                if decision.applied:
                    over = 10 ** minor_digits(cart.currency)
                    count[1] += _minor(decision.discount, over)
    orders = [
        (each, pl.DataFrame(rows, schema=_COLUMNS, orient="row"))
        for each, (_, _, rows) in zip(scenarios, asked, strict=True)
    ]
    return _Found(orders, dict(counts), len(carts), (), scenarios)


def _figures(quote: Quote) -> tuple[int, ...]:
    """The figures of a quote, in the order of `FIGURES`."""
    totals = quote.totals
    over = 10 ** minor_digits(quote.currency)
    # Not what the others leave: the tax may stand in the prices.
    goods = (totals.items, totals.discounts, totals.shipping)
    paid = (totals.tax, totals.net, totals.gross, totals.total)
    return tuple([_minor(each, over) for each in (*goods, *paid)])


def _minor(money: Money, over: int) -> int:
    """Return a figure of a quote, a sum of any size, in minor units: it has no fraction of one."""
    whole, part = money.amount.as_integer_ratio()
    return whole * over // part


def _run(
    carts: Carts,
    scenarios: tuple[Scenario, ...],
    at: datetime | None,
    found: Sequence[_Found],
    *,
    counted: bool,
    complete: bool,
) -> Run:
    orders = _named(carts, scenarios, found)
    together: _Counts = defaultdict(lambda: [0, 0])
    for part in found:
        for key, (count, discount) in part.counts.items():
            together[key][0] += count
            together[key][1] += discount
    decided: dict[tuple[str, str, str], int] = defaultdict(int)
    for (scenario_name, promotion_id, _, code), (count, _) in together.items():
        decided[scenario_name, promotion_id, code] += count
    for key, count in left_over(scenarios, orders, decided):
        together[key][0] += count
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
    how = pl.DataFrame(
        [
            (
                scenario.name,
                sum(part.carts for part in found if scenario in part.compiled),
                sum(part.carts for part in found if scenario in part.priced),
            )
            for scenario in scenarios
        ],
        schema={"scenario": pl.String, "compiled": pl.Int64, "priced": pl.Int64},
        orient="row",
    )
    return Run(carts, scenarios, at, orders, narrowed(promotions), how, counted, complete)


def _named(carts: Carts, scenarios: Sequence[Scenario], found: Sequence[_Found]) -> pl.DataFrame:
    """The figures of all parts, by cart and then by scenario, with what names them."""
    turns = {scenario.name: turn for turn, scenario in enumerate(scenarios)}
    place = pl.col("cart") * len(scenarios)  # one number to sort by is twice as fast as two columns
    parts = [
        figures.with_columns(place=place + turns[scenario.name])
        for part in found
        for scenario, figures in part.orders
    ]
    together = pl.concat(parts or [pl.DataFrame(schema={**_COLUMNS, "place": pl.Int64})])
    together = together.sort("place")
    own = carts.orders["cart"].search_sorted(together["cart"])
    names = pl.Series([scenario.name for scenario in scenarios], dtype=pl.String)
    turn = together["place"] % len(scenarios)
    return together.select(
        carts.orders["order"].gather(own),
        names.gather(turn).alias("scenario"),
        carts.orders["currency"].gather(own),
        *FIGURES,
    )
