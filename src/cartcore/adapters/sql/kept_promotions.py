"""The promotions that orders were priced from, in a database: each version once (SC-11)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, literal, select, tuple_

from cartcore.adapters.sql import schema
from cartcore.adapters.sql.session import Session, portions
from cartcore.adapters.sql.statements import ForSeveral
from cartcore.errors import ForeignStorage, InvalidInput
from cartcore.promotions.promotion import Promotion
from cartcore.storage.keys import KEPT_PROMOTIONS, promotion_versions
from cartcore.storage.paging import Page, decode_key, encode_key, page_size
from cartcore.values.readers import tuple_of

_columns = schema.order_promotions.c
_key = tuple_(_columns.promotion_id, _columns.version)
_KEYS = select(_columns.promotion_id, _columns.version)
_WHOLE = _KEYS.add_columns(_columns.document)
_pair = (_columns.promotion_id.type, _columns.version.type)
_THESE_KEYS = ForSeveral(_pair, lambda pairs: _KEYS.where(_key.in_(pairs)))
_THESE = ForSeveral(_pair, lambda pairs: _WHOLE.where(_key.in_(pairs)))


def keep(session: Session, promotions: Iterable[Promotion]) -> None:
    """Keep those that are not there yet, each by its id and version."""
    given = {(p.id, p.version): p for p in tuple_of(Promotion, "promotions", promotions)}
    there = {
        (row.promotion_id, row.version)
        for some in portions(given)
        for row in _rows(session, _THESE_KEYS, some)
    }
    dumps = session.serializer.dumps
    new = [(*pair, dumps(promotion)) for pair, promotion in given.items() if pair not in there]
    if new:
        session.insert(schema.order_promotions, new)


def some(
    session: Session, versions: Iterable[tuple[str, int]]
) -> Mapping[tuple[str, int], Promotion]:
    """Return those of some (id, version) pairs that are there."""
    wanted = dict.fromkeys(promotion_versions(versions))
    rows = [row for few in portions(wanted) for row in _rows(session, _THESE, few)]
    found = {(row.promotion_id, row.version): _read(session, row) for row in rows}
    return {pair: found[pair] for pair in wanted if pair in found}


def listed(session: Session, page: str, limit: int) -> Page[Promotion]:
    """Return a page of all, by id and version."""
    size = page_size(limit)
    query = _WHOLE.order_by(_columns.promotion_id, _columns.version)
    after = decode_key(page, KEPT_PROMOTIONS.types)
    if after is not None:
        types = (_columns.promotion_id.type, _columns.version.type)
        passed = (literal(value, kind) for value, kind in zip(after, types, strict=True))
        query = query.where(_key > tuple_(*passed))
    found = [_read(session, row) for row in session.rows(query.limit(size + 1))]
    more = encode_key(KEPT_PROMOTIONS.key(found[size - 1])) if found[size:] else ""
    return Page(tuple(found[:size]), more)


def _rows(
    session: Session, statement: ForSeveral, pairs: Sequence[tuple[str, int]]
) -> Sequence[Row[Any]]:
    made, values = statement.of(pairs)
    return session.rows(made, **values)


def _read(session: Session, row: Row[Any]) -> Promotion:
    try:
        return session.serializer.loads(row.document, Promotion)
    except (InvalidInput, TypeError, RecursionError) as error:
        where = f"{session.where}, kept promotion {row.promotion_id!r}, version {row.version}"
        raise ForeignStorage(where, str(error)) from error
