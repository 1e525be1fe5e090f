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

from cartcore.pricing.bound import Bound, Gain, cliques, know, percentages
from cartcore.pricing.conflicts import conflicts
from cartcore.pricing.dominance import harmless
from cartcore.pricing.engine import Pricing
from cartcore.pricing.ledger import Ledger
from cartcore.pricing.promotion_set import Entry, PromotionSet
from cartcore.pricing.quote import Phase
from cartcore.pricing.result import Outcome
from cartcore.promotions.types import PromotionClass
from cartcore.testing.pricing import PricingCase


class Turn(NamedTuple):
    """What an entry took in one set, and what was left of all goods before."""

    position: int
    took: int
    left: int


class Completion(NamedTuple):
    """What a set takes from some place on, entry by entry, and what is to be paid in the end."""

    turns: tuple[Turn, ...]
    due: int


class BoundChecker:
    """Checks one case."""

    def __init__(self, case: PricingCase) -> None:
        book = PromotionSet(case.promotions)
        at = case.at.astimezone(UTC)
        self.pricing = Pricing(case.cart, book, at, case.products, case.usage, case.policy)
        self.turns: Sequence[Entry] = self.pricing.considered()
        self.pricing.turns = self.turns
        self.between = conflicts(self.turns) or [0] * len(self.turns)
        adders = [i for i, e in enumerate(self.turns) if e.kind is PromotionClass.PRODUCT]
        self.last_adder = max(adders, default=-1)
        self.known = [know(self.pricing, entry, adds=bool(adders)) for entry in self.turns]
        self.bound = Bound(
            self.pricing, self.turns, self.between, self.known, last_adder=self.last_adder
        )
        self.compared = self.unbranched = 0

    def check(self) -> Counter[str]:
        """Go through the whole tree; how many places were compared."""
        list(self.below(0, self.pricing.ledger.copy(), 0))
        return Counter(
            {
                "places where the bound was compared": self.compared,
                "places with a promotion that never hurts": self.unbranched,
            }
        )

    def below(self, i: int, ledger: Ledger, barred: int) -> Iterator[Completion]:
        """All completions from a place on, after the bound was compared with them."""
        if i == len(self.turns):
            yield Completion((), ledger.due)
            return
        if (barred | self.bound.out) >> i & 1:
            yield from self.below(i + 1, ledger, barred)
            return
        due, left = ledger.due, ledger.goods_left()
        gains = self.bound.gains(i, ledger, barred)
        together = self.bound.together(gains, i, ledger, barred)
        cases = max(self.bound.cases(gains, i, ledger, barred))
        of_ledger = ledger.copy()
        entry = self.turns[i]
        found: list[Completion] = []
        self.pricing.stand_on(ledger.copy())
        note = self.pricing.attempt(entry, self.known[i].answer)
        if isinstance(note.came_to, Outcome):
            turn = Turn(i, note.came_to.discount, left)
            after = self.below(i + 1, self.pricing.ledger, barred | self.between[i])
            found += [Completion((turn, *rest.turns), rest.due) for rest in after]
        if not (entry.actor and found):
            found += self.below(i + 1, ledger, barred)
        for each in found:
            self.compare(each, due, gains, together, cases, i)
            if i > self.last_adder:
                self.compare_parts(each, gains, of_ledger)
        self.compared += 1
        if i > self.last_adder and self.is_harmless(i, of_ledger):
            self.compare_branches(i, found)
        yield from found

    def is_harmless(self, i: int, ledger: Ledger) -> bool:
        self.pricing.stand_on(ledger)
        found = harmless(self.pricing, self.turns, self.between, self.known, self.bound.out)
        return bool(found >> i & 1)

    def compare_branches(self, i: int, found: Sequence[Completion]) -> None:
        """Of an entry that never hurts, the best set with it is no worse than the best without."""
        with_it = [e.due for e in found if e.turns and e.turns[0].position == i]
        without = [e.due for e in found if not e.turns or e.turns[0].position != i]
        if with_it:
            self.unbranched += 1
            assert min(with_it) <= min(without), (i, found)

    def compare(
        self, each: Completion, due: int, gains: list[Gain], together: int, cases: int, i: int
    ) -> None:
        """All together take no more than is said."""
        where = (i, [turn.position for turn in each.turns])
        assert due - each.due <= together, (where, due - each.due, together, gains)
        assert due - each.due <= cases, (where, due - each.due, cases, gains)

    def compare_parts(self, each: Completion, gains: list[Gain], ledger: Ledger) -> None:
        """Nor does any by itself, in its clique, or of the goods; where no line is added any more.

        Each that applies needs no more to be left than there is at its turn, and all of them are of
        one team.
        """
        took = {turn.position: turn.took for turn in each.turns if turn.took}
        most = {gain.position: gain.most for gain in gains}
        for position, amount in took.items():
            assert amount <= most.get(position, 0), (position, amount, gains)
        least = {gain.position: gain.least for gain in gains}
        for turn in each.turns:
            assert turn.left >= least.get(turn.position, 0), (turn, gains)
        applied = sum(1 << position for position in took)
        assert any(applied & ~team == 0 for team in self.bound.teams), (took, self.bound.teams)
        for team in self.bound.teams:
            if applied & ~team == 0:
                ours = [gain for gain in gains if team >> gain.position & 1]
                self.compare_team(took, ours, ledger)

    def compare_team(self, took: dict[int, int], gains: list[Gain], ledger: Ledger) -> None:
        """What one team takes: of each clique one applies, and percentages multiply."""
        found = cliques(gains, self.between)
        assert sorted(g.position for clique in found for g in clique) == sorted(
            gain.position for gain in gains
        )
        for clique in found:
            applied = [gain for gain in clique if gain.position in took]
            assert len(applied) <= 1, (took, clique)
            assert sum(took[gain.position] for gain in applied) <= clique[0].most, (took, clique)
        assert sum(took.values()) <= self.bound.of_team(gains, ledger), (took, gains)
        goods = [[gain for gain in clique if not gain.ships] for clique in found]
        of_goods = sum(
            amount for i, amount in took.items() if self.turns[i].phase is not Phase.SHIPPING
        )
        splits = sum(gain.splits for gain in gains)
        most = percentages([clique for clique in goods if clique], ledger, splits)
        assert of_goods <= most, (took, most, gains)


def check_bound(case: PricingCase) -> Counter[str]:
    """Compare the bound at every place of a case's tree; how many there were."""
    return BoundChecker(case).check()
