"""Contacts that are made or changed while an order is entered, and stored with it (OE-2, OE-3)."""

import attrs

from cartcore.orders.draft import Draft
from cartcore.shop.contact import Contact
from cartcore.storage.ports import Contacts, UnitOfWork


class PendingContacts:
    """The stored contacts, with those that will be stored together with the draft."""

    def __init__(self, stored: Contacts) -> None:
        self._stored = stored
        self._new: dict[str, Contact] = {}
        self._changed: dict[str, Contact] = {}

    def get(self, contact_id: str) -> Contact:
        """Return a contact as it will be. Raises NotFound."""
        pending = self._new.get(contact_id) or self._changed.get(contact_id)
        return pending or self._stored.get(contact_id)

    def add(self, contact: Contact) -> None:
        """Take a new contact."""
        self._new[contact.id] = contact

    def change(self, contact: Contact) -> None:
        """Take a contact that was changed, be it stored already or new."""
        kept = self._new if contact.id in self._new else self._changed
        kept[contact.id] = contact

    def store(self, work: UnitOfWork, draft: Draft) -> Draft:
        """Store all of them, and return the draft with the id that its contact has now (HA-1)."""
        for contact in self._new.values():
            stored = work.contacts.add(contact)
            if draft.contact_id == contact.id != stored.id:
                draft = attrs.evolve(draft, contact_id=stored.id)
        for contact in self._changed.values():
            work.contacts.save(contact)
        return draft
