"""The page on stock: its functions count what is in an order, as they stand there (HA-7)."""

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from moneyed import Money
from sqlalchemy import text

from cartcore import (
    Address,
    OrderDesk,
    OrderHooks,
    OrderStatus,
    Problem,
    Product,
    Promotion,
    Step,
    Store,
    Variant,
)
from cartcore.adapters.sqlite import SQLiteStorage
from cartcore.entry.staff_prices import StaffPrices
from cartcore.errors import DraftHasProblems
from cartcore.rules import Selection, TiedItem
from cartcore.rules.builtin import AddProduct, FlatRate

PAGE = (Path(__file__).parents[2] / "docs" / "stock-and-payment.md").read_text(encoding="utf-8")
NEEDED = {
    "DraftHasProblems": DraftHasProblems,
    "OrderStatus": OrderStatus,
    "Problem": Problem,
    "Step": Step,
    "text": text,
}


@pytest.fixture
def shop(tmp_path: Path) -> Any:
    """A shop with five mugs and three pens, that gives away a pen with each mug."""
    storage = SQLiteStorage(tmp_path / "shop.sqlite")
    told: dict[str, Any] = {**NEEDED, "storage": storage}
    for name in ("reserve", "put_back", "out_of_stock"):
        [block] = re.findall(rf"^```python\n(def {name}\(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
        exec(block, told)  # noqa: S102  (the code of the page)
    with storage.write() as work:
        for sku, price in (("MUG", "9.99"), ("PEN", "2.00")):
            variant = Variant(sku=sku, price=Money(price, "USD"))
            work.products.add(Product(id=sku.lower(), title=sku.title(), variants=(variant,)))
        pens = AddProduct(
            items=(TiedItem(key="pen", product_id="pen"),), per_unit_of=Selection(products=("mug",))
        )
        work.promotions.add(Promotion(id="pens", name="A pen with each mug", effect=pens))
        work.connection.execute(text("CREATE TABLE stock (sku TEXT PRIMARY KEY, pieces INTEGER)"))
        work.connection.execute(text("INSERT INTO stock VALUES ('MUG', 5), ('PEN', 3)"))
        work.commit()
    post = FlatRate(code="post", name="Post", price=Money("4.90", "USD"))
    store = Store(currency="USD", speeds=(post,), staff_prices=StaffPrices(custom_items=True))
    hooks = OrderHooks(
        placed=(told["reserve"],), changed=(told["put_back"],), problems=(told["out_of_stock"],)
    )
    yield SimpleNamespace(storage=storage, desk=OrderDesk(storage, store, hooks=hooks), told=told)
    storage.close()


def entered(shop: Any, **units: int) -> Any:
    """The view of an order with so many mugs and pens, a custom item and a fee."""
    with shop.desk.begin(actor="sam") as edit:
        home = Address(line1="1 Main Street", city="Denver", country="US")
        edit.create_contact("Ann Lee", address=home)
        for sku, quantity in units.items():
            edit.add_sku(sku, quantity=quantity)
        edit.add_custom_item("Engraving", Money("3.00", "USD"), actor="sam")
        edit.add_fee("Rush", Money("5.00", "USD"), actor="sam")
        edit.save_items()
        edit.choose_speed("s1", "post")
        edit.go_to("review")
    return shop.desk.view(edit.draft.id)


def pieces(shop: Any) -> dict[str, int]:
    """What is in stock."""
    with shop.storage.read() as work:
        return dict(work.connection.execute(text("SELECT sku, pieces FROM stock")).all())


def test_units_are_added_up_by_sku(shop: Any) -> None:
    """A gift beside what was bought counts; a custom item and a fee have no SKU (HA-7, HA-18)."""
    quote = entered(shop, MUG=2, PEN=1).quote

    assert ["MUG", "PEN", "", "", "PEN"] == [line.sku for line in quote.lines]
    assert {"MUG": 2, "PEN": 3} == quote.units_by_sku()


def test_fees_and_custom_items_need_no_stock(shop: Any) -> None:
    """An order with both is placed, and what it has of the catalogue is taken (HA-5, HA-18)."""
    view = entered(shop, MUG=2, PEN=1)
    assert () == view.problems
    shop.desk.place(view.draft.id, seen=view.quote, actor="sam")

    assert {"MUG": 3, "PEN": 0} == pieces(shop)


def test_what_is_missing_is_told_of_all_lines_together(shop: Any) -> None:
    """Three pens are enough for two mugs or for two pens, and not for both (HA-7)."""
    view = entered(shop, MUG=2, PEN=2)

    assert ["Pen: 4 ordered, 3 in stock"] == [problem.message for problem in view.problems]
    with pytest.raises(DraftHasProblems):
        shop.desk.place(view.draft.id, seen=view.quote, actor="sam")
    assert {"MUG": 5, "PEN": 3} == pieces(shop)


def test_a_refusal_is_a_sentence_for_staff(shop: Any) -> None:
    """Without the check the function that takes the goods refuses, and takes nothing (HA-5)."""
    hooks = OrderHooks(placed=(shop.told["reserve"],))
    shop.desk = OrderDesk(shop.storage, shop.desk.store, hooks=hooks)
    view = entered(shop, MUG=2, PEN=2)
    with pytest.raises(DraftHasProblems) as caught:
        shop.desk.place(view.draft.id, seen=view.quote, actor="sam")

    told = "the order cannot be placed: 4 × PEN cannot be taken from the stock"
    assert told == str(caught.value)
    assert {"MUG": 5, "PEN": 3} == pieces(shop)


def test_a_cancelled_order_gives_back_once(shop: Any) -> None:
    """Notes give nothing back; the cancellation gives all of it, gifts too (HA-5)."""
    view = entered(shop, MUG=2, PEN=1)
    order = shop.desk.place(view.draft.id, seen=view.quote, actor="sam")
    shop.desk.add_note(order.number, "call first", actor="sam")
    assert {"MUG": 3, "PEN": 0} == pieces(shop)
    cancelled = shop.desk.cancel(order.number, actor="sam")
    shop.desk.add_note(order.number, "was a mistake", actor="sam")

    assert OrderStatus.CANCELLED is cancelled.status
    assert {"MUG": 5, "PEN": 3} == pieces(shop)


def test_a_discontinued_sku_is_out_of_stock(shop: Any) -> None:
    """A SKU that the stock does not know is told as one of which there is nothing (HA-7)."""
    with shop.storage.write() as work:
        work.connection.execute(text("DELETE FROM stock WHERE sku = 'PEN'"))
        work.commit()
    [problem] = entered(shop, PEN=1).problems

    assert ("Pen: 1 ordered, 0 in stock", True) == (problem.message, problem.blocking)
