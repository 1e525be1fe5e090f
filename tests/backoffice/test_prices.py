"""Custom items, fees and other prices, in a browser (HA-18, WB-7).

Two boards of 199.00 with a tenth off, a shirt of 19.00 and boots at half of 119.00 come to 436.70:
see `tests/backoffice/office.py`.
"""

from playwright.sync_api import Page, expect
from starlette.testclient import TestClient

from tests.backoffice.browser import Held, open_draft, picture, refused
from tests.backoffice.client import sign_in, state
from tests.backoffice.office import Office, a_draft
from tests.support.shop import usd


def open_price(page: Page) -> None:
    page.get_by_role("button", name="Actions for Arbor Draft").click()
    page.get_by_role("link", name="Other price…").click()


def test_another_price_and_the_way_back(page: Page, served: Office) -> None:
    """A price is set with a reason, told at its line, and taken back (HA-18).

    2 × 180.00 less a tenth are 324.00 instead of 358.20: 34.20 less.
    """
    draft_id = open_draft(page, served, "items")
    open_price(page)
    dialog = page.get_by_role("dialog")
    price, reason = dialog.get_by_label("Price of one in USD"), dialog.get_by_label("Reason")
    expect(dialog).to_contain_text("can be from 139.30 USD to 258.70 USD")
    for typed, sentence in (
        ("", "Enter a price such as 12.50."),
        ("-1", "Enter a price such as 12.50."),
        ("NaN", "Enter a price such as 12.50."),
        ("180.00 EUR", "Enter a price such as 12.50."),
        ("139.29", "must be from 139.30 USD to 258.70 USD, not 139.29 USD"),
    ):
        price.fill(typed)
        reason.fill("as in the leaflet")
        dialog.get_by_role("button", name="Set price").click()
        refused(price, sentence)
        expect(price).to_have_value(typed)
    price.fill("180")
    reason.fill(" ")
    dialog.get_by_role("button", name="Set price").click()
    refused(reason, "Enter a reason.")
    reason.fill("as in the leaflet")
    expect(dialog.locator(".effect")).to_have_text("Total 402.50 USD (\N{MINUS SIGN}34.20)")
    picture(page, "other-price")
    dialog.get_by_role("button", name="Set price").click()

    expect(page.locator("#total")).to_have_text("402.50")
    line = page.locator("tr", has_text="Arbor Draft")
    expect(line).to_contain_text("Instead of 199.00 USD: as in the leaflet (sam)")
    page.get_by_role("button", name="Actions for Arbor Draft").click()
    page.get_by_role("button", name="Back to 199.00 USD").click()
    expect(page.locator("#total")).to_have_text("436.70")
    expect(line).not_to_contain_text("leaflet")
    assert served.desk.draft(draft_id).lines[0].unit_price is None


def test_a_custom_item_and_a_fee(page: Page, served: Office) -> None:
    """Both are added, changed, removed and brought back, and placed with the order (HA-18)."""
    draft_id = open_draft(page, served, "items")
    page.get_by_role("link", name="Custom item or fee…").click()
    dialog = page.get_by_role("dialog")
    title, price = dialog.get_by_label("Title"), dialog.get_by_label("Price of one in USD")
    add = dialog.get_by_role("button", name="Add to order")
    add.click()
    refused(price, "Enter a price such as 12.50.")
    price.fill("2000.01")
    add.click()
    refused(title, "Enter a title.")
    title.fill("<b>Engraving</b>")
    add.click()
    refused(price, "must be from 0.00 USD to 2000.00 USD")
    price.fill("6.00")
    dialog.get_by_label("Quantity").fill("2")
    dialog.get_by_label("Weight").fill("-5")
    add.click()
    refused(dialog.get_by_label("Weight"), "Enter whole grams.")
    dialog.get_by_label("Weight").fill("50")
    expect(dialog.locator(".effect")).to_have_text("Total 448.70 USD (+12.00)")
    add.click()
    expect(page.locator("#total")).to_have_text("448.70")
    engraving = page.locator("tr", has_text="<b>Engraving</b>")
    expect(engraving).to_contain_text("Not in the catalogue, added by sam")

    page.get_by_role("link", name="Custom item or fee…").click()
    title.fill("Rush")
    price.fill("10")
    dialog.get_by_label("What it is").select_option("fee")
    add.click()
    expect(page.locator("#total")).to_have_text("458.70")

    page.get_by_role("button", name="Actions for <b>Engraving</b>").click()
    page.locator("[popover]:popover-open").get_by_role("link", name="Edit…").click()
    expect(title).to_have_value("<b>Engraving</b>")
    expect(dialog.get_by_label("Weight")).to_have_value("50")
    price.fill("7.00")
    picture(page, "custom-item")
    dialog.get_by_role("button", name="Save").click()
    expect(page.locator("#total")).to_have_text("460.70")

    page.get_by_role("button", name="Actions for <b>Engraving</b>").click()
    page.locator("[popover]:popover-open").get_by_role("button", name="Remove", exact=True).click()
    expect(page.locator("#total")).to_have_text("446.70")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#total")).to_have_text("460.70")
    kept = {line.description: line for line in served.desk.view(draft_id).quote.lines}
    item = kept["<b>Engraving</b>"].custom
    assert item is not None
    assert (50, True, True) == (item.weight_grams, item.requires_shipping, item.discountable)
    assert kept["Rush"].custom is not None
    assert not kept["Rush"].custom.discountable


def test_a_price_and_save_at_once(page: Page, served: Office) -> None:
    """Save waits for the way back that is on its way, and nobody is blamed for it (WB-7)."""
    draft_id = open_draft(page, served, "items")
    with served.desk.edit(draft_id) as edit:
        edit.set_price(edit.draft.lines[0].id, usd("180.00"), reason="leaflet", actor="sam")
    page.goto(f"/drafts/{draft_id}/items")
    held = Held(page, "**/items/price/reset")
    page.get_by_role("button", name="Actions for Arbor Draft").click()
    page.get_by_role("button", name="Back to 199.00 USD").click()
    page.get_by_role("button", name="Save and go on").click()
    assert "/items" in page.url
    held.answer()
    page.wait_for_url("**/shipping")

    assert "somebody" not in page.locator("#page").inner_text().lower()
    assert served.desk.draft(draft_id).lines[0].unit_price is None


def test_a_price_that_somebody_else_set_meanwhile(page: Page, served: Office) -> None:
    """The second to set a price is told what changed, and keeps what was typed (WB-7, OE-22)."""
    draft_id = open_draft(page, served, "items")
    held = Held(page, "**/items/price")
    held_page = page.get_by_role("dialog")
    open_price(page)
    held.answer()  # the dialog itself
    held_page.get_by_label("Reason").fill("leaflet")
    held_page.get_by_label("Price of one in USD").fill("180")
    with served.desk.edit(draft_id, actor="kim") as edit:
        edit.set_price(edit.draft.lines[0].id, usd("190.00"), reason="friend", actor="kim")
    page.unroute("**/items/price")
    for route in held.routes:
        route.continue_()
    held_page.get_by_role("button", name="Set price").click()

    expect(held_page).to_contain_text("Your change was not saved.")
    expect(held_page.get_by_label("Price of one in USD")).to_have_value("180")
    assert usd("190.00") == served.desk.draft(draft_id).lines[0].unit_price


def test_a_clerk_lowers_prices_as_far_as_discounts(office: Office) -> None:
    """What a clerk takes off by a lower price counts as what discounts take off (WB-15, HA-18)."""
    draft_id = a_draft(office, step="items")
    line_id = office.desk.view(draft_id).draft.lines[0].id
    with TestClient(office.app, follow_redirects=False) as clerk:
        sign_in(clerk, "cleo")
        form = state(clerk, f"/drafts/{draft_id}/items") | {"line": line_id, "reason": "friend"}
        path = f"/drafts/{draft_id}/items/price"
        refusal = clerk.post(path, data=form | {"price": "150.00"})
        assert 403 == refusal.status_code
        assert "up to 10 % off by manual discounts and lower prices" in refusal.text
        assert office.desk.draft(draft_id).lines[0].unit_price is None
        assert 303 == clerk.post(path, data=form | {"price": "180.00"}).status_code


def test_a_price_of_a_supervisor_stays_with_the_line(office: Office) -> None:
    """A clerk may change the quantity of what a supervisor gave for less (WB-15, HA-18)."""
    draft_id = a_draft(office, step="items")
    with office.desk.edit(draft_id) as edit:
        edit.set_price("l1", usd("140.00"), reason="friend", actor="sam")
    with TestClient(office.app, follow_redirects=False) as clerk:
        sign_in(clerk, "cleo")
        form = state(clerk, f"/drafts/{draft_id}/items") | {"quantity/l1": "5"}
        answer = clerk.post(f"/drafts/{draft_id}/items/quantity", data=form)

    line = office.desk.draft(draft_id).lines[0]
    assert (303, 5, usd("140.00")) == (answer.status_code, line.quantity, line.unit_price)


def test_what_is_no_such_line(office: Office) -> None:
    """Forms for lines that are gone, tied or of another kind are refused in words (WB-7)."""
    draft_id = a_draft(office, step="items")
    lines = office.desk.view(draft_id).quote.lines
    tied = next(line.line_id for line in lines if line.tied_to)
    base = f"/drafts/{draft_id}/items"
    with TestClient(office.app, follow_redirects=False) as sam:
        sign_in(sam, "sam")
        form = state(sam, base)
        for path, fields in (
            ("price", {"line": "l99", "price": "5", "reason": "x"}),
            ("price", {"line": tied, "price": "59.50", "reason": "x"}),
            ("price/reset", {"line": lines[0].line_id}),
            ("custom", {"line": lines[0].line_id, "title": "x", "price": "1", "kind": "fee"}),
            ("custom", {"title": "x", "price": "1", "kind": "nothing"}),
        ):
            answer = sam.post(f"{base}/{path}", data=form | fields)
            assert 400 <= answer.status_code < 500, (path, fields)
        for path in ("price?line=l99", "custom?line=l99", f"custom?line={lines[0].line_id}"):
            assert 404 == sam.get(f"{base}/{path}").status_code
    assert lines == office.desk.view(draft_id).quote.lines
