"""Which promotions apply where not all can: the best combination (PR-13, PR-14).

It is found by branch and bound. Promotions keep their turn (PR-5), so the search decides for one
after the other whether it applies, and goes on from the very figures that this leaves. A branch is
left when even an optimistic guess of what the promotions still to come can take off does not beat
the best combination so far (`cartcore.pricing.bound`), and there is none without a promotion that
never hurts (`cartcore.pricing.dominance`). The first branch takes whatever it can: that is the
priority order, so the result is never worse.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import attrs

from cartcore.errors import PluginError
from cartcore.pricing import sentences
from cartcore.pricing.bound import Bound, Estimate
from cartcore.pricing.candidate import Candidate
from cartcore.pricing.choosing import in_priority_order
from cartcore.pricing.conflicts import conflicts
from cartcore.pricing.dominance import harmless
from cartcore.pricing.foreseen import foresee
from cartcore.pricing.ledger import Ledger
from cartcore.pricing.totals import Total, total_left
from cartcore.pricing.turn import Applied, Turn
from cartcore.pricing.turns import Turns, fault
from cartcore.promotions.types import PromotionClass

_MORE_THAN_ANY = 10**40
_NONE_YET = (_MORE_THAN_ANY, 0)
_AS_ENTERED: frozenset[str] = frozenset()


@attrs.frozen
class Choice:
    """Which candidates apply. `optimal` says that no allowed set has a lower total.

    If it is false, `bound` is how much lower one could be at most, in minor units. `claims` are
    what types claimed that they take at most, by the id of the promotion: the proof rests on them.
    """

    chosen: list[Candidate]
    optimal: bool
    bound: int
    claims: Mapping[str, int] = MappingProxyType({})

    def proof(self, turns: Turns, played: Sequence[Turn], ledger: Ledger) -> tuple[bool, int]:
        """Return `optimal` and `bound` once the chosen ones were played on a ledger.

        A claim that only shows to be false now leaves no proof: any lower total is possible.
        """
        problems = [(turn.candidate, self._refuted(turn, turns, ledger)) for turn in played]
        for candidate, problem in problems:
            if problem:
                turns.note(candidate, fault(candidate, problem))
        left = ledger.total_left if any(problem for _, problem in problems) else 0
        return self.optimal and not left, max(self.bound, left)

    def _refuted(self, turn: Turn, turns: Turns, ledger: Ledger) -> str:
        """Which claim of a promotion its turn proved false, in words; empty if it did none."""
        candidate, outcome = turn.candidate, turn.outcome
        if not isinstance(outcome, Applied):
            return ""
        claim = self.claims.get(candidate.id)
        if claim is not None and outcome.discount > claim:
            return sentences.took_more(outcome.discount, claim)
        # Staff applied it, so it had its turn though no line was there that it cannot do without.
        applied = candidate.keys and candidate.id in turns.request.applications
        if applied and candidate.keys.isdisjoint(ledger.by_key):
            return sentences.applied_without()
        return ""


class _ClaimRefuted(Exception):
    """What a type claimed for the search proved false."""


class Branch(NamedTuple):
    """A place in the tree: what was decided before a position, and what that leaves.

    `barred` are the candidates that cannot apply any more. `estimates` are of those from `position`
    on, if they are known already for this ledger. No total below is under `lowest`; None is not
    known yet.
    """

    position: int
    ledger: Ledger
    barred: int
    turns: list[Turn]
    estimates: list[Estimate] | None
    lowest: int | None


def best_for_customer(
    turns: Turns,
    candidates: Sequence[Candidate],
    start: Ledger,
    total: Total,
    work_limit: int,
) -> Choice:
    """Return the allowed set of candidates with the lowest total; `start` is left as it is.

    Of sets with equal totals the one with the larger discount is taken, then the one that keeps
    promotions with an earlier turn.

    A type of which a claim proves false is not asked for its claims any more, and the search begins
    anew: a proof rests on nothing that the same run contradicted (PK-17).

    Raises:
        PluginError: a plugin failed, and the policy does not skip it.
    """
    between = conflicts(candidates) or [0] * len(candidates)
    in_order = in_priority_order(turns, candidates, between, start)
    alone = [each for each in in_order if each.exclusive]
    if alone:
        chosen = _best_exclusive(alone[0], turns, candidates, start, total)
        return Choice([chosen], optimal=True, bound=0)
    forced = _that_cost(in_order, turns, candidates, start)
    while True:
        search = _Search(turns, candidates, between, start, total, work_limit)
        try:
            return search.run(forced)
        except _ClaimRefuted:
            work_limit = max(0, work_limit - search.work)


def _best_exclusive(
    first: Candidate,
    turns: Turns,
    candidates: Sequence[Candidate],
    start: Ledger,
    total: Total,
) -> Candidate:
    """Of the exclusive ones with the highest priority that apply, the cheapest."""
    best: tuple[int, int, Candidate] | None = None
    for position, candidate in enumerate(candidates):
        if candidate.exclusive and candidate.rank[1] == first.rank[1]:
            ledger = start.copy()
            taken = [turns.take(c, ledger) for c in candidates if c is candidate or c.actor]
            value = total(ledger, taken)
            applies = any(turn.candidate is candidate and turn.applied for turn in taken)
            if applies and (best is None or (value, position) < best[:2]):
                best = (value, position, candidate)
    return first if best is None else best[2]


def _that_cost(
    in_order: Sequence[Candidate],
    turns: Turns,
    candidates: Sequence[Candidate],
    start: Ledger,
) -> dict[str, bool]:
    """The promotions that add goods to be paid for: whether they apply in priority order.

    Goods that are sold are no discount to be weighed: the lowest total would have none. What one
    would sell at its turn in priority order counts, whatever its conditions say.
    """
    chosen = {candidate.id for candidate in in_order}
    found: dict[str, bool] = {}
    ledger = start.copy()
    for candidate in candidates:
        if candidate.kind is PromotionClass.PRODUCT and _costs(candidate, turns, ledger):
            found[candidate.id] = candidate.id in chosen
        if candidate.actor or candidate.id in chosen:
            turns.take(candidate, ledger)
    return found


def _costs(candidate: Candidate, turns: Turns, ledger: Ledger) -> bool:
    """Whether a candidate would add goods to be paid for now if its conditions held."""
    trial = ledger.copy()
    try:
        turns.take(candidate, trial, turns.answer(candidate, trial, whatever=True))
    except PluginError:  # told if it has its turn
        return False
    return trial.total_left > ledger.total_left


class _Search:
    """Branch and bound over the candidates, in the order of their turns."""

    def __init__(
        self,
        turns: Turns,
        candidates: Sequence[Candidate],
        between: Sequence[int],
        start: Ledger,
        total: Total,
        work_limit: int,
    ) -> None:
        self._turns = turns
        self._candidates = candidates
        self._between = between
        self._start = start
        self._total = total
        self._work_limit = work_limit
        adders = [i for i, c in enumerate(candidates) if c.kind is PromotionClass.PRODUCT]
        self._last_adder = max(adders, default=-1)
        self._foreseen = [foresee(turns, each, start, adds=bool(adders)) for each in candidates]
        self._bound = Bound(turns, candidates, between, self._foreseen, last_adder=self._last_adder)
        self._forced: dict[str, bool] = {}
        self._best: list[Candidate] = []
        self._best_value: tuple[int, int] = _NONE_YET
        self._turns_given = 0
        self._open: list[int | None] = []  # the `lowest` of what was left open
        self._harmless: dict[frozenset[str], int] = {}

    @property
    def work(self) -> int:
        """How often a candidate had a turn, or was estimated or added up for a bound."""
        return self._turns_given + self._bound.work

    def run(self, forced: dict[str, bool]) -> Choice:
        """Find the best set; those that are `forced` apply, or do not, whatever they cost."""
        self._forced = forced
        self._try_alone()
        barred = 0
        for i, candidate in enumerate(self._candidates):
            if forced.get(candidate.id):
                barred |= self._between[i]
        self._look_at_all(Branch(0, self._start.copy(), barred, [], None, None))
        bound = 0
        if self._open:
            start = self._start
            estimates = self._bound.estimates(0, start, barred)
            root = start.total_left - self._bound.together(estimates, 0, start, barred)
            lowest = min(root if each is None else each for each in self._open)
            bound = max(0, self._best_value[0] - lowest)
        known = zip(self._candidates, self._foreseen, strict=True)
        claims = {each.id: seen.claim for each, seen in known if seen.claim is not None}
        return Choice(self._best, not bound, bound, claims)

    def _try_alone(self) -> None:
        """Give those that claim something a turn of their own, before anything rests on it."""
        for i, known in enumerate(self._foreseen):
            if known.claim is not None or known.least or known.final:
                self._turns_given += 1
                ledger = self._start.copy()
                left = ledger.goods_left()
                turn = self._turns.take(self._candidates[i], ledger)
                if isinstance(turn.outcome, Applied):
                    self._check_claims(i, turn.outcome.discount, left)

    # --- the tree ---

    def _look_at_all(self, root: Branch) -> None:
        """Go down every branch that may hold a better set; the stack has those not looked at yet.

        The latest first, which is the one that has most decided. Once the work limit is reached,
        a quarter of it more goes to how low totals can be in the branches that are left open.
        """
        limit = self._work_limit
        stack = [root]
        while stack:
            branch = stack.pop()
            if 4 * self.work >= 5 * limit and self._best_value < _NONE_YET:
                self._open.append(branch.lowest)
            else:
                self._go_down(branch, stack)

    def _go_down(self, branch: Branch, stack: list[Branch]) -> None:
        """Take what applies, one by one; what is the same without it waits on the stack."""
        candidates, bound = self._candidates, self._bound
        i, ledger, barred, taken, estimates, lowest = branch
        out, between = bound.out, self._between
        weighed = False
        while i < len(candidates):
            if (barred | out) >> i & 1:
                i += 1
                continue
            candidate = candidates[i]
            self._turns_given += 1
            if candidate.actor:
                taken.append(self._turns.take(candidate, ledger))
                i, estimates = i + 1, None
                continue
            safe = self._is_harmless(i, ledger)
            if self._best_value < _NONE_YET and not (safe and weighed):
                weighed = True
                if estimates is None:
                    estimates = bound.estimates(i, ledger, barred)
                more = bound.together(estimates, i, ledger, barred)
                lowest = (
                    ledger.total_left - more
                    if lowest is None
                    else max(lowest, ledger.total_left - more)
                )
                if self._hopeless(i, ledger, barred, estimates, more, lowest):
                    return
            forced = self._forced.get(candidate.id)
            if forced is not False:
                left = ledger.goods_left()
                after = ledger if safe else ledger.copy()
                turn = self._turns.take(candidate, after, self._foreseen[i].answer)
                if isinstance(turn.outcome, Applied):
                    self._check_claims(i, turn.outcome.discount, left)
                    if not (safe or forced):
                        # Without it, others find units that it would have used up.
                        known = None if candidate.uses_units else estimates
                        stack.append(Branch(i + 1, ledger, barred, [*taken], known, lowest))
                    ledger, estimates = after, None
                    barred |= between[i]
                    taken.append(turn)
                elif forced and self._best_value < _NONE_YET:
                    return
            if candidate.uses_units:
                estimates = None
            i += 1
        self._arrive(ledger, taken)

    def _is_harmless(self, i: int, ledger: Ledger) -> bool:
        """Whether a candidate never hurts, so that nobody need look at what is without it."""
        if self._total is not total_left or i <= self._last_adder:
            return False
        # Which lines there are is up to those that add some.
        lines = frozenset(ledger.where) if self._last_adder >= 0 else _AS_ENTERED
        if lines not in self._harmless:
            self._harmless[lines] = harmless(
                self._turns,
                self._candidates,
                self._between,
                self._foreseen,
                self._bound.out,
                ledger,
            )
        return bool(self._harmless[lines] >> i & 1)

    def _hopeless(
        self,
        i: int,
        ledger: Ledger,
        barred: int,
        estimates: Sequence[Estimate],
        more: int,
        lowest: int,
    ) -> bool:
        """Whether no set here can be better than the best so far, or the work limit is reached."""
        if self._beaten(i, ledger, more):
            return True
        if self.work >= self._work_limit:
            self._open.append(lowest)
            return True
        return all(
            self._beaten(i, ledger, each)
            for each in self._bound.cases(estimates, i, ledger, barred)
        )

    def _beaten(self, i: int, ledger: Ledger, more: int) -> bool:
        """Whether taking so much more off would not be better than the best so far."""
        lowest = ledger.total_left - more
        given = ledger.gross - lowest
        value = (lowest, -given if i > self._last_adder else -_MORE_THAN_ANY)
        return value >= self._best_value

    def _check_claims(self, i: int, discount: int, left: int) -> None:
        """Begin anew if what a promotion that applied claimed for the search was not true."""
        candidate, known = self._candidates[i], self._foreseen[i]
        if known.claim is not None and discount > known.claim:
            problem = sentences.took_more(discount, known.claim)
            parts: Sequence[object] = (candidate.effect,)
        elif left < known.least:
            problem = sentences.applied_to_less(left, known.least)
            turns = self._turns
            parts = [
                each
                for each in candidate.conditions
                if (turns.claim(candidate, each, "least_left", self._start) or 0) > left
            ] or candidate.conditions
        elif known.unmet:
            problem = sentences.applied_though_unmet()
            parts = known.final
        else:
            return
        self._turns.distrust(candidate, problem, parts)
        raise _ClaimRefuted

    def _arrive(self, ledger: Ledger, taken: list[Turn]) -> None:
        value = (self._total(ledger, taken), ledger.total_left - ledger.gross)
        if value < self._best_value:
            self._best_value = value
            self._best = [turn.candidate for turn in taken if not turn.candidate.actor]
