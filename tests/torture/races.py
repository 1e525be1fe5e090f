"""Processes that want the same thing at the same moment."""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from multiprocessing.connection import Connection
from typing import Any

import attrs

from cartcore.desk import OrderDesk
from cartcore.errors import CartcoreError
from cartcore.orders.draft import Draft
from cartcore.orders.order import Order
from cartcore.pricing.quote import Quote
from cartcore.storage import Storage
from tests.torture.database import A_WHILE, Database
from tests.torture.shop import desk_on
from tests.torture.writers import started

RACERS = 8


@attrs.frozen
class Attempt:
    """A draft to be placed at the price that was seen, perhaps with an idempotency key."""

    draft_id: str
    seen: Quote
    key: str = ""


@attrs.frozen
class Lost:
    """A draft that was not placed: the code of the error, and all that it told."""

    draft_id: str
    code: str
    told: str


def race(
    database: Database, run: Callable[[OrderDesk, Any], Any], tasks: Sequence[Any]
) -> list[Any]:
    """Let a process run each task on a desk of its own, all at once; return the results."""
    with ExitStack() as racing:
        racers = [racing.enter_context(started(_run, database, run, task)) for task in tasks]
        for _, pipe in racers:
            _received(pipe)  # it is ready
        start = time.time() + 0.05
        for _, pipe in racers:
            pipe.send(start)
        return [_received(pipe) for _, pipe in racers]


def _received(pipe: Connection) -> Any:
    if not pipe.poll(A_WHILE):
        raise TimeoutError("a racer says nothing")
    return pipe.recv()


def _run(
    database: Database, run: Callable[[OrderDesk, Any], Any], task: Any, pipe: Connection
) -> None:
    with database.open() as storage:
        desk = desk_on(storage)
        desk.drafts()  # it is connected, and has compiled something
        pipe.send("ready")
        time.sleep(max(0.0, pipe.recv() - time.time()))
        pipe.send(run(desk, task))
        pipe.recv_bytes()  # until nobody listens any more


def copies(storage: Storage, draft_id: str, number: int) -> list[str]:
    """Make as many drafts of an open one, and return all their ids."""
    ids = [f"{draft_id}-{i}" for i in range(number)]
    with storage.write() as work:
        draft = work.drafts.get(draft_id)
        for each in ids:
            work.drafts.add(attrs.evolve(draft, id=each))
        work.drafts.remove(draft)
        work.commit()
    return ids


def attempts(desk: OrderDesk, draft_ids: Sequence[str]) -> list[Attempt]:
    """Look at the price of each draft."""
    return [Attempt(draft_id, desk.view(draft_id).quote) for draft_id in draft_ids]


# --- What racers do ---


def place_each(desk: OrderDesk, tried: Sequence[Attempt]) -> list[Order | Lost]:
    """Place drafts, one after the other."""
    return [_place(desk, attempt) for attempt in tried]


def _place(desk: OrderDesk, attempt: Attempt) -> Order | Lost:
    try:
        return desk.place(
            attempt.draft_id, seen=attempt.seen, actor="sam", idempotency_key=attempt.key
        )
    except CartcoreError as error:
        return Lost(attempt.draft_id, error.code, str(error))


def add_a_pin(desk: OrderDesk, draft: Draft) -> str:
    """Edit a draft as it was seen; return the code of the error, if there is one."""
    try:
        with desk.edit(draft.id, version=draft.version) as edit:
            edit.add_sku("PIN")
    except CartcoreError as error:
        return error.code
    return ""
