"""The reference that another system knows an order by, from the draft to the order (HA-8)."""

import pytest

from cartcore.errors import AlreadyExists, Conflict, InvalidText, NotFound
from cartcore.orders.draft import Step
from cartcore.orders.filters import OrderFilter
from tests.support.shop import Shop, refused


def ready(shop: Shop, reference: str) -> str:
    """A draft with a mug that can be placed."""
    draft_id = shop.started()
    with shop.edit(draft_id) as edit:
        edit.add_item("mug")
        edit.set_reference(reference)
        edit.save_items()
        [shipment] = edit.draft.shipments
        edit.choose_speed(shipment.id, "post")
        edit.go_to(Step.REVIEW)
    return draft_id


def test_an_order_keeps_it(shop: Shop) -> None:
    """The reference of a draft is that of the order, which is found by it and lists it (HA-8)."""
    order = shop.placed(ready(shop, "  ERP-7 "))

    assert "ERP-7" == order.reference
    assert order == shop.desk.order_by_reference("ERP-7")
    [listed] = shop.desk.orders(OrderFilter(reference="erp")).items
    assert ("ERP-7", order.number) == (listed.reference, listed.number)
    with pytest.raises(NotFound):
        shop.desk.order_by_reference("erp-7")


def test_one_that_is_taken(shop: Shop) -> None:
    """A reference of a placed order is refused at once, or else when the draft is placed (HA-8)."""
    first, second = ready(shop, "ERP-7"), ready(shop, "ERP-7")
    placed = shop.placed(first)

    with pytest.raises(AlreadyExists) as caught:
        shop.placed(second)
    assert ("order", "reference", "ERP-7") == (
        caught.value.kind,
        caught.value.field,
        caught.value.value,
    )
    assert [placed.number] == [order.number for order in shop.desk.orders().items]
    with refused(shop, AlreadyExists), shop.edit(second) as edit:
        edit.set_reference("ERP-7")

    with shop.edit(second) as edit:
        edit.set_reference("")
    assert "" == shop.placed(second).reference


def test_it_is_given_later(shop: Shop) -> None:
    """A placed order gets a reference, another one, and none; its history tells each (HA-8)."""
    order = shop.placed(ready(shop, ""))
    other = shop.placed(ready(shop, "ERP-8"))
    changed = shop.desk.set_reference(order.number, "ERP-7", actor="erp", version=order.version)

    assert changed == shop.desk.order_by_reference("ERP-7")
    assert ("reference ERP-7", "erp") == (changed.history[-1].note, changed.history[-1].actor)
    with pytest.raises(AlreadyExists):
        shop.desk.set_reference(order.number, "ERP-8", actor="erp")
    with pytest.raises(Conflict):
        shop.desk.set_reference(order.number, "ERP-9", actor="erp", version=order.version)
    assert changed == shop.desk.order(order.number)
    shop.desk.set_reference(other.number, "", actor="erp")
    moved = shop.desk.set_reference(order.number, "ERP-8", actor="erp")
    assert moved.reference == shop.desk.order_by_reference("ERP-8").reference
    assert "reference removed" == shop.desk.order(other.number).history[-1].note


def test_a_copy_has_none(shop: Shop) -> None:
    """A reference belongs to one order: a duplicate begins without (HA-8)."""
    order = shop.placed(ready(shop, "ERP-7"))

    assert "" == shop.desk.duplicate(order.number, actor="sam").reference


@pytest.mark.parametrize("wrong", ["x" * 101, "a\x00b", "\ud800", None, 7])
def test_what_is_refused(shop: Shop, wrong: str) -> None:
    """Long references, and texts that nothing can store, are refused; nothing changes (HA-8)."""
    draft_id = ready(shop, "ERP-7")
    with refused(shop, InvalidText), shop.edit(draft_id) as edit:
        edit.set_reference(wrong)
    order = shop.placed(draft_id)
    with pytest.raises(InvalidText):
        shop.desk.set_reference(order.number, wrong, actor="erp")
    assert "ERP-7" == shop.desk.order(order.number).reference
