"""What promotions that are still to come can take off at most: the bound of the search (PR-14).

It may be too high, never too low: a branch that it cuts must not hold the best set. Each part says
why, and `tests/pricing/test_bound.py` compares each with what the best completion of a set really
takes.

- `Bound.gains`: what each takes at most by itself.
- `teams`: which of them classes let apply together.
- `cliques`: of those that exclude each other, one applies at most.
- `percentages`: two of 10 % take 19 %, not 20 %.
- `Bound.together`: all of this; no more than there is of goods, and of shipping prices.
- `Bound.cases`: where one needs so much to be left, those before it take no more than is over.
"""

from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

import attrs

from cartcore.errors import CartcoreError, CurrencyMismatch, PluginError
from cartcore.pricing.conflicts import teams
from cartcore.pricing.discounting import Reduction
from cartcore.pricing.estimate import at_most
from cartcore.pricing.ledger import Ledger
from cartcore.pricing.promotion_set import Entry
from cartcore.pricing.quote import Phase
from cartcore.promotions.offer import Ineligible, Offer
from cartcore.promotions.types import ConditionType
from cartcore.values.money import Remainder

if TYPE_CHECKING:
    from cartcore.pricing.engine import Pricing

_SCALE = 40
_ONE = 1 << _SCALE
"""The scale of the share that percentages leave."""

_LINES = 256
"""So many lines take as long to look at as all else that an estimate needs."""

_position = attrgetter("position")


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
    sight = pricing.sight

    def fixed(*, with_units: bool = False) -> bool:
        units = sight.saw_units and not with_units
        return not (sight.saw_discounts or units or (adds and sight.saw_lines))

    sight.forget()
    answer: Offer | Ineligible | None
    try:
        answer = pricing.standing(entry) or pricing.answer(entry)
    except PluginError:  # raised again, or noted, when it has its turn
        answer = None
    if answer is not None and fixed():
        offer = answer if isinstance(answer, Offer) else None
        return Known(answer, offer, by_units=False, claim=None, final=(), least=0)
    sight.forget()
    found = pricing.offer(entry)
    offer = found if isinstance(found, Offer) and fixed() else None
    by_units = found is not None and offer is None and fixed(with_units=True)
    claim: int | None = None
    if hasattr(entry.effect, "at_most") and not adds:
        sight.saw_discounts = False
        claim = pricing.claim(entry, entry.effect, "at_most")
        if sight.saw_discounts:  # it holds for those that there are now
            claim = None
    if adds:  # there may be more goods, and more left of them, later
        return Known(None, offer, by_units, claim, final=(), least=0)
    final = tuple(each for each in entry.conditions if getattr(each, "stays_unmet", False))
    least = [pricing.claim(entry, each, "least_left") for each in entry.conditions]
    return Known(None, offer, by_units, claim, final, max(least, default=0))


class Gain(NamedTuple):
    """What one entry takes off at most now.

    `percent` is its discount, if that is a percentage of what is left of whole pools, and no other.
    `least` has to be left of all goods at its turn. `splits` is how many cells it can split in two.
    """

    most: int
    position: int
    ships: bool
    percent: Reduction | None
    least: int
    splits: int


class Bound:
    """What the entries of a search can take off at most from some position on.

    Those up to `last_adder` may still add lines. Entries that are `out` never apply: they answered
    so, or they are exclusive, and no other one applies with them. `work` counts what was estimated
    and added up.
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
        self.teams = teams(turns)
        self.work = 0

    def gains(self, i: int, ledger: Ledger, barred: int) -> list[Gain]:
        """What each of the entries from `i` on takes at most, the largest first.

        It is never too low: whatever the others do leaves less of each line and shipment, and all
        measures of a discount grow with what is left (`cartcore.pricing.estimate`). Where an offer
        is not known, or may be another one by then, it is what its type claims, which is checked at
        its turn, or all that is left. While lines may still be added, an entry takes no more of the
        goods than all that is there now, over and above what the added lines cost. Left out are
        those that cannot apply any more, or have nothing left to take.
        """
        self.pricing.stand_on(ledger)
        goods, postage = ledger.goods_left(), sum(ledger.postage)
        adders_ahead = i <= self.last_adder
        gone = barred | self.out
        ahead = -(1 << i) & ~gone
        each = 1 + len(ledger.line) // _LINES
        gains = []
        for j in range(i, len(self.turns)):
            if gone >> j & 1:
                continue
            self.work += each
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
                splits = 0 if ships else _splits(reductions, ledger, uses_units=entry.uses_units)
                gains.append(Gain(most, j, ships, percent, known.least, splits))
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
        if offer.tied_items:
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
        """What the entries from `i` on can take together at most.

        Those that apply belong to one of the teams, so the most that any team can take is never
        too low.
        """
        ahead = ~barred & -(1 << i)
        return max(
            self.of_team([gain for gain in gains if team >> gain.position & 1], ledger)
            for team in {team & ahead for team in self.teams}
        )

    def cases(self, gains: Sequence[Gain], i: int, ledger: Ledger, barred: int) -> Iterator[int]:
        """The same, case by case: which is the last to apply of those that need goods to be left.

        One of the cases is what happens, so the largest is never too low. In each, no other one
        that needs goods applies after the last; and at its turn, so much has to be left of all
        goods, so those before it took no more than what was over (of shipping prices, all). If none
        of them applies, only the others take anything.
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

    def of_team(self, gains: Sequence[Gain], ledger: Ledger) -> int:
        """What the entries of one team can take together at most.

        A clique with goods and with shipping counts in two ways, and neither is ever too low, so
        the lower one is taken. Either it counts for both, goods and shipping prices: then whichever
        of its members applies is counted where it takes something, and all together take no more
        than there is of either. Or it counts apart from both, with its largest gain: then what the
        other cliques take of goods and of shipping prices is no more than there is of either.
        """
        self.work += len(gains)
        found = cliques(gains, self.between)
        splits = sum([gain.splits for gain in gains])
        there, prices = ledger.goods_left(), sum(ledger.postage)
        if not any([gain.ships for gain in gains]):  # noqa: C419  (in one go)
            return min(percentages(found, ledger, splits), there)
        goods: list[list[Gain]] = []
        mixed: list[list[Gain]] = []
        postage = mixed_postage = apart = 0
        for clique in found:
            shipping = [gain.most for gain in clique if gain.ships]
            if not shipping:
                goods.append(clique)
            elif len(shipping) == len(clique):
                postage += shipping[0]
            else:
                mixed.append([gain for gain in clique if not gain.ships])
                mixed_postage += shipping[0]
                apart += clique[0].most
        most = min(percentages(goods, ledger, splits), there) + min(postage, prices)
        if not mixed:
            return most
        both = percentages(goods + mixed, ledger, splits)
        return min(most + apart, min(both, there) + min(postage + mixed_postage, prices))


def cliques(gains: Sequence[Gain], between: Sequence[int]) -> list[list[Gain]]:
    """The gains in sets of which only one can be had; the largest of each comes first.

    Any two of a set exclude each other, so one of them applies at most. However the sets are
    formed, the sum of what each takes at most is never too low; that each gain joins the first set
    that it can, the largest first, makes it low.
    """
    found: list[list[Gain]] = []
    members: list[int] = []
    everyone = 0
    for gain in gains:
        rivals = between[gain.position]
        own = 1 << gain.position
        if rivals & everyone:
            for k, others in enumerate(members):
                if others & rivals == others:
                    members[k] |= own
                    found[k].append(gain)
                    break
            else:
                members.append(own)
                found.append([gain])
        else:
            members.append(own)
            found.append([gain])
        everyone |= own
    return found


def percentages(goods: Sequence[Sequence[Gain]], ledger: Ledger, splits: int) -> int:
    """What cliques of goods take together at most, where percentages are of what is left.

    A cell of which one percentage leaves the share a and another one b keeps at least its amount x
    times a × b, less what others take in between: (x - t) × b is no less than x × b - t. So all
    together take x × (1 - a × b) at most, and what the others take by themselves. To this comes
    rounding. A percentage is rounded by less than one, and its split among n cells gives some of
    them more than their exact share, together by n / 4 at most: with k cells left over for the k
    largest fractions, whose mean is at least k / n, it is k × (1 - k / n). `splits` more cells may
    have come to be by then, but no more than there are units.

    The plain sum is never too low either, so it is taken where it is lower.
    """
    left = ledger.left
    others = plain = 0
    kept: dict[int, int] = {}  # of each cell, the share that percentages leave
    for clique in goods:
        most = clique[0].most
        plain += most
        shares = _shares(clique, ledger)
        if not shares:
            others += most
            continue
        alone = sum([left[cell] * (_ONE - share) for cell, share in shares.items()]) >> _SCALE
        if alone > most:
            others += most
            continue
        cells = len(shares) + splits
        if splits:
            cells = min(cells, sum([ledger.units[cell] for cell in shares]))
        others += 2 + cells // 4
        for cell, share in shares.items():
            kept[cell] = kept.get(cell, _ONE) * share >> _SCALE
    taken = sum([left[cell] * (_ONE - share) for cell, share in kept.items()]) >> _SCALE
    return min(plain, taken + 1 + others)


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


def _splits(
    reductions: Sequence[Reduction] | None, ledger: Ledger, *, uses_units: bool = False
) -> int:
    """How many cells these discounts can split in two; of an unknown offer, as many as there are.

    Of some units of a selection, the last cell is split; of named units, one cell of each line, and
    those of which some units are used up. A promotion that uses up units leaves one such cell of
    each line, and that can be split later.
    """
    if reductions is None:
        return sum(ledger.units)
    lines = len(ledger.pools)
    found = lines if uses_units else 0
    for each in reductions:
        if each.selection is None:
            found += lines + ledger.used_in_part()
        elif each.limit is not None:
            found += 1
    return found


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
