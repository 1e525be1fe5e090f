"""Contacts in a database."""

from collections.abc import Iterator
from functools import partial

from sqlalchemy import ColumnElement, exists, or_, select, union

from cartcore.adapters.sql import schema
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
)
from cartcore.adapters.sql.mapping import RecordMapping, unique_rows
from cartcore.adapters.sql.paging import Common, met_by_many
from cartcore.adapters.sql.store import Store
from cartcore.shop.contact import Contact, ContactFilter, email_key
from cartcore.storage.keys import CONTACT
from cartcore.storage.paging import LARGEST_PAGE, PAGE_SIZE, Page
from cartcore.values.phones import phone_digits
from cartcore.values.readers import of_kind
from cartcore.values.search import fold, index_words
from cartcore.values.text import a_text, normal

_WORDS = Terms(schema.contact_words, "word")
_PHONES = Terms(schema.contact_phones, "number_reversed")


class SqlContacts(Store[Contact]):
    """The contacts: see `cartcore.storage.Contacts`."""

    mapping = RecordMapping(
        kind=CONTACT,
        remembered=True,
        table=schema.contacts,
        values=lambda contact: {
            "name_folded": fold(contact.name),
            "email_key": email_key(contact.email) or None,
            "email_folded": fold(email_key(contact.email)),
            "reference": contact.reference or None,
        },
        links=lambda contact: {
            schema.contact_words: unique_rows(
                (word, contact.id) for word in index_words(contact.name)
            ),
            schema.contact_phones: unique_rows(
                (number, contact.id)
                for phone in contact.phones
                for number in reversed_all(phone_digits(phone))
            ),
            schema.contact_addresses: unique_rows(
                (fold(a.city), fold(a.region), a.country, contact.id) for a in contact.addresses
            ),
            schema.contact_address_words: unique_rows(
                (word, contact.id)
                for address in contact.addresses[:1]
                for word in index_words(address.searched_words)
            ),
            schema.contact_tags: unique_rows((fold(tag), contact.id) for tag in contact.tags),
        },
        sort_key=(schema.contacts.c.name_folded, schema.contacts.c.id),
        unique={
            "id": schema.contacts.c.id,
            "email": schema.contacts.c.email_key,
            "reference": schema.contacts.c.reference,
        },
    )

    def by_reference(self, reference: str) -> Contact:
        return self._one("reference", a_text(reference, "reference"), reference)

    def search(
        self, wanted: ContactFilter, *, page: str = "", limit: int = PAGE_SIZE
    ) -> Page[Contact]:
        narrow = list(self._narrow(of_kind(ContactFilter, wanted, "wanted")))
        typed = wanted.name or wanted.text
        named = _WORDS.with_words(typed)
        common = None
        if named is not None and len(narrow) == 1:  # a name as it is typed
            found_by = partial(_WORDS.has_words, typed)
            met_by = found_by if wanted.name else partial(self._met_by_text, wanted)
            common = Common(met_by_many(named), lambda here: met_by(here.id))
        return self._page(narrow, (), page, limit, common=common)

    def count(self, wanted: ContactFilter, *, most: int = LARGEST_PAGE) -> int:
        return self._count(list(self._narrow(of_kind(ContactFilter, wanted, "wanted"))), (), most)

    def _narrow(self, wanted: ContactFilter) -> Iterator[Condition]:
        columns, address = schema.contacts.c, schema.contact_addresses.c
        if wanted.text:
            yield self._by_text(wanted)
        if wanted.name:
            yield met(columns.id, _WORDS.with_words(wanted.name))
        yield from folded(columns.email_folded, wanted.email)
        if wanted.phone:
            yield met(columns.id, ending(_PHONES, wanted.phone_ends()))
        if wanted.tag:
            tag = fold(wanted.tag)
            tagged = linked(schema.contact_tags, schema.contact_tags.c.tag_folded == tag)
            yield met(columns.id, tagged if tag else None)
        if wanted.city or wanted.region or wanted.country:
            there = [
                *folded(address.city_folded, wanted.city),
                *folded(address.region_folded, wanted.region),
                *([address.country == normal(wanted.country).upper()] if wanted.country else []),
            ]
            nothing = any(condition is NOTHING for condition in there)
            yield met(columns.id, None if nothing else linked(schema.contact_addresses, *there))

    def _by_text(self, wanted: ContactFilter) -> Condition:
        """Whose name, e-mail address or phone number was typed into one field (OE-31)."""
        columns, email = schema.contacts.c, fold(wanted.text)
        found = [
            _WORDS.with_words(wanted.text),
            select(columns.id).where(*starts_with(columns.email_folded, email)) if email else None,
            ending(_PHONES, wanted.phones_in_text()),
        ]
        selects = [each for each in found if each is not None]
        return met(columns.id, union(*selects) if selects else None)

    def _met_by_text(self, wanted: ContactFilter, contact_id: ColumnElement[str]) -> Condition:
        here = schema.contacts.alias().c
        by_email = exists().where(
            here.id == contact_id, *starts_with(here.email_folded, fold(wanted.text))
        )
        ends = reversed_all(wanted.phones_in_text())
        by_phone = [_PHONES.has(contact_id, *ends)] if ends else []
        return or_(_WORDS.has_words(wanted.text, contact_id), by_email, *by_phone)
