"""The condition that there are at least so many units of selected lines (PR-9)."""

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
class MinQuantity:
    """Hold when there are `quantity` or more units of the lines in `target`.

    Attributes:
        quantity: A whole number from 1.
        target: The lines whose units count; all if left out.
    """

    type_name: ClassVar[str] = "cartcore.min_quantity"

    quantity: int = attrs.field(converter=positive_int)
    target: Selection = ALL_LINES

    @property
    def needs(self) -> tuple[Selection, ...]:
        """Without a line of its target it cannot hold (PR-23)."""
        return (self.target,)

    def check(self, context: PricingContext) -> Ineligible | None:
        """Count the units."""
        missing = self.quantity - context.quantity(self.target)
        if missing <= 0:
            return None
        return Ineligible.lacking_units("min_quantity", missing, self.target)

    def __str__(self) -> str:
        return f"orders with at least {self.target.among(counted(self.quantity, 'item'))}"


@hookimpl
def cartcore_condition_types() -> list[type[MinQuantity]]:
    """Register the type."""
    return [MinQuantity]
