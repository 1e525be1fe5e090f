"""What is wrong with a document: the first fault, with the path of the field that it is in."""

import re
from collections.abc import Mapping, Sequence

import cattrs
from cattrs import AttributeValidationNote, IterableValidationNote

from cartcore.errors import (
    CartcoreError,
    InvalidAddress,
    InvalidAmount,
    InvalidField,
    InvalidText,
)

_FIELD = re.compile(r"[\w.\[\]]+")
"""The path of a field in a record, such as `tiers[1].from_amount`."""

_IN_FIELD = re.compile(r"(?P<expected>.*) \(in (?P<field>\w+)\)", re.DOTALL)


def first_fault(error: BaseException, path: str, data: object) -> InvalidField:
    """Find the first leaf of a tree of cattrs errors, with the path and the data it leads to."""
    record, document = path, data
    while isinstance(error, cattrs.BaseValidationError):
        error = error.exceptions[0]
        for note in getattr(error, "__notes__", ()):
            if isinstance(note, AttributeValidationNote):
                path = f"{path}.{note.name}"
                if isinstance(data, Mapping) and note.name not in data:
                    return InvalidField(path, None, "given")
                data = data[note.name] if isinstance(data, Mapping) else None
            elif isinstance(note, IterableValidationNote):
                path = f"{path}[{note.index}]"
                data = data[int(note.index)] if isinstance(data, Sequence) else None
    if isinstance(error, RecursionError):  # at a path of hundreds of levels
        return InvalidField(record, document, "nested less deeply")
    if isinstance(error, cattrs.ForbiddenExtraKeysError):
        extra = min(error.extra_fields)
        value = data[extra] if isinstance(data, Mapping) else None
        return InvalidField(f"{path}.{extra}", value, "left out (there is no such field)")
    if isinstance(error, InvalidField):
        return InvalidField(_joined(path, error.path), error.value, error.expected)
    if isinstance(error, (InvalidText, InvalidAddress)):
        return InvalidField(_joined(path, error.field), error.value, error.expected)
    if isinstance(error, InvalidAmount):
        return _of_amount(path, error)
    if isinstance(error, CartcoreError) or not error.args:
        return InvalidField(path, data, f"valid ({str(error) or type(error).__name__})")
    # The validators of attrs give their sentence first, and then what it is about.
    return InvalidField(path, data, f"valid ({error.args[0]})")


def _of_amount(path: str, error: InvalidAmount) -> InvalidField:
    """It has no path: a record says behind what is expected in which of its fields it is."""
    told = _IN_FIELD.fullmatch(error.expected)
    if told is None:
        return InvalidField(path, error.value, error.expected)
    return InvalidField(f"{path}.{told['field']}", error.value, told["expected"])


def _joined(path: str, inner: str) -> str:
    """Put together the path to a record and the path in it that the record itself gave."""
    if not inner:
        return path
    first, _, rest = inner.partition(".")
    # A record may begin with the field that it stands in, or with the name of its class.
    if rest and (path.endswith(f".{first}") or first[:1].isupper()):
        return f"{path}.{rest}"
    return f"{path}.{inner}" if _FIELD.fullmatch(inner) else f"{path}: {inner}"
