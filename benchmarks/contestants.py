"""Who is measured in this process: the floor, and cartcore, used in several ways."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import attrs
from moneyed import USD, Money

from benchmarks import floor, ours
from benchmarks.measuring import Call, Contestant, Local
from benchmarks.workloads import Workload, sizes
from cartcore.cart import Cart
from cartcore.documents.serializer import Serializer
from cartcore.pricing.engine import price
from cartcore.pricing.policy import DEFAULT_POLICY, PricingPolicy
from cartcore.pricing.promotion_set import PromotionSet
from cartcore.pricing.quote import Quote
from cartcore.promotions.types import TaxCalculator
from cartcore.values.money import to_minor

FLOOR = "floor, cents"
FLOOR_MONEY = "floor, Money"
OURS = "cartcore"
AGAIN = "… a cart priced before"
BUILT = "… the cart made too"
BY_PROMOTION = "… rounded by promotion"
TOTAL = "… and its total read"
JSON = "… and written to JSON"
EXPLAINED = "… and explained"
TAX_ADDED = "… with tax"
TAX_CONTAINED = "… with tax in the prices"
WITHIN_LIMIT = "… within the limit"
EVERY = "every combination tried"


def floors(work: Workload) -> dict[str, Contestant]:
    """The floor on both kinds of numbers."""
    return {FLOOR: _floor(work, floor.CENTS), FLOOR_MONEY: _floor(work, floor.MONEY)}


def _floor(work: Workload, numbers: floor.Arithmetic) -> Contestant:
    ready = floor.ready(work, numbers)
    call: Call = partial(floor.price, ready.lines, ready)
    if work.grown:
        call = partial(_grown, ready, sizes(work))
    return Local(lambda calls: [call] * calls, _cents)


def _grown(ready: floor.Ready, sizes: range) -> Any:
    total = None
    for size in sizes:
        total = floor.price(ready.lines[:size], ready)
    return total


def _cents(total: int | Money) -> int:
    return to_minor(total, USD) if isinstance(total, Money) else total


def every_combination(work: Workload) -> Contestant:
    """The floor of W6."""
    return Local(lambda calls: [partial(floor.lowest, work)] * calls, _cents)


def cartcore(work: Workload, policy: PricingPolicy = ours.BY_LINE) -> Local:
    """Cartcore on carts that were never priced before; making them is not timed."""
    return _cartcore(work, ours.promotions(work.rules), policy, None)


def ways_of_use(work: Workload) -> dict[str, Contestant]:
    """Cartcore as above, and with one thing changed each."""
    promotions = ours.promotions(work.rules)
    carts = ours.carts(work)
    again = partial(_price_each, carts, promotions, ours.BY_LINE, None)
    if len(carts) == 1:
        again = partial(price, carts[0], promotions, at=ours.AT, policy=ours.BY_LINE)
    built = partial(_make_and_price, carts, promotions)
    return {
        OURS: _cartcore(work, promotions, ours.BY_LINE, None),
        AGAIN: Local(lambda calls: [again] * calls, _total),
        BUILT: Local(lambda calls: [built] * calls, _total),
        BY_PROMOTION: _cartcore(work, promotions, DEFAULT_POLICY, None),
        TOTAL: _cartcore(work, promotions, ours.BY_LINE, _read_total),
        JSON: _cartcore(work, promotions, ours.BY_LINE, Serializer().dumps),
        EXPLAINED: _cartcore(work, promotions, ours.BY_LINE, Quote.explain),
    }


def with_tax(work: Workload, *, read: bool) -> dict[str, Contestant]:
    """Cartcore without tax, with two rates, and with these in the prices; the total `read` too."""
    promotions = ours.promotions(work.rules)
    total = _read_total if read else None
    return {
        OURS: _cartcore(work, promotions, ours.BY_LINE, total),
        TAX_ADDED: _cartcore(work, promotions, ours.BY_LINE, total, ours.TwoRates()),
        TAX_CONTAINED: _cartcore(
            work, promotions, ours.BY_LINE, total, ours.TwoRates(), contained=True
        ),
    }


def _read_total(quote: Quote) -> object:
    return quote.total


def _cartcore(
    work: Workload,
    promotions: PromotionSet,
    policy: PricingPolicy,
    read: Callable[[Quote], object] | None,
    tax: TaxCalculator | None = None,
    *,
    contained: bool = False,
) -> Local:
    known = [attrs.evolve(cart, prices_include_tax=contained) for cart in ours.carts(work)]

    def make(calls: int) -> Sequence[Call]:
        unseen = [[_unseen(cart) for cart in known] for _ in range(calls)]
        if work.grown or read is not None:
            return [partial(_price_each, carts, promotions, policy, read, tax) for carts in unseen]
        return [
            partial(price, cart, promotions, at=ours.AT, policy=policy, tax=tax)
            for (cart,) in unseen
        ]

    return Local(make, _total)


def _unseen(cart: Cart) -> Cart:
    """The same cart, without what the engine remembers of it."""
    return Cart(
        currency=cart.currency,
        lines=cart.lines,
        shipments=cart.shipments,
        prices_include_tax=cart.prices_include_tax,
    )


def _price_each(
    carts: Sequence[Cart],
    promotions: PromotionSet,
    policy: PricingPolicy,
    read: Callable[[Quote], object] | None,
    tax: TaxCalculator | None = None,
) -> Quote:
    for cart in carts:
        quote = price(cart, promotions, at=ours.AT, policy=policy, tax=tax)
        if read is not None:
            read(quote)
    return quote


def _make_and_price(carts: Sequence[Cart], promotions: PromotionSet) -> Quote:
    for cart in carts:
        quote = price(_unseen(cart), promotions, at=ours.AT, policy=ours.BY_LINE)
    return quote


def _total(quote: Quote) -> int:
    return to_minor(quote.total, USD)
