"""Contacts that look like one that is about to be made (OE-31)."""

import attrs

from cartcore.shop.address import Address
from cartcore.shop.contact import Contact, ContactFilter, email_key
from cartcore.storage.ports import Contacts
from cartcore.values.phones import e164
from cartcore.values.postal_codes import postal_key
from cartcore.values.records import typed
from cartcore.values.search import MOST_WORDS, matches, words
from cartcore.values.text import normal


@attrs.frozen(field_transformer=typed)
class SimilarContact:
    """A stored contact that a new one may already be (OE-31).

    Attributes:
        contact: The stored contact.
        alike: In what it is like the new one: `"email"`, `"phone"`, `"name and address"`.
    """

    contact: Contact
    alike: tuple[str, ...]


def similar_contacts(
    stored: Contacts, new: Contact, *, address: Address | None, region: str
) -> tuple[SimilarContact, ...]:
    """Return the contacts that are likely the same person, those most alike first.

    Alike is the same e-mail address (see `email_key`), the same phone number (by E.164, read for
    the country of the address and for the `region`), or the same name at the same place. Of many
    who share a number, or a name in one city, those on the first page are looked at.
    """
    found: dict[str, Contact] = {}
    alike: dict[str, list[str]] = {}
    numbers = _numbers((new.phone, address.phone if address else ""), address, region)

    def like(contact: Contact, what: str) -> None:
        found[contact.id] = contact
        alike.setdefault(contact.id, []).append(what)

    if new.email:
        for contact in stored.search(ContactFilter(email=new.email)).items:
            if email_key(contact.email) == email_key(new.email):
                like(contact, "email")
    seen = {
        contact.id: contact
        for number in sorted(numbers)
        for contact in stored.search(ContactFilter(phone=number)).items
    }
    for contact in seen.values():
        if not numbers.isdisjoint(_numbers(contact.phones, contact.primary_address, region)):
            like(contact, "phone")
    if address is not None and 0 < len({*words(new.name)}) <= MOST_WORDS:
        there = ContactFilter(name=new.name, city=address.city, country=address.country)
        for contact in stored.search(there).items:
            if _same_name(contact.name, new.name) and _place(address) in map(
                _place, contact.addresses
            ):
                like(contact, "name and address")
    ranked = sorted(found, key=lambda i: -len(alike[i]))
    return tuple(SimilarContact(found[i], tuple(alike[i])) for i in ranked)


def _numbers(phones: tuple[str, ...], address: Address | None, region: str) -> frozenset[str]:
    regions = {region, *([address.country] if address is not None else [])}
    return frozenset().union(*(e164(phone, where) for phone in phones for where in regions))


def _same_name(one: str, other: str) -> bool:
    """Whether each finds the other: in any order, and spelled one way or the other."""
    if len({*words(one)}) > MOST_WORDS:
        return False
    return matches(one, other) and matches(other, one)


def _place(address: Address) -> tuple[str, ...]:
    """Street and place, by whoever and for whatever company they are written."""
    street = (address.line1, address.line2, address.city)
    return (*map(normal, street), postal_key(address.postal_code, address.country), address.country)
