"""What is to be paid after some turns: what is left, and the tax on it."""

from collections.abc import Callable, Sequence

from cartcore.pricing import taxes
from cartcore.pricing.ledger import Ledger
from cartcore.pricing.request import PricingRequest
from cartcore.pricing.tax_parts import shipping_is_gross
from cartcore.pricing.turn import Turn

Total = Callable[[Ledger, Sequence[Turn]], int]
"""Returns the total of a ledger after these turns, in minor units."""


def total_left(ledger: Ledger, _: Sequence[Turn]) -> int:
    """The total where no tax is added."""
    return ledger.total_left


def total_of(request: PricingRequest) -> Total:
    """Return the function that gives the total of a request's ledgers, before cash rounding.

    It is `total_left` without tax, and where all prices include it: then what is left is paid. Of
    net amounts that are rounded by themselves (`GrossPrices.FROM_ROUNDED_NET`) it is so, too: the
    few minor units that this moves do not decide what is best. Elsewhere tax is added, so that a
    total is never under what is left.

    It raises PluginError where the tax calculator fails.
    """
    cart, policy = request.cart, request.policy.tax
    gross = [shipping_is_gross(cart, shipment, policy) for shipment in cart.shipments]
    gross += [
        cart.prices_include_tax if line.price_includes_tax is None else line.price_includes_tax
        for line in cart.lines
    ]
    if request.tax is None or (cart.prices_include_tax and all(gross)):
        return total_left

    def with_tax(ledger: Ledger, taken: Sequence[Turn]) -> int:
        taxed = taxes.taxed(request, ledger, taken)
        return ledger.total_left if taxed is None else taxed.total

    return with_tax
