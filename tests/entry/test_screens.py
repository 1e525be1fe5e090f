"""What the desk offers to whoever builds a screen on it: searches, differences, versions."""

import pytest

from cartcore.errors import Conflict, InvalidField, InvalidText, NotFound
from tests.support.shop import BERLIN, BOULDER, DENVER, Shop, refused, usd


class TestProducts:
    def test_found_by_title_or_sku(self, shop: Shop) -> None:
        """A part of the title finds products, and the start of a SKU; those on sale (OE-5)."""
        assert ["shirt"] == [product.id for product in shop.desk.find_products("shi").items]
        assert ["shirt"] == [product.id for product in shop.desk.find_products("sh-bk").items]
        assert () == shop.desk.find_products("poster").items, "it is not published"

    def test_paged(self, shop: Shop) -> None:
        """Pages follow each other, sorted by title."""
        first = shop.desk.find_products(limit=2)
        second = shop.desk.find_products(page=first.next_page, limit=100)

        titles = [product.title for page in (first, second) for product in page.items]
        assert 2 == len(first.items)
        assert sorted(titles) == titles
        assert len(titles) == len(shop.desk.find_products().items)

    def test_unusable_search(self, shop: Shop) -> None:
        """A search is a text without control characters."""
        with pytest.raises(InvalidText):
            shop.desk.find_products("a\nb")

    def test_one_product(self, shop: Shop) -> None:
        """A product is returned with its options; also one that is not on sale (OE-4)."""
        assert ("Color", "Size") == shop.desk.product("shirt").options
        assert not shop.desk.product("poster").published
        with pytest.raises(NotFound):
            shop.desk.product("nothing")


class TestDifferences:
    def test_of_what_is_ordered(self, shop: Shop) -> None:
        """A later view tells lines and totals that differ, and the same view nothing (OE-22)."""
        draft_id = shop.shipping({"MUG": 1})
        seen = shop.view(draft_id)
        assert () == seen.differences(shop.view(draft_id))
        with shop.edit(draft_id) as edit:
            edit.set_quantity("l1", 3)
            edit.add_sku("PIN")

        assert (
            "1 × Mug became 3 × Mug",
            "1 × Pin was added",
            "total is 25.50 USD instead of 7.50 USD",
        ) == seen.differences(shop.view(draft_id))

    def test_of_the_contact(self, shop: Shop) -> None:
        """Another contact, and a contact whose addresses changed (OE-22)."""
        draft_id = shop.desk.start(actor="sam").id
        seen = shop.view(draft_id)
        with shop.edit(draft_id) as edit:
            edit.choose_contact("ann")
        chosen = shop.view(draft_id)
        with shop.edit(draft_id) as edit:
            edit.add_contact_address(BOULDER)

        assert ("the contact is Ann Lee",) == seen.differences(chosen)
        assert ("the addresses of Ann Lee were changed",) == chosen.differences(shop.view(draft_id))

    def test_of_addresses_and_gifts(self, shop: Shop) -> None:
        """What costs the same but goes elsewhere, or as a gift, is told, too (OE-22)."""
        draft_id = shop.shipping({"MUG": 2})
        one = shop.view(draft_id)
        with shop.edit(draft_id) as edit:
            edit.ship_to(BOULDER)
        moved = shop.view(draft_id)
        with shop.edit(draft_id) as edit:
            edit.use_multiple_addresses()
            away = edit.add_shipment(BERLIN)
            edit.assign("l1", {"s1": 1, away: 1})
            edit.mark_gift("l1", "Hi", shipment_id="s1")
        split = shop.view(draft_id)

        assert (f"what went to {DENVER} now goes to {BOULDER}",) == one.differences(moved)
        assert (
            "the shipments or their shipping speeds have changed",
            "Mug is a gift: “Hi”",
            f"a shipment goes to {BERLIN}",
        ) == moved.differences(split)
        assert f"nothing goes to {BERLIN} any more" in split.differences(moved)
        assert "Mug is no longer a gift" in split.differences(moved)


class TestExplaining:
    def test_one_promotion(self, shop: Shop) -> None:
        """The steps of one promotion: its arithmetic, and what it took off which line (PR-26)."""
        shop.promote("five")
        draft_id = shop.reviewed({"MUG": 2})
        with shop.edit(draft_id) as edit:
            edit.enter_code("FIVE")

        expected = "5 % of 15.00 USD = 0.75 USD, rounded half up\n  0.75 USD off 2 × Mug"
        assert expected == shop.quote(draft_id).explain("five")
        assert "0.75 USD off 2 × Mug" in shop.quote(draft_id).explain(), "and in the whole"

    def test_unknown_promotion(self, shop: Shop) -> None:
        """A promotion that was not considered has no explanation."""
        quote = shop.quote(shop.with_items({"MUG": 1}))
        with pytest.raises(NotFound):
            quote.explain("five")


class TestVersionsOfOrders:
    def test_changed_once(self, shop: Shop) -> None:
        """With the version that was seen, a change that is sent twice is made once (OE-21)."""
        order = shop.placed(shop.reviewed({"MUG": 1}))
        shop.desk.add_note("1001", "call first", actor="sam", version=order.version)
        with refused(shop, Conflict) as caught:
            shop.desk.add_note("1001", "call first", actor="sam", version=order.version)
        with refused(shop, Conflict):
            shop.desk.cancel("1001", actor="sam", version=order.version)
        with refused(shop, Conflict):
            shop.desk.mark_shipped("1001", "s1", actor="sam", version=order.version)

        assert (order.version, order.version + 1) == (
            caught.value.given_version,
            caught.value.current_version,
        )
        sent = shop.desk.mark_shipped("1001", "s1", actor="sam", version=order.version + 1)
        assert [usd("12.40"), 3] == [sent.total, len(sent.history)]

    def test_version_is_a_number(self, shop: Shop) -> None:
        """A version is a whole number."""
        shop.placed(shop.reviewed({"MUG": 1}))
        with refused(shop, InvalidField):
            shop.desk.cancel("1001", actor="sam", version="1")  # type: ignore[arg-type]
