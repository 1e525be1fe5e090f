"""The promotions that staff can pick for a draft, with what each would do (OE-7)."""

from collections.abc import Iterator
from datetime import datetime

import attrs

from cartcore.cart import AppliedPromotion
from cartcore.entry.facts import FactReader
from cartcore.entry.store import Store
from cartcore.entry.view import evaluate
from cartcore.orders.draft import Draft
from cartcore.pricing.quote_parts import Decision
from cartcore.promotions.promotion import Promotion, Trigger
from cartcore.shop.speeds import AskSpeeds
from cartcore.values.records import typed


@attrs.frozen(field_transformer=typed)
class AvailablePromotion:
    """A promotion that can be picked, with what it would do (OE-7).

    Attributes:
        promotion: The promotion.
        decision: What would become of it. `open_options` lists the options to be chosen first;
            `discount` is what it takes off where there are none. For one that is not `earned` yet,
            `message`, `missing_amount` and `missing_units` say what is missing.
    """

    promotion: Promotion
    decision: Decision

    @property
    def earned(self) -> bool:
        """Whether it can be picked as the cart is now."""
        return self.decision.applied or bool(self.decision.open_options)


def available_promotions(
    draft: Draft, reader: FactReader, store: Store, ask: AskSpeeds, at: datetime, *, unearned: bool
) -> tuple[AvailablePromotion, ...]:
    """List the promotions that can be picked; with `unearned` then those that are nearly so."""
    found = tuple(_tried(draft, reader, store, ask, at))
    nearly = tuple(each for each in found if unearned and _nearly(each.decision))
    return (*(each for each in found if each.earned), *nearly)


def _tried(
    draft: Draft, reader: FactReader, store: Store, ask: AskSpeeds, at: datetime
) -> Iterator[AvailablePromotion]:
    contact = reader.contact(draft)
    here = {each.promotion_id for each in draft.applied}
    for promotion in reader.active.values():
        if promotion.trigger is not Trigger.PICKED or promotion.id in here:
            continue
        trial = AppliedPromotion(promotion_id=promotion.id)
        with_it = attrs.evolve(draft, applied=(*draft.applied, trial))
        view = evaluate(with_it, reader.facts(with_it, contact), store, ask, at)
        decision = view.quote.decision(promotion.id)
        if decision is not None:
            yield AvailablePromotion(promotion, decision)


def _nearly(decision: Decision) -> bool:
    """Whether a promotion that does not apply would with more in the cart."""
    more = decision.missing_amount is not None or decision.missing_units is not None
    return more and not decision.applied
