"""What a quote is a quote of: placing notices every change, also one that costs nothing."""

from collections.abc import Callable

import attrs
import pytest

from cartcore.documents.serializer import Serializer
from cartcore.entry.editor import DraftEditor
from cartcore.errors import (
    CartcoreError,
    CurrencyMismatch,
    DraftHasProblems,
    InvalidField,
    NotFound,
    QuoteChanged,
    StaleDraft,
)
from cartcore.pricing.quote import Quote
from tests.support.shop import BERLIN, BOULDER, Shop, refused, usd

Change = Callable[[DraftEditor], object]


def for_many(shop: Shop) -> str:
    """Two mugs on review: one home, one as a gift to Boulder."""
    draft_id = shop.shipping({"MUG": 2})
    with shop.edit(draft_id) as edit:
        edit.use_multiple_addresses()
        away = edit.add_shipment(BOULDER)
        edit.assign("l1", {"s1": 1, away: 1})
        edit.mark_gift("l1", "Happy birthday!", shipment_id=away)
        edit.choose_speed("s1", "post")
        edit.choose_speed(away, "post")
        edit.go_to("review")
    return draft_id


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda edit: edit.mark_gift("l1", "I hate you", shipment_id="s2"), StaleDraft),
        (lambda edit: edit.mark_gift("l1", "For me", shipment_id="s1"), StaleDraft),
        (lambda edit: edit.assign("l1", {edit.add_shipment(BERLIN): 1, "s1": 1}), QuoteChanged),
    ],
    ids=["message", "gift", "address"],
)
def test_what_costs_the_same_is_noticed(
    shop: Shop, change: Change, error: type[CartcoreError]
) -> None:
    """Nothing is placed that differs from what was reviewed, whatever it costs (OE-18, OE-22)."""
    draft_id = for_many(shop)
    seen = shop.quote(draft_id)
    with shop.edit(draft_id) as edit:
        change(edit)
        for each in edit.view.shipments:
            edit.choose_speed(each.shipment.id, "post")
        edit.go_to("review")

    with refused(shop, error):
        shop.desk.place(draft_id, seen=seen, actor="sam")


def test_another_contact_is_noticed(shop: Shop) -> None:
    """Where nothing ships, a change of the contact alone is noticed, too (OE-18, OE-22)."""
    draft_id = shop.shipping({"CARD": 1})
    seen = shop.quote(draft_id)
    with shop.edit(draft_id) as edit:
        edit.choose_contact("zoe")
        edit.go_to("review")

    with refused(shop, StaleDraft):
        shop.desk.place(draft_id, seen=seen, actor="sam")


def test_the_quote_of_another_draft(shop: Shop) -> None:
    """A quote belongs to one draft, even if another one costs the same (OE-18)."""
    other = shop.quote(shop.shipping({"CARD": 1}, "zoe"))
    draft_id = shop.shipping({"CARD": 1})

    with refused(shop, InvalidField):
        shop.desk.place(draft_id, seen=other, actor="sam")


@pytest.mark.parametrize(
    "reference",
    ["", "@", "x@1", "id-1@", "id-1@one", "id-1@-1", pytest.param(f"id-1@{'9' * 5_000}", id="9")],
)
def test_a_quote_of_nothing(shop: Shop, reference: str) -> None:
    """A quote that is of no version of the draft is refused (OE-18)."""
    draft_id = shop.shipping({"CARD": 1})
    seen = attrs.evolve(shop.quote(draft_id), reference=reference)

    with refused(shop, InvalidField):
        shop.desk.place(draft_id, seen=seen, actor="sam")


@pytest.mark.parametrize("seen", [None, {}, "quote", 12])
def test_no_quote_at_all(shop: Shop, seen: Quote) -> None:
    """Something else than a quote is refused with an error of cartcore (OE-18)."""
    draft_id = shop.shipping({"CARD": 1})

    with refused(shop, InvalidField):
        shop.desk.place(draft_id, seen=seen, actor="sam")


def test_a_quote_from_elsewhere(shop: Shop) -> None:
    """A quote that went through JSON places the draft like the one it was (OE-18, PR-18)."""
    draft_id = shop.reviewed({"MUG": 2})
    seen = Serializer().loads(Serializer().dumps(shop.quote(draft_id)), Quote)

    order = shop.desk.place(draft_id, seen=seen, actor="sam")

    assert seen.total == order.total


def test_a_second_look_is_the_same_request(shop: Shop) -> None:
    """Two clicks on pages that were loaded a minute apart give one order (OE-19, ST-7)."""
    draft_id = shop.reviewed({"MUG": 2})
    first = shop.quote(draft_id)
    shop.clock.forward(minutes=1)
    second = shop.quote(draft_id)

    order = shop.desk.place(draft_id, seen=first, actor="sam", idempotency_key="K")
    again = shop.desk.place(draft_id, seen=second, actor="sam", idempotency_key="K")

    assert first.at != second.at
    assert order == again


def test_a_lost_answer_is_asked_for_by_key(shop: Shop) -> None:
    """Who has lost the answer, and the quote with it, finds the order by its key (ST-7)."""
    draft_id = shop.reviewed({"MUG": 2})
    order = shop.placed(draft_id, idempotency_key="K")

    assert order == shop.desk.placed("K")
    with pytest.raises(NotFound):
        shop.desk.placed("L")


def test_a_draft_in_another_currency(shop: Shop) -> None:
    """A desk for a store of another currency does not touch the draft (PR-1)."""
    draft_id = shop.shipping({"CARD": 1})
    seen = shop.quote(draft_id)
    euros = shop.desk_with(currency="EUR", speeds=())

    with refused(shop, CurrencyMismatch):
        euros.place(draft_id, seen=seen, actor="sam")
    with refused(shop, CurrencyMismatch):
        euros.view(draft_id)
    with refused(shop, CurrencyMismatch), euros.edit(draft_id) as edit:
        edit.add_sku("CARD")


def test_a_total_that_no_order_can_have(shop: Shop) -> None:
    """A total over the largest amount is a problem that blocks, before any storage sees it."""
    shop.change_variant("CARD", price=usd("9999999999999.99"))
    draft_id = shop.shipping({"CARD": 999})
    view = shop.view(draft_id)

    assert ["total_too_large"] == [problem.code for problem in view.blocking]
    with refused(shop, DraftHasProblems):
        shop.desk.place(draft_id, seen=view.quote, actor="sam")


def test_a_promotion_that_went_away_is_named(shop: Shop) -> None:
    """What differs names an automatic promotion that was switched off meanwhile (OE-18)."""
    shop.promote("mugs")
    draft_id = shop.reviewed({"MUG": 2})
    seen = shop.quote(draft_id)
    applied = [decision for decision in seen.decisions if decision.applied]
    shop.change_promotion("mugs", enabled=False)

    with refused(shop, QuoteChanged) as caught:
        shop.desk.place(draft_id, seen=seen, actor="sam")

    assert 1 == len(applied)
    gone = f"{applied[0].promotion_name} no longer applies: it is switched off"
    assert gone in caught.value.differences
