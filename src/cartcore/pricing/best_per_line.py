"""Of item promotions, a line takes only the one that gives it most (`Stacking.BEST_PER_LINE`)."""

from collections.abc import Sequence

from cartcore.pricing.candidate import Candidate
from cartcore.pricing.choosing import pass_over, play
from cartcore.pricing.ledger import Ledger
from cartcore.pricing.turn import Applied, Turn
from cartcore.pricing.turns import Turns
from cartcore.promotions.offer import Ineligible
from cartcore.promotions.types import PromotionClass


def best_per_line(
    turns: Turns, candidates: Sequence[Candidate], chosen: Sequence[Candidate], ledger: Ledger
) -> list[Turn]:
    """Of the chosen item promotions, let each line take only the one that gives it most."""
    ids = {candidate.id for candidate in chosen}
    items = [each for each in chosen if each.kind is PromotionClass.ITEM and not each.actor]
    gifts = [each for each in candidates if each.kind is PromotionClass.PRODUCT]
    found = play(turns, gifts, chosen, ledger)
    start = ledger.copy()
    best: dict[int, tuple[int, str]] = {}
    for candidate in items:
        trial = start.copy()
        outcome = turns.take(candidate, trial).outcome
        if isinstance(outcome, Applied):
            for pool, discount in _by_pool(outcome, trial).items():
                if discount > best.get(pool, (0, ""))[0]:
                    best[pool] = (discount, candidate.id)
    for candidate in candidates:
        if candidate in gifts:
            continue
        if candidate.id not in ids and not candidate.actor:
            raced = candidate.kind is PromotionClass.ITEM
            turn = pass_over(turns, candidate, start if raced else ledger)
        elif candidate in items:
            only = {pool for pool, (_, winner) in best.items() if winner == candidate.id}
            turn = turns.take(candidate, ledger, only=only)
            if isinstance(turn.outcome, Ineligible) and not only:
                turn = pass_over(turns, candidate, start)
        else:
            turn = turns.take(candidate, ledger)
        found.append(turn)
    return found


def _by_pool(outcome: Applied, ledger: Ledger) -> dict[int, int]:
    """What a promotion took off each pool."""
    ledger.settled()
    found: dict[int, int] = {}
    for step in outcome.taken:
        for cell, part in zip(step.cells, step.parts, strict=True):
            pool = ledger.pool[cell]
            found[pool] = found.get(pool, 0) + part
    return found
