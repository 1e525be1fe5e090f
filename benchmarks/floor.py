"""The floor: the same work by bare functions, on integer cents and on `Money`.

Rules are data here too, and found by the category of a line, but there is no trace, no reason why a
rule does not apply, no check of anything, and no other kind of rule than those of the workloads.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from moneyed import USD, Money

from benchmarks.workloads import Rule, Workload


class Arithmetic(NamedTuple):
    """How to compute with one kind of number: cents, or money."""

    make: Callable[[int], Any]
    percent: Callable[[Any, int], Any]
    share: Callable[[Any, Any, Any], Any]


CENTS = Arithmetic(
    make=int,
    percent=lambda amount, percent: (amount * percent + 50) // 100,
    share=lambda off, part, whole: off * part // whole,
)

MONEY = Arithmetic(
    make=lambda cents: Money(Decimal(cents).scaleb(-2), USD),
    percent=lambda amount, percent: (amount * percent / 100).round(2),
    share=lambda off, part, whole: (off * (part / whole)).round(2),
)


class Ready(NamedTuple):
    """A workload with its numbers made, and its rules indexed by category."""

    lines: list[tuple[str, int, Any]]
    by_category: dict[str, list[dict[str, Any]]]
    of_order: list[dict[str, Any]]
    shipping: Any
    numbers: Arithmetic


def ready(work: Workload, numbers: Arithmetic) -> Ready:
    """Prepare a workload: this is not timed."""
    by_category: dict[str, list[dict[str, Any]]] = {}
    of_order: list[dict[str, Any]] = []
    for rule in work.rules:
        data = rule._asdict()
        data["threshold"] = numbers.make(rule.threshold)
        data["off"] = numbers.make(rule.off)
        (by_category.setdefault(rule.category, []) if rule.category else of_order).append(data)
    lines = [(line.category, line.quantity, numbers.make(line.unit)) for line in work.lines]
    return Ready(lines, by_category, of_order, numbers.make(work.shipping), numbers)


def price(  # noqa: C901, PLR0912  (calls would cost as much as the work)
    lines: Sequence[tuple[str, int, Any]], ready: Ready, *, by_line: bool = True
) -> Any:
    """The total. Percentages are rounded for each line, or once for each rule."""
    _, by_category, of_order, shipping, (make, percent, share) = ready
    nothing = make(0)
    amounts = [unit * quantity for _, quantity, unit in lines]
    discounts = [nothing] * len(lines)
    places: dict[str, list[int]] = {}
    for i, line in enumerate(lines):
        places.setdefault(line[0], []).append(i)
    for category, own in places.items():
        for rule in by_category.get(category, ()):
            kind = rule["kind"]
            if kind == "percent":
                if by_line:
                    for i in own:
                        discounts[i] += percent(amounts[i], rule["percent"])
                else:
                    whole = sum([amounts[i] for i in own], nothing)
                    off = rest = percent(whole, rule["percent"])
                    for i in own[1:]:
                        part = share(off, amounts[i], whole)
                        discounts[i] += part
                        rest -= part
                    discounts[own[0]] += rest
            elif kind == "buy_x_get_y":
                units = sum([lines[i][1] for i in own])
                free = units // (rule["buy"] + rule["get"]) * rule["get"]
                for i in sorted(own, key=lambda i: lines[i][2]):
                    if not free:
                        break
                    taken = min(free, lines[i][1])
                    discounts[i] += lines[i][2] * taken
                    free -= taken
            elif sum([lines[i][1] for i in own]) >= rule["buy"]:
                cheapest = min(own, key=lambda i: lines[i][2])
                discounts[cheapest] += lines[cheapest][2]
    left = sum(amounts, nothing) - sum(discounts, nothing)
    for rule in of_order:
        if left < rule["threshold"]:
            continue
        if rule["kind"] == "order_amount":
            off = rest = rule["off"]
            last = len(lines) - 1
            whole = left
            for i in range(len(lines)):
                part = rest if i == last else share(off, amounts[i] - discounts[i], whole)
                discounts[i] += part
                rest -= part
            left -= off
        else:
            shipping = nothing
    return left + shipping


def lowest(work: Workload) -> int:
    """The total under the best combination, for W6: by trying all that are allowed.

    Rules of a category, and then those of the order, apply in the order of their ids. Percentages
    are rounded once for each rule.
    """
    goods: dict[str, int] = {}
    for line in work.lines:
        goods[line.category] = goods.get(line.category, 0) + line.unit * line.quantity
    turns = sorted(work.rules, key=lambda rule: (not rule.category, rule.id))
    return _lowest(turns, 0, goods, sum(goods.values()), frozenset()) + work.shipping


def _lowest(
    turns: Sequence[Rule], i: int, goods: dict[str, int], left: int, taken: frozenset[str]
) -> int:
    if i == len(turns):
        return left
    rule = turns[i]
    without = _lowest(turns, i + 1, goods, left, taken)
    if rule.group in taken:
        return without
    taken |= {rule.group}
    if not rule.category:
        if left < rule.threshold:
            return without
        return min(without, _lowest(turns, i + 1, goods, max(0, left - rule.off), taken))
    there = goods.get(rule.category, 0)
    off = CENTS.percent(there, rule.percent) if rule.percent else min(rule.off, there)
    after = {**goods, rule.category: there - off}
    return min(without, _lowest(turns, i + 1, after, left - off, taken))
