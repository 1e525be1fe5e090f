"""The tax table that the shop goes by, from a file."""

import tomllib
from pathlib import Path

from cartcore import Serializer
from cartcore.rules import Rulebook
from cartcore.rules.builtin import TaxTable


def tax_table(file: Path, rulebook: Rulebook) -> TaxTable:
    """Read a table: of a CSV file its rows, of a TOML file all of it.

    Raises:
        ValueError: the file is no table, or one that is refused; the message says why.
        OSError: there is no such file, or it cannot be read.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"it is not UTF-8 text (byte {error.start}): save it as CSV UTF-8"
        raise ValueError(message) from error
    if file.suffix.lower() == ".csv":
        return TaxTable.from_csv(text)
    return Serializer(rulebook).load(tomllib.loads(text), TaxTable)
