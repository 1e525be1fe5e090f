"""Stores and units of work over SQLAlchemy Core, for every database that cartcore can use.

What differs from one database to the next is in its `Backend` (`sql_session`), and in the types of
columns that `sql_schema` begins with.
"""

import operator
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property, partial
from types import TracebackType
from typing import Any, Generic, NamedTuple, Self, TypeVar, cast

import attrs
from moneyed import Money
from sqlalchemy import (
    ColumnElement,
    Delete,
    Engine,
    Row,
    Select,
    SelectBase,
    Table,
    Update,
    and_,
    bindparam,
    case,
    delete,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
    union,
    update,
)

from cartcore.adapters.sql import schema
from cartcore.adapters.sql.remembered import Remembered
from cartcore.adapters.sql.session import Backend, KeyTaken, Session, Values, translate_errors
from cartcore.documents.serializer import Serializer
from cartcore.errors import (
    AlreadyExists,
    ForeignStorage,
    ForkedStorage,
    InvalidAmount,
    InvalidField,
    InvalidInput,
    StorageUnavailable,
)
from cartcore.orders.draft import Draft
from cartcore.orders.filters import OrderFilter
from cartcore.orders.order import Order, OrderStatus, OrderSummary, address_text
from cartcore.promotions.promotion import Promotion, Redemption, Trigger, Usage, normalize_code
from cartcore.shop.contact import Contact, ContactFilter, email_key
from cartcore.shop.product import Product, barcode_key
from cartcore.storage.keys import (
    CONTACT,
    DRAFT,
    LAST_NUMBER,
    ORDER,
    PRODUCT,
    PROMOTION,
    VERSIONS,
    Kind,
    R,
    UniqueKey,
    a_number,
    code_key,
    code_keys,
    counted,
    ids,
    microseconds,
    order_number,
    window,
)
from cartcore.storage.paging import PAGE_SIZE, Page, decode_key, encode_key, page_size
from cartcore.storage.ports import NO_CODES
from cartcore.values.money import LARGEST_AMOUNT, from_minor, to_minor
from cartcore.values.phones import phone_digits
from cartcore.values.records import as_tuple, flag, of_kind
from cartcore.values.search import fold, index_words, searched
from cartcore.values.text import a_text, clean, normal

T = TypeVar("T")
Condition = ColumnElement[bool]
Links = Mapping[Table, Iterable[Values]]

# How many keys one statement asks for: far below what any database allows.
_AT_ONCE = 500
# Bytes of the documents that are kept as the records that they are: the drafts of now, and the
# products, contacts and promotions that they are about. Some thousands, with about 40 MB in all.
_REMEMBERED = 8_000_000
# Apart from them those of the pages that were listed last, which people turn and search again:
# an export lists everything once, and leaves those of now in their place.
_LISTED = 250_000
# A page is sought in the sorted order if more than so many records meet a search, and among so
# many: of a million, the first page is then likely among them.
_MANY = 5_000
_WALKED = 20_000
_NO_VERSION = 0
_LAST_CODE_POINT = 0x10FFFF
_FIRST_SURROGATE, _AFTER_SURROGATES = 0xD800, 0xE000


class SqlStorage:
    """Storage in a database, through an engine whose transactions the backend begins."""

    def __init__(self, engine: Engine, backend: Backend, serializer: Serializer) -> None:
        self._engine = engine
        self._backend = backend
        self._serializer = serializer
        self._reads = Remembered(serializer.loads, _REMEMBERED)
        self._listed = Remembered(serializer.loads, _LISTED)
        self._process = os.getpid()
        self._closed = False
        translate_errors(engine, backend)

    @contextmanager
    def read(self) -> Iterator["SqlUnitOfWork"]:
        """Open a consistent view of what is committed now.

        Raises:
            ForkedStorage: the storage was opened before this process forked.
            StorageUnavailable: it was closed, or cannot be reached.
        """
        with self._work(writing=False) as work:
            yield work

    @contextmanager
    def write(self) -> Iterator["SqlUnitOfWork"]:
        """Open a unit of work that sees the latest state and excludes other writers.

        Raises:
            StorageBusy: another one stayed open for too long.
            ForkedStorage, StorageUnavailable: see `read`.
        """
        with self._work(writing=True) as work:
            yield work

    @contextmanager
    def _work(self, *, writing: bool) -> Iterator["SqlUnitOfWork"]:
        if os.getpid() != self._process:
            raise ForkedStorage(self._backend.where)
        if self._closed:
            raise StorageUnavailable(f"{self._backend.where} was closed")
        session = Session(
            self._engine,
            self._backend,
            self._serializer,
            self._reads,
            self._listed,
            writing=writing,
        )
        try:
            try:
                session.begin()
                yield SqlUnitOfWork(session)
            finally:
                session.end()
        finally:
            session.discard()  # nothing is left to do, unless an interrupt cut the end short

    def close(self) -> None:
        """Let go of the database, after the units of work that are open."""
        self._closed = True
        # After a fork the connections are those of the other process.
        self._engine.dispose(close=os.getpid() == self._process)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


class SqlUnitOfWork:
    """One transaction on everything that is kept."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.contacts = _Contacts(session)
        self.products = _Products(session)
        self.promotions = _Promotions(session)
        self.drafts = _Drafts(session)
        self.orders = _Orders(session)

    def commit(self) -> None:
        """Store everything that was changed, and end the work."""
        self._session.commit()


@attrs.frozen(kw_only=True)
class _Mapping(Generic[R]):
    """How the records of one kind are spread over tables.

    `values` gives the columns of a record's row besides id, version and document, `links` its rows
    in other tables. `sort_key` are the columns that listings are sorted by, `unique` those that
    hold the unique keys, by field. Records that are `remembered` are read again and again as they
    are: products and promotions for every order, drafts for every look at them.
    """

    kind: Kind[R]
    table: Table
    values: Callable[[R], Values]
    links: Callable[[R], Links]
    sort_key: tuple[ColumnElement[Any], ...]
    unique: Mapping[str, ColumnElement[Any]]
    remembered: bool = False

    # Statements are made once: to make one takes as long as to carry it out.

    @cached_property
    def reading(self) -> Select[Any]:
        """Records, by what is still to be said."""
        return select(self.table.c.id, self.table.c.document)

    @cached_property
    def by_ids(self) -> Select[Any]:
        """The records with some `ids`."""
        return self.reading.where(self.table.c.id.in_(bindparam("ids", expanding=True)))

    @cached_property
    def by_key(self) -> Mapping[str, Select[Any]]:
        """The record with a unique `key`, for each field that has such keys."""
        found = {}
        for field, column in self.unique.items():
            key: Condition = column == bindparam("key")
            if column.table is not self.table:
                key = self.table.c.id.in_(_linked(column.table, key))
            found[field] = self.reading.where(key)
        return found

    @cached_property
    def changing(self) -> Update:
        """Changes a record that is current, told by `old_id` and `old_version`."""
        return update(self.table).where(*self._is_current)

    @cached_property
    def removing(self) -> Delete:
        """Removes a record that is current, told likewise."""
        return delete(self.table).where(*self._is_current)

    @property
    def _is_current(self) -> tuple[Condition, Condition]:
        columns = self.table.c
        return columns.id == bindparam("old_id"), columns.version == bindparam("old_version")


class _Store(Generic[R]):
    """What all stores have in common."""

    mapping: _Mapping[R]

    def __init__(self, session: Session) -> None:
        self._session = session

    # --- Writing ---

    def add(self, record: R) -> R:
        new = attrs.evolve(self.mapping.kind.checked(record), version=1)
        with self._saying_what_is_taken(new), self._session.step():
            self._insert([new])
        return new

    def save(self, record: R) -> R:
        # A version that no stored record has is refused as out of date, as large as it may be.
        following = (
            record.version + 1 if self.mapping.kind.checked(record).version in VERSIONS else 1
        )
        new = attrs.evolve(record, version=following)
        try:
            self._replace(record, new)
        except KeyTaken:
            with self._saying_what_is_taken(new, stored=True):
                had = self._had_before(record.id) & {*self.mapping.kind.unique_keys(new)}
                lacking = frozenset(key for key in had if self._taken(key, record.id))
                self._replace(record, new, lacking)
        return new

    def _replace(self, record: R, new: R, lacking: frozenset[UniqueKey] = frozenset()) -> None:
        """Put a new version in the place of a record, less the keys that are others' already."""
        values, links = self._rows_of(new, lacking)
        with self._session.step():
            if record.version not in VERSIONS or not self._session.change(
                self.mapping.changing, {**values, **self._current(record)}
            ):
                raise self._refused(record)
            for link in self.mapping.links(record):
                self._session.change(delete(link).where(_owner(link) == record.id))
            for link, rows in links.items():
                if rows:
                    self._session.insert(link, rows)

    def _had_before(self, record_id: str) -> frozenset[UniqueKey]:
        """The keys that a stored record would have, by right or not.

        One that was stored when texts were compared otherwise can share its key with an older one,
        which keeps it (OE-27). It can be changed all the same.
        """
        keys = self.mapping.kind.unique_keys(self.get(record_id))
        return frozenset(key for key in keys if key.field != "id")

    def _taken(self, key: UniqueKey, by_other_than: str | None) -> bool:
        column = self.mapping.unique[key.field]
        owner = _owner(column.table)
        taken = select(owner).where(column == key.key)
        others = taken if by_other_than is None else taken.where(owner != by_other_than)
        return bool(self._session.rows(others))

    def restore(self, records: Iterable[R]) -> None:
        together: list[R] = []
        try:
            with self._session.step():
                together += map(self.mapping.kind.restorable, as_tuple(records, "records"))
                self._insert(together)
        except KeyTaken:
            # One by one, to find whose key it is: if the key may not be shared, none of them stays.
            with self._session.step():
                for record in together:
                    with self._saying_what_is_taken(record), self._session.step():
                        self._insert([record], self._written_otherwise(record))

    def _written_otherwise(self, record: R) -> frozenset[UniqueKey]:
        """The keys of a record that only read the same as those of others (OE-27)."""
        kind = self.mapping.kind
        found = ((key, self._find(key.field, key.key)) for key in kind.unique_keys(record))
        return frozenset(
            key for key, owner in found if owner is not None and kind.written_otherwise(key, owner)
        )

    def _insert(self, records: Sequence[R], lacking: frozenset[UniqueKey] = frozenset()) -> None:
        """Insert the rows of several records, with one statement for each table."""
        if not records:
            return
        made = [self._rows_of(record, lacking) for record in records]
        self._session.insert(self.mapping.table, [values for values, _ in made])
        rows: dict[Table, list[Values]] = {}
        for _, links in made:
            for link, found in links.items():
                rows.setdefault(link, []).extend(found)
        for link, found in rows.items():
            if found:
                self._session.insert(link, found)

    def _rows_of(
        self, record: R, lacking: frozenset[UniqueKey]
    ) -> tuple[Values, dict[Table, list[Values]]]:
        """The row of a record, and its rows in other tables, without those keys that it lacks."""
        values, links = dict(self._values(record)), dict(self._links(record))
        for key in lacking:
            column = self.mapping.unique[key.field]
            if column.table is self.mapping.table:
                values[column.name] = None
            else:
                links[column.table] = [
                    row for row in links[column.table] if row[column.name] != key.key
                ]
        return values, links

    def _values(self, record: R) -> Values:
        serializer = self._session.serializer
        document = serializer.dumps(record)
        # What could not be read again is refused now: later it would be a damaged storage.
        if serializer.loads(document, self.mapping.kind.record) != record:
            raise InvalidField(self.mapping.kind.name, record, "one that is read as written")
        return {
            "id": record.id,
            "version": record.version,
            "document": document,
            **self.mapping.values(record),
        }

    def _links(self, record: R) -> Iterator[tuple[Table, list[Values]]]:
        """The rows of a record in other tables, without those tables in which it has none."""
        for link, rows in self.mapping.links(record).items():
            owner = _owner(link).name
            found: list[Values] = [{owner: record.id, **row} for row in rows]
            if found:
                yield link, found

    def _current(self, record: R) -> Values:
        """By what a record is found if it is current."""
        # A version that no record has may be one that no database could even be asked for.
        version = record.version if record.version in VERSIONS else _NO_VERSION
        return {"old_id": record.id, "old_version": version}

    def _refused(self, record: R) -> Exception:
        """Why a record was not found to be current."""
        columns = self.mapping.table.c
        for row in self._session.rows(select(columns.version).where(columns.id == record.id)):
            return self.mapping.kind.stale(record, row.version)
        return self.mapping.kind.not_found(record.id)

    @contextmanager
    def _saying_what_is_taken(self, record: R, *, stored: bool = False) -> Iterator[None]:
        try:
            yield
        except KeyTaken as error:
            for key in self.mapping.kind.unique_keys(record):
                if self._taken(key, record.id if stored else None):
                    name = self.mapping.kind.name
                    raise AlreadyExists(name, key.field, key.value) from error
            raise self._damaged_key(record.id) from error

    def _damaged_key(self, refused: str) -> ForeignStorage:
        """The error for a key that is taken, but by none of the records."""
        told = (
            f"it is damaged: it has a key of {self.mapping.kind.name} {refused}, and no such record"
        )
        return ForeignStorage(self._session.where, told)

    # --- Reading ---

    def get(self, record_id: str) -> R:
        return self._one("id", a_text(record_id), record_id)

    def _one(self, field: str, key: str, shown: str) -> R:
        found = self._find(field, key)
        if found is None:
            raise self.mapping.kind.not_found(shown)
        return found

    def _find(self, field: str, key: str) -> R | None:
        rows = self._session.rows(self.mapping.by_key[field], key=key)
        return self._record(rows[0]) if rows else None

    def many(self, record_ids: Iterable[str]) -> dict[str, R]:
        return {row.id: self._record(row) for row in self._rows(ids(record_ids, "ids"))}

    def _rows(self, ids: Iterable[str]) -> Iterator[Row[Any]]:
        """The ids and documents of the records that exist, each once, in the order of the ids."""
        wanted = dict.fromkeys(ids)
        for some in _portions(wanted):
            found = {row.id: row for row in self._session.rows(self.mapping.by_ids, ids=some)}
            yield from (found[i] for i in some if i in found)

    def _record(self, row: Row[Any], *, listed: bool = False) -> R:
        kind = self.mapping.kind.record
        session = self._session
        if self.mapping.remembered:
            reads = session.listed if listed else session.reads
            return self._readable(row, lambda text: reads(row.id, text, kind))
        return self._readable(row, lambda text: session.serializer.loads(text, kind))

    def _readable(self, row: Row[Any], read: Callable[[str], T]) -> T:
        """What is read of a document. Raises ForeignStorage for a damaged one."""
        try:
            return read(row.document)
        except (InvalidInput, TypeError, RecursionError) as error:
            where = f"{self._session.where}, {self.mapping.kind.name} {row.id!r}"
            raise ForeignStorage(where, str(error)) from error

    def _page(
        self,
        narrow: Sequence[Condition],
        broad: Sequence[Condition],
        page: str,
        limit: int,
        *,
        common: "_Common | None" = None,
    ) -> Page[R]:
        """List what meets all conditions; see `_found`."""
        ids, next_page = self._found(narrow, broad, page, limit, common=common)
        return Page(tuple(self._record(row, listed=True) for row in self._rows(ids)), next_page)

    def _found(
        self,
        narrow: Sequence[Condition],
        broad: Sequence[Condition],
        page: str,
        limit: int,
        *,
        common: "_Common | None" = None,
    ) -> tuple[Sequence[str], str]:
        """Return the ids on a page of what meets all conditions, and the next page.

        The search is led by the narrow conditions if there are any. A database that knows no
        better may walk through everything in the sorted order, or through all that is common, in
        the hope to meet what is rare soon. So beside something narrow, `broad` must not be
        conditions on indexed columns (`_unindexed`); nor is the order.

        What was thought to be narrow may be met by many records: all of them would be sorted for
        one page. With `common`, the sorted order is walked for a while in that case.
        """
        kind, table = self.mapping.kind, self.mapping.table
        size = page_size(limit)
        after = decode_key(page, kind.sort_types)
        columns = self.mapping.sort_key
        if any(condition is _NOTHING for condition in narrow):
            return [], ""
        rows: Sequence[Row[Any]] = ()
        if common is not None and self._session.rows(common.enough):
            walked = self._sorted(
                select(table.c.id, *columns).where(*common.filters), columns, after
            )
            here = walked.limit(_WALKED).subquery()
            met = select(here).where(common.met_by(here.c.id))
            if not self._session.keeps_order:
                met = met.order_by(*(here.c[column.name] for column in columns))
            rows = self._session.rows(met.limit(size + 1))
        if len(rows) <= size:
            sort_key = [_unindexed(column) for column in columns] if narrow else columns
            query = select(table.c.id, *columns).where(*narrow, *broad)
            rows = self._session.rows(self._sorted(query, sort_key, after).limit(size + 1))
        for row in rows:
            if tuple(map(type, row[1:])) != kind.sort_types:
                problem = f"it is damaged: {kind.name} {row[0]!r} cannot be sorted"
                raise ForeignStorage(self._session.where, problem)
        ids = [row[0] for row in rows[:size]]
        return ids, encode_key(rows[size - 1][1:]) if rows[size:] else ""

    def _sorted(
        self,
        query: Select[Any],
        sort_key: Sequence[ColumnElement[Any]],
        after: tuple[str | int, ...] | None,
    ) -> Select[Any]:
        """Sort records, and begin after those of the page before."""
        newest_first = self.mapping.kind.newest_first
        if after is not None:
            here = tuple_(*sort_key)
            types = [column.type for column in self.mapping.sort_key]
            passed = tuple_(*(literal(v, t) for v, t in zip(after, types, strict=True)))
            query = query.where(here < passed if newest_first else here > passed)
        return query.order_by(*(c.desc() if newest_first else c for c in sort_key))


# --- Conditions -------------------------------------------------------------------------------


class _Common(NamedTuple):
    """A search that many records may meet.

    `enough` has a row if so many meet it that the sorted order is worth walking, `met_by` asks it
    of the record with an id, and `filters` are conditions on the leading columns of that order.
    """

    enough: Select[Any]
    met_by: Callable[[ColumnElement[str]], Condition]
    filters: Sequence[Condition] = ()


def _owner(table: Table) -> ColumnElement[Any]:
    """The column that says which record a row belongs to."""
    for key in table.foreign_keys:
        return key.parent
    return table.c.id


def _starting(column: ColumnElement[str], prefix: str) -> list[Condition]:
    """Conditions for the texts with a prefix: a range of an index, whatever is in the prefix."""
    if not prefix:
        return []
    after = _after_all_starting(prefix)
    return [column >= prefix] if after is None else [column >= prefix, column < after]


def _after_all_starting(prefix: str) -> str | None:
    """The first text, by code points, after all that have a prefix; None if nothing is."""
    stem = prefix.rstrip(chr(_LAST_CODE_POINT))
    if not stem:
        return None
    following = ord(stem[-1]) + 1
    return stem[:-1] + chr(_AFTER_SURROGATES if following == _FIRST_SURROGATE else following)


def _linked(link: Table, *conditions: Condition) -> Select[Any]:
    """The records with such a row in a table."""
    return select(_owner(link)).where(*conditions)


class _Terms(NamedTuple):
    """What records are found by the beginning of: rows of a table, those of a kind if it has any.

    However many words are looked for, the statement is no deeper: the rarest word, which is likely
    the longest, leads, and the records that have it are asked for the others.
    """

    table: Table
    column: str
    kind: str = ""

    def starting(self, *prefixes: str) -> Select[Any]:
        """The records with a term that starts with one of some prefixes."""
        return select(_owner(self.table)).where(*self._starting(self.table.c, *prefixes))

    def with_words(self, text: str) -> Select[Any] | None:
        """The records that a text finds (`cartcore.values.search`); None if it has no word."""
        needed = _needed(text)
        if not needed:
            return None
        owner = _owner(self.table)
        return self.starting(needed[0]).where(*(self._has(owner, word) for word in needed[1:]))

    def has_words(self, text: str, record_id: ColumnElement[str]) -> Condition:
        """Whether a text finds the record with an id."""
        return and_(*(self._has(record_id, word) for word in _needed(text)))

    def has(self, record_id: ColumnElement[str], *prefixes: str) -> Condition:
        """Whether a record has a term that starts with one of some prefixes."""
        return or_(*(self._has(record_id, prefix) for prefix in prefixes))

    def _has(self, record_id: ColumnElement[str], prefix: str) -> Condition:
        here = self.table.alias()
        owner = here.c[_owner(self.table).name]
        return exists().where(owner == record_id, *self._starting(here.c, prefix))

    def _starting(self, columns: Any, *prefixes: str) -> Iterator[Condition]:
        if self.kind:
            yield columns.kind == self.kind
        yield or_(*(and_(*_starting(columns[self.column], prefix)) for prefix in prefixes))


_CONTACT_WORDS = _Terms(schema.contact_words, "word")
_CONTACT_PHONES = _Terms(schema.contact_phones, "number_reversed")
_PRODUCT_WORDS = _Terms(schema.product_words, "word")
_ORDER_NAMES, _ORDER_RECIPIENTS, _ORDER_ADDRESSES, _ORDER_PHONES = (
    _Terms(schema.order_terms, "term", kind) for kind in schema.ORDER_TERMS
)


def _needed(text: str) -> list[str]:
    """The words of a search, less those that begin another one of them; the longest first."""
    found = searched(text)
    needed = [w for w in found if not any(o != w and o.startswith(w) for o in found)]
    return sorted(needed, key=len, reverse=True)


_NOTHING: Condition = false()
"""What nothing meets: something is looked for, and nothing is left of it (OE-28)."""


def _met(column: ColumnElement[str], found: SelectBase | None) -> Condition:
    """That a record is among those found; None finds nothing."""
    return _NOTHING if found is None else column.in_(found)


def _folded(column: ColumnElement[str], wanted: str) -> list[Condition]:
    """Conditions for the texts that begin with what is wanted, if anything is."""
    if not wanted:
        return []
    return _starting(column, fold(wanted)) or [_NOTHING]


def _reversed(numbers: Iterable[str]) -> tuple[str, ...]:
    return tuple(number[::-1] for number in numbers)


def _ending(terms: _Terms, numbers: Iterable[str]) -> Select[Any] | None:
    """The records with a phone number that ends with one of these; None if there is none."""
    ends = _reversed(numbers)
    return terms.starting(*ends) if ends else None


def _met_by_many(matches: Select[Any]) -> Select[Any]:
    """A row if so many records, or more, are among some that match."""
    return matches.offset(_MANY).limit(1)


def _unique(rows: Iterable[tuple[str, ...]], *names: str) -> list[Values]:
    return [dict(zip(names, row, strict=True)) for row in sorted(set(rows))]


def _unindexed(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """The value of a column, in a form that no index is looked up for."""
    return func.coalesce(column, column)


def _portions(keys: Iterable[T]) -> Iterator[list[T]]:
    """Keys in lists that are short enough for one statement."""
    left = list(keys)
    return (left[start : start + _AT_ONCE] for start in range(0, len(left), _AT_ONCE))


# --- Statements -------------------------------------------------------------------------------

_counter = schema.counters.c
_here = update(schema.counters).where(_counter.name == schema.ORDER_NUMBER)
_COUNTING = (
    _here.where(_counter.value < LAST_NUMBER)
    .values(value=_counter.value + 1)
    .returning(_counter.value)
)
_LAST_NUMBER = select(_counter.value).where(_counter.name == schema.ORDER_NUMBER)
_COUNTED = _here.where(_counter.value < bindparam("number")).values(value=bindparam("number"))

# In the order of the index, so that nothing is looked at but the first one there.
_PUBLISHED = (
    select(schema.products.c.id)
    .where(schema.products.c.available == true())
    .order_by(schema.products.c.title_folded, schema.products.c.id)
    .limit(1)
)

_ACTIVE = (
    select(schema.promotions.c.id, schema.promotions.c.document)
    .where(
        schema.promotions.c.enabled == true(),
        schema.promotions.c.trigger.in_([t.value for t in Trigger if t is not Trigger.CODE]),
        schema.promotions.c.starts_at <= bindparam("at"),
        schema.promotions.c.ends_at > bindparam("at"),
    )
    # Few of many: they are sorted, not sought among all in their order.
    .order_by(_unindexed(schema.promotions.c.id))
)

_PLACED_BY_CONTACT = select(func.count()).where(
    schema.orders.c.contact_id == bindparam("contact_id"),
    schema.orders.c.status != OrderStatus.CANCELLED.value,
)

# --- Stores -----------------------------------------------------------------------------------


class _Contacts(_Store[Contact]):
    mapping = _Mapping(
        kind=CONTACT,
        remembered=True,
        table=schema.contacts,
        values=lambda contact: {
            "name_folded": fold(contact.name),
            "email_key": email_key(contact.email) or None,
            "email_folded": fold(email_key(contact.email)),
        },
        links=lambda contact: {
            schema.contact_words: _unique(((w,) for w in index_words(contact.name)), "word"),
            schema.contact_phones: _unique(
                (
                    (number,)
                    for phone in contact.phones
                    for number in _reversed(phone_digits(phone))
                ),
                "number_reversed",
            ),
            schema.contact_addresses: _unique(
                ((fold(a.city), fold(a.region), a.country) for a in contact.addresses),
                "city_folded",
                "region_folded",
                "country",
            ),
            schema.contact_tags: _unique(((fold(t),) for t in contact.tags), "tag_folded"),
        },
        sort_key=(schema.contacts.c.name_folded, schema.contacts.c.id),
        unique={"id": schema.contacts.c.id, "email": schema.contacts.c.email_key},
    )

    def search(
        self, wanted: ContactFilter, *, page: str = "", limit: int = PAGE_SIZE
    ) -> Page[Contact]:
        narrow = list(self._narrow(of_kind(ContactFilter, wanted, "wanted")))
        typed = wanted.name or wanted.text
        named = _CONTACT_WORDS.with_words(typed)
        common = None
        if named is not None and len(narrow) == 1:  # a name as it is typed
            found_by = partial(_CONTACT_WORDS.has_words, typed)
            met_by = found_by if wanted.name else partial(self._met_by_text, wanted)
            common = _Common(_met_by_many(named), met_by)
        return self._page(narrow, (), page, limit, common=common)

    def _narrow(self, wanted: ContactFilter) -> Iterator[Condition]:
        columns, address = schema.contacts.c, schema.contact_addresses.c
        if wanted.text:
            yield self._by_text(wanted)
        if wanted.name:
            yield _met(columns.id, _CONTACT_WORDS.with_words(wanted.name))
        yield from _folded(columns.email_folded, wanted.email)
        if wanted.phone:
            yield _met(columns.id, _ending(_CONTACT_PHONES, wanted.phone_ends()))
        if wanted.tag:
            tag = fold(wanted.tag)
            tagged = _linked(schema.contact_tags, schema.contact_tags.c.tag_folded == tag)
            yield _met(columns.id, tagged if tag else None)
        if wanted.city or wanted.region or wanted.country:
            there = [
                *_folded(address.city_folded, wanted.city),
                *_folded(address.region_folded, wanted.region),
                *([address.country == normal(wanted.country).upper()] if wanted.country else []),
            ]
            nothing = any(condition is _NOTHING for condition in there)
            yield _met(columns.id, None if nothing else _linked(schema.contact_addresses, *there))

    def _by_text(self, wanted: ContactFilter) -> Condition:
        """Whose name, e-mail address or phone number was typed into one field (OE-31)."""
        columns, email = schema.contacts.c, fold(wanted.text)
        found = [
            _CONTACT_WORDS.with_words(wanted.text),
            select(columns.id).where(*_starting(columns.email_folded, email)) if email else None,
            _ending(_CONTACT_PHONES, wanted.phones_in_text()),
        ]
        selects = [each for each in found if each is not None]
        return _met(columns.id, union(*selects) if selects else None)

    def _met_by_text(self, wanted: ContactFilter, contact_id: ColumnElement[str]) -> Condition:
        here = schema.contacts.alias().c
        by_email = exists().where(
            here.id == contact_id, *_starting(here.email_folded, fold(wanted.text))
        )
        ends = _reversed(wanted.phones_in_text())
        by_phone = [_CONTACT_PHONES.has(contact_id, *ends)] if ends else []
        return or_(_CONTACT_WORDS.has_words(wanted.text, contact_id), by_email, *by_phone)


class _Products(_Store[Product]):
    mapping = _Mapping(
        kind=PRODUCT,
        remembered=True,
        table=schema.products,
        values=lambda product: {
            "title_folded": fold(product.title),
            "available": bool(product.available),
        },
        links=lambda product: {
            schema.product_words: _unique(((w,) for w in index_words(product.title)), "word"),
            schema.variants: [
                {
                    "sku": variant.sku,
                    "sku_folded": normal(variant.sku),
                    "barcode_key": barcode_key(variant.barcode) or None,
                }
                for variant in sorted(product.variants, key=lambda v: v.sku)
            ],
        },
        sort_key=(schema.products.c.title_folded, schema.products.c.id),
        unique={"id": schema.products.c.id, "SKU": schema.variants.c.sku},
    )

    def by_sku(self, sku: str) -> Product:
        return self._one("SKU", a_text(sku, "SKU"), sku)

    def by_barcode(self, barcode: str, *, page: str = "", limit: int = PAGE_SIZE) -> Page[Product]:
        same = schema.variants.c.barcode_key == barcode_key(a_text(barcode, "barcode"))
        narrow = [schema.products.c.id.in_(_linked(schema.variants, same))]
        return self._page(narrow, (), page, limit)

    def search(
        self,
        text: str = "",
        *,
        published_only: bool = False,
        page: str = "",
        limit: int = PAGE_SIZE,
    ) -> Page[Product]:
        text = clean(text, "search text")
        flag(published_only, "published_only")
        narrow: list[Condition] = []
        common = None
        available = schema.products.c.available
        if text:
            titled = _PRODUCT_WORDS.with_words(text)
            variants = schema.variants.c
            starting = and_(*_starting(variants.sku_folded, normal(text)) or [_NOTHING])
            same = variants.barcode_key == barcode_key(text)
            found = [_linked(schema.variants, starting), _linked(schema.variants, same)]
            found += [] if titled is None else [titled]
            narrow.append(schema.products.c.id.in_(union(*found)))

            def met_by(product_id: ColumnElement[str]) -> Condition:
                has_sku = exists().where(variants.product_id == product_id, or_(starting, same))
                return or_(_PRODUCT_WORDS.has_words(text, product_id), has_sku)

            if titled is not None:
                filters = [available == true()] if published_only else []
                common = _Common(_met_by_many(titled), met_by, filters)
        shown = (_unindexed(available) if narrow else available) == true()
        return self._page(narrow, [shown] if published_only else [], page, limit, common=common)

    def any_published(self) -> bool:
        return bool(self._session.rows(_PUBLISHED))


class _Promotions(_Store[Promotion]):
    mapping = _Mapping(
        kind=PROMOTION,
        remembered=True,
        table=schema.promotions,
        values=lambda promotion: {
            "enabled": promotion.enabled,
            "trigger": promotion.trigger.value,
            **dict(zip(("starts_at", "ends_at"), window(promotion), strict=True)),
        },
        links=lambda promotion: {
            schema.promotion_codes: _unique(
                ((code,) for code in promotion.normalized_codes), "code"
            ),
        },
        sort_key=(schema.promotions.c.id,),
        unique={"id": schema.promotions.c.id, "code": schema.promotion_codes.c.code},
    )

    def by_code(self, promo_code: str) -> Promotion:
        return self._one("code", code_key(promo_code), promo_code)

    def active(self, at: datetime) -> Sequence[Promotion]:
        rows = self._session.rows(_ACTIVE, at=microseconds(at))
        return tuple(self._record(row) for row in rows)

    def search(self, *, page: str = "", limit: int = PAGE_SIZE) -> Page[Promotion]:
        return self._page((), (), page, limit)

    def usage(
        self,
        promotion_ids: Iterable[str],
        contact_id: str,
        promo_codes: Mapping[str, str] = NO_CODES,
    ) -> Mapping[str, Usage]:
        columns = schema.redemptions.c
        codes = code_keys(promo_codes)
        by_contact = func.count(case((columns.contact_id == a_text(contact_id), 1)))
        counting = (
            select(
                columns.promotion_id,
                columns.currency,
                func.count().label("total"),
                by_contact.label("by_contact"),
                func.sum(columns.discount_minor).label("discount"),
            )
            .group_by(columns.promotion_id, columns.currency)
            .order_by(columns.promotion_id, columns.currency)
        )
        usage = {promotion_id: Usage() for promotion_id in ids(promotion_ids, "promotion_ids")}
        for some in _portions(usage):
            for row in self._session.rows(counting.where(columns.promotion_id.in_(some))):
                so_far = usage[row.promotion_id]
                given = (
                    () if row.currency is None else (from_minor(int(row.discount), row.currency),)
                )
                usage[row.promotion_id] = Usage(
                    total=so_far.total + row.total,
                    by_contact=so_far.by_contact + row.by_contact,
                    discounts=(*so_far.discounts, *given),
                )
        by_code = select(columns.promotion_id, func.count().label("uses")).group_by(
            columns.promotion_id
        )
        asked = [pair for pair in codes.items() if pair[0] in usage]
        for pairs in _portions(asked):
            using = tuple_(columns.promotion_id, columns.promo_code).in_(pairs)
            for row in self._session.rows(by_code.where(using)):
                so_far = usage[row.promotion_id]
                usage[row.promotion_id] = attrs.evolve(so_far, by_code=row.uses)
        return usage


class _Drafts(_Store[Draft]):
    mapping = _Mapping(
        kind=DRAFT,
        remembered=True,
        table=schema.drafts,
        values=lambda draft: {
            "updated_at": microseconds(draft.updated_at),
            "contact_id": draft.contact_id,
            "created_by_key": normal(draft.created_by),
        },
        links=lambda _: {},
        sort_key=(schema.drafts.c.updated_at, schema.drafts.c.id),
        unique={"id": schema.drafts.c.id},
    )

    def remove(self, draft: Draft) -> None:
        draft = self.mapping.kind.checked(draft)
        if not self._session.change(self.mapping.removing, self._current(draft)):
            raise self._refused(draft)

    def search(
        self,
        *,
        contact_id: str = "",
        actor: str = "",
        page: str = "",
        limit: int = PAGE_SIZE,
    ) -> Page[Draft]:
        columns = schema.drafts.c
        contact, actor = a_text(contact_id, "contact id"), a_text(actor, "actor")
        by = normal(actor)
        # Sorted by an index that begins with the one or the other, which is met by all that it has.
        found: list[Condition] = [columns.contact_id == contact] if contact else []
        if actor:
            key = _unindexed(columns.created_by_key) if found else columns.created_by_key
            found.append(key == by if by else _NOTHING)
        if any(condition is _NOTHING for condition in found):
            return self._page(found, (), page, limit)
        return self._page((), found, page, limit)


def _redeemed(redemption: Redemption) -> Values:
    discount = redemption.discount
    return {
        "promotion_id": redemption.promotion_id,
        "contact_id": redemption.contact_id,
        "promo_code": redemption.promo_code,
        "discount_minor": None if discount is None else to_minor(discount, discount.currency),
        "currency": None if discount is None else discount.currency.code,
    }


def _comparable(total: Money) -> int:
    """A sum in minor units. The largest ones are equal: they are above all that can be asked for.

    A sum of many lines can have thirty digits, which no integer of a database holds.
    """
    try:
        return to_minor(total, total.currency)
    except InvalidAmount:
        return LARGEST_AMOUNT + 1


def _order_terms(order: Order) -> Iterator[tuple[str, str]]:
    """What an order is found by, with the kind of each."""
    addresses = " ".join(map(address_text, order.addresses))
    texts = (order.contact.name, " ".join(order.recipients), addresses)
    for terms, text in zip((_ORDER_NAMES, _ORDER_RECIPIENTS, _ORDER_ADDRESSES), texts, strict=True):
        yield from ((terms.kind, word) for word in index_words(text))
    for phone in order.phones:
        yield from ((_ORDER_PHONES.kind, end) for end in _reversed(phone_digits(phone)))


class _Orders(_Store[Order]):
    mapping = _Mapping(
        kind=ORDER,
        table=schema.orders,
        values=lambda order: {
            "number": order.number,
            "number_length": len(order.number),
            "draft_id": order.draft_id,
            "idempotency_key": order.idempotency_key,
            "contact_id": order.contact.id,
            "email_folded": fold(email_key(order.contact.email)),
            "status": order.status.value,
            "placed_at": microseconds(order.placed_at),
            "currency": order.total.currency.code,
            "total_minor": _comparable(order.total),
            "placed_by_key": normal(order.placed_by),
        },
        links=lambda order: {
            schema.order_terms: _unique(_order_terms(order), "kind", "term"),
            schema.order_skus: _unique(((line.sku,) for line in order.quote.lines), "sku"),
            schema.order_codes: _unique(
                ((normalize_code(code),) for code in order.promo_codes), "code"
            ),
            schema.redemptions: [
                {"position": position, **_redeemed(redemption)}
                for position, redemption in enumerate(order.redemptions)
            ],
        },
        sort_key=(
            schema.orders.c.placed_at,
            schema.orders.c.number_length,
            schema.orders.c.number,
        ),
        unique={
            "id": schema.orders.c.id,
            "number": schema.orders.c.number,
            "draft": schema.orders.c.draft_id,
            "idempotency key": schema.orders.c.idempotency_key,
        },
    )

    def next_number(self) -> str:
        counted_on = self._session.changed(_COUNTING)
        if not counted_on:  # the last one was given out, or the counter is not there
            return order_number(self.last_number() + 1)
        return str(self._a_number(counted_on))

    def add(self, order: Order) -> Order:
        added = super().add(order)
        # next_number() gives none that was given from elsewhere.
        self.reserve_numbers(counted(order.number))
        return added

    def restore(self, records: Iterable[Order]) -> None:
        orders = as_tuple(records, "records")
        super().restore(orders)
        self.reserve_numbers(max((counted(order.number) for order in orders), default=0))

    def last_number(self) -> int:
        return self._a_number(self._session.rows(_LAST_NUMBER))

    def _a_number(self, rows: Sequence[Row[Any]]) -> int:
        values = [value for (value,) in rows]
        if [type(value) for value in values] != [int]:
            problem = "it is damaged: it does not know the number of the last order"
            raise ForeignStorage(self._session.where, problem)
        return int(values[0])

    def reserve_numbers(self, up_to: int) -> None:
        self._session.change(_COUNTED, {"number": a_number(up_to)})

    def by_number(self, number: str) -> Order:
        return self._one("number", a_text(number, "number"), number)

    def by_draft(self, draft_id: str) -> Order | None:
        return self._find("draft", a_text(draft_id, "draft"))

    def by_idempotency_key(self, key: str) -> Order | None:
        return self._find("idempotency key", a_text(key, "idempotency key"))

    def placed_by_contact(self, contact_id: str) -> int:
        [(count,)] = self._session.rows(_PLACED_BY_CONTACT, contact_id=a_text(contact_id))
        return int(count)

    def search(self, wanted: OrderFilter, *, page: str = "", limit: int = PAGE_SIZE) -> Page[Order]:
        return self._page(*self._conditions(wanted, page), page, limit)

    def summaries(
        self, wanted: OrderFilter, *, page: str = "", limit: int = PAGE_SIZE
    ) -> Page[OrderSummary]:
        ids, next_page = self._found(*self._conditions(wanted, page), page, limit)
        read = self._session.serializer.loads_summary
        return Page(tuple(self._readable(row, read) for row in self._rows(ids)), next_page)

    def _conditions(
        self, wanted: OrderFilter, page: str
    ) -> tuple[Sequence[Condition], Sequence[Condition]]:
        """What orders have to meet: what is narrow, and what is broad."""
        named = list(self._narrow(of_kind(OrderFilter, wanted, "wanted")))
        totals = list(self._totals(wanted, led=bool(named)))
        broad = self._broad(wanted, page, led=bool(named or totals))
        # A range of totals can be wide: it leads only where nothing else does.
        narrow = named or totals
        return narrow, [*broad, *(totals if named else ())]

    def _narrow(self, wanted: OrderFilter) -> Iterator[Condition]:
        columns = schema.orders.c
        yield from _starting(columns.number, wanted.number)
        for terms, text in (
            (_ORDER_NAMES, wanted.contact),
            (_ORDER_RECIPIENTS, wanted.recipient),
            (_ORDER_ADDRESSES, wanted.address),
        ):
            if text:
                yield _met(columns.id, terms.with_words(text))
        yield from _folded(columns.email_folded, wanted.email)
        if wanted.phone:
            yield _met(columns.id, _ending(_ORDER_PHONES, wanted.phone_ends()))
        if wanted.contact_id:
            yield columns.contact_id == wanted.contact_id
        if wanted.placed_by and not normal(wanted.placed_by):
            yield _NOTHING
        if wanted.promo_code:
            code = schema.order_codes.c.code == wanted.code
            yield columns.id.in_(_linked(schema.order_codes, code))
        if wanted.sku:
            sku = schema.order_skus.c.sku == wanted.sku
            yield columns.id.in_(_linked(schema.order_skus, sku))

    def _totals(self, wanted: OrderFilter, *, led: bool) -> Iterator[Condition]:
        columns = schema.orders.c
        currency = _unindexed(columns.currency) if led else columns.currency
        total = _unindexed(columns.total_minor) if led else columns.total_minor
        for bound, compare in ((wanted.total_min, operator.ge), (wanted.total_max, operator.le)):
            if bound is not None:
                yield currency == bound.currency.code
                yield compare(total, to_minor(bound, bound.currency))

    def _broad(self, wanted: OrderFilter, page: str, *, led: bool) -> Iterator[Condition]:
        columns = schema.orders.c
        status = _unindexed(columns.status) if led else columns.status
        placed_at = _unindexed(columns.placed_at) if led else columns.placed_at
        if wanted.status is not None:
            yield status == wanted.status.value
        if normal(wanted.placed_by):
            by = _unindexed(columns.placed_by_key) if led else columns.placed_by_key
            yield by == normal(wanted.placed_by)
        if wanted.placed_from is not None:
            yield placed_at >= microseconds(wanted.placed_from)
        if wanted.placed_before is not None:
            before = microseconds(wanted.placed_before)
            after = decode_key(page, ORDER.sort_types)
            # Where a page begins later in the listing, this bound would only tempt SQLite to
            # begin with it, and to walk through all the pages in between.
            if after is None or cast("int", after[0]) >= before:
                yield placed_at < before
