"""What the first released format looks like, and that it stays readable (ST-4).

`fixtures/format_1` was written by the code of that release; `README.md` there says what is in it.
"""

import gzip
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from cartcore.adapters.memory import MemoryStorage
from cartcore.adapters.sql import schema as sql_schema
from cartcore.adapters.sqlite import SQLiteStorage
from cartcore.desk import OrderDesk
from cartcore.documents.formats import FORMAT
from cartcore.documents.serializer import Serializer
from cartcore.errors import ForeignStorage, InvalidField
from cartcore.orders.draft import Draft, Gift
from cartcore.orders.filters import OrderFilter
from cartcore.orders.order import Order, OrderStatus
from cartcore.promotions.offer import Per
from cartcore.promotions.promotion import Promotion, Redemption, Usage
from cartcore.rules import load_rulebook
from cartcore.rules.builtin import AmountOff
from cartcore.shop.contact import Contact, ContactFilter
from cartcore.shop.product import Product
from cartcore.storage import Storage
from cartcore.storage.keys import FIRST_TIME, LAST_TIME, microseconds
from tests.support.shop import NOON, STORE, usd

FOLDER = Path(__file__).parents[1] / "fixtures" / "format_1"
KINDS: dict[str, type[Any]] = {
    "contacts": Contact,
    "products": Product,
    "promotions": Promotion,
    "drafts": Draft,
    "orders": Order,
}
SERIALIZER = Serializer(load_rulebook())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the file of that release is."""
    path = tmp_path / "shop.db"
    path.write_bytes(gzip.decompress((FOLDER / "shop.sqlite.gz").read_bytes()))
    return path


def documents(kind: str) -> list[str]:
    return (FOLDER / f"{kind}.jsonl").read_text("utf-8").splitlines()


def from_documents() -> MemoryStorage:
    storage = MemoryStorage()
    with storage.write() as work:
        for kind, record in KINDS.items():
            for text in documents(kind):
                getattr(work, kind).add(SERIALIZER.loads(text, record))
        work.commit()
    return storage


@pytest.fixture(params=["documents", "file"])
def storage(request: pytest.FixtureRequest, path: Path) -> Iterator[Storage]:
    """The same shop, from the documents and from the file."""
    if request.param == "documents":
        yield from_documents()
        return
    with SQLiteStorage(path) as storage:
        yield storage


def test_orders_are_as_they_were_placed(storage: Storage) -> None:
    """Totals, states and codes of the orders are those that were agreed then (ST-4, OE-19)."""
    with storage.read() as work:
        orders = work.orders.search(OrderFilter()).items
        listed = work.orders.summaries(OrderFilter()).items

    assert [
        ("1005", usd("22.80"), OrderStatus.PROCESSING, ()),  # 2 × 7.50 - 2.00 + 2 × 4.90
        ("1004", usd("11.07"), OrderStatus.CANCELLED, ("FIVE",)),  # 6.50 - 0.33 + 4.90
        ("1003", usd("48.60"), OrderStatus.COMPLETE, ("WEAR10",)),  # 44.00 - 4.40 + 9.00
        ("1002", usd("20.00"), OrderStatus.COMPLETE, ("ONCE",)),  # 25.00 - 5.00
        ("1001", usd("21.40"), OrderStatus.PROCESSING, ("FIRST",)),  # (13.00 + 20.00) / 2 + 4.90
    ] == [(o.number, o.total, o.status, o.promo_codes) for o in orders]
    assert [
        ("1005", "22.80", "processing"),
        ("1004", "11.07", "cancelled"),
        ("1003", "48.60", "complete"),
        ("1002", "20.00", "complete"),
        ("1001", "21.40", "processing"),
    ] == [(each.number, str(each.total.amount), each.status.value) for each in listed]
    assert ["placed", "s1 shipped: by courier"] == [entry.note for entry in orders[2].history]
    assert [None, Gift(message="For you")] == [s.lines[0].gift for s in orders[0].shipments]


def test_what_was_given_is_known(storage: Storage) -> None:
    """What promotions gave is summed from the quotes of that time, cancelled ones not (PR-12)."""
    with storage.read() as work:
        usage = work.promotions.usage(
            ["mugs", "first", "once", "five", "pin"], "ann", {"once": "once", "five": "five"}
        )

    assert {
        "mugs": Usage(total=2, by_contact=1, discounts=(usd("4.00"),)),
        "first": Usage(total=1, by_contact=1, discounts=(usd("16.50"),)),
        "once": Usage(total=1, by_contact=0, by_code=1, discounts=(usd("5.00"),)),
        "five": Usage(),
        "pin": Usage(total=1, by_contact=1, discounts=(usd("3.00"),)),
    } == usage


def test_drafts_cost_what_they_did(storage: Storage) -> None:
    """Drafts are listed, priced with the promotions of that time, and can be placed (ST-4)."""
    desk = OrderDesk(storage, STORE, clock=lambda: NOON)
    review, items, contact = desk.drafts().items

    # 3 × 22.00 - 10.00, a free pin, free post
    assert usd("56.00") == desk.view(review.id).quote.total
    # 3 × (7.50 - 1.00) + 20.00 - 2.00 + 12.00 / 2 - 2.00
    assert usd("41.50") == desk.view(items.id).quote.total
    assert usd("0.00") == desk.view(contact.id).quote.total
    placed = desk.place(review.id, seen=desk.view(review.id).quote, actor="kim")
    assert "1006" == placed.number


def test_orders_can_be_changed(storage: Storage) -> None:
    """An order that is changed keeps what it gave; cancelling gives it back (PR-12)."""
    desk = OrderDesk(storage, STORE, clock=lambda: NOON)
    desk.add_note("1001", "called", actor="kim")
    with storage.read() as work:
        [used] = work.promotions.usage(["first"], "zoe").values()
    desk.cancel("1001", actor="kim")
    with storage.read() as work:
        [given_back] = work.promotions.usage(["first"], "zoe").values()

    assert Usage(total=1, discounts=(usd("16.50"),)) == used
    assert Usage() == given_back


def test_records_are_found(storage: Storage) -> None:
    """Contacts, products and codes of that time are found as ever (ST-4, ST-9)."""
    with storage.read() as work:
        assert ["zoe"] == [c.id for c in work.contacts.search(ContactFilter(name="mull")).items]
        assert ["shirt"] == [p.id for p in work.products.search("sh-bk").items]
        assert "clothing" == work.promotions.by_code("wear ten").id
        assert ["1005"] == [o.number for o in work.orders.search(OrderFilter(number="1005")).items]


@pytest.mark.parametrize("kind", KINDS)
def test_file_and_documents_hold_the_same(path: Path, kind: str) -> None:
    """Every record is read the same from the file, and comes out in today's format (ST-4)."""
    old: list[Any] = [SERIALIZER.loads(text, KINDS[kind]) for text in documents(kind)]
    with SQLiteStorage(path) as storage, storage.read() as work:
        assert old == [getattr(work, kind).get(record.id) for record in old]

    for record in old:
        assert FORMAT == SERIALIZER.dump(record)["format"]
        assert record == SERIALIZER.loads(SERIALIZER.dumps(record), KINDS[kind])


def order_1001() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(documents("orders")[-1])
    assert "1001" == found["number"]
    return found


def test_redemptions_say_what_they_gave() -> None:
    """In the first format the discount of a redemption stands in the quote alone (PR-12)."""
    order = SERIALIZER.load(order_1001(), Order)

    assert (
        Redemption(promotion_id="pin", contact_id="ann", discount=usd("3.00")),
        Redemption(promotion_id="mugs", contact_id="ann", discount=usd("2.00")),
        Redemption(
            promotion_id="first", contact_id="ann", promo_code="FIRST", discount=usd("16.50")
        ),
    ) == order.redemptions


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"redemptions": 5}, "Order.redemptions"),
        ({"redemptions": [5]}, "Order.redemptions[0]"),
        ({"redemptions": [{"promotion_id": []}]}, "Order.redemptions[0]"),
        ({"quote": None}, "Order.quote"),
        ({"quote": {"decisions": 5}}, "Order.quote"),
    ],
)
def test_damaged_documents_are_refused(change: dict[str, Any], path: str) -> None:
    """What is not shaped as it should be is refused with its path, as ever (ST-4)."""
    with pytest.raises(InvalidField) as caught:
        SERIALIZER.load(order_1001() | change, Order)

    assert caught.value.path.startswith(path)


def test_a_file_is_brought_up_to_date_once(path: Path) -> None:
    """The file says its schema's version; opened again it is as it was left (ST-3, ST-4)."""
    SQLiteStorage(path).close()
    with closing(sqlite3.connect(path)) as connection:
        assert (sql_schema.VERSION,) == connection.execute("PRAGMA user_version").fetchone()
        assert (sql_schema.revision(sql_schema.VERSION),) == connection.execute(
            "SELECT version_num FROM cartcore_version"
        ).fetchone()
        assert [("ok",)] == connection.execute("PRAGMA integrity_check").fetchall()
        columns = (
            "SELECT promotion_id, discount_minor, currency FROM cartcore_redemptions ORDER BY 1, 2"
        )
        assert [
            ("clothing", 440, "USD"),
            ("first", 1650, "USD"),
            ("mugs", 200, "USD"),
            ("mugs", 200, "USD"),
            ("once", 500, "USD"),
            ("pin", 300, "USD"),
        ] == connection.execute(columns).fetchall()
        windows = (
            "SELECT starts_at, ends_at, count(*) FROM cartcore_promotions"
            " GROUP BY 1, 2 ORDER BY 1, 2"
        )
        assert [
            (FIRST_TIME, microseconds(NOON), 1),
            (FIRST_TIME, LAST_TIME, 13),
            (microseconds(NOON + timedelta(days=1)), LAST_TIME, 1),
        ] == connection.execute(windows).fetchall()
        before = list(connection.iterdump())
    SQLiteStorage(path).close()
    with closing(sqlite3.connect(path)) as connection:
        assert before == list(connection.iterdump())


def test_a_migrated_file_is_like_a_new_one(path: Path, tmp_path: Path) -> None:
    """Tables, columns, keys and indexes are the same as in a file that is made now (ST-3)."""
    SQLiteStorage(path).close()
    SQLiteStorage(tmp_path / "new.db").close()

    assert described(tmp_path / "new.db") == described(path)


def described(path: Path) -> set[tuple[Any, ...]]:
    """The columns of each table, and of each index."""
    with closing(sqlite3.connect(path)) as connection:
        names = connection.execute("SELECT name, type FROM sqlite_master ORDER BY 1").fetchall()
        return {
            (name, kind, *row)
            for name, kind in names
            for row in connection.execute(
                f"PRAGMA {'table_xinfo' if kind == 'table' else 'index_xinfo'}({name})"
            )
        }


@pytest.mark.parametrize("document", ["", "[]", '{"format":1}', "[" * 100_000])
def test_a_file_that_cannot_be_brought_up_to_date(path: Path, document: str) -> None:
    """A damaged order is named, and the file is left as it was (ST-3, ST-5)."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("UPDATE orders SET document = ? WHERE number = '1003'", [document])
        before = list(connection.iterdump())
        [order_id] = connection.execute("SELECT id FROM orders WHERE number = '1003'").fetchone()
    with pytest.raises(ForeignStorage, match=f"order '{order_id}'"):
        SQLiteStorage(path)

    with closing(sqlite3.connect(path)) as connection:
        assert (1,) == connection.execute("PRAGMA user_version").fetchone()
        assert before == list(connection.iterdump())


@pytest.mark.parametrize(
    ("fields", "per"),
    [
        ({"each": True}, Per.UNIT),
        ({"each": False}, Per.TOTAL),
        ({}, Per.TOTAL),
        ({"per": "line"}, Per.LINE),
    ],
)
@pytest.mark.parametrize("version", [1, 2])
def test_a_type_reads_what_it_wrote_before(version: int, fields: dict[str, Any], per: Per) -> None:
    """`amount_off` had `each` where it has `per` now; its own version decides (ST-4, PR-11)."""
    amount = {"amount": "1.00", "currency": "USD"}
    effect = {"type": "cartcore.amount_off", "amount": amount, **fields}
    document = {"format": version, "id": "p", "name": "P", "effect": effect}

    assert AmountOff(amount=usd("1.00"), per=per) == SERIALIZER.load(document, Promotion).effect


def test_what_it_never_wrote_is_refused() -> None:
    """A value that the old field could not have is no old form (ST-4)."""
    amount = {"amount": "1.00", "currency": "USD"}
    effect = {"type": "cartcore.amount_off", "amount": amount, "each": "yes"}
    with pytest.raises(InvalidField) as caught:
        SERIALIZER.load({"format": 1, "id": "p", "name": "P", "effect": effect}, Promotion)

    assert ("Promotion.effect.each", "yes") == (caught.value.path, caught.value.value)


def test_barcodes_of_older_products_are_found(path: Path) -> None:
    """In a file of the first release products are found by the barcodes they have (ST-3, ST-4)."""
    given = {"MUG": "012345678905", "PIN": "x-1"}
    with closing(sqlite3.connect(path)) as file:
        for product_id, document in file.execute("SELECT id, document FROM products").fetchall():
            product = json.loads(document)
            for variant in product["variants"]:
                variant["barcode"] = given.get(variant["sku"], "")
            file.execute(
                "UPDATE products SET document = ? WHERE id = ?",
                (json.dumps(product), product_id),
            )
        file.commit()

    with SQLiteStorage(path) as storage, storage.read() as work:
        found = {code: work.products.by_barcode(code).items for code in ("12345678905", "x-1", "")}

    assert {"12345678905": ["mug"], "x-1": ["pin"], "": []} == {
        code: [product.id for product in products] for code, products in found.items()
    }
