import contextlib
import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartcore.adapters.shopify import CatalogImport, read_products
from cartcore.errors import InvalidCatalogFile, UnknownCurrency
from tests.adapters.shopify.sheets import (
    LARGE,
    MUG,
    NEW_NAMES,
    SHIRT,
    read,
    sheet,
    skus,
    the_reason,
)


class TestFile:
    @pytest.mark.parametrize("kind", ["path", "name", "binary file", "bytes"])
    def test_sources(self, kind: str, tmp_path: Path) -> None:
        """A path, a file opened for bytes and the bytes themselves all give the same."""
        data = sheet(SHIRT)
        path = tmp_path / "products.csv"
        path.write_bytes(data)
        sources: dict[str, Path | str | io.BytesIO | bytes]
        sources = {"path": path, "name": str(path), "binary file": io.BytesIO(data), "bytes": data}

        assert ["S-1"] == skus(read_products(sources[kind], currency="USD"))

    def test_text_file(self) -> None:
        """A file opened as text is refused: its encoding has been guessed already."""
        with pytest.raises(InvalidCatalogFile, match="binary mode"):
            read_products(io.StringIO("Handle"), currency="USD")  # type: ignore[arg-type]

    def test_bom(self) -> None:
        """The byte order mark that Excel writes is no part of the first column's name."""
        assert ["S-1"] == skus(read_products(b"\xef\xbb\xbf" + sheet(SHIRT), currency="USD"))

    @pytest.mark.parametrize("ending", [b"\r\n", b"\n", b"\r"])
    def test_line_endings(self, ending: bytes) -> None:
        """Files of all systems are read."""
        data = sheet(SHIRT, LARGE).replace(b"\r\n", ending)

        assert ["S-1", "L-1"] == skus(read_products(data, currency="USD"))

    @pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf", b"\r\n\r\n"])
    def test_empty(self, data: bytes) -> None:
        """A file with nothing in it is refused."""
        with pytest.raises(InvalidCatalogFile, match="empty"):
            read_products(data, currency="USD")

    def test_header_only(self) -> None:
        """A file with only the header is a catalogue without products."""
        assert CatalogImport(()) == read_products(b"Handle,Title,Variant Price", currency="USD")

    @pytest.mark.parametrize("name", ["Handle", "Title", "Variant Price"])
    def test_not_from_shopify(self, name: str) -> None:
        """A file without one of the columns that Shopify always has is refused by that name."""
        with pytest.raises(InvalidCatalogFile, match=rf"lacks (.*formerly )?{name}\)?;"):
            read({key: value for key, value in SHIRT.items() if key != name})

    def test_column_twice(self) -> None:
        """Two columns for the same thing are refused, also under the old and the new name."""
        with pytest.raises(
            InvalidCatalogFile, match="two columns for Price: Variant Price and Price"
        ):
            read(SHIRT | {"Price": "12.00"})

    def test_new_column_names(self) -> None:
        """The names that Shopify uses today mean the same as the older ones."""
        row = SHIRT | {
            "Variant Compare At Price": "12.00",
            "Variant Grams": "300",
            "Variant Requires Shipping": "FALSE",
            "Variant Barcode": "4006381333931",
            "Body (HTML)": "<p>Warm</p>",
            "Published": "FALSE",
        }
        result = read({NEW_NAMES.get(key, key): value for key, value in row.items()})

        assert read(row) == result
        assert not result.products[0].published
        assert "4006381333931" == result.products[0].variants[0].barcode

    def test_order_and_unknown_columns(self) -> None:
        """Columns may stand in any order, and those that cartcore has no use for are ignored."""
        shuffled = {
            "Variant Inventory Policy": "junk",
            **dict(reversed(SHIRT.items())),
            "Cost per item": "x",
        }

        assert read(SHIRT) == read(shuffled)

    def test_unclosed_quote(self) -> None:
        """A quotation mark that is never closed refuses the file: it would swallow good rows."""
        data = sheet(SHIRT) + b'mug,"Mug,,,M-1,5.00\r\nhat,Hat,,,H-1,5.00\r\n'

        with pytest.raises(InvalidCatalogFile, match="row 3 is not CSV"):
            read_products(data, currency="USD")

    def test_unknown_currency(self) -> None:
        """The currency is checked before anything is read."""
        with pytest.raises(UnknownCurrency):
            read_products(b"", currency="DOLLARS")

    @given(st.binary(max_size=200))
    def test_any_bytes(self, data: bytes) -> None:
        """Whatever the bytes, there is a result or an InvalidCatalogFile, never another error."""
        for content in (data, b"Handle,Title,Variant Price\n" + data):
            with contextlib.suppress(InvalidCatalogFile):
                assert str(read_products(content, currency="USD"))

    @given(
        st.lists(
            st.lists(st.sampled_from(["", "a", "Title", "Default Title", "1.00", "x\0", '"', "'"])),
            max_size=6,
        )
    )
    def test_any_cells(self, rows: list[list[str]]) -> None:
        """Every row is loaded, reported, or has nothing to sell; none disappears."""
        names = ["Handle", "Title", "Option1 Name", "Option1 Value", "Variant SKU", "Variant Price"]
        text = io.StringIO(newline="")
        csv.writer(text).writerows([names, *rows])
        result = read_products(text.getvalue().encode(), currency="USD")
        offered = [row for row in rows if any(row[3:6])]

        assert len(offered) <= len(skus(result)) + len(result.rejected)
        assert len(skus(result)) == len(set(skus(result)))


class TestRowNumbers:
    def test_as_in_a_spreadsheet(self) -> None:
        """The header is row 1, a cell of several lines is one row, and blank rows count."""
        head = b"Handle,Title,Body (HTML),Variant Price\n"
        rows = b'mug,Mug,"<p>\n\n</p>",5.00\n\n,,,\nhat,Hat,,free\n'
        result = read_products(head + rows, currency="USD")

        assert "Variant Price" in the_reason(result, 5)
        assert "hat" == result.rejected[0].handle

    def test_in_order(self) -> None:
        """Rejected rows are listed in the order of the file, whatever was wrong with them."""
        bad = {"Handle": "", "Title": "", "Variant Price": "1.00"}
        result = read(MUG | {"Variant Price": "x"}, bad, SHIRT | {"Title": ""}, LARGE, bad)

        assert [2, 3, 4, 5, 6] == [each.row for each in result.rejected]
