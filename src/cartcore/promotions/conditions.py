"""Conditions made of conditions: what they can be made of, and how they ask them (PR-9)."""

from collections.abc import Collection, Iterable, Iterator
from typing import Any

import attrs

from cartcore.errors import CurrencyMismatch, InvalidField, PluginError
from cartcore.errors.sentences import shown
from cartcore.promotions.context import PricingContext
from cartcore.promotions.offer import Ineligible
from cartcore.promotions.selection import Selection
from cartcore.promotions.types import ConditionType
from cartcore.values.guard import FAULTS, NESTED, blame, member_of, type_name_of
from cartcore.values.labels import display_name
from cartcore.values.readers import has_method, tuple_of

_DEEPEST = 20
_MOST = 10_000


def nested_condition(value: ConditionType) -> ConditionType:
    """Return a condition, for one that is made of it.

    Raises:
        InvalidField: no object of a condition type, more than 20 levels, or 10,000 in all.
    """
    if not has_method(value, "check"):
        raise InvalidField("condition", value, "an object of a condition type")
    _refuse_many("condition", (value,))
    return value


def nested_conditions(values: Iterable[ConditionType]) -> tuple[ConditionType, ...]:
    """Return conditions as a tuple, for one that is made of them.

    Raises:
        InvalidField: none, something that is no object of a condition type, more than 20 levels, or
            10,000 in all.
    """
    found: tuple[Any, ...] = tuple_of(object, "conditions", values)
    if not found:
        raise InvalidField("conditions", found, "at least one condition")
    for each in found:
        if not has_method(each, "check"):
            raise InvalidField("conditions", each, "objects of condition types")
    _refuse_many("conditions", found)
    return found


def check_condition(condition: ConditionType, context: PricingContext) -> Ineligible | None:
    """Return what a condition answers.

    Raises:
        CurrencyMismatch: its money is in another currency than the cart.
        PluginError: it raised something else, or answered with something else; names it (PR-20).
    """
    try:
        answer = condition.check(context)
    except FAULTS as error:
        if type(error) is CurrencyMismatch:
            raise
        blame(error, type_name_of(condition), f"promotion {context.promotion_id!r}")
    if answer is not None and type(answer) is not Ineligible:
        problem = f"it answered {shown(answer)}, not an Ineligible or None"
        subject = f"promotion {context.promotion_id!r}"
        raise PluginError(type_name_of(condition), subject, problem)
    return answer


def needs_of(part: object, subject: str = NESTED) -> tuple[Selection, ...]:
    """Return what a condition, or another type, says that it needs; nothing if it says nothing.

    Raises:
        PluginError: it raised, or has something else than a tuple of selections; names it.
    """
    needs = member_of(part, "needs", (), subject)
    if type(needs) is not tuple or not all(type(each) is Selection for each in needs):
        problem = f"needs is {shown(needs)}, not a tuple of Selection"
        raise PluginError(type_name_of(part), subject, problem)
    return needs


def words_of(condition: ConditionType, default: str = "") -> str:
    """Return whom or what a condition is for, in its own words.

    A condition says them with `__str__`: "orders in USD", "contacts tagged vip". For one that does
    not, it is the default, or else "orders that meet" and the name of its class.

    Raises:
        PluginError: it raised, or has something else than a text; names it.
    """
    if type(condition).__str__ is object.__str__:
        return default or f"orders that meet {display_name(type(condition))!r}"
    try:
        return "".join([str(condition)])  # a text of Python's own kind
    except FAULTS as error:
        blame(error, type_name_of(condition), NESTED, "__str__")


def _refuse_many(name: str, conditions: Iterable[ConditionType]) -> None:
    """Go down level by level: what is nested too deeply cannot exhaust the stack here either."""
    # By identity, with how often: one object may stand in many places.
    level = _counted((each, 1) for each in conditions)
    together = 0
    for _ in range(1, _DEEPEST):  # the first level is the condition that is being made
        together += sum(times for _, times in level)
        if together >= _MOST:
            raise InvalidField(name, together, f"at most {_MOST} conditions, nested ones included")
        level = _counted((inner, times) for each, times in level for inner in _inside(each))
        if not level:
            return
    raise InvalidField(name, _DEEPEST + 1, f"at most {_DEEPEST} levels of conditions")


def _counted(found: Iterable[tuple[ConditionType, int]]) -> Collection[tuple[ConditionType, int]]:
    """Each condition once, with the sum of how often it was found."""
    counts: dict[int, tuple[ConditionType, int]] = {}
    for each, times in found:
        counts[id(each)] = (each, times + counts.get(id(each), (each, 0))[1])
    return counts.values()


def _inside(condition: ConditionType) -> Iterator[ConditionType]:
    """The conditions in the fields of another one, a plugin's as well."""
    kind = type(condition)
    for field in attrs.fields(kind) if attrs.has(kind) else ():
        value = getattr(condition, field.name)
        for each in value if issubclass(type(value), tuple) else (value,):
            if has_method(each, "check"):
                yield each
