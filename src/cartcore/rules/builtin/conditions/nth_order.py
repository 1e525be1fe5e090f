"""The condition that the order is the contact's first, second … (PR-9)."""

from typing import ClassVar

import attrs

from cartcore.rules import (
    Ineligible,
    PricingContext,
    checked,
    hookimpl,
    ordinal,
    positive_int,
)


@attrs.frozen(kw_only=True, field_transformer=checked)
class NthOrder:
    """Hold when this order would be the contact's `n`-th; cancelled ones do not count.

    Attributes:
        n: A whole number from 1; 1 is the first order, for welcome offers.
    """

    type_name: ClassVar[str] = "cartcore.nth_order"

    n: int = attrs.field(converter=positive_int)

    def check(self, context: PricingContext) -> Ineligible | None:
        """Compare with the number that this order would have."""
        number = context.customer.orders_placed + 1
        if number == self.n:
            return None
        message = f"only for {self}; this would be the {ordinal(number)}"
        return Ineligible("nth_order", message)

    def __str__(self) -> str:
        return f"the customer's {ordinal(self.n)} order"


@hookimpl
def cartcore_condition_types() -> list[type[NthOrder]]:
    """Register the type."""
    return [NthOrder]
