"""The best combination against every combination there is (PR-5, PR-14, PR-27).

    python -m tests.best_combination --cases 3000 --seed 1

compares `best_for_customer` with a brute force: each allowed set of promotions is priced by itself
in priority order, the others switched off, and the lowest total counts. Which sets are allowed is
written down here once more, from the rules.
"""

import sys
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from itertools import combinations
from time import perf_counter

import attrs
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from cartcore.money import from_minor, to_minor
from cartcore.policy import Combination, PricingPolicy
from cartcore.promotion import Limits, Promotion, PromotionClass, Trigger
from cartcore.quote import Quote
from cartcore.rules import Selection
from cartcore.rules.builtin.min_subtotal import MinSubtotal
from cartcore.testing.pricing_cases import (
    CURRENCIES,
    EFFECTS,
    Configurations,
    PricingCase,
    case_carts,
    case_products,
)

BEST = PricingPolicy(combination=Combination.BEST_FOR_CUSTOMER)
IN_ORDER = PricingPolicy()


def goes_with(one: Promotion, other: Promotion) -> bool:
    """Whether two promotions may apply to one order (PR-13)."""
    if one.exclusive or other.exclusive:
        return False
    if one.group and one.group == other.group:
        return False
    return one.promotion_class in other.combines_with and other.promotion_class in one.combines_with


def allowed(promotions: tuple[Promotion, ...]) -> Iterator[tuple[Promotion, ...]]:
    """Every set of promotions of which any two go with each other."""
    for count in range(len(promotions) + 1):
        for chosen in combinations(promotions, count):
            if all(goes_with(one, other) for one, other in combinations(chosen, 2)):
                yield chosen


def with_only(case: PricingCase, chosen: tuple[Promotion, ...]) -> Quote:
    """The price with these promotions, the others switched off."""
    switched = tuple(
        each if each in chosen else attrs.evolve(each, enabled=False) for each in case.promotions
    )
    return case.but(promotions=switched, policy=IN_ORDER).price()


def minor(quote: Quote) -> int:
    return to_minor(quote.total, quote.currency)


def costs(case: PricingCase, promotion: Promotion) -> bool:
    """Whether a promotion adds goods that have to be paid for."""
    without = with_only(case, ())
    return minor(with_only(case, (promotion,))) > minor(without)


def lowest(case: PricingCase) -> int:
    """The lowest total that the rules allow, by trying everything."""
    exclusive = [p for p in case.promotions if p.exclusive and applies(with_only(case, (p,)), p)]
    if exclusive:
        first = max(promotion.priority for promotion in exclusive)
        return min(minor(with_only(case, (p,))) for p in exclusive if p.priority == first)
    others = tuple(promotion for promotion in case.promotions if not promotion.exclusive)
    return min(minor(with_only(case, chosen)) for chosen in allowed(others))


def applies(quote: Quote, promotion: Promotion) -> bool:
    decision = quote.decision(promotion.id)
    return decision is not None and decision.applied


def check(case: PricingCase) -> str:
    """Compare one case; what it was about."""
    quote = case.but(policy=BEST).price()
    in_order = case.but(policy=IN_ORDER).price()
    best = lowest(case)

    assert quote.optimal, "the work limit was not to be reached"
    assert minor(quote) == best, (minor(quote), best)
    assert minor(quote) <= minor(in_order)
    # The set that is shown is one of those allowed, and gives that total by itself.
    shown = tuple(p for p in case.promotions if applies(quote, p))
    assert all(goes_with(one, other) for one, other in combinations(shown, 2))
    assert minor(with_only(case, shown)) == best
    # In whatever order they are passed, promotions keep their turn.
    assert quote == case.but(policy=BEST, promotions=case.promotions[::-1]).price()
    check_beaten(case.but(policy=BEST), quote)
    check_beaten(case.but(policy=IN_ORDER), in_order)
    if best == minor(in_order):
        return "priority order is the best"
    return "another set is better than priority order"


def check_beaten(case: PricingCase, quote: Quote) -> None:
    """What beat a promotion, and by how much, is what pricing without the winners says (PR-27)."""
    for decision in quote.decisions:
        if decision.reason != "beaten":
            continue
        loser = next(p for p in case.promotions if p.id == decision.promotion_id)
        applied = [p for p in case.promotions if applies(quote, p)]
        in_the_way = [p for p in applied if not goes_with(p, loser)]
        rest = tuple(p for p in case.promotions if p in applied and p not in in_the_way)
        instead = with_only(case, (*rest, loser))
        assert decision.beaten_by_amount is not None
        difference = to_minor(decision.beaten_by_amount, quote.currency)
        assert difference == minor(instead) - minor(quote), decision
        # Where no promotion is in the way, what was taken off by hand may have left nothing.
        by_hand = [discount.id for discount in case.cart.manual]
        others = [promotion.id for promotion in applied] + by_hand
        winners = [promotion.id for promotion in in_the_way] or others
        assert decision.beaten_by in winners, decision


# --- cases ---

# Whatever adds goods that are charged is no discount to be weighed: see `lowest`.
_WEIGHED = {name: make for name, make in EFFECTS.items() if name != "cartcore.add_product"}


@st.composite
def contested(
    draw: st.DrawFn, effects: dict[str, Configurations] | None = None, most: int = 6
) -> PricingCase:
    """Small carts and promotions that get into each other's way.

    Thresholds that other discounts undercut, units that are used up, groups, exclusive ones,
    classes that do not combine, discounts that are capped by others, and shipping.
    """
    chosen = _WEIGHED if effects is None else effects
    currency = draw(st.sampled_from(CURRENCIES))
    kinds = sorted(chosen)
    promotions = []
    for position in range(draw(st.sampled_from(range(2, most + 1)))):
        thresholds = st.builds(
            MinSubtotal,
            amount=st.integers(200, 4_000).map(lambda units: from_minor(units, currency)),
            after_discounts=st.booleans(),
            target=st.just(Selection()) | st.just(Selection(categories=("Kitchen",))),
        )
        few = st.sampled_from(range(10))
        everything = tuple(PromotionClass)
        promotions.append(
            Promotion(
                id="abcdefghij"[position],
                name=f"No. {position}",
                effect=draw(chosen[draw(st.sampled_from(kinds))](currency)),
                conditions=(draw(thresholds),) if draw(few) < 4 else (),
                priority=draw(st.integers(0, 2)),
                group=draw(st.sampled_from(["", "g", "g", "h"])),
                exclusive=draw(few) == 0,
                combines_with=everything
                if draw(few) < 6
                else tuple(draw(st.lists(st.sampled_from(everything), max_size=3, unique=True))),
                limits=Limits(budget=from_minor(draw(st.integers(50, 3_000)), currency))
                if draw(few) == 0
                else Limits(),
                trigger=Trigger.AUTOMATIC,
            )
        )
    cart = draw(case_carts(currency, counts=st.integers(1, 4), quantities=st.integers(1, 6)))
    return PricingCase(
        cart=attrs.evolve(cart, applied=(), refused=()),
        promotions=tuple(promotions),
        products=case_products(currency),
    )


def compare(count: int, start: int | None = None) -> Counter[str]:
    """Compare so many generated cases; how many there were of each kind."""
    seen: Counter[str] = Counter()

    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink],
    )
    @given(contested())
    def agree(case: PricingCase) -> None:
        seen[check(case)] += 1
        quote = case.but(policy=BEST).price()
        seen[f"{sum(d.reason == 'beaten' for d in quote.decisions)} beaten"] += 1

    (agree if start is None else seed(start)(agree))()
    return seen


def main() -> None:
    """Compare so many cases and print what they were."""
    parser = ArgumentParser(description="Compare the best combination with a brute force.")
    parser.add_argument("--cases", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    began = perf_counter()
    seen = compare(wanted.cases, wanted.seed)
    for what, count in sorted(seen.items()):
        sys.stdout.write(f"{count:6}  {what}\n")
    sys.stdout.write(f"all agree; {perf_counter() - began:.0f} s\n")


if __name__ == "__main__":
    main()
