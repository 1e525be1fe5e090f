"""Offers of several discounts: which of equal units each of them is taken off.

The lamps cost 100.00 each. One of them was reduced before by another promotion, so that what is
left of the units differs.
"""

from typing import ClassVar

import attrs
import pytest
from moneyed import Money

from cartcore.cart import CartLine
from cartcore.pricing.quote import Quote
from cartcore.promotions.offer import Discount, Offer, Per
from cartcore.promotions.types import PromotionClass
from cartcore.rules import PricingContext
from cartcore.rules.builtin import AmountOff
from tests.support.carts import cart, line, priced, promotion, usd
from tests.support.trace_checker import check_trace


@attrs.frozen
class Offering:
    """A type that offers what it was made with."""

    type_name: ClassVar[str] = "test.offering"
    promotion_class: ClassVar[PromotionClass] = PromotionClass.ITEM

    offer: Offer

    def evaluate(self, context: PricingContext) -> Offer:
        return self.offer


def off(units: int, each: str) -> Discount:
    """So much off each of so many lamps."""
    return Discount(units=(("lamp", units),), amount=usd(each), per=Per.UNIT)


def quoted(lamps: CartLine, offer: Offer, *, reduced: str = "60.00") -> Quote:
    """Lamps, of which one was reduced by so much before."""
    before = promotion(AmountOff(amount=usd(reduced), limit=1), "before", priority=1)
    return priced(cart(lamps), before, promotion(Offering(offer)))


def taken(quote: Quote) -> Money:
    decision = quote.decision("promo")
    assert decision is not None
    return decision.discount


@pytest.mark.parametrize(
    ("discounts", "expected"),
    [
        # Left are 40, 100, 100 and 100.
        ((off(1, "10.00"), off(3, "70.00")), "190.00"),  # 10 + 70 + 70 + 40
        ((off(2, "10.00"), off(2, "70.00")), "130.00"),  # 10 + 10 + 70 + 40
        ((off(1, "10.00"), off(1, "20.00"), off(2, "70.00")), "140.00"),  # 10 + 20 + 70 + 40
        # Seven units of four: 10, 10, 10, then 70 off the fourth, and 30 and 70 once more
        ((off(3, "10.00"), off(4, "70.00")), "280.00"),  # 3 × 10 + 3 × 70 + 40
        # The third of them comes back to a unit that had 10 off, when no other one is left.
        ((off(2, "10.00"), off(2, "20.00"), off(1, "30.00")), "90.00"),
    ],
)
def test_each_discount_has_units_of_its_own(discounts: tuple[Discount, ...], expected: str) -> None:
    """Discounts of one offer that name units take others, while there are any (PR-11, PR-19)."""
    quote = quoted(line("lamp", "100.00", 4), Offer(discounts=discounts))

    assert usd(expected) == taken(quote)
    check_trace(quote)


@pytest.mark.parametrize("units", [1, 2, 3])
def test_the_units_of_an_offer_are_those_of_all_its_discounts(units: int) -> None:
    """Discounts without a place of their own are taken off the same units (PR-19).

    Half of 100.00 and then 60.00, which is all that is left: each unit costs nothing.
    """
    both = (Discount(percent=50), Discount(amount=usd("60.00"), per=Per.UNIT))
    offer = Offer(shared_units=(("lamp", units),), discounts=both)
    quote = quoted(line("lamp", "100.00", 4), offer)

    assert units * usd("100.00") == taken(quote)
    check_trace(quote)


@pytest.mark.parametrize(
    "nothing", [Discount.percent_off(50, lines=()), Discount.percent_off(50, units=())], ids=str
)
def test_no_lines_are_not_those_that_an_offer_shares(nothing: Discount) -> None:
    """A discount of no lines, or of no units, is taken off nothing, whatever is shared (PR-19).

    A type that looks for lines may find none. Only 2 × 10.00 are taken.
    """
    ten = Discount.amount_off(usd("10.00"), None, per=Per.UNIT)
    offer = Offer(shared_units=(("lamp", 2),), discounts=(nothing, ten))

    assert usd("20.00") == taken(quoted(line("lamp", "100.00", 4), offer))


def test_the_units_of_an_offer_stay_the_same_when_some_get_more() -> None:
    """What one discount names itself does not change what the others are taken off (PR-19).

    Of two lamps, one gets 1.00 off in between: 2 × 10.00, 1.00, and the last 89.00 + 90.00.
    """
    offer = Offer(
        shared_units=(("lamp", 2),),
        discounts=(
            Discount(amount=usd("10.00"), per=Per.UNIT),
            off(3, "1.00"),
            Discount(percent=100),
        ),
    )
    quote = quoted(line("lamp", "100.00", 4), offer)

    # The others go first: 1.00 off each of two others, and off one of the two.
    assert usd("20.00") + 3 * usd("1.00") + usd("89.00") + usd("90.00") == taken(quote)
    check_trace(quote)
