"""A back office for tests, and the orders in it."""

import attrs
from argon2 import PasswordHasher
from backoffice.staff import Staff
from moneyed import Money
from starlette.applications import Starlette

from cartcore.desk import OrderDesk
from cartcore.shop.address import Address
from cartcore.shop.contact import Contact
from cartcore.shop.product import Product, Variant

PASSWORD = "correct horse battery"  # noqa: S105  (of a member of staff who does not exist)
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)  # for tests; else far slower


@attrs.frozen
class Office:
    """A back office: its application, its desk, its staff and, while it is served, its address."""

    app: Starlette
    desk: OrderDesk
    staff: Staff
    address: str = ""


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


def a_long_draft(office: Office) -> str:
    """An order of fifty lines, for somebody whose name is long and reads from the right."""
    name = "محمد بن عبد الله الأنصاري Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh"
    there = Address(name=name, line1="شارع الملك فهد ١٢", city="الرياض", country="SA")
    with office.desk.storage.write() as work:
        work.contacts.add(Contact(id="long", name=name, addresses=(there,)))
        for i in range(50):
            variant = Variant(sku=f"LONG-{i}-{'x' * 60}", price=Money(f"{i}.99", "USD"))
            title = f"A {'very ' * 20}long title {i}"
            work.products.add(Product(id=f"long{i}", title=title, variants=(variant,)))
        work.commit()
    draft_id = office.desk.start(actor="sam").id
    with office.desk.edit(draft_id) as edit:
        edit.choose_contact("long")
        for i in range(50):
            edit.add_item(f"long{i}", quantity=i + 1)
    return draft_id


def an_order(office: Office) -> str:
    draft_id = a_draft(office, step="review")
    seen = office.desk.view(draft_id).quote
    return office.desk.place(draft_id, seen=seen, actor="sam").number
