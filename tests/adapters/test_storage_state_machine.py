"""SQLite and PostgreSQL beside memory: whatever is done, all answer the same (ST-11)."""

import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, ClassVar

import attrs
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from cartcore.adapters.memory import MemoryStorage
from cartcore.adapters.postgres import PostgresStorage
from cartcore.adapters.sqlite import SQLiteStorage
from cartcore.errors import CartcoreError
from cartcore.orders.filters import OrderFilter
from cartcore.orders.order import OrderStatus
from cartcore.promotions.promotion import Trigger
from cartcore.storage import Storage, UnitOfWork
from cartcore.testing import strategies
from cartcore.testing.records import (
    HOUR,
    NOON,
    a_contact,
    a_draft,
    a_product,
    a_promotion,
    an_event,
    an_order,
    redeeming,
)
from tests.support import postgres

KINDS = ("contacts", "products", "promotions", "drafts", "orders")

# Few values, so that records meet in every key that must be unique.
ids = st.sampled_from(["a", "b", "c"])
skus = st.lists(st.sampled_from(["A", "a", "B"]), min_size=1, max_size=2, unique=True)
codes = st.sampled_from(["X", "x ", "Y"])
times = st.sampled_from([NOON - HOUR, NOON, NOON + HOUR])
names = st.sampled_from(["Ann Müller", "muller", "Bob", "Zoë b"])
emails = st.sampled_from(["", "ann@x.example", "ANN@x.example", "bob@x.example"])
people = st.builds(a_contact, ids, name=names, email=emails, tags=st.just(()) | st.just(("vip",)))

records: dict[str, st.SearchStrategy[Any]] = {
    "contacts": people | strategies.contacts(ids),
    "products": st.builds(lambda i, s, t: a_product(i, *s, title=t), ids, skus, names),
    "promotions": st.builds(a_promotion, ids, enabled=st.booleans())
    | st.builds(lambda i, code: a_promotion(i, trigger=Trigger.CODE, codes=(code,)), ids, codes),
    "drafts": st.builds(a_draft, ids, updated_at=times),
    "orders": st.builds(
        lambda order, redeemed, code: redeeming(order, *redeemed, promo_code=code),
        st.builds(
            an_order,
            ids,
            number=st.sampled_from(["1001", "1002", "999", "12000"]),
            draft_id=ids,
            idempotency_key=ids,
            contact=people,
            status=st.sampled_from(OrderStatus),
            placed_at=times,
            sku=st.sampled_from(["A", "a", "B"]),
            total=st.integers(1, 3),
        ),
        st.lists(ids, max_size=2),
        st.just("") | codes,
    ),
}

order_filters = st.builds(
    OrderFilter,
    number=st.sampled_from(["", "1", "100"]),
    contact=st.just("") | st.sampled_from(["mu", "b"]),
    status=st.none() | st.sampled_from(OrderStatus),
    placed_before=st.none() | times,
    promo_code=st.just("") | codes,
    sku=st.sampled_from(["", "A"]),
)

searches: st.SearchStrategy[Callable[..., Any]] = st.one_of(
    strategies.contact_filters.map(lambda f: lambda w, **page: w.contacts.search(f, **page)),
    order_filters.map(lambda f: lambda w, **page: w.orders.search(f, **page)),
    order_filters.map(lambda f: lambda w, **page: w.orders.summaries(f, **page)),
    st.tuples(st.sampled_from(["", "a", "b", "mu", "-"]), st.booleans()).map(
        lambda t: lambda w, **page: w.products.search(t[0], published_only=t[1], **page)
    ),
    st.just(lambda w, **page: w.promotions.search(**page)),
    st.just(lambda w, **page: w.drafts.search(**page)),
)


def outcome(ask: Callable[[], Any]) -> Any:
    """What is returned or raised, in a form that can be compared."""
    try:
        return ask()
    except CartcoreError as error:
        return type(error), str(error)


class StorageMachine(RuleBasedStateMachine):
    """Does everything to three storages, each in a unit of work of its own."""

    server: ClassVar[postgres.Server]
    added = Bundle("added")

    @initialize()
    def open(self) -> None:
        self.closing = ExitStack()
        folder = Path(self.closing.enter_context(tempfile.TemporaryDirectory()))
        sqlite = self.closing.enter_context(SQLiteStorage(folder / "shop.sqlite"))
        url = self.closing.enter_context(self.server.database())
        on_server = self.closing.enter_context(PostgresStorage(url))
        self.storages: tuple[Storage, ...] = (MemoryStorage(), sqlite, on_server)
        self.work: tuple[UnitOfWork, ...] = ()
        self.open_work = ExitStack()

    def all(self, ask: Callable[[UnitOfWork], Any]) -> Any:
        """Ask all, who must agree; return what they say."""
        in_memory, in_file, on_server = (outcome(lambda: ask(work)) for work in self.work)  # noqa: B023

        assert in_memory == in_file == on_server
        return in_memory

    # --- Units of work ---

    @precondition(lambda self: not self.work)
    @rule(writing=st.sampled_from([True, True, True, False]))
    def begin(self, *, writing: bool) -> None:
        self.work = tuple(
            self.open_work.enter_context(storage.write() if writing else storage.read())
            for storage in self.storages
        )

    @precondition(lambda self: self.work)
    @rule(commit=st.sampled_from([True, True, False]))
    def end(self, *, commit: bool) -> None:
        if commit:
            self.all(lambda work: work.commit())
        self.open_work.close()
        self.work = ()

    # --- Changes ---

    @precondition(lambda self: self.work)
    @rule(target=added, kind=st.sampled_from(KINDS), data=st.data())
    def add(self, kind: str, data: st.DataObject) -> tuple[str, Any]:
        record = data.draw(records[kind])
        self.all(lambda work: getattr(work, kind).add(record))
        return kind, record

    @precondition(lambda self: self.work)
    @rule(one=added, stale=st.sampled_from([0, 0, 0, 1, -1]), data=st.data())
    def save(self, one: tuple[str, Any], stale: int, data: st.DataObject) -> None:
        kind, record = one
        stored = self.all(lambda work: getattr(work, kind).get(record.id))
        version = getattr(stored, "version", 1) + stale
        changed = attrs.evolve(data.draw(records[kind]), id=record.id, version=version)
        self.all(lambda work: getattr(work, kind).save(changed))

    @precondition(lambda self: self.work)
    @rule(draft_id=ids, stale=st.sampled_from([0, 0, 1]))
    def remove(self, draft_id: str, stale: int) -> None:
        stored = self.all(lambda work: work.drafts.get(draft_id))
        version = getattr(stored, "version", 1) + stale
        self.all(lambda work: work.drafts.remove(a_draft(draft_id, version=version)))

    @precondition(lambda self: self.work)
    @rule()
    def take_a_number(self) -> None:
        self.all(lambda work: work.orders.next_number())

    @precondition(lambda self: self.work)
    @rule(kind=st.sampled_from(KINDS), version=st.sampled_from([1, 2, 2, 5, 0]), data=st.data())
    def restore(self, kind: str, version: int, data: st.DataObject) -> None:
        several = data.draw(st.lists(records[kind], max_size=3))
        given = [attrs.evolve(record, version=version) for record in several]
        self.all(lambda work: getattr(work, kind).restore(given))

    @precondition(lambda self: self.work)
    @rule(number=st.sampled_from([0, 1001, 1500, 10**18]))
    def reserve_numbers(self, number: int) -> None:
        self.all(lambda work: work.orders.reserve_numbers(number))
        self.all(lambda work: work.orders.last_number())

    @precondition(lambda self: self.work)
    @rule(number=ids)
    def add_event(self, number: str) -> None:
        self.all(lambda work: work.events.add(an_event(number)))

    @precondition(lambda self: self.work)
    @rule(up_to=st.integers(0, 4), limit=st.integers(1, 2))
    def prune_events(self, up_to: int, limit: int) -> None:
        self.all(lambda work: work.events.prune(up_to, limit=limit))

    @precondition(lambda self: self.work)
    @rule(first=st.integers(1, 5), ids=st.lists(ids, max_size=2))
    def restore_events(self, first: int, ids: list[str]) -> None:
        events = [an_event(number, sequence=first + place) for place, number in enumerate(ids)]
        self.all(lambda work: work.events.restore(events))

    @precondition(lambda self: self.work)
    @rule(position=st.integers(0, 3))
    def begin_events_after(self, position: int) -> None:
        self.all(lambda work: work.events.begin_after(position))

    # --- Questions ---

    @precondition(lambda self: self.work)
    @rule(position=st.integers(0, 6), limit=st.integers(1, 3))
    def read_events(self, position: int, limit: int) -> None:
        self.all(lambda work: tuple(work.events.after(position, limit=limit)))
        self.all(lambda work: (work.events.last(), work.events.pruned()))

    @precondition(lambda self: self.work)
    @rule(search=searches, limit=st.integers(1, 3))
    def search(self, search: Callable[..., Any], limit: int) -> None:
        page = self.all(lambda work: search(work, limit=limit))
        while after := page.next_page:
            page = self.all(lambda work: search(work, limit=limit, page=after))

    @precondition(lambda self: self.work)
    @rule(key=ids, code=codes, sku=st.sampled_from(["A", "a", "B"]))
    def look_up(self, key: str, code: str, sku: str) -> None:
        for kind in KINDS:
            self.all(lambda work: getattr(work, kind).get(key))  # noqa: B023
        self.all(lambda work: work.orders.by_draft(key))
        self.all(lambda work: work.orders.by_idempotency_key(key))
        self.all(lambda work: work.orders.by_number("1001"))
        self.all(lambda work: work.orders.placed_by_contact(key))
        self.all(lambda work: work.promotions.by_code(code))
        self.all(lambda work: work.promotions.active(NOON))
        self.all(lambda work: work.promotions.usage(["a", "b", "c"], key))
        self.all(lambda work: work.products.by_sku(sku))
        self.all(lambda work: work.products.any_published())
        self.all(lambda work: work.products.many([key, "a"]))

    def teardown(self) -> None:
        if hasattr(self, "closing"):
            self.open_work.close()
            self.closing.close()


def test_databases_do_what_memory_does(postgres_server: postgres.Server) -> None:
    """Adding, saving, removing, finding and giving up have one outcome in all (ST-11)."""

    class Machine(StorageMachine):
        server = postgres_server

    run_state_machine_as_test(
        Machine, settings=settings(deadline=None, max_examples=30, stateful_step_count=40)
    )
