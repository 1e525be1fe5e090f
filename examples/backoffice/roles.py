"""What a member of staff may do. Roles are this application's: the library knows no rights."""

from decimal import Decimal

import attrs

from cartcore.orders.filters import OrderFilter
from cartcore.orders.order import Order
from cartcore.pricing.quote import Quote
from cartcore.pricing.quote_parts import QuoteLine


@attrs.frozen(kw_only=True)
class Role:
    """The rights of everybody who has it."""

    name: str
    most_discount: Decimal
    """How much of what the goods cost may be taken off by manual discounts, in percent."""
    cancels: bool
    """Whether placed orders may be cancelled."""
    sees_all: bool
    """Whether orders that others placed are shown."""
    restores: bool
    """Whether archived contacts may be offered for orders again."""


CLERK = Role(name="clerk", most_discount=Decimal(10), cancels=False, sees_all=False, restores=False)
SUPERVISOR = Role(
    name="supervisor", most_discount=Decimal(100), cancels=True, sees_all=True, restores=True
)
ROLES = {role.name: role for role in (CLERK, SUPERVISOR)}


class NotAllowed(Exception):
    """A role does not have the right; the message says who has it."""


def check_cancels(role: Role) -> None:
    """Refuse who may not cancel orders. Raises NotAllowed."""
    if not role.cancels:
        message = "Only a supervisor can cancel an order."
        raise NotAllowed(message)


def check_restores(role: Role) -> None:
    """Refuse who may not restore archived contacts. Raises NotAllowed."""
    if not role.restores:
        message = "Only a supervisor can restore an archived contact."
        raise NotAllowed(message)


def check_sees(role: Role, name: str, order: Order) -> None:
    """Refuse the orders of others to who may only see their own. Raises NotAllowed."""
    if not role.sees_all and not OrderFilter(placed_by=name).matches(order):
        message = "Somebody else placed this order. A supervisor can see it."
        raise NotAllowed(message)


def check_discounts(role: Role, name: str, quote: Quote) -> None:
    """Refuse discounts and prices of `name` that are lower than the role may give.

    Raises NotAllowed.
    """
    taken = sum((a.discount.amount for a in quote.adjustments if a.actor == name), Decimal())
    lowered = sum((_lowered(line) for line in quote.lines if line.set_by == name), Decimal())
    if (taken + lowered) * 100 > (quote.totals.items.amount + lowered) * role.most_discount:
        message = (
            f"A {role.name} can take up to {role.most_discount} % off by manual discounts and "
            "lower prices. "
            "A supervisor can take more."
        )
        raise NotAllowed(message)


def _lowered(line: QuoteLine) -> Decimal:
    """How much less a line costs than at the catalogue's price."""
    if line.override is None:
        return Decimal()
    each = line.override.catalogue_price.amount - line.unit_price.amount
    return max(each, Decimal()) * line.quantity
