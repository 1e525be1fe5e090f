"""Products and selections of them."""

from hypothesis import strategies as st

from cartcore.rules import Selection
from cartcore.shop.product import Product, Variant
from cartcore.testing.strategies.texts import (
    image_urls,
    messages,
    optional_texts,
    some_texts,
    texts,
)
from cartcore.testing.strategies.values import attributes, references, unit_prices


@st.composite
def products(
    draw: st.DrawFn, ids: st.SearchStrategy[str] = texts, currency: str = "USD"
) -> Product:
    """Products with these ids. Their SKUs start with the id, so that products share none."""
    product_id = draw(ids)
    options = draw(st.lists(texts, max_size=2, unique=True))
    values = st.tuples(*(texts for _ in options))
    combinations = draw(st.lists(values, min_size=1, max_size=3, unique=True))
    return Product(
        id=product_id,
        title=draw(texts),
        options=tuple(options),
        variants=tuple(
            draw(_variants(f"{product_id}/{number}{draw(optional_texts)}", chosen, currency))
            for number, chosen in enumerate(combinations)
        ),
        published=draw(st.booleans()),
        description=draw(messages),
        image_url=draw(image_urls),
        vendor=draw(optional_texts),
        categories=draw(st.lists(texts, max_size=2).map(tuple)),
        tags=draw(st.lists(texts, max_size=2).map(tuple)),
        tax_class=draw(st.sampled_from(["", "", "reduced"])),
        reference=draw(references(product_id)),
        attributes=draw(attributes),
    )


def _variants(sku: str, options: tuple[str, ...], currency: str) -> st.SearchStrategy[Variant]:
    return st.builds(
        Variant,
        sku=st.just(sku),
        price=unit_prices(currency),
        options=st.just(options),
        compare_at_price=st.none() | unit_prices(currency),
        weight_grams=st.integers(0, 10**6),
        requires_shipping=st.booleans(),
        published=st.booleans(),
        barcode=st.sampled_from(["", "1", "01", "10"]) | optional_texts,
        image_url=image_urls,
        tax_class=st.sampled_from(["", "", "reduced"]),
        attributes=attributes,
    )


selections = st.builds(
    Selection,
    skus=some_texts,
    products=some_texts,
    categories=some_texts,
    tags=some_texts,
    exclude=st.none() | st.builds(Selection, skus=some_texts),
)
