"""A unit that one quantity promotion has used is not used by another (PR-13).

Equal units can have had different fates: one is free by now, another one was bought. It matters
which of them is which.
"""

from typing import Any

import pytest

from cartcore.pricing.engine import price
from cartcore.pricing.policy import Combination, PricingPolicy
from cartcore.pricing.quote import Quote
from cartcore.promotions.promotion import Promotion
from cartcore.rules import Selection
from cartcore.rules.builtin import AmountOff, BuyXGetY, NthOfSet, PercentOff
from tests.support.carts import AT, cart, line, promotion, taken, usd, why_not

MUG, POT, CAP = line("mug", "10.00", 2), line("pot", "30.00"), line("cap", "20.00")
MUGS, POTS, CAPS = (Selection(skus=(sku,)) for sku in ("mug", "pot", "cap"))


def quoted(*promotions: Promotion, **policy: Any) -> Quote:
    return price(cart(MUG, POT, CAP), promotions, at=AT, policy=PricingPolicy(**policy))


def a_pot_for_a_mug(**fields: Any) -> Promotion:
    return promotion(BuyXGetY(buy=1, buy_from=MUGS, get_from=POTS, percent=50), "pot", **fields)


def a_cap_for_a_mug(**fields: Any) -> Promotion:
    return promotion(BuyXGetY(buy=1, buy_from=MUGS, get_from=CAPS, percent=50), "cap", **fields)


@pytest.mark.parametrize("combination", Combination)
@pytest.mark.parametrize("free", [PercentOff, AmountOff])
def test_the_only_mug_that_is_paid_for_is_bought_once(free: Any, combination: Combination) -> None:
    """Of two mugs one is free; the other, which the pot was for, is not what the cap is for.

    The free one is no unit that could be bought (PR-30), and the other one is used up (PR-13).
    """
    given = {"percent": 100} if free is PercentOff else {"amount": usd("10.00")}
    one_free = promotion(free(target=MUGS, limit=1, **given), "free", priority=9)
    quote = quoted(
        one_free, a_pot_for_a_mug(priority=2), a_cap_for_a_mug(), combination=combination
    )

    assert usd("45.00") == quote.total  # 70.00 less one mug and half a pot
    assert ("buy_x_get_y", "needs 1 more item of mug", 1) == why_not(quote, "cap")


def test_a_unit_that_was_gained_stays_used_when_another_becomes_free() -> None:
    """A pot has one mug at half price, the dearer one is free then: there is none for a cap."""
    half = BuyXGetY(buy=1, buy_from=POTS, get_from=MUGS, get=1, limit=1, percent=50)
    one_free = promotion(PercentOff(percent=100, target=MUGS, limit=1), "free", priority=2)
    quote = quoted(promotion(half, "half", priority=3), one_free, a_cap_for_a_mug())

    assert usd("55.00") == quote.total  # a mug for 5.00, a pot and a cap
    assert "buy_x_get_y" == why_not(quote, "cap")[0]


@pytest.mark.parametrize(
    "second",
    [
        BuyXGetY(buy=1, buy_from=CAPS, get_from=MUGS, percent=50),
        NthOfSet(size=1, position=1, percent=50, target=MUGS),
    ],
    ids=lambda effect: effect.type_name,
)
def test_the_unit_that_is_left_is_gained(second: Any) -> None:
    """Of mugs for 6.00 and 8.00 the dear one was gained already, so 3.00 are half the other one.

    40 % came off one mug, then 20 % off the other, as it has more left.
    """
    forty = promotion(PercentOff(percent=40, target=MUGS, limit=1), "forty", priority=3)
    first = BuyXGetY(buy=1, buy_from=POTS, get_from=MUGS, percent=20)
    quote = quoted(
        forty,
        promotion(first, "first", priority=2),
        promotion(second, "second", priority=1),
    )

    assert "2.00" == taken(quote)["first", "mug"]
    assert "3.00" == taken(quote)["second", "mug"]


def test_what_was_bought_can_be_discounted() -> None:
    """A used mug is as good as another one for a discount that uses none (PR-13).

    It goes first: so the other one, still to be paid for, can be what a cap is for.
    """
    one_free = promotion(PercentOff(percent=100, target=MUGS, limit=1), "free", priority=2)
    quote = quoted(a_pot_for_a_mug(priority=3), one_free, a_cap_for_a_mug())

    assert usd("35.00") == quote.total
    assert all(decision.applied for decision in quote.decisions)
