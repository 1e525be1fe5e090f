"""What an audit finds, as values."""

from enum import StrEnum

import attrs


class Fault(StrEnum):
    """The classes of what can be wrong."""

    DATABASE = "database"
    """The database itself: damaged, or without a table."""

    DOCUMENT = "document"
    """A record that cannot be read, or that lacks something."""

    COLUMNS = "columns"
    """What a record is found by does not say what the record says."""

    ORPHAN = "orphan"
    """A row that belongs to a record that is not there."""

    DUPLICATE = "duplicate"
    """Two records with a key that must be unique: a number, an idempotency key, a SKU ..."""

    SHARED = "shared"
    """A record with the key of an older one, stored when texts were compared otherwise."""

    TOTALS = "totals"
    """Amounts of an order that do not add up."""

    SHIPMENTS = "shipments"
    """Units of an order that are in no shipment, or in too many."""

    HISTORY = "history"
    """A history that does not lead to the state of the order."""

    REDEMPTIONS = "redemptions"
    """Redemptions that are not those of the promotions that the order used."""

    LIMIT = "limit"
    """A promotion that was redeemed more often, or gave more, than its limits allow."""

    DRAFT = "draft"
    """A draft that is open, though it was placed."""

    NUMBER = "number"
    """Order numbers that would be given out again."""

    REVISION = "revision"
    """Changes of promotions that nobody would notice who knows those from before."""


@attrs.frozen
class Finding:
    """Something that is wrong: its class, the record it is in, and a sentence for people."""

    fault: Fault
    record: str
    problem: str

    def __str__(self) -> str:
        return f"{self.fault}: {self.record}: {self.problem}"
