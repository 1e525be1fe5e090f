"""The benchmarks measure the same work: their totals agree, whoever computes them (PR-23)."""

import pytest
from moneyed import USD

from benchmarks import floor, ours
from benchmarks.workloads import MAKERS, Workload, sizes, workload
from cartcore.pricing.engine import price
from cartcore.pricing.policy import DEFAULT_POLICY, PricingPolicy
from cartcore.values.money import from_minor, to_minor

SMALL = ("W1", "W2", "W3", "P5", "P50", "L10", "L50", "L200", "G50", "G150")


def totals(work: Workload, policy: PricingPolicy) -> list[int]:
    promotions = ours.promotions(work.rules)
    quotes = [price(cart, promotions, at=ours.AT, policy=policy) for cart in ours.carts(work)]
    return [to_minor(quote.total, USD) for quote in quotes]


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize("policy", [ours.BY_LINE, DEFAULT_POLICY])
def test_a_workload_costs_what_the_floor_says(name: str, policy: PricingPolicy) -> None:
    """A total is that of bare functions on integers, rounded by line and by promotion (PR-7)."""
    work = workload(name)
    ready = floor.ready(work, floor.CENTS)
    total = floor.price(ready.lines, ready, by_line=policy is ours.BY_LINE)

    assert [total] == totals(work, policy)


def test_a_growing_cart_costs_what_the_floor_says_at_each_size() -> None:
    """Each of the totals of W5 up to 40 lines is that of the floor."""
    whole = workload("W5")
    work = whole._replace(lines=whole.lines[:40])
    ready = floor.ready(work, floor.CENTS)

    assert [floor.price(ready.lines[:n], ready) for n in sizes(work)] == totals(work, ours.BY_LINE)
    assert range(1, 41) == sizes(work)


@pytest.mark.parametrize("name", ["W1", "W2"])
def test_the_floor_on_money_is_the_floor_on_cents(name: str) -> None:
    """Both kinds of numbers come to one total."""
    work = workload(name)
    cents, money = floor.ready(work, floor.CENTS), floor.ready(work, floor.MONEY)

    total = from_minor(floor.price(cents.lines, cents), USD)
    assert total == floor.price(money.lines, money)


@pytest.mark.parametrize("rivals", range(2, 15))
def test_the_best_of_rivals_is_the_best_of_all_combinations(rivals: int) -> None:
    """W6 finds the total that trying every allowed combination finds (PR-14)."""
    work = workload(f"R{rivals}")

    assert [floor.lowest(work)] == totals(work, ours.BEST)


def test_thirty_rivals_are_proven_within_the_limit() -> None:
    """PR-14: that discounts make minimums unmet leaves few enough combinations to try.

    Without the limit it is the same total: nothing was left out that is better.
    """
    work = workload("R30")
    (cart,) = ours.carts(work)
    found, proven = (
        price(cart, ours.promotions(work.rules), at=ours.AT, policy=policy)
        for policy in (ours.BEST_WITHIN_LIMIT, ours.BEST)
    )

    assert (found.optimal, found.bound) == (True, None)
    assert found.total == proven.total == from_minor(24906, USD)


def test_known_totals() -> None:
    """The totals of the definition: of carts and promotions made with other seeds they differ."""
    found = {}
    for name in MAKERS:
        ready = floor.ready(workload(name), floor.CENTS)
        found[name] = floor.price(ready.lines, ready)

    assert {"W1": 472_05, "W2": 5239_97, "W3": 472_05, "W4": 472_05, "W5": 9997_38} == found
