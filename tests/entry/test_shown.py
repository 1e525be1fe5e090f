"""What a screen showed, in short, and the token that stands for it (HA-13)."""

from collections.abc import Callable

import attrs
import pytest

from cartcore.documents.serializer import Serializer
from cartcore.entry.editor import DraftEditor
from cartcore.entry.shown import Shown
from cartcore.entry.view import DraftView
from cartcore.errors import (
    CartcoreError,
    IdempotencyConflict,
    InvalidField,
    QuoteChanged,
    StaleDraft,
)
from tests.entry.test_placing_what_was_seen import for_many
from tests.support.shop import BERLIN, Shop, refused, usd

Seen = Callable[[DraftView], Shown | str]
BOTH: list[Seen] = [lambda view: view.token, lambda view: view.shown]


@pytest.mark.parametrize("seen", BOTH, ids=["token", "shown"])
def test_placed_by_what_was_shown(shop: Shop, seen: Seen) -> None:
    """A token, or what it stands for, places the order as the whole quote would (HA-13, OE-18)."""
    draft_id = for_many(shop)
    view = shop.view(draft_id)

    order = shop.desk.place(draft_id, seen=seen(view), actor="sam")

    assert view.quote.total == order.total


CHANGES: dict[str, Callable[[Shop, str], object]] = {
    "price": lambda shop, _: shop.change_variant("MUG", price=usd("8.00")),
    "gift": lambda shop, draft: edited(shop, draft, lambda e: e.mark_gift("l1", shipment_id="s1")),
    "message": lambda shop, draft: edited(
        shop, draft, lambda e: e.mark_gift("l1", "I hate you", shipment_id="s2")
    ),
    "address": lambda shop, draft: edited(
        shop, draft, lambda e: e.assign("l1", {e.add_shipment(BERLIN): 1, "s1": 1})
    ),
    "name": lambda shop, _: renamed(shop, name="Ann Miller"),
    "phone": lambda shop, _: renamed(shop, phone="+1 303 555 0199"),
    "back again": lambda shop, draft: edited(
        shop, draft, lambda e: e.remove_line(e.add_sku("CARD"))
    ),
}


def edited(shop: Shop, draft_id: str, change: Callable[[DraftEditor], object]) -> None:
    with shop.edit(draft_id) as edit:
        change(edit)
        for each in edit.view.shipments:
            edit.choose_speed(each.shipment.id, "post")
        edit.go_to("review")


def renamed(shop: Shop, name: str = "Ann Lee", phone: str = "") -> None:
    with shop.storage.write() as work:
        work.contacts.save(attrs.evolve(work.contacts.get("ann"), name=name, phone=phone))
        work.commit()


@pytest.mark.parametrize("change", list(CHANGES))
def test_a_token_is_of_all_that_was_shown(shop: Shop, change: str) -> None:
    """Whatever changes after it was shown, nothing is placed, and the new quote is told (HA-13)."""
    draft_id = for_many(shop)
    token = shop.view(draft_id).token
    CHANGES[change](shop, draft_id)
    now = shop.view(draft_id)
    assert token != now.token

    with refused(shop, QuoteChanged) as caught:
        shop.desk.place(draft_id, seen=token, actor="sam")

    assert (None, now.quote, ()) == (
        caught.value.seen,
        caught.value.current,
        caught.value.differences,
    )
    assert "review it again" in str(caught.value)
    assert now.quote.total == shop.desk.place(draft_id, seen=now.token, actor="sam").total


@pytest.mark.parametrize("change", list(CHANGES))
def test_what_was_shown_says_what_differs(shop: Shop, change: str) -> None:
    """With what was shown at hand, the error says what has changed since (HA-13, OE-18)."""
    draft_id = for_many(shop)
    seen = shop.view(draft_id)
    CHANGES[change](shop, draft_id)
    differences = seen.differences(shop.view(draft_id))
    kind: type[CartcoreError] = QuoteChanged if differences else StaleDraft

    with refused(shop, kind) as caught:
        shop.desk.place(draft_id, seen=seen.shown, actor="sam")

    if isinstance(caught.value, QuoteChanged):
        assert differences == caught.value.differences


def test_it_is_kept_as_json(shop: Shop) -> None:
    """What was shown goes through JSON unchanged, and its token with it (HA-13)."""
    shown = shop.view(for_many(shop)).shown

    again = Serializer().loads(Serializer().dumps(shown), Shown)

    assert (shown, shown.token) == (again, again.token)
    assert len(shown.token) < 60
    assert len(Serializer().dumps(shown)) < 4_000


def test_it_is_the_same_for_the_same(shop: Shop) -> None:
    """Looking again gives the same token, so a reload keeps nothing more (HA-13, WB-16)."""
    draft_id = for_many(shop)
    first = shop.view(draft_id).token
    shop.clock.forward(minutes=5)

    assert first == shop.view(draft_id).token


@pytest.mark.parametrize("token", ["", "x", "5", "5.", ".abc", "١.abc", "5.abc\ud800", "a" * 999])
def test_what_is_no_token(shop: Shop, token: str) -> None:
    """A text that no view gave places nothing (HA-13)."""
    draft_id = for_many(shop)

    with refused(shop, InvalidField):
        shop.desk.place(draft_id, seen=token, actor="sam")


@pytest.mark.parametrize("token", ["1.abc", "5." + "0" * 40])
def test_a_forged_token(shop: Shop, token: str) -> None:
    """A token that was made up stands for nothing that was shown (HA-13)."""
    draft_id = for_many(shop)

    with refused(shop, QuoteChanged):
        shop.desk.place(draft_id, seen=token, actor="sam")


def test_of_another_draft(shop: Shop) -> None:
    """The token of another draft, though it shows the same, places nothing (HA-13)."""
    first, second = for_many(shop), for_many(shop)
    token, shown = shop.view(second).token, shop.view(second).shown

    with refused(shop, QuoteChanged):
        shop.desk.place(first, seen=token, actor="sam")
    with refused(shop, InvalidField):
        shop.desk.place(first, seen=shown, actor="sam")


def test_asked_again(shop: Shop) -> None:
    """The same token with the same key gives the same order; another token is refused (ST-7)."""
    draft_id = for_many(shop)
    token = shop.view(draft_id).token
    order = shop.desk.place(draft_id, seen=token, actor="sam", idempotency_key="k")

    assert order == shop.desk.place(draft_id, seen=token, actor="sam", idempotency_key="k")
    with refused(shop, IdempotencyConflict):
        shop.desk.place(draft_id, seen="9.abc", actor="sam", idempotency_key="k")


def test_it_says_nothing_of_the_customer(shop: Shop) -> None:
    """A token can stand in a page, a log or an address: it holds no personal data (HA-13)."""
    draft_id = for_many(shop)
    token = shop.view(draft_id).token

    assert str(shop.desk.draft(draft_id).version) == token.partition(".")[0]
    assert set(token.partition(".")[2]) <= set("0123456789abcdef")


def test_a_contact_who_was_deleted(shop: Shop) -> None:
    """That the contact is gone is told, to those who saw one (OE-22)."""
    draft_id = for_many(shop)
    seen = shop.view(draft_id)
    gone = attrs.evolve(seen.shown, contact=None)

    assert "the contact Ann Lee no longer exists" in seen.shown.differences(gone, seen.quote)
    assert () == gone.differences(gone, seen.quote)
