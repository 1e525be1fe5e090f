"""Values to plain data and JSON, and back: the one place that knows the wire format.

The classes know nothing of it. A `Serializer` is made for a rulebook, because promotions hold
objects of plugin types: those are written with their type name under `type`.

Strict in both directions: no coercion ("2" is not 2), no extra keys, and a fault names the path of
the field and what was expected.
"""

import json
import operator
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import Any, TypeVar

import cattrs
from cattrs import Converter
from moneyed import Money

from cartcore.errors import CartcoreError, InvalidField
from cartcore.money import written
from cartcore.promotion import ConditionType, PromotionType
from cartcore.rulebook import Rulebook
from cartcore.shipping import SpeedProvider
from cartcore.tax import TaxCalculator

T = TypeVar("T")

FORMAT = 1
"""The version of the written form; it stands in every document as `format`."""

_JSON_KINDS = {str: "a text", int: "a whole number", bool: "true or false"}


class Serializer:
    """Writes and reads records: contacts, products, promotions, drafts, quotes, orders."""

    def __init__(self, rulebook: Rulebook | None = None) -> None:
        self._converter = make_converter(rulebook or Rulebook())

    def dump(self, record: object) -> dict[str, Any]:
        """Return a record as plain data that JSON can hold, with its format version."""
        return {"format": FORMAT, **self._converter.unstructure(record)}

    def load(self, data: object, kind: type[T]) -> T:
        """Return the record that plain data describes.

        Raises:
            InvalidField: data of another format version or shape; names path and expectation.
        """
        if not isinstance(data, Mapping) or data.get("format") != FORMAT:
            found = data.get("format") if isinstance(data, Mapping) else data
            raise InvalidField("format", found, f"this cartcore reads format {FORMAT}")
        plain = {key: value for key, value in data.items() if key != "format"}
        try:
            return self._converter.structure(plain, kind)
        except cattrs.BaseValidationError as error:
            raise _first_fault(error, kind.__name__) from error

    def dumps(self, record: object) -> str:
        """Return a record as JSON text, always the same for the same record."""
        return json.dumps(self.dump(record), ensure_ascii=False, separators=(",", ":"))

    def loads(self, text: str | bytes, kind: type[T]) -> T:
        """Return the record that JSON text describes. Raises InvalidField."""
        try:
            data = json.loads(text)
        except ValueError as error:
            raise InvalidField("JSON", text, str(error)) from error
        return self.load(data, kind)


def make_converter(rulebook: Rulebook) -> Converter:
    """Return a cattrs converter for all of cartcore's values and the types of a rulebook."""
    converter = Converter(forbid_extra_keys=True, detailed_validation=True)
    for kind, meaning in _JSON_KINDS.items():
        # By identity: registered as a class, str would take the enums that are texts as well.
        converter.register_structure_hook_func(partial(operator.is_, kind), _exactly(kind, meaning))
    converter.register_unstructure_hook(Decimal, str)
    converter.register_structure_hook(Decimal, _decimal)
    converter.register_unstructure_hook(datetime, _write_time)
    converter.register_structure_hook(datetime, _read_time)
    converter.register_unstructure_hook(Money, _write_money)
    converter.register_structure_hook(Money, _read_money)
    _register_tagged(converter, PromotionType, rulebook.promotion_types)
    _register_tagged(converter, ConditionType, rulebook.condition_types)
    _register_tagged(converter, SpeedProvider, rulebook.speed_providers)
    _register_tagged(converter, TaxCalculator, rulebook.tax_calculators)
    return converter


def _register_tagged(converter: Converter, protocol: type, types: Mapping[str, type[Any]]) -> None:
    def write(value: Any) -> dict[str, Any]:
        return {"type": value.type_name, **converter.unstructure(value)}

    def read(data: object, _: type) -> Any:
        name = data.get("type") if isinstance(data, Mapping) else None
        if not isinstance(name, str) or name not in types:
            known = ", ".join(sorted(types)) or "none is loaded"
            raise InvalidField("type", name, f"the name of a loaded type is needed ({known})")
        fields = {key: value for key, value in data.items() if key != "type"}  # type: ignore[attr-defined]
        return converter.structure(fields, types[name])

    converter.register_unstructure_hook(protocol, write)
    converter.register_structure_hook(protocol, read)


def _exactly(kind: type, meaning: str) -> Any:
    def read(value: object, _: type) -> object:
        if type(value) is not kind:
            raise InvalidField("", value, f"{meaning} is needed")
        return value

    return read


def _decimal(value: object, _: type) -> Decimal:
    if not isinstance(value, str):
        raise InvalidField("", value, 'a decimal number as text is needed, such as "12.5"')
    try:
        return Decimal(value)
    except ArithmeticError:
        raise InvalidField("", value, 'a decimal number is needed, such as "12.5"') from None


def _write_time(value: datetime) -> str:
    return value.astimezone(UTC).isoformat()


def _read_time(value: object, _: type) -> datetime:
    try:
        time = datetime.fromisoformat(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        time = None
    if time is None or time.utcoffset() is None:
        raise InvalidField("", value, 'an ISO 8601 time is needed, such as "2026-01-31T12:00Z"')
    return time.astimezone(UTC)


def _write_money(value: Money) -> dict[str, str]:
    return {"amount": f"{value.amount:f}", "currency": value.currency.code}


def _read_money(value: object, _: type) -> Money:
    if not isinstance(value, Mapping) or set(value) != {"amount", "currency"}:
        raise InvalidField("", value, 'money such as {"amount": "12.50", "currency": "USD"}')
    amount, code = value["amount"], value["currency"]
    if not isinstance(amount, str):
        raise InvalidField("amount", amount, 'an amount as text is needed, such as "12.50"')
    return written(amount, code)


def _first_fault(error: BaseException, path: str) -> InvalidField:
    """Find the first leaf of a tree of cattrs errors, with the path that leads to it."""
    if isinstance(error, cattrs.ForbiddenExtraKeysError):
        extra = ", ".join(sorted(error.extra_fields))
        return InvalidField(path, extra, "no such field is known")
    if isinstance(error, cattrs.BaseValidationError):
        inner = error.exceptions[0]
        for note in getattr(inner, "__notes__", ()):
            name = getattr(note, "name", None)
            index = getattr(note, "index", None)
            if name is not None:
                return _first_fault(inner, f"{path}.{name}")
            if index is not None:
                return _first_fault(inner, f"{path}[{index}]")
        return _first_fault(inner, path)
    if isinstance(error, InvalidField):
        return InvalidField(f"{path}.{error.path}".rstrip("."), error.value, error.expected)
    if isinstance(error, KeyError):
        return InvalidField(f"{path}.{error.args[0]}", None, "this field is required")
    if isinstance(error, CartcoreError):
        return InvalidField(path, getattr(error, "value", None), str(error))
    return InvalidField(path, str(error), "a value of another type is needed")
