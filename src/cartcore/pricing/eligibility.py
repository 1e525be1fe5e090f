"""Whether a promotion is out of the question, whatever the cart (PR-8, PR-12, OE-25)."""

from cartcore.pricing import sentences
from cartcore.pricing.request import PricingRequest
from cartcore.promotions.offer import Ineligible
from cartcore.promotions.promotion import Promotion, Trigger, Usage

NEVER_USED = Usage()


def eligibility(promotion: Promotion, request: PricingRequest) -> Ineligible | None:
    """Return why a promotion is out of the question; None if it is not."""
    if promotion.id in request.cart.refused:
        return sentences.refused()
    return (
        _of_codes(promotion, request)
        or _of_time(promotion, request)
        or _used_up(promotion, request)
    )


def _of_codes(promotion: Promotion, request: PricingRequest) -> Ineligible | None:
    own = request.applications.get(promotion.id)
    if own is None:
        return None
    code = own.promo_code
    if request.policy.one_code and code:
        first = next(each for each in request.applications.values() if each.promo_code)
        if own is not first:
            return sentences.only_one_code(first.promo_code)
    if promotion.trigger is Trigger.CODE and not promotion.has_code(code):
        return sentences.code_withdrawn(code)
    return None


def _of_time(promotion: Promotion, request: PricingRequest) -> Ineligible | None:
    timezone = request.cart.timezone
    if not promotion.enabled:
        return sentences.disabled()
    if promotion.starts_at is not None and request.at < promotion.starts_at:
        return sentences.not_started(promotion.starts_at, timezone)
    if promotion.ends_at is not None and request.at >= promotion.ends_at:
        return sentences.expired(promotion.ends_at, timezone)
    return None


def _used_up(promotion: Promotion, request: PricingRequest) -> Ineligible | None:
    """Which of its limits a promotion has reached (PR-12)."""
    limits = promotion.limits
    used = request.usage.get(promotion.id, NEVER_USED)
    if limits.total is not None and used.total >= limits.total:
        return sentences.used_up(limits.total)
    if limits.per_contact is not None and used.by_contact >= limits.per_contact:
        return sentences.used_up_by_contact(used.by_contact)
    if limits.per_code is not None and used.by_code >= limits.per_code:
        return sentences.code_used_up(used.by_code)
    return None
