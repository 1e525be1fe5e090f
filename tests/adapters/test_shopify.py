import contextlib
import csv
import io
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moneyed import Money

from cartcore.adapters.shopify import CatalogImport, Change, read_products, write_products
from cartcore.errors import (
    CurrencyMismatch,
    InvalidCatalogFile,
    InvalidField,
    UnknownCurrency,
)
from cartcore.shop.product import Product, Variant
from cartcore.values.text import normal

SNOWBOARDS = Path(__file__).parents[2] / "examples" / "catalog" / "snowboards.csv"

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


class TestSnowboards:
    """The shipped catalogue, against the standard library's own reading of the file."""

    @pytest.fixture
    def rows(self) -> list[dict[str, str]]:
        with SNOWBOARDS.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    @pytest.fixture
    def result(self) -> CatalogImport:
        return read_products(SNOWBOARDS, currency="USD")

    def test_everything_loads(self, result: CatalogImport) -> None:
        """All 9 products and 28 variants load, and no row is rejected."""
        assert (9, 28, ()) == (len(result.products), len(skus(result)), result.rejected)

    def test_sums(self, result: CatalogImport, rows: list[dict[str, str]]) -> None:
        """Prices, compare-at prices and weights add up to what the file says."""
        variants = [v for p in result.products for v in p.variants]
        prices = sum(v.price.amount for v in variants)
        compared = sum(v.compare_at_price.amount for v in variants if v.compare_at_price)
        grams = sum(v.weight_grams for v in variants)

        assert sum(Decimal(r["Variant Price"]) for r in rows) == prices
        assert sum(Decimal(r["Variant Compare At Price"] or 0) for r in rows) == compared
        assert sum(int(r["Variant Grams"]) for r in rows) == grams

    def test_one_product(self, result: CatalogImport) -> None:
        """Options, categories, tags and flags are those of the file."""
        boots = next(p for p in result.products if p.id == "burton-boots")

        assert ("Burton Boots", "Burton") == (boots.title, boots.vendor)
        assert ("Boots",) == boots.categories
        assert ("season2006", "beginner", "intermediate", "boots") == boots.tags
        assert ("Color", "Shoe Size") == boots.options
        assert ("black", "44") == boots.variants[3].options
        assert boots.published
        assert boots.variants[0].requires_shipping

    def test_descriptions(self, result: CatalogImport, rows: list[dict[str, str]]) -> None:
        """The HTML of each body comes through, white space aside."""
        bodies = {r["Handle"]: r["Body (HTML)"].split() for r in rows if r["Title"]}

        assert bodies == {p.id: p.description.split() for p in result.products}

    def test_made_skus(self, result: CatalogImport) -> None:
        """The file has no SKUs: 28 different, readable ones are made, each with a note."""
        assert "arbor-draft-151cm-normal" == skus(result)[0]
        assert 28 == len(set(skus(result)))
        made = [note for note in result.notes if note.change is Change.SKU_MADE]
        assert list(range(2, 30)) == [note.row for note in made]
        assert "'arbor-draft-151cm-normal'" in str(made[0])

    def test_pictures(self, result: CatalogImport, rows: list[dict[str, str]]) -> None:
        """The file names its pictures by paths only: they are left out, each with a note."""
        left_out = [note.found for note in result.notes if note.change is Change.IMAGE_LEFT_OUT]

        assert [row["Image Src"] for row in rows if row["Image Src"]] == left_out
        assert {""} == {product.image_url for product in result.products}

    def test_round_trip(self, result: CatalogImport) -> None:
        """Written and read again, the catalogue is the same and its SKUs are not made anew."""
        again = read_products(written(*result.products), currency="USD")

        assert CatalogImport(result.products) == again


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
            "Variant Taxable": "junk",
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


class TestProducts:
    def test_rows_need_not_be_adjacent(self) -> None:
        """Rows of one Handle are one product, also with another product between them."""
        result = read(SHIRT, MUG, LARGE)

        assert [("shirt", 2), ("mug", 1)] == [(p.id, len(p.variants)) for p in result.products]

    def test_first_row_counts(self) -> None:
        """The product's own columns are read from its first row only."""
        result = read(SHIRT | {"Vendor": "Knit", "Type": "Tops"}, LARGE | {"Vendor": "Other"})

        assert ("Knit", ("Tops",)) == (result.products[0].vendor, result.products[0].categories)

    @pytest.mark.parametrize("column", ["Title", "Option1 Name"])
    def test_conflict_on_a_later_row(self, column: str) -> None:
        """Another title or option name on a later row shows that the Handle is used twice."""
        result = read(SHIRT, LARGE | {column: "Trousers"})

        assert "as in row 2" in the_reason(result, 3)
        assert ["S-1"] == skus(result)

    def test_repeated_on_a_later_row(self) -> None:
        """The same title and option name on each row is no conflict."""
        result = read(SHIRT, LARGE | {"Title": "Shirt", "Option1 Name": "Size"})

        assert ["S-1", "L-1"] == skus(result)

    def test_no_title(self) -> None:
        """Without a title on its first row a product is rejected with all its rows."""
        result = read(SHIRT | {"Title": ""}, LARGE, MUG)

        assert ["M-1"] == skus(result)
        assert [2, 3] == [each.row for each in result.rejected]
        assert "Title" in result.rejected[0].reason
        assert "row 2" in result.rejected[1].reason

    def test_rejected_product_holds_no_sku(self) -> None:
        """The SKUs of a product that was rejected are free for the rows after it."""
        result = read(SHIRT | {"Title": ""}, MUG | {"Variant SKU": "S-1"})

        assert ["S-1"] == skus(result)

    def test_no_handle(self) -> None:
        """A row without Handle is rejected, and the row after it loads."""
        result = read(SHIRT | {"Handle": " "}, MUG)

        assert "handle" in the_reason(result, 2)
        assert ["M-1"] == skus(result)
        assert "no handle" in str(result.rejected[0])

    def test_rejected_first_row_keeps_the_product(self) -> None:
        """A first row with a bad price still gives the product its title and options."""
        result = read(SHIRT | {"Variant Price": "free", "Vendor": "Knit"}, LARGE)

        assert "Variant Price" in the_reason(result, 2)
        assert ("Shirt", "Knit") == (result.products[0].title, result.products[0].vendor)
        assert ["L-1"] == skus(result)

    def test_all_variants_rejected(self) -> None:
        """A product of which no variant is left is not loaded."""
        assert ["mug"] == [p.id for p in read(SHIRT | {"Variant Price": ""}, MUG).products]

    def test_image_rows(self) -> None:
        """A row that only adds an image is skipped without a word."""
        image = {"Handle": "shirt", "Image Src": "shirt.jpg", "Variant Grams": "0"}
        result = read(SHIRT, image, LARGE)

        assert (["S-1", "L-1"], ()) == (skus(result), result.rejected)

    def test_nothing_to_sell(self) -> None:
        """A product whose rows have neither SKU, price nor option value is rejected."""
        result = read({"Handle": "mug", "Title": "Mug", "Variant Price": ""}, SHIRT)

        assert "Variant Price" in the_reason(result, 2)

    @pytest.mark.parametrize(
        ("published", "status", "expected"),
        [
            ("TRUE", "active", True),
            ("true", "", True),
            ("", "Active", True),
            ("", "", True),
            ("FALSE", "active", False),
            ("False", "", False),
            ("TRUE", "draft", False),
            ("TRUE", "archived", False),
            ("", "Unlisted", False),
        ],
    )
    def test_published(self, published: str, status: str, *, expected: bool) -> None:
        """Blank counts as published, and of the statuses only active does."""
        result = read(MUG | {"Published": published, "Status": status})

        assert expected is result.products[0].published

    @pytest.mark.parametrize("column", ["Published", "Status"])
    def test_published_junk(self, column: str) -> None:
        """A word that is neither rejects the product rather than publish it."""
        result = read(MUG | {column: "perhaps"}, SHIRT)

        assert column in the_reason(result, 2)
        assert ["S-1"] == skus(result)

    def test_tags(self) -> None:
        """Tags are split at commas, and empty ones dropped."""
        assert ("warm", "new in") == read(MUG | {"Tags": " warm, ,new in,"}).products[0].tags

    def test_no_type(self) -> None:
        """A product without Type has no category."""
        assert () == read(MUG | {"Type": ""}).products[0].categories

    def test_body(self) -> None:
        """HTML is not unescaped, and tabs in it become spaces."""
        result = read(MUG | {"Body (HTML)": "<ul>\r\n<li>a\t&lt;b&gt;</li>\r\n</ul>"})

        assert "<ul>\n<li>a &lt;b&gt;</li>\n</ul>" == result.products[0].description

    def test_control_character(self) -> None:
        """A NUL in a handle or a SKU rejects its row, and others load."""
        result = read(MUG | {"Handle": "m\0g"}, SHIRT, LARGE | {"Variant SKU": "L\0"})

        assert [2, 4] == [each.row for each in result.rejected]
        assert ["S-1"] == skus(result)

    def test_too_many_cells(self) -> None:
        """A row with more cells than the header has a comma too many: none of it is trusted."""
        data = sheet(SHIRT) + b"shirt,,,L,L-1,11,00\r\nshirt,,,XL,X-1,12.00,\r\n"
        result = read_products(data, currency="USD")

        assert "'00'" in the_reason(result, 3)
        assert ["S-1", "X-1"] == skus(result)

    def test_too_many_cells_in_the_first_row(self) -> None:
        """The product's own columns are not trusted either, so all its rows are rejected."""
        data = b"Handle,Title,Variant Price\nmug,Mug, blue,5.00\nmug,,6.00\n"
        result = read_products(data, currency="USD")

        assert ((), [2, 3]) == (result.products, [each.row for each in result.rejected])

    def test_short_row(self) -> None:
        """Cells that are missing at the end of a row are blank."""
        data = sheet({"Handle": "mug", "Title": "Mug", "Variant Price": "5.00", "Vendor": "Clay"})
        result = read_products(data.replace(b",Clay", b""), currency="USD")

        assert "" == result.products[0].vendor


class TestOptions:
    @pytest.mark.parametrize(
        ("name", "value"), [("Title", "Default Title"), ("", ""), ("", "Default Title")]
    )
    def test_no_options(self, name: str, value: str) -> None:
        """Shopify's placeholder means a product without options, and so do blanks."""
        result = read(MUG | {"Option1 Name": name, "Option1 Value": value})

        assert ((), ()) == (result.products[0].options, result.products[0].variants[0].options)

    def test_option_called_title(self) -> None:
        """An option that is really called Title is kept."""
        shirt = read(SHIRT | {"Option1 Name": "Title"}).products[0]

        assert (("Title",), ("S",)) == (shirt.options, shirt.variants[0].options)

    def test_three_options(self) -> None:
        """Three options keep their order; a column that is left blank between them is no option."""
        three = {"Option2 Name": "Color", "Option2 Value": "red"}
        three |= {"Option3 Name": "Fit", "Option3 Value": "slim"}
        gap = three | {"Option2 Name": "", "Option2 Value": ""}

        assert ("S", "red", "slim") == read(SHIRT | three).products[0].variants[0].options
        assert ("Size", "Fit") == read(SHIRT | gap).products[0].options
        assert ("S", "slim") == read(SHIRT | gap).products[0].variants[0].options

    def test_blank_value(self) -> None:
        """A variant without a value for an option that the product has is rejected."""
        result = read(SHIRT, LARGE | {"Option1 Value": " "})

        assert "Option1 Value" in the_reason(result, 3)
        assert ["S-1"] == skus(result)

    @pytest.mark.parametrize("value", ["red", "Default Title"])
    def test_value_without_name(self, value: str) -> None:
        """A value for an option that the product has not is rejected."""
        result = read(SHIRT | {"Option2 Value": value}, LARGE)

        assert "Option2 Value" in the_reason(result, 2)

    def test_same_options_twice(self) -> None:
        """The later of two variants with the same options is rejected, and names the first."""
        result = read(SHIRT, LARGE | {"Option1 Value": "S"})

        assert "row 2" in the_reason(result, 3)
        assert ["S-1"] == skus(result)

    def test_second_row_without_options(self) -> None:
        """A product without options has one variant; a second one is rejected."""
        assert "row 2" in the_reason(read(MUG, MUG | {"Title": "", "Variant SKU": "M-2"}), 3)

    def test_whole_row_twice(self) -> None:
        """Of a row that is pasted twice, the options are named, not the SKU made of them."""
        result = read(SHIRT | {"Variant SKU": ""}, SHIRT | {"Variant SKU": ""})

        assert (
            "the choice of options must be different from that of row 2 of the product, not 'S'"
            in the_reason(result, 3)
        )

    def test_option_name_twice(self) -> None:
        """Two options of one name reject the product."""
        result = read(SHIRT | {"Option2 Name": "Size", "Option2 Value": "S"}, MUG)

        assert ["M-1"] == skus(result)
        assert "options" in the_reason(result, 2)


class TestSkus:
    def test_duplicate_in_a_product(self) -> None:
        """The later of two rows with the same SKU is rejected, and names the first."""
        result = read(SHIRT, LARGE | {"Variant SKU": "S-1"})

        assert "row 2" in the_reason(result, 3)
        assert "'S-1'" in result.rejected[0].reason

    def test_duplicate_across_products(self) -> None:
        """SKUs are unique over the whole file, in its order even if handles are interleaved."""
        result = read(SHIRT, MUG | {"Variant SKU": "L-1"}, LARGE)

        assert "row 3" in the_reason(result, 4)
        assert ["S-1", "L-1"] == skus(result)

    def test_duplicate_of_a_rejected_row(self) -> None:
        """A row that was rejected for another reason does not hold its SKU."""
        result = read(SHIRT | {"Variant Price": "x"}, LARGE | {"Variant SKU": "S-1"})

        assert ["S-1"] == skus(result)

    def test_made(self) -> None:
        """A SKU is made of handle and options in plain letters, and a note tells the row."""
        result = read(SHIRT | {"Variant SKU": "", "Option1 Value": "Größe 2/3"})

        assert ["shirt-grosse-2-3"] == skus(result)
        assert [(2, "shirt")] == [(note.row, note.handle) for note in result.notes]

    @pytest.mark.parametrize("real_first", [True, False])
    def test_made_one_collides_with_a_real_one(self, *, real_first: bool) -> None:
        """The SKU of the file wins over a made one, wherever it stands."""
        rows = [SHIRT | {"Variant SKU": ""}, MUG | {"Variant SKU": "shirt-s"}]
        result = read(*(reversed(rows) if real_first else rows))
        made, real = (3, 2) if real_first else (2, 3)

        assert ["mug"] == [p.id for p in result.products]
        assert ["shirt-s"] == skus(result)
        assert f"row {real} " in the_reason(result, made)
        assert () == result.notes

    def test_none_can_be_made(self) -> None:
        """A handle of signs alone gives no SKU, and the reason says what to do."""
        result = read_products("Handle,Title,Variant Price\n😀,A,1\n".encode(), currency="USD")

        assert () == result.products
        assert "given, as none can be made of this handle and options" in the_reason(result, 2)

    def test_two_made_ones_collide(self) -> None:
        """Options that differ in signs alone give the same SKU: the later row is rejected."""
        result = read(
            SHIRT | {"Variant SKU": "", "Option1 Value": "1+"},
            LARGE | {"Variant SKU": "", "Option1 Value": "1-"},
        )

        assert ["shirt-1"] == skus(result)
        assert "row 2" in the_reason(result, 3)


class TestPrices:
    @pytest.mark.parametrize(
        "text",
        [
            *("", "-1.00", "1,299.00", "$5", "5 USD", "NaN", "Infinity", "1e3", "free", "1."),
            *("1.234", "10000000000000.01", "\uff11\uff12"),
        ],
    )
    def test_bad_price(self, text: str) -> None:
        """What is not an exact price with the currency's digits is rejected; others load."""
        result = read(SHIRT, LARGE | {"Variant Price": text})

        assert "Variant Price" in the_reason(result, 3)
        assert ["S-1"] == skus(result)

    @pytest.mark.parametrize(
        ("currency", "good", "bad"),
        [("USD", "1.25", "1.255"), ("JPY", "125", "125.5"), ("KWD", "1.255", "1.2555")],
    )
    def test_digits_of_the_currency(self, currency: str, good: str, bad: str) -> None:
        """How many digits are too many depends on the currency."""
        result = read(MUG | {"Variant Price": good}, currency=currency)

        assert Money(good, currency) == result.products[0].variants[0].price
        assert currency in the_reason(read(MUG | {"Variant Price": bad}, currency=currency), 2)

    @pytest.mark.parametrize("text", ["85", "85.0", "85.00", " 85.00 "])
    def test_few_digits(self, text: str) -> None:
        """Fewer digits, as Shopify writes round prices, are the same price."""
        result = read(MUG | {"Variant Price": text})

        assert Money("85.00", "USD") == result.products[0].variants[0].price

    def test_free(self) -> None:
        """A price of 0 is a price."""
        result = read(MUG | {"Variant Price": "0.00"})

        assert Money(0, "USD") == result.products[0].variants[0].price

    @pytest.mark.parametrize("text", ["", "0.00", "0"])
    def test_no_compare_at_price(self, text: str) -> None:
        """Blank and zero both mean that there is none."""
        result = read(MUG | {"Variant Compare At Price": text})

        assert result.products[0].variants[0].compare_at_price is None

    def test_compare_at_price(self) -> None:
        """A compare-at price is read under the same rules as the price."""
        good = read(MUG | {"Variant Compare At Price": "7.50"})
        bad = read(MUG | {"Variant Compare At Price": "7.505"})

        assert Money("7.50", "USD") == good.products[0].variants[0].compare_at_price
        assert "Variant Compare At Price" in the_reason(bad, 2)


class TestVariants:
    @pytest.mark.parametrize(("text", "expected"), [("", 0), ("0", 0), ("1500", 1500), ("5.0", 5)])
    def test_grams(self, text: str, expected: int) -> None:
        """Grams are grams, whatever unit the shop shows; blank is 0."""
        result = read(MUG | {"Variant Grams": text, "Variant Weight Unit": "lb"})

        assert expected == result.products[0].variants[0].weight_grams

    @pytest.mark.parametrize(
        "text", ["-5", "1.5.0", ".", "1e3", "1kg", "1,500", "9" * 5000, "\u0663"]
    )
    def test_bad_grams(self, text: str) -> None:
        """What is no number of grams is rejected."""
        assert "Variant Grams" in the_reason(read(MUG | {"Variant Grams": text}), 2)

    @pytest.mark.parametrize(
        ("text", "expected"), [("TRUE", True), ("true", True), ("", True), ("False", False)]
    )
    def test_requires_shipping(self, text: str, *, expected: bool) -> None:
        """TRUE and FALSE are read in any case; blank means that it is shipped."""
        result = read(MUG | {"Variant Requires Shipping": text})

        assert expected is result.products[0].variants[0].requires_shipping

    def test_requires_shipping_junk(self) -> None:
        """Another word is rejected rather than guessed."""
        result = read(MUG | {"Variant Requires Shipping": "yes"})

        assert "Variant Requires Shipping" in the_reason(result, 2)

    def test_barcode(self) -> None:
        """The apostrophe that keeps a barcode from becoming a number is dropped."""
        result = read(MUG | {"Variant Barcode": "'0012345678905"})

        assert "0012345678905" == result.products[0].variants[0].barcode


class TestSummary:
    def test_str(self) -> None:
        """The summary counts, and tells each row that was rejected or changed."""
        result = read(SHIRT, LARGE | {"Variant Price": "$5"}, MUG | {"Variant SKU": ""})

        assert (
            "2 products with 2 variants\n"
            "not loaded: 1\n"
            "  row 3 (shirt): Variant Price must be "
            "an exact decimal number with at most 2 decimal digits (USD), not '$5'\n"
            "changed: 1\n"
            "  row 4 (mug): SKU made, Variant SKU: '' → 'mug'\n"
            "  in all, SKU made: 1"
        ) == str(result)

    def test_long_lists(self) -> None:
        """A summary stays readable however many rows are wrong."""
        result = read(*(MUG | {"Variant Price": "x"} for _ in range(1000)))

        assert "... and 980 more" in str(result)


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

    def test_currency_without_minor_unit(self) -> None:
        """A price is written with the digits of its currency."""
        products = read(MUG | {"Variant Price": "1200"}, currency="JPY").products

        assert b",1200,," in written(*products)

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


# --- Round trip -------------------------------------------------------------------------------

BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
TEXTS = st.text(
    st.characters(exclude_categories=["Cc", "Cs"], exclude_characters=BIDI), max_size=12
).map(str.strip) | st.sampled_from(["=1+1", 'a "b", c', "'0123", "Title", "Default Title"])
WORDS = TEXTS.filter(normal)  # of which something is seen
SKUS = WORDS | st.sampled_from(["'0112", "''5", "1.23457E+11", "00112"])
IMAGES = st.sampled_from(["", "", "https://cdn.example/a,b.jpg?v=1", "https://h/größe.png"])
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
            )
            for combination in combinations
        )
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
                version=draw(st.integers(0, 9)),
            )
        )
    return products


def without_versions(products: Iterable[Product]) -> list[Product]:
    return [attrs.evolve(product, version=0) for product in products]


@given(catalogs())
def test_round_trip(products: list[Product]) -> None:
    """What is written reads back as the same products, their version aside."""
    result = read_products(written(*products), currency="USD")

    assert () == result.rejected
    assert {Change.SCIENTIFIC} >= {note.change for note in result.notes}
    assert without_versions(products) == list(result.products)
