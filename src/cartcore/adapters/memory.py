"""Storage in memory: the reference for all adapters, and enough for tests and notebooks."""

import operator
import time
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import takewhile
from typing import Generic, Self

import attrs

from cartcore.adapters.standing import Standing
from cartcore.errors import AlreadyExists, StorageBusy
from cartcore.orders.draft import Draft
from cartcore.orders.filters import OrderFilter
from cartcore.orders.order import Order, OrderStatus, OrderSummary
from cartcore.promotions.promotion import Promotion, Redemption, Trigger, Usage
from cartcore.shop.contact import Contact, ContactFilter
from cartcore.shop.product import Product
from cartcore.storage.keys import (
    CONTACT,
    DRAFT,
    FIRST_NUMBER,
    ORDER,
    PRODUCT,
    PROMOTION,
    Kind,
    R,
    UniqueKey,
    a_number,
    code_key,
    code_keys,
    counted,
    ids,
    microseconds,
    order_number,
    window,
)
from cartcore.storage.paging import PAGE_SIZE, Page, decode_key, encode_key, page_size, seconds
from cartcore.storage.ports import NO_CODES, PromotionChanges
from cartcore.values.money import total
from cartcore.values.records import as_tuple, flag, of_kind
from cartcore.values.search import matches, searched
from cartcore.values.text import a_text, clean, normal

_WRITER = "writer"
_A_MOMENT = 0.001  # seconds, after which a writer looks again whether it is its turn


class MemoryStorage:
    """Storage that lasts as long as the object. It can be used from several threads.

    A unit of work for writing changes a copy, which `commit()` puts in the place of what was
    there. While one is open, another one waits; after `timeout` seconds it is `StorageBusy`.
    """

    def __init__(self, *, timeout: float = 10.0) -> None:
        self._timeout = seconds(timeout)
        self._writer: dict[str, MemoryUnitOfWork] = {}
        self._committed = _State()

    def __repr__(self) -> str:
        return f"MemoryStorage({len(self._committed.orders.records)} orders)"

    @contextmanager
    def read(self) -> Iterator["MemoryUnitOfWork"]:
        """Open a consistent view of what is committed now."""
        work = MemoryUnitOfWork(self._committed)
        try:
            yield work
        finally:
            work.end()

    @contextmanager
    def write(self) -> Iterator["MemoryUnitOfWork"]:
        """Open a unit of work that sees the latest state and excludes other writers.

        Raises:
            StorageBusy: another one, perhaps of this same thread, stayed open for too long.
        """
        work = MemoryUnitOfWork(self._committed, self._store, self._let_next)
        try:
            try:
                self._wait(work)
                work.begin(self._committed.copy())
                yield work
            finally:
                work.end()
        finally:
            work.end()  # nothing is left to do, unless an interrupt cut the first one short

    def _wait(self, work: "MemoryUnitOfWork") -> None:
        """Wait until it is a unit of work's turn to write."""
        # A lock would not do: when an interrupt follows at once, nobody knows whose it is.
        deadline = time.monotonic() + self._timeout
        while self._writer.setdefault(_WRITER, work) is not work:
            if time.monotonic() > deadline:
                told = f"another unit of work has been open for {self._timeout:g} seconds"
                raise StorageBusy(told)
            time.sleep(_A_MOMENT)

    def _let_next(self, work: "MemoryUnitOfWork") -> None:
        """End the turn of a unit of work, if it is its turn."""
        if self._writer.get(_WRITER) is work:
            self._writer.pop(_WRITER, None)

    def _store(self, state: "_State") -> None:
        self._committed = state


class _Table(Generic[R]):
    """The records of one kind by id, and which of them has each unique key."""

    def __init__(self, kind: Kind[R]) -> None:
        self.kind = kind
        self.records: dict[str, R] = {}
        self._owners: dict[tuple[str, str], str] = {}
        self._shared = False

    def copy(self) -> Self:
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
        return self._put(attrs.evolve(self.kind.checked(record), version=1))

    def save(self, record: R) -> R:
        stored = self.current(record)
        had = frozenset(self.kind.unique_keys(stored))
        new = attrs.evolve(self.kind.checked(record), version=stored.version + 1)
        return self._put(new, stored, lambda key: key in had)

    def restore(self, records: Iterable[R]) -> None:
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
        self.kind.sort_key(record)  # refuses what could not be listed
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
        if record_id not in self.records:
            raise self.kind.not_found(record_id)
        return self.records[record_id]

    def find(self, field: str, key: str) -> R | None:
        owner = self._owners.get((field, a_text(key, field)))
        return None if owner is None else self.records[owner]

    def by(self, field: str, key: str, shown: str) -> R:
        found = self.find(field, key)
        if found is None:
            raise self.kind.not_found(shown)
        return found

    def many(self, record_ids: Iterable[str]) -> dict[str, R]:
        found = ids(record_ids, "ids")
        return {i: self.records[i] for i in found if i in self.records}

    def page(self, wanted: Callable[[R], bool], page: str, limit: int) -> Page[R]:
        kind = self.kind
        size = page_size(limit)
        after = decode_key(page, kind.sort_types)
        found = sorted(
            filter(wanted, self.records.values()), key=kind.sort_key, reverse=kind.newest_first
        )
        if after is not None:
            passed = operator.lt if kind.newest_first else operator.gt
            found = [record for record in found if passed(kind.sort_key(record), after)]
        items = tuple(found[:size])
        return Page(items, encode_key(kind.sort_key(items[-1])) if found[size:] else "")


class _PromotionTable(_Table[Promotion]):
    """The promotions, and of those that need no code, which are active when (PR-23)."""

    def __init__(self, kind: Kind[Promotion]) -> None:
        super().__init__(kind)
        self.revision = 0
        self._revised: dict[str, int] = {}  # by id, the last changed last
        self._edges: list[tuple[int, str]] = []  # sorted: when one begins or ends, and its id

    def _copy_contents(self) -> None:
        super()._copy_contents()
        self._revised, self._edges = self._revised.copy(), self._edges.copy()

    def _put(
        self,
        record: Promotion,
        stored: Promotion | None = None,
        may_lack: Callable[[UniqueKey], bool] = lambda _: False,
    ) -> Promotion:
        put = super()._put(record, stored, may_lack)
        self.revision += 1
        self._revised.pop(put.id, None)
        self._revised[put.id] = self.revision
        for edge in () if stored is None else _edges(stored):
            del self._edges[bisect_left(self._edges, edge)]
        for edge in _edges(put):
            insort(self._edges, edge)
        return put

    def active(self, at: datetime) -> Sequence[Promotion]:
        now = microseconds(at)
        return tuple(
            promotion
            for _, promotion in sorted(self.records.items())
            if _may_be_active(promotion) and window(promotion)[0] <= now < window(promotion)[1]
        )

    def changed(self, since: int, was: datetime, now: datetime) -> tuple[Promotion, ...]:
        revised = takewhile(lambda each: each[1] > since, reversed(self._revised.items()))
        found = {promotion_id for promotion_id, _ in revised}
        first, last = sorted((microseconds(was), microseconds(now)))
        when = operator.itemgetter(0)
        crossed = slice(
            bisect_right(self._edges, first, key=when), bisect_right(self._edges, last, key=when)
        )
        found.update(promotion_id for _, promotion_id in self._edges[crossed])
        return tuple(self.records[promotion_id] for promotion_id in sorted(found))


def _may_be_active(promotion: Promotion) -> bool:
    return promotion.enabled and promotion.trigger is not Trigger.CODE


def _edges(promotion: Promotion) -> list[tuple[int, str]]:
    """When a promotion becomes active or inactive by itself, with its id."""
    return [(edge, promotion.id) for edge in window(promotion) if _may_be_active(promotion)]


@attrs.define
class _State:
    """Everything that is kept."""

    contacts: _Table[Contact] = attrs.Factory(lambda: _Table(CONTACT))
    products: _Table[Product] = attrs.Factory(lambda: _Table(PRODUCT))
    promotions: _PromotionTable = attrs.Factory(lambda: _PromotionTable(PROMOTION))
    drafts: _Table[Draft] = attrs.Factory(lambda: _Table(DRAFT))
    orders: _Table[Order] = attrs.Factory(lambda: _Table(ORDER))
    last_number: int = FIRST_NUMBER - 1

    def copy(self) -> "_State":
        return _State(
            self.contacts.copy(),
            self.products.copy(),
            self.promotions.copy(),
            self.drafts.copy(),
            self.orders.copy(),
            self.last_number,
        )


class MemoryUnitOfWork:
    """One piece of work on a state; without `commit` it is for reading only."""

    def __init__(
        self,
        state: _State,
        commit: Callable[[_State], None] | None = None,
        at_end: Callable[["MemoryUnitOfWork"], None] = lambda _: None,
    ) -> None:
        self.begin(state)
        self._commit = commit
        self._at_end = at_end
        self._standing = Standing(writing=commit is not None)
        self.contacts = _Contacts(self, lambda state: state.contacts)
        self.products = _Products(self, lambda state: state.products)
        self.promotions = _Promotions(self, lambda state: state.promotions)
        self.drafts = _Drafts(self, lambda state: state.drafts)
        self.orders = _Orders(self, lambda state: state.orders)

    def begin(self, state: _State) -> None:
        """Begin to work on a state."""
        self._state = state
        self.began_with = state.promotions.revision

    @property
    def state(self) -> _State:
        """What the work sees."""
        self._standing.check()
        return self._state

    @contextmanager
    def changing(self) -> Iterator[_State]:
        """Give what the work sees, to be changed."""
        with self._standing.use(writing=True):
            yield self._state

    def commit(self) -> None:
        """Make the changes the committed state, and end the work."""
        with self.changing() as state:
            if self._commit is not None:
                self._commit(state)
        self.end()

    def end(self) -> None:
        """End the work; what was not committed is forgotten."""
        self._standing.end()
        self._at_end(self)


class _Store(Generic[R]):
    """What all stores have in common."""

    def __init__(self, work: MemoryUnitOfWork, table: Callable[[_State], _Table[R]]) -> None:
        self._work = work
        self._of = table

    @property
    def _table(self) -> _Table[R]:
        return self._of(self._work.state)

    def add(self, record: R) -> R:
        with self._work.changing() as state:
            return self._of(state).add(record)

    def save(self, record: R) -> R:
        with self._work.changing() as state:
            return self._of(state).save(record)

    def restore(self, records: Iterable[R]) -> None:
        given = as_tuple(records, "records")
        with self._work.changing() as state:
            self._of(state).restore(given)

    def get(self, record_id: str) -> R:
        return self._table.get(a_text(record_id))


class _Contacts(_Store[Contact]):
    def search(
        self, wanted: ContactFilter, *, page: str = "", limit: int = PAGE_SIZE
    ) -> Page[Contact]:
        return self._table.page(of_kind(ContactFilter, wanted, "wanted").matches, page, limit)


class _Products(_Store[Product]):
    def by_sku(self, sku: str) -> Product:
        return self._table.by("SKU", sku, sku)

    def by_barcode(self, barcode: str, *, page: str = "", limit: int = PAGE_SIZE) -> Page[Product]:
        barcode = a_text(barcode, "barcode")
        return self._table.page(lambda p: bool(p.with_barcode(barcode)), page, limit)

    def many(self, product_ids: Iterable[str]) -> Mapping[str, Product]:
        return self._table.many(product_ids)

    def search(
        self,
        text: str = "",
        *,
        published_only: bool = False,
        page: str = "",
        limit: int = PAGE_SIZE,
    ) -> Page[Product]:
        text = clean(text, "search text")
        start = normal(text)
        flag(published_only, "published_only")
        searched(text)

        def wanted(product: Product) -> bool:
            return (not published_only or bool(product.available)) and bool(
                matches(text, product.title)
                or (start and any(normal(v.sku).startswith(start) for v in product.variants))
                or bool(product.with_barcode(text))
            )

        return self._table.page(wanted, page, limit)

    def any_published(self) -> bool:
        return any(product.available for product in self._table.records.values())


class _Promotions(_Store[Promotion]):
    def by_code(self, promo_code: str) -> Promotion:
        return self._table.by("code", code_key(promo_code), promo_code)

    def many(self, promotion_ids: Iterable[str]) -> Mapping[str, Promotion]:
        return self._table.many(promotion_ids)

    def active(self, at: datetime) -> Sequence[Promotion]:
        return self._work.state.promotions.active(at)

    def revision(self) -> int | None:
        revision = self._work.state.promotions.revision
        return revision if revision == self._work.began_with else None

    def changes(self, since: int, was: datetime, now: datetime) -> PromotionChanges:
        found = self._work.state.promotions.changed(since, was, now)
        return PromotionChanges(revision=self.revision(), promotions=found)

    def search(self, *, page: str = "", limit: int = PAGE_SIZE) -> Page[Promotion]:
        return self._table.page(lambda _: True, page, limit)

    def usage(
        self,
        promotion_ids: Iterable[str],
        contact_id: str,
        promo_codes: Mapping[str, str] = NO_CODES,
    ) -> Mapping[str, Usage]:
        contact_id = a_text(contact_id)
        codes = code_keys(promo_codes)
        redeemed: dict[str, list[Redemption]] = {i: [] for i in ids(promotion_ids, "promotion_ids")}
        for order in self._work.state.orders.records.values():
            for redemption in order.redemptions:
                if redemption.promotion_id in redeemed:
                    redeemed[redemption.promotion_id].append(redemption)

        def used(promotion_id: str, found: Sequence[Redemption]) -> Usage:
            given = [r.discount for r in found if r.discount is not None]
            currencies = sorted({money.currency.code for money in given})
            return Usage(
                total=len(found),
                by_contact=sum(r.contact_id == contact_id for r in found),
                by_code=sum(r.promo_code == codes.get(promotion_id) for r in found),
                discounts=tuple(
                    total((each for each in given if each.currency.code == code), code)
                    for code in currencies
                ),
            )

        return {promotion_id: used(promotion_id, found) for promotion_id, found in redeemed.items()}


class _Drafts(_Store[Draft]):
    def remove(self, draft: Draft) -> None:
        with self._work.changing() as state:
            state.drafts.remove(draft)

    def search(
        self,
        *,
        contact_id: str = "",
        actor: str = "",
        page: str = "",
        limit: int = PAGE_SIZE,
    ) -> Page[Draft]:
        contact, actor = a_text(contact_id, "contact id"), a_text(actor, "actor")
        by = normal(actor)

        def wanted(draft: Draft) -> bool:
            return (not contact or draft.contact_id == contact) and (
                not actor or (bool(by) and normal(draft.created_by) == by)
            )

        return self._table.page(wanted, page, limit)


class _Orders(_Store[Order]):
    def next_number(self) -> str:
        with self._work.changing() as state:
            number = order_number(state.last_number + 1)
            state.last_number += 1
            return number

    def add(self, order: Order) -> Order:
        added = super().add(order)
        self.reserve_numbers(counted(order.number))
        return added

    def restore(self, records: Iterable[Order]) -> None:
        orders = as_tuple(records, "records")
        super().restore(orders)
        self.reserve_numbers(max((counted(order.number) for order in orders), default=0))

    def last_number(self) -> int:
        return self._work.state.last_number

    def reserve_numbers(self, up_to: int) -> None:
        number = a_number(up_to)
        with self._work.changing() as state:
            state.last_number = max(state.last_number, number)

    def by_number(self, number: str) -> Order:
        return self._table.by("number", number, number)

    def by_draft(self, draft_id: str) -> Order | None:
        return self._table.find("draft", draft_id)

    def by_idempotency_key(self, key: str) -> Order | None:
        return self._table.find("idempotency key", key)

    def placed_by_contact(self, contact_id: str) -> int:
        contact_id = a_text(contact_id)
        return sum(
            order.contact.id == contact_id and order.status is not OrderStatus.CANCELLED
            for order in self._table.records.values()
        )

    def search(self, wanted: OrderFilter, *, page: str = "", limit: int = PAGE_SIZE) -> Page[Order]:
        return self._table.page(of_kind(OrderFilter, wanted, "wanted").matches, page, limit)

    def summaries(
        self, wanted: OrderFilter, *, page: str = "", limit: int = PAGE_SIZE
    ) -> Page[OrderSummary]:
        found = self.search(wanted, page=page, limit=limit)
        return Page(tuple(map(OrderSummary.of, found.items)), found.next_page)
