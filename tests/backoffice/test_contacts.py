"""Who is ordering: the list under the field, and what becomes of it (WB-3, WB-17)."""

import re
from collections.abc import Iterator
from html import unescape

import pytest
from playwright.sync_api import Page, expect
from starlette.testclient import TestClient

from cartcore.administration import Administration
from cartcore.shop.contact import Contact
from tests.backoffice.browser import Held
from tests.backoffice.client import field, no_form, send, sign_in, state, words
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


@pytest.mark.parametrize("typed", ["303 555", "+1 303 555 01", "+1 303"])
def test_the_beginning_of_a_phone_number(office: Office, sam: TestClient, typed: str) -> None:
    """Numbers are found by their end; who types from the beginning is told so (OE-31, WB-17)."""
    with office.desk.storage.write() as work:
        work.contacts.add(Contact(id="eve", name="Eve", phone="+1 720 555 0303"))
        work.commit()
    draft_id = a_draft(office, step="contact")
    page = words(sam.get(f"/drafts/{draft_id}/contact/matches", params={"q": typed}))

    assert "Nobody found. A number is found whole, or by its last digits." in page


# --- archived ---


@pytest.mark.parametrize("name", ["sam", "cleo"])
def test_an_archived_contact_comes_back(office: Office, name: str) -> None:
    """Every page says that the caller is archived; a supervisor restores, a clerk reads who can.

    So nobody is sent in a circle: they are found as archived, offered instead of a second contact,
    and no order is offered that would be refused (HA-9, WB-15, WB-17).
    """
    Administration(office.desk.storage).archive_contact("ann")
    page = f"/drafts/{a_draft(office, step='contact')}/contact"
    may = name == "sam"
    with TestClient(office.app) as client:
        sign_in(client, name)
        found = words(client.get(f"{page}/matches", params={"q": "ann lee"}))
        filtered = words(client.get(f"{page}/filter", params={"email": "ann@"}))
        everywhere = words(client.get("/search", params={"q": "ann@example.com"}))
        customer = client.get("/contacts/ann")
        new = {"name": "Ann", "email": "ann@example.com"}
        asked = send(client, page, f"{page}/new", **new)
        refused = send(client, page, f"{page}/choose", contact_id="ann")
        chosen = send(client, page, f"{page}/choose", contact_id="ann", restore="yes")

    assert "Nobody found. Ann Lee , 1 Main Street, Denver CO 80202, United States archived" in found
    assert "Nobody found. Ann Lee" in filtered
    assert "archived" in everywhere
    assert "Archived since 20" in words(customer)
    assert "/contact/choose" not in customer.text
    assert may is (">Restore</button>" in customer.text)
    assert may is not ("A supervisor can restore it." in words(customer))
    assert may is ("restore and choose" in words(asked))
    assert may is not ("archived: a supervisor can restore it" in words(asked))
    assert "Ann Lee is archived: choose another contact" in words(refused)
    assert may is ("Scan or type a SKU" in words(chosen))
    assert may is not ("Only a supervisor can restore an archived contact." in words(chosen))
    with office.desk.storage.read() as work:
        assert may is (work.contacts.get("ann").archived_at is None)


def test_a_contact_is_restored_on_its_page(office: Office, sam: TestClient) -> None:
    """Restored, orders are offered again; a clerk who sends the form changes nothing (WB-15)."""
    Administration(office.desk.storage).archive_contact("ann")
    with TestClient(office.app) as clerk:
        sign_in(clerk, "cleo")
        refused = clerk.post("/contacts/ann/restore", data=no_form(clerk, "/contacts/ann"))
    before = office.desk.find_contacts("ann lee").items
    page = sam.post("/contacts/ann/restore", data=no_form(sam, "/contacts/ann"))

    assert 403 == refused.status_code
    assert not before
    assert "/contact/choose" in page.text
    assert ["Ann Lee"] == [each.name for each in office.desk.find_contacts("ann lee").items]


def test_the_archived_one_is_chosen_in_the_dialog(page: Page, served: Office) -> None:
    """One click in the dialog for a new contact restores and chooses her (WB-17)."""
    Administration(served.desk.storage).archive_contact("ann")
    page.goto("/drafts/new/contact")
    page.get_by_role("link", name="New contact…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name", exact=True).fill("Ann")
    dialog.get_by_label("Email").fill("ann@example.com")
    dialog.get_by_role("button", name="Create contact").click()
    dialog.get_by_role("button", name="restore and choose").click()
    page.wait_for_url("**/items")

    expect(page.locator(".draft-head")).to_contain_text("Ann Lee")


# --- addresses that cannot be ---


def test_a_postal_code_that_cannot_be_is_asked_about_once(office: Office, sam: TestClient) -> None:
    """Wherever an address is entered: told at its field, kept if sent again, told on later pages.

    A wall it is not, as data of countries have gaps; nothing is asked about what can be (WB-7).
    """
    with office.desk.begin(actor="sam") as edit:
        edit.choose_contact("ann")
        edit.add_sku("shopify-shirt-black-large")
        edit.save_items()
        draft_id = edit.draft.id
    page = f"/drafts/{draft_id}/shipping"
    typed = {"to_line1": "1 Main", "to_postal_code": "ABC", "to_country": "US"}
    told = "Postal codes of this country look like 95014, not “ABC”."
    for where, form in (
        (f"{page}/address", page),
        (f"/drafts/{draft_id}/contact/address", page),
        ("/contacts/ann/address", "/contacts/ann/address"),
    ):
        hidden = state(sam, form) if form == page else no_form(sam, form)
        asked = sam.post(where, data=hidden | typed)
        assert 422 == asked.status_code, where
        assert told in words(asked)
        assert 'aria-describedby="address-to_postal_code-error"' in asked.text
        hidden["kept"] = field(asked.text, "kept")
        other = sam.post(where, data=hidden | typed | {"to_postal_code": "DEF"})
        assert "not “DEF”" in words(other), "which was not asked about yet"
        assert "once more" not in words(sam.post(where, data=hidden | typed)), where
    kept = office.desk.draft(draft_id).shipments[-1].address

    assert "ABC" == kept.postal_code
    assert told in words(sam.get(page))
    fine = state(sam, page) | typed | {"to_postal_code": "80202", "to_region": "CO"}
    assert "is no postal code" not in words(sam.post(f"{page}/address", data=fine)).replace(
        told, ""
    )


def test_a_new_contact_with_everything_doubtful(office: Office, sam: TestClient) -> None:
    """Each doubt and each likely double is asked about once, whatever comes first (WB-7, WB-17)."""
    page = f"/drafts/{a_draft(office, step='contact')}/contact"
    form = state(sam, page) | {
        "name": "Ann",
        "email": "ann@example.org",
        "phone": "hello",
        "to_line1": "1 Main",
        "to_postal_code": "10001",
        "to_region": "CO",
        "to_country": "US",
        "to_phone": "+1 303 555 0100",
    }
    said = []
    for _ in range(4):
        answer = sam.post(f"{page}/new", data=form)
        if answer.url.path.endswith("/items"):
            break
        asked = ("of another region than CO", "no phone number", "one of these?")
        said.append([each for each in asked if each in words(answer)])
        form["kept"] = unescape(field(answer.text, "kept"))
        if "anyway" in answer.text:
            form["anyway"] = "yes"

    assert [["of another region than CO", "no phone number"], ["one of these?"]] == said
    assert answer.url.path.endswith("/items")
    (ann,) = office.desk.find_contacts("ann@example.org").items
    assert ("hello", "10001") == (ann.phone, ann.addresses[0].postal_code)


@pytest.mark.parametrize(
    "phone", ["303 555 0100", "+43 512 5060", "555-0100", "+1 303 555 0100 x7"]
)
def test_phones_that_can_be_called(office: Office, sam: TestClient, phone: str) -> None:
    """Numbers of the shop's country, of the address's and of the world are not asked about."""
    form = no_form(sam, "/contacts/ann/edit") | {"name": "Ann Lee", "phone": phone}
    sam.post("/contacts/ann/edit", data=form)

    with office.desk.storage.read() as work:
        assert phone == work.contacts.get("ann").phone
