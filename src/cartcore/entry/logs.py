"""What the desk logs of orders (HA-14).

Records have fields (`extra`) for programs and a sentence for people. Neither has personal data: no
names, no addresses, no texts that people wrote, and no ids of contacts, which an application may
have made of an e-mail address. What was refused is told by the code of the error, never its text.

`logging` is imported when something is told: `import cartcore` does without it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from cartcore.errors import (
    CartcoreError,
    Conflict,
    DraftHasProblems,
    DraftPlaced,
    HookFailed,
    OrderChangeNotAllowed,
    PluginError,
    QuoteChanged,
    StepNotReachable,
    StorageBusy,
    StorageUnavailable,
)
from cartcore.orders.event import OrderEvent

LOGGER: Final = "cartcore.orders"
"""The name of the logger that is told of orders, and of what was refused."""

_FAILURES = (HookFailed, PluginError, StorageBusy, StorageUnavailable)
"""Errors that somebody should look at; all others are part of the day."""

_OF_ONE_THAT_IS_THERE = (
    *(Conflict, DraftHasProblems, DraftPlaced, HookFailed, OrderChangeNotAllowed),
    *(QuoteChanged, StepNotReachable),
)
"""Errors of a draft or order that exists: its id or number is one of ours."""


def told(event: OrderEvent) -> None:
    """Log what happened to an order."""
    from logging import getLogger  # noqa: PLC0415  (only where something is to be told)

    fields = {
        "event": f"order_{event.kind.value}",
        "order_number": event.order_number,
        "order_id": event.order_id,
        "order_version": event.order_version,
        "status": event.status.value,
        "sequence": event.sequence,
    }
    getLogger(LOGGER).info("order %s was %s", event.order_number, event.kind.value, extra=fields)


@contextmanager
def refusals(operation: str, **about: str) -> Iterator[None]:
    """Log why what is done in the block was refused, or failed.

    Args:
        operation: what is done: "place", "change".
        about: the id or number of what it is done with. It is told where there is such a thing:
            otherwise it could be anything that somebody typed.
    """
    try:
        yield
    except CartcoreError as error:
        _refused(operation, about, error)
        raise


def _refused(operation: str, about: dict[str, str], error: CartcoreError) -> None:
    from logging import INFO, WARNING, getLogger  # noqa: PLC0415  (see above)

    level = WARNING if isinstance(error, _FAILURES) else INFO
    fields: dict[str, object] = {
        "event": f"{operation}_refused",
        "reason": error.code,
        **(about if isinstance(error, _OF_ONE_THAT_IS_THERE) else {}),
    }
    if isinstance(error, DraftHasProblems):
        fields["problems"] = tuple(getattr(problem, "code", "") for problem in error.problems)
    if isinstance(error, HookFailed):
        fields["plugin"] = error.name
    getLogger(LOGGER).log(level, "%s was refused: %s", operation, error.code, extra=fields)
