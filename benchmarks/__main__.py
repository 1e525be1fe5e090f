"""Measure, print the tables and write results.json: `python -m benchmarks`.

See README.md for what is measured and how to read it.
"""

import argparse
import gc
import json
import platform
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

from benchmarks.contestants import (
    EVERY,
    FLOOR,
    OURS,
    WITHIN_LIMIT,
    cartcore,
    every_combination,
    floors,
    ways_of_use,
    with_tax,
)
from benchmarks.measuring import Contestant, Figures, Peer, exponent, measure, shown
from benchmarks.ours import AT, BEST, BEST_WITHIN_LIMIT, carts, promotions
from benchmarks.workloads import AT_SIZE, GROWN_TO, LINES, MAKERS, PROMOTIONS, RIVALS, workload
from cartcore.pricing.engine import price

RESULTS = Path(__file__).with_name("results.json")

PEERS = ("salesman", "oscar")

# What takes a peer minutes is not done again and again.
TOO_SLOW = {("oscar", "W3"), ("oscar", "W4"), ("oscar", "W5")}

# Every second rival doubles the number of combinations, or more.
MOST_TO_TRY = 20

WITH_TAX = ("W1", "W2")

SERIES = {
    "promotions, 10 lines": [f"P{n}" for n in PROMOTIONS],
    "lines, 20 promotions": [f"L{n}" for n in LINES],
    "W5 at so many lines": [f"G{n}" for n in GROWN_TO],
}


def main(arguments: Sequence[str]) -> None:
    """Run the benchmark."""
    options = _options(arguments)

    def measured(contestants: Mapping[str, Contestant]) -> dict[str, Figures]:
        _settle()
        return measure(contestants, rounds=options.rounds, at_most=options.at_most)

    results: dict[str, Any] = {"python": platform.python_version(), "rounds": options.rounds}
    with ExitStack() as stack:
        commands = {
            name: [options.peers, "-Wignore", "-m", f"benchmarks.peers.{name}"] for name in PEERS
        }
        peers = {
            name: stack.enter_context(closing(Peer(command)))
            for name, command in commands.items()
            if options.peers
        }
        for name in MAKERS:
            work = workload(name)
            found = floors(work) | ways_of_use(work)
            found |= {p: each.on(name) for p, each in peers.items() if (p, name) not in TOO_SLOW}
            results[name] = _table(name, measured(found), FLOOR)
    for name in WITH_TAX:
        for what, read in (("two tax rates", False), ("two tax rates, total read", True)):
            figures = measured(with_tax(workload(name), read=read))
            results[f"{name}, {what}"] = _table(f"{name}, {what}", figures, OURS)
    for title, names in SERIES.items():
        of_size = {name: measured(_floor_and_cartcore(name)) for name in names}
        results[title] = _series(title, of_size)
    for count in RIVALS:
        figures = measured(_best_of(count))
        rows = _table(f"W6, {count} rivals", figures, EVERY)
        print(_proven(f"R{count}"))
        results[f"W6, {count} rivals"] = {**rows, "proven": _proven(f"R{count}")}
    for name in (f"{kind}{count}" for kind in "RC" for count in AT_SIZE):
        what = f"{name[1:]} {'rivals' if name[0] == 'R' else 'that combine'}"
        figures = measured({WITHIN_LIMIT: cartcore(workload(name), BEST_WITHIN_LIMIT)})
        rows = _table(f"W7, {what}", figures, WITHIN_LIMIT)
        print(_proven(name))
        results[f"W7, {what}"] = {**rows, "proven": _proven(name)}
    RESULTS.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", "utf-8")
    print(f"\nAll figures are in {RESULTS.name}.")


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=25, help="batches of each contestant")
    parser.add_argument("--at-most", type=float, default=5.0, help="seconds for each at most")
    parser.add_argument("--peers", help="the Python of the environment that has the peers")
    return parser.parse_args(arguments)


def _settle() -> None:
    """Keep the garbage collector from going through what stands ready for other contestants."""
    gc.collect()
    gc.freeze()


def _floor_and_cartcore(name: str) -> dict[str, Contestant]:
    work = workload(name)
    return {FLOOR: floors(work)[FLOOR], OURS: cartcore(work)}


def _best_of(count: int) -> dict[str, Contestant]:
    work = workload(f"R{count}")
    tried = {EVERY: every_combination(work)} if count <= MOST_TO_TRY else {}
    return {
        OURS: cartcore(work, BEST),
        WITHIN_LIMIT: cartcore(work, BEST_WITHIN_LIMIT),
        **tried,
    }


def _proven(name: str) -> str:
    """What the quote says of the best combination that it found within the limit."""
    work = workload(name)
    (cart,) = carts(work)
    quote = price(cart, promotions(work.rules), at=AT, policy=BEST_WITHIN_LIMIT)
    if quote.bound is None:
        return "proven within the limit"
    return f"not proven within the limit: at most {quote.bound.amount} lower"


def _table(title: str, figures: Mapping[str, Figures], reference: str) -> dict[str, Any]:
    """Print a table, and return its figures with their ratios to the reference."""
    compared = figures.get(reference)
    width = max(map(len, figures))
    print(f"\n{title:<{width}}  {'median':>10}  {'least':>10}  {'ratio':>7}  {'total':>10}")
    rows = {}
    for name, own in figures.items():
        ratio = None if compared is None else own.median / compared.median
        print(
            f"{name:<{width}}  {shown(own.median):>10}  {shown(own.minimum):>10}"
            f"  {'' if ratio is None else f'{ratio:.2f}':>7}"
            f"  {'' if own.total is None else f'{own.total / 100:.2f}':>10}",
            flush=True,
        )
        rows[name] = {**own._asdict(), "ratio": ratio}
    return rows


def _series(title: str, of_size: Mapping[str, Mapping[str, Figures]]) -> dict[str, Any]:
    """Print how time grows, and return the figures with the exponents."""
    print(f"\n{title:<22}" + "".join(f"{name[1:]:>10}" for name in of_size) + "  exponent")
    rows = {}
    sizes = [int(name[1:]) for name in of_size]
    for contestant in (FLOOR, OURS):
        medians = [figures[contestant].median for figures in of_size.values()]
        grows = exponent(sizes, medians)
        print(
            f"{contestant:<22}" + "".join(f"{shown(each):>10}" for each in medians),
            f" {grows:.2f}",
            flush=True,
        )
        rows[contestant] = {
            "exponent": grows,
            "median": dict(zip(sizes, medians, strict=True)),
        }
    return rows


if __name__ == "__main__":
    main(sys.argv[1:])
