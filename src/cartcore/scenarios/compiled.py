"""Sets of promotions as column expressions on integers, where they can be written so (SC-12).

What is written here must give the figures and reasons of `price`, or not be written: a scenario
that has anything else is priced cart by cart. Only sums are kept, never what each line gets. So an
item promotion may choose among lines or units only where none before it took anything off them.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any

import attrs
import polars as pl
from moneyed import Money

from cartcore.pricing.candidate import Candidate
from cartcore.pricing.conflicts import conflicts
from cartcore.pricing.policy import PricingPolicy
from cartcore.promotions import reasons
from cartcore.promotions.promotion import Promotion, Trigger
from cartcore.promotions.selection import ALL_LINES, Selection
from cartcore.promotions.types import PromotionClass
from cartcore.rules.builtin import MaxSubtotal, MinSubtotal
from cartcore.scenarios import column_conditions, column_effects, column_gifts
from cartcore.scenarios.columns import Columns, all_of, least, where
from cartcore.scenarios.scenario import Scenario
from cartcore.scenarios.state import State

_PRODUCT = PromotionClass.PRODUCT
_ROOM = 2**62
_MOST = 2**31  # so many units or orders in a definition; more is left to `price`


@attrs.frozen(eq=False)
class Compiled:
    """What column expressions found for a scenario.

    `orders` has a row for each cart: number, figures. `counts` are (promotion, reason, carts,
    discount).
    """

    orders: pl.DataFrame
    counts: list[tuple[str, str, int, int]]


# --- what can be written ---


def compilable(scenario: Scenario, columns: Columns, currency: str) -> bool:
    """Whether a scenario can be written as expressions, for carts of one currency."""
    policy = PricingPolicy(work_limit=scenario.policy.work_limit)
    if scenario.tax is not None:
        return False
    if attrs.evolve(scenario.policy, on_plugin_error=policy.on_plugin_error) != policy:
        return False
    turns = [promotion for _, promotion in _with_promotions(_in_turn(scenario))]
    if scenario.codes and _needs_goods(scenario):
        return False
    return (
        all(_can_be_written(each, currency) for each in turns)
        and _gifts_can_be_written(scenario, currency)
        and _nothing_taken_before(turns, columns)
    )


def inside(scenario: Scenario, columns: Columns) -> pl.Series:
    """Which carts expressions can be computed for: small figures, and prices that are not finer."""
    small = columns.within(_largest(scenario))
    if any(column_effects.by_units(each.effect) for each in scenario.promotions):
        small &= ~columns.finer
    return small


def _in_turn(scenario: Scenario) -> list[Candidate]:
    """The automatic promotions, and those whose codes are entered, in the order of their turns."""
    entered = {each.promotion_id: place for place, each in enumerate(scenario.entered, 1)}
    ranked = []
    for promotion in scenario.promotions:
        candidate = Candidate.of(_as_automatic(promotion))
        if promotion.id in entered:
            ranked.append((candidate.rank_at(entered[promotion.id]), candidate))
        elif promotion.trigger is Trigger.AUTOMATIC:
            ranked.append((candidate.rank, candidate))
    return [candidate for _, candidate in sorted(ranked, key=itemgetter(0))]


def _as_automatic(promotion: Promotion) -> Promotion:
    """A promotion as it is once its code is entered."""
    if promotion.trigger is Trigger.AUTOMATIC:
        return promotion
    limits = attrs.evolve(promotion.limits, per_code=None)
    return attrs.evolve(promotion, trigger=Trigger.AUTOMATIC, codes=(), limits=limits)


def _needs_goods(scenario: Scenario) -> bool:
    """Whether a code is entered for goods that a cart need not have, which has other reasons."""
    entered = {each.promotion_id for each in scenario.entered}
    return any(each.keys for each in _in_turn(scenario) if each.id in entered)


def _can_be_written(promotion: Promotion, currency: str) -> bool:
    return (
        (promotion.promotion_class is _PRODUCT or column_effects.is_known(promotion.effect))
        and all(map(column_conditions.can_be_written, promotion.conditions))
        and all(
            part.target == ALL_LINES
            for part in _parts(promotion)
            if isinstance(part, (MinSubtotal, MaxSubtotal)) and part.after_discounts
        )
        and not any(each.sees_discounts for each in _selections(promotion))
        and all(money.currency.code == currency for money in _amounts(promotion))
        and all(number <= _MOST for number in _numbers(promotion))
    )


def _gifts_can_be_written(scenario: Scenario, currency: str) -> bool:
    """Whether all that promotions add is free, and no other one of the set may look at it."""
    candidates = _in_turn(scenario)
    for candidate, promotion in _with_promotions(candidates):
        if candidate.kind is not _PRODUCT:
            continue
        lines = column_gifts.lines_of(promotion, scenario.by_id, currency)
        if lines is None or any(
            column_gifts.seen_by(lines, other, [*_selections(its)])
            for other, its in _with_promotions(candidates)
            if other is not candidate
        ):
            return False
    return True


def _with_promotions(candidates: Sequence[Candidate]) -> Iterator[tuple[Candidate, Promotion]]:
    """Candidates with what they are of; nobody gives discounts by hand here."""
    for candidate in candidates:
        if candidate.promotion is not None:
            yield candidate, candidate.promotion


def _nothing_taken_before(turns: Sequence[Promotion], columns: Columns) -> bool:
    """Whether each item promotion that chooses does so among goods that none before it is for."""
    of_items = [each.effect for each in turns if each.promotion_class is PromotionClass.ITEM]
    chosen = [column_effects.chooses(effect) for effect in of_items]
    if any(chosen[1:]) and not all(chosen[: max(i for i, each in enumerate(chosen) if each)]):
        return False
    different = [dict.fromkeys(each) for each in chosen if each]
    if len(different) == 1 and len(different[0]) == 1:
        return True  # the usual case: no goods have to be looked at
    taken: set[int] = set()
    for selections in different:
        for selection in selections:
            own = columns.goods(selection)
            if not taken.isdisjoint(own):
                return False
            taken |= own
    return True


def _parts(promotion: Promotion) -> Iterator[Any]:
    yield promotion.effect
    yield from getattr(promotion.effect, "tiers", ())
    yield from getattr(promotion.effect, "parts", ())
    yield from getattr(promotion.effect, "items", ())
    for condition in promotion.conditions:
        yield from column_conditions.parts_of(condition)


def _selections(promotion: Promotion) -> Iterator[Selection]:
    for part in _parts(promotion):
        for name in ("target", "buy_from", "get_from", "per_unit_of"):
            selection = getattr(part, name, None)
            if isinstance(selection, Selection):
                yield selection


def _amounts(promotion: Promotion) -> Iterator[Money]:
    if promotion.limits.budget is not None:
        yield promotion.limits.budget
    yield from _values(promotion, Money)
    for selection in _selections(promotion):
        yield from selection.bounds()


def _numbers(promotion: Promotion) -> Iterator[int]:
    return _values(promotion, int)


def _values(promotion: Promotion, kind: type) -> Iterator[Any]:
    for part in _parts(promotion):
        for field in attrs.fields(type(part)):
            value = getattr(part, field.name)
            if isinstance(value, kind):
                yield value


def _largest(scenario: Scenario) -> int:
    """The largest sum of a cart that stays within 64 bits in every expression of a scenario."""
    most = 1
    for promotion in scenario.promotions:
        for part in _parts(promotion):
            percent = getattr(part, "percent", None)
            if percent is not None:
                rate, over = percent.as_integer_ratio()
                most = max(most, rate, over * 100)
    return _ROOM // (4 * most)


# --- one scenario ---


def compute(scenario: Scenario, columns: Columns, currency: str, at: datetime | None) -> Compiled:
    """Find the figures of every cart under a scenario that is `compilable`."""
    start = state = State.start(columns, currency, at, scenario.by_id)
    added = all_of(0, len(state))
    turns = _in_turn(scenario)
    alone = _first_exclusive(turns, start)
    apart = conflicts(turns) or [0] * len(turns)
    applied: list[pl.Series] = []
    counts: list[tuple[str, str, int, int]] = []
    for turn, candidate in enumerate(turns):
        taken, why = _turn(candidate, state)
        beaten = _beaten(
            turn,
            candidate,
            alone,
            [each for other, each in enumerate(applied) if apart[turn] >> other & 1],
        )
        if beaten is not None:
            why = where(beaten & (taken > 0), state.text(reasons.BEATEN), why)
            taken = where(beaten, all_of(0, len(state)), taken)
        applied.append(taken > 0)
        if candidate.kind is _PRODUCT:  # free: what is added is taken off
            added += taken
        elif candidate.ships:
            state = attrs.evolve(state, shipping=state.shipping - taken)
        else:
            state = attrs.evolve(state, goods=state.goods - taken)
        counts += _counted(candidate.id, why, taken, columns.having(candidate.keys))
    items, shipping, total = start.goods + added, start.shipping, state.goods + state.shipping
    orders = pl.DataFrame(
        {
            "cart": columns.orders["cart"],
            "items": items,
            "discounts": items + shipping - total,
            "shipping": shipping,
            "tax": all_of(0, len(state)),
            "net": total,
            "gross": total,
            "total": total,
        }
    )
    return Compiled(orders, counts)


def _turn(candidate: Candidate, state: State) -> tuple[pl.Series, pl.Series]:
    """What a promotion takes in each cart, and the reason: `applied`, or why it takes nothing."""
    promotion = candidate.promotion
    assert promotion is not None  # noqa: S101  (nobody gives discounts by hand)
    found = column_effects.ask(promotion, state)
    asked, why = found.asked, found.why
    maximum = getattr(promotion.effect, "maximum", None)
    if maximum is not None:
        asked = least(asked, state.minor(maximum))
    for condition in reversed(promotion.conditions):
        unmet = state.text(column_conditions.reason_of(condition))
        why = where(column_conditions.holds(condition, state), why, unmet)
    why = _closed(promotion, state, why)
    nothing = all_of(0, len(state))
    offered = why == ""
    taken = where(offered, least(asked, found.room), nothing)
    why = where(offered & (taken == 0), found.nothing, why)
    if promotion.limits.budget is not None:
        over = taken > state.minor(promotion.limits.budget)
        why = where(over, state.text(reasons.BUDGET_EXCEEDED), why)
        taken = where(over, nothing, taken)
    having = state.columns.having(candidate.keys)
    if having is not None:
        taken = where(having, taken, nothing)
    return taken, why.replace("", reasons.APPLIED)


def _closed(promotion: Promotion, state: State, why: pl.Series) -> pl.Series:
    """Say first of all that a promotion is out of the question at the time of a cart (PR-8)."""
    if not promotion.enabled:
        return state.text(reasons.DISABLED)
    if promotion.ends_at is not None:
        why = where(state.at >= promotion.ends_at, state.text(reasons.EXPIRED), why)
    if promotion.starts_at is not None:
        why = where(state.at < promotion.starts_at, state.text(reasons.NOT_STARTED), why)
    return why


def _first_exclusive(turns: Sequence[Candidate], start: State) -> pl.Series | None:
    """Which exclusive promotion each cart has for itself, by its turn; -1 for none (PR-13)."""
    found = [(turn, each) for turn, each in enumerate(turns) if each.exclusive]
    if not found:
        return None
    alone = all_of(-1, len(start))
    for turn, candidate in sorted(found, key=lambda pair: _priority(pair[1])):
        taken, _ = _turn(candidate, start)
        alone = where((alone < 0) & (taken > 0), all_of(turn, len(start)), alone)
    return alone


def _priority(candidate: Candidate) -> int:
    return 0 if candidate.promotion is None else -candidate.promotion.priority


def _beaten(
    turn: int, candidate: Candidate, alone: pl.Series | None, rivals: Sequence[pl.Series]
) -> pl.Series | None:
    """In which carts a promotion cannot have its turn, because others have theirs (PR-13)."""
    beaten = None
    for applied in rivals:
        beaten = applied if beaten is None else beaten | applied
    if alone is None:
        return beaten
    if beaten is None or candidate.exclusive:
        beaten = pl.repeat(candidate.exclusive, len(alone), dtype=pl.Boolean, eager=True)
    return where(alone < 0, beaten, alone != turn)


def _counted(
    name: str, why: pl.Series, taken: pl.Series, considered: pl.Series | None
) -> list[tuple[str, str, int, int]]:
    found = pl.DataFrame({"why": why, "taken": taken})
    if considered is not None:
        found = found.filter(considered)
    sums = found.group_by("why").agg(pl.len().cast(pl.Int64), pl.col("taken").cast(pl.Int128).sum())
    return [(name, reason, count, discount) for reason, count, discount in sums.sort("why").rows()]
