"""Creating, changing, archiving, finding and counting records, on every storage (HA-9, HA-11)."""

from datetime import timedelta
from typing import Any

import attrs
import pytest

from cartcore.adapters.memory import MemoryStorage
from cartcore.administration import (
    Administration,
    Count,
    DraftFilter,
    PromotionFilter,
    PromotionState,
)
from cartcore.errors import (
    AlreadyExists,
    CartcoreError,
    Conflict,
    ContactArchived,
    DraftHasProblems,
    InvalidField,
    InvalidText,
    NotFound,
    TooManyWords,
)
from cartcore.orders.draft import Draft
from cartcore.orders.filters import DraftSort, OrderFilter
from cartcore.promotions.types import PromotionClass
from cartcore.shop.contact import Contact, ContactFilter
from cartcore.storage import Page
from cartcore.testing.records import a_contact, a_product, a_promotion
from tests.support.shop import BOULDER, NOON, PROMOTIONS, Shop

KINDS: dict[str, Any] = {"contact": a_contact, "product": a_product, "promotion": a_promotion}
CHANGES: dict[str, dict[str, Any]] = {
    "contact": {"name": "Zoe"},
    "product": {"title": "Pot"},
    "promotion": {"priority": 7},
}


def opened(shop: Shop) -> Administration:
    return Administration(shop.storage, country="US", clock=shop.clock)


@pytest.fixture
def office(shop: Shop) -> Administration:
    """The administration of the shop of `tests.support.shop`, on every storage."""
    return opened(shop)


class TestRecords:
    @pytest.mark.parametrize("kind", KINDS)
    def test_created_and_changed(self, office: Administration, kind: str) -> None:
        """A new record is stored, and then changed with the version that was read (HA-9, ST-8)."""
        create, change = (getattr(office, f"{verb}_{kind}") for verb in ("create", "change"))
        stored = create(KINDS[kind]("new"))
        changed = change(attrs.evolve(stored, **CHANGES[kind]))

        assert (1, 2) == (stored.version, changed.version)
        with pytest.raises(AlreadyExists):
            create(KINDS[kind]("new"))
        with pytest.raises(Conflict, match="was changed by someone else"):
            change(stored)
        with pytest.raises(NotFound):
            change(attrs.evolve(stored, id="other"))

    @pytest.mark.parametrize("kind", KINDS)
    def test_fresh_and_stored_records_are_not_taken_for_each_other(
        self, office: Administration, kind: str
    ) -> None:
        """Who creates a stored record, or changes a fresh one, is told which it is (HA-9)."""
        create, change = (getattr(office, f"{verb}_{kind}") for verb in ("create", "change"))
        stored = create(KINDS[kind]("new"))

        with pytest.raises(InvalidField, match=f"a new record has: change_{kind} changes"):
            create(stored)
        with pytest.raises(InvalidField, match=f"read before: create_{kind} stores a new one"):
            change(KINDS[kind]("new"))
        with (
            office.storage.write() as work,
            pytest.raises(Conflict, match="is already stored, at version 1, and this one never"),
        ):
            getattr(work, f"{kind}s").save(KINDS[kind]("new"))

    @pytest.mark.parametrize("kind", KINDS)
    def test_archived_and_restored(self, office: Administration, kind: str) -> None:
        """What is archived is kept; doing so twice changes it once (HA-9)."""
        archive, restore = (getattr(office, f"{verb}_{kind}") for verb in ("archive", "restore"))
        stored = getattr(office, f"create_{kind}")(KINDS[kind]("new"))
        archived = archive("new")

        assert archived == archive("new")
        assert 2 == archived.version
        assert stored == attrs.evolve(restore("new"), version=1)
        with pytest.raises(NotFound):
            archive("nobody")
        with pytest.raises(CartcoreError):
            archive(5)


class TestArchived:
    def test_an_archived_contact_gets_no_order(self, shop: Shop, office: Administration) -> None:
        """It is not found or chosen; a draft of theirs is opened, and not placed (HA-9, HA-10)."""
        draft_id = shop.reviewed({"MUG": 1})
        other = shop.with_items({"MUG": 1}, "zoe")
        assert NOON == office.archive_contact("ann").archived_at

        assert () == shop.desk.find_contacts("ann").items
        with shop.edit(other) as edit, pytest.raises(ContactArchived, match="Ann Lee is archived"):
            edit.choose_contact("ann")
        view = shop.view(draft_id)
        assert ["contact_archived"] == [problem.code for problem in view.blocking]
        with pytest.raises(DraftHasProblems):
            shop.desk.place(draft_id, seen=view.quote, actor="kim")

        office.restore_contact("ann")
        assert "1001" == shop.placed(draft_id).number
        office.archive_contact("ann")
        again = shop.desk.duplicate("1001", actor="kim")
        assert ["contact"] == [each.what for each in again.cleared]

    def test_archived_contacts_are_listed(self, shop: Shop, office: Administration) -> None:
        """Who does not know the id finds the contact, and restores it (HA-9)."""
        names = [each.name for each in office.find_contacts().items]
        office.archive_contact("ann")
        office.archive_contact("zoe")

        assert names == [each.name for each in office.find_contacts().items]
        archived = office.find_contacts(archived=True, limit=1)
        assert ("ann", "") == (archived.items[0].id, archived.previous_page)
        second = office.find_contacts(archived=True, limit=1, page=archived.next_page)
        assert ("zoe", "") == (second.items[0].id, second.next_page)
        back = office.find_contacts(archived=True, limit=1, page=second.previous_page)
        assert archived.items == back.items
        [found] = office.find_contacts(archived.items[0].email, archived=True).items
        assert found == office.contact("ann")
        office.restore_contact(found.id)
        assert ["zoe"] == [each.id for each in office.find_contacts(archived=True).items]
        assert ["ann"] == [each.id for each in shop.desk.find_contacts("ann").items]

    def test_archived_products_are_listed(self, shop: Shop, office: Administration) -> None:
        """Products that are not published are found, too, or alone (HA-9)."""
        shop.promote("mugs")
        office.archive_product("mug")
        ids = [each.id for each in office.find_products("mug").items]

        assert "mug" in ids
        assert "mug" in [each.id for each in office.find_products(archived=True).items]
        assert all(not each.published for each in office.find_products(archived=True).items)
        assert office.change_product(office.product("mug")).version == 3
        assert "mugs" == office.promotion("mugs").id
        for read in (office.contact, office.product, office.promotion):
            with pytest.raises(NotFound):
                read("nobody")

    def test_archived_products_and_promotions(self, shop: Shop, office: Administration) -> None:
        """An archived product is not sold, and an archived promotion does nothing (HA-9)."""
        shop.promote("mugs")
        draft_id = shop.with_items({"CARD": 1, "MUG": 1})
        office.archive_promotion("mugs")
        office.archive_product("mug")

        view = shop.view(draft_id)
        assert "32.50" == str(view.quote.total.amount)
        assert ["not_published"] == [p.code for p in view.problems if p.line_id]
        assert () == shop.desk.find_products("mug").items


PROMOTIONS_FOUND: list[tuple[dict[str, Any], list[str]]] = [
    ({"text": "off clo"}, ["clothing"]),
    ({"text": "MUG"}, ["mugs"]),
    ({"text": "***"}, []),
    ({"code": "wear ten"}, ["clothing"]),
    ({"code": "WEAR"}, []),
    ({"code": "\u200b\u200b"}, []),
    ({"promotion_class": PromotionClass.SHIPPING}, ["cheap-shipping", "free-post"]),
    ({"state": PromotionState.SCHEDULED}, ["tomorrow"]),
    ({"state": "ended"}, ["past"]),
    ({"state": PromotionState.ARCHIVED}, ["off"]),
    ({"state": PromotionState.ACTIVE, "promotion_class": "order"}, ["five", "ten"]),
]


DRAFTS_FOUND: list[tuple[dict[str, Any], list[str]]] = [
    ({"contact_id": "zoe"}, ["zoe"]),
    ({"actor": "SAM"}, ["zoe", "ann"]),
    ({"actor": "somebody"}, []),
    ({"name": "mull"}, ["zoe"]),
    ({"email": "ANN@"}, ["ann"]),
    ({"phone": "555 0100"}, ["ann"]),
    ({"phone": "n/a"}, []),
    ({"recipient": "bob"}, ["zoe"]),
    ({"address": "oak boulder"}, ["zoe"]),
    ({"address": "oak denver"}, []),
    ({"address": "denver 80202 main"}, ["ann"]),
    ({"recipient": "ann"}, ["ann"]),
    ({"name": "***"}, []),
    ({"attributes": {"po": "po 7"}}, ["ann"]),
    ({"attributes": {"po": "p 7"}}, []),
    ({"attributes": {"po": "ＰＯ  7"}}, ["ann"]),
    ({"attributes": {"po": 7}}, []),
    ({"attributes": {"po": "po 7", "urgent": True}}, []),
    ({"attributes": {"po": "po 7"}, "email": "zoe"}, []),
]


class TestPromotions:
    def test_found(self, shop: Shop, office: Administration) -> None:
        """By text, code, class and state, together where several are given (HA-9)."""
        shop.promote(*PROMOTIONS)

        for wanted, found in PROMOTIONS_FOUND:
            filters = PromotionFilter(**wanted)
            assert found == [each.id for each in office.find_promotions(filters).items], wanted
            assert Count(number=len(found)) == office.count_promotions(filters)

    def test_page_by_page(self, shop: Shop, office: Administration) -> None:
        """Pages of a filtered list follow each other without gap or repetition (HA-9)."""
        shop.promote(*PROMOTIONS)
        wanted = PromotionFilter(state=PromotionState.ACTIVE)
        everything = [each.id for each in office.find_promotions(wanted).items]

        found, page = [], office.find_promotions(wanted, limit=5)
        while True:
            assert len(page.items) == 5 or not page.next_page
            found += [each.id for each in page.items]
            if not page.next_page:
                break
            page = office.find_promotions(wanted, page=page.next_page, limit=5)

        assert everything == found
        back = [each.id for each in page.items]
        while page.previous_page:
            page = office.find_promotions(wanted, page=page.previous_page, limit=5)
            back = [*(each.id for each in page.items), *back]
        assert everything == back
        assert sorted(set(PROMOTIONS) - {"tomorrow", "past", "off"}) == found


class TestDrafts:
    def test_by_age(self, shop: Shop, office: Administration) -> None:
        """Those that nobody has changed since a time, either way they are sorted (HA-9)."""
        drafts = []
        for _ in range(4):
            drafts.append(shop.with_items({"MUG": 1}))
            shop.clock.forward(days=1)
        wanted = DraftFilter(unchanged_since=NOON + timedelta(days=2))

        assert drafts[1::-1] == ids(office.find_drafts(wanted))
        assert drafts[:2] == ids(office.find_drafts(wanted, sort=DraftSort.EARLIEST_CHANGE))
        first = office.find_drafts(wanted, limit=1)
        assert drafts[:1] == ids(office.find_drafts(wanted, limit=1, page=first.next_page))
        assert Count(number=2) == office.count_drafts(wanted)

    def test_found(self, shop: Shop, office: Administration) -> None:
        """By contact, who began them, addresses and attributes (HA-9, HA-11)."""
        ann, zoe = shop.shipping({"MUG": 1}), shop.shipping({"PIN": 1}, "zoe")
        names = {ann: "ann", zoe: "zoe"}
        with shop.edit(ann) as edit:
            edit.set_attributes({"po": "PO 7"})
        shop.clock.forward(hours=1)
        with shop.edit(zoe) as edit:
            edit.ship_to(BOULDER)

        for wanted, found in DRAFTS_FOUND:
            drafts = office.find_drafts(DraftFilter(**wanted))
            assert found == [names[each] for each in ids(drafts)], wanted

    def test_by_what_the_contact_has(self, shop: Shop, office: Administration) -> None:
        """A draft that has just been begun is found by its contact's address, as it is now (HA-11).

        So it is as with the order that it may become.
        """
        draft_id = shop.started("ann")
        assert [draft_id] == ids(office.find_drafts(DraftFilter(address="80202")))
        shop.change_contact("ann", addresses=(BOULDER,))
        assert [] == ids(office.find_drafts(DraftFilter(address="80202")))
        assert [draft_id] == ids(office.find_drafts(DraftFilter(address="oak")))

    def test_found_like_the_orders_that_they_become(
        self, shop: Shop, office: Administration
    ) -> None:
        """What finds a draft finds its order, and the reverse (HA-11)."""
        draft_id = shop.reviewed({"MUG": 1})
        with shop.edit(draft_id) as edit:
            edit.set_attributes({"po": "PO 7"})
            edit.set_reference("ERP-77")
        told: list[dict[str, Any]] = [
            *({"email": text} for text in ("ann@", "zoe@", "@")),
            *({"phone": text} for text in ("0100", "0199", "n/a")),
            *({"recipient": text} for text in ("lee", "ann lee", "bob", "***")),
            *({"address": text} for text in ("main", "80202", "denv", "us", "oak", "lee main")),
            *({"attributes": {"po": text}} for text in ("po 7", "PO  7", "PO")),
            *({"reference": text} for text in ("erp-7", "ＥＲＰ-77", "77", "\u0301")),
        ]
        found = [bool(ids(office.find_drafts(DraftFilter(**each)))) for each in told]
        shop.placed(draft_id)

        orders = [bool(shop.desk.orders(OrderFilter(**each)).items) for each in told]
        assert found == orders
        assert {True, False} == {*found}

    def test_a_removed_contact(self, shop: Shop, office: Administration) -> None:
        """A draft whose contact nobody knows is found by what it has itself (HA-10, HA-11)."""
        draft_id = shop.shipping({"MUG": 1})
        with shop.storage.write() as work:
            draft = work.drafts.get(draft_id)
            work.drafts.save(attrs.evolve(draft, contact_id="gone"))
            work.commit()

        assert [draft_id] == ids(office.find_drafts(DraftFilter(recipient="ann")))
        assert [] == ids(office.find_drafts(DraftFilter(name="ann")))
        assert [] == ids(office.find_drafts(DraftFilter(email="ann")))


class TestCounts:
    def test_up_to_a_most(self, shop: Shop, office: Administration) -> None:
        """Lists are counted as far as is asked, and tell whether there is more (HA-9)."""
        shop.placed(shop.reviewed({"MUG": 1}))

        assert "3" == str(office.count_contacts())
        assert Count(number=2, more=True) == office.count_contacts(most=2)
        assert "2+" == str(office.count_contacts(most=2))
        assert Count(number=3) == office.count_contacts(most=3)
        assert Count(number=1) == office.count_contacts(ContactFilter(tag="vip"))
        assert (6, 5) == (
            office.count_products().number,
            office.count_products(published_only=True).number,
        )
        assert Count(number=1) == office.count_orders()
        assert Count(number=0) == office.count_drafts()

    @pytest.mark.parametrize("most", [0, -1, True, 1.0, "1", None])
    def test_no_most(self, most: Any) -> None:
        """What is no number of records is refused (HA-9)."""
        with pytest.raises(InvalidField):
            Administration(MemoryStorage()).count_contacts(most=most)


def ids(page: Page[Draft]) -> list[str]:
    return [each.id for each in page.items]


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda: PromotionFilter(text=" ".join(f"{n}" for n in range(70))), TooManyWords),
        (lambda: PromotionFilter(state="gone"), InvalidField),  # type: ignore[arg-type]
        (lambda: PromotionFilter(code="\0"), InvalidText),
        (lambda: DraftFilter(unchanged_since=NOON.replace(tzinfo=None)), InvalidField),
        (lambda: DraftFilter(attributes={"po": object()}), CartcoreError),
        (lambda: Administration(MemoryStorage()).find_promotions(page="x"), InvalidField),
        (lambda: Administration(MemoryStorage()).find_promotions(limit=0), InvalidField),
        (lambda: Administration(MemoryStorage()).create_contact("ann"), InvalidField),  # type: ignore[arg-type]
        (lambda: Administration(MemoryStorage(), country="XX"), CartcoreError),
        (lambda: Contact(id="a", name="A", archived_at=5), InvalidField),  # type: ignore[arg-type]
    ],
)
def test_bad_input(make: Any, error: type[CartcoreError]) -> None:
    """What is no filter, page or record is refused with its name (HA-9)."""
    with pytest.raises(error):
        make()
