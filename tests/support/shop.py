"""A small shop that the workflow tests share: catalogue, contacts, promotions, clock and ids."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import attrs
import pytest
from moneyed import Money

from cartcore.adapters.memory import MemoryStorage
from cartcore.adapters.postgres import PostgresStorage
from cartcore.adapters.sqlite import SQLiteStorage
from cartcore.desk import OrderDesk
from cartcore.entry.editor import DraftEditor
from cartcore.entry.staff_prices import StaffPrices
from cartcore.entry.store import Store
from cartcore.entry.view import DraftView
from cartcore.errors import CartcoreError
from cartcore.orders.draft import Draft
from cartcore.orders.filters import OrderFilter
from cartcore.orders.order import Order
from cartcore.pricing.quote import Quote
from cartcore.promotions.offer import Per
from cartcore.promotions.promotion import Limits, Promotion, Trigger
from cartcore.rules import Selection, TiedItem
from cartcore.rules.builtin import (
    AddProduct,
    AmountOff,
    ContactTag,
    FlatRate,
    FreeShipping,
    MinQuantity,
    MinSubtotal,
    OrderAmountOff,
    OrderPercentOff,
    PercentOff,
    Pickup,
    WeightBand,
    WeightRates,
    Zone,
    ZoneRates,
)
from cartcore.shop.address import Address
from cartcore.shop.contact import Contact, ContactFilter
from cartcore.shop.product import Product, Variant
from cartcore.storage import Storage

STORAGES: Mapping[str, Callable[[pytest.FixtureRequest], AbstractContextManager[Storage]]] = {
    "memory": lambda _: nullcontext(MemoryStorage()),
    "sqlite": lambda test: SQLiteStorage(test.getfixturevalue("tmp_path") / "shop.db"),
    "postgres": lambda test: PostgresStorage(test.getfixturevalue("postgres_url")),
}
"""How to open each adapter that the workflow tests run on, empty."""

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


def usd(amount: str) -> Money:
    return Money(amount, "USD")


@attrs.define
class Clock:
    """The time stands still until a test moves it."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: int) -> None:
        self.now += timedelta(**by)


# --- what is sold ---

SHIRT = Product(
    id="shirt",
    title="Shirt",
    options=("Color", "Size"),
    categories=("Clothing/Shirts",),
    variants=(
        Variant(sku="SH-BK-S", options=("Black", "S"), price=usd("20.00"), weight_grams=200),
        Variant(sku="SH-BK-L", options=("Black", "L"), price=usd("22.00"), weight_grams=200),
        Variant(sku="SH-WH-S", options=("White", "S"), price=usd("20.00"), weight_grams=200),
        Variant(
            sku="SH-WH-L",
            options=("White", "L"),
            price=usd("22.00"),
            weight_grams=200,
            published=False,
        ),
    ),
)
MUG = Product(
    id="mug",
    title="Mug",
    categories=("Kitchen",),
    variants=(Variant(sku="MUG", price=usd("7.50"), weight_grams=400),),
)
CAP = Product(
    id="cap",
    title="Cap",
    options=("Color",),
    variants=(
        Variant(sku="CAP-RED", options=("Red",), price=usd("10.00"), weight_grams=100),
        Variant(sku="CAP-BLUE", options=("Blue",), price=usd("12.00"), weight_grams=100),
    ),
)
PIN = Product(
    id="pin",
    title="Pin",
    variants=(Variant(sku="PIN", price=usd("3.00"), weight_grams=10),),
)
GIFT_CARD = Product(
    id="gift-card",
    title="Gift card",
    variants=(Variant(sku="CARD", price=usd("25.00"), requires_shipping=False),),
)
POSTER = Product(
    id="poster",
    title="Poster",
    published=False,
    variants=(Variant(sku="POSTER", price=usd("5.00"), weight_grams=50),),
)
CATALOGUE = (SHIRT, MUG, CAP, PIN, GIFT_CARD, POSTER)

# --- who orders ---

DENVER = Address(
    name="Ann Lee",
    line1="1 Main St",
    city="Denver",
    region="CO",
    postal_code="80202",
    country="US",
)
BOULDER = Address(
    name="Bob Lee",
    line1="9 Oak Ave",
    city="Boulder",
    region="CO",
    postal_code="80301",
    country="US",
)
BERLIN = Address(
    name="Zoë Müller", line1="Torstraße 7", city="Berlin", postal_code="10119", country="DE"
)
ANN = Contact(
    id="ann",
    name="Ann Lee",
    email="ann@example.com",
    phone="+1 303 555 0100",
    addresses=(DENVER,),
    tags=("vip",),
)
ZOE = Contact(id="zoe", name="Zoë Müller", email="zoe@example.org", addresses=(BERLIN, BOULDER))
NOAH = Contact(id="noah", name="Noah Leeds", phone="0720 555 0199")
CONTACTS = (ANN, ZOE, NOAH)

# --- what takes off how much ---

_CLOTHING = Selection(categories=("Clothing",))
_KITCHEN = Selection(categories=("Kitchen",))
PROMOTIONS: Mapping[str, Promotion] = {
    promotion.id: promotion
    for promotion in (
        Promotion(
            id="clothing",
            name="10% off clothing",
            effect=PercentOff(percent=10, target=_CLOTHING),
            trigger=Trigger.CODE,
            codes=("WEAR10", "Wear Ten"),
        ),
        Promotion(
            id="mugs",
            name="1.00 off each mug",
            effect=AmountOff(amount=usd("1.00"), per=Per.UNIT, target=_KITCHEN),
        ),
        Promotion(
            id="vip",
            name="2.00 off for VIPs",
            effect=AmountOff(amount=usd("2.00")),
            trigger=Trigger.PICKED,
            conditions=(ContactTag(tags=("vip",)),),
        ),
        Promotion(
            id="cap",
            name="A cap at half price",
            effect=AddProduct(items=(TiedItem(key="cap", product_id="cap"),), percent=50),
            trigger=Trigger.PICKED,
        ),
        Promotion(
            id="red-caps",
            name="Two red caps, free",
            effect=AddProduct(
                items=(
                    TiedItem(key="caps", product_id="cap", quantity=2, options=(("Color", "Red"),)),
                )
            ),
            trigger=Trigger.CODE,
            codes=("REDCAPS",),
        ),
        Promotion(
            id="pin",
            name="A free pin with three items",
            effect=AddProduct(items=(TiedItem(key="pin", product_id="pin"),)),
            conditions=(MinQuantity(quantity=3),),
        ),
        Promotion(
            id="five",
            name="5% off the order",
            effect=OrderPercentOff(percent=5),
            trigger=Trigger.CODE,
            codes=("FIVE",),
        ),
        Promotion(
            id="ten",
            name="10.00 off from 50.00",
            effect=OrderAmountOff(amount=usd("10.00")),
            trigger=Trigger.CODE,
            codes=("TAKE10",),
            conditions=(MinSubtotal(amount=usd("50.00")),),
        ),
        Promotion(
            id="free-post",
            name="Free post",
            effect=FreeShipping(speeds=("post",)),
            trigger=Trigger.CODE,
            codes=("SHIPFREE",),
        ),
        Promotion(
            id="cheap-shipping",
            name="Up to 3.00 off shipping",
            effect=FreeShipping(maximum=usd("3.00")),
            trigger=Trigger.PICKED,
        ),
        Promotion(
            id="tomorrow",
            name="From tomorrow",
            effect=PercentOff(percent=50),
            trigger=Trigger.CODE,
            codes=("TOMORROW",),
            starts_at=NOON + timedelta(days=1),
        ),
        Promotion(
            id="past",
            name="Until now",
            effect=PercentOff(percent=50),
            trigger=Trigger.CODE,
            codes=("PAST",),
            ends_at=NOON,
        ),
        Promotion(
            id="off",
            name="Switched off",
            effect=PercentOff(percent=50),
            trigger=Trigger.CODE,
            codes=("OFF",),
            enabled=False,
        ),
        Promotion(
            id="first",
            name="Half price for the first order",
            effect=PercentOff(percent=50),
            trigger=Trigger.CODE,
            codes=("FIRST",),
            limits=Limits(total=1),
        ),
        Promotion(
            id="once",
            name="20% off, once",
            effect=PercentOff(percent=20),
            trigger=Trigger.CODE,
            codes=("ONCE",),
            limits=Limits(per_contact=1),
        ),
    )
}
"""All of them, by id. None is in the shop until a test puts it there with `Shop.promote`."""

# --- how it is shipped ---

POST = FlatRate(code="post", name="Post", price=usd("4.90"), days_from=2, days_to=5)
EXPRESS = WeightRates(
    code="express",
    name="Express",
    bands=(
        WeightBand(up_to_grams=1_000, price=usd("9.00")),
        WeightBand(up_to_grams=20_000, price=usd("19.00")),
    ),
    days_from=1,
    days_to=1,
)
AIR = ZoneRates(
    code="air",
    name="Air mail",
    zones=(Zone(name="Germany", countries=("DE",), price=usd("30.00")),),
)
PICKUP = Pickup(place="the shop", countries=("US",))
STORE = Store(currency="USD", speeds=(POST, EXPRESS, AIR, PICKUP), maximum_quantity=1_000)
FREE_HAND = StaffPrices(custom_items=True, lower_percent="20", raise_percent="50")
"""Prices of lines may be set from 20 % below the catalogue's to 50 % above, and items added."""


class Shop:
    """A storage with the catalogue and contacts above, and a desk on it."""

    def __init__(self, storage: Storage, store: Store = STORE) -> None:
        self.storage = storage
        self.clock = Clock()
        numbers = count(1)
        self._new_id = lambda: f"id-{next(numbers)}"
        self.desk = self.another_desk(store)
        with storage.write() as work:
            for product in CATALOGUE:
                work.products.add(product)
            for contact in CONTACTS:
                work.contacts.add(contact)
            work.commit()

    def another_desk(self, store: Store) -> OrderDesk:
        """A desk on the same storage, with other settings."""
        return OrderDesk(self.storage, store, clock=self.clock, new_id=self._new_id)

    def desk_with(self, **changes: Any) -> OrderDesk:
        """A desk on the same storage, with some settings changed."""
        return self.another_desk(attrs.evolve(self.desk.store, **changes))

    # --- changes behind the back of whoever enters an order ---

    def promote(self, *promotion_ids: str) -> None:
        """Put promotions of `PROMOTIONS` into the shop."""
        with self.storage.write() as work:
            for promotion_id in promotion_ids:
                work.promotions.add(PROMOTIONS[promotion_id])
            work.commit()

    def change_promotion(self, promotion_id: str, **changes: Any) -> None:
        with self.storage.write() as work:
            work.promotions.save(attrs.evolve(work.promotions.get(promotion_id), **changes))
            work.commit()

    def change_product(self, product_id: str, **changes: Any) -> None:
        with self.storage.write() as work:
            work.products.save(attrs.evolve(work.products.get(product_id), **changes))
            work.commit()

    def change_variant(self, sku: str, **changes: Any) -> None:
        with self.storage.read() as work:
            product = work.products.by_sku(sku)
        variants = tuple(
            attrs.evolve(v, **changes) if v.sku == sku else v for v in product.variants
        )
        self.change_product(product.id, variants=variants)

    def change_contact(self, contact_id: str, **changes: Any) -> None:
        with self.storage.write() as work:
            work.contacts.save(attrs.evolve(work.contacts.get(contact_id), **changes))
            work.commit()

    def contact(self, contact_id: str) -> Contact:
        with self.storage.read() as work:
            return work.contacts.get(contact_id)

    # --- drafts on the way ---

    def edit(self, draft_id: str) -> AbstractContextManager[DraftEditor]:
        return self.desk.edit(draft_id)

    def view(self, draft_id: str) -> DraftView:
        return self.desk.view(draft_id)

    def quote(self, draft_id: str) -> Quote:
        return self.desk.view(draft_id).quote

    def total(self, draft_id: str) -> Money:
        return self.quote(draft_id).total

    def started(self, contact_id: str = "ann") -> str:
        """A draft with a contact."""
        draft_id = self.desk.start(actor="sam").id
        with self.edit(draft_id) as edit:
            edit.choose_contact(contact_id)
        return draft_id

    def with_items(self, skus: Mapping[str, int], contact_id: str = "ann") -> str:
        """A draft on the items step; its lines are l1, l2 ... in the order of `skus`."""
        draft_id = self.started(contact_id)
        with self.edit(draft_id) as edit:
            for sku, quantity in skus.items():
                edit.add_sku(sku, quantity=quantity)
        return draft_id

    def shipping(self, skus: Mapping[str, int], contact_id: str = "ann") -> str:
        """A draft on the shipping step; everything is in shipment s1."""
        draft_id = self.with_items(skus, contact_id)
        with self.edit(draft_id) as edit:
            edit.save_items()
        return draft_id

    def reviewed(
        self, skus: Mapping[str, int], contact_id: str = "ann", speed: str = "post"
    ) -> str:
        """A draft on review, shipped by one speed."""
        draft_id = self.shipping(skus, contact_id)
        with self.edit(draft_id) as edit:
            edit.choose_speed("s1", speed)
            edit.go_to("review")
        return draft_id

    def placed(self, draft_id: str, *, actor: str = "sam", **more: str) -> Order:
        """Place a draft at the price that it has now."""
        return self.desk.place(draft_id, seen=self.quote(draft_id), actor=actor, **more)


# --- what tests compare ---


def everything(storage: Storage) -> tuple[object, ...]:
    """All that is stored, but the promotions and products, which the desk never writes."""
    with storage.read() as work:
        return (
            work.contacts.search(ContactFilter()).items,
            work.drafts.search().items,
            work.orders.search(OrderFilter()).items,
            tuple(work.events.after(0)),
        )


@contextmanager
def refused(shop: Shop, error: type[CartcoreError]) -> Iterator[pytest.ExceptionInfo[Any]]:
    """The block raises this very error, and nothing is stored."""
    before = everything(shop.storage)
    with pytest.raises(error) as caught:
        yield caught
    assert error is caught.type
    assert before == everything(shop.storage)


def stored(shop: Shop, draft_id: str) -> Draft:
    with shop.storage.read() as work:
        return work.drafts.get(draft_id)
