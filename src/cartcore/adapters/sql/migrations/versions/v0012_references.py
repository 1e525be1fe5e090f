"""Records are found by the reference that another system knows them by, orders by attributes."""

import json
from collections.abc import Iterator
from hashlib import sha256

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from cartcore.errors import InvalidField
from cartcore.values.text import normal

revision = "0012"
down_revision = "0011"

_AT_ONCE = 500  # documents
_LONGEST_KEY = 200

orders = sa.table("cartcore_orders", sa.column("id"), sa.column("document"))
terms = sa.table("cartcore_order_terms", *map(sa.column, ("kind", "term", "order_id")))


def upgrade() -> None:
    """Add the columns, which nothing has yet, and let orders be found by their attributes."""
    text = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
    for table in ("cartcore_contacts", "cartcore_products", "cartcore_orders"):
        op.add_column(table, sa.Column("reference", text))
        op.create_index(f"ix_{table}_reference", table, ["reference"], unique=True)

    connection = op.get_bind()
    reading = sa.select(orders).order_by(orders.c.id).limit(_AT_ONCE)
    last = ""
    while rows := connection.execute(reading.where(orders.c.id > last)).all():
        last = rows[-1].id
        found = [
            {"kind": "attribute", "term": term, "order_id": row.id}
            for row in rows
            for term in _terms(row.id, row.document)
        ]
        if found:
            connection.execute(sa.insert(terms), found)


def _terms(order_id: str, document: str) -> Iterator[str]:
    """What the attributes of an order are found by."""
    if '"attributes":' not in document:  # as in nearly all of them
        return
    try:
        for name, value in json.loads(document).get("attributes", {}).items():
            told = (
                f"text {normal(value)}" if isinstance(value, str) else f"value {json.dumps(value)}"
            )
            if len(told) > _LONGEST_KEY:
                told = f"digest {sha256(told.encode()).hexdigest()}"
            yield f"{name} {told}"
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise InvalidField(f"order {order_id!r}", document, "a readable document") from error
