"""Turns whose calls of plugins somebody measures (PK-16)."""

from cartcore.pricing.candidate import Candidate
from cartcore.pricing.ledger import Ledger
from cartcore.pricing.request import PricingRequest
from cartcore.pricing.turns import Turns
from cartcore.promotions.offer import Ineligible, Offer
from cartcore.values.guard import Watch


class WatchedTurns(Turns):
    """Turns as they are, with something around each call of a promotion type or condition."""

    __slots__ = ("_watch",)

    def __init__(self, request: PricingRequest, ledger: Ledger, watch: Watch) -> None:
        super().__init__(request, ledger)
        self._watch = watch

    def answer(
        self, candidate: Candidate, ledger: Ledger, *, whatever: bool = False
    ) -> Offer | Ineligible:
        """Ask its conditions and its type, watched."""
        with self._watch(candidate.type_name, f"promotion {candidate.id!r}"):
            return super().answer(candidate, ledger, whatever=whatever)

    def claim(self, candidate: Candidate, part: object, name: str, ledger: Ledger) -> int | None:
        """Ask a type what it claims, watched."""
        with self._watch(candidate.type_name, f"promotion {candidate.id!r}"):
            return super().claim(candidate, part, name, ledger)
