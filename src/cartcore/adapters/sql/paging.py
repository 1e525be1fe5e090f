"""Pages of a listing, sought by the key that they begin after."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, literal, select, tuple_

from cartcore.adapters.sql.conditions import NOTHING, Condition, unindexed
from cartcore.adapters.sql.mapping import RecordMapping
from cartcore.adapters.sql.session import Session
from cartcore.errors import ForeignStorage
from cartcore.storage.paging import decode_key, encode_key, page_size

# A page is sought in the sorted order if more than so many records meet a search, and among so
# many: of a million, the first page is then likely among them.
_MANY = 5_000
_WALKED = 20_000


class Common(NamedTuple):
    """A search that many records may meet.

    `enough` has a row if so many meet it that the sorted order is worth walking, `met_by` asks it
    of the record with an id, and `filters` are conditions on the leading columns of that order.
    """

    enough: Select[Any]
    met_by: Callable[[ColumnElement[str]], Condition]
    filters: Sequence[Condition] = ()


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
    common: Common | None = None,
) -> tuple[Sequence[str], str]:
    """Return the ids on a page of what meets all conditions, and the next page.

    The search is led by the narrow conditions if there are any. A database that knows no
    better may walk through everything in the sorted order, or through all that is common, in
    the hope to meet what is rare soon. So beside something narrow, `broad` must not be
    conditions on indexed columns (`unindexed`); nor is the order.

    What was thought to be narrow may be met by many records: all of them would be sorted for
    one page. With `common`, the sorted order is walked for a while in that case.
    """
    kind, table = mapping.kind, mapping.table
    size = page_size(limit)
    after = decode_key(page, kind.sort_types)
    columns = mapping.sort_key
    if any(condition is NOTHING for condition in narrow):
        return [], ""
    rows: Sequence[Row[Any]] = ()
    if common is not None and session.rows(common.enough):
        walked = _sorted(
            mapping, select(table.c.id, *columns).where(*common.filters), columns, after
        )
        here = walked.limit(_WALKED).subquery()
        met = select(here).where(common.met_by(here.c.id))
        if not session.keeps_order:
            met = met.order_by(*(here.c[column.name] for column in columns))
        rows = session.rows(met.limit(size + 1))
    if len(rows) <= size:
        sort_key = [unindexed(column) for column in columns] if narrow else columns
        query = select(table.c.id, *columns).where(*narrow, *broad)
        rows = session.rows(_sorted(mapping, query, sort_key, after).limit(size + 1))
    for row in rows:
        if tuple(map(type, row[1:])) != kind.sort_types:
            problem = f"it is damaged: {kind.name} {row[0]!r} cannot be sorted"
            raise ForeignStorage(session.where, problem)
    ids = [row[0] for row in rows[:size]]
    return ids, encode_key(rows[size - 1][1:]) if rows[size:] else ""


def _sorted(
    mapping: RecordMapping[Any],
    query: Select[Any],
    sort_key: Sequence[ColumnElement[Any]],
    after: tuple[str | int, ...] | None,
) -> Select[Any]:
    """Sort records, and begin after those of the page before."""
    newest_first = mapping.kind.newest_first
    if after is not None:
        here = tuple_(*sort_key)
        types = [column.type for column in mapping.sort_key]
        passed = tuple_(*(literal(v, t) for v, t in zip(after, types, strict=True)))
        query = query.where(here < passed if newest_first else here > passed)
    return query.order_by(*(c.desc() if newest_first else c for c in sort_key))
