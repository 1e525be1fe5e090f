"""What the stores of all kinds of records have in common."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

import attrs
from sqlalchemy import Table, delete, func, select

from cartcore.adapters.sql.conditions import NOTHING, Condition, owner_of
from cartcore.adapters.sql.driver_errors import KeyTaken
from cartcore.adapters.sql.mapping import Links, RecordMapping
from cartcore.adapters.sql.paging import Common, SortedBy, found_on_page
from cartcore.adapters.sql.session import Session, portions
from cartcore.adapters.sql.statements import Row, Values, in_order
from cartcore.documents.certainty import is_sure
from cartcore.errors import AlreadyExists, ForeignStorage, InvalidField, InvalidInput
from cartcore.storage.keys import VERSIONS, R, UniqueKey, ids
from cartcore.storage.paging import Page, most_counted
from cartcore.values.readers import as_tuple
from cartcore.values.text import a_text

T = TypeVar("T")

_NO_VERSION = 0


class Store(Generic[R]):
    """What all stores have in common."""

    mapping: RecordMapping[R]

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
                self.mapping.changing, {**values, **self._of_change(), **self._current(record)}
            ):
                raise self._refused(record)
            for link, rows in links.items():
                if link in self.mapping.steady and self._has_rows(record.id, link, rows):
                    continue
                self._session.change(delete(link).where(owner_of(link) == record.id))
                if rows:
                    self._session.insert(link, rows)

    def _has_rows(self, record_id: str, link: Table, rows: Sequence[Row]) -> bool:
        """Whether these are the rows that a record has in another table."""
        stored = self._session.rows(self.mapping.rows_beside[link], owner=record_id)
        return {*rows} == {tuple(row) for row in stored}

    def _had_before(self, record_id: str) -> frozenset[UniqueKey]:
        """The keys that a stored record would have, by right or not.

        One that was stored when texts were compared otherwise can share its key with an older one,
        which keeps it (OE-27). It can be changed all the same.
        """
        keys = self.mapping.kind.unique_keys(self.get(record_id))
        return frozenset(key for key in keys if key.field != "id")

    def _taken(self, key: UniqueKey, by_other_than: str | None) -> bool:
        column = self.mapping.unique[key.field]
        owner = owner_of(column.table)
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
        change, table = self._of_change(), self.mapping.table
        self._session.insert(table, [in_order(table, {**values, **change}) for values, _ in made])
        rows: dict[Table, list[Row]] = {}
        for _, links in made:
            for link, found in links.items():
                rows.setdefault(link, []).extend(found)
        for link, found in rows.items():
            if found:
                self._session.insert(link, found)

    def _rows_of(self, record: R, lacking: frozenset[UniqueKey]) -> tuple[Values, Links]:
        """The row of a record, and its rows in other tables, without those keys that it lacks."""
        values, links = dict(self._values(record)), dict(self.mapping.links(record))
        for key in lacking:
            column = self.mapping.unique[key.field]
            if column.table is self.mapping.table:
                values[column.name] = None
            else:
                place = column.table.c.keys().index(column.name)
                links[column.table] = [row for row in links[column.table] if row[place] != key.key]
        return values, links

    def _values(self, record: R) -> Values:
        serializer = self._session.serializer
        document = serializer.dumps(record)
        # What could not be read again is refused now: later it would be a damaged storage.
        kind = self.mapping.kind
        if not is_sure(record, kind.record) and serializer.loads(document, kind.record) != record:
            raise InvalidField(kind.name, record, "one that is read as written")
        return {
            "id": record.id,
            "version": record.version,
            "document": document,
            **self.mapping.values(record),
        }

    def _of_change(self) -> Values:
        """Columns that tell of the change by which rows are written, and not of a record."""
        return {}

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

    def _rows(self, ids: Iterable[str]) -> Iterator[Any]:
        """The ids and documents of the records that exist, each once, in the order of the ids."""
        wanted = dict.fromkeys(ids)
        for some in portions(wanted):
            statement, values = self.mapping.by_ids.of(some)
            found = {row.id: row for row in self._session.rows(statement, **values)}
            yield from (found[i] for i in some if i in found)

    def _record(self, row: Any, *, listed: bool = False) -> R:
        kind = self.mapping.kind.record
        session = self._session
        if self.mapping.remembered:
            reads = session.listed if listed else session.reads
            return self._readable(row, lambda text: reads(row.id, text, kind))
        return self._readable(row, lambda text: session.serializer.loads(text, kind))

    def _readable(self, row: Any, read: Callable[[str], T]) -> T:
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
        by: SortedBy | None = None,
        common: Common | None = None,
    ) -> Page[R]:
        """List what meets all conditions; see `found_on_page`."""
        found = found_on_page(
            self._session, self.mapping, narrow, broad, page, limit, by=by, common=common
        )
        records = tuple(self._record(row, listed=True) for row in self._rows(found.items))
        return Page(records, found.next_page, found.previous_page)

    def _count(self, narrow: Sequence[Condition], broad: Sequence[Condition], most: int) -> int:
        """Count what meets all conditions, without reading it, up to `most`."""
        up_to = most_counted(most)
        if any(condition is NOTHING for condition in narrow):
            return 0
        found = (
            select(self.mapping.table.c.id).where(*narrow, *broad).limit(up_to).subquery("found")
        )
        [(count,)] = self._session.rows(select(func.count()).select_from(found))
        return int(count)
