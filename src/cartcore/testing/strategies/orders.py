"""Placed orders, and filters of orders."""

from datetime import UTC, datetime

from hypothesis import strategies as st

from cartcore.orders.draft import ShipmentLine
from cartcore.orders.filters import OrderFilter
from cartcore.orders.order import HistoryEntry, Order, OrderShipment, OrderStatus
from cartcore.pricing.engine import price
from cartcore.promotions.promotion import Promotion, Redemption
from cartcore.shop.contact import Contact
from cartcore.testing.strategies.carts import carts
from cartcore.testing.strategies.contacts import addresses, contacts, phones
from cartcore.testing.strategies.promotions import effects, promo_codes
from cartcore.testing.strategies.texts import messages, optional_texts, texts
from cartcore.testing.strategies.values import attributes, currencies, money, references, times
from cartcore.values.attributes import NO_ATTRIBUTES

_PROMOTION_IDS = ("gift", "sale")
_anybody = contacts()
order_numbers = st.integers(1, 10**6).map(str)
"""Order numbers of different lengths."""

_FEW_TIMES = [datetime(2026, 1, day, 12, tzinfo=UTC) for day in (1, 2, 3)]


@st.composite
def orders(
    draw: st.DrawFn,
    ids: st.SearchStrategy[str] = texts,
    numbers: st.SearchStrategy[str] = order_numbers,
    people: st.SearchStrategy[Contact] = _anybody,
) -> Order:
    """Placed orders with these ids; draft and idempotency key are named after the id."""
    order_id = draw(ids)
    currency = draw(currencies)
    contact = draw(people)
    cart = draw(carts(currency))
    promotion = Promotion(id=draw(texts), name=draw(texts), effect=draw(effects(currency)))
    placed_at = draw(st.sampled_from(_FEW_TIMES) | times)
    quote = price(cart, [promotion], at=placed_at)
    shipped_at = draw(st.none() | times)
    address = draw(addresses)
    shipments = tuple(
        OrderShipment(
            id=s.shipment_id,
            address=address,
            lines=tuple(ShipmentLine(line_id=i.line_id, quantity=i.quantity) for i in s.lines),
            speed=s.speed,
            shipped_at=shipped_at,
        )
        for s in quote.shipments
        if s.speed is not None
    )
    status = draw(st.sampled_from(OrderStatus))
    redemption = st.builds(
        Redemption,
        promotion_id=st.sampled_from(_PROMOTION_IDS),
        contact_id=st.just(contact.id),
        promo_code=st.just("") | promo_codes,
        discount=st.none() | money(currency),
    )
    redemptions = st.lists(redemption, max_size=2).map(tuple)
    entry = st.builds(
        HistoryEntry, status=st.sampled_from(OrderStatus), at=times, actor=texts, note=messages
    )
    return Order(
        id=order_id,
        number=draw(numbers),
        draft_id=f"draft of {order_id}",
        idempotency_key=f"key of {order_id}",
        request_digest=draw(texts),
        contact=contact,
        shipments=shipments,
        quote=quote,
        redemptions=draw(redemptions) if status is not OrderStatus.CANCELLED else (),
        status=status,
        history=tuple(draw(st.lists(entry, max_size=2))),
        placed_at=placed_at,
        placed_by=draw(texts),
        reference=draw(references(order_id)),
        attributes=draw(attributes),
    )


@st.composite
def order_filters(draw: st.DrawFn, contact_ids: st.SearchStrategy[str] = texts) -> OrderFilter:
    """Filters of orders that leave out most criteria."""
    currency = draw(currencies)
    bound = st.none() | money(currency, most=10**6)
    return OrderFilter(
        number=draw(st.sampled_from(["", "", "1", "10", "9"])),
        contact=draw(st.just("") | optional_texts),
        email=draw(st.sampled_from(["", "", "", "ANN", "x", "\u0301"])),
        phone=draw(st.just("") | phones),
        recipient=draw(st.just("") | optional_texts),
        address=draw(st.just("") | optional_texts),
        contact_id=draw(st.just("") | contact_ids),
        status=draw(st.none() | st.sampled_from(OrderStatus)),
        placed_from=draw(st.none() | st.sampled_from(_FEW_TIMES)),
        placed_before=draw(st.none() | st.sampled_from(_FEW_TIMES)),
        total_min=draw(bound),
        total_max=draw(bound),
        promo_code=draw(st.just("") | promo_codes),
        sku=draw(st.sampled_from(["", "", "mug", "tea"])),
        reference=draw(st.sampled_from(["", "", "", "", "REF", "ref a", "\u0301"])),
        attributes=draw(st.just(NO_ATTRIBUTES) | attributes),
    )
