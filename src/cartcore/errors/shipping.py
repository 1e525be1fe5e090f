"""Shipments that cannot be as they were asked for."""

from cartcore.errors.base import InvalidInput
from cartcore.errors.sentences import listed, shown


class InvalidSplit(InvalidInput):
    """Units of a line that do not add up over its shipments (OE-12).

    Attributes:
        line_id: The id of the line.
        description: The title of the line with its options.
        quantity: How many units the line has.
        given: How many were assigned.
    """

    code = "invalid_split"
    line_id: str
    description: str
    quantity: int
    given: int

    def __str__(self) -> str:
        units = shown(self.quantity)
        return (
            f"there are {units} × {shown(self.description, write=str)}, "
            f"but {shown(self.given)} were assigned: the parts must add up to {units}"
        )


class MultipleAddressesNotOffered(InvalidInput):
    """Several addresses for an order that cannot be split, or gifts without them (OE-12, OE-14).

    Attributes:
        message: Why, in words.
    """

    code = "multiple_addresses_not_offered"
    message: str

    def __str__(self) -> str:
        return self.message


class SpeedNotOffered(InvalidInput):
    """A shipping speed that no provider quotes for this shipment (OE-13).

    Attributes:
        shipment_id: The id of the shipment.
        address: Where it goes.
        speed: The code that was asked for.
        offered: The codes of the speeds on offer.
    """

    code = "speed_not_offered"
    shipment_id: str
    address: str
    speed: str
    offered: tuple[str, ...]

    def __str__(self) -> str:
        return (
            f"the speed {shown(self.speed)} is not offered "
            f"for {shown(self.address, write=str)}: choose from {listed(self.offered)}"
        )
