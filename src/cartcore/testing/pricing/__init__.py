"""What holds for every price, whatever promotion types take part: laws, as tests (PR-24).

Subclass `PricingContract`, name the class so that pytest collects it, and say what is to be priced:

    class TestLoyalty(PricingContract):
        cases = pricing_cases(effects=EFFECTS | {"acme.loyalty": loyalties})
        rulebook = load_rulebook(LoyaltyPlugin())

`pricing_cases` are cases made by Hypothesis: carts, promotions of every built-in type, policies,
and taxes in half of them.
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
from cartcore.testing.pricing.tax_laws import TAX_LAWS
from cartcore.testing.pricing.taxes import generated_taxes, maybe_taxes, tax_policies, untaxed

__all__ = [
    "CONDITIONS",
    "CURRENCIES",
    "EFFECTS",
    "LAWS",
    "TAX_LAWS",
    "Configurations",
    "Law",
    "PricingCase",
    "PricingContract",
    "amounts",
    "default_policy",
    "generated_taxes",
    "maybe_taxes",
    "percents",
    "policies",
    "pricing_cases",
    "selections",
    "tax_policies",
    "unit_prices",
    "untaxed",
]
