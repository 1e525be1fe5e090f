"""Reading scenarios: JSON lines, field by field, so that no field goes unseen."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from types import TracebackType
from typing import Any, Self, TypeVar

from moneyed import Money

_T = TypeVar("_T")
_N = TypeVar("_N", int, Decimal)


class Malformed(Exception):
    """A scenario is not written in the format; the message says where and how."""


class NotOffered(Exception):
    """A scenario asks for something that is not offered; the message names it."""


class Fields:
    """A JSON object, read field by field; a null counts as a field that is missing.

    `what` it is in sentences, empty for a scenario itself.

    Used as a context, it refuses at the end what was not read: nothing of a scenario is ignored.

    Raises:
        Malformed: a field that is missing, or of another type than the format has there.
        NotOffered: a field that the format does not have, or a value that is not offered.
    """

    def __init__(self, raw: object, what: str) -> None:
        if not isinstance(raw, Mapping):
            raise Malformed(f"{what} is {_shown(raw)}, not an object")
        self.what = what
        self._raw = {name: value for name, value in raw.items() if value is not None}
        self._unread = set(self._raw)

    def __contains__(self, name: str) -> bool:
        return name in self._raw

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        if error is None and self._unread:
            names = ", ".join(repr(name) for name in sorted(self._unread))
            raise NotOffered(self._said(f"the field {names}"))

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the fields, in the order in which they are written."""
        return tuple(self._raw)

    def raw(self, name: str) -> Any:
        """The field as it was decoded."""
        self._unread.discard(name)
        if name not in self._raw:
            raise Malformed(self._said(f"the field {name!r} is missing"))
        return self._raw[name]

    def passed_over(self, *names: str) -> None:
        """Count fields as read that say nothing that could be run."""
        self._unread.difference_update(names)

    def text(self, name: str) -> str:
        """A text."""
        return self._of(name, str, "a text")

    def choice(self, name: str, *offered: str, default: str | None = None) -> str:
        """A text that is one of those offered."""
        if default is not None and name not in self:
            return default
        value = self.text(name)
        if value not in offered:
            raise NotOffered(self._said(f"{name} {value!r}"))
        return value

    def flag(self, name: str, *, default: bool) -> bool:
        """True or false."""
        return self._of(name, bool, "true or false") if name in self else default

    def whole(self, name: str) -> int:
        """A whole number, 0 or more."""
        return self._not_negative(name, self._of(name, int, "a whole number"))

    def any_whole(self, name: str) -> int:
        """A whole number, negative ones included."""
        return self._of(name, int, "a whole number")

    def number(self, name: str) -> Decimal:
        """A decimal number, 0 or more, exact."""
        value = self.raw(name)
        try:
            number = Decimal(value) if type(value) in {str, int, Decimal} else Decimal("NaN")
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite():
            raise self._wrong(name, "a decimal number")
        return self._not_negative(name, number)

    def money(self, name: str, currency: str) -> Money:
        """An amount, 0 or more."""
        return Money(self.number(name), currency)

    def time(self, name: str) -> datetime:
        """An instant; one without a zone is in UTC."""
        text = self.text(name)
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            raise self._wrong(name, "a time in ISO 8601") from None
        return found if found.tzinfo else found.replace(tzinfo=UTC)

    def raws(self, name: str) -> tuple[Any, ...]:
        """A list, as it was decoded."""
        return tuple(self._of(name, list, "a list"))

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts."""
        values = self.raws(name)
        if not all(isinstance(value, str) for value in values):
            raise self._wrong(name, "a list of texts")
        return values

    def inner(self, name: str) -> "Fields":
        """An object."""
        return Fields(self.raw(name), self._said(name))

    def each(self, name: str) -> tuple["Fields", ...]:
        """A list of objects; none where the field is missing."""
        values = self.raws(name) if name in self else ()
        return tuple(
            Fields(value, self._said(f"{name} {place}")) for place, value in enumerate(values, 1)
        )

    def _of(self, name: str, kind: type[_T], expected: str) -> _T:
        value: _T = self.raw(name)
        if type(value) is not kind:
            raise self._wrong(name, expected)
        return value

    def _not_negative(self, name: str, value: _N) -> _N:
        if value < 0:
            raise self._wrong(name, "a number from 0")
        return value

    def _wrong(self, name: str, expected: str) -> Malformed:
        return Malformed(self._said(f"{name} is {_shown(self._raw[name])}, not {expected}"))

    def _said(self, what: str) -> str:
        return f"{self.what}: {what}" if self.what else what


def _shown(value: object) -> str:
    text = json.dumps(value, default=str)
    longest = 60
    return text if len(text) <= longest else f"{text[:longest]}..."


def read(content: bytes) -> Iterator[tuple[str, Fields | Malformed]]:
    """The scenarios of a file, each with its id, or why its line is none and its place instead."""
    for place, line in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        if line.strip():
            name = f"line {place}"
            try:
                scenario = _scenario(line)
                name = scenario.text("id")
            except Malformed as error:
                yield name, error
            except (ValueError, RecursionError) as error:
                yield name, Malformed(f"it is no JSON: {error}")
            else:
                yield name, scenario


def _scenario(line: bytes) -> Fields:
    raw = json.loads(
        line.decode(),
        parse_float=Decimal,
        parse_constant=_no_number,
        object_pairs_hook=_each_name_once,
    )
    if not isinstance(raw, dict):
        raise Malformed(f"it is {_shown(raw)}, not an object")
    return Fields(raw, "")


def _no_number(text: str) -> None:
    raise Malformed(f"{text} is no number")


def _each_name_once(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise Malformed(f"the field {name!r} stands twice in one object")
        found[name] = value
    return found
