"""The built-in conditions as masks of carts (SC-12)."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import polars as pl

from cartcore.cart import Cart, CartShipment
from cartcore.pricing.engine import price
from cartcore.promotions.promotion import Promotion
from cartcore.rules.builtin import (
    AllOf,
    AnyOf,
    CartCurrency,
    ChosenSpeed,
    ContactTag,
    Destination,
    DistinctProducts,
    MaxSubtotal,
    MinQuantity,
    MinSubtotal,
    Not,
    NthOrder,
    OrderPercentOff,
    SalesChannel,
    TimeWindow,
)
from cartcore.scenarios.state import State
from cartcore.values.text import normal
from cartcore.values.time_zones import local_time

_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)


def holds(condition: Any, state: State) -> pl.Series:
    """For which carts a condition holds."""
    return _HOLDS[type(condition)](condition, state)


def reason_of(part: Any) -> str:
    """The reason that a built-in type gives where it does not apply."""
    name: str = type(part).type_name
    return name.removeprefix("cartcore.")


def parts_of(condition: Any) -> Iterator[Any]:
    """A condition, and those within it."""
    yield condition
    inner = getattr(condition, "conditions", None) or (getattr(condition, "condition", None),)
    for each in inner:
        if each is not None:
            yield from parts_of(each)


def can_be_written(condition: Any) -> bool:
    """Whether a condition, with those within it, is one that is known here."""
    return all(type(each) in _HOLDS for each in parts_of(condition))


# --- one function for each type ---


def _min_subtotal(condition: MinSubtotal, state: State) -> pl.Series:
    return _subtotal(condition, state) >= state.minor(condition.amount)


def _max_subtotal(condition: MaxSubtotal, state: State) -> pl.Series:
    return _subtotal(condition, state) <= state.minor(condition.amount)


def _subtotal(condition: MinSubtotal | MaxSubtotal, state: State) -> pl.Series:
    if condition.after_discounts:
        return state.goods
    return state.columns.measured(condition.target).amount


def _min_quantity(condition: MinQuantity, state: State) -> pl.Series:
    return state.columns.measured(condition.target).quantity >= condition.quantity


def _distinct_products(condition: DistinctProducts, state: State) -> pl.Series:
    return state.columns.measured(condition.target).products >= condition.count


def _all_of(condition: AllOf, state: State) -> pl.Series:
    found = _everywhere(state, holds=True)
    for each in condition.conditions:
        found &= holds(each, state)
    return found


def _any_of(condition: AnyOf, state: State) -> pl.Series:
    found = _everywhere(state, holds=False)
    for each in condition.conditions:
        found |= holds(each, state)
    return found


def _not(condition: Not, state: State) -> pl.Series:
    return ~holds(condition.condition, state)


def _contact_tag(condition: ContactTag, state: State) -> pl.Series:
    wanted = {*map(normal, condition.tags)}
    tags = state.columns.orders["contact_tags"]
    known = tags.explode().drop_nulls().unique().to_list()
    among = pl.Series([tag for tag in known if normal(tag) in wanted], dtype=pl.String)
    return tags.list.eval(pl.element().is_in(among.implode())).list.any()


def _destination(condition: Destination, state: State) -> pl.Series:
    return state.columns.orders["country"].is_in([*condition.countries])


def _sales_channel(condition: SalesChannel, state: State) -> pl.Series:
    return state.columns.orders["channel"].is_in([*condition.channels])


def _nth_order(condition: NthOrder, state: State) -> pl.Series:
    return state.columns.orders["orders_placed"] == condition.n - 1


def _settled(condition: CartCurrency | ChosenSpeed, state: State) -> pl.Series:
    """What holds for all carts or for none."""
    return _everywhere(state, holds=_of_an_empty_cart(condition, state))


def _time_window(condition: TimeWindow, state: State) -> pl.Series:
    """What holds for all carts of one second, or for none: zones have seconds in their offsets."""
    seconds = state.at.dt.truncate("1s")
    different = seconds.unique().sort()
    zone = condition.timezone or state.columns.carts.timezone
    found = [condition.holds_at(local_time(at, zone)) for at in different.to_list()]
    return pl.Series(found, dtype=pl.Boolean).gather(different.search_sorted(seconds))


def _of_an_empty_cart(condition: Any, state: State) -> bool:
    """Whether a condition holds, as `price` says of a cart that has nothing but its speed."""
    carts = state.columns.carts
    speed = carts.shipping
    shipments = () if speed is None else (CartShipment(id="1", lines=(), speed=speed),)
    cart = Cart(currency=state.currency, shipments=shipments, timezone=carts.timezone)
    effect = OrderPercentOff(percent="1")
    asked = Promotion(id="asked", name="asked", effect=effect, conditions=(condition,))
    (decision,) = price(cart, [asked], at=_ANY_TIME).decisions
    return decision.reason != reason_of(condition)


def _everywhere(state: State, *, holds: bool) -> pl.Series:
    return pl.repeat(holds, len(state), dtype=pl.Boolean, eager=True)


_HOLDS: dict[type, Callable[[Any, State], pl.Series]] = {
    AllOf: _all_of,
    AnyOf: _any_of,
    CartCurrency: _settled,
    ChosenSpeed: _settled,
    ContactTag: _contact_tag,
    Destination: _destination,
    DistinctProducts: _distinct_products,
    MaxSubtotal: _max_subtotal,
    MinQuantity: _min_quantity,
    MinSubtotal: _min_subtotal,
    Not: _not,
    NthOrder: _nth_order,
    SalesChannel: _sales_channel,
    TimeWindow: _time_window,
}
