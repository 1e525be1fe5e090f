"""Promotions say when they begin and end, so that those that are active are found (PR-23)."""

import json
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from cartcore.errors import InvalidField

revision = "0003"
down_revision = "0002"

_AT_ONCE = 500  # documents

_FIRST = datetime.min.replace(tzinfo=UTC)
_LAST = datetime.max.replace(tzinfo=UTC)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

promotions = sa.table(
    "promotions",
    sa.column("id"),
    sa.column("document"),
    sa.column("starts_at"),
    sa.column("ends_at"),
)


def upgrade() -> None:
    """Add the columns, fill them from the documents, and index them."""
    connection = op.get_bind()
    in_postgres = connection.dialect.name == "postgresql"
    instant = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")
    op.add_column("promotions", sa.Column("starts_at", instant))
    op.add_column("promotions", sa.Column("ends_at", instant))

    filling = (
        sa.update(promotions)
        .where(promotions.c.id == sa.bindparam("of_promotion"))
        .values(starts_at=sa.bindparam("starts"), ends_at=sa.bindparam("ends"))
    )
    reading = sa.select(promotions.c.id, promotions.c.document).order_by(promotions.c.id)
    last = ""
    while rows := connection.execute(reading.where(promotions.c.id > last).limit(_AT_ONCE)).all():
        last = rows[-1].id
        changes = []
        for row in rows:
            starts, ends = _window(row.id, row.document)
            changes.append(
                {
                    "of_promotion": row.id,
                    "starts": starts if in_postgres else _microseconds(starts),
                    "ends": ends if in_postgres else _microseconds(ends),
                }
            )
        connection.execute(filling, changes)

    op.drop_index("ix_promotions_enabled_trigger_id", "promotions")
    op.create_index(
        "ix_promotions_enabled_trigger_ends_at_starts_at_id",
        "promotions",
        ["enabled", "trigger", "ends_at", "starts_at", "id"],
    )


def _window(promotion_id: str, document: str) -> tuple[datetime, datetime]:
    """When a promotion begins and ends, as its document has it."""
    try:
        found = json.loads(document)
        starts, ends = found.get("starts_at"), found.get("ends_at")
        return (
            _FIRST if starts is None else datetime.fromisoformat(starts).astimezone(UTC),
            _LAST if ends is None else datetime.fromisoformat(ends).astimezone(UTC),
        )
    except (AttributeError, OverflowError, TypeError, ValueError, RecursionError) as error:
        where = f"promotion {promotion_id!r}"
        raise InvalidField(where, document, "a readable document") from error


def _microseconds(time: datetime) -> int:
    return (time - _EPOCH) // timedelta(microseconds=1)
