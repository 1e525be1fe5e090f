"""Sheets to be read, and catalogues to be written as one."""

import csv
import io
from collections.abc import Iterable
from decimal import Decimal

import attrs
from hypothesis import strategies as st
from moneyed import Money

from cartcore.adapters.shopify import CatalogImport, read_products, write_products
from cartcore.shop.product import Product, Variant
from cartcore.values.text import normal

SHIRT = {
    "Handle": "shirt",
    "Title": "Shirt",
    "Option1 Name": "Size",
    "Option1 Value": "S",
    "Variant SKU": "S-1",
    "Variant Price": "10.00",
}

LARGE = {"Handle": "shirt", "Option1 Value": "L", "Variant SKU": "L-1", "Variant Price": "11.00"}
MUG = {"Handle": "mug", "Title": "Mug", "Variant SKU": "M-1", "Variant Price": "5.00"}
NEW_NAMES = {
    "Handle": "URL handle",
    "Option1 Name": "Option1 name",
    "Option1 Value": "Option1 value",
    "Variant SKU": "SKU",
    "Variant Price": "Price",
    "Variant Compare At Price": "Compare-at price",
    "Variant Taxable": "Charge tax",
    "Variant Tax Code": "Tax code",
    "Variant Grams": "Weight value (grams)",
    "Variant Requires Shipping": "Requires shipping",
    "Variant Barcode": "Barcode",
    "Body (HTML)": "Description",
    "Published": "Published on online store",
}

TEMPLATE = (
    *("Title", "URL handle", "Description", "Vendor", "Product category", "Type", "Tags"),
    *("Published on online store", "Status", "SKU", "Barcode"),
    *("Option1 name", "Option1 value", "Option1 Linked To"),
    *("Option2 name", "Option2 value", "Option2 Linked To"),
    *("Option3 name", "Option3 value", "Option3 Linked To"),
    *("Price", "Compare-at price", "Cost per item", "Charge tax", "Tax code"),
    *("Unit price total measure", "Unit price total measure unit"),
    *("Unit price base measure", "Unit price base measure unit"),
    *("Inventory tracker", "Inventory quantity", "Continue selling when out of stock"),
    *("Weight value (grams)", "Weight unit for display", "Requires shipping"),
    *("Fulfillment service", "Product image URL", "Image position", "Image alt text"),
    *("Variant image URL", "Gift card", "SEO title", "SEO description"),
)
"""The headings of the template that Shopify offers for download, as of 2026."""

BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
TEXTS = st.text(
    st.characters(exclude_categories=["Cc", "Cs"], exclude_characters=BIDI), max_size=12
).map(str.strip) | st.sampled_from(["=1+1", 'a "b", c', "'0123", "Title", "Default Title"])

WORDS = TEXTS.filter(normal)  # of which something is seen
SKUS = WORDS | st.sampled_from(["'0112", "''5", "1.23457E+11", "00112"])
IMAGES = st.sampled_from(["", "", "https://cdn.example/a,b.jpg?v=1", "https://h/größe.png"])
TAX_CLASSES = st.sampled_from(["", "", "exempt", "PC040100", "food, cold"])
LINES = st.lists(TEXTS | st.just('<p class="a"> "x", &amp;</p>'), max_size=4)
PRICES = st.integers(0, 10**12).map(lambda cents: Money(Decimal(cents) / 100, "USD"))


@st.composite
def catalogs(draw: st.DrawFn) -> list[Product]:
    """Products that the format can hold."""
    products: list[Product] = []
    skus_left = draw(st.lists(SKUS, min_size=12, max_size=12, unique=True))
    for handle in draw(st.lists(WORDS, max_size=4, unique_by=str.lower)):
        options = draw(st.lists(WORDS, max_size=3, unique=True))
        chosen = st.tuples(*(WORDS for _ in options))
        combinations = draw(st.lists(chosen, min_size=1, max_size=3, unique=True))
        if (*options, *combinations[0]) == ("Title", "Default Title"):
            continue
        variants = tuple(
            Variant(
                sku=skus_left.pop(),
                price=draw(PRICES),
                options=combination,
                compare_at_price=draw(st.none() | PRICES.filter(bool)),
                weight_grams=draw(st.integers(0, 10**6)),
                requires_shipping=draw(st.booleans()),
                barcode=draw(TEXTS | SKUS),
                image_url=draw(IMAGES),
                tax_class=draw(TAX_CLASSES),
            )
            for combination in combinations
        )
        classes = {variant.tax_class for variant in variants}
        if len(classes) == 1:  # which then is the product's
            variants = tuple(attrs.evolve(variant, tax_class="") for variant in variants)
        products.append(
            Product(
                id=handle,
                title=draw(WORDS),
                variants=variants,
                options=tuple(options),
                published=draw(st.booleans()),
                discountable=draw(st.booleans()),
                image_url=draw(IMAGES),
                description="\n".join(draw(LINES)),
                vendor=draw(TEXTS),
                categories=tuple(draw(st.lists(WORDS, max_size=1))),
                tags=tuple(draw(st.lists(WORDS.filter(lambda tag: "," not in tag), max_size=3))),
                tax_class=classes.pop() if len(classes) == 1 else "",
                version=draw(st.integers(0, 9)),
            )
        )
    return products


def sheet(*rows: dict[str, str]) -> bytes:
    """Write a CSV file with these rows and every column that one of them has."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(dict.fromkeys(key for row in rows for key in row)))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def read(*rows: dict[str, str], currency: str = "USD") -> CatalogImport:
    return read_products(sheet(*rows), currency=currency)


def skus(result: CatalogImport) -> list[str]:
    return [variant.sku for product in result.products for variant in product.variants]


def the_reason(result: CatalogImport, row: int) -> str:
    """Return why the one rejected row was rejected."""
    assert [row] == [each.row for each in result.rejected]
    return result.rejected[0].reason


def written(*products: Product) -> bytes:
    file = io.BytesIO()
    write_products(products, file)
    return file.getvalue()


def without_versions(products: Iterable[Product]) -> list[Product]:
    return [attrs.evolve(product, version=0) for product in products]
