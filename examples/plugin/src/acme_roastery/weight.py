"""A condition on the weight of the goods."""

from typing import ClassVar

import attrs

from cartcore.rules import Ineligible, PricingContext, checked, positive_int


@attrs.frozen(kw_only=True, field_transformer=checked)
class MinWeight:
    """Hold for goods that weigh at least `grams` together.

    Attributes:
        grams: The least weight, in grams.
    """

    type_name: ClassVar[str] = "roastery.min_weight"
    display_name: ClassVar[str] = "Least weight"

    grams: int = attrs.field(converter=positive_int)

    def check(self, context: PricingContext) -> Ineligible | None:
        """Add up the weights."""
        weight = sum(line.weight_grams * line.quantity for line in context.lines)
        if weight >= self.grams:
            return None
        return Ineligible("min_weight", f"needs {self.grams - weight} g more")
