"""From a frame of order lines to carts; what cannot be priced is told row by row (SC-2)."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import attrs
import polars as pl
import polars.selectors as cs

from cartcore.cart import LARGEST_QUANTITY
from cartcore.errors import InvalidAmount, InvalidField, UnknownCurrency
from cartcore.scenarios import refusals
from cartcore.scenarios.carts import GOOD, Carts
from cartcore.scenarios.sources import frame_of
from cartcore.shop.address import country_names
from cartcore.shop.speeds import ShippingSpeed
from cartcore.values.money import (
    FINE_PER_MINOR,
    FINER_DIGITS,
    LARGEST_AMOUNT,
    currency_code,
    minor_digits,
    to_fine,
)
from cartcore.values.readers import flag, tuple_of

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
    prices_include_tax: bool = False,
    keep: Sequence[str] = (),
) -> Carts:
    """Read carts from a frame of order lines, or from a file of them (SC-2).

    A row is a line; the rows with one name of an order are its cart, in the order of the frame.
    Rows that cannot be priced are in `Carts.refused`. Of what concerns a whole order the first row
    counts. A float is read as the shortest decimal number that it stands for: 2.55 is 2.55.

    Args:
        source: A data frame of pandas or Polars, a table of Arrow or anything else that has the
            Arrow C stream interface, a list of dicts, a dict of columns, or the path of a Parquet
            or CSV file.
        order: The column with the names of orders.
        sku: The column with SKUs.
        quantity: The column with whole numbers of units, from 1.
        unit_price: The column with prices of one unit: numbers, or texts such as "2.55".
        currency: A code of ISO 4217, or the column with such codes.
        title: The column with titles; the SKU without one.
        product: The column with ids of products; the SKU without one.
        categories: The column with categories: one as text, or a list of them.
        tags: The column with tags: one as text, or a list of them.
        country: The column with the countries that orders go to, codes of ISO 3166-1.
        channel: The column with sales channels.
        contact: The column with ids of contacts.
        contact_tags: The column with the tags of contacts: one as text, or a list of them.
        orders_placed: The column with how many orders the contact has placed before; where
            nothing stands, 0.
        shipping: The shipping speed that every cart goes by.
        prices_include_tax: Whether prices have the tax in them; it matters where a scenario has a
            tax calculator (TX-3).
        keep: Columns to keep for each order, to group by.

    Raises:
        InvalidField: a column that is not there, or that cannot be kept under its name, no frame,
            a file that cannot be read, or a shipping speed in another currency than the carts.
    """
    frame = frame_of(source)
    named = {"order": order, "sku": sku, "quantity": quantity, "unit_price": unit_price}
    of_order = {
        "country": country,
        "channel": channel,
        "contact": contact,
        "contact_tags": contact_tags,
        "orders_placed": orders_placed,
    }
    keep = _kept(keep, {"order": order, **of_order})
    told = (*of_order.values(), title, product, categories, tags)
    for name in (*named.values(), *keep, *(each for each in told if each is not None)):
        if name not in frame.columns:
            known = ", ".join(frame.columns)
            expected = f"one of {known}" if known else "one of the source, which has no columns"
            raise InvalidField("column", name, expected)
    texts = (order, sku, currency, title, product, country, channel, contact)
    for name in frame.columns:
        if name not in texts:
            continue
        if frame.schema[name].is_nested() or frame.schema[name] in {pl.Binary, pl.Object}:
            raise InvalidField("column", name, "a column of texts or numbers")
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
    placed = pl.DataFrame({"value": pl.repeat(0, frame.height, dtype=pl.Int64, eager=True)})
    if orders_placed is not None:
        placed = pl.DataFrame({"value": frame[orders_placed]})
    table = table.with_columns(
        **_read("quantity", counts, _quantity),
        **_read("price", money, _price),
        **_read("orders_placed", placed, _count),
        title=_or_sku(frame, title, table["sku"]),
        product_id=_or_sku(frame, product, table["sku"]),
        categories=_texts(frame, categories),
        tags=_texts(frame, tags),
        country=_words(frame, country),
        channel=_words(frame, channel),
        contact=_words(frame, contact),
        contact_tags=_texts(frame, contact_tags),
    )
    kept = frame.select(pl.col(name).alias(f"kept {name}") for name in keep)
    table = pl.concat([table, kept], how="horizontal") if keep else table
    names = {**named, **of_order, "currency": currency}
    carts = _carts(_judged(table), frame, names, keep, shipping)
    return attrs.evolve(carts, prices_include_tax=flag(prices_include_tax, "prices_include_tax"))


def _kept(keep: Sequence[str], named: Mapping[str, str | None]) -> list[str]:
    """The columns to keep, once each, without those that `Carts.orders` has anyway."""
    found = []
    for name in dict.fromkeys(tuple_of(str, "keep", keep)):
        if name not in {"cart", "currency", *named}:
            found.append(name)
        elif named.get(name) != name:
            taken = f"no column called {name}, as `orders` has one of its own: rename it"
            raise InvalidField("keep", name, taken)
    return found


# --- texts ---


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
        filled = pl.element().filter(pl.element().str.strip_chars() != "")
        return values.cast(kind).fill_null([]).list.drop_nulls().list.eval(filled)
    texts = values.cast(pl.String).fill_null("").to_list()
    lists = [[each] if each.strip() else [] for each in texts]
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


def _count(value: object) -> _Read:
    number = _number(value)
    if number == refusals.MISSING:  # nothing is known of former orders
        return 0, None
    if isinstance(number, str):
        return None, number
    if number < 0:
        return None, refusals.NEGATIVE
    if number > _LARGEST:
        return None, refusals.TOO_LARGE
    return (int(number), None) if number == int(number) else (None, refusals.NOT_WHOLE)


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
        .when(pl.col("orders_placed_reason").is_not_null())
        .then(pl.struct(column=pl.lit("orders_placed"), reason=pl.col("orders_placed_reason")))
        .when(~pl.col("country").is_in(["", *country_names()]))
        .then(pl.struct(column=pl.lit("country"), reason=pl.lit(refusals.UNKNOWN_COUNTRY)))
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
    named: Mapping[str, str | None],
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


def _refused(
    judged: pl.DataFrame, frame: pl.DataFrame, named: Mapping[str, str | None]
) -> pl.DataFrame:
    bad = judged.filter(pl.col("column") != "").select("row", "column", "reason")
    values: list[str | None] = []
    for row, column in bad.select("row", "column").iter_rows():
        name = named[column]
        value: Any = frame[row, name] if name in frame.columns else None
        values.append(None if value is None else str(value))
    names = bad["column"].replace_strict(dict(named), return_dtype=pl.String)
    value = pl.Series("value", values, dtype=pl.String)
    return bad.with_columns(names, value).select("row", "column", "value", "reason")
