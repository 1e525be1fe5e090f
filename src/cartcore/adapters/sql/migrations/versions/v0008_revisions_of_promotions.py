"""Promotions say with which revision they were changed: what changed since is found (PR-23).

Those that are there already have none: whoever asks has read them all before.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

counters = sa.table("counters", sa.column("name"), sa.column("value"))


def upgrade() -> None:
    """Add the column and the counter, and index what is asked for."""
    op.add_column("promotions", sa.Column("revision", sa.BigInteger()))
    op.create_index("ix_promotions_revision", "promotions", ["revision"])
    op.create_index(
        "ix_promotions_enabled_trigger_starts_at",
        "promotions",
        ["enabled", "trigger", "starts_at"],
    )
    op.get_bind().execute(sa.insert(counters).values(name="promotions", value=0))
