"""The manual discounts of a draft: given, taken away, and lost with its items (PR-28, OE-15)."""

from collections.abc import Callable, Container
from decimal import Decimal

import attrs
from moneyed import Money

from cartcore.cart import ManualDiscount
from cartcore.entry import sentences
from cartcore.errors import CurrencyMismatch, NotFound
from cartcore.orders.draft import Cleared, Draft, LineItem
from cartcore.values.text import clean


def new_discount(
    draft: Draft,
    line_id: str,
    *,
    percent: Decimal | int | str | None,
    amount: Money | None,
    price: Money | None,
    reason: str,
    actor: str,
) -> ManualDiscount:
    """Return a discount for a line of the draft or, without one, for all of it.

    Raises:
        InvalidField: none or several of the three, or one that is no such figure.
        InvalidText: no reason or no actor.
        CurrencyMismatch: an amount or a price in another currency.
    """
    discount = ManualDiscount(
        id=f"by-hand-{draft.next_discount}",
        line_id=line_id,
        percent=percent,
        amount=amount,
        price=price,
        reason=clean(reason, "reason", required=True),
        actor=clean(actor, "actor", required=True),
    )
    for money in (discount.amount, discount.price):
        if money is not None and money.currency.code != draft.currency:
            raise CurrencyMismatch(draft.currency, money.currency.code, "the discount")
    return discount


def with_discount(draft: Draft, discount: ManualDiscount) -> Draft:
    """Return the draft with one more discount, applied after those it has."""
    number = draft.next_discount + 1
    return attrs.evolve(draft, manual=(*draft.manual, discount), next_discount=number)


def without_discount(draft: Draft, discount_id: str) -> Draft:
    """Return the draft without a discount. Raises NotFound."""
    manual = tuple(each for each in draft.manual if each.id != discount_id)
    if len(manual) == len(draft.manual):
        raise NotFound("manual discount", discount_id)
    return attrs.evolve(draft, manual=manual)


def without_lost_lines(draft: Draft, line_ids: Container[str]) -> Draft:
    """Return the draft without the discounts on lines that are gone, and say so."""

    def lost(discount: ManualDiscount) -> str:
        line_id = discount.line_id
        # A line that was entered stays a line, also while its product cannot be had.
        gone = line_id and line_id not in line_ids and draft.line(line_id) is None
        return sentences.LINE_IS_GONE if gone else ""

    return _without(draft, lost)


def without_old_prices(
    draft: Draft, line_id: str, before: LineItem | None, now: LineItem | None
) -> Draft:
    """Return the draft without the fixed prices that were agreed for other items or quantities.

    Those of a line that is changed, added or removed, and of the whole order, go.
    """

    def outdated(discount: ManualDiscount) -> str:
        if discount.price is None or discount.line_id not in ("", line_id):
            return ""
        if discount.line_id and before and now and before.quantity != now.quantity:
            return sentences.agreed_for_units(discount.price, before.quantity, now.quantity)
        return sentences.agreed_for_other_items(discount.price)

    return _without(draft, outdated)


def _without(draft: Draft, why: Callable[[ManualDiscount], str]) -> Draft:
    cleared = [
        Cleared(
            what="discount",
            subject=discount.id,
            message=sentences.discount_lost(discount, because),
        )
        for discount in draft.manual
        if (because := why(discount))
    ]
    if not cleared:
        return draft
    lost = {each.subject for each in cleared}
    return attrs.evolve(
        draft,
        manual=tuple(discount for discount in draft.manual if discount.id not in lost),
        cleared=(*draft.cleared, *cleared),
    )
