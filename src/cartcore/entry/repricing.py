"""Placed orders, priced again; and their carts, to ask what would have been (SC-2, SC-11)."""

from collections.abc import Iterable, Iterator
from datetime import datetime

import attrs

from cartcore.cart import Cart, CartLine, CartShipment, Customer
from cartcore.errors import CannotReprice
from cartcore.orders.filters import OrderFilter, OrderSort
from cartcore.orders.order import Order
from cartcore.pricing.priced_from import PricedFrom, present_version
from cartcore.pricing.quote import Quote
from cartcore.pricing.repricing import priced_again, without_tied_lines
from cartcore.promotions import reasons
from cartcore.promotions.opaque import opaque_parts
from cartcore.promotions.promotion import Promotion
from cartcore.storage.ports import Storage, UnitOfWork
from cartcore.values.money import show
from cartcore.values.notebooks import Rows, ShownAsTable
from cartcore.values.records import typed

_AT_ONCE = 200  # orders that are read together

_NOTHING_KEPT = (
    "what it was priced from (it was placed with a cartcore that did not keep the categories of "
    "goods and the promotions of then)"
)
_UNREADABLE = {reasons.PLUGIN_MISSING, reasons.CONFIGURATION_UNREADABLE}


@attrs.frozen(kw_only=True, field_transformer=typed)
class Repriced(ShownAsTable):
    """An order, priced again from what was kept with it (SC-11). The order stays as it is.

    Attributes:
        number: The number of the order.
        agreed: The quote that was agreed to.
        quote: What the order comes to now, under the promotions of then or under others.
        differences: What differs between the two, in words; empty if nothing does.
        priced_by: The version of cartcore that priced the order.
        priced_again_by: The version of this cartcore. Where it is another one, the changelog says
            what may have changed.
    """

    number: str
    agreed: Quote
    quote: Quote
    differences: tuple[str, ...]
    priced_by: str
    priced_again_by: str

    def _in_short(self) -> str:
        agreed, now = show(self.agreed.total), show(self.quote.total)
        return f"Repriced({self.number}, {agreed} agreed, {now} now)"

    def table_rows(self) -> Rows:
        """The rows of its table in a notebook (SC-10)."""
        yield f"Order {self.number}", show(self.agreed.total)
        for difference in self.differences:
            yield (difference,)
        if self.priced_by != self.priced_again_by:
            yield f"cartcore {self.priced_by}", f"now {self.priced_again_by}"
        yield from self.quote.table_rows()


@attrs.frozen(kw_only=True, field_transformer=typed)
class OrderedCart:
    """The cart that became an order (SC-2).

    Attributes:
        cart: The cart; its `reference` is the number of the order. Goods that promotions added are
            not in it.
        placed_at: When the order was placed, in UTC.
        complete: Whether it has all that promotions look at. Orders that were stored before that
            was kept do not say the categories, tags and minimum prices of goods, how many orders
            the contact had placed, which promotions staff applied, and what they discounted.
    """

    cart: Cart
    placed_at: datetime
    complete: bool

    @classmethod
    def of(cls, order: Order) -> "OrderedCart":
        """Return the cart of an order, as far as the order says what was in it."""
        known = order.priced_from
        cart = _from_quote(order) if known is None else without_tied_lines(known.cart)
        return cls(
            cart=attrs.evolve(cart, reference=order.number),
            placed_at=order.placed_at,
            complete=known is not None,
        )


def reprice(work: UnitOfWork, number: str, promotions: Iterable[Promotion] | None) -> Repriced:
    """Price an order again; see `OrderDesk.reprice`."""
    order = work.orders.by_number(number)
    known = order.priced_from
    if known is None:
        raise CannotReprice(number, (_NOTHING_KEPT,))
    as_it_was = promotions is None
    offered = _considered(work, order, known) if promotions is None else promotions
    quote = priced_again(known, offered, order.quote.at, as_it_was=as_it_was)
    return Repriced(
        number=number,
        agreed=order.quote,
        quote=quote,
        differences=order.quote.differences(quote),
        priced_by=known.cartcore,
        priced_again_by=present_version(),
    )


def _considered(work: UnitOfWork, order: Order, known: PricedFrom) -> tuple[Promotion, ...]:
    """The promotions that an order was priced under, as they were."""
    kept = work.orders.kept_promotions(known.promotions)
    missing = [
        f"the promotion {promotion_id!r} in its version {version}"
        for promotion_id, version in known.promotions
        if (promotion_id, version) not in kept
    ]
    for promotion in kept.values():
        decision = order.quote.decision(promotion.id)
        could_be_read = decision is not None and decision.reason not in _UNREADABLE
        parts = opaque_parts(promotion.effect, *promotion.conditions)
        if parts and could_be_read:
            names = sorted({part.type_name for part in parts})
            missing += [f"a plugin that reads the type {name!r}" for name in names]
    if missing:
        raise CannotReprice(order.number, tuple(dict.fromkeys(missing)))
    return tuple(kept.values())


def carts(storage: Storage, wanted: OrderFilter) -> Iterator[OrderedCart]:
    """Give the carts of orders, the oldest first; see `OrderDesk.carts`."""
    page = ""
    while True:
        with storage.read() as work:
            sort = OrderSort.OLDEST
            found = work.orders.search(wanted, sort=sort, page=page, limit=_AT_ONCE)
        yield from map(OrderedCart.of, found.items)
        page = found.next_page
        if not page:
            return


def _from_quote(order: Order) -> Cart:
    """What an order says of its cart that was stored without it."""
    quote, contact = order.quote, order.contact
    cart = Cart(
        currency=quote.currency,
        lines=tuple(
            CartLine(
                id=line.line_id,
                sku=line.sku,
                quantity=line.quantity,
                unit_price=line.unit_price,
                product_id=line.product_id,
                title=line.description,
                requires_shipping=line.requires_shipping,
                attributes=line.attributes,
                override=line.override,
                custom=line.custom,
            )
            for line in quote.lines
            if not line.tied_to
        ),
        shipments=tuple(
            CartShipment(
                id=each.id,
                lines=tuple((line.line_id, line.quantity) for line in each.lines),
                country=each.address.country,
                region=each.address.region,
                city=each.address.city,
                postal_code=each.address.postal_code,
                speed=each.speed,
                attributes=each.attributes,
            )
            for each in order.shipments
        ),
        customer=Customer(contact_id=contact.id, tags=contact.tags, attributes=contact.attributes),
        prices_include_tax=any(part.price_includes_tax for part in quote.taxed_parts),
        attributes=order.attributes,
    )
    return without_tied_lines(cart)
