"""What was typed and is not in the order stays, marked (WB-7), and outlives a session (WB-22)."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from starlette.testclient import TestClient

from tests.backoffice.browser import Held, a_page, open_draft, picture, refused
from tests.backoffice.client import sign_in, words
from tests.backoffice.office import PASSWORD, Office, a_draft, an_order

SHIRT = "shopify-shirt-black-large"
LOST = "may or may not have been saved"


@pytest.fixture
def stranger(office: Office) -> Iterator[TestClient]:
    with TestClient(office.app) as client:
        yield client


def marked(field: Locator, sentence: str = "Not saved yet") -> None:
    expect(field).to_have_accessible_description(sentence)


def change_something_else(page: Page, units: str = "3") -> None:
    """Another line, and the page shows the order with it."""
    total = page.locator("#total").inner_text()
    page.get_by_label("Quantity of Shopify Shirt").fill(units)
    page.get_by_label("Quantity of Shopify Shirt").press("Enter")
    expect(page.locator("#total")).not_to_have_text(total)


def quantities(office: Office, draft_id: str) -> list[int]:
    return [line.quantity for line in office.desk.draft(draft_id).lines]


def sign_in_again(page: Page) -> None:
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Name").fill("sam")
    page.get_by_role("button", name="Sign in").click()


# --- while other things are changed ---


def test_a_refused_field_stays_while_another_is_changed(page: Page, served: Office) -> None:
    """Its text and its sentence: nobody places the old quantity for the one that was typed."""
    draft_id = open_draft(page, served, "items")
    board = page.get_by_label("Quantity of Arbor Draft")
    board.fill("0")
    board.press("Enter")
    refused(board, "whole number")
    change_something_else(page)
    expect(board).to_have_value("0")
    refused(board, "whole number")
    picture(page, "refused-kept")
    page.get_by_role("button", name="Save and go on").click()
    expect(page.locator("#page")).to_contain_text("This step is still open")
    board.fill("4")
    board.press("Enter")
    expect(page.locator("#page .error")).to_have_count(0)

    assert [4, 3] == quantities(served, draft_id)[:2]


def test_a_refused_code_stays_while_something_is_changed(page: Page, served: Office) -> None:
    """What was read out on the phone is mended, and not asked for again."""
    open_draft(page, served, "items")
    code = page.get_by_label("Promo code")
    code.fill("BORD10")
    code.press("Enter")
    refused(code, "BORD10")
    change_something_else(page)
    expect(code).to_have_value("BORD10")
    refused(code, "BORD10")


def test_a_stale_field_is_marked_until_it_is_saved(page: Page, served: Office) -> None:
    """It shows what the order has not: said at the field, through other changes (OE-22)."""
    draft_id = open_draft(page, served, "items")
    with served.desk.edit(draft_id) as edit:
        edit.set_quantity("l2", 2)
    board = page.get_by_label("Quantity of Arbor Draft")
    board.fill("7")
    board.press("Enter")
    expect(page.get_by_role("alert").first).to_contain_text("Your change was not saved.")
    marked(board)
    change_something_else(page)
    expect(board).to_have_value("7")
    marked(board)
    picture(page, "stale-marked")
    board.press("Enter")
    marked(board, "")

    assert [7, 3] == quantities(served, draft_id)[:2]


def test_a_field_that_did_not_arrive_is_marked(page: Page, served: Office) -> None:
    """Through other changes, until it is sent again, or the page shows that it was saved."""
    draft_id = open_draft(page, served, "items")
    board = page.get_by_label("Quantity of Arbor Draft")
    page.route("**/items/quantity", lambda route: route.fulfill(status=502, body=""))
    board.fill("4")
    board.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text(LOST)
    marked(board, "Perhaps not saved")
    page.unroute("**/items/quantity")
    change_something_else(page)
    expect(board).to_have_value("4")
    marked(board, "Perhaps not saved")
    with served.desk.edit(draft_id) as edit:  # as if it had arrived after all
        edit.set_quantity("l1", 4)
    change_something_else(page, "5")
    change_something_else(page, "6")
    marked(board, "")

    assert [4, 6] == quantities(served, draft_id)[:2]


def test_a_late_refusal_does_not_move_who_types_on(page: Page, served: Office) -> None:
    """On a slow line the rest of a word goes into its own field, not over what is wrong (WB-8)."""
    draft_id = open_draft(page, served, "items")
    held = Held(page, "**/items/quantity")
    board, code = page.get_by_label("Quantity of Arbor Draft"), page.get_by_label("Promo code")
    board.fill("0")
    board.press("Enter")
    code.focus()
    page.keyboard.type("BOA")
    held.answer()
    refused(board, "whole number")
    page.keyboard.type("RD10")
    expect(code).to_have_value("BOARD10")
    expect(board).to_have_value("0")

    assert 2 == quantities(served, draft_id)[0]


def test_a_late_refusal_does_not_move_who_is_in_a_dialog(page: Page, served: Office) -> None:
    """It is told behind the dialog, and found there when that is closed (WB-8)."""
    open_draft(page, served, "items")
    held = Held(page, "**/items/code")
    page.get_by_role("link", name="Custom item or fee…").click()
    title = page.get_by_role("dialog").get_by_label("Title")
    expect(title).to_be_focused()
    page.keyboard.press("Escape")
    page.get_by_label("Promo code").fill("NOPE")
    page.get_by_label("Promo code").press("Enter")
    page.get_by_role("link", name="Custom item or fee…").click()
    held.answer()
    expect(title).to_be_focused()
    page.keyboard.press("Escape")
    refused(page.get_by_label("Promo code"), "NOPE")


# --- a scanner ---


def test_a_refused_scan_can_be_corrected(page: Page, served: Office) -> None:
    """A SKU that was mistyped by a letter stands in its field, selected (WB-18)."""
    draft_id = open_draft(page, served, "items")
    scan = page.get_by_label("Scan or type a SKU or barcode")
    scan.fill(SHIRT + "x")
    scan.press("Enter")
    refused(scan, SHIRT + "x")
    expect(scan).to_have_value(SHIRT + "x")
    scan.press("End")
    scan.press("Backspace")
    scan.press("Enter")
    expect(page.get_by_label("Quantity of Shopify Shirt")).to_have_value("2")
    expect(scan).to_have_value("")

    assert [2, 2] == quantities(served, draft_id)[:2]


def test_a_lost_scan_is_named_until_it_is_there(page: Page, served: Office) -> None:
    """Whoever scans without looking is told later which one is perhaps missing (WB-18)."""
    draft_id = open_draft(page, served, "items")
    scan = page.get_by_label("Scan or type a SKU or barcode")
    page.route("**/items/scan", lambda route: route.fulfill(status=502, body=""))
    scan.fill("GIFT-25")
    scan.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text(LOST)
    expect(scan).to_have_value("GIFT-25")
    marked(scan, "Perhaps not saved")
    page.unroute("**/items/scan")
    page.keyboard.type(SHIRT)  # in place of what is selected
    page.keyboard.press("Enter")
    expect(page.get_by_label("Quantity of Shopify Shirt")).to_have_value("2")
    expect(page.get_by_role("alert")).to_contain_text("Perhaps not added: GIFT-25.")
    page.keyboard.type("GIFT-25")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Quantity of Gift card")).to_have_value("1")
    expect(page.locator("#unreachable")).to_be_hidden()

    assert [2, 2, 1] == [q for q in quantities(served, draft_id) if q]


def test_a_scan_after_one_that_was_put_back(page: Page, served: Office) -> None:
    """It takes the place of what a colleague's change kept out, and is not added to it (WB-18)."""
    draft_id = open_draft(page, served, "items")
    with served.desk.edit(draft_id) as edit:
        edit.set_quantity("l1", 3)
    scan = page.get_by_label("Scan or type a SKU or barcode")
    scan.fill("GIFT-25")
    scan.press("Enter")
    expect(page.get_by_role("alert").first).to_contain_text("Your change was not saved.")
    expect(scan).to_have_value("GIFT-25")
    marked(scan)
    page.keyboard.type(SHIRT)
    page.keyboard.press("Enter")
    expect(page.get_by_label("Quantity of Shopify Shirt")).to_have_value("2")


# --- no connection ---


def test_no_connection_is_seen_wherever_one_is(served: Office, chromium: Browser) -> None:
    """On a narrow page, scrolled down to what was typed, the notice is in the window (WB-23)."""
    with a_page(served, chromium, "sam", width=375, height=600) as page:
        open_draft(page, served, "items")
        page.route("**/items/code", lambda route: route.fulfill(status=502, body=""))
        code = page.get_by_label("Promo code")
        code.fill("TWENTY")
        code.evaluate("field => field.scrollIntoView({ block: 'end' })")
        assert page.evaluate("scrollY") > 200
        code.press("Enter")
        expect(page.get_by_text(LOST)).to_be_in_viewport(ratio=1)
        expect(code).to_be_in_viewport()


def test_what_is_unsure_stays_said_in_the_dialog(served: Office, chromium: Browser) -> None:
    """In front of what it is about, and not replaced by the lost total of the same form (WB-8)."""
    opened = a_page(served, chromium, "sam")
    with opened as page:
        open_draft(page, served, "items")
        page.get_by_role("link", name="Custom item or fee…").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Title").fill("Repair")
        page.route("**/items/custom", lambda route: route.abort())
        with page.expect_event("requestfailed"):  # for the total that it leads to
            dialog.get_by_label("Price").fill("12.00")
        expect(dialog.get_by_role("alert")).to_have_text("No connection. Try again in a moment.")
        dialog.get_by_role("button", name="Add to order").click()
        expect(dialog.get_by_role("alert")).to_contain_text(LOST)
        with page.expect_event("requestfailed"):
            dialog.get_by_label("Price").fill("13.00")
        page.unroute("**/items/custom")
        with page.expect_response("**/items/custom"):
            dialog.get_by_label("Price").fill("14.00")
        expect(dialog.locator("output")).not_to_be_empty()
        expect(dialog.get_by_role("alert")).to_contain_text(LOST)
        picture(page, "unsure-in-dialog")
        dialog.get_by_role("button", name="Add to order").click()
        expect(page.get_by_label("Quantity of Repair")).to_have_value("1")
        expect(page.locator("#unreachable")).to_be_hidden()
        opened.wrong.clear()  # the requests that failed


# --- a session that ends ---


def test_all_that_was_typed_on_a_page_is_given_back(page: Page, served: Office) -> None:
    """Not only what was sent when the session was found to have ended (WB-22)."""
    open_draft(page, served, "items")
    page.get_by_text("Note", exact=True).click()
    page.get_by_label("Promo code").fill("TWENTY")
    page.get_by_label("Scan or type a SKU or barcode").fill(SHIRT)
    page.get_by_label("Reference").fill("PO-77")
    page.context.clear_cookies()
    held = Held(page, "**/note")
    board = page.get_by_label("Quantity of Arbor Draft")
    board.fill("7")  # which sends the note
    held.answer()
    sign_in_again(page)
    expect(page.get_by_role("alert")).to_contain_text("What you typed is back, and not saved yet.")
    for label, text in (
        ("Quantity of Arbor Draft", "7"),
        ("Promo code", "TWENTY"),
        ("Scan or type a SKU or barcode", SHIRT),
        ("Reference", "PO-77"),
    ):
        expect(page.get_by_label(label)).to_have_value(text)
        expect(page.get_by_label(label)).to_be_visible()
        marked(page.get_by_label(label))
    picture(page, "given-back")


def test_a_scan_of_a_session_that_ended(page: Page, served: Office) -> None:
    """Its field is empty when it was sent; it is given back all the same (WB-22)."""
    open_draft(page, served, "items")
    page.context.clear_cookies()
    page.get_by_label("Scan or type a SKU or barcode").fill("GIFT-25")
    page.get_by_label("Scan or type a SKU or barcode").press("Enter")
    sign_in_again(page)

    expect(page.get_by_label("Scan or type a SKU or barcode")).to_have_value("GIFT-25")


def test_a_dialog_that_is_opened_after_the_session_ended(page: Page, served: Office) -> None:
    """It opens over its page, with what was typed there (WB-22)."""
    open_draft(page, served, "items")
    page.get_by_label("Promo code").fill("TWENTY")
    page.context.clear_cookies()
    page.get_by_role("link", name="+ Add Item").click()
    sign_in_again(page)
    expect(page.get_by_role("dialog").get_by_label("Product or SKU")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_label("Promo code")).to_have_value("TWENTY")


def test_a_search_after_the_session_ended(page: Page, served: Office) -> None:
    """Leads back to the page with its list, not to the list alone (WB-22)."""
    page.goto("/drafts/new/contact")
    page.context.clear_cookies()
    page.get_by_label("Name, e-mail or phone").fill("ann@example.com")
    sign_in_again(page)
    expect(page.locator("#contact-matches")).to_contain_text("Ann Lee")
    expect(page.get_by_label("Name, e-mail or phone")).to_have_value("ann@example.com")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Ann Lee")).to_be_visible()


def test_a_total_that_is_asked_for_after_the_session_ended(page: Page, served: Office) -> None:
    """What is being typed into the dialog is given back (WB-22)."""
    open_draft(page, served, "items")
    with page.expect_response(lambda answer: answer.request.method == "POST"):  # the first total
        page.get_by_role("link", name="Custom item or fee…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Title")).to_be_focused()
    page.context.clear_cookies()
    dialog.get_by_label("Title").fill("Repair of edges")
    sign_in_again(page)

    expect(dialog.get_by_label("Title")).to_have_value("Repair of edges")
    expect(dialog.get_by_role("alert")).to_contain_text("What you typed is back")


def test_a_form_without_scripts_after_the_session_ended(served: Office, chromium: Browser) -> None:
    """What was sent is lost, which is said; signing in leads back to the draft (WB-22)."""
    draft_id = a_draft(served, step="items")
    with a_page(served, chromium, "sam", scripts=False) as page:
        page.goto(f"/drafts/{draft_id}/items")
        page.context.clear_cookies()
        page.get_by_role("button", name="Save and go on").click()
        said = "You were signed out, and what you sent was not saved."
        expect(page.get_by_role("alert")).to_have_text(said)
        sign_in_again(page)
        page.wait_for_url(re.compile(f"/drafts/{draft_id}/items"))


def test_the_address_of_every_form_leads_somewhere(office: Office, stranger: TestClient) -> None:
    """After signing in again each form's page is there (WB-22)."""
    number = an_order(office)
    sent = [f"/orders/{number}/note", f"/orders/{number}/cancel", "/contacts/ann/restore"]
    ways = [stranger.post(each).url.params["next"] for each in sent]
    sign_in(stranger, "sam")
    pages = [stranger.get(each) for each in ways]

    assert [200] * 3 == [each.status_code for each in pages]
    assert ["/orders/1001", "/orders/1001", "/contacts/ann"] == [each.url.path for each in pages]
    assert "Ann Lee" in words(pages[2])
