"""Splits that went wrong once, each as small as it gets."""

import pytest
from moneyed import Money

from cartcore.pricing.engine import price
from cartcore.pricing.policy import PricingPolicy, RoundingPoint, Stacking
from cartcore.promotions.offer import Per
from cartcore.promotions.promotion import Limits
from cartcore.rules import Selection
from cartcore.rules.builtin import AmountOff, FixedPrice, PercentOff
from tests.support.carts import AT, cart, line, promotion, usd


@pytest.mark.parametrize("point", RoundingPoint)
class TestWhatALineAtItsMinimumCannotTake:
    """It moves to the other lines, wherever a percentage is rounded (PR-7, PR-29)."""

    @pytest.mark.parametrize("of_original", [False, True])
    def test_of_a_percentage(self, point: RoundingPoint, *, of_original: bool) -> None:
        """20 % of 20.00 are 4.00: 0.50 of one line, and the other 3.50 (PR-7, PR-29)."""
        given = cart(line("a", "10.00", minimum_price=usd("9.50")), line("b", "10.00"))
        fifth = promotion(PercentOff(percent="20", of_original=of_original))
        quote = price(given, [fifth], at=AT, policy=PricingPolicy(rounding_point=point))

        assert usd("16.00") == quote.total
        assert ["9.50", "6.50"] == [f"{each.total.amount}" for each in quote.lines]
        assert quote.decisions[0].cut is None

    def test_of_an_amount(self, point: RoundingPoint) -> None:
        """Of 4.00 across both lines likewise; of 2.00 each, 1.50 are cut (PR-7, PR-29)."""
        given = cart(line("a", "10.00", minimum_price=usd("9.50")), line("b", "10.00"))
        policy = PricingPolicy(rounding_point=point)
        totals = {
            per: price(given, [promotion(effect)], at=AT, policy=policy).total
            for per, effect in {
                Per.TOTAL: AmountOff(amount=usd("4.00")),
                Per.LINE: AmountOff(amount=usd("2.00"), per=Per.LINE),
                Per.UNIT: AmountOff(amount=usd("2.00"), per=Per.UNIT),
            }.items()
        }

        assert totals == {Per.TOTAL: usd("16.00"), Per.LINE: usd("17.50"), Per.UNIT: usd("17.50")}

    def test_it_moves_to_lines_whose_own_share_is_rounded_to_nothing(
        self, point: RoundingPoint
    ) -> None:
        """10 % of 1.00 is more than both other lines have: all of their 0.08 (PR-3, PR-29)."""
        floored = line("a", "1.00", minimum_price=usd("1.00"))
        given = cart(floored, line("b", "0.04"), line("c", "0.04"))
        tenth = promotion(PercentOff(percent="10", of_original=True))
        quote = price(given, [tenth], at=AT, policy=PricingPolicy(rounding_point=point))

        assert usd("1.00") == quote.total == sum((each.total for each in quote.lines), usd("0"))


def test_best_per_line_keeps_what_a_limited_promotion_took() -> None:
    """A promotion that wins no line leaves the discounts of the others in the total (PR-15).

    A limited one takes 20 % of 10.00, another 10 % at most, and one on nothing left is beaten.
    """
    policy = PricingPolicy(stacking=Stacking.BEST_PER_LINE)
    best = promotion(PercentOff(percent="20"), "a", limits=Limits(total=5))
    other = promotion(PercentOff(percent="10"), "b")
    quote = price(cart(line("x", "10.00")), [best, other], at=AT, policy=policy)

    assert (usd("8.00"), usd("2.00")) == (quote.total, quote.totals.item_discounts)
    assert ["applied", "beaten"] == [decision.reason for decision in quote.decisions]


def test_a_discounted_line_has_the_units() -> None:
    """Of equal units in two lines, those of the line that gave the money count as used (PR-16).

    A price of 1.00 for one unit of three leaves 9.00 to take off the other line first.
    """
    given = cart(
        line("a", "5.00", sku="mug", product_id="mug", title="Mug"),
        line("b", "5.00", 2, sku="mug", product_id="mug", title="Mug"),
    )
    cheap = promotion(FixedPrice(price=usd("1.00"), limit=1), "a", priority=1)
    again = promotion(FixedPrice(price=usd("2.00"), limit=2, target=Selection(skus=("mug",))), "b")
    quote = price(given, [cheap, again], at=AT)

    assert {("a", "a"): (usd("4.00"), 1), ("b", "b"): (usd("6.00"), 2)} == {
        (each.promotion_id, each.line_id): (each.discount, each.units) for each in quote.adjustments
    }


def test_split_units_keep_their_minimum_price() -> None:
    """Units that are discounted by themselves stay at the minimum price of all (PR-29).

    Ten units at 0.005 cost 0.05, which is their minimum; five of them are 0.03 and 0.02, and half
    of the minimum is 0.025, so a cent must not get lost between them.
    """
    given = cart(line("a", "0.005", 10, minimum_price=usd("0.005")))
    promotions = [
        promotion(PercentOff(percent="50", limit=units), f"{units}") for units in (5, 3, 7, 1, 9)
    ]
    quote = price(given, promotions, at=AT)

    assert usd("0.05") == quote.total


def test_finer_prices_are_rounded_once_for_each_line() -> None:
    """Three in one line at 3.335 cost 10.01, three lines of one 10.02; at 3.34 the same (PR-24).

    The law that equal units may stand in several lines is one of whole minor units (PR-2, PR-24).
    """

    def total(unit_price: str, *quantities: int) -> Money:
        lines = [
            line(f"l{n}", unit_price, quantity, sku="mug") for n, quantity in enumerate(quantities)
        ]
        return price(cart(*lines), at=AT).total

    assert [total("3.335", 3), total("3.335", 1, 1, 1)] == [usd("10.01"), usd("10.02")]
    assert [total("3.34", 3), total("3.34", 1, 1, 1)] == [usd("10.02"), usd("10.02")]
