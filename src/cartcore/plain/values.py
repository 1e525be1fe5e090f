"""Which values have a plain form, and what it adds to their fields and leaves out of them."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, get_origin

import attrs

from cartcore.cart import Cart
from cartcore.entry.available_promotions import AvailablePromotion
from cartcore.entry.shown import Shown
from cartcore.entry.similar_contacts import SimilarContact
from cartcore.entry.store import Store
from cartcore.entry.view import DraftView
from cartcore.orders.draft import Draft
from cartcore.orders.event import OrderEvent
from cartcore.orders.filters import DraftSort, OrderFilter, OrderSort
from cartcore.orders.order import Order, OrderSummary
from cartcore.pricing.quote import Quote
from cartcore.promotions.promotion import Promotion
from cartcore.shop.contact import Contact, ContactFilter
from cartcore.shop.product import Product

VERSION = 1
"""The version of the plain form.

Fields, choices and types are added to it. One that goes, changes its type or becomes needed makes
another version.
"""

VALUES: tuple[type, ...] = (
    *(Contact, ContactFilter, SimilarContact, Product, Promotion, AvailablePromotion),
    *(Cart, Quote, Draft, DraftSort, DraftView, Shown),
    *(Order, OrderSummary, OrderEvent, OrderFilter, OrderSort, Store),
)
"""The values that have a plain form; so has everything that stands in their fields."""

LISTED: tuple[type, ...] = (Contact, Product, Promotion, Draft, Order, OrderSummary)
"""The values that storages and the desk give pages of."""

TOKEN = "What `OrderDesk.place` takes as `seen`: it stands for all that is shown (HA-13)."  # noqa: S105

DERIVED: Mapping[type, Mapping[str, str]] = MappingProxyType(
    {DraftView: {"token": TOKEN}, Shown: {"token": TOKEN}}
)
"""Properties that are written beside the fields of a class, all of them texts, with their meaning.

They follow from the fields, and need not be given.
"""


def shown_fields(kind: type) -> list["attrs.Attribute[Any]"]:
    """The fields of a class that other programs see: those it is made with, but cartcore's own."""
    return [field for field in _given(kind) if not field.metadata.get("internal")]


def internal_fields(kind: type) -> list["attrs.Attribute[Any]"]:
    """The fields of a class that are cartcore's own, and stay so."""
    return [field for field in _given(kind) if field.metadata.get("internal")]


def _given(kind: type) -> Iterator["attrs.Attribute[Any]"]:
    record = attrs.resolve_types(get_origin(kind) or kind)
    return (field for field in attrs.fields(record) if field.init)
