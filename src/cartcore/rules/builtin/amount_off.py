"""An amount off selected lines: once over all of them, or each unit (PR-11)."""

from typing import ClassVar

import attrs
from moneyed import Money

from cartcore.rules import (
    ALL_LINES,
    Discount,
    Ineligible,
    Offer,
    PricingContext,
    PromotionClass,
    Selection,
    checked,
    hookimpl,
    positive,
)


@attrs.frozen(kw_only=True, field_transformer=checked)
class AmountOff:
    """Take `amount` off the lines in `target` together, or with `each` off every unit of them."""

    type_name: ClassVar[str] = "cartcore.amount_off"
    promotion_class: ClassVar[PromotionClass] = PromotionClass.ITEM

    amount: Money = attrs.field(converter=positive)
    target: Selection = ALL_LINES
    each: bool = False
    maximum: Money | None = attrs.field(default=None, converter=attrs.converters.optional(positive))

    def evaluate(self, context: PricingContext) -> Offer | Ineligible:
        """Offer the amount off the lines of the target."""
        lines = context.select(self.target)
        if not lines:
            return Ineligible("nothing_selected", f"there is none of {self.target} in the cart")
        discount = Discount(
            lines=tuple(line.id for line in lines),
            amount=self.amount,
            each=self.each,
            maximum=self.maximum,
        )
        return Offer(discounts=(discount,))


@hookimpl
def cartcore_promotion_types() -> list[type[AmountOff]]:
    """Register the type."""
    return [AmountOff]
