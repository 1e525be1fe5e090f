import inspect
from collections.abc import Callable
from typing import Any

import attrs
import pytest
from moneyed import Money

from cartcore.entry.editor import DraftEditor
from cartcore.entry.problems import Problem
from cartcore.entry.staff_prices import StaffPrices
from cartcore.errors import (
    CodeRejected,
    ContactNeedsAddress,
    DraftHasProblems,
    InvalidField,
    NotFound,
    SpeedsMissing,
    StepNotReachable,
)
from cartcore.orders.draft import Step
from cartcore.rules import TiedItem
from cartcore.rules.builtin import AddProduct, ChosenSpeed, OrderPercentOff
from tests.support.shop import (
    BERLIN,
    BOULDER,
    CAP,
    DENVER,
    MUG,
    Shop,
    everything,
    refused,
    stored,
    usd,
)

CONTACT, ITEMS, SHIPPING, REVIEW = Step


def blocking(shop: Shop, draft_id: str) -> list[Problem]:
    return list(shop.view(draft_id).blocking)


class TestSteps:
    @pytest.mark.parametrize(
        ("contact", "sku", "speed", "reachable", "problems"),
        [
            ("", "", "", (CONTACT,), ["no_contact", "empty_order"]),
            ("noah", "", "", (CONTACT,), ["contact_needs_address", "empty_order"]),
            ("ann", "", "", (CONTACT, ITEMS), ["empty_order"]),
            ("ann", "MUG", "", (CONTACT, ITEMS, SHIPPING), ["speed_missing"]),
            ("ann", "CARD", "", (CONTACT, ITEMS, REVIEW), []),
            ("ann", "MUG", "post", (CONTACT, ITEMS, SHIPPING, REVIEW), []),
        ],
    )
    def test_what_can_be_done_next(
        self,
        shop: Shop,
        contact: str,
        sku: str,
        speed: str,
        reachable: tuple[Step, ...],
        problems: list[str],
    ) -> None:
        """At any moment a draft tells the steps it can go to, and what is missing (OE-23)."""
        draft_id = shop.desk.start(actor="sam").id
        with shop.edit(draft_id) as edit:
            if contact:
                edit.choose_contact(contact)
            if sku:
                edit.add_sku(sku)
            if speed:
                edit.choose_speed("s1", speed)

        view = shop.view(draft_id)
        assert reachable == view.reachable
        assert problems == [problem.code for problem in view.blocking]

    def test_every_reachable_step_can_be_gone_to(self, shop: Shop) -> None:
        """A draft goes forward and back, and twice to the same step, losing nothing (OE-23)."""
        draft_id = shop.reviewed({"MUG": 2})
        before = shop.view(draft_id)

        for step in (CONTACT, CONTACT, REVIEW, ITEMS, SHIPPING, ITEMS, REVIEW, REVIEW):
            with shop.edit(draft_id) as edit:
                assert step is edit.go_to(step)
            assert step is shop.view(draft_id).step

        after = shop.view(draft_id)
        assert (before.quote, before.shipments) == (after.quote, after.shipments)

    def test_step_by_name(self, shop: Shop) -> None:
        """A step can be named by its text (OE-23)."""
        with shop.edit(shop.shipping({"MUG": 1})) as edit:
            assert ITEMS is edit.go_to("items")

    @pytest.mark.parametrize("step", ["", "REVIEW", "payment", None, 2])
    def test_no_such_step(self, shop: Shop, step: Any) -> None:
        """A step that does not exist is refused with the names of those that do (OE-23)."""
        draft_id = shop.reviewed({"MUG": 1})

        with refused(shop, InvalidField) as caught, shop.edit(draft_id) as edit:
            edit.go_to(step)

        steps = "one of contact, items, shipping, review"
        needed = steps if isinstance(step, str) else "a Step or a text"
        assert needed in str(caught.value)

    @pytest.mark.parametrize("step", [ITEMS, SHIPPING, REVIEW])
    def test_nothing_goes_before_the_contact(self, shop: Shop, step: Step) -> None:
        """No step is reached before a contact is chosen; the error says so (OE-2, OE-23)."""
        draft_id = shop.desk.start(actor="sam").id

        with refused(shop, StepNotReachable) as caught, shop.edit(draft_id) as edit:
            edit.go_to(step)

        assert (step.value, ("contact",)) == (caught.value.step, caught.value.reachable)
        assert "choose a contact first" in str(caught.value)

    @pytest.mark.parametrize("step", [ITEMS, SHIPPING, REVIEW])
    def test_nothing_goes_before_the_address(self, shop: Shop, step: Step) -> None:
        """No step is reached while the contact has no address (OE-3, OE-23)."""
        draft_id = shop.started("noah")

        with refused(shop, ContactNeedsAddress), shop.edit(draft_id) as edit:
            edit.go_to(step)

    @pytest.mark.parametrize("step", [SHIPPING, REVIEW])
    def test_nothing_goes_before_the_items(self, shop: Shop, step: Step) -> None:
        """Neither shipping nor review is reached without a line (OE-10, OE-23)."""
        draft_id = shop.started()

        with refused(shop, StepNotReachable) as caught, shop.edit(draft_id) as edit:
            edit.go_to(step)

        assert "no items" in str(caught.value)

    def test_draft_is_on_a_step_that_it_can_be_on(self, shop: Shop) -> None:
        """A draft whose speed is no longer offered is not on review any more (OE-13, OE-23)."""
        draft_id = shop.reviewed({"MUG": 1}, speed="pickup")
        others = shop.desk_with(speeds=shop.desk.store.speeds[:1])

        view = others.view(draft_id)

        assert SHIPPING is view.step
        assert ["speed"] == [c.what for c in view.cleared]
        assert ["speed_missing"] == [p.code for p in view.blocking]

    def test_view_is_the_same_twice(self, shop: Shop) -> None:
        """Looking at a draft changes nothing, neither it nor what is seen next (OE-23)."""
        shop.promote("mugs", "pin", "clothing")
        draft_id = shop.reviewed({"MUG": 3, "SH-BK-S": 1})
        before = everything(shop.storage)

        assert shop.view(draft_id) == shop.view(draft_id)
        assert before == everything(shop.storage)


class TestProblems:
    def test_line_off_sale(self, shop: Shop) -> None:
        """A line whose product went off sale is a problem with that line (OE-5, OE-23)."""
        draft_id = shop.reviewed({"PIN": 1, "MUG": 2})
        shop.change_product("mug", published=False)

        (problem,) = blocking(shop, draft_id)
        assert ("not_published", ITEMS, "l2") == (problem.code, problem.step, problem.line_id)
        assert "Mug" in problem.message

    def test_variant_off_sale(self, shop: Shop) -> None:
        """A line whose variant alone went off sale is a problem, too (OE-5, OE-23)."""
        draft_id = shop.reviewed({"SH-BK-S": 1, "SH-BK-L": 1})
        shop.change_variant("SH-BK-L", published=False)

        (problem,) = blocking(shop, draft_id)
        assert ("not_published", "l2") == (problem.code, problem.line_id)

    def test_line_gone_from_the_catalogue(self, shop: Shop) -> None:
        """A line whose SKU is no longer in the catalogue is a problem and costs nothing (OE-23)."""
        draft_id = shop.reviewed({"PIN": 1, "MUG": 2})
        shop.change_product("mug", variants=(attrs.evolve(MUG.variants[0], sku="MUG-2"),))

        (problem,) = blocking(shop, draft_id)
        assert ("product_gone", "l2") == (problem.code, problem.line_id)
        assert usd("7.90") == shop.total(draft_id)  # 3.00 + 4.90
        with shop.edit(draft_id) as edit:
            edit.remove_line("l2")
        assert [] == blocking(shop, draft_id)

    def test_line_in_another_currency(self, shop: Shop) -> None:
        """A line that is now priced in another currency is a problem (OE-23)."""
        draft_id = shop.reviewed({"PIN": 1, "MUG": 2})
        shop.change_variant("MUG", price=Money("7.50", "EUR"))

        (problem,) = blocking(shop, draft_id)
        assert ("other_currency", "l2") == (problem.code, problem.line_id)

    def test_units_without_address(self, shop: Shop) -> None:
        """Units that have no address yet are a problem with their line (OE-12, OE-23)."""
        draft_id = shop.shipping({"PIN": 1, "MUG": 2})
        with shop.edit(draft_id) as edit:
            edit.use_multiple_addresses()
            edit.assign("l2", {"s1": 1, edit.add_shipment(BOULDER): 1})
            edit.choose_speed("s1", "post")
            edit.choose_speed("s2", "post")
            edit.set_quantity("l2", 3)

        (problem,) = blocking(shop, draft_id)
        assert ("units_without_address", SHIPPING, "l2") == (
            problem.code,
            problem.step,
            problem.line_id,
        )
        with refused(shop, StepNotReachable) as caught, shop.edit(draft_id) as edit:
            edit.go_to("review")
        assert "1 × Mug" in str(caught.value)

    def test_missing_speed(self, shop: Shop) -> None:
        """A missing speed is a problem with its shipment (OE-13, OE-23)."""
        (problem,) = blocking(shop, shop.shipping({"MUG": 1}))

        assert ("speed_missing", SHIPPING, "s1") == (
            problem.code,
            problem.step,
            problem.shipment_id,
        )

    @pytest.mark.parametrize(
        ("promotion_id", "code", "step"), [("clothing", "WEAR10", ITEMS), ("five", "FIVE", REVIEW)]
    )
    @pytest.mark.parametrize("how", ["disabled", "expired"])
    def test_code_that_stopped(
        self, shop: Shop, promotion_id: str, code: str, step: Step, how: str
    ) -> None:
        """A code that stopped working is a problem with that promotion, on its step (OE-23)."""
        shop.promote(promotion_id)
        draft_id = shop.reviewed({"SH-BK-S": 1})
        with shop.edit(draft_id) as edit:
            edit.go_to(step)
            edit.enter_code(code)
            edit.go_to("review")
        if how == "disabled":
            shop.change_promotion(promotion_id, enabled=False)
        else:
            shop.change_promotion(promotion_id, ends_at=shop.clock.now)

        (problem,) = blocking(shop, draft_id)
        assert ("promotion_not_applied", step, promotion_id) == (
            problem.code,
            problem.step,
            problem.promotion_id,
        )
        assert usd("24.90") == shop.total(draft_id)
        with shop.edit(draft_id) as edit:
            edit.remove_promotion(promotion_id)
        assert [] == blocking(shop, draft_id)

    def test_tied_product_off_sale(self, shop: Shop) -> None:
        """A pick whose product went off sale is a problem with the promotion (OE-7, OE-23)."""
        shop.promote("cap")
        draft_id = shop.with_items({"CARD": 1})
        with shop.edit(draft_id) as edit:
            edit.pick_promotion("cap", {"cap": {"Color": "Red"}})
        shop.change_variant("CAP-RED", published=False)

        (problem,) = blocking(shop, draft_id)
        assert ("promotion_not_applied", "cap") == (problem.code, problem.promotion_id)
        assert {"l1"} == {line.line_id for line in shop.quote(draft_id).lines}

    @pytest.mark.parametrize(
        ("lack", "code", "message"),
        [
            (
                lambda shop: shop.change_product("pin", published=False),
                "tied_product_not_available",
                "A free pin with three items: Pin is no longer on sale",
            ),
            (
                lambda shop: shop.change_promotion(
                    "pin", effect=AddProduct(items=(TiedItem(key="g", product_id="gone"),))
                ),
                "tied_product_missing",
                "A free pin with three items: a product that it adds is no longer in the catalogue",
            ),
        ],
        ids=["not published", "missing"],
    )
    def test_a_gift_that_cannot_be_had(
        self, shop: Shop, lack: Callable[[Shop], object], code: str, message: str
    ) -> None:
        """Staff see why an automatic gift that is due is missing; it can be let go (OE-7)."""
        shop.promote("pin")
        lack(shop)
        few, draft_id = shop.reviewed({"MUG": 2}), shop.reviewed({"MUG": 3})

        def found(draft_id: str) -> list[Problem]:
            return [each for each in shop.view(draft_id).problems if each.promotion_id]

        assert [] == found(few)
        [problem] = found(draft_id)
        assert (code, message, "pin", False) == (
            problem.code,
            problem.message,
            problem.promotion_id,
            problem.blocking,
        )
        with shop.edit(draft_id) as edit:
            edit.remove_promotion("pin")
        assert [] == found(draft_id)
        shop.placed(draft_id)

    def test_editing_is_not_blocked_by_problems_elsewhere(self, shop: Shop) -> None:
        """Whatever is wrong, everything else can be edited; placing cannot be done (OE-23)."""
        shop.promote("clothing", "five", "cap")
        draft_id = shop.shipping({"SH-BK-S": 1, "MUG": 2, "PIN": 1})
        with shop.edit(draft_id) as edit:
            edit.go_to("items")
            edit.enter_code("WEAR10")
        shop.change_promotion("clothing", ends_at=shop.clock.now)
        shop.change_product("mug", published=False)

        with shop.edit(draft_id) as edit:
            edit.set_quantity("l1", 4)
            edit.set_quantity("l2", 3)  # even of the line that went off sale
            edit.set_options("l1", {"Color": "White", "Size": "S"})
            edit.remove_line("l3")
            edit.add_sku("CARD")
            edit.pick_promotion("cap", {"cap": {"Color": "Red"}})
            edit.add_contact_address(BERLIN)
            edit.ship_to(BOULDER)
            edit.use_multiple_addresses()
            edit.mark_gift("l1")
            edit.choose_speed("s1", "post")
            edit.go_to("review")
            edit.enter_code("FIVE")

        assert ["not_published", "promotion_not_applied"] == [
            p.code for p in blocking(shop, draft_id)
        ]
        with refused(shop, DraftHasProblems) as caught:
            shop.placed(draft_id)
        assert "10% off clothing" in str(caught.value)
        assert "Mug" in str(caught.value)


class TestCodesOnReview:
    def test_order_discount(self, shop: Shop) -> None:
        """An order discount code takes off what the item discounts left (OE-17)."""
        shop.promote("mugs", "five")
        draft_id = shop.reviewed({"MUG": 2, "PIN": 1})
        with shop.edit(draft_id) as edit:
            edit.enter_code("five")

        quote = shop.quote(draft_id)
        assert usd("0.80") == quote.totals.order_discounts  # 5% of 13.00 + 3.00
        assert usd("20.10") == quote.total  # 16.00 - 0.80 + 4.90
        assert REVIEW is stored(shop, draft_id).step

    def test_two_order_discounts(self, shop: Shop) -> None:
        """A second order discount works on what the first one left (OE-17)."""
        shop.promote("ten", "five")
        draft_id = shop.reviewed({"SH-BK-S": 3})
        with shop.edit(draft_id) as edit:
            edit.enter_code("TAKE10")
            edit.enter_code("FIVE")

        assert usd("52.40") == shop.total(draft_id)  # (60.00 - 10.00) less 5%, + 4.90

    def test_free_shipping(self, shop: Shop) -> None:
        """A free shipping code makes its speed free (OE-17)."""
        shop.promote("free-post")
        draft_id = shop.reviewed({"MUG": 2})
        with shop.edit(draft_id) as edit:
            edit.enter_code("SHIPFREE")

        totals = shop.quote(draft_id).totals
        assert (usd("4.90"), usd("4.90"), usd("15.00")) == (
            totals.shipping,
            totals.shipping_discounts,
            totals.total,
        )

    def test_free_shipping_by_another_speed(self, shop: Shop) -> None:
        """A free shipping code for a speed that was not chosen is refused (OE-17)."""
        shop.promote("free-post")
        draft_id = shop.reviewed({"MUG": 2}, speed="express")

        with refused(shop, CodeRejected) as caught, shop.edit(draft_id) as edit:
            edit.enter_code("SHIPFREE")

        assert "other_speed" == caught.value.reason
        assert "needs Post shipping" == caught.value.message

    def test_speeds_are_told_by_their_names(self, shop: Shop) -> None:
        """A condition names the speed that it needs as its provider does, not by code (PR-17)."""
        fast = ChosenSpeed(speeds=("express", "by-drone"))
        shop.promote("free-post")
        shop.change_promotion("free-post", effect=OrderPercentOff(percent="5"), conditions=(fast,))
        draft_id = shop.reviewed({"MUG": 2})

        with refused(shop, CodeRejected) as caught, shop.edit(draft_id) as edit:
            edit.enter_code("SHIPFREE")

        assert "needs Express or by-drone shipping instead of Post" == caught.value.message

    def test_speed_changed_afterwards(self, shop: Shop) -> None:
        """A free shipping code stays through a change of speed, as a problem (OE-17, OE-23)."""
        shop.promote("free-post")
        draft_id = shop.reviewed({"MUG": 2})
        with shop.edit(draft_id) as edit:
            edit.enter_code("SHIPFREE")
            edit.choose_speed("s1", "express")
            edit.go_to("review")
        assert ["promotion_not_applied"] == [p.code for p in blocking(shop, draft_id)]

        with shop.edit(draft_id) as edit:
            edit.choose_speed("s1", "post")
            edit.go_to("review")

        assert [] == blocking(shop, draft_id)
        assert usd("15.00") == shop.placed(draft_id).total


class TestReview:
    def test_shows_everything(self, shop: Shop) -> None:
        """Review has contact, lines, shipments, promotions with effects, and totals (OE-16)."""
        shop.promote("mugs", "five", "free-post")
        draft_id = shop.reviewed({"MUG": 2, "CARD": 1})
        with shop.edit(draft_id) as edit:
            edit.enter_code("FIVE")
            edit.enter_code("SHIPFREE")

        view = shop.view(draft_id)
        assert view.contact is not None
        assert ("Ann Lee", DENVER) == (view.contact.name, view.contact.primary_address)
        assert [("Mug", 2), ("Gift card", 1)] == [
            (line.description, line.quantity) for line in view.quote.lines
        ]
        assert [(DENVER, "Post")] == [
            (s.shipment.address, s.speed and s.speed.name) for s in view.shipments
        ]
        assert [
            ("1.00 off each mug", usd("2.00")),
            ("5% off the order", usd("1.90")),
            ("Free post", usd("4.90")),
        ] == [(d.promotion_name, d.discount) for d in view.quote.decisions]
        # 15.00 + 25.00 - 2.00 - 1.90 + 4.90 - 4.90
        assert usd("36.10") == view.quote.total


def _open_for_all(shop: Shop) -> str:
    """A draft in which every editing method has something to do, and the order 1001."""
    assert "1001" == shop.placed(shop.reviewed({"SH-BK-L": 2}, "zoe")).number
    free = StaffPrices(custom_items=True, lower_percent=100, raise_percent=100)
    shop.desk = shop.desk_with(staff_prices=free)
    shop.promote("mugs", "pin", "clothing", "cap", "five", "vip")
    draft_id = shop.shipping({"MUG": 4, "SH-BK-S": 2, "CARD": 1})
    with shop.edit(draft_id) as edit:
        edit.pick_promotion("cap", {"cap": {"Color": "Red"}})
        edit.save_items()
        edit.use_multiple_addresses()
        away = edit.add_shipment(BOULDER)
        edit.assign("l1", {"s1": 1, away: 3})
        edit.mark_gift("l2")
        edit.choose_speed("s1", "express")
        edit.choose_speed(away, "post")
        edit.go_to("items")
        edit.discount_line("l1", percent=5, reason="Dent", actor="kim")
        edit.set_price("l3", usd("20.00"), reason="Loyal", actor="kim")
        assert "l4" == edit.add_fee("Small order", usd("2.00"), actor="kim")
        edit.save_items()
        edit.go_to("review")
    return draft_id


def _discount_line(edit: DraftEditor) -> None:
    edit.go_to("items")
    edit.discount_line("l2", amount=usd("1.00"), reason="Scratch", actor="kim")


def _back_to_items(change: Callable[[DraftEditor], object]) -> Callable[[DraftEditor], object]:
    def changes(edit: DraftEditor) -> None:
        edit.go_to("items")
        change(edit)

    return changes


def _enter_item_code(edit: DraftEditor) -> None:
    edit.go_to("items")
    edit.enter_code("WEAR10")


def _restore(edit: DraftEditor) -> None:
    earlier = attrs.evolve(edit.draft, note="As before")
    edit.remove_line("l1")
    edit.restore(earlier)


CHANGES: dict[str, Callable[[DraftEditor], object]] = {
    "choose_contact": lambda edit: edit.choose_contact("zoe"),
    "create_contact": lambda edit: edit.create_contact("Kim", address=BERLIN),
    "add_contact_address": lambda edit: edit.add_contact_address(BERLIN, primary=True),
    "add_item": lambda edit: edit.add_item("cap", {"Color": "Blue"}, quantity=2),
    "add_sku": lambda edit: edit.add_sku("PIN", quantity=3),
    "scan": lambda edit: edit.scan(" PIN ", quantity=3),
    "take_over": lambda edit: edit.take_over(edit._work.orders.by_number("1001")),
    "set_quantity": lambda edit: edit.set_quantity("l1", 1),
    "set_options": lambda edit: edit.set_options("l2", {"Color": "Black", "Size": "L"}),
    "set_options (tied)": lambda edit: edit.set_options("cap:cap", {"Color": "Blue"}),
    "remove_line": lambda edit: edit.remove_line("l1"),
    "add_custom_item": _back_to_items(
        lambda edit: edit.add_custom_item("Engraving", usd("3.00"), actor="kim")
    ),
    "add_fee": _back_to_items(lambda edit: edit.add_fee("Rush", usd("9.00"), actor="kim")),
    "change_custom_item": _back_to_items(
        lambda edit: edit.change_custom_item("l4", price=usd("1.50"), actor="kim")
    ),
    "set_price": _back_to_items(
        lambda edit: edit.set_price("l2", usd("9.00"), reason="Loyal", actor="kim")
    ),
    "reset_price": _back_to_items(lambda edit: edit.reset_price("l3")),
    "save_items": lambda edit: edit.save_items(),
    "discount_line": _discount_line,
    "discount_order": lambda edit: edit.discount_order(percent=5, reason="Late", actor="kim"),
    "remove_discount": lambda edit: edit.remove_discount("by-hand-1"),
    "enter_code": lambda edit: edit.enter_code("FIVE"),
    "enter_code (item)": _enter_item_code,
    "pick_promotion": lambda edit: edit.pick_promotion("vip"),
    "remove_promotion": lambda edit: edit.remove_promotion("pin"),
    "ship_to": lambda edit: edit.ship_to(BERLIN, save_to_contact=True),
    "use_multiple_addresses": lambda edit: edit.use_multiple_addresses(),
    "use_one_address": lambda edit: edit.use_one_address(),
    "add_shipment": lambda edit: edit.add_shipment(BERLIN, save_to_contact=True),
    "assign": lambda edit: edit.assign("l2", {"s1": 1, "s2": 1}),
    "mark_gift": lambda edit: edit.mark_gift("l1", "Hi"),
    "unmark_gift": lambda edit: edit.unmark_gift("l2"),
    "choose_speed": lambda edit: edit.choose_speed("s2", "express"),
    "set_note": lambda edit: edit.set_note("Call before noon"),
    "set_reference": lambda edit: edit.set_reference("PO-4711"),
    "set_attributes": lambda edit: edit.set_attributes({"po": "4711"}),
    "set_line_attributes": lambda edit: edit.set_line_attributes("l1", {"engraving": "Ann"}),
    "set_shipment_attributes": lambda edit: edit.set_shipment_attributes("s2", {"dock": 7}),
    "restore": _restore,
    "go_to": lambda edit: edit.go_to("items"),
}
NOT_EDITING = {"end", "draft", "quote", "view", "store_contacts"}


class TestPreview:
    def test_all_editing_methods_are_tried(self) -> None:
        """The table of changes below has every method of the editor (OE-24)."""
        methods = {name for name, _ in inspect.getmembers(DraftEditor) if name[0] != "_"}

        assert methods - NOT_EDITING == {name.split(" ")[0] for name in CHANGES}

    @pytest.mark.parametrize("name", CHANGES)
    def test_same_as_the_edit(self, shop: Shop, name: str) -> None:
        """What a preview says a change will cost is what the edit stores (OE-24)."""
        draft_id = _open_for_all(shop)
        before = everything(shop.storage)
        with shop.desk.preview(draft_id) as trial:
            CHANGES[name](trial)
            expected, step = trial.quote, trial.draft.step
        assert before == everything(shop.storage)

        with shop.edit(draft_id) as edit:
            CHANGES[name](edit)

        assert expected == shop.quote(draft_id)
        assert step is stored(shop, draft_id).step
        assert before != everything(shop.storage)

    def test_effect_on_the_total(self, shop: Shop) -> None:
        """The effect of a change on the total is known before it is done (OE-24)."""
        draft_id = shop.reviewed({"MUG": 2})  # 15.00 + 4.90
        shop.promote("five")
        changes: dict[str, tuple[str, Callable[[DraftEditor], object]]] = {
            "add": ("3.00", lambda edit: edit.add_sku("PIN")),
            "remove": ("-19.90", lambda edit: edit.remove_line("l1")),
            "code": ("-0.75", lambda edit: edit.enter_code("FIVE")),
            "address": ("0.00", lambda edit: edit.ship_to(BERLIN)),
            "speed": ("4.10", lambda edit: edit.choose_speed("s1", "express")),
        }

        for effect, change in changes.values():
            with shop.desk.preview(draft_id) as trial:
                change(trial)
                assert usd(effect) == trial.quote.total - usd("19.90")
        assert usd("19.90") == shop.total(draft_id)

    @pytest.mark.parametrize(
        ("change", "error"),
        [
            (lambda edit: edit.set_quantity("l9", 2), NotFound),
            (lambda edit: edit.go_to("review"), SpeedsMissing),
            (lambda edit: edit.enter_code("NONSENSE"), CodeRejected),
        ],
    )
    def test_same_errors(
        self, shop: Shop, change: Callable[[DraftEditor], object], error: Any
    ) -> None:
        """A change that is not possible raises the same error when it is previewed (OE-24)."""
        draft_id = shop.shipping({"MUG": 2})

        with refused(shop, error), shop.desk.preview(draft_id) as trial:
            change(trial)

    def test_failed_change_leaves_the_editor_as_it_was(self, shop: Shop) -> None:
        """A change that fails can be caught, and the others of the block are kept (OE-22)."""
        draft_id = shop.with_items({"MUG": 2})
        with shop.edit(draft_id) as edit:
            edit.add_sku("PIN")
            with pytest.raises(NotFound):
                edit.add_sku("NO-SUCH")
            edit.set_quantity("l1", 3)

        assert usd("25.50") == shop.total(draft_id)  # 3.00 + 3 × 7.50

    def test_tied_product_has_the_catalogues_variants(self, shop: Shop) -> None:
        """A preview sees the catalogue as it is now, as the edit will (OE-24)."""
        shop.promote("cap")
        draft_id = shop.with_items({"CARD": 1})
        shop.change_product("cap", variants=(CAP.variants[1],))

        with shop.desk.preview(draft_id) as trial:
            trial.pick_promotion("cap")
            assert usd("31.00") == trial.quote.total
