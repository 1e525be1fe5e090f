"""Pricing against a second implementation that shares nothing with the first (PR-2 … PR-13)."""

from decimal import Decimal
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cartcore.pricing.policy import PricingPolicy, RoundingPoint
from cartcore.promotions.offer import Per, TiedItem
from cartcore.promotions.promotion import Promotion
from cartcore.promotions.types import PromotionClass
from cartcore.rules.builtin import AddProduct, AmountOff, FirstAndFurtherOff
from cartcore.testing.pricing import PricingCase, pricing_cases, untaxed
from cartcore.testing.pricing.carts import case_products
from cartcore.testing.pricing.contract import generated
from cartcore.values.allocation import Rounding
from cartcore.values.money import to_minor
from tests.support.carts import cart, line, promotion, usd
from tests.support.second_opinion import opinion

# Reasons whose figure is what the type or the condition itself counted.
COUNTED = {
    *("min_quantity", "min_subtotal", "distinct_products", "percent_off", "amount_off"),
    *("nth_of_set", "tiered_percent_off", "tiered_amount_off"),
}

roundings = st.builds(
    PricingPolicy,
    rounding=st.sampled_from(Rounding),
    rounding_point=st.sampled_from(RoundingPoint),
    percent_of_original=st.sampled_from([False, False, True]),
)


def combining(case: PricingCase) -> PricingCase:
    """The case with promotions that all combine: which ones apply is tested elsewhere."""
    return case.but(
        promotions=tuple(
            attrs.evolve(p, group="", exclusive=False, combines_with=tuple(PromotionClass))
            for p in case.promotions
        )
    )


def compare(case: PricingCase) -> None:
    """Both agree to the smallest coin, on everything."""
    case = combining(case)
    quote = case.price()
    second = opinion(case)
    code = quote.currency

    assert second.applied == {d.promotion_id for d in quote.decisions if d.applied}
    assert second.taken == {
        d.promotion_id: to_minor(d.discount, code) for d in quote.decisions if d.applied
    }
    assert second.total == to_minor(quote.total, code)
    assert second.cut == {d.promotion_id: to_minor(d.cut, code) for d in quote.decisions if d.cut}
    for decision in quote.decisions:
        if decision.reason in COUNTED:
            amount = decision.missing_amount
            figure = decision.missing_units if amount is None else to_minor(amount, code)
            assert second.missing[decision.promotion_id] == figure
    totals = {line.line_id: to_minor(line.total, code) for line in quote.lines}
    assert totals.keys() == {member for members in second.left for member in members}
    for members, left in second.left.items():
        assert left == sum(totals[member] for member in members)


@settings(generated, max_examples=80)
@given(
    pricing_cases(
        counts=st.integers(1, 6),
        quantities=st.integers(1, 5) | st.integers(1, 9),
        policies=roundings,
        taxes=untaxed,
    )
)
def test_a_second_opinion(case: PricingCase) -> None:
    """An implementation on fractions, unit by unit, from the rules alone, agrees to the cent."""
    compare(case)


@settings(generated, max_examples=40)
@given(
    pricing_cases(
        counts=st.integers(1, 5),
        quantities=st.integers(1, 5),
        policies=roundings,
        taxes=untaxed,
    ),
    st.sampled_from([50, 100]),
    st.lists(st.booleans(), min_size=6, max_size=6),
    st.booleans(),
)
def test_a_second_opinion_on_gifts(
    case: PricingCase,
    percent: int,
    counting: list[bool],
    separately: bool,  # noqa: FBT001  (Hypothesis draws it)
) -> None:
    """Both agree on what goods that a promotion added count for, too (PR-30, PR-31).

    In one line, or in a line for each unit.
    """
    items = (
        TiedItem(key="a", product_id="pen", quantity=2),
        TiedItem(key="b", product_id="bag", options=(("Size", "2"),)),
    )
    giving = AddProduct(items=items, percent=Decimal(percent), separately=separately)
    gift = Promotion(id="0", name="Gift", priority=1, effect=giving)
    others = [
        attrs.evolve(promotion, count_gifts=counts)
        for promotion, counts in zip(case.promotions, counting, strict=False)
    ]
    compare(case.but(promotions=(*others, gift)))


@pytest.mark.parametrize("units", [99, 100, 101, 250])
def test_a_second_opinion_on_many_separate_units(units: int) -> None:
    """Both agree on what stands in the last line of units that are added separately (OE-7)."""
    case = PricingCase(cart=cart(line("a", "3.33", 1)), products=case_products("USD"))
    items = (TiedItem(key="a", product_id="pen", quantity=units),)
    effect = AddProduct(items=items, percent=Decimal("33.3"), separately=True)
    compare(case.but(promotions=(promotion(effect),)))
    assert len(case.but(promotions=(promotion(effect),)).price().lines) == 1 + min(units, 100)


amounts = st.integers(1, 100).map(lambda dollars: usd(f"{dollars}.00"))


@given(
    units=st.integers(2, 5),
    limit=st.integers(1, 4),
    reduced=amounts,
    effect=st.builds(FirstAndFurtherOff, first=amounts, further=amounts),
)
def test_a_second_opinion_on_reduced_units(
    units: int, limit: int, reduced: Any, effect: FirstAndFurtherOff
) -> None:
    """Both agree on who gets what of equal units that differ in what is left of them (PR-11)."""
    before = AmountOff(amount=reduced, per=Per.UNIT, limit=limit)
    promotions = (promotion(before, "before", priority=1), promotion(effect))
    compare(PricingCase(cart=cart(line("lamp", "100.00", units)), promotions=promotions))
