"""Of item promotions, a line takes only the one that gives it most (`Stacking.BEST_PER_LINE`).

A race finds out what each item promotion gives each line where no other one discounts it: each is
tried at its turn, on the goods that are there by then. Then all have their turn, an item promotion
on the lines that it won. Who applies bars those that it does not combine with, in both (PR-13).

Whether one really takes something off shows only at its turn. One that won lines, or barred others,
and takes nothing off is taken out, and the race is run again: so it bars nobody.
"""

from collections.abc import Sequence

import attrs

from cartcore.pricing.candidate import Candidate
from cartcore.pricing.choosing import beaten, first_exclusive, pass_over
from cartcore.pricing.ledger import Ledger
from cartcore.pricing.quote_parts import Phase
from cartcore.pricing.turn import Applied, Turn
from cartcore.pricing.turns import Turns
from cartcore.promotions.types import PromotionClass


@attrs.frozen(eq=False)
class _Race:
    """What came of a race: the turns that item promotions were tried with, by id.

    `chosen` are the ids of those that may apply, and of those that add goods. `winners` says, by
    the id of the first of equal lines, how much the one that gives most gives, and which it is.
    """

    trials: dict[str, Turn]
    chosen: set[str]
    winners: dict[str, tuple[int, str]]


def best_per_line(
    turns: Turns, candidates: Sequence[Candidate], between: Sequence[int], ledger: Ledger
) -> list[Turn]:
    """Give the candidates their turns on a ledger; each line takes one item promotion at most.

    `between` are their conflicts.
    """
    alone = first_exclusive(turns, candidates, ledger)
    out = set() if alone is None else {each.id for each in candidates if each is not alone}
    while True:
        race = _race(turns, candidates, between, ledger, out)
        trial = ledger.copy()
        played = _play(turns, candidates, between, trial, race, out)
        won = {winner for _, winner in race.winners.values()}
        idle = next(
            (
                turn.candidate.id
                for turn, rivals in zip(played, between, strict=True)
                if turn.candidate.id in race.chosen
                and not turn.applied
                and (rivals or turn.candidate.id in won)
            ),
            None,
        )
        if idle is None:
            ledger.become(trial)
            return played
        out.add(idle)


def _race(
    turns: Turns,
    candidates: Sequence[Candidate],
    between: Sequence[int],
    start: Ledger,
    out: set[str],
) -> _Race:
    """Try each item promotion by itself; those that are `out` win nothing and bar nobody."""
    race = _Race({}, set(), {})
    ledger = start.copy()
    barred = 0
    for i, candidate in enumerate(candidates):
        if candidate.phase is not Phase.ITEMS or candidate.actor:
            continue
        can_win = not (barred >> i & 1 or candidate.id in out)
        trial = ledger
        if candidate.kind is PromotionClass.ITEM:
            trial = ledger.copy()
        elif not can_win:
            continue
        turn = race.trials[candidate.id] = turns.take(candidate, trial)
        if can_win and isinstance(turn.outcome, Applied):
            race.chosen.add(candidate.id)
            barred |= between[i]
            if candidate.kind is PromotionClass.ITEM:
                for line_id, discount in _by_line(turn.outcome, trial).items():
                    if discount > race.winners.get(line_id, (0, ""))[0]:
                        race.winners[line_id] = (discount, candidate.id)
    return race


def _play(
    turns: Turns,
    candidates: Sequence[Candidate],
    between: Sequence[int],
    ledger: Ledger,
    race: _Race,
    out: set[str],
) -> list[Turn]:
    """Give the candidates their turns, item promotions on the lines that they won."""
    found: list[Turn] = []
    barred = 0
    for i, candidate in enumerate(candidates):
        if candidate.actor:
            turn = turns.take(candidate, ledger)
        elif candidate.kind is PromotionClass.ITEM:
            won = {
                ledger.where[line_id]
                for line_id, (_, winner) in race.winners.items()
                if winner == candidate.id and line_id in ledger.where
            }
            tried = race.trials[candidate.id]
            turn = turns.take(candidate, ledger, only=won) if won else beaten(tried)
        elif (
            candidate.id in race.chosen
            if candidate.phase is Phase.ITEMS
            else not (barred >> i & 1 or candidate.id in out)
        ):
            turn = turns.take(candidate, ledger)
        else:
            turn = pass_over(turns, candidate, ledger)
        if turn.applied:
            barred |= between[i]
        found.append(turn)
    return found


def _by_line(outcome: Applied, ledger: Ledger) -> dict[str, int]:
    """What a promotion took off equal lines, by the id of the first of them."""
    ledger.settled()
    found: dict[str, int] = {}
    for step in outcome.taken:
        for cell, part in zip(step.cells, step.parts, strict=True):
            line_id = ledger.line[ledger.pool[cell]].id
            found[line_id] = found.get(line_id, 0) + part
    return found
