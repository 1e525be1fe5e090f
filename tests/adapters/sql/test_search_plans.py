"""How SQLite and PostgreSQL look for things among twenty thousand, as they explain it (ST-9)."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest
from moneyed import Money
from sqlalchemy import event

from cartcore.adapters.memory import MemoryStorage
from cartcore.adapters.postgres import PostgresStorage
from cartcore.adapters.sql import paging
from cartcore.adapters.sql.storage import SqlStorage
from cartcore.adapters.sqlite import SQLiteStorage
from cartcore.errors import NotFound
from cartcore.orders.filters import DraftFilter, DraftSort, OrderFilter, OrderSort
from cartcore.orders.order import Order, OrderStatus
from cartcore.shop.contact import ContactFilter
from cartcore.shop.product import Product, Variant
from cartcore.storage import PAGE_SIZE, Storage, UnitOfWork, encode_key
from cartcore.testing.records import NOON, a_contact, an_order
from cartcore.values.search import MOST_WORDS
from tests.support.filling import MANY, fill

Search = Callable[[UnitOfWork, str], Any]

COUNTED = "found"
"""What SQLite calls what a count has found: a scan of it looks for nothing."""

SIZE = 10
"""Records a page."""


@attrs.frozen
class Step:
    """Where a database looks for rows, and how: `bounded` means in a part of an index."""

    table: str
    bounded: bool
    index: str = ""
    sorting: bool = False


def in_sqlite(connection: Any, statement: str, values: Any) -> Iterator[Step]:
    for *_, line in connection.execute(f"EXPLAIN QUERY PLAN {statement}", values):
        if "CONSTANT ROW" in line:  # values that were given, and no table
            continue
        if line.startswith(("SEARCH", "SCAN")):
            _, table, *how = line.split()
            if table == COUNTED:
                continue
            index = how[how.index("INDEX") + 1] if "INDEX" in how else ""
            yield Step(table, line.startswith("SEARCH"), index)
        elif "TEMP B-TREE" in line:
            yield Step("", bounded=True, sorting=True)


def in_postgres(connection: Any, statement: str, values: Any) -> Iterator[Step]:
    [(found,)] = connection.execute(f"EXPLAIN (FORMAT JSON) {statement}", values)
    nodes = [found[0]["Plan"]]
    while nodes:
        node = nodes.pop()
        nodes += node.get("Plans", [])
        kind = node["Node Type"]
        if kind == "Seq Scan":
            yield Step(node["Relation Name"], bounded=False)
        elif kind in {"Index Scan", "Index Only Scan", "Bitmap Index Scan"}:
            table = node.get("Relation Name", "")
            yield Step(table, "Index Cond" in node, node["Index Name"])
        elif kind in {"Sort", "Incremental Sort"}:
            yield Step("", bounded=True, sorting=True)


@pytest.fixture(scope="module", params=["sqlite", "sqlite, analyzed", "postgres"])
def filled(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SqlStorage]:
    """A storage with many records, on each database."""
    if request.param == "postgres":
        with (
            request.getfixturevalue("postgres_server").database() as url,
            PostgresStorage(url) as storage,
        ):
            with storage._engine.begin() as connection:
                fill(connection)
            with storage._engine.connect() as connection:
                connection.execution_options(isolation_level="AUTOCOMMIT")
                connection.exec_driver_sql("VACUUM ANALYZE")  # as the server does by itself
            yield storage
        return
    with SQLiteStorage(tmp_path_factory.mktemp("filled") / "shop.sqlite") as storage:
        with storage._engine.begin() as connection:
            connection.exec_driver_sql("BEGIN")
            fill(connection)
        if request.param == "sqlite, analyzed":
            with storage._engine.begin() as connection:
                connection.exec_driver_sql("ANALYZE")
        yield storage


@pytest.fixture
def plan(filled: SqlStorage) -> Iterator[list[Step]]:
    """What the database does for the queries of the test."""
    steps: list[Step] = []
    explained = in_postgres if isinstance(filled, PostgresStorage) else in_sqlite

    def explain(connection: Any, _: Any, statement: str, values: Any, *__: Any) -> None:
        if statement.startswith("SELECT") and "FROM" in statement.split():
            driver = connection.connection.dbapi_connection
            found = list(explained(driver, statement, values))
            steps.extend(
                s for s in found if s.table not in {"cartcore_version", "cartcore_counters"}
            )

    event.listen(filled._engine, "before_cursor_execute", explain)
    yield steps
    event.remove(filled._engine, "before_cursor_execute", explain)


def contacts(**wanted: str) -> Search:
    return lambda work, page: work.contacts.search(ContactFilter(**wanted), page=page, limit=SIZE)


def orders(sort: OrderSort = OrderSort.NEWEST, limit: int = PAGE_SIZE, **wanted: Any) -> Search:
    sought = OrderFilter(**wanted)
    return lambda work, page: work.orders.search(sought, sort=sort, page=page, limit=limit)


def products(text: str, **wanted: Any) -> Search:
    return lambda work, page: work.products.search(text, page=page, limit=SIZE, **wanted)


def drafts(**wanted: Any) -> Search:
    sought = DraftFilter(**wanted)
    return lambda work, page: work.drafts.search(sought, page=page, limit=SIZE)


def lookup(look: Callable[[UnitOfWork], Any]) -> Search:
    return lambda work, _: look(work)


BY_NAME = encode_key(("an5", "c5"))
BY_TITLE = encode_key(("mug5", "p5"))
# PostgreSQL has no room for all of it.
BY_TOTAL = "ix_cartcore_orders_currency_total_minor_placed_at_numbe"
MIDDLE = NOON + timedelta(minutes=MANY // 2)
LATE = NOON + timedelta(minutes=MANY)
BY_TIME = encode_key((int(MIDDLE.timestamp()) * 1_000_000, 5, "11001"))
BY_CHANGE = encode_key((int(MIDDLE.timestamp()) * 1_000_000, "d5"))
OLDEST = encode_key((int(MIDDLE.timestamp()) * 1_000_000, 5, "11001"), "oldest")
HIGHEST, LOWEST = (
    encode_key(("USD", MANY // 2, int(MIDDLE.timestamp()) * 1_000_000, 5, "11001"), listing)
    for listing in ("highest total", "lowest total")
)
MANY_WORDS = " ".join(f"an{i} mu{i}" for i in range(MOST_WORDS // 2))
USD: dict[str, Any] = {"total_min": Money("1.01", "USD"), "total_max": Money("2.00", "USD")}


@pytest.mark.parametrize(
    ("search", "page"),
    [
        (contacts(name="an123"), BY_NAME),
        (contacts(name="an123 mu"), BY_NAME),
        (contacts(email="e12"), BY_NAME),
        (contacts(phone="12"), BY_NAME),
        (contacts(phone="+1 303 555 0147"), BY_NAME),
        (contacts(text="an123"), BY_NAME),
        (contacts(text="e123@x"), BY_NAME),
        (contacts(text="01 23"), BY_NAME),
        (contacts(name=MANY_WORDS), BY_NAME),
        (contacts(text=MANY_WORDS), BY_NAME),
        (contacts(city="city12"), BY_NAME),
        (contacts(region="r123"), BY_NAME),
        (contacts(country="is"), BY_NAME),
        (contacts(tag="vip"), BY_NAME),
        (contacts(name="an1", email="e1", phone="1", city="city1", tag="vip"), BY_NAME),
        (products("mug123"), BY_TITLE),
        (products("mug123 b", published_only=True), BY_TITLE),
        (products(MANY_WORDS), BY_TITLE),
        (products("sku123"), BY_TITLE),
        (products("00000000012345"), BY_TITLE),
        (products("", published_only=True), BY_TITLE),
        (orders(number="112"), BY_TIME),
        (orders(contact="an123 mu"), BY_TIME),
        (orders(contact=MANY_WORDS), BY_TIME),
        (orders(recipient="bo123"), BY_TIME),
        (orders(address="street123 str"), BY_TIME),
        (orders(email="e12"), BY_TIME),
        (orders(phone="12"), BY_TIME),
        (orders(address="street1", email="e1", status=OrderStatus.COMPLETE), BY_TIME),
        (orders(contact_id="c12"), BY_TIME),
        (orders(placed_by="a1"), BY_TIME),
        (orders(placed_by="a1", contact="an123"), BY_TIME),
        (drafts(contact_id="c12"), BY_CHANGE),
        (drafts(actor="a1"), BY_CHANGE),
        (drafts(contact_id="c12", actor="a1"), BY_CHANGE),
        (drafts(unchanged_since=MIDDLE), BY_CHANGE),
        (drafts(name="an123 mu"), BY_CHANGE),
        (drafts(email="e123"), BY_CHANGE),
        (drafts(phone="12"), BY_CHANGE),
        (drafts(recipient="bo123"), BY_CHANGE),
        (drafts(recipient=MANY_WORDS), BY_CHANGE),
        (drafts(address="street123 str home1"), BY_CHANGE),
        (drafts(address="street123", email="e123", unchanged_since=LATE), BY_CHANGE),
        (drafts(reference="erp-12"), BY_CHANGE),
        (drafts(attributes={"po": "12"}), BY_CHANGE),
        (lookup(lambda work: work.drafts.count(DraftFilter(address="street123"))), ""),
        (orders(status=OrderStatus.COMPLETE), BY_TIME),
        (orders(placed_from=NOON), BY_TIME),
        (orders(placed_before=MIDDLE), BY_TIME),
        (orders(status=OrderStatus.COMPLETE, placed_from=NOON, placed_before=MIDDLE), BY_TIME),
        (orders(**USD), BY_TIME),
        (orders(promo_code="code12"), BY_TIME),
        (orders(sku="SKU12"), BY_TIME),
        (orders(sku="SKU12", status=OrderStatus.COMPLETE, placed_from=NOON, **USD), BY_TIME),
        (orders(number="112", status=OrderStatus.COMPLETE), BY_TIME),
        (orders(OrderSort.OLDEST, placed_from=MIDDLE), OLDEST),
        (orders(OrderSort.OLDEST, placed_before=MIDDLE), OLDEST),
        (orders(OrderSort.OLDEST, contact="an123 mu"), OLDEST),
        (orders(OrderSort.HIGHEST_TOTAL, **USD), HIGHEST),
        (orders(OrderSort.HIGHEST_TOTAL, placed_by="a1"), HIGHEST),
        (orders(OrderSort.HIGHEST_TOTAL, number="112", status=OrderStatus.COMPLETE), HIGHEST),
        (lookup(lambda work: work.contacts.count(ContactFilter(name="an123"))), ""),
        (lookup(lambda work: work.products.count("mug123", published_only=True)), ""),
        (lookup(lambda work: work.orders.count(OrderFilter(contact="an123"))), ""),
        (lookup(lambda work: work.orders.count(OrderFilter(**USD))), ""),
        (lookup(lambda work: work.products.any_published()), ""),
        (lookup(lambda work: work.products.many(["p5"])), ""),
        (lookup(lambda work: work.promotions.active(NOON)), ""),
        (lookup(lambda work: work.promotions.usage(["s12"], "c12")), ""),
        (lookup(lambda work: work.promotions.usage(["s12"], "c12", {"s12": "code12"})), ""),
        (lookup(lambda work: work.orders.placed_by_contact("c12")), ""),
        (lookup(lambda work: work.orders.by_draft("draft 12")), ""),
        (lookup(lambda work: work.orders.by_idempotency_key("key 12")), ""),
        (lookup(lambda work: work.orders.by_number("1012")), ""),
        (lookup(lambda work: work.promotions.by_code("code13")), ""),
        (lookup(lambda work: work.products.by_sku("SKU12")), ""),
        (lookup(lambda work: work.products.by_barcode("13", limit=SIZE)), ""),
    ],
)
def test_no_search_walks_through_everything(
    filled: SqlStorage, plan: list[Step], search: Search, page: str
) -> None:
    """Whatever is looked for, databases go through a part of an index, on each page (ST-9)."""
    with filled.read() as work:
        for each in {"", page}:
            with suppress(NotFound):
                search(work, each)

    assert plan
    assert [] == [step for step in plan if not step.bounded]


@pytest.mark.parametrize("page", ["", BY_CHANGE])
@pytest.mark.parametrize("whose", [{"contact_id": "c12"}, {"actor": "a1"}])
def test_drafts_come_sorted_from_an_index(
    filled: SqlStorage, plan: list[Step], whose: dict[str, Any], page: str
) -> None:
    """The drafts of a contact, and those that somebody began, are not collected and sorted."""
    with filled.read() as work:
        found = work.drafts.search(DraftFilter(**whose), page=page, limit=SIZE)

    assert SIZE == len(found.items)
    assert [] == [step for step in plan if step.sorting]
    assert next(iter(whose))[:5] in plan[0].index.replace("created_by", "actor")


@pytest.mark.parametrize("page", ["", BY_TIME])
def test_orders_of_a_clerk_come_sorted_from_an_index(
    filled: SqlStorage, plan: list[Step], page: str
) -> None:
    """The orders that somebody placed are not collected and sorted (ST-9)."""
    with filled.read() as work:
        found = work.orders.search(OrderFilter(placed_by="A1"), page=page, limit=SIZE)

    assert SIZE == len(found.items)
    assert [] == [step for step in plan if step.sorting]
    assert "placed_by" in plan[0].index


@pytest.mark.parametrize("page", ["", BY_TIME])
@pytest.mark.parametrize("status", [None, OrderStatus.COMPLETE])
def test_common_orders_come_sorted_from_an_index(
    filled: SqlStorage, plan: list[Step], status: OrderStatus | None, page: str
) -> None:
    """What meets many orders is not collected and sorted: reading stops with the page (ST-9)."""
    last = NOON + timedelta(minutes=MANY)
    with filled.read() as work:
        found = work.orders.search(OrderFilter(status=status, placed_before=last), page=page)

    assert found.next_page
    assert [] == [step for step in plan if step.sorting]
    assert "number" in plan[0].index


LISTINGS: dict[str, tuple[Search, str, str]] = {
    "contacts": (contacts(), BY_NAME, "ix_cartcore_contacts_name_folded_id"),
    "products": (products(""), BY_TITLE, "ix_cartcore_products_title_folded_id"),
    "drafts": (
        lambda work, page: work.drafts.search(page=page),
        encode_key((int(MIDDLE.timestamp()) * 1_000_000, "d5")),
        "ix_cartcore_drafts_updated_at_id",
    ),
    "orders": (orders(), BY_TIME, "ix_cartcore_orders_placed_at_number_length_number_id"),
}


@pytest.mark.parametrize("kind", LISTINGS)
def test_listings_come_sorted_from_an_index(
    filled: SqlStorage, plan: list[Step], kind: str
) -> None:
    """A listing of everything is read in its order, and no further than the page (ST-9)."""
    search, page, index = LISTINGS[kind]
    for each, bounded in (("", False), (page, True)):
        plan.clear()
        with filled.read() as work:
            assert search(work, each).next_page

        assert Step(f"cartcore_{kind}", bounded, index) == plan[0]
        assert [] == [step for step in plan[1:] if step.sorting or not step.bounded]


SORTED: dict[OrderSort | DraftSort, tuple[Search, str]] = {
    OrderSort.OLDEST: (
        orders(OrderSort.OLDEST),
        "ix_cartcore_orders_placed_at_number_length_number_id",
    ),
    OrderSort.HIGHEST_TOTAL: (orders(OrderSort.HIGHEST_TOTAL), BY_TOTAL),
    OrderSort.LOWEST_TOTAL: (orders(OrderSort.LOWEST_TOTAL), BY_TOTAL),
    DraftSort.EARLIEST_CHANGE: (
        lambda work, page: work.drafts.search(sort=DraftSort.EARLIEST_CHANGE, page=page),
        "ix_cartcore_drafts_updated_at_id",
    ),
}


@pytest.mark.parametrize("sort", SORTED)
def test_a_list_in_another_order_comes_from_an_index(
    filled: SqlStorage, plan: list[Step], sort: OrderSort | DraftSort
) -> None:
    """However lists are sorted, they are read in that order, no further than the page (ST-9)."""
    search, index = SORTED[sort]
    with filled.read() as work:
        first = search(work, "")
        plan.clear()
        assert search(work, first.next_page).items

    assert plan[0].bounded
    assert plan[0].index.startswith(index)
    assert [] == [step for step in plan if step.sorting]


BROAD: dict[str, tuple[Search, str, str]] = {
    "contacts": (contacts(name="an"), BY_NAME, "ix_cartcore_contacts_name_folded_id"),
    "products": (products("mu"), BY_TITLE, "ix_cartcore_products_title_folded_id"),
    "available products": (
        products("mu", published_only=True),
        BY_TITLE,
        "ix_cartcore_products_available_title_folded_id",
    ),
    "orders of a status by total": (
        orders(OrderSort.HIGHEST_TOTAL, status=OrderStatus.COMPLETE),
        HIGHEST,
        BY_TOTAL,
    ),
    "orders of some days by total": (
        orders(OrderSort.LOWEST_TOTAL, placed_from=NOON, placed_before=LATE),
        LOWEST,
        BY_TOTAL,
    ),
}


@pytest.mark.parametrize("kind", BROAD)
def test_what_many_meet_is_sought_in_the_sorted_order(
    filled: SqlStorage, plan: list[Step], kind: str
) -> None:
    """What is common leads to a page without sorting all of it: letters, a status (ST-9)."""
    search, page, index = BROAD[kind]
    for each in ("", page):
        plan.clear()
        with filled.read() as work:
            assert search(work, each).next_page

        assert any(step.index.startswith(index) for step in plan)
        assert [] == [step for step in plan if step.sorting]


@pytest.mark.parametrize(("many", "walked"), [(0, 5), (3, 40), (30, 10_000)])
@pytest.mark.parametrize("on", ["sqlite", "postgres"])
def test_however_a_page_is_sought_it_has_the_same(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    on: str,
    many: int,
    walked: int,
) -> None:
    """Walked, sorted, or first one and then the other: pages are those of memory (ST-9, ST-11)."""
    monkeypatch.setattr(paging, "_MANY", many)
    monkeypatch.setattr(paging, "_WALKED", walked)
    opened: SqlStorage
    if on == "postgres":
        opened = PostgresStorage(request.getfixturevalue("postgres_url"))
    else:
        opened = SQLiteStorage(tmp_path / "shop.sqlite")
    memory = MemoryStorage()
    with opened as storage:
        for each in (memory, storage):
            with each.write() as work:
                for i in range(90):
                    first, last = "ABCDE"[i % 5] + "nn", "ABZ"[i % 3] + f"ng{i % 7}"
                    work.contacts.add(a_contact(f"c{i:02}", name=f"{first} {last}"))
                    variant = Variant(sku=f"{first}-{i}", price=Money(1, "USD"))
                    title, published = f"{last} {i % 4}", bool(i % 6)
                    work.products.add(
                        Product(
                            id=f"p{i:02}", title=title, variants=(variant,), published=published
                        )
                    )
                    work.orders.add(_order(i))
                work.commit()
        for text in ("a", "an", "z", "b a", "e", "nobody", "zng3"):
            searches: tuple[Search, ...] = (
                contacts(name=text),
                products(text),
                products(text, published_only=True),
            )
            for search in searches:
                assert _pages(memory, search) == _pages(storage, search)
        for sort in OrderSort:
            for wanted in ORDERS:
                search = orders(sort, limit=4, **wanted)
                assert _pages(memory, search) == _pages(storage, search)


def _order(i: int) -> Order:
    return an_order(
        f"o{i}",
        total=i % 13,
        currency="EUR" if i % 17 == 1 else "USD",
        status=[*OrderStatus][i % 3],
        placed_at=NOON + timedelta(minutes=i // 2),
        placed_by=["kim", "sam"][i % 11 > 7],
    )


DAY: dict[str, Any] = {
    "placed_from": NOON + timedelta(minutes=5),
    "placed_before": NOON + timedelta(minutes=40),
}
ORDERS: tuple[dict[str, Any], ...] = (
    {},
    DAY,
    {"status": OrderStatus.COMPLETE},
    {"status": OrderStatus.COMPLETE, "placed_by": "SAM", **DAY},
    {"placed_by": "kim", "total_min": Money(3, "USD")},
    {"placed_from": DAY["placed_before"], "total_min": Money(3, "USD")},
    {"total_max": Money(5, "USD")},
    {"contact": "ann", "status": OrderStatus.PROCESSING, **DAY},
)


def _pages(storage: Storage, search: Search) -> list[list[str]]:
    found = []
    page = ""
    with storage.read() as work:
        while True:
            some = search(work, page)
            found.append([each.id for each in some.items])
            page = some.next_page
            if not page:
                return found


def test_uses_are_counted_by_an_index_that_has_all_of_it(
    filled: SqlStorage, plan: list[Step]
) -> None:
    """How often a promotion was redeemed, and for how much, is read from one index (ST-6, ST-9)."""
    with filled.read() as work:
        assert 41 == work.promotions.usage(["s12"], "c12")["s12"].total  # 20 000 / 499, rounded up

    index = "ix_cartcore_redemptions_promotion_id_currency_contact_i"
    assert any(step.bounded and step.index.startswith(index) for step in plan)
    if not isinstance(filled, PostgresStorage):
        assert [] == [step for step in plan if step.sorting]
