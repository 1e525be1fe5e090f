"""The condition that selected lines cost at least so much (PR-9)."""

from typing import ClassVar

import attrs
from moneyed import Money

from cartcore.rules import (
    ALL_LINES,
    Ineligible,
    PricingContext,
    Selection,
    checked,
    hookimpl,
    positive_amount,
    show,
)


@attrs.frozen(kw_only=True, field_transformer=checked)
class MinSubtotal:
    """Hold when the lines in `target` cost `amount` or more.

    What they cost before all discounts counts, or with `after_discounts` what earlier ones left.

    Attributes:
        amount: Money over zero; exactly this amount is enough. In a cart of another currency the
            promotion does not apply.
        target: The lines that count; all if left out.
        after_discounts: Counts what earlier promotions left, instead of prices before all
            discounts. Off by default.
    """

    type_name: ClassVar[str] = "cartcore.min_subtotal"

    amount: Money = attrs.field(converter=positive_amount)
    target: Selection = ALL_LINES
    after_discounts: bool = False

    @property
    def needs(self) -> tuple[Selection, ...]:
        """Without a line of its target it cannot hold (PR-23)."""
        return (self.target,)

    @property
    def stays_unmet(self) -> bool:
        """Less is left later, unless it is the discounted lines that count (PR-14)."""
        return not self.target.sees_discounts

    def least_left(self, context: PricingContext) -> int:
        """Where discounts count, so much has to be left of its lines, and so of all (PR-14)."""
        return context.to_minor(self.amount) if self.after_discounts else 0

    def check(self, context: PricingContext) -> Ineligible | None:
        """Compare the subtotal with the amount; exactly the amount is enough."""
        subtotal = context.subtotal(self.target, after_discounts=self.after_discounts)
        missing = context.to_minor(self.amount) - subtotal
        if missing <= 0:
            return None
        return Ineligible.lacking_amount("min_subtotal", context.to_money(missing), self.target)

    def __str__(self) -> str:
        if self.target == ALL_LINES:
            return f"orders of at least {show(self.amount)}"
        return f"orders with at least {show(self.amount)} of {self.target}"


@hookimpl
def cartcore_condition_types() -> list[type[MinSubtotal]]:
    """Register the type."""
    return [MinSubtotal]
