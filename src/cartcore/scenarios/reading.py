"""From a frame of order lines to carts; what cannot be priced is told row by row (SC-2)."""

import math
import os
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import polars.selectors as cs

from cartcore.cart import LARGEST_QUANTITY
from cartcore.errors import InvalidAmount, InvalidField, UnknownCurrency
from cartcore.scenarios import refusals
from cartcore.scenarios.carts import GOOD, Carts
from cartcore.shop.speeds import ShippingSpeed
from cartcore.values.money import (
    FINE_PER_MINOR,
    FINER_DIGITS,
    LARGEST_AMOUNT,
    currency_code,
    minor_digits,
    to_fine,
)

_LARGEST = 2**63 - 1  # what a column of integers holds
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)

_Read = tuple[int | None, str | None]
"""An integer, or the reason why there is none."""


def carts_from(
    source: object,
    *,
    order: str,
    sku: str,
    quantity: str,
    unit_price: str,
    currency: str,
    title: str | None = None,
    product: str | None = None,
    categories: str | None = None,
    tags: str | None = None,
    country: str | None = None,
    channel: str | None = None,
    contact: str | None = None,
    contact_tags: str | None = None,
    orders_placed: str | None = None,
    shipping: ShippingSpeed | None = None,
    keep: Sequence[str] = (),
) -> Carts:
    """Read carts from a frame of order lines, or from a file of them (SC-2).

    A row is a line; the rows with one name of an order are its cart, in the order of the frame.
    Rows that cannot be priced are in `Carts.refused`. Of what concerns a whole order the first row
    counts. A float is read as the shortest decimal number that it stands for: 2.55 is 2.55.

    Args:
        source: A data frame of pandas or Polars, a table of Arrow or anything else that has the
            Arrow C stream interface, or the path of a Parquet or CSV file.
        order: The column with the names of orders.
        sku: The column with SKUs.
        quantity: The column with whole numbers of units, from 1.
        unit_price: The column with prices of one unit: numbers, or texts such as "2.55".
        currency: A code of ISO 4217, or the column with such codes.
        title: The column with titles; the SKU without one.
        product: The column with ids of products; the SKU without one.
        categories: The column with categories: one as text, or a list of them.
        tags: The column with tags: one as text, or a list of them.
        country: The column with the countries that orders go to.
        channel: The column with sales channels.
        contact: The column with ids of contacts.
        contact_tags: The column with the tags of contacts: one as text, or a list of them.
        orders_placed: The column with how many orders the contact has placed before.
        shipping: The shipping speed that every cart goes by.
        keep: Columns to keep for each order, to group by.

    Raises:
        InvalidField: a column that is not there, no frame, or a shipping speed in another currency
            than the carts.
    """
    frame = _frame(source)
    known = [order, sku, quantity, unit_price, *keep]
    of_goods = (title, product, categories, tags)
    of_order = (country, channel, contact, contact_tags, orders_placed)
    for name in (*known, *(each for each in (*of_goods, *of_order) if each is not None)):
        if name not in frame.columns:
            raise InvalidField("column", name, f"one of {', '.join(frame.columns)}")
    if currency in frame.columns:
        codes = frame[currency].cast(pl.String)
    else:
        codes = pl.repeat(currency_code(currency), frame.height, dtype=pl.String, eager=True)
    table = pl.DataFrame(
        {
            "row": pl.int_range(frame.height, eager=True),
            "order": _text(frame[order]),
            "sku": _text(frame[sku]),
            "currency": codes,
        }
    )
    money = pl.DataFrame({"value": frame[unit_price], "currency": codes})
    counts = pl.DataFrame({"value": frame[quantity]})
    placed = pl.lit(0, pl.Int64) if orders_placed is None else frame[orders_placed]
    table = table.with_columns(
        **_read("quantity", counts, _quantity),
        **_read("price", money, _price),
        title=_or_sku(frame, title, table["sku"]),
        product_id=_or_sku(frame, product, table["sku"]),
        categories=_texts(frame, categories),
        tags=_texts(frame, tags),
        country=_words(frame, country),
        channel=_words(frame, channel),
        contact=_words(frame, contact),
        contact_tags=_texts(frame, contact_tags),
        orders_placed=placed.cast(pl.Int64, strict=False).fill_null(0),
    )
    kept = frame.select(pl.col(name).alias(f"kept {name}") for name in keep)
    table = pl.concat([table, kept], how="horizontal") if keep else table
    named = {"order": order, "sku": sku, "quantity": quantity, "unit_price": unit_price}
    return _carts(_judged(table), frame, {**named, "currency": currency}, keep, shipping)


# --- the source ---


def _frame(source: object) -> pl.DataFrame:
    expected = "a data frame, an Arrow table, or the path of a Parquet or CSV file"
    if isinstance(source, pl.LazyFrame):
        return source.collect()
    if isinstance(source, pl.DataFrame):
        return source
    if isinstance(source, (str, os.PathLike)):
        path = Path(source)
        suffixes = {suffix.lower() for suffix in path.suffixes}
        if ".parquet" in suffixes:
            return pl.read_parquet(path)
        if ".csv" in suffixes:  # as text: what looks like a number may be a SKU
            return pl.read_csv(path, infer_schema=False)
        raise InvalidField("source", str(path), expected)
    if hasattr(source, "__arrow_c_stream__"):
        try:
            return pl.DataFrame(source)
        except Exception as error:
            raise InvalidField("source", type(source).__name__, f"readable ({error})") from error
    raise InvalidField("source", source, expected)


def _text(values: pl.Series) -> pl.Series:
    return values.cast(pl.String).replace("", None)


def _or_sku(frame: pl.DataFrame, name: str | None, skus: pl.Series) -> pl.Series:
    return skus if name is None else frame[name].cast(pl.String).fill_null(skus)


def _words(frame: pl.DataFrame, name: str | None) -> pl.Series:
    if name is None:
        return pl.repeat("", frame.height, dtype=pl.String, eager=True)
    return frame[name].cast(pl.String).fill_null("")


def _texts(frame: pl.DataFrame, name: str | None) -> pl.Series:
    """Lists of texts; a single text becomes a list, and an empty one a list of nothing."""
    kind = pl.List(pl.String)
    if name is None:
        return pl.Series([[]], dtype=kind).new_from_index(0, frame.height)
    values = frame[name]
    if isinstance(values.dtype, pl.List):
        return values.cast(kind).fill_null([]).list.drop_nulls()
    lists = [[each] if each else [] for each in values.cast(pl.String).to_list()]
    return pl.Series(lists, dtype=kind)


# --- figures ---


def _read(name: str, given: pl.DataFrame, read: Callable[..., _Read]) -> Mapping[str, pl.Series]:
    """Read each different value once: frames repeat their prices."""
    given = given.with_columns(cs.float().fill_nan(None))
    different = given.unique(maintain_order=True)
    found = [read(*row) for row in different.iter_rows()]
    figures = pl.Series([figure for figure, _ in found], dtype=pl.Int64)
    reasons = pl.Series([reason for _, reason in found], dtype=pl.String)
    known = different.with_columns(figure=figures, reason=reasons)
    joined = given.join(
        known, on=given.columns, how="left", nulls_equal=True, maintain_order="left"
    )
    return {name: joined["figure"], f"{name}_reason": joined["reason"]}


def _number(value: object) -> Decimal | str:
    """A finite number, or the reason why it is none."""
    if value is None or value == "" or (isinstance(value, float) and math.isnan(value)):
        return refusals.MISSING
    if isinstance(value, bool):
        return refusals.NOT_A_NUMBER
    if isinstance(value, float):
        value = repr(value)
    if isinstance(value, str):
        text = value.strip()
        if not _NUMBER.fullmatch(text):
            return refusals.NOT_A_NUMBER
        return Decimal(text)
    if isinstance(value, (int, Decimal)):
        number = Decimal(value)
        return number if number.is_finite() else refusals.NOT_A_NUMBER
    return refusals.NOT_A_NUMBER


def _quantity(value: object) -> _Read:
    number = _number(value)
    if isinstance(number, str):
        return None, number
    if number > LARGEST_QUANTITY:
        return None, refusals.TOO_LARGE
    if number < -LARGEST_QUANTITY:
        return None, refusals.NOT_POSITIVE
    if number != int(number):
        return None, refusals.NOT_WHOLE
    return (int(number), None) if number > 0 else (None, refusals.NOT_POSITIVE)


def _price(value: object, code: str | None) -> _Read:
    number = _number(value)
    if isinstance(number, str):
        return None, number
    if number < 0:
        return None, refusals.NEGATIVE
    try:
        digits = minor_digits(code or "") + FINER_DIGITS
        fine = to_fine(number, code or "")
    except UnknownCurrency:
        return None, refusals.UNKNOWN_CURRENCY
    except InvalidAmount:
        exponent = number.normalize().as_tuple().exponent
        finer = isinstance(exponent, int) and -exponent > digits
        return None, refusals.TOO_MANY_DIGITS if finer else refusals.TOO_LARGE
    return (fine, None) if fine <= _LARGEST else (None, refusals.TOO_LARGE)


# --- carts ---


def _judged(table: pl.DataFrame) -> pl.DataFrame:
    """Say of each row which column is at fault, and why; the first that is."""
    missing = pl.lit(refusals.MISSING)
    unknown = pl.col("price_reason") == refusals.UNKNOWN_CURRENCY
    judged = table.with_columns(
        pl.when(pl.col("order").is_null())
        .then(pl.struct(column=pl.lit("order"), reason=missing))
        .when(pl.col("sku").is_null())
        .then(pl.struct(column=pl.lit("sku"), reason=missing))
        .when(unknown)
        .then(pl.struct(column=pl.lit("currency"), reason=pl.col("price_reason")))
        .when(pl.col("quantity_reason").is_not_null())
        .then(pl.struct(column=pl.lit("quantity"), reason=pl.col("quantity_reason")))
        .when(pl.col("price_reason").is_not_null())
        .then(pl.struct(column=pl.lit("unit_price"), reason=pl.col("price_reason")))
        .when(
            pl.col("price").cast(pl.Int128) * pl.col("quantity") > LARGEST_AMOUNT * FINE_PER_MINOR
        )
        .then(pl.struct(column=pl.lit("quantity"), reason=pl.lit(refusals.TOO_LARGE)))
        .otherwise(pl.struct(column=pl.lit(""), reason=pl.lit("")))
        .alias("fault")
    ).unnest("fault")
    firsts = (
        judged.filter(pl.col("column") == "")
        .group_by("order", maintain_order=True)
        .agg(pl.col("currency").first().alias("first"))
    )
    judged = judged.join(firsts, on="order", how="left", maintain_order="left")
    foreign = (pl.col("column") == "") & (pl.col("currency") != pl.col("first"))
    return judged.with_columns(
        column=pl.when(foreign).then(pl.lit("currency")).otherwise("column"),
        reason=pl.when(foreign).then(pl.lit(refusals.OTHER_CURRENCY)).otherwise("reason"),
    )


def _carts(
    judged: pl.DataFrame,
    frame: pl.DataFrame,
    named: Mapping[str, str],
    keep: Sequence[str],
    shipping: ShippingSpeed | None,
) -> Carts:
    good = judged.filter(pl.col("column") == "")
    ones = ("currency", "country", "channel", "contact", "contact_tags", "orders_placed")
    orders = (
        good.group_by("order", maintain_order=True)
        .agg(
            *(pl.col(name).first() for name in ones),
            *(pl.col(f"kept {name}").first() for name in keep),
        )
        .with_row_index("cart")
        .with_columns(pl.col("cart").cast(pl.Int64))
        .rename({f"kept {name}": name for name in keep})
    )
    if shipping is not None:
        own = shipping.price.currency.code
        others = orders.filter(pl.col("currency") != own)["currency"].to_list()
        if others:
            raise InvalidField("shipping", own, f"in the currency of the carts ({others[0]})")
    lines = (
        good.join(orders.select("order", "cart"), on="order", how="left", maintain_order="left")
        .with_columns(place=pl.int_range(pl.len()).over("cart"))
        .select("cart", "place", "row", "quantity", "sku", "price", "currency")
    )
    lines = lines.with_columns(good[name] for name in ("title", "product_id", "categories", "tags"))
    lines = lines.with_columns(good=_goods(lines)).sort("cart", "place")
    return Carts(lines, orders, _refused(judged, frame, named), frame.height, shipping)


def _goods(lines: pl.DataFrame) -> pl.Series:
    """Number the goods: lines that promotions cannot tell apart, but for quantities, have one."""
    lists = [name for name in ("categories", "tags") if lines[name].list.len().max()]
    keys = lines.select(
        *(name for name in GOOD if lines.schema[name] != pl.List(pl.String)),
        *(pl.struct(name).rank("dense").alias(name) for name in lists),
    )
    numbers = keys.unique(maintain_order=True).with_row_index("good")
    found = keys.join(numbers, on=keys.columns, how="left", maintain_order="left")
    return found["good"].cast(pl.Int64)


def _refused(judged: pl.DataFrame, frame: pl.DataFrame, named: Mapping[str, str]) -> pl.DataFrame:
    bad = judged.filter(pl.col("column") != "").select("row", "column", "reason")
    values: list[str | None] = []
    for row, column in bad.select("row", "column").iter_rows():
        value: Any = frame[row, named[column]] if named[column] in frame.columns else None
        values.append(None if value is None else str(value))
    names = bad["column"].replace_strict(dict(named), return_dtype=pl.String)
    value = pl.Series("value", values, dtype=pl.String)
    return bad.with_columns(names, value).select("row", "column", "value", "reason")
