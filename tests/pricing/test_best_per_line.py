"""`Stacking.BEST_PER_LINE`: each line takes the item promotion that gives it most (PR-13)."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cartcore.cart import Cart
from cartcore.pricing.engine import price
from cartcore.pricing.policy import PricingPolicy, Stacking
from cartcore.pricing.quote import Quote
from cartcore.promotions.promotion import Promotion
from cartcore.promotions.selection import Selection
from cartcore.promotions.types import PromotionClass, PromotionType
from cartcore.rules import TiedItem
from cartcore.rules.builtin import AddProduct, AmountOff, OrderAmountOff, PercentOff
from tests.support.carts import AT, cart, line, product, promotion, usd, variant

BEST = PricingPolicy(stacking=Stacking.BEST_PER_LINE)
PRODUCTS = {"mug": product("mug", variant("mug", "20.00"))}
MUG = AddProduct(items=(TiedItem(key="mug", product_id="mug"),), percent=Decimal(50))
"""A mug of 20.00 for half of that."""

IDLE = [
    promotion(
        AmountOff(amount=usd("1.00"), target=Selection(skus=("gone",))), f"idle {n}", group="idle"
    )
    for n in range(2)
]
"""Two of a group, which find nothing to discount in any cart."""


def best(given: Cart, *promotions: Promotion) -> Quote:
    return price(given, promotions, at=AT, policy=BEST, products=PRODUCTS)


def off(amount: str, sku: str) -> AmountOff:
    return AmountOff(amount=usd(amount), target=Selection(skus=(sku,)))


class TestConflicts:
    """Conflicts are decided on the ledgers that are really used (PR-13, PR-14)."""

    def test_idle_rivals_change_nothing(self) -> None:
        """Two rivals that find nothing to discount leave the total as it was (PR-13)."""
        given = cart(line("pen", "150.00"))
        gift = promotion(AddProduct(items=(TiedItem(key="mug", product_id="mug"),)), "mug")
        tenth = promotion(PercentOff(percent="10"), "tenth", priority=1)
        on_mugs = promotion(off("20.00", "mug"), "on mugs", priority=1)
        for others in ((tenth,), (on_mugs,), (tenth, on_mugs)):
            without = best(given, gift, *others)
            beside = best(given, gift, *others, *IDLE)
            assert without.total == beside.total
            assert without.adjustments == beside.adjustments

    def test_one_that_wins_no_line_bars_nobody(self) -> None:
        """Of a group, one that gives its line less than another does is no winner (PR-13)."""
        given = cart(line("a", "50.00"), line("b", "50.00"))
        most = promotion(off("20.00", "a"), "most")
        less = promotion(off("5.00", "a"), "less", priority=2, group="g")
        other = promotion(off("7.00", "b"), "other", priority=1, group="g")
        quote = best(given, most, less, other)
        assert quote.total == usd("73.00")
        assert quote.total == best(given, most, other).total
        assert {d.promotion_id for d in quote.decisions if d.applied} == {"most", "other"}
        decision = quote.decision("less")
        assert decision is not None
        assert decision.reason == "beaten"

    def test_a_cent_is_won(self) -> None:
        """The least that can be taken off a line wins it if nobody takes more (PR-13)."""
        cent = promotion(off("0.01", "a"), "cent")
        assert best(cart(line("a", "50.00")), cent).total == usd("49.99")

    def test_of_equal_discounts_the_first_wins(self) -> None:
        """Two that would take the same off a line: the one with the earlier turn does (PR-13)."""
        rivals = [promotion(off("5.00", "a"), own, priority=n) for n, own in enumerate("zm")]
        quote = best(cart(line("a", "50.00")), *rivals, promotion(PercentOff(percent="10"), "a"))
        assert [d.promotion_id for d in quote.decisions if d.applied] == ["m"]

    def test_a_winner_bars_its_rivals_in_later_phases(self) -> None:
        """An order discount of a group gives way to the item promotion that won a line (PR-13)."""
        given = cart(line("a", "50.00"))
        item = promotion(off("5.00", "a"), "item", group="g")
        order = promotion(OrderAmountOff(amount=usd("9.00")), "order", group="g")
        quote = best(given, item, order)
        assert quote.total == usd("45.00")
        assert [d.applied for d in quote.decisions] == [True, False]

    def test_a_loser_bars_none_in_later_phases(self) -> None:
        """An order discount has its turn where the item promotion of its group lost (PR-13)."""
        given = cart(line("a", "50.00"))
        most = promotion(off("10.00", "a"), "most")
        item = promotion(off("5.00", "a"), "item", group="g")
        order = promotion(OrderAmountOff(amount=usd("9.00")), "order", group="g")
        assert best(given, most, item, order).total == usd("31.00")


class TestTurns:
    """Promotions have their turn by priority, those that add goods as well (PR-5)."""

    def test_a_gift_of_lower_priority_comes_later(self) -> None:
        """What has its turn before goods are added neither counts nor discounts them (PR-5)."""
        given = cart(line("pen", "100.00"))
        gift = promotion(MUG, "gift", priority=1)
        tenth = promotion(PercentOff(percent="10"), "tenth", priority=2)
        quote = best(given, gift, tenth)
        assert quote.total == usd("100.00")  # 90.00 for the pen, 10.00 for the mug
        assert [d.promotion_id for d in quote.decisions] == ["tenth", "gift"]

    def test_a_gift_of_higher_priority_comes_before(self) -> None:
        """What has its turn after goods were added discounts what is left of them (PR-5)."""
        given = cart(line("pen", "100.00"))
        gift = promotion(MUG, "gift", priority=2)
        tenth = promotion(PercentOff(percent="10"), "tenth", priority=1)
        assert best(given, gift, tenth).total == usd("99.00")

    @pytest.mark.parametrize("priority", [1, 3])
    def test_as_with_all_stacked_where_there_is_one(self, priority: int) -> None:
        """With one item promotion, the best of each line is that one (PR-5)."""
        given = cart(line("pen", "100.00"), line("ink", "30.00"))
        promotions = [
            promotion(MUG, "gift", priority=priority),
            promotion(PercentOff(percent="10"), "tenth", priority=2),
            promotion(OrderAmountOff(amount=usd("3.00")), "order"),
        ]
        stacked = price(given, promotions, at=AT, products=PRODUCTS)
        quote = best(given, *promotions)
        assert quote.total == stacked.total
        assert [d.promotion_id for d in quote.decisions] == [
            d.promotion_id for d in stacked.decisions
        ]


def _effects() -> st.SearchStrategy[PromotionType]:
    amounts = st.integers(1, 30).map(lambda n: usd(f"{n}.00"))
    selections = st.sampled_from([Selection(), Selection(skus=("a",)), Selection(skus=("b",))])
    return st.one_of(
        st.builds(lambda m, s: AmountOff(amount=m, target=s), amounts, selections),
        st.builds(lambda p, s: PercentOff(percent=p, target=s), st.integers(1, 60), selections),
        st.builds(lambda m: OrderAmountOff(amount=m), amounts),
        st.just(MUG),
    )


@st.composite
def _rivals(draw: st.DrawFn) -> list[Promotion]:
    found = draw(st.lists(_effects(), min_size=2, max_size=6))
    return [
        promotion(
            effect,
            f"p{n}",
            priority=draw(st.integers(0, 2)),
            group=draw(st.sampled_from(["", "g", "h"])),
        )
        for n, effect in enumerate(found)
    ]


@settings(max_examples=60, deadline=None)
@given(_rivals())
def test_what_applies_to_nothing_changes_nothing(promotions: list[Promotion]) -> None:
    """Without one that would not apply anyway, or beside two such rivals, all stays (PR-13)."""
    given = cart(line("a", "40.00", 2), line("b", "25.00"))
    quote = best(given, *promotions)
    assert best(given, *promotions, *IDLE).adjustments == quote.adjustments
    for decision in quote.decisions:
        if not decision.applied and decision.reason != "beaten":
            others = [each for each in promotions if each.id != decision.promotion_id]
            assert best(given, *others).adjustments == quote.adjustments, decision


@settings(max_examples=60, deadline=None)
@given(_rivals())
def test_no_two_that_exclude_each_other_apply(promotions: list[Promotion]) -> None:
    """Of a group one applies at most, and each line takes one item promotion (PR-13)."""
    quote = best(cart(line("a", "40.00", 2), line("b", "25.00")), *promotions)
    applied = [
        each
        for each in promotions
        if any(d.applied and d.promotion_id == each.id for d in quote.decisions)
    ]
    groups = [each.group for each in applied if each.group]
    assert len(set(groups)) == len(groups)
    items = {e.id for e in applied if e.promotion_class is PromotionClass.ITEM}
    for each in quote.lines:
        takers = [a for a in quote.adjustments_of(line_id=each.line_id) if a.discount]
        assert len([a for a in takers if a.promotion_id in items]) <= 1
