"""The condition that there are at least so many units of selected lines (PR-9)."""

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
class MinQuantity:
    """Hold when there are `quantity` or more units of the lines in `target`."""

    type_name: ClassVar[str] = "cartcore.min_quantity"

    quantity: int
    target: Selection = ALL_LINES

    def __attrs_post_init__(self) -> None:
        if self.quantity < 1:
            raise InvalidField("quantity", self.quantity, "a whole number of at least 1")

    @property
    def needs(self) -> tuple[Selection, ...]:
        """Without a line of its target it cannot hold (PR-23)."""
        return () if self.target == ALL_LINES else (self.target,)

    def check(self, context: PricingContext) -> Ineligible | None:
        """Count the units."""
        missing = self.quantity - context.quantity(self.target)
        if missing <= 0:
            return None
        of_these = "" if self.target == ALL_LINES else f" of {self.target}"
        return Ineligible("min_quantity", f"needs {missing} more{of_these}", missing_units=missing)

    def __str__(self) -> str:
        these = "items" if self.target == ALL_LINES else f"of {self.target}"
        return f"at least {self.quantity} {these}"


@hookimpl
def cartcore_condition_types() -> list[type[MinQuantity]]:
    """Register the type."""
    return [MinQuantity]
