"""Promotions are found by the words of their names and by their types (HA-9)."""

import json

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from cartcore.errors import InvalidField
from cartcore.values.search import index_words

revision = "0013"
down_revision = "0012"

_AT_ONCE = 500  # documents

promotions = sa.table("cartcore_promotions", *map(sa.column, ("id", "document", "effect_type")))
words = sa.table("cartcore_promotion_words", *map(sa.column, ("word", "promotion_id")))


def upgrade() -> None:
    """Add the column and the table, and fill them from the documents."""
    text = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
    table, owner = "cartcore_promotion_words", "promotion_id"
    op.add_column("cartcore_promotions", sa.Column("effect_type", text))
    op.create_table(
        table,
        sa.Column("word", text, nullable=False),
        sa.Column(owner, text, nullable=False),
        sa.PrimaryKeyConstraint("word", owner, name=f"pk_{table}"),
        sa.ForeignKeyConstraint(
            [owner], ["cartcore_promotions.id"], f"fk_{table}_{owner}", ondelete="CASCADE"
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(f"ix_{table}_{owner}", table, [owner])

    connection = op.get_bind()
    filling = (
        sa.update(promotions)
        .where(promotions.c.id == sa.bindparam("of_promotion"))
        .values(effect_type=sa.bindparam("type"))
    )
    reading = sa.select(promotions.c.id, promotions.c.document).order_by(promotions.c.id)
    last = ""
    while rows := connection.execute(reading.where(promotions.c.id > last).limit(_AT_ONCE)).all():
        last = rows[-1].id
        found = [(row.id, *_found(row.id, row.document)) for row in rows]
        connection.execute(
            filling, [{"of_promotion": each, "type": kind} for each, kind, _ in found]
        )
        linked = [{"word": w, owner: each} for each, _, name in found for w in index_words(name)]
        if linked:
            connection.execute(sa.insert(words), linked)


def _found(promotion_id: str, document: str) -> tuple[str, str]:
    """The type and the name of a promotion."""
    try:
        found = json.loads(document)
        kind, name = found["effect"]["type"], found["name"]
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        where = f"promotion {promotion_id!r}"
        raise InvalidField(where, document, "a readable document") from error
    return str(kind), str(name)
