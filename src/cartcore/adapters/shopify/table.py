"""Text to rows: which character separates the cells, which columns there are, and their cells."""

import csv
import io
import re
import threading
from collections.abc import Iterator, Mapping

import attrs

from cartcore.adapters.shopify import columns
from cartcore.adapters.shopify.columns import Column
from cartcore.adapters.shopify.notes import Change, ImportNote
from cartcore.errors import InvalidCatalogFile, InvalidField

# Excel writes it above the headings, and shows neither it nor a row for it.
_SEPARATOR_LINE = re.compile(r'"?sep=([,;\t|])"?(?:\r\n|\r|\n|$)', re.IGNORECASE)
_SEPARATORS = (",", ";", "\t", "|")

# The longest cell that the csv module takes is one setting for the whole process.
_limit = threading.Lock()


@attrs.frozen
class Row:
    """A row by the present names of its columns, numbered as a spreadsheet does."""

    number: int
    cells: Mapping[str, str]
    beyond: str
    """What stands after the last column, where nothing is expected."""

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")

    @property
    def handle(self) -> str:
        """To which product it belongs."""
        return self[columns.HANDLE]

    @property
    def is_variant(self) -> bool:
        """Whether it is a variant, and not only another picture of its product."""
        return any(self[c] for c in (columns.SKU, columns.PRICE, *columns.OPTION_VALUES))

    def check_length(self) -> None:
        """Raise InvalidField for a row that is too long.

        There is a separator in a text without quotation marks: no cell after it can be trusted.
        """
        if self.beyond:
            raise InvalidField("a cell after the last column", self.beyond, "empty")


@attrs.frozen
class Table:
    """The rows of a file, blank ones left out, and the headings of the columns by their names."""

    rows: tuple[Row, ...]
    headings: Mapping[str, str]
    separator: str
    notes: tuple[ImportNote, ...]


def table(text: str) -> Table:
    """Read the rows of a Shopify product CSV.

    Raises:
        InvalidCatalogFile: it is empty, not CSV, or lacks Shopify's columns.
    """
    named = _SEPARATOR_LINE.match(text)
    body = text[named.end() :] if named else text
    if not body.strip():
        raise InvalidCatalogFile("it is empty", "the first row must name Shopify's columns")
    separator = named[1] if named else _separator(body)
    records = iter(_records(body, separator))
    headings = next(records)
    found = columns.find(headings)
    _check(found)
    rows = tuple(
        Row(
            number,
            {c.name: record[c.index].strip() for c in found if c.index < len(record)},
            "".join(record[len(headings) :]).strip(),
        )
        for number, record in enumerate(records, start=2)
        if any(cell.strip() for cell in record)
    )
    by_name = {column.name: column.heading for column in found}
    return Table(rows, by_name, separator, tuple(_notes(found, separator)))


def _notes(found: list[Column], separator: str) -> Iterator[ImportNote]:
    if separator != ",":
        yield ImportNote(Change.SEPARATOR, 1, "", "", separator, ",")
    for column in found:
        if not column.is_exact:
            yield ImportNote(Change.HEADING, 1, "", "", column.heading, column.spelling)


def _check(found: list[Column]) -> None:
    names = [column.name for column in found]
    missing = [name for name in columns.REQUIRED if name not in names]
    if missing:
        raise InvalidCatalogFile(
            f"the first row lacks {', '.join(map(columns.both_names, missing))}",
            "it must name the columns of a Shopify product export",
        )
    for name in names:
        if names.count(name) > 1:
            headings = [column.heading for column in found if column.name == name]
            raise InvalidCatalogFile(
                f"it has two columns for {name}: {' and '.join(headings)}", "remove one of them"
            )


def _separator(text: str) -> str:
    """Return the first separator by which the first row names the columns that are needed."""
    for separator in _SEPARATORS:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        try:
            names = {column.name for column in columns.find(next(reader))}
        except csv.Error:
            continue
        if names.issuperset(columns.REQUIRED):
            return separator
    return ","


def _records(text: str, separator: str) -> list[list[str]]:
    try:
        return list(_parsed(text, separator))
    except InvalidCatalogFile:
        if len(text) <= csv.field_size_limit():
            raise
    # Perhaps only because a cell is longer than the csv module takes unless it is told.
    with _limit:
        usual = csv.field_size_limit(len(text))
        try:
            return list(_parsed(text, separator))
        finally:
            csv.field_size_limit(usual)


def _parsed(text: str, separator: str) -> Iterator[list[str]]:
    # Strict, because a quote that is never closed would otherwise swallow all rows after it.
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=separator)
    number = 0
    try:
        for number, record in enumerate(reader, start=1):  # noqa: B007 - the error needs it
            yield record
    except csv.Error as error:
        raise InvalidCatalogFile(
            f"row {number + 1} is not CSV ({error})",
            "look for a quotation mark that is not closed, or not doubled inside a cell",
        ) from None
