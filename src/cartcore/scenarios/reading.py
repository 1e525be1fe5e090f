"""From a frame of order lines to carts; what cannot be priced is told row by row (SC-2)."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

import attrs
import polars as pl
import polars.selectors as cs

from cartcore.cart import LARGEST_QUANTITY
from cartcore.errors import InvalidAmount, InvalidField, UnknownCurrency
from cartcore.scenarios import refusals
from cartcore.scenarios.carts import Carts
from cartcore.scenarios.grouping import grouped
from cartcore.scenarios.instants import INSTANT, instants_read
from cartcore.scenarios.sources import frame_of
from cartcore.shop.speeds import ShippingSpeed
from cartcore.values.money import (
    FINER_DIGITS,
    currency_code,
    minor_digits,
    to_fine,
)
from cartcore.values.readers import flag, of_kind, tuple_of
from cartcore.values.time_zones import zone_name

_LARGEST = 2**63 - 1  # what a column of integers holds
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)

_OF_TEXTS = ("order", "sku", "currency", "title", "product", "country", "channel", "contact")

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
    placed_at: str | None = None,
    timezone: str = "UTC",
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
        placed_at: The column with the times at which orders were placed: times, dates, or texts in
            the form of ISO 8601 such as "2026-06-05 14:00". `simulate` can price each cart for its
            own.
        timezone: The time zone of the store, a name of the IANA database: whose clocks show the
            times that have no zone of their own, and those of promotions.
        shipping: The shipping speed that every cart goes by.
        prices_include_tax: Whether prices have the tax in them; it matters where a scenario has a
            tax calculator (TX-3).
        keep: Columns to keep for each order, to group by.

    Raises:
        InvalidField: a column that is not there, or that cannot be kept under its name, no frame,
            a file that cannot be read, an unknown time zone, or a shipping speed in another
            currency than the carts.
    """
    if shipping is not None:
        of_kind(ShippingSpeed, shipping, "shipping")
    frame = frame_of(source)
    named = {"order": order, "sku": sku, "quantity": quantity, "unit_price": unit_price}
    of_order = {
        "country": country,
        "channel": channel,
        "contact": contact,
        "contact_tags": contact_tags,
        "orders_placed": orders_placed,
        "placed_at": placed_at,
    }
    zone_name(timezone)
    keep = _kept(keep, {"order": order, **of_order})
    of_goods = {"title": title, "product": product, "categories": categories, "tags": tags}
    told = {**named, **of_order, **of_goods}
    for parameter, name in (*told.items(), *(("keep", each) for each in keep)):
        if name is not None and name not in frame.columns:
            known = ", ".join(frame.columns)
            expected = f"one of {known}" if known else "one of the source, which has no columns"
            raise InvalidField(parameter, name, expected)
    for parameter in _OF_TEXTS:
        kind = frame.schema.get({**told, "currency": currency}[parameter] or "")
        if kind is not None and (kind.is_nested() or kind == pl.Binary):
            raise InvalidField(parameter, f"{kind}", "a column of texts or numbers")
    if currency in frame.columns:
        codes = _text(frame[currency])
    else:
        codes = pl.repeat(currency_code(currency), frame.height, dtype=pl.String, eager=True)
    skus = _text(frame[sku])
    money = pl.DataFrame({"value": _plain(frame[unit_price]), "currency": codes})
    table = pl.DataFrame(
        {
            "row": pl.int_range(frame.height, eager=True),
            "order": _text(frame[order]),
            "sku": skus,
            "currency": codes,
            **_read("quantity", pl.DataFrame({"value": _plain(frame[quantity])}), _quantity),
            **_read("price", money, _price),
            "title": skus if title is None else _text(frame[title]).fill_null(skus),
            "product_id": skus if product is None else _text(frame[product]).fill_null(skus),
            "categories": _texts(frame, categories),
            "tags": _texts(frame, tags),
            **_of_orders(frame, of_order, timezone),
        }
    )
    if keep:
        kept = frame.select(pl.col(name).alias(f"kept {name}") for name in keep)
        table = pl.concat([table, kept], how="horizontal")
    names = {**named, **of_order, "currency": currency}
    told_apart = {"title": title, "product_id": product, "categories": categories, "tags": tags}
    carts = grouped(table, frame, names, keep, [name for name, told in told_apart.items() if told])
    if shipping is not None:
        own = shipping.price.currency.code
        others = carts.orders.filter(pl.col("currency") != own)["currency"].to_list()
        if others:
            raise InvalidField("shipping", own, f"in the currency of the carts ({others[0]})")
    return attrs.evolve(
        carts,
        shipping=shipping,
        prices_include_tax=flag(prices_include_tax, "prices_include_tax"),
        timezone=timezone,
    )


def _kept(keep: Sequence[str], named: Mapping[str, str | None]) -> list[str]:
    """The columns to keep, once each, without those that `Carts.orders` has anyway."""
    found = []
    for name in dict.fromkeys(tuple_of(str, "keep", keep)):
        if name not in {"cart", "currency", *named}:
            found.append(name)
        elif named.get(name) != name:
            expected = "columns with other names than those that `Carts.orders` has: rename it"
            raise InvalidField("keep", name, expected)
    return found


def _of_orders(
    frame: pl.DataFrame, named: Mapping[str, str | None], timezone: str
) -> Mapping[str, pl.Series]:
    """What is asked of a whole order, in the columns that say it."""
    found: dict[str, pl.Series] = {}
    for name, column in named.items():
        if column is None:
            continue
        if name == "contact_tags":
            found[name] = _texts(frame, column)
        elif name == "orders_placed":
            found |= _read(name, pl.DataFrame({"value": _plain(frame[column])}), _count)
        elif name == "placed_at":
            times = pl.DataFrame({"value": frame[column]})
            found |= _read(name, times, instants_read(timezone))
            found[name] = found[name].cast(INSTANT)
        else:
            found[name] = _text(frame[column]).fill_null("")
    return found


# --- texts ---


def _text(values: pl.Series) -> pl.Series:
    """Texts; null where nothing stands that can be seen, or NaN. A whole number has no ".0"."""
    texts = values.cast(pl.String)
    if values.dtype.is_float():
        texts = texts.str.strip_suffix(".0").replace("NaN", None)
    blank = texts.str.strip_chars() == ""
    return texts.set(blank, None) if blank.any() else texts


def _texts(frame: pl.DataFrame, name: str | None) -> pl.Series:
    """Lists of texts; a single text becomes a list, and an empty one a list of nothing."""
    kind = pl.List(pl.String)
    if name is None:
        return pl.Series([[]], dtype=kind).new_from_index(0, frame.height)
    values = frame[name]
    if isinstance(values.dtype, pl.List):
        filled = pl.element().filter(pl.element().str.strip_chars() != "")
        return values.cast(kind).fill_null([]).list.drop_nulls().list.eval(filled)
    lists = [[] if each is None else [each] for each in _text(values)]
    return pl.Series(lists, dtype=kind)


# --- figures ---


def _plain(values: pl.Series) -> pl.Series:
    """Figures that Python reads as they were written: 2.55 of 32 bits is not 2.5499999523."""
    if values.dtype == pl.Float32:
        return values.fill_nan(None).cast(pl.String)
    return values


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
