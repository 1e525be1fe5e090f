"""Pages of a listing, sought by the key that they begin after."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, literal, select, tuple_

from cartcore.adapters.sql.conditions import NOTHING, Condition, unindexed
from cartcore.adapters.sql.mapping import RecordMapping
from cartcore.adapters.sql.session import Session
from cartcore.errors import ForeignStorage
from cartcore.storage.keys import Sorting
from cartcore.storage.paging import Page, Position, decode_position, page_size

# A page is sought in the sorted order if more than so many records meet a search, and among so
# many: of a million, the first page is then likely among them.
_MANY = 5_000
_WALKED = 20_000


class Common(NamedTuple):
    """A search that many records may meet.

    `enough` has a row if so many meet it that the sorted order is worth walking. `met_by` asks it
    of what is walked past: of its id, its sort key, and the columns that it has to know `besides`.
    `filters` are conditions on the leading columns of that order.
    """

    enough: Select[Any]
    met_by: Callable[[Any], Condition]
    filters: Sequence[Condition] = ()
    besides: Sequence[ColumnElement[Any]] = ()


class SortedBy(NamedTuple):
    """The order of a listing, and the columns that hold its key."""

    sorting: Sorting[Any]
    columns: Sequence[ColumnElement[Any]]


def met_by_many(matches: Select[Any]) -> Select[Any]:
    """A row if so many records, or more, are among some that match."""
    return matches.offset(_MANY).limit(1)


def found_on_page(
    session: Session,
    mapping: RecordMapping[Any],
    narrow: Sequence[Condition],
    broad: Sequence[Condition],
    page: str,
    limit: int,
    *,
    by: SortedBy | None = None,
    common: Common | None = None,
) -> Page[str]:
    """Return the page with the ids of what meets all conditions.

    The search is led by the narrow conditions if there are any. A database that knows no
    better may walk through everything in the sorted order, or through all that is common, in
    the hope to meet what is rare soon. So beside something narrow, `broad` must not be
    conditions on indexed columns (`unindexed`); nor is the order.

    What was thought to be narrow may be met by many records: all of them would be sorted for
    one page. With `common`, the sorted order is walked for a while in that case.

    The order is that of the kind, unless the listing is sorted `by` something else.
    """
    kind, table = mapping.kind, mapping.table
    sorting, columns = by or (kind.sorting, mapping.sort_key)
    size = page_size(limit)
    place = decode_position(page, sorting.types, sorting.name)
    falling = sorting.falling is not (place is not None and place.before)
    if any(condition is NOTHING for condition in narrow):
        return Page(())
    rows: Sequence[Row[Any]] = ()
    if common is not None and session.rows(common.enough):
        everything = select(table.c.id, *columns, *common.besides).where(*common.filters)
        walked = _sorted(everything, columns, columns, place, falling=falling)
        here = walked.limit(_WALKED).subquery()
        again = [here.c[column.name] for column in columns]
        met = select(here.c.id, *again).where(common.met_by(here.c))
        if not session.transaction.keeps_order:
            met = met.order_by(*(c.desc() if falling else c for c in again))
        rows = session.rows(met.limit(size + 1))
    if len(rows) <= size:
        sort_key = [unindexed(column) for column in columns] if narrow else columns
        query = select(table.c.id, *columns).where(*narrow, *broad)
        found = _sorted(query, sort_key, columns, place, falling=falling)
        rows = session.rows(found.limit(size + 1))
    for row in rows:
        if tuple(map(type, row[1:])) != sorting.types:
            problem = f"it is damaged: {kind.name} {row[0]!r} cannot be sorted"
            raise ForeignStorage(session.where, problem)
    page_found = sorting.page_of(rows, place, size, lambda row: row[1:])
    ids = tuple(row[0] for row in page_found.items)
    return Page(ids, page_found.next_page, page_found.previous_page)


def _sorted(
    query: Select[Any],
    sort_key: Sequence[ColumnElement[Any]],
    columns: Sequence[ColumnElement[Any]],
    place: Position | None,
    *,
    falling: bool,
) -> Select[Any]:
    """Sort records by some columns, and begin after those of the page before."""
    if place is not None:
        here = tuple_(*sort_key)
        types = [column.type for column in columns]
        passed = tuple_(*(literal(v, t) for v, t in zip(place.key, types, strict=True)))
        query = query.where(here < passed if falling else here > passed)
    return query.order_by(*(c.desc() if falling else c for c in sort_key))
