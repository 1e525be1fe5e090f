"""What is priced: a cart with its promotions and the policy."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import attrs
from hypothesis import strategies as st

from cartcore.cart import Cart
from cartcore.pricing.engine import price
from cartcore.pricing.policy import (
    DEFAULT_POLICY,
    DEFAULT_TAX_POLICY,
    Combination,
    PricingPolicy,
    RoundingPoint,
    Stacking,
)
from cartcore.pricing.quote import Quote
from cartcore.promotions.promotion import Promotion, UsageByPromotion
from cartcore.promotions.types import TaxCalculator
from cartcore.shop.product import Product
from cartcore.testing.pricing.carts import case_carts, case_products, line_counts, line_quantities
from cartcore.testing.pricing.conditions import CONDITIONS
from cartcore.testing.pricing.effects import EFFECTS
from cartcore.testing.pricing.figures import CURRENCIES, Configurations
from cartcore.testing.pricing.promotions import case_promotions, case_usages
from cartcore.testing.pricing.taxes import goes_to_one_place, maybe_taxes, tax_policies, taxable
from cartcore.testing.records import NOON
from cartcore.values.allocation import Remainder, Rounding


@attrs.frozen(kw_only=True)
class PricingCase:
    """Everything that a price depends on: what a law of pricing is about."""

    cart: Cart
    promotions: tuple[Promotion, ...] = ()
    products: Mapping[str, Product] = attrs.field(factory=dict, repr=False)
    usage: UsageByPromotion = attrs.Factory(dict)
    policy: PricingPolicy = DEFAULT_POLICY
    at: datetime = NOON
    tax: TaxCalculator | None = None

    def price(self, promotions: Iterable[Promotion] | None = None) -> Quote:
        """Price the cart, with its own promotions unless others are given."""
        return price(
            self.cart,
            self.promotions if promotions is None else promotions,
            at=self.at,
            products=self.products,
            usage=self.usage,
            policy=self.policy,
            tax=self.tax,
        )

    def but(self, **changes: Any) -> "PricingCase":
        """Return the case with other fields."""
        return attrs.evolve(self, **changes)

    def untaxed(self) -> "PricingCase":
        """Return the case without tax and cash rounding."""
        policy = attrs.evolve(self.policy, tax=DEFAULT_TAX_POLICY)
        return self.but(tax=None, policy=policy)


default_policy = st.just(DEFAULT_POLICY)


def _policies(
    stacking: Stacking, combinations: Iterable[Combination]
) -> st.SearchStrategy[PricingPolicy]:
    return st.builds(
        PricingPolicy,
        rounding=st.sampled_from(Rounding),
        rounding_point=st.sampled_from(RoundingPoint),
        remainder=st.sampled_from(Remainder),
        percent_of_original=st.booleans(),
        combination=st.sampled_from(list(combinations)),
        stacking=st.just(stacking),
        one_code=st.booleans(),
    )


policies = _policies(Stacking.ALL, Combination) | _policies(
    Stacking.BEST_PER_LINE, [Combination.IN_PRIORITY_ORDER]
)
"""Policies with every value of every field that decides amounts."""


_by_others = st.sampled_from([False, False, False, True])


@st.composite
def pricing_cases(
    draw: st.DrawFn,
    *,
    effects: Mapping[str, Configurations] = EFFECTS,
    conditions: Mapping[str, Configurations] = CONDITIONS,
    policies: st.SearchStrategy[PricingPolicy] = default_policy,
    counts: st.SearchStrategy[int] = line_counts,
    quantities: st.SearchStrategy[int] = line_quantities,
    most: int = 6,
    complete: bool = False,
    taxes: st.SearchStrategy[TaxCalculator | None] = maybe_taxes,
) -> PricingCase:
    """Cases: carts, and up to `most` promotions of the types given, under one of the policies.

    `counts` are the numbers of lines, up to 200 are worth it. With `complete`, every unit of the
    cart is in a shipment. `taxes` are the calculators, None where there is no tax; half of the
    cases have one unless told otherwise.
    """
    currency = draw(st.sampled_from(CURRENCIES))
    promotions = draw(case_promotions(currency, effects=effects, conditions=conditions, most=most))
    cart = draw(
        case_carts(currency, promotions, counts=counts, quantities=quantities, complete=complete)
    )
    policy = draw(policies)
    tax = draw(taxes)
    if tax is not None:
        cart = draw(taxable(cart))
        one_place = goes_to_one_place(cart)
        policy = attrs.evolve(policy, tax=draw(tax_policies(one_place=one_place)))
        promotions = tuple(
            attrs.evolve(each, paid_by_third_party=draw(_by_others)) for each in promotions
        )
    return PricingCase(
        cart=cart,
        promotions=promotions,
        products=case_products(currency),
        usage=draw(case_usages(currency, promotions)),
        policy=policy,
        tax=tax,
    )
