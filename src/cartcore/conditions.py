"""Conditions made of conditions: what they can be made of, and how they ask them (PR-9)."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import attrs

from cartcore.errors import CartcoreError, CurrencyMismatch, InvalidField, PluginError
from cartcore.fields import has_method, tuple_of
from cartcore.offer import Ineligible
from cartcore.promotion import ConditionType
from cartcore.wording import shown

if TYPE_CHECKING:
    from cartcore.context import PricingContext

_DEEPEST = 20
_LONGEST_REASON = 300


def a_condition(value: ConditionType) -> ConditionType:
    """Return a condition, for one that is made of it.

    Raises:
        InvalidField: no object of a condition type, or more than 20 levels in all.
    """
    if not has_method(value, "check"):
        raise InvalidField("condition", value, "an object of a condition type is needed")
    _refuse_deep("condition", (value,))
    return value


def some_conditions(values: Iterable[ConditionType]) -> tuple[ConditionType, ...]:
    """Return conditions as a tuple, for one that is made of them.

    Raises:
        InvalidField: none, something that is no object of a condition type, or more than 20 levels
            in all.
    """
    found: tuple[Any, ...] = tuple_of(object, "conditions", values)
    if not found:
        raise InvalidField("conditions", found, "at least one condition is needed")
    for each in found:
        if not has_method(each, "check"):
            raise InvalidField("conditions", each, "objects of condition types are needed")
    _refuse_deep("conditions", found)
    return found


def ask(condition: ConditionType, context: "PricingContext") -> Ineligible | None:
    """Return what a condition answers.

    Raises:
        CurrencyMismatch: its money is in another currency than the cart.
        PluginError: it raised something else, or answered with something else; names it (PR-20).
    """
    try:
        answer = condition.check(context)
    except (CurrencyMismatch, PluginError):
        raise
    except Exception as error:
        write = str if isinstance(error, CartcoreError) else repr
        problem = f"it raised {shown(error, longest=_LONGEST_REASON, write=write)}"
        raise _fault(condition, context, problem) from error
    if answer is not None and not isinstance(answer, Ineligible):
        problem = f"it answered {shown(answer)}, not an Ineligible or None"
        raise _fault(condition, context, problem)
    return answer


def _fault(condition: ConditionType, context: "PricingContext", problem: str) -> PluginError:
    return PluginError(condition.type_name, f"promotion {context.promotion_id!r}", problem)


def _refuse_deep(name: str, level: Iterable[ConditionType]) -> None:
    """Go down level by level: what is nested too deeply cannot exhaust the stack here either."""
    for _ in range(1, _DEEPEST):  # the first level is the condition that is being made
        # By identity: one object may stand in many places.
        level = {id(inner): inner for each in level for inner in _inside(each)}.values()
        if not level:
            return
    raise InvalidField(name, _DEEPEST + 1, f"at most {_DEEPEST} levels of conditions may be nested")


def _inside(condition: ConditionType) -> Iterator[ConditionType]:
    """The conditions in the fields of another one, a plugin's as well."""
    kind = type(condition)
    for field in attrs.fields(kind) if attrs.has(kind) else ():
        value = getattr(condition, field.name)
        for each in value if isinstance(value, tuple) else (value,):
            if has_method(each, "check"):
                yield each
