"""Configurations of every type in plain data, for what has to hold for all types alike.

By type name, the least and a full one. A new type needs a line here, and a new field a place in it.
"""

from collections.abc import Mapping
from typing import Any

import attrs

from cartcore.promotions.types import ConditionType, PromotionType, TaxCalculator
from cartcore.rules import load_rulebook
from cartcore.shop.speeds import SpeedProvider

RULEBOOK = load_rulebook()

CHOICES: Mapping[type, Mapping[str, type]] = {
    PromotionType: RULEBOOK.promotion_types,
    ConditionType: RULEBOOK.condition_types,
    SpeedProvider: RULEBOOK.speed_providers,
    TaxCalculator: RULEBOOK.tax_calculators,
}
"""The types that there are, by what they are."""

_FIVE = {"amount": "5.00", "currency": "USD"}
_TEN = {"amount": "10.00", "currency": "USD"}
_MUGS = {
    "skus": ["MUG", "mug-2"],
    "products": ["mug"],
    "categories": ["Kitchen/Mugs"],
    "tags": ["new"],
    "options": [["Color", "Red"], ["Size", "L"]],
    "price_from": _FIVE,
    "price_to": _TEN,
    "any_of": [{"tags": ["sale"]}, {"exclude": {"undiscounted": True}}],
    "exclude": {"skus": ["MUG-3"]},
    "undiscounted": True,
}
_SPEED = {"code": "post", "name": "Post", "days_from": 1, "days_to": 3, "countries": ["US"]}
_TAGGED = {"type": "cartcore.contact_tag", "tags": ["vip"]}
_ENOUGH = {"type": "cartcore.min_quantity", "quantity": 2}

_CONFIGURATIONS: Mapping[str, tuple[Mapping[str, Any], ...]] = {
    # promotion types
    "cartcore.percent_off": (
        {"percent": "10"},
        {
            "percent": "12.5",
            "target": _MUGS,
            "maximum": _FIVE,
            "limit": 4,
            "which": "dearest",
            "group_size": 2,
            "of_original": True,
        },
    ),
    "cartcore.amount_off": (
        {"amount": _FIVE},
        {
            "amount": _FIVE,
            "target": _MUGS,
            "per": "line",
            "maximum": _TEN,
            "limit": 4,
            "which": "dearest",
            "group_size": 2,
        },
    ),
    "cartcore.fixed_price": (
        {"price": _FIVE},
        {
            "price": _FIVE,
            "target": _MUGS,
            "per": "total",
            "limit": 2,
            "which": "dearest",
            "maximum": _TEN,
        },
    ),
    "cartcore.buy_x_get_y": (
        {"buy": 2, "limit": 3},
        {
            "spend": _TEN,
            "buy_from": _MUGS,
            "get": 2,
            "get_from": _MUGS,
            "percent": "50",
            "which": "dearest",
            "max_units": 4,
            "whole": True,
            "maximum": _FIVE,
        },
    ),
    "cartcore.bundle": (
        {"price": _FIVE, "parts": [{"target": {"skus": ["MUG"]}, "quantity": 2}]},
        {
            "price": _FIVE,
            "parts": [{"target": _MUGS, "quantity": 2}, {"target": {}, "quantity": 1}],
            "limit": 2,
            "which": "cheapest",
            "maximum": _TEN,
        },
    ),
    "cartcore.nth_of_set": (
        {"size": 3, "position": 1},
        {
            "size": 3,
            "position": 2,
            "percent": "50",
            "target": _MUGS,
            "order": "dearest",
            "spread": "overall",
            "limit": 2,
            "max_units": 3,
            "maximum": _FIVE,
        },
    ),
    "cartcore.first_and_further": (
        {"first": _FIVE},
        {"first": _FIVE, "further": _TEN, "target": _MUGS, "limit": 3},
    ),
    "cartcore.tiered_percent_off": (
        {"tiers": [{"percent": "5", "from_quantity": 2}], "by": "quantity"},
        {
            "tiers": [{"percent": "5"}, {"percent": "10", "from_amount": _TEN}],
            "by": "spend",
            "target": _MUGS,
            "maximum": _FIVE,
        },
    ),
    "cartcore.tiered_amount_off": (
        {"tiers": [{"amount": _FIVE, "from_quantity": 2}], "by": "quantity"},
        {
            "tiers": [{"amount": _FIVE}, {"amount": _TEN, "from_amount": _TEN}],
            "by": "spend",
            "target": _MUGS,
            "maximum": _FIVE,
        },
    ),
    "cartcore.add_product": (
        {"items": [{"key": "a", "product_id": "mug"}]},
        {
            "items": [
                {"key": "a", "product_id": "mug", "quantity": 2, "options": [["Color", "Red"]]},
                {"key": "b", "product_id": "hat"},
            ],
            "percent": "50",
            "per_unit_of": _MUGS,
            "top_up": True,
            "separately": True,
        },
    ),
    "cartcore.order_percent_off": (
        {"percent": "10"},
        {"percent": "0.5", "maximum": _FIVE, "of_original": True},
    ),
    "cartcore.order_amount_off": ({"amount": {"amount": "0.125", "currency": "KWD"}},),
    "cartcore.order_fixed_price": ({"price": _FIVE},),
    "cartcore.free_shipping": ({}, {"speeds": ["post", "express"], "maximum": _FIVE}),
    "cartcore.shipping_percent_off": (
        {"percent": "50"},
        {"percent": "50", "speeds": ["post"], "maximum": _FIVE, "of_original": True},
    ),
    "cartcore.shipping_amount_off": (
        {"amount": _FIVE},
        {"amount": _FIVE, "speeds": ["post"], "each": True},
    ),
    "cartcore.shipping_fixed_price": ({"price": _FIVE}, {"price": _FIVE, "speeds": ["post"]}),
    # conditions
    "cartcore.min_subtotal": (
        {"amount": _FIVE},
        {"amount": _FIVE, "target": _MUGS, "after_discounts": True},
    ),
    "cartcore.max_subtotal": (
        {"amount": _FIVE},
        {"amount": _FIVE, "target": _MUGS, "after_discounts": True},
    ),
    "cartcore.min_quantity": ({"quantity": 2}, {"quantity": 2, "target": _MUGS}),
    "cartcore.distinct_products": ({"count": 2}, {"count": 2, "target": _MUGS}),
    "cartcore.contact_tag": ({"tags": ["vip", "staff"]},),
    "cartcore.nth_order": ({"n": 1},),
    "cartcore.sales_channel": ({"channels": ["phone", "shop"]},),
    "cartcore.chosen_speed": ({"speeds": ["post"]},),
    "cartcore.cart_currency": ({"currencies": ["USD", "EUR"]},),
    "cartcore.destination": ({"countries": ["US", "CA"]},),
    "cartcore.time_window": (
        {"from_time": "22:00"},
        {
            "weekdays": ["monday", "sunday"],
            "from_time": "08:30",
            "to_time": "12:00",
            "timezone": "Europe/Berlin",
        },
    ),
    "cartcore.all_of": ({"conditions": [_TAGGED, _ENOUGH]},),
    "cartcore.any_of": ({"conditions": [_TAGGED, {"type": "cartcore.not", "condition": _ENOUGH}]},),
    "cartcore.not": ({"condition": _TAGGED},),
    # shipping speeds
    "cartcore.flat_rate": (
        {"code": "post", "name": "Post", "price": _FIVE},
        {**_SPEED, "price": _FIVE},
    ),
    "cartcore.pickup": (
        {"place": "the shop"},
        {
            "place": "the shop",
            "code": "shop",
            "days_from": None,
            "days_to": 3,
            "countries": ["US"],
        },
    ),
    "cartcore.weight_rates": (
        {"code": "post", "name": "Post", "bands": [{"price": _FIVE}]},
        {**_SPEED, "bands": [{"price": _FIVE, "up_to_grams": 500}], "overflow": True},
    ),
    "cartcore.subtotal_rates": (
        {"code": "post", "name": "Post", "bands": [{"price": _FIVE}]},
        {**_SPEED, "bands": [{"price": _TEN}, {"price": _FIVE, "from_subtotal": _TEN}]},
    ),
    "cartcore.zone_rates": (
        {"code": "post", "name": "Post", "zones": [{"name": "world", "price": _FIVE}]},
        {
            "code": "post",
            "name": "Post",
            "zones": [
                {
                    "name": "islands",
                    "price": _FIVE,
                    "countries": ["US"],
                    "regions": ["HI"],
                    "postal_prefixes": ["967"],
                    "days_from": 2,
                    "days_to": 9,
                }
            ],
        },
    ),
    "cartcore.unit_rates": (
        {"code": "post", "name": "Post", "price": _FIVE, "each": _FIVE},
        {
            **_SPEED,
            "price": _FIVE,
            "each": _FIVE,
            "included_units": 2,
            "most_units": 9,
            "free_from": _TEN,
        },
    ),
    "cartcore.limited": (
        {"provider": {"type": "cartcore.pickup", "place": "the shop"}},
        {
            "provider": {
                "type": "cartcore.limited",
                "provider": {"type": "cartcore.flat_rate", **_SPEED, "price": _FIVE},
            },
            "min_subtotal": _FIVE,
            "max_subtotal": _TEN,
            "min_grams": 0,
            "max_grams": 500,
            "countries": ["US"],
        },
    ),
    # tax calculators
    "cartcore.tax_table": (
        {"rows": [{"name": "VAT", "percent": "19", "country": "DE"}]},
        {
            "rows": [
                {"name": "State", "percent": "2.9", "country": "US", "tax_class": "*"},
                {
                    "name": "City",
                    "percent": "4.81",
                    "country": "US",
                    "region": "CO",
                    "city": "Denver",
                    "postal_code": "80200..80299",
                    "tax_class": "*",
                    "applies_to": "goods",
                    "compound": True,
                    "valid_from": "2026-01-01",
                    "valid_until": "2026-12-31",
                },
                {
                    "name": "City",
                    "percent": "0",
                    "country": "US",
                    "region": "CO",
                    "city": "Denver",
                    "postal_code": "80200..80299",
                    "tax_class": "*",
                    "valid_from": "2027-01-01",
                },
            ],
            "shipping": [{"by": "own_rates", "tax_class": "post", "country": "US", "region": "CO"}],
            "exemptions": [
                {"reason": "resale", "contact_tag": "reseller", "country": "US", "region": "CO"},
                {"reason": "not taxable", "tax_class": "exempt"},
            ],
        },
    ),
}


def configurations(choice: type) -> list[dict[str, Any]]:
    """Plain data of every type of a choice, with its name under `type`."""
    return [
        {"type": name, **fields}
        for name in CHOICES[choice]
        for fields in _CONFIGURATIONS.get(name, ())
    ]


def not_configured() -> list[str]:
    """The fields that stand in no configuration, and the types that have none."""
    return [
        f"{name}.{field.name}"
        for choice, kinds in CHOICES.items()
        for name, kind in kinds.items()
        for field in attrs.fields(kind)
        if field.init
        and not any(name == each["type"] and field.name in each for each in configurations(choice))
    ] + [name for kinds in CHOICES.values() for name in kinds if name not in _CONFIGURATIONS]
