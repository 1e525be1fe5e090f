import csv
import io
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given
from moneyed import Money

from cartcore.adapters.shopify import Change, read_products, write_products
from cartcore.errors import CurrencyMismatch, InvalidField
from cartcore.shop.product import Product
from tests.adapters.shopify.sheets import (
    LARGE,
    MUG,
    SHIRT,
    TEMPLATE,
    catalogs,
    read,
    without_versions,
    written,
)


class TestWrite:
    def test_columns(self) -> None:
        """Only columns that cartcore has are written, a product's own on its first row only."""
        result = read(SHIRT | {"Vendor": "Knit", "Cost per item": "3.00"}, LARGE)
        rows = list(csv.DictReader(io.StringIO(written(*result.products).decode())))

        assert [("Shirt", "Knit", "Size", "S"), ("", "", "", "L")] == [
            (r["Title"], r["Vendor"], r["Option1 name"], r["Option1 value"]) for r in rows
        ]
        assert ["true", ""] == [r["Published on online store"] for r in rows]
        assert ["10.00", "11.00"] == [r["Price"] for r in rows]
        assert "Cost per item" not in rows[0]

    def test_header_is_shopifys(self) -> None:
        """The columns that are written are those of Shopify's template, in its order."""
        header = next(csv.reader(io.StringIO(written().decode())))

        assert [name for name in TEMPLATE if name in header] == header

    def test_no_options(self) -> None:
        """A product without options is written with Shopify's placeholder."""
        rows = list(csv.DictReader(io.StringIO(written(*read(MUG).products).decode())))

        assert ("Title", "Default Title") == (rows[0]["Option1 name"], rows[0]["Option1 value"])

    def test_tax_class(self) -> None:
        """Each row says whether its variant is taxed, and by which code (TX-7)."""
        codes = [{"Tax code": "PC040100"}, {"Charge tax": "FALSE"}]
        mixed = read(SHIRT | codes[0], LARGE | codes[1]).products[0]
        reduced = attrs.evolve(read(MUG).products[0], tax_class="reduced")
        rows = csv.DictReader(io.StringIO(written(mixed, reduced).decode()))

        assert [("true", "PC040100"), ("false", ""), ("true", "reduced")] == [
            (row["Charge tax"], row["Tax code"]) for row in rows
        ]

    def test_currency_without_minor_unit(self) -> None:
        """A price is written with the digits of its currency."""
        products = read(MUG | {"Variant Price": "1200"}, currency="JPY").products

        assert b",1200,,true," in written(*products)

    def test_targets(self, tmp_path: Path) -> None:
        """A path, its text, a text file and a binary file all get the same."""
        products = read(SHIRT | {"Title": "Größe"}, LARGE).products
        paths = [tmp_path / name for name in ("path", "name", "text", "binary")]
        write_products(products, paths[0])
        write_products(products, str(paths[1]))
        with paths[2].open("w", encoding="utf-8", newline="") as text_file:
            write_products(products, text_file)
        with paths[3].open("wb") as binary_file:
            write_products(products, binary_file)
        memory = io.StringIO()
        write_products(products, memory)

        assert {written(*products)} == {path.read_bytes() for path in paths}
        assert written(*products).decode() == memory.getvalue()

    def test_formulas_are_not_changed(self) -> None:
        """A text that a spreadsheet would take for a formula is written as it is."""
        result = read(MUG | {"Title": "=1+1"})

        assert b"=1+1,mug," in written(*result.products)

    def test_apostrophe(self) -> None:
        """A barcode that begins with an apostrophe keeps it."""
        mug = read(MUG | {"Variant Barcode": "''5"}).products[0]

        assert "'5" == mug.variants[0].barcode
        assert (mug,) == read_products(written(mug), currency="USD").products

    @pytest.mark.parametrize(
        ("field", "own", "of_variant"),
        [
            ("categories", {"categories": ("Tops", "Sale")}, {}),
            ("tags", {"tags": ("warm, dry",)}, {}),
            ("published", {}, {"published": False}),
            ("price", {}, {"price": Money("1.234", "USD")}),
            ("compare_at_price", {}, {"compare_at_price": Money("9.999", "USD")}),
            ("compare_at_price", {}, {"compare_at_price": Money(0, "USD")}),
            ("minimum_price", {}, {"minimum_price": Money(1, "USD")}),
            ("options", {"options": ("Title",)}, {"options": ("Default Title",)}),
            ("options", {"options": tuple("abcd")}, {"options": tuple("efgh")}),
        ],
    )
    def test_what_would_be_lost(
        self, field: str, own: dict[str, Any], of_variant: dict[str, Any], tmp_path: Path
    ) -> None:
        """What the format cannot hold is refused by name, and nothing is written."""
        mug = read(MUG).products[0]
        variant = attrs.evolve(mug.variants[0], sku="M-2", **of_variant)
        lossy = attrs.evolve(mug, id="lossy", variants=(variant,), **own)

        with pytest.raises(InvalidField, match="product lossy") as caught:
            write_products([mug, lossy], tmp_path / "out.csv")

        assert caught.value.path.endswith(f": {field}")
        assert not (tmp_path / "out.csv").exists()

    def test_two_currencies(self) -> None:
        """The format names no currency, so it cannot hold two."""
        with pytest.raises(CurrencyMismatch):
            written(*read(SHIRT).products, *read(MUG, currency="EUR").products)

    @pytest.mark.parametrize(
        "change",
        [{"Handle": "cup"}, {"Variant SKU": "M-2"}, {"Variant SKU": "M-2", "Handle": "MUG"}],
    )
    def test_twice(self, change: dict[str, str]) -> None:
        """An id or a SKU that stands twice would not come back."""
        with pytest.raises(InvalidField, match="unique"):
            written(*read(MUG).products, *read(MUG | change).products)


@given(catalogs())
def test_round_trip(products: list[Product]) -> None:
    """What is written reads back as the same products, their version aside."""
    result = read_products(written(*products), currency="USD")

    assert () == result.rejected
    assert {Change.SCIENTIFIC} >= {note.change for note in result.notes}
    assert without_versions(products) == list(result.products)
