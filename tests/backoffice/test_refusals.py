"""What pages say when something is refused or not known, and the way on from there (WB-7)."""

from collections.abc import Iterator
from html import unescape

import pytest
from backoffice.visits import Trouble
from moneyed import Money
from playwright.sync_api import Browser, Page, Route, expect
from starlette.testclient import TestClient

from cartcore.errors import StorageBusy, StorageError, StorageUnavailable
from tests.backoffice.browser import a_page, open_draft
from tests.backoffice.client import field, send, sign_in, state, words
from tests.backoffice.office import Office, a_draft


@pytest.fixture
def sam(office: Office) -> Iterator[TestClient]:
    with TestClient(office.app) as client:
        sign_in(client, "sam")
        yield client


def test_the_second_place_places_what_is_shown_now(office: Office, sam: TestClient) -> None:
    """Refused because somebody took the order back a step, it is placed after a look (OE-18)."""
    page = f"/drafts/{a_draft(office, step='review')}/review"
    stale = sam.get(page).text
    with office.desk.edit(page.split("/")[2]) as edit:
        edit.set_quantity("l2", 3)
    form = {name: _hidden(stale, name) for name in ("csrf", "version", "seen")}
    first = sam.post(f"{page}/place", data=form)
    form |= {name: _hidden(first.text, name) for name in ("version", "seen")}
    second = sam.post(f"{page}/place", data=form)

    assert "Not placed: this order is no longer as you saw it." in words(first)
    assert "1 × Shopify Shirt (black / large) became 3 × Shopify Shirt" in words(first)
    assert "This order was placed." in words(second)
    assert 3 == office.desk.order("1001").quote.lines[1].quantity


def test_a_stale_code_on_review_leaves_a_review_that_can_be_placed(
    office: Office, sam: TestClient
) -> None:
    """Whatever was refused there, the review that is shown is one that can be placed (OE-18)."""
    page = f"/drafts/{a_draft(office, step='review')}/review"
    stale = sam.get(page).text
    with office.desk.edit(page.split("/")[2]) as edit:
        edit.set_quantity("l2", 3)
    form = {name: _hidden(stale, name) for name in ("csrf", "version", "seen")}
    first = sam.post(f"{page}/code", data=form | {"promo_code": "TWENTY"})
    form |= {name: _hidden(first.text, name) for name in ("version", "seen")}
    second = sam.post(f"{page}/place", data=form)

    assert "Your change was not saved." in words(first)
    assert "This order was placed." in words(second)


def test_place_says_that_it_took_what_was_typed_first(office: Office, sam: TestClient) -> None:
    """A page that looks like the one before does not pass for a placed order (WB-6)."""
    page = f"/drafts/{a_draft(office, step='review')}/review"
    first = words(send(sam, page, page + "/place", promo_code="TWENTY"))
    update = words(send(sam, page, page + "/place", note="Ring twice", stay="yes"))
    refused = words(send(sam, page + "?taken=yes", page + "/place", promo_code="NOPE"))

    said = "Not placed yet: what you typed was added first."
    assert [True, False, False] == [said in each for each in (first, update, refused)]
    assert said not in words(sam.get(page))
    assert not office.desk.orders().items


@pytest.mark.parametrize(("who", "told"), [("sam", "you"), ("kim", "kim")])
def test_a_change_after_placing_is_said_not_to_be_made(
    office: Office, sam: TestClient, who: str, told: str
) -> None:
    """The page of the order does not hide that what was changed last is not in it (WB-7)."""
    draft_id = a_draft(office, step="review")
    form = state(sam, f"/drafts/{draft_id}/items")
    seen = office.desk.view(draft_id).quote
    office.desk.place(draft_id, seen=seen, actor=who)
    answer = sam.post(f"/drafts/{draft_id}/items/quantity", data=form | {"quantity/l1": "9"})

    assert answer.url.path == "/orders/1001"
    assert f"Your last change was not made: {told} had already placed this order." in words(answer)
    assert "This order was placed." not in words(answer)


def test_place_after_a_colleague_placed(office: Office, sam: TestClient) -> None:
    """Who presses Place order second is told whose order it is, as it may be another (OE-22)."""
    draft_id = a_draft(office, step="review")
    page = f"/drafts/{draft_id}/review"
    form = state(sam, page)
    with office.desk.edit(draft_id) as edit:
        edit.set_quantity("l2", 3)
        edit.go_to("review")
    office.desk.place(draft_id, seen=office.desk.view(draft_id).quote, actor="kim")
    answer = words(sam.post(f"{page}/place", data=form))

    assert "Kim placed this order. Compare it with what you saw." in answer


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (StorageBusy("a lock"), "The shop is busy. Nothing was changed: try again in a moment."),
        (
            StorageUnavailable("the answer to COMMIT"),
            "cannot be reached. Your change may or may not have been saved. Try again in a moment.",
        ),
    ],
)
def test_only_what_is_known_is_said_of_a_change_that_failed(
    error: StorageError, sentence: str
) -> None:
    """A connection lost in the middle of a commit may have saved it; waiting in vain did not."""
    said = Trouble.of(error, "scan", {})
    asked = Trouble.of(error, "filters", {})

    assert (503, True) == (said.status, sentence in said.message)
    assert "may or may not" not in asked.message


def test_all_that_is_wrong_with_a_contact_is_told_at_once(office: Office, sam: TestClient) -> None:
    """Doubts and errors of every field, so that who is on the phone is asked once (WB-19)."""
    typed = {"name": "", "email": "zoe at x", "phone": "12", "to_line1": "", "to_city": "Denver"}
    typed |= {"to_postal_code": "999999", "to_country": "US"}
    page = "/drafts/new/contact"
    first = send(sam, page, page + "/new", **typed)
    kept = unescape(field(first.text, "kept"))
    mended = {"name": "Zoe", "email": "", "to_line1": "1 Road"}
    second = send(sam, page, page + "/new", **(typed | mended), kept=kept)

    for sentence in (
        "Enter a name.",
        "Must be an address such as 'ann@example.com'.",
        "This is no phone number that can be called.",
        "Enter street and number.",
        "Postal codes of this country look like 95014",
    ):
        assert 1 == words(first).count(sentence), sentence
    assert 5 == first.text.count('aria-invalid="true"')
    assert second.url.path.endswith("/items"), "what was doubted is not asked about again"


@pytest.mark.parametrize(
    "path", ["/drafts/{}/shipping/address", "/drafts/{}/contact/address", "/contacts/ann/address"]
)
def test_all_that_is_wrong_with_an_address_is_told_at_once(
    office: Office, sam: TestClient, path: str
) -> None:
    """Wherever one is entered (WB-19)."""
    draft_id = a_draft(office, step="shipping")
    typed = {"to_line1": " ", "to_city": "D\ten", "to_country": "US", "to_phone": "12"}
    form = state(sam, f"/drafts/{draft_id}/shipping")
    answer = sam.post(path.format(draft_id), data=form | typed)

    assert 422 == answer.status_code
    assert 3 == answer.text.count('aria-invalid="true"')
    assert 1 == words(answer).count("Enter street and number.")


def test_all_that_is_wrong_with_a_custom_item_is_told_at_once(
    office: Office, sam: TestClient
) -> None:
    """Title, price, quantity and weight (WB-19); nothing is added by looking for it."""
    draft_id = a_draft(office, step="items")
    before = office.desk.draft(draft_id)
    page = f"/drafts/{draft_id}/items"
    typed = {"title": "", "price": "12,50", "quantity": "0", "weight": "x", "kind": "sent"}
    answer = send(sam, page, page + "/custom", **typed)

    assert 4 == answer.text.count('aria-invalid="true"')
    for sentence in ("Enter a title.", "such as 12.50", "from 1 to 10000", "Enter whole grams."):
        assert 1 == words(answer).count(sentence), sentence
    assert before == office.desk.draft(draft_id)


def test_what_keeps_from_review_is_said_in_words_of_staff(office: Office, sam: TestClient) -> None:
    """Units without an address: said so, beside their fields too, and no step by its id (WB-19)."""
    draft_id = a_draft(office, step="shipping")
    with office.desk.edit(draft_id) as edit:
        edit.set_quantity("l1", 5)
    page = f"/drafts/{draft_id}/shipping"
    shown = words(sam.get(page))
    refused = words(send(sam, page, page + "/save"))

    assert "5 × Arbor Draft (151cm / Normal)" in shown
    assert "2 of 5 units assigned" in shown
    assert "3 × Arbor Draft (151cm / Normal) have no address yet" in refused
    assert "cannot be reached" not in refused


def test_the_sum_over_the_maximum_is_told_as_one(office: Office, sam: TestClient) -> None:
    """A scan or an item more than a line can have: nobody entered that number (WB-19)."""
    draft_id = a_draft(office, step="items")
    page = f"/drafts/{draft_id}/items"
    with office.desk.edit(draft_id) as edit:
        edit.set_quantity("l2", 10_000)
    scanned = words(send(sam, page, page + "/scan", sku="shopify-shirt-black-large"))
    options = '{"Color": "black", "Size": "large"}'
    form = {"product": "shopify-shirt", "options": options, "quantity": "2"}
    added = words(send(sam, page, page + "/new", **form))
    typed = words(send(sam, page, page + "/new", **(form | {"quantity": "10001"})))

    assert "With those in the order that would be 10001 units: at most 10000" in scanned
    assert "With those in the order that would be 10002 units: at most 10000" in added
    assert "Enter a whole number from 1 to 10000." in typed


def test_an_empty_scan(office: Office, sam: TestClient) -> None:
    """Nothing was looked for, so nothing is said not to exist (WB-18)."""
    page = f"/drafts/{a_draft(office, step='items')}/items"
    answer = words(send(sam, page, page + "/scan", sku=" "))

    assert "Enter a SKU or barcode." in answer
    assert "No product has" not in answer
    title = words(send(sam, page, page + "/scan", sku="Hooded Sweater"))
    assert "“Hooded Sweater”: + Add Item finds titles, too." in title


def test_a_button_says_where_it_leads(office: Office, sam: TestClient) -> None:
    """An order without items goes to shipping next, as far as anybody knows (WB-4)."""
    draft_id = office.desk.start(actor="sam").id
    with office.desk.edit(draft_id) as edit:
        edit.choose_contact("ann")

    assert "Save and go on to shipping" in words(sam.get(f"/drafts/{draft_id}/items"))
    assert "Go on to items" in words(sam.get(f"/drafts/{draft_id}/contact"))


def test_double_click_on_add_beside_the_scan_field(page: Page, served: Office) -> None:
    """The second click, and the second line end of a scanner, find nothing to add (WB-18)."""
    draft_id = open_draft(page, served, "items")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.rpartition("/")[2]))
    field = page.get_by_label("Scan or type a SKU or barcode")
    field.fill("shopify-shirt-black-large")
    page.get_by_role("button", name="Add", exact=True).dblclick()
    expect(page.get_by_label("Quantity of Shopify Shirt")).to_have_value("2")
    field.fill("shopify-shirt-black-large")
    field.press("Enter")
    field.press("Enter")
    expect(page.get_by_label("Quantity of Shopify Shirt")).to_have_value("3")

    # Requests of a draft follow each other: by now all of them are made.
    page.get_by_label("Quantity of Arbor Draft").fill("3")
    page.get_by_label("Quantity of Arbor Draft").press("Tab")
    expect(page.locator("#line-l1")).to_contain_text("537.30")

    assert 2 == asked.count("scan")
    assert 3 == served.desk.draft(draft_id).lines[1].quantity


def test_a_lost_answer_of_place(page: Page, served: Office) -> None:
    """Nobody is told that nothing was saved: placed again it leads to the one order (OE-19)."""
    open_draft(page, served, "review")

    def lose_the_answer(route: Route) -> None:
        route.fetch(max_redirects=0)
        route.fulfill(status=502, body="")

    page.route("**/review/place", lose_the_answer)
    place = page.get_by_role("button", name="Place order")
    place.click()
    said = page.get_by_role("alert").filter(has_text="No connection")
    expect(said).to_contain_text("may or may not have been placed")
    expect(said).not_to_contain_text("not saved")
    page.unroute("**/review/place")
    place.click()
    page.wait_for_url("**/orders/1001**")

    assert 1 == len(served.desk.orders().items)


def _hidden(text: str, name: str) -> str:
    return text.partition(f'name="{name}" value="')[2].partition('"')[0]


def test_ctrl_enter_twice_places_nothing(page: Page, served: Office) -> None:
    """However often it is pressed, the order waits on review for a key of its own (OE-18)."""
    draft_id = open_draft(page, served, "review")
    with served.desk.edit(draft_id) as edit:
        edit.go_to("shipping")
    page.goto(f"/drafts/{draft_id}/shipping")
    placing: list[str] = []
    page.on("request", lambda r: placing.append(r.url) if "review/place" in r.url else None)
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/review")
    for _ in range(2):
        page.keyboard.press("Control+Enter")
        expect(page.get_by_role("button", name="Place order")).to_be_focused()
    assert not placing
    page.keyboard.press("Enter")
    page.wait_for_url("**/orders/1001**")


def test_what_a_change_took_along_is_seen(served: Office, chromium: Browser) -> None:
    """On a phone, too, and far down the page: the notice is scrolled to, and says why (OE-15)."""
    draft_id = a_draft(served, step="items")
    with served.desk.edit(draft_id) as edit:
        edit.remove_promotion("boots")
        for color in ("black", "white", "red"):
            edit.add_custom_item(f"Wax, {color}", Money("5.00", "USD"), actor="sam")
        edit.discount_line("l2", price=Money("10.00", "USD"), reason="Loyal", actor="sam")
    with a_page(served, chromium, "sam", width=390, height=400) as page:
        page.goto(f"/drafts/{draft_id}/items")
        quantity = page.get_by_label("Quantity of Shopify Shirt")
        quantity.fill("2")
        quantity.press("Enter")
        notice = page.get_by_text("was agreed for 1 unit, not for 2")
        expect(notice).to_be_in_viewport(ratio=1)
        box, bar = notice.bounding_box(), page.locator("header.top").bounding_box()
        assert box is not None
        assert bar is not None
        assert box["y"] >= bar["height"], "it is not behind the bar"


def test_back_closes_a_dialog(page: Page, served: Office) -> None:
    """It leaves the order only when no dialog is open, and then at once (WB-7)."""
    page.goto("/drafts")
    draft_id = open_draft(page, served, "items")
    for _ in range(2):
        page.get_by_role("link", name="+ Add Item").click()
        expect(page.get_by_label("Product or SKU")).to_be_focused()
        page.go_back()
        expect(page.get_by_role("dialog")).to_be_hidden()
        assert page.url.endswith(f"/drafts/{draft_id}/items")
    page.get_by_role("link", name="+ Add Item").click()
    expect(page.get_by_label("Product or SKU")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.evaluate("location.hash = 'page'")  # as the link to the content does
    page.go_back()
    assert page.url.endswith(f"/drafts/{draft_id}/items")
    page.evaluate("history.back()")
    page.wait_for_url("**/drafts")
