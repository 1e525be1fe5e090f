"""What one discount takes at most, however much others take off before it (PR-14).

Whatever else is discounted leaves each unit less, and all measures of a discount grow with what is
left. Which units it picks may be others by then: those that go first may be free (PR-30). So it is
measured on the units with the most left. Of a cell of which some units are picked, each unit has
its whole minor units, some of them one more: no split of the cell gives any number of its units
more than these.
"""

from collections.abc import Iterable, Sequence

from cartcore.pricing.discounting import Reduction
from cartcore.pricing.ledger import Ledger
from cartcore.promotions.offer import Per

Coins = list[tuple[int, int]]
"""What units have left, in minor units, and how many units have so much."""


def at_most(
    reduction: Reduction,
    ledger: Ledger,
    places: Sequence[int],
    offered: Sequence[tuple[str, int]],
) -> int:
    """What a discount would take now, or a little more: it never takes more than that later.

    `places` are those of its shipments, `offered` the units that the offer names.
    """
    if reduction.plain and reduction.selection is not None and reduction.limit is None:
        left = ledger.left
        cells = ledger.cells(ledger.cheapest_first(reduction.selection))
        return _in_proportion(reduction, sum([left[cell] for cell in cells]))
    if reduction.ships:
        coins = [(ledger.shipping_left[place], 1) for place in places]
        amounts = [(ledger.shipping_prices[place], 1) for place in places]
    else:
        coins = _picked(reduction, ledger, offered, ledger.left)
        amounts = _picked(reduction, ledger, offered, ledger.amount)
    whole = _sum(coins)
    if reduction.plain:
        return _in_proportion(reduction, whole)
    count = sum([units for _, units in coins])
    if reduction.rate:
        base = _sum(amounts) if reduction.of_original else whole
        # Each unit may be rounded up by itself.
        most = _up(base * reduction.rate, reduction.over) + count
    elif reduction.price is not None:
        price = reduction.price
        most = sum([max(0, left - price) * units for left, units in coins])
    elif reduction.discount.per is Per.UNIT:
        each = reduction.amount
        most = sum([min(left, each) * units for left, units in coins])
    else:
        chosen = reduction.selection
        pools = ledger.pools if chosen is None else ledger.cheapest_first(chosen)
        most = reduction.amount * min(len(pools), count)
    return _within(reduction, most, whole)


def _in_proportion(reduction: Reduction, whole: int) -> int:
    """What a discount of all together takes at most of so much."""
    if reduction.rate:
        most = _up(whole * reduction.rate, reduction.over)
    elif reduction.price is not None:
        most = whole - reduction.price
    else:
        most = reduction.amount
    return _within(reduction, most, whole)


def _within(reduction: Reduction, most: int, whole: int) -> int:
    maximum = reduction.maximum
    return max(0, min(most, whole, most if maximum is None else maximum))


def _picked(
    reduction: Reduction,
    ledger: Ledger,
    offered: Sequence[tuple[str, int]],
    figures: Sequence[int],
) -> Coins:
    """The units with the highest figures that a discount can be taken off."""
    if reduction.selection is not None:
        cells = ledger.cells(ledger.cheapest_first(reduction.selection))
        return _highest(_coins(cells, figures, ledger), reduction.limit)
    places = ledger.where
    named = [*offered] if reduction.of_offer else [*reduction.units]
    named += [(each, ledger.quantity(each)) for each in reduction.lines if each in places]
    return [
        coin
        for line_id, units in named
        if line_id in places
        for coin in _highest(_coins(ledger.cells((places[line_id],)), figures, ledger), units)
    ]


def _coins(cells: Iterable[int], figures: Sequence[int], ledger: Ledger) -> Coins:
    found = []
    for cell in cells:
        units = ledger.units[cell]
        small, larger = divmod(figures[cell], units)
        found += [(small + 1, larger), (small, units - larger)]
    return found


def _highest(coins: Coins, limit: int | None) -> Coins:
    """So many units, those with most."""
    if limit is None:
        return coins
    found = []
    for figure, units in sorted(coins, reverse=True):
        own = min(units, limit)
        limit -= own
        found.append((figure, own))
    return found


def _sum(coins: Coins) -> int:
    return sum([figure * units for figure, units in coins])


def _up(numerator: int, denominator: int) -> int:
    return -(-numerator // denominator)
