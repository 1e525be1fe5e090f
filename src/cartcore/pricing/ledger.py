"""What is left of a cart while it is priced: integers of the minor unit, nothing else.

Equal units count as one pool, whatever lines they stand in, so that no total depends on how a cart
is written (PR-24). A pool starts as one cell. When only some of its units are discounted, the cell
is split in two, and from then on each goes its own way. Arithmetic is done on cells.
"""

from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet

import attrs

from cartcore.cart import CartLine
from cartcore.errors import InvalidField
from cartcore.pricing.pools import Content, Pools, amount_of, content_of, floor_of
from cartcore.promotions.selection import ALL_LINES, Selection
from cartcore.values.allocation import Rounding, divide
from cartcore.values.money import FINE_PER_MINOR, from_fine

_PRECISE = 10**9
_FEW = 8
_NO_POOLS: list[int] = []
_NO_CELLS: frozenset[int] = frozenset()

Share = Callable[[list[int]], None]
"""Takes its share off what is left of each cell."""


def _at_amount(line: CartLine, units: int, amount: int) -> CartLine:
    """Return a line as if so many units of it had cost this together at first."""
    fine = divide(amount * FINE_PER_MINOR, units, Rounding.HALF_UP)
    return attrs.evolve(
        line,
        quantity=units,
        unit_price=from_fine(fine, line.unit_price.currency),
        # It is no more on sale than before.
        compare_at_price=line.compare_at_price if line.on_sale else None,
    )


@attrs.define(eq=False, repr=False, weakref_slot=False)
class Ledger:
    """Cells in parallel lists, and the pools that they are parts of.

    For each cell: `line` (one of its lines), `pool` (the first cell of its pool), `units`, `amount`
    (before discounts), `left` (after those so far), `floor` (what it cannot go below), `unused`
    (the units that no quantity promotion used up, PR-13).
    `pieces` lists the cells of the pools that were split. `shipping_prices` are those of the
    shipments, `shipping_left` is what is left of each, `total_left` the sum of all that is left,
    `gross` the sum of all before any discount.

    A line that a promotion added stands here with what its own promotion left of it (PR-31):
    `line` and `amount` are as if that had been its price, and units that became free are in no
    pool that can be selected: `free` are their cells. `added` has such lines as they were, and
    their amounts, by pool. `reads` names the attributes that tell units apart (HA-8).

    What was taken off all cells together is known at once; how much of each, and so `left`, is
    worked out when it is read (see `later`). An order discount is often the last, and only its sum
    asked for.

    All but `left` is shared with the pools of the cart, and with copies, until it changes.
    """

    line: list[CartLine]
    units: list[int]
    unused: list[int]
    amount: list[int]
    floor: list[int]
    pool: list[int]
    pools: list[int]
    where: dict[str, int]
    by_key: dict[str, list[int]]
    by_price: dict[str, list[int]]
    floored: bool
    excluding: bool
    merged: dict[str, CartLine]
    shipping_prices: list[int]
    shipping_left: list[int]
    total_left: int
    gross: int
    _figures: tuple[list[int], tuple[Share, ...]]
    pieces: dict[int, list[int]]
    splits: list[tuple[int, int, int]]  # the cell, the one split off it, its floor
    added: dict[int, tuple[CartLine, int]]
    free: frozenset[int]
    gifts: frozenset[int]
    reads: AbstractSet[str]
    selected: dict[int, tuple[Selection, list[int]]]
    sorted: dict[int, tuple[Selection, list[int]]]
    _shared: bool

    @classmethod
    def of(cls, pools: Pools) -> "Ledger":
        """Return the ledger of a cart that nothing was taken off yet."""
        return cls(
            pools.line,
            pools.units,
            pools.units,
            pools.amount,
            pools.floor,
            pools.pools,
            pools.pools,
            pools.where,
            pools.by_key,
            pools.by_price,
            pools.floored,
            pools.excluding,
            pools.merged,
            pools.shipping_prices,
            pools.shipping_prices[:],
            pools.total,
            pools.total,
            (pools.amount[:], ()),
            {},
            [],
            {},
            _NO_CELLS,
            _NO_CELLS,
            pools.reads,
            {},
            {},
            True,  # noqa: FBT003  (in the order of the fields)
        )

    def copy(self) -> "Ledger":
        """Return a ledger of its own with the same figures."""
        left, shares = self._figures
        if len(shares) > _FEW:  # or each copy would work all of them out for itself
            left, shares = self.settled(), ()
        self._shared = True
        return Ledger(
            self.line,
            self.units,
            self.unused,
            self.amount,
            self.floor,
            self.pool,
            self.pools,
            self.where,
            self.by_key,
            self.by_price,
            self.floored,
            self.excluding,
            self.merged,
            self.shipping_prices,
            self.shipping_left[:],
            self.total_left,
            self.gross,
            (left[:], shares),
            self.pieces,
            self.splits,
            self.added,
            self.free,
            self.gifts,
            self.reads,
            self.selected,
            self.sorted,
            True,  # noqa: FBT003  (in the order of the fields)
        )

    def become(self, other: "Ledger") -> None:
        """Take over the figures of a copy, which must not be used any more."""
        for name in Ledger.__slots__:
            setattr(self, name, getattr(other, name))

    @property
    def left(self) -> list[int]:
        """What is left of each cell."""
        left, shares = self._figures
        return self.settled() if shares else left

    def settled(self) -> list[int]:
        """Have all shares worked out, and return what is left of each cell."""
        left, shares = self._figures
        left = left[:]
        for share in shares:
            share(left)
        # In one go, after all else: of threads that read one quote, none finds half of it done.
        self._figures = (left, ())
        return left

    def later(self, share: Share) -> None:
        """Put off what is taken off each cell: `share` does it, and gives the same every time."""
        left, shares = self._figures
        self._figures = (left, (*shares, share))

    def goods_left(self) -> int:
        """What is left of all cells together."""
        return self.total_left - sum(self.shipping_left)

    def _own(self) -> None:
        """Have lists of its own, before the first change."""
        if self._shared:
            self.line, self.units = self.line[:], self.units[:]
            self.amount, self.floor = self.amount[:], self.floor[:]
            self.pool, self.unused = self.pool[:], self.unused[:]
            self.splits = self.splits[:]
            self.pieces = {pool: cells[:] for pool, cells in self.pieces.items()}
            self._shared = False

    def add(self, line: CartLine, rounding: Rounding) -> None:
        """Add a tied line, as a pool of its own."""
        self._own()
        cell = len(self.line)
        amount = amount_of(line, rounding)
        floor = floor_of(line, amount)
        self.floored |= bool(floor)
        self.excluding |= not line.discountable
        self.line.append(line)
        self.units.append(line.quantity)
        self.unused.append(line.quantity)
        self.amount.append(amount)
        self.left.append(amount)
        self.floor.append(floor)
        self.pool.append(cell)
        self.pools = [*self.pools, cell]
        self.where = {**self.where, line.id: cell}
        self.by_price = {}
        self.by_key = {**self.by_key}
        for key in line.keys:
            self.by_key[key] = [*self.by_key.get(key, ()), cell]
        self.selected, self.sorted = {}, {}
        self.total_left += amount
        self.gross += amount

    def count_what_is_left(self, lines: Iterable[CartLine]) -> None:
        """Have tied lines count from now on with what their promotion left of them (PR-31)."""
        left = self.left
        for line in lines:
            pool = self.where[line.id]
            cells = self.pieces.get(pool, [pool])
            paid = [cell for cell in cells if left[cell]]
            whole, amount = sum(left[cell] for cell in cells), sum(self.amount[c] for c in cells)
            if paid and whole == amount:
                continue
            self.added = {**self.added, pool: (line, amount)}
            self.free |= set(cells).difference(paid)
            counted = _at_amount(line, sum(self.units[c] for c in paid), whole) if paid else line
            for cell in cells:
                self.line[cell], self.amount[cell] = counted, left[cell]
            self._forget(pool)
            if paid:
                self._find(pool)

    def with_added_in_full(self) -> "Ledger":
        """Return a copy where tied lines count as those entered by hand do (`count_gifts`).

        Its `gifts` are the cells that came free of charge.
        """
        new = self.copy()
        new._own()  # noqa: SLF001  (another ledger)
        new.free, new.gifts = frozenset(), self.free
        for pool, (line, amount) in self.added.items():
            cells = self.pieces.get(pool, [pool])
            for cell in cells:
                new.line[cell], new.amount[cell] = line, 0
            new.amount[pool] = amount
            new._forget(pool)  # noqa: SLF001
            new._find(pool)  # noqa: SLF001
        return new

    def _forget(self, pool: int) -> None:
        """Have no selection find a pool."""
        self.pools = [each for each in self.pools if each != pool]
        self.by_key = {
            key: [each for each in found if each != pool] for key, found in self.by_key.items()
        }
        self.by_price, self.selected, self.sorted = {}, {}, {}

    def _find(self, pool: int) -> None:
        """Have selections find a pool by its line."""
        self.pools = sorted([*self.pools, pool])
        self.by_key = {**self.by_key}
        for key in self.line[pool].keys:
            self.by_key[key] = sorted([*self.by_key.get(key, ()), pool])

    def quantity(self, line_id: str) -> int:
        """The units of a line, without those of equal lines. Raises KeyError."""
        line = self.merged.get(line_id) or self.line[self.where[line_id]]
        return line.quantity

    def content(self, cell: int) -> Content:
        """What a promotion can tell a cell by: ties go by it, and not by the order of the cart."""
        return content_of(self.line[cell], self.reads)

    # --- selecting ---

    def select(self, selection: Selection) -> list[int]:
        """The pools that a selection means.

        Raises:
            InvalidField: it asks for an attribute that does not tell units apart.
        """
        if selection is ALL_LINES:
            return self.pools
        if selection.only_key:
            return self.by_key.get(selection.only_key, _NO_POOLS)
        known = self.selected.get(id(selection))
        if known is not None:
            return known[1]
        if not selection.reads <= self.reads:
            expected = "one of the configuration of the promotion, as it asks for attributes"
            raise InvalidField("selection", str(selection), expected)
        line = self.line
        if selection.sees_discounts:
            # Depends on more than the lines: not remembered.
            return [p for p in self.pools if selection.matches(line[p], self.discounted(p))]
        found = [pool for pool in self.pools if selection.matches(line[pool])]
        # The selection is kept with what it found: nothing else gets its id in the meantime.
        self.selected[id(selection)] = (selection, found)
        return found

    def discounted(self, pool: int) -> bool:
        """Whether an earlier discount took something off a pool."""
        if pool in self.added and self.added[pool][0] is not self.line[pool]:
            return True
        return any(self.left[cell] < self.amount[cell] for cell in self.cells((pool,)))

    def cheapest_first(self, selection: Selection) -> list[int]:
        """The pools of a selection that can be discounted, by unit price, then content."""
        by_key = self.by_price.get(selection.only_key)
        if by_key is not None:
            return by_key
        known = self.sorted.get(id(selection))
        if known is not None:
            return known[1]
        line = self.line
        price = {p: line[p].fine_price for p in self.select(selection) if line[p].discountable}
        pools = sorted(price, key=price.__getitem__)
        if len({*price.values()}) < len(price):
            pools.sort(key=lambda pool: (price[pool], content_of(line[pool], self.reads)))
        if selection.only_key:
            self.by_price[selection.only_key] = pools
        elif not selection.sees_discounts:
            self.sorted[id(selection)] = (selection, pools)
        return pools

    def cells(self, pools: Sequence[int]) -> Sequence[int]:
        """The cells of pools."""
        pieces = self.pieces
        if not pieces:
            return pools
        free = self.free
        # Equal, and not only the same: one order, whichever object says that all are meant.
        if pools == self.pools and not free:
            return range(len(self.line))
        found = [cell for pool in pools for cell in pieces.get(pool, (pool,))]
        return [cell for cell in found if cell not in free] if free else found

    # --- units ---

    def preview_units(
        self,
        pools: Sequence[int],
        limit: int,
        units: Sequence[int] | None = None,
        last: AbstractSet[int] = _NO_CELLS,
    ) -> list[tuple[int, int]]:
        """`limit` units of the pools in their order, as (cell, units); all if there are fewer.

        Of equal units those with the most left go first, and none of which nothing is left (PR-30).
        `units` says how many of each cell may be picked; all of them, unless told otherwise. Cells
        in `last` come after all others of their pool.
        """
        found: list[tuple[int, int]] = []
        units, pieces, left = units or self.units, self.pieces, self.left
        for pool in pools:
            own = [pool]
            if pool in pieces:
                own = self._most_left_first(pieces[pool])
                if last:
                    own.sort(key=last.__contains__)
            for cell in own:
                if limit <= 0:
                    return found
                if not left[cell]:
                    continue
                taken = min(limit, units[cell])
                if taken:
                    limit -= taken
                    found.append((cell, taken))
        return found

    def _most_left_first(self, cells: Sequence[int]) -> list[int]:
        """Cells of one pool by what is left of each unit."""
        left, units = self.left, self.units
        return sorted(cells, key=lambda cell: -(left[cell] * _PRECISE // units[cell]))

    def to_pay(self, pool: int) -> int:
        """The units of a pool of which something is left to pay (PR-30)."""
        left = self.left
        return sum([self.units[cell] for cell in self.pieces.get(pool, (pool,)) if left[cell]])

    def usable(self, pool: int) -> int:
        """The units of a pool that are to be paid for and that nobody used up (PR-13, PR-30)."""
        left = self.left
        return sum([self.unused[cell] for cell in self.pieces.get(pool, (pool,)) if left[cell]])

    def used_in_part(self) -> int:
        """How many cells have units that are used up and others that are not."""
        pairs = zip(self.unused, self.units, strict=True)
        return sum([0 < unused < units for unused, units in pairs])

    def given_free(self, pool: int) -> int:
        """The units of a pool that came free of charge and are unused, where those count."""
        cells = self.pieces.get(pool, (pool,))
        return sum([self.unused[cell] for cell in cells if cell in self.gifts])

    def take_units(
        self, pools: Sequence[int], limit: int, last: AbstractSet[int] = _NO_CELLS
    ) -> list[int]:
        """The units that `preview_units` tells, as cells of just these, split where they must be.

        Of units that are alike but for it, those that are used up go first.
        """
        found = []
        for cell, units in self.preview_units(pools, limit, None, last):
            if units < self.units[cell]:
                self.split(cell, units, max(0, units - self.units[cell] + self.unused[cell]))
            found.append(cell)
        return found

    def take_unused_units(
        self, pool: int, limit: int, last: AbstractSet[int] = _NO_CELLS
    ) -> list[int]:
        """The same of one pool, of units that nobody used up, if there are enough (PR-13)."""
        if self.usable(pool) < limit:  # a plugin may name used ones
            return self.take_units((pool,), limit, last)
        found = []
        for cell, units in self.preview_units((pool,), limit, self.unused, last):
            if units < self.units[cell]:
                self.split(cell, units, units)
            found.append(cell)
        return found

    def split(self, cell: int, units: int, unused: int) -> None:
        """Leave `units` in a cell, so many of them unused, and put the others into a new one."""
        if self._shared:
            self._own()
        left, floor = self.left, self.floor[cell]
        whole, new = self.units[cell], len(left)
        self.splits.append((cell, new, floor))
        self.units[cell] = units
        self.units.append(whole - units)
        for figures in (self.amount, left):
            figure = figures[cell]
            # Rounded half up; the other units have the rest.
            figures[cell] = own = (2 * figure * units + whole) // (2 * whole)
            figures.append(figure - own)
        self.floor.append(0)
        if floor:
            # Of neither more than is left of it, or some of the floor would be lost.
            own = max(floor * units // whole, floor - left[new])
            self.floor[cell] = min(own, left[cell])
            self.floor[new] = floor - self.floor[cell]
        pool = self.pool[cell]
        self.pool.append(pool)
        self.pieces.setdefault(pool, [pool]).append(new)
        self.line.append(self.line[cell])
        self.unused.append(self.unused[cell] - unused)
        self.unused[cell] = unused

    def reached(self, cells: Iterable[int], splits: int) -> list[int]:
        """The cells as they were after so many splits, and those that were split off them since."""
        found = [*cells]
        for cell, piece, _ in self.splits[splits:]:
            if cell in found:
                found.append(piece)
        return found

    def undo_splits(self, splits: int) -> None:
        """Undo all but the first splits: nothing was taken off the cells that they made."""
        while len(self.splits) > splits:
            cell, _, floor = self.splits.pop()
            for figures in (self.units, self.unused, self.amount, self.left):
                figures[cell] += figures.pop()
            self.floor.pop()
            self.floor[cell] = floor
            self.line.pop()
            self.pieces[self.pool.pop()].pop()

    def use_up(self, uses: Sequence[tuple[str, int]], gained: AbstractSet[int]) -> bool:
        """Use units of lines up for a quantity promotion (PR-13); false if they are not left.

        First those of the cells that it discounted; of others those with the most left.
        """
        if self._shared:
            self._own()
        unused, where, pieces = self.unused, self.where, self.pieces
        for line_id, units in uses:
            pool = where.get(line_id)
            if pool is None or type(units) is not int or units < 1:
                return False
            cells: Sequence[int] = (pool,)
            if pool in pieces:
                cells = self._most_left_first(pieces[pool])
                cells.sort(key=lambda cell: cell not in gained)
            missing = units
            for cell in cells:
                if missing <= unused[cell]:
                    unused[cell] -= missing
                    break
                missing -= unused[cell]
                unused[cell] = 0
            else:
                return False
        return True
