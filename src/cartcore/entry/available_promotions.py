"""The promotions that staff can pick for a draft, with what each would do (OE-7)."""

from collections.abc import Iterable, Iterator
from datetime import datetime

import attrs

from cartcore.cart import AppliedPromotion
from cartcore.entry.facts import FactReader
from cartcore.entry.plugin_calls import PluginCalls
from cartcore.entry.store import Store
from cartcore.entry.view import evaluate
from cartcore.orders.draft import Draft
from cartcore.pricing.quote_parts import Decision
from cartcore.promotions.promotion import Promotion, Trigger
from cartcore.promotions.reasons import BEATEN
from cartcore.values.records import typed

_AT_ONCE = 100  # promotions: whether two combine is asked of all pairs


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
    draft: Draft,
    reader: FactReader,
    store: Store,
    plugins: PluginCalls,
    at: datetime,
    *,
    unearned: bool,
) -> tuple[AvailablePromotion, ...]:
    """List the promotions that can be picked; with `unearned` then those that are nearly so.

    Each that the cart has the lines for is tried alone. The others cannot apply, and so take
    nothing from each other: many are tried at once for what they lack.
    """
    contact = reader.contact(draft)

    def tried(promotions: Iterable[Promotion]) -> Iterator[AvailablePromotion]:
        """What becomes of promotions that are picked together."""
        given = tuple(promotions)
        picked = (AppliedPromotion(promotion_id=each.id) for each in given)
        with_them = attrs.evolve(draft, applied=(*draft.applied, *picked))
        quote = evaluate(with_them, reader.facts(with_them, contact), store, plugins, at).quote
        decisions = {each.promotion_id: each for each in quote.decisions}
        for each in given:
            if each.id in decisions:
                yield AvailablePromotion(each, decisions[each.id])

    def tried_alone(promotions: Iterable[Promotion]) -> Iterator[AvailablePromotion]:
        for each in promotions:
            yield from tried([each])

    facts = reader.facts(draft, contact)
    evaluate(draft, facts, store, plugins, at)
    keys = facts.promotions.keys or frozenset()  # also of all that promotions could add
    here = {each.promotion_id for each in draft.applied}
    candidates = reader.active.find(keys, Trigger.PICKED)
    promotions = (each.promotion for each in candidates if each.id not in here)
    matching = sorted((each for each in promotions if each is not None), key=_id)
    found = [*tried_alone(matching)]
    nearly = [each for each in found if _nearly(each.decision)] if unearned else []
    if unearned:
        here.update(each.id for each in matching)
        picked = (each for each in reader.active if each.trigger is Trigger.PICKED)
        lacking = sorted((each for each in picked if each.id not in here), key=_id)
        for start in range(0, len(lacking), _AT_ONCE):
            some = lacking[start : start + _AT_ONCE]
            answers = [*tried(some)]
            if any(each.earned or each.decision.reason == BEATEN for each in answers):
                answers = [*tried_alone(some)]  # a plugin that says of itself what does not hold
            nearly += (each for each in answers if _nearly(each.decision))
        nearly.sort(key=lambda each: each.promotion.id)
    return (*(each for each in found if each.earned), *nearly)


def _id(promotion: Promotion) -> str:
    return promotion.id


def _nearly(decision: Decision) -> bool:
    """Whether a promotion that does not apply would with more in the cart."""
    more = decision.missing_amount is not None or decision.missing_units is not None
    return more and not decision.applied
