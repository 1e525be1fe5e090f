"""What a shop keeps of its own on what is ordered, from the draft to the order (HA-8)."""

import attrs

from cartcore.cart import CartLine
from cartcore.documents.serializer import Serializer
from cartcore.errors import InvalidField, NotFound
from cartcore.orders.draft import Step
from cartcore.shop.contact import Contact
from cartcore.values.attributes import Attributes
from tests.support.shop import MUG, Shop, refused, usd

ANN, BOB = {"engraving": "Ann"}, {"engraving": "Bob"}


def lines(shop: Shop, draft_id: str) -> list[tuple[str, int, dict[str, object]]]:
    return [(i.sku, i.quantity, dict(i.attributes)) for i in shop.quote(draft_id).lines]


def test_other_attributes_are_another_line(shop: Shop) -> None:
    """Two mugs with different engraving stay two lines; equal ones are one (HA-8, OE-4)."""
    draft_id = shop.started()
    with shop.edit(draft_id) as edit:
        plain = edit.add_item("mug")
        ann = edit.add_item("mug", attributes=ANN)
        bob = edit.add_sku("MUG", attributes=BOB, quantity=2)
        assert ann == edit.add_sku("MUG", attributes=ANN)
        assert plain == edit.add_sku("MUG")

    assert 3 == len({plain, ann, bob})
    assert [("MUG", 2, {}), ("MUG", 2, ANN), ("MUG", 2, BOB)] == lines(shop, draft_id)
    assert usd("45.00") == shop.total(draft_id)  # 6 × 7.50


def test_a_line_that_becomes_another_one(shop: Shop) -> None:
    """With the attributes of another line of its variant it is merged with that one (HA-8)."""
    draft_id = shop.started()
    with shop.edit(draft_id) as edit:
        ann = edit.add_item("mug", attributes=ANN)
        bob = edit.add_item("mug", attributes=BOB, quantity=3)
        edit.set_line_attributes(bob, {"engraving": "Eve"})
    assert [("MUG", 1, ANN), ("MUG", 3, {"engraving": "Eve"})] == lines(shop, draft_id)

    with shop.edit(draft_id) as edit:
        edit.set_line_attributes(bob, ANN)
    assert [("MUG", 4, ANN)] == lines(shop, draft_id)

    with shop.edit(draft_id) as edit:
        edit.set_line_attributes(ann, {})
    assert [("MUG", 4, {})] == lines(shop, draft_id)


def test_an_order_keeps_them(shop: Shop) -> None:
    """Those of the draft, its lines and shipments are those of the order, stored and read (HA-8).

    A copy of the order has the lines with their attributes again.
    """
    draft_id = shop.started()
    with shop.edit(draft_id) as edit:
        edit.add_item("mug", attributes=ANN)
        edit.set_attributes({"purchase_order": "PO-7", "urgent": True})
    with shop.edit(draft_id) as edit:
        edit.save_items()
        [shipment] = edit.draft.shipments
        edit.set_shipment_attributes(shipment.id, {"dock": 4})
        edit.choose_speed(shipment.id, "post")
        edit.go_to(Step.REVIEW)
    order = shop.placed(draft_id)
    kept = shop.desk.order(order.number)

    assert Attributes({"purchase_order": "PO-7", "urgent": True}) == kept.attributes
    assert [Attributes({"dock": 4})] == [each.attributes for each in kept.shipments]
    assert [Attributes(ANN)] == [line.attributes for line in kept.quote.lines]


def test_what_is_refused(shop: Shop) -> None:
    """Other values, tied lines and shipments that are not there; nothing changes (HA-8)."""
    draft_id = shop.started()
    with shop.edit(draft_id) as edit:
        line = edit.add_item("mug")
    with refused(shop, InvalidField), shop.edit(draft_id) as edit:
        edit.set_line_attributes(line, {"engraving": ["Ann"]})  # type: ignore[dict-item]
    with refused(shop, NotFound), shop.edit(draft_id) as edit:
        edit.set_shipment_attributes("s9", ANN)
    with refused(shop, NotFound), shop.edit(draft_id) as edit:
        edit.set_line_attributes("l9", ANN)


def test_documents_without_attributes_say_nothing_of_them() -> None:
    """Records without attributes are written as they were before there were any (ST-4)."""
    assert "attributes" not in Serializer().dump(Contact(id="c", name="C"))


def test_what_a_type_sees(shop: Shop) -> None:
    """A line has those of its product and variant, the variant's first, beside its own (HA-8)."""
    mug = attrs.evolve(
        MUG,
        tax_class="standard",
        attributes={"erp_id": "M", "glaze": "blue"},
        variants=tuple(attrs.evolve(v, attributes={"erp_id": "M-1"}) for v in MUG.variants),
    )
    line = CartLine.of(mug, mug.variants[0], 1, line_id="a", attributes=Attributes(ANN))

    assert Attributes({"erp_id": "M-1", "glaze": "blue"}) == line.product_attributes
    assert (Attributes(ANN), "standard") == (line.attributes, line.tax_class)
    reduced = attrs.evolve(mug.variants[0], tax_class="reduced")
    assert "reduced" == CartLine.of(mug, reduced, 1, line_id="a").tax_class
