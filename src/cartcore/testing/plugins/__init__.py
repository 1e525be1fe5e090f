"""What must hold of every type that a plugin gives: laws, as tests (PK-6).

Subclass the contract for what you wrote, name the class so that pytest collects it, and say which
type it is:

    from acme_promotions import Loyalty
    from cartcore.testing.plugins import PromotionTypeContract

    class TestLoyalty(PromotionTypeContract):
        type = Loyalty

`python -m cartcore check-plugin acme_promotions` tries all types of a plugin without any test.

Each law is also a function of a case, in `PROMOTION_LAWS`, `SPEED_LAWS` and `TAX_CALCULATOR_LAWS`:
it returns where it holds, and raises an AssertionError with the figures where it does not.
"""

from cartcore.testing.plugins.broken import LawBroken
from cartcore.testing.plugins.cases import SpeedCase, TaxCase
from cartcore.testing.plugins.checking import BrokenLaw, Checked, check
from cartcore.testing.plugins.contract import (
    ConditionContract,
    PromotionTypeContract,
    SpeedProviderContract,
    TaxCalculatorContract,
)
from cartcore.testing.plugins.laws import CONDITION_LAWS, PROMOTION_LAWS, SPEED_LAWS, Law
from cartcore.testing.plugins.surroundings import Surroundings
from cartcore.testing.plugins.taxes import TAX_CALCULATOR_LAWS

__all__ = [
    "CONDITION_LAWS",
    "PROMOTION_LAWS",
    "SPEED_LAWS",
    "TAX_CALCULATOR_LAWS",
    "BrokenLaw",
    "Checked",
    "ConditionContract",
    "Law",
    "LawBroken",
    "PromotionTypeContract",
    "SpeedCase",
    "SpeedProviderContract",
    "Surroundings",
    "TaxCalculatorContract",
    "TaxCase",
    "check",
]
