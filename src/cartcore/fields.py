"""What the fields of records go through on their way in: one rule for all of them."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, get_args, get_origin

from cartcore.errors import InvalidField
from cartcore.text import clean

if TYPE_CHECKING:
    import attrs

REQUIRED: Mapping[str, Any] = MappingProxyType({"required": True})
"""The metadata of a text that must not be empty."""


def utc(value: object) -> datetime:
    """Return a time in UTC. Raises InvalidField for one without a time zone."""
    if not isinstance(value, datetime) or value.utcoffset() is None:
        raise InvalidField("time", value, "a datetime with a time zone is needed")
    return value.astimezone(UTC)


def checked(_: type, fields: list["attrs.Attribute[Any]"]) -> list["attrs.Attribute[Any]"]:
    """An attrs `field_transformer`: texts are cleaned, and every iterable becomes a tuple.

    A field's metadata can say `maximum` (characters) and `required` (not empty). A field with a
    converter of its own is left alone.

    Raises (when a record is made):
        InvalidText: see `cartcore.text.clean`.
        InvalidField: a text, or nothing iterable, where several values are needed.
    """
    return [
        field if field.converter is not None else field.evolve(converter=_converter(field))
        for field in fields
    ]


def _converter(field: "attrs.Attribute[Any]") -> Callable[[Any], Any] | None:
    name = field.name.replace("_", " ")
    if field.type is str:
        return partial(clean, field=name, **field.metadata)
    if get_origin(field.type) is tuple and get_args(field.type)[-1] is Ellipsis:
        of_texts = get_args(field.type)[0] is str
        return partial(_texts if of_texts else _tuple, name)
    return None


def _tuple(name: str, values: Iterable[Any]) -> tuple[Any, ...]:
    if isinstance(values, (str, bytes)) or not isinstance(values, Iterable):
        raise InvalidField(name, values, "a list or tuple is needed")
    return tuple(values)


def _texts(name: str, values: Iterable[str]) -> tuple[str, ...]:
    return tuple(clean(value, name, required=True) for value in _tuple(name, values))
