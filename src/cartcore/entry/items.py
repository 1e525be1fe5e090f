"""The line items of a draft, and the variants that they can be of (OE-4, OE-5)."""

from collections.abc import Iterable, Iterator
from contextlib import suppress

from cartcore.errors import (
    AmbiguousBarcode,
    CurrencyMismatch,
    InvalidText,
    NotFound,
    NotPublished,
    TooManyWords,
)
from cartcore.orders.draft import LineItem
from cartcore.shop.product import Product, Variant
from cartcore.storage.ports import Products
from cartcore.values.attributes import Attributes
from cartcore.values.text import normal

_CHOICES = 5  # of the variants that share a barcode, so many are told
_SAME_BEGINNING = 200  # products whose SKUs begin alike; among more, case is not made out


class LineItems:
    """Lines in their order, by id and by SKU; a change costs the same among ten and ten thousand.

    `changed` tells that they are no longer those of the draft.
    """

    def __init__(self, lines: Iterable[LineItem]) -> None:
        self._lines: dict[str, LineItem] = {}
        self._ids: dict[str, dict[str, None]] = {}
        for line in lines:
            self.put(line)
        self.changed = False

    def __iter__(self) -> Iterator[LineItem]:
        return iter(self._lines.values())

    def get(self, line_id: str) -> LineItem | None:
        """The line with this id."""
        return self._lines.get(line_id)

    def of(self, sku: str, attributes: Attributes) -> LineItem | None:
        """The first line of a variant with these attributes (HA-8), at the catalogue's price."""
        lines = (self._lines[line_id] for line_id in self._ids.get(sku, ()))
        same = (line for line in lines if line.attributes == attributes)
        return next((line for line in same if line.unit_price is None), None)

    def put(self, line: LineItem) -> None:
        """Put a line in the place of the one with its id, or at the end."""
        self._forget(line.id)
        self._lines[line.id] = line
        self._ids.setdefault(line.sku, {})[line.id] = None
        self.changed = True

    def remove(self, line_id: str) -> None:
        """Take a line out."""
        self._forget(line_id)
        del self._lines[line_id]
        self.changed = True

    def _forget(self, line_id: str) -> None:
        old = self._lines.get(line_id)
        if old is not None:
            ids = self._ids[old.sku]
            del ids[line_id]
            if not ids:
                del self._ids[old.sku]


def variant_by_sku(products: Products, sku: str) -> tuple[Product, Variant]:
    """Return what is on sale under a SKU. Raises NotFound, or NotPublished."""
    try:
        product = products.by_sku(sku)
    except NotFound:
        raise NotFound("SKU", sku) from None
    variant = product.by_sku(sku)
    if variant is None or variant not in product.available:
        raise NotPublished("SKU", sku)
    return product, variant


def sku_as_written(products: Products, sku: str) -> str:
    """Return the SKU as the catalogue writes it, if but one there is the same but for its case.

    An exact one goes first. One that is not found, or is several, stays as it is.
    """
    key = normal(sku)
    with suppress(NotFound):
        products.by_sku(sku)
        return sku
    with suppress(InvalidText, TooManyWords):  # what no SKU is
        found = products.search(sku, limit=_SAME_BEGINNING)
        same = [v.sku for p in found.items for v in p.variants if normal(v.sku) == key]
        if len(same) == 1 and not found.next_page:
            return same[0]
    return sku


def variant_by_barcode(products: Products, barcode: str) -> tuple[Product, Variant]:
    """Return what is on sale under a barcode.

    Raises:
        NotFound, NotPublished: no variant has it, or none that is on sale.
        AmbiguousBarcode: several variants on sale have it.
    """
    known = False
    on_sale: list[tuple[Product, Variant]] = []
    for product in _with_barcode(products, barcode):
        known = True
        sold = [v for v in product.with_barcode(barcode) if v in product.available]
        on_sale += [(product, variant) for variant in sold]
        if len(on_sale) > _CHOICES:
            break
    if not known:
        raise NotFound("SKU or barcode", barcode)
    if not on_sale:
        raise NotPublished("barcode", barcode)
    if len(on_sale) > 1:
        some = tuple((v.sku, p.described(v)) for p, v in on_sale[:_CHOICES])
        raise AmbiguousBarcode(barcode, some)
    return on_sale[0]


def _with_barcode(products: Products, barcode: str) -> Iterator[Product]:
    page = products.by_barcode(barcode)
    yield from page.items
    while page.next_page:
        page = products.by_barcode(barcode, page=page.next_page)
        yield from page.items


def check_currency(variant: Variant, currency: str) -> None:
    """Raise CurrencyMismatch for a variant with a price in another currency (PR-1)."""
    code = variant.price.currency.code
    if code != currency:
        raise CurrencyMismatch(currency, code, f"the price of {variant.sku}")
