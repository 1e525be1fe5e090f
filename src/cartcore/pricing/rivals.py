"""Who took the place of a promotion, and what the total would be with it instead (PR-27)."""

from collections.abc import Sequence

import attrs

from cartcore.errors import PluginError
from cartcore.pricing.candidate import Candidate
from cartcore.pricing.conflicts import conflicts
from cartcore.pricing.ledger import Ledger
from cartcore.pricing.policy import Stacking
from cartcore.pricing.pools import pools_of
from cartcore.pricing.request import PricingRequest
from cartcore.pricing.totals import total_of
from cartcore.pricing.turn import Priced, Turn
from cartcore.pricing.turns import Turns
from cartcore.promotions.types import PromotionClass


@attrs.frozen
class Rival:
    """What took the place of a promotion: None if it is not one alone.

    `higher_by` is how much higher the total would be without it, in minor units.
    """

    winner: Candidate | None
    higher_by: int


def rival_of(loser: Candidate, request: PricingRequest, priced: Priced) -> Rival:
    """Price the cart again with the loser, and without those that are in its way."""
    applied = {turn.candidate.id for turn in priced.turns if turn.applied}
    candidates = [c for c in priced.candidates if c.id in applied or c is loser or c.actor]
    in_the_way = _in_the_way(loser, candidates, request.policy.stacking)
    ledger = Ledger.of(pools_of(request.cart, request.policy.rounding, request.reads))
    turns = Turns(request, ledger)
    total = total_of(request)
    try:
        instead = [turns.take(each, ledger) for each in candidates if each not in in_the_way]
        higher_by = total(ledger, instead) - total(priced.ledger, priced.turns)
    except PluginError:  # it was never asked about such a cart
        instead, higher_by = [], 0
    before, after = _discounts(priced.turns), _discounts(instead)

    def lost(candidate: Candidate) -> int:
        return before.get(candidate.id, 0) - after.get(candidate.id, 0)

    rivals = in_the_way or [each for each in candidates if each is not loser]
    return Rival(max(rivals, key=lost, default=None), higher_by)


def _in_the_way(
    loser: Candidate, candidates: list[Candidate], stacking: Stacking
) -> list[Candidate]:
    """Those that it does not combine with, or that may take its lines."""
    between = conflicts(candidates) or [0] * len(candidates)
    own = between[candidates.index(loser)]
    best_per_line = stacking is Stacking.BEST_PER_LINE
    one_of = loser.kind if best_per_line and loser.kind is PromotionClass.ITEM else None
    return [
        each
        for i, each in enumerate(candidates)
        if own >> i & 1 or (each.kind is one_of and not (each.actor or each is loser))
    ]


def _discounts(turns: Sequence[Turn]) -> dict[str, int]:
    return {turn.candidate.id: turn.applied.discount for turn in turns if turn.applied}
