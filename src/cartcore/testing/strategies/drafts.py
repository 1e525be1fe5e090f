"""Drafts of orders."""

from hypothesis import strategies as st

from cartcore.cart import AppliedPromotion
from cartcore.orders.draft import Cleared, Draft, Gift, LineItem, Shipment, ShipmentLine, Step
from cartcore.testing.strategies.carts import line_ids
from cartcore.testing.strategies.contacts import addresses
from cartcore.testing.strategies.texts import messages, optional_texts, some_texts, texts
from cartcore.testing.strategies.values import currencies, times

_shipment_lines = st.builds(
    ShipmentLine,
    line_id=line_ids,
    quantity=st.integers(1, 9),
    gift=st.none() | st.builds(Gift, message=messages),
)


def drafts(ids: st.SearchStrategy[str] = texts) -> st.SearchStrategy[Draft]:
    """Drafts with these ids; what their lines name need not exist."""
    line = st.builds(
        LineItem, id=line_ids, product_id=texts, sku=texts, quantity=st.integers(1, 10**6)
    )
    application = st.builds(
        AppliedPromotion,
        promotion_id=texts,
        promo_code=optional_texts,
        choices=st.lists(st.tuples(texts, texts), max_size=2).map(tuple),
    )
    shipment = st.builds(
        Shipment,
        id=texts,
        address=addresses,
        lines=st.lists(_shipment_lines, max_size=2).map(tuple),
        speed=optional_texts,
    )
    cleared = st.builds(Cleared, what=texts, subject=texts, message=messages)
    return st.builds(
        Draft,
        id=ids,
        currency=currencies,
        created_by=texts,
        created_at=times,
        updated_at=times,
        step=st.sampled_from(Step),
        contact_id=optional_texts,
        lines=st.lists(line, max_size=2).map(tuple),
        applied=st.lists(application, max_size=2).map(tuple),
        refused=some_texts,
        multiple_addresses=st.booleans(),
        shipments=st.lists(shipment, max_size=2).map(tuple),
        cleared=st.lists(cleared, max_size=2).map(tuple),
        next_line=st.integers(1, 1000),
        next_shipment=st.integers(1, 1000),
    )
