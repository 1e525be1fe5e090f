"""Every call of the type that is being looked at, with what it saw and what it answered."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Any
from unittest.mock import patch

import attrs
from moneyed import Money

from cartcore.testing.plugins.cases import Case, method_of, subject

Look = Callable[["Call"], None]


@attrs.define
class Call:
    """One call of a plugin.

    Attributes:
        configured: The object that was asked.
        seen: What it was asked with: a context, or a request.
        method: The function of the type.
        answer: What it answered, or None if it raised.
        error: What it raised, or None.
        seconds: How long it took.
    """

    configured: Any
    seen: Any
    method: Callable[[Any, Any], Any]
    answer: Any = None
    error: BaseException | None = None
    seconds: float = 0.0

    def again(self) -> Any:
        """What it answers when it is asked once more."""
        return self.method(self.configured, self.seen)


@contextmanager
def watched(
    case: Case, *, before: Look | None = None, after: Look | None = None
) -> Iterator[list[Call]]:
    """Have every call of the case's type listed, and looked at before it begins and when it ends.

    What `before` and `after` raise is raised when all is done: the engine would take it for a fault
    of the plugin.
    """
    kind = type(subject(case))
    name = method_of(kind)
    method = getattr(kind, name)
    calls: list[Call] = []
    found: list[BaseException] = []

    def looked(look: Look | None, call: Call) -> None:
        if look is not None and not found:
            try:
                look(call)
            except AssertionError as error:
                found.append(error)

    def asked(configured: Any, seen: Any) -> Any:
        call = Call(configured, seen, method)
        calls.append(call)
        looked(before, call)
        start = perf_counter()
        try:
            call.answer = method(configured, seen)
        except BaseException as error:
            call.error = error
            raise
        finally:
            call.seconds = perf_counter() - start
            looked(after, call)
        return call.answer

    with patch.object(kind, name, asked):
        try:
            yield calls
        finally:
            if found:
                raise found[0]


def state(value: Any) -> Any:
    """All that a value is made of, derived fields included, to compare it with later."""
    match value:
        case Money():
            return value.amount, value.currency.code
        case tuple() | list():
            return type(value), [state(each) for each in value]
        case dict():
            return [(key, state(each)) for key, each in value.items()]
        case _ if attrs.has(type(value)):
            return type(value), [
                (field.name, state(getattr(value, field.name, None)))
                for field in attrs.fields(type(value))
            ]
        case _:
            return value


def sight(seen: Any) -> dict[str, Any]:
    """What a plugin can see, by the name under which it is there."""
    if attrs.has(type(seen)) and not hasattr(seen, "promotion_id"):
        return {"request": state(seen)}
    found = {
        name: state(getattr(seen, name))
        for name in ("customer", "shipments", "lines", "currency", "at", "channel", "timezone")
    }
    ledger = seen._sight.ledger  # noqa: SLF001  (forced mutation is what is being looked for)
    for name in ("left", "units", "unused", "shipping_left", "total_left", "floor"):
        found[f"what the engine keeps ({name})"] = state(getattr(ledger, name))
    return found
