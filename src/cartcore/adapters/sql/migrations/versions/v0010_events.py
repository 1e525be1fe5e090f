"""What happens to orders is kept as events; of what has happened before there are none (HA-6)."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"

counters = sa.table("cartcore_counters", sa.column("name"), sa.column("value"))


def upgrade() -> None:
    """Make the table, and begin to count."""
    op.create_table(
        "cartcore_events",
        sa.Column("sequence", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("kind", _text(), nullable=False),
        sa.Column("order_number", _text(), nullable=False),
        sa.Column("order_version", sa.BigInteger(), nullable=False),
        sa.Column("at", _time(), nullable=False),
        sa.Column("payload", _text(), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name="pk_cartcore_events"),
        sqlite_with_rowid=False,
    )
    op.get_bind().execute(sa.insert(counters).values(name="events", value=0))


def _text() -> sa.types.TypeEngine[str]:
    return sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def _time() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")
