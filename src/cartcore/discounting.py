"""Taking one discount off a ledger: rounding, cutting, splitting, all of it exact.

The only place where a discount becomes figures. Whatever a promotion type says, no cell goes below
zero or its minimum price, and the parts add up (PR-3, PR-6, PR-7, PR-29).
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from cartcore.ledger import Ledger
from cartcore.money import Remainder, Rounding, divide, fine_of, minor_of, split
from cartcore.offer import Discount, Per, Which
from cartcore.policy import PricingPolicy, RoundingPoint
from cartcore.selection import Selection

_NOTHING: tuple[str, ...] = ()
_HALF_UP = Rounding.HALF_UP  # looked up once, as in money.py


class Reduction:
    """A discount made ready: its figures as integers, in one currency, under one policy.

    A percentage is `rate` / `over`. `amount` is that of an amount off, `price` of a price instead.
    """

    __slots__ = (
        "amount",
        "discount",
        "lines",
        "maximum",
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
        self.lines = _NOTHING if isinstance(chosen, Selection) else chosen
        self.units = discount.units
        self.shipments = discount.shipments
        self.speeds = discount.speeds
        self.of_offer = discount.lines == () and not (discount.units or discount.of_shipments)
        self.rate = self.over = 0
        if discount.percent is not None:
            self.rate, over = discount.percent.as_integer_ratio()
            self.over = over * 100
        self.amount = None if discount.amount is None else minor_of(discount.amount, currency)
        self.price = None if discount.price is None else minor_of(discount.price, currency)
        self.maximum = None if discount.maximum is None else minor_of(discount.maximum, currency)
        self.of_original = discount.percent is not None and (
            discount.of_original or policy.percent_of_original
        )
        # Whether it matters which of the cells is first.
        self.ordered = policy.remainder is not Remainder.LARGEST
        # A share in proportion to what is left, as most are: nothing has to be looked at twice.
        self.plain = (
            discount.per is Per.TOTAL
            and not self.of_original
            and (
                discount.percent is None
                or discount.of_shipments
                or policy.rounding_point is RoundingPoint.PROMOTION
            )
        )


class Taken(NamedTuple):
    """What one discount took, and how it came about (PR-26).

    `cells` of the ledger, or places of shipments, and their `units` (none for shipments). `before`,
    what was left of each; `bases`, what a figure is applied to; `weights` to split by; `rooms`, the
    most that each can give, None where that is the weight; `asked`, rounded; `wanted`, at most the
    maximum; `taken`, at most what there is room for; `parts` of it, by cell.
    """

    reduction: Reduction
    cells: Sequence[int]
    units: list[int]
    before: list[int]
    bases: list[int]
    weights: list[int]
    rooms: list[int] | None
    asked: int
    wanted: int
    taken: int
    parts: list[int]


def take_off_shipments(
    reduction: Reduction, places: list[int], ledger: Ledger, prices: list[int]
) -> Taken:
    """Take a discount off the shipping prices at these places."""
    left = ledger.postage
    before = bases = [left[place] for place in places]
    if reduction.of_original:
        bases = [prices[place] for place in places]
    asked, weights, rooms = _measured(reduction, places, before, bases, ledger)
    whole = sum(weights)
    return _take(reduction, places, [], before, bases, weights, whole, rooms, asked, left, ledger)


def take_off_cells(reduction: Reduction, cells: list[int], ledger: Ledger) -> Taken:
    """Take a discount off cells."""
    left, units = ledger.left, ledger.units
    before = bases = weights = [left[cell] for cell in cells]
    own = [units[cell] for cell in cells]
    rooms = None
    whole = sum(before)
    if reduction.plain:
        asked = _asked(reduction, whole)
    else:
        if reduction.of_original:
            amount = ledger.amount
            bases = [amount[cell] for cell in cells]
        asked, weights, rooms = _measured(reduction, cells, before, bases, ledger)
        whole = whole if weights is before else sum(weights)
    if ledger.floored:
        rooms = _above_floors(reduction, cells, weights, rooms, ledger)
    return _take(reduction, cells, own, before, bases, weights, whole, rooms, asked, left, ledger)


def _take(
    reduction: Reduction,
    cells: list[int],
    units: list[int],
    before: list[int],
    bases: list[int],
    weights: list[int],
    whole: int,
    rooms: list[int] | None,
    asked: int,
    left: list[int],
    ledger: Ledger,
) -> Taken:
    if rooms is not None and 0 in weights:  # nothing can be split by it, so it gives nothing
        rooms = [room if weight else 0 for room, weight in zip(rooms, weights, strict=True)]
    maximum = reduction.maximum
    wanted = asked if maximum is None or asked <= maximum else maximum
    most = whole if rooms is None else sum(rooms)
    taken = wanted if wanted < most else most  # noqa: FURB136, RUF100  (twice as fast as min())
    content = ledger.content if units else None  # shipments are told apart by their order alone
    if rooms is None:
        parts = split(taken, weights, whole, reduction.policy.remainder, content, cells)
    else:
        parts = _spread(taken, weights, rooms, reduction.policy.remainder, content, cells)
    if taken:
        for cell, part in zip(cells, parts):  # noqa: B905  (as long as each other, and hot)
            left[cell] -= part
        ledger.due -= taken
    # Past the __new__ that NamedTuple writes in Python: it takes three times as long.
    return tuple.__new__(
        Taken,
        (reduction, cells, units, before, bases, weights, rooms, asked, wanted, taken, parts),
    )


def _rounded(numerator: int, denominator: int, rounding: Rounding) -> int:
    if rounding is _HALF_UP:  # nearly always; nothing here is negative
        return (2 * numerator + denominator) // (2 * denominator)
    return divide(numerator, denominator, rounding)


def _asked(reduction: Reduction, whole: int) -> int:
    """What a discount in proportion asks for, of so much."""
    if reduction.rate:
        return _rounded(whole * reduction.rate, reduction.over, reduction.policy.rounding)
    if reduction.amount is not None:
        return reduction.amount
    return max(0, whole - (reduction.price or 0))


def _measured(
    reduction: Reduction, cells: list[int], left: list[int], bases: list[int], ledger: Ledger
) -> tuple[int, list[int], list[int] | None]:
    """What a discount asks for, the weights to split it by, and the room there is for it."""
    discount, policy = reduction.discount, reduction.policy
    if reduction.plain:
        return _asked(reduction, sum(left)), left, None
    if reduction.rate:
        rooms = left if reduction.of_original else None
        if discount.of_shipments or policy.rounding_point is RoundingPoint.PROMOTION:
            asked = _rounded(sum(bases) * reduction.rate, reduction.over, policy.rounding)
            return asked, bases, rooms
        if policy.rounding_point is RoundingPoint.LINE:
            weights = _rounded_lines(reduction, cells, bases, ledger)
        else:
            weights = [
                _by_unit(base, ledger.units[cell], lambda b: _percent(reduction, b))
                for cell, base in zip(cells, bases, strict=True)
            ]
        return sum(weights), weights, rooms
    if reduction.price is not None:
        price = reduction.price
        weights = [
            _by_unit(base, ledger.units[cell], lambda b: max(0, b - price))
            for cell, base in zip(cells, left, strict=True)
        ]
        return sum(weights), weights, None
    each = reduction.amount or 0
    if discount.per is Per.UNIT:
        weights = [
            _by_unit(base, ledger.units[cell], lambda b: min(each, b))
            for cell, base in zip(cells, left, strict=True)
        ]
        return each * sum(ledger.units[cell] for cell in cells), weights, None
    weights = [0] * len(cells)
    by_line = _by_pool(cells, ledger)
    for own in by_line:
        bases = [left[i] for i in own]
        together = sum(bases)
        parts = split(min(each, together), bases, together)
        for i, part in zip(own, parts, strict=True):
            weights[i] = part
    return each * len(by_line), weights, None


def _percent(reduction: Reduction, base: int) -> int:
    return _rounded(base * reduction.rate, reduction.over, reduction.policy.rounding)


def _rounded_lines(
    reduction: Reduction, cells: list[int], bases: list[int], ledger: Ledger
) -> list[int]:
    if not ledger.pieces or len({ledger.pool[cell] for cell in cells}) == len(cells):
        rate, over = reduction.rate, reduction.over
        if reduction.policy.rounding is _HALF_UP:
            return [(2 * base * rate + over) // (2 * over) for base in bases]
        return [_percent(reduction, base) for base in bases]
    weights = [0] * len(cells)
    for own in _by_pool(cells, ledger):
        of_line = [bases[i] for i in own]
        together = sum(of_line)
        for i, part in zip(
            own, split(_percent(reduction, together), of_line, together), strict=True
        ):
            weights[i] = part
    return weights


def _by_pool(cells: list[int], ledger: Ledger) -> list[list[int]]:
    """The positions of cells, together where they are of the same pool."""
    found: dict[int, list[int]] = {}
    for i, cell in enumerate(cells):
        found.setdefault(ledger.pool[cell], []).append(i)
    return list(found.values())


def _by_unit(base: int, units: int, measure: Callable[[int], int]) -> int:
    """The sum over units: split exactly, they have at most two different amounts."""
    small, larger = divmod(base, units)
    return measure(small) * (units - larger) + (measure(small + 1) * larger if larger else 0)


def _above_floors(
    reduction: Reduction,
    cells: list[int],
    weights: list[int],
    rooms: list[int] | None,
    ledger: Ledger,
) -> list[int]:
    """The room down to the minimum prices (PR-29).

    What an amount or a price for each unit or line cannot take, no other line takes for it: its
    weight is the most that a cell gives.
    """
    above = [ledger.left[cell] - ledger.floor[cell] for cell in cells]
    if rooms is None and not reduction.plain:
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
    cells: list[int],
) -> list[int]:
    """Split in proportion, where what one has no room for moves to the others (PR-29)."""
    parts = [0] * len(weights)
    among = list(range(len(weights)))
    while whole:
        own = [weights[i] for i in among]
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
) -> list[int]:
    """The cells that a discount of lines is taken off; some are split to have its units exactly.

    `offered` are the units that the offer names. Lines that no discount is taken off are left out.
    With `only`, so are all other pools.

    Raises:
        KeyError: it names a line that is not there.
        ValueError: it names a line twice, or more units than there are, or what are no units.
    """
    if reduction.selection is not None:
        limit = reduction.discount.limit
        if limit is not None:
            pools = ledger.cheapest_first(reduction.selection)
            if reduction.discount.which is Which.DEAREST:
                line = ledger.line
                pools = sorted(pools, key=lambda pool: -line[pool].fine_price)
            if only is not None:
                pools = [pool for pool in pools if pool in only]
            cells = ledger.pick(pools, limit)
            return _in_order(cells, ledger) if reduction.ordered else cells
        pools = ledger.select(reduction.selection)
        if ledger.excluding:
            pools = [pool for pool in pools if ledger.line[pool].discountable]
        if only is not None:
            pools = [pool for pool in pools if pool in only]
        cells = ledger.cells(pools)
        return _in_order(cells, ledger) if reduction.ordered else cells
    found: list[int] = []
    pieces, excluding = ledger.pieces, ledger.excluding
    for pool, units in _named(reduction, ledger, offered).items():
        if (only is not None and pool not in only) or (
            excluding and not ledger.line[pool].discountable
        ):
            continue
        if pieces is None or pool not in pieces:
            there = ledger.units[pool]
            if units < there:
                ledger.split(pool, units)
            found.append(pool)
        else:
            there = sum([ledger.units[cell] for cell in pieces[pool]])
            found += ledger.pick((pool,), units)
        if units > there:
            raise ValueError(ledger.line[pool].id)
    return _in_order(found, ledger) if reduction.ordered else found


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


def _in_order(cells: list[int], ledger: Ledger) -> list[int]:
    """Cells in the order of the cart."""
    return sorted(cells, key=lambda cell: (ledger.pool[cell], cell))


def at_most(
    reduction: Reduction,
    ledger: Ledger,
    prices: list[int],
    places: list[int],
    offered: Sequence[tuple[str, int]],
) -> int:
    """What a discount would take now, or a little more: it never takes more than that later.

    Whatever else is discounted in between leaves each unit less, and all measures of a discount
    grow with what is left.
    """
    if reduction.plain and reduction.selection is not None and reduction.discount.limit is None:
        left = ledger.left
        cells = ledger.cells(ledger.cheapest_first(reduction.selection))
        whole = sum([left[cell] for cell in cells])
        return _most_of(reduction, whole)
    if reduction.discount.of_shipments:
        left = [ledger.postage[place] for place in places]
        amounts = [prices[place] for place in places]
        units = [1] * len(places)
        pools = len(places)
    else:
        picked = _peek(reduction, ledger, offered)
        left = [_up(ledger.left[cell] * own, ledger.units[cell]) for cell, own in picked]
        amounts = [_up(ledger.amount[cell] * own, ledger.units[cell]) for cell, own in picked]
        units = [own for _, own in picked]
        pools = len({ledger.pool[cell] for cell, _ in picked})
    whole = sum(left)
    per = reduction.discount.per
    if reduction.plain:
        return _most_of(reduction, whole)
    if reduction.rate:
        base = sum(amounts) if reduction.of_original else whole
        most = _up(base * reduction.rate, reduction.over) + sum(units)
    elif reduction.price is not None:
        price = reduction.price
        most = sum([max(0, own - price * n) + n for own, n in zip(left, units, strict=True)])
    elif per is Per.UNIT:
        each = reduction.amount or 0
        most = sum([min(own, each * n) for own, n in zip(left, units, strict=True)])
    else:
        most = (reduction.amount or 0) * pools
    return max(0, min(most, whole, most if reduction.maximum is None else reduction.maximum))


def _most_of(reduction: Reduction, whole: int) -> int:
    """What a discount in proportion takes at most of so much."""
    if reduction.rate:
        most = _up(whole * reduction.rate, reduction.over)
    elif reduction.price is not None:
        most = whole - reduction.price
    else:
        most = reduction.amount or 0
    return max(0, min(most, whole, most if reduction.maximum is None else reduction.maximum))


def _up(numerator: int, denominator: int) -> int:
    return -(-numerator // denominator)


def _peek(
    reduction: Reduction, ledger: Ledger, offered: Sequence[tuple[str, int]]
) -> list[tuple[int, int]]:
    """The cells that a discount would be taken off, and how many units of each."""
    if reduction.selection is not None:
        limit = reduction.discount.limit
        pools = ledger.cheapest_first(reduction.selection)
        if reduction.discount.which is Which.DEAREST:
            pools = sorted(pools, key=lambda pool: -ledger.line[pool].fine_price)
        if limit is None:
            return [(cell, ledger.units[cell]) for cell in ledger.cells(pools)]
        return ledger.peek(pools, limit)
    places = ledger.where
    named = [*offered] if reduction.of_offer else [*reduction.units]
    named += [(each, ledger.quantity(each)) for each in reduction.lines if each in places]
    return [
        pick
        for line_id, units in named
        if line_id in places
        for pick in ledger.peek((places[line_id],), units)
    ]
