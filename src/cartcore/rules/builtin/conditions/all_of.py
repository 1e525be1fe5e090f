"""The condition that several others hold (PR-9)."""

from collections.abc import Sequence
from typing import ClassVar

import attrs

from cartcore.rules import (
    ConditionType,
    Ineligible,
    PricingContext,
    Selection,
    check_condition,
    checked,
    hookimpl,
    needs_of,
    nested_conditions,
    words_of,
)


@attrs.frozen(kw_only=True, field_transformer=checked)
class AllOf:
    """Hold when all of `conditions` do.

    All conditions of a promotion have to hold anyway; this one is for use inside `AnyOf` and `Not`.

    Attributes:
        conditions: At least one, of any type. Conditions may be nested up to 20 levels deep.
    """

    type_name: ClassVar[str] = "cartcore.all_of"

    conditions: tuple[ConditionType, ...] = attrs.field(converter=nested_conditions)

    @property
    def needs(self) -> tuple[Selection, ...]:
        """What any of them needs (PR-23)."""
        return tuple(each for condition in self.conditions for each in needs_of(condition))

    def check(self, context: PricingContext) -> Ineligible | None:
        """Ask one after the other. A figure is given if it would unlock all of them."""
        unmet: list[Ineligible] = []
        for condition in self.conditions:
            answer = check_condition(condition, context)
            if answer is not None:
                unmet.append(answer)
                if answer.missing_amount is None and answer.missing_units is None:
                    break  # no figure unlocks this one, whatever the others say
        if not unmet:
            return None
        if len(unmet) == 1:
            return attrs.evolve(unmet[0], reason="all_of")
        return Ineligible("all_of", _together([answer.message for answer in unmet]))

    def __str__(self) -> str:
        told = [words_of(condition) for condition in self.conditions]
        if len(told) == 1:
            return told[0]
        return f"{' and '.join(f'({c})' if ' or ' in c else c for c in told)} at the same time"


def _together(messages: Sequence[str]) -> str:
    """In one sentence: "needs 2 more items and 5.00 USD more; only for orders in USD"."""
    needs = [text.removeprefix("needs ") for text in messages if text.startswith("needs ")]
    choices = [text for text in needs if text.startswith("one of: ")]  # a choice ends a sentence
    plain = " and ".join(text for text in needs if text not in choices)
    needed = ", and ".join(filter(None, (plain, *choices)))
    others = (text for text in messages if not text.startswith("needs "))
    return "; ".join([*([f"needs {needed}"] if needed else ()), *others])


@hookimpl
def cartcore_condition_types() -> list[type[AllOf]]:
    """Register the type."""
    return [AllOf]
