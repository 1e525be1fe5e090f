"""The condition that selected lines are of at least so many products (PR-9)."""

from typing import ClassVar

import attrs

from cartcore.rules import (
    ALL_LINES,
    Ineligible,
    InvalidField,
    PricingContext,
    Selection,
    checked,
    hookimpl,
)


@attrs.frozen(kw_only=True, field_transformer=checked)
class DistinctProducts:
    """Hold when the lines in `target` are of `count` or more products.

    Variants of one product count once, as do many units.
    """

    type_name: ClassVar[str] = "cartcore.distinct_products"

    count: int
    target: Selection = ALL_LINES

    def __attrs_post_init__(self) -> None:
        if self.count < 1:
            raise InvalidField("count", self.count, "a whole number of at least 1")

    @property
    def needs(self) -> tuple[Selection, ...]:
        """Without a line of its target it cannot hold (PR-23)."""
        return () if self.target == ALL_LINES else (self.target,)

    def check(self, context: PricingContext) -> Ineligible | None:
        """Count the products."""
        found = {line.product_id for line in context.select(self.target)}
        missing = self.count - len(found)
        if missing <= 0:
            return None
        noun = "product" if missing == 1 else "products"
        of_these = "" if self.target == ALL_LINES else f" of {self.target}"
        return Ineligible(
            "distinct_products",
            f"needs {missing} more different {noun}{of_these}",
            missing_units=missing,  # one of each product
        )

    def __str__(self) -> str:
        of_these = "" if self.target == ALL_LINES else f" of {self.target}"
        return f"at least {self.count} different products{of_these}"


@hookimpl
def cartcore_condition_types() -> list[type[DistinctProducts]]:
    """Register the type."""
    return [DistinctProducts]
