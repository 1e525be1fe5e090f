"""The condition that selected lines have at least so many different products (PR-9)."""

from typing import ClassVar

import attrs

from cartcore.rules import (
    ALL_LINES,
    Ineligible,
    PricingContext,
    Selection,
    checked,
    counted,
    hookimpl,
    positive_int,
)


@attrs.frozen(kw_only=True, field_transformer=checked)
class DistinctProducts:
    """Hold when the lines in `target` have `count` or more different products.

    A product counts once, whatever its variants and the number of its units.

    Attributes:
        count: A whole number from 1.
        target: The lines that count; all if left out.
    """

    type_name: ClassVar[str] = "cartcore.distinct_products"

    count: int = attrs.field(converter=positive_int)
    target: Selection = ALL_LINES

    @property
    def needs(self) -> tuple[Selection, ...]:
        """Without a line of its target it cannot hold (PR-23)."""
        return (self.target,)

    def check(self, context: PricingContext) -> Ineligible | None:
        """Count the products."""
        found = {line.product_id for line in context.select(self.target) if not line.custom}
        missing = self.count - len(found)
        if missing <= 0:
            return None
        lacking = self.target.among(counted(missing, "more different product"))
        # One unit of each product is enough.
        return Ineligible("distinct_products", f"needs {lacking}", missing_units=missing)

    def __str__(self) -> str:
        products = self.target.among(counted(self.count, "different product"))
        return f"orders with at least {products}"


@hookimpl
def cartcore_condition_types() -> list[type[DistinctProducts]]:
    """Register the type."""
    return [DistinctProducts]
