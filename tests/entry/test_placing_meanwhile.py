"""What others do while an order is placed: after its carriers were asked, before it is stored."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import ClassVar

import attrs
import pytest

from cartcore.errors import DraftHasProblems, DraftPlaced, NotFound, QuoteChanged, StaleDraft
from cartcore.orders.order import Order
from cartcore.pricing.quote import Quote
from cartcore.promotions.promotion import Limits, Promotion
from cartcore.rules import TiedItem
from cartcore.rules.builtin import AddProduct
from cartcore.shop.product import Product, Variant
from cartcore.shop.speeds import ShipmentRequest, ShippingSpeed
from tests.support.shop import NOON, POST, Shop, usd


@attrs.frozen
class SlowCarrier:
    """While it is asked, something else is done, once."""

    type_name: ClassVar[str] = "test.slow"

    waiting: list[Callable[[], object]] = attrs.field(factory=list)

    def speeds(self, request: ShipmentRequest) -> Sequence[ShippingSpeed]:
        while self.waiting:
            self.waiting.pop()()
        return POST.speeds(request)


def placed_while(shop: Shop, draft_id: str, other: Callable[[], object]) -> Order:
    """Place a draft at the price of now; what `other` does begins after that was looked up."""
    carrier = SlowCarrier()
    seen = shop.quote(draft_id)
    desk = shop.desk_with(speeds=(carrier,))
    carrier.waiting.append(other)

    order = desk.place(draft_id, seen=seen, actor="sam")

    assert [] == carrier.waiting
    return order


def add_product(shop: Shop, product: Product) -> None:
    with shop.storage.write() as work:
        work.products.add(product)
        work.commit()


def a_gift_of(shop: Shop, product_id: str) -> None:
    """Promise a product with every order, whether there is one or not."""
    effect = AddProduct(items=(TiedItem(key="gift", product_id=product_id),))
    with shop.storage.write() as work:
        work.promotions.add(Promotion(id="gift", name="A gift", effect=effect))
        work.commit()


@pytest.mark.parametrize(
    ("other", "difference"),
    [
        (
            lambda shop: shop.change_variant("MUG", price=usd("8.00")),
            "Mug costs 24.00 USD instead of 22.50 USD",
        ),
        (lambda shop: shop.promote("mugs"), "total is 24.40 USD instead of 27.40 USD"),
        (lambda shop: shop.change_promotion("pin", enabled=False), "1 × Pin is gone"),
        (lambda shop: shop.change_product("pin", published=False), "1 × Pin is gone"),
    ],
    ids=["price", "new promotion", "disabled promotion", "gift unpublished"],
)
def test_a_changed_price_is_noticed(
    shop: Shop, other: Callable[[Shop], object], difference: str
) -> None:
    """The order costs what it costs when it is stored, or is not placed (OE-18)."""
    shop.promote("pin")
    draft_id = shop.reviewed({"MUG": 3})

    with pytest.raises(QuoteChanged) as caught:
        placed_while(shop, draft_id, lambda: other(shop))

    assert difference in caught.value.differences
    assert shop.quote(draft_id) == caught.value.current
    assert () == shop.desk.orders().items


def test_a_gift_that_was_not_there_is_noticed(shop: Shop) -> None:
    """A product that a promotion did not find comes up (OE-18)."""
    a_gift_of(shop, "badge")
    draft_id = shop.reviewed({"MUG": 1})
    badge = Product(
        id="badge", title="Badge", variants=(Variant(sku="BADGE", price=usd("1"), weight_grams=5),)
    )

    with pytest.raises(QuoteChanged) as caught:
        placed_while(shop, draft_id, lambda: add_product(shop, badge))

    assert "1 × Badge was added" in caught.value.differences


def test_the_last_redemption_is_gone(shop: Shop) -> None:
    """A promotion that another order used up is not given once more (ST-6)."""
    shop.promote("mugs")
    shop.change_promotion("mugs", limits=Limits(total=1))
    mine, theirs = (shop.reviewed({"MUG": 3}) for _ in range(2))

    with pytest.raises(QuoteChanged):
        placed_while(shop, mine, lambda: shop.placed(theirs))

    assert [theirs] == [shop.desk.order(o.number).draft_id for o in shop.desk.orders().items]


def test_a_line_that_goes_off_sale_is_noticed(shop: Shop) -> None:
    """What costs the same and cannot be had any more is not placed (OE-18)."""
    draft_id = shop.reviewed({"MUG": 2})

    with pytest.raises(DraftHasProblems):
        placed_while(shop, draft_id, lambda: shop.change_product("mug", published=False))


def edited(shop: Shop, draft_id: str) -> None:
    with shop.edit(draft_id) as edit:
        edit.go_to("items")
        edit.go_to("review")


@pytest.mark.parametrize(
    ("other", "error"),
    [
        (edited, StaleDraft),
        (lambda shop, draft_id: shop.placed(draft_id, idempotency_key="theirs"), DraftPlaced),
        (lambda shop, draft_id: shop.desk.discard(draft_id), NotFound),
    ],
    ids=["edited", "placed", "discarded"],
)
def test_a_draft_of_others_is_left_to_them(
    shop: Shop, other: Callable[[Shop, str], object], error: type[Exception]
) -> None:
    """A draft that is edited, placed otherwise or discarded is not placed (OE-22, ST-8)."""
    draft_id = shop.reviewed({"MUG": 2})

    with pytest.raises(error):
        placed_while(shop, draft_id, lambda: other(shop, draft_id))


def test_another_name_of_the_contact_is_noticed(shop: Shop) -> None:
    """Who the order is for is part of what was agreed to (OE-18)."""
    draft_id = shop.reviewed({"MUG": 2})

    with pytest.raises(QuoteChanged) as caught:
        placed_while(shop, draft_id, lambda: shop.change_contact("ann", name="Ann Noon"))

    [difference] = caught.value.differences
    assert difference.startswith("the contact is now Ann Noon, ")
    assert isinstance(caught.value.current, Quote)
    order = shop.desk.place(draft_id, seen=caught.value.current, actor="sam")
    assert "Ann Noon" == order.contact.name


def test_the_contact_of_the_order_is_the_latest(shop: Shop) -> None:
    """What changes nothing that was agreed to stops nothing, and the order has it (OE-19)."""
    draft_id = shop.reviewed({"MUG": 2})

    order = placed_while(shop, draft_id, lambda: shop.change_contact("ann", tags=("called",)))

    assert ("called",) == order.contact.tags


def test_it_is_priced_for_when_it_was_asked_for(shop: Shop) -> None:
    """A promotion that ends while a slow carrier is asked is still given (OE-18, PR-12)."""
    shop.promote("mugs")
    shop.change_promotion("mugs", ends_at=NOON + timedelta(minutes=1))
    draft_id = shop.reviewed({"MUG": 3})

    order = placed_while(shop, draft_id, lambda: shop.clock.forward(minutes=2))

    assert usd("24.40") == order.total  # 3 × (7.50 - 1.00) + 4.90
    assert (NOON, NOON + timedelta(minutes=2)) == (order.quote.at, order.placed_at)
    assert usd("27.40") == shop.total(shop.reviewed({"MUG": 3}))
