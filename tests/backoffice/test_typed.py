"""What stands in a field when a step is left: made the order, or in the way of leaving (WB-7)."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from starlette.testclient import TestClient

from cartcore.orders.draft import Draft, Step
from tests.backoffice.browser import a_page, open_draft, refused
from tests.backoffice.client import send, sign_in, words
from tests.backoffice.office import PASSWORD, Office, a_draft

SHIRT = "shopify-shirt-black-large"


@pytest.fixture
def sam(office: Office) -> Iterator[TestClient]:
    with TestClient(office.app) as client:
        sign_in(client, "sam")
        yield client


def quantities(draft: Draft) -> list[int]:
    return [line.quantity for line in draft.lines]


# --- one form with all that a step shows ---


def test_save_takes_all_that_the_items_show(office: Office, sam: TestClient) -> None:
    """Quantities, a SKU, a code, note and reference go along, and are all made (WB-4)."""
    draft_id = a_draft(office, step="items")
    page = f"/drafts/{draft_id}/items"
    with office.desk.edit(draft_id) as edit:
        edit.remove_promotion("board10")
    fields = {"quantity/l1": "4", "quantity/l2": "2", "sku": SHIRT, "promo_code": "BOARD10"}
    answer = send(sam, page, page + "/save", **fields, note="Call first", reference="PO-1")

    assert answer.url.path.endswith("/shipping")
    draft = office.desk.draft(draft_id)
    assert [4, 3] == quantities(draft)
    assert "board10" in {each.promotion_id for each in draft.applied}
    assert ("Call first", "PO-1") == (draft.note, draft.reference)


@pytest.mark.parametrize("button", ["items/save", "step"])
@pytest.mark.parametrize(
    ("name", "typed", "sentence"),
    [
        ("quantity/l1", "12.", "Enter a whole number from 1 to 10000."),
        ("quantity/l2", "", "Enter a whole number from 1 to 10000."),
        ("sku", "gift-25x", "No product has the SKU or barcode “gift-25x”"),
        ("promo_code", "BOARD10", "“BOARD10”: it is already applied"),
        ("note", "x" * 1001, "Must be at most 1000 characters long."),
    ],
)
def test_what_is_refused_keeps_one_here(
    office: Office, sam: TestClient, button: str, name: str, typed: str, sentence: str
) -> None:
    """Nothing is stored, every field keeps what was typed, and the button says why (WB-7)."""
    draft_id = a_draft(office, step="items")
    page = f"/drafts/{draft_id}/items"
    before = office.desk.draft(draft_id)
    fields = {"quantity/l1": "7", "quantity/l2": "1", "from": "items", "step": "shipping"}
    answer = send(sam, page, f"/drafts/{draft_id}/{button}", **(fields | {name: typed}))

    assert 422 == answer.status_code
    assert before == office.desk.draft(draft_id)
    assert 2 == words(answer).count(sentence), "at the field and at the button"
    assert f"This step is still open: {sentence}" in words(answer)
    assert f'name="{name}"' in answer.text
    if name != "quantity/l1":
        assert 'name="quantity/l1" inputmode="numeric" autocomplete="off" value="7"' in answer.text


def test_an_order_that_is_not_begun_has_nothing_to_update(sam: TestClient) -> None:
    """Update stands where there is something that a field can change (WB-20)."""
    assert "Update" not in words(sam.get("/drafts/new/contact"))


def test_save_of_many_lines(office: Office, sam: TestClient) -> None:
    """As many fields as a thousand lines at several addresses have are read (WB-12)."""
    page = f"/drafts/{a_draft(office, step='items')}/items"
    answer = send(sam, page, page + "/save", **{f"choice/{i}": "" for i in range(4_000)})

    assert answer.url.path.endswith("/shipping")


def test_save_takes_all_that_shipping_shows(office: Office, sam: TestClient) -> None:
    """Splits, gift marks with their messages and speeds go along to review (WB-5)."""
    draft_id = a_draft(office, step="shipping")
    home, away = (each.id for each in office.desk.draft(draft_id).shipments)
    page = f"/drafts/{draft_id}/shipping"
    fields = {f"units/l1/{home}": "0", f"units/l1/{away}": "2"}
    fields |= {f"gift/l1/{away}": "yes", f"gift_message/l1/{away}": "For two"}
    fields |= {f"gift/l2/{home}": "yes", f"speed/{home}": "express", f"speed/{away}": "air"}
    answer = send(sam, page, page + "/save", **fields, several="yes")

    assert answer.url.path.endswith("/review")
    there, here = office.desk.draft(draft_id).shipments[::-1]
    assert ("express", "air") == (here.speed, there.speed)
    assert {("l1", 2, "For two")} == {
        (each.line_id, each.quantity, each.gift.message) for each in there.lines if each.gift
    }
    assert ["l2"] == [each.line_id for each in here.lines if each.gift]


def test_what_shipping_shows_already_is_left_alone(office: Office, sam: TestClient) -> None:
    """Fields that show the order as it is change nothing in it (WB-7)."""
    draft_id = a_draft(office, step="review")
    with office.desk.edit(draft_id) as edit:
        edit.go_to("shipping")
    before = office.desk.draft(draft_id)
    home, away = before.shipments
    fields = {f"units/l1/{each.id}": "1" for each in (home, away)}
    fields |= {f"speed/{each.id}": each.speed for each in (home, away)}
    fields |= {f"gift/l1/{home.id}": "no", f"gift/l1/{away.id}": "yes"}
    fields[f"gift_message/l1/{away.id}"] = "Happy birthday!"
    page = f"/drafts/{draft_id}/shipping"
    send(sam, page, page + "/save", **fields, several="yes", note="", reference="")
    after = office.desk.draft(draft_id)

    assert before.shipments == after.shipments
    assert Step.REVIEW is after.step


def test_a_note_that_was_typed_is_kept_before_placing(office: Office, sam: TestClient) -> None:
    """Placed is what was looked at: the note comes with the next look (OE-18)."""
    draft_id = a_draft(office, step="review")
    page = f"/drafts/{draft_id}/review"
    kept = send(sam, page, page + "/place", note="Ring twice\r\nand wait", reference=" PO-7 ")
    placed = send(sam, page, page + "/place", note="Ring twice\r\nand wait", reference=" PO-7 ")

    assert kept.url.path.endswith("/review")
    assert placed.url.path.endswith("/orders/1001")
    assert "PO-7" == office.desk.order("1001").reference


def test_a_refused_code_says_that_nothing_was_placed(office: Office, sam: TestClient) -> None:
    """At the button, as the field may be a screen away; with it emptied the order is placed."""
    page = f"/drafts/{a_draft(office, step='review')}/review"
    for _ in range(2):
        answer = words(send(sam, page, page + "/place", promo_code="welcome5"))
        assert (
            "Not placed: “welcome5”: it is already applied. Correct or empty the field." in answer
        )
    send(sam, page, page + "/place", promo_code="")

    assert 1 == len(office.desk.orders().items)


# --- in a browser ---


def goes_on_with(page: Page, served: Office, draft_id: str, units: int) -> None:
    """Save sends what the field shows."""
    expect(page.get_by_label("Quantity of Arbor Draft")).to_have_value(str(units))
    page.get_by_role("button", name="Save and go on").click()
    page.wait_for_url("**/shipping")
    assert units == quantities(served.desk.draft(draft_id))[0]


@pytest.mark.parametrize("button", ["Save and go on to shipping", "Shipping Details"])
def test_a_refused_quantity_stays_in_the_way(page: Page, served: Office, button: str) -> None:
    """The second click on Save or on a step is refused like the first (WB-7)."""
    draft_id = open_draft(page, served, "items")
    quantity = page.get_by_label("Quantity of Arbor Draft")
    quantity.fill("12.")
    quantity.press("Enter")
    refused(quantity, "whole number")
    for _ in range(2):
        with page.expect_response(lambda answer: answer.request.method == "POST") as sent:
            page.get_by_role("button", name=button).click()
        assert 422 == sent.value.status
        expect(page.locator("#page")).to_contain_text("This step is still open")
        refused(quantity, "whole number")
    quantity.fill("12")
    goes_on_with(page, served, draft_id, 12)


def test_a_quantity_over_what_others_changed(page: Page, served: Office) -> None:
    """Refused because the order had changed, it is sent by Save once that was seen (OE-22)."""
    draft_id = open_draft(page, served, "items")
    with served.desk.edit(draft_id) as edit:
        edit.set_quantity("l1", 3)
    page.get_by_label("Quantity of Arbor Draft").fill("7")
    page.get_by_label("Quantity of Arbor Draft").press("Enter")
    expect(page.get_by_role("alert").first).to_contain_text("Your change was not saved.")
    goes_on_with(page, served, draft_id, 7)


def test_a_quantity_that_did_not_arrive(page: Page, served: Office) -> None:
    """Lost with the connection, it is sent by Save (WB-7)."""
    draft_id = open_draft(page, served, "items")
    page.route("**/items/quantity", lambda route: route.fulfill(status=502, body=""))
    page.get_by_label("Quantity of Arbor Draft").fill("4")
    page.get_by_label("Quantity of Arbor Draft").press("Tab")
    expect(page.get_by_role("alert")).to_contain_text("may or may not have been saved")
    goes_on_with(page, served, draft_id, 4)


def test_a_quantity_of_a_session_that_ended(page: Page, served: Office) -> None:
    """Given back after signing in, with a word about it; Save sends it (WB-22)."""
    draft_id = open_draft(page, served, "items")
    page.context.clear_cookies()
    page.get_by_label("Quantity of Arbor Draft").fill("9")
    page.get_by_label("Quantity of Arbor Draft").press("Enter")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Name").fill("sam")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("What you typed is back, and not saved yet.")
    expect(page.get_by_label("Quantity of Arbor Draft")).to_be_focused()
    goes_on_with(page, served, draft_id, 9)


def test_a_sku_and_a_quantity_that_was_scanned_up(page: Page, served: Office) -> None:
    """A SKU that was typed is added by Save, and no field takes a scan back (WB-18)."""
    draft_id = open_draft(page, served, "items")
    scan = page.get_by_label("Scan or type a SKU or barcode")
    scan.fill(SHIRT)
    scan.press("Enter")
    expect(page.get_by_label("Quantity of Shopify Shirt")).to_have_value("2")
    scan.fill(SHIRT)
    page.get_by_role("button", name="Save and go on").click()
    page.wait_for_url("**/shipping")

    assert [2, 3] == quantities(served.desk.draft(draft_id))


def test_a_scan_after_a_refused_one(page: Page, served: Office) -> None:
    """What is scanned next takes the place of what was refused (WB-18)."""
    draft_id = open_draft(page, served, "items")
    scan = page.get_by_label("Scan or type a SKU or barcode")
    scan.fill("gift-25x")
    scan.press("Enter")
    refused(scan, "gift-25x")
    expect(scan).to_be_focused()
    page.keyboard.type(SHIRT)
    page.keyboard.press("Enter")
    expect(page.get_by_label("Quantity of Shopify Shirt")).to_have_value("2")
    expect(scan).to_have_value("")

    assert [2, 2] == quantities(served.desk.draft(draft_id))


def test_all_fields_without_scripts(served: Office, chromium: Browser) -> None:
    """Where no script helps, Save sends what every field shows, on each step (WB-7)."""
    draft_id = a_draft(served, step="items")
    with a_page(served, chromium, "sam", scripts=False) as page:
        page.goto(f"/drafts/{draft_id}/items")
        page.get_by_label("Quantity of Arbor Draft").fill("x")
        page.get_by_label("Scan or type a SKU or barcode").fill(SHIRT)
        page.get_by_role("button", name="Save and go on").click()
        refused(page.get_by_label("Quantity of Arbor Draft"), "whole number")
        expect(page.get_by_label("Scan or type a SKU or barcode")).to_have_value(SHIRT)
        page.get_by_label("Quantity of Arbor Draft").fill("3")
        page.get_by_role("button", name="Save and go on").click()
        assert [3, 2] == quantities(served.desk.draft(draft_id))
        page.get_by_label("Air mail").check()
        page.get_by_label("Ship items to multiple addresses").check()
        page.get_by_role("button", name="Update").click()
        expect(page.get_by_label("Air mail")).to_be_checked()
        page.get_by_label("Gift", exact=True).first.check()
        page.get_by_role("button", name="Review", exact=True).click()
        expect(page.get_by_role("button", name="Place order")).to_be_visible()
        page.get_by_text("Note", exact=True).click()
        page.get_by_label("Reference").fill("PO-9")
        page.get_by_role("button", name="Place order").click()
        page.get_by_role("button", name="Place order").click()
        expect(page.get_by_role("heading", name="Cart Order Details 1001")).to_be_visible()

    order = served.desk.order("1001")
    assert "PO-9" == order.reference
    assert ["air"] == [each.speed.code for each in order.shipments]
    assert any(part.gift for each in order.shipments for part in each.lines)
