import re
from typing import Any

import attrs
import pytest

from cartcore.desk import OrderDesk
from cartcore.entry.editor import DraftEditor
from cartcore.errors import (
    AlreadyExists,
    Conflict,
    ContactNeedsAddress,
    InvalidAddress,
    InvalidField,
    InvalidText,
    NotFound,
    StepNotReachable,
    StoreNotReady,
)
from cartcore.orders.draft import Step
from cartcore.receipt import review_receipt
from cartcore.shop.address import Address
from cartcore.shop.contact import Contact, ContactFilter
from cartcore.storage import Storage
from tests.support.shop import (
    ANN,
    BERLIN,
    BOULDER,
    CATALOGUE,
    DENVER,
    MUG,
    NOAH,
    POSTER,
    STORE,
    ZOE,
    Shop,
    refused,
    stored,
)


class TestStoreReady:
    @pytest.mark.parametrize("enabled", [True, False])
    @pytest.mark.parametrize("published", [True, False])
    def test_error_names_what_is_missing(
        self, storage: Storage, *, enabled: bool, published: bool
    ) -> None:
        """Without ecommerce or a published product no order is begun, and both are told (OE-1)."""
        shop = Shop(storage)
        for product in CATALOGUE:
            shop.change_product(product.id, published=published and product is MUG)
        desk = shop.desk_with(ecommerce_enabled=enabled)

        if enabled and published:
            desk.check_ready()
            assert Step.CONTACT is desk.start(actor="sam").step
            return
        with pytest.raises(StoreNotReady) as caught:
            desk.start(actor="sam")
        with pytest.raises(StoreNotReady, match=re.escape(str(caught.value))):
            desk.check_ready()

        assert (not enabled) is ("switched off" in str(caught.value))
        assert (not published) is ("no product is published" in str(caught.value))
        assert () == desk.drafts().items

    def test_published_product_without_published_variant_is_not_enough(
        self, storage: Storage
    ) -> None:
        """A published product that has nothing to sell does not make a store ready (OE-1, OE-5)."""
        shop = Shop(storage)
        for product in CATALOGUE:
            shop.change_product(product.id, published=product is MUG)
        shop.change_variant("MUG", published=False)

        with pytest.raises(StoreNotReady):
            shop.desk.start(actor="sam")

    def test_empty_catalogue(self, storage: Storage) -> None:
        """A store without any product takes no orders (OE-1)."""
        with pytest.raises(StoreNotReady):
            OrderDesk(storage, STORE).start(actor="sam")

    def test_unpublished_products_do_not_hinder(self, shop: Shop) -> None:
        """One published product is enough, whatever else is not on sale (OE-1)."""
        assert not POSTER.published
        assert shop.desk.start(actor="sam").id

    @pytest.mark.parametrize("actor", ["", "  ", "s\x00am", "s" * 256])
    def test_actor_is_checked(self, shop: Shop, actor: str) -> None:
        """Who begins an order is a usable text, or nothing is begun (OE-2)."""
        with refused(shop, InvalidText):
            shop.desk.start(actor=actor)


class TestFindingContacts:
    def test_new_order_has_no_contact(self, shop: Shop) -> None:
        """A new cart order starts with no contact, and nothing but that can be done (OE-2)."""
        draft = shop.desk.start(actor="sam")
        view = shop.view(draft.id)

        assert "" == draft.contact_id
        assert view.contact is None
        assert (Step.CONTACT,) == view.reachable
        with refused(shop, StepNotReachable), shop.edit(draft.id) as edit:
            edit.add_sku("MUG")
        with refused(shop, StepNotReachable), shop.edit(draft.id) as edit:
            edit.add_contact_address(DENVER)

    @pytest.mark.parametrize(
        ("typed", "found"),
        [
            ("lee", ["Ann Lee", "Noah Leeds"]),
            ("LEE ann", ["Ann Lee"]),
            ("muller", ["Zoë Müller"]),
            ("ZOE MÜL", ["Zoë Müller"]),
            ("eed", []),
            ("", ["Ann Lee", "Noah Leeds", "Zoë Müller"]),
        ],
    )
    def test_by_part_of_the_name(self, shop: Shop, typed: str, found: list[str]) -> None:
        """Typing finds the start of any word of the name, whatever case and accents (OE-2)."""
        assert found == [contact.name for contact in shop.desk.find_contacts(typed).items]

    @pytest.mark.parametrize(
        ("wanted", "found"),
        [
            (ContactFilter(email="ANN@"), [ANN.id]),
            (ContactFilter(phone="303 5550100"), [ANN.id]),
            (ContactFilter(phone="(0720) 555-0199"), [NOAH.id]),
            (ContactFilter(city="boulder"), [ZOE.id]),
            (ContactFilter(region="co"), [ANN.id, ZOE.id]),
            (ContactFilter(country="de"), [ZOE.id]),
            (ContactFilter(tag="VIP"), [ANN.id]),
            (ContactFilter(region="co", tag="vip"), [ANN.id]),
            (ContactFilter(region="co", name="zo"), [ZOE.id]),
            (ContactFilter(city="Boulder", country="DE"), []),
            (ContactFilter(email="ann@", tag="trade"), []),
        ],
    )
    def test_by_filters(self, shop: Shop, wanted: ContactFilter, found: list[str]) -> None:
        """Filters by e-mail, phone, place and tag can be combined; all must hold (OE-2)."""
        assert found == [contact.id for contact in shop.desk.find_contacts(wanted).items]

    def test_results_are_paged(self, shop: Shop) -> None:
        """Pages follow each other without gap or repetition, whatever is added meanwhile (OE-2)."""
        first = shop.desk.find_contacts(limit=2)
        with shop.storage.write() as work:
            work.contacts.add(Contact(id="aaron", name="Aaron Abel"))  # before the first page
            work.contacts.add(Contact(id="paul", name="Paul Parr"))  # after it
            work.commit()
        second = shop.desk.find_contacts(page=first.next_page, limit=2)

        assert ["Ann Lee", "Noah Leeds"] == [c.name for c in first.items]
        assert ["Paul Parr", "Zoë Müller"] == [c.name for c in second.items]
        assert "" == second.next_page

    @pytest.mark.parametrize("limit", [0, -1, 1001, True, 2.0])
    def test_page_size_is_checked(self, shop: Shop, limit: Any) -> None:
        """A page has between 1 and 1000 contacts (OE-2)."""
        with refused(shop, InvalidField):
            shop.desk.find_contacts(limit=limit)

    def test_page_of_another_listing(self, shop: Shop) -> None:
        """A page key that no listing gave is refused (OE-2)."""
        with refused(shop, InvalidField):
            shop.desk.find_contacts(page="nonsense")


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


class TestChoosing:
    def test_choosing_shows_the_primary_address(self, shop: Shop) -> None:
        """The chosen contact is shown with name and primary address (OE-3)."""
        view = shop.view(shop.started("zoe"))

        assert view.contact is not None
        assert BERLIN == view.contact.primary_address
        assert (
            "Zoë Müller · zoe@example.org\n"
            "  Zoë Müller, Torstraße 7, Berlin 10119, Germany\n" in review_receipt(view)
        )

    def test_unknown_contact(self, shop: Shop) -> None:
        """A contact that does not exist cannot be chosen (OE-2)."""
        draft_id = shop.started()

        with refused(shop, NotFound), shop.edit(draft_id) as edit:
            edit.choose_contact("nobody")

    def test_contact_created_on_the_spot(self, shop: Shop) -> None:
        """A new contact is chosen at once and stored together with the draft (OE-2)."""
        draft_id = shop.desk.start(actor="sam").id
        with shop.edit(draft_id) as edit:
            made = edit.create_contact("Kim Park", email="kim@example.com", address=DENVER)
            assert () == shop.desk.find_contacts("park").items
            edit.add_sku("MUG")

        assert (made.id,) == tuple(c.id for c in shop.desk.find_contacts("park").items)
        assert made.id == stored(shop, draft_id).contact_id

    def test_failing_edit_stores_no_contact(self, shop: Shop) -> None:
        """A contact made in an edit that fails is not stored either (OE-2, OE-22)."""
        draft_id = shop.desk.start(actor="sam").id

        with refused(shop, NotFound), shop.edit(draft_id) as edit:
            edit.create_contact("Kim Park", address=DENVER)
            edit.add_sku("NO-SUCH")

    @pytest.mark.parametrize("email", ["ann@example.com", "ANN@Example.COM"])
    def test_same_email_twice(self, shop: Shop, email: str) -> None:
        """A second contact with an e-mail that exists, in whatever case, is refused (OE-2)."""
        draft_id = shop.desk.start(actor="sam").id

        with refused(shop, AlreadyExists), shop.edit(draft_id) as edit:
            edit.create_contact("Another Ann", email=email)

    def test_same_email_twice_in_one_edit(self, shop: Shop) -> None:
        """Of two contacts with one e-mail made in one edit neither is stored (OE-2)."""
        draft_id = shop.desk.start(actor="sam").id

        with refused(shop, AlreadyExists), shop.edit(draft_id) as edit:
            edit.create_contact("Kim Park", email="kim@example.com")
            edit.create_contact("Kim Park", email="Kim@example.com")

    @pytest.mark.parametrize(
        "fields",
        [
            {"name": ""},
            {"name": "Kim\x1bPark"},
            {"name": "K" * 256},
            {"name": "Kim", "email": "no at sign"},
            {"name": "Kim", "phone": "5" * 10_000},
        ],
        ids="-".join,
    )
    def test_unusable_contact(self, shop: Shop, fields: dict[str, str]) -> None:
        """A contact with a field that cannot be used is not made (OE-2)."""
        draft_id = shop.desk.start(actor="sam").id

        with refused(shop, InvalidText), shop.edit(draft_id) as edit:
            edit.create_contact(**fields)  # type: ignore[arg-type]

    def test_another_contact_clears_what_was_the_others(self, shop: Shop) -> None:
        """Choosing another contact clears addresses and speeds, and says so (OE-15)."""
        draft_id = shop.reviewed({"MUG": 1})
        with shop.edit(draft_id) as edit:
            edit.ship_to(BOULDER)
            edit.choose_contact("zoe")

        (shipment,) = shop.view(draft_id).shipments
        assert (BERLIN, "") == (shipment.shipment.address, shipment.shipment.speed)
        assert ["shipments"] == [c.what for c in stored(shop, draft_id).cleared]

    def test_another_contact_leads_back_to_the_start(self, shop: Shop) -> None:
        """An order reviewed for one contact is reviewed again for another (OE-2, OE-18)."""
        draft_id = shop.shipping({"CARD": 1})
        assert Step.REVIEW is stored(shop, draft_id).step
        with shop.edit(draft_id) as edit:
            edit.choose_contact("zoe")

        assert Step.CONTACT is stored(shop, draft_id).step
        with refused(shop, StepNotReachable):
            shop.placed(draft_id)

    def test_the_same_contact_again_changes_nothing(self, shop: Shop) -> None:
        """Choosing the contact that is chosen keeps everything (OE-15)."""
        draft_id = shop.reviewed({"MUG": 1})
        before = stored(shop, draft_id)
        with shop.edit(draft_id) as edit:
            edit.choose_contact("ann")

        after = stored(shop, draft_id)
        assert (before.step, before.shipments) == (after.step, after.shipments)


def _change_items(edit: DraftEditor) -> None:
    edit.add_sku("MUG")


def _go_to_items(edit: DraftEditor) -> None:
    edit.go_to(Step.ITEMS)


def _enter_code(edit: DraftEditor) -> None:
    edit.enter_code("WEAR10")


def _ship(edit: DraftEditor) -> None:
    edit.ship_to(DENVER)


class TestAddresses:
    @pytest.mark.parametrize("go_on", [_change_items, _go_to_items, _enter_code, _ship])
    def test_contact_without_address_cannot_go_on(self, shop: Shop, go_on: Any) -> None:
        """A contact without an address blocks everything after it, with its own error (OE-3)."""
        draft_id = shop.started("noah")

        with refused(shop, ContactNeedsAddress) as caught, shop.edit(draft_id) as edit:
            go_on(edit)

        assert "Noah Leeds" in str(caught.value)
        assert ["contact_needs_address"] == [
            p.code for p in shop.view(draft_id).problems if p.step is Step.CONTACT
        ]

    def test_adding_an_address_unblocks(self, shop: Shop) -> None:
        """Adding an address lets the order go on, and the contact keeps it (OE-3)."""
        draft_id = shop.started("noah")
        with shop.edit(draft_id) as edit:
            edit.add_contact_address(BOULDER)
            edit.add_sku("MUG")

        assert (BOULDER,) == shop.contact("noah").addresses
        assert BOULDER == shop.view(draft_id).shipments[0].shipment.address

    def test_address_of_one_contact_survives_a_look_at_another(self, shop: Shop) -> None:
        """An address given to a contact is there when that contact is chosen again (OE-3)."""
        draft_id = shop.started("noah")
        with shop.edit(draft_id) as edit:
            edit.add_contact_address(BOULDER)
            edit.choose_contact("ann")
            edit.choose_contact("noah")
            edit.add_contact_address(DENVER)
            edit.add_sku("MUG")

        assert (BOULDER, DENVER) == shop.contact("noah").addresses

    def test_new_primary_address(self, shop: Shop) -> None:
        """An address added as primary comes first, the others stay (OE-3, OE-11)."""
        with shop.edit(shop.started()) as edit:
            edit.add_contact_address(BOULDER, primary=True)

        assert (BOULDER, DENVER) == shop.contact("ann").addresses

    def test_address_that_is_there_already(self, shop: Shop) -> None:
        """An address that differs only in case and white space is not added again (OE-12)."""
        with shop.edit(shop.started()) as edit:
            edit.add_contact_address(
                Address(
                    name="ANN LEE",
                    line1=" 1  main st",
                    city="denver",
                    region="co",
                    postal_code="80202",
                    country="us",
                )
            )

        assert (DENVER,) == shop.contact("ann").addresses

    @pytest.mark.parametrize(
        ("fields", "error", "named"),
        [
            ({"line1": "1 Main St"}, InvalidAddress, "country"),
            ({"line1": "1 Main St", "country": "XX"}, InvalidAddress, "country"),
            ({"line1": "1 Main St", "country": "United States"}, InvalidAddress, "country"),
            ({"line1": "  ", "country": "US"}, InvalidAddress, "line1"),
            ({"line1": "1 Main\x00St", "country": "US"}, InvalidText, "line1"),
            ({"line1": "1" * 256, "country": "US"}, InvalidText, "line1"),
        ],
    )
    def test_unusable_address(
        self, shop: Shop, fields: dict[str, str], error: Any, named: str
    ) -> None:
        """An address without street or known country is refused wherever it is entered (OE-3)."""
        draft_id = shop.shipping({"MUG": 1})

        with refused(shop, error) as caught, shop.edit(draft_id) as edit:
            edit.ship_to(Address(**fields))

        assert named in str(caught.value)

    def test_someone_else_changed_the_contact(self, shop: Shop) -> None:
        """An address added to a contact that changed meanwhile overwrites nothing (OE-22)."""
        draft_id = shop.started()

        def overlapping() -> None:
            with shop.edit(draft_id) as edit:
                edit.add_contact_address(BOULDER)
                shop.change_contact("ann", phone="+1 303 555 0177")

        with pytest.raises(Conflict):
            overlapping()

        assert "+1 303 555 0177" == shop.contact("ann").phone
        assert (DENVER,) == shop.contact("ann").addresses
