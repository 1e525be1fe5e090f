"""What one call of `price` is asked, but for the promotions."""

from collections.abc import Iterable, Mapping
from datetime import datetime

import attrs

from cartcore.cart import AppliedPromotion, Cart
from cartcore.pricing.candidate import Candidate
from cartcore.pricing.policy import PricingPolicy
from cartcore.pricing.priced_from import Answered
from cartcore.promotions.promotion import Usage, UsageByPromotion
from cartcore.promotions.types import TaxCalculator
from cartcore.shop.product import Product


@attrs.define(eq=False)
class PricingRequest:
    """What a promotion's turn depends on, beside the ledger: the arguments of `price`.

    `applications` are the cart's, by promotion id. The promotions themselves are not here: they
    matter only until the candidates are found, and a quote must not hold on to a shop's index.
    `restates` says that the prices of the cart are those of their destinations, so that what a
    promotion adds has to be restated, too. `reads` names the attributes that candidates ask for.
    `answered` has what the tax calculator said so far.
    """

    cart: Cart
    at: datetime
    products: Mapping[str, Product]
    usage: UsageByPromotion
    policy: PricingPolicy
    tax: TaxCalculator | None
    applications: Mapping[str, AppliedPromotion]
    restates: bool = False
    reads: frozenset[str] = frozenset()
    answered: list[Answered] = attrs.Factory(list)

    def only_for(
        self, candidates: Iterable[Candidate], products: Mapping[str, Product]
    ) -> "PricingRequest":
        """Return the request with the usage of these candidates and with these products only."""
        usage = self.usage_of(candidates)
        return attrs.evolve(self, products=products, usage=usage, answered=[])

    def usage_of(self, candidates: Iterable[Candidate]) -> dict[str, Usage]:
        """Return the usage of those that have limits."""
        asked = self.usage
        return {
            each.id: usage
            for each in candidates
            if each.restricted and (usage := asked.get(each.id)) is not None
        }
