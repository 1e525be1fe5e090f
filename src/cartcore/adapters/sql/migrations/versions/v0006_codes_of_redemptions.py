"""Redemptions have their codes as codes are compared, so that the uses of each are counted (PR-12).

Until then they had them as they are written in the promotion.
"""

import sqlalchemy as sa
from alembic import op

from cartcore.errors import InvalidText
from cartcore.promotions.promotion import normalize_code

revision = "0006"
down_revision = "0005"

redemptions = sa.table("redemptions", sa.column("promo_code"))


def upgrade() -> None:
    """Write each code anew, and index what is counted."""
    connection = op.get_bind()
    writing = (
        sa.update(redemptions)
        .where(redemptions.c.promo_code == sa.bindparam("before"))
        .values(promo_code=sa.bindparam("after"))
    )
    codes = connection.scalars(sa.select(redemptions.c.promo_code).distinct()).all()
    changes = [
        {"before": code, "after": compared}
        for code in codes
        if (compared := _compared(code)) != code
    ]
    if changes:
        connection.execute(writing, changes)
    op.create_index(
        "ix_redemptions_promotion_id_promo_code", "redemptions", ["promotion_id", "promo_code"]
    )


def _compared(promo_code: str) -> str:
    """A code as it is compared; one that nobody can enter any more is left as it is."""
    try:
        return normalize_code(promo_code)
    except InvalidText:
        return promo_code
