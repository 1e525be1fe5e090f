"""Free goods that promotions add, as figures of carts (SC-12).

A free gift changes nothing for later promotions (PR-31): it adds to the items what it takes off, if
nothing else in the set looks at it.
"""

from collections.abc import Mapping, Sequence

import attrs
import polars as pl

from cartcore.cart import LARGEST_QUANTITY, CartLine
from cartcore.pricing.candidate import Candidate
from cartcore.pricing.tied_lines import tied_lines
from cartcore.promotions.offer import Ineligible
from cartcore.promotions.promotion import Promotion
from cartcore.promotions.selection import ALL_LINES, Selection
from cartcore.rules.builtin import AddProduct
from cartcore.scenarios.column_conditions import reason_of
from cartcore.scenarios.columns import all_of, least, most, where
from cartcore.scenarios.state import State
from cartcore.shop.product import Product
from cartcore.values.money import FINE_PER_MINOR

_FREE = 100
_DEAREST = 10**9 * FINE_PER_MINOR  # so that no sum of gifts is beyond 64 bits
_NOTHING_MISSING = "nothing_missing"


def lines_of(
    promotion: Promotion, products: Mapping[str, Product], currency: str
) -> Sequence[CartLine] | None:
    """The lines that a promotion adds once; None where columns do not say what becomes of them.

    That is where goods are not free, cannot be had, may not be discounted, or have no whole price.
    """
    effect = promotion.effect
    if not isinstance(effect, AddProduct) or effect.percent != _FREE:
        return None
    if effect.top_up and len({item.product_id for item in effect.items}) < len(effect.items):
        return None  # which of them the goods in the cart stand for, decides their price
    lines = tied_lines(promotion.id, effect.items, {}, products, currency)
    if isinstance(lines, Ineligible) or not all(map(_is_plain, lines)):
        return None
    return lines


def seen_by(lines: Sequence[CartLine], other: Candidate, selections: Sequence[Selection]) -> bool:
    """Whether another promotion, with these selections, may look at lines that were added."""
    return other.counts_gifts or any(
        not other.keys.isdisjoint(line.keys)
        or any(each != ALL_LINES and each.matches(line) for each in selections)
        for line in lines
    )


def _is_plain(line: CartLine) -> bool:
    whole, part = divmod(line.fine_price, FINE_PER_MINOR)
    floor = line.minimum_price
    return (
        whole > 0 and not part and line.fine_price <= _DEAREST and line.discountable and not floor
    )


@attrs.frozen(eq=False)
class Gifts:
    """What a promotion adds to each cart, and why it adds nothing; empty where it does."""

    worth: pl.Series
    why: pl.Series


def gifts(promotion: Promotion, effect: AddProduct, state: State) -> Gifts:
    """What free goods are worth in each cart."""
    times = all_of(1, len(state))
    if effect.per_unit_of is not None:
        times = state.columns.measured(effect.per_unit_of).quantity
    worth = units = all_of(0, len(state))
    lines = tied_lines(promotion.id, effect.items, {}, state.products, state.currency)
    assert not isinstance(lines, Ineligible)  # noqa: S101  (see `lines_of`)
    for item, line in zip(effect.items, lines, strict=True):
        added = least(times * item.quantity, LARGEST_QUANTITY)
        if effect.top_up and not item.options:  # lines of frames have no options
            added = most(added - state.columns.of_product(item.product_id), 0)
        worth += added * (line.fine_price // FINE_PER_MINOR)
        units += added
    missing = where(units > 0, state.text(""), state.text(_NOTHING_MISSING))
    return Gifts(worth, where(times > 0, missing, state.text(reason_of(effect))))
