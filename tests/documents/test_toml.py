import json
import tomllib
from datetime import UTC, datetime
from typing import Any

import pytest
import tomli_w
from hypothesis import given

from cartcore.documents.formats import FORMAT
from cartcore.documents.schema import config_schema
from cartcore.documents.serializer import Serializer
from cartcore.errors import InvalidField
from cartcore.promotions.promotion import Promotion
from cartcore.promotions.types import ConditionType, PromotionType, TaxCalculator
from cartcore.rules.builtin import TaxTable
from cartcore.testing.strategies import promotions
from tests.support.configurations import RULEBOOK, configurations

SERIALIZER = Serializer(RULEBOOK)
PLAIN: dict[str, Any] = {
    "format": FORMAT,
    "id": "p",
    "name": "P",
    "effect": {"type": "cartcore.percent_off", "percent": "10"},
}


def through_toml(promotion: Promotion) -> Promotion:
    written = tomli_w.dumps(SERIALIZER.dump(promotion))
    return SERIALIZER.load(tomllib.loads(written), Promotion)


@pytest.mark.parametrize("effect", configurations(PromotionType), ids=lambda e: e["type"])
def test_every_type(effect: dict[str, Any]) -> None:
    """A promotion of each built-in type comes back equal through TOML (PR-22)."""
    promotion = SERIALIZER.load(PLAIN | {"effect": effect}, Promotion)

    assert promotion == through_toml(promotion)


@pytest.mark.parametrize("condition", configurations(ConditionType), ids=lambda c: c["type"])
def test_every_condition(condition: dict[str, Any]) -> None:
    """A promotion with each built-in condition comes back equal through TOML (PR-22)."""
    promotion = SERIALIZER.load(PLAIN | {"conditions": [condition]}, Promotion)

    assert promotion == through_toml(promotion)


@pytest.mark.parametrize("table", configurations(TaxCalculator), ids=lambda t: t["type"])
def test_tax_tables(table: dict[str, Any]) -> None:
    """A tax table comes back equal through TOML, with dates as TOML has them or as texts (TX-7)."""
    plain = {"format": FORMAT} | {key: value for key, value in table.items() if key != "type"}
    read = SERIALIZER.load(plain, TaxTable)
    written = tomli_w.dumps(SERIALIZER.dump(read))

    assert read == SERIALIZER.load(tomllib.loads(written), TaxTable)
    own_dates = written.replace('"2026-12-31"', "2026-12-31").replace('"2027-01-01"', "2027-01-01")
    assert read == SERIALIZER.load(tomllib.loads(own_dates), TaxTable)


@pytest.mark.parametrize(
    "day", ["2026-1-1", "20260101", "2026-W01-4", "2026-02-30", "", 2026, "2026-01-01T00:00:00Z"]
)
def test_what_is_no_date(day: object) -> None:
    """A date has one written form; another one, or a time, is refused with it (PR-22)."""
    row = {"name": "VAT", "percent": "19", "country": "DE", "valid_from": day}
    with pytest.raises(InvalidField) as caught:
        SERIALIZER.load({"format": FORMAT, "rows": [row]}, TaxTable)
    assert caught.value.path == "TaxTable.rows[0].valid_from"
    assert caught.value.expected == 'a date, such as "2026-01-31"'


@given(promotions())
def test_any_promotion(promotion: Promotion) -> None:
    """Whatever a promotion says comes back equal through TOML (PR-22)."""
    assert promotion == through_toml(promotion)


def test_as_people_write_it() -> None:
    """A time may stand as TOML has it, and what is left out has its default (PR-22)."""
    text = """
        format = 2
        id = "mugs"
        name = "Mugs in May"
        starts_at = 2026-05-01T00:00:00+02:00
        ends_at = "2026-06-01T00:00:00+02:00"

        [effect]
        type = "cartcore.percent_off"
        percent = "12.5"
        target.categories = ["Kitchen"]
        target.exclude.skus = ["MUG-3"]

        [[conditions]]
        type = "cartcore.min_subtotal"
        amount = {amount = "20.00", currency = "USD"}
        """
    promotion = SERIALIZER.load(tomllib.loads(text), Promotion)

    assert datetime(2026, 4, 30, 22, tzinfo=UTC) == promotion.starts_at
    assert datetime(2026, 5, 31, 22, tzinfo=UTC) == promotion.ends_at
    assert promotion == through_toml(promotion)


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("starts_at = 2026-05-01T00:00:00", "Promotion.starts_at"),
        ("starts_at = 2026-05-01", "Promotion.starts_at"),
        ("effect = {type = 'cartcore.percent_off', percent = 12.5}", "Promotion.effect.percent"),
        ("limits = {total = 1.0}", "Promotion.limits.total"),
    ],
)
def test_faults(line: str, path: str) -> None:
    """A time without a zone and a rounded number are refused as they are in JSON (PR-22)."""
    with pytest.raises(InvalidField) as caught:
        SERIALIZER.load(PLAIN | tomllib.loads(line), Promotion)

    assert path == caught.value.path


def test_nothing_is_written_as_nothing() -> None:
    """A field that is None is left out where that is its default: TOML has no null (PR-22)."""
    plain = SERIALIZER.dump(SERIALIZER.load(PLAIN, Promotion))

    assert {} == plain["limits"]
    assert not {"starts_at", "ends_at"} & plain.keys()
    assert {"enabled", "group", "version"} <= plain.keys()


def test_documents_with_nulls_are_read() -> None:
    """A document that was stored with nulls is read as the same record (ST-4, PR-22)."""
    nulls = {
        "starts_at": None,
        "ends_at": None,
        "effect": PLAIN["effect"] | {"maximum": None, "target": {"exclude": None}},
        "limits": {"total": None, "per_contact": None, "budget": None},
    }

    assert SERIALIZER.load(PLAIN, Promotion) == SERIALIZER.load(PLAIN | nulls, Promotion)


def test_none_is_always_the_default() -> None:
    """No field of a promotion or of a built-in type is None but by default (PR-22).

    Another one could not be written in TOML.
    """
    schema = config_schema(Promotion, RULEBOOK)
    optional = [
        (name, field, about.get("default", "required"))
        for name, each in (("Promotion", schema), *schema["$defs"].items())
        for field, about in each.get("properties", {}).items()
        if {"type": "null"} in about.get("anyOf", ())
    ]

    assert optional
    assert [] == [each for each in optional if each[2] is not None]


def test_plain_data() -> None:
    """What is dumped is what JSON gives back: objects, lists, texts and numbers alone (PR-18)."""
    for effect in configurations(PromotionType):
        plain = SERIALIZER.dump(SERIALIZER.load(PLAIN | {"effect": effect}, Promotion))

        assert plain == json.loads(json.dumps(plain))
