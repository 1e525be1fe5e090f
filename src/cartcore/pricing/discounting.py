"""Taking one discount off a ledger: rounding, cutting, splitting, all of it exact.

The only place where a discount becomes figures. Whatever a promotion type says, no cell goes below
zero or its minimum price, and the parts add up (PR-3, PR-6, PR-7, PR-29).
"""

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from functools import partial
from typing import Any

import attrs

from cartcore.cart import CartLine
from cartcore.pricing.ledger import Ledger
from cartcore.pricing.policy import PricingPolicy, RoundingPoint
from cartcore.pricing.pools import content_of
from cartcore.promotions.offer import Discount, Per, TakenFirst
from cartcore.promotions.selection import Selection
from cartcore.values.allocation import Remainder, Rounding, divide, split
from cartcore.values.money import fine_of, minor_of

Measure = Callable[["Reduction", list[int], Sequence[int], Ledger], tuple[int, list[int]]]
"""Returns what a discount asks for, of these bases of cells, and the weights to split it by."""

_NOTHING: tuple[str, ...] = ()
_HALF_UP = Rounding.HALF_UP  # looked up once, as in money.py


class Reduction:
    """A discount made ready: its figures as integers, in one currency, under one policy.

    A percentage is `rate` / `over`. `amount` is that of an amount off, `price` of a price instead;
    where it is for neither, they are zero and None.
    """

    __slots__ = (
        "amount",
        "discount",
        "limit",
        "lines",
        "maximum",
        "measure",
        "of_offer",
        "of_original",
        "ordered",
        "over",
        "plain",
        "policy",
        "price",
        "rate",
        "selection",
        "shipments",
        "ships",
        "speeds",
        "units",
    )

    def __init__(self, discount: Discount, currency: str, policy: PricingPolicy) -> None:
        self.discount = discount
        self.policy = policy
        chosen = discount.lines
        self.selection = chosen if isinstance(chosen, Selection) else None
        for bound in chosen.bounds() if isinstance(chosen, Selection) else ():
            fine_of(bound, currency)  # raises now what it would later, with half the work done
        self.lines = chosen if isinstance(chosen, tuple) else _NOTHING
        self.limit = discount.limit
        self.units: tuple[tuple[str, int], ...] = discount.units or ()
        self.ships = discount.of_shipments
        self.shipments = discount.shipments or _NOTHING
        self.speeds = discount.speeds
        self.of_offer = chosen is None and discount.units is None and not self.ships
        self.rate = self.over = 0
        if discount.percent is not None:
            self.rate, over = discount.percent.as_integer_ratio()
            self.over = over * 100
        self.amount = 0 if discount.amount is None else minor_of(discount.amount, currency)
        self.price = None if discount.price is None else minor_of(discount.price, currency)
        self.maximum = None if discount.maximum is None else minor_of(discount.maximum, currency)
        self.of_original = discount.percent is not None and (
            discount.of_original or policy.percent_of_original
        )
        # Whether it matters which of the cells is first.
        self.ordered = policy.remainder is not Remainder.LARGEST
        self.measure = _measure_of(self)
        # A share in proportion to what is left, as most are: nothing has to be looked at twice.
        self.plain = self.measure is None and not self.of_original


@attrs.frozen(eq=False)
class Prepared:
    """The discounts of an offer, made ready for a currency and a policy."""

    discounts: tuple[Discount, ...]
    currency: str
    policy: PricingPolicy
    reductions: tuple[Reduction, ...]


@attrs.define(eq=False)
class Taken:
    """What one discount took, and how it came about (PR-26).

    `cells` of the ledger as they were after so many `splits`, or places of shipments. `before`,
    what was left of each; `bases`, what a figure is applied to; `weights` to split by; `rooms`, the
    most that each can give, None where that is the weight; `asked`, rounded; `wanted`, at most the
    maximum; `taken`, at most what there is room for; `parts` of it, by cell.
    """

    reduction: Reduction
    cells: Sequence[int]
    splits: int
    before: list[int]
    bases: list[int]
    weights: list[int]
    rooms: list[int] | None
    asked: int
    wanted: int
    taken: int
    parts: list[int]


def take_off(reduction: Reduction, cells: Sequence[int], ledger: Ledger) -> Taken:
    """Take a discount off cells, or off the shipping prices at these places."""
    ships, remainder = reduction.ships, reduction.policy.remainder
    if reduction.plain and len(cells) == len(ledger.units) and not (ships or ledger.floored):
        return _take_off_all(reduction, cells, ledger)
    left = ledger.shipping_left if ships else ledger.left
    before = bases = [*map(left.__getitem__, cells)]
    rooms = None
    if reduction.of_original:
        amount = ledger.shipping_prices if ships else ledger.amount
        bases, rooms = [*map(amount.__getitem__, cells)], before
    if reduction.measure is None:
        asked, weights = _asked(reduction, sum(bases)), bases
    else:
        asked, weights = reduction.measure(reduction, bases, cells, ledger)
    if ledger.floored and not ships:
        rooms = _above_floors(reduction, cells, weights, rooms, ledger)
    maximum = reduction.maximum
    wanted = asked if maximum is None or asked <= maximum else maximum
    content = None if ships else ledger.content  # shipments are told apart by their order alone
    if rooms is None:
        most = sum(weights)
        taken = wanted if wanted < most else most  # noqa: FURB136, RUF100  (twice as fast as min())
        parts = weights
        if taken < most:
            parts = split(taken, weights, most, remainder, content, cells)
    else:
        taken = min(wanted, sum(rooms))
        parts = _spread(taken, weights, rooms, remainder, content, cells)
    if taken:
        for cell, part in zip(cells, parts):  # noqa: B905  (as long as each other, and hot)
            left[cell] -= part
        ledger.total_left -= taken
    splits = len(ledger.splits)
    return Taken(
        reduction, cells, splits, before, bases, weights, rooms, asked, wanted, taken, parts
    )


def _take_off_all(reduction: Reduction, cells: Sequence[int], ledger: Ledger) -> Taken:
    """Take a share of all that is left off all cells: how much of each is worked out later."""
    whole = ledger.goods_left()
    asked = _asked(reduction, whole)
    wanted = asked if reduction.maximum is None else min(asked, reduction.maximum)
    taken = min(wanted, whole)
    before: list[int] = []
    parts: list[int] = []
    splits = len(ledger.splits)
    step = Taken(
        reduction, cells, splits, before, before, before, None, asked, wanted, taken, parts
    )
    # Nothing of the ledger itself, which keeps this: what refers to itself waits for the collector.
    share_out = partial(_share_out, step, ledger.line, ledger.reads)
    if taken:
        ledger.total_left -= taken
        ledger.later(share_out)
    else:
        share_out(ledger.left)
    return step


def _share_out(
    step: Taken, line: Sequence[CartLine], reads: AbstractSet[str], left: list[int]
) -> None:
    """Take off each cell its part of a step, and fill in what the step tells of the cells."""
    before = [*map(left.__getitem__, step.cells)]
    remainder = step.reduction.policy.remainder
    parts = split(
        step.taken,
        before,
        sum(before),
        remainder,
        lambda cell: content_of(line[cell], reads),
        step.cells,
    )
    step.before[:], step.parts[:] = before, parts
    for cell, part in zip(step.cells, parts, strict=True):
        left[cell] -= part


# --- what a discount asks for, and the weights to split it by ---


def _measure_of(reduction: Reduction) -> Measure | None:
    """How a discount is measured; None if it is one of all together, in proportion to its bases."""
    discount = reduction.discount
    if discount.percent is not None and not reduction.ships:
        point = reduction.policy.rounding_point
        if point is RoundingPoint.LINE:
            return _percent_by_line
        return _percent_by_unit if point is RoundingPoint.UNIT else None
    if discount.per is Per.LINE:
        return _amount_by_line
    if discount.per is Per.UNIT:
        return _amount_by_unit if discount.price is None else _price_by_unit
    return None


def _asked(reduction: Reduction, whole: int) -> int:
    """What a discount of all together asks for, of so much."""
    if reduction.rate:
        return _percent(reduction, whole)
    if reduction.price is not None:
        return max(0, whole - reduction.price)
    return reduction.amount


def _percent_by_line(
    reduction: Reduction, bases: list[int], cells: Sequence[int], ledger: Ledger
) -> tuple[int, list[int]]:
    if not ledger.pieces or len({*map(ledger.pool.__getitem__, cells)}) == len(cells):
        if reduction.policy.rounding is _HALF_UP:
            rate, over = 2 * reduction.rate, reduction.over
            weights = [(base * rate + over) // (2 * over) for base in bases]
        else:
            weights = [_percent(reduction, base) for base in bases]
        return sum(weights), weights
    weights = [0] * len(cells)
    for own in _by_pool(cells, ledger):
        of_line = [bases[i] for i in own]
        together = sum(of_line)
        parts = split(_percent(reduction, together), of_line, together)
        for i, part in zip(own, parts, strict=True):
            weights[i] = part
    return sum(weights), weights


def _percent_by_unit(
    reduction: Reduction, bases: list[int], cells: Sequence[int], ledger: Ledger
) -> tuple[int, list[int]]:
    weights = _by_unit(bases, cells, ledger, lambda base: _percent(reduction, base))
    return sum(weights), weights


def _price_by_unit(
    reduction: Reduction, bases: list[int], cells: Sequence[int], ledger: Ledger
) -> tuple[int, list[int]]:
    price = reduction.price or 0
    weights = _by_unit(bases, cells, ledger, lambda base: max(0, base - price))
    return sum(weights), weights


def _amount_by_unit(
    reduction: Reduction, bases: list[int], cells: Sequence[int], ledger: Ledger
) -> tuple[int, list[int]]:
    each = reduction.amount
    weights = _by_unit(bases, cells, ledger, lambda base: min(each, base))
    return each * sum(ledger.units[cell] for cell in cells), weights


def _amount_by_line(
    reduction: Reduction, bases: list[int], cells: Sequence[int], ledger: Ledger
) -> tuple[int, list[int]]:
    each = reduction.amount
    weights = [0] * len(cells)
    by_line = _by_pool(cells, ledger)
    for own in by_line:
        of_line = [bases[i] for i in own]
        together = sum(of_line)
        for i, part in zip(own, split(min(each, together), of_line, together), strict=True):
            weights[i] = part
    return each * len(by_line), weights


def _percent(reduction: Reduction, base: int) -> int:
    rate, over, rounding = reduction.rate, reduction.over, reduction.policy.rounding
    if rounding is _HALF_UP:  # nearly always; nothing here is negative
        return (2 * base * rate + over) // (2 * over)
    return divide(base * rate, over, rounding)


def _by_pool(cells: Sequence[int], ledger: Ledger) -> list[list[int]]:
    """The positions of cells, together where they are of the same pool."""
    found: dict[int, list[int]] = {}
    for i, cell in enumerate(cells):
        found.setdefault(ledger.pool[cell], []).append(i)
    return list(found.values())


def _by_unit(
    bases: list[int], cells: Sequence[int], ledger: Ledger, measure: Callable[[int], int]
) -> list[int]:
    """The sum over the units of each cell: split exactly, they have at most two amounts."""
    weights = []
    for base, cell in zip(bases, cells, strict=True):
        units = ledger.units[cell]
        small, larger = divmod(base, units)
        rest = measure(small + 1) * larger if larger else 0
        weights.append(measure(small) * (units - larger) + rest)
    return weights


def _above_floors(
    reduction: Reduction,
    cells: Sequence[int],
    weights: list[int],
    rooms: list[int] | None,
    ledger: Ledger,
) -> list[int]:
    """The room down to the minimum prices (PR-29).

    What an amount or a price for each unit or line cannot take, no other line takes for it: its
    weight is the most that a cell gives. A percentage is one discount wherever it is rounded.
    """
    above = [ledger.left[cell] - ledger.floor[cell] for cell in cells]
    if rooms is None and reduction.discount.per is not Per.TOTAL:
        rooms = weights
    if rooms is not None:
        above = [min(pair) for pair in zip(above, rooms, strict=True)]
    return above


def _spread(
    whole: int,
    weights: list[int],
    rooms: list[int],
    remainder: Remainder,
    content: Callable[[int], Any] | None,
    cells: Sequence[int],
) -> list[int]:
    """Split in proportion, where what one has no room for moves to the others (PR-29).

    To those of no weight last, in proportion to their room: a percentage of each line may be
    rounded to nothing.
    """
    parts = [0] * len(weights)
    among = list(range(len(weights)))
    while whole:
        own = [weights[i] for i in among]
        if not any(own):
            own = [rooms[i] for i in among]
        shares = split(whole, own, sum(own), remainder, content, [cells[i] for i in among])
        full = {i for i, share in zip(among, shares, strict=True) if share > rooms[i]}
        if not full:
            for i, share in zip(among, shares, strict=True):
                parts[i] = share
            break
        for i in full:
            parts[i] = rooms[i]
            whole -= rooms[i]
        among = [i for i in among if i not in full]
    return parts


def cells_of(
    reduction: Reduction,
    ledger: Ledger,
    offered: Sequence[tuple[str, int]] = (),
    only: set[int] | None = None,
    earlier: Sequence[Taken] = (),
) -> Sequence[int]:
    """The cells that a discount of lines is taken off; some are split to have its units exactly.

    `offered` are the units that the offer names, `earlier` what its discounts before this one took.
    Lines that no discount is taken off are left out. With `only`, so are all other pools.

    Raises:
        KeyError: it names a line that is not there.
        ValueError: it names a line twice, or more units than there are, or what are no units.
    """
    selection = reduction.selection
    if selection is None:
        cells: Sequence[int] = _cells_named(reduction, ledger, offered, only, earlier)
    elif reduction.limit is None:
        pools = ledger.select(selection)
        if ledger.excluding:
            pools = [pool for pool in pools if ledger.line[pool].discountable]
        if only is not None:
            pools = [pool for pool in pools if pool in only]
        cells = ledger.cells(pools)
    else:
        pools = _first_ones(reduction, selection, ledger)
        if only is not None:
            pools = [pool for pool in pools if pool in only]
        cells = ledger.take_units(pools, reduction.limit)
    if reduction.ordered:
        return sorted(cells, key=lambda cell: (ledger.pool[cell], cell))
    return cells


def _first_ones(reduction: Reduction, selection: Selection, ledger: Ledger) -> list[int]:
    """The pools of a selection in the order in which a limited discount takes them."""
    pools = ledger.cheapest_first(selection)
    if reduction.discount.which is TakenFirst.DEAREST:
        return sorted(pools, key=lambda pool: -ledger.line[pool].fine_price)
    return pools


def _cells_named(
    reduction: Reduction,
    ledger: Ledger,
    offered: Sequence[tuple[str, int]],
    only: set[int] | None,
    earlier: Sequence[Taken],
) -> list[int]:
    """Cells of just the units that a discount names.

    Those that the offer names are the same for all its discounts. Units that a discount names
    itself are others than those of the discounts before it, as long as there are any.
    """
    reached: list[int] = []
    for step in earlier:
        cells = ledger.reached(step.cells, step.splits)
        if reduction.of_offer and step.reduction.of_offer:
            return cells
        reached += cells
    last = frozenset(reached)
    found: list[int] = []
    for pool, units in _named(reduction, ledger, offered).items():
        if (only is not None and pool not in only) or (
            ledger.excluding and not ledger.line[pool].discountable
        ):
            continue
        if pool in ledger.pieces:
            there = sum([ledger.units[cell] for cell in ledger.pieces[pool]])
            found += ledger.take_unused_units(pool, units, last)
        else:
            there = ledger.units[pool]
            if units < there:
                ledger.split(pool, units, min(units, ledger.unused[pool]))
            found.append(pool)
        if units > there:
            raise ValueError(ledger.line[pool].id)
    return found


def _named(
    reduction: Reduction, ledger: Ledger, offered: Sequence[tuple[str, int]]
) -> dict[int, int]:
    """The units that a discount names, by pool."""
    wanted: dict[int, int] = {}
    places = ledger.where
    for line_id, units in offered if reduction.of_offer else reduction.units:
        pool = places[line_id]
        if pool in wanted or type(units) is not int or units < 1:
            raise ValueError(line_id)
        wanted[pool] = units
    if reduction.lines:
        if len(set(reduction.lines)) != len(reduction.lines):
            raise ValueError(reduction.lines)
        for line_id in reduction.lines:
            pool = places[line_id]
            wanted[pool] = wanted.get(pool, 0) + ledger.quantity(line_id)
    return wanted
