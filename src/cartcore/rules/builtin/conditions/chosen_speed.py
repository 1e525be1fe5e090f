"""The condition that a certain shipping speed is chosen (PR-9)."""

from typing import ClassVar

import attrs

from cartcore.rules import (
    Ineligible,
    InvalidField,
    PricingContext,
    alternatives,
    checked,
    hookimpl,
    speed_names,
)


@attrs.frozen(kw_only=True, field_transformer=checked)
class ChosenSpeed:
    """Hold when one of `speeds` (their codes) is chosen for at least one shipment.

    Attributes:
        speeds: At least one code of a shipping speed.
    """

    type_name: ClassVar[str] = "cartcore.chosen_speed"

    speeds: tuple[str, ...]

    def __attrs_post_init__(self) -> None:
        if not self.speeds:
            raise InvalidField("speeds", self.speeds, "at least one speed")

    def check(self, context: PricingContext) -> Ineligible | None:
        """Look for a shipment that goes by one of them."""
        chosen = {s.speed.code: s.speed.name for s in context.shipments if s.speed is not None}
        if not chosen.keys().isdisjoint(self.speeds):
            return None
        message = f"needs {alternatives(speed_names(context.shipments, self.speeds))} shipping"
        if chosen:
            message += f" instead of {' and '.join(chosen.values())}"
        return Ineligible("chosen_speed", message)

    def __str__(self) -> str:
        return f"orders with {alternatives(self.speeds)} shipping"


@hookimpl
def cartcore_condition_types() -> list[type[ChosenSpeed]]:
    """Register the type."""
    return [ChosenSpeed]
