"""Splits that went wrong once, each as small as it gets."""

from cartcore.policy import PricingPolicy, RoundingPoint, Stacking
from cartcore.pricing import price
from cartcore.promotion import Limits
from cartcore.rules import Selection
from cartcore.rules.builtin.fixed_price import FixedPrice
from cartcore.rules.builtin.percent_off import PercentOff
from tests.carts import AT, cart, line, promotion, usd


def test_what_rounds_to_nothing_takes_nothing_over() -> None:
    """What a line at its minimum price cannot take goes to no line without a share (PR-3, PR-29).

    10 % of 1.00 cannot be taken, and 10 % of 0.04 rounds to nothing on both other lines.
    """
    given = cart(line("a", "1.00", minimum_price=usd("1.00")), line("b", "0.04"), line("c", "0.04"))
    policy = PricingPolicy(rounding_point=RoundingPoint.LINE)
    tenth = promotion(PercentOff(percent="10", of_original=True))
    quote = price(given, [tenth], at=AT, policy=policy)

    assert usd("1.08") == quote.total == sum((each.total for each in quote.lines), usd("0"))
    assert not quote.decisions[0].applied


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
