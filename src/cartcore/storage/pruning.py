"""Removing the oldest events, in portions (HA-6)."""

from cartcore.storage.paging import LARGEST_PAGE
from cartcore.storage.ports import Storage


def prune_events(storage: Storage, *, up_to: int) -> int:
    """Remove the events up to this one, which all who read them are done with.

    In units of work of a thousand events, so that nobody has to wait for long before writing.

    Args:
        storage: where they are.
        up_to: the sequence number of the last one to remove.

    Returns:
        How many were removed.

    Raises:
        UnknownPosition: the event is still to come.
        InvalidField: no sequence number.
    """
    removed = 0
    while True:
        with storage.write() as work:
            some = work.events.prune(up_to, limit=LARGEST_PAGE)
            work.commit()
        removed += some
        if some < LARGEST_PAGE:
            return removed
