"""The condition that another one does not hold (PR-9)."""

from typing import ClassVar

import attrs

from cartcore.rules import (
    ConditionType,
    Ineligible,
    PricingContext,
    check_condition,
    checked,
    hookimpl,
    nested_condition,
    words_of,
)


@attrs.frozen(kw_only=True, field_transformer=checked)
class Not:
    """Hold when `condition` does not.

    Attributes:
        condition: One condition of any type. Conditions may be nested up to 20 levels deep.
    """

    type_name: ClassVar[str] = "cartcore.not"

    condition: ConditionType = attrs.field(converter=nested_condition)

    def check(self, context: PricingContext) -> Ineligible | None:
        """Negate the answer; no figure would make it hold."""
        if check_condition(self.condition, context) is not None:
            return None
        return Ineligible("not", f"not available to {words_of(self.condition)}")

    def __str__(self) -> str:
        return f"anything but {words_of(self.condition)}"


@hookimpl
def cartcore_condition_types() -> list[type[Not]]:
    """Register the type."""
    return [Not]
