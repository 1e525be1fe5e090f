"""Orders in a database, with the counter of their numbers."""

import operator
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

from sqlalchemy import and_, bindparam, func, select, update

from cartcore.adapters.sql import kept_promotions, schema
from cartcore.adapters.sql.conditions import (
    NOTHING,
    Condition,
    Terms,
    ending,
    folded,
    linked,
    met,
    reversed_all,
    starts_with,
    unindexed,
)
from cartcore.adapters.sql.mapping import RecordMapping, unique_rows
from cartcore.adapters.sql.paging import Common, SortedBy, found_on_page, met_by_many
from cartcore.adapters.sql.session import Session
from cartcore.adapters.sql.statements import Row, Statement
from cartcore.adapters.sql.store import Store
from cartcore.errors import ForeignStorage
from cartcore.orders.filters import OrderFilter, OrderSort
from cartcore.orders.order import Order, OrderStatus, OrderSummary
from cartcore.promotions.promotion import Promotion, Redemption, normalize_code
from cartcore.shop.contact import email_key
from cartcore.storage.keys import (
    LAST_NUMBER,
    ORDER,
    ORDER_SORTINGS,
    a_number,
    comparable,
    counted,
    microseconds,
    order_number,
)
from cartcore.storage.paging import LARGEST_PAGE, PAGE_SIZE, Page, decode_position
from cartcore.values.attributes import attribute_keys
from cartcore.values.money import to_minor
from cartcore.values.phones import phone_digits
from cartcore.values.readers import as_tuple, of_kind
from cartcore.values.search import fold, index_words
from cartcore.values.text import a_text, normal

_NAMES, _RECIPIENTS, _ADDRESSES, _PHONES, _REFERENCES, _ATTRIBUTES = (
    Terms(schema.order_terms, "term", kind) for kind in schema.ORDER_TERMS
)

_counter = schema.counters.c
_here = update(schema.counters).where(_counter.name == schema.ORDER_NUMBER)
_COUNTING = Statement(
    _here.where(_counter.value < LAST_NUMBER)
    .values(value=_counter.value + 1)
    .returning(_counter.value)
)

_LAST_NUMBER = select(_counter.value).where(_counter.name == schema.ORDER_NUMBER)
_COUNTED = _here.where(_counter.value < bindparam("number")).values(value=bindparam("number"))
_BY_TIME = (schema.orders.c.placed_at, schema.orders.c.number_length, schema.orders.c.number)
_BY_TOTAL = (schema.orders.c.currency, schema.orders.c.total_minor, *_BY_TIME)
_PLACED_BY_CONTACT = Statement(
    select(func.count()).where(
        schema.orders.c.contact_id == bindparam("contact_id"),
        schema.orders.c.status != OrderStatus.CANCELLED.value,
    )
)


def _redeemed(redemption: Redemption) -> Row:
    """By which promotion, of whom, by which code, and how much that was."""
    discount = redemption.discount
    return (
        redemption.promotion_id,
        redemption.contact_id,
        redemption.promo_code,
        None if discount is None else to_minor(discount, discount.currency),
        None if discount is None else discount.currency.code,
    )


def _terms(order: Order) -> Iterator[tuple[str, str]]:
    """What an order is found by, with the kind of each."""
    # Most orders go to who placed them: each text is taken apart once.
    addresses = dict.fromkeys(each.searched_words for each in order.addresses)
    texts = (order.contact.name, " ".join(order.recipients), " ".join(addresses))
    found = {text: index_words(text) for text in {*texts}}
    for terms, text in zip((_NAMES, _RECIPIENTS, _ADDRESSES), texts, strict=True):
        yield from ((terms.kind, word) for word in found[text])
    for phone in filter(None, order.phones):
        yield from ((_PHONES.kind, end) for end in reversed_all(phone_digits(phone)))
    if reference := fold(order.reference):
        yield _REFERENCES.kind, reference
    yield from ((_ATTRIBUTES.kind, key) for key in attribute_keys(order.attributes))


class SqlOrders(Store[Order]):
    """The orders: see `cartcore.storage.Orders`."""

    mapping = RecordMapping(
        kind=ORDER,
        table=schema.orders,
        values=lambda order: {
            "number": order.number,
            "number_length": len(order.number),
            "draft_id": order.draft_id,
            "idempotency_key": order.idempotency_key,
            "contact_id": order.contact.id,
            "email_folded": fold(email_key(order.contact.email)),
            "status": order.status.value,
            "placed_at": microseconds(order.placed_at),
            "currency": order.total.currency.code,
            "total_minor": comparable(order.total),
            "placed_by_key": normal(order.placed_by),
            "reference": order.reference or None,
        },
        links=lambda order: {
            schema.order_terms: unique_rows((*term, order.id) for term in _terms(order)),
            schema.order_skus: unique_rows((line.sku, order.id) for line in order.quote.lines),
            schema.order_codes: unique_rows(
                (normalize_code(code), order.id) for code in order.promo_codes
            ),
            schema.redemptions: [
                (order.id, position, *_redeemed(redemption))
                for position, redemption in enumerate(order.redemptions)
            ],
        },
        sort_key=_BY_TIME,
        unique={
            "id": schema.orders.c.id,
            "number": schema.orders.c.number,
            "draft": schema.orders.c.draft_id,
            "idempotency key": schema.orders.c.idempotency_key,
            "reference": schema.orders.c.reference,
        },
    )

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._given = 0  # the last number that this unit of work was given

    def next_number(self) -> str:
        counted_on = self._session.changed(_COUNTING)
        if not counted_on:  # the last one was given out, or the counter is not there
            return order_number(self.last_number() + 1)
        self._given = self._a_number(counted_on)
        return str(self._given)

    def add(self, order: Order) -> Order:
        added = super().add(order)
        # next_number() gives none that was given from elsewhere.
        if counted(order.number) > self._given:
            self.reserve_numbers(counted(order.number))
        return added

    def restore(self, records: Iterable[Order]) -> None:
        orders = as_tuple(records, "records")
        super().restore(orders)
        self.reserve_numbers(max((counted(order.number) for order in orders), default=0))

    def last_number(self) -> int:
        return self._a_number(self._session.rows(_LAST_NUMBER))

    def _a_number(self, rows: Sequence[Any]) -> int:
        values = [value for (value,) in rows]
        if [type(value) for value in values] != [int]:
            problem = "it is damaged: it does not know the number of the last order"
            raise ForeignStorage(self._session.where, problem)
        return int(values[0])

    def reserve_numbers(self, up_to: int) -> None:
        self._session.change(_COUNTED, {"number": a_number(up_to)})

    def keep_promotions(self, promotions: Iterable[Promotion]) -> None:
        kept_promotions.keep(self._session, promotions)

    def kept_promotions(
        self, versions: Iterable[tuple[str, int]]
    ) -> Mapping[tuple[str, int], Promotion]:
        return kept_promotions.some(self._session, versions)

    def list_kept_promotions(self, *, page: str = "", limit: int = PAGE_SIZE) -> Page[Promotion]:
        return kept_promotions.listed(self._session, page, limit)

    def by_number(self, number: str) -> Order:
        return self._one("number", a_text(number, "number"), number)

    def by_reference(self, reference: str) -> Order:
        return self._one("reference", a_text(reference, "reference"), reference)

    def by_draft(self, draft_id: str) -> Order | None:
        return self._find("draft", a_text(draft_id, "draft"))

    def by_idempotency_key(self, key: str) -> Order | None:
        return self._find("idempotency key", a_text(key, "idempotency key"))

    def placed_by_contact(self, contact_id: str) -> int:
        [(count,)] = self._session.rows(_PLACED_BY_CONTACT, contact_id=a_text(contact_id))
        return int(count)

    def search(
        self,
        wanted: OrderFilter,
        *,
        sort: OrderSort = OrderSort.NEWEST,
        page: str = "",
        limit: int = PAGE_SIZE,
    ) -> Page[Order]:
        found = self._found(wanted, sort, page, limit)
        orders = tuple(self._record(row) for row in self._rows(found.items))
        return Page(orders, found.next_page, found.previous_page)

    def summaries(
        self,
        wanted: OrderFilter,
        *,
        sort: OrderSort = OrderSort.NEWEST,
        page: str = "",
        limit: int = PAGE_SIZE,
    ) -> Page[OrderSummary]:
        found = self._found(wanted, sort, page, limit)
        read = self._session.serializer.loads_summary
        summaries = tuple(self._readable(row, read) for row in self._rows(found.items))
        return Page(summaries, found.next_page, found.previous_page)

    def count(self, wanted: OrderFilter, *, most: int = LARGEST_PAGE) -> int:
        of_kind(OrderFilter, wanted, "wanted")
        return self._count(*self._by_time(wanted, None, falling=True), most)

    def _found(self, wanted: OrderFilter, sort: OrderSort, page: str, limit: int) -> Page[str]:
        """The ids on a page of the orders that match."""
        of_kind(OrderFilter, wanted, "wanted")
        sorting = ORDER_SORTINGS[of_kind(OrderSort, sort, "sort")]
        common = None
        if sort.by_total:
            by = SortedBy(sorting, _BY_TOTAL)
            narrow, broad, common = self._by_total(wanted)
        else:
            by = SortedBy(sorting, _BY_TIME)
            place = decode_position(page, sorting.types, sorting.name)
            # Before a place, a page may go back as far as the bounds do.
            passed = None if place is None or place.before else cast("int", place.key[0])
            narrow, broad = self._by_time(wanted, passed, falling=sorting.falling)
        return found_on_page(
            self._session, self.mapping, narrow, broad, page, limit, by=by, common=common
        )

    def _by_time(
        self, wanted: OrderFilter, passed: int | None, *, falling: bool
    ) -> tuple[Sequence[Condition], Sequence[Condition]]:
        """What orders have to meet: what is narrow, and what is broad."""
        columns = schema.orders.c
        named = list(self._narrow(wanted))
        totals = list(_totals(wanted, led=bool(named)))
        led = bool(named or totals)
        broad = list(_whose(columns, wanted, led=led))
        # Where a page begins later in the listing, a bound that lies before it would only tempt
        # SQLite to begin with it, and to walk through all the pages in between.
        since, before = _instants(wanted)
        placed_at = unindexed(columns.placed_at) if led else columns.placed_at
        if since is not None and (passed is None or falling or passed < since):
            broad.append(placed_at >= since)
        if before is not None and (passed is None or not falling or passed >= before):
            broad.append(placed_at < before)
        # A range of totals can be wide: it leads only where nothing else does.
        narrow = named or totals
        return narrow, [*broad, *(totals if named else ())]

    def _by_total(
        self, wanted: OrderFilter
    ) -> tuple[Sequence[Condition], Sequence[Condition], Common | None]:
        """The same for a list that is sorted by totals, which a range of totals is a part of."""
        columns = schema.orders.c
        named = list(self._narrow(wanted))
        others = list(self._met(columns, wanted, led=bool(named)))
        totals = list(_totals(wanted, led=bool(named or others)))
        if named:
            return named, [*others, *totals], None
        if not others:
            return (), totals, None

        # A status, a member of staff, a span of days: of few orders, or of very many.
        common = Common(
            met_by_many(select(columns.id).where(*others, *totals)),
            lambda here: and_(*self._met(here, wanted, led=False)),
            list(_totals(wanted, led=False)),
            [columns.status, columns.placed_by_key],
        )
        return others, totals, common

    def _met(self, columns: Any, wanted: OrderFilter, *, led: bool) -> Iterator[Condition]:
        """What is broad, without totals."""
        yield from _whose(columns, wanted, led=led)
        since, before = _instants(wanted)
        placed_at = unindexed(columns.placed_at) if led else columns.placed_at
        if since is not None:
            yield placed_at >= since
        if before is not None:
            yield placed_at < before

    def _narrow(self, wanted: OrderFilter) -> Iterator[Condition]:
        columns = schema.orders.c
        yield from starts_with(columns.number, wanted.number)
        for terms, text in (
            (_NAMES, wanted.contact),
            (_RECIPIENTS, wanted.recipient),
            (_ADDRESSES, wanted.address),
        ):
            if text:
                yield met(columns.id, terms.with_words(text))
        yield from folded(columns.email_folded, wanted.email)
        if wanted.phone:
            yield met(columns.id, ending(_PHONES, wanted.phone_ends()))
        if wanted.contact_id:
            yield columns.contact_id == wanted.contact_id
        if wanted.placed_by and not normal(wanted.placed_by):
            yield NOTHING
        if wanted.promo_code:
            code = schema.order_codes.c.code == wanted.code
            yield columns.id.in_(linked(schema.order_codes, code))
        if wanted.sku:
            sku = schema.order_skus.c.sku == wanted.sku
            yield columns.id.in_(linked(schema.order_skus, sku))
        if wanted.reference:
            start = fold(wanted.reference)
            yield met(columns.id, _REFERENCES.starting(start) if start else None)
        for key in sorted(attribute_keys(wanted.attributes)):
            yield columns.id.in_(_ATTRIBUTES.same(key))


def _totals(wanted: OrderFilter, *, led: bool) -> Iterator[Condition]:
    columns = schema.orders.c
    currency = unindexed(columns.currency) if led else columns.currency
    total = unindexed(columns.total_minor) if led else columns.total_minor
    for bound, compare in ((wanted.total_min, operator.ge), (wanted.total_max, operator.le)):
        if bound is not None:
            yield currency == bound.currency.code
            yield compare(total, to_minor(bound, bound.currency))


def _whose(columns: Any, wanted: OrderFilter, *, led: bool) -> Iterator[Condition]:
    """Of which status orders are, and who placed them."""
    if wanted.status is not None:
        status = unindexed(columns.status) if led else columns.status
        yield status == wanted.status.value
    if normal(wanted.placed_by):
        # Few orders are open or cancelled beside those that somebody placed in all the years.
        led = led or wanted.status not in {None, OrderStatus.COMPLETE}
        by = unindexed(columns.placed_by_key) if led else columns.placed_by_key
        yield by == normal(wanted.placed_by)


def _instants(wanted: OrderFilter) -> tuple[int | None, int | None]:
    """From when until before when orders were placed, in microseconds since 1970."""
    since, before = wanted.placed_from, wanted.placed_before
    return (
        None if since is None else microseconds(since),
        None if before is None else microseconds(before),
    )
