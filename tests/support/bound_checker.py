"""Each part of the search's bound against what completions really take (PR-14).

It goes down every branch there is, without the bound, and keeps what each set of promotions took.
At every place in the tree it then compares what each part says can still be taken with what the
sets below took: by themselves, within each clique, and together. Where a promotion is said never
to hurt, the best set with it is compared with the best one without.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC
from typing import NamedTuple

from cartcore.pricing.bound import Bound, Estimate, cliques, percentages
from cartcore.pricing.candidates import candidates
from cartcore.pricing.conflicts import conflicts
from cartcore.pricing.dominance import harmless
from cartcore.pricing.foreseen import foresee
from cartcore.pricing.ledger import Ledger
from cartcore.pricing.pools import pools_of
from cartcore.pricing.promotion_set import PromotionSet
from cartcore.pricing.request import PricingRequest
from cartcore.pricing.turn import Applied
from cartcore.pricing.turns import Turns
from cartcore.promotions.opaque import attributes_read
from cartcore.promotions.types import PromotionClass
from cartcore.testing.pricing import PricingCase


class Took(NamedTuple):
    """What a candidate took in one set, and what was left of all goods before."""

    position: int
    took: int
    left: int


class Completion(NamedTuple):
    """What a set takes from some place on, one by one, and what is to be paid in the end."""

    turns: tuple[Took, ...]
    due: int


class BoundChecker:
    """Checks one case."""

    def __init__(self, case: PricingCase) -> None:
        request = PricingRequest(
            case.cart,
            case.at.astimezone(UTC),
            case.products,
            case.usage,
            case.policy,
            None,
            {each.promotion_id: each for each in case.cart.applied},
        )
        reads = attributes_read(*((each.effect, each.conditions) for each in case.promotions))
        self.ledger = Ledger.of(pools_of(case.cart, case.policy.rounding, reads))
        self.turns = Turns(request, self.ledger)
        book = PromotionSet(case.promotions)
        self.candidates = found = candidates(request, book, self.turns, self.ledger)
        self.between = conflicts(found) or [0] * len(found)
        adders = [i for i, each in enumerate(found) if each.kind is PromotionClass.PRODUCT]
        self.last_adder = max(adders, default=-1)
        self.foreseen = [
            foresee(self.turns, each, self.ledger, adds=bool(adders)) for each in found
        ]
        self.bound = Bound(
            self.turns, found, self.between, self.foreseen, last_adder=self.last_adder
        )
        self.compared = self.unbranched = 0

    def check(self) -> Counter[str]:
        """Go through the whole tree; how many places were compared."""
        list(self.below(0, self.ledger.copy(), 0))
        return Counter(
            {
                "places where the bound was compared": self.compared,
                "places with a promotion that never hurts": self.unbranched,
            }
        )

    def below(self, i: int, ledger: Ledger, barred: int) -> Iterator[Completion]:
        """All completions from a place on, after the bound was compared with them."""
        if i == len(self.candidates):
            yield Completion((), ledger.total_left)
            return
        if (barred | self.bound.out) >> i & 1:
            yield from self.below(i + 1, ledger, barred)
            return
        due, left = ledger.total_left, ledger.goods_left()
        estimates = self.bound.estimates(i, ledger, barred)
        together = self.bound.together(estimates, i, ledger, barred)
        cases = max(self.bound.cases(estimates, i, ledger, barred))
        of_ledger = ledger.copy()
        candidate = self.candidates[i]
        found: list[Completion] = []
        trial = ledger.copy()
        outcome = self.turns.take(candidate, trial, self.foreseen[i].answer).outcome
        if isinstance(outcome, Applied):
            took = Took(i, outcome.discount, left)
            after = self.below(i + 1, trial, barred | self.between[i])
            found += [Completion((took, *rest.turns), rest.due) for rest in after]
        if not (candidate.actor and found):
            found += self.below(i + 1, ledger, barred)
        for each in found:
            self.compare(each, due, estimates, together, cases, i)
            if i > self.last_adder:
                self.compare_parts(each, estimates, of_ledger)
        self.compared += 1
        if i > self.last_adder and self.is_harmless(i, of_ledger):
            self.compare_branches(i, found)
        yield from found

    def is_harmless(self, i: int, ledger: Ledger) -> bool:
        found = harmless(
            self.turns, self.candidates, self.between, self.foreseen, self.bound.out, ledger
        )
        return bool(found >> i & 1)

    def compare_branches(self, i: int, found: Sequence[Completion]) -> None:
        """Of one that never hurts, the best set with it is no worse than the best without."""
        with_it = [e.due for e in found if e.turns and e.turns[0].position == i]
        without = [e.due for e in found if not e.turns or e.turns[0].position != i]
        if with_it:
            self.unbranched += 1
            assert min(with_it) <= min(without), (i, found)

    def compare(
        self,
        each: Completion,
        due: int,
        estimates: list[Estimate],
        together: int,
        cases: int,
        i: int,
    ) -> None:
        """All together take no more than is said."""
        where = (i, [turn.position for turn in each.turns])
        assert due - each.due <= together, (where, due - each.due, together, estimates)
        assert due - each.due <= cases, (where, due - each.due, cases, estimates)

    def compare_parts(self, each: Completion, estimates: list[Estimate], ledger: Ledger) -> None:
        """Nor does any by itself, in its clique, or of the goods; where no line is added any more.

        Each that applies needs no more to be left than there is at its turn, and all of them are of
        one compatible set.
        """
        took = {turn.position: turn.took for turn in each.turns if turn.took}
        most = {estimate.position: estimate.most for estimate in estimates}
        for position, amount in took.items():
            assert amount <= most.get(position, 0), (position, amount, estimates)
        least = {estimate.position: estimate.least for estimate in estimates}
        for turn in each.turns:
            assert turn.left >= least.get(turn.position, 0), (turn, estimates)
        applied = sum(1 << position for position in took)
        assert any(applied & ~members == 0 for members in self.bound.sets), (took, self.bound.sets)
        for members in self.bound.sets:
            if applied & ~members == 0:
                ours = [estimate for estimate in estimates if members >> estimate.position & 1]
                self.compare_set(took, ours, ledger)

    def compare_set(self, took: dict[int, int], estimates: list[Estimate], ledger: Ledger) -> None:
        """What one compatible set takes: of each clique one applies, and percentages multiply."""
        found = cliques(estimates, self.between)
        assert sorted(g.position for clique in found for g in clique) == sorted(
            estimate.position for estimate in estimates
        )
        for clique in found:
            applied = [estimate for estimate in clique if estimate.position in took]
            assert len(applied) <= 1, (took, clique)
            assert sum(took[estimate.position] for estimate in applied) <= clique[0].most, (
                took,
                clique,
            )
        assert sum(took.values()) <= self.bound.of_set(estimates, ledger), (took, estimates)
        goods = [[estimate for estimate in clique if not estimate.ships] for clique in found]
        of_goods = sum(amount for i, amount in took.items() if not self.candidates[i].ships)
        splits = sum(estimate.splits for estimate in estimates)
        most = percentages([clique for clique in goods if clique], ledger, splits)
        assert of_goods <= most, (took, most, estimates)


def check_bound(case: PricingCase) -> Counter[str]:
    """Compare the bound at every place of a case's tree; how many there were."""
    return BoundChecker(case).check()
