"""Products in a database."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import and_, exists, or_, select, true, union

from cartcore.adapters.sql import schema
from cartcore.adapters.sql.conditions import (
    NOTHING,
    Condition,
    Terms,
    linked,
    starts_with,
    unindexed,
)
from cartcore.adapters.sql.mapping import RecordMapping, unique_rows
from cartcore.adapters.sql.paging import Common, met_by_many
from cartcore.adapters.sql.store import Store
from cartcore.shop.product import Product, barcode_key
from cartcore.storage.keys import PRODUCT
from cartcore.storage.paging import LARGEST_PAGE, PAGE_SIZE, Page
from cartcore.values.readers import flag
from cartcore.values.search import fold, index_words
from cartcore.values.text import a_text, clean, normal

_WORDS = Terms(schema.product_words, "word")

# In the order of the index, so that nothing is looked at but the first one there.
_PUBLISHED = (
    select(schema.products.c.id)
    .where(schema.products.c.available == true())
    .order_by(schema.products.c.title_folded, schema.products.c.id)
    .limit(1)
)


class SqlProducts(Store[Product]):
    """The products: see `cartcore.storage.Products`."""

    mapping = RecordMapping(
        kind=PRODUCT,
        remembered=True,
        table=schema.products,
        values=lambda product: {
            "title_folded": fold(product.title),
            "available": bool(product.available),
            "reference": product.reference or None,
        },
        links=lambda product: {
            schema.product_words: unique_rows(
                (word, product.id) for word in index_words(product.title)
            ),
            schema.variants: [
                (
                    variant.sku,
                    normal(variant.sku),
                    product.id,
                    barcode_key(variant.barcode) or None,
                )
                for variant in sorted(product.variants, key=lambda v: v.sku)
            ],
        },
        sort_key=(schema.products.c.title_folded, schema.products.c.id),
        unique={
            "id": schema.products.c.id,
            "SKU": schema.variants.c.sku,
            "reference": schema.products.c.reference,
        },
    )

    def by_sku(self, sku: str) -> Product:
        return self._one("SKU", a_text(sku, "SKU"), sku)

    def by_reference(self, reference: str) -> Product:
        return self._one("reference", a_text(reference, "reference"), reference)

    def by_barcode(self, barcode: str, *, page: str = "", limit: int = PAGE_SIZE) -> Page[Product]:
        same = schema.variants.c.barcode_key == barcode_key(a_text(barcode, "barcode"))
        narrow = [schema.products.c.id.in_(linked(schema.variants, same))]
        return self._page(narrow, (), page, limit)

    def search(
        self,
        text: str = "",
        *,
        published_only: bool = False,
        page: str = "",
        limit: int = PAGE_SIZE,
    ) -> Page[Product]:
        narrow, broad, common = _asked(text, published_only)
        return self._page(narrow, broad, page, limit, common=common)

    def count(
        self, text: str = "", *, published_only: bool = False, most: int = LARGEST_PAGE
    ) -> int:
        narrow, broad, _ = _asked(text, published_only)
        return self._count(narrow, broad, most)

    def any_published(self) -> bool:
        return bool(self._session.rows(_PUBLISHED))


def _asked(
    text: str, published_only: object
) -> tuple[Sequence[Condition], Sequence[Condition], Common | None]:
    """What products have to meet: what is narrow, what is broad, and whether many may meet it."""
    text = clean(text, "search text")
    only = flag(published_only, "published_only")
    narrow: list[Condition] = []
    common = None
    available = schema.products.c.available
    if text:
        titled = _WORDS.with_words(text)
        variants = schema.variants.c
        starting = and_(*starts_with(variants.sku_folded, normal(text)) or [NOTHING])
        same = variants.barcode_key == barcode_key(text)
        found = [linked(schema.variants, starting), linked(schema.variants, same)]
        found += [] if titled is None else [titled]
        narrow.append(schema.products.c.id.in_(union(*found)))

        def met_by(here: Any) -> Condition:
            has_sku = exists().where(variants.product_id == here.id, or_(starting, same))
            return or_(_WORDS.has_words(text, here.id), has_sku)

        if titled is not None:
            filters = [available == true()] if only else []
            common = Common(met_by_many(titled), met_by, filters)
    shown = (unindexed(available) if narrow else available) == true()
    return narrow, [shown] if only else [], common
