"""The laws of pricing, for all built-in types and all policies.

`python -m tests.laws.test_pricing_laws --cases 2000 --seed 1` tries them at length.
"""

import sys
from argparse import ArgumentParser
from collections import Counter, defaultdict
from enum import StrEnum
from time import perf_counter
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from cartcore.pricing.policy import DEFAULT_POLICY, Combination, PricingPolicy, Stacking
from cartcore.pricing.quote import Quote
from cartcore.pricing.quote_parts import Phase as PricingPhase
from cartcore.promotions.types import PromotionClass
from cartcore.rules import load_rulebook
from cartcore.testing.pricing import (
    CONDITIONS,
    EFFECTS,
    LAWS,
    TAX_LAWS,
    Law,
    PricingCase,
    PricingContract,
    generated_taxes,
    policies,
    pricing_cases,
    untaxed,
)
from cartcore.testing.pricing.carts import case_shipments
from cartcore.testing.pricing.contract import generated
from cartcore.testing.pricing.laws import (
    equal_units_may_stand_in_several_lines,
    every_promotion_is_decided_once,
    minor_units,
    the_order_of_lines_does_not_matter,
)
from cartcore.values.money import from_minor

_RULEBOOK = load_rulebook()

_FIELDS: tuple[Any, ...] = attrs.fields(PricingPolicy)


def _but(name: str, value: Any) -> PricingPolicy:
    return attrs.evolve(DEFAULT_POLICY, **{name: value})


# Every value of every field, one at a time, beside those that are drawn together.
VARIANTS: dict[str, PricingPolicy] = {
    f"{field.name}={value}": _but(field.name, value)
    for field in _FIELDS
    for value in (type(field.default) if isinstance(field.default, StrEnum) else (True, False))
    if value != field.default and type(value) is type(field.default)
}


def test_every_built_in_type_takes_part() -> None:
    """The laws are tried with every promotion type and condition that there is (PR-24)."""
    assert _RULEBOOK.promotion_types.keys() == EFFECTS.keys()
    assert _RULEBOOK.condition_types.keys() == CONDITIONS.keys()


class TestDefaultPolicy(PricingContract):
    pass


class TestAnyPolicy(PricingContract):
    cases = pricing_cases(policies=policies)
    examples = 4


@pytest.mark.parametrize("policy", VARIANTS.values(), ids=VARIANTS)
def test_each_field_of_the_policy(policy: PricingPolicy) -> None:
    """The laws hold whatever a field of the policy is, on its own (PR-7, PR-14)."""

    @settings(generated, max_examples=2)
    @given(pricing_cases(policies=st.just(policy)))
    def hold(case: PricingCase) -> None:
        for law in (*LAWS, *TAX_LAWS):
            law(case)

    hold()


@settings(generated, max_examples=2)
@given(pricing_cases(counts=st.sampled_from([60, 120, 200])))
def test_large_carts(case: PricingCase) -> None:
    """Neither the order of two hundred lines matters, nor where equal units stand (PR-24)."""
    the_order_of_lines_does_not_matter(case)
    equal_units_may_stand_in_several_lines(case)


@settings(generated, max_examples=20)
@given(pricing_cases(taxes=untaxed), st.data())
def test_addresses_change_no_discount(case: PricingCase, data: st.DataObject) -> None:
    """However the units are split over shipments, goods and their discounts stay (OE-26)."""
    cart = case.cart
    one_way = attrs.evolve(cart, shipments=())
    others = data.draw(case_shipments(cart.lines, cart.currency, complete=True))
    # One for shipping that applies may rule out others, by group, class or alone (PR-13).
    items = tuple(
        promotion
        for promotion in case.promotions
        if promotion.promotion_class is not PromotionClass.SHIPPING
        and not _looks_at_shipments(promotion.conditions)
    )
    whole = case.but(cart=one_way, promotions=items).price()
    split = case.but(cart=attrs.evolve(cart, shipments=others), promotions=items).price()

    assert _left_by_goods(case, whole) == _left_by_goods(case, split)
    assert whole.totals.item_discounts == split.totals.item_discounts
    assert whole.totals.order_discounts == split.totals.order_discounts


def _left_by_goods(case: PricingCase, quote: Quote) -> dict[object, int]:
    """What is left of equal goods, in all lines together.

    Which of equal lines has a discount depends on where they go, for tax (TX-4).
    """
    goods = {line.id: attrs.evolve(line, id="_", quantity=1) for line in case.cart.lines}
    left: dict[object, int] = defaultdict(int)
    for line in quote.lines:
        kind = goods.get(line.line_id, line.line_id)
        left[kind] += minor_units(quote, line.total)
    return left


def _looks_at_shipments(conditions: object) -> bool:
    return any(word in str(conditions) for word in ("ChosenSpeed", "Destination"))


@settings(generated, max_examples=20)
@given(pricing_cases(policies=st.just(PricingPolicy(stacking=Stacking.BEST_PER_LINE))))
def test_best_per_line(case: PricingCase) -> None:
    """A line takes one item promotion at most, equal units together (PR-13)."""
    kinds = {promotion.id: promotion.promotion_class for promotion in case.promotions}
    quote = case.price()
    takers = Counter(
        adjustment.line_id
        for adjustment in quote.adjustments
        if adjustment.phase is PricingPhase.ITEMS
        and adjustment.discount
        and kinds.get(adjustment.promotion_id) is PromotionClass.ITEM
    )

    assert max(takers.values(), default=0) <= 1


@settings(generated, max_examples=20)
@given(pricing_cases(policies=st.just(PricingPolicy(one_code=True))))
def test_one_code(case: PricingCase) -> None:
    """With the policy of one code, at most one that was entered applies (PR-13)."""
    assert sum(bool(d.promo_code) for d in case.price().decisions if d.applied) <= 1


class TestTheLawsCanFail:
    """A law that a broken price passes is none."""

    @pytest.mark.parametrize("law", TAX_LAWS[:2])
    def test_a_tax_that_is_a_coin_too_much(self, law: Law) -> None:
        """A sum of taxes that its parts do not give breaks the laws of tax (TX-11)."""

        @attrs.frozen(kw_only=True)
        class Greedy(PricingCase):
            def price(self, promotions: object = None) -> object:  # type: ignore[override]
                quote = super().price()
                coin = from_minor(int(self.tax is not None), quote.currency)
                totals = attrs.evolve(quote.totals, tax=quote.totals.tax + coin)
                return attrs.evolve(quote, totals=totals)

        @settings(generated, max_examples=50, phases=[Phase.generate], database=None)
        @given(pricing_cases(taxes=generated_taxes))
        def holds(case: PricingCase) -> None:
            law(Greedy(**{f.name: getattr(case, f.name) for f in attrs.fields(PricingCase)}))

        with pytest.raises(AssertionError):
            holds()

    def test_a_promotion_that_is_forgotten(self) -> None:
        """A quote without the decisions on what was applied breaks the law of decisions."""

        @attrs.frozen(kw_only=True)
        class Forgetful(PricingCase):
            def price(self, promotions: object = None) -> object:  # type: ignore[override]
                return attrs.evolve(super().price(), decisions=())

        @settings(generated, max_examples=50, phases=[Phase.generate], database=None)
        @given(pricing_cases())
        def holds(case: PricingCase) -> None:
            fields = {f.name: getattr(case, f.name) for f in attrs.fields(PricingCase)}
            every_promotion_is_decided_once(Forgetful(**fields))

        with pytest.raises(AssertionError):
            holds()


# --- at length ---


def _try(law: Law, cases: st.SearchStrategy[PricingCase], count: int, start: int) -> int:
    tried = 0

    @seed(start)
    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        derandomize=False,
        suppress_health_check=list(HealthCheck),
    )
    @given(cases)
    def holds(case: PricingCase) -> None:
        nonlocal tried
        tried += 1
        law(case)

    holds()
    return tried


def main() -> None:
    """Try each law on so many cases and print how many there were."""
    parser = ArgumentParser(description="Try each law of pricing on many cases.")
    parser.add_argument("--cases", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    best = st.just(PricingPolicy(combination=Combination.BEST_FOR_CUSTOMER))
    for name, chosen in (
        ("the default policy", st.just(DEFAULT_POLICY)),
        ("the best for the customer", best),
        ("any policy", policies),
    ):
        for law in (*LAWS, *TAX_LAWS):
            began = perf_counter()
            tried = _try(law, pricing_cases(policies=chosen), wanted.cases, wanted.seed)
            line = f"{tried:6} cases  {perf_counter() - began:7.1f} s  {name}: {law.__name__}\n"
            sys.stdout.write(line)
            sys.stdout.flush()


if __name__ == "__main__":
    main()
