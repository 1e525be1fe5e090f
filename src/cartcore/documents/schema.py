"""JSON Schema of configurations, for form builders (PR-22, PK-9).

It describes the plain data that `cartcore.documents.serializer` writes and reads: what a field may
be, whether it is needed, and its default. What goes beyond that, such as that a percentage is at
most 100, is said by the type itself when the data is read.
"""

from collections.abc import Callable, Mapping
from copy import deepcopy
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from inspect import cleandoc
from itertools import count
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import attrs
from cattrs import Converter
from moneyed import Money

from cartcore.documents.configurations import VERSION_KEY, config_version
from cartcore.documents.formats import FORMATS
from cartcore.documents.serializer import make_converter
from cartcore.promotions.rulebook import Rulebook
from cartcore.promotions.types import ConditionType, PromotionType, TaxCalculator
from cartcore.shop.speeds import SpeedProvider
from cartcore.values.arguments import check_arguments
from cartcore.values.attributes import LONGEST_ATTRIBUTE, MOST_ATTRIBUTES, NAME_PATTERN, Attributes
from cartcore.values.labels import display_name, field_help, field_label

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
"""The JSON Schema that is written."""

_PLAIN: dict[Any, Schema] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    bool: {"type": "boolean"},
    NoneType: {"type": "null"},
    date: {"type": "string", "format": "date"},
    datetime: {"type": "string", "format": "date-time"},
    Decimal: {"type": "string", "pattern": r"^[+-]?[0-9]+(\.[0-9]+)?([Ee][+-]?[0-9]+)?$"},
}
_MONEY: Schema = {
    "type": "object",
    "title": "Money",
    "description": "An amount and the code of its currency.",
    "properties": {
        "amount": {
            "type": "string",
            "pattern": r"^[+-]?[0-9]+(\.[0-9]+)?$",
            "description": "The amount as a decimal number, such as 12.50.",
        },
        "currency": {
            "type": "string",
            "pattern": "^[A-Z]{3}$",
            "description": "The ISO 4217 code of the currency.",
        },
    },
    "required": ["amount", "currency"],
    "additionalProperties": False,
}
_ATTRIBUTES: Schema = {
    "type": "object",
    "title": "Attributes",
    "description": "What a shop keeps of its own beside a record, by name.",
    "propertyNames": {"pattern": f"^{NAME_PATTERN}$"},
    "maxProperties": MOST_ATTRIBUTES,
    "additionalProperties": {
        "type": ["string", "number", "boolean", "null"],
        "maxLength": LONGEST_ATTRIBUTE,
    },
}
_WRITTEN_OUT = {Money: _MONEY, Attributes: _ATTRIBUTES}

IN_SCHEMA = "#/$defs/"
"""Where a schema by itself has the definitions that it refers to."""


@check_arguments
def config_schema(kind: type, rulebook: Rulebook) -> Schema:
    """Return the JSON Schema (2020-12) of an attrs class, for its objects as plain data.

    Of a type in the rulebook it is the form that stands in a promotion, with its name under
    `type`; of any other class, such as `Promotion`, the document of `Serializer.dump`, with its
    `format`. Of a protocol (`PromotionType`, `ConditionType`, `SpeedProvider`, `TaxCalculator`) it
    is the choice of the rulebook's types.
    """
    schemas = Schemas(rulebook, make_converter(rulebook))
    found = schemas.whole(kind)
    if attrs.has(kind) and "type" not in found["required"]:
        found["properties"] = {"format": {"enum": list(FORMATS)}, **found["properties"]}
        found["required"] = ["format", *found["required"]]
    return {"$schema": DIALECT, **found, "$defs": schemas.definitions}


def _given(kind: type) -> list["attrs.Attribute[Any]"]:
    """The fields that a value is made with."""
    return [field for field in attrs.fields(attrs.resolve_types(kind)) if field.init]


class Schemas:
    """Writes schemas of types; those that have a name are defined once, and referred to.

    Args:
        rulebook: the types that there are.
        converter: what writes the values that the schemas describe.
        place: where the definitions are going to stand, as references name it.
        fields: the fields of a class that are written.
        more: properties of the objects of a class that are no fields.
    """

    def __init__(
        self,
        rulebook: Rulebook,
        converter: Converter,
        *,
        place: str = IN_SCHEMA,
        fields: Callable[[type], list["attrs.Attribute[Any]"]] = _given,
        more: Callable[[type], Mapping[str, Schema]] = lambda _: {},
    ) -> None:
        self.definitions: dict[str, Schema] = {}
        self._references: dict[Any, Schema] = {}
        self._converter = converter
        self._place = place
        self._fields = fields
        self._more = more
        self._choices: dict[Any, list[type[Any]]] = {
            PromotionType: [*rulebook.promotion_types.values()],
            ConditionType: [*rulebook.condition_types.values()],
            SpeedProvider: [*rulebook.speed_providers.values()],
            TaxCalculator: [*rulebook.tax_calculators.values()],
        }
        self._tags = {kind: kind.type_name for kinds in self._choices.values() for kind in kinds}

    @property
    def kinds(self) -> frozenset[Any]:
        """The types that are defined."""
        return frozenset(self._references)

    @property
    def choices(self) -> dict[type[Any], Any]:
        """The types of the rulebook, each with the kind of type that it is."""
        return {kind: choice for choice, kinds in self._choices.items() for kind in kinds}

    def of(self, kind: Any) -> Schema:
        """The schema of a type as it stands in a field; of one that is not known, anything."""
        origin, args = get_origin(kind), get_args(kind)
        if origin in {Union, UnionType}:
            return {"anyOf": [self.of(each) for each in args]}
        if origin is tuple and args[-1] is Ellipsis:
            return {"type": "array", "items": self.of(args[0])}
        if origin is tuple:
            items = [self.of(each) for each in args]
            length = {"minItems": len(items), "maxItems": len(items)}
            return {"type": "array", "prefixItems": items, **length}
        if origin is list:
            return {"type": "array", "items": self.of(args[0])}
        if origin is Literal:
            return {"enum": [*args]}
        if kind in self._choices or kind in _WRITTEN_OUT or _is_enum(kind) or attrs.has(kind):
            return self._reference(kind)
        return dict(_PLAIN.get(kind, {}))

    def whole(self, kind: Any) -> Schema:
        """The schema of a type that has a name, written out."""
        if kind in self._choices:
            return self._choice(self._choices[kind])
        if kind in _WRITTEN_OUT:
            return deepcopy(_WRITTEN_OUT[kind])
        title = {"title": display_name(kind) if kind in self._tags else _name(kind)}
        record = get_origin(kind) or kind
        if record.__doc__:
            title["description"] = cleandoc(record.__doc__).partition("\n")[0]
        if _is_enum(kind):
            return {**title, "type": "string", "enum": [member.value for member in kind]}
        fields = [_of_this(kind, field) for field in self._fields(record)]
        tag: dict[str, Any] = {}
        if kind in self._tags:
            tag["type"] = {"const": self._tags[kind]}
            if (version := config_version(kind)) > 1:
                tag[VERSION_KEY] = {"const": version}
        return {
            **title,
            "type": "object",
            "properties": {
                **tag,
                **{field.name: self._field(record, field) for field in fields},
                **self._more(kind),
            },
            "required": [*tag, *(f.name for f in fields if _is_needed(f))],
            "additionalProperties": False,
        }

    def _choice(self, kinds: list[type[Any]]) -> Schema:
        """One of several types, told apart by their names; OpenAPI wants to be told so."""
        if not kinds:
            return {"not": {}}
        names = {self._tags[kind]: self.of(kind)["$ref"] for kind in kinds}
        return {
            "oneOf": [{"$ref": reference} for reference in names.values()],
            "discriminator": {"propertyName": "type", "mapping": names},
        }

    def _field(self, kind: type, field: "attrs.Attribute[Any]") -> Schema:
        schema = self.of(field.type)
        schema["title"] = field_label(field)
        if told := field_help(kind, field):
            schema["description"] = told
        needed = _is_needed(field)
        if field.type is str and (field.metadata.get("required") or field.metadata.get("needed")):
            schema["minLength"] = 1
        default: Any = attrs.NOTHING if needed else field.default
        if isinstance(default, attrs.Factory):  # type: ignore[arg-type]
            default = attrs.NOTHING if default.takes_self else default.factory()
        if default is not attrs.NOTHING:
            schema["default"] = self._converter.unstructure(default, unstructure_as=field.type)
        return schema

    def _reference(self, kind: Any) -> Schema:
        if kind not in self._references:
            # Without dots: generators of clients make folders of them.
            name = wanted = self._tags.get(kind, _name(kind)).replace(".", "_")
            numbers = count(2)
            while name in self.definitions:  # classes of two plugins may be named alike
                name = f"{wanted}{next(numbers)}"
            self._references[kind] = {"$ref": f"{self._place}{name}"}
            self.definitions[name] = {}  # keeps the place, while a type may refer to itself
            self.definitions[name] = self.whole(kind)
        return dict(self._references[kind])


def _is_needed(field: "attrs.Attribute[Any]") -> bool:
    return field.default is attrs.NOTHING or "needed" in field.metadata


def _name(kind: Any) -> str:
    """The name of a class; a page of orders is an OrderPage."""
    return "".join(each.__name__ for each in (*get_args(kind), get_origin(kind) or kind))


def _of_this(kind: Any, field: "attrs.Attribute[Any]") -> "attrs.Attribute[Any]":
    """A field of a class; of a page of orders, with orders in place of what pages are of."""
    open_types = getattr(field.type, "__parameters__", ())
    return field.evolve(type=field.type[get_args(kind)]) if open_types else field  # type: ignore[index]


def _is_enum(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, StrEnum)
