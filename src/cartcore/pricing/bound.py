"""What promotions that are still to come can take off at most: the bound of the search (PR-14).

It may be too high, never too low: a branch that it cuts must not hold the best set. Each part says
why, and `tests/pricing/test_bound.py` compares each with what the best completion of a set really
takes.

- `Bound.estimates`: what each takes at most by itself.
- `compatible_sets`: which of them classes let apply together.
- `cliques`: of those that exclude each other, one applies at most.
- `percentages`: two of 10 % take 19 %, not 20 %.
- `Bound.together`: all of this; no more than there is of goods, and of shipping prices.
- `Bound.cases`: where one needs so much to be left, those before it take no more than is over.
"""

from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import NamedTuple

from cartcore.errors import CurrencyMismatch, PluginError
from cartcore.pricing.candidate import Candidate
from cartcore.pricing.conflicts import compatible_sets
from cartcore.pricing.discounting import Reduction
from cartcore.pricing.estimate import at_most
from cartcore.pricing.foreseen import Foreseen
from cartcore.pricing.ledger import Ledger
from cartcore.pricing.turns import Turns
from cartcore.promotions.offer import Ineligible, Offer
from cartcore.values.allocation import Remainder

_SCALE = 40
_ONE = 1 << _SCALE
"""The scale of the share that percentages leave."""

_LINES = 256
"""So many lines take as long to look at as all else that an estimate needs."""

_position = attrgetter("position")


class Estimate(NamedTuple):
    """What one candidate takes off at most now.

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
    """What the candidates of a search can take off at most from some position on.

    Those up to `last_adder` may still add lines. Candidates that are `out` never apply: they
    answered so, or they are exclusive, and no other one applies with them. `work` counts what was
    estimated and added up.
    """

    def __init__(
        self,
        turns: Turns,
        candidates: Sequence[Candidate],
        between: Sequence[int],
        foreseen: Sequence[Foreseen],
        *,
        last_adder: int,
    ) -> None:
        self.turns = turns
        self.candidates = candidates
        self.between = between
        self.foreseen = foreseen
        self.last_adder = last_adder
        self.out = sum(
            1 << i
            for i, (candidate, each) in enumerate(zip(candidates, foreseen, strict=True))
            if isinstance(each.answer, Ineligible) or candidate.exclusive
        )
        self.sets = compatible_sets(candidates)
        self.work = 0

    def estimates(self, i: int, ledger: Ledger, barred: int) -> list[Estimate]:
        """What each of the candidates from `i` on takes at most, the largest first.

        It is never too low: whatever the others do leaves less of each line and shipment, and all
        measures of a discount grow with what is left (`cartcore.pricing.estimate`). Where an offer
        is not known, or may be another one by then, it is what its type claims, which is checked at
        its turn, or all that is left. While lines may still be added, a candidate takes no more of
        the goods than all that is there now, over and above what the added lines cost. Left out
        are those that cannot apply any more, or have nothing left to take.
        """
        goods, shipping = ledger.goods_left(), sum(ledger.shipping_left)
        adders_ahead = i <= self.last_adder
        gone = barred | self.out
        ahead = -(1 << i) & ~gone
        each = 1 + len(ledger.line) // _LINES
        estimates = []
        for j in range(i, len(self.candidates)):
            if gone >> j & 1:
                continue
            self.work += each
            candidate, known = self.candidates[j], self.foreseen[j]
            ships = candidate.ships
            most = shipping if ships else goods
            if known.final and self.turns.unmet(known.final, ledger):
                continue
            percent = None
            offer = known.offer
            # With nothing before it, it will answer as it does now. Otherwise even one that goes by
            # units alone may not, as a discount can make some of them free (PR-30).
            if offer is None and not ahead & ((1 << j) - 1):
                answer = self.turns.offer(candidate, ledger)
                if isinstance(answer, Ineligible):
                    continue
                offer = answer
            reductions = None if offer is None else self._foreseen(candidate, offer)
            if offer is None or reductions is None or (adders_ahead and not ships):
                most = most if known.claim is None else min(known.claim, most)
            else:
                most = min(most, self._most(candidate, offer, reductions, ledger))
                if len(reductions) == 1 and not ships and _multiplies(reductions[0], ledger):
                    percent = reductions[0]
            if most:
                uses = candidate.uses_units
                splits = 0 if ships else _splits(reductions, ledger, uses_units=uses)
                estimates.append(Estimate(most, j, ships, percent, known.least, splits))
        estimates.sort(key=_largest_first)
        return estimates

    def _foreseen(self, candidate: Candidate, offer: Offer) -> tuple[Reduction, ...] | None:
        """The discounts of an offer, if each takes no more later than it would now.

        One that adds goods may, and one that goes by which lines are discounted.
        """
        if offer.tied_items:
            return None
        try:
            reductions = self.turns.reductions(candidate, offer)
        except (CurrencyMismatch, PluginError):  # it will not apply, or fail when it has its turn
            return ()
        for each in reductions:
            if each.selection is not None and each.selection.sees_discounts:
                return None
        return reductions

    def _most(
        self, candidate: Candidate, offer: Offer, reductions: Sequence[Reduction], ledger: Ledger
    ) -> int:
        turns = self.turns
        try:
            places = [turns.places(candidate, r) if candidate.ships else [] for r in reductions]
        except PluginError:  # it will fail when it has its turn
            return 0
        pairs = zip(reductions, places, strict=True)
        return sum(at_most(each, ledger, own, offer.shared_units) for each, own in pairs)

    def together(self, estimates: Sequence[Estimate], i: int, ledger: Ledger, barred: int) -> int:
        """What the candidates from `i` on can take together at most.

        Those that apply belong to one of the compatible sets, so the most that any of these can
        take is never too low.
        """
        ahead = ~barred & -(1 << i)
        return max(
            self.of_set([each for each in estimates if members >> each.position & 1], ledger)
            for members in {members & ahead for members in self.sets}
        )

    def cases(
        self, estimates: Sequence[Estimate], i: int, ledger: Ledger, barred: int
    ) -> Iterator[int]:
        """The same, case by case: which is the last to apply of those that need goods to be left.

        One of the cases is what happens, so the largest is never too low. In each, no other one
        that needs goods applies after the last; and at its turn, so much has to be left of all
        goods, so those before it took no more than what was over (of shipping prices, all). If none
        of them applies, only the others take anything.
        """
        ahead = ~barred & -(1 << i)
        needy = [each for each in estimates if each.least and ahead >> each.position & 1]
        others = [each for each in estimates if not each.least]
        for last in sorted(needy, key=_position, reverse=True):
            among = [e for e in estimates if e.position <= last.position or not e.least]
            after = [each for each in others if each.position > last.position]
            before = (ledger.total_left if last.ships else ledger.goods_left()) - last.least
            yield min(
                self.together(among, i, ledger, barred),
                before + last.most + self.together(after, i, ledger, barred),
            )
        yield self.together(others, i, ledger, barred)

    def of_set(self, estimates: Sequence[Estimate], ledger: Ledger) -> int:
        """What the candidates of one compatible set can take together at most.

        A clique with goods and with shipping counts in two ways, and neither is ever too low, so
        the lower one is taken. Either it counts for both, goods and shipping prices: then whichever
        of its members applies is counted where it takes something, and all together take no more
        than there is of either. Or it counts apart from both, with its largest estimate: then what
        the other cliques take of goods and of shipping is no more than there is of either.
        """
        self.work += len(estimates)
        found = cliques(estimates, self.between)
        splits = sum([estimate.splits for estimate in estimates])
        there, prices = ledger.goods_left(), sum(ledger.shipping_left)
        if not any([estimate.ships for estimate in estimates]):  # noqa: C419  (in one go)
            return min(percentages(found, ledger, splits), there)
        goods: list[list[Estimate]] = []
        mixed: list[list[Estimate]] = []
        shipping = mixed_shipping = apart = 0
        for clique in found:
            of_shipping = [estimate.most for estimate in clique if estimate.ships]
            if not of_shipping:
                goods.append(clique)
            elif len(of_shipping) == len(clique):
                shipping += of_shipping[0]
            else:
                mixed.append([estimate for estimate in clique if not estimate.ships])
                mixed_shipping += of_shipping[0]
                apart += clique[0].most
        most = min(percentages(goods, ledger, splits), there) + min(shipping, prices)
        if not mixed:
            return most
        both = percentages(goods + mixed, ledger, splits)
        return min(most + apart, min(both, there) + min(shipping + mixed_shipping, prices))


def cliques(estimates: Sequence[Estimate], between: Sequence[int]) -> list[list[Estimate]]:
    """The estimates in sets of which only one can be had; the largest of each comes first.

    Any two of a set exclude each other, so one of them applies at most. However the sets are
    formed, the sum of what each takes at most is never too low; that each estimate joins the first
    set that it can, the largest first, makes it low.
    """
    found: list[list[Estimate]] = []
    members: list[int] = []
    everyone = 0
    for estimate in estimates:
        rivals = between[estimate.position]
        own = 1 << estimate.position
        for k, others in enumerate(members if rivals & everyone else ()):
            if others & rivals == others:
                members[k] |= own
                found[k].append(estimate)
                break
        else:
            members.append(own)
            found.append([estimate])
        everyone |= own
    return found


def percentages(goods: Sequence[Sequence[Estimate]], ledger: Ledger, splits: int) -> int:
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


def _largest_first(estimate: Estimate) -> tuple[int, int]:
    return -estimate.most, estimate.position


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


def _shares(clique: Sequence[Estimate], ledger: Ledger) -> dict[int, int]:
    """The least that one of a clique leaves of each cell; empty if not all are percentages."""
    shares: dict[int, int] = {}
    for estimate in clique:
        percent = estimate.percent
        if percent is None or percent.selection is None:
            return {}
        share = _ONE - -(-_ONE * percent.rate // percent.over)
        for cell in ledger.cells(ledger.select(percent.selection)):
            if share < shares.get(cell, _ONE):
                shares[cell] = share
    return shares
