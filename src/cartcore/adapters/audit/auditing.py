"""The audit: every record, what belongs to it, and what must hold between them."""

import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs

from cartcore.adapters.audit.finding import Fault, Finding
from cartcore.adapters.audit.orders import Amounts, Document, faults, redemptions
from cartcore.adapters.audit.reading import TABLES, Database, Row, Unreadable, opened
from cartcore.errors import CartcoreError
from cartcore.promotions.promotion import normalize_code
from cartcore.shop.contact import email_key
from cartcore.shop.product import barcode_key
from cartcore.values.arguments import check_arguments
from cartcore.values.phones import phone_digits
from cartcore.values.search import fold, index_words
from cartcore.values.text import normal

Progress = Callable[[int, int], object]
"""Is told how many records were looked at, and of how many."""

_OFTEN = 100
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_TIME = datetime.min.replace(tzinfo=UTC)
_LAST_TIME = datetime.max.replace(tzinfo=UTC)
_LONGEST_COUNTED = 18
_LARGEST_TOTAL = 10**15 + 1  # it stands for all that are larger
# What reading a damaged document can raise.
_DAMAGED = (KeyError, TypeError, ValueError, ArithmeticError, AttributeError, RecursionError)

_UNIQUE = (
    *(("orders", column) for column in ("id", "number", "draft_id", "idempotency_key")),
    *(("contacts", column) for column in ("id", "email_key")),
    *(("products", "id"), ("variants", "sku"), ("drafts", "id")),
    *(("promotions", "id"), ("promotion_codes", "code")),
)


@check_arguments
def audit(database: str | os.PathLike[str], *, progress: Progress | None = None) -> list[Finding]:
    """Go through an SQLite file or a PostgreSQL database, and return what is wrong in it.

    Nothing is changed, writers are not kept waiting, and what they store meanwhile is not seen.
    The findings of a storage in which all is well are an empty list.

    Args:
        database: the path of a file, or the URL of a database.
        progress: is told how many records were looked at, and of how many.

    Raises:
        InvalidField: a URL that libpq does not take.
        StorageUnavailable: it is not there, or cannot be read.
        ForeignStorage: it is not cartcore's.
        SchemaMismatch: its tables are of another version: migrate it first.
    """
    with opened(database) as found:
        missing = sorted(TABLES - found.tables)
        if missing:
            return [Finding(Fault.DATABASE, name, "the table is missing") for name in missing]
        return list(_findings(found, progress or _silent))


def _silent(done: int, of: int) -> None:
    """Tell nobody."""


def _findings(database: Database, progress: Progress) -> Iterator[Finding]:
    largest, lacking = _Largest(), _Lacking()
    looks: tuple[Callable[[], Iterator[Finding]], ...] = (
        lambda: (Finding(Fault.DATABASE, "database", told) for told in database.damages()),
        lambda: _records(database, largest, lacking, progress),
        lambda: lacking.findings(database),
        lambda: _duplicates(database),
        lambda: _open_and_placed(database),
        lambda: _limits(database),
        lambda: _numbers(database, largest.number),
        lambda: _revisions(database),
    )
    for look in looks:
        try:
            yield from look()
        except Unreadable as error:
            yield Finding(Fault.DATABASE, "database", f"it cannot be read: {error}")


# --- Records ----------------------------------------------------------------------------------

Columns = dict[str, Any]
Links = dict[str, set[tuple[Any, ...]]]


@attrs.frozen
class _Kind:
    """A kind of record, and what its document says of its columns and of rows in other tables.

    `links` are tables with the column that has the record's id and those that are compared.
    """

    name: str
    table: str
    columns: tuple[str, ...]
    links: Mapping[str, tuple[str, ...]]
    expected: Callable[[Document], tuple[Columns, Links]]


def _contact(contact: Document) -> tuple[Columns, Links]:
    email = email_key(contact["email"])
    return {
        "name_folded": fold(contact["name"]),
        "email_key": email or None,
        "email_folded": fold(email),
    }, {
        "contact_words": {(word,) for word in index_words(contact["name"])},
        "contact_phones": {(end,) for end in _ends(_phones(contact))},
        "contact_addresses": {
            (fold(a["city"]), fold(a["region"]), a["country"]) for a in contact["addresses"]
        },
        "contact_tags": {(fold(tag),) for tag in contact["tags"]},
    }


def _phones(contact: Document) -> list[str]:
    return [contact["phone"], *(a["phone"] for a in contact["addresses"])]


def _ends(phones: Iterable[str]) -> Iterator[str]:
    return (number[::-1] for phone in phones for number in phone_digits(phone))


def _product(product: Document) -> tuple[Columns, Links]:
    on_sale = product["published"] and any(v["published"] for v in product["variants"])
    return {"title_folded": fold(product["title"]), "available": on_sale}, {
        "product_words": {(word,) for word in index_words(product["title"])},
        "variants": {
            (v["sku"], normal(v["sku"]), barcode_key(v["barcode"]) or None)
            for v in product["variants"]
        },
    }


def _promotion(promotion: Document) -> tuple[Columns, Links]:
    starts_at, ends_at = promotion.get("starts_at"), promotion.get("ends_at")
    return {
        "enabled": promotion["enabled"],
        "trigger": promotion["trigger"],
        "starts_at": datetime.fromisoformat(starts_at) if starts_at else _FIRST_TIME,
        "ends_at": datetime.fromisoformat(ends_at) if ends_at else _LAST_TIME,
    }, {"promotion_codes": {(code,) for code in map(_code, promotion["codes"]) if code}}


def _code(promo_code: str) -> str:
    """A code as it is compared; empty for one of an older release that nobody can enter."""
    try:
        return normalize_code(promo_code)
    except CartcoreError:
        return ""


def _draft(draft: Document) -> tuple[Columns, Links]:
    return {
        "updated_at": datetime.fromisoformat(draft["updated_at"]),
        "contact_id": draft["contact_id"],
        "created_by_key": normal(draft["created_by"]),
    }, {}


def _order(order: Document) -> tuple[Columns, Links]:
    quote = order["quote"]
    total = quote["totals"]["total"]
    codes = [d["promo_code"] for d in quote["decisions"] if d["applied"] and d["promo_code"]]
    return {
        "number": order["number"],
        "number_length": len(order["number"]),
        "draft_id": order["draft_id"],
        "idempotency_key": order["idempotency_key"],
        "contact_id": order["contact"]["id"],
        "email_folded": fold(email_key(order["contact"]["email"])),
        "status": order["status"],
        "placed_at": datetime.fromisoformat(order["placed_at"]),
        "currency": total["currency"],
        "total_minor": min(Amounts.of(total["currency"]).minor(total), _LARGEST_TOTAL),
        "placed_by_key": normal(order["placed_by"]),
    }, {
        "order_terms": {*_order_terms(order)},
        "order_skus": {(line["sku"],) for line in quote["lines"]},
        "order_codes": {(code,) for code in map(_code, codes) if code},
        "redemptions": {(i, *row) for i, row in enumerate(redemptions(order))},
    }


def _order_terms(order: Document) -> Iterator[tuple[str, str]]:
    contact = order["contact"]
    to = [shipment["address"] for shipment in order["shipments"]]
    recipients = [name for a in to for name in (a["name"] or contact["name"], a["company"]) if name]
    parts = ("name", "company", "line1", "line2", "city", "region", "postal_code")
    addresses = (a[part] for a in (*to, *contact["addresses"][:1]) for part in parts)
    texts = {"contact": [contact["name"]], "recipient": recipients, "address": addresses}
    for kind, found in texts.items():
        yield from ((kind, word) for word in index_words(" ".join(found)))
    phones = (*_phones(contact), *(a["phone"] for a in to))
    yield from (("phone", end) for end in _ends(phones))


_REDEMPTION = ("position", "promotion_id", "contact_id", "promo_code", "discount_minor", "currency")
_KINDS = (
    _Kind(
        "contact",
        "contacts",
        ("name_folded", "email_key", "email_folded"),
        {
            "contact_words": ("contact_id", "word"),
            "contact_phones": ("contact_id", "number_reversed"),
            "contact_addresses": ("contact_id", "city_folded", "region_folded", "country"),
            "contact_tags": ("contact_id", "tag_folded"),
        },
        _contact,
    ),
    _Kind(
        "product",
        "products",
        ("title_folded", "available"),
        {
            "product_words": ("product_id", "word"),
            "variants": ("product_id", "sku", "sku_folded", "barcode_key"),
        },
        _product,
    ),
    _Kind(
        "promotion",
        "promotions",
        ("enabled", "trigger", "starts_at", "ends_at"),
        {"promotion_codes": ("promotion_id", "code")},
        _promotion,
    ),
    _Kind("draft", "drafts", ("updated_at", "contact_id", "created_by_key"), {}, _draft),
    _Kind(
        "order",
        "orders",
        (
            *("number", "number_length", "draft_id", "idempotency_key", "contact_id"),
            *("email_folded", "status", "placed_at", "currency", "total_minor"),
            "placed_by_key",
        ),
        {
            "order_terms": ("order_id", "kind", "term"),
            "order_skus": ("order_id", "sku"),
            "order_codes": ("order_id", "code"),
            "redemptions": ("order_id", *_REDEMPTION),
        },
        _order,
    ),
)


@attrs.define
class _Largest:
    """The largest order number so far, of those that count."""

    number: int = 0

    def see(self, number: str) -> None:
        if number.isascii() and number.isdecimal() and len(number) <= _LONGEST_COUNTED:
            self.number = max(self.number, int(number))


class _Belonging:
    """The rows of a table by the record they belong to, read along with the records."""

    def __init__(self, rows: Iterator[Row]) -> None:
        self._rows = rows
        self._next = next(rows, None)
        self.orphans: list[str] = []

    def to(self, record_id: str | None) -> list[tuple[Any, ...]]:
        """Take the rows up to those of a record, or all that are left."""
        found = []
        while self._next is not None:
            owner = self._next[0]
            if record_id is not None and str(owner) > record_id:
                break
            if owner == record_id:
                found.append(tuple(self._next[1:]))
            elif owner not in self.orphans[-1:]:
                self.orphans.append(owner)
            self._next = next(self._rows, None)
        return found


def _records(
    database: Database, largest: _Largest, lacking: "_Lacking", progress: Progress
) -> Iterator[Finding]:
    counts = [next(database.rows(f"SELECT count(*) FROM {kind.table}"))[0] for kind in _KINDS]  # noqa: S608
    done, of = 0, sum(counts)
    progress(done, of)
    for kind in _KINDS:
        links = {
            table: _Belonging(
                database.rows(f"SELECT {', '.join(columns)} FROM {table} ORDER BY {columns[0]}")  # noqa: S608
            )
            for table, columns in kind.links.items()
        }
        columns = ", ".join(("id", "version", "document", *kind.columns))
        for row in database.rows(f"SELECT {columns} FROM {kind.table} ORDER BY id"):  # noqa: S608
            yield from _record(kind, row, links, largest, lacking)
            done += 1
            if not done % _OFTEN:
                progress(done, of)
        for table, belonging in links.items():
            belonging.to(None)
            for owner in belonging.orphans:
                problem = f"it has rows in {table}, and is not there"
                yield Finding(Fault.ORPHAN, f"{kind.name} {owner}", problem)
    progress(done, of)


def _record(
    kind: _Kind,
    row: Row,
    links: Mapping[str, _Belonging],
    largest: _Largest,
    lacking: "_Lacking",
) -> Iterator[Finding]:
    record_id, version, text, *values = row
    name = f"{kind.name} {record_id}"
    if not isinstance(record_id, str):
        yield Finding(Fault.DOCUMENT, name, "its id is no text")
        return
    rows = {table: belonging.to(record_id) for table, belonging in links.items()}
    try:
        document = json.loads(text)
        expected, belonging_rows = kind.expected(document)
        expected |= {"id": document["id"], "version": document["version"]}
        if kind.name == "order":
            name = f"order {document['number']}"
            largest.see(document["number"])
            for fault, problem in faults(document):
                yield Finding(fault, name, problem)
    except (*_DAMAGED, CartcoreError) as error:
        lacks = f"it lacks {error}" if isinstance(error, KeyError) else str(error)
        yield Finding(Fault.DOCUMENT, name, f"it cannot be read: {lacks}")
        return
    stored = {"id": record_id, "version": version, **dict(zip(kind.columns, values, strict=True))}
    for column, value in expected.items():
        if column == "email_key" and value and stored[column] is None:
            lacking.add("contacts", name, value)
        elif _comparable(stored[column], value) != value:
            problem = f"the column {column} has {stored[column]!r}, and the record {value!r}"
            yield Finding(Fault.COLUMNS, name, problem)
    for table, wanted in belonging_rows.items():
        fault = Fault.REDEMPTIONS if table == "redemptions" else Fault.COLUMNS
        for missing in sorted(wanted - {*rows[table]}, key=repr):
            if table == "promotion_codes":
                lacking.add(table, name, *missing)
            else:
                yield Finding(fault, name, f"{table} lacks {missing}")
        for extra in sorted({*rows[table]} - wanted, key=repr):
            yield Finding(fault, name, f"{table} has {extra}, and the record has not")


def _comparable(stored: object, value: object) -> object:
    """A stored value as the one it is compared with: SQLite has neither times nor truth values."""
    if isinstance(stored, int) and isinstance(value, datetime):
        return _EPOCH + timedelta(microseconds=stored)
    if stored in {0, 1} and isinstance(value, bool):
        return bool(stored)
    return stored


@attrs.define
class _Lacking:
    """Keys that records would have, and do not: an older record has them, or nobody does (OE-27).

    By the table that keys are in, then by key, the records that lack it.
    """

    records: dict[str, dict[str, list[str]]] = attrs.Factory(dict)

    def add(self, table: str, record: str, key: str) -> None:
        self.records.setdefault(table, {}).setdefault(key, []).append(record)

    def findings(self, database: Database) -> Iterator[Finding]:
        for table, (column, owner, kind, shown) in _SHARED_KEYS.items():
            left = self.records.get(table)
            if not left:
                continue
            query = f"SELECT {column}, {owner} FROM {table} WHERE {column} IS NOT NULL"  # noqa: S608
            for key, owner_id in database.rows(query):
                for name in left.pop(key, ()):
                    problem = f"{kind} {owner_id} has the same {shown} and keeps it: {key!r}"
                    yield Finding(Fault.SHARED, name, f"{problem}; change one of the two")
            for key, names in left.items():
                for name in names:
                    problem = f"it is not found by its {shown} {key!r}"
                    yield Finding(Fault.COLUMNS, name, problem)


_SHARED_KEYS = {
    "contacts": ("email_key", "id", "contact", "e-mail address"),
    "promotion_codes": ("code", "promotion_id", "promotion", "promo code"),
}


# --- Between records --------------------------------------------------------------------------


def _duplicates(database: Database) -> Iterator[Finding]:
    for table, column in _UNIQUE:
        query = (
            f"SELECT {column}, count(*) FROM {table} WHERE {column} IS NOT NULL "  # noqa: S608
            f"GROUP BY {column} HAVING count(*) > 1"
        )
        for value, number in database.rows(query):
            problem = f"{number} rows of {table} have this {column}"
            yield Finding(Fault.DUPLICATE, f"{column} {value}", problem)


def _open_and_placed(database: Database) -> Iterator[Finding]:
    query = "SELECT drafts.id, number FROM drafts JOIN orders ON orders.draft_id = drafts.id"
    for draft_id, number in database.rows(query):
        problem = f"it was placed as order {number}, and is still open"
        yield Finding(Fault.DRAFT, f"draft {draft_id}", problem)


def _limits(database: Database) -> Iterator[Finding]:
    used: dict[str, _Use] = {}
    for promotion_id, contact_id, currency, number, discount in database.rows(
        "SELECT promotion_id, contact_id, currency, count(*), sum(discount_minor) "
        "FROM redemptions GROUP BY promotion_id, contact_id, currency "
        "ORDER BY promotion_id, contact_id"
    ):
        use = used.setdefault(promotion_id, _Use())
        use.add(contact_id, currency, number, int(discount or 0))
    for promotion_id, promo_code, number in database.rows(
        "SELECT promotion_id, promo_code, count(*) FROM redemptions WHERE promo_code <> '' "
        "GROUP BY promotion_id, promo_code ORDER BY promo_code"
    ):
        used[promotion_id].codes[promo_code] = number
    for promotion_id, version, text in database.rows(
        "SELECT id, version, document FROM promotions"
    ):
        lowered = " (or it was lowered since)" if version > 1 else ""
        try:
            passed = list(used.get(promotion_id, _Use()).passed(json.loads(text)["limits"]))
        except (*_DAMAGED, CartcoreError):
            name = f"promotion {promotion_id}"
            yield Finding(Fault.DOCUMENT, name, "its limits cannot be read")
            continue
        for problem in passed:
            yield Finding(Fault.LIMIT, f"promotion {promotion_id}", problem + lowered)


@attrs.define
class _Use:
    """How often a promotion was redeemed, at most by one contact, by code, and what it gave."""

    total: int = 0
    most: int = 0
    codes: dict[str, int] = attrs.Factory(dict)
    given: Counter[str] = attrs.Factory(Counter)
    _contact: str = ""
    _by_contact: int = 0

    def add(self, contact_id: str, currency: str | None, number: int, discount: int) -> None:
        """Count the redemptions of one contact in one currency; contacts come one by one."""
        if contact_id != self._contact:
            self._contact, self._by_contact = contact_id, 0
        self._by_contact += number
        self.most = max(self.most, self._by_contact)
        self.total += number
        if currency is not None:
            self.given[currency] += discount

    def passed(self, limits: Document) -> Iterator[str]:
        """Say which limits were passed."""
        total, per_contact, budget = (limits.get(k) for k in ("total", "per_contact", "budget"))
        if total is not None and self.total > total:
            yield f"it was redeemed {self.total} times, and its limit is {total}"
        if per_contact is not None and self.most > per_contact:
            yield f"one contact redeemed it {self.most} times, and the limit is {per_contact}"
        per_code = limits.get("per_code")
        for code, number in self.codes.items():
            if per_code is not None and number > per_code:
                yield f"the code {code!r} was used {number} times, and the limit is {per_code}"
        if budget is not None:
            amounts = Amounts.of(budget["currency"])
            gave, most = self.given[budget["currency"]], amounts.minor(budget)
            if gave > most:
                yield f"it gave {amounts.show(gave)}, and its budget is {amounts.show(most)}"


def _numbers(database: Database, largest: int) -> Iterator[Finding]:
    value = _counted(database, "order_number")
    if not isinstance(value, int):
        yield Finding(Fault.NUMBER, "counter order_number", f"it has the values {value}")
    elif value < largest:
        problem = f"it is at {value}, and there is an order {largest}"
        yield Finding(Fault.NUMBER, "counter order_number", problem)


def _revisions(database: Database) -> Iterator[Finding]:
    value = _counted(database, "promotions")
    if not isinstance(value, int):
        yield Finding(Fault.REVISION, "counter promotions", f"it has the values {value}")
        return
    query = f"SELECT id, revision FROM promotions WHERE revision > {value} ORDER BY id"  # noqa: S608
    for promotion_id, revision in database.rows(query):
        problem = f"it was changed with the revision {revision}, and the last one is {value}"
        yield Finding(Fault.REVISION, f"promotion {promotion_id}", problem)


def _counted(database: Database, name: str) -> int | list[Any]:
    """What a counter is at; what was found if that is not one number."""
    query = f"SELECT value FROM counters WHERE name = '{name}'"  # noqa: S608
    values = [value for (value,) in database.rows(query)]
    return values[0] if [type(value) for value in values] == [int] else values
