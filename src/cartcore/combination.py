"""Which promotions apply where not all can: conflicts, and the best combination (PR-13, PR-14).

The best combination is found by branch and bound. Promotions keep their turn (PR-5), so the search
decides for one after the other whether it applies, and goes on from the very figures that this
leaves. A branch is left when even an optimistic guess of what the promotions still to come can take
off does not beat the best combination so far. The first branch takes whatever it can: that is the
priority order, so the result is never worse.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cartcore.discounting import at_most
from cartcore.errors import CurrencyMismatch, PluginError
from cartcore.ledger import Ledger
from cartcore.offer import Ineligible, Offer
from cartcore.outcome import Note, Outcome
from cartcore.promotion import PromotionClass
from cartcore.promotion_set import Entry
from cartcore.quote import Phase

if TYPE_CHECKING:
    from cartcore.pricing import Pricing
    from cartcore.tax import TaxCalculator

_ALL_CLASSES = frozenset(PromotionClass)
_MORE_THAN_ANY = 10**40

Gains = dict[bool, list[tuple[int, int]]]
"""Of goods (False) and of shipping (True): what an entry takes at most, and which one it is."""


def conflicts(entries: Sequence[Entry]) -> list[int] | None:
    """For each entry, the entries that it does not combine with, as bits; None if all combine."""
    promotions = [entry.promotion for entry in entries]
    if not any(
        p is not None and (p.exclusive or p.group or frozenset(p.combines_with) != _ALL_CLASSES)
        for p in promotions
    ):
        return None
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
        self._postage = sum(pricing.prices)
        self._best_value: tuple[int, int] | None = None
        self._lowest_open: int | None = None
        self._answers: list[Offer | Ineligible | None] = []
        self._offers: list[Offer | None] = []

    def run(self) -> None:
        """Find the best set."""
        pricing, turns = self.pricing, self.turns
        start = pricing.ledger
        in_order = pricing.in_order(turns, self._between)
        alone = [e for e in in_order if e.promotion is not None and e.promotion.exclusive]
        if alone:
            self.best = self._best_exclusive(alone[0])
            return
        # An exclusive one applies alone, or it does not apply at all.
        self._out = [e.promotion is not None and e.promotion.exclusive for e in turns]
        self._forced = self._that_cost(in_order)
        adders = [i for i, entry in enumerate(turns) if entry.kind is PromotionClass.PRODUCT]
        self._last_adder = max(adders, default=-1)
        self._ask(start)
        self._most = self._claims(start)
        self._visit(0, start.copy(), 0, [], None)
        pricing.stand_on(start)
        if self._lowest_open is not None and self._best_value is not None:
            self.bound = max(0, self._best_value[0] - self._lowest_open)
            self.optimal = not self.bound

    def _best_exclusive(self, first: Entry) -> list[Entry]:
        """Of the exclusive ones with the highest priority that apply, the cheapest."""
        best: tuple[int, int, Entry] | None = None
        for position, entry in enumerate(self.turns):
            rivals = entry.promotion is not None and entry.promotion.exclusive
            if rivals and entry.rank[1] == first.rank[1]:
                total = self._total_with([entry])
                if best is None or (total, position) < best[:2]:
                    best = (total, position, entry)
        return [first if best is None else best[2]]

    def _total_with(self, entries: Sequence[Entry]) -> int:
        """The total with these and what staff gave by hand; -1 for none where nothing applies."""
        pricing = self.pricing
        start = pricing.ledger
        pricing.stand_on(start.copy())
        ids = {entry.id for entry in entries}
        notes = [pricing.attempt(e) for e in self.turns if e.id in ids or e.actor]
        total = pricing.total(self.tax, notes)
        pricing.stand_on(start)
        return total

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

    def _ask(self, start: Ledger) -> None:
        """Find out what each entry answers whatever other promotions do.

        `_answers` has None where that depends on them. Then what it would offer may still be the
        same always, if only its conditions depend on them: that is in `_offers`, for the bound.
        """
        pricing, context = self.pricing, self.pricing.context
        pricing.stand_on(start)
        adds = self._last_adder >= 0
        for entry in self.turns:
            context.saw_lines = context.saw_discounts = False
            try:
                answer = pricing.standing(entry) or pricing.answer(entry)
            except PluginError:  # raised again, or noted, when it has its turn
                answer = None
            depends = context.saw_discounts or (adds and context.saw_lines)
            self._answers.append(None if depends else answer)
            context.saw_lines = context.saw_discounts = False
            offer = pricing.offer(entry)
            depends = context.saw_discounts or (adds and context.saw_lines)
            self._offers.append(None if depends else offer)

    def _claims(self, start: Ledger) -> list[int | None]:
        """What each entry can take at most by its own claim; None where it makes none."""
        context = self.pricing.context
        self.pricing.stand_on(start)
        found: list[int | None] = []
        for i, entry in enumerate(self.turns):
            claim = getattr(entry.effect, "at_most", None)
            if claim is None or self._last_adder >= 0 or self._answers[i] is not None:
                found.append(None)
                continue
            context.promotion_id = entry.id
            found.append(self.pricing.claim(entry, claim))
        return found

    # --- the tree ---

    def _visit(
        self, i: int, ledger: Ledger, barred: int, notes: list[Note], gains: Gains | None
    ) -> None:
        """Decide for the entries from `i` on.

        `gains` are what they can take, if that is known already for this ledger.
        """
        turns, pricing = self.turns, self.pricing
        end = len(turns)
        while i < end:
            entry = turns[i]
            if entry.actor:
                pricing.stand_on(ledger)
                notes = [*notes, pricing.attempt(entry)]
            elif not (barred >> i & 1 or self._out[i] or isinstance(self._answers[i], Ineligible)):
                break
            i += 1
        if i >= end:
            self._arrive(ledger, notes)
            return
        if self._best_value is not None:
            gains = gains or self._gains(i, ledger, barred)
            lowest = ledger.due - self._together(gains, i, ledger, barred)
            given = sum(ledger.amount) + self._postage - lowest
            value = (lowest, -given if i > self._last_adder else -_MORE_THAN_ANY)
            if value >= self._best_value:
                return
            if self.nodes >= pricing.policy.work_limit:
                if self._lowest_open is None or lowest < self._lowest_open:
                    self._lowest_open = lowest
                return
        self.nodes += 1
        entry = turns[i]
        forced = self._forced.get(entry.id)
        if forced is not False:
            trial = ledger.copy()
            pricing.stand_on(trial)
            note = pricing.attempt(entry, self._answers[i])
            came_to = note.came_to
            if isinstance(came_to, Outcome):
                most = self._most[i]
                if most is not None and came_to.discount > most:
                    problem = f"it took {came_to.discount} minor units, and at_most() said {most}"
                    raise pricing.fault(entry, problem)
                self._visit(i + 1, pricing.ledger, barred | self._between[i], [*notes, note], None)
                if forced:
                    return
            elif forced and self._best_value is not None:
                return
        self._visit(i + 1, ledger, barred, notes, gains)

    def _arrive(self, ledger: Ledger, notes: list[Note]) -> None:
        pricing = self.pricing
        pricing.stand_on(ledger)
        total = pricing.total(self.tax, notes)
        given = sum(ledger.amount) + self._postage - ledger.due
        value = (total, -given)
        if self._best_value is None or value < self._best_value:
            self._best_value = value
            self.best = [note.entry for note in notes if not note.entry.actor]

    # --- the bound ---

    def _gains(self, i: int, ledger: Ledger, barred: int) -> Gains:
        """What each of the entries from `i` on takes at most, the largest first.

        Each takes no more than it would now, as less is left later.
        """
        goods, postage = sum(ledger.left), sum(ledger.postage)
        gains: Gains = {False: [], True: []}
        adders_ahead = i <= self._last_adder
        for j in range(i, len(self.turns)):
            entry = self.turns[j]
            answer = self._answers[j]
            if barred >> j & 1 or self._out[j] or isinstance(answer, Ineligible):
                continue
            ships = entry.phase is Phase.SHIPPING
            gain = there = postage if ships else goods
            offer = answer or self._offers[j]
            if entry.actor or offer is None or offer.tied_items or (adders_ahead and not ships):
                most = self._most[j]
                if most is not None:
                    gain = most
            else:
                gain = self._gain_of(entry, offer, ledger)
            gains[ships].append((min(gain, there), j))
        for each in gains.values():
            each.sort(reverse=True)
        return gains

    def _gain_of(self, entry: Entry, offer: Offer, ledger: Ledger) -> int:
        pricing = self.pricing
        try:
            reductions = pricing.compiled(entry, offer)
        except CurrencyMismatch:  # it will not apply
            return 0
        ships = entry.phase is Phase.SHIPPING
        return sum(
            at_most(
                each,
                ledger,
                pricing.prices,
                pricing.places(entry, each) if ships else [],
                offer.units,
            )
            for each in reductions
        )

    def _together(self, gains: Gains, i: int, ledger: Ledger, barred: int) -> int:
        """What the entries from `i` on can take together at most.

        Of entries that all exclude each other only the largest counts.
        """
        together = 0
        for ships, of_phase in gains.items():
            whole = 0
            cliques: list[int] = []
            for gain, j in of_phase:
                if j < i or barred >> j & 1:
                    continue
                own = self._between[j]
                for k, members in enumerate(cliques):
                    if members & own == members:
                        cliques[k] |= 1 << j
                        break
                else:
                    cliques.append(1 << j)
                    whole += gain
            together += min(whole, sum(ledger.postage if ships else ledger.left))
        return together
