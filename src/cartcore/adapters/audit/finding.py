"""What an audit finds, as values."""

from enum import StrEnum

import attrs


class Fault(StrEnum):
    """The classes of what can be wrong.

    Attributes:
        DATABASE: The database itself: damaged, or without a table.
        DOCUMENT: A record that cannot be read, or that lacks something.
        COLUMNS: What a record is found by does not say what the record says.
        ORPHAN: A row that belongs to a record that is not there.
        DUPLICATE: Two records with a key that must be unique: a number, an idempotency key, a SKU
            ...
        SHARED: A record with the key of an older one, stored when texts were compared otherwise.
        TOTALS: Amounts of an order that do not add up.
        SHIPMENTS: Units of an order that are in no shipment, or in too many.
        HISTORY: A history that does not lead to the state of the order.
        REDEMPTIONS: Redemptions that are not those of the promotions that the order used.
        LIMIT: A promotion that was redeemed more often, or gave more, than its limits allow.
        DRAFT: A draft that is open, though it was placed.
        NUMBER: Order numbers that would be given out again.
        PLUGIN: A promotion of a type whose plugin is not installed, or cannot read it.
        REVISION: A promotion is ahead of the counter by which changes of promotions are noticed.
        KEPT: A promotion that an order was priced from was not kept, or not as it was: the order
            cannot be priced again.
        EVENT: An event is missing, is unreadable, or tells of an order what cannot be.
    """

    DATABASE = "database"
    DOCUMENT = "document"
    COLUMNS = "columns"
    ORPHAN = "orphan"
    DUPLICATE = "duplicate"
    SHARED = "shared"
    TOTALS = "totals"
    SHIPMENTS = "shipments"
    HISTORY = "history"
    REDEMPTIONS = "redemptions"
    LIMIT = "limit"
    DRAFT = "draft"
    NUMBER = "number"
    PLUGIN = "plugin"
    REVISION = "revision"
    KEPT = "kept"
    EVENT = "event"


@attrs.frozen
class Finding:
    """Something that is wrong.

    Attributes:
        fault: The class of the fault.
        record: The record it is in, such as "order 1006".
        problem: A sentence for people.
    """

    fault: Fault
    record: str
    problem: str

    def __str__(self) -> str:
        return f"{self.fault}: {self.record}: {self.problem}"
