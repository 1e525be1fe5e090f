"""Drafts that outlive what they name: each can be opened, told apart, mended and discarded."""

from typing import Any

import attrs
import pytest

from cartcore.cart import AppliedPromotion
from cartcore.errors import (
    DraftHasProblems,
    NotFound,
    QuoteChanged,
    StaleDraft,
    StepNotReachable,
)
from cartcore.orders.draft import Draft, LineItem
from cartcore.promotions.offer import TiedItem
from cartcore.receipt import review_receipt
from cartcore.rules.builtin import AddProduct
from tests.support.shop import PROMOTIONS, Shop, refused, usd

GONE = "7f3c9a"  # an id that nothing has any more, and that nobody knows


def naming(shop: Shop, draft_id: str, **fields: Any) -> Draft:
    """Store a draft that names what is gone: no port removes it, but a host's own tables can."""
    with shop.storage.write() as work:
        draft = work.drafts.save(attrs.evolve(work.drafts.get(draft_id), **fields))
        work.commit()
    return draft


def without_product(shop: Shop, draft_id: str) -> None:
    draft = shop.desk.draft(draft_id)
    lost = LineItem(id="l9", product_id=GONE, sku="OLD-CUP", quantity=2)
    naming(shop, draft_id, lines=(*draft.lines, lost), next_line=10)


def without_contact(shop: Shop, draft_id: str) -> None:
    naming(shop, draft_id, contact_id=GONE)


def without_coded(shop: Shop, draft_id: str) -> None:
    naming(shop, draft_id, applied=(AppliedPromotion(promotion_id=GONE, promo_code="SPRING"),))


def without_picked(shop: Shop, draft_id: str) -> None:
    naming(shop, draft_id, applied=(AppliedPromotion(promotion_id=GONE),))


CASES = [
    (without_contact, "the contact of this order no longer exists: choose another one"),
    (without_product, "OLD-CUP is no longer in the catalogue: remove it"),
    (without_coded, "the code SPRING: it no longer exists; remove it to go on"),
    (without_picked, "a promotion that was picked: it no longer exists; remove it to go on"),
]


@pytest.mark.parametrize(("lose", "message"), CASES)
def test_it_can_be_opened_and_says_what_is_wrong(shop: Shop, lose: Any, message: str) -> None:
    """What is gone is a problem in words that people know, and placing is refused (HA-10)."""
    draft_id = shop.reviewed({"MUG": 2})
    seen = shop.quote(draft_id)
    lose(shop, draft_id)
    view = shop.view(draft_id)

    assert [message] == [problem.message for problem in view.blocking]
    assert draft_id in [draft.id for draft in shop.desk.drafts().items]
    assert GONE not in review_receipt(view)
    assert GONE not in str(view.quote)
    assert GONE not in view.quote.explain()
    shop.desk.available_promotions(draft_id)
    with refused(shop, StaleDraft):
        shop.desk.place(draft_id, seen=seen, actor="sam")
    with refused(shop, DraftHasProblems) as caught:
        shop.desk.place(draft_id, seen=view.quote, actor="sam")
    assert message in str(caught.value)
    shop.desk.discard(draft_id)
    assert () == shop.desk.drafts().items


def test_another_contact_can_be_chosen(shop: Shop) -> None:
    """Where the contact is gone the steps after it wait for another one (HA-10, OE-3)."""
    draft_id = shop.reviewed({"MUG": 2})
    without_contact(shop, draft_id)
    with (
        refused(shop, StepNotReachable) as caught,
        shop.edit(draft_id) as edit,
    ):
        edit.add_sku("PIN")
    assert "choose another one" in str(caught.value)
    assert GONE not in str(caught.value)

    with shop.edit(draft_id) as edit:
        edit.choose_contact("zoe")
        edit.save_items()
        edit.choose_speed("s2", "air")
        edit.go_to("review")
    assert "zoe" == shop.placed(draft_id).contact.id


def test_a_contact_that_comes_back(shop: Shop) -> None:
    """A draft that was looked at, and saved, without its contact keeps lines and shipments."""
    draft_id = shop.reviewed({"MUG": 2})
    before = shop.desk.draft(draft_id)
    without_contact(shop, draft_id)
    with shop.edit(draft_id):
        pass
    naming(shop, draft_id, contact_id="ann", step=before.step)

    assert before.lines == shop.view(draft_id).draft.lines
    assert before.shipments == shop.view(draft_id).draft.shipments


def test_a_line_without_its_product_can_be_changed_and_removed(shop: Shop) -> None:
    """Its quantity changes, its options cannot, and without it the order is placed (HA-10)."""
    draft_id = shop.reviewed({"MUG": 2})
    without_product(shop, draft_id)
    with shop.edit(draft_id) as edit:
        edit.set_quantity("l9", 3)
    with refused(shop, NotFound) as caught, shop.edit(draft_id) as edit:
        edit.set_options("l9", {"Size": "L"})
    assert "OLD-CUP" in str(caught.value)
    assert GONE not in str(caught.value)

    with shop.edit(draft_id) as edit:
        edit.remove_line("l9")
        edit.go_to("review")
    assert usd("19.90") == shop.placed(draft_id).total


@pytest.mark.parametrize("lose", [without_coded, without_picked])
def test_a_promotion_that_is_gone_can_be_removed(shop: Shop, lose: Any) -> None:
    """Without the promotion the order is placed, and nobody is told that it was refused (HA-10)."""
    draft_id = shop.reviewed({"MUG": 2})
    lose(shop, draft_id)
    with shop.edit(draft_id) as edit:
        edit.remove_promotion(GONE)
    draft = shop.desk.draft(draft_id)
    assert ((), ()) == (draft.applied, draft.refused)
    assert usd("19.90") == shop.placed(draft_id).total


def test_a_gift_that_is_gone_names_no_id(shop: Shop) -> None:
    """A promotion whose product is gone says so in words that people know (HA-10)."""
    gift = attrs.evolve(
        PROMOTIONS["pin"], id="gift", effect=AddProduct(items=(TiedItem(key="x", product_id=GONE),))
    )
    with shop.storage.write() as work:
        work.promotions.add(gift)
        work.commit()
    [decision] = shop.quote(shop.reviewed({"MUG": 3})).decisions

    assert "a product that it adds is no longer in the catalogue" == decision.message


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"name": "Ann Smith"}, "the contact is now Ann Smith, "),
        ({"email": "new@example.com"}, "new@example.com"),
        ({"email": ""}, "the contact is now Ann"),
        ({"phone": "+1 303 555 0199"}, "+1 303 555 0199"),
    ],
)
def test_another_name_or_address_of_the_contact_is_told(
    shop: Shop, changes: dict[str, str], told: str
) -> None:
    """Name, e-mail and phone that changed since the review are told before placing (OE-18)."""
    draft_id = shop.reviewed({"MUG": 2})
    seen = shop.view(draft_id)
    shop.change_contact("ann", **changes)
    with refused(shop, QuoteChanged) as caught:
        shop.desk.place(draft_id, seen=seen.quote, actor="sam")

    [difference] = caught.value.differences
    assert told in difference
    assert (difference,) == seen.differences(shop.view(draft_id))
    order = shop.desk.place(draft_id, seen=caught.value.current, actor="sam")
    assert shop.contact("ann") == order.contact


def test_what_does_not_matter_of_a_contact_stops_nothing(shop: Shop) -> None:
    """A tag or a further address changes neither price nor contact: the order is placed (OE-18)."""
    draft_id = shop.reviewed({"MUG": 2})
    seen = shop.quote(draft_id)
    shop.change_contact("ann", tags=("called",))

    assert shop.contact("ann") == shop.desk.place(draft_id, seen=seen, actor="sam").contact
