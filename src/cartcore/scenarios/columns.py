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
        whole, part = pl.col("price") // FINE_PER_MINOR, pl.col("price") % FINE_PER_MINOR
        # Unit price × quantity, rounded half up once for each line (PR-2).
        amount = (
            whole * pl.col("quantity")
            + (part * pl.col("quantity") + FINE_PER_MINOR // 2) // FINE_PER_MINOR
        )
        lines = carts.lines.select(
            "cart", "good", "quantity", "product_id", "price", amount=amount, finer=part != 0
        )
        self.orders = carts.orders
        found = lines.group_by("cart").agg(
            pl.col("amount").cast(pl.Float64).sum(), pl.col("finer").any()
        )
        found = self.orders.select("cart").join(found, on="cart", how="left", maintain_order="left")
        # The first look at sums, in floats: what is near the end of 64 bits is not added up here.
        self.near, self.finer = found["amount"], found["finer"]
        places = self.orders.select("cart").with_row_index("at").cast(pl.Int64)
        self._lines = lines.join(places, on="cart", how="left", maintain_order="left")
        self._measured: dict[Selection, tuple[pl.Series, ...]] = {}
        self._units: dict[Selection, Units] = {}

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
        return self.measured(ALL_LINES)[0]

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

    def measured(self, selection: Selection) -> tuple[pl.Series, ...]:
        """Amount, units, different products and lines of a selection, for each cart."""
        if selection not in self._measured:
            sums = (
                self._among(selection)
                .group_by("at")
                .agg(
                    pl.col("amount", "quantity").sum(),
                    products=pl.col("product_id").n_unique().cast(pl.Int64),
                    lines=pl.len().cast(pl.Int64),
                )
            )
            names = ("amount", "quantity", "products", "lines")
            self._measured[selection] = tuple(
                by_cart(sums["at"], sums[name], len(self.near)) for name in names
            )
        return self._measured[selection]

    def units(self, selection: Selection) -> "Units":
        """The units of a selection that cost something (PR-30), in the order of their prices."""
        if selection not in self._units:
            self._units[selection] = Units(self._among(selection), len(self.near))
        return self._units[selection]

    def having(self, keys: frozenset[str]) -> pl.Series | None:
        """TakenFirst carts have a line with one of these keys; None if all do that need none."""
        if not keys:
            return None
        chosen = frozenset(i for i, line in self._goods.items() if not keys.isdisjoint(line.keys))
        having = self._lines.filter(_is_one_of("good", chosen))["cart"].unique()
        return self.orders["cart"].is_in(having.implode())

    def no_shipping_reason(self, speeds: tuple[str, ...]) -> str:
        """Why speeds discount nothing; empty if every cart goes by one of them."""
        speed = self._carts.shipping
        if speed is None:
            return reasons.NO_SPEED_CHOSEN
        return "" if not speeds or speed.code in speeds else reasons.OTHER_SPEED


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
            .with_columns(end=pl.col("quantity").cum_sum().over("at"))
        )
        self._carts = carts
        self.at, self.price, self.quantity = rows["at"], rows["price"], rows["quantity"]
        self._end = rows["end"]
        self.total = self.by_cart(self.quantity)

    def by_cart(self, figures: pl.Series) -> pl.Series:
        """Add up figures of rows for each cart."""
        return by_cart_sum(self.at, figures, self._carts)

    def ends(self, which: TakenFirst) -> pl.Series:
        """The place of the last unit of each row in its cart, the cheapest or dearest first."""
        if which is TakenFirst.CHEAPEST:
            return self._end
        return self.total.gather(self.at) - self._end + self.quantity

    def first(self, count: pl.Series, which: TakenFirst) -> pl.Series:
        """How many units of each row are among so many of its cart, the `which` first."""
        room = count.gather(self.at) - (self.ends(which) - self.quantity)
        return most(least(room, self.quantity), 0)


def by_cart(at: pl.Series, figures: pl.Series, carts: int) -> pl.Series:
    """Figures of some carts, at their places among all; 0 for the others."""
    return all_of(0, carts).scatter(at, figures)


def by_cart_sum(at: pl.Series, figures: pl.Series, carts: int) -> pl.Series:
    """Add up figures of rows for each cart; 0 for carts without a row."""
    sums = pl.DataFrame({"at": at, "figure": figures}).group_by("at").agg(pl.col("figure").sum())
    return by_cart(sums["at"], sums["figure"], carts)


def _is_one_of(column: str, numbers: frozenset[int]) -> pl.Expr:
    return pl.col(column).is_in(pl.Series([*numbers], dtype=pl.Int64).implode())
