import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import attrs
import pytest

from cartcore.cart import LARGEST_QUANTITY
from cartcore.errors import (
    CartcoreError,
    CodeRejected,
    DraftHasProblems,
    DraftPlaced,
    IdempotencyConflict,
    InvalidText,
    NotFound,
    QuoteChanged,
    StepNotReachable,
    StoreNotReady,
)
from cartcore.orders.order import OrderStatus, OrderSummary
from cartcore.promotions.promotion import Limits, Trigger
from cartcore.rules.builtin import FlatRate, PercentOff
from cartcore.storage import Storage
from tests.support.shop import (
    BERLIN,
    BOULDER,
    CAP,
    DENVER,
    NOON,
    POST,
    PROMOTIONS,
    STORE,
    Shop,
    everything,
    refused,
    usd,
)


def reviewed_with(shop: Shop, promotion_id: str, contact_id: str = "ann") -> str:
    """A shirt on review, with one promotion; 20.00 and 4.90 without it."""
    draft_id = shop.reviewed({"SH-BK-S": 1}, contact_id)
    codes = PROMOTIONS[promotion_id].codes
    with shop.edit(draft_id) as edit:
        if codes:
            if promotion_id not in ("five", "ten", "free-post"):
                edit.go_to("items")
            edit.enter_code(codes[0])
        else:
            edit.pick_promotion(promotion_id, {"cap": {"Color": "Red"}})
        edit.go_to("review")
    return draft_id


def with_code(shop: Shop, promo_code: str, contact_id: str = "ann") -> str:
    """A shirt on review, with a code of an item promotion."""
    draft_id = shop.reviewed({"SH-BK-S": 1}, contact_id)
    with shop.edit(draft_id) as edit:
        edit.go_to("items")
        edit.enter_code(promo_code)
        edit.go_to("review")
    return draft_id


class TestPlacing:
    def test_order_has_what_was_seen(self, shop: Shop) -> None:
        """The order has the quote, contact, addresses and speeds that review showed (OE-19)."""
        shop.promote("five")
        draft_id = reviewed_with(shop, "five")
        view = shop.view(draft_id)

        order = shop.desk.place(draft_id, seen=view.quote, actor="kim")

        assert usd("23.90") == order.total == view.quote.total  # 20.00 - 1.00 + 4.90
        assert view.quote == order.quote
        assert shop.contact("ann") == order.contact
        (shipment,) = order.shipments
        assert (DENVER, "post", usd("4.90"), None) == (
            shipment.address,
            shipment.speed.code,
            shipment.speed.price,
            shipment.shipped_at,
        )
        assert ("FIVE",) == order.promo_codes
        assert (NOON, "kim") == (order.placed_at, order.placed_by)
        assert "1001" == order.number
        assert order == shop.desk.order("1001")

    @pytest.mark.parametrize(
        ("skus", "status"),
        [({"MUG": 1}, OrderStatus.PROCESSING), ({"MUG": 1, "CARD": 1}, OrderStatus.PROCESSING)],
    )
    def test_status_if_anything_ships(
        self, shop: Shop, skus: Mapping[str, int], status: OrderStatus
    ) -> None:
        """An order of which anything ships is processing (OE-19)."""
        order = shop.placed(shop.reviewed(skus))

        assert status is order.status
        assert [(status, "placed")] == [(h.status, h.note) for h in order.history]

    def test_status_if_nothing_ships(self, shop: Shop) -> None:
        """An order of which nothing ships is complete at once, without a shipment (OE-19)."""
        order = shop.placed(shop.shipping({"CARD": 2}))

        assert OrderStatus.COMPLETE is order.status
        assert () == order.shipments
        assert usd("50.00") == order.total

    def test_draft_is_gone(self, shop: Shop) -> None:
        """The draft becomes the order and is not listed any more (OE-19, OE-22)."""
        draft_id = shop.reviewed({"MUG": 1})
        order = shop.placed(draft_id)

        assert () == shop.desk.drafts().items
        assert draft_id == order.draft_id

    def test_numbers_rise(self, shop: Shop) -> None:
        """Each order has a number of its own, the next one (OE-20)."""
        numbers = [shop.placed(shop.reviewed({"MUG": 1})).number for _ in range(3)]

        assert ["1001", "1002", "1003"] == numbers

    @pytest.mark.parametrize("actor", ["", "a\x00b"])
    def test_actor_is_checked(self, shop: Shop, actor: str) -> None:
        """Who places the order is a usable text (OE-19)."""
        draft_id = shop.reviewed({"MUG": 1})

        with refused(shop, InvalidText):
            shop.placed(draft_id, actor=actor)

    def test_free_order(self, shop: Shop) -> None:
        """An order can cost nothing at all (OE-18)."""
        shop.promote("red-caps")
        draft_id = shop.started()
        with shop.edit(draft_id) as edit:
            edit.enter_code("REDCAPS")
            edit.choose_speed("s1", "pickup")
            edit.go_to("review")

        assert usd("0.00") == shop.placed(draft_id).total

    def test_largest_order(self, storage: Storage) -> None:
        """A line with the most units there can be is priced and placed exactly (OE-5, OE-18)."""
        shop = Shop(storage, attrs.evolve(STORE, maximum_quantity=LARGEST_QUANTITY))

        order = shop.placed(shop.reviewed({"SH-BK-L": 1_000_000}))

        assert usd("22000004.90") == order.total


class TestSnapshot:
    def test_later_changes_do_not_touch_the_order(self, shop: Shop) -> None:
        """Later changes to contact, products and promotions do not change an order (OE-19)."""
        shop.promote("clothing")
        order = shop.placed(reviewed_with(shop, "clothing"))

        shop.change_contact("ann", name="Ann Smith", addresses=(BERLIN,))
        shop.change_variant("SH-BK-S", price=usd("99.00"))
        shop.change_product("shirt", title="Blouse", published=False)
        shop.change_promotion("clothing", name="Off", enabled=False)
        shop.change_promotion("clothing", effect=PercentOff(percent=99))

        assert order == shop.desk.order(order.number)
        assert usd("22.90") == order.total  # 20.00 less 10%, + 4.90
        assert "Ann Lee" == order.contact.name
        assert ("Shirt (Black / S)", "10% off clothing") == (
            order.quote.lines[0].description,
            order.quote.adjustments[0].promotion_name,
        )


class TestQuoteChanged:
    """What happens between seeing the quote and placing it."""

    def changed(
        self, shop: Shop, draft_id: str, change: Callable[[], object]
    ) -> tuple[str, tuple[str, ...]]:
        """Place at the price seen before `change`; return the new total and what differs."""
        seen = shop.quote(draft_id)
        change()
        current = shop.quote(draft_id)

        with refused(shop, QuoteChanged) as caught:
            shop.desk.place(draft_id, seen=seen, actor="sam")

        assert seen == caught.value.seen
        assert current == caught.value.current
        assert () == shop.desk.orders().items
        return str(current.total.amount), caught.value.differences

    def test_price(self, shop: Shop) -> None:
        """A changed price is told with the old and the new amount (OE-18)."""
        draft_id = shop.reviewed({"MUG": 2})

        total, differences = self.changed(
            shop, draft_id, lambda: shop.change_variant("MUG", price=usd("8.00"))
        )

        assert "20.90" == total
        assert (
            "Mug costs 16.00 USD instead of 15.00 USD",
            "total is 20.90 USD instead of 19.90 USD",
        ) == differences

    def test_lower_price(self, shop: Shop) -> None:
        """A price that went down is a changed quote, too (OE-18)."""
        draft_id = shop.reviewed({"MUG": 2})

        total, _ = self.changed(
            shop, draft_id, lambda: shop.change_variant("MUG", price=usd("0.01"))
        )

        assert "4.92" == total

    @pytest.mark.parametrize(
        ("change", "why"),
        [
            ({"enabled": False}, "switched off"),
            ({"ends_at": NOON}, "ended"),
            ({"starts_at": NOON + timedelta(days=1)}, "starts at"),
        ],
    )
    def test_promotion_by_code(self, shop: Shop, change: dict[str, Any], why: str) -> None:
        """A code that was disabled or has expired is told by name and reason (OE-18)."""
        shop.promote("clothing")
        draft_id = reviewed_with(shop, "clothing")

        total, differences = self.changed(
            shop, draft_id, lambda: shop.change_promotion("clothing", **change)
        )

        assert "24.90" == total
        assert "Shirt (Black / S) costs 20.00 USD instead of 18.00 USD" in differences
        assert any("10% off clothing no longer applies" in d and why in d for d in differences)

    def test_time_alone(self, shop: Shop) -> None:
        """A promotion that ends while the order is reviewed is noticed (OE-18)."""
        shop.promote("clothing")
        shop.change_promotion("clothing", ends_at=NOON + timedelta(seconds=1))
        draft_id = reviewed_with(shop, "clothing")

        total, _ = self.changed(shop, draft_id, lambda: shop.clock.forward(seconds=1))

        assert "24.90" == total

    def test_automatic_promotion_disabled(self, shop: Shop) -> None:
        """An automatic promotion that was disabled is noticed by what it took off (OE-18)."""
        shop.promote("mugs")
        draft_id = shop.reviewed({"MUG": 2})

        total, differences = self.changed(
            shop, draft_id, lambda: shop.change_promotion("mugs", enabled=False)
        )

        assert "19.90" == total
        assert "Mug costs 15.00 USD instead of 13.00 USD" in differences

    def test_new_automatic_promotion(self, shop: Shop) -> None:
        """A promotion that came up is noticed, although it makes the order cheaper (OE-18)."""
        draft_id = shop.reviewed({"MUG": 2})

        total, _ = self.changed(shop, draft_id, lambda: shop.promote("mugs"))

        assert "17.90" == total

    def test_free_gift_came_up(self, shop: Shop) -> None:
        """A gift that was added is noticed, although the total is the same (OE-18)."""
        draft_id = shop.reviewed({"MUG": 3})

        total, differences = self.changed(shop, draft_id, lambda: shop.promote("pin"))

        assert "27.40" == total
        assert "1 × Pin was added" in differences

    def test_used_up_by_another_order(self, shop: Shop) -> None:
        """The last redemption goes to one of two orders; the other one is told (OE-18)."""
        shop.promote("first")
        draft_id = reviewed_with(shop, "first")
        other = reviewed_with(shop, "first", "zoe")
        seen = shop.quote(draft_id)
        assert usd("14.90") == shop.placed(other).total  # 10.00 + 4.90

        with refused(shop, QuoteChanged) as caught:
            shop.desk.place(draft_id, seen=seen, actor="sam")

        assert usd("24.90") == caught.value.current.total
        assert any("used up" in d for d in caught.value.differences)

    def test_used_up_by_the_contact(self, shop: Shop) -> None:
        """A contact's last redemption goes to one of two of their orders (OE-18)."""
        shop.promote("once")
        draft_id = reviewed_with(shop, "once")
        seen = shop.quote(draft_id)
        shop.placed(reviewed_with(shop, "once", "zoe"))
        shop.placed(reviewed_with(shop, "once"))

        with refused(shop, QuoteChanged) as caught:
            shop.desk.place(draft_id, seen=seen, actor="sam")

        assert any(
            "this contact has already used it once, which is the limit" in d
            for d in caught.value.differences
        )

    def test_a_code_used_up_by_another_order(self, shop: Shop) -> None:
        """Of a list of one-time codes each is good for one order, in any case (PR-12, OE-18)."""
        shop.promote("clothing")
        shop.change_promotion("clothing", codes=("UNI-1", "Uni-2"), limits=Limits(per_code=1))
        draft_id = with_code(shop, "UNI-1")
        seen = shop.quote(draft_id)
        first = shop.placed(with_code(shop, "uni-1", "zoe"))
        shop.placed(with_code(shop, "UNI-2"))

        with refused(shop, QuoteChanged) as caught:
            shop.desk.place(draft_id, seen=seen, actor="sam")
        used = "this code has already been used once, which is its limit"
        assert any(used in each for each in caught.value.differences)
        for code, contact in (("Uni-1", "zoe"), ("uni-2", "ann")):
            with pytest.raises(CodeRejected, match=used) as rejected:
                with_code(shop, code, contact)
            assert "code_used_up" == rejected.value.reason

        # cancelling gives it back
        shop.desk.cancel(first.number, actor="sam")
        [redeemed] = shop.placed(draft_id).redemptions
        assert "uni-1" == redeemed.promo_code

    def test_a_code_that_was_moved_to_another_promotion(self, shop: Shop) -> None:
        """What was entered for one promotion is good for neither until it is entered again (PR-8).

        Nor is one code good for two promotions in one order.
        """
        shop.promote("clothing", "once")
        draft_id = with_code(shop, "WEAR10")
        seen = shop.quote(draft_id)
        shop.change_promotion("clothing", codes=("Wear Ten",))
        shop.change_promotion("once", codes=("ONCE", "WEAR10"))

        with refused(shop, QuoteChanged) as caught:
            shop.desk.place(draft_id, seen=seen, actor="sam")
        assert any(
            "the code WEAR10 no longer belongs to it" in each for each in caught.value.differences
        )
        with refused(shop, DraftHasProblems):
            shop.placed(draft_id)

        with shop.edit(draft_id) as edit:
            edit.go_to("items")
            edit.remove_promotion("clothing")
            edit.enter_code("wear10")
            edit.go_to("review")
        assert ["once"] == [each.promotion_id for each in shop.placed(draft_id).redemptions]

    def test_a_code_written_in_another_way_is_still_the_same(self, shop: Shop) -> None:
        """Full-width letters, other case and blanks make no other code of it (PR-8, OE-27)."""
        shop.promote("clothing")
        draft_id = with_code(shop, "\uff37EAR10")
        shop.change_promotion("clothing", codes=("wear10",))

        assert "WEAR10" == shop.quote(draft_id).decision("clothing").promo_code  # type: ignore[union-attr]
        assert 1 == len(shop.placed(draft_id).redemptions)

    def test_a_promotion_that_needs_a_code_by_now(self, shop: Shop) -> None:
        """What was picked freely is not given without the code that it has got (PR-8)."""
        shop.promote("clothing")
        shop.change_promotion("clothing", trigger=Trigger.PICKED, codes=())
        draft_id = shop.reviewed({"SH-BK-S": 1})
        with shop.edit(draft_id) as edit:
            edit.go_to("items")
            edit.pick_promotion("clothing")
            edit.go_to("review")
        shop.change_promotion("clothing", trigger=Trigger.CODE, codes=("WEAR10",))
        decision = shop.quote(draft_id).decision("clothing")

        assert decision is not None
        assert ("code_withdrawn", "it needs a code") == (decision.reason, decision.message)
        with refused(shop, DraftHasProblems):
            shop.placed(draft_id)

    def test_budget_used_up_by_other_orders(self, shop: Shop) -> None:
        """Of a budget of 5.00, two orders take 2.00 each; the third waits for one (PR-12)."""
        shop.promote("clothing")
        shop.change_promotion("clothing", limits=Limits(budget=usd("5.00")))
        draft_id = reviewed_with(shop, "clothing")
        seen = shop.quote(draft_id)
        shop.placed(reviewed_with(shop, "clothing", "zoe"))
        second = shop.placed(reviewed_with(shop, "clothing"))

        with refused(shop, QuoteChanged) as caught:
            shop.desk.place(draft_id, seen=seen, actor="sam")
        assert usd("24.90") == caught.value.current.total
        assert any(
            "only 1.00 USD of its budget of 5.00 USD is left" in d for d in caught.value.differences
        )

        shop.desk.cancel(second.number, actor="sam")
        assert usd("22.90") == shop.desk.place(draft_id, seen=seen, actor="sam").total

    def test_who_races_for_a_budget(self, shop: Shop) -> None:
        """Of five who place at once, the two get it that it suffices for (ST-6, PR-12)."""
        shop.promote("clothing")
        shop.change_promotion("clothing", limits=Limits(budget=usd("5.00")))
        draft_ids = [reviewed_with(shop, "clothing") for _ in range(5)]
        seen = {draft_id: shop.quote(draft_id) for draft_id in draft_ids}
        together = threading.Barrier(5)

        def place(draft_id: str) -> tuple[str, ...]:
            together.wait()
            try:
                shop.desk.place(draft_id, seen=seen[draft_id], actor="sam")
            except QuoteChanged as error:
                return error.differences
            return ()

        with ThreadPoolExecutor(5) as pool:
            why_not = dict(zip(draft_ids, pool.map(place, draft_ids), strict=True))

        left = {draft_id for draft_id, differences in why_not.items() if differences}
        assert 3 == len(left)
        assert left == {draft.id for draft in shop.desk.drafts().items}
        for draft_id in left:
            assert any("only 1.00 USD of its budget" in d for d in why_not[draft_id])

    def test_speed_price(self, shop: Shop) -> None:
        """A speed that costs something else by now is noticed (OE-18)."""
        draft_id = shop.reviewed({"MUG": 2})
        seen = shop.quote(draft_id)
        dearer = shop.desk_with(speeds=(attrs.evolve(POST, price=usd("5.90")),))

        with refused(shop, QuoteChanged) as caught:
            dearer.place(draft_id, seen=seen, actor="sam")

        assert (
            "shipping is 5.90 USD instead of 4.90 USD",
            "total is 20.90 USD instead of 19.90 USD",
        ) == caught.value.differences

    def test_speed_no_longer_offered(self, shop: Shop) -> None:
        """A speed that is not offered any more is noticed, even a free one (OE-13, OE-18)."""
        draft_id = shop.reviewed({"MUG": 2}, speed="pickup")
        seen = shop.quote(draft_id)

        with refused(shop, QuoteChanged) as caught:
            shop.desk_with(speeds=(POST,)).place(draft_id, seen=seen, actor="sam")

        assert ("the shipments or their shipping speeds have changed",) == caught.value.differences

    def test_other_speed_at_the_same_price(self, shop: Shop) -> None:
        """Another speed is noticed although it costs the same (OE-18)."""
        desk = shop.desk_with(speeds=(POST, FlatRate(code="slow", name="Slow", price=usd("4.90"))))
        draft_id = shop.reviewed({"MUG": 2})
        seen = desk.view(draft_id).quote
        with desk.edit(draft_id) as edit:
            edit.choose_speed("s1", "slow")
            edit.go_to("review")

        with refused(shop, QuoteChanged) as caught:
            desk.place(draft_id, seen=seen, actor="sam")

        assert ("the shipments or their shipping speeds have changed",) == caught.value.differences

    def test_tied_product_unpublished(self, shop: Shop) -> None:
        """A pick whose product went off sale is told, with the line that is gone (OE-18)."""
        shop.promote("cap")
        draft_id = reviewed_with(shop, "cap")

        total, differences = self.changed(
            shop, draft_id, lambda: shop.change_product("cap", published=False)
        )

        assert "24.90" == total
        assert "1 × Cap (Red) is gone" in differences
        assert any("A cap at half price no longer applies" in d for d in differences)

    def test_tied_variant_unpublished(self, shop: Shop) -> None:
        """A chosen tied variant that went off sale is not replaced by another one (OE-7, OE-18)."""
        shop.promote("cap")
        draft_id = reviewed_with(shop, "cap")

        total, differences = self.changed(
            shop, draft_id, lambda: shop.change_variant("CAP-RED", published=False)
        )

        assert "24.90" == total
        assert "1 × Cap (Red) is gone" in differences

    def test_product_gone(self, shop: Shop) -> None:
        """A line whose SKU left the catalogue is told as gone (OE-18)."""
        draft_id = shop.reviewed({"MUG": 1, "CAP-RED": 1})

        total, differences = self.changed(
            shop, draft_id, lambda: shop.change_product("cap", variants=CAP.variants[1:])
        )

        assert "12.40" == total
        assert "1 × Cap (Red) is gone" in differences

    def test_edit_by_another_person(self, shop: Shop) -> None:
        """What another person changed in the draft is told line by line (OE-18, OE-22)."""
        draft_id = shop.reviewed({"MUG": 2, "PIN": 1, "SH-BK-S": 1})

        def edited() -> None:
            with shop.edit(draft_id) as edit:
                edit.set_quantity("l1", 3)
                edit.remove_line("l2")
                edit.set_options("l3", {"Color": "White", "Size": "S"})
                edit.add_sku("CARD")
                edit.go_to("review")

        total, differences = self.changed(shop, draft_id, edited)

        assert "72.40" == total  # 22.50 + 20.00 + 25.00 + 4.90
        assert (
            "2 × Mug became 3 × Mug",
            "1 × Pin is gone",
            "1 × Shirt (Black / S) became 1 × Shirt (White / S)",
            "1 × Gift card was added",
            "total is 72.40 USD instead of 42.90 USD",
        ) == differences

    def test_swap_at_the_same_price(self, shop: Shop) -> None:
        """Other goods at the same price are not what was seen (OE-18)."""
        draft_id = shop.reviewed({"SH-BK-S": 1})

        def swapped() -> None:
            with shop.edit(draft_id) as edit:
                edit.set_options("l1", {"Color": "White", "Size": "S"})
                edit.go_to("review")

        _, differences = self.changed(shop, draft_id, swapped)

        assert ("1 × Shirt (Black / S) became 1 × Shirt (White / S)",) == differences

    def test_units_moved_between_shipments(self, shop: Shop) -> None:
        """Units that go to another address by now are noticed (OE-12, OE-18)."""
        draft_id = shop.shipping({"MUG": 2, "PIN": 2})
        with shop.edit(draft_id) as edit:
            edit.use_multiple_addresses()
            edit.add_shipment(BOULDER)
            edit.assign("l1", {"s1": 1, "s2": 1})
            edit.choose_speed("s1", "post")
            edit.choose_speed("s2", "post")
            edit.go_to("review")

        def moved() -> None:
            with shop.edit(draft_id) as edit:
                edit.assign("l2", {"s1": 1, "s2": 1})
                edit.go_to("review")

        _, differences = self.changed(shop, draft_id, moved)

        assert ("the shipments or their shipping speeds have changed",) == differences

    def test_quote_of_another_draft(self, shop: Shop) -> None:
        """The quote of another draft is not what this one costs (OE-18)."""
        draft_id = shop.reviewed({"MUG": 2})
        other = shop.quote(shop.reviewed({"MUG": 3}))

        with refused(shop, QuoteChanged):
            shop.desk.place(draft_id, seen=other, actor="sam")

    def test_placed_when_seen_anew(self, shop: Shop) -> None:
        """After a changed quote the order is placed at the new one, with the same key (OE-18)."""
        draft_id = shop.reviewed({"MUG": 2})
        seen = shop.quote(draft_id)
        shop.change_variant("MUG", price=usd("8.00"))
        with refused(shop, QuoteChanged) as caught:
            shop.desk.place(draft_id, seen=seen, actor="sam", idempotency_key="k")

        order = shop.desk.place(
            draft_id, seen=caught.value.current, actor="sam", idempotency_key="k"
        )

        assert usd("20.90") == order.total

    def test_later_at_the_same_price(self, shop: Shop) -> None:
        """A quote stays good as long as nothing changes, however late it is (OE-18)."""
        draft_id = shop.reviewed({"MUG": 2})
        seen = shop.quote(draft_id)
        shop.clock.forward(days=300)

        order = shop.desk.place(draft_id, seen=seen, actor="sam")

        assert NOON + timedelta(days=300) == order.placed_at


class TestNotYet:
    def test_product_unpublished(self, shop: Shop) -> None:
        """A line that went off sale costs the same but cannot be ordered (OE-5, OE-18)."""
        draft_id = shop.reviewed({"MUG": 2})
        seen = shop.quote(draft_id)
        shop.change_product("mug", published=False)

        with refused(shop, DraftHasProblems) as caught:
            shop.desk.place(draft_id, seen=seen, actor="sam")

        assert ["not_published"] == [getattr(p, "code", "") for p in caught.value.problems]
        assert "Mug" in str(caught.value)

    def test_variant_unpublished(self, shop: Shop) -> None:
        """A variant that went off sale cannot be ordered either (OE-5, OE-18)."""
        draft_id = shop.reviewed({"SH-BK-S": 1})
        seen = shop.quote(draft_id)
        shop.change_variant("SH-BK-S", published=False)

        with refused(shop, DraftHasProblems):
            shop.desk.place(draft_id, seen=seen, actor="sam")

    @pytest.mark.parametrize(
        ("contact", "sku", "error"),
        [
            ("", "", DraftHasProblems),
            ("noah", "", DraftHasProblems),
            ("ann", "", DraftHasProblems),
            ("ann", "MUG", DraftHasProblems),
            ("ann", "CARD", StepNotReachable),
        ],
    )
    def test_unfinished_draft(
        self, shop: Shop, contact: str, sku: str, error: type[CartcoreError]
    ) -> None:
        """A draft that has not been taken to review is not placed (OE-18, OE-23)."""
        draft_id = shop.desk.start(actor="sam").id
        with shop.edit(draft_id) as edit:
            if contact:
                edit.choose_contact(contact)
            if sku:
                edit.add_sku(sku)

        with refused(shop, error):
            shop.placed(draft_id)

    def test_left_review(self, shop: Shop) -> None:
        """A draft that was taken back to another step is reviewed again first (OE-18, OE-23)."""
        draft_id = shop.reviewed({"MUG": 1})
        with shop.edit(draft_id) as edit:
            edit.go_to("contact")

        with refused(shop, StepNotReachable) as caught:
            shop.placed(draft_id)
        assert "has not been reviewed" in str(caught.value)

    def test_store_closed_meanwhile(self, shop: Shop) -> None:
        """A store that was closed meanwhile takes no order (OE-1, OE-18)."""
        draft_id = shop.reviewed({"MUG": 1})
        seen = shop.quote(draft_id)

        with refused(shop, StoreNotReady):
            shop.desk_with(ecommerce_enabled=False).place(draft_id, seen=seen, actor="sam")

    def test_unknown_draft(self, shop: Shop) -> None:
        """A draft that does not exist is not placed (OE-18)."""
        seen = shop.quote(shop.reviewed({"MUG": 1}))

        with refused(shop, NotFound):
            shop.desk.place("no-such", seen=seen, actor="sam")

    def test_discarded_draft(self, shop: Shop) -> None:
        """A draft that was discarded meanwhile is not placed (OE-18, OE-22)."""
        draft_id = shop.reviewed({"MUG": 1})
        seen = shop.quote(draft_id)
        shop.desk.discard(draft_id)

        with refused(shop, NotFound):
            shop.desk.place(draft_id, seen=seen, actor="sam")


class TestIdempotency:
    @pytest.mark.parametrize("key", ["", "request-7"])
    def test_same_request_gives_the_same_order(self, shop: Shop, key: str) -> None:
        """The same request gives the same order again, never a second one (OE-19)."""
        draft_id = shop.reviewed({"MUG": 1})
        seen = shop.quote(draft_id)
        order = shop.desk.place(draft_id, seen=seen, actor="sam", idempotency_key=key)
        shop.clock.forward(days=3)
        shop.change_variant("MUG", price=usd("99.00"))
        before = everything(shop.storage)

        again = shop.desk.place(draft_id, seen=seen, actor="kim", idempotency_key=key)

        assert order == again
        assert before == everything(shop.storage)
        assert (OrderSummary.of(order),) == shop.desk.orders().items

    def test_answer_is_the_order_as_it_is_now(self, shop: Shop) -> None:
        """A repeated request gets the order with what happened to it since (OE-19, OE-21)."""
        draft_id = shop.reviewed({"MUG": 1})
        seen = shop.quote(draft_id)
        order = shop.desk.place(draft_id, seen=seen, actor="sam")
        cancelled = shop.desk.cancel(order.number, actor="kim")

        assert cancelled == shop.desk.place(draft_id, seen=seen, actor="sam")

    def test_same_key_for_another_draft(self, shop: Shop) -> None:
        """A key that was used for another request is refused, naming its order (OE-19)."""
        order = shop.placed(shop.reviewed({"MUG": 1}), idempotency_key="k")
        draft_id = shop.reviewed({"MUG": 1})

        with refused(shop, IdempotencyConflict) as caught:
            shop.placed(draft_id, idempotency_key="k")

        assert ("k", order.number) == (caught.value.key, caught.value.order_number)

    def test_same_key_for_another_quote(self, shop: Shop) -> None:
        """The same draft at another price is another request (OE-19)."""
        draft_id = shop.reviewed({"MUG": 1})
        seen = shop.quote(draft_id)
        shop.desk.place(draft_id, seen=seen, actor="sam")
        dearer = attrs.evolve(seen, totals=attrs.evolve(seen.totals, total=usd("99.00")))

        with refused(shop, DraftPlaced):
            shop.desk.place(draft_id, seen=dearer, actor="sam")

    def test_same_key_of_ones_own_for_another_quote(self, shop: Shop) -> None:
        """A key of the caller's own cannot serve for two requests (OE-19, ST-7)."""
        draft_id = shop.reviewed({"MUG": 1})
        seen = shop.quote(draft_id)
        shop.desk.place(draft_id, seen=seen, actor="sam", idempotency_key="K")
        dearer = attrs.evolve(seen, totals=attrs.evolve(seen.totals, total=usd("99.00")))

        with refused(shop, IdempotencyConflict):
            shop.desk.place(draft_id, seen=dearer, actor="sam", idempotency_key="K")

    def test_another_key_for_a_placed_draft(self, shop: Shop) -> None:
        """A draft is placed once, whatever keys are used (OE-19, OE-22)."""
        draft_id = shop.reviewed({"MUG": 1})
        seen = shop.quote(draft_id)
        order = shop.desk.place(draft_id, seen=seen, actor="sam", idempotency_key="a")

        with refused(shop, DraftPlaced) as caught:
            shop.desk.place(draft_id, seen=seen, actor="sam", idempotency_key="b")

        assert order.number == caught.value.order_number

    def test_keys_are_compared_as_they_are(self, shop: Shop) -> None:
        """Keys that differ in case are different keys (OE-19)."""
        first = shop.placed(shop.reviewed({"MUG": 1}), idempotency_key="k")
        second = shop.placed(shop.reviewed({"MUG": 1}), idempotency_key="K")

        assert first.number != second.number

    @pytest.mark.parametrize("key", ["k" * 256, "k\x00"])
    def test_unusable_key(self, shop: Shop, key: str) -> None:
        """A key is a usable text (OE-19)."""
        draft_id = shop.reviewed({"MUG": 1})

        with refused(shop, InvalidText):
            shop.placed(draft_id, idempotency_key=key)

    def test_key_of_a_request_that_failed(self, shop: Shop) -> None:
        """A request that placed nothing does not use up its key (OE-19)."""
        draft_id = shop.reviewed({"MUG": 1})
        with shop.edit(draft_id) as edit:
            edit.go_to("items")
        with refused(shop, StepNotReachable):
            shop.placed(draft_id, idempotency_key="k")
        with shop.edit(draft_id) as edit:
            edit.go_to("review")

        assert "1001" == shop.placed(draft_id, idempotency_key="k").number
