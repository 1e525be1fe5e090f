"""Carts as they are when a promotion has its turn, in columns (SC-12)."""

from collections.abc import Mapping
from datetime import datetime

import attrs
import polars as pl
from moneyed import Money

from cartcore.scenarios.columns import Columns, all_of
from cartcore.shop.product import Product
from cartcore.values.money import minor_of


@attrs.frozen(eq=False)
class State:
    """What is left of the goods and of the shipping of each cart, and what does not change.

    `at` is the instant that each cart is priced for.
    """

    columns: Columns
    goods: pl.Series
    shipping: pl.Series
    currency: str
    at: pl.Series
    products: Mapping[str, Product]

    @classmethod
    def start(
        cls, columns: Columns, currency: str, at: datetime | None, products: Mapping[str, Product]
    ) -> "State":
        """Before any promotion."""
        shipping = all_of(columns.shipping, len(columns))
        instants = columns.carts.instants(at)
        return cls(columns, columns.amount, shipping, currency, instants, products)

    def __len__(self) -> int:
        return len(self.goods)

    def minor(self, money: Money) -> int:
        """An amount, in minor units."""
        return minor_of(money, self.currency)

    def text(self, value: str) -> pl.Series:
        """One text for every cart."""
        return pl.repeat(value, len(self), dtype=pl.String, eager=True)
