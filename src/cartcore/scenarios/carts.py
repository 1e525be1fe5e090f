"""Many carts in columns: the lines of all of them, ready to be priced (SC-2)."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import attrs
import polars as pl

from cartcore.cart import Cart, CartLine, CartShipment, Customer
from cartcore.errors import InvalidField, NotFound
from cartcore.scenarios.instants import INSTANT
from cartcore.shop.speeds import ShippingSpeed
from cartcore.values.integers import plain_int
from cartcore.values.money import from_fine
from cartcore.values.readers import of_kind

_MOST_GOODS = 20_000  # kinds of them that are kept ready, about 20 MB
_OF_GOODS = ("sku", "price", "currency", "title", "product_id", "categories", "tags")

_NONE: Mapping[int, Cart] = MappingProxyType({})

_COPIED = tuple(
    field.name for field in attrs.fields(CartLine) if field.name not in {"id", "quantity"}
)
_Setter = Callable[[CartLine, Any], None]
_Fixed = tuple[tuple[_Setter, Any], ...]
_SETTERS: dict[str, _Setter] = {
    field.name: CartLine.__dict__[field.name].__set__ for field in attrs.fields(CartLine)
}
_PUT_ID, _PUT_QUANTITY = _SETTERS["id"], _SETTERS["quantity"]


@attrs.frozen(eq=False, repr=False)
class Carts:
    """Carts that were read from order lines, as frames.

    Attributes:
        lines: The lines that can be priced, by cart: number of the cart, place among its lines,
            number of the row in the source, SKU, quantity, price in 1/1,000,000 of the minor unit,
            and what promotions select by. Lines of the same goods have the same number in `good`.
        orders: The carts: number, name of the order, currency, what conditions ask of an order, and
            when it was placed; also the columns that were to be kept. Orders without a line that
            can be priced are not among them.
        refused: The rows that became no line: number of the row, from 0, the column at fault, its
            value as text, and the reason as a code. Each row stands in it once.
        rows: How many rows were read: those of `lines` and of `refused` together.
        shipping: The shipping speed that all carts go by, or None for no shipment.
        prices_include_tax: Whether prices have the tax in them (TX-3).
        timezone: The time zone whose clocks promotions go by, of carts that were read from rows.
        whole: The carts themselves by number, where they were given and not read from rows.
    """

    lines: pl.DataFrame
    orders: pl.DataFrame
    refused: pl.DataFrame
    rows: int
    shipping: ShippingSpeed | None = None
    prices_include_tax: bool = False
    timezone: str = "UTC"
    whole: Mapping[int, Cart] = _NONE

    def __len__(self) -> int:
        return self.orders.height

    def __repr__(self) -> str:
        return f"Carts({len(self)} carts, {self.lines.height} lines, {self.refused.height} refused)"

    def slice(self, start: int, length: int) -> "Carts":
        """Return some of the carts, from the one with this place on."""
        orders = self.orders.slice(start, length)
        # Orders and lines are sorted by cart: a chunk is found without a look at all lines.
        numbers = self.lines["cart"]
        first, end = 0, 0
        if orders.height:
            first = numbers.search_sorted(orders["cart"][0], side="left")
            end = numbers.search_sorted(orders["cart"][-1], side="right")
        return self._only(orders, self.lines.slice(first, end - first))

    def _only(self, orders: pl.DataFrame, lines: pl.DataFrame) -> "Carts":
        whole = {number: self.whole[number] for number in orders["cart"] if number in self.whole}
        return attrs.evolve(
            self,
            lines=lines,
            orders=orders,
            refused=self.refused.clear(),
            rows=lines.height,
            whole=whole,
        )

    def numbered(self, numbers: pl.Series) -> "Carts":
        """Return the carts with these numbers."""
        among = pl.col("cart").is_in(numbers.implode())
        return self._only(self.orders.filter(among), self.lines.filter(among))

    def cart(self, order: str | int) -> Cart:
        """Return the cart of an order, called by its name or number.

        Raises:
            NotFound: no order has this name, or none of its rows can be priced.
            InvalidField: `order` is no text and no whole number.
        """
        return next(iter(self.only(order)))

    def only(self, order: str | int) -> "Carts":
        """Return one order alone. Raises as `cart` does."""
        number = plain_int(order)
        name = of_kind(str, str(number) if type(number) is int else order, "order")
        found = self.orders.filter(pl.col("order") == name)
        if not found.height:
            raise NotFound("order", name)
        return self.numbered(found["cart"])

    def instants(self, at: datetime | None) -> pl.Series:
        """Return what each cart is priced for: `at`, or without one when it was placed.

        Raises:
            InvalidField: there is no `at`, and a cart does not say when it was placed.
        """
        if at is not None:
            return pl.repeat(at, len(self), dtype=INSTANT, eager=True)
        own = self.orders["placed_at"]
        if own.has_nulls():
            expected = "a datetime with a time zone, as not all carts have a placed_at"
            raise InvalidField("at", at, expected)
        return own

    def goods(self) -> dict[int, CartLine]:
        """Return a line of one unit for each kind of goods, by the number of that in `lines`."""
        kinds = self.lines.unique("good").select("good", *_OF_GOODS)
        return {
            number: _line_of(*plain, tuple(categories), tuple(tags))
            for number, *plain, categories, tags in kinds.iter_rows()
        }

    def __iter__(self) -> Iterator[Cart]:
        if self.whole:
            yield from self.whole.values()
            return
        lines = self.lines
        goods = {number: _fixed(line) for number, line in self.goods().items()}
        places = lines["place"].to_list()
        quantities = lines["quantity"].to_list()
        numbers = lines["good"].to_list()
        counts = lines.group_by("cart", maintain_order=True).len()["len"].to_list()
        end = 0
        for order, count in zip(self.orders.iter_rows(named=True), counts, strict=True):
            start, end = end, end + count
            yield self._cart(
                order,
                tuple(
                    [
                        _units_of(goods[numbers[i]], str(places[i] + 1), quantities[i])
                        for i in range(start, end)
                    ]
                ),
            )

    def _cart(self, order: dict[str, Any], lines: tuple[CartLine, ...]) -> Cart:
        shipments: tuple[CartShipment, ...] = ()
        if self.shipping is not None or order["country"]:
            units = tuple([(line.id, line.quantity) for line in lines])
            shipments = (
                CartShipment(id="1", lines=units, country=order["country"], speed=self.shipping),
            )
        return Cart(
            currency=order["currency"],
            lines=lines,
            shipments=shipments,
            customer=Customer(
                contact_id=order["contact"],
                tags=tuple(order["contact_tags"]),
                orders_placed=order["orders_placed"],
            ),
            channel=order["channel"],
            prices_include_tax=self.prices_include_tax,
            timezone=self.timezone,
            reference=order["order"],
        )


@lru_cache(maxsize=_MOST_GOODS)
def _line_of(
    sku: str,
    price: int,
    currency: str,
    title: str,
    product_id: str,
    categories: tuple[str, ...],
    tags: tuple[str, ...],
) -> CartLine:
    """Return one unit of some goods: checked once, and then as often as they are bought.

    Kept from chunk to chunk, in workers as well: making them again took half of a worker's time.
    """
    return CartLine(
        id="1",
        sku=sku,
        quantity=1,
        unit_price=from_fine(price, currency),
        title=title,
        product_id=product_id,
        categories=categories,
        tags=tags,
    )


def _fixed(line: CartLine) -> _Fixed:
    """What all lines of some goods have in common, ready to be set."""
    return tuple([(_SETTERS[name], getattr(line, name)) for name in _COPIED])


def _units_of(fixed: _Fixed, line_id: str, quantity: int) -> CartLine:
    """Return so many units of some goods, past the checks that a line of them went through."""
    new = object.__new__(CartLine)
    for put, value in fixed:
        put(new, value)
    _PUT_ID(new, line_id)
    _PUT_QUANTITY(new, quantity)
    return new
