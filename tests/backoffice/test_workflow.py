"""The whole of order entry, as a person does it in a browser (WB-2 … WB-6, WB-10)."""

from playwright.sync_api import Page, expect

from tests.backoffice.browser import picture
from tests.backoffice.office import Office


def total(page: Page, amount: str) -> None:
    expect(page.locator("#total")).to_have_text(amount)


def add_item(page: Page, search: str, title: str, options: str = "", quantity: str = "") -> None:
    page.get_by_role("link", name="+ Add Item").click()
    page.get_by_label("Product or SKU").fill(search)
    page.locator("#product-matches").get_by_role("link", name=title).click()
    dialog = page.get_by_role("dialog")
    if options:
        choice = dialog.get_by_role("combobox")
        text = choice.locator("option", has_text=options).text_content()
        choice.select_option(label=text)
    if quantity:
        dialog.get_by_label("Quantity").fill(quantity)
    dialog.get_by_role("button", name="Add to order").click()
    expect(dialog).to_be_hidden()


def test_from_a_new_contact_to_the_order(  # noqa: PLR0915  (one story, told in one go)
    page: Page, served: Office
) -> None:
    """One order with everything in it (WB-2, WB-3, WB-4, WB-5, WB-6, WB-10, OE-16, OE-20).

    2 boards of 199.00 less 10 % and a shirt of 19.00 are 377.20; boots of 119.00 at half price come
    and go; 5 % of 377.20 is 18.86. Shipping is 9.90, made free, and 24.00 by air mail to Canada.
    """
    page.get_by_role("button", name="New", exact=True).click()
    page.locator("#menu-new").get_by_role("link", name="Add Cart Order").click()

    # A contact who is not there yet
    page.get_by_label("Name").fill("Vera")
    expect(page.locator("#contact-matches")).to_contain_text("Nobody found.")
    page.get_by_role("link", name="New contact “Vera”…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Name", exact=True)).to_have_value("Vera")
    dialog.get_by_label("Name", exact=True).fill("Vera Novák")
    dialog.get_by_label("Email").fill("vera@example.com")
    dialog.get_by_role("button", name="Create contact").click()
    expect(page.locator("#page")).to_contain_text("Vera Novák has no address")
    expect(page.get_by_role("button", name="Items", exact=True)).to_be_disabled()

    # Her address, there and then
    page.get_by_role("link", name="Add address…").click()
    dialog.get_by_label("Street and number").fill("12 Oak Avenue")
    dialog.get_by_label("City").fill("Denver")
    dialog.get_by_label("State or region").fill("CO")
    dialog.get_by_label("Postal code").fill("80202")
    dialog.get_by_role("button", name="Add address").click()
    expect(page.get_by_role("heading", name="Items", exact=True)).to_be_visible()
    expect(page.locator(".draft-head")).to_contain_text("12 Oak Avenue, Denver CO 80202")

    # Two items with options
    add_item(page, "draft", "Arbor Draft", "151cm / Normal", "2")
    total(page, "398.00")
    add_item(page, "shirt", "Shopify Shirt", "black / large")
    total(page, "417.00")

    # An item code, and a product promotion with an option, which is removed again
    page.get_by_label("Promo code").fill("board10")
    page.get_by_role("button", name="Apply").click()
    total(page, "377.20")
    expect(page.get_by_label("Promo code")).to_have_value("")
    page.get_by_role("link", name="Product promotions…").click()
    boots = dialog.locator("li", has_text="Boots at half price")
    boots.get_by_role("combobox").select_option(label="black / 42")
    boots.get_by_role("button", name="Add").click()
    total(page, "436.70")
    tied = page.locator("tr.tied")
    expect(tied).to_contain_text("from Boots at half price with a board")
    picture(page, "items")
    tied.get_by_role("button", name="Actions").click()
    tied.get_by_role("button", name="Remove the promotion and its items").click()
    expect(tied).to_have_count(0)
    total(page, "377.20")
    page.get_by_role("button", name="Save and go on to shipping").click()

    # Two addresses, one line split over both, a gift, a speed for each
    expect(page.get_by_role("radio", name="12 Oak Avenue")).to_be_checked()
    page.get_by_label("Ship items to multiple addresses").check()
    page.get_by_role("link", name="New address…").click()
    dialog.get_by_label("Recipient").fill("Bob Lee")
    dialog.get_by_label("Street and number").fill("99 Rue Sainte-Catherine")
    dialog.get_by_label("City").fill("Montréal")
    dialog.get_by_label("Country").select_option("CA")
    dialog.get_by_role("button", name="Use this address").click()
    expect(dialog).to_be_hidden()
    boards = page.get_by_role("group", name="2 × Arbor Draft")
    boards.get_by_label("12 Oak Avenue").fill("1")
    boards.get_by_label("Bob Lee").fill("1")
    boards.get_by_role("button", name="Assign").click()
    bobs = page.get_by_role("region", name="Bob Lee")
    expect(bobs).to_contain_text("1 × Arbor Draft")
    bobs.get_by_label("Gift").check()
    bobs.get_by_label("Message").fill("Happy birthday, Bob!")
    bobs.get_by_label("Message").press("Enter")
    bobs.get_by_role("radio", name="Air mail").check()
    total(page, "401.20")
    page.get_by_role("region", name="12 Oak Avenue").get_by_role("radio", name="Standard").check()
    total(page, "411.10")
    expect(bobs.get_by_label("Message")).to_have_value("Happy birthday, Bob!")
    picture(page, "shipping")
    page.get_by_role("button", name="Save and go on to review").click()

    # Review: order discount, free shipping, and why
    code = page.get_by_label("Order discount or free shipping code")
    code.fill("WELCOME5")
    page.get_by_role("button", name="Apply").click()
    total(page, "392.24")
    code.fill("shipfree")
    code.press("Enter")
    total(page, "382.34")
    page.locator("summary", has_text="Welcome: 5% off the order").click()
    trace = page.locator(".trace:visible")
    expect(trace).to_contain_text("5 % of 377.20 USD = 18.86 USD")
    expect(page.locator("#page")).to_contain_text("Happy birthday, Bob!")
    picture(page, "review")
    page.get_by_role("button", name="Place order").click()

    # The order, its history, the list, and the order again
    expect(page.get_by_role("heading", name="Cart Order Details 1001 processing")).to_be_visible()
    expect(page.get_by_role("region", name="Status history")).to_contain_text("sam placed")
    total(page, "382.34")
    picture(page, "order")
    page.get_by_role("button", name="Ecommerce").click()
    page.get_by_role("link", name="Orders", exact=True).click()
    row = page.get_by_role("row", name="1001")
    expect(row).to_contain_text("Vera Novák processing 382.34 USD")
    row.get_by_role("link", name="View order 1001").click()
    expect(page.get_by_role("heading", name="Cart Order Details 1001")).to_be_visible()

    # Sent, one shipment after the other
    page.on("dialog", lambda asked: asked.accept())
    for note in ("DHL 1", "CP 2"):
        form = page.locator("form", has=page.get_by_role("button", name="Mark as shipped")).first
        form.get_by_label("Tracking number").fill(note)
        form.get_by_role("button").click()
        expect(page.get_by_role("region", name="Status history")).to_contain_text(note)
    expect(page.get_by_role("heading", name="Cart Order Details 1001 complete")).to_be_visible()

    order = served.desk.order("1001")
    assert ["382.34", "sam"] == [str(order.total.amount), order.placed_by]
    assert "vera@example.com" == order.contact.email
