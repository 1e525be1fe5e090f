"""Placed orders are priced again as they were, whatever became of the shop since."""

import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

import attrs
import pytest

from cartcore.adapters.memory import MemoryStorage
from cartcore.adapters.sqlite import SQLiteStorage
from cartcore.desk import OrderDesk
from cartcore.documents.exchange import contents, export_lines, import_lines
from cartcore.documents.serializer import Serializer
from cartcore.errors import CannotReprice, TaxUndetermined
from cartcore.orders.filters import OrderFilter
from cartcore.orders.order import Order
from cartcore.pricing.policy import CrossBorder, PricingPolicy, Stacking, TaxPolicy
from cartcore.promotions.promotion import Limits
from cartcore.promotions.rulebook import Rulebook
from cartcore.rules import PartTax, Selection, TaxedBy, TaxRate, TaxRequest, load_rulebook
from cartcore.rules.builtin import ContactTag, NthOrder, PercentOff
from cartcore.shop.address import Place
from cartcore.testing.records import NOON, a_promotion
from tests.support.carts import promotion, usd
from tests.support.shop import BOULDER, PROMOTIONS, Shop

SERIALIZER = Serializer(load_rulebook())
FORMAT_4 = Path(__file__).parents[1] / "fixtures" / "format_4" / "orders.jsonl"


@attrs.frozen
class ByCountry:
    """10 percent in the USA and 19 in Germany, none on cards; shipping as the goods."""

    type_name: ClassVar[str] = "test.by_country"

    def taxes(self, request: TaxRequest) -> Sequence[tuple[str, PartTax]]:
        return [self._answer(part.id, part) for part in request.parts]

    def _answer(self, name: str, part: object) -> tuple[str, PartTax]:
        if part.line is None:  # type: ignore[attr-defined]
            return (name, PartTax(by=TaxedBy.GOODS))
        if part.sku == "CARD":  # type: ignore[attr-defined]
            return (name, PartTax(exempt="a voucher"))
        percent = 19 if part.place.country == "DE" else 10  # type: ignore[attr-defined]
        return (name, PartTax((TaxRate(name="Tax", percent=percent),)))


def rich_order(shop: Shop) -> Order:
    """An order with all that its price can depend on, in two shipments."""
    shop.promote("clothing", "mugs", "vip", "cap", "pin", "five", "free-post")
    with shop.storage.write() as work:
        work.promotions.add(
            promotion(
                PercentOff(percent=5, target=Selection(categories=("Kitchen",))),
                "few",
                limits=Limits(total=2, per_contact=2),
                conditions=(NthOrder(n=1), ContactTag(tags=("vip",))),
            )
        )
        work.commit()
    draft_id = shop.shipping({"SH-BK-L": 2, "MUG": 3, "CARD": 1})
    with shop.edit(draft_id) as edit:
        edit.go_to("items")
        edit.enter_code("WEAR10")
        edit.pick_promotion("vip")
        edit.pick_promotion("cap", {"cap": {"Color": "Blue"}})
        edit.discount_line("l2", percent=10, reason="scratched", actor="kim")
        edit.save_items()
        edit.use_multiple_addresses()
        other = edit.add_shipment(BOULDER)
        edit.assign("l1", {"s1": 1, other: 1})
        edit.choose_speed("s1", "post")
        edit.choose_speed(other, "express")
        edit.go_to("review")
        edit.enter_code("SHIPFREE")
        edit.enter_code("FIVE")
    return shop.placed(draft_id)


def change_everything(shop: Shop) -> None:
    """Categories, prices, promotions and contact become others, and time goes by."""
    shop.change_product("shirt", categories=("Sale",), title="Old shirt")
    shop.change_product("mug", categories=(), tags=("new",), discountable=False)
    shop.change_product("cap", published=False, title="No cap")
    shop.change_variant("MUG", price=usd("99.00"))
    for each in ("clothing", "mugs", "pin", "few"):
        shop.change_promotion(each, enabled=False, effect=PercentOff(percent=90))
    shop.change_promotion("five", ends_at=NOON - timedelta(days=1), name="Gone")
    shop.change_contact("ann", tags=(), name="Somebody else")
    shop.clock.forward(days=700)


@pytest.mark.parametrize("taxed", [False, True])
def test_an_order_is_priced_again_as_it_was(shop: Shop, *, taxed: bool) -> None:
    """After categories, promotions and contact changed, to the cent and to the word (SC-11)."""
    if taxed:
        policy = PricingPolicy(
            stacking=Stacking.BEST_PER_LINE,
            tax=TaxPolicy(cross_border=CrossBorder.NET_KEPT, included_at=Place(country="DE")),
        )
        shop.desk = shop.desk_with(tax=ByCountry(), policy=policy, prices_include_tax=True)
    order = rich_order(shop)
    change_everything(shop)
    desk = shop.desk_with(tax=None, policy=PricingPolicy(), channel="other", timezone="Asia/Tokyo")

    found = desk.reprice(order.number)

    assert any(decision.applied for decision in order.quote.decisions)
    assert bool(order.quote.totals.tax) is taxed
    assert order.quote == found.quote
    assert order == desk.order(order.number)
    assert () == found.differences
    assert found.priced_by == found.priced_again_by


def test_under_other_promotions(shop: Shop) -> None:
    """What it would have come to: nothing off but half of the clothing of then (SC-11)."""
    order = rich_order(shop)
    change_everything(shop)
    half = PercentOff(percent=50, target=Selection(categories=("Clothing",)))

    found = shop.desk.reprice(order.number, promotions=[promotion(half, "half")])

    # Of 2 × 22.00, 3 × 7.50 and 25.00 half of the first, and the manual 10 % of the mugs.
    assert usd("24.25") == found.quote.totals.discounts
    assert found.differences
    assert found.agreed == order.quote


def test_other_promotions_that_add_goods_need_a_tax(shop: Shop) -> None:
    """Nobody asked then for the tax on goods that only other promotions add (SC-11, TX-9)."""
    shop.desk = shop.desk_with(tax=ByCountry())
    shop.promote("mugs", "pin")
    order = shop.placed(shop.reviewed({"MUG": 2}))
    others = [attrs.evolve(PROMOTIONS["pin"], conditions=(), id="another")]

    with pytest.raises(TaxUndetermined, match="the answer that was kept"):
        shop.desk.reprice(order.number, promotions=others)


def test_orders_of_older_formats_say_that_they_cannot() -> None:
    """An order of format 4 is read as before, and is not priced again by guessing (SC-11, ST-4)."""
    shop = Shop(MemoryStorage())
    order = SERIALIZER.loads(FORMAT_4.read_text("utf-8"), Order)
    with shop.storage.write() as work:
        work.orders.restore([order])
        work.commit()

    with pytest.raises(CannotReprice, match="order 1001 cannot be priced again without what it"):
        shop.desk.reprice("1001")
    (found,) = shop.desk.carts()
    assert not found.complete
    assert ["SH-BK-L", "MUG", "CARD"] == [line.sku for line in found.cart.lines]
    assert order.quote.at == found.placed_at


def test_missing_promotions_are_named(shop: Shop, tmp_path: Path) -> None:
    """In a storage that has the order and not its promotions, reprice says which (SC-11)."""
    order = rich_order(shop)
    with SQLiteStorage(tmp_path / "other.db") as other:
        with other.write() as work:
            work.orders.restore([order])
            work.commit()
        moved = OrderDesk(other, shop.desk.store)
        with pytest.raises(CannotReprice) as caught:
            moved.reprice(order.number)

    assert "the promotion 'mugs' in its version 1" in caught.value.missing


def test_a_missing_plugin_is_named(tmp_path: Path) -> None:
    """A promotion that no plugin reads any more did apply: the order cannot be priced (SC-11)."""
    with SQLiteStorage(tmp_path / "shop.db") as storage:
        shop = Shop(storage)
        order = rich_order(shop)
    with SQLiteStorage(tmp_path / "shop.db", rulebook=Rulebook()) as storage:
        desk = OrderDesk(storage, shop.desk.store)
        with pytest.raises(CannotReprice, match="a plugin that reads the type") as caught:
            desk.reprice(order.number)

    assert "a plugin that reads the type 'cartcore.amount_off'" in caught.value.missing


def test_carts_of_orders(shop: Shop) -> None:
    """The carts that were ordered, oldest first, without what promotions added (SC-2, SC-11)."""
    first = rich_order(shop)
    shop.clock.forward(minutes=1)
    second = shop.placed(shop.reviewed({"PIN": 1}, contact_id="zoe"))

    found = list(shop.desk.carts())

    assert [first.number, second.number] == [each.cart.reference for each in found]
    assert all(each.complete for each in found)
    assert ["SH-BK-L", "MUG", "CARD"] == [line.sku for line in found[0].cart.lines]
    assert ("Clothing/Shirts",) == found[0].cart.lines[0].categories
    assert {"l1", "l2"} == {i for each in found[0].cart.shipments for i, _ in each.lines}
    assert [second.number] == [
        each.cart.reference for each in shop.desk.carts(OrderFilter(contact_id="zoe"))
    ]


def test_a_version_of_a_promotion_is_kept_once(shop: Shop) -> None:
    """Ten orders under two versions of a promotion keep two documents of it (SC-11)."""
    shop.promote("mugs")
    for turn in range(4):
        shop.placed(shop.reviewed({"MUG": 1}))
        if turn == 1:
            shop.change_promotion("mugs", name="Mugs")
    with shop.storage.read() as work:
        kept = work.orders.list_kept_promotions()

    assert [("mugs", 1), ("mugs", 2)] == [(each.id, each.version) for each in kept.items]
    assert ["1.00 off each mug", "Mugs"] == [each.name for each in kept.items]


def test_an_export_has_the_promotions_of_orders(shop: Shop) -> None:
    """Moved to another storage, an order is priced again there (SC-11, ST-12)."""
    order = rich_order(shop)
    change_everything(shop)
    lines = list(export_lines(shop.storage, SERIALIZER))
    moved = MemoryStorage()
    import_lines(moved, lines, SERIALIZER)

    assert contents(shop.storage, SERIALIZER) == contents(moved, SERIALIZER)
    assert order.quote == OrderDesk(moved, shop.desk.store).reprice(order.number).quote


def test_what_is_kept_is_short() -> None:
    """Less than a third of the order, defaults left out, and no document of a promotion (SC-11)."""
    shop = Shop(MemoryStorage())
    order = rich_order(shop)
    whole = SERIALIZER.dump(order)
    kept = json.dumps(whole["priced_from"])

    assert len(kept) < len(json.dumps(whole)) / 3
    assert a_promotion("x").name not in kept
    assert "percent_of_original" not in kept
