"""The steps of order entry: which codes belong to them, and which can be reached (OE-17, OE-23)."""

from collections.abc import Iterable

from cartcore.entry.problems import (
    CONTACT_GONE,
    CONTACT_NEEDS_ADDRESS,
    NO_CONTACT,
    SPEED_MISSING,
    UNITS_WITHOUT_ADDRESS,
    Problem,
)
from cartcore.entry.shipments import shippable
from cartcore.orders.draft import Step
from cartcore.pricing.quote import Quote
from cartcore.promotions.types import PromotionClass

STEP_OF = {
    PromotionClass.ITEM: Step.ITEMS,
    PromotionClass.PRODUCT: Step.ITEMS,
    PromotionClass.ORDER: Step.REVIEW,
    PromotionClass.SHIPPING: Step.REVIEW,
}
"""On which step the codes of a class are entered (OE-17)."""


def reachable_steps(quote: Quote, problems: Iterable[Problem]) -> tuple[Step, ...]:
    """The steps that a draft can go to, in their order."""
    codes = {problem.code for problem in problems}
    reachable = [Step.CONTACT]
    if not codes & {NO_CONTACT, CONTACT_GONE, CONTACT_NEEDS_ADDRESS}:
        reachable.append(Step.ITEMS)
        if quote.lines:
            if shippable(quote.lines):
                reachable.append(Step.SHIPPING)
            if not codes & {UNITS_WITHOUT_ADDRESS, SPEED_MISSING}:
                reachable.append(Step.REVIEW)
    return tuple(reachable)


def settled_step(step: Step, reachable: tuple[Step, ...]) -> Step:
    """The step itself, or the last one before it that can be reached."""
    order = list(Step)
    return next(s for s in reversed(order[: order.index(step) + 1]) if s in reachable)
