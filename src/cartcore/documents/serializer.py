"""Values to plain data and JSON, and back: the one place that knows the wire format.

The classes know nothing of it. A `Serializer` is made for a rulebook, because promotions hold
objects of plugin types: those are written with their type name under `type`.

Strict in both directions: no coercion ("2" is not 2), no extra keys, and a fault names the path of
the field and what was expected.

Fields that are None are left out where that is what is read when they are absent: documents are
shorter so, and can be written in TOML, which has no null.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar, get_args, get_origin

import attrs
import cattrs
from cattrs import Converter
from cattrs.gen import make_dict_unstructure_fn, override
from moneyed import Money

from cartcore.cart import Cart, CartLine, CartShipment, Customer
from cartcore.documents.configurations import by_all_names, register_tagged
from cartcore.documents.faults import first_fault
from cartcore.documents.formats import FORMAT, FORMATS, upgraded
from cartcore.documents.texts import Texts
from cartcore.errors import (
    CartcoreError,
    InvalidField,
    UnknownCurrency,
)
from cartcore.errors.sentences import counted
from cartcore.orders.order import OrderSummary
from cartcore.pricing.policy import PricingPolicy
from cartcore.pricing.priced_from import KnownTax, PricedFrom
from cartcore.promotions.promotion import Usage
from cartcore.promotions.rulebook import Rulebook
from cartcore.promotions.types import (
    ConditionType,
    PromotionClass,
    PromotionType,
    TaxCalculator,
)
from cartcore.shop.speeds import SpeedProvider
from cartcore.values.arguments import check_calls
from cartcore.values.attributes import NO_ATTRIBUTES, Attributes
from cartcore.values.money import figures, written

T = TypeVar("T")

_SUMMARIZED = attrs.fields_dict(OrderSummary).keys() - {"total"}

_MONEY_KEYS = {"amount", "currency"}


_SHORT = (PricedFrom, KnownTax, PricingPolicy, Cart, CartLine, CartShipment, Customer, Usage)
"""What is written without the defaults of all its fields; so these can never change."""

_JSON_KINDS = {str: "a text", int: "a whole number", bool: "true or false"}


@check_calls
class Serializer:
    """Writes and reads records: contacts, products, promotions, drafts, quotes, orders.

    Args:
        rulebook: the types that promotions can have; none if left out.
        keep_opaque: read promotions of other types, too, as a storage must: such an effect or
            condition stays as it was written, and the promotion does not apply (PK-5).
    """

    def __init__(self, rulebook: Rulebook | None = None, *, keep_opaque: bool = False) -> None:
        known = Rulebook() if rulebook is None else rulebook
        self._converter = make_converter(known, keep_opaque=keep_opaque)
        self._texts = Texts(self._converter, _left_out)
        self._promotion_types = by_all_names(known.promotion_types)

    def type_names(self, *classes: PromotionClass) -> list[str]:
        """Return the names under which types of some classes can stand in promotions."""
        kinds = self._promotion_types.items()
        return sorted(name for name, kind in kinds if kind.promotion_class in classes)

    def dump(self, record: object) -> dict[str, Any]:
        """Return a record as plain data that JSON can hold, with its format version.

        Raises:
            InvalidField: no record, that is, no object of an attrs class.
        """
        return {"format": FORMAT, **self._converter.unstructure(_a_record(record))}

    def load(self, data: object, kind: type[T]) -> T:
        """Return the record that plain data describes, in any format so far (ST-4).

        Raises:
            InvalidField: data of a newer format or another shape; names path and expectation.
        """
        return self._structured(_plain(data), kind)

    def dumps(self, record: object) -> str:
        """Return a record as JSON text, always the same for the same record. Raises like `dump`."""
        return f'{{"format":{FORMAT}{self._texts.members(_a_record(record))}}}'

    def loads(self, text: str | bytes, kind: type[T]) -> T:
        """Return the record that JSON text describes. Raises InvalidField."""
        return self.load(_parsed(text), kind)

    def loads_summary(self, text: str | bytes) -> OrderSummary:
        """Return the summary of the order that JSON text describes: no more of it is looked at.

        Raises InvalidField.
        """
        return self._structured(_summarized(_plain(_parsed(text))), OrderSummary)

    def _structured(self, plain: Mapping[str, Any], kind: type[T]) -> T:
        record_class: type = kind
        if not attrs.has(record_class):
            raise InvalidField("kind", kind, "the class of a record, such as Order")
        try:
            return self._converter.structure(plain, kind)
        except (cattrs.BaseValidationError, CartcoreError, RecursionError) as error:
            if isinstance(error, cattrs.BaseValidationError) and error.subgroup(MemoryError):
                raise MemoryError from error  # which is no fault of what is read
            raise first_fault(error, kind.__name__, plain) from error


def _a_record(record: object) -> object:
    if not attrs.has(type(record)):
        raise InvalidField("record", record, "a record, such as an Order")
    return record


def each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object of JSON. Raises ValueError for a key that it has twice: which one counts?"""
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        message = f"an object has the key {twice!r} twice"
        raise ValueError(message)
    return found


def _parsed(text: str | bytes) -> object:
    try:
        return json.loads(text, object_pairs_hook=each_key_once)
    except (ValueError, RecursionError) as error:
        raise InvalidField("JSON", text, f"valid ({error})") from error


def _plain(data: object) -> Mapping[str, Any]:
    """A document of any format as it would be written today, without the format."""
    found = data.get("format") if isinstance(data, Mapping) else data
    if not isinstance(data, Mapping) or type(found) is not int or found not in FORMATS:
        readable = ", ".join(map(str, FORMATS))
        raise InvalidField("format", found, f"one that this cartcore reads ({readable})")
    return {k: value for k, value in upgraded(data, found).items() if k != "format"}


def _summarized(order: Mapping[str, Any]) -> Mapping[str, Any]:
    """Of an order as it is written, what its summary would be written as."""
    summary = {name: order[name] for name in _SUMMARIZED if name in order}
    with suppress(KeyError, TypeError):
        summary["total"] = order["quote"]["totals"]["total"]
    return summary


def make_converter(rulebook: Rulebook, *, keep_opaque: bool = False) -> Converter:
    """Return a cattrs converter for all of cartcore's values and the types of a rulebook.

    With `keep_opaque`, effects and conditions of other types are kept as they are.
    """
    converter = Converter(
        forbid_extra_keys=True,
        detailed_validation=True,
        unstruct_collection_overrides={tuple: list},  # as JSON has them, in tuples of tuples, too
    )
    for kind, meaning in _JSON_KINDS.items():
        converter.register_structure_hook(kind, _exactly(kind, meaning))
    converter.register_structure_hook(StrEnum, _read_choice)
    converter.register_unstructure_hook(StrEnum, _write_choice)
    _insist_on_json_kinds(converter)
    _leave_out_none(converter)
    converter.register_unstructure_hook(Decimal, str)
    converter.register_structure_hook(Decimal, _decimal)
    converter.register_unstructure_hook(date, date.isoformat)
    converter.register_structure_hook(date, _read_date)
    converter.register_unstructure_hook(datetime, _write_time)
    converter.register_structure_hook(datetime, _read_time)
    converter.register_unstructure_hook(Money, _write_money)
    converter.register_structure_hook(Money, _read_money)
    converter.register_unstructure_hook(Attributes, dict)
    read_attributes = only_objects(lambda value, _: Attributes(value))
    converter.register_structure_hook(Attributes, read_attributes)
    register_tagged(converter, PromotionType, rulebook.promotion_types, keep_opaque=keep_opaque)
    register_tagged(converter, ConditionType, rulebook.condition_types, keep_opaque=keep_opaque)
    register_tagged(converter, SpeedProvider, rulebook.speed_providers)
    register_tagged(converter, TaxCalculator, rulebook.tax_calculators)
    return converter


def _insist_on_json_kinds(converter: Converter) -> None:
    """Make tuples take lists and classes take objects alone; cattrs takes what can be iterated."""
    read_items = converter.get_structure_hook(tuple[str, ...])

    def tuple_reader(kind: Any) -> Any:
        if get_args(kind)[-1] is Ellipsis:
            return _only((list, tuple), "a list", read_items)
        read, size = converter.gen_structure_hetero_tuple(kind), len(get_args(kind))

        def read_all(value: Any, kind: Any) -> Any:
            if len(value) != size:
                raise InvalidField("", value, f"a list of {counted(size, 'value')}")
            return read(value, kind)

        return _only((list, tuple), "a list", read_all)

    def class_reader(kind: Any) -> Any:
        read = converter.gen_structure_attrs_fromdict(kind)
        return only_objects(read)

    converter.register_structure_hook_factory(_is_tuple, tuple_reader)
    converter.register_structure_hook_factory(attrs.has, class_reader)


def _leave_out_none(converter: Converter) -> None:
    """Write no field that is None, nor attributes that are none, where that is the default.

    It is read back the same. Of what orders were priced from, whatever is the default is left out:
    it is kept with every order, and hardly ever looked at.
    """

    def class_writer(kind: Any) -> Any:
        absent: dict[str, Any] = dict.fromkeys(_left_out(kind), override(omit_if_default=True))
        return make_dict_unstructure_fn(kind, converter, **absent)

    converter.register_unstructure_hook_factory(attrs.has, class_writer)


def _left_out(kind: Any) -> frozenset[str]:
    """The names of the fields of a class that are not written where they are the default."""
    return frozenset(
        field.name
        for field in attrs.fields(kind)
        if field.default is None
        or field.default is NO_ATTRIBUTES
        or (kind in _SHORT and field.default is not attrs.NOTHING)
    )


def _is_tuple(kind: Any) -> bool:
    origin: object = get_origin(kind)
    return origin is tuple


def only_objects(read: Any) -> Any:
    """Let a reader of a class take objects alone."""
    return _only((dict, Mapping), "an object", read)  # a dict is told much faster


def _only(kinds: Any, expected: str, read: Any) -> Any:
    def checked(value: object, kind: Any) -> Any:
        if not isinstance(value, kinds):
            raise InvalidField("", value, expected)
        return read(value, kind)

    return checked


def _exactly(kind: type, meaning: str) -> Any:
    def read(value: object, _: type) -> object:
        if type(value) is not kind:
            raise InvalidField("", value, meaning)
        return value

    return read


def _read_choice(value: Any, kind: type[StrEnum]) -> StrEnum:
    try:
        return kind(value)
    except ValueError:
        expected = f"one of {', '.join(kind)}"
        raise InvalidField("", value, expected) from None


def _write_choice(value: StrEnum) -> str:
    return str(value.value)


def _decimal(value: object, _: type) -> Decimal:
    if not isinstance(value, str):
        raise InvalidField("", value, 'a decimal number as text, such as "12.5"')
    try:
        return Decimal(value)
    except ArithmeticError:
        raise InvalidField("", value, 'a decimal number, such as "12.5"') from None


def _write_time(value: datetime) -> str:
    if value.utcoffset() is None:  # it would be taken for the time of this machine's zone
        raise InvalidField("time", value, "a datetime with a time zone")
    return value.astimezone(UTC).isoformat()


def _read_time(value: object, _: type) -> datetime:
    try:
        # TOML has times of its own; in JSON they are texts.
        time = value if isinstance(value, datetime) else datetime.fromisoformat(value)  # type: ignore[arg-type]
        if time.utcoffset() is not None:
            return time.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        pass
    raise InvalidField("", value, 'an ISO 8601 time, such as "2026-01-31T12:00Z"')


def _read_date(value: object, _: type) -> date:
    try:
        # TOML has dates of its own; in JSON they are texts.
        found = value if type(value) is date else date.fromisoformat(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        found = None
    # Nothing but the form that is written: there are others of ISO 8601, such as weeks.
    if found is None or value not in (found, found.isoformat()):
        raise InvalidField("", value, 'a date, such as "2026-01-31"')
    return found


def _write_money(value: Money) -> dict[str, str]:
    return {"amount": figures(value), "currency": value.currency.code}


def _read_money(value: object, _: type) -> Money:
    if not isinstance(value, (dict, Mapping)) or value.keys() != _MONEY_KEYS:
        raise InvalidField("", value, 'money such as {"amount": "12.50", "currency": "USD"}')
    amount, code = value["amount"], value["currency"]
    if not isinstance(amount, str):
        raise InvalidField("amount", amount, 'an amount as text, such as "12.50"')
    if not isinstance(code, str):
        raise UnknownCurrency(code)
    return written(amount, code)
