"""Who is ordering: the list under the field, and what becomes of it (WB-3, WB-17)."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from starlette.testclient import TestClient

from cartcore.shop.contact import Contact
from tests.backoffice.browser import Held
from tests.backoffice.client import send, sign_in, words
from tests.backoffice.office import Office, a_draft


@pytest.fixture
def sam(office: Office) -> Iterator[TestClient]:
    with TestClient(office.app) as client:
        sign_in(client, "sam")
        yield client


# --- Enter ---


def test_enter_takes_what_is_marked(page: Page, served: Office) -> None:
    """Of several people, the one that Enter takes is marked and named; not while unseen (WB-3)."""
    with served.desk.storage.write() as work:
        for name in ("Quill Adams", "Quill Brown"):
            work.contacts.add(Contact(id=name[-5:], name=name))
        work.commit()
    page.goto("/drafts/new/contact")
    field = page.get_by_label("Name")
    held = Held(page, "**/contact/matches**")
    field.fill("quill")
    field.press("Enter")
    held.answer()
    page.unroute("**/contact/matches**")
    expect(page.get_by_role("status").filter(has_text="2 found")).to_have_text(
        re.compile("2 found Enter takes Quill Adams.")
    )
    marked, other = page.locator("#contact-matches li button").all()
    shadow = "e => getComputedStyle(e).boxShadow"
    assert "none" != marked.evaluate(shadow) != other.evaluate(shadow)
    assert not served.desk.drafts().items, "which was pressed before there was anything to see"
    field.press("Enter")
    expect(page.get_by_role("heading", name="Quill Adams").first).to_be_visible()

    # She has no address: that is what is next.
    expect(page.get_by_role("link", name="Add address…")).to_be_focused()


def test_an_address_can_wait(office: Office, sam: TestClient) -> None:
    """A new contact needs a name alone; an address of an order needs a street (WB-3)."""
    page = f"/drafts/{a_draft(office, step='contact')}/contact"
    new, address = sam.get(f"{page}/new").text, sam.get(f"{page}/address").text
    created = send(sam, page, f"{page}/new", name="Only Name", to_country="US")

    assert 'class="needed">Street' not in new
    assert 'class="needed">Street' in address
    assert "Only Name has no address: add one to continue." in words(created)
