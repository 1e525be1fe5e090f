"""Which promotions apply where not all can: what the search for the best must not overlook."""

from decimal import Decimal
from itertools import combinations
from typing import ClassVar

import attrs
import pytest
from moneyed import Money

from cartcore.cart import CartShipment, ManualDiscount
from cartcore.errors import InvalidField
from cartcore.pricing.engine import price
from cartcore.pricing.policy import Combination, PricingPolicy, Stacking
from cartcore.pricing.quote import Quote
from cartcore.promotions.context import PricingContext
from cartcore.promotions.offer import Ineligible, Offer
from cartcore.promotions.promotion import Promotion
from cartcore.promotions.types import PromotionClass
from cartcore.rules import Discount, Selection, TiedItem
from cartcore.rules.builtin import (
    AddProduct,
    AmountOff,
    BuyXGetY,
    MaxSubtotal,
    MinSubtotal,
    OrderAmountOff,
    OrderPercentOff,
    PercentOff,
    ShippingPercentOff,
)
from cartcore.shop.speeds import ShippingSpeed
from tests.support.carts import AT, cart, line, product, promotion, usd, variant

CHEAP = line("cheap", "1.00")
DEAR = line("dear", "50.00")

FIVE = promotion(
    AmountOff(amount=usd("5.00"), target=Selection(skus=("dear",))),
    "five",
    priority=3,
    group="first",
)
CENT = promotion(
    AmountOff(amount=usd("0.01"), target=Selection(skus=("cheap",))),
    "cent",
    priority=2,
    group="first",
)


def best(*promotions: Promotion) -> Quote:
    policy = PricingPolicy(combination=Combination.BEST_FOR_CUSTOMER)
    return price(cart(CHEAP, DEAR), promotions, at=AT, policy=policy)


class TestSelectionsThatSeeDiscounts:
    """PR-14: a discount may take more later where it goes by what is discounted already."""

    def test_the_cheapest_that_is_not_discounted_may_become_a_dear_one(self) -> None:
        """PR-10, PR-14: one cent off the cheap line makes the dear one free: 0.99 to pay."""
        free = promotion(
            PercentOff(percent=Decimal(100), target=Selection(undiscounted=True), limit=1), "free"
        )
        quote = best(FIVE, CENT, free)
        assert (quote.total, quote.optimal) == (usd("0.99"), True)

    def test_what_is_discounted_already_may_become_more(self) -> None:
        """PR-10, PR-14: half off the discounted lines. Five off first: 51 - 5 - 22.50 = 23.50."""
        discounted = Selection(exclude=Selection(undiscounted=True))
        half = promotion(PercentOff(percent=Decimal(50), target=discounted), "half")
        quote = best(FIVE, CENT, half)
        assert (quote.total, quote.optimal) == (usd("23.50"), True)

    def test_a_claim_holds_only_for_what_is_discounted_by_then(self) -> None:
        """PR-11, PR-14: of two discounted lines the cheap one is free: 51 - 5 - 0.50 - 0.50."""
        discounted = Selection(exclude=Selection(undiscounted=True))
        free = promotion(BuyXGetY(buy=1, buy_from=discounted), "free")
        half = promotion(
            AmountOff(amount=usd("0.50"), target=Selection(skus=("cheap",))), "half", priority=2
        )
        quote = best(attrs.evolve(FIVE, group=""), half, free)
        assert (quote.total, quote.optimal) == (usd("45.00"), True)

    @pytest.mark.parametrize("priority", [0, 5])
    def test_a_minimum_of_what_is_discounted_may_be_reached_later(self, priority: int) -> None:
        """PR-9, PR-14: 30 off once 40 of discounted goods are there: 51 - 5 - 30 = 16."""
        discounted = Selection(exclude=Selection(undiscounted=True))
        thirty = promotion(
            AmountOff(amount=usd("30.00")),
            "thirty",
            conditions=(MinSubtotal(amount=usd("40.00"), target=discounted),),
            priority=priority,
        )
        two = promotion(AmountOff(amount=usd("2.00")), "two", priority=4, group="first")
        quote = best(FIVE, two, thirty)
        expected = {0: "16.00", 5: "46.00"}[priority]
        assert (quote.total, quote.optimal) == (usd(expected), True)


def test_a_maximum_in_another_currency_is_no_fault_of_the_type() -> None:
    """PR-1, PR-14: it does not apply, in the search for the best as in priority order."""
    euros = BuyXGetY(buy=1, maximum=Money("5.00", "EUR"))
    decision = best(promotion(euros, "euros")).decisions[0]
    assert (decision.applied, decision.reason) == (False, "other_currency")


@pytest.mark.parametrize(("off", "total"), [("3.00", "43.00"), ("1.00", "44.00")])
def test_a_minimum_may_be_worth_keeping(off: str, total: str) -> None:
    """PR-9, PR-14: 5 off, or what only applies while 47 are left; 51 - 5 - 3 if both were had.

    Two off first leaves 49: with 6 off at 47 or more that makes 43.00; else 5 and two are best.
    """
    two = promotion(AmountOff(amount=usd("2.00")), "two", priority=5)
    five = promotion(AmountOff(amount=usd("5.00")), "five", priority=4)
    at_47 = promotion(
        OrderAmountOff(amount=usd("3.00") + usd(off)),
        "at 47",
        conditions=(MinSubtotal(amount=usd("47.00"), after_discounts=True),),
    )
    quote = best(two, five, at_47)
    assert (quote.total, quote.optimal) == (usd(total), True)


def test_of_exclusive_ones_one_that_does_not_apply_is_not_the_best() -> None:
    """PR-13, PR-14, PR-28: whichever it is, by hand all becomes free; so the one that applies."""
    by_hand = ManualDiscount(id="m", percent=Decimal(100), reason="late", actor="kim")
    hundred = promotion(
        AmountOff(amount=usd("9.00")),
        "a hundred",
        exclusive=True,
        conditions=(MinSubtotal(amount=usd("100.00")),),
    )
    any_order = promotion(AmountOff(amount=usd("5.00")), "any", exclusive=True)
    policy = PricingPolicy(combination=Combination.BEST_FOR_CUSTOMER)
    given = attrs.evolve(cart(CHEAP, DEAR), manual=(by_hand,))
    quote = price(given, [hundred, any_order], at=AT, policy=policy)
    reasons = {decision.promotion_id: decision.reason for decision in quote.decisions}
    assert reasons == {"a hundred": "min_subtotal", "any": "applied", "m": "applied"}


class TestExclusive:
    """PR-13: of exclusive promotions the first that applies is the only one."""

    @pytest.mark.parametrize("combination", Combination)
    def test_one_that_a_discount_by_hand_rules_out_is_in_nobodys_way(
        self, combination: Combination
    ) -> None:
        """PR-28: with 10 % off by staff the goods no longer cost what it asks for."""
        asks = (MinSubtotal(amount=usd("51.00"), after_discounts=True),)
        first = promotion(
            ShippingPercentOff(percent=Decimal(50)),
            "first",
            priority=1,
            exclusive=True,
            conditions=asks,
        )
        second = promotion(PercentOff(percent=Decimal(50)), "second", exclusive=True)
        by_hand = ManualDiscount(id="late", percent=Decimal(10), reason="late", actor="kim")
        fast = ShippingSpeed(code="fast", name="Fast", price=usd("5.00"))
        sent = (CartShipment(id="S1", lines=(("dear", 1),), speed=fast),)
        given = attrs.evolve(cart(CHEAP, DEAR, shipments=sent), manual=(by_hand,))
        policy = PricingPolicy(combination=combination)
        quote = price(given, (first, second), at=AT, policy=policy)
        assert quote.total == usd("27.95")  # 51.00 - 25.50 - 2.55 + 5.00
        assert {d.promotion_id for d in quote.decisions if d.applied} == {"second", "late"}


class TestBestPerLine:
    """PR-13: with the policy of the best item promotion of each line, classes and groups count."""

    def price(self, *promotions: Promotion) -> Quote:
        policy = PricingPolicy(stacking=Stacking.BEST_PER_LINE)
        return price(cart(CHEAP, DEAR), promotions, at=AT, policy=policy)

    def test_of_a_group_the_first_applies_though_others_give_more(self) -> None:
        """PR-13: 10 % is in no race with 50 %, which its group has ruled out."""
        ten = promotion(PercentOff(percent=Decimal(10)), "ten", priority=2, group="sale")
        fifty = promotion(PercentOff(percent=Decimal(50)), "fifty", priority=1, group="sale")
        quote = self.price(ten, fifty)
        assert quote.total == usd("45.90")
        assert [(d.applied, d.reason) for d in quote.decisions] == [
            (True, "applied"),
            (False, "beaten"),
        ]
        assert quote.decisions[1].beaten_by == "ten"

    def test_what_comes_later_sees_what_was_taken(self) -> None:
        """PR-17: after 100 % off the order, 10 % find nothing left, and nothing beat them."""
        group = attrs.evolve(FIVE, id="other", group="first", priority=0)
        order = promotion(OrderPercentOff(percent=Decimal(100)), "all")
        again = promotion(OrderPercentOff(percent=Decimal(10)), "again", priority=-1)
        quote = self.price(FIVE, group, order, again)
        assert quote.decisions[-1].reason == "nothing_to_discount"

    def test_an_exclusive_one_applies_alone(self) -> None:
        """PR-13: no other line takes another promotion beside it."""
        alone = attrs.evolve(FIVE, group="", exclusive=True)
        half = promotion(PercentOff(percent=Decimal(50)), "half")
        quote = self.price(alone, half)
        assert quote.total == usd("46.00")

    def test_without_conflicts_each_line_takes_its_best(self) -> None:
        """PR-13: of the dear line 6.00 is more than 10 %, of the cheap one there is only that."""
        ten = promotion(PercentOff(percent=Decimal(10)), "ten")
        six = promotion(AmountOff(amount=usd("6.00"), target=Selection(skus=("dear",))), "six")
        quote = self.price(ten, six)
        assert quote.total == usd("44.90")  # 51.00 - 6.00 - 0.10

    def test_it_does_not_go_with_the_search_for_the_best(self) -> None:
        """PR-14: what a set comes to would not be what the search has weighed."""
        with pytest.raises(InvalidField, match="in_priority_order"):
            PricingPolicy(
                stacking=Stacking.BEST_PER_LINE, combination=Combination.BEST_FOR_CUSTOMER
            )


@attrs.frozen
class Upsell:
    """A type that sells a pen to those who pay less than 20.00."""

    type_name: ClassVar[str] = "tests.upsell"
    promotion_class: ClassVar[PromotionClass] = PromotionClass.PRODUCT

    def evaluate(self, context: PricingContext) -> Offer | Ineligible:
        if context.subtotal(after_discounts=True) >= 2000:
            return Ineligible("spends_enough", "spends enough")
        return Offer(tied_items=(TiedItem(key="pen", product_id="pen"),))


def test_what_is_sold_after_a_discount_is_no_discount_to_be_weighed() -> None:
    """A pen that is sold at its turn in priority order is sold under the best, too (PR-14, PR-31).

    60 % off 51.00 leave 20.40, and 50 cents off less than 20.00: so the pen for 3.00 is sold.
    """
    promotions = [
        promotion(PercentOff(percent=Decimal(60)), "sixty", priority=9),
        promotion(AmountOff(amount=usd("0.50")), "cents", priority=8),
        promotion(Upsell(), "pen"),
    ]
    pens = {"pen": product("pen", variant("pen", "3.00"))}
    for combination in Combination:
        policy = PricingPolicy(combination=combination)
        quote = price(cart(CHEAP, DEAR), promotions, at=AT, policy=policy, products=pens)
        assert quote.total == usd("22.90")


def test_nothing_has_to_be_left_while_goods_may_be_added() -> None:
    """What asks for little to be left applies where nothing is, and is no fault (PR-14, PK-17)."""
    fast = ShippingSpeed(code="fast", name="Fast", price=usd("5.00"))
    sent = (CartShipment(id="S1", lines=(("dear", 1),), speed=fast),)
    promotions = [
        promotion(AddProduct(items=(TiedItem(key="pen", product_id="pen"),)), "gift", priority=1),
        promotion(PercentOff(percent=Decimal(100)), "all"),
        promotion(
            ShippingPercentOff(percent=Decimal(100)),
            "free",
            conditions=(MaxSubtotal(amount=usd("5.00"), after_discounts=True),),
        ),
    ]
    policy = PricingPolicy(combination=Combination.BEST_FOR_CUSTOMER)
    pens = {"pen": product("pen", variant("pen", "3.00"))}
    given = cart(CHEAP, DEAR, shipments=sent)
    quote = price(given, promotions, at=AT, policy=policy, products=pens)
    assert (quote.total, quote.optimal, quote.faults) == (usd("0.00"), True, ())


@pytest.mark.parametrize(("first", "total"), [("9.00", "42.00"), ("3.00", "45.00")])
def test_of_exclusive_ones_with_one_priority_the_best(first: str, total: str) -> None:
    """Two exclusive ones: 6 off or, before it, 9 or 3 off; a third has a lower priority (PR-13)."""
    promotions = [
        promotion(AmountOff(amount=usd(off)), own, exclusive=True, priority=priority)
        for own, off, priority in (("a", first, 5), ("b", "6.00", 5), ("c", "20.00", 4))
    ]
    assert best(*promotions).total == usd(total)


def test_of_equal_sets_the_one_with_the_earlier_turn() -> None:
    """Of a group with 10 % twice the first applies, though the other would do as well (PR-14)."""
    first, second = (
        promotion(PercentOff(percent=Decimal(10)), own, priority=priority, group="g")
        for own, priority in (("z", 2), ("a", 1))
    )
    quote = best(first, second, promotion(PercentOff(percent=Decimal(7)), "seven"))
    assert [d.promotion_id for d in quote.decisions if d.applied] == ["z", "seven"]


def test_a_gift_is_weighed_like_a_discount() -> None:
    """What is added free of charge is not sold, so 10 % of its group are better (PR-14, PR-31)."""
    gift = AddProduct(items=(TiedItem(key="pen", product_id="pen"),))
    policy = PricingPolicy(combination=Combination.BEST_FOR_CUSTOMER)
    promotions = [
        promotion(gift, "gift", priority=1, group="g"),
        promotion(PercentOff(percent=Decimal(10)), "ten", group="g"),
    ]
    pens = {"pen": product("pen", variant("pen", "3.00"))}
    quote = price(cart(CHEAP, DEAR), promotions, at=AT, policy=policy, products=pens)
    assert (quote.total, quote.optimal) == (usd("45.90"), True)


@attrs.frozen
class Kit:
    """A type of a plugin that takes something off the dear line, and sells a pen if it says so."""

    type_name: ClassVar[str] = "tests.kit"
    promotion_class: ClassVar[PromotionClass] = PromotionClass.PRODUCT

    off: Money
    sells: bool

    def evaluate(self, context: PricingContext) -> Offer:
        return Offer(
            discounts=(Discount(lines=Selection(skus=("dear",)), amount=self.off),),
            tied_items=(TiedItem(key="pen", product_id="pen"),) if self.sells else (),
        )


def test_what_never_hurts_depends_on_the_lines_that_were_added() -> None:
    """A rival adds no pen, and no percentage hurts then; beside a pen one does (PR-14).

    Of all sets that can be made the best one is found by trying them: without 1 % off, a minor unit
    of the others' splits falls to the pen, which 75 % are taken off at last.
    """
    promotions = [
        promotion(Kit(usd("0.01"), sells=False), "rival", priority=9, group="kit"),
        promotion(Kit(usd("3.44"), sells=True), "kit", priority=5, group="kit"),
        *(
            promotion(PercentOff(percent=percent), f"all {percent}", priority=-percent)
            for percent in (1, 18, 38, 44)
        ),
        promotion(PercentOff(percent=75, target=Selection(skus=("pen",))), "pen", priority=-75),
    ]
    pens = {"pen": product("pen", variant("pen", "2.69"))}
    given = cart(line("dear", "4.91"))
    tried = [
        price(given, some, at=AT, products=pens).total
        for size in range(len(promotions) + 1)
        for some in combinations(promotions, size)
    ]
    policy = PricingPolicy(combination=Combination.BEST_FOR_CUSTOMER)
    quote = price(given, promotions, at=AT, policy=policy, products=pens)

    assert (usd("0.60"), min(tried), True) == (quote.total, quote.total, quote.optimal)
    assert "all 1" not in {d.promotion_id for d in quote.decisions if d.applied}
