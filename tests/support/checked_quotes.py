"""Every quote that a test makes is added up again by the checker of traces."""

from cartcore.pricing.policy import Combination
from cartcore.pricing.quote import Quote, Writer
from cartcore.pricing.writer import QuoteWriter
from cartcore.promotions.types import PromotionClass
from tests.support.trace_checker import check_trace


def check_every_quote() -> None:
    """Add every quote up again from its trace that any test makes (PR-26)."""
    made = Quote.written_by

    def checked(cls: type[Quote], writer: Writer) -> Quote:
        quote = made(writer)
        if isinstance(writer, QuoteWriter):
            best = writer.policy.combination is Combination.BEST_FOR_CUSTOMER
            applied = {decision.promotion_id for decision in quote.decisions if decision.applied}
            candidates = writer.priced.candidates
            found = [each.promotion for each in candidates if each.promotion is not None]
            alone = {each.id for each in found if each.exclusive}
            sells = {p.id for p in found if p.promotion_class is PromotionClass.PRODUCT} - applied
            check_trace(quote, best=best, not_weighed=alone | sells)
        else:
            check_trace(quote)
        return made(writer)  # one of its own: nothing of it is written yet

    Quote.written_by = classmethod(checked)  # type: ignore[assignment,method-assign]
