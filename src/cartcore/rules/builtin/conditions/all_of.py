"""The condition that several others hold (PR-9)."""

from typing import ClassVar

import attrs

from cartcore.rules import (
    ConditionType,
    Ineligible,
    PricingContext,
    Selection,
    ask,
    checked,
    hookimpl,
    some_conditions,
)


@attrs.frozen(kw_only=True, field_transformer=checked)
class AllOf:
    """Hold when all of `conditions` do.

    The conditions of a promotion are that already; this is for within `AnyOf` and `Not`.
    """

    type_name: ClassVar[str] = "cartcore.all_of"

    conditions: tuple[ConditionType, ...] = attrs.field(converter=some_conditions)

    @property
    def needs(self) -> tuple[Selection, ...]:
        """What any of them needs (PR-23)."""
        return tuple(
            selection
            for condition in self.conditions
            for selection in getattr(condition, "needs", ())
        )

    def check(self, context: PricingContext) -> Ineligible | None:
        """Ask one after the other. A figure is given if it alone would unlock them all."""
        unmet: list[Ineligible] = []
        for condition in self.conditions:
            answer = ask(condition, context)
            if answer is not None:
                unmet.append(answer)
                if answer.missing_amount is None and answer.missing_units is None:
                    break  # no figure unlocks this one, whatever the others say
        if not unmet:
            return None
        if len(unmet) == 1:
            return attrs.evolve(unmet[0], reason="all_of")
        told = (f"({a.message})" if " or " in a.message else a.message for a in unmet)
        return Ineligible("all_of", " and ".join(told))

    def __str__(self) -> str:
        told = " and ".join(str(condition) for condition in self.conditions)
        return told if len(self.conditions) == 1 else f"({told})"


@hookimpl
def cartcore_condition_types() -> list[type[AllOf]]:
    """Register the type."""
    return [AllOf]
