"""The condition that something is sent by a certain shipping speed (PR-9)."""

from typing import ClassVar

import attrs

from cartcore.rules import (
    Ineligible,
    InvalidField,
    PricingContext,
    checked,
    hookimpl,
)


@attrs.frozen(kw_only=True, field_transformer=checked)
class ChosenSpeed:
    """Hold when one of `speeds`, given by their codes, is chosen for some shipment."""

    type_name: ClassVar[str] = "cartcore.chosen_speed"

    speeds: tuple[str, ...]

    def __attrs_post_init__(self) -> None:
        if not self.speeds:
            raise InvalidField("speeds", self.speeds, "at least one speed")

    def check(self, context: PricingContext) -> Ineligible | None:
        """Look for a shipment that goes by one of them."""
        chosen = (shipment.speed for shipment in context.shipments)
        if any(speed is not None and speed.code in self.speeds for speed in chosen):
            return None
        return Ineligible("chosen_speed", f"it is for {self}")

    def __str__(self) -> str:
        return f"shipping by {' or '.join(self.speeds)}"


@hookimpl
def cartcore_condition_types() -> list[type[ChosenSpeed]]:
    """Register the type."""
    return [ChosenSpeed]
