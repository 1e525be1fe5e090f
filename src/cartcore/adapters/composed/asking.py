"""Calls of a port of the application: what it raises and what it answers is looked at (HA-1)."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Generic, TypeVar

from cartcore.adapters.standing import Standing
from cartcore.errors import (
    AlreadyExists,
    CartcoreError,
    Conflict,
    InvalidField,
    InvalidInput,
    NotFound,
    PortFailed,
    ReadOnlyPort,
    StorageBusy,
    StorageUnavailable,
)
from cartcore.errors.sentences import class_name, shown
from cartcore.storage.keys import Kind, R
from cartcore.storage.paging import Page
from cartcore.values.guard import FAULTS, said

T = TypeVar("T")

REFUSALS: Final = (NotFound, AlreadyExists, Conflict, InvalidInput, ReadOnlyPort)
"""What undoes only what was asked for. After anything else the unit of work is over (ST-5)."""


MAY_FAIL: Final[tuple[type[CartcoreError], ...]] = (StorageBusy, StorageUnavailable)
"""What a port may say of where it keeps its records, as any storage does."""


class Wrong(Exception):
    """An answer that cannot be; it says what is wrong with it."""


class Asking(Generic[R]):
    """Asks a port of the application.

    Args:
        kind: the kind of its records.
        port: the port.
        standing: that of the unit of work.
    """

    def __init__(self, kind: Kind[R], port: object, standing: Standing) -> None:
        self.kind = kind
        self.name = f"{kind.name}s"
        self._port = port
        self._standing = standing

    def says(self, name: str) -> bool:
        """Whether the port declares something of itself."""
        with self._standing.use():
            return self._answered(name, lambda: getattr(self._port, name, False) is True)

    def read(
        self,
        call: str,
        *arguments: object,
        answer: Callable[[Any], T],
        refusals: tuple[type[CartcoreError], ...] = (),
        **named: object,
    ) -> T:
        """Ask for something.

        Args:
            call: the method that is called.
            arguments: what it is given.
            answer: returns what is taken of the answer, or raises `Wrong`.
            refusals: the errors that are answers, too.
            named: what it is given by name.

        Raises:
            PortFailed: it raised another error, or answered what cannot be.
        """
        with self._standing.use():
            return self._answered(
                call,
                lambda: answer(getattr(self._port, call)(*arguments, **named)),
                refusals,
                pages="page" in named,
            )

    def change(self, call: str, given: object, answer: Callable[[Any], T]) -> T:
        """Ask for a change. Raises what refuses it, PortFailed, or ReadOnly."""
        with self._standing.use(writing=True):
            return self._answered(call, lambda: answer(getattr(self._port, call)(given)), REFUSALS)

    def _answered(
        self,
        call: str,
        ask: Callable[[], T],
        refusals: tuple[type[CartcoreError], ...] = (),
        *,
        pages: bool = False,
    ) -> T:
        try:
            return ask()
        except (*refusals, *MAY_FAIL):
            raise
        except Wrong as wrong:
            raise PortFailed(self.name, call, str(wrong)) from wrong.__cause__
        except FAULTS as error:
            if pages and isinstance(error, InvalidField) and error.path == "page":
                raise
            raise PortFailed(self.name, call, f"it raised {said(error)}") from error

    # --- What may be answered ---

    def record(self, answer: object) -> R:
        """A record of the kind, and of no subclass: that could do anything where it is read."""
        if type(answer) is not self.kind.record:
            expected = self.kind.record.__name__
            told = f"a {class_name(answer)}" if isinstance(answer, self.kind.record) else ""
            raise Wrong(f"it answered {told or shown(answer)}, which is not a {expected}")
        return answer

    def with_id(self, record_id: str) -> Callable[[object], R]:
        """What takes the record with an id."""

        def taken(answer: object) -> R:
            record = self.record(answer)
            if record.id != record_id:
                raise Wrong(f"it answered the {self.kind.name} {shown(record.id)} instead")
            return record

        return taken

    def by_id(self, wanted: Iterable[str]) -> Callable[[object], dict[str, R]]:
        """What takes those of some records that exist, by id."""
        asked = frozenset(wanted)

        def taken(answer: object) -> dict[str, R]:
            if not isinstance(answer, Mapping):
                raise Wrong(f"it answered {shown(answer)}, which is not a mapping")
            found = {key: self.with_id(key)(record) for key, record in answer.items()}
            if not found.keys() <= asked:
                others = sorted(found.keys() - asked)
                raise Wrong(f"it answered the {self.kind.name} {shown(others[0])}, too")
            return found

        return taken

    def several(self, answer: object) -> tuple[R, ...]:
        """Some records."""
        if isinstance(answer, str | Mapping) or not isinstance(answer, Iterable):
            raise Wrong(f"it answered {shown(answer)}, which is not a sequence")
        return tuple(map(self.record, answer))

    def page(self, limit: int) -> Callable[[object], Page[R]]:
        """What takes a page of at most so many records."""

        def taken(answer: object) -> Page[R]:
            if type(answer) is not Page:
                raise Wrong(f"it answered {shown(answer)}, which is not a Page")
            items = self.several(answer.items)
            if len(items) > limit:
                raise Wrong(f"its page has {len(items)} {self.name}, more than {limit}")
            return Page(items, answer.next_page, answer.previous_page)

        return taken


def nothing(answer: object) -> None:
    """What is taken of no answer."""
    if answer is not None:
        raise Wrong(f"it answered {shown(answer)}, not None")


def yes_or_no(answer: object) -> bool:
    """True or False."""
    if type(answer) is not bool:
        raise Wrong(f"it answered {shown(answer)}, not True or False")
    return answer


def number(most: int) -> Callable[[object], int]:
    """What takes a number of records, of at most so many."""

    def taken(answer: object) -> int:
        if type(answer) is not int or not 0 <= answer <= most:
            raise Wrong(f"it answered {shown(answer)}, not a number from 0 to {most}")
        return answer

    return taken
