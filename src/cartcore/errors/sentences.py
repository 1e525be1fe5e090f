"""Values, numbers and nouns as they stand in a sentence for people: short, and never failing."""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_SHOWN = 60
_LISTED = 20
_CLASS_NAME = type.__dict__["__name__"]
_WRITE: ContextVar[Callable[[object], str]] = ContextVar("write", default=repr)


@contextmanager
def values_as_json() -> Iterator[None]:
    """Let sentences show values as JSON has them meanwhile: for those who sent some (HA-12)."""
    before = _WRITE.set(_as_json)
    try:
        yield
    finally:
        _WRITE.reset(before)


def _as_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def shown(
    value: object, *, longest: int = _SHOWN, write: Callable[[object], str] | None = None
) -> str:
    """The value as it may stand in a sentence: quoted, and never longer than a line."""
    try:
        # Joined, it is a text of Python's own kind, whatever a plugin's __repr__ returns.
        text = "".join([(write or _WRITE.get())(value)])
    except (Exception, SystemExit):  # noqa: BLE001  (5,000 digits cannot be printed, nor much else)
        text = f"<{class_name(value)} that cannot be shown>"
    return text if len(text) <= longest else f"{text[:longest]}… ({len(text)} characters)"


def class_name(value: object) -> str:
    """The name of a value's class, also where its metaclass would rather fail."""
    return str(_CLASS_NAME.__get__(type(value)))


def listed(values: object, separator: str = ", ") -> str:
    """Several values, without quotes; of very many, only the first."""
    items = values if isinstance(values, (tuple, list)) else (values,)
    texts = separator.join(shown(item, write=str) for item in items[:_LISTED]) or "none"
    more = len(items) - _LISTED
    return f"{texts} and {more} more" if more > 0 else texts


def alternatives(values: Iterable[object]) -> str:
    """One of several: "a", "a or b", "a, b or c"; of very many, only the first."""
    texts = [shown(value, write=str) for value in values]
    more = len(texts) - _LISTED
    if more > 0:
        texts[_LISTED:] = [counted(more, "other")]
    return " or ".join([*([", ".join(texts[:-1])] if texts[1:] else ()), *texts[-1:]])


def with_article(noun: str) -> str:
    """The noun as a sentence has it: "an order", "a contact"."""
    return f"{'an' if noun[0] in 'aeiouAEIOU' else 'a'} {noun}"


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """A number of things: "1 item", "2 items", or with a plural of its own "2 entries"."""
    return f"{shown(number)} {noun if number == 1 else plural or f'{noun}s'}"


def times(number: int) -> str:
    """How often: "once", "twice", "3 times"."""
    return {1: "once", 2: "twice"}.get(number) or f"{shown(number)} times"


def ordinal(number: int) -> str:
    """A place in a sequence: "1st", "2nd", "3rd", "11th", "21st"."""
    last = abs(number) % 100
    ending = "th" if last in {11, 12, 13} else {1: "st", 2: "nd", 3: "rd"}.get(last % 10, "th")
    return f"{shown(number)}{ending}"
