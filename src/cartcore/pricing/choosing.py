"""Which candidates apply in priority order where not all can, and playing them (PR-13, PR-14)."""

from collections.abc import Iterable, Sequence

import attrs

from cartcore.pricing.candidate import Candidate
from cartcore.pricing.ledger import Ledger
from cartcore.pricing.turn import Applied, Turn
from cartcore.pricing.turns import Turns


def play(
    turns: Turns, candidates: Sequence[Candidate], chosen: Iterable[Candidate], ledger: Ledger
) -> list[Turn]:
    """Give the chosen ones their turn, and find out why the others have none."""
    ids = {candidate.id for candidate in chosen}
    return [
        turns.take(candidate, ledger)
        if candidate.id in ids or candidate.actor
        else pass_over(turns, candidate, ledger)
        for candidate in candidates
    ]


def pass_over(turns: Turns, candidate: Candidate, ledger: Ledger) -> Turn:
    """The turn of a candidate that has none: it is beaten if it would apply to this ledger."""
    return beaten(turns.take(candidate, ledger.copy()))


def beaten(turn: Turn) -> Turn:
    """A turn that was tried, and not had."""
    return attrs.evolve(turn, beaten=isinstance(turn.outcome, Applied))


def in_priority_order(
    turns: Turns, candidates: Sequence[Candidate], between: Sequence[int], start: Ledger
) -> list[Candidate]:
    """The candidates that apply: the first that does wins, exclusive ones before all others.

    `between` are their conflicts.
    """
    alone = first_exclusive(turns, candidates, start)
    if alone is not None:
        return [alone]
    ledger = start.copy()
    chosen: list[Candidate] = []
    mask = 0
    for i, candidate in enumerate(candidates):
        if between[i] & mask or candidate.exclusive:
            continue
        turn = turns.take(candidate, ledger)
        if isinstance(turn.outcome, Applied) and not candidate.actor:
            mask |= 1 << i
            chosen.append(candidate)
    return chosen


def first_exclusive(
    turns: Turns, candidates: Sequence[Candidate], start: Ledger
) -> Candidate | None:
    """The exclusive candidate with the highest priority that applies, if one does (PR-13)."""
    exclusive = [each for each in candidates if each.exclusive]
    for candidate in sorted(exclusive, key=_priority):
        ledger = start.copy()
        # As it will be played: after what staff gave before its turn.
        for earlier in candidates[: candidates.index(candidate)]:
            if earlier.actor:
                turns.take(earlier, ledger)
        if isinstance(turns.take(candidate, ledger).outcome, Applied):
            return candidate
    return None


def _priority(candidate: Candidate) -> int:
    return -candidate.promotion.priority if candidate.promotion is not None else 0
