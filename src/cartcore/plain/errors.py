"""Errors as other programs see them: code, sentence and fields (HA-12)."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from math import isfinite
from typing import Any

from moneyed import Money

from cartcore.documents.schema import Schema
from cartcore.errors import CartcoreError, InvalidField
from cartcore.errors.sentences import shown, values_as_json

ERROR: Schema = {
    "title": "CartcoreError",
    "description": "What could not be done, and why.",
    "type": "object",
    "properties": {
        "code": {"type": "string", "description": "What programs compare."},
        "message": {"type": "string", "description": "A sentence for people."},
        "fields": {
            "type": "object",
            "description": "What the error is about; which fields there are depends on its code.",
        },
    },
    "required": ["code", "message", "fields"],
    "additionalProperties": False,
}
"""The schema of an error."""

_LONGEST_TEXT = 1_000
_MOST_ITEMS = 1_000
_DEEPEST = 5
_MOST_DIGITS = 100
_LARGEST_NUMBER = 2**53  # as far as every reader of JSON reads whole numbers as they are


def plain_error(error: CartcoreError, write: Callable[[object], Any]) -> dict[str, Any]:
    """Return an error as plain data.

    `write` gives the plain form of a value of cartcore, and raises InvalidField for anything else.
    Fields repeat what was given: what JSON cannot hold of it, or is too much, is told as in the
    sentence, which shows values as JSON has them.
    """
    with values_as_json():
        fields = {name: _field(getattr(error, name), write) for name in error.field_names()}
        return {"code": error.code, "message": _text(str(error)), "fields": fields}


def _field(value: Any, write: Callable[[object], Any], depth: int = 0) -> Any:
    kind = type(value)
    if value is None or kind is bool:
        return value
    if kind is str and len(value) <= _LONGEST_TEXT:
        return _text(value)
    if (kind is int and abs(value) <= _LARGEST_NUMBER) or (kind is float and isfinite(value)):
        return value
    if kind in {date, datetime, Decimal}:
        return str(value)
    if kind in {tuple, list, dict} and len(value) <= _MOST_ITEMS and depth < _DEEPEST:
        if kind is not dict:
            return [_field(each, write, depth + 1) for each in value]
        if all(type(name) is str for name in value):
            return {_text(name): _field(each, write, depth + 1) for name, each in value.items()}
    if isinstance(value, Money) and abs(value.amount.adjusted()) > _MOST_DIGITS:
        return shown(value)
    try:
        return write(value)
    except InvalidField:
        return _text(shown(value))


def _text(value: str) -> str:
    """The text, with what no UTF-8 can hold replaced."""
    return value.encode(errors="replace").decode()
