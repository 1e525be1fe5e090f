"""A cashier sees the tax of an order, by place, in a browser (TX-8, WB-7)."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest
from backoffice.app import LOCAL, create_app
from backoffice.staff import Staff
from playwright.sync_api import Page, expect
from shop import STORE

from cartcore.adapters.sqlite import SQLiteStorage
from cartcore.desk import OrderDesk
from cartcore.rules import load_rulebook
from cartcore.rules.builtin import ShippingTax, ShippingTaxedBy, TaxRow, TaxTable
from tests.backoffice.browser import picture
from tests.backoffice.office import BOB, QUICK, Office

TABLE = TaxTable(
    rows=(
        TaxRow(country="US", region="CO", name="Sales tax", percent=10),
        TaxRow(country="CA", region="QC", name="QST", percent=20),
    ),
    shipping=(ShippingTax(by=ShippingTaxedBy.OWN_RATES),),
)


@pytest.fixture(params=[False, True], ids=["added", "contained"])
def contained(request: pytest.FixtureRequest) -> bool:
    """Whether the prices of the shop include tax."""
    return bool(request.param)


@pytest.fixture
def office(filled: Path, tmp_path: Path, contained: bool) -> Iterator[Office]:  # noqa: FBT001
    """The back office of a shop that goes by a tax table."""
    for file in filled.iterdir():
        shutil.copy(file, tmp_path)
    staff = Staff(tmp_path / "staff.sqlite", hasher=QUICK)
    store = attrs.evolve(STORE, tax=TABLE, prices_include_tax=contained)
    with SQLiteStorage(tmp_path / "shop.sqlite", rulebook=load_rulebook()) as storage:
        desk = OrderDesk(storage, store)
        yield Office(create_app(desk, staff, [*LOCAL, "testserver"]), desk, staff)


def test_the_tax_of_an_order_goes_by_its_address(
    page: Page,
    served: Office,
    contained: bool,  # noqa: FBT001
) -> None:
    """Denver's tax becomes that of Montréal with the address, and stands on the order (TX-1, TX-8).

    A shirt of 19.00 and 9.90 for shipping are 28.90. 10 % of it are 2.89, 20 % are 5.78; in it, an
    eleventh is 2.63 and a sixth 4.82.
    """
    with served.desk.storage.write() as work:
        work.contacts.save(work.contacts.get("ann").with_address(BOB))
        work.commit()
    draft_id = served.desk.start(actor="sam").id
    with served.desk.edit(draft_id) as edit:
        edit.choose_contact("ann")
        edit.add_item("shopify-shirt", {"Color": "black", "Size": "large"})
        edit.save_items()
        edit.choose_speed("s1", "standard")
    denver = ("Sales tax 10 % of 26.27 USD", "2.63") if contained else ("Sales tax 10 %", "2.89")
    montreal = ("QST 20 % of 24.08 USD", "4.82") if contained else ("QST 20 %", "5.78")
    totals = page.locator(".totals")

    page.goto(f"/drafts/{draft_id}/review")
    for text in denver:
        expect(totals).to_contain_text(text)
    expect(page.locator("#total")).to_have_text("28.90" if contained else "31.79")
    picture(page, "tax-contained" if contained else "tax-added")
    page.get_by_role("button", name="Shipping Details").click()
    page.get_by_role("radio", name=re.compile("Montréal")).check()
    expect(page.locator("#total")).to_have_text("28.90" if contained else "34.68")
    page.get_by_role("button", name="Save and go on").click()
    page.wait_for_url("**/review")
    for text in montreal:
        expect(totals).to_contain_text(text)
    expect(totals).not_to_contain_text("Sales tax")
    if contained:
        expect(totals).to_contain_text("Tax in it")

    page.get_by_role("button", name="Place order").click()
    page.wait_for_url("**/orders/1001**")
    for text in montreal:
        expect(page.locator("main")).to_contain_text(text)
    order = served.desk.order("1001")
    assert f"{order.quote.totals.tax.amount:f}" == montreal[1]
