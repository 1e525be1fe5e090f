from typing import Any

import attrs
import pytest

from cartcore.desk import OrderDesk
from cartcore.errors import InvalidAddress
from cartcore.shop.address import Address
from cartcore.shop.contact import Contact, ContactFilter
from cartcore.storage import Storage
from tests.support.shop import STORE


class TestSimilarContacts:
    @pytest.mark.parametrize(
        ("new", "found"),
        [
            ({"name": "A. Lee", "email": "ANN@example.com"}, [("ann", ("email",))]),
            ({"name": "A. Lee", "email": "ann@example.co"}, []),
            ({"name": "A. Lee", "phone": "(303) 555-0147"}, [("ann", ("phone",))]),
            ({"name": "A. Lee", "phone": "+1 303 555 0147 ext. 2"}, [("ann", ("phone",))]),
            ({"name": "A. Lee", "phone": "+44 303 555 0147"}, []),
            ({"name": "A. Lee", "phone": "0147"}, []),
            (
                {"name": "MUELLER, Joerg", "address": {"line1": "5  Café Street"}},
                [("jorg", ("name and address",))],
            ),
            ({"name": "Jörg Muellers", "address": {"line1": "5 Café Street"}}, []),
            ({"name": "Jörg Müller", "address": {"line1": "6 Café Street"}}, []),
            ({"name": "Jörg Müller", "address": {"line1": "5 Café Street", "country": "US"}}, []),
            ({"name": "Jörg Müller"}, []),
            (
                {"name": "Ann", "email": "jorg@example.com", "phone": "303 555 0147",
                 "address": {"phone": "+43 1 234567"}},
                [("jorg", ("email", "phone")), ("ann", ("phone",))],
            ),
        ],
    )  # fmt: skip
    def test_who_it_could_be(
        self, storage: Storage, new: dict[str, Any], found: list[tuple[str, tuple[str, ...]]]
    ) -> None:
        """Who has the same e-mail, phone, or name and address is offered, and why (OE-31)."""
        vienna = {"line1": "5 Cafe\u0301 street", "city": "Wien", "country": "AT"}
        home = Address(**vienna, postal_code="A-1010")
        ann = Contact(id="ann", name="Ann Lee", email="ann@example.com", phone="3035550147")
        email, phone = "jorg@example.com", "01 234567"
        jorg = Contact(id="jorg", name="Jörg Müller", email=email, phone=phone, addresses=(home,))
        with storage.write() as work:
            work.contacts.restore(attrs.evolve(each, version=1) for each in (ann, jorg))
            work.commit()
        desk = OrderDesk(storage, attrs.evolve(STORE, country="US"))
        if "address" in new:
            place = {"line1": "x", "city": "WIEN", "country": "AT", "postal_code": "1010"}
            new = {**new, "address": Address(**(place | new["address"]))}
        similar = desk.similar_contacts(**new)

        assert found == [(each.contact.id, each.alike) for each in similar]

    def test_numbers_are_read_for_the_store(self, storage: Storage) -> None:
        """A number without its country's code is one of the store's country (OE-29)."""
        with storage.write() as work:
            work.contacts.add(Contact(id="ann", name="Ann", phone="020 7946 0018"))
            work.commit()
        for country, found in (("GB", ["ann"]), ("US", []), ("", [])):
            desk = OrderDesk(storage, attrs.evolve(STORE, country=country))
            for wanted in (ContactFilter(phone="442079460018"), "44 20 7946 0018"):
                assert found == [c.id for c in desk.find_contacts(wanted).items]

    def test_countries(self) -> None:
        """The store's country is one of ISO 3166-1, or none (OE-29)."""
        assert ("GB", "") == (attrs.evolve(STORE, country="gb").country, STORE.country)
        with pytest.raises(InvalidAddress):
            attrs.evolve(STORE, country="UK")
