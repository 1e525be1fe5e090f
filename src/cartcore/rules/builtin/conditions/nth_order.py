"""The condition that the order is the contact's first, second … (PR-9)."""

from typing import ClassVar

import attrs

from cartcore.rules import (
    Ineligible,
    InvalidField,
    PricingContext,
    checked,
    hookimpl,
)


@attrs.frozen(kw_only=True, field_transformer=checked)
class NthOrder:
    """Hold when this order would be the contact's `n`-th; cancelled ones do not count."""

    type_name: ClassVar[str] = "cartcore.nth_order"

    n: int

    def __attrs_post_init__(self) -> None:
        if self.n < 1:
            raise InvalidField("n", self.n, "a whole number of at least 1")

    def check(self, context: PricingContext) -> Ineligible | None:
        """Compare with the number that this order would have."""
        number = context.customer.orders_placed + 1
        if number == self.n:
            return None
        return Ineligible("nth_order", f"it is for {self}; this would be number {number}")

    def __str__(self) -> str:
        return f"the contact's order number {self.n}"


@hookimpl
def cartcore_condition_types() -> list[type[NthOrder]]:
    """Register the type."""
    return [NthOrder]
