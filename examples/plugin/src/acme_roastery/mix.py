"""A percentage off that grows with the number of different products."""

from decimal import Decimal
from typing import ClassVar

import attrs

from cartcore.rules import (
    ALL_LINES,
    Discount,
    Ineligible,
    Offer,
    PricingContext,
    PromotionClass,
    Selection,
    checked,
    counted,
    most_off_unit,
    percentage,
)


@attrs.frozen(kw_only=True, field_transformer=checked)
class Mix:
    """Take `percent` off for each different product in `target` beyond the first.

    Attributes:
        percent: The percentage for each product beyond the first.
        most: The highest percentage, however many products there are.
        target: The lines that count, and that are discounted; all if left out.
    """

    type_name: ClassVar[str] = "roastery.mix"
    display_name: ClassVar[str] = "Mix and save"
    promotion_class: ClassVar[PromotionClass] = PromotionClass.ITEM

    percent: Decimal = attrs.field(converter=percentage)
    most: Decimal = attrs.field(default=Decimal(100), converter=percentage)
    target: Selection = ALL_LINES

    @property
    def needs(self) -> tuple[Selection, ...]:
        """Without a line of its target it cannot apply."""
        return (self.target,)

    def evaluate(self, context: PricingContext) -> Offer | Ineligible:
        """Count the different products, and offer their percentage."""
        found = {line.product_id for line in context.select(self.target)}
        if len(found) < 2:  # noqa: PLR2004  (a mix)
            lacking = self.target.among(counted(2 - len(found), "more different product"))
            return Ineligible("mix", f"needs {lacking}", missing_units=2 - len(found))
        percent = min(self.percent * (len(found) - 1), self.most)
        return Offer(discounts=(Discount.percent_off(percent, self.target),))

    def at_most(self, context: PricingContext) -> int:
        """Never more than the highest percentage of every unit."""
        lines = context.select(self.target)
        return sum(most_off_unit(line, self.most) * line.quantity for line in lines)
