"""The search for the best with many promotions, and the promotions that it takes unbranched."""

from datetime import UTC
from decimal import Decimal

import attrs
import pytest

from cartcore.cart import ManualDiscount
from cartcore.pricing.candidates import candidates
from cartcore.pricing.engine import price, run
from cartcore.pricing.ledger import Ledger
from cartcore.pricing.policy import Combination, PricingPolicy
from cartcore.pricing.pools import pools_of
from cartcore.pricing.promotion_set import PromotionSet
from cartcore.pricing.quote import Quote
from cartcore.pricing.request import PricingRequest
from cartcore.pricing.turns import Turns
from cartcore.promotions.offer import Per
from cartcore.promotions.promotion import Promotion
from cartcore.promotions.types import PromotionClass, PromotionType
from cartcore.rules import Selection
from cartcore.rules.builtin import (
    AmountOff,
    BuyXGetY,
    FixedPrice,
    MaxSubtotal,
    MinSubtotal,
    OrderAmountOff,
    OrderPercentOff,
    PercentOff,
)
from tests.support.carts import AT, cart, line, promotion, usd

MUG = line("MUG", "10.00", 5)
HAT = line("HAT", "25.00", 2)
ONE_PERCENT = promotion(PercentOff(percent="1"), "one percent", priority=1)
"""Off 100.00, before all others."""


def best(*promotions: Promotion, limit: int = 600_000) -> Quote:
    policy = PricingPolicy(combination=Combination.BEST_FOR_CUSTOMER, work_limit=limit)
    return price(cart(MUG, HAT), promotions, at=AT, policy=policy)


class TestOnePercentBefore:
    """PR-14: whether 1 % off 100.00 hurts is up to what comes after it."""

    @pytest.mark.parametrize(("least", "total"), [("100.00", "50.00"), ("99.00", "49.00")])
    def test_what_needs_goods_to_be_left(self, least: str, total: str) -> None:
        """PR-9, PR-14: 50.00 off from 100.00 after discounts cannot be had beside it."""
        asks = (MinSubtotal(amount=usd(least), after_discounts=True),)
        fifty = promotion(OrderAmountOff(amount=usd("50.00")), "fifty", conditions=asks)
        quote = best(ONE_PERCENT, fifty)
        assert (quote.total, quote.optimal) == (usd(total), True)

    def test_what_needs_little_to_be_left(self) -> None:
        """PR-9, PR-14: 50.00 off up to 99.00 can only be had with it."""
        asks = (MaxSubtotal(amount=usd("99.00"), after_discounts=True),)
        fifty = promotion(OrderAmountOff(amount=usd("50.00")), "fifty", conditions=asks)
        assert best(ONE_PERCENT, fifty).total == usd("49.00")

    def test_what_looks_for_undiscounted_lines(self) -> None:
        """PR-10, PR-14: 30 % off undiscounted lines finds none any more."""
        thirty = promotion(PercentOff(percent="30", target=Selection(undiscounted=True)), "thirty")
        assert best(ONE_PERCENT, thirty).total == usd("70.00")

    def test_one_of_its_group(self) -> None:
        """PR-13, PR-14: 20 % of the same group are better."""
        one = promotion(PercentOff(percent="1"), "one percent", priority=1, group="g")
        twenty = promotion(PercentOff(percent="20"), "twenty", group="g")
        assert best(one, twenty).total == usd("80.00")

    def test_a_class_that_it_does_not_combine_with(self) -> None:
        """PR-13, PR-14: nor does it go with 20 % off the order."""
        one = promotion(
            PercentOff(percent="1"),
            "one percent",
            priority=1,
            combines_with=(PromotionClass.ITEM,),
        )
        assert best(one, promotion(OrderPercentOff(percent="20"), "order")).total == usd("80.00")

    def test_one_that_would_use_the_same_units(self) -> None:
        """PR-13, PR-14: of two that use up units, the second one gives more."""
        small = promotion(BuyXGetY(buy=6, get=1, percent=Decimal(1)), "small", priority=1)
        large = promotion(BuyXGetY(buy=6, get=1), "large")
        assert best(small, large).total == usd("90.00")

    @pytest.mark.parametrize(
        ("effect", "total"),
        [
            (OrderAmountOff(amount=usd("50.00")), "49.00"),
            (OrderPercentOff(percent="50"), "49.50"),
            (PercentOff(percent="50", of_original=True), "49.00"),
            (AmountOff(amount=usd("20.00"), per=Per.LINE), "59.00"),
            (AmountOff(amount=usd("9.95"), per=Per.UNIT, target=Selection(skus=("MUG",))), "49.50"),
            (FixedPrice(price=usd("9.90"), target=Selection(skus=("MUG",))), "99.00"),
        ],
    )
    def test_what_takes_less_then_but_leaves_no_more(
        self, effect: PromotionType, total: str
    ) -> None:
        """PR-14: both are had."""
        assert best(ONE_PERCENT, promotion(effect, "other")).total == usd(total)


class TestMany:
    """PR-14: a thousand promotions that apply are no matter of the stack, nor of minutes."""

    def test_that_all_combine(self) -> None:
        """Each takes 1 % of what the others left: the priority order, proven to be the best."""
        promotions = [promotion(PercentOff(percent="1"), f"p{n:04}") for n in range(1000)]
        quote = best(*promotions)
        in_order = price(cart(MUG, HAT), promotions, at=AT)
        assert (quote.total, quote.optimal) == (in_order.total, True)

    def test_that_each_need_goods_to_be_left(self) -> None:
        """Where each has branches, the limit ends the search, and what is told then is true.

        Ten cents each while 50.00 or more are left: 500 of them, and all 1,000 are applicable.
        """
        asks = (MinSubtotal(amount=usd("50.00"), after_discounts=True),)
        promotions = [
            promotion(AmountOff(amount=usd("0.10")), f"p{n:04}", conditions=asks)
            for n in range(1000)
        ]
        quote = best(*promotions, limit=10_000)
        assert quote.total == usd("49.90")
        bound = usd("0.00") if quote.bound is None else quote.bound
        assert quote.optimal == (quote.bound is None)
        assert quote.total - bound <= usd("49.90")

    def test_that_exclude_each_other(self) -> None:
        """Of each pair the larger amount: what is found is no farther from it than the bound."""
        promotions = [
            promotion(
                AmountOff(amount=usd(f"0.0{1 + n % 7}")),
                f"p{n:04}",
                group=f"g{n // 2}",
            )
            for n in range(1000)
        ]
        taken = sum(max(1 + n % 7, 1 + (n + 1) % 7) for n in range(0, 1000, 2))
        policy = PricingPolicy(combination=Combination.BEST_FOR_CUSTOMER, work_limit=10_000)
        book = PromotionSet(promotions)
        # Without a quote: of 500 that were beaten, it would say by how much.
        mugs = cart(MUG, HAT)
        request = PricingRequest(mugs, AT.astimezone(UTC), {}, {}, policy, None, {})
        ledger = Ledger.of(pools_of(mugs, policy.rounding, frozenset()))
        turns = Turns(request, ledger)
        found = candidates(request, book, turns, ledger)
        priced = run(request, book, turns, found, ledger)
        assert ledger.total_left - priced.bound <= 100_00 - taken <= ledger.total_left


def test_a_discount_by_hand_is_estimated_like_others() -> None:
    """Beside 5 % off the order by staff, a choice from 14 pairs is proven with little work (PR-28).

    Not known, it would be taken for all goods, and no branch could be left (PR-14).
    """
    promotions = [
        promotion(AmountOff(amount=usd(f"{1 + n % 5}.00")), f"p{n:02}", group=f"g{n // 2}")
        for n in range(28)
    ]
    by_hand = ManualDiscount(id="m", percent=Decimal(5), reason="late", actor="kim")
    given = attrs.evolve(cart(line("SOFA", "900.00")), manual=(by_hand,))
    policy = PricingPolicy(combination=Combination.BEST_FOR_CUSTOMER, work_limit=100_000)
    quote = price(given, promotions, at=AT, policy=policy)

    taken = sum(max(1 + n % 5, 1 + (n + 1) % 5) for n in range(0, 28, 2))
    assert quote.optimal
    assert quote.total == usd(f"{900 - taken}.00") * Decimal("0.95")
