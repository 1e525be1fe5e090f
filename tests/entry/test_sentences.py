"""What order entry says: plurals that are right, and names in place of ids."""

import re
from collections.abc import Iterator

import pytest

from cartcore.entry import problems, sentences
from cartcore.receipt import order_details, review_receipt
from tests.support.shop import BERLIN, BOULDER, Shop, usd

IDS = re.compile(r"\b(l\d+|s\d+|by-hand-\d+|free-post)\b")
"""The ids of lines, shipments, discounts and promotions in the shop of the tests."""


@pytest.mark.parametrize(
    ("units", "message"),
    [
        (1, "1 × Mug has no address yet: assign it to a shipment"),
        (2, "2 × Mug have no address yet: assign them to a shipment"),
    ],
)
def test_units_without_address(units: int, message: str) -> None:
    """One unit has no address, two have none (OE-23)."""
    assert message == sentences.units_without_address(units, "Mug")


def crowded(shop: Shop) -> str:
    """A draft with something of everything, and much to say about it."""
    shop.promote("clothing", "cap", "five", "free-post")
    draft_id = shop.with_items({"SH-BK-L": 2, "MUG": 3})
    with shop.edit(draft_id) as edit:
        edit.enter_code("wear10")
        edit.discount_line("l2", amount=usd("1.00"), reason="Scratched", actor="sam")
        edit.pick_promotion("cap", {"cap": {"Color": "Blue"}})
        edit.save_items()
        edit.use_multiple_addresses()
        away = edit.add_shipment(BERLIN)
        edit.assign("l1", {"s1": 1, away: 1})
        edit.mark_gift("l1", shipment_id=away)
        edit.choose_speed("s1", "post")
        edit.choose_speed(away, "air")
        edit.go_to("review")
        edit.enter_code("FIVE")
        edit.enter_code("SHIPFREE")
    return draft_id


def said(shop: Shop) -> Iterator[str]:
    """All that is said of the crowded draft while it is changed, and of the order in the end."""
    draft_id = crowded(shop)
    first = shop.view(draft_id)
    yield review_receipt(first)
    with shop.edit(draft_id) as edit:
        edit.discount_order(price=usd("10.00"), reason="Agreed", actor="sam")
        edit.set_quantity("l1", 1)
        yield from map(str, edit.view.cleared)
        edit.remove_line("l2")
        yield from map(str, edit.view.cleared)
    yield from first.differences(shop.view(draft_id))
    with shop.edit(draft_id) as edit:
        edit.go_to("shipping")
        edit.ship_to(BOULDER)
        yield from map(str, edit.view.cleared)
        yield from map(str, edit.view.problems)
        edit.choose_contact("zoe")
        yield from map(str, edit.view.cleared)


def test_people_read_names(shop: Shop) -> None:
    """Nothing that people read has the id of a line, a shipment, a discount or a promotion."""
    told = [*said(shop)]

    assert len(told) > 10
    assert [] == [found for text in told for found in IDS.findall(text)]


def test_a_placed_order_has_no_ids_either(shop: Shop) -> None:
    """The details of an order with its history name what it is about (OE-20)."""
    draft_id = shop.with_items({"SH-BK-L": 2, "MUG": 3})
    with shop.edit(draft_id) as edit:
        edit.discount_line("l2", amount=usd("1.00"), reason="Scratched", actor="sam")
        edit.save_items()
        edit.choose_speed("s1", "post")
        edit.go_to("review")
    order = shop.placed(draft_id)
    shipped = shop.desk.mark_shipped(order.number, "s1", actor="sam", tracking="AB 12")

    assert not IDS.search(order_details(shipped))


def test_codes_of_problems_are_told_apart() -> None:
    """No two problems share a code: programs compare them (OE-23)."""
    codes = [
        value for name, value in vars(problems).items() if name.isupper() and isinstance(value, str)
    ]

    assert len(codes) == len({*codes})
