from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import attrs
import pytest

from cartcore.adapters.memory import MemoryStorage
from cartcore.cart import AppliedPromotion
from cartcore.errors import (
    CodeOnWrongStep,
    CodeRejected,
    InvalidField,
    InvalidText,
    NotFound,
    OptionsNotAvailable,
    OptionsRequired,
    PromotionNotAvailable,
    StepNotReachable,
)
from cartcore.orders.draft import Step
from cartcore.rules import TiedItem
from cartcore.rules.builtin import AddProduct, MinSubtotal
from cartcore.shop.product import OpenOptions
from cartcore.storage import Storage
from tests.support.shop import BOULDER, NOON, PROMOTIONS, Shop, refused, stored, usd

CAP_OPTIONS = OpenOptions("cap", "cap", "Cap", ("Color",), (("Red",), ("Blue",)))


@pytest.fixture
def storage() -> Storage:
    """Memory alone: what is tested here is decided before anything is stored."""
    return MemoryStorage()


def lines(shop: Shop, draft_id: str) -> dict[str, tuple[str, int, str]]:
    return {i.line_id: (i.sku, i.quantity, i.tied_to) for i in shop.quote(draft_id).lines}


def with_code(shop: Shop, skus: Mapping[str, int], code: str) -> str:
    draft_id = shop.with_items(skus)
    with shop.edit(draft_id) as edit:
        edit.enter_code(code)
    return draft_id


class TestItemCodes:
    def test_code_discounts_lines_that_are_there(self, shop: Shop) -> None:
        """An item-level code discounts the lines that match it, and those only (OE-6)."""
        shop.promote("clothing")
        draft_id = with_code(shop, {"SH-BK-L": 2, "MUG": 1}, "WEAR10")

        quote = shop.quote(draft_id)
        assert usd("47.10") == quote.total  # 44.00 - 4.40 + 7.50
        assert [("l1", "WEAR10", usd("4.40"))] == [
            (a.line_id, a.promo_code, a.discount) for a in quote.adjustments
        ]

    def test_code_discounts_lines_that_come_later(self, shop: Shop) -> None:
        """A code stays and discounts matching lines that are added after it (OE-6)."""
        shop.promote("clothing")
        draft_id = with_code(shop, {"SH-BK-L": 1}, "WEAR10")
        with shop.edit(draft_id) as edit:
            edit.add_sku("SH-WH-S")

        assert usd("37.80") == shop.total(draft_id)  # 42.00 less 10%

    def test_code_adds_its_lines(self, shop: Shop) -> None:
        """An item-level code adds the lines tied to it, with their discounts (OE-6)."""
        shop.promote("red-caps")
        draft_id = with_code(shop, {"MUG": 1}, "REDCAPS")

        assert {
            "l1": ("MUG", 1, ""),
            "red-caps:caps": ("CAP-RED", 2, "red-caps"),
        } == lines(shop, draft_id)
        quote = shop.quote(draft_id)
        assert usd("27.50") == quote.totals.items
        assert usd("20.00") == quote.totals.item_discounts
        assert usd("7.50") == quote.total

    def test_code_alone_can_be_the_order(self, shop: Shop) -> None:
        """An order can consist of what a code adds, as a free sample (OE-6, OE-10)."""
        shop.promote("red-caps")
        draft_id = with_code(shop, {}, "REDCAPS")

        with shop.edit(draft_id) as edit:
            assert Step.SHIPPING is edit.save_items()

    @pytest.mark.parametrize(
        "typed", ["wear10", " WEAR10\t", "Wear10", "wear ten", "WEAR  TEN", "\nwear ten "]
    )
    def test_case_and_outer_spaces_do_not_matter(self, shop: Shop, typed: str) -> None:
        """A code is accepted in any case and with spaces around it (OE-6, OE-17)."""
        shop.promote("clothing")
        draft_id = with_code(shop, {"SH-BK-S": 1}, typed)

        assert usd("18.00") == shop.total(draft_id)
        shown = "WEAR10" if "10" in typed else "Wear Ten"
        assert (AppliedPromotion(promotion_id="clothing", promo_code=shown),) == stored(
            shop, draft_id
        ).applied

    @pytest.mark.parametrize(
        "typed",
        [
            "W" * 10_000,
            "WEAR\x0010",
            "WEAR10\x1b[0m",
            "\u202e\u200b",
            "WEAR\n10",
            "",
            "  ",
            None,
            10,
        ],
        ids=repr,
    )
    def test_unusable_code(self, shop: Shop, typed: Any) -> None:
        """A code that no promotion could have is refused before it is looked for (OE-17)."""
        shop.promote("clothing")
        draft_id = shop.with_items({"SH-BK-S": 1})

        with refused(shop, InvalidText) as caught, shop.edit(draft_id) as edit:
            edit.enter_code(typed)

        assert len(str(caught.value)) < 200

    def test_code_before_the_contact(self, shop: Shop) -> None:
        """A code cannot be entered before there is a contact (OE-17)."""
        shop.promote("clothing")
        draft_id = shop.desk.start(actor="sam").id

        with refused(shop, StepNotReachable), shop.edit(draft_id) as edit:
            edit.enter_code("WEAR10")

    def test_code_with_open_options(self, shop: Shop) -> None:
        """A code whose product has open options needs them chosen, like a pick (OE-6, OE-7)."""
        shop.promote("red-caps")
        shop.change_promotion(
            "red-caps", effect=AddProduct(items=(TiedItem(key="caps", product_id="cap"),))
        )
        draft_id = shop.with_items({"MUG": 1})
        with refused(shop, OptionsRequired), shop.edit(draft_id) as edit:
            edit.enter_code("REDCAPS")

        with shop.edit(draft_id) as edit:
            edit.enter_code("REDCAPS", {"caps": {"Color": "Blue"}})

        assert ("CAP-BLUE", 1, "red-caps") == lines(shop, draft_id)["red-caps:caps"]


class TestWhyACodeIsRefused:
    @pytest.mark.parametrize(
        ("code", "reason"),
        [
            ("NONSENSE", "unknown"),
            ("TOMORROW", "not_started"),
            ("PAST", "expired"),
            ("OFF", "disabled"),
            ("WEAR10", "nothing_selected"),
            ("FIRST", "used_up"),
            ("ONCE", "used_up_by_contact"),
            ("REDCAPS", "already_applied"),
        ],
    )
    def test_reason(self, shop: Shop, code: str, reason: str) -> None:
        """Each reason why a code cannot be used has its own name (OE-17)."""
        shop.promote("tomorrow", "past", "off", "clothing", "first", "once", "red-caps")
        used = shop.reviewed({"MUG": 1})
        with shop.edit(used) as edit:
            edit.go_to("items")
            edit.enter_code("ONCE")
            edit.enter_code("FIRST")
            edit.go_to("review")
        shop.placed(used)
        draft_id = with_code(shop, {"MUG": 1}, "REDCAPS")

        with refused(shop, CodeRejected) as caught, shop.edit(draft_id) as edit:
            edit.enter_code(code)

        assert (code, reason) == (caught.value.promo_code, caught.value.reason)
        assert code in str(caught.value)

    def test_used_by_another_contact(self, shop: Shop) -> None:
        """A limit per contact does not count the orders of others (OE-17)."""
        shop.promote("once")
        used = shop.reviewed({"MUG": 1}, "zoe")
        with shop.edit(used) as edit:
            edit.go_to("items")
            edit.enter_code("ONCE")
            edit.go_to("review")
        shop.placed(used)

        draft_id = with_code(shop, {"MUG": 1}, "ONCE")

        assert usd("6.00") == shop.total(draft_id)

    def test_not_eligible(self, shop: Shop) -> None:
        """A code whose condition does not hold says what is missing (OE-17)."""
        shop.promote("ten")
        draft_id = shop.reviewed({"SH-BK-L": 2})

        with refused(shop, CodeRejected) as caught, shop.edit(draft_id) as edit:
            edit.enter_code("TAKE10")

        assert "min_subtotal" == caught.value.reason
        assert "needs 6.00 USD more" in str(caught.value)

    def test_nothing_left_to_discount(self, shop: Shop) -> None:
        """A code for what is free already is refused (OE-17)."""
        shop.promote("red-caps", "clothing")
        shop.change_promotion("clothing", effect=PROMOTIONS["tomorrow"].effect, priority=-1)
        draft_id = with_code(shop, {}, "REDCAPS")

        with refused(shop, CodeRejected) as caught, shop.edit(draft_id) as edit:
            edit.enter_code("WEAR10")

        assert "nothing_to_discount" == caught.value.reason

    @pytest.mark.parametrize(
        ("promotion_id", "code", "moment", "accepted"),
        [
            ("tomorrow", "TOMORROW", NOON + timedelta(days=1, microseconds=-1), False),
            ("tomorrow", "TOMORROW", NOON + timedelta(days=1), True),
            ("past", "PAST", NOON - timedelta(microseconds=1), True),
            ("past", "PAST", NOON, False),
        ],
    )
    def test_window(
        self, shop: Shop, promotion_id: str, code: str, moment: Any, *, accepted: bool
    ) -> None:
        """A code works from its start, inclusive, to its end, exclusive (OE-17)."""
        shop.promote(promotion_id)
        draft_id = shop.with_items({"MUG": 1})
        shop.clock.now = moment

        if accepted:
            with shop.edit(draft_id) as edit:
                assert edit.enter_code(code).applied
        else:
            with refused(shop, CodeRejected), shop.edit(draft_id) as edit:
                edit.enter_code(code)

    @pytest.mark.parametrize(
        ("code", "step", "right"),
        [
            ("WEAR10", "shipping", "items"),
            ("WEAR10", "review", "items"),
            ("REDCAPS", "review", "items"),
            ("FIVE", "items", "review"),
            ("FIVE", "shipping", "review"),
            ("FIVE", "contact", "review"),
            ("SHIPFREE", "items", "review"),
            ("SHIPFREE", "shipping", "review"),
        ],
    )
    def test_wrong_step(self, shop: Shop, code: str, step: str, right: str) -> None:
        """A code entered on the wrong step gets an error that names the right one (OE-17)."""
        shop.promote("clothing", "red-caps", "five", "free-post")
        draft_id = shop.reviewed({"SH-BK-S": 1})
        with shop.edit(draft_id) as edit:
            edit.go_to(step)

        with refused(shop, CodeOnWrongStep) as caught, shop.edit(draft_id) as edit:
            edit.enter_code(code)

        assert (step, right) == (caught.value.step, caught.value.belongs_to)
        assert f"enter it on the {right} step" in str(caught.value)

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"ends_at": NOON}, "expired"),
            ({"starts_at": NOON + timedelta(days=1)}, "not_started"),
            ({"enabled": False}, "disabled"),
        ],
    )
    @pytest.mark.parametrize("step", ["contact", "items", "review"])
    def test_what_counts_on_no_step_is_told_on_each(
        self, shop: Shop, changes: dict[str, Any], reason: str, step: str
    ) -> None:
        """Nobody is sent to another step with a code whose time is over (OE-17)."""
        shop.promote("five")
        shop.change_promotion("five", **changes)
        draft_id = shop.reviewed({"SH-BK-S": 1})
        with shop.edit(draft_id) as edit:
            edit.go_to(step)

        with refused(shop, CodeRejected) as caught, shop.edit(draft_id) as edit:
            edit.enter_code("FIVE")

        assert reason == caught.value.reason


class TestPicking:
    def test_list_is_for_this_cart_and_contact(self, shop: Shop) -> None:
        """Listed is what can be picked by this contact, and what it would take off (OE-7)."""
        shop.promote("vip", "cap", "clothing", "mugs")
        skus = {"SH-BK-S": 1}

        anns = shop.desk.available_promotions(shop.with_items(skus, "ann"))
        zoes = shop.desk.available_promotions(shop.with_items(skus, "zoe"))

        assert {"vip": usd("2.00"), "cap": usd("0.00")} == {
            a.promotion.id: a.decision.discount for a in anns
        }
        assert {"cap": (CAP_OPTIONS,)} == {z.promotion.id: z.decision.open_options for z in zoes}

    def test_list_looks_at_the_cart(self, shop: Shop) -> None:
        """What has nothing to discount in this cart is not listed (OE-7)."""
        shop.promote("vip")

        assert () == shop.desk.available_promotions(shop.started("ann"))

    def test_list_leaves_out_what_is_there(self, shop: Shop) -> None:
        """A promotion that is picked already is not listed any more (OE-7)."""
        shop.promote("vip", "cap")
        draft_id = shop.with_items({"SH-BK-S": 1})
        with shop.edit(draft_id) as edit:
            edit.pick_promotion("vip")

        assert ["cap"] == [a.promotion.id for a in shop.desk.available_promotions(draft_id)]

    def test_list_of_those_not_earned_yet(self, shop: Shop) -> None:
        """Asked for, what more in the cart would unlock is listed last, with what is missing."""
        shop.promote("vip", "cap", "clothing")
        draft_id = shop.with_items({"MUG": 1})
        with shop.storage.write() as work:
            need = MinSubtotal(amount=usd("20.00"))
            vip = work.promotions.get("vip")
            work.promotions.add(attrs.evolve(vip, id="from-20", version=0, conditions=(need,)))
            work.commit()

        listed = shop.desk.available_promotions(draft_id, unearned=True)

        assert [("cap", True), ("vip", True), ("from-20", False)] == [
            (a.promotion.id, a.earned) for a in listed
        ]
        assert usd("12.50") == listed[-1].decision.missing_amount
        assert "12.50 USD" in listed[-1].decision.message
        assert listed[:2] == shop.desk.available_promotions(draft_id)

    def test_options_come_first(self, shop: Shop) -> None:
        """A tied product's open options are chosen before the promotion is added (OE-7)."""
        shop.promote("cap")
        draft_id = shop.with_items({"MUG": 1})

        with refused(shop, OptionsRequired) as caught, shop.edit(draft_id) as edit:
            edit.pick_promotion("cap")
        assert (CAP_OPTIONS,) == caught.value.open
        assert () == stored(shop, draft_id).applied

        with shop.edit(draft_id) as edit:
            assert edit.pick_promotion("cap", {"cap": {"Color": "Blue"}}).applied
        assert {"l1": ("MUG", 1, ""), "cap:cap": ("CAP-BLUE", 1, "cap")} == lines(shop, draft_id)
        assert usd("13.50") == shop.total(draft_id)

    @pytest.mark.parametrize(
        ("choices", "error"),
        [
            ({}, OptionsRequired),
            ({"cap": {}}, OptionsRequired),
            ({"other": {"Color": "Red"}}, OptionsRequired),
            ({"cap": {"Color": "Pink"}}, OptionsNotAvailable),
            ({"cap": {"Colour": "Red"}}, OptionsNotAvailable),
            ({"cap": {"Color": "Red", "Size": "L"}}, OptionsNotAvailable),
            ({"cap": {"Color": "Red"}, "other": {"Color": "Red"}}, InvalidField),
        ],
    )
    def test_unusable_choices(
        self, shop: Shop, choices: dict[str, dict[str, str]], error: Any
    ) -> None:
        """Choices for a tied product must be complete, right, and for it alone (OE-4, OE-7)."""
        shop.promote("cap")
        draft_id = shop.with_items({"MUG": 1})

        with refused(shop, error), shop.edit(draft_id) as edit:
            edit.pick_promotion("cap", choices)

    def test_choice_that_went_off_sale_is_not_offered(self, shop: Shop) -> None:
        """Only published variants of a tied product can be chosen (OE-5, OE-7)."""
        shop.promote("cap")
        draft_id = shop.with_items({"MUG": 1})
        shop.change_variant("CAP-BLUE", published=False)

        with shop.edit(draft_id) as edit:
            edit.pick_promotion("cap")  # the red one is the only one left

        assert ("CAP-RED", 1, "cap") == lines(shop, draft_id)["cap:cap"]

    @pytest.mark.parametrize(
        ("promotion_id", "reason"),
        [
            ("vip", "contact_tag"),
            ("clothing", "needs_code"),
            ("red-caps", "needs_code"),
            ("cap", "already_applied"),
            ("cheap-shipping", "disabled"),
        ],
    )
    def test_not_available(self, shop: Shop, promotion_id: str, reason: str) -> None:
        """What this cart and contact cannot have is refused with the reason (OE-7)."""
        shop.promote("vip", "clothing", "red-caps", "cap", "cheap-shipping")
        shop.change_promotion("cheap-shipping", enabled=False)
        draft_id = shop.reviewed({"SH-BK-S": 1}, "zoe", "air")
        with shop.edit(draft_id) as edit:
            edit.pick_promotion("cap", {"cap": {"Color": "Red"}})

        with refused(shop, PromotionNotAvailable) as caught, shop.edit(draft_id) as edit:
            edit.pick_promotion(promotion_id)

        assert reason == caught.value.reason

    def test_unknown_promotion(self, shop: Shop) -> None:
        """A promotion that does not exist is not found (OE-7)."""
        draft_id = shop.with_items({"MUG": 1})

        with refused(shop, NotFound), shop.edit(draft_id) as edit:
            edit.pick_promotion("no-such")

    def test_shipping_promotion_needs_review(self, shop: Shop) -> None:
        """A picked promotion belongs to the step of its class (OE-7, OE-17)."""
        shop.promote("cheap-shipping")
        draft_id = shop.with_items({"MUG": 1})
        with pytest.raises(Exception, match="choose a shipping speed"), shop.edit(draft_id) as edit:
            edit.pick_promotion("cheap-shipping")

        draft_id = shop.reviewed({"MUG": 1})
        with shop.edit(draft_id) as edit:
            edit.pick_promotion("cheap-shipping")

        assert usd("9.40") == shop.total(draft_id)  # 7.50 + 4.90 - 3.00


class TestRemoving:
    @pytest.mark.parametrize(
        ("promotion_id", "code"), [("clothing", "WEAR10"), ("red-caps", "REDCAPS"), ("cap", "")]
    )
    def test_adding_and_removing_changes_nothing(
        self, shop: Shop, promotion_id: str, code: str
    ) -> None:
        """Removing a promotion removes its lines and adjustments and nothing else (OE-8)."""
        shop.promote("clothing", "red-caps", "cap", "mugs")
        draft_id = shop.with_items({"SH-BK-L": 2, "CAP-RED": 1, "MUG": 3})
        before = shop.quote(draft_id)
        with shop.edit(draft_id) as edit:
            if code:
                edit.enter_code(code)
            else:
                edit.pick_promotion(promotion_id, {"cap": {"Color": "Red"}})
        assert before != shop.quote(draft_id)

        with shop.edit(draft_id) as edit:
            edit.remove_promotion(promotion_id)

        assert before == shop.quote(draft_id)
        assert () == stored(shop, draft_id).refused  # what came by hand can come by hand again

    def test_others_stay(self, shop: Shop) -> None:
        """Removing one of several promotions leaves the others as they were (OE-8)."""
        shop.promote("clothing", "red-caps")
        draft_id = shop.with_items({"SH-BK-L": 2})
        with shop.edit(draft_id) as edit:
            edit.enter_code("WEAR10")
            edit.enter_code("REDCAPS")
            edit.remove_promotion("red-caps")

        assert usd("39.60") == shop.total(draft_id)  # 44.00 less 10%
        assert {"l1": ("SH-BK-L", 2, "")} == lines(shop, draft_id)

    def test_tied_and_by_hand_are_two_lines(self, shop: Shop) -> None:
        """A variant both tied and entered by hand stays two lines (OE-8)."""
        shop.promote("red-caps")
        draft_id = with_code(shop, {"CAP-RED": 1}, "REDCAPS")
        with shop.edit(draft_id) as edit:
            edit.add_sku("CAP-RED")

        assert {
            "l1": ("CAP-RED", 2, ""),
            "red-caps:caps": ("CAP-RED", 2, "red-caps"),
        } == lines(shop, draft_id)
        assert usd("20.00") == shop.total(draft_id)

        with shop.edit(draft_id) as edit:
            edit.remove_promotion("red-caps")

        assert {"l1": ("CAP-RED", 2, "")} == lines(shop, draft_id)
        assert usd("20.00") == shop.total(draft_id)

    def test_addresses_of_the_other_lines_stay(self, shop: Shop) -> None:
        """A removed promotion takes its own units out of the shipments only (OE-8, OE-15)."""
        shop.promote("red-caps")
        draft_id = with_code(shop, {"MUG": 1, "PIN": 1}, "REDCAPS")
        with shop.edit(draft_id) as edit:
            edit.save_items()
            edit.use_multiple_addresses()
            away = edit.add_shipment(BOULDER)
            edit.assign("l2", {away: 1})
            edit.assign("red-caps:caps", {"s1": 1, away: 1})
            edit.choose_speed(away, "post")
            edit.remove_promotion("red-caps")

        assert [("s1", [("l1", 1)], ""), ("s2", [("l2", 1)], "post")] == [
            (s.id, [(part.line_id, part.quantity) for part in s.lines], s.speed)
            for s in stored(shop, draft_id).shipments
        ]

    @pytest.mark.parametrize("promotion_id", ["clothing", "no-such"])
    def test_what_is_not_there(self, shop: Shop, promotion_id: str) -> None:
        """A promotion that the order does not have cannot be removed (OE-8)."""
        shop.promote("clothing")
        draft_id = shop.with_items({"SH-BK-L": 2})

        with refused(shop, NotFound), shop.edit(draft_id) as edit:
            edit.remove_promotion(promotion_id)

    def test_code_can_be_entered_again(self, shop: Shop) -> None:
        """A code that was removed can be entered again (OE-6, OE-8)."""
        shop.promote("clothing")
        draft_id = with_code(shop, {"SH-BK-S": 1}, "WEAR10")
        with shop.edit(draft_id) as edit:
            edit.remove_promotion("clothing")
            edit.enter_code("WEAR10")

        assert usd("18.00") == shop.total(draft_id)


class TestAutomatic:
    def test_comes_and_goes_with_the_cart(self, shop: Shop) -> None:
        """An automatic promotion is there exactly while its conditions hold (OE-7)."""
        shop.promote("pin")
        draft_id = shop.with_items({"MUG": 3})
        assert ("PIN", 1, "pin") == lines(shop, draft_id)["pin:pin"]
        assert usd("22.50") == shop.total(draft_id)

        with shop.edit(draft_id) as edit:
            edit.set_quantity("l1", 2)  # its own pin does not count

        assert {"l1": ("MUG", 2, "")} == lines(shop, draft_id)

    def test_refused_stays_refused(self, shop: Shop) -> None:
        """A tied line that staff refuse does not come back with the next change (OE-25)."""
        shop.promote("pin", "mugs")
        draft_id = shop.with_items({"MUG": 3})
        with shop.edit(draft_id) as edit:
            edit.remove_promotion("pin")
        with shop.edit(draft_id) as edit:
            edit.set_quantity("l1", 2)
            edit.set_quantity("l1", 5)
            edit.add_sku("SH-BK-S")
            edit.save_items()

        quote = shop.quote(draft_id)
        decision = quote.decision("pin")
        assert decision is not None
        assert "refused" == decision.reason
        assert not any(line.tied_to for line in quote.lines)
        assert usd("52.50") == quote.total  # 5 × 6.50 + 20.00

    def test_refused_comes_back_when_picked(self, shop: Shop) -> None:
        """A refused automatic promotion comes back when staff pick it (OE-25)."""
        shop.promote("mugs")
        draft_id = shop.with_items({"MUG": 3})
        with shop.edit(draft_id) as edit:
            edit.remove_promotion("mugs")
        assert usd("22.50") == shop.total(draft_id)

        with shop.edit(draft_id) as edit:
            edit.pick_promotion("mugs")

        assert usd("19.50") == shop.total(draft_id)
        with shop.edit(draft_id) as edit:
            edit.remove_promotion("mugs")
        assert usd("22.50") == shop.total(draft_id)

    def test_refused_beforehand(self, shop: Shop) -> None:
        """An automatic promotion can be refused before its conditions hold (OE-25)."""
        shop.promote("pin")
        draft_id = shop.with_items({"MUG": 1})
        with shop.edit(draft_id) as edit:
            edit.remove_promotion("pin")
            edit.set_quantity("l1", 3)

        assert {"l1": ("MUG", 3, "")} == lines(shop, draft_id)

    def test_refused_twice(self, shop: Shop) -> None:
        """What is refused already is not there to be removed (OE-8, OE-25)."""
        shop.promote("mugs")
        draft_id = shop.with_items({"MUG": 3})
        with shop.edit(draft_id) as edit:
            edit.remove_promotion("mugs")

        with refused(shop, NotFound), shop.edit(draft_id) as edit:
            edit.remove_promotion("mugs")

    def test_refused_in_one_order_only(self, shop: Shop) -> None:
        """Refusing a promotion in one order does not touch another one (OE-25)."""
        shop.promote("mugs")
        other = shop.with_items({"MUG": 1})
        with shop.edit(shop.with_items({"MUG": 1})) as edit:
            edit.remove_promotion("mugs")

        assert usd("6.50") == shop.total(other)

    def test_open_options(self, shop: Shop) -> None:
        """An automatic gift with open options waits to be picked, and hinders nobody (OE-7)."""
        shop.promote("pin")
        shop.change_promotion(
            "pin", effect=AddProduct(items=(TiedItem(key="cap", product_id="cap"),))
        )
        draft_id = shop.with_items({"MUG": 3})

        view = shop.view(draft_id)
        assert {"l1"} == {line.line_id for line in view.quote.lines}
        assert [("options_required", "pin", False)] == [
            (p.code, p.promotion_id, p.blocking) for p in view.problems if p.step is Step.ITEMS
        ]
        with shop.edit(draft_id) as edit:
            edit.pick_promotion("pin", {"cap": {"Color": "Blue"}})
        assert ("CAP-BLUE", 1, "pin") == lines(shop, draft_id)["pin:cap"]
