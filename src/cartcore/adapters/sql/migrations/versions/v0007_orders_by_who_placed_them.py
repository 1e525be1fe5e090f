"""Orders are found by who placed them, in the order of their lists."""

import json

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from cartcore.errors import InvalidField
from cartcore.values.text import normal

revision = "0007"
down_revision = "0006"

_AT_ONCE = 500  # documents

orders = sa.table("orders", sa.column("id"), sa.column("document"), sa.column("placed_by_key"))


def upgrade() -> None:
    """Add the column, fill it order by order, and index it."""
    text = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
    op.add_column("orders", sa.Column("placed_by_key", text))

    filling = (
        sa.update(orders)
        .where(orders.c.id == sa.bindparam("of_id"))
        .values(placed_by_key=sa.bindparam("key"))
    )
    reading = sa.select(orders.c.id, orders.c.document).order_by(orders.c.id).limit(_AT_ONCE)
    connection = op.get_bind()
    last = ""
    while rows := connection.execute(reading.where(orders.c.id > last)).all():
        last = rows[-1].id
        changes = [{"of_id": row.id, "key": _key(row.id, row.document)} for row in rows]
        connection.execute(filling, changes)

    op.create_index(
        "ix_orders_placed_by_key_placed_at_number_length_number_id",
        "orders",
        ["placed_by_key", "placed_at", "number_length", "number", "id"],
    )


def _key(order_id: str, document: str) -> str:
    """Who placed an order, as names are compared."""
    try:
        return normal(json.loads(document)["placed_by"])
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise InvalidField(f"order {order_id!r}", document, "a readable document") from error
