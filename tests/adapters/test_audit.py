"""The audit finds each kind of damage, on both databases, and nothing in a shop that is whole."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import attrs
import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moneyed import Money

from cartcore import Address, OrderDesk, Store
from cartcore.adapters.audit import Fault, Finding, audit
from cartcore.adapters.host import HostStorage, migrate
from cartcore.adapters.memory import MemoryStorage
from cartcore.adapters.postgres import PostgresStorage
from cartcore.adapters.sqlite import SQLiteStorage
from cartcore.cart import Cart, CartLine
from cartcore.documents.exchange import export_lines, import_lines
from cartcore.documents.serializer import Serializer
from cartcore.errors import (
    CartcoreError,
    ForeignStorage,
    SchemaMismatch,
    StorageUnavailable,
)
from cartcore.pricing.engine import price
from cartcore.promotions.promotion import Limits
from cartcore.rules import load_rulebook
from cartcore.rules.builtin import FlatRate
from cartcore.testing.records import NOON, an_order
from tests.support.busy import busy_shop
from tests.support.shop import PROMOTIONS, SHIRT, Shop, usd

SERIALIZER = Serializer(load_rulebook())
ADAPTERS = ("sqlite", "postgres")
WHOLE = {Fault.TOTALS, Fault.SHIPMENTS, Fault.HISTORY, Fault.REDEMPTIONS}


@pytest.fixture(scope="module")
def lines() -> list[bytes]:
    """The export of a shop in which a lot has happened."""
    storage = MemoryStorage()
    busy_shop(storage)
    return list(export_lines(storage, SERIALIZER))


@attrs.frozen
class Damaged:
    """A database that a test does damage to, by plain SQL and behind the adapters' back."""

    database: str

    @contextmanager
    def _connected(self) -> Iterator[Any]:
        if self.database.endswith(".db"):
            with closing(sqlite3.connect(self.database)) as file, file:
                yield file
        else:
            with psycopg.connect(self.database) as server:
                yield server

    def do(self, *statements: str) -> None:
        """Run statements; those that only one of the databases needs begin with its name."""
        own = "sqlite:" if self.database.endswith(".db") else "postgres:"
        with self._connected() as connection:
            for statement in statements:
                name, _, rest = statement.partition(":")
                if f"{name}:" not in {"sqlite:", "postgres:"}:
                    connection.execute(statement)
                elif f"{name}:" == own:
                    connection.execute(rest)

    def edit(self, table: str, record_id: str, change: Callable[[Any], object]) -> None:
        """Change the document of a record."""
        mark = "?" if self.database.endswith(".db") else "%s"
        with self._connected() as connection:
            query = f"SELECT document FROM cartcore_{table} WHERE id = {mark}"  # noqa: S608
            [(text,)] = connection.execute(query, (record_id,)).fetchall()
            document = json.loads(text)
            change(document)
            query = f"UPDATE cartcore_{table} SET document = {mark} WHERE id = {mark}"  # noqa: S608
            connection.execute(query, (json.dumps(document), record_id))

    def id_of(self, number: str) -> str:
        """The id of the order with a number."""
        mark = "?" if self.database.endswith(".db") else "%s"
        with self._connected() as connection:
            query = f"SELECT id FROM cartcore_orders WHERE number = {mark}"  # noqa: S608
            [(found,)] = connection.execute(query, (number,)).fetchall()
        return str(found)

    def edit_order(self, number: str, change: Callable[[Any], object]) -> None:
        """Change the document of the order with a number."""
        self.edit("orders", self.id_of(number), change)


@pytest.fixture(params=ADAPTERS)
def shop(request: pytest.FixtureRequest, tmp_path: Path, lines: list[bytes]) -> Damaged:
    """The shop in a database, still whole."""
    if request.param == "sqlite":
        damaged = Damaged(str(tmp_path / "shop.db"))
        with SQLiteStorage(damaged.database) as storage:
            import_lines(storage, lines, SERIALIZER)
    else:
        damaged = Damaged(request.getfixturevalue("postgres_url"))
        with PostgresStorage(damaged.database) as server:
            import_lines(server, lines, SERIALIZER)
    return damaged


def found(shop: Damaged) -> list[tuple[Fault, str]]:
    return [(finding.fault, finding.record) for finding in audit(shop.database)]


# --- All is well ------------------------------------------------------------------------------


def test_a_whole_shop(shop: Damaged) -> None:
    """Orders in all states, with codes, gifts, split lines and discounts by hand, are whole."""
    seen: list[tuple[int, int]] = []

    assert [] == audit(shop.database, progress=lambda done, of: seen.append((done, of)))
    assert [(0, 32), (32, 32)] == seen


def test_an_empty_storage(tmp_path: Path, postgres_url: str) -> None:
    """Where nothing is, nothing is wrong."""
    SQLiteStorage(tmp_path / "shop.db").close()

    assert [] == audit(tmp_path / "shop.db")
    assert [] == audit(postgres_url)


ITEMS = ("SH-BK-S", "SH-BK-L", "MUG", "CAP-RED", "PIN", "CARD")
baskets = st.dictionaries(st.sampled_from(ITEMS), st.integers(1, 9), min_size=1, max_size=4)
codes = st.lists(
    st.sampled_from(["WEAR10", "REDCAPS", "FIVE", "TAKE10", "SHIPFREE", "ONCE"]), max_size=3
)


@settings(max_examples=15)
@given(st.lists(st.tuples(baskets, codes, st.sampled_from(["ann", "zoe"])), min_size=1, max_size=4))
def test_whatever_the_desk_places_is_whole(
    tmp_path_factory: pytest.TempPathFactory, wanted: list[tuple[dict[str, int], list[str], str]]
) -> None:
    """Orders with any items and codes add up, done again by the audit (ST-5, PR-15, PR-16)."""
    shop = Shop(MemoryStorage())
    shop.promote(*PROMOTIONS)
    for items, entered, contact_id in wanted:
        draft_id = shop.with_items(items, contact_id)
        enter_codes(shop, draft_id, entered)
        with shop.edit(draft_id) as edit:
            edit.save_items()
            for viewed in edit.view.shipments:
                edit.choose_speed(viewed.shipment.id, "post")
            edit.go_to("review")
        enter_codes(shop, draft_id, entered)
        with shop.edit(draft_id) as edit:
            edit.go_to("review")
        shop.placed(draft_id)
    path = tmp_path_factory.mktemp("audited") / "shop.db"
    with SQLiteStorage(path) as storage:
        import_lines(storage, export_lines(shop.storage, SERIALIZER), SERIALIZER)

    assert [] == audit(path)


def enter_codes(shop: Shop, draft_id: str, entered: list[str]) -> None:
    """Enter those of the codes that can be used on the present step."""
    for code in entered:
        try:
            with shop.edit(draft_id) as edit:
                edit.enter_code(code)
        except CartcoreError:
            continue  # of another step, or not for these items or this contact


# --- Orders -----------------------------------------------------------------------------------


def _set(*path: Any, to: Any) -> Callable[[Any], None]:
    def change(document: Any) -> None:
        *way, last = path
        for step in way:
            document = document[step]
        document[last] = to

    return change


def _usd(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "USD"}


# 1001: 3 × 20.00 and 2 × 7.50 and a free pin, 10 % off the shirts, 1.00 off each mug, 10.00 off;
# 19.00 for express. 1002: two caps, one for another address, a mug, a card, a free pin.
ORDER_DAMAGES: list[tuple[str, Callable[[Any], object], Fault, str]] = [
    ("1001", _set("quote", "lines", 0, "amount", to=_usd("61.00")), Fault.TOTALS, "its amount"),
    ("1001", _set("quote", "lines", 0, "quantity", to=4), Fault.TOTALS, "its amount"),
    ("1001", _set("quote", "lines", 0, "unit_price", to=_usd("20.01")), Fault.TOTALS, "amount"),
    ("1001", _set("quote", "lines", 0, "discount", to=_usd("5.00")), Fault.TOTALS, "its discount"),
    ("1001", _set("quote", "lines", 0, "total", to=_usd("0.01")), Fault.TOTALS, "its total"),
    ("1001", _set("quote", "lines", 0, "discount", to=_usd("-1.00")), Fault.TOTALS, "-1.00 USD"),
    ("1001", _set("quote", "adjustments", 0, "discount", to=_usd("99")), Fault.TOTALS, "gave"),
    ("1001", _set("quote", "adjustments", 0, "line_id", to="l9"), Fault.TOTALS, "line l9"),
    ("1001", lambda o: o["quote"]["adjustments"].pop(), Fault.TOTALS, "discount"),
    ("1001", lambda o: o["quote"]["lines"].pop(), Fault.TOTALS, "items"),
    *(
        ("1001", _set("quote", "totals", name, to=_usd("1.23")), Fault.TOTALS, f"total {name!r}")
        for name in (
            *("items", "item_discounts", "order_discounts", "shipping"),
            *("shipping_discounts", "tax", "total"),
        )
    ),
    ("1001", _set("quote", "decisions", 0, "discount", to=_usd("0.01")), Fault.TOTALS, "gave"),
    ("1001", _set("quote", "shipments", 0, "price", to=_usd("8.00")), Fault.TOTALS, "its price"),
    ("1001", _set("quote", "shipments", 0, "goods", to=_usd("8.00")), Fault.TOTALS, "its goods"),
    ("1001", _set("quote", "shipments", 0, "discount", to=_usd("8.00")), Fault.TOTALS, "discount"),
    ("1001", _set("quote", "shipments", 0, "total", to=_usd("8.00")), Fault.TOTALS, "its total"),
    ("1001", _set("quote", "shipments", 0, "discount", to=_usd("99")), Fault.TOTALS, "off 19.00"),
    (
        "1002",
        _set("quote", "shipments", 0, "lines", 0, "total", to=_usd("9.99")),
        Fault.TOTALS,
        "parts",
    ),
    (
        "1002",
        _set("quote", "shipments", 0, "lines", 0, "quantity", to=2),
        Fault.SHIPMENTS,
        "2 units, but 3 in shipments",
    ),
    ("1002", lambda o: o["quote"]["shipments"].pop(), Fault.SHIPMENTS, "is not the one"),
    ("1002", lambda o: o["shipments"].pop(), Fault.SHIPMENTS, "is not the one"),
    ("1002", _set("shipments", 0, "lines", 0, "quantity", to=5), Fault.SHIPMENTS, "not the one"),
    ("1002", _set("shipments", 0, "speed", "code", to="sea"), Fault.SHIPMENTS, "another speed"),
    ("1002", _set("history", to=[]), Fault.HISTORY, "empty"),
    ("1002", _set("history", 0, "actor", to="eve"), Fault.HISTORY, "who placed"),
    ("1002", _set("history", 0, "at", to="2026-05-04T12:00:01Z"), Fault.HISTORY, "who placed"),
    ("1002", _set("history", 0, "status", to="complete"), Fault.HISTORY, "begins with complete"),
    ("1001", lambda o: o["history"].pop(), Fault.HISTORY, "ends with processing"),
    (
        "1001",
        _set("shipments", 0, "shipped_at", to=None),
        Fault.HISTORY,
        "0 of 1 shipment went out",
    ),
    (
        "1002",
        _set("shipments", 0, "shipped_at", to="2026-05-04T12:00Z"),
        Fault.HISTORY,
        "does not say so",
    ),
    ("1003", _set("history", 0, "status", to="cancelled"), Fault.HISTORY, "begins with cancelled"),
    (
        "1003",
        _set("shipments", 0, "shipped_at", to="2026-05-04T12:00Z"),
        Fault.HISTORY,
        "was shipped",
    ),
    (
        "1006",
        lambda o: o["history"].insert(1, o["history"][0] | {"status": "cancelled"}),
        Fault.HISTORY,
        "cannot follow",
    ),
    ("1006", lambda o: o["history"].pop(), Fault.HISTORY, "its history has 1 entry"),
    ("1006", lambda o: o["redemptions"].pop(), Fault.REDEMPTIONS, "is not redeemed"),
    ("1006", lambda o: o["redemptions"].append(o["redemptions"][0]), Fault.REDEMPTIONS, "twice"),
    (
        "1006",
        _set("redemptions", 0, "discount", to=_usd("9.99")),
        Fault.REDEMPTIONS,
        "as it was used",
    ),
    ("1006", _set("redemptions", 0, "contact_id", to="eve"), Fault.REDEMPTIONS, "as it was used"),
    ("1006", _set("redemptions", 0, "promotion_id", to="x"), Fault.REDEMPTIONS, "was not used"),
    (
        "1003",
        _set(
            "redemptions",
            to=[{"promotion_id": "once", "contact_id": "ann", "promo_code": "ONCE"}],
        ),
        Fault.REDEMPTIONS,
        "was not used",
    ),
    ("1001", lambda o: o.pop("quote"), Fault.DOCUMENT, "'quote'"),
    ("1001", _set("quote", "lines", to=5), Fault.DOCUMENT, "cannot be read"),
    ("1001", _set("quote", "totals", "tax", to=_usd("0.001")), Fault.DOCUMENT, "finer"),
    ("1001", _set("quote", "totals", "tax", to=_usd("NaN")), Fault.DOCUMENT, "cannot be read"),
    (
        "1001",
        _set("quote", "totals", "tax", to={"amount": "0.00", "currency": "EUR"}),
        Fault.DOCUMENT,
        "0.00 EUR in an order in USD",
    ),
    ("1001", _set("quote", "currency", to="XXXX"), Fault.DOCUMENT, "XXXX"),
    ("1001", _set("placed_at", to="yesterday"), Fault.DOCUMENT, "yesterday"),
    (
        "1006",
        _set("priced_from", "promotions", 1, 1, to=7),
        Fault.KEPT,
        "the promotion 'first' in its version 7 was not kept",
    ),
    (
        "1006",
        lambda o: o["priced_from"]["promotions"].pop(),
        Fault.KEPT,
        "the promotion 'first' applied, but is not among",
    ),
    ("1006", _set("priced_from", "promotions", to=5), Fault.DOCUMENT, "cannot be read"),
    ("1001", _set("version", to=1), Fault.COLUMNS, "the column version has 2"),
    ("1001", _set("draft_id", to="other"), Fault.COLUMNS, "the column draft_id"),
    (
        "1001",
        _set("contact", "name", to="Eve"),
        Fault.COLUMNS,
        "cartcore_order_terms lacks ('contact', 'eve')",
    ),
]


@pytest.mark.parametrize(
    ("number", "change", "fault", "problem"),
    ORDER_DAMAGES,
    ids=[f"{fault}-{i}" for i, (_, _, fault, _) in enumerate(ORDER_DAMAGES)],
)
def test_a_damaged_order(
    tmp_path: Path,
    lines: list[bytes],
    number: str,
    change: Callable[[Any], object],
    fault: Fault,
    problem: str,
) -> None:
    """Each change of what an order says is found, in that order and no other (ST-5)."""
    shop = Damaged(str(tmp_path / "shop.db"))
    with SQLiteStorage(shop.database) as storage:
        import_lines(storage, lines, SERIALIZER)
    shop.edit_order(number, change)
    findings = audit(shop.database)

    assert {number} == {f.record.removeprefix("order ") for f in findings if f.fault in WHOLE} | (
        {number} if fault not in WHOLE else set()
    )
    assert any(f.fault is fault and problem in f.problem for f in findings), findings


def test_the_columns_of_an_order(shop: Damaged) -> None:
    """A column that does not say what its order says is found, whichever it is (ST-5)."""
    for column, value in {
        "number_length": "9",
        "idempotency_key": "'other'",
        "contact_id": "'eve'",
        "status": "'cancelled'",
        "currency": "'EUR'",
        "total_minor": "7601",
        "version": "9",
    }.items():
        shop.do(f"UPDATE cartcore_orders SET {column} = {value} WHERE number = '1001'")  # noqa: S608
        last = [f for f in audit(shop.database) if f"the column {column} has" in f.problem]

        assert [(Fault.COLUMNS, "order 1001")] == [(f.fault, f.record) for f in last]


def test_the_time_of_an_order(shop: Damaged) -> None:
    """The time that orders are sorted by is the order's, to the microsecond (ST-4)."""
    shop.do(
        "sqlite:UPDATE cartcore_orders SET placed_at = placed_at + 1 WHERE number = '1001'",
        "postgres:UPDATE cartcore_orders SET placed_at = placed_at + interval '1 microsecond'"
        " WHERE number = '1001'",
    )

    assert [(Fault.COLUMNS, "order 1001")] == found(shop)


# --- Whatever else belongs to records ---------------------------------------------------------

DAMAGES: list[tuple[tuple[str, ...], tuple[Fault, str]]] = [
    (("DELETE FROM cartcore_order_skus WHERE sku = 'SH-BK-L'",), (Fault.COLUMNS, "order 1005")),
    (
        (
            (
                "DELETE FROM cartcore_order_terms WHERE term = 'lee'"
                " AND order_id = (SELECT id FROM cartcore_orders WHERE number = '1001')"
            ),
        ),
        (Fault.COLUMNS, "order 1001"),
    ),
    (("DELETE FROM cartcore_order_codes WHERE code = 'take10'",), (Fault.COLUMNS, "order 1001")),
    (("DELETE FROM cartcore_contact_words WHERE word = 'muller'",), (Fault.COLUMNS, "contact zoe")),
    (
        ("DELETE FROM cartcore_contact_addresses WHERE city_folded = 'denver'",),
        (Fault.COLUMNS, "contact ann"),
    ),
    (("UPDATE cartcore_contact_tags SET tag_folded = 'v'",), (Fault.COLUMNS, "contact ann")),
    (
        ("DELETE FROM cartcore_contact_address_words WHERE word = 'denver'",),
        (Fault.COLUMNS, "contact ann"),
    ),
    (
        ("UPDATE cartcore_contacts SET email_key = 'x' WHERE id = 'ann'",),
        (Fault.COLUMNS, "contact ann"),
    ),
    (
        ("UPDATE cartcore_contacts SET document = '{'  WHERE id = 'ann'",),
        (Fault.DOCUMENT, "contact ann"),
    ),
    (
        ("UPDATE cartcore_contacts SET version = 7 WHERE id = 'ann'",),
        (Fault.COLUMNS, "contact ann"),
    ),
    *(
        ((statement,), (Fault.COLUMNS, "draft id-13"))
        for statement in (
            "UPDATE cartcore_drafts SET contact_id = 'eve' WHERE id = 'id-13'",
            "UPDATE cartcore_drafts SET created_by_key = 'eve' WHERE id = 'id-13'",
            "DELETE FROM cartcore_draft_terms WHERE draft_id = 'id-13' AND term = 'denver'",
            "UPDATE cartcore_draft_terms SET kind = 'x' WHERE draft_id = 'id-13' AND term = 'co'",
            "INSERT INTO cartcore_draft_terms (draft_id, kind, term) VALUES ('id-13', 'to', 'eve')",
        )
    ),
    (
        (
            "sqlite:UPDATE cartcore_drafts SET updated_at = updated_at + 1 WHERE id = 'id-13'",
            (
                "postgres:UPDATE cartcore_drafts"
                " SET updated_at = updated_at + interval '1 microsecond' WHERE id = 'id-13'"
            ),
        ),
        (Fault.COLUMNS, "draft id-13"),
    ),
    (
        (
            (
                "postgres:ALTER TABLE cartcore_draft_terms"
                " DROP CONSTRAINT fk_cartcore_draft_terms_draft_id"
            ),
            "INSERT INTO cartcore_draft_terms (draft_id, kind, term) VALUES ('gone', 'to', 'eve')",
        ),
        (Fault.ORPHAN, "draft gone"),
    ),
    (("DELETE FROM cartcore_variants WHERE sku = 'MUG'",), (Fault.COLUMNS, "product mug")),
    (("UPDATE cartcore_variants SET sku = 'X' WHERE sku = 'MUG'",), (Fault.COLUMNS, "product mug")),
    (("DELETE FROM cartcore_product_words WHERE word = 'big'",), (Fault.COLUMNS, "product mug")),
    (
        ("UPDATE cartcore_products SET available = NOT available WHERE id = 'mug'",),
        (Fault.COLUMNS, "product mug"),
    ),
    (
        ("DELETE FROM cartcore_promotion_codes WHERE code = 'wear10'",),
        (Fault.COLUMNS, "promotion clothing"),
    ),
    (
        ("DELETE FROM cartcore_promotion_words WHERE promotion_id = 'vip'",),
        (Fault.COLUMNS, "promotion vip"),
    ),
    (
        ("UPDATE cartcore_promotions SET effect_type = 'percent_of' WHERE id = 'vip'",),
        (Fault.COLUMNS, "promotion vip"),
    ),
    (
        ("UPDATE cartcore_promotions SET enabled = NOT enabled WHERE id = 'vip'",),
        (Fault.COLUMNS, "promotion vip"),
    ),
    (
        ("UPDATE cartcore_promotions SET ends_at = starts_at WHERE id = 'vip'",),
        (Fault.COLUMNS, "promotion vip"),
    ),
    (
        ("UPDATE cartcore_promotions SET starts_at = NULL WHERE id = 'vip'",),
        (Fault.COLUMNS, "promotion vip"),
    ),
    (
        ("DELETE FROM cartcore_redemptions WHERE promotion_id = 'first'",),
        (Fault.REDEMPTIONS, "order 1006"),
    ),
    (
        ("UPDATE cartcore_redemptions SET discount_minor = 1 WHERE promotion_id = 'first'",),
        (Fault.REDEMPTIONS, "order 1006"),
    ),
    (
        ("UPDATE cartcore_redemptions SET contact_id = 'eve' WHERE promotion_id = 'first'",),
        (Fault.REDEMPTIONS, "order 1006"),
    ),
    (
        (
            (
                "INSERT INTO cartcore_redemptions SELECT id, 0, 'once', 'ann', 'ONCE', 400, 'USD'"
                " FROM cartcore_orders WHERE number = '1003'"
            ),
        ),
        (Fault.REDEMPTIONS, "order 1003"),
    ),
    (
        ("DELETE FROM cartcore_order_promotions WHERE promotion_id = 'first'",),
        (Fault.KEPT, "order 1006"),
    ),
    (
        (
            (
                "INSERT INTO cartcore_order_promotions SELECT promotion_id, 2, document"
                " FROM cartcore_order_promotions WHERE promotion_id = 'once'"
            ),
        ),
        (Fault.KEPT, "promotion once, kept in its version 2"),
    ),
    (
        ("UPDATE cartcore_order_promotions SET document = '{' WHERE promotion_id = 'ten'",),
        (Fault.KEPT, "promotion ten, kept in its version 1"),
    ),
    (
        (
            (
                "UPDATE cartcore_order_promotions SET"
                " document = replace(document, '20% off, once', 'X') WHERE promotion_id = 'once'"
            ),
        ),
        (Fault.KEPT, "order 1003"),
    ),
    (
        ("UPDATE cartcore_counters SET value = 1005 WHERE name = 'order_number'",),
        (Fault.NUMBER, "counter order_number"),
    ),
    (
        ("DELETE FROM cartcore_counters WHERE name = 'order_number'",),
        (Fault.NUMBER, "counter order_number"),
    ),
    (
        ("DELETE FROM cartcore_counters WHERE name = 'promotions'",),
        (Fault.REVISION, "counter promotions"),
    ),
    (
        ("UPDATE cartcore_promotions SET revision = 99 WHERE id = 'vip'",),
        (Fault.REVISION, "promotion vip"),
    ),
    (("DELETE FROM cartcore_counters WHERE name = 'events'",), (Fault.EVENT, "counter events")),
    (
        ("UPDATE cartcore_counters SET value = 8 WHERE name = 'events'",),
        (Fault.EVENT, "counter events"),
    ),
    (
        (
            "sqlite:UPDATE cartcore_events SET at = at + 1 WHERE sequence = 5",
            (
                "postgres:UPDATE cartcore_events SET at = at + interval '1 microsecond'"
                " WHERE sequence = 5"
            ),
        ),
        (Fault.EVENT, "event 5"),
    ),
    (("DELETE FROM cartcore_events WHERE sequence = 9",), (Fault.EVENT, "counter events")),
    (("DELETE FROM cartcore_events WHERE sequence = 5",), (Fault.EVENT, "event 6")),
    *(
        ((f"UPDATE cartcore_events SET {change} WHERE sequence = 5",), (Fault.EVENT, "event 5"))  # noqa: S608
        for change in (
            "kind = 'shipped'",
            "order_version = order_version + 3",
            "order_number = '999'",
            "payload = '{}'",
            "payload = 'x'",
            "payload = replace(payload, '\"sequence\":5', '\"sequence\":6')",
        )
    ),
    (
        (
            (
                "postgres:ALTER TABLE cartcore_contact_words"
                " DROP CONSTRAINT fk_cartcore_contact_words_contact_id"
            ),
            "INSERT INTO cartcore_contact_words (contact_id, word) VALUES ('gone', 'ghost')",
        ),
        (Fault.ORPHAN, "contact gone"),
    ),
    (
        (
            (
                "postgres:ALTER TABLE cartcore_redemptions"
                " DROP CONSTRAINT fk_cartcore_redemptions_order_id"
            ),
            "sqlite:PRAGMA foreign_keys = OFF",
            "INSERT INTO cartcore_redemptions VALUES ('zzz', 0, 'vip', 'ann', '', 1, 'USD')",
        ),
        (Fault.ORPHAN, "order zzz"),
    ),
]


@pytest.mark.parametrize(("statements", "expected"), DAMAGES)
def test_damaged_tables(
    shop: Damaged, statements: tuple[str, ...], expected: tuple[Fault, str]
) -> None:
    """Rows that are missing, too many or others are found, and nothing else is (ST-5)."""
    shop.do(*statements)

    assert {expected} == {each for each in found(shop) if each[0] is not Fault.DATABASE}


def test_promotions_that_cannot_be_read(shop: Damaged) -> None:
    """A promotion that lacks something, or whose limits are none, is damaged."""
    shop.edit("promotions", "mugs", _set("limits", to=5))
    shop.edit("promotions", "vip", lambda promotion: promotion.pop("codes"))

    assert [(Fault.DOCUMENT, "promotion vip"), (Fault.DOCUMENT, "promotion mugs")] == found(shop)


def test_an_id_that_is_no_text(tmp_path: Path) -> None:
    """SQLite keeps whatever it is given; an id of bytes is found."""
    shop = Damaged(str(tmp_path / "shop.db"))
    SQLiteStorage(shop.database).close()
    shop.do(
        "INSERT INTO cartcore_drafts (id, version, updated_at, document) VALUES (x'00', 1, 0, '{}')"
    )

    assert [(Fault.DOCUMENT, "draft b'\\x00'")] == found(shop)


def test_half_an_order(shop: Damaged) -> None:
    """An order whose row is gone leaves rows that belong to nobody (ST-5)."""
    order_id = shop.id_of("1002")
    shop.do(
        *(
            f"postgres:ALTER TABLE cartcore_{table} DROP CONSTRAINT fk_cartcore_{table}_order_id"
            for table in ("order_terms", "order_skus", "order_codes", "redemptions")
        ),
        f"DELETE FROM cartcore_orders WHERE id = '{order_id}'",  # noqa: S608
    )
    orphans = [f for f in audit(shop.database) if f.fault is Fault.ORPHAN]

    assert {f"order {order_id}"} == {finding.record for finding in orphans}
    tables = {"cartcore_order_terms", "cartcore_order_skus", "cartcore_redemptions"}
    assert tables == {f.problem.split()[4] for f in orphans}


def test_a_draft_that_was_placed(shop: Damaged) -> None:
    """A draft that is an order and still open is found (ST-5)."""
    shop.do(
        "INSERT INTO cartcore_drafts (id, version, updated_at, document)"
        " SELECT o.draft_id, d.version, d.updated_at, d.document"
        " FROM cartcore_orders AS o, cartcore_drafts AS d"
        " WHERE o.number = '1001' AND d.id = (SELECT min(id) FROM cartcore_drafts)"
    )
    draft = [f for f in audit(shop.database) if f.fault is Fault.DRAFT]

    assert ["it was placed as order 1001 but is still open"] == [f.problem for f in draft]


@pytest.mark.parametrize("column", ["number", "draft_id", "idempotency_key"])
def test_two_orders_with_one_key(shop: Damaged, column: str) -> None:
    """Keys that two orders share are found, though the database should not have let it (ST-7)."""
    shop.do(
        f"postgres:ALTER TABLE cartcore_orders DROP CONSTRAINT uq_cartcore_orders_{column}",
        "sqlite:CREATE TABLE copied AS SELECT * FROM cartcore_orders",
        "sqlite:DROP TABLE cartcore_orders",
        "sqlite:ALTER TABLE copied RENAME TO cartcore_orders",
        f"UPDATE cartcore_orders SET {column} ="  # noqa: S608
        f" (SELECT {column} FROM cartcore_orders WHERE number = '1001')"
        " WHERE number = '1002'",
    )
    doubled = [f for f in audit(shop.database) if f.fault is Fault.DUPLICATE]

    assert [f"2 rows of cartcore_orders have this {column}"] == [f.problem for f in doubled]


LIMITS: list[tuple[str, Limits, list[str]]] = [
    # redeemed: mugs by ann (1.00 × 2) and zoe (1.00); first by ann, 10.00
    ("mugs", Limits(total=1), ["it was redeemed twice, but its limit is 1"]),
    ("mugs", Limits(total=2, per_contact=1, budget=usd("3.00")), []),
    ("mugs", Limits(budget=usd("2.99")), ["it gave 3.00 USD, but its budget is 2.99 USD"]),
    ("first", Limits(total=1, per_contact=1, budget=usd("10.00")), []),
    ("off", Limits(total=1), []),
]


@pytest.mark.parametrize(("promotion_id", "limits", "expected"), LIMITS)
def test_limits_that_were_passed(
    shop: Damaged, promotion_id: str, limits: Limits, expected: list[str]
) -> None:
    """More redemptions or discounts than a promotion allows are found (ST-6, PR-12)."""
    dumped = SERIALIZER.dump(attrs.evolve(PROMOTIONS["mugs"], limits=limits))["limits"]
    shop.edit("promotions", promotion_id, _set("limits", to=dumped))
    passed = audit(shop.database)

    assert [(Fault.LIMIT, f"promotion {promotion_id}")] * len(expected) == found(shop)
    for finding, problem in zip(passed, expected, strict=True):
        assert problem in finding.problem


def test_more_than_once_by_one_contact(shop: Damaged) -> None:
    """A contact who redeemed a promotion more often than allowed is found (ST-6)."""
    shop.do("UPDATE cartcore_redemptions SET contact_id = 'ann' WHERE promotion_id = 'mugs'")
    shop.edit("promotions", "mugs", _set("limits", to={"per_contact": 1}))
    limit = [f for f in audit(shop.database) if f.fault is Fault.LIMIT]

    assert ["one contact redeemed it twice, but the limit is 1"] == [f.problem for f in limit]


def test_more_than_once_with_one_code(shop: Damaged) -> None:
    """A code that was used more often than allowed is found, and others are not (ST-6, PR-12)."""
    shop.do("UPDATE cartcore_redemptions SET promo_code = 'uni-1' WHERE promotion_id = 'mugs'")
    shop.edit("promotions", "mugs", _set("limits", to={"per_code": 2}))
    assert [] == [f for f in audit(shop.database) if f.fault is Fault.LIMIT]
    shop.edit("promotions", "mugs", _set("limits", to={"per_code": 1}))
    limit = [f for f in audit(shop.database) if f.fault is Fault.LIMIT]

    assert ["the code 'uni-1' was used twice, but the limit is 1"] == [f.problem for f in limit]


def test_a_limit_that_was_lowered(shop: Damaged) -> None:
    """Of a promotion that was changed since, the finding says that this may be why."""
    shop.do("UPDATE cartcore_promotions SET version = 2 WHERE id = 'mugs'")
    shop.edit("promotions", "mugs", _set("version", to=2))
    shop.edit("promotions", "mugs", _set("limits", to={"total": 1}))

    [finding] = audit(shop.database)
    assert finding.problem.endswith("(or it was lowered since)")


# --- The database -----------------------------------------------------------------------------


def test_a_table_that_is_missing(shop: Damaged) -> None:
    """A table that is not there is found, and nothing more can be."""
    shop.do("DROP TABLE cartcore_order_skus")

    assert [Finding(Fault.DATABASE, "cartcore_order_skus", "the table is missing")] == audit(
        shop.database
    )


def test_a_column_that_is_missing(shop: Damaged) -> None:
    """What cannot be read is a finding, too."""
    shop.do("ALTER TABLE cartcore_redemptions RENAME COLUMN discount_minor TO given")
    findings = audit(shop.database)

    assert {Fault.DATABASE} == {finding.fault for finding in findings}
    assert all("discount_minor" in finding.problem for finding in findings)


def test_a_file_with_a_bad_page(tmp_path: Path, lines: list[bytes]) -> None:
    """A file that SQLite itself finds damaged is found damaged."""
    path = tmp_path / "shop.db"
    with SQLiteStorage(path) as storage:
        import_lines(storage, lines, SERIALIZER)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        [(page, size)] = connection.execute(
            "SELECT rootpage, (SELECT page_size FROM pragma_page_size) FROM sqlite_schema"
            " WHERE name = 'ix_cartcore_contacts_name_folded_id'"
        )
    whole = bytearray(path.read_bytes())
    whole[(page - 1) * size : page * size] = b"\x55" * size
    path.write_bytes(whole)

    assert Fault.DATABASE in {finding.fault for finding in audit(path)}


def test_rows_that_belong_to_nobody_in_a_file(tmp_path: Path, lines: list[bytes]) -> None:
    """SQLite's own check of foreign keys is asked, too."""
    shop = Damaged(str(tmp_path / "shop.db"))
    with SQLiteStorage(shop.database) as storage:
        import_lines(storage, lines, SERIALIZER)
    shop.do("INSERT INTO cartcore_contact_words (contact_id, word) VALUES ('gone', 'ghost')")

    assert [(Fault.DATABASE, "database"), (Fault.ORPHAN, "contact gone")] == found(shop)


def test_what_is_no_storage(tmp_path: Path, postgres_server: Any) -> None:
    """A missing, foreign or older database is an error and no finding (ST-3, ST-10)."""
    with pytest.raises(StorageUnavailable):
        audit(tmp_path / "nothing.db")
    with pytest.raises(StorageUnavailable):
        audit("postgresql://nobody@127.0.0.1:1/nothing?connect_timeout=1")
    (tmp_path / "text.db").write_text("my diary")
    with pytest.raises(ForeignStorage):
        audit(tmp_path / "text.db")
    sqlite3.connect(tmp_path / "other.db").execute("CREATE TABLE t (x)").connection.close()
    with pytest.raises(ForeignStorage):
        audit(tmp_path / "other.db")
    with postgres_server.empty_database() as url, pytest.raises(SchemaMismatch):
        audit(url)
    with closing(sqlite3.connect(tmp_path / "locked.db", isolation_level=None)) as other:
        other.execute("PRAGMA application_id = 1")
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StorageUnavailable, match="locked"):
            audit(tmp_path / "locked.db")
    SQLiteStorage(tmp_path / "newer.db").close()
    with closing(sqlite3.connect(tmp_path / "newer.db")) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(SchemaMismatch):
        audit(tmp_path / "newer.db")


def test_a_shop_without_promotions_is_whole(tmp_path: Path) -> None:
    """An order that was priced from no promotions has none kept, and nothing is wrong with it."""
    with SQLiteStorage(tmp_path / "plain.db") as storage:
        with storage.write() as work:
            work.products.add(SHIRT)
            work.commit()
        post = FlatRate(code="post", name="Post", price=usd("5.00"))
        desk = OrderDesk(storage, Store(currency="USD", speeds=(post,)))
        with desk.begin(actor="sam") as edit:
            home = Address(line1="1 Main Street", city="Denver", country="US")
            edit.create_contact("Ann Lee", address=home)
            edit.add_sku(SHIRT.variants[0].sku)
            edit.save_items()
            edit.choose_speed("s1", "post")
            edit.go_to("review")
        view = desk.view(edit.draft.id)
        desk.place(view.draft.id, seen=view.token, actor="sam")
    assert [] == audit(tmp_path / "plain.db")


def test_a_file_of_an_application(tmp_path: Path, lines: list[bytes]) -> None:
    """Cartcore's tables in the file of an application are looked at, and no others (HA-2)."""
    shop = Damaged(str(tmp_path / "app.db"))
    with closing(sqlite3.connect(shop.database)) as connection, connection:
        connection.execute("CREATE TABLE parents (id PRIMARY KEY)")
        connection.execute("CREATE TABLE children (parent REFERENCES parents)")
        connection.execute("INSERT INTO children VALUES ('an orphan')")
        migrate(connection)
        import_lines(HostStorage(lambda: connection), lines, SERIALIZER)
    assert [] == found(shop)
    shop.do("DELETE FROM cartcore_orders WHERE number = '1001'")
    assert {Fault.ORPHAN} < {fault for fault, _ in found(shop)}
    for version, told in (("9000", SchemaMismatch), ("12", SchemaMismatch), ("x", ForeignStorage)):
        with shop._connected() as connection:
            connection.execute("UPDATE cartcore_version SET version_num = ?", [version])
        with pytest.raises(told):
            audit(shop.database)


def test_a_server_that_goes_away(postgres_url: str, lines: list[bytes]) -> None:
    """A connection that is lost on the way is an error, and no finding (ST-10)."""
    with PostgresStorage(postgres_url) as storage:
        import_lines(storage, lines, SERIALIZER)

    def cut(done: int, of: int) -> None:
        with psycopg.connect(postgres_url) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

    with pytest.raises(StorageUnavailable):
        audit(postgres_url, progress=cut)


def test_nothing_is_changed_and_nobody_waits(tmp_path: Path, lines: list[bytes]) -> None:
    """The audit goes on beside a writer, sees what was there when it began, and changes nothing."""
    path = tmp_path / "shop.db"
    with SQLiteStorage(path) as storage:
        import_lines(storage, lines, SERIALIZER)
        before = list(export_lines(storage, SERIALIZER))
        with storage.write() as work:
            work.products.save(attrs.evolve(work.products.get(SHIRT.id), title="Tee"))

            assert [] == audit(path)
        assert before == list(export_lines(storage, SERIALIZER))


def test_a_total_that_is_too_large_to_look_for(tmp_path: Path) -> None:
    """Of a total above all that can be looked for, the column does not have the whole sum."""
    lines = tuple(
        CartLine(id=i, sku=i, quantity=900, unit_price=Money(10**12, "USD")) for i in ("1", "2")
    )
    quote = price(Cart(currency="USD", lines=lines), at=NOON)
    assert Money(1_800 * 10**12, "USD") == quote.total
    with SQLiteStorage(tmp_path / "shop.db") as storage, storage.write() as work:
        work.orders.add(an_order(quote=quote))
        work.commit()

    assert Fault.COLUMNS not in {finding.fault for finding in audit(tmp_path / "shop.db")}
