"""What holds for every price, whatever promotion types take part: laws, as tests (PR-24).

Subclass `PricingContract`, name the class so that pytest collects it, and say what is to be priced:

    class TestLoyalty(PricingContract):
        cases = pricing_cases(effects=EFFECTS | {"acme.loyalty": loyalties})
        rulebook = load_rulebook(LoyaltyPlugin())

`pricing_cases` are cases made by Hypothesis: carts, promotions of every built-in type, policies.
Give a type of your own a strategy of its configurations, and it is priced beside all the others.
Such a strategy is a function of the currency's code; `selections`, `amounts`, `percents` and
`unit_prices` match lines and prices of the carts that are made here, so that most of what is
generated does something.

Each law is also a function of a case, in `LAWS`: it returns where it holds, and fails an assertion
where it does not.
"""

from cartcore.testing.pricing.cases import PricingCase, default_policy, policies, pricing_cases
from cartcore.testing.pricing.conditions import CONDITIONS
from cartcore.testing.pricing.contract import PricingContract
from cartcore.testing.pricing.effects import EFFECTS
from cartcore.testing.pricing.figures import (
    CURRENCIES,
    Configurations,
    amounts,
    percents,
    selections,
    unit_prices,
)
from cartcore.testing.pricing.laws import LAWS, Law

__all__ = [
    "CONDITIONS",
    "CURRENCIES",
    "EFFECTS",
    "LAWS",
    "Configurations",
    "Law",
    "PricingCase",
    "PricingContract",
    "amounts",
    "default_policy",
    "percents",
    "policies",
    "pricing_cases",
    "selections",
    "unit_prices",
]
