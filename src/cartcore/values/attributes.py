"""What a shop keeps of its own beside a record: short names, and values as JSON has them (HA-8)."""

import json
import re
from collections.abc import Iterator, Mapping
from math import isfinite
from types import MappingProxyType

from cartcore.errors import InvalidField
from cartcore.values.integers import plain_int
from cartcore.values.readers import as_mapping
from cartcore.values.text import clean_message, normal

LONGEST_REFERENCE = 100
"""The most characters of a reference, the id that another system knows a record by."""

REFERENCE: Mapping[str, int] = MappingProxyType({"maximum": LONGEST_REFERENCE})
"""The metadata of a field with a reference."""

Scalar = str | int | float | bool | None
"""A value as JSON has it, without lists and objects."""

MOST_ATTRIBUTES = 50
"""How many attributes a record can have."""

LONGEST_ATTRIBUTE = 1_000
"""The most characters of a value that is a text."""

NAME_PATTERN = "[A-Za-z][A-Za-z0-9_.-]{0,63}"
"""What the name of an attribute looks like, as a regular expression."""

_NAME = re.compile(NAME_PATTERN, re.ASCII)
_LONGEST_KEY = 200  # of more characters no index of PostgreSQL is sure to take
_LARGEST = 2**53  # whole numbers that every reader of JSON reads as they are


class Attributes(Mapping[str, Scalar]):
    """Attributes of a record: a mapping that cannot be changed, with its names in order.

    Two are equal if they have the same names with the same values of the same kind: `1`, `1.0` and
    `True` are three different values, as they are in JSON.

    Args:
        values: names of up to 64 letters, digits, `_`, `-` and `.`, that begin with a letter;
            values that are texts (cleaned), whole numbers up to 2^53, finite numbers, booleans or
            None.

    Raises:
        InvalidField: no mapping, more than `MOST_ATTRIBUTES`, another name or another value.
        InvalidText: a text with control characters, or one that is too long.
    """

    __slots__ = ("_values",)

    _values: dict[str, Scalar]

    def __init__(self, values: Mapping[str, Scalar] | None = None) -> None:
        given = {} if values is None else as_mapping(values, "attributes")
        if len(given) > MOST_ATTRIBUTES:
            expected = f"at most {MOST_ATTRIBUTES} attributes"
            raise InvalidField("attributes", len(given), expected)
        read = {_name(name): _value(name, value) for name, value in given.items()}
        object.__setattr__(self, "_values", dict(sorted(read.items())))

    def __getitem__(self, name: str) -> Scalar:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Attributes):
            return self is other or self._content() == other._content()
        return NotImplemented

    def __hash__(self) -> int:
        return hash(self._content())

    def __repr__(self) -> str:
        return f"Attributes({self._values!r})"

    def __setattr__(self, name: str, value: object) -> None:
        message = f"attributes cannot be changed: {name!r} cannot be set"
        raise AttributeError(message)

    def __delattr__(self, name: str) -> None:
        message = f"attributes cannot be changed: {name!r} cannot be deleted"
        raise AttributeError(message)

    def __reduce__(self) -> tuple[type["Attributes"], tuple[dict[str, Scalar]]]:
        return Attributes, (self._values,)

    def updated(self, others: "Attributes") -> "Attributes":
        """Return these with others, which take the place of those of the same names."""
        if not others:
            return self
        return Attributes({**self._values, **others}) if self else others

    def _content(self) -> tuple[tuple[str, type, Scalar], ...]:
        return tuple((name, type(value), value) for name, value in self._values.items())


NO_ATTRIBUTES = Attributes()
"""What a record has of which nothing more is kept."""


def as_attributes(value: object) -> Attributes:
    """Return attributes, as a converter of fields does. Raises as `Attributes` does."""
    return value if isinstance(value, Attributes) else Attributes(as_mapping(value, "attributes"))


def attribute_key(name: str, value: Scalar) -> str:
    """What an attribute is found by: equal for texts that read the same, and for equal values."""
    told = f"text {normal(value)}" if isinstance(value, str) else f"value {json.dumps(value)}"
    if len(told) > _LONGEST_KEY:
        # Here and not above: it loads OpenSSL, which few imports of cartcore need.
        from hashlib import sha256  # noqa: PLC0415

        told = f"digest {sha256(told.encode()).hexdigest()}"
    return f"{name} {told}"


def attribute_keys(attributes: Attributes) -> frozenset[str]:
    """What all of some attributes are found by."""
    return frozenset(attribute_key(name, value) for name, value in attributes.items())


def _name(name: object) -> str:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        expected = "a name of up to 64 letters, digits, _, - and . that begins with a letter"
        raise InvalidField("attributes", name, expected)
    return name


def _value(name: str, value: object) -> Scalar:
    where = f"attributes.{name}"
    if value is None or type(value) is bool:
        return value
    if isinstance(value, str):
        return clean_message(value, where, maximum=LONGEST_ATTRIBUTE)
    value = plain_int(value)
    if type(value) is int and abs(value) <= _LARGEST:
        return value
    if type(value) is float and isfinite(value):
        return value + 0.0  # zero has no sign
    expected = "a text, a number, true, false or null, as JSON has them"
    raise InvalidField(where, value, expected)
