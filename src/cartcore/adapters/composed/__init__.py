"""A storage that is put together: the application's own records, and cartcore's tables (HA-1)."""

from cartcore.adapters.composed.read_only import (
    ReadOnlyContacts,
    ReadOnlyProducts,
    ReadOnlyPromotions,
)
from cartcore.adapters.composed.rows import record_of, records_of
from cartcore.adapters.composed.storage import ComposedStorage, ComposedUnitOfWork

__all__ = [
    "ComposedStorage",
    "ComposedUnitOfWork",
    "ReadOnlyContacts",
    "ReadOnlyProducts",
    "ReadOnlyPromotions",
    "record_of",
    "records_of",
]
