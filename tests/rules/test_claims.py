"""What types promise about their discount in advance, with figures computed by hand (PR-14).

The cart is 2 × mug at 5.00, 1 × hat at 20.00 and 4 × pen at 1.25. Beside it stands a hat for 90.00
that is excluded from discounts.
"""

from decimal import Decimal
from typing import Any, ClassVar

import attrs
import pytest
from moneyed import Money

from cartcore.rules import (
    Ineligible,
    PricingContext,
    PromotionClass,
    Selection,
    TakenFirst,
    most_expensive_first,
    most_off_unit,
)
from cartcore.rules.builtin import (
    Bundle,
    BundlePart,
    BuyXGetY,
    FirstAndFurtherOff,
    MinSubtotal,
    NthOfSet,
    Spread,
)
from tests.support.carts import cart, line, priced, promotion, usd

CART = cart(
    line("mug", "5.00", 2),
    line("hat", "20.00"),
    line("pen", "1.25", 4),
    line("fine hat", "90.00", discountable=False),
)
PENS = Selection(skus=("pen",))
ALL_THREE = (BundlePart(quantity=3),)


@attrs.frozen
class Asking:
    """A type that asks another one for its claim, and never applies."""

    type_name: ClassVar[str] = "test.asking"
    promotion_class: ClassVar[PromotionClass] = PromotionClass.ITEM

    effect: Any
    claim: str

    def evaluate(self, context: PricingContext) -> Ineligible:
        return Ineligible("asked", str(getattr(self.effect, self.claim)(context)))


def claimed(effect: Any, claim: str = "at_most") -> int:
    """What a type claims of the cart, in cents."""
    decision = priced(CART, promotion(Asking(effect, claim))).decision("promo")
    assert decision is not None
    return int(decision.message)


@pytest.mark.parametrize(
    ("fields", "cents"),
    [
        # mug 2.00 + 0.50, hat 2.00, pen 1.25 (all of it) + 3 × 0.50
        ({"first": usd("2.00"), "further": usd("0.50")}, 725),
        ({"first": usd("2.00"), "further": usd("0.50"), "limit": 2}, 625),
        ({"first": usd("1.00"), "limit": 1}, 300),
        ({"first": usd("1.00")}, 300),
        # equal lines have one first unit together: each unit may be a further one
        ({"further": usd("0.50")}, 350),
        # 5.00 off each mug, 6.00 off the hat, 1.25 off each pen
        ({"first": usd("5.00"), "further": usd("6.00")}, 2100),
        ({"first": usd("1.00"), "target": PENS}, 100),
    ],
    ids=str,
)
def test_first_and_further(fields: dict[str, Any], cents: int) -> None:
    """Each unit gives the larger amount that it can get, and no more than it costs (PR-14)."""
    assert cents == claimed(FirstAndFurtherOff(**fields))


@pytest.mark.parametrize(
    ("fields", "cents"),
    [
        # of seven units two sets: half of the hat, half of a mug
        ({"percent": 50}, 1250),
        ({"percent": 50, "limit": 1}, 1000),
        ({"percent": 50, "max_units": 1}, 1000),
        ({"percent": 50, "max_units": 1, "spread": Spread.OVERALL}, 1000),
        ({"percent": 50, "maximum": usd("9.00")}, 900),
        # 6.6666 and 1.66665, each rounded up
        ({"percent": Decimal("33.333")}, 667 + 167),
        ({"percent": 50, "target": PENS}, 63),
        ({"size": 4}, 2000),
        ({"size": 7}, 2000),
        ({"size": 8}, 0),
    ],
    ids=str,
)
def test_nth_of_set(fields: dict[str, Any], cents: int) -> None:
    """One of the most expensive units for each set that there can be (PR-14)."""
    assert cents == claimed(NthOfSet(**({"size": 3, "position": 1} | fields)))


@pytest.mark.parametrize(
    ("fields", "cents"),
    [
        # hat, mug, mug; pen, pen, pen; pen: the third of each three
        ({"buy": 2}, 625),
        ({"buy": 2, "limit": 1}, 500),
        ({"buy": 2, "max_units": 1}, 500),
        ({"buy": 2, "maximum": usd("6.00")}, 600),
        # 33.333 % of 5.00 and of 1.25, each rounded up
        ({"buy": 2, "percent": Decimal("33.333")}, 167 + 42),
        ({"buy": 2, "which": TakenFirst.DEAREST}, 2500),
        ({"buy": 2, "get_from": PENS}, 250),
        # hat bought, mug and mug gained; pen bought, pen and pen gained; a pen is left over
        ({"buy": 1, "get": 2}, 1250),
        # hat and mug bought, mug and pen gained; two pens bought, one gained
        ({"buy": 2, "get": 2}, 500 + 2 * 125),
        ({"buy": 2, "get": 2, "whole": True}, 500 + 125),
        ({"spend": usd("10.00"), "get": 3}, 3000),
        ({"buy": 7}, 0),
    ],
    ids=str,
)
def test_buy_x_get_y(fields: dict[str, Any], cents: int) -> None:
    """The most expensive units that can be gained, once others have used up the rest (PR-14)."""
    assert cents == claimed(BuyXGetY(**fields))


@pytest.mark.parametrize(
    ("fields", "cents"),
    [
        # Of each of six units, what it costs more than a third of the price:
        # 20.00 - 1.00, 2 × (5.00 - 1.00), 3 × (1.25 - 1.00)
        ({"price": usd("3.00")}, 2775),
        ({"price": usd("3.00"), "maximum": usd("7.00")}, 700),
        # one set: 20.00 - 1.00, 2 × (5.00 - 1.00)
        ({"price": usd("3.00"), "limit": 1}, 2700),
        # 20.00 - 5.3333, rounded up; the others cost less than their share
        ({"price": usd("16.00")}, 1467),
        ({"price": usd("0.00"), "parts": (BundlePart(target=PENS, quantity=2),)}, 500),
        ({"price": usd("0.00"), "parts": (BundlePart(target=PENS, quantity=5),)}, 0),
    ],
    ids=str,
)
def test_bundle(fields: dict[str, Any], cents: int) -> None:
    """What the most expensive units of all sets cost more than their share (PR-14)."""
    assert cents == claimed(Bundle(**({"parts": ALL_THREE} | fields)))


@pytest.mark.parametrize(("after", "cents"), [(True, 1000), (False, 0)])
def test_min_subtotal(after: bool, cents: int) -> None:  # noqa: FBT001
    """What discounts may not go below, where they count (PR-14)."""
    condition = MinSubtotal(amount=usd("10.00"), after_discounts=after)

    assert cents == claimed(condition, "least_left")


def test_most_expensive_first() -> None:
    """Lines by unit price, without those that are excluded from discounts (PR-14)."""
    found = most_expensive_first(CART.lines)

    assert ["hat", "mug", "pen"] == [each.id for each in found]


@pytest.mark.parametrize(
    ("price", "percent", "most"),
    [
        (usd("5.00"), "100", 500),
        (usd("5.00"), "50", 250),
        (usd("0.33"), "50", 17),
        (usd("0.333"), "100", 34),
        (usd("0.333"), "50", 17),
        (Money("5", "JPY"), "10", 1),
        (usd("0.00"), "100", 0),
    ],
    ids=str,
)
def test_most_off_unit(price: Money, percent: str, most: int) -> None:
    """A percentage of a unit's price, both rounded up to the minor unit (PR-14)."""
    assert most == most_off_unit(line("a", price), Decimal(percent))
