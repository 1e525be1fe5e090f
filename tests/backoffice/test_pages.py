"""What the pages say and show, in words that staff use (WB-17, WB-19, WB-20, WB-21)."""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlencode

import attrs
import pytest
from backoffice.app import create_app
from httpx2 import Response
from moneyed import Money
from playwright.sync_api import Browser, expect
from pypdf import PdfReader
from shop import STORE
from starlette.testclient import TestClient

from cartcore.desk import OrderDesk
from cartcore.promotions.tax import PartTax, TaxRate, TaxRequest
from cartcore.rules import (
    Ineligible,
    PricingContext,
    PromotionClass,
    PromotionType,
    hookimpl,
    load_rulebook,
)
from cartcore.rules.builtin import TaxTable
from cartcore.shop.address import Address
from cartcore.shop.contact import Contact
from cartcore.shop.product import Product, Variant
from tests.backoffice.browser import a_page
from tests.backoffice.client import no_form, send, sign_in, state, words
from tests.backoffice.office import Office, a_draft, an_order


@pytest.fixture
def sam(office: Office) -> Iterator[TestClient]:
    with TestClient(office.app) as client:
        sign_in(client, "sam")
        yield client


# --- items ---


def test_what_a_line_costs_and_each_discount_once(office: Office, sam: TestClient) -> None:
    """A line shows its price after discounts; each stands at its line and in the totals (WB-19).

    2 boards of 199.00 less 10 % are 358.20; boots of 119.00 at half price are 59.50.
    """
    text = words(sam.get(f"/drafts/{a_draft(office, step='items')}/items"))

    assert "199.00 before discounts 398.00 358.20" in text
    assert "before discounts 119.00 59.50" in text
    assert 2 == text.count("−39.80"), "at the line and in the totals"
    assert 2 == text.count("−59.50")
    assert "Quantity Total" in text, "which says nothing of tax"
    assert "Net" not in text


def test_shares_of_order_discounts_are_in_the_net_price(office: Office, sam: TestClient) -> None:
    """The net prices add up to what is paid for the goods, order discounts included (WB-19)."""
    draft_id = a_draft(office, step="review")
    lines = office.desk.view(draft_id).quote.lines
    text = words(sam.get(f"/drafts/{draft_id}/review"))

    for line in lines:
        assert f"before discounts {line.amount.amount} {line.total.amount}" in text


def test_a_refused_quantity_has_a_row_of_its_own(office: Office, sam: TestClient) -> None:
    """The sentence stands under the item over the whole width, and the field names it (WB-19)."""
    page = f"/drafts/{a_draft(office, step='items')}/items"
    answer = send(sam, page, page + "/quantity", **{"quantity/l1": "2.5"})

    row = re.search(r'<tr class="says"><td colspan="5">(.*?)</td></tr>', answer.text, re.DOTALL)
    assert row is not None
    assert 'id="quantity-l1-quantity-error"' in row[1]
    assert "Enter a whole number from 1 to 10000." in row[1]
    assert 'aria-describedby="quantity-l1-quantity-error"' in answer.text


def test_options_and_quantity_are_edited_together(office: Office, sam: TestClient) -> None:
    """Edit has both, and changes both or, with a wrong one, neither (WB-4)."""
    draft_id = a_draft(office, step="items")
    page = f"/drafts/{draft_id}/items"
    options = '{"Length": "155cm", "Style": "Normal"}'
    dialog = words(sam.get(f"{page}/edit?line=l1"))
    refused = send(sam, page, page + "/edit", line="l1", options=options, quantity="0")
    before = office.desk.draft(draft_id)
    send(sam, page, page + "/edit", line="l1", options=options, quantity="3")
    after = office.desk.draft(draft_id)

    assert "Length / Style" in dialog
    assert "Quantity" in dialog
    assert "Enter a whole number from 1 to 10000." in words(refused)
    assert ("arbor-draft-151cm-normal", 2) == (before.lines[0].sku, before.lines[0].quantity)
    assert ("arbor-draft-155cm-normal", 3) == (after.lines[0].sku, after.lines[0].quantity)


def test_an_empty_order_says_why_it_does_not_go_on(office: Office, sam: TestClient) -> None:
    """The button is there, and says what is missing (WB-19)."""
    draft_id = office.desk.start(actor="sam").id
    with office.desk.edit(draft_id) as edit:
        edit.choose_contact("ann")
    answer = sam.get(f"/drafts/{draft_id}/items")

    assert 'disabled aria-describedby="save-why"' in answer.text
    assert "Add an item first." in words(answer)
    assert "Before placing" not in words(answer)


def test_promotions_not_earned_yet_say_what_is_missing(office: Office, sam: TestClient) -> None:
    """The dialog lists those that more in the cart would unlock, and how much more (WB-4)."""
    draft_id = office.desk.start(actor="sam").id
    with office.desk.edit(draft_id) as edit:
        edit.choose_contact("ann")
        edit.add_item("shopify-shirt", {"Color": "black", "Size": "large"})
    text = words(sam.get(f"/drafts/{draft_id}/items/promotions"))

    assert "No promotion is available yet." in text
    assert "Boots at half price with a board not yet" in text
    assert "150.00 USD" in text
    assert "A free shirt with two boards not yet" in text


def test_codes_of_another_step(office: Office, sam: TestClient) -> None:
    """A code that is for another step says which, as pages call it; codes stay as typed (OE-17)."""
    page = f"/drafts/{a_draft(office, step='items')}/items"
    other = words(send(sam, page, page + "/code", promo_code=" welcome5 "))
    again = words(send(sam, page, page + "/code", promo_code=" board10"))

    assert "“welcome5” is for order discounts: enter it on Review." in other
    assert "“board10”: it is already applied" in again


class Hosted:
    """Pictures on two hosts, one of which is named at start."""

    GOOD: ClassVar = "https://cdn.example.com/board.png?v=1&w=80"
    OTHER: ClassVar = "https://elsewhere.example.com/spy.png"


def test_pictures_come_from_named_hosts_only(office: Office) -> None:
    """A line shows its picture where its host is named; the policy allows no other (WB-19)."""
    with office.desk.storage.write() as work:
        for name, url in (("good", Hosted.GOOD), ("other", Hosted.OTHER)):
            variant = Variant(sku=name, price=Money(1, "USD"), image_url=url)
            work.products.add(Product(id=name, title=name, variants=(variant,)))
        work.commit()
    draft_id = office.desk.start(actor="sam").id
    with office.desk.edit(draft_id) as edit:
        edit.choose_contact("ann")
        edit.add_sku("good")
        edit.add_sku("other")
    pages = []
    for hosts in ((), ("cdn.example.com",)):
        app = create_app(office.desk, office.staff, ["testserver"], image_hosts=hosts)
        with TestClient(app) as client:
            sign_in(client, "sam")
            pages.append(client.get(f"/drafts/{draft_id}/items"))

    assert "<img" not in pages[0].text
    assert "img-src 'self';" in pages[0].headers["content-security-policy"]
    assert [Hosted.GOOD] == [
        unescape(u) for u in re.findall(r'<img[^>]* src="([^"]*)"', pages[1].text)
    ]
    assert "img-src 'self' https://cdn.example.com;" in pages[1].headers["content-security-policy"]


# --- contact ---


@pytest.mark.parametrize(
    ("typed", "marked"),
    [("ann@ex", "ann@example.com"), ("555 0100", "+1 303 555 0100"), ("lee", "")],
)
def test_what_was_matched_is_shown(
    office: Office, sam: TestClient, typed: str, marked: str
) -> None:
    """Contacts are found by name, e-mail or phone, and the field that matched is marked (WB-17)."""
    draft_id = a_draft(office, step="contact")
    answer = sam.get(f"/drafts/{draft_id}/contact/matches", params={"q": typed})

    assert "Ann Lee" in answer.text
    assert ([marked] if marked else []) == re.findall("<mark>(.*?)</mark>", answer.text)


@pytest.mark.parametrize(
    ("typed", "name"),
    [("Vera N", "name"), ("vera@example.com", "email"), ("0720 555 0199", "phone")],
)
def test_nobody_found_offers_a_new_contact(
    office: Office, sam: TestClient, typed: str, name: str
) -> None:
    """What was typed goes along, into the field where it belongs (WB-17)."""
    draft_id = a_draft(office, step="contact")
    found = sam.get(f"/drafts/{draft_id}/contact/matches", params={"q": typed})
    link = re.search(r'href="([^"]*contact/new[^"]*)"', found.text)
    assert link is not None
    dialog = sam.get(unescape(link[1])).text

    assert "Nobody found." in words(found)
    assert f'name="{name}" type="text" value="{typed}"' in dialog


def test_likely_the_same_person_is_asked_first(office: Office, sam: TestClient) -> None:
    """Before a second contact is made those alike are offered; made it is when told so (WB-17)."""
    draft_id = a_draft(office, step="contact")
    page = f"/drafts/{draft_id}/contact"
    typed = {"name": "Anne Lee", "phone": "(303) 555-0100"}
    asked = send(sam, page, page + "/new", **typed)

    assert "Is it one of these?" in words(asked)
    assert "Ann Lee 1 Main Street, Denver CO 80202, United States same phone" in words(asked)
    assert "" == office.desk.draft(draft_id).contact_id
    send(sam, page, page + "/new", anyway="yes", **typed)
    contact = office.desk.view(draft_id).contact
    assert contact is not None
    assert ("Anne Lee", "(303) 555-0100") == (contact.name, contact.phone)


def test_who_can_be_reached_how_in_any_direction(office: Office, sam: TestClient) -> None:
    """Address, e-mail and phone stay apart where one of them reads from the right (WB-19)."""
    floor = Address(line1="برج خليفة، الطابق 12", city="Dubai", country="AE")
    with office.desk.storage.write() as work:
        contact = Contact(id="rtl", name="Reem", phone="+971 50 123 4567", addresses=(floor,))
        work.contacts.add(contact)
        work.commit()
    with office.desk.begin(actor="sam") as edit:
        edit.choose_contact("rtl")
    (draft,) = office.desk.drafts().items

    for page in (f"/drafts/{draft.id}/items", "/contacts/rtl"):
        assert "<bdi>+971 50 123 4567</bdi>" in sam.get(page).text
    assert "<bdi>برج خليفة، الطابق 12, Dubai" in sam.get(f"/drafts/{draft.id}/items").text


# --- customers and search ---


def test_a_customer_with_all_that_belongs_to_them(office: Office, sam: TestClient) -> None:
    """Addresses, orders and drafts of a contact are on their page (WB-17)."""
    number = an_order(office)
    draft_id = a_draft(office, step="items")
    answer = sam.get("/contacts/ann")
    text = words(answer)

    assert "Ann Lee ann@example.com · +1 303 555 0100 club Edit… Add Cart Order" in text
    assert "1 Main Street" in text
    assert f'href="/orders/{number}"' in answer.text
    assert f'href="/drafts/{draft_id}"' in answer.text
    assert 404 == sam.get("/contacts/nobody").status_code


def test_a_customer_is_changed_once(office: Office, sam: TestClient) -> None:
    """Name, e-mail, phone and tags are changed, but not over somebody else's change (WB-17)."""
    form = no_form(sam, "/contacts/ann/edit")
    typed = {"name": "Ann Leigh", "email": "leigh@example.com", "phone": "", "tags": "club, new"}
    again = sam.post("/contacts/ann/edit", data=form | typed)
    late = sam.post("/contacts/ann/edit", data=form | typed | {"name": "Somebody"})
    wrong = sam.post("/contacts/ann/edit", data=no_form(sam, "/contacts/ann/edit") | {"name": " "})
    with office.desk.storage.read() as work:
        ann = work.contacts.get("ann")

    assert "/contacts/ann" == again.url.path
    assert ("Ann Leigh", "leigh@example.com", "", ("club", "new")) == (
        ann.name,
        ann.email,
        ann.phone,
        ann.tags,
    )
    assert (409, 422) == (late.status_code, wrong.status_code)
    assert "Somebody else changed this contact" in words(late)
    assert "Enter a name." in words(wrong)
    assert 1 == len(ann.addresses), "which stay as they are"


def test_a_customer_gets_an_address(office: Office, sam: TestClient) -> None:
    """A further address is added to the contact, as the primary one if that is wanted (OE-3)."""
    form = no_form(sam, "/contacts/ann/address") | {"to_country": "US", "primary": "yes"}
    wrong = sam.post("/contacts/ann/address", data=form | {"to_line1": ""})
    sam.post("/contacts/ann/address", data=form | {"to_line1": "2 Oak Avenue", "to_city": "Reno"})
    with office.desk.storage.read() as work:
        ann = work.contacts.get("ann")

    assert "Enter street and number." in words(wrong)
    assert ["2 Oak Avenue", "1 Main Street"] == [address.line1 for address in ann.addresses]


def test_ids_from_elsewhere(office: Office, sam: TestClient) -> None:
    """A customer whose id has slashes and signs in it has a page like all others (WB-17)."""
    odd = "gid://shop/Customer/7?a=b&c#d"
    with office.desk.storage.write() as work:
        work.contacts.add(Contact(id=odd, name="Odd Id"))
        work.commit()
    link = re.search(r'href="(/contacts/[^"]*)">Odd Id', sam.get("/search?q=odd").text)
    assert link is not None
    page = sam.get(unescape(link[1]))
    edit = re.search(r'href="(/contacts/[^"]*/edit)"', page.text)
    assert edit is not None
    assert edit is not None
    form = no_form(sam, unescape(edit[1])) | {"name": "Even Id"}
    changed = sam.post(unescape(edit[1]), data=form)

    assert (200, 200) == (page.status_code, changed.status_code)
    assert "Even Id" in words(changed)


def test_reference_of_an_order(office: Office, sam: TestClient) -> None:
    """A reference is entered beside the note, shown on the order and found by the search (HA-8)."""
    first = an_order(office)
    office.desk.set_reference(first, "ERP-1", actor="erp")
    draft_id = a_draft(office, step="items")
    page, to = f"/drafts/{draft_id}/items", f"/drafts/{draft_id}/note"
    taken = send(sam, page, to, reference="ERP-1")
    send(sam, page, to, reference="ERP-2")

    assert "already an order with reference 'ERP-1'" in words(taken)
    assert 'value="ERP-2"' in sam.get(page).text
    assert "ERP-2" == office.desk.draft(draft_id).reference
    assert "Reference ERP-1" in words(sam.get(f"/orders/{first}"))
    assert first in words(sam.get("/search", params={"q": "erp-1"}))


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("1001", "Orders Number"),
        ("#1001", "Orders Number"),
        ("ann@example.com", "Orders Number"),
        ("555 0100", "Orders Number"),
        ("lee", "Orders Number"),
        ("Bob", "Orders Number"),
        ("rue sainte cath", "Orders Number"),
        ("H2X 1K4", "Orders Number"),
        ("board10", "Orders Number"),
        ("lee", "Contacts Ann Lee"),
        ("555 0100", "Contacts Ann Lee"),
        ("shirt", "Products Shopify Shirt"),
        ("***", "Nothing found."),
        ("x" * 300, "Nothing found."),
        ("a\x00b", "Nothing found."),
        ("", "Type an order number"),
    ],
)
def test_search_from_every_page(office: Office, sam: TestClient, typed: str, found: str) -> None:
    """One field finds orders, contacts and products by whatever is known of them (WB-20)."""
    an_order(office)
    answer = sam.get("/search", params={"q": typed})

    assert 200 == answer.status_code
    assert found in words(answer)
    assert all('action="/search"' in sam.get(p).text for p in ("/orders", "/drafts/new/contact"))


# --- lists ---


def test_pages_lead_on_and_back(office: Office, sam: TestClient) -> None:
    """Next and Previous walk through the list and back to its beginning, filters kept (WB-20)."""
    for _ in range(60):
        draft_id = office.desk.start(actor="sam").id
        with office.desk.edit(draft_id) as edit:
            edit.choose_contact("ann")

    def rows(answer: Response) -> list[str]:
        return re.findall(r'href="/drafts/([0-9a-f]{32})"', answer.text)

    def to(answer: Response, rel: str) -> Response:
        link = re.search(f'rel="{rel}" href="([^"]*)"', answer.text)
        assert link is not None
        return sam.get(unescape(link[1]))

    first = sam.get("/drafts?mine=yes")
    second = to(first, "next")
    third = to(second, "next")
    pages = [rows(page) for page in (first, second, third)]

    assert [25, 25, 10] == [len(page) for page in pages]
    assert 60 == len({draft_id for page in pages for draft_id in page})
    assert pages[1] == rows(to(third, "prev"))
    assert pages[0] == rows(to(to(third, "prev"), "prev"))
    assert 'rel="prev"' not in first.text
    assert 'rel="next"' not in third.text
    assert all("mine=yes" in str(page.url) for page in (second, third))

    backwards = sam.get("/drafts?mine=yes&sort=earliest_change")
    further = to(backwards, "next")
    earliest_first = [*rows(backwards), *rows(further), *rows(to(further, "next"))]
    assert earliest_first == [*rows(first), *rows(second), *rows(third)][::-1]


def test_orders_are_sorted(office: Office, sam: TestClient) -> None:
    """By the heads of the columns, by a field, with filters, page after page (WB-20)."""
    numbers = [an_order(office) for _ in range(3)]
    draft_id = a_draft(office, step="review")
    with office.desk.edit(draft_id) as edit:
        edit.discount_order(amount=Money("100.00", "USD"), reason="late", actor="sam")
    cheap = office.desk.place(draft_id, seen=office.desk.view(draft_id).quote, actor="sam").number

    def listed(page: str) -> list[str]:
        return re.findall(r'aria-label="View order (\d+)"', sam.get(page).text)

    def head(page: str, name: str) -> tuple[str, str]:
        found = re.search(rf'aria-sort="(\w+)"><a class="sort" href="([^"]*)"[^>]*>{name}', page)
        assert found is not None
        return found[1], unescape(found[2])

    assert [cheap, *numbers[::-1]] == listed("/orders")
    assert [*numbers, cheap] == listed("/orders?sort=oldest")
    assert [cheap, *numbers] == listed("/orders?sort=lowest_total")
    first = sam.get("/orders?contact=lee").text
    direction, to = head(first, "Total")
    assert ("none", [*numbers[::-1], cheap]) == (direction, listed(to))
    direction, to = head(sam.get(to).text, "Total")
    assert ("descending", [cheap, *numbers]) == (direction, listed(to))
    assert "contact=lee" in to
    assert ("descending", "/orders?sort=oldest") == head(sam.get("/orders").text, "Placed")
    assert '<option value="lowest_total" selected>' in sam.get(to).text


def test_a_sort_that_is_none_is_told(office: Office, sam: TestClient) -> None:
    """An unknown order, or a page of another one, is an error in words, never a wrong list."""
    for _ in range(26):
        a_draft(office, step="contact")
    page = re.search(r'rel="next" href="[^"]*page=([^"&]*)', sam.get("/drafts").text)
    assert page is not None
    unknown, other, drafts = (
        sam.get("/orders?sort=shoe+size"),
        sam.get(f"/drafts?sort=earliest_change&page={page[1]}"),
        sam.get("/drafts?sort=shoe+size"),
    )

    assert (422, 400, 400) == (unknown.status_code, other.status_code, drafts.status_code)
    assert "Must be one of newest, oldest, highest_total, lowest_total." in words(unknown)
    assert "must be one of latest_change, earliest_change, not 'shoe size'" in words(drafts)
    assert 'href="/drafts"' in other.text


def test_drafts_of_ones_own(office: Office, sam: TestClient) -> None:
    """The list of drafts can be that of whoever looks (WB-20)."""
    mine, theirs = office.desk.start(actor="Sam").id, office.desk.start(actor="kim").id

    assert all(each in sam.get("/drafts").text for each in (mine, theirs))
    assert mine in sam.get("/drafts?mine=yes").text
    assert theirs not in sam.get("/drafts?mine=yes").text


@pytest.mark.parametrize(
    ("field", "sought"),
    [
        ("name", "lee"),
        ("reference", "erp-7"),
        ("email", "ann@"),
        ("phone", "555 0100"),
        ("recipient", "bob"),
        ("address", "sainte montreal"),
    ],
)
def test_drafts_by_what_a_customer_can_tell(
    office: Office, sam: TestClient, field: str, sought: str
) -> None:
    """What finds an order finds it while it is entered, too, and only it (WB-20, HA-11)."""
    draft_id, other = a_draft(office, step="shipping"), a_draft(office, step="contact")
    with office.desk.edit(draft_id, actor="kim") as edit:
        edit.set_reference("ERP-7")
    found = sam.get("/drafts", params={field: sought})
    everywhere = sam.get("/search", params={"q": sought})

    for page in (found, everywhere):
        assert f'href="/drafts/{draft_id}"' in page.text
        assert other not in page.text
    assert f'value="{sought}"' in found.text
    assert f"/drafts?{urlencode({field: sought, 'mine': 'yes'})}" in unescape(found.text)
    assert draft_id in sam.get("/drafts", params={field: sought, "mine": "yes"}).text
    assert "No draft matches." in words(sam.get("/drafts", params={field: "nowhere"}))


def test_filters_of_drafts_stay(office: Office, sam: TestClient) -> None:
    """The next page and another order keep them; a refused one says so at its field (WB-20)."""
    for _ in range(26):
        with office.desk.edit(office.desk.start(actor="sam").id) as edit:
            edit.choose_contact("ann")
    page = unescape(sam.get("/drafts?name=lee&mine=yes&sort=earliest_change").text)
    leading_on = re.search(r'rel="next" href="([^"]*)"', page)
    sorting = re.search(r'class="sort" href="([^"]*)"', page)

    assert leading_on is not None
    assert sorting is not None
    assert "name=lee&mine=yes&sort=earliest_change" in leading_on[1]
    assert "/drafts?name=lee&mine=yes" == sorting[1]
    assert re.findall(r'type="hidden" name="(\w+)" value="(\w+)"', page)[-2:] == [
        ("mine", "yes"),
        ("sort", "earliest_change"),
    ]
    refused = sam.get("/drafts", params={"recipient": "x" * 300})
    assert 422 == refused.status_code
    assert 'id="filters-recipient-error"' in refused.text
    assert "No draft matches." not in words(refused)


def test_drafts_show_their_totals_and_who_changed_them(office: Office, sam: TestClient) -> None:
    """A list has what each draft came to, and the last to change it beside who began (WB-20)."""
    draft_id = a_draft(office, step="items")
    with office.desk.edit(draft_id, actor="kim") as edit:
        edit.set_quantity("l1", 3)
    row = words(sam.get("/drafts"))

    assert f"{office.desk.view(draft_id).quote.total.amount} USD Created by sam 20" in row
    assert "by kim Continue" in row
    assert "615.80 USD" in words(sam.get("/contacts/ann"))


@pytest.mark.parametrize(("name", "told"), [("kim", "Kim"), ("sam", "You"), ("", "Somebody")])
def test_who_changed_the_order_is_told(
    office: Office, sam: TestClient, name: str, told: str
) -> None:
    """A form of an older version says by whom and when it was overtaken (WB-7, OE-22)."""
    page = f"/drafts/{a_draft(office, step='items')}/items"
    shown = state(sam, page)
    with office.desk.edit(page.split("/")[2], actor=name) as edit:
        edit.set_quantity("l1", 3)
    for where in ("items/quantity", "discard"):
        answer = sam.post(f"{page.removesuffix('items')}{where}", data=shown | {"line": "l1"})

        assert 409 == answer.status_code
        pattern = f"{told} changed this order( in another window)? at 20[0-9 :-]+UTC"
        assert re.search(pattern, words(answer))
        assert ("another window" in words(answer)) is (name == "sam")


def test_a_store_that_is_not_ready_offers_no_new_order(office: Office) -> None:
    """Nothing leads to an order that could not be entered; every list says why (OE-1, WB-20)."""
    number = an_order(office)
    closed = attrs.evolve(STORE, ecommerce_enabled=False)
    app = create_app(OrderDesk(office.desk.storage, closed), office.staff, ["testserver"])
    with TestClient(app) as client:
        sign_in(client, "sam")
        for path in ("/orders", "/drafts", "/contacts/ann", f"/orders/{number}", "/search?q=ann"):
            page = client.get(path)
            assert 200 == page.status_code
            assert "switched off" in words(page), path
            assert "/drafts/new" not in page.text, path
            assert "/duplicate" not in page.text, path
    with TestClient(office.app) as client:
        sign_in(client, "sam")
        assert "/drafts/new" in client.get("/orders").text
        assert "/duplicate" in client.get(f"/orders/{number}").text


@pytest.mark.parametrize("field", ["recipient", "address"])
def test_orders_by_where_they_go_to(office: Office, sam: TestClient, field: str) -> None:
    """A recipient who calls, or a street, is found among orders (WB-20, HA-11)."""
    an_order(office)
    sought = {"recipient": "bob", "address": "sainte montreal"}[field]
    found = sam.get("/orders", params={field: sought})

    assert "View Order" in words(found)
    assert '<details class="more" open>' in found.text
    assert "No order matches." in words(sam.get("/orders", params={field: "nowhere"}))


def test_orders_by_a_sku_in_any_case(office: Office, sam: TestClient) -> None:
    """The list is filtered by a SKU however it is typed, and shows what was typed (WB-20)."""
    an_order(office)
    found = sam.get("/orders", params={"sku": " Shopify-SHIRT-black-large"})

    assert "View Order" in words(found)
    assert 'value=" Shopify-SHIRT-black-large"' in found.text
    assert "No order matches." in words(sam.get("/orders", params={"sku": "shopify-shirt"}))


def test_dates_are_picked(office: Office, sam: TestClient) -> None:
    """Days are chosen with the browser's date picker; a wrong one in an address is told (WB-20)."""
    day = f"{office.desk.order(an_order(office)).placed_at:%Y-%m-%d}"
    from_to = {"placed_from": day, "placed_to": day}

    assert 'type="date"' in sam.get("/orders").text
    assert "View Order" in words(sam.get("/orders", params=from_to))
    assert "View Order" in words(sam.get("/orders", params={"total_max": "1,000"}))
    wrong = sam.get("/orders", params={"placed_from": "yesterday"})
    assert "Enter a date such as 2026-05-31." in words(wrong)
    assert '<details class="more" open>' in wrong.text


# --- orders ---


def test_no_internal_ids_in_what_is_said(office: Office, sam: TestClient) -> None:
    """Shipments are named by where they go, from the draft to the history (WB-19)."""
    draft_id = a_draft(office, step="shipping")
    page = f"/drafts/{draft_id}/shipping"
    refused = send(sam, page, page + "/save")
    number = an_order(office)
    order = office.desk.order(number)
    office.desk.mark_shipped(number, order.shipments[0].id, actor="kim", tracking="1Z999")
    told = words(sam.get(f"/orders/{number}"))

    assert "Choose a shipping speed for Bob Lee, 99 Rue Sainte-Catherine, Montréal" in words(
        refused
    )
    assert "shipped to Ann Lee, 1 Main Street, Denver, tracking number 1Z999" in told
    for text in (words(refused), told, words(sam.get(f"/drafts/{draft_id}/review"))):
        assert not re.search(r"\b[sl][1-9]\b", text)


def test_what_is_gone_is_not_named_by_its_id(office: Office, sam: TestClient) -> None:
    """A draft or a contact that is not there is told in words; an order by its number (WB-19)."""
    draft_id = a_draft(office, step="items")
    office.desk.discard(draft_id)
    draft, contact, order = (
        sam.get(path) for path in (f"/drafts/{draft_id}/items", "/contacts/x-7", "/orders/9999")
    )

    assert [404] * 3 == [page.status_code for page in (draft, contact, order)]
    assert "There is no such draft: it may have been removed." in words(draft)
    assert draft_id not in words(draft)
    assert "There is no such contact: it may have been removed." in words(contact)
    assert "x-7" not in words(contact)
    assert "9999" in words(order)


@pytest.mark.parametrize("typed", ["３", "٣", " ३ "])
def test_quantities_in_any_digits(office: Office, sam: TestClient, typed: str) -> None:
    """A quantity is read in the digits of any script, as phone numbers are (WB-19)."""
    draft_id = a_draft(office, step="items")
    page = f"/drafts/{draft_id}/items"
    send(sam, page, f"{page}/quantity", **{"quantity/l1": typed})

    assert 3 == office.desk.draft(draft_id).lines[0].quantity


def test_just_placed_is_said_right_after(office: Office, sam: TestClient) -> None:
    """That an order was placed is said when it was, not whenever an address says so (WB-21)."""
    number = an_order(office)
    with office.desk.storage.write() as work:
        order = work.orders.by_number(number)
        older = attrs.evolve(
            order, id="old", number="500", draft_id="old", idempotency_key="old",
            placed_at=order.placed_at - timedelta(hours=1),
        )  # fmt: skip
        work.orders.add(older)
        work.commit()

    assert "This order was placed." in words(sam.get(f"/orders/{number}?placed=1"))
    assert "This order was placed." not in words(sam.get("/orders/500?placed=1"))


def test_an_order_is_duplicated(office: Office, sam: TestClient) -> None:
    """Duplicate leads to a new draft with contact and items, begun by who clicked (WB-21)."""
    number = an_order(office)
    form = no_form(sam, f"/orders/{number}")
    answer = sam.post(f"/orders/{number}/duplicate", data={"csrf": form["csrf"]})
    (draft,) = office.desk.drafts(actor="sam").items

    assert f"/drafts/{draft.id}/items" == answer.url.path
    assert ["arbor-draft-151cm-normal", "shopify-shirt-black-large"] == [x.sku for x in draft.lines]


def test_a_note_and_a_tracking_number(office: Office, sam: TestClient) -> None:
    """What is noted on the draft is in the history; a tracking number has its own field (WB-21)."""
    draft_id = a_draft(office, step="review")
    page = f"/drafts/{draft_id}/review"
    send(sam, page, f"/drafts/{draft_id}/note", note="Ring twice")
    assert "Ring twice" in sam.get(page).text
    placed = send(sam, page, page + "/place")
    number = placed.url.path.rpartition("/")[2]
    shipment = office.desk.order(number).shipments[0].id
    form = no_form(sam, f"/orders/{number}") | {"shipment": shipment, "tracking": "1Z999"}
    shipped = sam.post(f"/orders/{number}/shipped", data=form)

    assert "Ring twice" in words(placed)
    assert "Tracking number 1Z999" in words(shipped)
    assert "1Z999" == office.desk.order(number).shipments[0].tracking


def test_what_is_no_page(office: Office, sam: TestClient) -> None:
    """A wrong address has the menu; the address of a form leads back to its draft (WB-22)."""
    draft_id = a_draft(office, step="items")
    lost = sam.get("/nowhere")
    back = sam.get(f"/drafts/{draft_id}/items/save")

    assert (404, 200) == (lost.status_code, back.status_code)
    assert "Page not found" in words(lost)
    assert "Ecommerce" in words(lost)
    assert f"/drafts/{draft_id}/items" == back.url.path


# --- on paper ---


@attrs.frozen
class Vat:
    """10 % on all lines, 5 % on all shipments."""

    type_name: ClassVar[str] = "test.vat"

    def taxes(self, request: TaxRequest) -> list[tuple[str, PartTax]]:
        goods = TaxRate(name="VAT", percent=10)
        freight = TaxRate(name="Freight tax", percent=5)
        return [
            (part.id, PartTax(rates=(goods if part.line_id else freight,)))
            for part in request.parts
        ]


def test_the_invoice_has_the_tax_rates(office: Office) -> None:
    """Each tax with its rate, what it is on and how much: 10 % of 414.86, 5 % of 33.90 (WB-21)."""
    desk = OrderDesk(office.desk.storage, attrs.evolve(STORE, tax=Vat()))
    taxed = attrs.evolve(office, desk=desk, app=create_app(desk, office.staff, ["testserver"]))
    number = an_order(taxed)
    with TestClient(taxed.app) as client:
        sign_in(client, "sam")
        text = words(client.get(f"/orders/{number}/print?what=invoice"))

    assert "VAT 10 % of 414.86 USD 41.49" in text
    assert "Freight tax 5 % of 33.90 USD 1.70" in text
    assert "Total USD 491.95" in text


def test_a_tax_table_is_asked_for_each_place(office: Office) -> None:
    """Denver's three taxes stand on the invoice; what no row covers blocks placing (TX-7, TX-9)."""
    text = (Path(__file__).parents[2] / "examples" / "taxes" / "us.csv").read_text(encoding="utf-8")
    for rows, placed in (("", False), ("CA,QC,,,*,QST,9.975,,\n", True)):
        store = attrs.evolve(STORE, tax=TaxTable.from_csv(text + rows))
        desk = OrderDesk(office.desk.storage, store)
        taxed = attrs.evolve(office, desk=desk, app=create_app(desk, office.staff, ["testserver"]))
        with TestClient(taxed.app) as client:
            sign_in(client, "sam")
            if placed:
                shown = words(client.get(f"/orders/{an_order(taxed)}/print?what=invoice"))
                for tax in ("State sales tax 2.9 %", "City sales tax 5.15 %", "QST 9.975 %"):
                    assert tax in shown
            else:
                draft_id = a_draft(taxed, step="review")
                shown = words(client.get(f"/drafts/{draft_id}/review"))
                assert "a row of the tax table" in shown


def test_the_invoice_is_for_the_customer(office: Office, sam: TestClient) -> None:
    """What staff noted of a discount is not printed on it; the customer's own reference is (WB-21).

    10 % of 414.86 are 41.49, rounded half up.
    """
    draft_id = a_draft(office, step="review")
    with office.desk.edit(draft_id) as edit:
        edit.discount_order(percent=10, reason="always complains", actor="sam")
        edit.set_reference("PO-1")
    number = office.desk.place(draft_id, seen=office.desk.view(draft_id).quote, actor="sam").number
    invoice = words(sam.get(f"/orders/{number}/print?what=invoice"))

    assert "Discount \N{MINUS SIGN}41.49" in invoice
    assert f"Order {number} Reference PO-1" in invoice
    assert "complains" not in invoice
    assert "always complains" in words(sam.get(f"/orders/{number}"))


def test_the_packing_slip_has_no_prices(served: Office, chromium: Browser) -> None:
    """Printed: a page for each shipment with its units and gift, and no figure of money (WB-21)."""
    number = an_order(served)
    with a_page(served, chromium, "sam") as page:
        page.goto(f"/orders/{number}/print?what=packing-slip")
        pages = [sheet.extract_text() for sheet in PdfReader(BytesIO(page.pdf())).pages]
        expect(page.get_by_role("button", name="Print")).to_be_visible()

    assert 2 == len(pages)
    assert "shipment 1 of 2" in pages[0]
    for expected in ("Bob Lee", "Arbor Draft", "Happy birthday!", "Air mail"):
        assert expected in pages[1]
    assert not re.search(r"\d\.\d\d|USD", "".join(pages))
    assert not [word for word in ("Ecommerce", "Sign out", "Back to") if word in "".join(pages)]


def test_the_invoice_adds_up(served: Office, chromium: Browser) -> None:
    """Printed: lines, discounts and shipping, whose sum is the total, and no menu (WB-21).

    536.00 less 59.50, 39.80 and 21.84 (5 % of 436.70), with 9.90 and 24.00 of shipping: 448.76.
    """
    number = an_order(served)
    with a_page(served, chromium, "sam") as page:
        page.goto(f"/orders/{number}/print?what=invoice")
        (sheet,) = PdfReader(BytesIO(page.pdf())).pages
        text = sheet.extract_text().replace("\N{MINUS SIGN}", "-")

    for figure in ("536.00", "-59.50", "-39.80", "-21.84", "9.90", "24.00", "448.76"):
        assert figure in text
    assert f"Order {number}" in text
    assert not [word for word in ("Ecommerce", "Sign out", "Back to") if word in text]


# --- whose orders ---


def test_a_clerk_sees_their_own_orders(office: Office) -> None:
    """In lists, in the search and by address; a supervisor sees all (WB-15)."""
    theirs = an_order(office)
    draft_id = a_draft(office, step="review")
    seen = office.desk.view(draft_id).quote
    own = office.desk.place(draft_id, seen=seen, actor="cleo").number
    pages = ("/orders", "/search?q=lee", "/search?q=100", "/contacts/ann")
    shown = {}
    for name in ("cleo", "sam"):
        with TestClient(office.app) as client:
            sign_in(client, name)
            shown[name] = [{*re.findall(r"/orders/(\d+)", client.get(p).text)} for p in pages]

    assert [{own}] * 4 == shown["cleo"]
    assert [{own, theirs}] * 4 == shown["sam"]


@pytest.mark.parametrize("what", ["", "/print?what=invoice", "/duplicate", "/note", "/shipped"])
def test_orders_of_others_say_who_may_see_them(office: Office, what: str) -> None:
    """A clerk opens, prints, copies and changes no order of somebody else's (WB-15)."""
    number = an_order(office)
    with TestClient(office.app) as client:
        sign_in(client, "cleo")
        address = f"/orders/{number}{what}"
        if what in {"", "/print?what=invoice"}:
            answer = client.get(address)
        else:
            form = no_form(client, "/contacts/ann/edit") | {"note": "Hi", "version": "1"}
            answer = client.post(address, data=form)

    assert 403 == answer.status_code
    assert "A supervisor can see it." in words(answer)
    assert "Ann Lee" not in words(answer)
    assert 1 == len(office.desk.order(number).history)


def test_a_clerk_reads_that_only_their_own_orders_are_shown(office: Office) -> None:
    """Where colleagues placed orders, an empty list does not say that there are none (WB-15)."""
    an_order(office)
    said = {}
    for name in ("cleo", "sam"):
        with TestClient(office.app) as client:
            sign_in(client, name)
            said[name] = [words(client.get(page)) for page in ("/orders", "/contacts/ann")]

    assert all("No orders that you placed." in page for page in said["cleo"])
    assert not [page for page in said["cleo"] + said["sam"] if "No orders yet." in page]


# --- kinds of promotions ---


class Moonlight:
    """A plugin with a type of its own."""

    @attrs.frozen
    class PercentByMoon:
        """A type whose labels are said by its author."""

        type_name: ClassVar[str] = "acme.moonlight"
        promotion_class: ClassVar[PromotionClass] = PromotionClass.ORDER
        display_name: ClassVar[str] = "Off at full moon"

        rate: str = attrs.field(
            metadata={"label": "How much <off>", "help": "What is taken off at full moon."}
        )

        def evaluate(self, context: PricingContext) -> Ineligible:
            return Ineligible("no_moon", "only at full moon")

    @hookimpl
    def cartcore_promotion_types(self) -> list[type[PromotionType]]:
        """Register the type."""
        return [self.PercentByMoon]


def test_kinds_of_promotions_are_listed_in_words(office: Office) -> None:
    """Each type is listed by its name, with label and help of what can be set (PK-13).

    So are those of a plugin, with the plugin's name.
    """
    rulebook = load_rulebook(Moonlight())
    app = create_app(office.desk, office.staff, ["testserver"], rulebook=rulebook)
    with TestClient(app) as client:
        sign_in(client, "sam")
        page = client.get("/promotion-types")
    text = words(page)

    assert "Percent off Take percent off what is left of the lines in target" in text
    assert "Which units first Which units go first: the cheapest (default)" in text
    assert "Percent (required) Over 0 and up to 100." in text
    assert "How much <off> (required) What is taken off at full moon." in text
    assert "acme.moonlight, from Moonlight" in text
    kinds = {**rulebook.promotion_types, **rulebook.condition_types}
    assert all(name in text for name in kinds)
    assert len(kinds) == page.text.count("<details>")
