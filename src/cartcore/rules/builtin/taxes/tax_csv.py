"""The rows of a tax table from CSV, as spreadsheets write it."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import attrs

from cartcore.rules import InvalidField, InvalidTaxTable, alternatives, shown
from cartcore.rules.builtin.taxes.tax_row import TaxRow

_COLUMNS = tuple(field.name for field in attrs.fields(TaxRow))
_NEEDED = ("country", "name", "percent")
# Excel writes it above the headings, and shows neither it nor a row for it.
_SEPARATOR_LINE = re.compile(r'"?sep=([,;\t])"?(?:\r\n|\r|\n|$)', re.IGNORECASE)
_SEPARATORS = (",", ";", "\t")
_FLAGS = {"true": True, "false": False}
_COMMA = re.compile(r"(\d+),(\d+)", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def read_rows(text: str) -> tuple[list[TaxRow], list[int]]:
    """Return the rows, and the numbers that a spreadsheet gives them; blank ones are left out.

    Raises:
        InvalidTaxTable: no CSV with the columns of a tax row, or cells that cannot be read.
        InvalidField: no text.
    """
    if not isinstance(text, str):
        raise InvalidField("text", text, "a text: read the file with encoding='utf-8-sig'")
    body = text.removeprefix("\ufeff")
    named = _SEPARATOR_LINE.match(body)
    body = body[named.end() :] if named else body
    separator = named[1] if named else _separator(body)
    records = _records(body, separator)
    columns = _columns(next(records, (1, []))[1])
    rows, numbers, wrong = [], [], []
    for number, cells in records:
        try:
            rows.append(_row(columns, cells, decimal_comma=separator != ","))
            numbers.append(number)
        except ValueError as error:
            wrong.append(((number,), str(error)))
    if wrong or not rows:
        raise InvalidTaxTable(tuple(wrong) or (((1,), "no rows follow the headings"),))
    return rows, numbers


def _separator(body: str) -> str:
    """The separator by which the first row names the columns that are needed."""
    first = body.partition("\n")[0]
    named = {each: {_heading(cell) for cell in first.split(each)} for each in _SEPARATORS}
    return next((each for each in _SEPARATORS if named[each].issuperset(_NEEDED)), ",")


def _heading(cell: str) -> str:
    return "_".join(cell.strip().strip('"').lower().split())


def _records(body: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not blank, with their numbers; the headings come first."""
    # Strict, because a quote that is never closed would otherwise swallow all rows after it.
    reader = csv.reader(io.StringIO(body, newline=""), strict=True, delimiter=separator)
    number = 0
    try:
        for number, cells in enumerate(reader, start=1):
            if any(cell.strip() for cell in cells) or number == 1:
                yield number, [cell.strip() for cell in cells]
    except csv.Error as error:
        problem = (
            f"it is not CSV ({error}): look for a quotation mark that is not closed, or not doubled"
            " inside a cell"
        )
        raise InvalidTaxTable((((number + 1,), problem),)) from None


def _columns(headings: list[str]) -> list[str]:
    while headings and not headings[-1]:  # columns that a spreadsheet has to the right, and empty
        headings = headings[:-1]
    names = [_heading(cell) for cell in headings]
    missing = [name for name in _NEEDED if name not in names]
    if missing:
        raise InvalidTaxTable(
            (((1,), f"the headings lack {', '.join(missing)}; the first row names the columns"),)
        )
    for name, cell in zip(names, headings, strict=True):
        if name not in _COLUMNS:
            problem = f"a heading must be {alternatives(_COLUMNS)}, not {shown(cell)}"
            raise InvalidTaxTable((((1,), problem),))
        if names.count(name) > 1:
            raise InvalidTaxTable((((1,), f"two columns are named {name}: remove one of them"),))
    return names


def _row(columns: list[str], cells: list[str], *, decimal_comma: bool) -> TaxRow:
    beyond = "".join(cells[len(columns) :])
    if beyond:  # a separator in a text without quotation marks: no cell after it can be trusted
        raise InvalidField("a cell after the last column", beyond, "empty")
    # A cell that is empty says nothing, but a percentage: 0 % has to be written.
    given: dict[str, Any] = {
        name: cell for name, cell in zip(columns, cells, strict=False) if cell or name in _NEEDED
    }
    given = dict.fromkeys(_NEEDED, "") | given
    if decimal_comma:
        given["percent"] = _COMMA.sub(r"\1.\2", given["percent"])
    if "compound" in given:
        given["compound"] = _flag(given["compound"])
    for name in ("valid_from", "valid_until"):
        if name in given:
            given[name] = _date(name, given[name])
    return TaxRow(**given)


def _flag(cell: str) -> bool:
    if cell.lower() not in _FLAGS:
        raise InvalidField("compound", cell, "true, false or empty")
    return _FLAGS[cell.lower()]


def _date(name: str, cell: str) -> date:
    try:
        if _DATE.fullmatch(cell):
            return date.fromisoformat(cell)
    except ValueError:
        pass
    raise InvalidField(name, cell, "a date, such as 2026-01-31")
