"""The figures of orders, and their sums (SC-13)."""

from decimal import Decimal

import polars as pl

FIGURES = ("items", "discounts", "shipping", "tax", "net", "gross", "total")
"""The figures of an order, as columns of minor units."""


def added_up(orders: pl.DataFrame, by: tuple[str, ...], cost: Decimal | None) -> pl.DataFrame:
    """Add up orders, beyond 64 bits where it must be; with a cost in percent, a margin."""
    wide = [pl.col(name).cast(pl.Int128).sum() for name in FIGURES]
    found = orders.group_by(*by, maintain_order=True).agg(
        pl.len().cast(pl.Int64).alias("orders"),
        (pl.col("discounts") > 0).sum().cast(pl.Int64).alias("affected"),
        *wide,
    )
    if cost is None:
        return found
    rate, over = cost.as_integer_ratio()
    margins = [
        net - (2 * items * rate + 100 * over) // (200 * over)
        for net, items in found.select("net", "items").iter_rows()
    ]
    return found.with_columns(pl.Series("margin", margins, dtype=pl.Int128))
