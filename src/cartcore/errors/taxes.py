"""Tax that cannot be determined, and tables of rates that cannot be used."""

from cartcore.errors.base import InvalidInput
from cartcore.errors.sentences import counted, listed

_TOLD = 10


class TaxUndetermined(InvalidInput):
    """A tax that a calculator cannot tell from what is known (TX-9).

    Attributes:
        missing: What is missing, in words: "the region", or "a row of the tax table".
        place: Where the goods go, in words.
        line_id: The line that it is about; empty for the price of a shipment.
        shipment_id: The shipment that it is about; empty for units that are in none.
    """

    code = "tax_undetermined"
    missing: str
    place: str
    line_id: str
    shipment_id: str

    def __str__(self) -> str:
        what = "goods" if self.line_id else "shipping"
        return f"the tax on {what} to {self.place} cannot be determined without {self.missing}"


class InvalidTaxTable(InvalidInput):
    """A table of tax rates whose rows contradict each other, leave gaps, or cannot be read (TX-7).

    Attributes:
        flaws: What is wrong: the numbers of the rows at fault, and a sentence about them. Of a file
            they are numbered as a spreadsheet does (the headings are row 1), of other tables from 1
            on.
    """

    code = "invalid_tax_table"
    flaws: tuple[tuple[tuple[int, ...], str], ...]

    def __str__(self) -> str:
        told = [f"{_rows(rows)}: {problem}" for rows, problem in self.flaws[:_TOLD]]
        more = len(self.flaws) - len(told)
        others = [f"and {counted(more, 'more flaw')}"] if more else []
        return "the tax table cannot be used: " + "; ".join([*told, *others])


def _rows(numbers: tuple[int, ...]) -> str:
    return f"{'row' if len(numbers) == 1 else 'rows'} {listed(numbers)}"
