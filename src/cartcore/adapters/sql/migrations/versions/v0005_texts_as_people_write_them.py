"""Texts are compared in one normal form; orders are found by more, and drafts by whose they are.

What was stored folded is folded anew, from the documents. Records that have the same key now stay
apart: the one that the database has had for longer keeps the key, the others have none.
"""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql, sqlite

from cartcore.errors import CartcoreError, InvalidField
from cartcore.promotions.promotion import normalize_code
from cartcore.shop.contact import email_key
from cartcore.values.phones import phone_digits
from cartcore.values.search import fold, index_words
from cartcore.values.text import normal

revision = "0005"
down_revision = "0004"

_AT_ONCE = 500  # documents

Document = Any
Row = tuple[Any, ...]


def _table(name: str, *columns: str) -> sa.TableClause:
    return sa.table(name, *map(sa.column, columns))


contacts = _table("contacts", "id", "document", "name_folded", "email_folded", "email_key")
contact_words = _table("contact_words", "contact_id", "word")
contact_phones = _table("contact_phones", "contact_id", "number_reversed")
contact_addresses = _table(
    "contact_addresses", "contact_id", "city_folded", "region_folded", "country"
)
contact_tags = _table("contact_tags", "contact_id", "tag_folded")
products = _table("products", "id", "document", "title_folded")
product_words = _table("product_words", "product_id", "word")
variants = _table("variants", "sku", "sku_folded")
promotions = _table("promotions", "id", "document")
promotion_codes = _table("promotion_codes", "code", "promotion_id")
drafts = _table("drafts", "id", "document", "contact_id", "created_by_key")
orders = _table("orders", "id", "document", "email_folded")
order_terms = _table("order_terms", "order_id", "kind", "term")
order_codes = _table("order_codes", "order_id", "code")


def upgrade() -> None:
    """Change the tables, and fill them record by record."""
    op.drop_index("ix_contacts_phone_reversed_name_folded_id", "contacts")
    op.drop_column("contacts", "phone_reversed")
    _linked("contact_phones", "contacts", "contact_id", "number_reversed")
    op.drop_table("order_words")
    _linked("order_terms", "orders", "order_id", "kind", "term")
    for table, column in (
        ("orders", "email_folded"),
        ("drafts", "contact_id"),
        ("drafts", "created_by_key"),
    ):
        op.add_column(table, sa.Column(column, _text()))

    # While the rows of contacts still stand where they were stored.
    _give_emails(_changed_emails())
    _give_codes()
    _refill(contacts, _contact)
    _refill(products, _product)
    _refold_skus()
    _refill(drafts, _draft)
    _refill(orders, _order)

    op.create_index("ix_orders_email_folded", "orders", ["email_folded"])
    for column in ("contact_id", "created_by_key"):
        op.create_index(f"ix_drafts_{column}_updated_at_id", "drafts", [column, "updated_at", "id"])


# --- Tables -----------------------------------------------------------------------------------


def _text() -> sa.types.TypeEngine[str]:
    return sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def _linked(table: str, to: str, owner: str, *columns: str) -> None:
    """Make a table with rows that belong to a record."""
    op.create_table(
        table,
        *(sa.Column(column, _text(), nullable=False) for column in (*columns, owner)),
        sa.PrimaryKeyConstraint(*columns, owner, name=f"pk_{table}"),
        sa.ForeignKeyConstraint([owner], [f"{to}.id"], f"fk_{table}_{owner}", ondelete="CASCADE"),
        sqlite_with_rowid=False,
    )
    op.create_index(f"ix_{table}_{owner}", table, [owner])


# --- What records are found by ----------------------------------------------------------------

Found = tuple[Mapping[str, Any], Mapping[sa.TableClause, set[Row]]]
"""Columns of a record, and its rows in other tables without the id."""


def _contact(contact: Document) -> Found:
    email = email_key(contact["email"])
    places = contact["addresses"]
    return {"name_folded": fold(contact["name"]), "email_folded": fold(email)}, {
        contact_words: {(word,) for word in index_words(contact["name"])},
        contact_phones: {(end,) for end in _ends(_phones(contact))},
        contact_addresses: {(fold(a["city"]), fold(a["region"]), a["country"]) for a in places},
        contact_tags: {(fold(tag),) for tag in contact["tags"]},
    }


def _product(product: Document) -> Found:
    return {"title_folded": fold(product["title"])}, {
        product_words: {(word,) for word in index_words(product["title"])},
    }


def _draft(draft: Document) -> Found:
    by = normal(draft["created_by"])
    return {"contact_id": draft.get("contact_id", ""), "created_by_key": by}, {}


def _order(order: Document) -> Found:
    codes = (d["promo_code"] for d in order["quote"]["decisions"] if d["applied"])
    return {"email_folded": fold(email_key(order["contact"]["email"]))}, {
        order_terms: {*_terms(order)},
        order_codes: {(key,) for key in map(_code_key, codes) if key},
    }


def _terms(order: Document) -> Iterator[Row]:
    contact = order["contact"]
    to = [shipment["address"] for shipment in order["shipments"]]
    parts = ("name", "company", "line1", "line2", "city", "region", "postal_code")
    texts = {
        "contact": [contact["name"]],
        "recipient": [t for a in to for t in (a["name"] or contact["name"], a["company"])],
        "address": [a[part] for a in (*to, *contact["addresses"][:1]) for part in parts],
    }
    for kind, found in texts.items():
        yield from ((kind, word) for word in index_words(" ".join(found)))
    for end in _ends((*_phones(contact), *(a["phone"] for a in to))):
        yield "phone", end


def _phones(contact: Document) -> list[str]:
    return [contact["phone"], *(a["phone"] for a in contact["addresses"])]


def _ends(phones: Iterable[str]) -> Iterator[str]:
    return (number[::-1] for phone in phones for number in phone_digits(phone))


def _code_key(promo_code: str | None) -> str:
    try:
        return normalize_code(promo_code or "")
    except CartcoreError:
        return ""  # nobody can enter it


# --- Filling ----------------------------------------------------------------------------------


def _refill(table: sa.TableClause, describe: Callable[[Document], Found]) -> None:
    """Change columns and rows of all records that do not say what their documents say."""
    connection = op.get_bind()
    for described in _read(table, describe):
        found = {row.id: told for row, told in described}
        columns = next(iter(found.values()))[0]
        changed = [
            {"of": row.id, **told}
            for row, (told, _) in described
            if any(getattr(row, name) != value for name, value in told.items())
        ]
        if changed:
            values: dict[str, Any] = {name: sa.bindparam(name) for name in columns}
            here = table.c.id == sa.bindparam("of")
            connection.execute(sa.update(table).where(here).values(values), changed)
        for link in next(iter(found.values()))[1]:
            wanted = {(i, *row) for i, (_, links) in found.items() for row in links[link]}
            _fill_link(link, found, wanted)


def _refold_skus() -> None:
    connection = op.get_bind()
    changing = sa.update(variants).where(variants.c.sku == sa.bindparam("of"))
    last = ""
    while rows := connection.execute(
        sa.select(variants).where(variants.c.sku > last).order_by(variants.c.sku).limit(_AT_ONCE)
    ).all():
        last = rows[-1].sku
        changed = [
            {"of": r.sku, "key": normal(r.sku)} for r in rows if r.sku_folded != normal(r.sku)
        ]
        if changed:
            connection.execute(changing.values(sku_folded=sa.bindparam("key")), changed)


def _described(table: sa.TableClause, row: Any, describe: Callable[[Document], Found]) -> Found:
    try:
        return describe(json.loads(row.document))
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        where = f"{table.name} {row.id!r}"
        raise InvalidField(where, row.document, "a readable document") from error


def _fill_link(link: sa.TableClause, ids: Collection[str], wanted: set[Row]) -> None:
    """Let the rows of some records be the wanted ones; the first column has the record's id."""
    connection = op.get_bind()
    owner, *_ = columns = list(link.c)
    stored = {tuple(row) for row in connection.execute(sa.select(link).where(owner.in_(ids)))}
    gone, new = sorted(stored - wanted), sorted(wanted - stored)
    if gone:
        is_it = sa.and_(*(column == sa.bindparam(f"old_{column.name}") for column in columns))
        keys = [{f"old_{c.name}": v for c, v in zip(columns, row, strict=True)} for row in gone]
        connection.execute(sa.delete(link).where(is_it), keys)
    if new:
        names = [column.name for column in columns]
        connection.execute(sa.insert(link), [dict(zip(names, row, strict=True)) for row in new])


# --- Keys that must be unique -----------------------------------------------------------------


def _read(
    table: sa.TableClause, describe: Callable[[Document], Found]
) -> Iterator[list[tuple[Any, Found]]]:
    """The rows of a table, some at a time, each with what its document says."""
    connection = op.get_bind()
    last = ""
    while rows := connection.execute(
        sa.select(table).where(table.c.id > last).order_by(table.c.id).limit(_AT_ONCE)
    ).all():
        last = rows[-1].id
        yield [(row, _described(table, row, describe)) for row in rows]


def _changed_emails() -> dict[str, str]:
    """The keys of contacts, by id, that are not what they were; empty for none."""

    def key(contact: Document) -> Found:
        return {"email_key": email_key(contact["email"])}, {}

    return {
        row.id: found["email_key"]
        for rows in _read(contacts, key)
        for row, (found, _) in rows
        if found["email_key"] != (row.email_key or "")
    }


def _give_emails(changed: Mapping[str, str]) -> None:
    """Give contacts the keys that have changed: each to the oldest of those who would have it.

    That is who comes first in the database, where rows stand in the order in which they were
    stored; in PostgreSQL, in which they were last changed.
    """
    connection = op.get_bind()
    stored: Any = sa.literal_column("ctid" if connection.dialect.name == "postgresql" else "rowid")
    wanting: dict[str, list[str]] = {}
    for contact_id, key in changed.items():
        wanting.setdefault(key, []).append(contact_id)
    wanting.pop("", None)
    oldest = {}
    for key, ids in wanting.items():
        has_it = sa.or_(contacts.c.id.in_(ids), contacts.c.email_key == key)
        found = sa.select(contacts.c.id).where(has_it).order_by(stored).limit(1)
        oldest[key] = connection.execute(found).scalar_one()
    losing = sa.update(contacts).values(email_key=None)
    for contact_id in changed:
        connection.execute(losing.where(contacts.c.id == contact_id))
    for key, contact_id in oldest.items():
        connection.execute(losing.where(contacts.c.email_key == key))
        getting = sa.update(contacts).where(contacts.c.id == contact_id)
        connection.execute(getting.values(email_key=key))


def _give_codes() -> None:
    """Give promotions their codes: each to the oldest of those that would have it.

    Their own rows were changed by an earlier step, so in PostgreSQL those of their codes tell.
    """
    connection = op.get_bind()
    postgres = connection.dialect.name == "postgresql"
    if postgres:
        of = promotion_codes.c.promotion_id
        by_age = sa.select(of).group_by(of).order_by(sa.func.min(sa.literal_column("ctid")))
    else:
        by_age = sa.select(promotions.c.id).order_by(sa.literal_column("rowid"))
    places = {i: place for place, (i,) in enumerate(connection.execute(by_age).all())}
    connection.execute(sa.delete(promotion_codes))
    insert: Any = postgresql.insert if postgres else sqlite.insert
    giving = insert(promotion_codes).on_conflict_do_nothing()
    codes = [
        (places.get(row.id, len(places)), row.id, code)
        for rows in _read(promotions, lambda found: ({}, {promotion_codes: _codes(found)}))
        for row, (_, links) in rows
        for (code,) in links[promotion_codes]
    ]
    found = [{"promotion_id": i, "code": code} for _, i, code in sorted(codes)]
    for start in range(0, len(found), _AT_ONCE):
        connection.execute(giving, found[start : start + _AT_ONCE])


def _codes(promotion: Document) -> set[Row]:
    return {(key,) for key in map(_code_key, promotion["codes"]) if key}
