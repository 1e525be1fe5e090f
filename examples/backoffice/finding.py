"""One search for everything: orders, contacts and products, on every page."""

from collections.abc import Callable, Iterator
from contextlib import suppress

from starlette.responses import Response

from backoffice.visits import Visit
from cartcore.errors import CartcoreError
from cartcore.orders.filters import OrderFilter
from cartcore.orders.order import OrderSummary
from cartcore.shop.contact import Contact
from cartcore.shop.product import Product
from cartcore.storage import Page

SHOWN = 8
_DIGITS_OF_A_PHONE = 5


def find(visit: Visit) -> Response:
    """What a typed text finds: in orders, contacts and products."""
    typed = visit.query.get("q", "").strip()
    return visit.render(
        "found.html",
        typed=typed,
        orders=_orders(visit, typed),
        contacts=_contacts(visit, typed),
        products=_products(visit, typed),
    )


def _orders(visit: Visit, typed: str) -> Page[OrderSummary]:
    """Orders by number, e-mail, phone, name, reference, where they go to, or promo code."""
    found: dict[str, OrderSummary] = {}
    for wanted in _wanted_orders(typed, visit.whose_orders):
        with suppress(CartcoreError):  # no order has anything like this
            page = visit.desk.orders(wanted(), limit=SHOWN)
            found |= {order.number: order for order in page.items}
    return Page(tuple(found.values())[:SHOWN])


def _wanted_orders(typed: str, by: str) -> Iterator[Callable[[], OrderFilter]]:
    digits = sum(character.isdecimal() for character in typed)
    if "@" in typed:
        yield lambda: OrderFilter(email=typed, placed_by=by)
        return
    if digits:
        yield lambda: OrderFilter(number=typed, placed_by=by)
    if digits >= _DIGITS_OF_A_PHONE:
        yield lambda: OrderFilter(phone=typed, placed_by=by)
    if typed:
        yield lambda: OrderFilter(contact=typed, placed_by=by)
        yield lambda: OrderFilter(reference=typed, placed_by=by)
        yield lambda: OrderFilter(recipient=typed, placed_by=by)
        yield lambda: OrderFilter(address=typed, placed_by=by)
        yield lambda: OrderFilter(promo_code=typed, placed_by=by)


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
