"""Places where a bound of the search would be too low if it were a little more hopeful (PR-14)."""

from typing import ClassVar

import attrs

from cartcore.promotions.context import PricingContext
from cartcore.promotions.offer import Discount, Ineligible, Offer, TakenFirst
from cartcore.promotions.promotion import Promotion
from cartcore.promotions.types import PromotionClass
from cartcore.rules import Selection
from cartcore.rules.builtin import AmountOff, PercentOff
from cartcore.testing.pricing import PricingCase
from tests.support.bound_checker import check_bound
from tests.support.carts import AT, cart, line, promotion


def compared(*promotions: Promotion) -> int:
    """Compare the bound for four pins at 0.015, and a hat."""
    given = cart(line("pin", "0.015", 4), line("hat", "50.00"))
    found = check_bound(PricingCase(cart=given, promotions=promotions, at=AT))
    return found["places where the bound was compared"]


def test_units_that_were_split_again_and_again() -> None:
    """Of four units that cost 0.06, two may be 0.04: each split rounds one up (PR-3, PR-14).

    Discounts of the hat and some pins take all of it off the hat, and split the pins.
    """
    splitting = [
        promotion(
            PercentOff(percent="10", limit=limit, which=TakenFirst.DEAREST), f"{n}", priority=9 - n
        )
        for n, limit in enumerate((2, 3, 3, 2))
    ]
    pins = Selection(skus=("pin",))
    free = promotion(PercentOff(percent="100", target=pins, limit=2), "free")

    assert compared(*splitting, free)


def test_percentages_of_lines_that_are_split_meanwhile() -> None:
    """A percentage is rounded for as many parts as there are by then (PR-3, PR-14)."""
    tenth = [promotion(PercentOff(percent="10"), f"p{n}", priority=n) for n in range(3)]
    some = [
        promotion(
            PercentOff(percent="30", limit=limit, which=TakenFirst.DEAREST), f"s{n}", priority=n
        )
        for n, limit in enumerate((2, 3))
    ]

    assert compared(*tenth, *some, promotion(AmountOff(amount=line("x", "9.99").unit_price), "a"))


@attrs.frozen
class Twice:
    """A type that takes its percentage off all goods two times."""

    type_name: ClassVar[str] = "tests.twice"
    promotion_class: ClassVar[PromotionClass] = PromotionClass.ITEM

    def evaluate(self, context: PricingContext) -> Offer | Ineligible:
        each = Discount(lines=Selection(), percent="40")
        return Offer(discounts=(each, each))


def test_several_percentages_of_one_promotion() -> None:
    """What a promotion takes in two goes is more than its first percentage (PR-14)."""
    twice = [promotion(Twice(), f"t{n}", priority=n) for n in range(2)]

    assert compared(*twice, promotion(PercentOff(percent="10"), "tenth"))
