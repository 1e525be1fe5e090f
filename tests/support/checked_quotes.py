"""Every quote that a test makes is added up again by the checker of traces."""

from cartcore.pricing.policy import Combination
from cartcore.pricing.quote import Priced, Quote
from cartcore.promotions.types import PromotionClass
from tests.support.trace_checker import check_trace


def check_every_quote() -> None:
    """Add every quote up again from its trace that any test makes (PR-26)."""
    made = Quote.of

    def checked(cls: type[Quote], priced: Priced) -> Quote:
        quote = made(priced)
        pricing = getattr(priced, "_pricing", None)
        if pricing is None:
            check_trace(quote)
        else:
            best = pricing.policy.combination is Combination.BEST_FOR_CUSTOMER
            applied = {decision.promotion_id for decision in quote.decisions if decision.applied}
            found = [entry.promotion for entry in pricing.turns if entry.promotion is not None]
            alone = {each.id for each in found if each.exclusive}
            sells = {p.id for p in found if p.promotion_class is PromotionClass.PRODUCT} - applied
            check_trace(quote, best=best, not_weighed=alone | sells)
        return made(priced)  # one of its own: nothing of it is written yet

    Quote.of = classmethod(checked)  # type: ignore[assignment,method-assign]
