"""What came of a promotion's turn, and what pricing leaves behind in the end."""

from collections.abc import Sequence
from typing import NamedTuple

import attrs

from cartcore.cart import AppliedPromotion, CartLine
from cartcore.pricing.candidate import Candidate
from cartcore.pricing.discounting import Taken
from cartcore.pricing.ledger import Ledger
from cartcore.promotions.offer import Ineligible
from cartcore.values.guard import PluginFault


@attrs.define(eq=False)
class Applied:
    """What a promotion did to the ledger when its turn came."""

    discount: int
    taken: tuple[Taken, ...]
    uses: tuple[tuple[str, int], ...]
    added: tuple[CartLine, ...]

    @property
    def cut(self) -> int:
        """What it asked for and found nothing left to take it off (PR-6)."""
        return sum(step.wanted - step.taken for step in self.taken)


@attrs.define(eq=False)
class Turn:
    """One turn of a promotion, and its outcome.

    `beaten` says that the turn was tried on a copy of the ledger only: another promotion was in the
    way.
    """

    candidate: Candidate
    promo_code: str
    outcome: Applied | Ineligible
    beaten: bool = False

    @property
    def applied(self) -> Applied | None:
        """What it did to the cart, if it did anything."""
        return self.outcome if isinstance(self.outcome, Applied) and not self.beaten else None


class Priced(NamedTuple):
    """What pricing leaves behind: the ledger after the last turn, and the turns in their order.

    `unknown` are applications of promotions that no longer exist. `optimal` says that no allowed
    combination is cheaper; otherwise `bound` is how much cheaper one could be, in minor units.
    `faults` are what plugins did wrong on the way.
    """

    ledger: Ledger
    turns: Sequence[Turn]
    candidates: Sequence[Candidate]
    unknown: Sequence[AppliedPromotion]
    optimal: bool
    bound: int
    faults: tuple[PluginFault, ...]

    @property
    def added(self) -> list[CartLine]:
        """The lines that promotions added to the cart."""
        applied = (turn.applied for turn in self.turns)
        return [line for each in applied if each is not None for line in each.added]
