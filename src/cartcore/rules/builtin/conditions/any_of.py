"""The condition that one of several others holds (PR-9)."""

from typing import ClassVar

import attrs

from cartcore.rules import (
    ConditionType,
    CurrencyMismatch,
    Ineligible,
    PricingContext,
    check_condition,
    checked,
    hookimpl,
    nested_conditions,
    words_of,
)


@attrs.frozen(kw_only=True, field_transformer=checked)
class AnyOf:
    """Hold when one of `conditions` does; conditions in another currency are left out.

    Attributes:
        conditions: At least one, of any type. Conditions may be nested up to 20 levels deep.
    """

    type_name: ClassVar[str] = "cartcore.any_of"

    conditions: tuple[ConditionType, ...] = attrs.field(converter=nested_conditions)

    def check(self, context: PricingContext) -> Ineligible | None:
        """Ask one after the other. The figures are the smallest; either of them is enough."""
        unmet: list[tuple[ConditionType, Ineligible]] = []
        foreign: CurrencyMismatch | None = None
        for condition in self.conditions:
            try:
                answer = check_condition(condition, context)
            except CurrencyMismatch as error:
                foreign = error
                continue
            if answer is None:
                return None
            unmet.append((condition, answer))
        if foreign is not None and not unmet:
            raise foreign
        amounts = [a.missing_amount for _, a in unmet if a.missing_amount is not None]
        units = [a.missing_units for _, a in unmet if a.missing_units is not None]
        message = unmet[0][1].message
        if len(unmet) > 1:
            message = f"needs one of: {'; '.join(_needed(*each) for each in unmet)}"
        return Ineligible(
            "any_of",
            message,
            missing_amount=min(amounts, default=None),
            missing_units=min(units, default=None),
        )

    def __str__(self) -> str:
        told = [words_of(condition) for condition in self.conditions]
        if len(told) == 1:
            return told[0]
        return " or ".join(f"({c})" if " and " in c else c for c in told)


def _needed(condition: ConditionType, answer: Ineligible) -> str:
    """What would do, as one of several: what it says that it needs, or else what it is."""
    if answer.message.startswith("needs "):
        return answer.message.removeprefix("needs ").removeprefix("one of: ")
    return words_of(condition, answer.message)


@hookimpl
def cartcore_condition_types() -> list[type[AnyOf]]:
    """Register the type."""
    return [AnyOf]
