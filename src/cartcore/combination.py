"""Which promotions apply where not all can: conflicts, and the best combination (PR-13, PR-14).

The best combination is found by branch and bound. Promotions keep their turn (PR-5), so the search
decides for one after the other whether it applies, and goes on from the very figures that this
leaves. A branch is left when even an optimistic guess of what the promotions still to come can take
off does not beat the best combination so far. The first branch takes whatever it can: that is the
priority order, so the result is never worse.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cartcore.bound import Bound, Gain, know
from cartcore.ledger import Ledger
from cartcore.outcome import Note, Outcome
from cartcore.promotion import PromotionClass
from cartcore.promotion_set import Entry

if TYPE_CHECKING:
    from cartcore.pricing import Pricing
    from cartcore.tax import TaxCalculator

_MORE_THAN_ANY = 10**40
_NONE_YET = (_MORE_THAN_ANY, 0)


def conflicts(entries: Sequence[Entry]) -> list[int] | None:
    """For each entry, the entries that it does not combine with, as bits; None if all combine."""
    if all(entry.combines for entry in entries):
        return None
    promotions = [entry.promotion for entry in entries]
    masks = [0] * len(entries)
    for i, one in enumerate(promotions):
        for j in range(i):
            other = promotions[j]
            if one is None or other is None:  # a discount by hand goes with everything
                continue
            if (
                one.exclusive
                or other.exclusive
                or (one.group and one.group == other.group)
                or one.promotion_class not in other.combines_with
                or other.promotion_class not in one.combines_with
            ):
                masks[i] |= 1 << j
                masks[j] |= 1 << i
    return masks


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
        self.nodes = 0
        self._between = conflicts(turns) or [0] * len(turns)
        self._best_value: tuple[int, int] = _NONE_YET
        self._lowest_open: int | None = None

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
        self._visit(0, start.copy(), 0, [], None)
        pricing.stand_on(start)
        if self._lowest_open is not None and self._best_value < _NONE_YET:
            self.bound = max(0, self._best_value[0] - self._lowest_open)
            self.optimal = not self.bound

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

        Goods that are sold are no discount to be weighed: the lowest total would have none.
        """
        pricing = self.pricing
        start = pricing.ledger
        chosen = {entry.id for entry in in_order}
        found: dict[str, bool] = {}
        for entry in self.turns:
            if entry.kind is PromotionClass.PRODUCT:
                pricing.stand_on(start.copy())
                pricing.attempt(entry)
                if pricing.ledger.due > start.due:
                    found[entry.id] = entry.id in chosen
        pricing.stand_on(start)
        return found

    # --- the tree ---

    def _visit(
        self, i: int, ledger: Ledger, barred: int, notes: list[Note], gains: list[Gain] | None
    ) -> None:
        """Decide for the entries from `i` on.

        `gains` are what they can take, if that is known already for this ledger.
        """
        pricing = self.pricing
        while i < len(self.turns) and (barred | self._bound.out) >> i & 1:
            i += 1
        if i == len(self.turns):
            self._arrive(ledger, notes)
            return
        entry = self.turns[i]
        if entry.actor:
            pricing.stand_on(ledger)
            self._visit(i + 1, ledger, barred, [*notes, pricing.attempt(entry)], None)
            return
        if self._best_value < _NONE_YET:
            if gains is None:
                gains = self._bound.gains(i, ledger, barred)
            if self._hopeless(i, ledger, barred, gains):
                return
        self.nodes += 1
        forced = self._forced.get(entry.id)
        if forced is not False:
            pricing.stand_on(ledger.copy())
            note = pricing.attempt(entry, self._known[i].answer)
            if isinstance(note.came_to, Outcome):
                self._check_claims(i, note.came_to.discount, ledger.goods_left())
                self._visit(i + 1, pricing.ledger, barred | self._between[i], [*notes, note], None)
            if forced and (isinstance(note.came_to, Outcome) or self._best_value < _NONE_YET):
                return
        # Without it, others find units that it would have used up.
        self._visit(i + 1, ledger, barred, notes, None if entry.uses_units else gains)

    def _hopeless(self, i: int, ledger: Ledger, barred: int, gains: Sequence[Gain]) -> bool:
        """Whether no set here can be better than the best so far, or the work limit is reached."""
        bound = self._bound
        if self._beaten(i, ledger, bound.together(gains, i, ledger, barred)):
            return True
        cases = bound.cases(gains, i, ledger, barred)
        if self.nodes < self.pricing.policy.work_limit:
            return all(self._beaten(i, ledger, more) for more in cases)
        more = max(cases)
        if not self._beaten(i, ledger, more):
            lowest = ledger.due - more
            if self._lowest_open is None or lowest < self._lowest_open:
                self._lowest_open = lowest
        return True

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
