"""Faster than the network: what is typed and clicked while answers are on their way (WB-7)."""

import re

import pytest
from playwright.sync_api import Page, expect

from cartcore.shop.contact import ContactFilter
from cartcore.shop.product import Product, Variant
from tests.backoffice.browser import Counted, Held, open_draft, picture, refused
from tests.backoffice.office import BOB, Office, a_draft
from tests.support.shop import usd


def blamed(page: Page) -> bool:
    return "somebody" in page.locator("#page").inner_text().lower()


@pytest.mark.parametrize("wait", [0, 200])
def test_a_quantity_and_save_at_once(page: Page, served: Office, wait: int) -> None:
    """Save waits for the change that is on its way, and nobody else is blamed for it (WB-7)."""
    draft_id = open_draft(page, served, "items")
    held = Held(page, "**/items/quantity")
    page.get_by_label("Quantity of Arbor Draft").fill("3")
    page.get_by_role("button", name="Save and go on").click()
    page.wait_for_timeout(wait)
    assert "/items" in page.url
    held.answer()
    page.wait_for_url("**/shipping")

    assert not blamed(page)
    assert 3 == served.desk.draft(draft_id).lines[0].quantity


def test_a_refused_quantity_and_save_at_once(page: Page, served: Office) -> None:
    """Nobody is taken on past a change that was refused: the field says what is wrong (WB-7)."""
    open_draft(page, served, "items")
    held = Held(page, "**/items/quantity")
    page.get_by_label("Quantity of Arbor Draft").fill("abc")
    page.get_by_role("button", name="Save and go on").click()
    held.answer()

    refused(page.get_by_label("Quantity of Arbor Draft"), "whole number")
    page.wait_for_timeout(300)
    assert page.url.endswith("/items")


def test_a_quantity_and_another_tab_at_once(page: Page, served: Office) -> None:
    """The tabs of the steps wait, too (WB-7)."""
    draft_id = open_draft(page, served, "items")
    held = Held(page, "**/items/quantity")
    page.get_by_label("Quantity of Arbor Draft").fill("3")
    page.get_by_role("button", name="Shipping Details").click()
    held.answer()
    page.wait_for_url("**/shipping")

    assert not blamed(page)
    assert 3 == served.desk.draft(draft_id).lines[0].quantity


def test_a_gift_message_and_save_at_once(page: Page, served: Office) -> None:
    """A message that was just typed is on the review (WB-7, OE-14)."""
    with served.desk.storage.write() as work:
        work.contacts.save(work.contacts.get("ann").with_address(BOB))
        work.commit()
    draft_id = a_draft(served, step="items")
    with served.desk.edit(draft_id) as edit:
        edit.save_items()
        edit.use_multiple_addresses()
        edit.choose_speed("s1", "standard")
    page.goto(f"/drafts/{draft_id}/shipping")
    page.get_by_label("Gift", exact=True).first.check()
    message = page.get_by_label("Message").first
    message.wait_for()
    held = Held(page, "**/shipping/gift")
    message.fill("Happy birthday")
    page.get_by_role("button", name="Save and go on").click()
    held.answer()
    page.wait_for_url("**/review")

    expect(page.locator("main")).to_contain_text("Happy birthday")


def test_a_split_that_was_typed_is_taken(page: Page, served: Office) -> None:
    """Units typed for an address and not assigned go there all the same (OE-12)."""
    with served.desk.storage.write() as work:
        work.contacts.save(work.contacts.get("ann").with_address(BOB))
        work.commit()
    draft_id = a_draft(served, step="items")
    with served.desk.edit(draft_id) as edit:
        edit.save_items()
        edit.use_multiple_addresses()
        edit.choose_speed("s1", "standard")
        other = edit.add_shipment(BOB)
    page.goto(f"/drafts/{draft_id}/shipping")
    units = page.get_by_role("group", name="2 × Arbor Draft").get_by_role("textbox")
    units.nth(0).fill("1")
    units.nth(1).fill("1")
    page.get_by_role("button", name="Save and go on").click()
    page.wait_for_load_state()
    expect(page.get_by_role("region", name=re.compile("Bob Lee"))).to_contain_text(
        "1 × Arbor Draft"
    )

    shipment = served.desk.draft(draft_id).shipment(other)
    assert shipment is not None
    assert 1 == shipment.quantity_of("l1")


def test_a_split_that_does_not_add_up_is_told(page: Page, served: Office) -> None:
    """A typed split that is wrong is refused at its field, and Save goes nowhere (OE-12)."""
    draft_id = a_draft(served, step="items")
    with served.desk.edit(draft_id) as edit:
        edit.save_items()
        edit.use_multiple_addresses()
        edit.choose_speed("s1", "standard")
    page.goto(f"/drafts/{draft_id}/shipping")
    page.get_by_role("group", name="2 × Arbor Draft").get_by_role("textbox").fill("1")
    page.get_by_role("button", name="Save and go on").click()

    expect(page.locator("#page")).to_contain_text("1 of 2 units")
    assert page.url.endswith("/shipping")


def test_a_code_that_was_typed_is_taken_before_placing(page: Page, served: Office) -> None:
    """Place applies it, and the new total is looked at before anything is placed (WB-6)."""
    draft_id = open_draft(page, served, "review")
    page.get_by_label("Order discount").fill("TWENTY")
    page.get_by_role("button", name="Place order").click()
    expect(page.locator(".totals")).to_contain_text("TWENTY")
    assert page.url.endswith("/review")
    page.get_by_role("button", name="Place order").click()
    page.wait_for_url("**/orders/1001**")

    order = served.desk.order("1001")
    assert draft_id == order.draft_id
    assert "twenty" in {d.promotion_id for d in order.quote.decisions if d.applied}


def test_a_wrong_code_that_was_typed_is_told(page: Page, served: Office) -> None:
    """Placing stops at a code that cannot be used (WB-6)."""
    open_draft(page, served, "review")
    page.get_by_label("Order discount").fill("NONSENSE")
    page.get_by_role("button", name="Place order").click()

    refused(page.get_by_label("Order discount"), "NONSENSE")
    assert not served.desk.orders().items


def test_a_code_that_was_typed_is_taken_by_save(page: Page, served: Office) -> None:
    """So it is on the items step (WB-4)."""
    draft_id = open_draft(page, served, "items")
    page.get_by_role("button", name="Remove 10% off").click()
    expect(page.get_by_text("was removed.")).to_be_visible()
    page.get_by_label("Promo code").fill("BOARD10")
    page.get_by_role("button", name="Save and go on").click()
    page.wait_for_url("**/shipping")

    assert "board10" in {a.promotion_id for a in served.desk.draft(draft_id).applied}


@pytest.mark.parametrize("key", ["click", "Enter"])
def test_remove_twice_removes_one(page: Page, served: Office, key: str) -> None:
    """The second of two quick clicks is not for the row that has moved up (WB-7)."""
    draft_id = open_draft(page, served, "items")
    before = len(served.desk.draft(draft_id).applied)
    assert before >= 2
    row = page.locator("#" + str(page.locator(".applied li").first.get_attribute("id")))
    button = row.get_by_role("button")
    if key == "click":
        box = button.bounding_box()
        assert box
        page.mouse.click(box["x"] + 10, box["y"] + 10)
        page.wait_for_timeout(150)
        page.mouse.click(box["x"] + 10, box["y"] + 10)
    else:
        button.focus()
        page.keyboard.press("Enter")
        page.wait_for_timeout(150)
        page.keyboard.press("Enter")
    expect(row).to_have_count(0)  # what is said of it can already be of the second key
    page.wait_for_timeout(300)

    assert before - 1 == len(served.desk.draft(draft_id).applied)


def test_a_removed_line_comes_back(page: Page, served: Office) -> None:
    """Undo adds the units of a removed line once more (WB-22)."""
    draft_id = open_draft(page, served, "items")
    page.get_by_label("Actions for Shopify Shirt").click()
    page.get_by_role("button", name="Remove", exact=True).click()
    expect(page.get_by_text("was removed.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_label("Quantity of Shopify Shirt")).to_have_value("1")

    assert 2 == len(served.desk.draft(draft_id).lines)


def test_a_removed_promotion_comes_back(page: Page, served: Office) -> None:
    """Undo applies a removed code once more (WB-22)."""
    draft_id = open_draft(page, served, "items")
    page.get_by_role("button", name="Remove 10% off").click()
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".applied")).to_contain_text("BOARD10")

    assert "board10" in {a.promotion_id for a in served.desk.draft(draft_id).applied}


# --- lists ---


def test_a_list_belongs_to_its_text(page: Page, served: Office) -> None:
    """Enter waits for the answer to what was typed, and an older answer changes nothing (WB-3)."""
    with served.desk.storage.read() as work:
        wanted = next(
            c for c in work.contacts.search(ContactFilter()).items if c.addresses and c.id != "ann"
        )
    first, last = wanted.name.split()
    page.goto("/drafts/new/contact")
    held = Held(page, "**/contact/matches**")
    field = page.get_by_label("Name")
    field.press_sequentially(first)
    page.wait_for_timeout(250)
    field.press_sequentially(f" {last}")
    field.press("Enter")
    page.wait_for_timeout(250)
    held.answer(1)
    page.wait_for_timeout(200)
    assert "/contact" in page.url
    while held.routes:
        held.answer()
    page.wait_for_url("**/items")

    (draft,) = served.desk.drafts().items
    with served.desk.storage.read() as work:
        assert wanted.name == work.contacts.get(draft.contact_id).name


def test_enter_before_the_products_are_there(page: Page, served: Office) -> None:
    """An early Enter opens the product that was typed, not the first of an older list (WB-4)."""
    open_draft(page, served, "items")
    page.get_by_role("link", name="+ Add Item").click()
    field = page.get_by_label("Product or SKU")
    field.wait_for()
    held = Held(page, "**/items/products**")
    field.press_sequentially("arbor e")
    field.press("Enter")
    page.wait_for_timeout(250)
    assert "Arbor Element" not in page.get_by_role("dialog").locator(".product").all_inner_texts()
    while held.routes:
        held.answer()
    expect(page.get_by_role("dialog").locator(".product")).to_contain_text("Arbor Element")


def test_what_is_typed_while_a_dialog_comes(page: Page, served: Office) -> None:
    """Not a letter typed right after Enter on Add Item is lost (WB-8)."""
    open_draft(page, served, "items")
    held = Held(page, "**/items/new")
    page.get_by_role("link", name="+ Add Item").focus()
    page.keyboard.press("Enter")
    page.keyboard.type("shir")
    held.answer()
    expect(page.get_by_label("Product or SKU")).to_have_value("shir")
    page.keyboard.type("t")
    expect(page.locator("#product-matches")).to_contain_text("Shopify Shirt")


def test_escape_closes_at_once(page: Page, served: Office) -> None:
    """Esc closes a dialog the first time, with text in its search, too (WB-8)."""
    open_draft(page, served, "items")
    page.get_by_role("link", name="+ Add Item").click()
    page.get_by_label("Product or SKU").fill("arbor")
    page.keyboard.press("Escape")

    expect(page.get_by_role("dialog")).to_be_hidden()


@pytest.mark.parametrize(
    ("opens", "first"),
    [
        ("+ Add Item", "Product or SKU"),
        ("New contact…", "Name"),
        ("Filter contacts", "Name"),
        ("New address…", "Recipient"),
    ],
)
def test_dialogs_open_on_their_first_field(
    page: Page, served: Office, opens: str, first: str
) -> None:
    """Typing can begin at once (WB-8)."""
    step = {"+ Add Item": "items", "New address…": "shipping"}.get(opens, "contact")
    draft_id = a_draft(served, step="items")
    with served.desk.edit(draft_id) as edit:
        edit.save_items()
    page.goto(f"/drafts/{draft_id}/{step}")
    page.get_by_role("link", name=opens).click()

    expect(page.get_by_role("dialog").get_by_label(first, exact=True)).to_be_focused()


# --- a scanner ---


def test_a_scanner(page: Page, served: Office) -> None:
    """SKUs and Enter, one right after the other, each add a unit; the focus stays (WB-18)."""
    draft_id = open_draft(page, served, "items")
    sku = served.desk.draft(draft_id).lines[0].sku
    field = page.get_by_label("Scan or type a SKU or barcode")
    expect(field).to_be_focused()
    held = Held(page, "**/items/scan")
    for _ in range(3):
        page.keyboard.type(sku)
        page.keyboard.press("Enter")
    for _ in range(3):
        held.answer()
    expect(page.get_by_label("Quantity of Arbor Draft")).to_have_value("5")
    expect(field).to_be_focused()
    expect(field).to_have_value("")

    page.keyboard.type("no-such-sku")
    page.keyboard.press("Enter")
    held.answer()
    refused(field, "no-such-sku")


# --- the keyboard alone ---


def test_ten_orders_by_keyboard(page: Page, served: Office) -> None:
    """A contact, three items by SKU, a code, a speed, placed: under 60 keys, ten times (WB-18)."""
    skus = ["SK0001", "SK0002", "SK0003"]
    with served.desk.storage.write() as work:
        for sku in skus:
            variant = Variant(sku=sku, price=usd("30.00"), weight_grams=100)
            work.products.add(Product(id=sku, title=f"Thing {sku}", variants=(variant,)))
        work.commit()
    for number in range(1001, 1011):
        keys = Counted(page)
        keys.press("n")
        expect(page.get_by_label("Name")).to_be_focused()
        keys.type("ann l")
        keys.press("Enter")
        expect(page.get_by_label("Scan or type a SKU or barcode")).to_be_focused()
        for sku in skus:
            keys.type(sku)
            keys.press("Enter")
        keys.press("Control+Enter")
        page.wait_for_url("**/shipping")
        expect(page.get_by_role("radio", name="Standard")).to_be_focused()
        keys.press("Space")
        keys.press("Control+Enter")
        page.wait_for_url("**/review")
        expect(page.get_by_label("Order discount")).to_be_focused()
        keys.type("WELCOME5")
        keys.press("Enter")
        expect(page.locator(".totals")).to_contain_text("WELCOME5")
        keys.press("Control+Enter")
        keys.press("Enter")
        page.wait_for_url(f"**/orders/{number}**")

        assert keys.pressed < 60, keys.pressed
        order = served.desk.order(str(number))
        assert skus == [line.sku for line in order.quote.lines]
        assert "Ann Lee" == order.contact.name


# --- a session that ends, and slow answers ---


def test_a_session_that_ends_keeps_what_was_typed(page: Page) -> None:
    """After signing in again the form is there as it was left (WB-22)."""
    page.goto("/drafts/new/contact")
    page.get_by_role("link", name="New contact…").click()
    page.get_by_role("dialog").get_by_label("Name").fill("Bea Berg")
    page.get_by_label("Street and number").fill("Hauptstrasse 1")
    page.context.clear_cookies()
    page.get_by_role("button", name="Create contact").click()
    page.wait_for_url("**/signin**")
    page.get_by_label("Name").fill("sam")
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_role("dialog").get_by_label("Name")).to_have_value("Bea Berg")
    expect(page.get_by_label("Street and number")).to_have_value("Hauptstrasse 1")


def test_slow_answers_show_that_they_are_awaited(page: Page, served: Office) -> None:
    """After a moment the page says that it is busy, and stops saying so (WB-8)."""
    open_draft(page, served, "items")
    held = Held(page, "**/items/code")
    code, apply = page.get_by_label("Promo code"), page.get_by_role("button", name="Apply")
    busy, said = page.locator("html[data-busy]"), page.get_by_role("status").get_by_text("Saving…")
    for answered in (True, False):
        code.fill("NOPE")
        apply.click()
        expect(busy).to_be_attached()
        expect(said).to_be_visible()
        expect(apply).to_have_attribute("aria-disabled", "true")
        picture(page, "busy")
        held.answer() if answered else held.routes.pop().fulfill(status=502, body="")
        expect(busy).not_to_be_attached()
        expect(said).to_have_count(0)
        expect(apply).not_to_have_attribute("aria-disabled", "true")


def test_nothing_is_stored_until_something_is_entered(page: Page, served: Office) -> None:
    """Add Cart Order alone leaves no empty draft behind (WB-20)."""
    for _ in range(3):
        page.get_by_role("button", name="New").click()
        page.locator("#menu-new").get_by_role("link", name="Add Cart Order").click()
        page.wait_for_url("**/drafts/new/contact")
        page.goto("/orders")

    assert not served.desk.drafts().items


def test_the_shortcuts_are_listed(page: Page) -> None:
    """The key "?" opens their list, where single keys can be switched off (WB-8)."""
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Add Cart Order")
    dialog.get_by_label("Use single keys").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    page.wait_for_timeout(300)
    assert page.url.endswith("/orders")
