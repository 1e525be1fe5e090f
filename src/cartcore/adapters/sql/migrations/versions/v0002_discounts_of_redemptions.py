"""Redemptions say what they gave; until then only the quotes of their orders did."""

import json
from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from cartcore.errors import CartcoreError, InvalidField
from cartcore.values.money import to_minor

revision = "0002"
down_revision = "0001"

_AT_ONCE = 500  # documents

orders = sa.table("orders", sa.column("id"), sa.column("document"))
redemptions = sa.table(
    "redemptions",
    sa.column("order_id"),
    sa.column("position"),
    sa.column("discount_minor"),
    sa.column("currency"),
)


def upgrade() -> None:
    """Add the columns, fill them order by order, and index what is added up."""
    text = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
    op.add_column("redemptions", sa.Column("discount_minor", sa.BigInteger))
    op.add_column("redemptions", sa.Column("currency", text))

    redeeming = sa.select(orders).where(orders.c.id.in_(sa.select(redemptions.c.order_id)))
    here = sa.and_(
        redemptions.c.order_id == sa.bindparam("of_order"),
        redemptions.c.position == sa.bindparam("at"),
    )
    filling = (
        sa.update(redemptions)
        .where(here)
        .values(discount_minor=sa.bindparam("minor"), currency=sa.bindparam("code"))
    )
    connection = op.get_bind()
    last = ""
    while rows := connection.execute(
        redeeming.where(orders.c.id > last).order_by(orders.c.id).limit(_AT_ONCE)
    ).all():
        last = rows[-1].id
        changes = [change for row in rows for change in _discounts(row.id, row.document)]
        if changes:
            connection.execute(filling, changes)

    op.drop_index("ix_redemptions_promotion_id_contact_id", "redemptions")
    op.create_index(
        "ix_redemptions_promotion_id_currency_contact_id_discount_minor",
        "redemptions",
        ["promotion_id", "currency", "contact_id", "discount_minor"],
    )


def _discounts(order_id: str, document: str) -> Iterator[dict[str, object]]:
    """What each redemption of an order gave, as its quote has it."""
    try:
        order = json.loads(document)
        given = {d["promotion_id"]: d["discount"] for d in order["quote"]["decisions"]}
        for position, redemption in enumerate(order["redemptions"]):
            discount = given.get(redemption["promotion_id"])
            if discount is not None:
                yield {
                    "of_order": order_id,
                    "at": position,
                    "minor": to_minor(discount["amount"], discount["currency"]),
                    "code": discount["currency"],
                }
    except (CartcoreError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise InvalidField(f"order {order_id!r}", document, "a readable document") from error
