import inspect
from collections.abc import Callable
from datetime import timedelta

import pytest

from cartcore.desk import OrderDesk
from cartcore.documents.serializer import Serializer
from cartcore.errors import DraftPlaced, NotFound, StaleDraft
from cartcore.orders.draft import Draft, Step
from cartcore.pricing.quote import Quote
from cartcore.storage import Storage
from tests.support.shop import BERLIN, BOULDER, NOON, STORE, Shop, everything, refused, stored, usd


def add(shop: Shop, draft_id: str, sku: str, *, version: int | None = None) -> None:
    with shop.desk.edit(draft_id, version=version) as edit:
        edit.add_sku(sku)


def skus(shop: Shop, draft_id: str) -> list[str]:
    return [line.sku for line in stored(shop, draft_id).lines]


class TestSaving:
    def test_saved_as_it_goes(self, shop: Shop) -> None:
        """Every edit is saved when its block ends, as one change (OE-22)."""
        draft_id = shop.started()
        before = stored(shop, draft_id)
        shop.clock.forward(minutes=5)
        with shop.edit(draft_id) as edit:
            edit.add_sku("MUG")
            edit.add_sku("PIN")
            assert before == stored(shop, draft_id)

        after = stored(shop, draft_id)
        assert ["MUG", "PIN"] == skus(shop, draft_id)
        assert before.version + 1 == after.version
        assert (NOON, NOON + timedelta(minutes=5)) == (after.created_at, after.updated_at)

    def test_what_it_came_to_and_who_changed_it(self, shop: Shop) -> None:
        """A list knows the total of each draft and who changed it last, without pricing (OE-22)."""
        draft_id = shop.desk.start(actor="sam").id
        began = shop.desk.drafts().items[0]
        with shop.desk.edit(draft_id, actor="kim") as edit:
            edit.choose_contact("ann")
            edit.add_sku("MUG", quantity=2)
        [changed] = shop.desk.drafts().items
        with shop.desk.edit(draft_id) as edit:
            edit.set_quantity("l1", 1)
        [after] = shop.desk.drafts().items

        assert ("sam", usd("0.00")) == (began.updated_by, began.total)
        assert ("sam", "kim") == (changed.created_by, changed.updated_by)
        assert shop.total(draft_id) == after.total
        assert changed.total == usd("0.00") + after.total * 2
        assert not after.updated_by, "nobody said who it was"

    def test_resumed_elsewhere(self, storage: Storage) -> None:
        """A draft is gone on with at another desk, on the step where it was left (OE-22)."""
        shop = Shop(storage)
        draft_id = shop.shipping({"MUG": 2})
        elsewhere = OrderDesk(storage, STORE, clock=shop.clock)

        resumed = elsewhere.draft(draft_id)

        assert (stored(shop, draft_id), Step.SHIPPING) == (resumed, resumed.step)
        with elsewhere.edit(draft_id) as edit:
            edit.choose_speed("s1", "post")
        assert usd("19.90") == shop.total(draft_id)

    def test_failing_block_saves_nothing(self, shop: Shop) -> None:
        """If anything in the block raises, cartcore's or not, nothing of it is saved (OE-22)."""
        draft_id = shop.started()
        before = everything(shop.storage)

        def stumble() -> None:
            with shop.edit(draft_id) as edit:
                edit.add_sku("MUG")
                edit.create_contact("Kim", address=BERLIN)
                message = "power cut"
                raise RuntimeError(message)

        with pytest.raises(RuntimeError, match="power cut"):
            stumble()

        assert before == everything(shop.storage)

    def test_serialised_drafts_come_back(self, shop: Shop) -> None:
        """A draft with everything in it goes through JSON unchanged (OE-22)."""
        shop.promote("cap", "pin", "five")
        draft_id = shop.with_items({"MUG": 3, "CARD": 1})
        with shop.edit(draft_id) as edit:
            edit.pick_promotion("cap", {"cap": {"Color": "Red"}})
            edit.remove_promotion("pin")
            edit.save_items()
            edit.use_multiple_addresses()
            edit.assign("l1", {"s1": 1, edit.add_shipment(BOULDER): 2})
            edit.mark_gift("l1", "Hi\nyou")
            edit.choose_speed("s1", "post")
            edit.set_quantity("l1", 1)
        draft = stored(shop, draft_id)
        assert draft.applied
        assert draft.refused
        assert draft.shipments
        assert draft.cleared
        serializer = Serializer()

        assert draft == serializer.loads(serializer.dumps(draft), Draft)


class TestBeginning:
    def test_with_what_is_entered(self, shop: Shop) -> None:
        """A draft and what it begins with are stored together (OE-22, WB-20)."""
        with shop.desk.begin(actor="sam") as edit:
            edit.choose_contact("ann")
            assert not shop.desk.drafts().items
            draft_id = edit.draft.id

        begun = stored(shop, draft_id)
        assert ("ann", "sam", 1) == (begun.contact_id, begun.created_by, begun.version)

    def test_refused(self, shop: Shop) -> None:
        """What is refused leaves no empty draft behind (OE-22, WB-20)."""
        with refused(shop, NotFound), shop.desk.begin(actor="sam") as edit:
            edit.choose_contact("nobody")

        assert not shop.desk.drafts().items

    def test_a_new_contact_is_stored_with_it(self, shop: Shop) -> None:
        """A contact made on the spot is there with its draft, or neither is (OE-2, OE-22)."""
        with shop.desk.begin(actor="sam") as edit:
            contact_id = edit.create_contact("Bea", address=BERLIN).id

        with shop.storage.read() as work:
            assert "Bea" == work.contacts.get(contact_id).name
        (begun,) = shop.desk.drafts().items
        assert contact_id == begun.contact_id

    def test_blank(self, shop: Shop) -> None:
        """A screen can show an order before anything of it is stored (OE-2, WB-20)."""
        view = shop.desk.blank(actor="sam")

        assert Step.CONTACT is view.step
        assert not view.quote.lines
        assert not shop.desk.drafts().items

    def test_what_it_comes_to(self, shop: Shop) -> None:
        """A draft that begins with what is entered is listed with its total (OE-22)."""
        with shop.desk.begin(actor="sam") as edit:
            edit.choose_contact("ann")
            edit.add_sku("MUG")
            draft_id = edit.draft.id
        [begun] = shop.desk.drafts().items

        assert (shop.total(draft_id), "sam") == (begun.total, begun.updated_by)


class TestListing:
    def test_last_changed_first(self, shop: Shop) -> None:
        """Drafts are listed with the last changed first, page by page (OE-22)."""
        first, second, third = (shop.started() for _ in range(3))
        for minute, draft_id in enumerate((second, first, third)):
            shop.clock.now = NOON + timedelta(minutes=1 + minute)
            add(shop, draft_id, "MUG")
        page = shop.desk.drafts(limit=2)
        rest = shop.desk.drafts(page=page.next_page, limit=2)

        assert [[third, first], [second]] == [[d.id for d in p.items] for p in (page, rest)]
        assert "" == rest.next_page

    def test_who_began_it(self, shop: Shop) -> None:
        """A listed draft tells who began it, and when (OE-22)."""
        shop.desk.start(actor=" kim ")

        (draft,) = shop.desk.drafts().items
        assert ("kim", NOON) == (draft.created_by, draft.created_at)


class TestDiscarding:
    def test_discarded(self, shop: Shop) -> None:
        """A discarded draft is gone, and the others stay (OE-22)."""
        draft_id, other = shop.shipping({"MUG": 1}), shop.shipping({"PIN": 1})
        shop.desk.discard(draft_id)

        assert [other] == [draft.id for draft in shop.desk.drafts().items]
        with pytest.raises(NotFound):
            shop.desk.draft(draft_id)
        with pytest.raises(NotFound):
            shop.view(draft_id)
        with refused(shop, NotFound):
            add(shop, draft_id, "PIN")
        with refused(shop, NotFound):
            shop.desk.discard(draft_id)

    def test_discarded_while_edited(self, shop: Shop) -> None:
        """An edit of a draft that was discarded meanwhile does not bring it back (OE-22)."""
        draft_id = shop.started()

        def overlapping() -> None:
            with shop.edit(draft_id) as edit:
                edit.add_sku("MUG")
                shop.desk.discard(draft_id)

        with pytest.raises(NotFound):
            overlapping()

        assert () == shop.desk.drafts().items

    def test_old_version(self, shop: Shop) -> None:
        """A draft that someone changed since is not discarded (OE-22)."""
        draft_id = shop.started()
        seen = stored(shop, draft_id).version
        add(shop, draft_id, "MUG")

        with refused(shop, StaleDraft):
            shop.desk.discard(draft_id, version=seen)
        shop.desk.discard(draft_id, version=seen + 1)

        assert () == shop.desk.drafts().items


class TestTwoPeople:
    def test_version_that_was_seen(self, shop: Shop) -> None:
        """Whoever saw an older version gets StaleDraft; nothing of the newer is lost (OE-22)."""
        draft_id = shop.started()
        seen = stored(shop, draft_id).version
        add(shop, draft_id, "MUG", version=seen)

        with refused(shop, StaleDraft) as caught:
            add(shop, draft_id, "PIN", version=seen)

        assert (seen, seen + 1) == (caught.value.given_version, caught.value.current_version)
        assert ["MUG"] == skus(shop, draft_id)

    def test_preview_of_a_version(self, shop: Shop) -> None:
        """A preview can be held to the version that was seen, too (OE-22, OE-24)."""
        draft_id = shop.started()
        seen = stored(shop, draft_id).version
        add(shop, draft_id, "MUG")

        with refused(shop, StaleDraft), shop.desk.preview(draft_id, version=seen):
            pass

    def test_overlapping_edits(self, shop: Shop) -> None:
        """Of two edits at the same time the second to save gets StaleDraft (OE-22)."""
        draft_id = shop.started()

        def overlapping() -> None:
            with shop.edit(draft_id) as edit:
                edit.add_sku("PIN")
                edit.create_contact("Kim", address=BERLIN)
                add(shop, draft_id, "MUG")

        with pytest.raises(StaleDraft):
            overlapping()

        assert ["MUG"] == skus(shop, draft_id)
        assert () == shop.desk.find_contacts("kim").items

    def test_second_try_adds_to_the_first(self, shop: Shop) -> None:
        """After StaleDraft, editing anew builds on what the other one saved (OE-22)."""
        draft_id = shop.started()
        seen = stored(shop, draft_id).version
        add(shop, draft_id, "MUG", version=seen)
        with refused(shop, StaleDraft):
            add(shop, draft_id, "PIN", version=seen)
        add(shop, draft_id, "PIN", version=stored(shop, draft_id).version)

        assert ["MUG", "PIN"] == skus(shop, draft_id)

    def test_placed_while_edited(self, shop: Shop) -> None:
        """An edit of a draft that is placed meanwhile changes neither (OE-19, OE-22)."""
        draft_id = shop.reviewed({"MUG": 1})

        def overlapping() -> None:
            with shop.edit(draft_id) as edit:
                edit.add_sku("PIN")
                shop.placed(draft_id)

        with pytest.raises(DraftPlaced):
            overlapping()

        (listed,) = shop.desk.orders().items
        order = shop.desk.order(listed.number)
        assert ["MUG"] == [line.sku for line in order.quote.lines]
        assert () == shop.desk.drafts().items


ON_DRAFTS: dict[str, Callable[[OrderDesk, str, Quote], object]] = {
    "draft": lambda desk, draft_id, _: desk.draft(draft_id),
    "discard": lambda desk, draft_id, _: desk.discard(draft_id),
    "edit": lambda desk, draft_id, _: desk.edit(draft_id).__enter__(),
    "preview": lambda desk, draft_id, _: desk.preview(draft_id).__enter__(),
    "view": lambda desk, draft_id, _: desk.view(draft_id),
    "available_promotions": lambda desk, draft_id, _: desk.available_promotions(draft_id),
    "place": lambda desk, draft_id, seen: desk.place(
        draft_id, seen=seen, actor="sam", idempotency_key="another"
    ),
}
"""Every method of the desk that takes a draft's id."""


class TestPlaced:
    def test_all_methods_are_tried(self) -> None:
        """The table above has every method that takes a draft (OE-22)."""
        assert set(ON_DRAFTS) == {
            name
            for name, method in inspect.getmembers(OrderDesk, inspect.isfunction)
            if name[0] != "_" and "draft_id" in inspect.signature(method).parameters
        }

    @pytest.mark.parametrize("name", ON_DRAFTS)
    def test_placed_draft_is_no_draft(self, shop: Shop, name: str) -> None:
        """Whatever is done with a placed draft, it is DraftPlaced and names the order (OE-22)."""
        draft_id = shop.reviewed({"MUG": 1})
        seen = shop.quote(draft_id)
        order = shop.placed(draft_id)

        with refused(shop, DraftPlaced) as caught:
            ON_DRAFTS[name](shop.desk, draft_id, seen)

        assert (draft_id, order.number) == (caught.value.draft_id, caught.value.order_number)

    def test_cancelling_does_not_bring_it_back(self, shop: Shop) -> None:
        """The draft of a cancelled order stays placed (OE-21, OE-22)."""
        draft_id = shop.reviewed({"MUG": 1})
        shop.desk.cancel(shop.placed(draft_id).number, actor="sam")

        with refused(shop, DraftPlaced):
            shop.desk.draft(draft_id)

    @pytest.mark.parametrize("draft_id", ["no-such", "", "x" * 10_000])
    def test_unknown_draft(self, shop: Shop, draft_id: str) -> None:
        """A draft that never was is not found (OE-22)."""
        with refused(shop, NotFound):
            shop.desk.draft(draft_id)

    def test_editor_is_for_its_draft(self, shop: Shop) -> None:
        """Two drafts that are edited at once do not touch each other (OE-22)."""
        first, second = shop.started(), shop.started("zoe")

        with shop.edit(first) as one, shop.edit(second) as other:
            one.add_sku("MUG")
            other.add_sku("PIN")

        assert (["MUG"], ["PIN"]) == (skus(shop, first), skus(shop, second))
