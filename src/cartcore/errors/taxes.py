"""Tax that cannot be determined."""

from cartcore.errors.base import InvalidInput
from cartcore.errors.sentences import shown


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
        what = f"line {shown(self.line_id)}" if self.line_id else "the shipping price"
        return f"the tax on {what} to {self.place} cannot be determined without {self.missing}"
