"""Contacts, and how they are found."""

from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartcore.errors import AlreadyExists
from cartcore.shop.contact import Contact, ContactFilter
from cartcore.storage.ports import Storage
from cartcore.testing import strategies
from cartcore.testing.records import a_contact, an_address
from cartcore.testing.storage.contract import Contract, changes, generated
from cartcore.testing.storage.kinds import ids, stored, walk
from cartcore.values.search import fold


class ContactsContract(Contract):
    """The contacts."""

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("ann@x.example", "ANN@X.example"),
            ("straße@x.example", "STRASSE@x.example"),
            ("ann@x.example", "ａｎｎ＠x.example"),
            ("caf\u00e9@x.example", "cafe\u0301@x.example"),
            ("ann@x.example", "<mailto:ann@x.example>"),
            ("ann@x.example", "＜ann@x．example．＞"),
            ("ann@x.example", "ann@x.example."),
            ("o'brien@x.example", "o\u2019brien@x.example"),
        ],
    )
    @changes("contacts")
    def test_emails_are_unique(self, storage: Storage, one: str, other: str) -> None:
        """Two contacts with one e-mail, however it is written, are AlreadyExists (OE-27)."""
        self.store(storage, "contacts", a_contact("c1", email=one), a_contact("c2"))
        with storage.write() as work:
            with pytest.raises(AlreadyExists) as caught:
                work.contacts.add(a_contact("c3", email=other))
            with pytest.raises(AlreadyExists):
                work.contacts.save(a_contact("c2", email=other, version=1))
            work.commit()

        assert ("email", a_contact("c3", email=other).email) == (
            caught.value.field,
            caught.value.value,
        )
        assert "" == stored(storage, "contacts", "c2").email

    def test_contacts_without_email_are_many(self, storage: Storage) -> None:
        """No e-mail is not an e-mail that could be taken."""
        assert 2 == len(self.store(storage, "contacts", a_contact("c1"), a_contact("c2")))

    @changes("contacts")
    def test_an_email_can_change_hands(self, storage: Storage) -> None:
        """An e-mail can be written otherwise, given up, and then taken by another contact."""
        [first] = self.store(storage, "contacts", a_contact("c1", email="ann@x.example"))
        with storage.write() as work:
            second = work.contacts.save(attrs.evolve(first, email="ANN@x.example"))
            work.contacts.save(attrs.evolve(second, email=""))
            work.contacts.add(a_contact("c2", email="ann@x.example"))
            work.commit()

        assert "ann@x.example" == stored(storage, "contacts", "c2").email

    @pytest.mark.parametrize(
        ("wanted", "found"),
        [
            ({}, ["zoe", "ann", "bob"]),
            ({"name": "MULL"}, ["ann"]),
            ({"name": "mü an"}, ["ann"]),
            ({"name": "ller"}, []),
            ({"name": "..."}, []),
            ({"email": "ANN@"}, ["ann"]),
            ({"email": "@"}, []),
            ({"phone": "0221 123"}, ["ann"]),
            ({"phone": "23"}, ["ann", "bob"]),
            ({"phone": "12"}, []),
            ({"phone": "phone"}, []),
            ({"city": "koln"}, ["ann", "bob"]),
            ({"region": "N"}, ["ann"]),
            ({"country": "us"}, ["bob"]),
            ({"country": "u"}, []),
            ({"city": "köln", "country": "DE"}, ["ann"]),
            ({"city": "Rom", "country": "US"}, []),
            ({"city": "Rom"}, ["bob"]),
            ({"tag": "VIP"}, ["ann"]),
            ({"tag": "vi"}, []),
            ({"name": "a", "phone": "23", "city": "k", "tag": "vip", "email": "a"}, ["ann"]),
            ({"name": "a", "phone": "23", "city": "k", "tag": "new", "email": "a"}, []),
            ({"name": "%"}, []),
            ({"email": "%"}, []),
            ({"email": "_nn"}, []),
        ],
    )
    def test_contacts_are_found(
        self, storage: Storage, wanted: dict[str, Any], found: list[str]
    ) -> None:
        """Each filter, and several together, find whom they should, sorted by name (OE-2)."""
        koeln = an_address(city="Köln", region="NRW")
        boston = an_address(city="Koln", country="US")
        self.store(
            storage,
            "contacts",
            a_contact("bob", name="Bob", phone="23", addresses=[an_address(city="Rom"), boston]),
            a_contact(
                "ann",
                name="Ann Müller",
                email="ann@x.example",
                phone="+49 221 123",
                addresses=[koeln],
                tags=["Vip"],
            ),
            a_contact("zoe", name="álvaro"),
        )
        with storage.read() as work:
            assert found == ids(work.contacts.search(ContactFilter(**wanted)).items)
            assert len(found) == work.contacts.count(ContactFilter(**wanted))

    @changes("contacts")
    def test_a_changed_contact_is_found_by_what_it_is_now(self, storage: Storage) -> None:
        """After a change the old name, phone, address and tag find nothing (OE-2)."""
        old = a_contact(name="Ann", phone="1", tags=["vip"], addresses=[an_address(city="Bonn")])
        self.store(storage, "contacts", old)
        with storage.write() as work:
            work.contacts.save(a_contact(name="Zoë", phone="2", version=1))
            work.commit()

        with storage.read() as work:
            for wanted in ({"name": "ann"}, {"phone": "1"}, {"tag": "vip"}, {"city": "Bonn"}):
                assert () == work.contacts.search(ContactFilter(**wanted)).items
            assert ["ann"] == ids(work.contacts.search(ContactFilter(name="zoe")).items)

    @changes("contacts", undone=True)
    def test_contact_searches_follow_the_definition(self, storage: Storage) -> None:
        """Any search finds those that `ContactFilter.matches`, by folded name and id (OE-2).

        So many are counted, as far as is asked (HA-9).
        """

        @generated
        @given(
            st.lists(
                strategies.contacts(),
                max_size=5,
                unique_by=(lambda c: c.id, lambda c: c.email.casefold() or f"none: {c.id}"),
            ),
            strategies.contact_filters,
            st.integers(1, 3),
        )
        def check(contacts: list[Contact], wanted: ContactFilter, limit: int) -> None:
            with storage.write() as work:
                added = [work.contacts.add(contact) for contact in contacts]
                found = walk(lambda **page: work.contacts.search(wanted, **page), limit)
                assert len(found) == work.contacts.count(wanted)
                assert min(limit, len(found)) == work.contacts.count(wanted, most=limit)

            expected = filter(wanted.matches, added)
            assert sorted(expected, key=lambda c: (fold(c.name), c.id)) == found

        check()
