import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, ClassVar, Literal

import attrs
import pytest
from hypothesis import given
from jsonschema import Draft202012Validator

from cartcore.documents.schema import config_schema
from cartcore.documents.serializer import Serializer, make_converter
from cartcore.errors import InvalidField
from cartcore.orders.draft import Draft
from cartcore.orders.order import Order
from cartcore.pricing.quote import Quote
from cartcore.promotions.promotion import Promotion
from cartcore.promotions.rulebook import Rulebook
from cartcore.promotions.types import ConditionType, PromotionType, TaxCalculator
from cartcore.shop.contact import Contact
from cartcore.shop.product import Product
from cartcore.shop.speeds import SpeedProvider
from cartcore.testing.strategies import promotions
from tests.support.configurations import CHOICES, RULEBOOK, configurations, not_configured

SERIALIZER = Serializer(RULEBOOK)
CONVERTER = make_converter(RULEBOOK)
ALL_TYPES = {name: kind for kinds in CHOICES.values() for name, kind in kinds.items()}
PROMOTION: dict[str, Any] = {
    "format": 1,
    "id": "spring",
    "name": "Spring",
    "effect": {"type": "cartcore.percent_off", "percent": "10"},
    "trigger": "code",
    "codes": ["SPRING"],
    "conditions": [{"type": "cartcore.min_quantity", "quantity": 2}],
    "priority": -1,
    "starts_at": "2026-03-01T00:00:00+00:00",
    "ends_at": None,
    "enabled": False,
    "limits": {"total": 5, "budget": {"amount": "100.00", "currency": "USD"}},
    "combines_with": ["order", "shipping"],
    "group": "season",
    "exclusive": True,
    "version": 3,
}

# What the serializer says of data that has the wrong shape, whatever the values mean.
OF_SHAPE = re.compile(
    r"given$|left out \(there is no such field\)"
    r"|(a text|a whole number|true or false|a list|an object|one of \w+(, \w+)+)$"
    r"|money such as|an amount as text|a decimal number as text"
    r"|the name of a loaded type"
)

OTHERS: tuple[Any, ...] = (None, True, 5, 2.5, "x", [], {}, ["x"])
"""A value of every kind."""

every_configuration = pytest.mark.parametrize(
    ("choice", "plain"),
    [
        pytest.param(choice, plain, id=plain["type"])
        for choice in CHOICES
        for plain in configurations(choice)
    ],
)


def validator(kind: type, rulebook: Rulebook = RULEBOOK) -> Draft202012Validator:
    return Draft202012Validator(config_schema(kind, rulebook))


OF_PROMOTIONS = validator(Promotion)


def refused(data: object, kind: type) -> str:
    """What the serializer expected instead, or nothing if it reads the data."""
    try:
        SERIALIZER.load(data, kind)
    except InvalidField as error:
        return error.expected
    return ""


def spoiled(data: Any) -> Iterator[Any]:
    """The data with one thing changed: a field gone or added, or a value of another kind."""
    yield from (other for other in OTHERS if other != data)
    if isinstance(data, dict):
        yield {**data, "planet": "Earth"}
        for key, value in data.items():
            yield {name: data[name] for name in data if name != key}
            yield from ({**data, key: other} for other in spoiled(value))
    if isinstance(data, list):
        for i, value in enumerate(data):
            yield from ([*data[:i], other, *data[i + 1 :]] for other in spoiled(value))


def is_fair(data: Any, kind: type, *, valid: bool) -> bool:
    """Whether a schema may find data to be valid, or not.

    It has to pass all that is read, and nothing that is refused for its shape.
    """
    expected = refused(data, kind)
    return not (valid and OF_SHAPE.match(expected)) if expected else valid


def test_every_type_is_looked_at() -> None:
    """No built-in type and no field of one is forgotten in `tests/support/configurations.py`."""
    assert [] == not_configured()


class TestSchema:
    @pytest.mark.parametrize(
        "kind",
        [
            *ALL_TYPES.values(),
            *(PromotionType, ConditionType, SpeedProvider, TaxCalculator),
            *(Promotion, Product, Contact, Draft, Quote, Order),
        ],
        ids=lambda kind: kind.__name__,
    )
    def test_is_json_schema(self, kind: type) -> None:
        """Each type has a schema that is JSON Schema, with defaults that it allows (PR-22)."""
        schema = config_schema(kind, RULEBOOK)
        Draft202012Validator.check_schema(schema)

        for each in (schema, *schema["$defs"].values()):
            for field in each.get("properties", {}).values():
                if "default" in field:
                    here = Draft202012Validator({**field, "$defs": schema["$defs"]})
                    here.validate(field["default"])

    @every_configuration
    def test_what_is_written_is_valid(self, choice: type, plain: dict[str, Any]) -> None:
        """The schema of a type, and of its choice, is met by what is written of it (PR-22)."""
        written = CONVERTER.unstructure(CONVERTER.structure(plain, choice), unstructure_as=choice)

        for data in (plain, written):
            validator(ALL_TYPES[plain["type"]]).validate(data)
            validator(choice).validate(data)

    @every_configuration
    def test_what_is_refused_is_invalid(self, choice: type, plain: dict[str, Any]) -> None:
        """A missing or unknown field, or a value of another kind, fails in both (PR-22)."""
        holder = attrs.make_class("Holder", {"held": attrs.field(type=choice)})
        of_type = validator(ALL_TYPES[plain["type"]])
        wrong = [
            data
            for data in spoiled(plain)
            if not is_fair({"format": 1, "held": data}, holder, valid=of_type.is_valid(data))
        ]

        assert [] == wrong

    def test_promotion(self) -> None:
        """A whole promotion's schema says the same of it as the serializer (PR-22)."""
        OF_PROMOTIONS.validate(PROMOTION)

        wrong = [
            data
            for data in spoiled(PROMOTION)
            if not is_fair(data, Promotion, valid=OF_PROMOTIONS.is_valid(data))
        ]
        assert [] == wrong

    @given(promotions())
    def test_any_promotion(self, promotion: Promotion) -> None:
        """Whatever promotion is written, it meets the schema (PR-22)."""
        OF_PROMOTIONS.validate(SERIALIZER.dump(promotion))


class TestContent:
    """What a form builder finds in a schema."""

    def test_a_type(self) -> None:
        """A type's form has its name, sentence, fields, defaults, what is needed (PK-9)."""
        schema = config_schema(ALL_TYPES["cartcore.pickup"], RULEBOOK)

        assert {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "Pickup",
            "description": "Offer pick-up at `place`, for addresses in `countries` (all if empty).",
            "type": "object",
            "properties": {
                "type": {"const": "cartcore.pickup"},
                "place": {
                    "title": "Place",
                    "description": 'Where the order is collected; the speed is shown as "Pick up'
                    ' at …".',
                    "type": "string",
                    "minLength": 1,
                },
                "code": {
                    "title": "Code",
                    "description": 'What the speed is known by; "pickup" if left out.',
                    "type": "string",
                    "minLength": 1,
                    "default": "pickup",
                },
                "days_from": {
                    "title": "Days from",
                    "description": "The fewest days until it is ready; ready the same day if left"
                    " out.",
                    "anyOf": [{"type": "integer"}, {"type": "null"}],
                    "default": 0,
                },
                "days_to": {
                    "title": "Days to",
                    "description": "The most days until it is ready; unknown if left out.",
                    "anyOf": [{"type": "integer"}, {"type": "null"}],
                    "default": None,
                },
                "countries": {
                    "title": "Countries",
                    "description": "The countries of the addresses it is offered for; all if left"
                    " out.",
                    "type": "array",
                    "items": {"type": "string"},
                    "default": [],
                },
            },
            "required": ["type", "place"],
            "additionalProperties": False,
            "$defs": {},
        } == schema

    def test_names_and_choices(self) -> None:
        """Enums list their values, and choices their types, each defined once (PK-9)."""
        schema = config_schema(Promotion, RULEBOOK)
        types = schema["$defs"]["PromotionType"]["discriminator"]["mapping"]

        assert ["automatic", "code", "picked"] == schema["$defs"]["Trigger"]["enum"]
        assert {
            name: f"#/$defs/{name.replace('.', '_')}" for name in RULEBOOK.promotion_types
        } == types
        assert [*types.values()] == [
            each["$ref"] for each in schema["$defs"]["PromotionType"]["oneOf"]
        ]
        assert {
            "title": "Id",
            "description": "What carts, quotes and redemptions call it by.",
            "type": "string",
            "minLength": 1,
        } == schema["properties"]["id"]
        assert {"enum": [1, 2, 3, 4, 5]} == schema["properties"]["format"]

    def test_nothing_is_loaded(self) -> None:
        """Without plugins no effect can be written, and no schema allows one (PK-9)."""
        empty = Rulebook()

        assert not validator(PromotionType, empty).is_valid({"type": "cartcore.percent_off"})
        Draft202012Validator.check_schema(config_schema(Promotion, empty))

    def test_a_stranger_s_type(self) -> None:
        """A plugin's fields are read as far as their types are known (PK-9)."""
        rulebook = Rulebook(condition_types={"acme.odd": Odd})
        schema = config_schema(Odd, rulebook)
        Draft202012Validator.check_schema(schema)

        assert {
            "type": {"const": "acme.odd"},
            "size": {"title": "Size", "enum": ["s", "m"]},
            "level": {"title": "Level", "$ref": "#/$defs/Level"},
            "other": {"title": "Other", "$ref": "#/$defs/Level2"},
            "anything": {"title": "Anything"},
            "made": {"title": "Made", "type": "array", "items": {"type": "integer"}, "default": []},
            "copied": {"title": "Copied", "enum": ["s", "m"]},
        } == schema["properties"]
        assert ["type", "size", "level", "other", "anything"] == schema["required"]
        assert "description" not in schema
        assert {"n"} == schema["$defs"]["Level"]["properties"].keys()
        assert {"m"} == schema["$defs"]["Level2"]["properties"].keys()

    @pytest.mark.parametrize("pair", [[], ["Color"], ["Color", "Red", "Blue"]], ids=str)
    def test_pairs(self, pair: list[str]) -> None:
        """A pair has two values, in the schema as for the serializer (PR-22)."""
        effect = {"type": "cartcore.percent_off", "percent": "5", "target": {"options": [pair]}}

        assert refused(PROMOTION | {"effect": effect}, Promotion)
        assert not validator(PromotionType).is_valid(effect)

    @pytest.mark.parametrize("number", ["0", "12.5", "-1", "1E+2", "0E-8", "1e-7"])
    def test_decimals(self, number: str) -> None:
        """A decimal number may stand as Python writes it (PR-22)."""
        effect = {"type": "cartcore.percent_off", "percent": str(Decimal(number))}

        assert validator(PromotionType).is_valid(effect)

    @pytest.mark.parametrize("number", ["", "NaN", "Infinity", "12,5", "1.", "x"])
    def test_no_decimals(self, number: str) -> None:
        """What is no number is no percentage (PR-22)."""
        effect = {"type": "cartcore.percent_off", "percent": number}

        assert not validator(PromotionType).is_valid(effect)

    def test_schemas_are_apart(self) -> None:
        """A caller may change a schema; the next one is as it was (PK-9)."""
        first = config_schema(Promotion, RULEBOOK)
        first["$defs"]["Money"]["properties"].clear()

        assert config_schema(Promotion, RULEBOOK)["$defs"]["Money"]["properties"]


def level(field: str) -> type:
    """A class named `Level`, as any plugin may have one."""
    return attrs.make_class("Level", {field: attrs.field(type=int)})


@attrs.frozen(kw_only=True)
class Odd:
    type_name: ClassVar[str] = "acme.odd"

    size: Literal["s", "m"]
    level: level("n")  # type: ignore[valid-type]
    other: level("m")  # type: ignore[valid-type]
    anything: Any
    made: tuple[int, ...] = attrs.field(factory=tuple)
    copied: Literal["s", "m"] = attrs.field(
        default=attrs.Factory(lambda self: self.size, takes_self=True)
    )
    counted: int = attrs.field(init=False, default=0)

    def check(self, context: object) -> None:
        return None
