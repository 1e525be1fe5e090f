"""Carts in columns of integers, and what expressions ask of them, each once (SC-12)."""

from functools import cached_property

import polars as pl

from cartcore.cart import CartLine
from cartcore.promotions import reasons
from cartcore.promotions.offer import TakenFirst
from cartcore.promotions.selection import ALL_LINES, Selection
from cartcore.scenarios.carts import Carts
from cartcore.values.money import FINE_PER_MINOR, minor_of


def where(mask: pl.Series, then: pl.Series, otherwise: pl.Series) -> pl.Series:
    """Return one series where a mask holds, and another one elsewhere."""
    return then.zip_with(mask, otherwise)


def least(one: pl.Series, other: pl.Series | int) -> pl.Series:
    """Return the smaller of two figures, row by row."""
    bound = all_of(other, len(one)) if isinstance(other, int) else other
    return where(one <= bound, one, bound)


def most(one: pl.Series, other: int) -> pl.Series:
    """Return the larger of two figures, row by row."""
    return where(one >= other, one, all_of(other, len(one)))


def all_of(value: int, height: int) -> pl.Series:
    """Return one figure for every row."""
    return pl.repeat(value, height, dtype=pl.Int64, eager=True)


class Columns:
    """Carts with a row each; what was measured of them is kept."""

    def __init__(self, carts: Carts) -> None:
        self._carts = carts
        self.orders = carts.orders
        lines = carts.lines
        whole, part = lines["price"] // FINE_PER_MINOR, lines["price"] % FINE_PER_MINOR
        quantity = lines["quantity"]
        self._finer = part != 0
        amount = whole * quantity
        if self._finer.any():
            # Unit price × quantity, rounded half up once for each line (PR-2).
            amount += (part * quantity + FINE_PER_MINOR // 2) // FINE_PER_MINOR
        self._lines = lines.select("good", "quantity", "product_id", "price").with_columns(
            amount.alias("amount"), self._places().alias("at")
        )
        self._measured: dict[Selection, Measured] = {}
        self._units: dict[Selection, Units] = {}

    def __len__(self) -> int:
        return self.orders.height

    def _places(self) -> pl.Series:
        """The place of the cart that each line belongs to, among all; they are sorted by it."""
        numbers, of_lines = self.orders["cart"], self._carts.lines["cart"]
        if numbers.is_empty():
            return of_lines
        first: int = numbers[0]
        if numbers[-1] - first + 1 == len(numbers):  # usual: none is left out
            return of_lines - first
        return numbers.search_sorted(of_lines).cast(pl.Int64)

    @cached_property
    def finer(self) -> pl.Series:
        """Which carts have a price that is finer than the minor unit."""
        finer = self._lines.filter(self._finer)["at"].unique()
        none = pl.repeat(False, len(self), dtype=pl.Boolean, eager=True)  # noqa: FBT003
        return none.scatter(finer, values=True)

    def within(self, largest: int) -> pl.Series:
        """Which carts have a sum that is no larger; floats, as no integer may hold it."""
        amounts = self._lines["amount"].cast(pl.Float64)
        if amounts.sum() <= largest:  # nearly always: then each of them is
            return pl.repeat(True, len(self), dtype=pl.Boolean, eager=True)  # noqa: FBT003
        sums = pl.DataFrame({"at": self._lines["at"], "amount": amounts}).group_by("at").sum()
        return zero(len(self), pl.Float64).scatter(sums["at"], sums["amount"]) <= largest

    @cached_property
    def _goods(self) -> dict[int, CartLine]:
        """Made only for sets that select: thousands of lines take longer than all the sums."""
        return self._carts.goods()

    @property
    def shipping(self) -> int:
        """The price of shipping each cart."""
        speed = self._carts.shipping
        return 0 if speed is None else minor_of(speed.price, speed.price.currency.code)

    @property
    def amount(self) -> pl.Series:
        """What the goods of each cart cost before all discounts."""
        return self.measured(ALL_LINES).amount

    @property
    def carts(self) -> Carts:
        """The carts that these columns are of."""
        return self._carts

    def only(self, mask: pl.Series) -> "Columns":
        """Return the carts that a mask holds for."""
        if mask.all():
            return self
        other = Columns(self._carts.numbered(self.orders["cart"].filter(mask)))
        if "_goods" in self.__dict__:
            other.__dict__["_goods"] = self._goods
        return other

    def goods(self, selection: Selection) -> frozenset[int]:
        """The numbers of the goods that a selection means."""
        return frozenset(i for i, line in self._goods.items() if selection.matches(line))

    def _among(self, selection: Selection) -> pl.DataFrame:
        if selection == ALL_LINES:
            return self._lines
        return self._lines.filter(_is_one_of("good", self.goods(selection)))

    def measured(self, selection: Selection) -> "Measured":
        """What there is of a selection in each cart."""
        if selection not in self._measured:
            self._measured[selection] = Measured(self._among(selection), len(self))
        return self._measured[selection]

    def units(self, selection: Selection) -> "Units":
        """The units of a selection that cost something (PR-30), in the order of their prices."""
        if selection not in self._units:
            self._units[selection] = Units(self._among(selection), len(self))
        return self._units[selection]

    def of_product(self, product_id: str) -> pl.Series:
        """How many units of a product each cart has."""
        return Measured(self._lines.filter(pl.col("product_id") == product_id), len(self)).quantity

    def having(self, keys: frozenset[str]) -> pl.Series | None:
        """TakenFirst carts have a line with one of these keys; None if all do that need none."""
        if not keys:
            return None
        chosen = frozenset(i for i, line in self._goods.items() if not keys.isdisjoint(line.keys))
        having = self._lines.filter(_is_one_of("good", chosen))["at"].unique()
        none = pl.repeat(False, len(self), dtype=pl.Boolean, eager=True)  # noqa: FBT003
        return none.scatter(having, values=True)

    def no_shipping_reason(self, speeds: tuple[str, ...]) -> str:
        """Why speeds discount nothing; empty if every cart goes by one of them."""
        speed = self._carts.shipping
        if speed is None:
            return reasons.NO_SPEED_CHOSEN
        return "" if not speeds or speed.code in speeds else reasons.OTHER_SPEED


class Measured:
    """Sums of some lines for each cart, each when it is first asked for."""

    def __init__(self, lines: pl.DataFrame, carts: int) -> None:
        self._lines = lines
        self._runs = Runs(lines["at"], carts)

    @cached_property
    def amount(self) -> pl.Series:
        """What they cost before all discounts."""
        return self._runs.sums(self._lines["amount"])

    @cached_property
    def quantity(self) -> pl.Series:
        """How many units there are."""
        return self._runs.sums(self._lines["quantity"])

    @cached_property
    def products(self) -> pl.Series:
        """How many different products there are."""
        different = self._lines.select("at", "product_id").unique(maintain_order=True)["at"]
        return Runs(different, self._runs.carts).lengths

    @cached_property
    def lines(self) -> pl.Series:
        """How many lines there are."""
        return self._runs.lengths


class Units:
    """Units of carts whose prices are whole minor units: a row for the equal ones of a cart.

    Attributes:
        at: The place of the cart that a row belongs to.
        price: The price of one unit, in minor units.
        quantity: How many units a row has.
        total: How many units each cart has.
    """

    def __init__(self, lines: pl.DataFrame, carts: int) -> None:
        rows = (
            lines.filter(pl.col("price") > 0)
            .group_by("at", "good")
            .agg(pl.col("quantity").sum(), (pl.col("price").first() // FINE_PER_MINOR))
            .sort("at", "price")
        )
        self.at, self.price, self.quantity = rows["at"], rows["price"], rows["quantity"]
        self._runs = Runs(self.at, carts)
        self.total = self.by_cart(self.quantity)
        before = self.total.cum_sum() - self.total
        self._end = self.quantity.cum_sum() - before.gather(self.at)

    def by_cart(self, figures: pl.Series) -> pl.Series:
        """Add up figures of rows for each cart."""
        return self._runs.sums(figures)

    def ends(self, which: TakenFirst) -> pl.Series:
        """The place of the last unit of each row in its cart, the cheapest or dearest first."""
        if which is TakenFirst.CHEAPEST:
            return self._end
        return self.total.gather(self.at) - self._end + self.quantity

    def first(self, count: pl.Series, which: TakenFirst) -> pl.Series:
        """How many units of each row are among so many of its cart, the `which` first."""
        room = count.gather(self.at) - (self.ends(which) - self.quantity)
        return most(least(room, self.quantity), 0)


class Runs:
    """Rows that are sorted by cart: a sum is the difference of two running totals.

    That takes a fifth of the time of grouping. Running totals of all carts may go past 64 bits:
    they wrap around, and so do their differences, so that the sum of a cart is right if it is
    within 64 bits itself.
    """

    def __init__(self, at: pl.Series, carts: int) -> None:
        self._ends = (at != at.shift(-1)).fill_null(value=True).arg_true()
        self._carts_of_ends = at.gather(self._ends)
        self.carts = carts

    def sums(self, figures: pl.Series) -> pl.Series:
        """Add up figures of rows for each cart; 0 for carts without a row."""
        totals = figures.cum_sum().gather(self._ends)
        return self._placed(totals - totals.shift(fill_value=0))

    @cached_property
    def lengths(self) -> pl.Series:
        """How many rows each cart has."""
        ends = self._ends.cast(pl.Int64) + 1
        return self._placed(ends - ends.shift(fill_value=0))

    def _placed(self, figures: pl.Series) -> pl.Series:
        if len(figures) == self.carts:
            return figures
        return zero(self.carts, pl.Int64).scatter(self._carts_of_ends, figures)


def zero(height: int, kind: type[pl.DataType]) -> pl.Series:
    """Return nothing but zeros."""
    return pl.repeat(0, height, dtype=kind, eager=True)


def _is_one_of(column: str, numbers: frozenset[int]) -> pl.Expr:
    return pl.col(column).is_in(pl.Series([*numbers], dtype=pl.Int64).implode())
