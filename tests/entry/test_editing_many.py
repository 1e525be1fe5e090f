"""An editor changes what it is told to, no more and no less, and asks nobody before it must."""

import pytest

from cartcore.errors import InvalidField, InvalidInput, NotFound, WorkEnded
from cartcore.orders.draft import Step
from cartcore.rules import ShipmentRequest, ShippingSpeed
from cartcore.rules.builtin import FlatRate
from tests.support.services import CountingTax
from tests.support.shop import BERLIN, BOULDER, DENVER, Shop, refused, stored, usd


class CountingProvider:
    """A provider that counts how often it is asked."""

    type_name = "test.counting"

    def __init__(self) -> None:
        self.asked = 0

    def speeds(self, request: ShipmentRequest) -> tuple[ShippingSpeed, ...]:
        self.asked += 1
        return (ShippingSpeed(code="post", name="Post", price=usd("4.90")),)


def test_carriers_are_not_asked_on_the_items_step(shop: Shop) -> None:
    """Entering items asks no provider; the shipping step does (OE-13)."""
    carrier = CountingProvider()
    desk = shop.desk_with(speeds=(carrier,))
    draft_id = shop.started()
    with desk.edit(draft_id) as edit:
        for sku in ("MUG", "PIN", "CAP-RED"):
            edit.add_sku(sku)
    desk.view(draft_id)

    assert 0 == carrier.asked

    with desk.edit(draft_id) as edit:
        edit.save_items()

    assert 1 <= carrier.asked


def test_a_chosen_speed_is_priced_on_every_step(shop: Shop) -> None:
    """Back on the items step, the total still has the speed that was chosen (OE-15)."""
    draft_id = shop.reviewed({"MUG": 2})
    with shop.edit(draft_id) as edit:
        edit.go_to(Step.ITEMS)

    assert usd("19.90") == shop.total(draft_id)


def test_lines_are_added_without_pricing_each(shop: Shop) -> None:
    """Adding lines prices nothing until somebody looks: fifty cost no more looks than one."""
    looks = []
    for lines in (1, 50):
        tax = CountingTax()
        desk = shop.desk_with(tax=tax)
        draft_id = shop.started()
        with desk.edit(draft_id) as edit:
            for quantity in range(1, lines + 1):
                edit.set_quantity(edit.add_sku("MUG"), quantity)
        looks.append(tax.priced)

    assert looks[0] == looks[1] > 0


def test_looking_changes_nothing(shop: Shop) -> None:
    """An edit comes to the same whether or not its quote was read on the way (OE-15)."""
    results = []
    for looking in (False, True):
        draft_id = shop.shipping({"MUG": 4})
        with shop.edit(draft_id) as edit:
            edit.use_multiple_addresses()
            edit.assign("l1", {"s1": 2, edit.add_shipment(BERLIN): 2})
        with shop.edit(draft_id) as edit:
            edit.set_quantity("l1", 1)
            if looking:
                assert edit.quote.lines
            edit.set_quantity("l1", 4)
        results.append([(s.address, s.lines) for s in stored(shop, draft_id).shipments])

    assert results[0] == results[1]


class TestPrimaryAddress:
    def test_followed(self, shop: Shop) -> None:
        """An order to the primary address follows when that is corrected (OE-11)."""
        draft_id = shop.shipping({"MUG": 1})
        with shop.edit(draft_id) as edit:
            edit.add_contact_address(BOULDER, primary=True)

        assert [BOULDER] == [s.address for s in stored(shop, draft_id).shipments]

    def test_not_followed_by_an_address_of_its_own(self, shop: Shop) -> None:
        """An address that was entered for the order stays (OE-11)."""
        draft_id = shop.shipping({"MUG": 1})
        with shop.edit(draft_id) as edit:
            edit.ship_to(BERLIN)
            edit.add_contact_address(BOULDER, primary=True)

        assert [BERLIN] == [s.address for s in stored(shop, draft_id).shipments]


def test_merged_lines_keep_their_shipments(shop: Shop) -> None:
    """Units whose options are changed into another line's stay where they go (OE-15)."""
    draft_id = shop.shipping({"SH-BK-S": 2, "SH-BK-L": 2})
    with shop.edit(draft_id) as edit:
        edit.use_multiple_addresses()
        away = edit.add_shipment(BERLIN)
        edit.assign("l1", {away: 2})
        edit.mark_gift("l1", "For you")
    with shop.edit(draft_id) as edit:
        edit.set_options("l1", {"Color": "Black", "Size": "L"})

    draft = stored(shop, draft_id)
    parts = {s.address: [(p.line_id, p.quantity) for p in s.lines] for s in draft.shipments}
    assert {DENVER: [("l2", 2)], BERLIN: [("l2", 2)]} == parts
    assert () == draft.cleared


def test_dropped_addresses_are_reported(shop: Shop) -> None:
    """Going back to one address says which others are not used any more (OE-15)."""
    draft_id = shop.shipping({"MUG": 2})
    with shop.edit(draft_id) as edit:
        edit.use_multiple_addresses()
        edit.assign("l1", {"s1": 1, edit.add_shipment(BERLIN): 1})
    with shop.edit(draft_id) as edit:
        edit.use_one_address()

    (cleared,) = stored(shop, draft_id).cleared
    assert ("shipment", "s2") == (cleared.what, cleared.subject)
    assert str(BERLIN) in cleared.message


def test_an_editor_that_has_ended(shop: Shop) -> None:
    """A change after the block would be lost, so it is refused (OE-22)."""
    draft_id = shop.with_items({"MUG": 1})
    with shop.edit(draft_id) as edit:
        pass

    with refused(shop, WorkEnded):
        edit.set_quantity("l1", 2)


class TestWrongKinds:
    """What a form could deliver instead of what is meant gives an error of cartcore."""

    @pytest.mark.parametrize("value", [None, 1, {}, "1 Main Street"])
    def test_address(self, shop: Shop, value: object) -> None:
        """An address is an Address (OE-11)."""
        draft_id = shop.shipping({"MUG": 2})
        for name in ("ship_to", "add_contact_address"):
            with refused(shop, InvalidField), shop.edit(draft_id) as edit:
                getattr(edit, name)(value)

    @pytest.mark.parametrize("parts", [None, 2, ["s1"], "s1"])
    def test_parts(self, shop: Shop, parts: object) -> None:
        """The parts of a line are given by shipment (OE-12)."""
        draft_id = shop.shipping({"MUG": 2})
        with refused(shop, InvalidField), shop.edit(draft_id) as edit:
            edit.use_multiple_addresses()
            edit.assign("l1", parts)  # type: ignore[arg-type]

    @pytest.mark.parametrize("value", [None, 1, ["MUG"], {}])
    def test_ids(self, shop: Shop, value: object) -> None:
        """Ids are texts (OE-4)."""
        draft_id = shop.started()
        for name in ("add_item", "add_sku", "choose_contact", "pick_promotion"):
            with pytest.raises(InvalidInput), shop.edit(draft_id) as edit:
                getattr(edit, name)(value)
        with pytest.raises(InvalidInput):
            shop.desk.view(value)  # type: ignore[arg-type]

    @pytest.mark.parametrize("version", ["1", 1.0, True])
    def test_version(self, shop: Shop, version: int) -> None:
        """A version from a form has to be made a number first (OE-22)."""
        draft_id = shop.started()
        with refused(shop, InvalidField), shop.desk.edit(draft_id, version=version):
            pass

    def test_sku(self, shop: Shop) -> None:
        """What is not found is called by its name (OE-5)."""
        draft_id = shop.started()
        with refused(shop, NotFound) as caught, shop.edit(draft_id) as edit:
            edit.add_sku("NOPE")

        assert "there is no SKU 'NOPE'" == str(caught.value)


def test_a_provider_of_the_shop_is_asked_for_its_speeds(shop: Shop) -> None:
    """Speeds are there to be chosen as soon as the items are saved (OE-13)."""
    desk = shop.desk_with(speeds=(FlatRate(code="van", name="Van", price=usd("9.00")),))
    draft_id = shop.with_items({"MUG": 1})
    with desk.edit(draft_id) as edit:
        edit.choose_speed("s1", "van")

    assert usd("16.50") == desk.view(draft_id).quote.total
