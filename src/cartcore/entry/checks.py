"""Finding the problems of a draft (OE-23)."""

from collections.abc import Iterator

from cartcore.entry.facts import Facts
from cartcore.entry.problems import Problem
from cartcore.entry.shipments import unassigned
from cartcore.entry.speeds import ViewedShipment
from cartcore.entry.steps import STEP_OF
from cartcore.orders.draft import Draft, LineItem, Step
from cartcore.pricing.quote import Quote
from cartcore.pricing.tied_lines import LACKS_GOODS
from cartcore.promotions.types import PromotionClass
from cartcore.shop.product import Product
from cartcore.values.money import LARGEST_AMOUNT, from_minor, show


def item_problem(item: LineItem, product: Product | None, currency: str) -> Problem | None:
    """Why a line item can no longer be ordered as it was; None if it can."""
    variant = product.by_sku(item.sku) if product else None
    if product is None or variant is None:
        code, message = "product_gone", f"{item.sku} is no longer in the catalogue: remove it"
    elif variant not in product.available:
        name = product.described(variant)
        code, message = "not_published", f"{name} is no longer on sale: remove it"
    elif variant.price.currency.code != currency:
        code, message = "other_currency", f"{item.sku} is no longer sold in {currency}"
    else:
        return None
    return Problem(step=Step.ITEMS, code=code, message=message, line_id=item.id)


def problems_of(
    draft: Draft, facts: Facts, quote: Quote, viewed: tuple[ViewedShipment, ...]
) -> list[Problem]:
    """The problems of a draft as it was priced, but for its line items: see `item_problem`."""
    problems = []
    if facts.contact is None and draft.contact_id:
        message = "the contact of this order no longer exists: choose another one"
        problems.append(Problem(step=Step.CONTACT, code="contact_gone", message=message))
    elif facts.contact is None:
        problems.append(
            Problem(step=Step.CONTACT, code="no_contact", message="choose a contact first")
        )
    elif facts.contact.primary_address is None:
        message = f"{facts.contact.name} has no address: add one to go on"
        problems.append(Problem(step=Step.CONTACT, code="contact_needs_address", message=message))
    if not quote.lines:
        message = "the order has no items: add one first"
        problems.append(Problem(step=Step.ITEMS, code="empty_order", message=message))
    # Before discounts, too: no order is kept with such a sum in it.
    largest = max(quote.total, quote.totals.items, quote.totals.shipping)
    if largest > from_minor(LARGEST_AMOUNT, quote.currency):
        message = f"the total of {show(largest)} is more than an order can have"
        problems.append(Problem(step=Step.ITEMS, code="total_too_large", message=message))
    problems += _shipping_problems(draft, quote, viewed)
    problems += _promotion_problems(draft, facts, quote)
    return problems


def _shipping_problems(
    draft: Draft, quote: Quote, viewed: tuple[ViewedShipment, ...]
) -> Iterator[Problem]:
    names = {line.line_id: line.description for line in quote.lines}
    for line_id, units in unassigned(draft, quote.lines).items():
        yield Problem(
            step=Step.SHIPPING,
            code="units_without_address",
            message=f"{units} × {names[line_id]} have no address yet: assign them to a shipment",
            line_id=line_id,
        )
    for each in viewed:
        shipment = each.shipment
        for failure in each.offers.failures:
            yield Problem(
                step=Step.SHIPPING,
                code="provider_failed",
                message=f"{shipment.address.short}: {failure}",
                shipment_id=shipment.id,
                blocking=False,
            )
        if each.speed is None:
            yield Problem(
                step=Step.SHIPPING,
                code="speed_missing",
                message=f"choose a shipping speed for {shipment.address.short}",
                shipment_id=shipment.id,
            )


def _promotion_problems(draft: Draft, facts: Facts, quote: Quote) -> Iterator[Problem]:
    applied = {a.promotion_id for a in draft.applied}
    classes = {p.id: p.promotion_class for p in facts.promotions}
    lines = {discount.id: discount.line_id for discount in draft.manual}
    for decision in quote.decisions:
        by_staff = decision.promotion_id in applied
        if decision.actor and not decision.applied:
            line_id = lines[decision.promotion_id]
            yield Problem(
                step=Step.ITEMS if line_id else Step.REVIEW,
                code="discount_not_applied",
                message=f"{decision.label}: {decision.message}",
                line_id=line_id,
                promotion_id=decision.promotion_id,
            )
        if decision.applied or not (by_staff or decision.reason in LACKS_GOODS):
            continue
        yield Problem(
            step=STEP_OF[classes.get(decision.promotion_id, PromotionClass.ITEM)],
            code="promotion_not_applied" if by_staff else decision.reason,
            message=f"{decision.promotion_name}: {decision.message}",
            promotion_id=decision.promotion_id,
            # What staff asked for has to be given or taken back; an automatic gift can be let go.
            blocking=by_staff,
        )
