"""Configurations of promotion types that cannot be meant: the fault, and what is needed."""

from typing import Any

import pytest

from cartcore.documents.serializer import Serializer
from cartcore.errors import InvalidField
from cartcore.pricing.promotion_set import PromotionSet
from cartcore.promotions.promotion import Promotion
from cartcore.rules import Selection, load_rulebook
from cartcore.rules.builtin import PercentOff
from tests.support.carts import applied, by_code, cart, line, priced, promotion, usd, why_not

SERIALIZER = Serializer(load_rulebook())

PERCENT = "a percentage over 0 and up to 100, such as 60 or '12.5'"
AMOUNT = "an amount over zero"
WHOLE = "a whole number of at least 1"


def money(amount: str, currency: str = "USD") -> dict[str, str]:
    return {"amount": amount, "currency": currency}


def load(type_name: str, fields: dict[str, Any]) -> Promotion:
    effect = {"type": f"cartcore.{type_name}", **fields}
    return SERIALIZER.load({"format": 1, "id": "p", "name": "P", "effect": effect}, Promotion)


PRICED: tuple[tuple[str, dict[str, Any]], ...] = (
    ("fixed_price", {}),
    ("bundle", {"parts": [{}]}),
    ("order_fixed_price", {}),
    ("shipping_fixed_price", {}),
)
ITEM = {"key": "a", "product_id": "mug"}
FIVE = {"percent": "5"}


@pytest.mark.parametrize(
    ("type_name", "fields", "path", "expected"),
    [
        # percentages
        *(
            (name, {"percent": percent} | more, "percent", PERCENT)
            for name, more in (
                ("percent_off", {}),
                ("buy_x_get_y", {"buy": 1}),
                ("nth_of_set", {"size": 2, "position": 1}),
                ("order_percent_off", {}),
                ("shipping_percent_off", {}),
            )
            for percent in ("100.01", "0", "-1")
        ),
        ("percent_off", {}, "percent", "given"),
        (
            "percent_off",
            {"percent": "ten"},
            "percent",
            'a decimal number, such as "12.5"',
        ),
        ("tiered_percent_off", {"tiers": [{"percent": "101"}]}, "tiers[0].percent", PERCENT),
        (
            "add_product",
            {"items": [ITEM], "percent": "100.01"},
            "percent",
            "a percentage from 0 to 100, such as 19 or '5.5'",
        ),
        (
            "add_product",
            {"items": [ITEM], "percent": "-1"},
            "percent",
            "a percentage from 0 to 100, such as 19 or '5.5'",
        ),
        # amounts and prices
        ("amount_off", {"amount": money("0")}, "amount", AMOUNT),
        ("amount_off", {"amount": money("-1")}, "amount", AMOUNT),
        (
            "amount_off",
            {"amount": money("0.5", "JPY")},
            "amount",
            "an exact decimal number with at most 0 decimal digits (JPY)",
        ),
        (
            "amount_off",
            {"amount": money("1", "XXQ")},
            "amount",
            "valid (the currency must be a code of ISO 4217, such as 'USD', not 'XXQ')",
        ),
        ("order_amount_off", {"amount": money("0")}, "amount", AMOUNT),
        ("shipping_amount_off", {"amount": money("0")}, "amount", AMOUNT),
        ("first_and_further", {"first": money("0")}, "first", AMOUNT),
        ("first_and_further", {"further": money("0")}, "further", AMOUNT),
        ("buy_x_get_y", {"spend": money("0")}, "spend", AMOUNT),
        ("tiered_amount_off", {"tiers": [{"amount": money("0")}]}, "tiers[0].amount", AMOUNT),
        *(
            (name, {"price": money("-0.01")} | more, "price", "an amount of at least zero")
            for name, more in PRICED
        ),
        *(
            (name, {"maximum": money("0")} | more, "maximum", AMOUNT)
            for name, more in (
                ("percent_off", FIVE),
                ("amount_off", {"amount": money("5")}),
                ("fixed_price", {"price": money("5")}),
                ("buy_x_get_y", {"buy": 1}),
                ("nth_of_set", {"size": 2, "position": 1}),
                ("bundle", {"price": money("5"), "parts": [{}]}),
                ("tiered_percent_off", {"tiers": [FIVE]}),
                ("tiered_amount_off", {"tiers": [{"amount": money("5")}]}),
                ("order_percent_off", FIVE),
                ("free_shipping", {}),
                ("shipping_percent_off", FIVE),
            )
        ),
        # amounts in two currencies, of which no cart can have both
        *(
            (name, {"maximum": money("1", "EUR")} | more, "maximum", "an amount in USD")
            for name, more in (
                ("amount_off", {"amount": money("5")}),
                ("fixed_price", {"price": money("5")}),
                ("buy_x_get_y", {"spend": money("5")}),
                ("bundle", {"price": money("5"), "parts": [{}]}),
                ("tiered_percent_off", {"tiers": [FIVE | {"from_amount": money("5")}]}),
                ("tiered_amount_off", {"tiers": [{"amount": money("5")}]}),
            )
        ),
        (
            "first_and_further",
            {"first": money("1"), "further": money("1", "EUR")},
            "further",
            "an amount in USD",
        ),
        (
            "tiered_percent_off",
            {
                "tiers": [
                    FIVE | {"from_amount": money("1")},
                    FIVE | {"from_amount": money("2", "EUR")},
                ]
            },
            "tiers[1].from_amount",
            "an amount in USD",
        ),
        (
            "tiered_amount_off",
            {"tiers": [{"amount": money("5"), "from_amount": money("9", "EUR")}]},
            "tiers[0].from_amount",
            "an amount in USD",
        ),
        (
            "tiered_amount_off",
            {
                "tiers": [
                    {"amount": money("5"), "from_quantity": 1},
                    {"amount": money("6", "EUR"), "from_quantity": 2},
                ]
            },
            "tiers[1].amount",
            "an amount in USD",
        ),
        # numbers of units
        *(
            (name, {field: 0} | more, field, WHOLE)
            for name, field, more in (
                ("percent_off", "limit", FIVE),
                ("percent_off", "group_size", FIVE),
                ("amount_off", "limit", {"amount": money("5")}),
                ("amount_off", "group_size", {"amount": money("5")}),
                ("fixed_price", "limit", {"price": money("5")}),
                ("first_and_further", "limit", {"first": money("5")}),
                ("buy_x_get_y", "buy", {}),
                ("buy_x_get_y", "get", {"buy": 1}),
                ("buy_x_get_y", "limit", {"buy": 1}),
                ("buy_x_get_y", "max_units", {"buy": 1}),
                ("nth_of_set", "size", {"position": 1}),
                ("nth_of_set", "position", {"size": 1}),
                ("nth_of_set", "limit", {"size": 1, "position": 1}),
                ("nth_of_set", "max_units", {"size": 1, "position": 1}),
                ("bundle", "limit", {"price": money("5"), "parts": [{}]}),
            )
        ),
        ("bundle", {"price": money("5"), "parts": [{"quantity": 0}]}, "parts[0].quantity", WHOLE),
        (
            "tiered_percent_off",
            {"tiers": [FIVE | {"from_quantity": 0}]},
            "tiers[0].from_quantity",
            WHOLE,
        ),
        *(
            (
                name,
                {"limit": 2, "group_size": 3} | more,
                "limit",
                "at least group_size",
            )
            for name, more in (("percent_off", FIVE), ("amount_off", {"amount": money("5")}))
        ),
        ("nth_of_set", {"size": 2, "position": 3}, "position", "at most size"),
        # what goes together
        ("buy_x_get_y", {}, "buy", "given, or else spend, and not both"),
        (
            "buy_x_get_y",
            {"buy": 1, "spend": money("5")},
            "buy",
            "given, or else spend, and not both",
        ),
        ("buy_x_get_y", {"spend": money("5"), "limit": 2}, "limit", "1 or left out with spend"),
        ("first_and_further", {}, "first", "an amount, unless further is"),
        (
            "first_and_further",
            {"further": money("5"), "limit": 1},
            "limit",
            "at least 2, unless first is given",
        ),
        ("fixed_price", {"price": money("5"), "per": "line"}, "per", "unit or total"),
        # parts, tiers and items
        ("bundle", {"price": money("5"), "parts": []}, "parts", "1 to 10 parts"),
        ("bundle", {"price": money("5"), "parts": [{}] * 11}, "parts", "1 to 10 parts"),
        ("tiered_percent_off", {"tiers": []}, "tiers", "at least one tier"),
        ("tiered_amount_off", {"tiers": []}, "tiers", "at least one tier"),
        *(
            (
                name,
                {"tiers": [give | {"from_quantity": n} for n in starts]},
                "tiers[1].from_quantity",
                "higher than in the tier before",
            )
            for name, give in (
                ("tiered_percent_off", FIVE),
                ("tiered_amount_off", {"amount": money("5")}),
            )
            for starts in ((3, 3), (3, 2))
        ),
        *(
            (
                name,
                {"tiers": [give | {"from_quantity": 3}, give]},
                "tiers[1].from_quantity",
                "given in every tier but the first",
            )
            for name, give in (
                ("tiered_percent_off", FIVE),
                ("tiered_amount_off", {"amount": money("5")}),
            )
        ),
        *(
            (
                name,
                {"tiers": [give | {"from_quantity": 3}, give | {"from_amount": money("9")}]},
                "tiers[1].from_amount",
                "left out, as tiers by quantity have from_quantity",
            )
            for name, give in (
                ("tiered_percent_off", FIVE),
                ("tiered_amount_off", {"amount": money("5")}),
            )
        ),
        (
            "tiered_percent_off",
            {"tiers": [FIVE | {"from_quantity": 3}], "by": "spend"},
            "tiers[0].from_quantity",
            "left out, as tiers by spend have from_amount",
        ),
        *(
            (
                "add_product",
                {"items": items},
                "items",
                "at least one tied item, each with a key of its own",
            )
            for items in ([], [ITEM, ITEM])
        ),
        (
            "add_product",
            {"items": [ITEM | {"key": "a:b"}]},
            "items[0].key",
            "free of colons",
        ),
        # choices
        *(
            (name, {field: "best"} | more, field, f"one of {choices}")
            for name, field, choices, more in (
                ("percent_off", "which", "cheapest, dearest", FIVE),
                ("amount_off", "which", "cheapest, dearest", {"amount": money("5")}),
                ("amount_off", "per", "total, line, unit", {"amount": money("5")}),
                ("fixed_price", "which", "cheapest, dearest", {"price": money("5")}),
                ("buy_x_get_y", "which", "cheapest, dearest", {"buy": 1}),
                ("nth_of_set", "order", "cheapest, dearest", {"size": 1, "position": 1}),
                ("nth_of_set", "spread", "each_set, overall", {"size": 1, "position": 1}),
                ("bundle", "which", "cheapest, dearest", {"price": money("5"), "parts": [{}]}),
                ("tiered_percent_off", "by", "spend, quantity", {"tiers": [FIVE]}),
                ("tiered_amount_off", "by", "spend, quantity", {"tiers": [{"amount": money("5")}]}),
            )
        ),
        (
            "shipping_amount_off",
            {"amount": money("5"), "each": 1},
            "each",
            "true or false",
        ),
        ("free_shipping", {"speeds": "post"}, "speeds", "a list"),
        # selections
        (
            "percent_off",
            FIVE | {"target": {"sku": ["a"]}},
            "target.sku",
            "left out (there is no such field)",
        ),
        (
            "percent_off",
            FIVE | {"target": {"price_from": money("5"), "price_to": money("4")}},
            "target.price_to",
            "at least price_from, in the same currency",
        ),
        (
            "bundle",
            {
                "price": money("5"),
                "parts": [
                    {},
                    {"target": {"price_from": money("5"), "price_to": money("9", "EUR")}},
                ],
            },
            "parts[1].target.price_to",
            "at least price_from, in the same currency",
        ),
    ],
)
def test_refused(type_name: str, fields: dict[str, Any], path: str, expected: str) -> None:
    """A configuration that cannot be meant is refused, with the path of the field (PR-22)."""
    with pytest.raises(InvalidField) as caught:
        load(type_name, fields)

    assert (f"Promotion.effect.{path}", expected) == (caught.value.path, caught.value.expected)
    assert expected in str(caught.value)


def test_unknown_type() -> None:
    """A type that is not loaded is refused, with the names of those that are (PR-22)."""
    with pytest.raises(InvalidField, match=r"cartcore\.percent_off") as caught:
        load("percentage", {})

    assert "Promotion.effect.type" == caught.value.path


class TestPromotions:
    """What only shows when promotions come together."""

    def test_selection_that_matches_nothing(self) -> None:
        """It can be meant, for a shop may not sell it yet; its code is told why not (PR-17)."""
        effect = PercentOff(
            percent="10", target=Selection(skus=("a",), exclude=Selection(skus=("a",)))
        )
        given = cart(line("b", "5.00"), line("c", "5.00"))

        assert () == priced(given, promotion(effect)).decisions
        entered = cart(*given.lines, applied=(applied("promo", "CODE"),))
        assert ("nothing_selected", "no item of a except a is in the cart", None) == why_not(
            priced(entered, by_code(effect, "promo", "CODE"))
        )

    def test_one_id_twice(self) -> None:
        """Two promotions with one id are refused (PR-8)."""
        twice = [promotion(PercentOff(percent="10")), promotion(PercentOff(percent="20"))]
        with pytest.raises(InvalidField, match="unique by id") as caught:
            PromotionSet(twice)

        assert ("promotions", "promo") == (caught.value.path, caught.value.value)

    def test_one_code_in_two(self) -> None:
        """A code belongs to one promotion, however it is written; both are named (PR-8)."""
        effect = PercentOff(percent="10")
        with pytest.raises(InvalidField, match=r"'a' and 'b' both have it") as caught:
            PromotionSet([by_code(effect, "a", "Spring 10"), by_code(effect, "b", " SPRING  10 ")])

        assert ("promo code", "spring 10") == (caught.value.path, caught.value.value)

    def test_window_that_ends_before_it_starts(self) -> None:
        """The end has to be after the start (PR-8)."""
        plain = SERIALIZER.dump(promotion(PercentOff(percent="10", maximum=usd("5.00"))))
        window = {"starts_at": "2026-05-02T00:00:00Z", "ends_at": "2026-05-01T23:59:59Z"}
        with pytest.raises(InvalidField) as caught:
            SERIALIZER.load(plain | window, Promotion)

        assert caught.value.path.endswith("ends_at")
        assert "after starts_at" == caught.value.expected
