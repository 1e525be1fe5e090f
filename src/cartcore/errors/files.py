"""Files from elsewhere that cannot be read."""

from cartcore.errors.base import InvalidInput


class InvalidCatalogFile(InvalidInput):
    """A catalogue file that cannot be read at all.

    Attributes:
        problem: What is wrong.
        expected: What would be right, in words.
    """

    code = "invalid_catalog_file"
    problem: str
    expected: str

    def __str__(self) -> str:
        return f"the catalogue file cannot be read: {self.problem}; {self.expected}"


class InvalidExport(InvalidInput):
    """A line of an export that cannot be read, or does not belong there (ST-12).

    Attributes:
        line: The number of the line; 1 is the first.
        problem: What is wrong.
    """

    code = "invalid_export"
    line: int
    problem: str

    def __str__(self) -> str:
        return f"line {self.line} of the export: {self.problem}"
