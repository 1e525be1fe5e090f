"""The built-in promotion types as figures of carts (SC-12)."""

from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from functools import reduce
from typing import Any

import attrs
import polars as pl

from cartcore.promotions import reasons
from cartcore.promotions.offer import Per, TakenFirst
from cartcore.promotions.promotion import Promotion
from cartcore.promotions.selection import ALL_LINES, Selection
from cartcore.rules.builtin import (
    AddProduct,
    AmountOff,
    Bundle,
    BuyXGetY,
    FirstAndFurtherOff,
    FixedPrice,
    FreeShipping,
    NthOfSet,
    OrderAmountOff,
    OrderFixedPrice,
    OrderPercentOff,
    PercentOff,
    ShippingAmountOff,
    ShippingFixedPrice,
    ShippingPercentOff,
    Spread,
    TieredAmountOff,
    TieredPercentOff,
)
from cartcore.scenarios.column_conditions import reason_of
from cartcore.scenarios.column_gifts import gifts
from cartcore.scenarios.columns import Units, all_of, least, most, where
from cartcore.scenarios.state import State
from cartcore.values.money import LARGEST_AMOUNT


@attrs.frozen(eq=False)
class Asked:
    """What an effect asks for in each cart, and the most that there is for it.

    `why` is the reason why it offers nothing, empty where it offers something. Where that comes to
    nothing, `nothing` is the reason.
    """

    asked: pl.Series
    room: pl.Series
    why: pl.Series
    nothing: pl.Series


def ask(promotion: Promotion, state: State) -> Asked:
    """What the effect of a promotion asks for."""
    effect = promotion.effect
    if isinstance(effect, AddProduct):
        added = gifts(promotion, effect, state)
        return attrs.evolve(_offered(state, added.worth, added.worth), why=added.why)
    return _ASKS[type(effect)](effect, state)


def is_known(effect: Any) -> bool:
    """Whether an effect is of a type that is known here, and needs no more than sums.

    Of an amount off each line for some of the units, the sum depends on which lines of one price
    they are taken from.
    """
    if isinstance(effect, AmountOff) and effect.per is Per.LINE:
        return type(effect) in _ASKS and effect.limit is None and effect.group_size == 1
    return type(effect) in _ASKS


def chooses(effect: Any) -> tuple[Selection, ...]:
    """The selections of lines or units that an effect is for; none if a sum of all is enough.

    Of lines that an effect chooses, nothing may have been taken before: only sums are known.
    """
    if isinstance(effect, BuyXGetY):
        return (effect.buy_from, effect.get_from or effect.buy_from)
    if isinstance(effect, Bundle):
        return tuple(part.target for part in effect.parts)
    target = getattr(effect, "target", None)
    if target is None or (target == ALL_LINES and not by_units(effect)):
        return ()
    return (target,)


def by_units(effect: Any) -> bool:
    """Whether an effect looks at units one by one, so that their prices have to be whole."""
    if isinstance(effect, (Bundle, BuyXGetY, FirstAndFurtherOff, NthOfSet)):
        return True
    per = getattr(effect, "per", Per.TOTAL)
    some = getattr(effect, "limit", None) is not None or getattr(effect, "group_size", 1) > 1
    return some or per is not Per.TOTAL


def percentage(base: pl.Series, percent: Decimal | int) -> pl.Series:
    """A percentage of figures, rounded half up (PR-7)."""
    rate, over = Decimal(percent).as_integer_ratio()
    return (base * (2 * rate) + over * 100) // (2 * over * 100)


# --- what all have in common ---


def _offered(state: State, asked: pl.Series, room: pl.Series) -> Asked:
    return Asked(asked, room, state.text(""), state.text(reasons.NOTHING_TO_DISCOUNT))


def _of_lines(state: State, target: Selection) -> tuple[pl.Series, pl.Series]:
    """What is left of lines, of which nothing was taken unless they are all; why nothing is."""
    plain = state.text(reasons.NOTHING_TO_DISCOUNT)
    if target == ALL_LINES:
        return state.goods, plain
    found = state.columns.measured(target)
    return found.amount, where(found.lines > 0, plain, state.text(reasons.NOTHING_SELECTED))


def _unless(enough: pl.Series, effect: Any, state: State) -> pl.Series:
    """The reason of an effect that offers nothing where there is not enough for it."""
    return where(enough, state.text(""), state.text(reason_of(effect)))


def _limited(
    effect: PercentOff | AmountOff | FixedPrice, units: Units, state: State
) -> tuple[pl.Series, pl.Series]:
    """The units of each row that a discount is for, and why there is none."""
    size = getattr(effect, "group_size", 1)
    count = units.total if effect.limit is None else least(units.total, effect.limit)
    why = _unless(units.total >= size, effect, state) if size > 1 else state.text("")
    return units.first(count - count % size, effect.which), why


# --- one function for each type ---


def _percent_off(effect: PercentOff, state: State) -> Asked:
    left, nothing = _of_lines(state, effect.target)
    if not by_units(effect):
        base = left
        if effect.of_original:
            base = state.columns.measured(effect.target).amount
        return Asked(percentage(base, effect.percent), left, state.text(""), nothing)
    units = state.columns.units(effect.target)
    chosen, why = _limited(effect, units, state)
    base = units.by_cart(chosen * units.price)
    return Asked(percentage(base, effect.percent), base, why, nothing)


def _amount_off(effect: AmountOff, state: State) -> Asked:
    left, nothing = _of_lines(state, effect.target)
    amount = state.minor(effect.amount)
    if not by_units(effect):
        return Asked(all_of(amount, len(state)), left, state.text(""), nothing)
    units = state.columns.units(effect.target)
    chosen, why = _limited(effect, units, state)
    room = units.by_cart(chosen * units.price)
    asked = all_of(amount, len(state))
    if effect.per is Per.LINE:
        asked = units.by_cart(least(chosen * units.price, amount))
    elif effect.per is Per.UNIT:
        asked = units.by_cart(chosen * least(units.price, amount))
    return Asked(asked, room, why, nothing)


def _fixed_price(effect: FixedPrice, state: State) -> Asked:
    left, nothing = _of_lines(state, effect.target)
    new = state.minor(effect.price)
    if not by_units(effect):
        return Asked(most(left - new, 0), left, state.text(""), nothing)
    units = state.columns.units(effect.target)
    chosen, why = _limited(effect, units, state)
    room = units.by_cart(chosen * units.price)
    if effect.per is Per.TOTAL:
        return Asked(most(room - new, 0), room, why, nothing)
    return Asked(units.by_cart(chosen * most(units.price - new, 0)), room, why, nothing)


def _buy_x_get_y(effect: BuyXGetY, state: State) -> Asked:
    to_buy = state.columns.units(effect.buy_from)
    to_get = state.columns.units(effect.get_from or effect.buy_from)
    together = to_buy.total if to_get is to_buy else to_buy.total + to_get.total
    count = _gained(effect, to_buy.total, to_get.total, together)
    enough = count > 0
    if effect.spend is not None:
        worth = to_buy.by_cart(to_buy.quantity * to_buy.price)
        enough &= worth >= state.minor(effect.spend)
    base = to_get.by_cart(to_get.first(count, effect.which) * to_get.price)
    offered = _offered(state, percentage(base, effect.percent), base)
    return attrs.evolve(offered, why=_unless(enough, effect, state))


def _gained(
    effect: BuyXGetY, buyable: pl.Series, gainable: pl.Series, together: pl.Series
) -> pl.Series:
    """How many units are gained, with so many in each selection and in both together."""
    if effect.buy is None:
        count = least(least(gainable, together - 1), effect.get)
    else:
        each = effect.buy + effect.get
        count = (together // each) * effect.get + most(together % each - effect.buy, 0)
        count = least(least(count, buyable // effect.buy * effect.get), gainable)
        if effect.limit is not None:
            count = least(count, effect.limit * effect.get)
    count = most(count, 0)
    if effect.whole:
        count = count // effect.get * effect.get
    return count if effect.max_units is None else least(count, effect.max_units)


def _nth_of_set(effect: NthOfSet, state: State) -> Asked:
    units = state.columns.units(effect.target)
    overall = effect.spread is Spread.OVERALL
    sets = units.total // effect.size
    for bound in (effect.limit, None if overall else effect.max_units):
        if bound is not None:
            sets = least(sets, bound)
    discounted = sets if effect.max_units is None else least(sets, effect.max_units)
    row = (sets * effect.size).gather(units.at)  # how many units of its cart are in sets
    end = units.ends(effect.order)
    if overall and effect.order is TakenFirst.DEAREST:  # the dearest make sets, sorted as ever
        end = units.ends(TakenFirst.CHEAPEST) - (units.total.gather(units.at) - row)
    passed = [
        _passed(effect, most(least(each, row), 0), sets.gather(units.at))
        for each in (end - units.quantity, end)
    ]
    if overall:
        passed = [least(each, discounted.gather(units.at)) for each in passed]
    base = units.by_cart((passed[1] - passed[0]) * units.price)
    offered = _offered(state, percentage(base, effect.percent), base)
    return attrs.evolve(offered, why=_unless(sets > 0, effect, state))


def _passed(effect: NthOfSet, place: pl.Series, sets: pl.Series) -> pl.Series:
    """How many discounted units there are among the first ones of a row."""
    if effect.spread is Spread.OVERALL:
        return most(place - sets * (effect.position - 1), 0)
    return (place + (effect.size - effect.position)) // effect.size


def _bundle(effect: Bundle, state: State) -> Asked:
    """So many units of each of several selections, which have no goods in common."""
    demand: Counter[Selection] = Counter()
    for part in effect.parts:  # parts of one selection are one part
        demand[part.target] += part.quantity
    stock = [(state.columns.units(target), count) for target, count in demand.items()]
    price = state.minor(effect.price)
    first, *others = [units.total // count for units, count in stock]
    bounds: list[pl.Series | int] = [*others]
    if effect.limit is not None:
        bounds.append(effect.limit)
    if price:
        bounds.append(LARGEST_AMOUNT // price)  # more could not be said as one price
    sets = reduce(least, bounds, first)
    why = _unless(sets > 0, effect, state)

    def cost(sets: pl.Series) -> pl.Series:
        chosen = (
            units.by_cart(units.first(sets * count, effect.which) * units.price)
            for units, count in stock
        )
        return sum(chosen, all_of(0, len(state)))

    if effect.which is TakenFirst.DEAREST:
        sets = _worthwhile(sets, cost, price)
    room = cost(sets)
    offered = _offered(state, most(room - sets * price, 0), room)
    return attrs.evolve(offered, why=why)


def _worthwhile(sets: pl.Series, cost: Callable[[pl.Series], pl.Series], price: int) -> pl.Series:
    """The sets of which each, but for the first, costs more than `price` before the discount.

    The more sets, the less the next one costs: the last one that is worth it is found by halving.
    """
    low, high = least(sets, 1), sets
    while (low < high).any():
        middle = (low + high + 1) // 2
        worth = (cost(middle) - cost(middle - 1) > price) | (low == high)
        low, high = where(worth, middle, low), where(worth, high, middle - 1)
    return low


def _first_and_further(effect: FirstAndFurtherOff, state: State) -> Asked:
    units = state.columns.units(effect.target)
    room = units.by_cart(units.quantity * units.price)
    asked, offers = all_of(0, len(state)), units.total > 0
    if effect.first is not None:
        asked += units.by_cart(least(units.price, state.minor(effect.first)))
    if effect.further is not None:
        count = units.quantity if effect.limit is None else least(units.quantity, effect.limit)
        more = most(count - 1, 0)
        asked += units.by_cart(more * least(units.price, state.minor(effect.further)))
        if effect.first is None:
            offers = units.by_cart(more) > 0
    none = state.text(reasons.NOTHING_SELECTED)
    why = where(units.total > 0, _unless(offers, effect, state), none)
    return attrs.evolve(_offered(state, asked, room), why=why)


def _tiered(effect: TieredPercentOff | TieredAmountOff, state: State) -> Asked:
    left, nothing = _of_lines(state, effect.target)
    found = state.columns.measured(effect.target)
    asked, why = all_of(0, len(state)), state.text(reason_of(effect))
    for tier in effect.tiers:
        if effect.by == "quantity":
            reached = found.quantity >= (tier.from_quantity or 0)
        else:
            reached = found.amount >= (
                0 if tier.from_amount is None else state.minor(tier.from_amount)
            )
        percent = getattr(tier, "percent", None)
        if percent is None:
            given = all_of(state.minor(getattr(tier, "amount")), len(state))  # noqa: B009
        else:
            given = percentage(left, percent)
        asked, why = where(reached, given, asked), where(reached, state.text(""), why)
    return Asked(asked, left, why, nothing)


def _order_percent_off(effect: OrderPercentOff, state: State) -> Asked:
    base = state.columns.amount if effect.of_original else state.goods
    return _offered(state, percentage(base, effect.percent), state.goods)


def _order_amount_off(effect: OrderAmountOff, state: State) -> Asked:
    return _offered(state, all_of(state.minor(effect.amount), len(state)), state.goods)


def _order_fixed_price(effect: OrderFixedPrice, state: State) -> Asked:
    return _offered(state, most(state.goods - state.minor(effect.price), 0), state.goods)


def _shipping(effect: Any, state: State) -> Asked:
    left = state.shipping
    if isinstance(effect, ShippingFixedPrice):
        asked = most(left - state.minor(effect.price), 0)
    elif isinstance(effect, ShippingAmountOff):
        asked = all_of(state.minor(effect.amount), len(state))
    elif isinstance(effect, ShippingPercentOff):
        base = all_of(state.columns.shipping, len(state)) if effect.of_original else left
        asked = percentage(base, effect.percent)
    else:
        asked = left
    why = state.text(state.columns.no_shipping_reason(effect.speeds))
    return attrs.evolve(_offered(state, asked, left), why=why)


_ASKS: dict[type, Callable[[Any, State], Asked]] = {
    AmountOff: _amount_off,
    Bundle: _bundle,
    BuyXGetY: _buy_x_get_y,
    FirstAndFurtherOff: _first_and_further,
    FixedPrice: _fixed_price,
    FreeShipping: _shipping,
    NthOfSet: _nth_of_set,
    OrderAmountOff: _order_amount_off,
    OrderFixedPrice: _order_fixed_price,
    OrderPercentOff: _order_percent_off,
    PercentOff: _percent_off,
    ShippingAmountOff: _shipping,
    ShippingFixedPrice: _shipping,
    ShippingPercentOff: _shipping,
    TieredAmountOff: _tiered,
    TieredPercentOff: _tiered,
}
