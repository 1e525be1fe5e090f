"""Read and write products as Shopify's product CSV, the export that most shops can make.

Reading stores nothing: it returns the products, and with row numbers what could not be read and
what was filled in. Row numbers are those of a spreadsheet: the header is row 1, and a cell with
several lines is still one row.

What the format leaves open is decided like this:

- Both generations of column names are read ("Variant Price" and "Price"); the order is free, and
  columns that cartcore has no use for are ignored. The older names are written.
- All rows with one Handle are one product, adjacent or not. Its first row has the product's own
  columns; on later rows a Title or option name that differs is an error, the rest is not read.
- A row without SKU, price and option value only adds an image: it is no variant.
- Blank means published, requires shipping, 0 grams. Only the Status "active" (or blank) is on sale.
- A price has the digits of its currency and no more, though a `Variant` itself may be finer. A
  compare-at price of 0 is none.
- A variant without SKU gets one made of the Handle and its option values, the same at every import.
- The Type becomes the only category. Shopify's taxonomy ("Product Category") is not read.
- The apostrophe that keeps a spreadsheet from reading a barcode as a number is dropped.
- In the description tabs become spaces, and white space at the ends of lines goes, as in every
  `Product`. Its HTML is passed on as it is: escape or sanitise it before it is shown.

Texts are written as they are, even if one starts with "=", "+", "-" or "@": a guard against
spreadsheet formulas would change the data, and what is written must read back as the same. Import
the columns as text when a file with texts from strangers is opened in a spreadsheet.
"""

import csv
import io
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, TextIO, cast

import attrs
from moneyed import Currency, Money

from cartcore import money
from cartcore.catalog import Product, Variant
from cartcore.errors import InvalidAmount, InvalidCatalogFile, InvalidField, InvalidInput
from cartcore.search import words

_OPTION_NAMES = ("Option1 Name", "Option2 Name", "Option3 Name")
_OPTION_VALUES = ("Option1 Value", "Option2 Value", "Option3 Value")
_COLUMNS = (
    *("Handle", "Title", "Body (HTML)", "Vendor", "Type", "Tags", "Published"),
    *(name for pair in zip(_OPTION_NAMES, _OPTION_VALUES, strict=True) for name in pair),
    *("Variant SKU", "Variant Grams", "Variant Price", "Variant Compare At Price"),
    *("Variant Requires Shipping", "Variant Barcode"),
)
_RENAMED = {
    "URL handle": "Handle",
    "Description": "Body (HTML)",
    "Published on online store": "Published",
    "SKU": "Variant SKU",
    "Weight value (grams)": "Variant Grams",
    "Price": "Variant Price",
    "Compare-at price": "Variant Compare At Price",
    "Requires shipping": "Variant Requires Shipping",
    "Barcode": "Variant Barcode",
    **{name.lower().capitalize(): name for name in (*_OPTION_NAMES, *_OPTION_VALUES)},
}
_REQUIRED = ("Handle", "Title", "Variant Price")
_NO_OPTIONS = ("Title", "Default Title")
"""The option name and value that Shopify writes for a product without options."""

_FLAGS = {"true": True, "false": False}
_STATUSES = {"": True, "active": True, "draft": False, "archived": False, "unlisted": False}
_GRAMS = re.compile(r"(\d{1,18})(\.0*)?", re.ASCII)
_BLANKS = str.maketrans("\t\v\f", "   ")
_SHOWN = 20


@attrs.frozen
class RejectedRow:
    """A row that was not loaded, and why."""

    row: int
    handle: str
    reason: str

    def __str__(self) -> str:
        return f"row {self.row} ({self.handle or 'no handle'}): {self.reason}"


@attrs.frozen
class ImportNote:
    """Something that was filled in for a row that was loaded."""

    row: int
    handle: str
    text: str

    def __str__(self) -> str:
        return f"row {self.row} ({self.handle}): {self.text}"


@attrs.frozen
class CatalogImport:
    """What a file gave: the products, the rows that were not loaded, and what was filled in."""

    products: tuple[Product, ...]
    rejected: tuple[RejectedRow, ...] = ()
    notes: tuple[ImportNote, ...] = ()

    def __str__(self) -> str:
        variants = sum(len(product.variants) for product in self.products)
        lines = [f"{len(self.products)} products with {variants} variants"]
        for what, remarks in (("not loaded", self.rejected), ("filled in", self.notes)):
            lines.append(f"{what}: {len(remarks) or 'nothing'}")
            lines.extend(f"  {remark}" for remark in remarks[:_SHOWN])
            if len(remarks) > _SHOWN:
                lines.append(f"  ... and {len(remarks) - _SHOWN} more")
        return "\n".join(lines)


@attrs.frozen
class _Row:
    number: int
    cells: dict[str, str]
    beyond: str

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "").strip()

    @property
    def is_variant(self) -> bool:
        return any(self[c] for c in ("Variant SKU", "Variant Price", *_OPTION_VALUES))

    def check_length(self) -> None:
        # A comma in a text without quotation marks: no cell after it can be trusted.
        if self.beyond:
            raise InvalidField("a cell after the last column", self.beyond, "none is expected")

    def flag(self, column: str) -> bool:
        text = self[column].lower()
        if text and text not in _FLAGS:
            raise InvalidField(column, self[column], "TRUE, FALSE or blank is needed")
        return _FLAGS.get(text, True)

    def price(self, column: str, currency: Currency) -> Money:
        try:
            return money.amount(self[column], currency)
        except InvalidAmount as error:
            raise InvalidField(column, self[column], error.expected) from None

    def grams(self) -> int:
        text = self["Variant Grams"]
        whole = _GRAMS.fullmatch(text or "0")
        if not whole:
            raise InvalidField("Variant Grams", text, "a whole number of grams is needed")
        return int(whole[1])


@attrs.frozen
class _Head:
    """A product's own columns, which option columns it uses, and its variants found so far."""

    row: _Row
    product: Product
    used: tuple[int, ...]
    variants: list[Variant] = attrs.field(factory=list)
    rows: dict[tuple[str, ...], int] = attrs.field(factory=dict)


class _Reader:
    def __init__(self, rows: list[_Row], currency: Currency) -> None:
        self.rows = rows
        self.currency = currency
        self.rejected: list[RejectedRow] = []
        self.notes: list[ImportNote] = []
        # The row that has each SKU: as the file gives it, and among the variants loaded so far.
        self.given = {row["Variant SKU"]: row.number for row in reversed(rows)}
        self.loaded: dict[str, int] = {}

    def read(self) -> CatalogImport:
        heads = self.heads()
        for row in self.rows:
            head = heads.get(row["Handle"])
            if head is None or not row.is_variant:
                continue
            try:
                variant = self.variant(row, head)
            except InvalidInput as error:
                self.reject(row, str(error))
                continue
            head.variants.append(variant)
            head.rows[variant.options] = self.loaded[variant.sku] = row.number
            if not row["Variant SKU"]:
                made = f"it has no SKU, so {variant.sku!r} was made of the handle and options"
                self.notes.append(ImportNote(row.number, row["Handle"], made))
        products = tuple(
            attrs.evolve(head.product, variants=tuple(head.variants))
            for head in heads.values()
            if head.variants
        )
        self.rejected.sort(key=lambda each: each.row)
        return CatalogImport(products, tuple(self.rejected), tuple(self.notes))

    def heads(self) -> dict[str, _Head]:
        groups: dict[str, list[_Row]] = {}
        for row in self.rows:
            if row["Handle"]:
                groups.setdefault(row["Handle"], []).append(row)
            else:
                self.reject(row, "the Handle says to which product a row belongs, and it is blank")
        heads = {}
        for handle, group in groups.items():
            try:
                heads[handle] = self.head(group)
            except InvalidInput as error:
                self.reject(group[0], str(error))
                for row in group[1:]:
                    self.reject(row, f"its product cannot be used, see row {group[0].number}")
        return heads

    def head(self, group: list[_Row]) -> _Head:
        first = group[0]
        first.check_length()
        if not first["Title"]:
            raise InvalidField("Title", "", "the first row of each product needs one")
        if not any(row.is_variant for row in group):
            raise InvalidField("Variant Price", "", "no row of the product has a price or a SKU")
        status = first["Status"].lower()
        if status not in _STATUSES:
            raise InvalidField(
                "Status", first["Status"], "active, draft, archived or blank is needed"
            )
        used = tuple(i for i, name in enumerate(_OPTION_NAMES) if first[name])
        options = tuple(first[_OPTION_NAMES[i]] for i in used)
        if (*options, first[_OPTION_VALUES[0]]) == _NO_OPTIONS:
            used, options = (), ()
        # A stand-in for the variants lets the product check its own columns before they are read.
        stand_in = Variant(sku="stand-in", price=Money(0, self.currency), options=options)
        product = Product(
            id=first["Handle"],
            title=first["Title"],
            variants=(stand_in,),
            options=options,
            published=first.flag("Published") and _STATUSES[status],
            description=first["Body (HTML)"].translate(_BLANKS),
            vendor=first["Vendor"],
            categories=(first["Type"],) if first["Type"] else (),
            tags=tuple(tag for tag in map(str.strip, first["Tags"].split(",")) if tag),
        )
        return _Head(first, product, used)

    def variant(self, row: _Row, head: _Head) -> Variant:
        row.check_length()
        for column in ("Title", *_OPTION_NAMES):
            if row[column] not in ("", head.row[column]):
                other = f"row {head.row.number} has {head.row[column]!r} for the same product"
                raise InvalidField(column, row[column], other)
        for i, column in enumerate(_OPTION_VALUES):
            placeholder = not head.used and row[column] == _NO_OPTIONS[1]
            if bool(row[column]) != (i in head.used) and not placeholder:
                hint = "needs a value here" if i in head.used else "does not name this option"
                raise InvalidField(column, row[column], f"the product {hint}")
        options = tuple(row[_OPTION_VALUES[i]] for i in head.used)
        if options in head.rows:
            same = f"row {head.rows[options]} of the product has the same"
            raise InvalidField("the choice of options", " / ".join(options), same)
        compare_at = None
        if row["Variant Compare At Price"]:
            compare_at = row.price("Variant Compare At Price", self.currency)
        return Variant(
            sku=self.sku(row, options),
            price=row.price("Variant Price", self.currency),
            options=options,
            compare_at_price=compare_at or None,
            weight_grams=row.grams(),
            requires_shipping=row.flag("Variant Requires Shipping"),
            barcode=row["Variant Barcode"].removeprefix("'"),
        )

    def sku(self, row: _Row, options: tuple[str, ...]) -> str:
        sku = row["Variant SKU"]
        if sku:
            taken = self.loaded.get(sku)
        else:
            sku = "-".join(words(" ".join((row["Handle"], *options))))
            if not sku:
                expected = "no SKU can be made of this handle and options: give one"
                raise InvalidField("Variant SKU", sku, expected)
            # Also against the SKUs of later rows: what the file says goes before what is made up.
            taken = self.loaded.get(sku) or self.given.get(sku)
        if taken:
            whose = "" if row["Variant SKU"] else " (this row has none, it was made of the handle)"
            raise InvalidField("Variant SKU", sku, f"row {taken} has the same one{whose}")
        return sku

    def reject(self, row: _Row, reason: str) -> None:
        self.rejected.append(RejectedRow(row.number, row["Handle"], reason))


def read_products(
    source: str | os.PathLike[str] | BinaryIO | bytes, *, currency: str
) -> CatalogImport:
    """Read a Shopify product CSV; the rules are those at the head of this module.

    Args:
        source: the path of a file, a file opened in binary mode, or the content as bytes.
        currency: the currency of all prices, such as "USD": the format does not name it.

    Raises:
        InvalidCatalogFile: it is not UTF-8, not CSV, or lacks Shopify's columns.
        UnknownCurrency: no currency has this code.
        OSError: the file cannot be opened.
    """
    found = money.currency(currency)
    if isinstance(source, bytes):
        data = source
    elif isinstance(source, (str, os.PathLike)):
        data = Path(source).read_bytes()
    else:
        data = source.read()
        if not isinstance(data, bytes):
            raise InvalidCatalogFile("it was opened as text", "open it in binary mode, 'rb'")
    return _Reader(_rows(data), found).read()


def _rows(data: bytes) -> list[_Row]:
    try:
        text = data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise InvalidCatalogFile(
            f"it is not UTF-8 text from byte {error.start} on (line "
            f"{data.count(10, 0, error.start) + 1})",
            'export it again, or save it as "CSV UTF-8" in the spreadsheet',
        ) from None
    if not text.strip():
        raise InvalidCatalogFile("it is empty", "the first row must name Shopify's columns")
    records = _records(text)
    header = [_RENAMED.get(name, name) for name in next(records)]
    missing = [name for name in _REQUIRED if name not in header]
    if missing:
        raise InvalidCatalogFile(
            f"the first row lacks {', '.join(missing)}",
            "it must name the columns of a Shopify product export, separated by commas",
        )
    wanted = [(i, name) for i, name in enumerate(header) if name in (*_COLUMNS, "Status")]
    for _, name in wanted:
        if header.count(name) > 1:
            raise InvalidCatalogFile(f"it has two columns for {name}", "remove one of them")
    return [
        _Row(
            number,
            {name: record[i] for i, name in wanted if i < len(record)},
            "".join(record[len(header) :]).strip(),
        )
        for number, record in enumerate(records, start=2)
        if any(cell.strip() for cell in record)
    ]


def _records(text: str) -> Iterator[list[str]]:
    # Strict, because a quote that is never closed would otherwise swallow all rows after it.
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    number = 0
    try:
        for number, record in enumerate(reader, start=1):  # noqa: B007 - the error needs it
            yield record
    except csv.Error as error:
        raise InvalidCatalogFile(
            f"row {number + 1} is not CSV ({error})",
            "look for a quotation mark that is not closed, or not doubled inside a cell",
        ) from None


def write_products(
    products: Iterable[Product],
    target: str | os.PathLike[str] | TextIO | BinaryIO,
) -> None:
    """Write products as a Shopify product CSV in UTF-8, such that `read_products` gives the same.

    Only the columns that cartcore has are written. What the format cannot hold is refused before
    anything is written: more than one category or more than three options, a variant that is not
    published by itself, a price finer than the currency's digits, a compare-at price of 0, a comma
    in a tag. A product's `version` is the storage's and is not written.

    Args:
        products: products of one currency.
        target: the path of the file, or a file opened for text or for bytes.

    Raises:
        InvalidField: the format cannot hold a product, or an id or SKU stands twice.
        CurrencyMismatch: the products have several currencies, and the format names none.
    """
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, _COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    currency: Currency | None = None
    seen: set[tuple[str, str]] = set()
    for product in products:
        currency = currency or product.variants[0].price.currency
        for key in (("id", product.id), *(("SKU", v.sku) for v in product.variants)):
            if key in seen:
                raise InvalidField(f"product {product.id}: {key[0]}", key[1], "it stands twice")
            seen.add(key)
        writer.writerows(_cells(product, currency))
    if isinstance(target, (str, os.PathLike)):
        Path(target).write_bytes(text.getvalue().encode())
    elif hasattr(target, "encoding"):  # only text files have one
        cast("TextIO", target).write(text.getvalue())
    else:
        target.write(text.getvalue().encode())


def _cells(product: Product, currency: Currency) -> Iterator[dict[str, str]]:
    where = f"product {product.id}"
    names, first = product.options, product.variants[0].options
    if len(product.categories) > 1:
        raise InvalidField(f"{where}: categories", product.categories, "the format holds only one")
    if any("," in tag for tag in product.tags):
        raise InvalidField(f"{where}: tags", product.tags, "the format cannot hold a comma in one")
    if len(names) > len(_OPTION_NAMES):
        raise InvalidField(f"{where}: options", names, "the format holds only three")
    if (*names, *first) == _NO_OPTIONS:
        raise InvalidField(f"{where}: options", names, "to the format this means no options")
    own = {
        "Title": product.title,
        "Body (HTML)": product.description,
        "Vendor": product.vendor,
        "Type": "".join(product.categories),
        "Tags": ", ".join(product.tags),
        "Published": str(product.published).lower(),
        **dict(zip(_OPTION_NAMES, names or _NO_OPTIONS[:1], strict=False)),
    }
    for variant in product.variants:
        at = f"{where}: variant {variant.sku}"
        if not variant.published:
            raise InvalidField(f"{at}: published", variant.published, "the format has no such flag")
        if variant.compare_at_price is not None and not variant.compare_at_price:
            raise InvalidField(f"{at}: compare_at_price", 0, "to the format this means none")
        barcode = variant.barcode
        yield {
            "Handle": product.id,
            **own,
            **dict(zip(_OPTION_VALUES, variant.options or _NO_OPTIONS[1:], strict=False)),
            "Variant SKU": variant.sku,
            "Variant Grams": str(variant.weight_grams),
            "Variant Price": _digits(variant.price, currency, f"{at}: price"),
            "Variant Compare At Price": _digits(
                variant.compare_at_price, currency, f"{at}: compare_at_price"
            ),
            "Variant Requires Shipping": str(variant.requires_shipping).lower(),
            # Reading drops one apostrophe.
            "Variant Barcode": f"'{barcode}" if barcode.startswith("'") else barcode,
        }
        own = {}


def _digits(price: Money | None, currency: Currency, where: str) -> str:
    if price is None:
        return ""
    try:
        return f"{money.amount(price, currency, where=where).amount:f}"
    except InvalidAmount as error:
        raise InvalidField(where, price, f"the format holds {error.expected}") from None
