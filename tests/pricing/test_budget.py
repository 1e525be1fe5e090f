"""A budget, and what is left of it (PR-12)."""

import pytest
from moneyed import Money

from cartcore.pricing.engine import price
from cartcore.pricing.quote_parts import Decision
from cartcore.promotions.promotion import Limits, Usage
from cartcore.promotions.reasons import BUDGET_EXCEEDED, OTHER_CURRENCY
from cartcore.rules.builtin import OrderPercentOff
from tests.support.carts import AT, cart, line, promotion, usd


def decide(budget: Money, *given: Money) -> tuple[Money, Decision]:
    """40.00 less 10 % within a budget of which so much was given: the total, and the decision."""
    tenth = promotion(OrderPercentOff(percent="10"), "tenth", limits=Limits(budget=budget))
    usage = {"tenth": Usage(total=len(given), discounts=given)}
    quote = price(cart(line("mug", "40.00")), [tenth], at=AT, usage=usage)
    (decision,) = quote.decisions
    return quote.total, decision


def test_just_enough_is_left() -> None:
    """A discount of all that is left of the budget is given (PR-12)."""
    total, decision = decide(usd("10.00"), usd("6.00"))
    assert (usd("36.00"), True) == (total, decision.applied)


@pytest.mark.parametrize(
    ("given", "left"),
    [("6.01", "3.99"), ("10.00", "0.00"), ("12.50", "0.00")],
    ids=["a cent too little", "nothing", "more was given than the budget of today"],
)
def test_too_little_is_left(given: str, left: str) -> None:
    """A discount above what is left is not given at all; the figures are told (PR-12, PR-17)."""
    total, decision = decide(usd("10.00"), usd(given))
    assert (usd("40.00"), BUDGET_EXCEEDED) == (total, decision.reason)
    assert decision.message == (
        f"its discount would be 4.00 USD, but only {left} USD of its budget of 10.00 USD is left"
    )


def test_discounts_in_another_currency_do_not_count() -> None:
    """What was given in euros takes nothing from a budget in dollars (PR-1, PR-12)."""
    total, decision = decide(usd("10.00"), Money("9.00", "EUR"), usd("6.00"))
    assert (usd("36.00"), True) == (total, decision.applied)


def test_a_budget_in_another_currency() -> None:
    """With a budget in another currency than the cart's a promotion does not apply (PR-20)."""
    total, decision = decide(Money("10.00", "EUR"))
    assert (usd("40.00"), OTHER_CURRENCY) == (total, decision.reason)
