"""Sets of promotions as column expressions on integers, where they can be written so (SC-12).

What is written here must give the figures and reasons of `price`, or not be written: a scenario
that has anything else is priced cart by cart. Only sums are needed, never what each line gets. So
of the item promotions the first alone may mean some of the lines; those after it, all.
"""

from collections.abc import Iterator
from decimal import Decimal
from functools import cached_property
from typing import Any

import attrs
import polars as pl
from moneyed import Money

from cartcore.cart import CartLine
from cartcore.pricing.candidate import Candidate
from cartcore.pricing.policy import PricingPolicy
from cartcore.promotions import reasons
from cartcore.promotions.offer import Per
from cartcore.promotions.promotion import Promotion, Trigger
from cartcore.promotions.selection import ALL_LINES, Selection
from cartcore.promotions.types import PromotionClass
from cartcore.rules.builtin import (
    AmountOff,
    DistinctProducts,
    FreeShipping,
    MaxSubtotal,
    MinQuantity,
    MinSubtotal,
    OrderAmountOff,
    OrderPercentOff,
    PercentOff,
    ShippingPercentOff,
    TieredAmountOff,
    TieredPercentOff,
)
from cartcore.scenarios.carts import Carts
from cartcore.scenarios.scenario import Scenario
from cartcore.values.money import FINE_PER_MINOR, minor_of

_CONDITIONS = (MinSubtotal, MaxSubtotal, MinQuantity, DistinctProducts)
_TIERED = (TieredPercentOff, TieredAmountOff)
_OF_ITEMS = (PercentOff, AmountOff, *_TIERED)
_OF_ORDERS = (OrderPercentOff, OrderAmountOff)
_OF_SHIPPING = (FreeShipping, ShippingPercentOff)
_ROOM = 2**62


@attrs.frozen(eq=False)
class Compiled:
    """What column expressions found for a scenario.

    `orders` has a row for each cart: number, figures. `counts` are (promotion, reason, carts,
    discount).
    """

    orders: pl.DataFrame
    counts: list[tuple[str, str, int, int]]


def compilable(scenario: Scenario, currency: str) -> bool:
    """Whether a scenario can be written as expressions, for carts of one currency."""
    policy = PricingPolicy(work_limit=scenario.policy.work_limit)
    if attrs.evolve(scenario.policy, on_plugin_error=policy.on_plugin_error) != policy:
        return False
    asked = _in_turn(scenario)
    of_items = [each.effect for each in asked if each.promotion_class is PromotionClass.ITEM]
    return (
        all(_can_be_written(each, currency) for each in asked)
        and all(
            effect.target == ALL_LINES  # type: ignore[attr-defined]
            for effect in of_items[1:]
        )
    )


def _in_turn(scenario: Scenario) -> list[Promotion]:
    """The automatic promotions, in the order of their turns; of others nobody enters a code."""
    found = [each for each in scenario.promotions if each.trigger is Trigger.AUTOMATIC]
    return sorted(found, key=lambda each: Candidate.of(each).rank)


def _can_be_written(promotion: Promotion, currency: str) -> bool:
    candidate, effect = Candidate.of(promotion), promotion.effect
    known = type(effect) in {*_OF_ITEMS, *_OF_ORDERS, *_OF_SHIPPING}
    if not known or candidate.restricted or not candidate.combines:
        return False
    plain = (
        getattr(effect, "limit", None) is None
        and getattr(effect, "group_size", 1) == 1
        and getattr(effect, "per", Per.TOTAL) is Per.TOTAL
        and not getattr(effect, "of_original", False)
    )
    return (
        plain
        and all(type(each) in _CONDITIONS for each in promotion.conditions)
        and all(
            each.target == ALL_LINES
            for each in promotion.conditions
            if getattr(each, "after_discounts", False)
            and isinstance(each, (MinSubtotal, MaxSubtotal))
        )
        and not any(each.sees_discounts for each in _selections(promotion))
        and all(money.currency.code == currency for money in _amounts(promotion))
    )


def _selections(promotion: Promotion) -> Iterator[Selection]:
    for part in (promotion.effect, *promotion.conditions):
        target = getattr(part, "target", None)
        if isinstance(target, Selection):
            yield target


def _amounts(promotion: Promotion) -> Iterator[Money]:
    for part in (promotion.effect, *promotion.conditions):
        for each in (part, *getattr(part, "tiers", ())):
            for name in ("amount", "maximum", "from_amount"):
                money = getattr(each, name, None)
                if money is not None:
                    yield money
    for selection in _selections(promotion):
        yield from selection.bounds()


# --- the carts in columns ---


class Columns:
    """The carts with what was asked of them so far, a row for each; sums by selection are kept."""

    def __init__(self, carts: Carts) -> None:
        self._carts = carts
        lines = carts.lines
        whole, part = pl.col("price") // FINE_PER_MINOR, pl.col("price") % FINE_PER_MINOR
        # Unit price × quantity, rounded half up once for each line (PR-2).
        amount = (
            whole * pl.col("quantity")
            + (part * pl.col("quantity") + FINE_PER_MINOR // 2) // FINE_PER_MINOR
        )
        self._lines = lines.select("cart", "good", "quantity", "product_id", amount=amount)
        # The first look at sums, in floats: what is near the end of 64 bits is not added up here.
        near = self._lines.group_by("cart").agg(pl.col("amount").cast(pl.Float64).sum())
        self.numbers = carts.orders["cart"]
        self.near = carts.orders.select("cart").join(
            near, on="cart", how="left", maintain_order="left"
        )["amount"]
        self._measured: dict[Selection, tuple[pl.Series, ...]] = {}

    @cached_property
    def _goods(self) -> dict[int, CartLine]:
        """Made only for sets that select: thousands of lines take longer than all the sums."""
        return self._carts.goods()

    @property
    def shipping(self) -> int:
        """The price of shipping each cart."""
        speed = self._carts.shipping
        return 0 if speed is None else minor_of(speed.price, speed.price.currency.code)

    def only(self, numbers: pl.Series) -> "Columns":
        """Return the carts with these numbers, in the order of these."""
        other = object.__new__(Columns)
        other._carts = self._carts
        other._lines = self._lines.filter(pl.col("cart").is_in(numbers.implode()))
        other.numbers, other.near, other._measured = numbers, self.near, {}
        return other

    def measured(self, selection: Selection) -> tuple[pl.Series, ...]:
        """Amount, units, different products and lines of a selection, for each cart."""
        if selection not in self._measured:
            among = self._lines
            if selection != ALL_LINES:
                chosen = [i for i, line in self._goods.items() if selection.matches(line)]
                among = among.filter(
                    pl.col("good").is_in(pl.Series(chosen, dtype=pl.Int64).implode())
                )
            sums = among.group_by("cart").agg(
                pl.col("amount", "quantity").sum(),
                products=pl.col("product_id").n_unique().cast(pl.Int64),
                lines=pl.len().cast(pl.Int64),
            )
            found = (
                pl.DataFrame({"cart": self.numbers})
                .join(sums, on="cart", how="left", maintain_order="left")
                .fill_null(0)
            )
            names = ("amount", "quantity", "products", "lines")
            self._measured[selection] = tuple(found[name] for name in names)
        return self._measured[selection]

    def having(self, keys: frozenset[str]) -> pl.Series | None:
        """Which carts have a line with one of these keys; None if all do that need none."""
        if not keys:
            return None
        chosen = [i for i, line in self._goods.items() if not keys.isdisjoint(line.keys)]
        having = self._lines.filter(_is_one_of("good", chosen))["cart"].unique()
        return self.numbers.is_in(having.implode())

    def no_shipping_reason(self, speeds: tuple[str, ...]) -> str:
        """Why speeds discount nothing; empty if every cart goes by one of them."""
        speed = self._carts.shipping
        if speed is None:
            return reasons.NO_SPEED_CHOSEN
        return "" if not speeds or speed.code in speeds else reasons.OTHER_SPEED


def largest(scenario: Scenario) -> int:
    """The largest sum of a cart that stays within 64 bits in every expression of a scenario."""
    most = 1
    for promotion in scenario.promotions:
        for each in (promotion.effect, *getattr(promotion.effect, "tiers", ())):
            percent = getattr(each, "percent", None)
            if percent is not None:
                rate, over = percent.as_integer_ratio()
                most = max(most, rate, over * 100)
    return _ROOM // (4 * most)


# --- one scenario ---


def compute(scenario: Scenario, columns: Columns, currency: str) -> Compiled:
    """Find the figures of every cart under a scenario that is `compilable`."""
    items = columns.measured(ALL_LINES)[0]
    zero = pl.zeros(len(items), dtype=pl.Int64, eager=True)
    shipping = zero + columns.shipping
    left = {False: items, True: shipping}
    counts: list[tuple[str, str, int, int]] = []
    for promotion in _in_turn(scenario):
        effect = promotion.effect
        ships = promotion.promotion_class is PromotionClass.SHIPPING
        asked, why = _asked(effect, columns, left, currency)
        maximum = getattr(effect, "maximum", None)
        if maximum is not None:
            asked = _least(asked, minor_of(maximum, currency))
        base, nothing = _base(effect, columns, left[ships], items)
        for condition in reversed(promotion.conditions):
            holds = _holds(condition, columns, left[False], currency)
            name = type(condition).type_name.removeprefix("cartcore.")
            why = _where(holds, why, pl.repeat(name, len(items), eager=True))
        taken = _least(asked, base)
        open_ = why == ""
        taken = _where(open_, taken, zero)
        why = _where(open_ & (taken == 0), nothing, why)
        why = why.replace("", reasons.APPLIED)
        considered = columns.having(Candidate.of(promotion).keys)
        if considered is not None:
            taken = _where(considered, taken, zero)
        left[ships] = left[ships] - taken
        counts += _counted(promotion.id, why, taken, considered)
    total = left[False] + left[True]
    orders = pl.DataFrame(
        {
            "cart": columns.numbers,
            "items": items,
            "discounts": items + shipping - total,
            "shipping": shipping,
            "tax": zero,
            "total": total,
        }
    )
    return Compiled(orders, counts)


def _counted(
    name: str, why: pl.Series, taken: pl.Series, considered: pl.Series | None
) -> list[tuple[str, str, int, int]]:
    found = pl.DataFrame({"why": why, "taken": taken})
    if considered is not None:
        found = found.filter(considered)
    sums = found.group_by("why").agg(pl.len().cast(pl.Int64), pl.col("taken").cast(pl.Int128).sum())
    return [(name, reason, count, discount) for reason, count, discount in sums.sort("why").rows()]


def _base(
    effect: Any, columns: Columns, left: pl.Series, items: pl.Series
) -> tuple[pl.Series, pl.Series]:
    """What there is to take an effect off, and the reason where it takes nothing."""
    plain = pl.repeat(reasons.NOTHING_TO_DISCOUNT, len(left), eager=True)
    target = getattr(effect, "target", ALL_LINES)
    if target == ALL_LINES:
        return left, plain
    amount, _, _, lines = columns.measured(target)
    # The first item promotion: nothing was taken off these lines before.
    nothing = pl.repeat(reasons.NOTHING_SELECTED, len(items), eager=True)
    return amount, _where(lines > 0, plain, nothing)


def _asked(
    effect: Any, columns: Columns, left: dict[bool, pl.Series], currency: str
) -> tuple[pl.Series, pl.Series]:
    """What an effect asks for, and why it asks for nothing where it does."""
    goods = left[False]
    fine = pl.repeat("", len(goods), eager=True)
    if isinstance(effect, _OF_SHIPPING):
        percent = 100 if isinstance(effect, FreeShipping) else effect.percent
        reason = columns.no_shipping_reason(effect.speeds)
        return _percent(left[True], percent), pl.repeat(reason, len(goods), eager=True)
    target = getattr(effect, "target", ALL_LINES)
    base = goods if target == ALL_LINES else columns.measured(target)[0]
    if not isinstance(effect, _TIERED):
        return _of(effect, base, currency), fine
    amount, units, _, _ = columns.measured(target)
    name = effect.type_name.removeprefix("cartcore.")
    asked = pl.zeros(len(goods), dtype=pl.Int64, eager=True)
    why = pl.repeat(name, len(goods), eager=True)
    for tier in effect.tiers:
        if effect.by == "quantity":
            reached = units >= (tier.from_quantity or 0)
        else:
            start = tier.from_amount
            reached = amount >= (0 if start is None else minor_of(start, currency))
        asked = _where(reached, _of(tier, base, currency), asked)
        why = _where(reached, fine, why)
    return asked, why


def _of(given: Any, base: pl.Series, currency: str) -> pl.Series:
    """A percentage or an amount, of so much."""
    percent = getattr(given, "percent", None)
    if percent is not None:
        return _percent(base, percent)
    return pl.repeat(minor_of(given.amount, currency), len(base), dtype=pl.Int64, eager=True)


def _percent(base: pl.Series, percent: Decimal | int) -> pl.Series:
    rate, over = Decimal(percent).as_integer_ratio()
    return (base * (2 * rate) + over * 100) // (2 * over * 100)


def _holds(condition: Any, columns: Columns, goods: pl.Series, currency: str) -> pl.Series:
    amount, units, products, _ = columns.measured(condition.target)
    if isinstance(condition, MinQuantity):
        return units >= condition.quantity
    if isinstance(condition, DistinctProducts):
        return products >= condition.count
    have = goods if condition.after_discounts else amount
    bound = minor_of(condition.amount, currency)
    return have >= bound if isinstance(condition, MinSubtotal) else have <= bound


def _where(mask: pl.Series, then: pl.Series, otherwise: pl.Series) -> pl.Series:
    return then.zip_with(mask, otherwise)


def _least(one: pl.Series, other: pl.Series | int) -> pl.Series:
    bound = (
        pl.repeat(other, len(one), dtype=pl.Int64, eager=True) if isinstance(other, int) else other
    )
    return _where(one <= bound, one, bound)


def _is_one_of(column: str, numbers: list[int]) -> pl.Expr:
    return pl.col(column).is_in(pl.Series(numbers, dtype=pl.Int64).implode())
