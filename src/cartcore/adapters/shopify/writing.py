"""Products to rows."""

import csv
import io
import os
from collections.abc import Iterable, Iterator
from typing import BinaryIO, TextIO, cast

from moneyed import Currency, Money

from cartcore.adapters.paths import absolute
from cartcore.adapters.shopify import columns
from cartcore.adapters.shopify.columns import NO_OPTIONS
from cartcore.errors import InvalidAmount, InvalidField
from cartcore.shop.product import Product
from cartcore.values import money
from cartcore.values.arguments import check_arguments
from cartcore.values.readers import has_method, tuple_of


@check_arguments
def write_products(
    products: Iterable[Product],
    target: str | os.PathLike[str] | TextIO | BinaryIO,
) -> None:
    """Write products as a Shopify product CSV in UTF-8, such that `read_products` gives the same.

    Only the columns that cartcore has are written, by their present names. A product that is not
    discountable is written as a gift card: the format knows no other such products. A tax class is
    written for each variant, and read back as the product's if all variants have it. What the
    format cannot hold is refused before anything is written: more than one category or more than
    three options, a variant that is not published by itself or has a minimum price, a price finer
    than the currency's digits, a compare-at price of 0, a comma in a tag. A product's `version` is
    the storage's and is not written.

    Args:
        products: products of one currency.
        target: the path of the file, or a file opened for text or for bytes.

    Raises:
        InvalidField: the format cannot hold a product, or has its id (in any case) or a SKU
            already.
        CurrencyMismatch: the products have several currencies, and the format names none.
    """
    path = absolute(target) if isinstance(target, (str, os.PathLike)) else None
    if path is None and not has_method(target, "write"):
        raise InvalidField("target", target, "a path or an open file")
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns.WRITTEN, restval="", lineterminator="\n")
    writer.writeheader()
    currency: Currency | None = None
    seen: set[tuple[str, str]] = set()
    for product in tuple_of(Product, "products", products):
        currency = currency or product.variants[0].price.currency
        for key in (("id", product.id.lower()), *(("SKU", v.sku) for v in product.variants)):
            if key in seen:
                raise InvalidField(f"product {product.id}: {key[0]}", key[1], "unique in the file")
            seen.add(key)
        writer.writerows(_cells(product, currency))
    if path is not None:
        path.write_bytes(text.getvalue().encode())
    elif hasattr(target, "encoding"):  # only text files have one
        cast("TextIO", target).write(text.getvalue())
    else:
        cast("BinaryIO", target).write(text.getvalue().encode())


def _cells(product: Product, currency: Currency) -> Iterator[dict[str, str]]:
    where = f"product {product.id}"
    names, first = product.options, product.variants[0].options
    if len(product.categories) > 1:
        raise InvalidField(f"{where}: categories", product.categories, "at most one in this format")
    if any("," in tag for tag in product.tags):
        raise InvalidField(f"{where}: tags", product.tags, "free of commas in this format")
    if len(names) > len(columns.OPTION_NAMES):
        raise InvalidField(f"{where}: options", names, "at most three in this format")
    if (*names, *first) == NO_OPTIONS:
        expected = "others than these, which mean no options in this format"
        raise InvalidField(f"{where}: options", (*names, *first), expected)
    own = {
        columns.TITLE: product.title,
        columns.DESCRIPTION: product.description,
        columns.VENDOR: product.vendor,
        columns.TYPE: "".join(product.categories),
        columns.TAGS: ", ".join(product.tags),
        columns.PUBLISHED: str(product.published).lower(),
        columns.GIFT_CARD: str(not product.discountable).lower(),
        columns.IMAGE: product.image_url,
        columns.POSITION: "1" if product.image_url else "",
        **dict(zip(columns.OPTION_NAMES, names or NO_OPTIONS[:1], strict=False)),
    }
    for variant in product.variants:
        at = f"{where}: variant {variant.sku}"
        if not variant.published:
            raise InvalidField(f"{at}: published", variant.published, "True in this format")
        if variant.compare_at_price is not None and not variant.compare_at_price:
            raise InvalidField(f"{at}: compare_at_price", 0, "over zero or None in this format")
        if variant.minimum_price is not None:
            raise InvalidField(f"{at}: minimum_price", variant.minimum_price, "None in this format")
        yield {
            columns.HANDLE: product.id,
            **own,
            **dict(zip(columns.OPTION_VALUES, variant.options or NO_OPTIONS[1:], strict=False)),
            columns.SKU: _text(variant.sku),
            columns.GRAMS: str(variant.weight_grams),
            columns.PRICE: _digits(variant.price, currency, f"{at}: price"),
            columns.COMPARE_AT: _digits(
                variant.compare_at_price, currency, f"{at}: compare_at_price"
            ),
            **_taxed(variant.tax_class or product.tax_class),
            columns.SHIPS: str(variant.requires_shipping).lower(),
            columns.BARCODE: _text(variant.barcode),
            columns.VARIANT_IMAGE: variant.image_url,
        }
        own = {}


def _taxed(tax_class: str) -> dict[str, str]:
    """The cells of a tax class."""
    if tax_class == columns.NOT_TAXED:
        return {columns.TAXED: "false", columns.TAX_CODE: ""}
    return {columns.TAXED: "true", columns.TAX_CODE: tax_class}


def _text(identifier: str) -> str:
    """A SKU or barcode such that reading, which drops one apostrophe, leaves those that it has."""
    return f"'{identifier}" if identifier.startswith("'") else identifier


def _digits(price: Money | None, currency: Currency, where: str) -> str:
    if price is None:
        return ""
    try:
        return f"{money.amount(price, currency, where=where).amount:f}"
    except InvalidAmount as error:
        raise InvalidField(where, price, error.expected) from None
