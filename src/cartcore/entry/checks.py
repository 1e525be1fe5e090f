"""Finding the problems of a draft (OE-23)."""

from collections.abc import Iterator, Sequence

from cartcore.entry import problems, sentences
from cartcore.entry.facts import Facts
from cartcore.entry.problems import Problem
from cartcore.entry.shipments import unassigned
from cartcore.entry.speeds import ViewedShipment
from cartcore.entry.steps import STEP_OF
from cartcore.orders.draft import Draft, LineItem, Step
from cartcore.pricing.quote import Quote
from cartcore.promotions.reasons import LACKS_GOODS
from cartcore.promotions.types import PromotionClass
from cartcore.shop.contact import Contact
from cartcore.shop.product import Product, Variant
from cartcore.values.money import LARGEST_AMOUNT, from_minor


def item_problem(
    item: LineItem, product: Product | None, variant: Variant | None, currency: str
) -> Problem | None:
    """Why a line item can no longer be ordered as it was; None if it can."""
    if product is None or variant is None:
        code, message = problems.PRODUCT_GONE, sentences.product_gone(item.sku)
    elif not (product.published and variant.published):
        code, message = problems.NOT_PUBLISHED, sentences.not_published(product.described(variant))
    elif variant.price.currency.code != currency:
        message = sentences.other_currency(product.described(variant), currency)
        code = problems.OTHER_CURRENCY
    else:
        return None
    return Problem(step=Step.ITEMS, code=code, message=message, line_id=item.id)


def problems_of(
    draft: Draft, facts: Facts, quote: Quote, viewed: Sequence[ViewedShipment]
) -> Iterator[Problem]:
    """The problems of a draft as it was priced, but for its line items: see `item_problem`."""
    yield from _contact_problems(draft, facts.contact)
    yield from _order_problems(quote)
    yield from _shipping_problems(draft, quote, viewed)
    yield from _promotion_problems(draft, facts, quote)


def _contact_problems(draft: Draft, contact: Contact | None) -> Iterator[Problem]:
    if contact is None and draft.contact_id:
        code, message = problems.CONTACT_GONE, sentences.CONTACT_GONE
    elif contact is None:
        code, message = problems.NO_CONTACT, sentences.CHOOSE_CONTACT
    elif contact.archived_at is not None:
        code, message = problems.CONTACT_ARCHIVED, sentences.contact_archived(contact.name)
    elif contact.primary_address is None:
        message = sentences.contact_needs_address(contact.name)
        code = problems.CONTACT_NEEDS_ADDRESS
    else:
        return
    yield Problem(step=Step.CONTACT, code=code, message=message)


def _order_problems(quote: Quote) -> Iterator[Problem]:
    if not quote.lines:
        message = sentences.EMPTY_ORDER
        yield Problem(step=Step.ITEMS, code=problems.EMPTY_ORDER, message=message)
    # Before discounts, too: no order is kept with such a sum in it.
    largest = max(quote.total, quote.totals.items, quote.totals.shipping)
    limit = from_minor(LARGEST_AMOUNT, quote.currency)
    if largest > limit:
        message = sentences.total_too_large(largest, limit)
        yield Problem(step=Step.ITEMS, code=problems.TOTAL_TOO_LARGE, message=message)


def _shipping_problems(
    draft: Draft, quote: Quote, viewed: Sequence[ViewedShipment]
) -> Iterator[Problem]:
    names = {line.line_id: line.description for line in quote.lines}
    for line_id, units in unassigned(draft, quote.lines).items():
        yield Problem(
            step=Step.SHIPPING,
            code=problems.UNITS_WITHOUT_ADDRESS,
            message=sentences.units_without_address(units, names[line_id]),
            line_id=line_id,
        )
    for each in viewed:
        shipment = each.shipment
        for failure in each.offers.failures:
            yield Problem(
                step=Step.SHIPPING,
                code=problems.PROVIDER_FAILED,
                message=sentences.provider_failed(failure, shipment.address),
                shipment_id=shipment.id,
                blocking=False,
            )
        if each.speed is None:
            yield Problem(
                step=Step.SHIPPING,
                code=problems.SPEED_MISSING,
                message=sentences.speed_missing(shipment.address),
                shipment_id=shipment.id,
            )


def _promotion_problems(draft: Draft, facts: Facts, quote: Quote) -> Iterator[Problem]:
    applied = {a.promotion_id for a in draft.applied}
    classes = {p.id: p.promotion_class for p in facts.promotions}
    lines = {discount.id: discount.line_id for discount in draft.manual}
    for decision in quote.decisions:
        if decision.applied:
            continue
        by_staff = decision.promotion_id in applied
        if decision.actor:
            line_id = lines[decision.promotion_id]
            yield Problem(
                step=Step.ITEMS if line_id else Step.REVIEW,
                code=problems.DISCOUNT_NOT_APPLIED,
                message=sentences.not_applied(decision),
                line_id=line_id,
                promotion_id=decision.promotion_id,
            )
        elif by_staff or decision.reason in LACKS_GOODS:
            yield Problem(
                step=STEP_OF[classes.get(decision.promotion_id, PromotionClass.ITEM)],
                code=problems.PROMOTION_NOT_APPLIED if by_staff else decision.reason,
                message=sentences.not_applied(decision),
                promotion_id=decision.promotion_id,
                # What staff asked for has to be given or taken back; an automatic gift can be let
                # go.
                blocking=by_staff,
            )
