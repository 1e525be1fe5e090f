"""Ports of applications: records that stand in the application's own tables, or elsewhere."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import attrs
from sqlalchemy import bindparam, text

from cartcore.adapters.composed import ReadOnlyContacts, ReadOnlyProducts, ReadOnlyPromotions
from cartcore.adapters.sql.storage import SqlStorage, SqlUnitOfWork
from cartcore.documents.serializer import Serializer
from cartcore.errors import Conflict
from cartcore.rules import load_rulebook
from cartcore.shop.contact import Contact, ContactFilter
from cartcore.storage.keys import CONTACT
from cartcore.storage.paging import LARGEST_PAGE, PAGE_SIZE, Page, count_up_to

SERIALIZER = Serializer(load_rulebook())


class OwnTable:
    """Records in a table of the application, read on the connection of the unit of work."""

    table: str
    record: type[Any]

    def __init__(self, work: SqlUnitOfWork) -> None:
        self._connection = work.connection

    def records(self) -> Iterator[Any]:
        for (document,) in self._connection.execute(text(f"SELECT document FROM {self.table}")):
            yield SERIALIZER.loads(document, self.record)

    def many(self, record_ids: Iterable[str], /) -> dict[str, Any]:
        query = text(f"SELECT document FROM {self.table} WHERE id IN :ids").bindparams(
            bindparam("ids", expanding=True)
        )
        rows = self._connection.execute(query, {"ids": list(record_ids)})
        found = (SERIALIZER.loads(document, self.record) for (document,) in rows)
        return {each.id: each for each in found}


class OwnContacts(OwnTable, ReadOnlyContacts):
    table, record = "own_contacts", ReadOnlyContacts._kind.record


class OwnProducts(OwnTable, ReadOnlyProducts):
    table, record = "own_products", ReadOnlyProducts._kind.record


class OwnPromotions(OwnTable, ReadOnlyPromotions):
    table, record = "own_promotions", ReadOnlyPromotions._kind.record


OWN: Mapping[str, Any] = {
    "contacts": OwnContacts,
    "products": OwnProducts,
    "promotions": OwnPromotions,
}


def make_tables(storage: SqlStorage) -> None:
    """Make the tables of the application."""
    with storage.write() as work:
        for port in OWN.values():
            work.connection.execute(
                text(f"CREATE TABLE {port.table} (id TEXT PRIMARY KEY, document TEXT)")
            )
        work.commit()


def put(storage: SqlStorage, kind: str, records: Sequence[Any]) -> None:
    """Put records into the application's table, each as a first version."""
    with storage.write() as work:
        firsts = (attrs.evolve(record, version=1) for record in records)
        work.connection.execute(
            text(f"INSERT INTO {OWN[kind].table} VALUES (:id, :document)"),
            [{"id": each.id, "document": SERIALIZER.dumps(each)} for each in firsts],
        )
        work.commit()


class CustomerService:
    """Contacts that somebody else keeps, and numbers; nothing of it is in a transaction."""

    gives_ids = True
    outside_transaction = True

    def __init__(self) -> None:
        self.kept: dict[str, Contact] = {}

    def add(self, contact: Contact, /) -> Contact:
        number = f"C-{len(self.kept) + 1}"
        self.kept[number] = attrs.evolve(contact, id=number, version=1)
        return self.kept[number]

    def save(self, contact: Contact, /) -> Contact:
        stored = self.get(contact.id)
        if stored.version != contact.version:
            raise Conflict("contact", contact.id, contact.version, stored.version)
        self.kept[contact.id] = attrs.evolve(contact, version=contact.version + 1)
        return self.kept[contact.id]

    def restore(self, contacts: Iterable[Contact], /) -> None:
        self.kept.update((contact.id, contact) for contact in contacts)

    def get(self, contact_id: str, /) -> Contact:
        if contact_id not in self.kept:
            raise CONTACT.not_found(contact_id)
        return self.kept[contact_id]

    def by_reference(self, reference: str) -> Contact:
        for contact in self.kept.values():
            if reference and contact.reference == reference:
                return contact
        raise CONTACT.not_found(reference)

    def many(self, contact_ids: Iterable[str], /) -> Mapping[str, Contact]:
        return {each: self.kept[each] for each in contact_ids if each in self.kept}

    def search(
        self, wanted: ContactFilter, *, page: str = "", limit: int = PAGE_SIZE
    ) -> Page[Contact]:
        return CONTACT.sorting.page(filter(wanted.matches, self.kept.values()), page, limit)

    def count(self, wanted: ContactFilter, *, most: int = LARGEST_PAGE) -> int:
        return count_up_to(most, filter(wanted.matches, self.kept.values()))
