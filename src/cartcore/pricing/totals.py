"""What is to be paid after some turns: what is left, and the tax on it."""

from collections.abc import Callable, Sequence

from cartcore.pricing.ledger import Ledger
from cartcore.pricing.request import PricingRequest
from cartcore.pricing.shares import LineShares
from cartcore.pricing.taxes import charges_on, rates_of
from cartcore.pricing.turn import Turn
from cartcore.pricing.turns import Turns

Total = Callable[[Ledger, Sequence[Turn]], int]
"""Returns the total of a ledger after these turns, in minor units."""


def total_left(ledger: Ledger, _: Sequence[Turn]) -> int:
    """The total where there is no tax."""
    return ledger.total_left


def total_of(request: PricingRequest, turns: Turns) -> Total:
    """Return the function that gives the total of a request's ledgers: `total_left` without tax.

    It raises PluginError where the tax calculator fails.
    """
    tax = request.tax
    if tax is None:
        return total_left

    def with_tax(ledger: Ledger, taken: Sequence[Turn]) -> int:
        shares = LineShares(request.cart, ledger, taken, request.policy.rounding)
        rates = rates_of(tax, request.cart, turns, ledger)
        charges = charges_on(rates, request.cart, ledger, shares.left, request.policy.rounding)
        return ledger.total_left + sum(charge.amount for charge in charges)

    return with_tax
