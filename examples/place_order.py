"""Take an order from contact to placed, on an SQLite file and a real catalogue.

    python examples/place_order.py              place an order
    python examples/place_order.py show 1001    look at an order again
    python examples/place_order.py list         list all orders

The file is cartcore-demo.sqlite in the current folder; each run adds an order to it.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shop import ANN, CATALOG, JOSE, PROMOTIONS, STORE

from cartcore import Address, OrderDesk
from cartcore.adapters.shopify import read_products
from cartcore.adapters.sqlite import SQLiteStorage
from cartcore.errors import CartcoreError, OptionsRequired
from cartcore.receipt import order_details, review_receipt
from cartcore.rules import load_rulebook
from cartcore.values.money import show

FILE = Path("cartcore-demo.sqlite")


def fill(storage: SQLiteStorage) -> None:
    """Load catalogue, contacts and promotions into a file without products."""
    with storage.read() as work:
        if work.products.search(limit=1).items:
            return
    catalog = read_products(CATALOG, currency=STORE.currency)
    with storage.write() as work:
        for product in catalog.products:
            work.products.add(product)
        for contact in (ANN, JOSE):
            work.contacts.add(contact)
        for promotion in PROMOTIONS:
            work.promotions.add(promotion)
        work.commit()
    variants = sum(len(product.variants) for product in catalog.products)
    print(f"Loaded {len(catalog.products)} products with {variants} variants into {FILE}.\n")


def take_order(desk: OrderDesk) -> str:
    """Enter an order as staff would, step by step, and return its number."""
    draft_id = desk.start(actor="sam").id

    # Contact: typing a part of the name finds it.
    found = desk.find_contacts("le").items[0]
    with desk.edit(draft_id) as edit:
        edit.choose_contact(found.id)

    # Items: two boards and a shirt, then a promo code for boards.
    with desk.edit(draft_id) as edit:
        board = edit.add_item("arbor-draft", {"Length": "151cm", "Style": "Normal"}, quantity=2)
        edit.add_item("shopify-shirt", {"Color": "black", "Size": "large"})
        edit.enter_code("board10")

    # A product promotion, picked from those that this cart can have. It says what is to be chosen.
    (boots,) = desk.available_promotions(draft_id)
    with desk.edit(draft_id) as edit:
        try:
            edit.pick_promotion(boots.promotion.id)
        except OptionsRequired as error:
            print(f"{boots.promotion.name}: {error}\n")
        edit.pick_promotion(boots.promotion.id, {"boots": {"Color": "black", "Shoe Size": "42"}})
        edit.save_items()

    # Shipping: one of the boards is a gift for somebody else.
    bob = Address(
        name="Bob Lee",
        line1="99 Rue Sainte-Catherine",
        city="Montréal",
        region="QC",
        postal_code="H2X 1K4",
        country="CA",
    )
    with desk.edit(draft_id) as edit:
        edit.use_multiple_addresses()
        home = edit.draft.shipments[0].id
        away = edit.add_shipment(bob)
        edit.assign(board, {home: 1, away: 1})
        edit.mark_gift(board, "Happy birthday, Bob! See you on the slopes.", shipment_id=away)
        edit.choose_speed(home, "standard")
        edit.choose_speed(away, "air")
        edit.go_to("review")

    # Before a change is made, its effect can be asked for: nothing is stored here.
    before = desk.view(draft_id).quote.total
    with desk.preview(draft_id) as trial:
        trial.choose_speed(home, "express")
        print(f"Express to Denver would change {show(before)} to {show(trial.quote.total)}.\n")

    # Review: codes for the order and for shipping, then the whole picture.
    with desk.edit(draft_id) as edit:
        edit.enter_code("WELCOME5")
        edit.enter_code("SHIPFREE")
    review = desk.view(draft_id)
    print(review_receipt(review), end="\n\n")

    # Placing names the quote that was seen: had the price changed since, this would say how.
    return desk.place(draft_id, seen=review.quote, actor="sam").number


def place_order() -> None:
    """Place an order and show it."""
    with SQLiteStorage(FILE, rulebook=load_rulebook()) as storage:
        fill(storage)
        desk = OrderDesk(storage, STORE)
        number = take_order(desk)
        print(order_details(desk.order(number)), end="\n\n")
    print(f"The order is in {FILE.resolve()}. To look again:")
    print(f"    {Path(sys.executable)} {sys.argv[0]} show {number}")


@contextmanager
def placed_orders() -> Iterator[OrderDesk]:
    """Open the file to look at what is in it."""
    if not FILE.exists():
        sys.exit(f"there is no {FILE} in this folder: place an order first")
    with SQLiteStorage(FILE, rulebook=load_rulebook()) as storage:
        yield OrderDesk(storage, STORE)


def main(arguments: list[str]) -> None:
    """Place an order, show one, or list all."""
    match arguments:
        case []:
            place_order()
        case ["show", number]:
            with placed_orders() as desk:
                print(order_details(desk.order(number)))
        case ["list"]:
            with placed_orders() as desk:
                for order in desk.orders().items:
                    when = f"{order.placed_at:%Y-%m-%d %H:%M}"
                    print(f"{order.number}  {when}  {order.contact.name}  {show(order.total)}")
        case ["-h" | "--help"]:
            print(__doc__)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except CartcoreError as error:
        sys.exit(f"place_order.py: {error}")
