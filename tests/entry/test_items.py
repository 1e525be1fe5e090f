from collections.abc import Mapping
from typing import Any

import pytest
from moneyed import Money

from cartcore.adapters.memory import MemoryStorage
from cartcore.errors import (
    AmbiguousBarcode,
    CurrencyMismatch,
    EmptyOrder,
    InvalidQuantity,
    NotFound,
    NotPublished,
    OptionsNotAvailable,
    OptionsRequired,
    TiedLineError,
)
from cartcore.orders.draft import Step
from cartcore.shop.product import Product, Variant
from cartcore.shop.speeds import ShippingSpeed
from cartcore.storage import Storage
from tests.support.shop import BOULDER, DENVER, Shop, refused, stored, usd

BLACK_S = {"Color": "Black", "Size": "S"}
BLACK_L = {"Color": "Black", "Size": "L"}
ON_SALE = (("Black", "S"), ("Black", "L"), ("White", "S"))


@pytest.fixture
def storage() -> Storage:
    """Memory alone: what is tested here is decided before anything is stored."""
    return MemoryStorage()


def lines(shop: Shop, draft_id: str) -> list[tuple[str, str, int]]:
    return [(i.line_id, i.sku, i.quantity) for i in shop.quote(draft_id).lines]


class TestAdding:
    def test_several_lines(self, shop: Shop) -> None:
        """Lines are added with product, options and quantity, at the catalogue's price (OE-4)."""
        draft_id = shop.started()
        with shop.edit(draft_id) as edit:
            first = edit.add_item("shirt", BLACK_L, quantity=2)
            second = edit.add_item("mug", quantity=3)
            third = edit.add_sku("CARD")

        assert [("l1", "SH-BK-L", 2), ("l2", "MUG", 3), ("l3", "CARD", 1)] == lines(shop, draft_id)
        assert ["l1", "l2", "l3"] == [first, second, third]
        assert usd("91.50") == shop.total(draft_id)  # 2 × 22.00 + 3 × 7.50 + 25.00

    def test_same_variant_twice_is_one_line(self, shop: Shop) -> None:
        """The same variant added twice by hand becomes one line with the summed quantity (OE-4)."""
        draft_id = shop.started()
        with shop.edit(draft_id) as edit:
            first = edit.add_item("shirt", BLACK_S, quantity=2)
            other = edit.add_item("shirt", BLACK_L)
            again = edit.add_sku("SH-BK-S", quantity=3)

        assert first == again != other
        assert [("l1", "SH-BK-S", 5), ("l2", "SH-BK-L", 1)] == lines(shop, draft_id)

    @pytest.mark.parametrize(
        ("options", "left"),
        [
            (None, (("Color", "Size"), ON_SALE)),
            ({"Color": "Black"}, (("Size",), (("S",), ("L",)))),
            ({"Color": "White"}, (("Size",), (("S",),))),
            ({"Size": "S"}, (("Color",), (("Black",), ("White",)))),
        ],
    )
    def test_missing_option(
        self, shop: Shop, options: Mapping[str, str] | None, left: tuple[object, object]
    ) -> None:
        """A product with options needs each of them, and the error lists what is left (OE-4)."""
        draft_id = shop.started()

        with refused(shop, OptionsRequired) as caught, shop.edit(draft_id) as edit:
            edit.add_item("shirt", options)

        (open_options,) = caught.value.open
        assert left == (open_options.options, open_options.combinations)

    @pytest.mark.parametrize(
        "options",
        [
            {"Color": "Green", "Size": "S"},  # a value that does not exist
            {"Color": "Green"},
            {"Color": "black", "Size": "S"},  # another case
            {"Color": "Black", "Size": "XL"},
            {"Colour": "Black", "Size": "S"},  # misspelt
            {"Color": "Black", "Size": "S", "Fit": "Slim"},  # one too many
        ],
    )
    def test_unknown_option(self, shop: Shop, options: Mapping[str, str]) -> None:
        """An option that is unknown, misspelt or extra is refused with what can be had (OE-4)."""
        draft_id = shop.started()

        with refused(shop, OptionsNotAvailable) as caught, shop.edit(draft_id) as edit:
            edit.add_item("shirt", options)

        assert options == caught.value.given
        assert ON_SALE == caught.value.open.combinations

    def test_product_without_options_needs_none(self, shop: Shop) -> None:
        """A product without options is added without any, and refuses one (OE-4)."""
        draft_id = shop.with_items({"MUG": 1})

        with refused(shop, OptionsNotAvailable), shop.edit(draft_id) as edit:
            edit.add_item("mug", {"Color": "Black"})
        assert [("l1", "MUG", 1)] == lines(shop, draft_id)

    def test_unpublished_product(self, shop: Shop) -> None:
        """A product that is not published cannot be added, by id or by SKU (OE-5)."""
        draft_id = shop.started()

        with refused(shop, NotPublished), shop.edit(draft_id) as edit:
            edit.add_item("poster")
        with refused(shop, NotPublished), shop.edit(draft_id) as edit:
            edit.add_sku("POSTER")

    def test_unpublished_variant_by_sku(self, shop: Shop) -> None:
        """A variant that is not published cannot be added by its SKU (OE-5)."""
        draft_id = shop.started()

        with refused(shop, NotPublished), shop.edit(draft_id) as edit:
            edit.add_sku("SH-WH-L")

    def test_unpublished_variant_by_options(self, shop: Shop) -> None:
        """The options of a variant that is not published are refused with a list (OE-4, OE-5)."""
        draft_id = shop.started()
        before = stored(shop, draft_id)

        with pytest.raises(OptionsNotAvailable), shop.edit(draft_id) as edit:
            edit.add_item("shirt", {"Color": "White", "Size": "L"})

        assert before == stored(shop, draft_id)

    @pytest.mark.parametrize("key", ["", "NO-SUCH", "mug ", "M" * 10_000, "MUG\x00"])
    def test_unknown_product_or_sku(self, shop: Shop, key: str) -> None:
        """A product or SKU that is not in the catalogue is not found (OE-4)."""
        draft_id = shop.started()

        with refused(shop, NotFound), shop.edit(draft_id) as edit:
            edit.add_item(key)
        with refused(shop, NotFound), shop.edit(draft_id) as edit:
            edit.add_sku(key)

    @pytest.mark.parametrize(
        "code", ["MUG", "4006381333931", "04006381333931", " 4006381333931\r\n"]
    )
    def test_scanning(self, shop: Shop, code: str) -> None:
        """What a scanner reads, a SKU or a barcode, is added again and again (WB-18, OE-4)."""
        draft_id = shop.started()
        shop.change_variant("MUG", barcode="4006381333931")

        with shop.edit(draft_id) as edit:
            assert ["l1", "l1"] == [edit.scan(code), edit.scan(code, quantity=2)]
        assert [("l1", "MUG", 3)] == lines(shop, draft_id)

    @pytest.mark.parametrize("code", ["mug", "Mug ", "\uff2d\uff35\uff27", "sh-bk-l"])
    def test_scanning_in_another_case(self, shop: Shop, code: str) -> None:
        """A SKU that is typed in another case is found, if it is but one (WB-18, OE-27)."""
        draft_id = shop.started()
        with shop.edit(draft_id) as edit:
            edit.scan(code)
        sku = "SH-BK-L" if code == "sh-bk-l" else "MUG"

        assert [("l1", sku, 1)] == lines(shop, draft_id)

    def test_skus_that_differ_in_case_alone(self, shop: Shop) -> None:
        """An exact SKU is meant before all; of several that are alike none is guessed (WB-18)."""
        draft_id = shop.started()
        with shop.storage.write() as work:
            twin = Variant(sku="mug", price=usd("1.00"))
            work.products.add(Product(id="twin", title="Twin", variants=(twin,)))
            work.commit()
        with shop.edit(draft_id) as edit:
            assert ["l1", "l2"] == [edit.scan("mug"), edit.scan("MUG")]

        with refused(shop, NotFound), shop.edit(draft_id) as edit:
            edit.scan("Mug")
        shop.change_variant("CARD", barcode="MuG")
        with shop.edit(draft_id) as edit:
            assert "l3" == edit.scan("MuG"), "a barcode, which goes before another case"
        assert ["mug", "MUG", "CARD"] == [sku for _, sku, _ in lines(shop, draft_id)]

    def test_a_sku_goes_before_a_barcode(self, shop: Shop) -> None:
        """Where one variant's SKU is another's barcode, the SKU is meant (WB-18)."""
        draft_id = shop.started()
        shop.change_variant("MUG", barcode="PIN")

        with shop.edit(draft_id) as edit:
            edit.scan("PIN")
        assert [("l1", "PIN", 1)] == lines(shop, draft_id)

    def test_a_barcode_of_several(self, shop: Shop) -> None:
        """A barcode that several variants on sale have is refused with their SKUs (WB-18)."""
        draft_id = shop.started()
        for sku in ("MUG", "CAP-RED", "POSTER"):
            shop.change_variant(sku, barcode="123")

        with refused(shop, AmbiguousBarcode) as caught, shop.edit(draft_id) as edit:
            edit.scan("0123")

        assert (("CAP-RED", "Cap (Red)"), ("MUG", "Mug")) == caught.value.variants
        assert "Cap (Red) (CAP-RED); Mug (MUG)" in str(caught.value)

    def test_what_is_not_on_sale_does_not_matter(self, shop: Shop) -> None:
        """Of variants with one barcode the one that is on sale is meant (WB-18, OE-5)."""
        draft_id = shop.started()
        for sku in ("MUG", "POSTER", "SH-WH-L"):
            shop.change_variant(sku, barcode="123")

        with shop.edit(draft_id) as edit:
            edit.scan("123")
        assert [("l1", "MUG", 1)] == lines(shop, draft_id)

    @pytest.mark.parametrize("sku", ["POSTER", "SH-WH-L"])
    @pytest.mark.parametrize("code", ["barcode", "sku"])
    def test_scanning_what_is_not_on_sale(self, shop: Shop, sku: str, code: str) -> None:
        """A product or variant that is not published is not added by a scanner either (OE-5)."""
        draft_id = shop.started()
        shop.change_variant(sku, barcode="123")

        with refused(shop, NotPublished), shop.edit(draft_id) as edit:
            edit.scan("123" if code == "barcode" else sku)

    @pytest.mark.parametrize("code", ["", " ", "mugg", "mu", "9" * 10_000, "4\x00", "%", "a " * 40])
    def test_scanning_what_is_unknown(self, shop: Shop, code: str) -> None:
        """A code that no variant has is not found (WB-18)."""
        draft_id = shop.started()

        with refused(shop, NotFound), shop.edit(draft_id) as edit:
            edit.scan(code)

    def test_variant_in_another_currency(self, shop: Shop) -> None:
        """A variant priced in another currency than the order's cannot be added (OE-5)."""
        draft_id = shop.started()
        shop.change_variant("MUG", price=Money("7.50", "EUR"))

        with refused(shop, CurrencyMismatch) as caught, shop.edit(draft_id) as edit:
            edit.add_sku("MUG")

        assert ("USD", "EUR") == (caught.value.expected, caught.value.given)


class TestQuantity:
    @pytest.mark.parametrize(
        "quantity", [0, -1, 1_001, 1_000_000, 10**30, True, False, 1.0, 1.5, "2", None]
    )
    def test_unusable_quantity(self, shop: Shop, quantity: Any) -> None:
        """A quantity is a whole number from 1 to the store's maximum, everywhere (OE-5, OE-9)."""
        draft_id = shop.with_items({"MUG": 1})

        with refused(shop, InvalidQuantity) as caught, shop.edit(draft_id) as edit:
            edit.add_sku("PIN", quantity=quantity)
        with refused(shop, InvalidQuantity), shop.edit(draft_id) as edit:
            edit.add_item("pin", quantity=quantity)
        with refused(shop, InvalidQuantity), shop.edit(draft_id) as edit:
            edit.add_sku("MUG", quantity=quantity)
        with refused(shop, InvalidQuantity), shop.edit(draft_id) as edit:
            edit.set_quantity("l1", quantity)
        assert 1_000 == caught.value.maximum

    @pytest.mark.parametrize("quantity", [1, 1_000])
    def test_bounds_are_allowed(self, shop: Shop, quantity: int) -> None:
        """1 and the store's maximum itself are allowed (OE-5)."""
        draft_id = shop.with_items({"MUG": quantity})

        assert usd("7.50") * quantity == shop.total(draft_id)

    def test_sum_over_the_maximum(self, shop: Shop) -> None:
        """Adding to a line is held to the maximum with the sum of both (OE-5)."""
        draft_id = shop.with_items({"MUG": 999})
        with shop.edit(draft_id) as edit:
            edit.add_sku("MUG")

        with refused(shop, InvalidQuantity) as caught, shop.edit(draft_id) as edit:
            edit.add_sku("MUG")
        assert 1_001 == caught.value.quantity

    def test_merged_lines_over_the_maximum(self, shop: Shop) -> None:
        """Lines that become one by changed options are held to the maximum, too (OE-5)."""
        draft_id = shop.with_items({"SH-BK-S": 600, "SH-BK-L": 500})

        with refused(shop, InvalidQuantity), shop.edit(draft_id) as edit:
            edit.set_options("l2", BLACK_S)


class TestChanging:
    def test_quantity(self, shop: Shop) -> None:
        """A line's quantity can be changed (OE-9)."""
        draft_id = shop.with_items({"MUG": 1, "PIN": 1})
        with shop.edit(draft_id) as edit:
            edit.set_quantity("l1", 4)

        assert [("l1", "MUG", 4), ("l2", "PIN", 1)] == lines(shop, draft_id)

    def test_options(self, shop: Shop) -> None:
        """A line's options can be changed; it stays the same line (OE-9)."""
        draft_id = shop.with_items({"SH-BK-S": 3})
        with shop.edit(draft_id) as edit:
            edit.set_options("l1", BLACK_L)

        assert [("l1", "SH-BK-L", 3)] == lines(shop, draft_id)
        assert usd("66.00") == shop.total(draft_id)

    def test_options_of_another_line(self, shop: Shop) -> None:
        """A line that becomes the same variant as another one is merged with it (OE-4, OE-9)."""
        draft_id = shop.with_items({"SH-BK-S": 3, "MUG": 1, "SH-BK-L": 2})
        with shop.edit(draft_id) as edit:
            edit.set_options("l1", BLACK_L)

        assert [("l2", "MUG", 1), ("l3", "SH-BK-L", 5)] == lines(shop, draft_id)

    @pytest.mark.parametrize(
        ("options", "error"),
        [
            ({"Color": "Black"}, OptionsRequired),
            ({"Color": "Pink", "Size": "S"}, OptionsNotAvailable),
        ],
    )
    def test_unusable_options(self, shop: Shop, options: Mapping[str, str], error: Any) -> None:
        """Changed options are checked like those of a new line (OE-4, OE-9)."""
        draft_id = shop.with_items({"SH-BK-S": 3})

        with refused(shop, error), shop.edit(draft_id) as edit:
            edit.set_options("l1", options)

    def test_removing(self, shop: Shop) -> None:
        """A line can be removed, and its id is never given to another one (OE-9)."""
        draft_id = shop.with_items({"MUG": 1, "PIN": 2})
        with shop.edit(draft_id) as edit:
            edit.remove_line("l2")
            added = edit.add_sku("CARD")

        assert "l3" == added
        assert [("l1", "MUG", 1), ("l3", "CARD", 1)] == lines(shop, draft_id)

    def test_line_of_another_draft(self, shop: Shop) -> None:
        """A line that only another draft has cannot be edited here (OE-9)."""
        other = shop.with_items({"MUG": 1, "PIN": 2})
        draft_id = shop.with_items({"MUG": 1})
        assert "l2" in {line.id for line in stored(shop, other).lines}

        with refused(shop, NotFound), shop.edit(draft_id) as edit:
            edit.set_quantity("l2", 5)
        with refused(shop, NotFound), shop.edit(draft_id) as edit:
            edit.set_options("l2", {})
        with refused(shop, NotFound), shop.edit(draft_id) as edit:
            edit.remove_line("l2")

    def test_prices_are_the_catalogues_until_placed(self, shop: Shop) -> None:
        """A draft has the prices that the catalogue has now (OE-18, OE-22)."""
        draft_id = shop.with_items({"MUG": 2})
        shop.change_variant("MUG", price=usd("8.00"))

        assert usd("16.00") == shop.total(draft_id)


class TestTiedLines:
    def test_tied_line_is_not_edited_alone(self, shop: Shop) -> None:
        """A tied line's quantity cannot be changed, nor can it be removed alone (OE-9)."""
        shop.promote("red-caps")
        draft_id = shop.with_items({"MUG": 1})
        with shop.edit(draft_id) as edit:
            edit.enter_code("REDCAPS")

        with refused(shop, TiedLineError) as caught, shop.edit(draft_id) as edit:
            edit.set_quantity("red-caps:caps", 1)
        assert "red-caps" == caught.value.promotion_id
        assert "'Two red caps, free'" in str(caught.value)
        with refused(shop, TiedLineError) as caught, shop.edit(draft_id) as edit:
            edit.remove_line("red-caps:caps")
        assert "red-caps" == caught.value.promotion_id

    def test_open_options_of_a_tied_line_can_be_changed(self, shop: Shop) -> None:
        """The options that a promotion left open can be chosen anew (OE-9)."""
        shop.promote("cap")
        draft_id = shop.with_items({"MUG": 1})
        with shop.edit(draft_id) as edit:
            edit.pick_promotion("cap", {"cap": {"Color": "Red"}})
        assert usd("12.50") == shop.total(draft_id)  # 7.50 + 10.00 / 2

        with shop.edit(draft_id) as edit:
            edit.set_options("cap:cap", {"Color": "Blue"})

        assert [("l1", "MUG", 1), ("cap:cap", "CAP-BLUE", 1)] == lines(shop, draft_id)
        assert usd("13.50") == shop.total(draft_id)  # 7.50 + 12.00 / 2

    @pytest.mark.parametrize(
        ("options", "error"),
        [
            ({}, OptionsRequired),
            ({"Color": "Pink"}, OptionsNotAvailable),
            ({"Colour": "Red"}, OptionsNotAvailable),
            ({"Color": "Red", "Size": "L"}, OptionsNotAvailable),
        ],
    )
    def test_unusable_open_options(
        self, shop: Shop, options: Mapping[str, str], error: Any
    ) -> None:
        """The open options of a tied line are checked like any others (OE-4, OE-9)."""
        shop.promote("cap")
        draft_id = shop.with_items({"MUG": 1})
        with shop.edit(draft_id) as edit:
            edit.pick_promotion("cap", {"cap": {"Color": "Red"}})

        with refused(shop, error), shop.edit(draft_id) as edit:
            edit.set_options("cap:cap", options)

    def test_fixed_options_of_a_tied_line_stay(self, shop: Shop) -> None:
        """What the promotion has fixed is not open to choice (OE-9)."""
        shop.promote("red-caps")
        draft_id = shop.with_items({"MUG": 1})
        with shop.edit(draft_id) as edit:
            edit.enter_code("REDCAPS")
        before = stored(shop, draft_id)

        with pytest.raises(ValueError, match="open options"), shop.edit(draft_id) as edit:
            edit.set_options("red-caps:caps", {"Color": "Blue"})

        assert before == stored(shop, draft_id)


class TestSaving:
    def test_leads_to_shipping(self, shop: Shop) -> None:
        """Saving goes on to shipping if any line needs it (OE-10)."""
        draft_id = shop.with_items({"CARD": 1, "PIN": 1})
        with shop.edit(draft_id) as edit:
            assert Step.SHIPPING is edit.save_items()

        assert Step.SHIPPING is stored(shop, draft_id).step

    def test_leads_to_review_if_nothing_ships(self, shop: Shop) -> None:
        """Saving goes straight to review if nothing needs shipping (OE-10)."""
        draft_id = shop.with_items({"CARD": 2})
        with shop.edit(draft_id) as edit:
            assert Step.REVIEW is edit.save_items()

        view = shop.view(draft_id)
        assert Step.REVIEW is view.step
        assert () == view.shipments
        assert usd("50.00") == view.quote.total

    def test_tied_line_that_ships_counts(self, shop: Shop) -> None:
        """A line that a promotion added needs shipping like any other (OE-7, OE-10)."""
        shop.promote("red-caps")
        draft_id = shop.with_items({"CARD": 1})
        with shop.edit(draft_id) as edit:
            edit.enter_code("REDCAPS")
            assert Step.SHIPPING is edit.save_items()

    def test_order_without_lines(self, shop: Shop) -> None:
        """An order with no lines cannot be saved, be they none yet or none any more (OE-10)."""
        draft_id = shop.started()
        with refused(shop, EmptyOrder), shop.edit(draft_id) as edit:
            edit.save_items()
        with shop.edit(draft_id) as edit:
            edit.add_sku("MUG")

        with refused(shop, EmptyOrder), shop.edit(draft_id) as edit:
            edit.remove_line("l1")
            edit.save_items()

    def test_twice(self, shop: Shop) -> None:
        """Saving the items twice leads to the same step and changes nothing else (OE-10)."""
        draft_id = shop.shipping({"MUG": 1})
        before = shop.view(draft_id)
        with shop.edit(draft_id) as edit:
            assert Step.SHIPPING is edit.save_items()

        after = shop.view(draft_id)
        assert (before.quote, before.shipments) == (after.quote, after.shipments)


class TestGoingBack:
    """What a change of the items keeps and what it clears."""

    def test_what_is_still_valid_stays(self, shop: Shop) -> None:
        """Another quantity keeps address and speed, at the speed's new price (OE-15)."""
        draft_id = shop.shipping({"MUG": 2})
        with shop.edit(draft_id) as edit:
            edit.ship_to(BOULDER)
            edit.choose_speed("s1", "express")
            edit.go_to("review")
        assert usd("24.00") == shop.total(draft_id)  # 15.00 + 9.00 for 800 g

        with shop.edit(draft_id) as edit:
            edit.set_quantity("l1", 3)

        view = shop.view(draft_id)
        (shipment,) = view.shipments
        assert Step.ITEMS is view.step
        assert (BOULDER, "express") == (shipment.shipment.address, shipment.shipment.speed)
        assert usd("41.50") == view.quote.total  # 22.50 + 19.00 for 1200 g
        assert () == view.cleared

    def test_lost_speed_is_reported(self, shop: Shop) -> None:
        """A speed that is not offered for the changed items is cleared and reported (OE-15)."""
        draft_id = shop.reviewed({"MUG": 1}, speed="express")
        with shop.edit(draft_id) as edit:
            edit.set_quantity("l1", 51)  # 20.4 kg

        view = shop.view(draft_id)
        assert [("speed", "s1")] == [(c.what, c.subject) for c in view.cleared]
        assert "" == view.shipments[0].shipment.speed
        assert Step.REVIEW not in view.reachable

    def test_reported_once(self, shop: Shop) -> None:
        """What was cleared is reported with the change that cleared it, not for ever (OE-15)."""
        draft_id = shop.reviewed({"MUG": 1}, speed="express")
        with shop.edit(draft_id) as edit:
            edit.set_quantity("l1", 51)
        with shop.edit(draft_id) as edit:
            edit.add_sku("PIN")

        assert () == shop.view(draft_id).cleared

    def test_split_that_grows_waits_for_its_units(self, shop: Shop) -> None:
        """More units of a split line have no address until they are given one (OE-12, OE-15)."""
        draft_id = split_mugs(shop)
        with shop.edit(draft_id) as edit:
            edit.set_quantity("l1", 5)

        view = shop.view(draft_id)
        assert [2, 1] == [s.shipment.quantity_of("l1") for s in view.shipments]
        assert ["units_without_address"] == [p.code for p in view.blocking]
        assert "2 × Mug" in view.blocking[0].message
        assert Step.REVIEW not in view.reachable
        with shop.edit(draft_id) as edit:
            edit.assign("l1", {"s1": 1, "s2": 4})
            edit.go_to("review")

    def test_split_that_shrinks_goes_together(self, shop: Shop) -> None:
        """A split with more units than are left goes to its first shipment, reported (OE-15)."""
        draft_id = split_mugs(shop)
        with shop.edit(draft_id) as edit:
            edit.add_sku("PIN")
            edit.set_quantity("l1", 2)

        view = shop.view(draft_id)
        assert {"s1": 2} == {s.shipment.id: s.shipment.quantity_of("l1") for s in view.shipments}
        assert [("split", "l1"), ("gift", "l1")] == [(c.what, c.subject) for c in view.cleared]

    def test_one_unit_left(self, shop: Shop) -> None:
        """With one unit left the order goes to one address again, which is reported (OE-15)."""
        draft_id = split_mugs(shop)
        with shop.edit(draft_id) as edit:
            edit.set_quantity("l1", 1)

        view = shop.view(draft_id)
        (shipment,) = view.shipments
        assert not view.draft.multiple_addresses
        assert (DENVER, "post") == (shipment.shipment.address, shipment.shipment.speed)
        assert {"multiple_addresses", "gift", "shipment"} == {c.what for c in view.cleared}

    def test_removed_line_takes_its_gift_mark(self, shop: Shop) -> None:
        """The gift mark of a removed line is gone, and that is reported (OE-15)."""
        draft_id = split_mugs(shop)
        with shop.edit(draft_id) as edit:
            edit.add_sku("PIN", quantity=2)
            edit.remove_line("l1")

        view = shop.view(draft_id)
        assert ["gift"] == [c.what for c in view.cleared]
        assert not any(part.gift for s in view.draft.shipments for part in s.lines)

    def test_empty_again(self, shop: Shop) -> None:
        """A draft whose last line goes stays on items and keeps its address (OE-15)."""
        draft_id = shop.shipping({"MUG": 1})
        with shop.edit(draft_id) as edit:
            edit.ship_to(BOULDER)
            edit.remove_line("l1")
        assert Step.ITEMS is stored(shop, draft_id).step

        with shop.edit(draft_id) as edit:
            edit.add_sku("PIN")

        assert BOULDER == shop.view(draft_id).shipments[0].shipment.address

    def test_new_line_goes_to_the_first_shipment(self, shop: Shop) -> None:
        """A line added later ships with the first shipment, whose speed stays (OE-15)."""
        draft_id = split_mugs(shop)
        with shop.edit(draft_id) as edit:
            added = edit.add_sku("PIN", quantity=2)

        view = shop.view(draft_id)
        assert [2, 0] == [s.shipment.quantity_of(added) for s in view.shipments]
        assert ["post", "express"] == [s.shipment.speed for s in view.shipments]
        assert view.shipments[0].speed == ShippingSpeed(
            code="post", name="Post", price=usd("4.90"), days_from=2, days_to=5
        )


def split_mugs(shop: Shop) -> str:
    """Three mugs on review: two to Denver by post, a gift to Boulder by express."""
    draft_id = shop.shipping({"MUG": 3})
    with shop.edit(draft_id) as edit:
        edit.use_multiple_addresses()
        away = edit.add_shipment(BOULDER)
        edit.assign("l1", {"s1": 2, away: 1})
        edit.mark_gift("l1", "For you", shipment_id=away)
        edit.choose_speed("s1", "post")
        edit.choose_speed(away, "express")
        edit.go_to("review")
    return draft_id
