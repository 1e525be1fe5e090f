from typing import Any

import pytest

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
)
from cartcore.orders.draft import Step
from cartcore.receipt import review_receipt
from cartcore.shop.address import Address
from cartcore.shop.contact import Contact, ContactFilter
from tests.support.shop import (
    ANN,
    BERLIN,
    BOULDER,
    DENVER,
    NOAH,
    ZOE,
    Shop,
    refused,
    stored,
)


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


class TestChoosing:
    def test_choosing_shows_the_primary_address(self, shop: Shop) -> None:
        """The chosen contact is shown with name and primary address (OE-3)."""
        view = shop.view(shop.started("zoe"))

        assert view.contact is not None
        assert BERLIN == view.contact.primary_address
        assert (
            "Zoë Müller · zoe@example.org\n"
            "  Zoë Müller, Torstraße 7, 10119 Berlin, Germany\n" in review_receipt(view)
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


def _save_items(edit: DraftEditor) -> None:
    edit.save_items()


class TestAddresses:
    @pytest.mark.parametrize(
        "go_on", [_change_items, _save_items, _go_to_items, _enter_code, _ship]
    )
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
