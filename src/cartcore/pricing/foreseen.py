"""What is known of a candidate before the search for the best combination begins (PR-14)."""

import attrs

from cartcore.errors import PluginError
from cartcore.pricing.candidate import Candidate
from cartcore.pricing.ledger import Ledger
from cartcore.pricing.turns import Turns
from cartcore.promotions.offer import Ineligible, Offer
from cartcore.promotions.types import ConditionType


@attrs.frozen(eq=False)
class Foreseen:
    """What is known of a candidate before the search, whatever becomes of the others.

    `answer` is what it answers; where that depends on others, it is None, and `offer` may be what
    it offers if it applies. `claim` is what its type says that it never takes more than. `final`
    are the conditions that never hold anew once they do not, and `unmet` says that one of them does
    not hold even now. `least` has to be left of all goods.
    """

    answer: Offer | Ineligible | None
    offer: Offer | None
    claim: int | None
    final: tuple[ConditionType, ...]
    least: int
    unmet: bool = False


def foresee(turns: Turns, candidate: Candidate, ledger: Ledger, *, adds: bool) -> Foreseen:
    """Ask a candidate. With `adds`, some other one may add lines to the cart."""
    sight = turns.sight

    def fixed() -> bool:
        return not (sight.saw_discounts or sight.saw_units or (adds and sight.saw_lines))

    sight.forget()
    answer: Offer | Ineligible | None
    try:
        answer = turns.eligibility(candidate) or turns.answer(candidate, ledger)
    except PluginError:  # raised anew, or noted, when it has its turn
        answer = None
    if answer is not None and fixed():
        offer = answer if isinstance(answer, Offer) else None
        return Foreseen(answer, offer, claim=None, final=(), least=0)
    sight.forget()
    found = turns.offer(candidate, ledger)
    offer = found if isinstance(found, Offer) and fixed() else None
    claim: int | None = None
    if not adds:
        sight.saw_discounts = False
        claim = turns.at_most(candidate, ledger)
        if sight.saw_discounts:  # it holds for those that there are now
            claim = None
    if adds:  # there may be more goods, and more left of them, later
        return Foreseen(None, offer, claim, final=(), least=0)
    final = tuple(each for each in candidate.conditions if turns.stays_unmet(candidate, each))
    least = turns.least_left(candidate, ledger)
    unmet = turns.unmet(final, ledger)
    return Foreseen(None, offer, claim, final, least, unmet)
