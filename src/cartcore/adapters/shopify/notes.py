"""What reading a file came to: the products, and by row what was refused and what was changed."""

from collections import Counter
from enum import StrEnum

import attrs

from cartcore.errors.sentences import counted
from cartcore.shop.product import Product

_SHOWN = 20
_LONGEST_SHOWN = 60


class Change(StrEnum):
    """What reading made of a file or a cell that could not be taken as it stands.

    Attributes:
        ENCODING: The file is in another encoding than UTF-8 (row 1); words to check it by.
        SEPARATOR: Its cells are separated by something else than commas (row 1).
        HEADING: A heading differs from Shopify's by case or white space (row 1).
        HANDLE: A handle differs from that of its product by case.
        ROW_ORDER: The row with the product's own columns, found, stands below the product's first
            row.
        TEXT_CLEANED: Characters that cannot be shown were replaced or taken out of a text.
        TEXT_SHORTENED: A description was too long: embedded pictures were left out, or its end.
        WEIGHT_ROUNDED: A weight was rounded to whole grams.
        DECIMAL_COMMA: A decimal comma was read as a point.
        APOSTROPHE: An apostrophe was dropped from the start of a SKU or barcode that is no number.
        SCIENTIFIC: A spreadsheet seems to have written a SKU or barcode as 1.23457E+11, so that its
            last digits are lost; it was taken as it is.
        SKU_MADE: A SKU was made for a variant that has none.
        SKU_MADE_UNIQUE: A SKU that an earlier row has was given a number.
        TAX_CODE_LEFT_OUT: A variant that is not taxed has a tax code, which says nothing then.
        IMAGE_LEFT_OUT: The address of a picture is no https URL.
    """

    ENCODING = "encoding"
    SEPARATOR = "separator"
    HEADING = "heading"
    HANDLE = "handle"
    ROW_ORDER = "row order"
    TEXT_CLEANED = "text cleaned"
    TEXT_SHORTENED = "text shortened"
    WEIGHT_ROUNDED = "weight rounded"
    DECIMAL_COMMA = "decimal comma"
    APOSTROPHE = "apostrophe"
    SCIENTIFIC = "scientific notation"
    SKU_MADE = "SKU made"
    SKU_MADE_UNIQUE = "SKU made unique"
    TAX_CODE_LEFT_OUT = "tax code left out"
    IMAGE_LEFT_OUT = "image left out"


@attrs.frozen
class RejectedRow:
    """A row that was not loaded, and why.

    Attributes:
        row: The number of the row in the file; the headings are row 1.
        handle: The handle of its product; empty if it has none.
        reason: Why, in words.
    """

    row: int
    handle: str
    reason: str

    def __str__(self) -> str:
        return f"{_where(self.row, self.handle or 'no handle')}: {self.reason}"


@attrs.frozen
class ImportNote:
    """What a cell held, and what was made of it.

    Attributes:
        change: The kind of change.
        row: The number of the row in the file; the headings are row 1.
        handle: The handle of its product; empty if it has none.
        column: The heading that the file has; empty if it is about the whole row or file.
        found: What the cell held.
        became: What was made of it.
    """

    change: Change
    row: int
    handle: str
    column: str
    found: str
    became: str

    def __str__(self) -> str:
        where = _where(self.row, self.handle)
        change = f"{self.change}, {self.column}" if self.column else str(self.change)
        return f"{where}: {change}: {_shown(self.found)} → {_shown(self.became)}"


@attrs.frozen
class CatalogImport:
    """What a file gave.

    Attributes:
        products: The products that were read.
        rejected: The rows that were not loaded, and why.
        notes: What was changed on the way, cell by cell.
    """

    products: tuple[Product, ...]
    rejected: tuple[RejectedRow, ...] = ()
    notes: tuple[ImportNote, ...] = ()

    def __str__(self) -> str:
        variants = sum(len(product.variants) for product in self.products)
        products = counted(len(self.products), "product")
        lines = [f"{products} with {counted(variants, 'variant')}"]
        lines.extend(_listed("not loaded", self.rejected))
        lines.extend(_listed("changed", self.notes))
        lines.extend(
            f"  in all, {change}: {number}"
            for change, number in sorted(Counter(note.change for note in self.notes).items())
        )
        return "\n".join(lines)


def _listed(what: str, remarks: tuple[RejectedRow, ...] | tuple[ImportNote, ...]) -> list[str]:
    lines = [f"{what}: {len(remarks) or 'nothing'}", *(f"  {each}" for each in remarks[:_SHOWN])]
    if len(remarks) > _SHOWN:
        lines.append(f"  ... and {len(remarks) - _SHOWN} more")
    return lines


def _where(row: int, handle: str) -> str:
    if not handle:
        return f"row {row}"
    plain = handle.isprintable() and len(handle) <= _LONGEST_SHOWN
    return f"row {row} ({handle if plain else _shown(handle)})"


def _shown(text: str) -> str:
    short = text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
    return repr(short)
