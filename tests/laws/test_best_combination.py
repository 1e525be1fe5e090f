"""Which promotions apply where not all can: the best for the customer (PR-14, PR-27)."""

from itertools import combinations
from random import Random

import attrs
import pytest

from cartcore.pricing.policy import Combination, PricingPolicy
from cartcore.promotions.promotion import Promotion
from cartcore.rules import Selection
from cartcore.rules.builtin import AmountOff, FreeShipping, OrderAmountOff, PercentOff
from cartcore.testing.pricing import PricingCase
from tests.laws.best_combination import BEST, IN_ORDER, compare, goes_with, minor
from tests.support.carts import AT, cart, line, parcel, promotion, speed, usd


def test_the_best_of_all_there_are() -> None:
    """The lowest total of all allowed sets is found, and who was beaten by how much (PR-14, PR-27).

    No part of the bound is lower than what a set takes. `python -m tests.laws.best_combination`
    compares more cases.
    """
    seen = compare(300)

    assert seen["another set is better than priority order"]
    assert seen["places where the bound was compared"] > 300
    assert seen["places with a promotion that never hurts"]


def test_shipping_counts_beside_goods_that_are_discounted_away() -> None:
    """Of a group with goods and shipping, the one of shipping: 0.00 and not 5.00 (PR-13, PR-14).

    A gift card takes all goods, so 20 % or 10.00 off them are worth nothing beside it.
    """
    given = cart(line("MUG", "40.00"), shipments=(parcel("S1", ("MUG", 1), by=speed("5.00")),))
    promotions = (
        promotion(PercentOff(percent="20"), "sale", group="campaign"),
        promotion(OrderAmountOff(amount=usd("10.00")), "ten", group="campaign"),
        promotion(FreeShipping(), "free", group="campaign"),
        promotion(OrderAmountOff(amount=usd("50.00")), "card", priority=1),
    )
    quote = PricingCase(cart=given, promotions=promotions, policy=BEST, at=AT).price()

    assert (quote.total, quote.optimal) == (usd("0.00"), True)
    assert {d.promotion_id for d in quote.decisions if d.applied} == {"free", "card"}


# --- many promotions, of which each has a line of its own to take an amount off: the best set is an
# independent set of the largest weight, which is found without pricing anything ------------------


def additive(count: int, seed: int, groups: int) -> PricingCase:
    """Amounts off lines of their own, in groups and with classes that do not combine."""
    chance = Random(seed)  # noqa: S311  (repeatable)
    given = cart(*(line(f"L{n}", "50.00") for n in range(count)))
    promotions = tuple(
        promotion(
            AmountOff(
                amount=usd(f"{chance.randint(100, 4999) / 100:.2f}"),
                target=Selection(skus=(f"L{n}",)),
            ),
            f"p{n:02}",
            group=f"g{chance.randrange(groups)}",
            priority=chance.randrange(3),
        )
        for n in range(count)
    )
    return PricingCase(cart=given, promotions=promotions, at=AT)


def amount(each: Promotion) -> int:
    assert isinstance(each.effect, AmountOff)
    return int(each.effect.amount.amount * 100)


def heaviest(promotions: tuple[Promotion, ...]) -> int:
    """The most that allowed sets take off together: component by component, all their subsets."""
    rivals: dict[str, set[str]] = {each.id: set() for each in promotions}
    for one, other in combinations(promotions, 2):
        if not goes_with(one, other):
            rivals[one.id].add(other.id)
            rivals[other.id].add(one.id)
    weight = {each.id: amount(each) for each in promotions}

    def most(free: frozenset[str]) -> int:
        if not free:
            return 0
        first = max(free, key=lambda each: (len(rivals[each] & free), each))
        with_it = weight[first] + most(free - rivals[first] - {first})
        if not rivals[first] & free:
            return with_it
        return max(with_it, most(free - {first}))

    together = 0
    waiting = set(rivals)
    while waiting:
        component: set[str] = set()
        border = {next(iter(sorted(waiting)))}
        while border:
            component |= border
            border = {far for near in border for far in rivals[near]} - component
        waiting -= component
        together += most(frozenset(component))
    return together


@pytest.mark.parametrize(("count", "groups"), [(20, 5), (30, 10), (60, 20)])
def test_hard_instances(count: int, groups: int) -> None:
    """Up to 60 promotions in conflict: what is said of the result is true (PR-14).

    Never worse than priority order; `optimal` only for the true optimum, and else no farther from
    it than the bound, however little the search may look.
    """
    case = additive(count, seed=count, groups=groups)
    best = 100 * 50 * count - heaviest(case.promotions)
    in_order = case.but(policy=IN_ORDER).price()

    for limit in (1, 100, 2_000):
        found = case.but(policy=attrs.evolve(BEST, work_limit=limit)).price()
        bound = 0 if found.bound is None else int(found.bound.amount * 100)
        assert best <= minor(found) <= minor(in_order)
        assert minor(found) - bound <= best
        assert found.optimal == (found.bound is None)
        if found.optimal:
            assert minor(found) == best


def test_overlapping_discounts() -> None:
    """Fourteen promotions on the same lines, any two of a ring in conflict (PR-14).

    Amounts off lines that are large enough are additive, so the best set is known: of a ring, no
    two neighbours. Neighbours share one of two groups by turns, which only a search finds.
    """
    chance = Random(7)  # noqa: S311  (repeatable)
    given = cart(*(line(f"L{n}", "900.00") for n in range(3)))
    promotions = tuple(
        promotion(
            AmountOff(amount=usd(f"{chance.randint(1, 9999) / 100:.2f}")),
            f"p{n:02}",
            group=f"g{n // 2}",
            priority=chance.randrange(3),
        )
        for n in range(14)
    )
    best = 270_000 - sum(
        max(amount(one), amount(other))
        for one, other in zip(promotions[::2], promotions[1::2], strict=True)
    )
    quote = PricingCase(cart=given, promotions=promotions, policy=BEST, at=AT).price()

    assert (True, best) == (quote.optimal, minor(quote))


def test_a_bound_is_told() -> None:
    """Where the search ends early, the quote says so, with how much could be missing (PR-14)."""
    case = additive(40, seed=3, groups=8)
    policy = PricingPolicy(combination=Combination.BEST_FOR_CUSTOMER, work_limit=1)
    quote = case.but(policy=policy).price()

    assert quote.optimal or (quote.bound is not None and quote.bound > usd("0.00"))
