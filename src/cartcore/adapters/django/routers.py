"""Where models are read while a unit of work is open: in its own database (HA-1, HA-3)."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import router


class UnitOfWorkRouter:
    """Sends reading to the database of the unit of work that is open in this thread.

    A project whose routers read from a replica puts it first in `DATABASE_ROUTERS`:
    "cartcore.adapters.django.UnitOfWorkRouter". Prices and stock are then those that the order is
    stored with, and not those that a replica has yet to hear of. It concerns models that are
    written to that database, and nothing outside units of work.
    """

    def db_for_read(self, model: Any, **hints: Any) -> str | None:
        """The database of the unit of work, if the model is written there."""
        if not _open.works:
            return None  # and nobody else is asked
        written = str(router.db_for_write(model, **hints))
        return written if written in _open.works.values() else None


class _Open(threading.local):
    """The databases of the units of work that are open in a thread, by what stands for them."""

    def __init__(self) -> None:
        self.works: dict[object, str] = {}


_open = _Open()


def opened(work: object, using: str) -> None:
    """Note that a unit of work is open."""
    _open.works[work] = using


def closed(work: object) -> None:
    """Note that it has ended."""
    _open.works.pop(work, None)


@contextmanager
def as_in_work(using: str) -> Iterator[None]:
    """Let routers answer as they do in a unit of work."""
    work = object()
    opened(work, using)
    try:
        yield
    finally:
        closed(work)
