"""From rows that were read to carts, and to what is told of rows that cannot be priced (SC-2)."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from cartcore.scenarios import refusals
from cartcore.scenarios.carts import Carts
from cartcore.scenarios.instants import INSTANT
from cartcore.shop.address import country_names
from cartcore.values.money import FINE_PER_MINOR, LARGEST_AMOUNT

_LARGEST_LINE = LARGEST_AMOUNT * FINE_PER_MINOR


def grouped(
    table: pl.DataFrame,
    frame: pl.DataFrame,
    named: Mapping[str, str | None],
    keep: Sequence[str],
    told_apart: Sequence[str],
) -> Carts:
    """Return carts of the rows that can be priced, and tell of the others what is at fault.

    Args:
        table: What was read of each row: figures, each with a reason where there is none, texts,
            and columns to keep, called "kept …".
        frame: The source.
        named: The columns of the source, by what they say.
        keep: The columns to keep.
        told_apart: What, beside SKU and price, may tell goods apart.
    """
    bad = _bad(table)
    refused, good = table.filter(bad), table.filter(~bad)
    judged = _judged(refused).select("row", "column", "reason")
    good = good.with_columns(cart=_numbered(good["order"]))
    if named["currency"] in frame.columns:
        firsts = good.unique("cart", keep="first", maintain_order=True)["currency"]
        foreign = good["currency"] != firsts.gather(good["cart"])
        judged = pl.concat([judged, _as_foreign(good.filter(foreign))]).sort("row")
        good = good.filter(~foreign)
    if not good["cart"].is_sorted():
        good = good.sort("cart", maintain_order=True)
    starts = (good["cart"] != good["cart"].shift()).fill_null(value=True).arg_true()
    place = pl.int_range(good.height, eager=True) - starts.cast(pl.Int64).gather(good["cart"])
    lines = good.select(
        *(pl.col("cart"), place.alias("place"), "row", "quantity", "sku", "price", "currency"),
        *("title", "product_id", "categories", "tags"),
        good=_goods(good, told_apart),
    )
    one = good[starts]
    orders = one.select(
        *("cart", "order", "currency"),
        *(pl.col(name) if name in one.columns else each for name, each in _NOT_TOLD.items()),
        *(pl.col(f"kept {name}").alias(name) for name in keep),
    )
    return Carts(lines, orders, _refused(judged, frame, named), frame.height)


_NOT_TOLD = {
    **{name: pl.lit("").alias(name) for name in ("country", "channel", "contact")},
    "contact_tags": pl.lit([], dtype=pl.List(pl.String)).alias("contact_tags"),
    "orders_placed": pl.lit(0, dtype=pl.Int64).alias("orders_placed"),
    "placed_at": pl.lit(None, dtype=INSTANT).alias("placed_at"),
}
"""What stands in `Carts.orders` where no column says it."""


def _numbered(orders: pl.Series) -> pl.Series:
    """Number the orders from 0, in the sequence in which they come first."""
    runs = orders.rle_id().cast(pl.Int64)
    if not len(orders) or runs[-1] + 1 == orders.n_unique():  # usual, and several times as fast
        return runs
    names = orders.to_frame()
    numbers = names.unique(maintain_order=True).with_row_index("cart")
    return names.join(numbers, on="order", maintain_order="left")["cart"].cast(pl.Int64)


def _bad(table: pl.DataFrame) -> pl.Series:
    """Which rows cannot be priced."""
    faults = [pl.col("order").is_null(), pl.col("sku").is_null()]
    faults += [pl.col(name).is_not_null() for name in table.columns if name.endswith("_reason")]
    if "country" in table.columns:
        faults.append(~_is_country())
    largest = (table["price"].max() or 0, table["quantity"].max() or 0)
    if int(str(largest[0])) * int(str(largest[1])) > _LARGEST_LINE:
        faults.append(_is_too_large())
    return table.select(pl.any_horizontal(faults).fill_null(value=False)).to_series()


def _is_country() -> pl.Expr:
    return pl.col("country").is_in(["", *country_names()])


def _is_too_large() -> pl.Expr:
    return pl.col("price").cast(pl.Int128) * pl.col("quantity") > _LARGEST_LINE


def _judged(refused: pl.DataFrame) -> pl.DataFrame:
    """Say of each row that cannot be priced which column is the first at fault, and why."""
    missing = pl.lit(refusals.MISSING)
    of_price = pl.col("price_reason")
    faults: list[tuple[str, pl.Expr, pl.Expr]] = [
        ("order", pl.col("order").is_null(), missing),
        ("sku", pl.col("sku").is_null(), missing),
        ("currency", pl.col("currency").is_null(), missing),
        ("currency", of_price == refusals.UNKNOWN_CURRENCY, of_price),
        ("quantity", pl.col("quantity_reason").is_not_null(), pl.col("quantity_reason")),
        ("unit_price", of_price.is_not_null(), of_price),
    ]
    for name in ("orders_placed", "placed_at"):
        if name in refused.columns:
            reason = pl.col(f"{name}_reason")
            faults.append((name, reason.is_not_null(), reason))
    if "country" in refused.columns:
        faults.append(("country", ~_is_country(), pl.lit(refusals.UNKNOWN_COUNTRY)))
    faults.append(("quantity", pl.lit(value=True), pl.lit(refusals.TOO_LARGE)))
    return refused.with_columns(
        column=pl.coalesce(pl.when(holds).then(pl.lit(name)) for name, holds, _ in faults),
        reason=pl.coalesce(pl.when(holds).then(reason) for _, holds, reason in faults),
    )


def _as_foreign(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select("row", column=pl.lit("currency"), reason=pl.lit(refusals.OTHER_CURRENCY))


def _goods(lines: pl.DataFrame, told_apart: Sequence[str]) -> pl.Series:
    """Number the goods: lines that promotions cannot tell apart, but for quantities, have one."""
    kind = pl.List(pl.String)
    keys = lines.select(
        *("sku", "price", "currency"),
        *(
            pl.struct(name).rank("dense").alias(name) if lines.schema[name] == kind else name
            for name in told_apart
        ),
    )
    keys = keys.drop("currency") if keys["currency"].n_unique() <= 1 else keys
    numbers = keys.unique(maintain_order=True).with_row_index("good")
    found = keys.join(numbers, on=keys.columns, how="left", maintain_order="left")
    return found["good"].cast(pl.Int64)


def _refused(
    bad: pl.DataFrame, frame: pl.DataFrame, named: Mapping[str, str | None]
) -> pl.DataFrame:
    values: list[str | None] = []
    for row, column in bad.select("row", "column").iter_rows():
        name = named[column]
        value: Any = frame[row, name] if name in frame.columns else None
        plain = value.to_list() if isinstance(value, pl.Series) else value
        values.append(None if plain is None else str(plain))
    names = bad["column"].replace_strict(dict(named), return_dtype=pl.String)
    value = pl.Series("value", values, dtype=pl.String)
    return bad.with_columns(names, value).select("row", "column", "value", "reason")
