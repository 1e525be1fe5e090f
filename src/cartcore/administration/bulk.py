"""Changes of many records, some at a time, so that nobody waits long (HA-9).

Each chunk is a unit of work of its own: what is stored of a bulk change is whole chunks, and other
writers get their turn between them. A writer waits for at most one chunk, and then for as long as
its database needs to notice that the lock is free, which is what the pause after each is for.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Protocol

import attrs

from cartcore.errors import BulkStopped, CartcoreError, InvalidField, NotFound
from cartcore.shop.contact import Contact
from cartcore.storage.keys import R, ids
from cartcore.storage.paging import LARGEST_PAGE
from cartcore.storage.ports import Contacts, Storage, UnitOfWork
from cartcore.values.calls import still_to_run, tell
from cartcore.values.integers import plain_int
from cartcore.values.records import typed

CHUNK = 50
"""How many records one unit of work changes unless asked otherwise."""

PAUSE_SECONDS = 0.11
"""How long the lock is left to others after each chunk.

SQLite looks for a free lock every tenth of a second at the least often; PostgreSQL gives it to who
has waited longest, and would need no pause.
"""

Progress = Callable[[int, int], object]
"""Is told how many records are done, and of how many."""


class Keeping(Protocol[R]):
    """A port as far as single records are read and stored."""

    def get(self, record_id: str, /) -> R:
        """Return a record. Raises NotFound."""
        ...

    def save(self, record: R, /) -> R:
        """Store a changed record."""
        ...


class Many(Protocol[R]):
    """A port as far as many records are read and stored."""

    def many(self, record_ids: Iterable[str], /) -> Mapping[str, R]:
        """Return those that exist, by id."""
        ...

    def save(self, record: R, /) -> R:
        """Store a changed record."""
        ...


@attrs.frozen
class ManyContacts:
    """The contacts of a unit of work, read one by one: their port has no other way."""

    _contacts: Contacts

    def many(self, record_ids: Iterable[str]) -> Mapping[str, Contact]:
        """Return those that exist, by id."""
        found = {}
        for each in record_ids:
            with suppress(NotFound):
                found[each] = self._contacts.get(each)
        return found

    def save(self, record: Contact) -> Contact:
        """Store a changed contact."""
        return self._contacts.save(record)


@attrs.frozen(kw_only=True, field_transformer=typed)
class BulkResult:
    """What a bulk change came to.

    Attributes:
        changed: How many records were stored anew.
        unchanged: How many stayed as they were.
        missing: How many there were no longer, or never.
    """

    changed: int = 0
    unchanged: int = 0
    missing: int = 0


def pause() -> None:
    """Leave the lock to others."""
    time.sleep(PAUSE_SECONDS)


@attrs.frozen
class Bulk:
    """How a bulk change goes on, whatever it changes; see `Administration.change_products`."""

    _storage: Storage
    _chunk: int
    _after: str
    _progress: Progress | None
    _between: Callable[[], object]

    def change(
        self,
        port: Callable[[UnitOfWork], Many[R]],
        record_ids: Iterable[str],
        change: Callable[[R], R | None],
    ) -> BulkResult:
        """Change records chunk by chunk, by their ids in order.

        Raises:
            BulkStopped: something failed; the chunks before are stored.
            InvalidField: no size of a chunk.
        """
        chunk = plain_int(self._chunk)
        if type(chunk) is not int or not 1 <= chunk <= LARGEST_PAGE:
            raise InvalidField("chunk", chunk, f"a whole number from 1 to {LARGEST_PAGE}")
        wanted = [each for each in sorted(set(ids(record_ids, "ids"))) if each > self._after]
        result, done, stored = BulkResult(), 0, self._after
        for place in range(0, len(wanted), chunk):
            some = wanted[place : place + chunk]
            if done:
                tell(self._between, "between")
            try:
                result = self._changed(port, some, change, result)
            except Exception as error:
                problem = str(error) if isinstance(error, CartcoreError) else repr(error)
                raise BulkStopped(done, len(wanted), stored, problem) from error
            done, stored = done + len(some), some[-1]
            if self._progress is not None:
                tell(self._progress, "progress", done, len(wanted))
        return result

    def _changed(
        self,
        port: Callable[[UnitOfWork], Many[R]],
        some: list[str],
        change: Callable[[R], R | None],
        before: BulkResult,
    ) -> BulkResult:
        """Change some records in one unit of work, as they are by then."""
        changed = 0
        with self._storage.write() as work:
            records = port(work)
            found = records.many(some)
            for old in found.values():
                new = change(old)
                if new is None or new == old:
                    continue
                if still_to_run(new) or type(new) is not type(old) or new.id != old.id:
                    expected = f"the {type(old).__name__} {old.id!r}, changed, or None"
                    raise InvalidField("what the change returns", new, expected)
                records.save(new)
                changed += 1
            if changed:
                work.commit()
        return BulkResult(
            changed=before.changed + changed,
            unchanged=before.unchanged + len(found) - changed,
            missing=before.missing + len(some) - len(found),
        )
