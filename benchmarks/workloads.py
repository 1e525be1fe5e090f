"""What is priced: carts and promotions as plain data, the same for every contestant.

Amounts are integer cents. Nothing here imports cartcore, so that the contestants that run in an
environment of their own read the same definitions.
"""

from collections.abc import Callable
from random import Random
from typing import NamedTuple

SHIPPING = 599


class Line(NamedTuple):
    """`quantity` units of one SKU, at `unit` cents each."""

    id: str
    sku: str
    category: str
    quantity: int
    unit: int


class Rule(NamedTuple):
    """A promotion; `category` is empty for one of the whole order.

    `kind` is one of

    - "percent": `percent` off each line of the category, rounded line by line.
    - "buy_x_get_y": of `buy` + `get` units of the category, the `get` cheapest are free.
    - "cheapest": of `buy` units of the category or more, the cheapest one is free.
    - "amount": `off` off the lines of the category together.
    - "order_amount": `off` off the order, if at least `threshold` is left to pay for the goods.
    - "free_shipping": shipping costs nothing, if at least `threshold` is left to pay for the goods.

    Of the rules of one `group` only one applies.
    """

    id: str
    kind: str
    category: str = ""
    percent: int = 0
    buy: int = 0
    get: int = 0
    threshold: int = 0
    off: int = 0
    group: str = ""


class Workload(NamedTuple):
    """Lines to be priced under rules. `grown`: line by line, and priced after each."""

    lines: tuple[Line, ...]
    rules: tuple[Rule, ...]
    shipping: int = SHIPPING
    grown: bool = False


def lines(count: int, categories: int, seed: int) -> tuple[Line, ...]:
    """Lines of one to three units, over the categories in turn."""
    random = Random(seed)
    return tuple(
        Line(f"l{i}", f"sku{i}", f"c{i % categories}", 1 + i % 3, random.randrange(299, 4999))
        for i in range(count)
    )


def _of_category(number: int, category: str, kind: int) -> Rule:
    own = f"p{number}"
    return (
        Rule(own, "percent", category, percent=10),
        Rule(own, "buy_x_get_y", category, buy=2, get=1),
        Rule(own, "cheapest", category, buy=3),
    )[kind]


def five(group: int = 0) -> tuple[Rule, ...]:
    """One rule of each kind; no two groups share a category."""
    start, first, step = group * 5, group * 3, group + 1
    return (
        *(_of_category(start + i, f"c{first + i}", i) for i in range(3)),
        Rule(f"p{start + 3}", "order_amount", threshold=5000 * step, off=500),
        Rule(f"p{start + 4}", "free_shipping", threshold=7500 * step),
    )


def twenty() -> tuple[Rule, ...]:
    """Four groups of five rules."""
    return tuple(rule for group in range(4) for rule in five(group))


def many(count: int) -> tuple[Rule, ...]:
    """Five rules that match the cart, and so many more that make `count` and never do."""
    return (*five(), *(_of_category(i, f"x{i}", i % 3) for i in range(5, count)))


def rivals(count: int) -> tuple[Rule, ...]:
    """Rules that stand in each other's way: neighbours exclude each other, and all interact.

    They share four categories, so each takes something away from others, and those of the order
    have thresholds about as high as what is left.
    """
    random = Random(count)
    found = []
    for i in range(count):
        own, group, category = f"p{i:02}", f"g{i // 2}", f"c{random.randrange(4)}"
        match random.randrange(5):
            case 0 | 1:
                rule = Rule(own, "percent", category, percent=random.randrange(5, 30), group=group)
            case 2 | 3:
                rule = Rule(own, "amount", category, off=random.randrange(200, 2000), group=group)
            case _:
                threshold = random.randrange(15_000, 45_000)
                off = random.randrange(300, 3000)
                rule = Rule(own, "order_amount", threshold=threshold, off=off, group=group)
        found.append(rule)
    return tuple(found)


def combining(count: int) -> tuple[Rule, ...]:
    """Rules that all combine, so that each takes its percentage of what the others left."""
    return tuple(
        Rule(f"p{i:04}", "percent", f"c{i % 4}" if i % 2 else "", percent=1) for i in range(count)
    )


_CART = lines(10, 4, seed=1)

MAKERS: dict[str, Callable[[], Workload]] = {
    "W1": lambda: Workload(_CART, five()),
    "W2": lambda: Workload(lines(100, 13, seed=2), twenty()),
    "W3": lambda: Workload(_CART, many(1000)),
    "W4": lambda: Workload(_CART, many(10_000)),
    "W5": lambda: Workload(lines(200, 13, seed=3), twenty(), grown=True),
}
"""The five workloads."""

AT_SIZE = (10, 100, 1000)
"""How many promotions W7 chooses the best combination from: rivals, and such that all combine."""

RIVALS = (10, 20, 30, 40)
"""How many rivals W6 chooses the best combination from."""

PROMOTIONS = (5, 20, 50, 100, 200, 500, 2000, 5000)
"""The series of growing numbers of promotions, for one cart of 10 lines."""

LINES = (10, 20, 50, 100, 200, 500, 1000)
"""The series of growing numbers of lines, under 20 promotions."""

GROWN_TO = (50, 100, 150, 200)
"""The sizes of W5 that are timed by themselves."""


def workload(name: str) -> Workload:
    """W1 … W5, or of a series: P500 (promotions), L500 (lines), G150 (W5 at 150 lines).

    Also R20 (W6 and W7: rivals) and C20 (W7: promotions that all combine).

    Raises:
        KeyError: there is none of this name.
    """
    if name in MAKERS:
        return MAKERS[name]()
    number = int(name[1:]) if name[1:].isdecimal() else 0
    match name[:1]:
        case "P" if number:
            return Workload(_CART, many(number))
        case "L" if number:
            return Workload(lines(number, 13, seed=2), twenty())
        case "G" if number:
            return Workload(lines(200, 13, seed=3)[:number], twenty())
        case "R" if number:
            return Workload(_CART, rivals(number))
        case "C" if number:
            return Workload(_CART, combining(number))
        case _:
            raise KeyError(name)


def sizes(work: Workload) -> range:
    """How many of the lines are priced: all, or of a cart that grows one after the other."""
    return range(1 if work.grown else len(work.lines), len(work.lines) + 1)
