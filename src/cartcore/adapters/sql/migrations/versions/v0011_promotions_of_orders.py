"""The promotions that orders were priced from have a table, with each version once (SC-11).

Orders that are there already were stored without what they were priced from.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Make the table, in PostgreSQL with texts that are compared code point by code point."""
    text = sa.Text(collation="C" if op.get_bind().dialect.name == "postgresql" else None)
    op.create_table(
        "cartcore_order_promotions",
        sa.Column("promotion_id", text, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("document", text, nullable=False),
        sa.PrimaryKeyConstraint("promotion_id", "version", name="pk_cartcore_order_promotions"),
        sqlite_with_rowid=False,
    )
