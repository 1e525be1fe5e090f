"""What came of a promotion's turn: the notes that a quote is written from."""

from typing import NamedTuple

from cartcore.cart import CartLine
from cartcore.pricing.discounting import Taken
from cartcore.pricing.promotion_set import Entry
from cartcore.promotions.offer import Ineligible


class Outcome(NamedTuple):
    """What a promotion did when its turn came."""

    discount: int
    taken: tuple[Taken, ...]
    uses: tuple[tuple[str, int], ...]
    added: tuple[CartLine, ...]

    @property
    def cut(self) -> int:
        """What it asked for and found nothing left to take it off (PR-6)."""
        return sum(step.wanted - step.taken for step in self.taken)


class Note(NamedTuple):
    """What is remembered of one turn; `beaten` says that another promotion was in the way."""

    entry: Entry
    promo_code: str
    came_to: Outcome | Ineligible
    beaten: bool = False

    @property
    def effect(self) -> Outcome | None:
        """What it did to the cart, if it did anything."""
        return self.came_to if isinstance(self.came_to, Outcome) and not self.beaten else None
