"""What the fields of records go through on their way in: one rule for all of them."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from functools import partial
from types import MappingProxyType, NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin

import attrs
from moneyed import Money

from cartcore.errors import InvalidField
from cartcore.text import clean
from cartcore.wording import with_article

T = TypeVar("T")

REQUIRED: Mapping[str, Any] = MappingProxyType({"required": True})
"""The metadata of a text that must not be empty."""

NAME: Mapping[str, Any] = MappingProxyType({"required": True, "visible": True})
"""The metadata of a text that people have to see: it must not be made of invisible signs alone."""

# Of these, no subclass will do: True is no whole number.
_EXACT = {bool: "True or False", int: "a whole number", NoneType: "None"}
_PLAIN = (Enum, Money, datetime, Decimal)


def utc(value: object) -> datetime:
    """Return a time in UTC. Raises InvalidField for one without a time zone."""
    if not isinstance(value, datetime) or value.utcoffset() is None:
        raise InvalidField("time", value, "a datetime with a time zone is needed")
    return value.astimezone(UTC)


def checked(cls: type, fields: list["attrs.Attribute[Any]"]) -> list["attrs.Attribute[Any]"]:
    """An attrs `field_transformer`: what the fields of a class go through when a record is made.

    Texts are cleaned, and every iterable becomes a tuple. A field's metadata can say `maximum`
    (characters) and `required` (not empty). A field with a converter of its own is left to that.

    Then the types are checked: of booleans, whole numbers, Decimals, enums, money, times and attrs
    classes, of these or None, and of tuples of these. Other annotations are not looked at, nor are
    those that are written as texts.

    Raises (when a record is made):
        InvalidText: see `cartcore.text.clean`.
        InvalidField: a value of another type than the field's.
    """
    return [
        field.evolve(
            converter=_converter(field) if field.converter is None else _naming(field),
            validator=_validator(cls, field),
        )
        for field in fields
    ]


def tuple_of(kind: type[T], name: str, values: Iterable[T]) -> tuple[T, ...]:
    """Return the values as a tuple. Raises InvalidField, for values of another kind, too."""
    found = _tuple(name, values)
    for value in found:
        if not isinstance(value, kind):
            raise InvalidField(name, value, f"{with_article(kind.__name__)} is needed")
    return found


def has_method(value: object, name: str) -> bool:
    """Whether a value, which is no class, has a method."""
    return not isinstance(value, type) and callable(getattr(value, name, None))


def _several(of: Any) -> bool:
    """Whether it is `tuple[X, ...]`."""
    return get_origin(of) is tuple and get_args(of)[-1] is Ellipsis


def _converter(field: "attrs.Attribute[Any]") -> Callable[[Any], Any] | None:
    name = field.name.replace("_", " ")
    if field.type is str:
        return partial(clean, field=name, **field.metadata)
    if _several(field.type):
        of_texts = get_args(field.type)[0] is str
        return partial(_texts if of_texts else _tuple, name)
    return None


def _naming(field: "attrs.Attribute[Any]") -> Any:
    """Its own converter, which knows nothing of the field that it is used for."""
    convert = field.converter
    if not callable(convert) or isinstance(convert, attrs.Converter):
        return convert

    def converted(value: object) -> object:
        try:
            return convert(value)
        except InvalidField as error:
            raise InvalidField(field.name, error.value, error.expected) from error

    return converted


def _validator(cls: type, field: "attrs.Attribute[Any]") -> Callable[[Any, Any, Any], None] | None:
    several = _several(field.type)
    kinds = _kinds(get_args(field.type)[0] if several else field.type)
    if not kinds:
        return field.validator
    where = f"{cls.__name__}.{field.name}"
    names = (_EXACT.get(kind) or with_article(kind.__name__) for kind in kinds)
    expected = f"{' or '.join(names)} is needed"
    themselves = frozenset(kinds)
    and_below = tuple(kind for kind in kinds if kind not in _EXACT)

    def check(record: object, attribute: Any, value: Any) -> None:
        for each in value if several else (value,):
            if type(each) not in themselves and not isinstance(each, and_below):
                raise InvalidField(where, each, expected)
        if field.validator is not None:
            field.validator(record, attribute, value)

    return check


def _kinds(of: Any) -> tuple[type, ...]:
    """The classes that a value has to be of; none if its type cannot be checked."""
    kinds = get_args(of) if get_origin(of) in {Union, UnionType} else (of,)
    return kinds if all(map(_can_be_checked, kinds)) else ()


def _can_be_checked(kind: object) -> bool:
    return isinstance(kind, type) and (
        kind in _EXACT or attrs.has(kind) or issubclass(kind, _PLAIN)
    )


def _tuple(name: str, values: Iterable[Any]) -> tuple[Any, ...]:
    if type(values) is tuple:
        return values
    if isinstance(values, (str, bytes)) or not isinstance(values, Iterable):
        raise InvalidField(name, values, "a list or tuple is needed")
    return tuple(values)


def _texts(name: str, values: Iterable[str]) -> tuple[str, ...]:
    return tuple(clean(value, name, required=True) for value in _tuple(name, values))
