"""Which promotions apply where not all can: the best combination (PR-13, PR-14).

It is found by branch and bound. Promotions keep their turn (PR-5), so the search decides for one
after the other whether it applies, and goes on from the very figures that this leaves. A branch is
left when even an optimistic guess of what the promotions still to come can take off does not beat
the best combination so far (`cartcore.pricing.bound`), and there is none without a promotion that
never hurts (`cartcore.pricing.dominance`). The first branch takes whatever it can: that is the
priority order, so the result is never worse.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from cartcore.errors import PluginError
from cartcore.pricing.bound import Bound, Gain, know
from cartcore.pricing.conflicts import conflicts
from cartcore.pricing.dominance import harmless
from cartcore.pricing.ledger import Ledger
from cartcore.pricing.promotion_set import Entry
from cartcore.pricing.result import Note, Outcome
from cartcore.promotions.types import PromotionClass

if TYPE_CHECKING:
    from cartcore.pricing.engine import Pricing
    from cartcore.promotions.types import TaxCalculator

_MORE_THAN_ANY = 10**40
_NONE_YET = (_MORE_THAN_ANY, 0)
_AS_ENTERED: frozenset[str] = frozenset()


class Branch(NamedTuple):
    """A place in the tree: what was decided before a position, and what that leaves.

    `barred` are the entries that cannot apply any more. `gains` are what those from `position` on
    can take, if that is known already for this ledger. No total below is under `lowest`; None
    is not known yet.
    """

    position: int
    ledger: Ledger
    barred: int
    notes: list[Note]
    gains: list[Gain] | None
    lowest: int | None


class Search:
    """The search for the allowed set of promotions with the lowest total.

    Of sets with equal totals the one with the larger discount is taken, then the one that keeps
    promotions with an earlier turn. `best` is the set; `optimal` says that there is no better one,
    and if it is false, `bound` is how much better one could be at most, in minor units.
    """

    def __init__(
        self, pricing: "Pricing", turns: Sequence[Entry], tax: "TaxCalculator | None"
    ) -> None:
        self.pricing = pricing
        self.turns = turns
        self.tax = tax
        self.best: list[Entry] = []
        self.optimal = True
        self.bound = 0
        self._between = conflicts(turns) or [0] * len(turns)
        self._best_value: tuple[int, int] = _NONE_YET
        self._turns_given = 0
        self._open: list[int | None] = []  # the `lowest` of what was left open
        self._harmless: dict[frozenset[str], int] = {}

    @property
    def work(self) -> int:
        """How often an entry had a turn, or was estimated or added up for a bound."""
        return self._turns_given + self._bound.work

    def run(self) -> None:
        """Find the best set."""
        pricing, turns = self.pricing, self.turns
        start = pricing.ledger
        in_order = pricing.in_order(turns, self._between)
        alone = [e for e in in_order if e.promotion is not None and e.promotion.exclusive]
        if alone:
            self.best = self._best_exclusive(alone[0])
            return
        self._forced = self._that_cost(in_order)
        adders = [i for i, entry in enumerate(turns) if entry.kind is PromotionClass.PRODUCT]
        self._last_adder = max(adders, default=-1)
        pricing.stand_on(start)
        self._known = [know(pricing, entry, adds=bool(adders)) for entry in turns]
        self._bound = Bound(pricing, turns, self._between, self._known, last_adder=self._last_adder)
        barred = 0
        for i, entry in enumerate(turns):
            if self._forced.get(entry.id):
                barred |= self._between[i]
        self._look_at_all(Branch(0, start.copy(), barred, [], None, None))
        if self._open:
            gains = self._bound.gains(0, start, barred)
            root = start.due - self._bound.together(gains, 0, start, barred)
            lowest = min(root if each is None else each for each in self._open)
            self.bound = max(0, self._best_value[0] - lowest)
            self.optimal = not self.bound
        pricing.stand_on(start)

    def _best_exclusive(self, first: Entry) -> list[Entry]:
        """Of the exclusive ones with the highest priority that apply, the cheapest."""
        pricing = self.pricing
        start = pricing.ledger
        best: tuple[int, int, Entry] | None = None
        for position, entry in enumerate(self.turns):
            if entry.promotion is None or not entry.promotion.exclusive:
                continue
            if entry.rank[1] == first.rank[1]:
                pricing.stand_on(start.copy())
                notes = [pricing.attempt(e) for e in self.turns if e is entry or e.actor]
                total = pricing.total(self.tax, notes)
                applies = any(note.entry is entry and note.effect for note in notes)
                if applies and (best is None or (total, position) < best[:2]):
                    best = (total, position, entry)
        pricing.stand_on(start)
        return [first if best is None else best[2]]

    def _that_cost(self, in_order: list[Entry]) -> dict[str, bool]:
        """The promotions that add goods to be paid for: whether they apply in priority order.

        Goods that are sold are no discount to be weighed: the lowest total would have none. What
        one would sell at its turn in priority order counts, whatever its conditions say.
        """
        pricing = self.pricing
        start = pricing.ledger
        chosen = {entry.id for entry in in_order}
        found: dict[str, bool] = {}
        pricing.stand_on(start.copy())
        for entry in self.turns:
            if entry.kind is PromotionClass.PRODUCT and self._costs(entry):
                found[entry.id] = entry.id in chosen
            if entry.actor or entry.id in chosen:
                pricing.attempt(entry)
        pricing.stand_on(start)
        return found

    def _costs(self, entry: Entry) -> bool:
        """Whether an entry would add goods to be paid for now if its conditions held."""
        pricing = self.pricing
        kept = pricing.ledger
        pricing.stand_on(kept.copy())
        try:
            pricing.attempt(entry, pricing.answer(entry, whatever=True))
        except PluginError:  # told if it has its turn
            return False
        finally:
            costs = pricing.ledger.due > kept.due
            pricing.stand_on(kept)
        return costs

    # --- the tree ---

    def _look_at_all(self, root: Branch) -> None:
        """Go down every branch that may hold a better set; the stack has those not looked at yet.

        The latest first, which is the one that has most decided. Once the work limit is reached,
        a quarter of it more goes to how low totals can be in the branches that are left open.
        """
        limit = self.pricing.policy.work_limit
        stack = [root]
        while stack:
            branch = stack.pop()
            if 4 * self.work >= 5 * limit and self._best_value < _NONE_YET:
                self._open.append(branch.lowest)
            else:
                self._go_down(branch, stack)

    def _go_down(self, branch: Branch, stack: list[Branch]) -> None:
        """Take what applies, entry by entry; what is the same without it waits on the stack."""
        pricing, turns, bound = self.pricing, self.turns, self._bound
        i, ledger, barred, notes, gains, lowest = branch
        out, between = bound.out, self._between
        weighed = False
        while i < len(turns):
            if (barred | out) >> i & 1:
                i += 1
                continue
            entry = turns[i]
            self._turns_given += 1
            if entry.actor:
                pricing.stand_on(ledger)
                notes.append(pricing.attempt(entry))
                i, gains = i + 1, None
                continue
            safe = self._is_harmless(i, ledger)
            if self._best_value < _NONE_YET and not (safe and weighed):
                weighed = True
                if gains is None:
                    gains = bound.gains(i, ledger, barred)
                more = bound.together(gains, i, ledger, barred)
                lowest = ledger.due - more if lowest is None else max(lowest, ledger.due - more)
                if self._hopeless(i, ledger, barred, gains, more, lowest):
                    return
            forced = self._forced.get(entry.id)
            if forced is not False:
                left = ledger.goods_left()
                pricing.stand_on(ledger if safe else ledger.copy())
                note = pricing.attempt(entry, self._known[i].answer)
                if isinstance(note.came_to, Outcome):
                    self._check_claims(i, note.came_to.discount, left)
                    if not (safe or forced):
                        # Without it, others find units that it would have used up.
                        known = None if entry.uses_units else gains
                        stack.append(Branch(i + 1, ledger, barred, [*notes], known, lowest))
                    ledger, gains = pricing.ledger, None
                    barred |= between[i]
                    notes.append(note)
                elif forced and self._best_value < _NONE_YET:
                    return
            if entry.uses_units:
                gains = None
            i += 1
        self._arrive(ledger, notes)

    def _is_harmless(self, i: int, ledger: Ledger) -> bool:
        """Whether an entry never hurts, so that there is no need to look at what is without it."""
        if self.tax is not None or i <= self._last_adder:
            return False
        # Which lines there are is up to those that add some.
        lines = frozenset(ledger.where) if self._last_adder >= 0 else _AS_ENTERED
        if lines not in self._harmless:
            self.pricing.stand_on(ledger)
            self._harmless[lines] = harmless(
                self.pricing, self.turns, self._between, self._known, self._bound.out
            )
        return bool(self._harmless[lines] >> i & 1)

    def _hopeless(
        self, i: int, ledger: Ledger, barred: int, gains: Sequence[Gain], more: int, lowest: int
    ) -> bool:
        """Whether no set here can be better than the best so far, or the work limit is reached."""
        if self._beaten(i, ledger, more):
            return True
        if self.work >= self.pricing.policy.work_limit:
            self._open.append(lowest)
            return True
        return all(
            self._beaten(i, ledger, each) for each in self._bound.cases(gains, i, ledger, barred)
        )

    def _beaten(self, i: int, ledger: Ledger, more: int) -> bool:
        """Whether taking so much more off would not be better than the best so far."""
        lowest = ledger.due - more
        given = ledger.gross - lowest
        value = (lowest, -given if i > self._last_adder else -_MORE_THAN_ANY)
        return value >= self._best_value

    def _check_claims(self, i: int, discount: int, left: int) -> None:
        """Raise PluginError if what a promotion claimed for the search was not true."""
        entry, known = self.turns[i], self._known[i]
        if known.claim is not None and discount > known.claim:
            problem = f"it took {discount} minor units, and at_most() said {known.claim}"
            raise self.pricing.fault(entry, problem)
        if left < known.least:
            problem = f"it applied to {left} minor units, and least_left() said {known.least}"
            raise self.pricing.fault(entry, problem)

    def _arrive(self, ledger: Ledger, notes: list[Note]) -> None:
        pricing = self.pricing
        pricing.stand_on(ledger)
        total = pricing.total(self.tax, notes)
        value = (total, ledger.due - ledger.gross)
        if value < self._best_value:
            self._best_value = value
            self.best = [note.entry for note in notes if not note.entry.actor]
