"""How the pages look and read: for narrow and wide windows, light and dark, and for axe (WB-8)."""

import re
from itertools import product

import attrs
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.backoffice.browser import a_page, inside, picture
from tests.backoffice.office import BOB, Office, a_draft, a_long_draft, an_order

AXE = Axe()


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
    full = a_long_draft(served)
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
        for name, path in (
            ("items-full", f"/drafts/{full}/items"),
            ("order", f"/orders/{number}"),
            ("invoice", f"/orders/{number}/print?what=invoice"),
            ("customer", "/contacts/long"),
            ("found", "/search?q=lee"),
            ("drafts", "/drafts"),
            ("promotion types", "/promotion-types"),
        ):
            page.goto(path)
            check(page, f"{name}{suffix}")
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        check(page, f"signin{suffix}")


@pytest.mark.parametrize("width", [320, 375, 640, 768])
def test_nothing_is_cut_off_in_a_narrow_window(
    served: Office, chromium: Browser, width: int
) -> None:
    """Phones and tablets show total and action in lists, and the present step (WB-23)."""
    an_order(served)
    draft_id = a_draft(served, step="review")
    full = a_long_draft(served)
    with a_page(served, chromium, "sam", width=width, height=700) as page:
        for path, each in (
            ("/orders", ".rows td.figure, .rows a.button"),
            ("/drafts", ".rows td.figure, .rows a.button"),
            (f"/drafts/{draft_id}/review", ".steps [aria-current], #total, .lines td.figure"),
            (f"/drafts/{full}/items", ".lines td:last-child > button, .lines td input.short"),
            (f"/drafts/{draft_id}/items", ".card-head a.button"),
        ):
            page.goto(path)
            assert inside(page, each), path
            assert 0 >= page.evaluate("document.documentElement.scrollWidth - innerWidth"), path


@pytest.mark.parametrize("width", [375, 1280])
def test_a_word_that_does_not_end(served: Office, chromium: Browser, width: int) -> None:
    """A recipient of 255 letters without a blank widens no page and narrows no field (WB-23)."""
    draft_id = a_draft(served, step="shipping")
    with served.desk.edit(draft_id) as edit:
        away = edit.add_shipment(attrs.evolve(BOB, name="X" * 255, line1="2 Rue"))
        board = edit.draft.lines[0].id
        edit.assign(board, {edit.draft.shipments[0].id: 1, away: 1})
        for shipment in filter(lambda each: each.lines, edit.draft.shipments):
            edit.choose_speed(shipment.id, "air")
    with a_page(served, chromium, "sam", width=width) as page:
        for step, each in (("shipping", "input.short"), ("review", ".content h2")):
            page.goto(f"/drafts/{draft_id}/{step}")
            assert inside(page, each), step
            assert 0 >= page.evaluate("document.documentElement.scrollWidth - innerWidth"), step
            if step == "shipping":
                widths = page.locator(each).evaluate_all("all => all.map(e => e.clientWidth)")
                assert min(widths) > 40, "a number can be read in it"
                with served.desk.edit(draft_id) as edit:
                    edit.go_to("review")


def test_a_refused_quantity_leaves_the_table_whole(served: Office, chromium: Browser) -> None:
    """The sentence has the width of the table, and no column has moved (WB-19)."""
    draft_id = a_draft(served, step="items")
    for width in (1440, 375):
        with a_page(served, chromium, "sam", width=width) as page:
            page.goto(f"/drafts/{draft_id}/items")
            quantity = page.get_by_label("Quantity of Arbor Draft")
            before = quantity.bounding_box()
            quantity.fill("abc")
            quantity.press("Enter")
            sentence = page.get_by_text("Enter a whole number from 1 to 10000.")
            expect(sentence).to_be_visible()
            check(page, f"items-refused-{width}")
            after, said = quantity.bounding_box(), sentence.bounding_box()

            assert before is not None
            assert after is not None
            assert said is not None
            assert (before["x"], before["width"]) == (after["x"], after["width"])
            assert said["height"] < 30, "it is on one line"
            assert said["y"] > after["y"], "under the item"
            quantity.fill("3")
            expect(sentence).to_have_count(0)


def test_next_leads_from_addresses_to_speeds_to_review(served: Office, chromium: Browser) -> None:
    """With several addresses a button after each part says where it leads (WB-5)."""
    draft_id = a_draft(served, step="shipping")
    with a_page(served, chromium, "sam") as page:
        page.goto(f"/drafts/{draft_id}/shipping")
        boards = page.get_by_role("group", name="2 × Arbor Draft")
        boards.get_by_label("1 Main Street").fill("0")
        boards.get_by_label("Bob Lee").fill("2")
        page.get_by_role("button", name="Assign all and choose speeds").click()
        expect(page.get_by_role("region", name="Bob Lee")).to_contain_text("2 × Arbor Draft")
        expect(page.get_by_role("heading", name="Items and Shipping")).to_be_focused()
        page.get_by_role("button", name="Go on to review", exact=True).click()
        expect(page.get_by_role("alert").first).to_contain_text("Choose a shipping speed for Bob")
        page.get_by_role("region", name="Bob Lee").get_by_label("Air mail").check()
        page.get_by_role("button", name="Go on to review", exact=True).click()
        expect(page).to_have_url(re.compile("/review$"))
