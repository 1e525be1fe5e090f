"""How the pages look and read: for narrow and wide windows, light and dark, and for axe (WB-8)."""

from itertools import product

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from cartcore.contact import Address
from tests.backoffice.conftest import Office, a_page, picture

AXE = Axe()
BOB = Address(
    name="Bob Lee",
    line1="99 Rue Sainte-Catherine",
    city="Montréal",
    region="QC",
    postal_code="H2X 1K4",
    country="CA",
)


def a_draft(office: Office, *, step: str) -> str:
    """An order with all there can be, on its way to a step."""
    draft_id = office.desk.start(actor="sam").id
    if step == "contact":
        return draft_id
    with office.desk.edit(draft_id) as edit:
        edit.choose_contact("ann")
        board = edit.add_item("arbor-draft", {"Length": "151cm", "Style": "Normal"}, quantity=2)
        edit.add_item("shopify-shirt", {"Color": "black", "Size": "large"})
        edit.enter_code("BOARD10")
        edit.pick_promotion("boots", {"boots": {"Color": "black", "Shoe Size": "42"}})
    if step == "items":
        return draft_id
    with office.desk.edit(draft_id) as edit:
        edit.save_items()
        edit.use_multiple_addresses()
        home, away = edit.draft.shipments[0].id, edit.add_shipment(BOB)
        edit.assign(board, {home: 1, away: 1})
        edit.mark_gift(board, "Happy birthday!", shipment_id=away)
        edit.choose_speed(home, "standard")
        if step == "review":
            edit.choose_speed(away, "air")
            edit.go_to("review")
            edit.enter_code("WELCOME5")
    return draft_id


def an_order(office: Office) -> str:
    draft_id = a_draft(office, step="review")
    seen = office.desk.view(draft_id).quote
    return office.desk.place(draft_id, seen=seen, actor="sam").number


def check(page: Page, name: str) -> None:
    """No serious finding of axe, nothing wider than the window; and a picture to look at."""
    picture(page, name)
    wider = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert 0 >= wider, f"{name} is {wider} px too wide"
    found = AXE.run(page).response["violations"]
    serious = [
        (each["id"], each["help"], [node["html"] for node in each["nodes"]])
        for each in found
        if each["impact"] in {"serious", "critical"}
    ]
    assert [] == serious, name


@pytest.mark.parametrize(("width", "dark"), list(product((1440, 375), (False, True))))
def test_every_page(served: Office, chromium: Browser, width: int, dark: bool) -> None:  # noqa: FBT001
    """Each page and dialog, in both widths and colour schemes (WB-8, WB-10)."""
    suffix = f"-{width}-{'dark' if dark else 'light'}"
    drafts = {step: a_draft(served, step=step) for step in ("contact", "items", "shipping")}
    drafts["review"] = a_draft(served, step="review")
    number = an_order(served)
    with a_page(served, chromium, "sam", width=width, dark=dark) as page:
        check(page, f"orders{suffix}")
        for step, draft_id in drafts.items():
            page.goto(f"/drafts/{draft_id}/{step}")
            check(page, f"{step}{suffix}")
        for title, step, link in (
            ("filter", "contact", "Filter contacts"),
            ("new-contact", "contact", "New contact…"),
            ("add-item", "items", "+ Add Item"),
            ("promotions", "items", "Product promotions…"),
            ("new-address", "shipping", "New address…"),
        ):
            page.goto(f"/drafts/{drafts[step]}/{step}")
            page.get_by_role("link", name=link).click()
            expect(page.get_by_role("dialog")).to_be_visible()
            check(page, f"dialog-{title}{suffix}")
        page.goto(f"/drafts/{drafts['items']}/items")
        page.get_by_role("button", name="Actions for Arbor Draft").click()
        check(page, f"menu{suffix}")
        page.goto(f"/orders/{number}")
        check(page, f"order{suffix}")
        page.goto("/drafts")
        check(page, f"drafts{suffix}")
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        check(page, f"signin{suffix}")
