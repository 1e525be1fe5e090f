"""The records of one kind in memory, by their ids and unique keys."""

from collections.abc import Callable, Iterable
from typing import Generic, Self

import attrs

from cartcore.errors import AlreadyExists
from cartcore.storage.keys import Kind, R, Sorting, UniqueKey, ids
from cartcore.storage.paging import Page, count_up_to
from cartcore.values.text import a_text


class Table(Generic[R]):
    """The records of one kind by id, and which of them has each unique key."""

    def __init__(self, kind: Kind[R]) -> None:
        self.kind = kind
        self.records: dict[str, R] = {}
        self._owners: dict[tuple[str, str], str] = {}
        self._shared = False

    def copy(self) -> Self:
        """The same table, to be changed apart."""
        # What is committed is never changed, so it is shared until the copy is.
        other = self.__new__(type(self))
        vars(other).update(vars(self), _shared=True)
        return other

    def _make_own(self) -> None:
        if self._shared:
            self._copy_contents()
            self._shared = False

    def _copy_contents(self) -> None:
        self.records, self._owners = self.records.copy(), self._owners.copy()

    def add(self, record: R) -> R:
        """Store a new record as version 1. Raises AlreadyExists for a key that another one has."""
        return self._put(attrs.evolve(self.kind.checked(record), version=1))

    def save(self, record: R) -> R:
        """Store the next version of a record. Raises as `add` and `current` do."""
        stored = self.current(record)
        had = frozenset(self.kind.unique_keys(stored))
        new = attrs.evolve(self.kind.checked(record), version=stored.version + 1)
        return self._put(new, stored, lambda key: key in had)

    def restore(self, records: Iterable[R]) -> None:
        """Store records as they are given: all, or none of them."""
        given = [self.kind.restorable(record) for record in records]
        self._make_own()
        before = vars(self).copy()
        self._copy_contents()
        try:
            for record in given:
                self._put(record, may_lack=self._written_otherwise)
        except BaseException:
            vars(self).update(before)
            raise

    def remove(self, record: R) -> None:
        """Remove a record. Raises as `current` does."""
        stored = self.current(record)
        self._make_own()
        self._give_up_keys(stored)
        del self.records[stored.id]

    def current(self, record: R) -> R:
        """Return the stored record, which must be of the version of this one."""
        stored = self.get(self.kind.checked(record).id)
        if stored.version != record.version:
            raise self.kind.stale(record, stored.version)
        return stored

    def _put(
        self,
        record: R,
        stored: R | None = None,
        may_lack: Callable[[UniqueKey], bool] = lambda _: False,
    ) -> R:
        """Store a record in the place of the `stored` one, less the keys that it may lack.

        Those are others' already, and stay theirs (OE-27).
        """
        self.kind.sorting.key(record)  # refuses what could not be listed
        own = None if stored is None else stored.id
        keys = []
        for key in self.kind.unique_keys(record):
            owner = self._owners.get((key.field, key.key))
            if owner is None or owner == own:
                keys.append(key)
            elif not may_lack(key):
                raise AlreadyExists(self.kind.name, key.field, key.value)
        self._make_own()
        if stored is not None:
            self._give_up_keys(stored)
        self._owners.update({(key.field, key.key): record.id for key in keys})
        self.records[record.id] = record
        return record

    def _give_up_keys(self, stored: R) -> None:
        for key in self.kind.unique_keys(stored):
            if self._owners.get((key.field, key.key)) == stored.id:
                del self._owners[key.field, key.key]

    def _written_otherwise(self, key: UniqueKey) -> bool:
        owner = self.records[self._owners[key.field, key.key]]
        return self.kind.written_otherwise(key, owner)

    def get(self, record_id: str) -> R:
        """Return the record with an id. Raises NotFound."""
        if record_id not in self.records:
            raise self.kind.not_found(record_id)
        return self.records[record_id]

    def find(self, field: str, key: str) -> R | None:
        """Return the record with a unique key, or None."""
        owner = self._owners.get((field, a_text(key, field)))
        return None if owner is None else self.records[owner]

    def by(self, field: str, key: str, shown: str) -> R:
        """Return the record with a unique key. Raises NotFound, which tells what was `shown`."""
        found = self.find(field, key)
        if found is None:
            raise self.kind.not_found(shown)
        return found

    def many(self, record_ids: Iterable[str]) -> dict[str, R]:
        """Return those of some records that exist, by id."""
        found = ids(record_ids, "ids")
        return {i: self.records[i] for i in found if i in self.records}

    def page(
        self,
        wanted: Callable[[R], bool],
        page: str,
        limit: int,
        sorting: Sorting[R] | None = None,
    ) -> Page[R]:
        """Return a page of the records that are wanted, in the order of their kind or another."""
        by = sorting or self.kind.sorting
        return by.page(filter(wanted, self.records.values()), page, limit)

    def count(self, wanted: Callable[[R], bool], most: int) -> int:
        """Return how many records are wanted, up to `most`."""
        return count_up_to(most, filter(wanted, self.records.values()))
