"""Products are found by the barcodes of their variants; until then only by their SKUs."""

import json
from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from cartcore.errors import InvalidField

revision = "0004"
down_revision = "0003"

_AT_ONCE = 500  # documents
_GTIN_DIGITS = 14

products = sa.table("products", sa.column("id"), sa.column("document"))
variants = sa.table("variants", sa.column("sku"), sa.column("barcode_key"))


def upgrade() -> None:
    """Add the column, fill it product by product, and index it."""
    text = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
    op.add_column("variants", sa.Column("barcode_key", text))

    filling = (
        sa.update(variants)
        .where(variants.c.sku == sa.bindparam("of_sku"))
        .values(barcode_key=sa.bindparam("key"))
    )
    connection = op.get_bind()
    last = ""
    while rows := connection.execute(
        sa.select(products).where(products.c.id > last).order_by(products.c.id).limit(_AT_ONCE)
    ).all():
        last = rows[-1].id
        changes = [change for row in rows for change in _barcodes(row.id, row.document)]
        if changes:
            connection.execute(filling, changes)

    op.create_index("ix_variants_barcode_key", "variants", ["barcode_key"])


def _barcodes(product_id: str, document: str) -> Iterator[dict[str, str]]:
    """What each variant of a product is found by, if it has a barcode."""
    try:
        for variant in json.loads(document)["variants"]:
            barcode = variant["barcode"]
            if barcode.isascii() and barcode.isdecimal() and len(barcode) <= _GTIN_DIGITS:
                barcode = barcode.zfill(_GTIN_DIGITS)
            if barcode:
                yield {"of_sku": variant["sku"], "key": barcode}
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise InvalidField(f"product {product_id!r}", document, "a readable document") from error
