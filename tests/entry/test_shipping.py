from collections.abc import Callable, Mapping
from typing import Any

import attrs
import pytest
from moneyed import Money

from cartcore.adapters.memory import MemoryStorage
from cartcore.entry.editor import DraftEditor
from cartcore.errors import (
    InvalidSplit,
    InvalidText,
    MultipleAddressesNotOffered,
    NotFound,
    SpeedNotOffered,
    SpeedsMissing,
    StepNotReachable,
)
from cartcore.orders.draft import Gift, Step
from cartcore.rules.builtin import FlatRate, SubtotalBand, SubtotalRates
from cartcore.shop.address import Address
from cartcore.shop.speeds import ShippingSpeed
from cartcore.storage import Storage
from tests.support.services import Carrier
from tests.support.shop import (
    BERLIN,
    BOULDER,
    DENVER,
    EXPRESS,
    POST,
    STORE,
    Shop,
    refused,
    stored,
    usd,
)


@pytest.fixture
def storage() -> Storage:
    """Memory alone: what is tested here is decided before anything is stored."""
    return MemoryStorage()


def goods(shop: Shop, draft_id: str) -> dict[str, dict[str, int]]:
    """The units of each line by shipment, as the draft is stored."""
    return {
        s.id: {part.line_id: part.quantity for part in s.lines}
        for s in stored(shop, draft_id).shipments
    }


def two_addresses(
    shop: Shop, skus: Mapping[str, int], parts: Mapping[str, Mapping[str, int]] | None = None
) -> str:
    """A draft with the shipments s1 (Denver) and s2 (Berlin), its lines spread as in `parts`."""
    draft_id = shop.shipping(skus)
    with shop.edit(draft_id) as edit:
        edit.use_multiple_addresses()
        edit.add_shipment(BERLIN)
        for line_id, part in (parts or {}).items():
            edit.assign(line_id, part)
    return draft_id


class TestOneAddress:
    def test_default_is_the_primary_address(self, shop: Shop) -> None:
        """Without anything else said, everything goes to the primary address (OE-11)."""
        draft_id = shop.shipping({"MUG": 2, "PIN": 1}, "zoe")

        (shipment,) = shop.view(draft_id).shipments
        assert BERLIN == shipment.shipment.address
        assert {"s1": {"l1": 2, "l2": 1}} == goods(shop, draft_id)

    def test_what_does_not_ship_is_in_no_shipment(self, shop: Shop) -> None:
        """Only lines that need shipping are shipped (OE-10, OE-12)."""
        draft_id = shop.shipping({"CARD": 2, "PIN": 1})

        assert {"s1": {"l2": 1}} == goods(shop, draft_id)

    def test_address_for_this_order_alone(self, shop: Shop) -> None:
        """A new address can be entered for this order alone (OE-11)."""
        draft_id = shop.shipping({"MUG": 1})
        other = shop.shipping({"MUG": 1})
        with shop.edit(draft_id) as edit:
            edit.ship_to(BOULDER)

        assert BOULDER == shop.view(draft_id).shipments[0].shipment.address
        assert (DENVER,) == shop.contact("ann").addresses
        assert DENVER == shop.view(other).shipments[0].shipment.address

    def test_address_saved_to_the_contact(self, shop: Shop) -> None:
        """A new address can be saved to the contact, as one more (OE-11)."""
        draft_id = shop.shipping({"MUG": 2})
        with shop.edit(draft_id) as edit:
            edit.ship_to(BOULDER, save_to_contact=True)
            edit.use_multiple_addresses()
            edit.add_shipment(BERLIN, save_to_contact=True)

        assert (DENVER, BOULDER, BERLIN) == shop.contact("ann").addresses
        assert BOULDER == shop.view(draft_id).shipments[0].shipment.address

    @pytest.mark.parametrize("skus", [{}, {"CARD": 1}])
    def test_nothing_to_ship(self, shop: Shop, skus: Mapping[str, int]) -> None:
        """Without anything that ships there is no shipping step to work on (OE-10, OE-23)."""
        draft_id = shop.with_items(skus)

        with refused(shop, StepNotReachable) as caught, shop.edit(draft_id) as edit:
            edit.ship_to(BOULDER)
        assert ("no items" in str(caught.value)) is not bool(skus)
        with refused(shop, StepNotReachable), shop.edit(draft_id) as edit:
            edit.use_multiple_addresses()
        with refused(shop, StepNotReachable), shop.edit(draft_id) as edit:
            edit.choose_speed("s1", "post")

    def test_speed_that_reaches_the_new_address_stays(self, shop: Shop) -> None:
        """Another address keeps a speed that is offered for it, too (OE-15)."""
        draft_id = shop.reviewed({"MUG": 1}, speed="express")
        with shop.edit(draft_id) as edit:
            edit.ship_to(BERLIN)

        assert "express" == shop.view(draft_id).shipments[0].shipment.speed
        assert () == shop.view(draft_id).cleared

    def test_speed_that_does_not_is_cleared(self, shop: Shop) -> None:
        """Another address clears a speed that does not go there, and says so (OE-15)."""
        draft_id = shop.reviewed({"MUG": 1}, speed="pickup")
        with shop.edit(draft_id) as edit:
            edit.ship_to(BERLIN)

        view = shop.view(draft_id)
        assert "" == view.shipments[0].shipment.speed
        assert [("speed", "s1")] == [(c.what, c.subject) for c in view.cleared]


class TestSeveralAddresses:
    @pytest.mark.parametrize(
        ("skus", "offered"),
        [
            ({}, False),
            ({"MUG": 1}, False),
            ({"MUG": 2}, True),
            ({"MUG": 1, "PIN": 1}, True),
            ({"CARD": 2}, False),
            ({"MUG": 1, "CARD": 2}, False),
        ],
    )
    def test_offered_for_more_than_one_unit(
        self, shop: Shop, skus: Mapping[str, int], *, offered: bool
    ) -> None:
        """Several addresses are offered when more than one unit needs shipping (OE-12)."""
        assert offered is shop.view(shop.with_items(skus)).multiple_addresses_offered

    def test_tied_units_count(self, shop: Shop) -> None:
        """Units that a promotion added need shipping like others (OE-12)."""
        shop.promote("red-caps")
        draft_id = shop.with_items({"CARD": 1})
        with shop.edit(draft_id) as edit:
            edit.enter_code("REDCAPS")

        assert shop.view(draft_id).multiple_addresses_offered

    def test_not_offered(self, shop: Shop) -> None:
        """An order with one unit to ship goes to one address (OE-12)."""
        draft_id = shop.shipping({"MUG": 1, "CARD": 2})

        with refused(shop, MultipleAddressesNotOffered), shop.edit(draft_id) as edit:
            edit.use_multiple_addresses()

    @pytest.mark.parametrize(
        "change",
        [
            lambda edit: edit.add_shipment(BOULDER),
            lambda edit: edit.assign("l1", {"s1": 2}),
            lambda edit: edit.mark_gift("l1"),
            lambda edit: edit.unmark_gift("l1"),
        ],
        ids=["add", "assign", "mark", "unmark"],
    )
    def test_not_switched_on(self, shop: Shop, change: Callable[[DraftEditor], object]) -> None:
        """Splitting and gift marks belong to several addresses (OE-12, OE-14)."""
        draft_id = shop.shipping({"MUG": 2})

        with refused(shop, MultipleAddressesNotOffered), shop.edit(draft_id) as edit:
            change(edit)

    def test_line_is_split(self, shop: Shop) -> None:
        """A line's quantity can be split over several addresses (OE-12)."""
        draft_id = two_addresses(shop, {"MUG": 5, "PIN": 1}, {"l1": {"s1": 2, "s2": 3}})

        assert {"s1": {"l1": 2, "l2": 1}, "s2": {"l1": 3}} == goods(shop, draft_id)
        assert [DENVER, BERLIN] == [s.shipment.address for s in shop.view(draft_id).shipments]

    def test_shipment_without_units_is_none(self, shop: Shop) -> None:
        """An address that nothing goes to is no shipment of the order (OE-12)."""
        draft_id = two_addresses(shop, {"MUG": 2}, {"l1": {"s1": 0, "s2": 2}})
        assert {"s1": {}, "s2": {"l1": 2}} == goods(shop, draft_id)
        with shop.edit(draft_id) as edit:
            edit.choose_speed("s2", "air")
            edit.go_to("review")

        order = shop.placed(draft_id)

        assert ["s2"] == [s.id for s in order.shipments]
        assert usd("45.00") == order.total  # 15.00 + 30.00

    @pytest.mark.parametrize(
        "address",
        [
            DENVER,
            attrs.evolve(DENVER, name="ann  LEE", line1=" 1 MAIN\u00a0st", country="us"),
        ],
    )
    def test_same_address_is_one_shipment(self, shop: Shop, address: Address) -> None:
        """Addresses that differ only in case or white space are the same shipment (OE-12)."""
        draft_id = shop.shipping({"MUG": 2})
        with shop.edit(draft_id) as edit:
            edit.use_multiple_addresses()
            assert "s1" == edit.add_shipment(address)

        assert {"s1": {"l1": 2}} == goods(shop, draft_id)

    @pytest.mark.parametrize("field", ["name", "company", "line2", "postal_code", "phone"])
    def test_other_address_is_another_shipment(self, shop: Shop, field: str) -> None:
        """Any other difference makes another address (OE-12)."""
        draft_id = shop.shipping({"MUG": 2})
        with shop.edit(draft_id) as edit:
            edit.use_multiple_addresses()
            assert "s2" == edit.add_shipment(attrs.evolve(DENVER, **{field: "7"}))

    @pytest.mark.parametrize(
        ("parts", "given"),
        [
            ({"s1": 2, "s2": 2}, 4),  # more than the line has
            ({"s1": 1, "s2": 1}, 2),  # fewer
            ({"s2": 1_000_000}, 1_000_000),
            ({}, 0),
            ({"s1": 4, "s2": -1}, -1),
            ({"s1": 1.5, "s2": 1.5}, 1.5),
            ({"s1": 2, "s2": True}, True),
        ],
    )
    def test_split_that_does_not_add_up(
        self, shop: Shop, parts: Mapping[str, Any], given: Any
    ) -> None:
        """The parts of a split are whole units that add up to the line's (OE-12)."""
        draft_id = two_addresses(shop, {"MUG": 3})

        with refused(shop, InvalidSplit) as caught, shop.edit(draft_id) as edit:
            edit.assign("l1", parts)

        assert ("l1", 3, given) == (
            caught.value.line_id,
            caught.value.quantity,
            caught.value.given,
        )

    def test_shipment_that_does_not_exist(self, shop: Shop) -> None:
        """A line cannot be moved to a shipment that the draft does not have (OE-12)."""
        draft_id = two_addresses(shop, {"MUG": 3})

        with refused(shop, NotFound), shop.edit(draft_id) as edit:
            edit.assign("l1", {"s1": 2, "s3": 1})

    @pytest.mark.parametrize("line_id", ["l2", "l9", ""])
    def test_line_that_is_not_shipped(self, shop: Shop, line_id: str) -> None:
        """Only lines that are there and need shipping are assigned (OE-12)."""
        draft_id = two_addresses(shop, {"MUG": 3, "CARD": 1})

        with refused(shop, NotFound), shop.edit(draft_id) as edit:
            edit.assign(line_id, {"s2": 1})

    def test_tied_line_is_split(self, shop: Shop) -> None:
        """The units of a tied line are assigned like any others (OE-12)."""
        shop.promote("red-caps")
        draft_id = shop.with_items({"MUG": 1})
        with shop.edit(draft_id) as edit:
            edit.enter_code("REDCAPS")
            edit.save_items()
            edit.use_multiple_addresses()
            away = edit.add_shipment(BERLIN)
            edit.assign("red-caps:caps", {"s1": 1, away: 1})

        assert {"s1": {"l1": 1, "red-caps:caps": 1}, "s2": {"red-caps:caps": 1}} == goods(
            shop, draft_id
        )

    def test_one_address_again(self, shop: Shop) -> None:
        """Several addresses can be given up again (OE-12)."""
        draft_id = two_addresses(shop, {"MUG": 5}, {"l1": {"s1": 2, "s2": 3}})
        with shop.edit(draft_id) as edit:
            edit.use_one_address()

        assert {"s1": {"l1": 5}} == goods(shop, draft_id)
        assert not stored(shop, draft_id).multiple_addresses

    @pytest.mark.parametrize(
        "change",
        [
            lambda edit: edit.use_one_address(),
            lambda edit: edit.ship_to(BOULDER),
            lambda edit: edit.assign("l1", {"s1": 2}),
        ],
        ids=["one address", "ship to", "assign"],
    )
    def test_lost_gift_marks_are_reported(
        self, shop: Shop, change: Callable[[DraftEditor], object]
    ) -> None:
        """Whatever takes gift marks away says so (OE-15)."""
        draft_id = two_addresses(shop, {"MUG": 2}, {"l1": {"s1": 1, "s2": 1}})
        with shop.edit(draft_id) as edit:
            edit.mark_gift("l1", shipment_id="s2")

        with shop.edit(draft_id) as edit:
            change(edit)

        assert ("gift", "l1") in [(c.what, c.subject) for c in stored(shop, draft_id).cleared]


class TestWholeOrder:
    """Promotions look at the order, never at its shipments."""

    def test_split_neither_multiplies_nor_loses_a_discount(self, shop: Shop) -> None:
        """However an order is split, each promotion takes off the same (OE-26)."""
        shop.promote("mugs", "pin", "clothing", "ten", "vip")
        draft_id = shop.shipping({"MUG": 3, "SH-BK-L": 2})
        with shop.edit(draft_id) as edit:
            edit.choose_speed("s1", "pickup")
            edit.go_to("items")
            edit.enter_code("WEAR10")
            edit.pick_promotion("vip")
            edit.go_to("review")
            edit.enter_code("TAKE10")
        whole = shop.quote(draft_id)
        # 22.50 + 44.00 + 3.00 for the pin, less 3.00, 3.00, 4.40, 2.00 and 10.00
        assert usd("47.10") == whole.total

        with shop.edit(draft_id) as edit:
            edit.use_multiple_addresses()
            edit.add_shipment(BOULDER)
            edit.assign("l1", {"s1": 1, "s2": 2})
            edit.assign("l2", {"s1": 1, "s2": 1})
            edit.assign("pin:pin", {"s2": 1})
            edit.choose_speed("s2", "pickup")
        split = shop.quote(draft_id)

        assert whole.totals == split.totals
        assert whole.adjustments == split.adjustments
        assert whole.lines == split.lines
        assert usd("47.10") == split.shipments[0].goods + split.shipments[1].goods

    def test_threshold_counts_the_whole_order(self, shop: Shop) -> None:
        """Neither shipment reaches the threshold alone, the order does (OE-26)."""
        shop.promote("ten")
        draft_id = two_addresses(shop, {"SH-BK-L": 3}, {"l1": {"s1": 1, "s2": 2}})
        with shop.edit(draft_id) as edit:
            edit.choose_speed("s1", "post")
            edit.choose_speed("s2", "post")
            edit.go_to("review")
            edit.enter_code("TAKE10")

        assert usd("65.80") == shop.total(draft_id)  # 66.00 - 10.00 + 2 × 4.90

    def test_shipping_discount_is_given_once(self, shop: Shop) -> None:
        """A limited shipping discount is shared by the shipments, not given to each (OE-26)."""
        shop.promote("cheap-shipping")
        draft_id = two_addresses(shop, {"MUG": 2}, {"l1": {"s1": 1, "s2": 1}})
        with shop.edit(draft_id) as edit:
            edit.choose_speed("s1", "post")
            edit.choose_speed("s2", "post")
            edit.go_to("review")
            edit.pick_promotion("cheap-shipping")

        assert usd("3.00") == shop.quote(draft_id).totals.shipping_discounts

    def test_free_shipping_covers_each_shipment_that_qualifies(self, shop: Shop) -> None:
        """A free speed is free for every shipment that goes by it, and only for those (OE-17)."""
        shop.promote("free-post")
        draft_id = two_addresses(shop, {"MUG": 2}, {"l1": {"s1": 1, "s2": 1}})
        with shop.edit(draft_id) as edit:
            edit.choose_speed("s1", "post")
            edit.choose_speed("s2", "air")
            edit.go_to("review")
            edit.enter_code("SHIPFREE")

        assert {"s1": usd("0.00"), "s2": usd("30.00")} == {
            s.shipment_id: s.total for s in shop.quote(draft_id).shipments
        }


def courier(price: Money) -> ShippingSpeed:
    return ShippingSpeed(code="courier", name="Courier", price=price)


class TestSpeeds:
    def test_offered_for_each_shipment(self, shop: Shop) -> None:
        """Each shipment has the speeds that the providers quote for its address (OE-13)."""
        draft_id = two_addresses(shop, {"MUG": 4}, {"l1": {"s1": 1, "s2": 3}})

        assert {
            "s1": {"post": usd("4.90"), "express": usd("9.00"), "pickup": usd("0")},
            "s2": {"post": usd("4.90"), "express": usd("19.00"), "air": usd("30.00")},
        } == {
            v.shipment.id: {speed.code: speed.price for speed in v.offers.speeds}
            for v in shop.view(draft_id).shipments
        }

    def test_chosen_for_each_shipment(self, shop: Shop) -> None:
        """A speed is chosen for each shipment, and each is charged for (OE-13)."""
        draft_id = two_addresses(shop, {"MUG": 4}, {"l1": {"s1": 1, "s2": 3}})
        with shop.edit(draft_id) as edit:
            edit.choose_speed("s1", "express")
            edit.choose_speed("s2", "air")
            edit.choose_speed("s2", "express")
            assert Step.REVIEW is edit.go_to("review")

        assert usd("58.00") == shop.total(draft_id)  # 30.00 + 9.00 + 19.00

    @pytest.mark.parametrize(
        ("shipment_id", "speed"),
        [("s1", "air"), ("s2", "pickup"), ("s1", "POST"), ("s1", "no-such"), ("s1", "")],
    )
    def test_speed_of_another_shipment(self, shop: Shop, shipment_id: str, speed: str) -> None:
        """Only a speed that is quoted for this very shipment can be chosen (OE-13)."""
        draft_id = two_addresses(shop, {"MUG": 2}, {"l1": {"s1": 1, "s2": 1}})

        with refused(shop, SpeedNotOffered) as caught, shop.edit(draft_id) as edit:
            edit.choose_speed(shipment_id, speed)

        assert ("post", "express") == caught.value.offered[:2]

    def test_unknown_shipment(self, shop: Shop) -> None:
        """A speed cannot be chosen for a shipment that is not there (OE-13)."""
        draft_id = shop.shipping({"MUG": 2})

        with refused(shop, NotFound), shop.edit(draft_id) as edit:
            edit.choose_speed("s2", "post")

    def test_missing_speeds_block_review(self, shop: Shop) -> None:
        """Review needs a speed for every shipment; the error names those without (OE-13)."""
        draft_id = two_addresses(shop, {"MUG": 2}, {"l1": {"s1": 1, "s2": 1}})
        with refused(shop, SpeedsMissing) as caught, shop.edit(draft_id) as edit:
            edit.go_to("review")
        assert ("s1", "s2") == caught.value.shipments
        assert "choose a shipping speed for Ann Lee, 1 Main St, Denver; " in str(caught.value)

        with refused(shop, SpeedsMissing) as caught, shop.edit(draft_id) as edit:
            edit.choose_speed("s1", "post")
            edit.go_to("review")
        assert ("s2",) == caught.value.shipments

    def test_nothing_for_an_address_is_reported(self, shop: Shop) -> None:
        """A provider that has nothing for an address is reported, with the shipment (OE-13)."""
        draft_id = shop.shipping({"MUG": 1})

        (problem,) = (p for p in shop.view(draft_id).problems if p.code == "provider_failed")
        assert ("s1", Step.SHIPPING, False) == (
            problem.shipment_id,
            problem.step,
            problem.blocking,
        )
        assert "zone rates" in problem.message
        assert "Denver" in problem.message

    @pytest.mark.parametrize(
        ("answer", "reason"),
        [
            (OSError("no route to carrier"), "Denver: the plugin failed"),
            (None, "a tuple or list of ShippingSpeed"),
            (["courier"], "a ShippingSpeed"),
            ([courier(Money("9.00", "EUR"))], "EUR"),
            ([courier(usd("0.01")), courier(usd("0.02"))], "'courier' is already taken"),
        ],
    )
    def test_failing_provider_stops_no_other(
        self, storage: Storage, answer: Any, reason: str
    ) -> None:
        """A provider that fails or answers nonsense is reported; the others are used (OE-13)."""
        shop = Shop(storage, attrs.evolve(STORE, speeds=(Carrier(answer), POST)))
        draft_id = shop.reviewed({"MUG": 1})

        view = shop.view(draft_id)
        (problem,) = view.problems
        assert ("provider_failed", "s1", False) == (
            problem.code,
            problem.shipment_id,
            problem.blocking,
        )
        assert "acme.carrier" in problem.message
        assert reason in problem.message
        assert usd("12.40") == shop.placed(draft_id).total

    def test_no_speed_at_all(self, storage: Storage) -> None:
        """A shipment that nobody carries blocks review, and says where it was to go (OE-13)."""
        shop = Shop(storage, attrs.evolve(STORE, speeds=()))
        draft_id = shop.shipping({"MUG": 1})

        with refused(shop, SpeedsMissing), shop.edit(draft_id) as edit:
            edit.go_to("review")
        (problem,) = shop.view(draft_id).blocking
        assert ("speed_missing", "s1") == (problem.code, problem.shipment_id)
        assert "Denver" in problem.message

    def test_first_provider_of_a_code_wins(self, storage: Storage) -> None:
        """Of two providers with one speed code the first is used, the second reported (OE-13)."""
        dear = FlatRate(code="post", name="Dear post", price=usd("99.00"))
        shop = Shop(storage, attrs.evolve(STORE, speeds=(POST, dear)))
        draft_id = shop.reviewed({"MUG": 1})

        assert usd("12.40") == shop.total(draft_id)
        (problem,) = shop.view(draft_id).problems
        assert "'post' is already taken" in problem.message

    def test_what_a_provider_is_asked(self, storage: Storage) -> None:
        """A provider sees address, units, weight and what the discounts left (OE-13, OE-26)."""
        carrier = Carrier([courier(usd("1.00"))])
        shop = Shop(storage, attrs.evolve(STORE, speeds=(carrier,)))
        shop.promote("mugs", "red-caps", "ten")
        draft_id = shop.with_items({"MUG": 4, "SH-BK-L": 1, "CARD": 1})
        with shop.edit(draft_id) as edit:
            edit.enter_code("REDCAPS")
            edit.save_items()
            edit.use_multiple_addresses()
            edit.add_shipment(BERLIN)
            edit.assign("l1", {"s1": 1, "s2": 3})
        carrier.asked.clear()
        shop.view(draft_id)

        first, second = carrier.asked
        assert (DENVER, BERLIN) == (first.address, second.address)
        assert [("MUG", 1), ("SH-BK-L", 1), ("CAP-RED", 2)] == [
            (line.sku, line.quantity) for line in first.lines
        ]
        assert (800, 4, "USD") == (first.weight_grams, first.quantity, first.currency)
        assert usd("28.50") == first.subtotal  # 6.50 + 22.00 + 0.00
        assert (1_200, usd("19.50")) == (second.weight_grams, second.subtotal)

    def test_what_a_provider_knows_of_goods(self, storage: Storage) -> None:
        """It can price by product, options, categories, tags and what the shop keeps (OE-13, PK-2).

        So for what staff entered as for what a promotion added.
        """
        carrier = Carrier([courier(usd("1.00"))])
        shop = Shop(storage, attrs.evolve(STORE, speeds=(carrier,)))
        shop.promote("red-caps")
        shop.change_product("mug", tags=("fragile",), attributes={"crate": 7, "glaze": "none"})
        shop.change_product("cap", tags=("light",), categories=("Clothing/Caps",))
        draft_id = shop.with_items({"MUG": 4})
        with shop.edit(draft_id) as edit:
            edit.enter_code("REDCAPS")
            edit.set_line_attributes("l1", {"glaze": "blue"})
            edit.save_items()
            edit.set_shipment_attributes(edit.draft.shipments[0].id, {"dock": 4})
        shop.view(draft_id)

        asked = carrier.asked[-1]
        mugs, caps = asked.lines
        assert {"dock": 4} == dict(asked.attributes)
        assert ("mug", (), ("Kitchen",), ("fragile",)) == (
            mugs.product_id,
            mugs.options,
            mugs.categories,
            mugs.tags,
        )
        assert {"crate": 7, "glaze": "blue"} == dict(mugs.attributes)
        assert ("cap", (("Color", "Red"),), ("Clothing/Caps",), ("light",)) == (
            caps.product_id,
            caps.options,
            caps.categories,
            caps.tags,
        )

    def test_speed_priced_by_discounted_goods(self, storage: Storage) -> None:
        """A speed priced by subtotal follows the discounts (OE-13, OE-24)."""
        by_subtotal = SubtotalRates(
            code="post",
            name="Post",
            bands=(
                SubtotalBand(price=usd("6.00")),
                SubtotalBand(price=usd("0.00"), from_subtotal=usd("20.00")),
            ),
        )
        shop = Shop(storage, attrs.evolve(STORE, speeds=(by_subtotal,)))
        shop.promote("clothing")
        draft_id = shop.reviewed({"SH-BK-S": 1})
        assert usd("20.00") == shop.total(draft_id)
        with shop.edit(draft_id) as edit:
            edit.go_to("items")
            edit.enter_code("WEAR10")

        assert usd("24.00") == shop.total(draft_id)  # 18.00 + 6.00

    def test_tied_lines_weigh(self, shop: Shop) -> None:
        """The weight of tied lines counts for a speed priced by weight (OE-13)."""
        assert 1_000 == EXPRESS.bands[0].up_to_grams
        shop.promote("red-caps")
        draft_id = shop.with_items({"SH-BK-S": 4})  # 800 g, and two caps of 100 g each
        with shop.edit(draft_id) as edit:
            edit.enter_code("REDCAPS")
            edit.save_items()
            edit.choose_speed("s1", "express")
        assert usd("9.00") == shop.quote(draft_id).totals.shipping

        with shop.edit(draft_id) as edit:
            edit.add_sku("PIN")

        assert usd("19.00") == shop.quote(draft_id).totals.shipping

    def test_change_of_speed_leads_back_from_review(self, shop: Shop) -> None:
        """A speed can be changed from review; the draft is then on shipping again (OE-23)."""
        draft_id = shop.reviewed({"MUG": 1})
        with shop.edit(draft_id) as edit:
            edit.choose_speed("s1", "pickup")

        assert Step.SHIPPING is stored(shop, draft_id).step
        assert usd("7.50") == shop.total(draft_id)


class TestGifts:
    def gifts(self, shop: Shop, draft_id: str) -> dict[tuple[str, str], str]:
        return {
            (s.id, part.line_id): part.gift.message
            for s in stored(shop, draft_id).shipments
            for part in s.lines
            if part.gift is not None
        }

    def test_in_one_shipment(self, shop: Shop) -> None:
        """A line can be a gift for one address and not for another (OE-14)."""
        draft_id = two_addresses(shop, {"MUG": 2, "PIN": 1}, {"l1": {"s1": 1, "s2": 1}})
        with shop.edit(draft_id) as edit:
            edit.mark_gift("l1", " Happy birthday!\r\nYours ", shipment_id="s2")

        assert {("s2", "l1"): "Happy birthday!\nYours"} == self.gifts(shop, draft_id)

    def test_in_all_shipments(self, shop: Shop) -> None:
        """Without a shipment named, all of the line is a gift; it needs no message (OE-14)."""
        draft_id = two_addresses(shop, {"MUG": 2}, {"l1": {"s1": 1, "s2": 1}})
        with shop.edit(draft_id) as edit:
            edit.mark_gift("l1")

        assert {("s1", "l1"): "", ("s2", "l1"): ""} == self.gifts(shop, draft_id)

    def test_taken_away(self, shop: Shop) -> None:
        """A gift mark can be taken away again, in one shipment or in all (OE-14)."""
        draft_id = two_addresses(shop, {"MUG": 2}, {"l1": {"s1": 1, "s2": 1}})
        with shop.edit(draft_id) as edit:
            edit.mark_gift("l1", "Hi")
            edit.unmark_gift("l1", shipment_id="s1")
        assert {("s2", "l1"): "Hi"} == self.gifts(shop, draft_id)

        with shop.edit(draft_id) as edit:
            edit.unmark_gift("l1")

        assert {} == self.gifts(shop, draft_id)

    def test_survives_other_changes(self, shop: Shop) -> None:
        """A gift mark stays when quantities and other lines change (OE-14, OE-15)."""
        draft_id = two_addresses(shop, {"MUG": 2, "PIN": 2}, {"l2": {"s2": 2}})
        with shop.edit(draft_id) as edit:
            edit.mark_gift("l2", "Hi")
        with shop.edit(draft_id) as edit:
            edit.set_quantity("l2", 7)
            edit.remove_line("l1")

        assert {("s2", "l2"): "Hi"} == self.gifts(shop, draft_id)
        assert 7 == goods(shop, draft_id)["s2"]["l2"]

    def test_follows_units_that_move(self, shop: Shop) -> None:
        """Other numbers of units in the same shipments keep their gift marks (OE-14)."""
        draft_id = two_addresses(shop, {"MUG": 3}, {"l1": {"s1": 1, "s2": 2}})
        with shop.edit(draft_id) as edit:
            edit.mark_gift("l1", "Hi", shipment_id="s2")
            edit.assign("l1", {"s1": 2, "s2": 1})

        assert {("s2", "l1"): "Hi"} == self.gifts(shop, draft_id)

    @pytest.mark.parametrize(
        ("line_id", "shipment_id"),
        [("l1", "s3"), ("l2", "s2"), ("l3", ""), ("l9", ""), ("", "")],
    )
    def test_what_is_not_shipped_there(self, shop: Shop, line_id: str, shipment_id: str) -> None:
        """Only units that go with the shipment can be marked (OE-14)."""
        draft_id = two_addresses(shop, {"MUG": 2, "PIN": 1, "CARD": 1}, {"l1": {"s1": 1, "s2": 1}})

        with refused(shop, NotFound), shop.edit(draft_id) as edit:
            edit.mark_gift(line_id, "Hi", shipment_id=shipment_id)
        with refused(shop, NotFound), shop.edit(draft_id) as edit:
            edit.unmark_gift(line_id, shipment_id=shipment_id)

    @pytest.mark.parametrize("message", ["x" * 1_001, "a\x00b", "a\u202ebc", None, 5])
    def test_unusable_message(self, shop: Shop, message: Any) -> None:
        """A gift message is a text of a size that fits on a card (OE-14)."""
        draft_id = two_addresses(shop, {"MUG": 2})

        with refused(shop, InvalidText), shop.edit(draft_id) as edit:
            edit.mark_gift("l1", message)

    def test_are_part_of_the_order(self, shop: Shop) -> None:
        """The placed order keeps the gift marks with their messages (OE-14, OE-19)."""
        draft_id = two_addresses(shop, {"MUG": 2}, {"l1": {"s1": 1, "s2": 1}})
        with shop.edit(draft_id) as edit:
            edit.mark_gift("l1", "Hi", shipment_id="s2")
            edit.choose_speed("s1", "post")
            edit.choose_speed("s2", "post")
            edit.go_to("review")

        order = shop.placed(draft_id)

        assert [None, Gift(message="Hi")] == [s.lines[0].gift for s in order.shipments]
