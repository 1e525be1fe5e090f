"""The condition that selected lines cost at most so much (PR-9)."""

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
class MaxSubtotal:
    """Hold while the lines in `target` cost `amount` or less, also if there are none.

    What they cost before all discounts counts, or with `after_discounts` what earlier ones left.

    Attributes:
        amount: Money over zero; exactly this amount is allowed. In a cart of another currency the
            promotion does not apply.
        target: The lines that count; all if left out.
        after_discounts: Counts what earlier promotions left, instead of prices before all
            discounts. Off by default.
    """

    type_name: ClassVar[str] = "cartcore.max_subtotal"

    amount: Money = attrs.field(converter=positive_amount)
    target: Selection = ALL_LINES
    after_discounts: bool = False

    def check(self, context: PricingContext) -> Ineligible | None:
        """Compare the subtotal with the amount; exactly the amount is not too much."""
        subtotal = context.subtotal(self.target, after_discounts=self.after_discounts)
        over = subtotal - context.to_minor(self.amount)
        if over <= 0:
            return None
        # No missing amount: more of anything will not unlock it.
        message = f"only for {self}: this one is {context.show(over)} over"
        return Ineligible("max_subtotal", message)

    def __str__(self) -> str:
        if self.target == ALL_LINES:
            return f"orders up to {show(self.amount)}"
        return f"orders with up to {show(self.amount)} of {self.target}"


@hookimpl
def cartcore_condition_types() -> list[type[MaxSubtotal]]:
    """Register the type."""
    return [MaxSubtotal]
