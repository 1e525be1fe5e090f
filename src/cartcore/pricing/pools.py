"""The pools of a cart: its equal units together, before anything is discounted (PR-24)."""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from functools import partial
from weakref import ref

from cartcore.cart import Cart, CartLine, places_by_key
from cartcore.values.allocation import Rounding, divide
from cartcore.values.attributes import NO_ATTRIBUTES
from cartcore.values.money import FINE_PER_MINOR, minor_of

Content = tuple[object, ...]
"""What a promotion can tell a line by, in an order that has nothing to do with the cart."""


def content_of(line: CartLine, reads: Iterable[str] = ()) -> Content:
    """What a promotion can tell a line by, in an order that has nothing to do with the cart.

    `reads` are the names of the attributes that one asks for; all others tell no units apart
    (HA-8).
    """
    return (
        line.sku,
        line.fine_price,
        line.product_id,
        line.title,
        line.options,
        line.categories,
        line.tags,
        line.weight_grams,
        line.requires_shipping,
        str(line.minimum_price),
        str(line.compare_at_price),
        line.discountable,
        bool(line.tied_to),  # the id of a promotion decides nothing (PR-31)
        *_values_of(line, reads),
    )


def _values_of(line: CartLine, reads: Iterable[str]) -> Iterable[str]:
    """The values of attributes as texts, to be sorted; empty for one that it does not have."""
    having = line.all_attributes if reads else NO_ATTRIBUTES
    return [repr(having[name]) if name in having else "" for name in sorted(reads)]


def amount_of(line: CartLine, rounding: Rounding) -> int:
    """Unit price × quantity, rounded once (PR-2)."""
    amount, fraction = divmod(line.fine_price * line.quantity, FINE_PER_MINOR)
    return divide(line.fine_price * line.quantity, FINE_PER_MINOR, rounding) if fraction else amount


def floor_of(line: CartLine, amount: int) -> int:
    """What the units of a line cannot go below together (PR-29)."""
    if not line.fine_minimum:
        return 0
    return min(amount, divide(line.fine_minimum * line.quantity, FINE_PER_MINOR, Rounding.UP))


class Pools:
    """The pools of a cart before anything is discounted, and its shipping prices. Never changes.

    Units with different values of the attributes in `reads` are in different pools (HA-8).

    In parallel lists: `line` (the first of the equal ones), `units`, `amount`, `floor`. `merged`
    has the other equal lines by id, `where` the pool of each line, `by_key` the pools by index key,
    `by_price` those that were asked for by price. `shipping_prices` are those of the shipments, and
    `total` is the sum of all.
    """

    __slots__ = (
        "amount",
        "by_key",
        "by_price",
        "excluding",
        "floor",
        "floored",
        "line",
        "merged",
        "pools",
        "reads",
        "shipping_prices",
        "total",
        "units",
        "where",
    )

    def __init__(
        self, cart: Cart, rounding: Rounding, reads: AbstractSet[str] = frozenset()
    ) -> None:
        lines = cart.lines
        self.reads = reads
        self.line = [*lines]
        self.units = [line.quantity for line in lines]
        self.amount = _amounts(lines, rounding)
        self.floor = [0] * len(lines)
        self.floored = self.excluding = False
        # One pass first: few carts have minimum prices or excluded lines.
        if any([line.fine_minimum or not line.discountable for line in lines]):  # noqa: C419
            self.floor = [floor_of(*pair) for pair in zip(lines, self.amount, strict=True)]
            self.floored = any(self.floor)
            self.excluding = not all(line.discountable for line in lines)
        self.merged: dict[str, CartLine] = {}
        self.where = {line.id: pool for pool, line in enumerate(lines)}
        self.by_key = cart.places
        if len({line.sku for line in lines}) < len(lines):
            self._merge()
        self.pools = [*range(len(self.line))]
        self.by_price: dict[str, list[int]] = {}
        code = cart.currency
        self.shipping_prices = [
            minor_of(shipment.speed.price, code) if shipment.speed else 0
            for shipment in cart.shipments
        ]
        self.total = sum(self.amount) + sum(self.shipping_prices)

    def _merge(self) -> None:
        """Put equal lines together; lines of different SKUs never are."""
        each = (self.line, self.units, self.amount, self.floor)
        self.line, self.units, self.amount, self.floor = [], [], [], []
        found: dict[Content, int] = {}
        for line, units, amount, floor in zip(*each, strict=True):
            pool = self.where[line.id] = found.setdefault(
                content_of(line, self.reads), len(self.line)
            )
            if pool < len(self.line):
                self.units[pool] += units
                self.amount[pool] += amount
                self.floor[pool] += floor
                self.merged[line.id] = line
            else:
                self.line.append(line)
                self.units.append(units)
                self.amount.append(amount)
                self.floor.append(floor)
        self.by_key = places_by_key(self.line)


def _amounts(lines: Sequence[CartLine], rounding: Rounding) -> list[int]:
    """Unit price × quantity of each line, rounded once (PR-2)."""
    fine = [line.fine_price * line.quantity for line in lines]
    amounts = [each // FINE_PER_MINOR for each in fine]
    if sum(amounts) * FINE_PER_MINOR == sum(fine):  # nothing to round, as nearly always
        return amounts
    return [divide(each, FINE_PER_MINOR, rounding) for each in fine]


# --- what the engine remembers of carts ---


_remembered: dict[int, tuple["ref[Cart]", Rounding, Pools]] = {}
"""The pools of carts that are still there, for one way of rounding and the attributes that were
read last, by the identity of the cart.

A cart that is priced again takes 30 % less time for it.
"""


def pools_of(cart: Cart, rounding: Rounding, reads: AbstractSet[str]) -> Pools:
    """The pools of a cart; made once for a cart that is priced again and again."""
    key = id(cart)
    known = _remembered.get(key)
    if known is not None and known[1] is rounding and known[2].reads == reads:
        return known[2]
    pools = Pools(cart, rounding, reads)
    # Forgotten with the cart, before anything else can have its identity.
    _remembered[key] = (ref(cart, partial(_forget, key)), rounding, pools)
    return pools


def _forget(key: int, gone: "ref[Cart]") -> None:
    known = _remembered.get(key)
    if known is not None and known[0] is gone:
        del _remembered[key]
