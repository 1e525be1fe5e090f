import json
from typing import Any

import pytest

from cartcore.contact import Contact
from cartcore.errors import InvalidField
from cartcore.promotion import Promotion
from cartcore.rules import load_rulebook
from cartcore.serialization import Serializer

SERIALIZER = Serializer(load_rulebook())

CONTACT: dict[str, Any] = {
    "format": 1,
    "id": "c1",
    "name": "Ann",
    "addresses": [{"line1": "1 Main St", "country": "US"}, {"line1": "2 Elm", "country": "CA"}],
}
PROMOTION: dict[str, Any] = {
    "format": 1,
    "id": "p1",
    "name": "Spring",
    "effect": {"type": "cartcore.percent_off", "percent": "10"},
}
AMOUNT_OFF = {"type": "cartcore.amount_off", "amount": {"amount": "5.00", "currency": "USD"}}
GIFT: dict[str, Any] = {
    "type": "cartcore.add_product",
    "items": [{"key": "a", "product_id": "mug"}, {"key": "b", "product_id": "hat"}],
}


def refused(data: object, kind: type[object]) -> tuple[str, str]:
    """The path and the expectation of the error that reading gives."""
    with pytest.raises(InvalidField) as caught:
        SERIALIZER.load(data, kind)

    assert caught.value.path in str(caught.value)
    return caught.value.path, caught.value.expected


class TestFaults:
    """A bad document is refused with the path of the field and what was expected."""

    @pytest.mark.parametrize(
        ("change", "path", "expected"),
        [
            ({"name": 5}, "Contact.name", "a text is needed"),
            ({"name": None}, "Contact.name", "a text is needed"),
            ({"version": "1"}, "Contact.version", "a whole number is needed"),
            ({"version": True}, "Contact.version", "a whole number is needed"),
            ({"version": 1.0}, "Contact.version", "a whole number is needed"),
            ({"version": float("nan")}, "Contact.version", "a whole number is needed"),
            ({"tags": "vip"}, "Contact.tags", "a list is needed"),
            ({"tags": {"vip": 1}}, "Contact.tags", "a list is needed"),
            ({"tags": None}, "Contact.tags", "a list is needed"),
            ({"tags": ["vip", 5]}, "Contact.tags[1]", "a text is needed"),
            ({"addresses": ["1 Main St"]}, "Contact.addresses[0]", "an object is needed"),
            ({"addresses": [None]}, "Contact.addresses[0]", "an object is needed"),
            ({"addresses": {"line1": "x"}}, "Contact.addresses", "a list is needed"),
            (
                {"addresses": [CONTACT["addresses"][0], {"line1": "x", "country": 5}]},
                "Contact.addresses[1].country",
                "a text is needed",
            ),
            (
                {"addresses": [{"line1": "x", "country": "US", "planet": "Earth"}]},
                "Contact.addresses[0].planet",
                "no such field is known",
            ),
            ({"email_address": "a@b.c"}, "Contact.email_address", "no such field is known"),
        ],
        ids=str,
    )
    def test_contact(self, change: dict[str, Any], path: str, expected: str) -> None:
        """Nothing is coerced, left out or dropped (PR-18)."""
        assert (path, expected) == refused(CONTACT | change, Contact)

    @pytest.mark.parametrize("field", ["id", "name"])
    def test_missing_field(self, field: str) -> None:
        """A field that is required and missing is named (PR-18)."""
        data = {key: value for key, value in CONTACT.items() if key != field}

        assert (f"Contact.{field}", "this field is required") == refused(data, Contact)

    @pytest.mark.parametrize(
        ("change", "path", "expected"),
        [
            ({"enabled": 1}, "Promotion.enabled", "true or false is needed"),
            ({"priority": True}, "Promotion.priority", "a whole number is needed"),
            ({"limits": {"total": "5"}}, "Promotion.limits.total", "a whole number is needed"),
            ({"limits": {"total": 0}}, "Promotion.limits.total", "a whole number from 1"),
            (
                {"trigger": "sometimes"},
                "Promotion.trigger",
                "one of automatic, code, picked is needed",
            ),
            ({"trigger": 1}, "Promotion.trigger", "one of automatic, code, picked is needed"),
            (
                {"trigger": "AUTOMATIC"},
                "Promotion.trigger",
                "one of automatic, code, picked is needed",
            ),
            (
                {"conditions": [{"type": "cartcore.min_quantity", "quantity": 0}]},
                "Promotion.conditions[0]",
                "quantity is 0: a whole number from 1 is needed",
            ),
            (
                {"conditions": [{"type": "cartcore.contact_tag", "tags": []}]},
                "Promotion.conditions[0]",
                "tags is (): at least one tag is needed, as a tuple",
            ),
            (
                {"effect": GIFT | {"items": []}},
                "Promotion.effect",
                "at least one tied item is needed, each with a key of its own",
            ),
            (
                {"effect": GIFT | {"items": [*GIFT["items"], {"key": 5, "product_id": "x"}]}},
                "Promotion.effect.items[2].key",
                "a text is needed",
            ),
            (
                {"effect": AMOUNT_OFF | {"amount": {"amount": 5, "currency": "USD"}}},
                "Promotion.effect.amount.amount",
                'an amount as text is needed, such as "12.50"',
            ),
            (
                {"effect": AMOUNT_OFF | {"amount": {"amount": 5.5, "currency": "USD"}}},
                "Promotion.effect.amount.amount",
                'an amount as text is needed, such as "12.50"',
            ),
            (
                {"effect": AMOUNT_OFF | {"amount": "5.00"}},
                "Promotion.effect.amount",
                'money such as {"amount": "12.50", "currency": "USD"}',
            ),
            (
                {"effect": {"type": "cartcore.percent_off", "percent": 10}},
                "Promotion.effect.percent",
                'a decimal number as text is needed, such as "12.5"',
            ),
            (
                {"effect": {"type": "cartcore.percent_off", "percent": "0"}},
                "Promotion.effect.percent",
                "an exact number over 0 and up to 100 is needed",
            ),
            (
                {"starts_at": "2026-01-31T12:00:00"},
                "Promotion.starts_at",
                'an ISO 8601 time is needed, such as "2026-01-31T12:00Z"',
            ),
            (
                {"starts_at": 1767225600},
                "Promotion.starts_at",
                'an ISO 8601 time is needed, such as "2026-01-31T12:00Z"',
            ),
            (
                {"starts_at": "0001-01-01T00:00+14:00"},
                "Promotion.starts_at",
                'an ISO 8601 time is needed, such as "2026-01-31T12:00Z"',
            ),
        ],
        ids=str,
    )
    def test_promotion(self, change: dict[str, Any], path: str, expected: str) -> None:
        """The sentence of a type's own check reaches whoever wrote the promotion (PR-18)."""
        assert (path, expected) == refused(PROMOTION | change, Promotion)

    @pytest.mark.parametrize(
        ("amount", "currency"),
        [("1e5", "USD"), ("NaN", "USD"), ("", "USD"), ("5", "ABC"), ("5", ["USD"]), ("5", None)],
    )
    def test_impossible_money(self, amount: object, currency: object) -> None:
        """Money that cannot be is refused at its path (PR-2)."""
        effect = AMOUNT_OFF | {"amount": {"amount": amount, "currency": currency}}
        path, _ = refused(PROMOTION | {"effect": effect}, Promotion)

        assert "Promotion.effect.amount" == path

    def test_value_that_was_found(self) -> None:
        """The error holds the value that stands at the path, whatever refused it (PR-18)."""
        condition = {"type": "cartcore.min_quantity", "quantity": 0}
        with pytest.raises(InvalidField) as caught:
            SERIALIZER.load(PROMOTION | {"conditions": [condition]}, Promotion)

        assert condition == caught.value.value

    @pytest.mark.parametrize("version", [True, 1.0, "1", 2, None])
    def test_format_version(self, version: object) -> None:
        """A document of another format is refused as such (PR-18)."""
        path, expected = refused(CONTACT | {"format": version}, Contact)

        assert "format" == path
        assert "this cartcore reads format 1" == expected

    @pytest.mark.parametrize(
        "text",
        ["", "{", "[" * 100_000, b"\xff", '{"format": ' + "1" * 5000 + "}", "[]", "null", "5"],
        ids=lambda text: repr(text[:10]),
    )
    def test_not_a_document(self, text: str | bytes) -> None:
        """What is no JSON, or no object, is refused and not crashed on (PR-18)."""
        with pytest.raises(InvalidField):
            SERIALIZER.loads(text, Contact)


def test_numbers_are_kept_as_they_are() -> None:
    """A whole number of any size JSON allows comes back exactly (PR-18)."""
    contact = SERIALIZER.loads(json.dumps(CONTACT | {"version": 2**70}), Contact)

    assert 2**70 == contact.version
