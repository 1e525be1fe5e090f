"""The condition that there are at least so many units of selected lines (PR-9)."""

from typing import ClassVar

import attrs

from cartcore.rules import ALL_LINES, Ineligible, PricingContext, Selection, hookimpl


def _at_least_one(value: int) -> int:
    if type(value) is not int or value < 1:
        raise ValueError(f"quantity is {value!r}: a whole number from 1 is needed")
    return value


@attrs.frozen(kw_only=True)
class MinQuantity:
    """Hold when there are `quantity` or more units of the lines in `target`."""

    type_name: ClassVar[str] = "cartcore.min_quantity"

    quantity: int = attrs.field(converter=_at_least_one)
    target: Selection = ALL_LINES

    def check(self, context: PricingContext) -> Ineligible | None:
        """Count the units."""
        missing = self.quantity - sum(line.quantity for line in context.select(self.target))
        if missing <= 0:
            return None
        return Ineligible(
            "min_quantity", f"needs {missing} more of {self.target}", missing_units=missing
        )


@hookimpl
def cartcore_condition_types() -> list[type[MinQuantity]]:
    """Register the type."""
    return [MinQuantity]
