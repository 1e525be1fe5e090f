"""Drafts in a database."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Select, and_, bindparam, delete, or_, select, union

from cartcore.adapters.sql import schema
from cartcore.adapters.sql.conditions import (
    NOTHING,
    Condition,
    Terms,
    ending,
    met,
    needed_words,
    reversed_all,
    starts_with,
    unindexed,
)
from cartcore.adapters.sql.mapping import RecordMapping, unique_rows
from cartcore.adapters.sql.paging import SortedBy
from cartcore.adapters.sql.statements import Statement
from cartcore.adapters.sql.store import Store
from cartcore.orders.draft import Draft
from cartcore.orders.filters import EVERY_DRAFT, DraftFilter, DraftSort
from cartcore.storage.keys import DRAFT, DRAFT_SORTINGS, microseconds
from cartcore.storage.paging import LARGEST_PAGE, PAGE_SIZE, Page, decode_position
from cartcore.values.attributes import attribute_keys
from cartcore.values.phones import phone_digits
from cartcore.values.readers import of_kind
from cartcore.values.search import fold, index_words
from cartcore.values.text import normal

_RECIPIENTS, _TO, _ADDRESSES, _PHONES, _REFERENCES, _ATTRIBUTES = (
    Terms(schema.draft_terms, "term", kind) for kind in schema.DRAFT_TERMS
)
_CONTACT = "contact"  # the term of drafts from which something goes to the contact by name

_REMOVING_TERMS = Statement(
    delete(schema.draft_terms).where(schema.draft_terms.c.draft_id == bindparam("draft_id"))
)

_NAMES = Terms(schema.contact_words, "word")
_HOMES = Terms(schema.contact_address_words, "word")
_CONTACT_PHONES = Terms(schema.contact_phones, "number_reversed")


def _terms(draft: Draft) -> Iterator[tuple[str, str]]:
    """What a draft is found by, with the kind of each."""
    for address in (shipment.address for shipment in draft.shipments):
        for name in (address.name, address.company):
            yield from ((_RECIPIENTS.kind, word) for word in index_words(name))
        if not address.name:
            yield _TO.kind, _CONTACT
        yield from ((_ADDRESSES.kind, word) for word in index_words(address.searched_words))
        yield from ((_PHONES.kind, end) for end in reversed_all(phone_digits(address.phone)))
    if reference := fold(draft.reference):
        yield _REFERENCES.kind, reference
    yield from ((_ATTRIBUTES.kind, key) for key in attribute_keys(draft.attributes))


class SqlDrafts(Store[Draft]):
    """The drafts: see `cartcore.storage.Drafts`."""

    mapping = RecordMapping(
        kind=DRAFT,
        remembered=True,
        table=schema.drafts,
        values=lambda draft: {
            "updated_at": microseconds(draft.updated_at),
            "contact_id": draft.contact_id,
            "created_by_key": normal(draft.created_by),
        },
        links=lambda draft: {
            schema.draft_terms: unique_rows((*term, draft.id) for term in _terms(draft))
        },
        sort_key=(schema.drafts.c.updated_at, schema.drafts.c.id),
        unique={"id": schema.drafts.c.id},
        steady=(schema.draft_terms,),
    )

    def remove(self, draft: Draft) -> None:
        draft = self.mapping.kind.checked(draft)
        if not self._session.change(self.mapping.removing, self._current(draft)):
            raise self._refused(draft)
        if not self._session.transaction.cascades:
            self._session.change(_REMOVING_TERMS, {"draft_id": draft.id})

    def search(
        self,
        wanted: DraftFilter = EVERY_DRAFT,
        *,
        sort: DraftSort = DraftSort.LATEST_CHANGE,
        page: str = "",
        limit: int = PAGE_SIZE,
    ) -> Page[Draft]:
        narrow = list(_narrow(of_kind(DraftFilter, wanted, "wanted")))
        sorting = DRAFT_SORTINGS[of_kind(DraftSort, sort, "sort")]
        place = decode_position(page, sorting.types, sorting.name)
        # A page that begins later in the listing is past what has changed since, and the bound
        # would only tempt SQLite to begin with it.
        passed = place is not None and not place.before and sorting.falling
        broad = list(_broad(wanted, led=bool(narrow), bounded=not passed))
        by_change = SortedBy(sorting, self.mapping.sort_key)
        return self._page(narrow, broad, page, limit, by=by_change)

    def count(self, wanted: DraftFilter = EVERY_DRAFT, *, most: int = LARGEST_PAGE) -> int:
        narrow = list(_narrow(of_kind(DraftFilter, wanted, "wanted")))
        return self._count(narrow, list(_broad(wanted, led=bool(narrow))), most)


def _narrow(wanted: DraftFilter) -> Iterator[Condition]:
    columns, contacts = schema.drafts.c, schema.contacts.c
    if wanted.name:
        yield met(columns.contact_id, _NAMES.with_words(wanted.name))
    if wanted.email:
        has_email = starts_with(contacts.email_folded, fold(wanted.email))
        yield met(columns.contact_id, select(contacts.id).where(*has_email) if has_email else None)
    if wanted.phone:
        ends = wanted.phone_ends()
        own, of_contact = ending(_PHONES, ends), ending(_CONTACT_PHONES, ends)
        either = None if own is None or of_contact is None else union(own, _of(of_contact))
        yield met(columns.id, either)
    if wanted.recipient:
        yield from _with_words(wanted.recipient, _RECIPIENTS, _NAMES, to_contact=True)
    if wanted.address:
        yield from _with_words(wanted.address, _ADDRESSES, _HOMES, to_contact=False)
    if wanted.actor and not normal(wanted.actor):
        yield NOTHING
    if wanted.reference:
        start = fold(wanted.reference)
        yield met(columns.id, _REFERENCES.starting(start) if start else None)
    for key in sorted(attribute_keys(wanted.attributes)):
        yield columns.id.in_(_ATTRIBUTES.same(key))


def _with_words(
    text: str, own: Terms, of_contact: Terms, *, to_contact: bool
) -> Iterator[Condition]:
    """Each word is one of the draft's own, or of its contact: for `to_contact`, if it goes there.

    The longest word, which is likely the rarest, leads.
    """

    def where(columns: Any) -> Sequence[Condition]:
        return [_TO.has(columns.id, _CONTACT)] if to_contact else []

    columns = schema.drafts.c
    words = needed_words(text)
    if not words:
        yield NOTHING
        return
    led_by, *others = words
    yield columns.id.in_(union(own.starting(led_by), _of(of_contact.starting(led_by), where)))
    for word in others:
        of_its_contact = and_(of_contact.has(columns.contact_id, word), *where(columns))
        yield or_(own.has(columns.id, word), of_its_contact)


def _of(contacts: Select[Any], where: Any = lambda _: ()) -> Select[Any]:
    """The drafts of some contacts."""
    here = schema.drafts.alias().c
    return select(here.id).where(here.contact_id.in_(contacts), *where(here))


def _broad(wanted: DraftFilter, *, led: bool, bounded: bool = True) -> Iterator[Condition]:
    """Whose drafts they are: sorted by an index that begins with that, unless another one leads."""
    columns = schema.drafts.c
    if wanted.contact_id:
        contact_id = unindexed(columns.contact_id) if led else columns.contact_id
        yield contact_id == wanted.contact_id
    if normal(wanted.actor):
        led = led or bool(wanted.contact_id)
        by = unindexed(columns.created_by_key) if led else columns.created_by_key
        yield by == normal(wanted.actor)
    if wanted.unchanged_since is not None and bounded:
        updated_at = unindexed(columns.updated_at) if led else columns.updated_at
        yield updated_at < microseconds(wanted.unchanged_since)
