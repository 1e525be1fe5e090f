"""Drafts are found as orders are, by what they have and by what their contacts have (HA-11)."""

import json
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from cartcore.errors import InvalidField
from cartcore.values.phones import phone_digits
from cartcore.values.search import fold, index_words
from cartcore.values.text import normal

revision = "0014"
down_revision = "0013"

_AT_ONCE = 500  # documents
_LONGEST_KEY = 200
_WORDS = ("name", "company", "line1", "line2", "city", "region", "postal_code")

Found = Callable[[dict[str, Any]], Iterator[tuple[str, ...]]]


def upgrade() -> None:
    """Make the tables, and fill them from the documents."""
    _table("contact", "cartcore_contact_address_words", "word")
    _table("draft", "cartcore_draft_terms", "kind", "term")
    _fill("contact", "cartcore_contact_address_words", ("word",), _home)
    _fill("draft", "cartcore_draft_terms", ("kind", "term"), _terms)


def _table(kind: str, name: str, *keys: str) -> None:
    text = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
    owner = f"{kind}_id"
    op.create_table(
        name,
        *(sa.Column(key, text, nullable=False) for key in (*keys, owner)),
        sa.PrimaryKeyConstraint(*keys, owner, name=f"pk_{name}"),
        sa.ForeignKeyConstraint(
            [owner], [f"cartcore_{kind}s.id"], f"fk_{name}_{owner}", ondelete="CASCADE"
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(f"ix_{name}_{owner}", name, [owner])


def _fill(kind: str, name: str, keys: tuple[str, ...], found: Found) -> None:
    records = sa.table(f"cartcore_{kind}s", sa.column("id"), sa.column("document"))
    rows_of = sa.table(name, *map(sa.column, (*keys, f"{kind}_id")))
    connection = op.get_bind()
    reading = sa.select(records).order_by(records.c.id).limit(_AT_ONCE)
    last = ""
    while read := connection.execute(reading.where(records.c.id > last)).all():
        last = read[-1].id
        rows = [
            {**dict(zip(keys, each, strict=True)), f"{kind}_id": row.id}
            for row in read
            for each in sorted(_read(kind, row.id, row.document, found))
        ]
        if rows:
            connection.execute(sa.insert(rows_of), rows)


def _read(kind: str, record_id: str, document: str, found: Found) -> set[tuple[str, ...]]:
    try:
        return {*found(json.loads(document))}
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise InvalidField(f"{kind} {record_id!r}", document, "a readable document") from error


def _home(contact: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    """The words of a contact's primary address."""
    for address in contact["addresses"][:1]:
        yield from ((word,) for word in _words(address))


def _terms(draft: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    """What a draft is found by, with the kind of each."""
    for address in (shipment["address"] for shipment in draft["shipments"]):
        for name in (address["name"], address["company"]):
            yield from (("recipient", word) for word in index_words(name))
        if not address["name"]:
            yield "to", "contact"
        yield from (("address", word) for word in _words(address))
        yield from (("phone", number[::-1]) for number in phone_digits(address["phone"]))
    if reference := fold(draft.get("reference", "")):
        yield "reference", reference
    for name, value in draft.get("attributes", {}).items():
        told = f"text {normal(value)}" if isinstance(value, str) else f"value {json.dumps(value)}"
        if len(told) > _LONGEST_KEY:
            told = f"digest {sha256(told.encode()).hexdigest()}"
        yield "attribute", f"{name} {told}"


def _words(address: dict[str, Any]) -> frozenset[str]:
    return index_words(" ".join(address[part] for part in _WORDS))
