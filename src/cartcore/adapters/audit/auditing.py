"""The audit: every record, what belongs to it, and what must hold between them."""

import os
from collections.abc import Callable, Iterator
from functools import partial

from cartcore.adapters.audit.events import wrong_events
from cartcore.adapters.audit.finding import Fault, Finding
from cartcore.adapters.audit.reading import TABLES, Database, Unreadable, opened
from cartcore.adapters.audit.records import LackingKeys, LargestNumber, Progress, records
from cartcore.adapters.audit.relations import (
    counter_behind,
    duplicates,
    limits_passed,
    open_and_placed,
    revisions_ahead,
)
from cartcore.documents.serializer import Serializer
from cartcore.promotions.rulebook import Rulebook
from cartcore.values.arguments import check_arguments
from cartcore.values.calls import tell


@check_arguments
def audit(
    database: str | os.PathLike[str],
    *,
    rulebook: Rulebook | None = None,
    progress: Progress | None = None,
) -> list[Finding]:
    """Go through an SQLite file or a PostgreSQL database, and return what is wrong in it.

    Nothing is changed, writers are not kept waiting, and what they store meanwhile is not seen.
    The findings of a storage in which all is well are an empty list.

    Args:
        database: the path of a file, or the URL of a database.
        rulebook: the types that the shop works with. Promotions that none of its plugins can read
            are found as well; they are not looked for if it is left out.
        progress: is told how many records were looked at, and of how many.

    Raises:
        InvalidField: a URL that libpq does not take.
        StorageUnavailable: it is not there, or cannot be read.
        ForeignStorage: it is not cartcore's.
        SchemaMismatch: its tables are of another version: migrate it first.
    """
    with opened(database) as found:
        missing = sorted(TABLES - found.tables)
        if missing:
            return [Finding(Fault.DATABASE, name, "the table is missing") for name in missing]
        reader = None if rulebook is None else Serializer(rulebook, keep_opaque=True)
        told = _silent if progress is None else partial(tell, progress, "progress")
        return list(_findings(found, reader, told))


def _silent(done: int, of: int) -> None:
    """Tell nobody."""


def _findings(
    database: Database, reader: Serializer | None, progress: Progress
) -> Iterator[Finding]:
    largest, lacking = LargestNumber(), LackingKeys()
    looks: tuple[Callable[[], Iterator[Finding]], ...] = (
        lambda: (Finding(Fault.DATABASE, "database", told) for told in database.damages()),
        lambda: records(database, largest, lacking, reader, progress),
        lambda: lacking.findings(database),
        lambda: duplicates(database),
        lambda: open_and_placed(database),
        lambda: limits_passed(database),
        lambda: counter_behind(database, largest.number),
        lambda: revisions_ahead(database),
        lambda: wrong_events(database),
    )
    for look in looks:
        try:
            yield from look()
        except Unreadable as error:
            yield Finding(Fault.DATABASE, "database", f"it cannot be read: {error}")
