"""What is said of a promotion that another one takes the place of (PR-27)."""

import pytest

from cartcore.pricing.policy import Combination
from cartcore.rules.builtin import OrderAmountOff
from cartcore.testing.pricing import PricingCase
from tests.support.carts import AT, cart, line, promotion, usd


@pytest.mark.parametrize(
    ("winner", "loser", "said"),
    [
        ("10.00", "10.00", "which applies in its place; the total would be the same"),
        (
            "10.00",
            "4.00",
            (
                "which applies in its place; choosing this one instead would raise the total by"
                " 6.00 USD"
            ),
        ),
        (
            "4.00",
            "10.00",
            "which has priority; choosing this one instead would lower the total by 6.00 USD",
        ),
    ],
)
def test_what_the_total_would_be_instead(winner: str, loser: str, said: str) -> None:
    """Two of a group off 50.00 in priority order: higher, lower or the same (PR-13, PR-27)."""
    case = PricingCase(
        cart=cart(line("mug", "50.00")),
        promotions=(
            promotion(OrderAmountOff(amount=usd(winner)), "first", group="g", priority=1),
            promotion(OrderAmountOff(amount=usd(loser)), "second", group="g"),
        ),
        at=AT,
    )
    assert case.policy.combination is Combination.IN_PRIORITY_ORDER

    decision = case.price().decision("second")

    assert decision is not None
    assert f"does not combine with first, {said}" == decision.message
