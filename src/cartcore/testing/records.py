"""Plain records to test with, where it does not matter what is in them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
from moneyed import Money

from cartcore.cart import Cart, CartLine
from cartcore.orders.draft import Draft
from cartcore.orders.event import EventKind, OrderEvent
from cartcore.orders.order import Order, OrderStatus
from cartcore.pricing.engine import price
from cartcore.pricing.quote_parts import Decision
from cartcore.promotions.promotion import Promotion, Redemption
from cartcore.rules.builtin import PercentOff
from cartcore.shop.address import Address
from cartcore.shop.contact import Contact
from cartcore.shop.product import Product, Variant
from cartcore.values.money import from_minor

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
"""When everything happens."""

HOUR = timedelta(hours=1)


def a_contact(contact_id: str = "ann", **fields: Any) -> Contact:
    """Return a contact with this id."""
    return Contact(id=contact_id, **{"name": f"Name of {contact_id}", **fields})


def an_address(**fields: Any) -> Address:
    """Return an address in Germany."""
    return Address(**{"line1": "Ring 1", "country": "DE", **fields})


def a_product(product_id: str = "mug", *skus: str, **fields: Any) -> Product:
    """Return a product with these SKUs, or with its id as its only one."""
    found = skus or (product_id,)
    variants = tuple(
        Variant(sku=sku, price=Money("12.50", "USD"), options=(sku,) if skus else ())
        for sku in found
    )
    options = ("Kind",) if skus else ()
    values = {"title": f"Title of {product_id}", "options": options, "variants": variants, **fields}
    return Product(id=product_id, **values)


def a_promotion(promotion_id: str = "sale", **fields: Any) -> Promotion:
    """Return a promotion of a tenth off everything."""
    return Promotion(
        id=promotion_id,
        **{"name": f"Name of {promotion_id}", "effect": PercentOff(percent=10), **fields},
    )


def a_draft(draft_id: str = "d1", **fields: Any) -> Draft:
    """Return an empty draft."""
    return Draft(
        id=draft_id,
        **{
            "currency": "USD",
            "created_by": "kim",
            "created_at": NOON,
            "updated_at": NOON,
            **fields,
        },
    )


def an_order(order_id: str = "o1", **fields: Any) -> Order:
    """Return an order of one line; `sku`, `currency` and `total` say what it is and costs.

    Number, draft and key are made from the id unless they are given.
    """
    sku, currency = fields.pop("sku", "mug"), fields.pop("currency", "USD")
    line = CartLine(
        id="1", sku=sku, quantity=1, unit_price=Money(fields.pop("total", 10), currency)
    )
    return Order(
        id=order_id,
        **{
            "number": str(5000 + int("0" + "".join(c for c in order_id if c in "0123456789"))),
            "draft_id": f"draft of {order_id}",
            "idempotency_key": f"key of {order_id}",
            "request_digest": "",
            "contact": a_contact(),
            "shipments": (),
            "quote": price(Cart(currency=currency, lines=(line,)), at=NOON),
            "redemptions": (),
            "status": OrderStatus.PROCESSING,
            "history": (),
            "placed_at": NOON,
            "placed_by": "kim",
            **fields,
        },
    )


def an_event(number: str = "1001", **fields: Any) -> OrderEvent:
    """Return the event of a placed order."""
    return OrderEvent(
        **{
            "kind": EventKind.PLACED,
            "order_id": f"id of {number}",
            "order_number": number,
            "order_version": 1,
            "status": OrderStatus.PROCESSING,
            "contact_id": "ann",
            "total": Money("12.50", "USD"),
            "at": NOON,
            **fields,
        }
    )


def redeeming(
    order: Order, *promotion_ids: str, promo_code: str = "", discount: Money | None = None
) -> Order:
    """Return an order as one that has redeemed promotions, and says so in its quote."""
    decisions = tuple(
        Decision(
            promotion_id=promotion_id,
            promotion_name=promotion_id,
            promo_code=promo_code,
            applied=True,
            reason="applied",
            message="",
            discount=discount or from_minor(0, order.quote.currency),
        )
        for promotion_id in promotion_ids
    )
    return attrs.evolve(
        order,
        quote=attrs.evolve(order.quote, decisions=decisions),
        redemptions=tuple(
            Redemption(
                promotion_id=promotion_id,
                contact_id=order.contact.id,
                promo_code=promo_code,
                discount=discount,
            )
            for promotion_id in promotion_ids
        ),
    )
