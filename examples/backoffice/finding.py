"""One search for everything: orders, drafts, contacts and products, on every page."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from starlette.responses import Response

from backoffice.drafts import names_in
from backoffice.visits import Visit
from cartcore.errors import CartcoreError
from cartcore.orders.draft import Draft
from cartcore.orders.filters import DraftFilter, OrderFilter
from cartcore.orders.order import OrderSummary
from cartcore.shop.contact import Contact
from cartcore.shop.product import Product
from cartcore.storage import Page

SHOWN = 8
_DIGITS_OF_A_PHONE = 5
_ONLY_OF_ORDERS = ("number", "promo_code")


def find(visit: Visit) -> Response:
    """What a typed text finds: in orders, drafts, contacts and products."""
    typed = visit.query.get("q", "").strip()
    drafts = _drafts(visit, typed)
    return visit.render(
        "found.html",
        typed=typed,
        orders=_orders(visit, typed),
        drafts=drafts,
        names=names_in(visit, drafts),
        contacts=_contacts(visit, typed),
        products=_products(visit, typed),
    )


def _orders(visit: Visit, typed: str) -> Page[OrderSummary]:
    """Orders by number, e-mail, phone, name, reference, where they go to, or promo code."""
    found: dict[str, OrderSummary] = {}
    for field in _fields(typed):
        asked: dict[str, Any] = {field: typed}
        with suppress(CartcoreError):  # no order has anything like this
            wanted = OrderFilter(placed_by=visit.whose_orders, **asked)
            page = visit.desk.orders(wanted, limit=SHOWN)
            found |= {order.number: order for order in page.items}
    return Page(tuple(found.values())[:SHOWN])


def _drafts(visit: Visit, typed: str) -> Page[Draft]:
    """Drafts by what finds the orders that they become."""
    found: dict[str, Draft] = {}
    for field in _fields(typed):
        if field in _ONLY_OF_ORDERS:
            continue
        asked: dict[str, Any] = {"name" if field == "contact" else field: typed}
        with suppress(CartcoreError):  # no draft has anything like this
            page = visit.administration.find_drafts(DraftFilter(**asked), limit=SHOWN)
            found |= {draft.id: draft for draft in page.items}
    return Page(tuple(found.values())[:SHOWN])


def _fields(typed: str) -> Iterator[str]:
    """What a typed text can be of an order, the likeliest first."""
    digits = sum(character.isdecimal() for character in typed)
    if "@" in typed:
        yield "email"
        return
    if digits:
        yield "number"
    if digits >= _DIGITS_OF_A_PHONE:
        yield "phone"
    if typed:
        yield from ("contact", "reference", "recipient", "address", "promo_code")


def _contacts(visit: Visit, typed: str) -> Page[Contact]:
    try:
        return visit.administration.find_contacts(typed, limit=SHOWN) if typed else Page(())
    except CartcoreError:
        return Page(())


def _products(visit: Visit, typed: str) -> Page[Product]:
    try:
        return visit.desk.find_products(typed, limit=SHOWN) if typed else Page(())
    except CartcoreError:
        return Page(())
