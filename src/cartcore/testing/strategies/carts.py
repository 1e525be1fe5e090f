"""Carts, and what they come to."""

from hypothesis import strategies as st

from cartcore.cart import Cart, CartLine, CartShipment, Customer
from cartcore.pricing.engine import price
from cartcore.pricing.quote import Quote
from cartcore.rules import ShippingSpeed
from cartcore.testing.strategies.promotions import promotions
from cartcore.testing.strategies.texts import texts
from cartcore.testing.strategies.values import money, times, unit_prices

line_ids = st.sampled_from(["1", "2", "3"])


@st.composite
def carts(draw: st.DrawFn, currency: str = "USD") -> Cart:
    """Carts with up to three lines, sent together by some speed."""
    lines = draw(
        st.lists(
            st.builds(
                CartLine,
                id=line_ids,
                sku=st.sampled_from(["mug", "Mug", "tea"]) | texts,
                quantity=st.integers(1, 100),
                unit_price=unit_prices(currency),
                requires_shipping=st.booleans(),
            ),
            max_size=3,
            unique_by=lambda line: line.id,
        )
    )
    speed = st.builds(
        ShippingSpeed, code=texts, name=texts, price=money(currency, most=10**6), days_to=st.none()
    )
    shipment = CartShipment(
        id=draw(st.just("S1") | line_ids),  # which a line may have as well
        lines=tuple((line.id, line.quantity) for line in lines),
        speed=draw(st.none() | speed),
    )
    return Cart(
        currency=currency,
        lines=tuple(lines),
        shipments=(shipment,),
        customer=Customer(contact_id=draw(texts)),
    )


def quotes() -> st.SearchStrategy[Quote]:
    """Priced carts."""
    return st.tuples(carts(), promotions()).flatmap(
        lambda two: times.map(lambda at: price(two[0], [two[1]], at=at))
    )
