"""The figures of orders, and their sums (SC-13)."""

from decimal import Decimal

import polars as pl

from cartcore.values.money import from_minor, show
from cartcore.values.notebooks import Rows

FIGURES = ("items", "discounts", "shipping", "tax", "net", "gross", "total")
"""The figures of an order, as columns of minor units."""


def added_up(orders: pl.DataFrame, by: tuple[str, ...], cost: Decimal | None) -> pl.DataFrame:
    """Add up orders, in 128 bits; with a cost in percent, a margin."""
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


def narrowed(sums: pl.DataFrame) -> pl.DataFrame:
    """Return sums in 64 bits where they fit: pandas and files of Parquet know no wider ones."""
    wide = [name for name, kind in sums.schema.items() if kind == pl.Int128]
    fit = [name for name in wide if sums[name].is_between(-(2**63), 2**63 - 1).all()]
    return sums.cast(dict.fromkeys(fit, pl.Int64))


def in_money(sums: pl.DataFrame, amounts: tuple[str, ...]) -> Rows:
    """Rows for people: amounts of minor units with their currency, a header for each column."""
    names = [name for name in sums.columns if name != "currency"]
    yield [name.replace("_", " ").capitalize() for name in names]
    for row in sums.iter_rows(named=True):
        yield [
            show(from_minor(row[name], row["currency"])) if name in amounts else f"{row[name]}"
            for name in names
        ]
