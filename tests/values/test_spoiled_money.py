"""Who changes money that cartcore handed out or was given changes nothing of cartcore's (PR-1)."""

import pkgutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from decimal import Decimal
from importlib import import_module
from typing import Any

import attrs
import pytest
from moneyed import Money

import cartcore
from cartcore.documents.serializer import Serializer
from cartcore.orders.filters import OrderFilter
from cartcore.pricing.quote_parts import Totals
from cartcore.promotions.promotion import Limits, Promotion
from cartcore.promotions.selection import Selection
from cartcore.rules.builtin import AmountOff
from cartcore.shop.contact import ContactFilter
from cartcore.shop.product import Variant
from cartcore.shop.speeds import ShippingSpeed
from cartcore.storage import UnitOfWork
from cartcore.values.money import FrozenMoney
from tests.support.configurations import RULEBOOK
from tests.support.shop import Shop, usd
from tests.test_receipt import with_everything


def moneys(value: Any) -> Iterator[Money]:
    """All the money that can be reached from a value by its fields."""
    if isinstance(value, Money):
        yield value
    elif isinstance(value, Mapping):
        yield from moneys(list(value.values()))
    elif isinstance(value, (tuple, list)):
        for each in value:
            yield from moneys(each)
    elif attrs.has(type(value)):
        for field in attrs.fields(type(value)):
            yield from moneys(getattr(value, field.name))
        yield from moneys([getattr(value, name, None) for name in ("total", "goods", "discounts")])


def spoil(value: Any) -> None:
    """Change all of it, as an application would that adds a fee to what it shows."""
    found = [*moneys(value)]
    assert found
    for money in found:
        assert type(money) is FrozenMoney
        with suppress(AttributeError):
            money.amount += Decimal(5)  # type: ignore[misc]


def reading(read: Callable[[UnitOfWork], object]) -> Callable[[Shop, str], object]:
    def with_work(shop: Shop, _: str) -> object:
        with shop.storage.read() as work:
            return read(work)

    return with_work


READERS: Mapping[str, Callable[[Shop, str], object]] = {
    "order": lambda shop, _: shop.desk.order("1001"),
    "orders": lambda shop, _: shop.desk.orders().items,
    "placed": lambda shop, _: shop.desk.placed("key"),
    "note": lambda shop, _: shop.desk.add_note("1001", "called", actor="kim"),
    "product": lambda shop, _: shop.desk.product("mug"),
    "products": lambda shop, _: shop.desk.find_products().items,
    "view": lambda shop, draft: shop.view(draft),
    "promotions": lambda shop, draft: shop.desk.available_promotions(draft),
    "place": lambda shop, draft: shop.placed(draft),
    "work.orders": reading(lambda work: work.orders.search(OrderFilter()).items),
    "work.summaries": reading(lambda work: work.orders.summaries(OrderFilter()).items),
    "work.products": reading(lambda work: work.products.many(["mug", "cap"])),
    "work.sku": reading(lambda work: work.products.by_sku("MUG")),
    "work.promotions": reading(lambda work: work.promotions.search().items),
    "work.usage": reading(lambda work: work.promotions.usage(["five", "mugs"], "ann")),
    "totals": lambda shop, draft: (shop.quote(draft).totals.goods, shop.quote(draft).rows()),
}


def told(shop: Shop, draft_id: str) -> list[object]:
    """What the shop holds, read by others."""
    serializer = Serializer(RULEBOOK)
    with shop.storage.read() as work:
        usage = work.promotions.usage(["five"], "ann")
        orders = work.orders.search(OrderFilter()).items
        records = [
            *work.products.search().items,
            *work.contacts.search(ContactFilter()).items,
            *work.promotions.search().items,
            *(attrs.evolve(order, history=(), version=0) for order in orders),
        ]
    return [
        *map(serializer.dumps, records),
        str(usage),
        serializer.dumps(shop.quote(draft_id)),
        str(shop.desk.store.speeds),
    ]


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
def test_money_that_was_read(shop: Shop, read: Callable[[Shop, str], object]) -> None:
    """What a reader does to money that it was given is seen by no other reader, ever."""
    draft_id = with_everything(shop)
    shop.promote("vip", "ten")
    shop.desk.place(draft_id, seen=shop.quote(draft_id), actor="sam", idempotency_key="key")
    other, third = shop.reviewed({"SH-BK-L": 2, "MUG": 3}), shop.reviewed({"SH-BK-L": 2, "MUG": 3})
    read(shop, other)  # whatever is kept of it is kept by now
    before = told(shop, third)

    spoil(read(shop, shop.reviewed({"SH-BK-L": 2, "MUG": 3})))

    after = told(shop, third)
    assert [each for each in before if each not in after] == []
    assert shop.total(third) == shop.placed(third).total


def test_money_that_was_given() -> None:
    """Money that a caller made a value with can be changed by the caller; the value is not."""
    money = usd("5.00")
    values = [
        Variant(sku="A", price=money, compare_at_price=money, minimum_price=money),
        Limits(budget=money),
        Selection(price_from=money, price_to=money),
        ShippingSpeed(code="post", name="Post", price=money),
        OrderFilter(total_min=money, total_max=money),
        AmountOff(amount=money, maximum=money),
    ]
    before = repr(values)
    money.amount += Decimal(5)  # type: ignore[misc]

    assert before == repr(values)
    spoil(values)
    assert before == repr(values)


def test_records_made_with_spoilable_money(shop: Shop) -> None:
    """A record that was put together by hand is kept as it was when it was stored."""
    order = shop.placed(shop.reviewed({"MUG": 1}))
    money = usd("12.40")
    sums = {field.name: money for field in attrs.fields(Totals)}
    quote = attrs.evolve(order.quote, totals=Totals(**sums))
    with shop.storage.write() as work:
        work.orders.save(attrs.evolve(order, quote=quote))
        work.commit()
    money.amount += Decimal(5)  # type: ignore[misc]

    assert usd("12.40") == shop.desk.order(order.number).total


def test_no_module_keeps_money_that_can_be_changed() -> None:
    """No constant, default or class attribute of cartcore is plain money."""
    for module in pkgutil.walk_packages(cartcore.__path__, "cartcore."):
        if ".migrations" in module.name or module.name.endswith("__main__"):
            continue
        if module.name.startswith("cartcore.adapters.django."):  # can be read in a project alone
            continue
        for name, value in vars(import_module(module.name)).items():
            kept = [value, *(vars(value).values() if isinstance(value, type) else ())]
            if attrs.has(value if isinstance(value, type) else type(None)):
                kept += [field.default for field in attrs.fields(value)]
            for money in moneys([each for each in kept if not isinstance(each, type)]):
                assert type(money) is FrozenMoney, (module.name, name)


def test_a_promotion_made_twice_of_one_amount() -> None:
    """Two promotions made of one amount do not share it with the caller."""
    money = usd("1.00")
    one, other = (Promotion(id=i, name=i, effect=AmountOff(amount=money)) for i in "ab")
    money.amount = Decimal(900)  # type: ignore[misc]

    assert one.effect == other.effect == AmountOff(amount=usd("1.00"))
