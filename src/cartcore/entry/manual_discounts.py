"""Discounts by hand in a draft: what becomes of them when its items change (PR-28, OE-15)."""

from collections.abc import Callable, Container

import attrs

from cartcore.cart import ManualDiscount
from cartcore.orders.draft import Cleared, Draft
from cartcore.values.money import show


def without_lost_lines(draft: Draft, line_ids: Container[str]) -> Draft:
    """Return the draft without the discounts on lines that are gone, and say so."""

    def lost(discount: ManualDiscount) -> str:
        line_id = discount.line_id
        # A line that was entered stays a line, also while its product cannot be had.
        gone = line_id and line_id not in line_ids and draft.line(line_id) is None
        return "its line is gone" if gone else ""

    return _without(draft, lost)


def without_old_prices(draft: Draft, line_id: str) -> Draft:
    """Return the draft without the fixed prices that were agreed for other items or quantities.

    Those of a line that is changed, added or removed, and of the whole order, go.
    """

    def outdated(discount: ManualDiscount) -> str:
        if discount.price is None or discount.line_id not in ("", line_id):
            return ""
        return f"the price of {show(discount.price)} was agreed for other items"

    return _without(draft, outdated)


def _without(draft: Draft, why: Callable[[ManualDiscount], str]) -> Draft:
    cleared = [
        Cleared(
            what="discount",
            subject=discount.id,
            message=f"the discount {discount.reason!r} was taken away: {because}",
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
