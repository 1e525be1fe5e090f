"""What promotions that are still to come can take off at most: the bound of the search (PR-14).

It may be too high, never too low. Five things are known of discounts that have yet to be taken:

- None takes more later than it would now, as less is left then.
- Of promotions that all exclude each other, one applies at most.
- Classes that do not combine leave only some teams of promotions, each without conflicts of class.
- Percentages of what is left multiply: two of 10 % take 19 %, not 20 %. A pool keeps at least its
  amount × (1 - p) × (1 - q) … whatever comes in between, less what the others take.
- Where a promotion needs so much to be left of all goods, those before it take no more than what
  is over.
"""

from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

import attrs

from cartcore.discounting import Reduction, at_most
from cartcore.errors import CartcoreError, CurrencyMismatch, PluginError
from cartcore.ledger import Ledger
from cartcore.money import Remainder
from cartcore.offer import Ineligible, Offer
from cartcore.promotion import ConditionType, PromotionClass
from cartcore.promotion_set import Entry
from cartcore.quote import Phase

if TYPE_CHECKING:
    from cartcore.pricing import Pricing

_SCALE = 40
_ONE = 1 << _SCALE
"""The scale of the share that percentages leave."""

_MOST_TEAMS = 32
_position = attrgetter("position")

_Kind = tuple[PromotionClass, frozenset[PromotionClass]]


@attrs.frozen
class Known:
    """What is known of an entry before the search, whatever becomes of the others.

    `answer` is what it answers; where that depends on others, it is None, and `offer` may be what
    it offers if it applies. `by_units` says that the offer depends on which units are used up and
    on no discount. `claim` is what its type says that it never takes more than. `final` are the
    conditions that never hold again once they do not. `least` has to be left of all goods.
    """

    answer: Offer | Ineligible | None
    offer: Offer | None
    by_units: bool
    claim: int | None
    final: tuple[ConditionType, ...]
    least: int


def know(pricing: "Pricing", entry: Entry, *, adds: bool) -> Known:
    """Ask an entry. With `adds`, some other one may add lines to the cart."""
    context = pricing.context

    def fixed(*, with_units: bool = False) -> bool:
        units = context.saw_units and not with_units
        return not (context.saw_discounts or units or (adds and context.saw_lines))

    context.saw_lines = context.saw_discounts = context.saw_units = False
    answer: Offer | Ineligible | None
    try:
        answer = pricing.standing(entry) or pricing.answer(entry)
    except PluginError:  # raised again, or noted, when it has its turn
        answer = None
    if answer is not None and fixed():
        offer = answer if isinstance(answer, Offer) else None
        return Known(answer, offer, by_units=False, claim=None, final=(), least=0)
    context.saw_lines = context.saw_discounts = context.saw_units = False
    found = pricing.offer(entry)
    offer = found if isinstance(found, Offer) and fixed() else None
    by_units = found is not None and offer is None and fixed(with_units=True)
    claim: int | None = None
    if hasattr(entry.effect, "at_most") and not adds:
        context.saw_discounts = False
        claim = pricing.claim(entry, entry.effect, "at_most")
        if context.saw_discounts:  # it holds for those that there are now
            claim = None
    if adds:  # there may be more goods, and more left of them, later
        return Known(None, offer, by_units, claim, final=(), least=0)
    final = tuple(each for each in entry.conditions if getattr(each, "stays_unmet", False))
    least = [pricing.claim(entry, each, "least_left") for each in entry.conditions]
    return Known(None, offer, by_units, claim, final, max(least, default=0))


class Gain(NamedTuple):
    """What one entry takes off at most now.

    `percent` is its discount, if that is a percentage of what is left of whole pools, and no other.
    `least` has to be left of all goods at its turn.
    """

    most: int
    position: int
    ships: bool
    percent: Reduction | None
    least: int


class Bound:
    """What the entries of a search can take off at most from some position on.

    Those up to `last_adder` may still add lines. Entries that are `out` never apply: they answered
    so, or they are exclusive, and no other one applies with them.
    """

    def __init__(
        self,
        pricing: "Pricing",
        turns: Sequence[Entry],
        between: Sequence[int],
        known: Sequence[Known],
        *,
        last_adder: int,
    ) -> None:
        self.pricing = pricing
        self.turns = turns
        self.between = between
        self.known = known
        self.last_adder = last_adder
        self.out = sum(
            1 << i
            for i, (entry, each) in enumerate(zip(turns, known, strict=True))
            if isinstance(each.answer, Ineligible)
            or (entry.promotion is not None and entry.promotion.exclusive)
        )
        self.teams = _teams(turns)

    def gains(self, i: int, ledger: Ledger, barred: int) -> list[Gain]:
        """What each of the entries from `i` on takes at most, the largest first."""
        self.pricing.stand_on(ledger)
        goods, postage = ledger.goods_left(), sum(ledger.postage)
        adders_ahead = i <= self.last_adder
        gone = barred | self.out
        ahead = -(1 << i) & ~gone
        gains = []
        for j in range(i, len(self.turns)):
            if gone >> j & 1:
                continue
            entry, known = self.turns[j], self.known[j]
            ships = entry.phase is Phase.SHIPPING
            most = postage if ships else goods
            if known.final and self._unmet(known.final):
                continue
            percent = None
            offer = known.offer
            # Any discount before it may make units free, which it does not count then (PR-30).
            if offer is None and known.by_units and not ahead & ((1 << j) - 1):
                answer = self.pricing.offer(entry)
                if isinstance(answer, Ineligible):
                    continue
                offer = answer
            reductions = None if offer is None else self._foreseen(entry, offer)
            if offer is None or reductions is None or (adders_ahead and not ships):
                most = most if known.claim is None else min(known.claim, most)
            else:
                most = min(most, self._most(entry, offer, reductions, ledger))
                if len(reductions) == 1 and not ships and _multiplies(reductions[0], ledger):
                    percent = reductions[0]
            if most:
                gains.append(Gain(most, j, ships, percent, known.least))
        gains.sort(key=_largest_first)
        return gains

    def _unmet(self, conditions: Sequence[ConditionType]) -> bool:
        context = self.pricing.context
        try:
            return any(each.check(context) is not None for each in conditions)
        except CartcoreError:  # told when it has its turn
            return False

    def _foreseen(self, entry: Entry, offer: Offer) -> tuple[Reduction, ...] | None:
        """The discounts of an offer, if each takes no more later than it would now.

        One that adds goods may, and one that goes by which lines are discounted.
        """
        if offer.tied_items or entry.actor:
            return None
        try:
            reductions = self.pricing.compiled(entry, offer)
        except CurrencyMismatch:  # it will not apply
            return ()
        for each in reductions:
            if each.selection is not None and each.selection.sees_discounts:
                return None
        return reductions

    def _most(
        self, entry: Entry, offer: Offer, reductions: Sequence[Reduction], ledger: Ledger
    ) -> int:
        pricing = self.pricing
        ships = entry.phase is Phase.SHIPPING
        return sum(
            at_most(
                each,
                ledger,
                pricing.places(entry, each) if ships else [],
                offer.units,
            )
            for each in reductions
        )

    def together(self, gains: Sequence[Gain], i: int, ledger: Ledger, barred: int) -> int:
        """What the entries from `i` on can take together at most."""
        ahead = ~barred & -(1 << i)
        return max(
            self._of_team([gain for gain in gains if team >> gain.position & 1], ledger)
            for team in {team & ahead for team in self.teams}
        )

    def cases(self, gains: Sequence[Gain], i: int, ledger: Ledger, barred: int) -> Iterator[int]:
        """The same, case by case: which is the last to apply of those that need goods to be left.

        In each case, those before that one take no more than what need not be left (of shipping
        prices, all).
        """
        ahead = ~barred & -(1 << i)
        needy = [gain for gain in gains if gain.least and ahead >> gain.position & 1]
        others = [gain for gain in gains if not gain.least]
        for last in sorted(needy, key=_position, reverse=True):
            among = [gain for gain in gains if gain.position <= last.position or not gain.least]
            after = [gain for gain in others if gain.position > last.position]
            before = (ledger.due if last.ships else ledger.goods_left()) - last.least
            yield min(
                self.together(among, i, ledger, barred),
                before + last.most + self.together(after, i, ledger, barred),
            )
        yield self.together(others, i, ledger, barred)

    def _of_team(self, gains: Sequence[Gain], ledger: Ledger) -> int:
        left = ledger.left
        goods = postage = 0
        kept: dict[int, int] = {}  # of each cell, the share that percentages leave
        for clique in self._cliques(gains):
            most = clique[0].most
            if clique[0].ships:
                postage += most
                continue
            shares = _shares(clique, ledger)
            # Each share of a split is rounded, and what follows takes different shares of it.
            rounding = 2 + len(shares) // 4
            alone = sum([left[cell] * (_ONE - share) for cell, share in shares.items()]) >> _SCALE
            if not shares or alone > most + rounding:
                goods += most
                continue
            goods += rounding
            for cell, share in shares.items():
                kept[cell] = kept.get(cell, _ONE) * share >> _SCALE
        goods += (sum([left[cell] * (_ONE - share) for cell, share in kept.items()]) >> _SCALE) + 1
        return min(goods, sum(left)) + min(postage, sum(ledger.postage))

    def _cliques(self, gains: Sequence[Gain]) -> list[list[Gain]]:
        """The gains in sets of which only one can be had; the largest of each comes first."""
        cliques: list[list[Gain]] = []
        members: list[int] = []
        for gain in gains:
            between = self.between[gain.position]
            for k, others in enumerate(members):
                if others & between == others:
                    members[k] |= 1 << gain.position
                    cliques[k].append(gain)
                    break
            else:
                members.append(1 << gain.position)
                cliques.append([gain])
        return cliques


def _largest_first(gain: Gain) -> tuple[int, int]:
    return -gain.most, gain.position


def _multiplies(reduction: Reduction, ledger: Ledger) -> bool:
    """Whether a discount takes the same percentage of what is left of each cell, but for rounding.

    With minimum prices, what one cell cannot give another does.
    """
    return bool(
        reduction.rate
        and reduction.plain
        and reduction.selection is not None
        and reduction.limit is None
        and reduction.policy.remainder is Remainder.LARGEST
        and not ledger.floored
    )


def _shares(clique: Sequence[Gain], ledger: Ledger) -> dict[int, int]:
    """The least that one of a clique leaves of each cell; empty if not all are percentages."""
    shares: dict[int, int] = {}
    for gain in clique:
        percent = gain.percent
        if percent is None or percent.selection is None:
            return {}
        share = _ONE - -(-_ONE * percent.rate // percent.over)
        for cell in ledger.cells(ledger.select(percent.selection)):
            if share < shares.get(cell, _ONE):
                shares[cell] = share
    return shares


def _teams(entries: Sequence[Entry]) -> list[int]:
    """The largest sets of entries that their classes let apply together, as bits (PR-13).

    Every allowed set is part of one of them. A set of all entries would do, too: where there are
    too many, it is that one.
    """
    by_kind: dict[_Kind, int] = {}
    others = 0
    for i, entry in enumerate(entries):
        if entry.promotion is None:
            others |= 1 << i
            continue
        kind = (entry.kind, frozenset(entry.promotion.combines_with))
        by_kind[kind] = by_kind.get(kind, 0) | 1 << i
    friends = {
        one: {two for two in by_kind if two != one and one[0] in two[1] and two[0] in one[1]}
        for one in by_kind
    }
    found: list[int] = []

    def grow(team: int, could: set[_Kind], seen: set[_Kind]) -> None:
        # The algorithm of Bron and Kerbosch (1973), with pivots.
        if len(found) > _MOST_TEAMS:
            return
        if not could and not seen:
            found.append(team)
            return
        pivot = max(could | seen, key=lambda each: len(could & friends[each]))
        for each in could - friends[pivot]:
            grow(team | by_kind[each], could & friends[each], seen & friends[each])
            could = could - {each}
            seen = seen | {each}

    grow(others, set(by_kind), set())
    return found if len(found) <= _MOST_TEAMS else [(1 << len(entries)) - 1]
