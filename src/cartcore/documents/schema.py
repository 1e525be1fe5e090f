"""JSON Schema of configurations, for form builders (PR-22, PK-9).

It describes the plain data that `cartcore.documents.serializer` writes and reads: what a field may
be, whether it is needed, and its default. What goes beyond that, such as that a percentage is at
most 100, is said by the type itself when the data is read.
"""

from copy import deepcopy
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from inspect import cleandoc
from itertools import count
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import attrs
from moneyed import Money

from cartcore.documents.configurations import VERSION_KEY, config_version
from cartcore.documents.formats import FORMATS
from cartcore.documents.serializer import make_converter
from cartcore.promotions.rulebook import Rulebook
from cartcore.promotions.types import ConditionType, PromotionType, TaxCalculator
from cartcore.shop.speeds import SpeedProvider
from cartcore.values.arguments import check_arguments
from cartcore.values.attributes import Attributes
from cartcore.values.labels import display_name, field_help, field_label

Schema = dict[str, Any]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_PLAIN: dict[Any, Schema] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    bool: {"type": "boolean"},
    NoneType: {"type": "null"},
    date: {"type": "string", "format": "date"},
    datetime: {"type": "string", "format": "date-time"},
    Attributes: {
        "type": "object",
        "additionalProperties": {"type": ["string", "number", "boolean", "null"]},
    },
    Decimal: {"type": "string", "pattern": r"^[+-]?[0-9]+(\.[0-9]+)?([Ee][+-]?[0-9]+)?$"},
}
_MONEY: Schema = {
    "type": "object",
    "title": "Money",
    "description": "An amount and the code of its currency.",
    "properties": {
        "amount": {"type": "string", "pattern": r"^[+-]?[0-9]+(\.[0-9]+)?$"},
        "currency": {"type": "string", "pattern": "^[A-Z]{3}$"},
    },
    "required": ["amount", "currency"],
    "additionalProperties": False,
}


@check_arguments
def config_schema(kind: type, rulebook: Rulebook) -> Schema:
    """Return the JSON Schema (2020-12) of an attrs class, for its objects as plain data.

    Of a type in the rulebook it is the form that stands in a promotion, with its name under
    `type`; of any other class, such as `Promotion`, the document of `Serializer.dump`, with its
    `format`. Of a protocol (`PromotionType`, `ConditionType`, `SpeedProvider`, `TaxCalculator`) it
    is the choice of the rulebook's types.
    """
    schemas = _Schemas(rulebook)
    found = schemas.whole(kind)
    if attrs.has(kind) and "type" not in found["required"]:
        found["properties"] = {"format": {"enum": list(FORMATS)}, **found["properties"]}
        found["required"] = ["format", *found["required"]]
    return {"$schema": _DIALECT, **found, "$defs": schemas.definitions}


class _Schemas:
    """Writes schemas of types; those that have a name are defined once, and referred to."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.definitions: dict[str, Schema] = {}
        self._references: dict[Any, Schema] = {}
        self._converter = make_converter(rulebook)
        self._choices: dict[Any, list[type[Any]]] = {
            PromotionType: [*rulebook.promotion_types.values()],
            ConditionType: [*rulebook.condition_types.values()],
            SpeedProvider: [*rulebook.speed_providers.values()],
            TaxCalculator: [*rulebook.tax_calculators.values()],
        }
        self._tags = {kind: kind.type_name for kinds in self._choices.values() for kind in kinds}

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
        if origin is Literal:
            return {"enum": [*args]}
        if kind in self._choices or kind is Money or _is_enum(kind) or attrs.has(kind):
            return self._reference(kind)
        return dict(_PLAIN.get(kind, {}))

    def whole(self, kind: Any) -> Schema:
        """The schema of a type that has a name, written out."""
        if kind in self._choices:
            return {"oneOf": [self.of(each) for each in self._choices[kind]] or [False]}
        if kind is Money:
            return deepcopy(_MONEY)
        title = {"title": display_name(kind) if kind in self._tags else kind.__name__}
        if kind.__doc__:
            title["description"] = cleandoc(kind.__doc__).partition("\n")[0]
        if _is_enum(kind):
            return {**title, "enum": [member.value for member in kind]}
        fields = [field for field in attrs.fields(attrs.resolve_types(kind)) if field.init]
        tag: dict[str, Any] = {}
        if kind in self._tags:
            tag["type"] = {"const": self._tags[kind]}
            if (version := config_version(kind)) > 1:
                tag[VERSION_KEY] = {"const": version}
        return {
            **title,
            "type": "object",
            "properties": tag | {field.name: self._field(kind, field) for field in fields},
            "required": [*tag, *(f.name for f in fields if f.default is attrs.NOTHING)],
            "additionalProperties": False,
        }

    def _field(self, kind: type, field: "attrs.Attribute[Any]") -> Schema:
        schema = self.of(field.type)
        schema["title"] = field_label(field)
        if told := field_help(kind, field):
            schema["description"] = told
        if field.type is str and field.metadata.get("required"):
            schema["minLength"] = 1
        default: Any = field.default
        if isinstance(default, attrs.Factory):  # type: ignore[arg-type]
            default = attrs.NOTHING if default.takes_self else default.factory()
        if default is not attrs.NOTHING:
            schema["default"] = self._converter.unstructure(default, unstructure_as=field.type)
        return schema

    def _reference(self, kind: Any) -> Schema:
        if kind not in self._references:
            name = wanted = self._tags.get(kind, kind.__name__)
            numbers = count(2)
            while name in self.definitions:  # classes of two plugins may be named alike
                name = f"{wanted}{next(numbers)}"
            self._references[kind] = {"$ref": f"#/$defs/{name}"}
            self.definitions[name] = {}  # keeps the place, while a type may refer to itself
            self.definitions[name] = self.whole(kind)
        return dict(self._references[kind])


def _is_enum(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, StrEnum)
