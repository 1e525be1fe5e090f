"""Hypothesis strategies for the values of cartcore; all that they give is valid."""

from cartcore.testing.strategies.carts import carts, quotes
from cartcore.testing.strategies.contacts import (
    addresses,
    contact_filters,
    contacts,
    emails,
    phones,
)
from cartcore.testing.strategies.drafts import drafts
from cartcore.testing.strategies.orders import order_filters, order_numbers, orders
from cartcore.testing.strategies.products import products, selections
from cartcore.testing.strategies.promotions import effects, promo_codes, promotions
from cartcore.testing.strategies.texts import image_urls, messages, optional_texts, texts
from cartcore.testing.strategies.values import CURRENCIES, currencies, money, times, unit_prices

__all__ = [
    "CURRENCIES",
    "addresses",
    "carts",
    "contact_filters",
    "contacts",
    "currencies",
    "drafts",
    "effects",
    "emails",
    "image_urls",
    "messages",
    "money",
    "optional_texts",
    "order_filters",
    "order_numbers",
    "orders",
    "phones",
    "products",
    "promo_codes",
    "promotions",
    "quotes",
    "selections",
    "texts",
    "times",
    "unit_prices",
]
