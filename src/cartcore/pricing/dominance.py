"""Which promotions never hurt: the search for the best takes these without a branch (PR-14).

A promotion takes something off, so it hurts only through those that come after it: it excludes one,
uses up its units, takes what it needs to be left, or moves a minor unit of its split. It never
hurts where each of those that come after, as long as less is left for it,

- applies whatever was discounted before, and nobody is excluded by the promotion in question;
- takes no more, and leaves no more: a percentage, an amount off or a price instead takes T(x) of x,
  and neither T(x) nor x - T(x) falls when x grows, also with a maximum discount, a budget, or
  minimum prices;
- depends on nothing but sums of lines, and changes no sum in any other way. For rounding decides
  which line of a split has the odd minor unit, and a line that is given less for it leaves more to
  pay where only that line counts later on.

For the last, lines are put into blocks, from the end: after the last promotion only the sum of all
counts. Before a promotion that discounts some lines of one block, these and the others count apart.
One that discounts lines of several blocks depends on more than sums, and so does one that picks
units. What its own discount looks like makes no difference to the promotion in question: it leaves
no block more than there was.

Taxes may be anything, a plugin's as well: where there are any, every promotion has its branches.
"""

from collections.abc import Sequence

from cartcore.errors import CurrencyMismatch, PluginError
from cartcore.pricing.candidate import Candidate
from cartcore.pricing.discounting import Reduction
from cartcore.pricing.foreseen import Foreseen
from cartcore.pricing.ledger import Ledger
from cartcore.pricing.policy import RoundingPoint
from cartcore.pricing.turns import Turns
from cartcore.promotions.offer import Offer, Per
from cartcore.promotions.types import PromotionClass


def harmless(
    turns: Turns,
    candidates: Sequence[Candidate],
    between: Sequence[int],
    foreseen: Sequence[Foreseen],
    out: int,
    ledger: Ledger,
) -> int:
    """The candidates that never hurt, as bits, for the lines that a ledger has.

    `out` are those that never apply. Lines must not be added any more.
    """
    found = after = users = 0
    blocks = [-1]  # the pools of each, as bits; those of shipments are next to those of goods
    for i in reversed(range(len(candidates))):
        if out >> i & 1:
            continue
        candidate = candidates[i]
        if candidate.kind is PromotionClass.PRODUCT:
            break
        rivals = between[i] & after or (candidate.uses_units and users)
        if not (candidate.actor or rivals):
            found |= 1 << i
        after |= 1 << i
        users |= candidate.uses_units << i
        sums = _sums(turns, candidate, foreseen[i].answer, ledger)
        if sums is None or not all(_refine(blocks, pools) for pools in reversed(sums)):
            break
    return found


def _refine(blocks: list[int], pools: int) -> bool:
    """Have these pools count apart from others of their block; false if they are of several."""
    homes = [block for block in blocks if block & pools]
    if len(homes) > 1:
        return False
    for home in homes:
        if home & ~pools:
            blocks.remove(home)
            blocks += [pools, home & ~pools]
    return True


def _sums(turns: Turns, candidate: Candidate, answer: object, ledger: Ledger) -> list[int] | None:
    """The pools whose sums decide what a candidate takes, as bits; None if more than sums does."""
    if not isinstance(answer, Offer):
        return None
    try:
        found: list[int] = []
        for reduction in turns.reductions(candidate, answer):
            if reduction.ships:
                places = turns.places(candidate, reduction)
                found.append(_bits([len(ledger.line) + place for place in places]))
                continue
            pools = _pools(reduction, ledger)
            if pools is None:
                return None
            if reduction.measure is None:
                found.append(_bits(pools))
            elif _line_by_line(reduction) and not ledger.floored:
                found += [1 << pool for pool in pools]
            else:
                return None
    except CurrencyMismatch:  # it will not apply
        return []
    except PluginError:  # told when it has its turn
        return None
    return found


def _pools(reduction: Reduction, ledger: Ledger) -> list[int] | None:
    """The pools that a discount is taken off, if it is taken off all their units."""
    selection = reduction.selection
    if selection is not None:
        if reduction.limit is not None or selection.sees_discounts:
            return None
        pools = ledger.select(selection)
    elif reduction.units or reduction.of_offer:
        return None
    else:
        if ledger.merged:  # a line may be some of the units only
            return None
        pools = [ledger.where[each] for each in reduction.lines if each in ledger.where]
    return [pool for pool in pools if ledger.line[pool].discountable]


def _line_by_line(reduction: Reduction) -> bool:
    """Whether what a discount takes off each line depends on that line alone."""
    if reduction.maximum is not None or reduction.of_original:
        return False  # what one line has no room for, others take
    if reduction.rate:
        return reduction.policy.rounding_point is RoundingPoint.LINE
    return reduction.discount.per is Per.LINE


def _bits(places: Sequence[int]) -> int:
    return sum([1 << place for place in places])
