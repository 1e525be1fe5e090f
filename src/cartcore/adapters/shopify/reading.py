"""Rows to products: which rows are one product, and what each of them says of it."""

import os
from collections.abc import Sequence
from typing import BinaryIO

import attrs
from moneyed import Currency, Money

from cartcore.adapters.paths import absolute
from cartcore.adapters.shopify import cells, columns
from cartcore.adapters.shopify.decoding import UTF_8, decoded, sample
from cartcore.adapters.shopify.notes import CatalogImport, Change, ImportNote, RejectedRow
from cartcore.adapters.shopify.table import Row, Table, table
from cartcore.errors import InvalidCatalogFile, InvalidField, InvalidInput
from cartcore.shop.product import Product, Variant, secure_url
from cartcore.values import money
from cartcore.values.arguments import check_arguments
from cartcore.values.readers import has_method
from cartcore.values.search import words


@check_arguments
def read_products(
    source: str | os.PathLike[str] | BinaryIO | bytes,
    *,
    currency: str,
    encoding: str | None = None,
    unique_skus: bool = False,
) -> CatalogImport:
    """Read a Shopify product CSV; the rules are those at the head of `cartcore.adapters.shopify`.

    Args:
        source: the path of a file, a file opened in binary mode, or the content as bytes.
        currency: the currency of all prices, such as "USD": the format does not name it.
        encoding: the encoding of the text if neither the file nor its content shows it, such as
            "windows-1250".
        unique_skus: give a SKU that an earlier row has a number ("TEE-1-2"), and tell it, instead
            of rejecting the row.

    Raises:
        InvalidCatalogFile: it cannot be decoded, is not CSV, or lacks Shopify's columns.
        InvalidField: no encoding has this name.
        UnknownCurrency: no currency has this code.
        OSError: the file cannot be opened.
    """
    found = money.currency(currency)
    text, of = decoded(_bytes(source), encoding)
    reader = _Reader(table(text), found, unique_skus=unique_skus)
    if encoding is None and of != UTF_8:
        shows = sample(text) or "nothing beyond ASCII"
        reader.notes.append(ImportNote(Change.ENCODING, 1, "", "", of, shows))
    return reader.read()


def _bytes(source: str | os.PathLike[str] | BinaryIO | bytes) -> bytes:
    if isinstance(source, bytes):
        return source
    if isinstance(source, (str, os.PathLike)):
        return absolute(source).read_bytes()
    if not has_method(source, "read"):
        raise InvalidField("source", source, "a path, an open file or bytes")
    data = source.read()
    if not isinstance(data, bytes):
        raise InvalidCatalogFile("it was opened as text", "open it in binary mode, 'rb'")
    return data


@attrs.frozen
class _Head:
    """A product's own columns, which option columns it uses, and its variants found so far."""

    row: Row
    product: Product
    used: tuple[int, ...]
    variants: list[Variant] = attrs.field(factory=list)
    rows: dict[tuple[str, ...], int] = attrs.field(factory=dict)


class _Reader:
    def __init__(self, found: Table, currency: Currency, *, unique_skus: bool) -> None:
        self.rows = found.rows
        self.headings = found.headings
        self.decimal_comma = found.separator != ","
        self.currency = currency
        self.unique_skus = unique_skus
        self.rejected: list[RejectedRow] = []
        self.notes: list[ImportNote] = list(found.notes)
        # The row that has each SKU: as the file gives it, and among the variants loaded so far.
        self.given = {_sku_of(row): row.number for row in reversed(self.rows)}
        self.loaded: dict[str, int] = {}
        self.counters: dict[str, int] = {}

    def read(self) -> CatalogImport:
        heads = self.heads()
        for row in self.rows:
            head = heads.get(_key(row))
            if head is None or not row.is_variant:
                continue
            before = len(self.notes)
            try:
                variant = self.variant(row, head)
            except InvalidInput as error:
                del self.notes[before:]  # of a row that is not loaded, nothing was changed
                self.reject(row, str(error))
                continue
            head.variants.append(variant)
            head.rows[variant.options] = self.loaded[variant.sku] = row.number
        products = tuple(
            _of_one_class(head.product, head.variants) for head in heads.values() if head.variants
        )
        self.rejected.sort(key=lambda each: each.row)
        self.notes.sort(key=lambda each: each.row)
        return CatalogImport(products, tuple(self.rejected), tuple(self.notes))

    # --- Products -----------------------------------------------------------------------------

    def heads(self) -> dict[str, _Head]:
        groups: dict[str, list[Row]] = {}
        for row in self.rows:
            if row.handle:
                groups.setdefault(_key(row), []).append(row)
            else:
                self.reject(row, "the handle is blank, so the row belongs to no product")
        heads = {}
        for key, group in groups.items():
            before = len(self.notes)
            # Its own columns stand where its title does, wherever the row was sorted to.
            first = next((row for row in group if row[columns.TITLE]), group[0])
            try:
                heads[key] = self.head(first, group)
            except InvalidInput as error:
                del self.notes[before:]
                self.reject(first, str(error))
                for row in group:
                    if row is not first:
                        self.reject(row, f"its product was not loaded: see row {first.number}")
        return heads

    def head(self, first: Row, group: Sequence[Row]) -> _Head:
        first.check_length()
        if not first[columns.TITLE]:
            expected = "given in one row of the product"
            raise InvalidField(self.heading(columns.TITLE), "", expected)
        if not any(row.is_variant for row in group):
            expected = "given in at least one row of the product (or a SKU)"
            raise InvalidField(self.heading(columns.PRICE), "", expected)
        names = [self.line(first, name) for name in columns.OPTION_NAMES]
        used = tuple(i for i, name in enumerate(names) if name)
        options = tuple(names[i] for i in used)
        if (*options, first[columns.OPTION_VALUES[0]]) == columns.NO_OPTIONS:
            used, options = (), ()
        published = self.flag(first, columns.PUBLISHED, blank=True)
        status = cells.on_sale(first[columns.STATUS], self.heading(columns.STATUS))
        kind = self.line(first, columns.TYPE)
        # A stand-in for the variants lets the product check its own columns before they are read.
        stand_in = Variant(sku="stand-in", price=Money(0, self.currency), options=options)
        product = Product(
            id=first.handle,
            title=self.line(first, columns.TITLE),
            variants=(stand_in,),
            options=options,
            published=published and status,
            discountable=not self.flag(first, columns.GIFT_CARD, blank=False),
            description=cells.description(
                first[columns.DESCRIPTION], self.told(first, columns.DESCRIPTION)
            ),
            vendor=self.line(first, columns.VENDOR),
            categories=(kind,) if kind else (),
            tags=tuple(
                tag for tag in map(str.strip, self.line(first, columns.TAGS).split(",")) if tag
            ),
            image_url=self.image(group),
        )
        if first is not group[0]:
            above = (str(first.number), str(group[0].number))
            self.note(Change.ROW_ORDER, first, columns.HANDLE, *above)
        for row in group:
            if row.handle != product.id:
                self.note(Change.HANDLE, row, columns.HANDLE, row.handle, product.id)
        return _Head(first, product, used)

    def image(self, group: Sequence[Row]) -> str:
        """The first picture of a product, by the positions that its rows give."""
        pictured = [row for row in group if row[columns.IMAGE] and not row.beyond]
        if not pictured:
            return ""
        first = min(pictured, key=lambda row: (_position(row[columns.POSITION]), row.number))
        return self.url(first, columns.IMAGE)

    # --- Variants -----------------------------------------------------------------------------

    def variant(self, row: Row, head: _Head) -> Variant:
        row.check_length()
        for column in (columns.TITLE, *columns.OPTION_NAMES):
            if row[column] not in ("", head.row[column]):
                expected = (
                    f"empty or {head.row[column]!r}, as in row {head.row.number} of the product"
                )
                raise InvalidField(self.heading(column), row[column], expected)
        options = self.options(row, head)
        compare_at = None
        if row[columns.COMPARE_AT]:
            compare_at = self.price(row, columns.COMPARE_AT)
        return Variant(
            sku=self.sku(row, options),
            price=self.price(row, columns.PRICE),
            options=options,
            compare_at_price=compare_at or None,
            weight_grams=cells.grams(
                self.number(row, columns.GRAMS),
                self.heading(columns.GRAMS),
                self.told(row, columns.GRAMS),
            ),
            requires_shipping=self.flag(row, columns.SHIPS, blank=True),
            tax_class=cells.tax_class(
                self.flag(row, columns.TAXED, blank=True),
                self.line(row, columns.TAX_CODE),
                self.told(row, columns.TAX_CODE),
            ),
            barcode=cells.identifier(row[columns.BARCODE], self.told(row, columns.BARCODE)),
            image_url=self.url(row, columns.VARIANT_IMAGE),
        )

    def options(self, row: Row, head: _Head) -> tuple[str, ...]:
        for i, column in enumerate(columns.OPTION_VALUES):
            placeholder = not head.used and row[column] == columns.NO_OPTIONS[1]
            if bool(row[column]) != (i in head.used) and not placeholder:
                expected = (
                    "given" if i in head.used else "empty (the product does not name this option)"
                )
                raise InvalidField(self.heading(column), row[column], expected)
        options = tuple(self.line(row, columns.OPTION_VALUES[i]) for i in head.used)
        if options in head.rows:
            expected = f"different from that of row {head.rows[options]} of the product"
            raise InvalidField("the choice of options", " / ".join(options), expected)
        return options

    def sku(self, row: Row, options: tuple[str, ...]) -> str:
        given = cells.identifier(row[columns.SKU], self.told(row, columns.SKU))
        sku = given or "-".join(words(" ".join((row.handle, *options))))
        if not sku:
            expected = "given, as none can be made of this handle and options"
            raise InvalidField(self.heading(columns.SKU), sku, expected)
        taken = self.loaded.get(sku)
        if not given:
            # Also against the SKUs of later rows: what the file says goes before what is made up.
            taken = taken or self.given.get(sku)
        if taken and self.unique_skus:
            return self.unique(sku, row)
        if taken:
            made = "" if given else " (this row has none: it was made of the handle)"
            expected = f"different from that of row {taken}{made}"
            raise InvalidField(self.heading(columns.SKU), sku, expected)
        if not given:
            self.note(Change.SKU_MADE, row, columns.SKU, row[columns.SKU], sku)
        return sku

    def unique(self, sku: str, row: Row) -> str:
        number = self.counters.get(sku, 1) + 1
        while (made := f"{sku}-{number}") in self.loaded or made in self.given:
            number += 1
        self.counters[sku] = number
        self.note(Change.SKU_MADE_UNIQUE, row, columns.SKU, row[columns.SKU], made)
        return made

    # --- Cells --------------------------------------------------------------------------------

    def line(self, row: Row, column: str) -> str:
        return cells.line(row[column], self.told(row, column))

    def url(self, row: Row, column: str) -> str:
        try:
            return secure_url(row[column])
        except InvalidInput:
            self.note(Change.IMAGE_LEFT_OUT, row, column, row[column], "")
            return ""

    def flag(self, row: Row, column: str, *, blank: bool) -> bool:
        return cells.flag(row[column], self.heading(column), blank=blank)

    def price(self, row: Row, column: str) -> Money:
        return cells.price(self.number(row, column), self.heading(column), self.currency)

    def number(self, row: Row, column: str) -> str:
        """Where commas do not separate cells, they can stand in numbers."""
        text = row[column]
        return cells.with_point(text, self.told(row, column)) if self.decimal_comma else text

    def heading(self, column: str) -> str:
        return self.headings.get(column, column)

    def told(self, row: Row, column: str) -> cells.Told:
        def note(change: Change, found: str, became: str) -> None:
            self.note(change, row, column, found, became)

        return note

    def note(self, change: Change, row: Row, column: str, found: str, became: str) -> None:
        heading = self.heading(column)
        self.notes.append(ImportNote(change, row.number, row.handle, heading, found, became))

    def reject(self, row: Row, reason: str) -> None:
        self.rejected.append(RejectedRow(row.number, row.handle, reason))


def _key(row: Row) -> str:
    """What the rows of one product have in common: Shopify's handles are in lower case."""
    return row.handle.lower()


def _of_one_class(product: Product, variants: Sequence[Variant]) -> Product:
    """A product with its variants, and with their tax class if they have one in common."""
    classes = {variant.tax_class for variant in variants}
    if len(classes) > 1:
        return attrs.evolve(product, variants=tuple(variants))
    plain = tuple(attrs.evolve(variant, tax_class="") for variant in variants)
    return attrs.evolve(product, variants=plain, tax_class=classes.pop())


def _sku_of(row: Row) -> str:
    return row[columns.SKU].removeprefix("'").strip()


def _position(text: str) -> tuple[bool, int, str]:
    """Where a picture stands among those of its product; one without a number comes last."""
    plain = text.isascii() and text.isdecimal()
    return (not plain, len(text.lstrip("0")), text.lstrip("0")) if plain else (True, 0, "")
