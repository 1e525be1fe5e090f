"""Types that break a law of plugins, and the law that tells it (PK-6)."""

import random
from typing import Any, ClassVar

import attrs
import pytest
from moneyed import Money

from cartcore.promotions.promotion import Limits, Trigger
from cartcore.promotions.types import PromotionClass
from cartcore.rules import ALL_LINES, Discount, Offer, Selection, TiedItem
from cartcore.rules.builtin import AddProduct, FirstAndFurtherOff, PercentOff
from cartcore.shop.product import Product, Variant
from cartcore.testing.plugins import PROMOTION_LAWS, LawBroken
from cartcore.testing.plugins.code import Code
from cartcore.testing.pricing import PricingCase
from cartcore.testing.pricing.laws import a_gift_changes_nothing_else
from tests.support.carts import cart, line, promotion

TENTH = Discount(lines=ALL_LINES, percent=10)
COUNTED: list[int] = []


@attrs.frozen
class Bad:
    """What the broken types have in common."""

    type_name: ClassVar[str] = "bad.type"
    promotion_class: ClassVar[PromotionClass] = PromotionClass.ITEM

    def evaluate(self, context: Any) -> Any:
        first = context.lines[:1]
        return Offer(discounts=tuple(Discount(lines=(x.id,), percent=10) for x in first))


@attrs.frozen
class Chance(Bad):
    def evaluate(self, context: Any) -> Any:
        return Offer(discounts=(Discount(lines=ALL_LINES, percent=random.randint(1, 99)),))  # noqa: S311


@attrs.frozen
class Counting(Bad):
    def evaluate(self, context: Any) -> Any:
        COUNTED.append(1)
        return Offer(discounts=(Discount(lines=ALL_LINES, percent=len(COUNTED)),))


@attrs.frozen
class Leaving(Bad):
    def evaluate(self, context: Any) -> Any:
        raise SystemExit(3)


@attrs.frozen
class Lying(Bad):
    def evaluate(self, context: Any) -> Any:
        return Offer(discounts=(TENTH,))

    def at_most(self, context: Any) -> int:
        return 1


@attrs.frozen
class Forcing(Bad):
    def evaluate(self, context: Any) -> Any:
        object.__setattr__(context.lines[0], "title", "Mine")
        return Offer(discounts=(TENTH,))


BROKEN = {
    Bad: "the_order_of_lines_does_not_matter",
    Chance: "asked_again_it_answers_the_same",
    Counting: "asked_again_it_answers_the_same",
    Leaving: "it_answers_in_every_case",
    Lying: "its_claims_are_true",
    Forcing: "it_changes_nothing_that_it_sees",
}


def broken(effect: Any, **terms: Any) -> str:
    """The first law that a type breaks; empty if there is none."""
    given = cart(line("a", "10.00", 2), line("b", "5.00"))
    case = PricingCase(cart=given, promotions=(promotion(effect, "p", **terms),))
    for law in PROMOTION_LAWS:
        if law.__name__ != "another_process_comes_to_the_same":
            try:
                law(case)
            except (LawBroken, AssertionError):
                return law.__name__
    return ""


@pytest.mark.parametrize("kind", BROKEN, ids=lambda kind: kind.__name__)
def test_a_broken_type_is_told_by_its_law(kind: type[Bad]) -> None:
    """Each broken type fails the law that names its fault (PK-6)."""
    assert BROKEN[kind] == broken(kind())


def test_a_correct_type_keeps_all_laws() -> None:
    """A built-in type breaks none (PK-6)."""
    assert "" == broken(PercentOff(percent=10))


def test_a_claim_that_looks_at_discounts_is_no_claim() -> None:
    """What a type says of the discounts that there are does not bind it beyond them (PK-6, PR-14).

    Others that had their turn before make more lines discounted ones.
    """
    discounted = Selection(exclude=Selection(undiscounted=True))
    amount = Money("1.00", "USD")
    assert "" == broken(FirstAndFurtherOff(further=amount, target=discounted))


def test_terms_of_the_promotion_do_not_matter_to_its_claims() -> None:
    """A promotion with codes and limits is asked what it needs like any other (PK-6)."""
    effect = PercentOff(percent=10, target=Selection(skus=("a",)))
    limits = Limits(per_code=1)
    assert "" == broken(effect, trigger=Trigger.CODE, codes=("A",), limits=limits)


def test_a_tuple_of_one_is_written_with_one_comma() -> None:
    """What is told of a case can be pasted, however long a tuple's only value is (PK-18)."""
    value = (("x" * 60, "y" * 60),)
    assert value == eval("\n".join(Code().lines("", value)))  # noqa: S307
    assert "(1,)" == "".join(Code().lines("", (1,)))


def test_a_promotion_may_give_a_product_that_is_called_gift() -> None:
    """What a law adds is no product that somebody else may have, or lack (PR-30, PK-6)."""
    gift = TiedItem(key="g", product_id="gift")
    giving = promotion(AddProduct(items=(gift,), percent=50), "p")
    sold = Product(
        id="gift", title="Gift", variants=(Variant(sku="GIFT", price=Money("9.00", "USD")),)
    )
    for products in ({}, {"gift": sold}):
        case = PricingCase(cart=cart(line("a", "10.00")), promotions=(giving,), products=products)
        a_gift_changes_nothing_else(case)
