"""Carts that are there already, such as those of stored orders, for a simulation (SC-2)."""

from collections.abc import Iterable
from typing import Any

import attrs
import polars as pl

from cartcore.cart import Cart
from cartcore.entry.repricing import OrderedCart
from cartcore.errors import InvalidField
from cartcore.scenarios.carts import Carts
from cartcore.scenarios.instants import INSTANT
from cartcore.values.readers import as_tuple

_LINES: dict[str, Any] = {
    **dict.fromkeys(("cart", "place", "row", "quantity"), pl.Int64),
    "sku": pl.String,
    "price": pl.Int64,
    **dict.fromkeys(("currency", "title", "product_id"), pl.String),
    **dict.fromkeys(("categories", "tags"), pl.List(pl.String)),
    "good": pl.Int64,
}
_ORDERS: dict[str, Any] = {
    "cart": pl.Int64,
    **dict.fromkeys(("order", "currency", "country", "channel", "contact"), pl.String),
    "contact_tags": pl.List(pl.String),
    "orders_placed": pl.Int64,
    "placed_at": INSTANT,
    "complete": pl.Boolean,
}


def carts_from_orders(source: Iterable[OrderedCart | Cart]) -> Carts:
    """Take the carts of `OrderDesk.carts`, or carts of your own, for a simulation (SC-2).

    They stay whole, with minimum prices, several shipments, codes that were entered and manual
    discounts, so each is priced by `price`. `Carts.orders` has `placed_at` and `complete`, to group
    by: see `OrderedCart`. A cart of your own is called by its `reference`.

    Raises:
        InvalidField: something else than carts, or two of one name.
    """
    given = as_tuple(source, "source")
    lines: list[tuple[object, ...]] = []
    orders: list[tuple[object, ...]] = []
    whole: list[Cart] = []
    for number, each in enumerate(given):
        known = each if isinstance(each, OrderedCart) else None
        cart = each if known is None else known.cart
        if not isinstance(cart, Cart):
            raise InvalidField("source", cart, "carts, or what `OrderDesk.carts` gives")
        named = cart if cart.reference else attrs.evolve(cart, reference=f"{number}")
        whole.append(named)
        to = named.shipments[0].country if named.shipments else ""
        buyer, code = named.customer, named.currency
        placed_at = None if known is None else known.placed_at
        orders.append(
            (
                *(number, named.reference, code, to, named.channel, buyer.contact_id),
                *(list(buyer.tags), buyer.orders_placed, placed_at),
                known is None or known.complete,
            )
        )
        for place, line in enumerate(named.lines):
            row = len(lines)
            lines.append(
                (
                    *(number, place, row, line.quantity, line.sku, line.fine_price, code),
                    *(line.title, line.product_id, list(line.categories), list(line.tags), row),
                )
            )
    names = [cart.reference for cart in whole]
    if len({*names}) < len(names):
        twice = next(name for place, name in enumerate(names) if name in names[:place])
        raise InvalidField("source", twice, "carts with different references")
    table = pl.DataFrame(lines, schema=_LINES, orient="row")
    told = dict.fromkeys(("column", "value", "reason"), pl.String)
    refused = pl.DataFrame(schema={"row": pl.Int64, **told})
    return Carts(
        table,
        pl.DataFrame(orders, schema=_ORDERS, orient="row"),
        refused,
        table.height,
        whole=dict(enumerate(whole)),
    )
