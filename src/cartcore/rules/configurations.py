"""Whether a class can be kept as the configuration of a type: read back as it was written (PK-4).

Told by the annotations of its fields, before anything of it is stored.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import attrs
from moneyed import Money

from cartcore.promotions.types import ConditionType, PromotionType, TaxCalculator
from cartcore.shop.speeds import SpeedProvider
from cartcore.values.attributes import Attributes
from cartcore.values.checks import OWN
from cartcore.values.guard import FAULTS, said

_PLAIN = (str, int, bool, Decimal, Money, date, datetime, Attributes)
_TYPES = (PromotionType, ConditionType, SpeedProvider, TaxCalculator)
_KEPT: frozenset[object] = frozenset((*_PLAIN, *_TYPES))
_INSTEAD = {float: "Decimal", list: "a tuple", set: "a tuple", frozenset: "a tuple"}
_ELSEWHERE = datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=1)))


def not_kept(kind: type) -> Iterator[str]:
    """Say what of an attrs class would not be read as it was written; nothing if all would."""
    yield from _faults(kind, kind.__name__, set())


def _faults(kind: type, where: str, seen: set[type]) -> Iterator[str]:
    seen.add(kind)
    if not _frozen(kind):
        yield f"{where} is not frozen: use @attrs.frozen"
    elif kind.__hash__ is None or not any("__eq__" in vars(base) for base in kind.__mro__[:-1]):
        yield f"{where} is compared by identity and not by its fields: use @attrs.frozen"
    try:
        fields = attrs.fields(attrs.resolve_types(kind))
    except FAULTS as error:
        yield f"the annotations of {where} cannot be read: {said(error)}"
        return
    converted = any(OWN in field.metadata for field in fields)  # by `checked` or `typed`
    for field in fields:
        if not field.init:
            continue
        path = f"{where}.{field.name}"
        yield from _held(field.type, path, seen)
        if not converted and _has_times(field.type) and not _in_utc(field):
            yield f"{path} may have a time in another zone, and is read in UTC: {_CHECKED}"


_CHECKED = "use @attrs.frozen(field_transformer=checked)"


def _frozen(kind: type) -> bool:
    try:
        setattr(object.__new__(kind), "anything", None)  # noqa: B010  (a class that is not known)
    except attrs.exceptions.FrozenInstanceError:
        return True
    except FAULTS:
        return False
    return False


def _held(annotation: Any, path: str, seen: set[type]) -> Iterator[str]:
    """What is wrong with what a field holds."""
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        if not all(type(each) in {str, int, bool, NoneType} for each in args):
            yield f"{path} holds values that JSON does not have"
    elif origin in {tuple, Union, UnionType}:
        parts = [each for each in args if each not in {NoneType, Ellipsis}]
        if origin is not tuple and len(parts) > 1 and not all(map(attrs.has, parts)):
            yield f"{path} holds one of several types, which cannot be told apart when it is read"
        for each in parts:
            yield from _held(each, path, seen)
    elif annotation not in _KEPT:
        yield from _held_class(annotation, path, seen)


def _held_class(annotation: Any, path: str, seen: set[type]) -> Iterator[str]:
    if annotation in seen:
        return
    if isinstance(annotation, type) and attrs.has(annotation):
        yield from _faults(annotation, annotation.__name__, seen)
    elif not (isinstance(annotation, type) and issubclass(annotation, StrEnum)):
        origin = get_origin(annotation) or annotation
        instead = f": use {_INSTEAD[origin]}" if origin in _INSTEAD else ""
        yield f"{path} holds {_named(annotation)}, which is not read as it was written{instead}"


def _named(annotation: Any) -> str:
    if annotation is None:
        return "anything"  # there is no annotation
    plain = isinstance(annotation, type) and not get_args(annotation)
    return annotation.__name__ if plain else str(annotation)


def _has_times(annotation: Any) -> bool:
    return annotation is datetime or any(map(_has_times, get_args(annotation)))


def _in_utc(field: "attrs.Attribute[Any]") -> bool:
    """Whether a field's own converter makes times UTC."""
    if not callable(field.converter):
        return False
    several = tuple in {get_origin(each) for each in (field.type, *get_args(field.type))}
    try:
        found: Any = field.converter((_ELSEWHERE,) if several else _ELSEWHERE)
        return bool((found[0] if several else found).tzinfo is UTC)
    except FAULTS:
        return False
