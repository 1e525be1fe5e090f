"""What reading a file came to: the products, and by row what was refused and what was changed."""

from collections import Counter
from enum import StrEnum

import attrs

from cartcore.catalog import Product

_SHOWN = 20
_LONGEST_SHOWN = 60


class Change(StrEnum):
    """What reading made of a file or a cell that could not be taken as it stands.

    Values:
        ENCODING: the file is in another encoding than UTF-8 (row 1).
        SEPARATOR: its cells are separated by something else than commas (row 1).
        HEADING: a heading differs from Shopify's by case or white space (row 1).
        HANDLE: a handle differs from that of its product by case.
        ROW_ORDER: the row with the product's own columns stands below others of the product.
        TEXT_CLEANED: characters that cannot be shown were replaced or taken out of a text.
        TEXT_SHORTENED: a description was too long; embedded pictures are left out first.
        WEIGHT_ROUNDED: a weight was rounded to whole grams.
        DECIMAL_COMMA: a decimal comma was read as a point.
        APOSTROPHE: the apostrophe that marks a text in spreadsheets was dropped from a SKU or a
            barcode that is no number.
        SCIENTIFIC: a SKU or barcode looks as if a spreadsheet had turned it into a number such as
            1.23457E+11. It was taken as it is; its last digits are lost.
        SKU_MADE: a SKU was made for a variant that has none.
        SKU_MADE_UNIQUE: a SKU that an earlier row has was given a number.
        IMAGE_LEFT_OUT: a picture's address is no https URL.
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
    IMAGE_LEFT_OUT = "image left out"


@attrs.frozen
class RejectedRow:
    """A row that was not loaded, and why."""

    row: int
    handle: str
    reason: str

    def __str__(self) -> str:
        return f"{_where(self.row, self.handle or 'no handle')}: {self.reason}"


@attrs.frozen
class ImportNote:
    """What a cell held, and what was made of it; `column` is the heading that the file has."""

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
    """What a file gave: the products, the rows that were not loaded, and what was changed."""

    products: tuple[Product, ...]
    rejected: tuple[RejectedRow, ...] = ()
    notes: tuple[ImportNote, ...] = ()

    def __str__(self) -> str:
        variants = sum(len(product.variants) for product in self.products)
        lines = [f"{len(self.products)} products with {variants} variants"]
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
