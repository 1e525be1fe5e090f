"""What a simulation found: frames of integers, and any single quote whole (SC-13)."""

from datetime import datetime

import attrs
import polars as pl

from cartcore.errors import NotFound
from cartcore.pricing.engine import price
from cartcore.pricing.quote import Quote
from cartcore.scenarios.carts import Carts
from cartcore.scenarios.scenario import Scenario
from cartcore.values.converters import percentage

FIGURES = ("items", "discounts", "shipping", "tax", "total")
"""The figures of an order, as columns of minor units."""

_KEYS = ("scenario", "currency")


@attrs.frozen(eq=False, repr=False)
class Run:
    """What came of pricing carts under scenarios; all amounts are integers of the minor unit.

    Attributes:
        carts: The carts that were priced.
        scenarios: The scenarios, in the order given.
        at: The instant that was priced for.
        orders: A row for each order and scenario: its currency, items before discounts, discounts,
            shipping before discounts, tax and total.
        promotions: A row for each scenario, promotion, reason and currency: how many carts it was
            so for, and the discount. The reason is "applied" where the promotion applied; all rows
            of a promotion together are the carts that it was considered for.
        how: A row for each scenario: how many carts column expressions were computed for, and how
            many `price` was called for.
        complete: False where the run was interrupted; then it has the carts that were done.
    """

    carts: Carts
    scenarios: tuple[Scenario, ...]
    at: datetime
    orders: pl.DataFrame
    promotions: pl.DataFrame
    how: pl.DataFrame
    complete: bool = True

    def __repr__(self) -> str:
        names = ", ".join(scenario.name for scenario in self.scenarios)
        state = "" if self.complete else ", interrupted"
        return f"Run({self.orders.height} prices: {names}{state})"

    def summary(self, *, cost: object = None) -> pl.DataFrame:
        """Add up the orders of each scenario: revenue, discounts, orders affected.

        Args:
            cost: What the goods cost the shop, as a percentage of their price before discounts;
                with it there is a margin: total less tax and cost, rounded half up.

        Raises:
            InvalidField: `cost` is no percentage.
        """
        wide = [pl.col(name).cast(pl.Int128).sum() for name in FIGURES]
        found = self.orders.group_by(*_KEYS, maintain_order=True).agg(
            pl.len().cast(pl.Int64).alias("orders"),
            (pl.col("discounts") > 0).sum().cast(pl.Int64).alias("affected"),
            *wide,
        )
        if cost is None:
            return found
        rate, over = percentage(cost).as_integer_ratio()
        margins = [
            total - tax - (2 * items * rate + 100 * over) // (200 * over)
            for total, tax, items in found.select("total", "tax", "items").iter_rows()
        ]
        return found.with_columns(pl.Series("margin", margins, dtype=pl.Int128))

    def quote(self, scenario: str, order: str) -> Quote:
        """Price one order again, whole, with every step explained.

        Raises:
            NotFound: there is no such scenario or order.
        """
        for each in self.scenarios:
            if each.name == scenario:
                cart = self.carts.cart(order)
                return price(cart, each.promotions, at=self.at, policy=each.policy)
        raise NotFound("scenario", scenario)
