"""Undo of a removal: all that went with it comes back, exactly as it was (WB-22)."""

from collections.abc import Callable, Iterator

import attrs
import pytest
from moneyed import Money
from starlette.testclient import TestClient

from cartcore.administration import Administration
from cartcore.entry.editor import DraftEditor
from cartcore.orders.draft import Draft
from tests.backoffice.client import send, sign_in, words
from tests.backoffice.office import Office, a_draft


@pytest.fixture
def sam(office: Office) -> Iterator[TestClient]:
    with TestClient(office.app) as client:
        sign_in(client, "sam")
        yield client


def entered(draft: Draft) -> Draft:
    """What staff entered: without who changed it when, and which number is next."""
    return attrs.evolve(
        draft,
        version=0,
        next_line=1,
        next_shipment=1,
        next_discount=1,
        updated_at=draft.created_at,
        updated_by="",
    )


def _priced(edit: DraftEditor) -> None:
    """A discount and another price on the line that will be removed."""
    edit.go_to("items")
    edit.set_price("l1", Money("180.00", "USD"), reason="Loyal", actor="sam")
    edit.discount_line("l1", percent=10, reason="Scratched", actor="sam")


def _as_it_is(edit: DraftEditor) -> None:
    """Split over two addresses, with a gift, its message and a speed for each."""


@pytest.mark.parametrize("prepare", [_priced, _as_it_is])
@pytest.mark.parametrize(
    "removed",
    [
        ("items", "remove", {"line": "l1"}),
        ("items", "remove", {"line": "l2"}),
        ("items", "remove-promotion", {"promotion": "boots"}),
        ("items", "remove-promotion", {"promotion": "board10"}),
        ("review", "remove-promotion", {"promotion": "welcome"}),
    ],
)
def test_everything_comes_back(
    office: Office,
    sam: TestClient,
    prepare: Callable[[DraftEditor], None],
    removed: tuple[str, str, dict[str, str]],
) -> None:
    """Lines, promotions with their options, discounts, prices, shipments, gifts, speeds (WB-22)."""
    draft_id = a_draft(office, step="review")
    with office.desk.edit(draft_id) as edit:
        prepare(edit)
        edit.go_to("review")
    before, total = office.desk.draft(draft_id), office.desk.view(draft_id).quote.total
    step, what, form = removed
    page = f"/drafts/{draft_id}/{step}"
    offered = sam.post(f"{page}/{what}", data=_state(sam, page) | form)
    assert "was removed. Undo" in words(offered)
    assert office.desk.view(draft_id).quote.total != total
    send(sam, str(offered.url), f"/drafts/{draft_id}/items/undo", back=step)

    assert entered(before) == entered(office.desk.draft(draft_id))
    assert total == office.desk.view(draft_id).quote.total


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("shipping/several", {"several": "no"}),
        ("items/quantity", {"quantity/l1": "1"}),
        ("contact/choose", {"contact_id": "c1"}),
    ],
)
def test_what_a_change_cleared_comes_back(
    office: Office, sam: TestClient, path: str, form: dict[str, str]
) -> None:
    """Addresses of this order, splits, gifts with their messages, speeds: one click loses none."""
    draft_id = a_draft(office, step="review")
    with office.desk.edit(draft_id) as edit:
        edit.go_to("shipping")
    before = office.desk.draft(draft_id)
    page = f"/drafts/{draft_id}"
    offered = sam.post(f"{page}/{path}", data=_state(sam, f"{page}/shipping") | form)
    assert office.desk.draft(draft_id).cleared
    assert 1 == words(offered).count("Undo")
    back = send(sam, str(offered.url), f"{page}/items/undo", back="shipping")

    assert entered(before) == entered(office.desk.draft(draft_id))
    assert back.url.path == f"{page}/shipping"
    assert "Undo" not in words(back)


def test_undo_is_offered_only_for_the_last_change(office: Office, sam: TestClient) -> None:
    """After another change, loading the page again offers none, and a late one is told (WB-22)."""
    draft_id = a_draft(office, step="items")
    page = f"/drafts/{draft_id}/items"
    offered = sam.post(f"{page}/remove", data=_state(sam, page) | {"line": "l2"})
    late = _state(sam, str(offered.url))
    with office.desk.edit(draft_id) as edit:
        edit.set_quantity("l1", 5)

    assert "Undo" not in words(sam.get(str(offered.url)))
    told = sam.post(f"{page}/undo", data=late)
    unknown = send(sam, page, f"{page}/undo")
    assert "Your change was not saved." in words(told)
    assert "What was removed is not known any more: enter it again." in words(unknown)
    assert [5] == [line.quantity for line in office.desk.draft(draft_id).lines]


def test_what_cannot_come_back_is_told(office: Office, sam: TestClient) -> None:
    """A product that left the shop in between comes back as a line to be removed (WB-22)."""
    draft_id = a_draft(office, step="items")
    page = f"/drafts/{draft_id}/items"
    offered = sam.post(f"{page}/remove", data=_state(sam, page) | {"line": "l2"})
    Administration(office.desk.storage).archive_product("shopify-shirt")
    back = send(sam, str(offered.url), f"{page}/undo", back="items")

    assert "is no longer on sale: remove it" in words(back)


def _state(client: TestClient, page: str) -> dict[str, str]:
    text = client.get(page).text
    return {
        name: text.partition(f'name="{name}" value="')[2].partition('"')[0]
        for name in ("csrf", "version", "seen")
    }
