"""Carts, promotions and the values around them, as the tests of pricing want them."""

from datetime import UTC, datetime
from typing import Any

import attrs
from moneyed import Money

from cartcore.cart import AppliedPromotion, Cart, CartLine, CartShipment, Customer
from cartcore.catalog import Product, Variant
from cartcore.contact import Address
from cartcore.pricing import price
from cartcore.promotion import Promotion, PromotionType, Trigger
from cartcore.quote import Quote
from cartcore.shipping import RequestedLine, ShipmentRequest, ShippingSpeed

AT = datetime(2026, 6, 1, 12, tzinfo=UTC)
"""The instant that carts are priced at unless a test is about time."""


def usd(amount: str) -> Money:
    return Money(amount, "USD")


def line(line_id: str, unit_price: Money | str, quantity: int = 1, **fields: Any) -> CartLine:
    """A line whose SKU is its id; a price given as text is in USD."""
    money = usd(unit_price) if isinstance(unit_price, str) else unit_price
    plain = CartLine(id=line_id, sku=line_id, quantity=quantity, unit_price=money)
    return attrs.evolve(plain, **fields)


def speed(price: Money | str, code: str = "standard") -> ShippingSpeed:
    money = usd(price) if isinstance(price, str) else price
    return ShippingSpeed(code=code, name=code.capitalize(), price=money)


def parcel(
    shipment_id: str, *lines: tuple[str, int], by: ShippingSpeed | None = None
) -> CartShipment:
    return CartShipment(id=shipment_id, lines=lines, country="US", speed=by)


def cart(
    *lines: CartLine,
    shipments: tuple[CartShipment, ...] = (),
    applied: tuple[AppliedPromotion, ...] = (),
    refused: tuple[str, ...] = (),
    customer: Customer | None = None,
    currency: str = "USD",
) -> Cart:
    return Cart(
        currency=currency,
        lines=lines,
        shipments=shipments,
        applied=applied,
        refused=refused,
        customer=customer or Customer(),
    )


def promotion(effect: PromotionType, promotion_id: str = "promo", **fields: Any) -> Promotion:
    """An automatic promotion, unless its fields say otherwise; its name is its id."""
    return attrs.evolve(Promotion(id=promotion_id, name=promotion_id, effect=effect), **fields)


def by_code(effect: PromotionType, promotion_id: str, code: str, **fields: Any) -> Promotion:
    return promotion(effect, promotion_id, trigger=Trigger.CODE, codes=(code,), **fields)


def applied(promotion_id: str, code: str = "", **choices: str) -> AppliedPromotion:
    return AppliedPromotion(
        promotion_id=promotion_id, promo_code=code, choices=tuple(choices.items())
    )


def priced(given: Cart, *promotions: Promotion) -> Quote:
    return price(given, promotions, at=AT)


def taken(quote: Quote) -> dict[tuple[str, str], str]:
    """What each promotion took off each target: (promotion, line or shipment) to the figure."""
    return {
        (a.promotion_id, a.line_id or a.shipment_id): f"{a.discount.amount:f}"
        for a in quote.adjustments
    }


def variant(sku: str, price: str, *options: str, **fields: Any) -> Variant:
    return attrs.evolve(Variant(sku=sku, price=usd(price), options=options), **fields)


def product(product_id: str, *variants: Variant, **fields: Any) -> Product:
    """A product titled by its id; the options are named after the fields given."""
    options = fields.pop("options", ())
    plain = Product(
        id=product_id,
        title=product_id.capitalize(),
        variants=variants,
        options=options,
    )
    return attrs.evolve(plain, **fields)


def address(**fields: str) -> Address:
    return Address(**({"line1": "1 Main St", "city": "Springfield", "country": "US"} | fields))


def request(subtotal: str = "10.00", *, grams: int = 500, **where: Any) -> ShipmentRequest:
    requested = RequestedLine(
        line_id="L1", sku="mug", quantity=1, weight_grams=grams, amount=usd(subtotal)
    )
    return ShipmentRequest(
        shipment_id="S1", address=address(**where), lines=(requested,), subtotal=usd(subtotal)
    )
