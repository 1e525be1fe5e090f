"""Discounts that staff give by hand, through the order desk (PR-28).

A mug costs 7.50, a shirt 20.00, a gift card 25.00 and the post 4.90: see `tests/support/shop.py`.
"""

from decimal import Decimal
from typing import Any

import attrs
import pytest
from moneyed import Money

from cartcore.cart import ManualDiscount
from cartcore.documents.serializer import Serializer
from cartcore.errors import (
    CartcoreError,
    CurrencyMismatch,
    DiscountRejected,
    DraftHasProblems,
    InvalidField,
    InvalidText,
    NotFound,
    QuoteChanged,
    SpeedsMissing,
    StepNotReachable,
)
from cartcore.orders.draft import Draft, Step
from cartcore.orders.order import Order
from cartcore.pricing.policy import Combination
from cartcore.pricing.quote_parts import Phase
from cartcore.promotions.promotion import Promotion, Usage
from cartcore.receipt import order_details, review_receipt
from cartcore.rules import load_rulebook
from cartcore.rules.builtin import PercentOff, SalesChannel
from tests.support.shop import Shop, refused, stored, usd

SERIALIZER = Serializer(load_rulebook())
WHY: dict[str, Any] = {"reason": "Scratched", "actor": "kim"}
FREE = Promotion(id="free", name="All for nothing", effect=PercentOff(percent=100))


def put(shop: Shop, promotion: Promotion) -> None:
    with shop.storage.write() as work:
        work.promotions.add(promotion)
        work.commit()


def discounted_line(shop: Shop, skus: dict[str, int], **figure: Any) -> str:
    """A draft on the items step, with a manual discount on its first line."""
    draft_id = shop.with_items(skus)
    with shop.edit(draft_id) as edit:
        assert "by-hand-1" == edit.discount_line("l1", **figure, **WHY)
    return draft_id


def discounted_order(shop: Shop, skus: dict[str, int], **figure: Any) -> str:
    """A draft on review, with a manual discount on all of it."""
    draft_id = shop.reviewed(skus)
    with shop.edit(draft_id) as edit:
        assert "by-hand-1" == edit.discount_order(**figure, **WHY)
    return draft_id


def taken(shop: Shop, draft_id: str) -> dict[tuple[str, str], str]:
    """What each discount takes off each line: the discount's id and the line's to the amount."""
    return {
        (a.promotion_id, a.line_id): str(a.discount.amount)
        for a in shop.quote(draft_id).adjustments
    }


class TestFigures:
    @pytest.mark.parametrize(
        ("figure", "discount", "left"),
        [
            ({"percent": 10}, "1.50", "13.50"),
            ({"percent": "12.5"}, "1.88", "13.12"),  # 1.875
            ({"percent": Decimal(100)}, "15.00", "0.00"),
            ({"amount": usd("4.00")}, "4.00", "11.00"),
            ({"amount": usd("99.00")}, "15.00", "0.00"),
            ({"price": usd("9.99")}, "5.01", "9.99"),
            ({"price": usd("0.00")}, "15.00", "0.00"),
        ],
    )
    def test_line(self, shop: Shop, figure: dict[str, Any], discount: str, left: str) -> None:
        """Percent, amount and price are of all of the line: two mugs, 15.00 (PR-28)."""
        draft_id = discounted_line(shop, {"MUG": 2, "SH-BK-S": 1}, **figure)

        quote = shop.quote(draft_id)
        [adjustment] = quote.adjustments
        assert ("by-hand-1", "Scratched", "kim") == (
            adjustment.promotion_id,
            adjustment.promotion_name,
            adjustment.actor,
        )
        assert (Phase.ITEMS, "l1", usd(discount)) == (
            adjustment.phase,
            adjustment.line_id,
            adjustment.discount,
        )
        assert [usd(left), usd("20.00")] == [line.total for line in quote.lines]
        assert usd(discount) == quote.totals.item_discounts
        assert Step.ITEMS is shop.view(draft_id).step

    @pytest.mark.parametrize(
        ("figure", "of_mugs", "of_shirt"),
        [
            ({"percent": 10}, "1.50", "2.00"),  # 3.50
            ({"amount": usd("5.00")}, "2.14", "2.86"),  # 15/35 and 20/35 of it
            ({"price": usd("30.00")}, "2.14", "2.86"),
        ],
    )
    def test_order(self, shop: Shop, figure: dict[str, Any], of_mugs: str, of_shirt: str) -> None:
        """On the order, it is spread over the lines: 15.00 and 20.00 (PR-28, PR-3)."""
        draft_id = discounted_order(shop, {"MUG": 2, "SH-BK-S": 1}, **figure)

        quote = shop.quote(draft_id)
        assert {("by-hand-1", "l1"): of_mugs, ("by-hand-1", "l2"): of_shirt} == taken(
            shop, draft_id
        )
        assert {("kim", Phase.ORDER)} == {(a.actor, a.phase) for a in quote.adjustments}
        together = usd(of_mugs) + usd(of_shirt)
        assert together == quote.totals.order_discounts
        assert usd("39.90") - together == quote.total
        assert Step.REVIEW is shop.view(draft_id).step

    def test_several_in_the_order_given(self, shop: Shop) -> None:
        """10% and then 1.00 leave 12.50 of 15.00; 1.00 and then 10% leave 12.60 (PR-28)."""
        draft_id = discounted_line(shop, {"MUG": 2}, percent=10)
        with shop.edit(draft_id) as edit:
            edit.discount_line("l1", amount=usd("1.00"), **WHY)
        assert usd("12.50") == shop.total(draft_id)

        with shop.edit(draft_id) as edit:
            edit.remove_discount("by-hand-1")
            assert "by-hand-3" == edit.discount_line("l1", percent=10, **WHY)
        assert usd("12.60") == shop.total(draft_id)
        assert {("by-hand-2", "l1"): "1.00", ("by-hand-3", "l1"): "1.40"} == taken(shop, draft_id)

    def test_after_promotions(self, shop: Shop) -> None:
        """Each comes last in its phase: 20.00 to 18.00, 9.00, 8.55 and 6.55 (PR-28, PR-4)."""
        shop.promote("clothing", "five")
        draft_id = discounted_line(shop, {"SH-BK-S": 1}, percent=50)
        with shop.edit(draft_id) as edit:
            edit.enter_code("WEAR10")
            edit.save_items()
            edit.choose_speed("s1", "post")
            edit.go_to("review")
            edit.discount_order(amount=usd("2.00"), **WHY)
            edit.enter_code("FIVE")

        assert [
            ("clothing", usd("2.00")),
            ("by-hand-1", usd("9.00")),
            ("five", usd("0.45")),
            ("by-hand-2", usd("2.00")),
        ] == [(a.promotion_id, a.discount) for a in shop.quote(draft_id).adjustments]
        assert usd("11.45") == shop.total(draft_id)

    def test_not_below_the_minimum_price(self, shop: Shop) -> None:
        """Half of two mugs of at least 6.00 each takes 3.00, not 7.50 (PR-28, PR-29)."""
        shop.change_variant("MUG", minimum_price=usd("6.00"))
        draft_id = discounted_line(shop, {"MUG": 2}, percent=50)

        decision = shop.quote(draft_id).decision("by-hand-1")
        assert decision is not None
        assert (usd("3.00"), usd("4.50")) == (decision.discount, decision.cut)
        assert usd("12.00") == shop.total(draft_id)
        with refused(shop, DiscountRejected), shop.edit(draft_id) as edit:
            edit.discount_line("l1", amount=usd("0.01"), **WHY)

    def test_other_lines_take_what_a_floored_one_cannot(self, shop: Shop) -> None:
        """Of 10.00 off 15.00 and 20.00, the mugs can give 3.00 alone (PR-28, PR-29)."""
        shop.change_variant("MUG", minimum_price=usd("6.00"))
        draft_id = discounted_order(shop, {"MUG": 2, "SH-BK-S": 1}, amount=usd("10.00"))

        assert {("by-hand-1", "l1"): "3.00", ("by-hand-1", "l2"): "7.00"} == taken(shop, draft_id)

    def test_not_on_what_is_not_discounted(self, shop: Shop) -> None:
        """A product that is excluded from discounts is so by hand, too (PR-28, PR-29)."""
        shop.change_product("mug", discountable=False)
        draft_id = discounted_order(shop, {"MUG": 2, "SH-BK-S": 1}, percent=10)

        assert {("by-hand-1", "l2"): "2.00"} == taken(shop, draft_id)
        with refused(shop, DiscountRejected), shop.edit(draft_id) as edit:
            edit.discount_line("l1", percent=10, **WHY)


class TestPricingAgain:
    """No promotion takes a manual discount away (PR-28)."""

    def test_new_promotion(self, shop: Shop) -> None:
        """A promotion that came up goes first; 10% of what it leaves, 13.00, are 1.30 (PR-28)."""
        draft_id = discounted_line(shop, {"MUG": 2}, percent=10)
        shop.promote("mugs")

        assert {("mugs", "l1"): "2.00", ("by-hand-1", "l1"): "1.30"} == taken(shop, draft_id)

    @pytest.mark.parametrize("combination", Combination)
    def test_exclusive_promotion(self, shop: Shop, combination: Combination) -> None:
        """An exclusive promotion applies alone, but for those by hand (PR-13, PR-14, PR-28)."""
        shop.promote("mugs")
        put(shop, attrs.evolve(FREE, effect=PercentOff(percent=20), exclusive=True))
        draft_id = discounted_line(shop, {"MUG": 2}, percent=10)
        policy = attrs.evolve(shop.desk.store.policy, combination=combination)

        quote = shop.desk_with(policy=policy).view(draft_id).quote
        assert [("free", usd("3.00")), ("by-hand-1", usd("1.20"))] == [
            (a.promotion_id, a.discount) for a in quote.adjustments
        ]

    def test_line_that_a_promotion_makes_free(self, shop: Shop) -> None:
        """It stays, says that nothing is left for it, and is back with the price (PR-28)."""
        draft_id = discounted_line(shop, {"MUG": 2}, percent=10)
        put(shop, FREE)

        viewed = shop.view(draft_id)
        assert usd("0.00") == viewed.quote.totals.goods
        assert [a.promotion_id for a in viewed.quote.adjustments] == ["free"]
        [problem] = [p for p in viewed.problems if p.code == "discount_not_applied"]
        assert (Step.ITEMS, "l1", "by-hand-1", True) == (
            problem.step,
            problem.line_id,
            problem.promotion_id,
            problem.blocking,
        )
        assert problem.message.startswith("Scratched, given by kim: nothing is left")

        with shop.edit(draft_id) as edit:
            edit.set_quantity("l1", 1)
        shop.change_promotion("free", enabled=False)
        assert {("by-hand-1", "l1"): "0.75"} == taken(shop, draft_id)

    def test_not_given_on_a_free_line(self, shop: Shop) -> None:
        """Where nothing is left it is refused, on a line and on the order (PR-28)."""
        put(shop, FREE)
        draft_id = shop.reviewed({"MUG": 2})

        with refused(shop, DiscountRejected) as caught, shop.edit(draft_id) as edit:
            edit.discount_line("l1", percent=10, **WHY)
        assert ("Mug", "nothing_to_discount") == (caught.value.what, caught.value.reason)
        with refused(shop, DiscountRejected) as caught, shop.edit(draft_id) as edit:
            edit.discount_order(price=usd("0.00"), **WHY)
        assert "this discount on 'the order' cannot be given: nothing is left" in str(caught.value)

    def test_it_blocks_placing_where_it_takes_nothing(self, shop: Shop) -> None:
        """What was promised is given or taken back before the order is placed (PR-28, OE-23)."""
        draft_id = discounted_order(shop, {"MUG": 2}, amount=usd("1.00"))
        put(shop, FREE)

        with refused(shop, DraftHasProblems):
            shop.placed(draft_id)
        with shop.edit(draft_id) as edit:
            edit.remove_discount("by-hand-1")
        assert usd("4.90") == shop.placed(draft_id).total

    def test_product_that_is_gone(self, shop: Shop) -> None:
        """While its product cannot be had, a line keeps its discount (PR-28, OE-15)."""
        draft_id = discounted_line(shop, {"MUG": 2, "SH-BK-S": 1}, percent=10)
        shop.change_variant("MUG", price=Money("7.50", "EUR"))

        assert usd("20.00") == shop.quote(draft_id).totals.goods
        with shop.edit(draft_id) as edit:
            edit.set_quantity("l2", 2)
        shop.change_variant("MUG", price=usd("7.50"))
        assert {("by-hand-1", "l1"): "1.50"} == taken(shop, draft_id)


class TestEditing:
    def test_line_removed(self, shop: Shop) -> None:
        """The discount goes with its line, and this is told; others stay (OE-9, OE-15)."""
        draft_id = discounted_line(shop, {"MUG": 2, "SH-BK-S": 1}, percent=10)
        with shop.edit(draft_id) as edit:
            edit.discount_line("l2", amount=usd("1.00"), reason="Button", actor="lee")
        with shop.edit(draft_id) as edit:
            edit.remove_line("l1")

        draft = stored(shop, draft_id)
        assert ["by-hand-2"] == [discount.id for discount in draft.manual]
        [cleared] = draft.cleared
        assert ("discount", "by-hand-1") == (cleared.what, cleared.subject)
        gone = "its line is no longer in the order"
        assert f"the manual discount 'Scratched' was removed: {gone}" == cleared.message
        assert usd("19.00") == shop.total(draft_id)

    def test_lines_merged(self, shop: Shop) -> None:
        """A line that becomes part of another one is gone, with its discount (OE-9, OE-15)."""
        draft_id = discounted_line(shop, {"SH-BK-S": 1, "SH-WH-S": 1}, percent=10)
        with shop.edit(draft_id) as edit:
            edit.set_options("l1", {"Color": "White", "Size": "S"})

        assert () == stored(shop, draft_id).manual
        assert ["by-hand-1"] == [cleared.subject for cleared in stored(shop, draft_id).cleared]
        assert usd("40.00") == shop.total(draft_id)

    def test_tied_line(self, shop: Shop) -> None:
        """A tied line can be discounted; the discount goes with its promotion (OE-8, OE-15)."""
        shop.promote("cap")
        draft_id = shop.with_items({"MUG": 2})
        with shop.edit(draft_id) as edit:
            edit.pick_promotion("cap", {"cap": {"Color": "Blue"}})
            tied = edit.quote.lines[-1].line_id
            edit.discount_line(tied, amount=usd("1.00"), **WHY)
        assert usd("20.00") == shop.total(draft_id)  # 15.00 + 12.00 - 6.00 - 1.00

        with shop.edit(draft_id) as edit:
            edit.remove_promotion("cap")
        assert () == stored(shop, draft_id).manual
        assert ["by-hand-1"] == [cleared.subject for cleared in stored(shop, draft_id).cleared]
        assert usd("15.00") == shop.total(draft_id)

    @pytest.mark.parametrize(
        ("figure", "total"),
        [
            ({"percent": 10}, "20.25"),  # of 22.50
            ({"amount": usd("4.00")}, "18.50"),
            ({"price": usd("9.99")}, "22.50"),
        ],
    )
    def test_quantity_changed(self, shop: Shop, figure: dict[str, Any], total: str) -> None:
        """A price for two mugs is none for three; other discounts stay (OE-15)."""
        draft_id = discounted_line(shop, {"MUG": 2, "SH-BK-S": 1}, **figure)
        with shop.edit(draft_id) as edit:
            edit.set_quantity("l2", 2)
        assert () == stored(shop, draft_id).cleared
        with shop.edit(draft_id) as edit:
            edit.add_sku("MUG")

        assert usd(total) + usd("40.00") == shop.total(draft_id)
        told = [each.message for each in stored(shop, draft_id).cleared]
        if "price" in figure:
            why = "the price of 9.99 USD was agreed for 2 units, not for 3"
            assert [f"the manual discount 'Scratched' was removed: {why}"] == told
        else:
            assert [] == told

    @pytest.mark.parametrize(
        ("figure", "total"),
        [({"amount": usd("5.00")}, "32.40"), ({"price": usd("12.00")}, "37.40")],
    )
    def test_items_changed_below_an_order_discount(
        self, shop: Shop, figure: dict[str, Any], total: str
    ) -> None:
        """A price for the order goes with a change of its items; an amount stays (OE-15)."""
        draft_id = discounted_order(shop, {"MUG": 2}, **figure)
        with shop.edit(draft_id) as edit:
            edit.set_quantity("l1", 1)
            edit.add_sku("CARD")  # 7.50 + 25.00 + 4.90
        assert usd(total) == shop.total(draft_id)

    def test_removed(self, shop: Shop) -> None:
        """A manual discount is removed by its id alone (PR-28)."""
        draft_id = discounted_line(shop, {"MUG": 2}, percent=10)
        with refused(shop, NotFound), shop.edit(draft_id) as edit:
            edit.remove_promotion("by-hand-1")
        with refused(shop, NotFound), shop.edit(draft_id) as edit:
            edit.remove_discount("l1")
        with shop.edit(draft_id) as edit:
            edit.remove_discount("by-hand-1")

        assert usd("15.00") == shop.total(draft_id)
        assert () == shop.quote(draft_id).adjustments

    def test_preview(self, shop: Shop) -> None:
        """What it would do is seen before it is done, and nothing is stored (OE-24)."""
        draft_id = shop.reviewed({"MUG": 2})
        before = stored(shop, draft_id)
        with shop.desk.preview(draft_id) as trial:
            trial.discount_order(percent=20, **WHY)
            assert usd("16.90") == trial.quote.total  # 15.00 - 3.00 + 4.90

        assert before == stored(shop, draft_id)
        assert usd("19.90") == shop.total(draft_id)

    @pytest.mark.parametrize(
        ("change", "error"),
        [
            ({}, InvalidField),
            ({"percent": 10, "amount": usd("1.00")}, InvalidField),
            ({"percent": 10, "price": usd("1.00")}, InvalidField),
            ({"percent": 10.0}, InvalidField),
            ({"percent": 0}, InvalidField),
            ({"percent": "100.1"}, InvalidField),
            ({"amount": usd("0.00")}, InvalidField),
            ({"amount": usd("-1.00")}, InvalidField),
            ({"amount": usd("0.001")}, InvalidField),
            ({"amount": 5}, InvalidField),
            ({"price": usd("-0.01")}, InvalidField),
            ({"price": usd("15.00")}, DiscountRejected),  # what it costs anyway
            ({"amount": Money("1.00", "EUR")}, CurrencyMismatch),
            ({"price": Money(1, "JPY")}, CurrencyMismatch),
            ({"percent": 10, "reason": ""}, InvalidText),
            ({"percent": 10, "reason": " \n"}, InvalidText),
            ({"percent": 10, "reason": None}, InvalidText),
            ({"percent": 10, "actor": ""}, InvalidText),
        ],
    )
    def test_refused(self, shop: Shop, change: dict[str, Any], error: type[CartcoreError]) -> None:
        """One figure that can be used, a reason and an actor are needed (PR-28)."""
        draft_id = shop.reviewed({"MUG": 2})

        with refused(shop, error), shop.edit(draft_id) as edit:
            edit.discount_line("l1", **(WHY | change))
        with refused(shop, error), shop.edit(draft_id) as edit:
            edit.discount_order(**(WHY | change))

    def test_unknown_line(self, shop: Shop) -> None:
        """A line that is not there cannot be discounted (PR-28)."""
        draft_id = shop.with_items({"MUG": 2})
        for line_id in ("l9", ""):
            with refused(shop, NotFound), shop.edit(draft_id) as edit:
                edit.discount_line(line_id, percent=10, **WHY)

    def test_order_discount_belongs_to_review(self, shop: Shop) -> None:
        """The order as a whole is discounted on review, as by code (OE-17, PR-28)."""
        draft_id = shop.with_items({"MUG": 2})
        with refused(shop, SpeedsMissing), shop.edit(draft_id) as edit:
            edit.discount_order(percent=10, **WHY)
        empty = shop.started()
        with refused(shop, StepNotReachable), shop.edit(empty) as edit:
            edit.discount_order(percent=10, **WHY)


class TestPlaced:
    def placed(self, shop: Shop) -> Order:
        """Two mugs at 15.00 less 1.50, a shirt at 20.00; 3.50 off both, and post: 34.90."""
        draft_id = discounted_line(shop, {"MUG": 2, "SH-BK-S": 1}, percent=10)
        with shop.edit(draft_id) as edit:
            edit.save_items()
            edit.choose_speed("s1", "post")
            edit.go_to("review")
            edit.discount_order(amount=usd("3.50"), reason="Late delivery", actor="lee")
        self.review = review_receipt(shop.view(draft_id))
        return shop.placed(draft_id)

    def test_snapshot(self, shop: Shop) -> None:
        """The order keeps who gave what and why, whatever changes later (OE-19, PR-28)."""
        number = self.placed(shop).number
        shop.change_variant("MUG", price=usd("99.00"))
        order = shop.desk.order(number)

        assert usd("34.90") == order.total
        # 13.50 and 20.00 are left for the 3.50: 1.41 and 2.09
        assert [
            ("by-hand-1", "Scratched", "kim", "l1", usd("1.50")),
            ("by-hand-2", "Late delivery", "lee", "l1", usd("1.41")),
            ("by-hand-2", "Late delivery", "lee", "l2", usd("2.09")),
        ] == [
            (a.promotion_id, a.promotion_name, a.actor, a.line_id, a.discount)
            for a in order.quote.adjustments
        ]
        assert order == SERIALIZER.loads(SERIALIZER.dumps(order), Order)

    def test_history(self, shop: Shop) -> None:
        """The history says who gave how much and why (OE-20, PR-28)."""
        order = self.placed(shop)

        assert [
            ("sam", "placed"),
            ("kim", "manual discount of 1.50 USD on 2 × Mug: Scratched"),
            ("lee", "manual discount of 3.50 USD on the order: Late delivery"),
        ] == [(entry.actor, entry.note) for entry in order.history]
        assert {(order.status, order.placed_at)} == {(e.status, e.at) for e in order.history}

    def test_no_redemptions(self, shop: Shop) -> None:
        """It is no promotion: nothing is redeemed, and no code took effect (PR-12, PR-28)."""
        shop.promote("mugs")
        order = self.placed(shop)

        assert ["mugs"] == [redemption.promotion_id for redemption in order.redemptions]
        with shop.storage.read() as work:
            usage = work.promotions.usage(["by-hand-1", "by-hand-2"], "ann")
        assert {"by-hand-1": Usage(), "by-hand-2": Usage()} == usage

    def test_receipts(self, shop: Shop) -> None:
        """Review and order details show each with reason and giver (OE-16, OE-20, PR-28)."""
        order = self.placed(shop)

        for text in (self.review, order_details(order)):
            assert (
                "2 × Mug                                                        15.00 USD\n"
                "    MUG, 7.50 USD each\n"
                "    Scratched, given by kim                                    -1.50 USD\n"
            ) in text
            assert (
                "Item discounts                                                 -1.50 USD\n"
                "Late delivery, given by lee                                    -3.50 USD\n"
            ) in text
        assert ("Late delivery, given by lee", usd("-3.50")) in order.quote.rows()
        assert (
            "Scratched, given by kim: takes 1.50 USD off\n  10 % of 15.00 USD"
            in order.quote.explain()
        )

    def test_given_after_the_quote_was_seen(self, shop: Shop) -> None:
        """A discount that came up since is a changed quote (OE-18)."""
        draft_id = shop.reviewed({"MUG": 2})
        seen = shop.quote(draft_id)
        with shop.edit(draft_id) as edit:
            edit.discount_order(percent=10, **WHY)

        with refused(shop, QuoteChanged) as caught:
            shop.desk.place(draft_id, seen=seen, actor="sam")
        assert usd("18.40") == caught.value.current.total


def test_draft_is_written_and_read(shop: Shop) -> None:
    """A draft keeps its discounts through JSON and storage (PR-18, OE-22)."""
    draft_id = discounted_line(shop, {"MUG": 2}, percent="12.50")
    with shop.edit(draft_id) as edit:
        edit.discount_line("l1", price=usd("3.00"), reason="Friend", actor="lee")

    draft = stored(shop, draft_id)
    assert (
        ManualDiscount(id="by-hand-1", line_id="l1", percent="12.50", **WHY),
        ManualDiscount(
            id="by-hand-2", line_id="l1", price=usd("3.00"), reason="Friend", actor="lee"
        ),
    ) == draft.manual
    assert draft == SERIALIZER.loads(SERIALIZER.dumps(draft), Draft)


@pytest.mark.parametrize(
    ("channel", "total"), [("phone", "13.50"), ("shop", "15.00"), ("", "15.00")]
)
def test_orders_come_through_the_channel_of_the_store(shop: Shop, channel: str, total: str) -> None:
    """A promotion for orders by phone applies at a desk that takes those (PR-9)."""
    effect = PercentOff(percent=10)
    put(shop, attrs.evolve(FREE, effect=effect, conditions=(SalesChannel(channels=("phone",)),)))
    draft_id = shop.with_items({"MUG": 2})

    assert usd(total) == shop.desk_with(channel=channel).view(draft_id).quote.total
