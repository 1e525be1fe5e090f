"""Products of a promotion whose options are chosen for each unit (OE-7)."""

import pytest

from cartcore.adapters.memory import MemoryStorage
from cartcore.errors import OptionsRequired
from cartcore.promotions.promotion import Promotion, Trigger
from cartcore.rules import TiedItem
from cartcore.rules.builtin import AddProduct
from cartcore.storage import Storage
from tests.support.shop import Shop


@pytest.fixture
def storage() -> Storage:
    return MemoryStorage()


def test_each_unit_has_options_of_its_own(shop: Shop) -> None:
    """Staff choose for each unit, change one of them alone, and place what they chose (OE-7)."""
    items = (TiedItem(key="cap", product_id="cap", quantity=3),)
    caps = Promotion(
        id="caps",
        name="Three caps",
        effect=AddProduct(items=items, separately=True),
        trigger=Trigger.CODE,
        codes=("CAPS",),
    )
    with shop.storage.write() as work:
        work.promotions.add(caps)
        work.commit()
    draft_id = shop.with_items({"MUG": 1})
    red, blue = {"Color": "Red"}, {"Color": "Blue"}
    with shop.edit(draft_id) as edit, pytest.raises(OptionsRequired) as required:
        edit.enter_code("CAPS")
    assert 3 == len(required.value.open)
    choices = {"cap": red, "cap#2": blue, "cap#3": red}
    with shop.edit(draft_id) as edit:
        edit.enter_code("CAPS", choices)
        edit.set_options("caps:cap#3", blue)
        edit.save_items()
        edit.choose_speed("s1", "post")
        edit.go_to("review")
    order = shop.placed(draft_id)

    assert [("CAP-RED", 1), ("CAP-BLUE", 1), ("CAP-BLUE", 1)] == [
        (line.sku, line.quantity) for line in order.quote.lines if line.tied_to
    ]
