"""Promotions that staff apply to a draft and take away again: pure changes of it (OE-6 … OE-8)."""

from collections.abc import Callable, Mapping, Sequence

import attrs

from cartcore.cart import AppliedPromotion
from cartcore.entry import problems, sentences
from cartcore.entry.steps import STEP_OF
from cartcore.errors import (
    CodeOnWrongStep,
    CodeRejected,
    InvalidField,
    NotFound,
    OptionsRequired,
    PromotionNotAvailable,
)
from cartcore.orders.draft import Draft, Step
from cartcore.pricing.quote_parts import Decision
from cartcore.promotions import reasons
from cartcore.promotions.opaque import not_asked, opaque_parts
from cartcore.promotions.promotion import Promotion, Trigger, normalize_code
from cartcore.shop.product import OpenOptions
from cartcore.storage.ports import Products, Promotions

Choices = Mapping[str, Mapping[str, str]]
"""Options of tied products: by tied item key, then by option name (OE-7)."""

Decide = Callable[[Draft, str], Decision]
"""Prices a draft and gives the decision on a promotion in it."""


def application_of(draft: Draft, promotion_id: str) -> AppliedPromotion | None:
    """The promotion as staff applied it; None if they did not."""
    return next((a for a in draft.applied if a.promotion_id == promotion_id), None)


_NOT_ON_ANY_STEP = frozenset(
    {
        *(reasons.DISABLED, reasons.NOT_STARTED, reasons.EXPIRED),
        *(reasons.USED_UP, reasons.USED_UP_BY_CONTACT, reasons.CODE_USED_UP),
    }
)


def entered(
    draft: Draft, promo_code: str, promotions: Promotions, *, decide: Decide
) -> tuple[AppliedPromotion, Step]:
    """Return what a code applies, and the step that it belongs to (OE-6, OE-17).

    Raises:
        CodeRejected: there is no such code, it is applied already, or it would not count on its
            own step either, as its time is over.
        CodeOnWrongStep: it belongs to another step than the draft is on.
    """
    normalized = normalize_code(promo_code)
    try:
        promotion = promotions.by_code(normalized)
    except NotFound:
        raise CodeRejected(promo_code, problems.UNKNOWN_CODE, sentences.UNKNOWN_CODE) from None
    opaque = opaque_parts(promotion.effect, promotion.conditions)
    if opaque:  # its step is not known either
        why = not_asked(opaque)
        raise CodeRejected(promo_code, why.reason, why.message)
    shown = next(c for c in promotion.codes if normalize_code(c) == normalized)
    application = AppliedPromotion(promotion_id=promotion.id, promo_code=shown)
    step = STEP_OF[promotion.promotion_class]
    if draft.step is not step and not (
        # The items step is where a draft is on its way to once the contact stands.
        step is Step.ITEMS and draft.step is Step.CONTACT
    ):
        decision = decide(with_application(draft, application), promotion.id)
        if decision.reason in _NOT_ON_ANY_STEP:  # nobody has to go there to be told so
            raise CodeRejected(promo_code, decision.reason, decision.message)
        kind = promotion.promotion_class.value
        raise CodeOnWrongStep(promo_code, kind, draft.step.value, step.value)
    if application_of(draft, promotion.id) is not None:
        raise CodeRejected(promo_code, problems.ALREADY_APPLIED, sentences.ALREADY_APPLIED)
    return application, step


def picked(draft: Draft, promotion: Promotion) -> AppliedPromotion:
    """Return what picking a promotion from the list applies (OE-7).

    Raises:
        PromotionNotAvailable: it needs a code, or is applied already.
    """
    if promotion.trigger is Trigger.CODE:
        raise PromotionNotAvailable(promotion.id, problems.NEEDS_CODE, sentences.NEEDS_CODE)
    if application_of(draft, promotion.id) is not None:
        raise PromotionNotAvailable(
            promotion.id, problems.ALREADY_APPLIED, sentences.ALREADY_APPLIED
        )
    return AppliedPromotion(promotion_id=promotion.id)


def with_application(draft: Draft, application: AppliedPromotion) -> Draft:
    """Return the draft with a promotion applied: in its old place if it has one, else last."""
    promotion_id = application.promotion_id
    if application_of(draft, promotion_id) is not None:
        applied = tuple(application if a.promotion_id == promotion_id else a for a in draft.applied)
    else:
        applied = (*draft.applied, application)
    refused = tuple(r for r in draft.refused if r != promotion_id)
    return attrs.evolve(draft, applied=applied, refused=refused)


def without_promotion(draft: Draft, promotion_id: str, *, refuse: bool) -> Draft:
    """Return the draft without a promotion; with `refuse` it does not come back by itself."""
    applied = tuple(a for a in draft.applied if a.promotion_id != promotion_id)
    refused = (*draft.refused, promotion_id) if refuse else draft.refused
    return attrs.evolve(draft, applied=applied, refused=refused)


def apply(
    draft: Draft,
    application: AppliedPromotion,
    choices: Choices | None,
    *,
    decide: Decide,
    products: Products,
) -> tuple[Draft, Decision]:
    """Return the draft with a promotion and its open options chosen, and what became of it (OE-7).

    Raises:
        OptionsRequired, OptionsNotAvailable: its products have options to be chosen.
        InvalidField: choices for what has nothing to choose.
    """
    given = dict(choices or {})
    applied = with_application(draft, application)
    decision = decide(applied, application.promotion_id)
    if decision.open_options:
        if any(each.key not in given for each in decision.open_options):
            raise OptionsRequired(decision.open_options)
        skus = tuple(
            (each.key, chosen_sku(decision.open_options, each.key, given.pop(each.key), products))
            for each in decision.open_options
        )
        applied = with_application(draft, attrs.evolve(application, choices=skus))
        decision = decide(applied, application.promotion_id)
    if given:
        raise InvalidField("choices", tuple(given), "for products with open options only")
    return applied, decision


def choose_options(
    draft: Draft,
    promotion_id: str,
    key: str,
    options: Mapping[str, str],
    *,
    decide: Decide,
    products: Products,
) -> Draft:
    """Return the draft with other options for a product that a promotion adds (OE-9)."""
    application = application_of(draft, promotion_id) or AppliedPromotion(promotion_id=promotion_id)
    kept = tuple((k, sku) for k, sku in application.choices if k != key)
    open_again = with_application(draft, attrs.evolve(application, choices=kept))
    decision = decide(open_again, promotion_id)
    sku = chosen_sku(decision.open_options, key, options, products)
    return with_application(draft, attrs.evolve(application, choices=(*kept, (key, sku))))


def chosen_sku(
    open_options: Sequence[OpenOptions],
    key: str,
    options: Mapping[str, str],
    products: Products,
) -> str:
    """Return the SKU of the variant with these options and those that are fixed.

    Raises:
        InvalidField: nothing is open under this key, or options that are not texts by name.
        OptionsRequired, OptionsNotAvailable: see `Product.choose`.
    """
    for each in open_options:
        if each.key == key:
            product = products.get(each.product_id)
            if not isinstance(options, Mapping):
                raise InvalidField(f"choices[{key!r}]", options, "values by option name")
            return product.choose({**options, **dict(each.fixed)}, key=key).sku
    raise InvalidField("choices", key, "for products of the promotion with open options")
