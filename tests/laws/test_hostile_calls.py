"""Calls with values that nobody should give: typed errors, and nothing is stored."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import attrs
import pytest

from cartcore.adapters.memory import MemoryStorage
from cartcore.cart import Cart
from cartcore.desk import OrderDesk
from cartcore.documents.exchange import export_lines, import_lines
from cartcore.documents.serializer import Serializer
from cartcore.errors import CartcoreError, InvalidExport, InvalidField, OrderChangeNotAllowed
from cartcore.orders.filters import OrderFilter
from cartcore.orders.order import MOST_HISTORY
from cartcore.pricing.engine import price
from cartcore.promotions.promotion import Promotion
from cartcore.rules.builtin import PercentOff
from cartcore.shop.contact import Contact
from cartcore.storage import Storage
from tests.support.configurations import RULEBOOK
from tests.support.shop import STORE, Shop, usd

SERIALIZER = Serializer(RULEBOOK)
EDGES = [
    datetime.max.replace(tzinfo=ZoneInfo("America/Denver")),
    datetime.min.replace(tzinfo=timezone(timedelta(hours=14))),
    datetime(2026, 1, 1),  # noqa: DTZ001
    "2026-01-01",
    None,
    5,
]
TIMES: dict[str, Callable[[Any], object]] = {
    "price": lambda at: price(Cart(currency="USD"), at=at),
    "clock": lambda at: OrderDesk(MemoryStorage(), STORE, clock=lambda: at).start(actor="sam"),
}


@pytest.mark.parametrize("at", EDGES, ids=str)
@pytest.mark.parametrize("call", TIMES.values(), ids=TIMES)
def test_times(call: Callable[[Any], object], at: Any) -> None:
    """A time without a zone, or one that UTC has no date for, is refused as such (PR-8)."""
    with pytest.raises(InvalidField):
        call(at)


@pytest.mark.parametrize("at", EDGES[:4], ids=str)
def test_times_of_records(at: Any) -> None:
    """So it is in promotions and filters."""
    effect = PercentOff(percent=1)
    with pytest.raises(InvalidField, match="ends_at"):
        Promotion(id="p", name="P", effect=effect, ends_at=at)
    with pytest.raises(InvalidField, match="placed_from"):
        OrderFilter(placed_from=at)


@pytest.mark.parametrize("speed", [["post"], {}, None, 5, "\ud800", "x" * 100_000])
def test_speeds(speed: Any) -> None:
    """A speed that is no text, or none that is offered, is a typed error (OE-13)."""
    shop = Shop(MemoryStorage())
    draft_id = shop.shipping({"MUG": 1})
    with shop.edit(draft_id) as edit, pytest.raises(CartcoreError):
        edit.choose_speed("s1", speed)


def test_goods_that_no_order_can_have() -> None:
    """Goods over the largest amount are a problem of the draft, even if they cost nothing."""
    shop = Shop(MemoryStorage())
    shop.change_variant("MUG", price=usd("9999999999.00"))
    with shop.storage.write() as work:
        work.promotions.add(Promotion(id="all", name="All", effect=PercentOff(percent=100)))
        work.commit()
    draft_id = shop.reviewed({"MUG": 1000, "CARD": 1000, "PIN": 1000})
    for sku in ("MUG", "PIN", "CARD"):
        shop.change_variant(sku, price=usd("9999999999.00"))

    assert "total_too_large" in [problem.code for problem in shop.view(draft_id).problems]


def exported() -> Iterator[bytes]:
    shop = Shop(MemoryStorage())
    shop.shipping({"MUG": 1})
    return export_lines(shop.storage, SERIALIZER)


HALF = rb"\ud800"


def in_second(lines: list[bytes], old: bytes, new: bytes) -> list[bytes]:
    return [lines[0], lines[1].replace(old, new), *lines[2:]]


@pytest.mark.parametrize(
    "spoiled",
    [
        lambda lines: [line.decode() for line in lines],
        lambda lines: [None, *lines],
        lambda lines: in_second(lines, b'"name":"', b'"name":"' + HALF),
        lambda lines: in_second(lines, b'{"contact":{', b'{"contact":{"id":"x",'),
        lambda lines: [line.replace(b'"speed":"', b'"speed":"' + HALF) for line in lines],
    ],
)
def test_imports(spoiled: Callable[[list[bytes]], list[Any]]) -> None:
    """Lines of texts, half characters and keys that stand twice are refused, all or nothing."""
    storage = MemoryStorage()
    with pytest.raises(InvalidExport):
        import_lines(storage, spoiled([*exported()]), SERIALIZER)
    with storage.read() as work:
        assert not work.products.search().items


def test_a_key_that_stands_twice() -> None:
    """Of a document with a key twice nobody knows which one counts (PR-18)."""
    text = SERIALIZER.dumps(Contact(id="ann", name="Ann"))
    twice = text.replace('"name":', '"name":"Bob","name":')
    assert "Ann" == json.loads(twice)["name"]
    with pytest.raises(InvalidField, match="twice"):
        SERIALIZER.loads(twice, Contact)


def test_notes_without_an_end() -> None:
    """An order takes notes up to a limit, and can still be cancelled after it (OE-21)."""
    shop = Shop(MemoryStorage())
    order = shop.placed(shop.reviewed({"MUG": 1}))
    entries = order.history * (MOST_HISTORY - 1)
    with shop.storage.write() as work:
        work.orders.save(attrs.evolve(order, history=entries))
        work.commit()

    assert MOST_HISTORY == len(shop.desk.add_note("1001", "called", actor="kim").history)
    with pytest.raises(OrderChangeNotAllowed, match="1000 entries"):
        shop.desk.add_note("1001", "called again", actor="kim")
    assert "cancelled" == shop.desk.cancel("1001", actor="kim").status


def test_tags_without_an_end(storage: Storage) -> None:
    """A contact has a limit of tags; one that was stored with more can be read (ST-12)."""
    many = Contact(id="ann", name="Ann", tags=tuple(map(str, range(251))), version=1)
    for work_on in ("add", "save"):
        with storage.write() as work, pytest.raises(InvalidField, match="at most 250"):
            getattr(work.contacts, work_on)(many)
        with storage.write() as work:
            work.contacts.restore([attrs.evolve(many, id=work_on)])
            work.commit()
        with storage.read() as work:
            assert many.tags == work.contacts.get(work_on).tags
        many = attrs.evolve(many, id="add")
