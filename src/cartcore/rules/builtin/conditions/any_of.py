"""The condition that one of several others holds (PR-9)."""

from typing import ClassVar

import attrs

from cartcore.rules import (
    ConditionType,
    CurrencyMismatch,
    Ineligible,
    PricingContext,
    ask,
    checked,
    hookimpl,
    some_conditions,
)


@attrs.frozen(kw_only=True, field_transformer=checked)
class AnyOf:
    """Hold when one of `conditions` does; those in another currency are left out."""

    type_name: ClassVar[str] = "cartcore.any_of"

    conditions: tuple[ConditionType, ...] = attrs.field(converter=some_conditions)

    def check(self, context: PricingContext) -> Ineligible | None:
        """Ask one after the other. The figures are the smallest; either of them unlocks it."""
        unmet: list[Ineligible] = []
        foreign: CurrencyMismatch | None = None
        for condition in self.conditions:
            try:
                answer = ask(condition, context)
            except CurrencyMismatch as error:
                foreign = error
                continue
            if answer is None:
                return None
            unmet.append(answer)
        if foreign is not None and not unmet:
            raise foreign
        amounts = [a.missing_amount for a in unmet if a.missing_amount is not None]
        units = [a.missing_units for a in unmet if a.missing_units is not None]
        told = (f"({a.message})" if " and " in a.message else a.message for a in unmet)
        return Ineligible(
            "any_of",
            " or ".join(told),
            missing_amount=min(amounts, default=None),
            missing_units=min(units, default=None),
        )

    def __str__(self) -> str:
        told = " or ".join(str(condition) for condition in self.conditions)
        return told if len(self.conditions) == 1 else f"({told})"


@hookimpl
def cartcore_condition_types() -> list[type[AnyOf]]:
    """Register the type."""
    return [AnyOf]
