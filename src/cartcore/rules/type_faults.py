"""What keeps a class from being a type of a plugin, told when it is loaded (PK-4, PK-11)."""

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from functools import cached_property
from types import MappingProxyType
from typing import Any

import attrs

from cartcore.errors.sentences import shown
from cartcore.promotions.selection import Selection
from cartcore.promotions.types import PromotionClass
from cartcore.rules.configurations import not_kept
from cartcore.values.calls import runs_when_called
from cartcore.values.guard import FAULTS, said

OURS = "cartcore."
"""The namespace of the built-in types."""

RESERVED = "cartcore_"
"""How a name begins that cartcore may read some day, of a plugin or of a type."""

_LONGEST_NAME = 100
_NAME = re.compile(r"[\w-]+(\.[\w-]+)+", re.ASCII)
_ALMOST = 0.85


def type_name(kind: object) -> str:
    """The type name of a class.

    Raises:
        ValueError: it is no attrs class, or has no usable name; says so.
    """
    try:
        if not isinstance(kind, type) or not attrs.has(kind):
            raise ValueError(f"{shown(kind)} is not an attrs class")
        name = inspect.getattr_static(kind, "type_name", None)
    except FAULTS as error:
        if type(error) is ValueError:
            raise
        raise ValueError(f"it cannot be looked at: {said(error)}") from error
    if not _is_name(name):
        expected = "a text such as 'acme.every_third'"
        raise ValueError(f"the type_name of {kind.__name__} must be {expected}, not {shown(name)}")
    return str(name)


def _is_name(name: object) -> bool:
    return type(name) is str and len(name) <= _LONGEST_NAME and bool(_NAME.fullmatch(name))


def type_faults(kind: type, method: str, *, built_in: bool) -> Iterator[str]:
    """Say what is wrong with a type, one sentence each.

    Args:
        kind: an attrs class that has a type name.
        method: the method that its kind of type must have.
        built_in: whether it may have a name of cartcore's own.
    """
    if not built_in and type_name(kind).startswith(OURS):
        yield f"names that begin with {OURS!r} are those of the built-in types"
    try:
        yield from _of_method(kind, method)
        if method == "evaluate" and type(_static(kind, "promotion_class")) is not PromotionClass:
            yield "its promotion_class must be a PromotionClass"
        fields = attrs.fields_dict(kind)
        members = {**_OF_ALL, **(_OF_PROMOTIONS if method in {"evaluate", "check"} else {})}
        for name, problem in members.items():
            if name in fields:
                yield f"it has a field named {name}, which is a name that cartcore reads"
            elif (found := _static(kind, name)) is not None and (told := problem(kind, found)):
                yield f"its {name} must be {told}"
        yield from _misspelt(kind, {*members, method}, fields)
        yield from not_kept(kind)
    except FAULTS as error:
        yield f"it cannot be looked at: {said(error)}"


def _static(kind: type, name: str) -> Any:
    return inspect.getattr_static(kind, name, None)


def _of_method(kind: type, name: str) -> Iterator[str]:
    if not callable(getattr(kind, name, None)):
        yield f"it has no method {name}()"
    elif told := _method(kind, _static(kind, name)):
        yield f"its {name} must be {told}"


def _misspelt(kind: type, members: set[str], fields: Mapping[str, object]) -> Iterator[str]:
    """Members with almost a name that cartcore reads: it would not be found, and nobody told."""
    for name in sorted({*dir(kind), *fields}):
        if name.startswith(RESERVED):
            yield f"it has a member {name}: names that begin with {RESERVED!r} are cartcore's own"
        elif name[0] == "_" or name in members or name in fields:
            continue
        for meant in get_close_matches(name, members, 1, _ALMOST):
            yield f"it has a member {name}: is {meant} meant? Otherwise give it another name"


# --- what a member must be: "" if it is that ---


def _arguments(found: Any, number: int) -> bool:
    """Whether something can be called with so many arguments, self included."""
    function = getattr(found, "__func__", found)
    try:
        inspect.signature(function).bind(*[None] * number)
    except TypeError:
        return False
    return runs_when_called(function)


def _method(_: type, found: Any) -> str:
    given = 1 if isinstance(found, staticmethod) else 2
    if callable(getattr(found, "__func__", found)) and _arguments(found, given):
        return ""
    return "a method that is given one thing, without async and yield"


def _upgrade(_: type, found: Any) -> str:
    if isinstance(found, staticmethod) and _arguments(found, 2):
        return ""
    if isinstance(found, classmethod) and _arguments(found, 3):
        return ""
    return "a static method upgrade(fields, version)"


def _flag(_: type, found: Any) -> str:
    return "" if type(found) is bool else "True or False"


def _flag_or_property(_: type, found: Any) -> str:
    return "" if type(found) is bool or _is_property(found) else "True, False or a property"


def _selections(_: type, found: Any) -> str:
    fixed = type(found) is tuple and all(type(each) is Selection for each in found)
    return "" if fixed or _is_property(found) else "a property or a tuple of Selection"


def _is_property(found: Any) -> bool:
    return isinstance(found, property | cached_property) or inspect.ismemberdescriptor(found)


def _version(_: type, found: Any) -> str:
    return "" if type(found) is int and found >= 1 else "a whole number of at least 1"


def _names(_: type, found: Any) -> str:
    right = type(found) is tuple and all(map(_is_name, found))
    return "" if right else "a tuple of type names, such as ('acme.third_free',)"


def _text(_: type, found: Any) -> str:
    return "" if type(found) is str and found.strip() else "a text"


def _any(_: type, __: Any) -> str:
    return ""


_Problem = Callable[[type, Any], str]

_OF_ALL: Mapping[str, _Problem] = MappingProxyType(
    {
        "type": _any,  # under which the type name is written
        "type_name": _any,
        "promotion_class": _any,
        "config_version": _version,
        "former_names": _names,
        "upgrade": _upgrade,
        "display_name": _text,
    }
)
"""What a type of any kind may have, and no field may be called."""

_OF_PROMOTIONS: Mapping[str, _Problem] = MappingProxyType(
    {
        "uses_units": _flag,
        "needs": _selections,
        "stays_unmet": _flag_or_property,
        "at_most": _method,
        "least_left": _method,
    }
)
"""The same for promotion types and conditions."""
