"""Product CSVs as they are found: from other programs, other countries, other hands."""

import csv
import io
import random
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import attrs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from moneyed import Money

from cartcore import Cart, CartLine, Promotion, price
from cartcore.adapters.shopify import CatalogImport, Change, read_products, write_products
from cartcore.errors import InvalidCatalogFile, InvalidField, InvalidText
from cartcore.rules.builtin import OrderPercentOff
from cartcore.shop.product import Product
from tests.adapters.shopify.sheets import (
    LARGE,
    MUG,
    SHIRT,
    catalogs,
    read,
    sheet,
    skus,
    the_reason,
    without_versions,
    written,
)


def saved(
    rows: Iterable[list[str]], separator: str = ",", encoding: str = "utf-8", above: str = ""
) -> bytes:
    """Return a file as a spreadsheet saves these rows."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=separator).writerows(rows)
    return (above + text.getvalue()).encode(encoding)


def changes(result: CatalogImport) -> list[Change]:
    return [note.change for note in result.notes]


def told(result: CatalogImport, change: Change) -> list[tuple[int, str, str, str]]:
    """Return row, column, what was there and what was made of it, for each such change."""
    return [(n.row, n.column, n.found, n.became) for n in result.notes if n.change is change]


def parsed(products: list[Product]) -> list[list[str]]:
    return list(csv.reader(io.StringIO(written(*products).decode(), newline="")))


# --- The file ---------------------------------------------------------------------------------

ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-32"]
SEPARATORS = [",", ";", "\t", "|"]


@given(
    catalogs(),
    st.sampled_from(ENCODINGS),
    st.sampled_from(SEPARATORS),
    st.booleans(),
    st.sampled_from([str.upper, str.lower, str.title, lambda heading: f" {heading}  "]),
)
def test_however_a_spreadsheet_saves_it(
    products: list[Product],
    encoding: str,
    separator: str,
    named: bool,  # noqa: FBT001
    spelled: Any,
) -> None:
    """Encoding, separator and the case of headings change nothing, and are told in row 1."""
    header, *rows = parsed(products)
    above = f"sep={separator}\r\n" if named else ""
    data = saved([[spelled(name) for name in header], *rows], separator, encoding, above)
    result = read_products(data, currency="USD")

    assert without_versions(products) == list(result.products)
    assert {1} >= {note.row for note in result.notes if note.change is not Change.SCIENTIFIC}
    assert (separator != ",") == (Change.SEPARATOR in changes(result))
    assert (encoding in {"utf-16", "utf-32"}) == (Change.ENCODING in changes(result))
    assert Change.HEADING in changes(result)


@given(catalogs(), st.randoms(use_true_random=False))
def test_however_its_rows_are_sorted(products: list[Product], at_random: random.Random) -> None:
    """Rows in any order are put together by handle, and only the order of variants is theirs."""

    def sorted_variants(product: Product) -> Product:
        by_sku = sorted(product.variants, key=lambda v: v.sku)
        return attrs.evolve(product, variants=tuple(by_sku), version=0)

    header, *rows = parsed(products)
    at_random.shuffle(rows)
    result = read_products(saved([header, *rows]), currency="USD")

    assert () == result.rejected
    assert {p.id: sorted_variants(p) for p in products} == {
        p.id: sorted_variants(p) for p in result.products
    }


class TestEncodings:
    @pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
    def test_utf_16_without_a_mark(self, encoding: str) -> None:
        """UTF-16 is known by the zero bytes of its headings, if it has no byte order mark."""
        data = sheet(SHIRT | {"Title": "Größe"}).decode().encode(encoding)
        result = read_products(data, currency="USD")

        assert "Größe" == result.products[0].title
        assert [(1, "", "UTF-16", "Größe")] == told(result, Change.ENCODING)

    def test_excels_unicode_text(self) -> None:
        """What Excel calls Unicode text is read: UTF-16 with tabs."""
        rows = [list(MUG), [*MUG.values()]]
        result = read_products(saved(rows, "\t", "utf-16"), currency="USD")

        assert [Change.ENCODING, Change.SEPARATOR] == sorted(changes(result))
        assert ["M-1"] == skus(result)

    @pytest.mark.parametrize(
        "text",
        [
            *("Größe", "Crème brûlée", "“Señor”…", "5 €", "ÅÄ", "¿Él? ¡Sí!", "½kg à 25°C, 3m²"),
            *(
                "\u201aÖl\u2018 und „Äpfel“",
                "smørrebrød",
                "1ª edição",
                "CAFÉ\xa0! Où?",
                "10×20 µm, Š·é",
            ),
            "Tastatur für Größen und Maße, mit Ä, ß, ÄÖÜ",
        ],
    )
    def test_windows(self, text: str) -> None:
        """What is no UTF-8 is Windows-1252, and the note shows words by which to check it."""
        data = sheet(MUG | {"Title": text, "Vendor": "plain"}).decode().encode("windows-1252")
        result = read_products(data, currency="USD")
        ((row, _, found, became),) = told(result, Change.ENCODING)

        assert text == result.products[0].title
        assert (1, "Windows-1252") == (row, found)
        assert [] == [word for word in became.split(", ") if word not in text]

    @pytest.mark.parametrize(
        ("text", "encoding"),
        [
            ("Футболка", "windows-1251"),
            ("Футболка", "koi8-r"),
            ("μπλούζα", "windows-1253"),
            ("Tシャツ", "shift-jis"),
            ("セーター", "shift-jis"),
            ("ひらがな", "shift-jis"),
            ("衬衫衬衫", "gbk"),
            ("襯衫", "big5"),
            ("셔츠", "euc-kr"),
            ("เสื้อ", "cp874"),
            ("חולצה", "windows-1255"),
            ("Żółta bluzka, biała kamizelka", "windows-1250"),
            ("Tričko žluťoučký kůň", "windows-1250"),
        ],
    )
    def test_other_encodings(self, text: str, encoding: str) -> None:
        """Other encodings are refused instead of read as nonsense, and read when named."""
        data = sheet(MUG | {"Title": text}).decode().encode(encoding)

        with pytest.raises(InvalidCatalogFile, match="name its encoding"):
            read_products(data, currency="USD")
        result = read_products(data, currency="USD", encoding=encoding)
        assert (text, ()) == (result.products[0].title, result.notes)

    @pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
    def test_damaged_utf_8(self, bom: bytes) -> None:
        """UTF-8 with a damaged place is refused with the place, not read as Windows-1252."""
        data = bom + sheet(SHIRT | {"Title": "Größe Café@"}).replace(b"@", b"\xe9")
        position = data.index(b"Caf") + 5

        with pytest.raises(InvalidCatalogFile, match="CSV UTF-8") as caught:
            read_products(data, currency="USD")

        assert f"byte {position} on (line 2)" in caught.value.problem

    @pytest.mark.parametrize("data", [b"\xff\xfe\x00", b"\xff\xfeH\x00\x00\xd8", b"\xfe\xff\xd8"])
    def test_damaged_utf_16(self, data: bytes) -> None:
        """Half characters of UTF-16 are refused."""
        with pytest.raises(InvalidCatalogFile, match="UTF-16"):
            read_products(data, currency="USD")

    @pytest.mark.parametrize("start", [b"PK\x03\x04\x14\x00", b"\xd0\xcf\x11\xe0\xa1\xb1"])
    def test_workbooks(self, start: bytes) -> None:
        """A workbook is refused as what it is."""
        with pytest.raises(InvalidCatalogFile, match="workbook"):
            read_products(start + bytes(range(256)), currency="USD")

    @pytest.mark.parametrize("name", ["", "klingon", "rot13", "base64", "idna\0", 5])
    def test_unknown_encoding(self, name: Any) -> None:
        """The name of an encoding that is none is refused."""
        with pytest.raises((InvalidField, InvalidText), match="encoding"):
            read_products(sheet(MUG), currency="USD", encoding=name)


class TestSeparators:
    def test_decimal_commas(self) -> None:
        """Where semicolons separate cells, a comma can stand in a number; each one is told."""
        row = MUG | {"Variant Price": "19,90", "Variant Grams": "226,5"}
        result = read_products(saved([list(row), [*row.values()]], ";"), currency="EUR")
        mug = result.products[0].variants[0]

        assert (Money("19.90", "EUR"), 227) == (mug.price, mug.weight_grams)
        assert [(2, "Variant Price", "19,90", "19.90"), (2, "Variant Grams", "226,5", "226.5")] == (
            told(result, Change.DECIMAL_COMMA)
        )

    @pytest.mark.parametrize("text", ["1.299,00", "1,299.00", "1,299", "1,2,3", ","])
    def test_thousands(self, text: str) -> None:
        """A number that could be another one is rejected (1,299 is no price of EUR)."""
        row = MUG | {"Variant Price": text}
        result = read_products(saved([list(row), [*row.values()]], ";"), currency="EUR")

        assert "Variant Price" in the_reason(result, 2)

    def test_commas_stay_separators(self) -> None:
        """Where commas separate cells, a decimal comma is no number."""
        assert "Variant Price" in the_reason(read(MUG | {"Variant Price": "19,90"}), 2)

    def test_separator_line(self) -> None:
        """Excel's line above the header is no row, so that row numbers are those of Excel."""
        result = read_products(b"sep=,\r\n" + sheet(MUG | {"Variant Price": "x"}), currency="USD")

        assert [2] == [each.row for each in result.rejected]

    def test_wrong_separator_line(self) -> None:
        """A separator that the header does not have is not believed in silence."""
        with pytest.raises(InvalidCatalogFile, match="lacks"):
            read_products(b"sep=;\r\n" + sheet(MUG), currency="USD")


class TestHeadings:
    @pytest.mark.parametrize("name", ["Handle", "Product handle", "URL handle", "url HANDLE "])
    def test_spellings(self, name: str) -> None:
        """All names that the column had are read, in any case."""
        row = {name if key == "Handle" else key: value for key, value in MUG.items()}
        result = read(row)

        assert "mug" == result.products[0].id
        expected = [(1, "", "url HANDLE ", "URL handle")] if name == "url HANDLE " else []
        assert expected == told(result, Change.HEADING)

    def test_exact_names_come_first(self) -> None:
        """A column of somebody's own whose name differs by case alone does no harm."""
        result = read(MUG | {"price": "99.00", "TITLE": "Other"})

        assert Money("5.00", "USD") == result.products[0].variants[0].price
        assert "Mug" == result.products[0].title

    def test_two_inexact_names(self) -> None:
        """Two columns that could be meant are refused."""
        row = {"title" if key == "Title" else key: value for key, value in MUG.items()}

        with pytest.raises(InvalidCatalogFile, match="two columns for Title: title and TITLE"):
            read(row | {"TITLE": "Mug"})

    def test_errors_name_the_columns_of_the_file(self) -> None:
        """Whoever reads a message finds the heading that it names in the file."""
        new = {"URL handle": "mug", "Title": "Mug", "Price": "x"}

        assert the_reason(read(new), 2).startswith("Price must be ")
        assert the_reason(read(MUG | {"Variant Price": "x"}), 2).startswith(
            "Variant Price must be "
        )


# --- Cells ------------------------------------------------------------------------------------


class TestWeights:
    @pytest.mark.parametrize(
        ("text", "grams"),
        [
            ("226.796185", 227),  # half a pound
            ("250.0201143", 250),
            ("28.349523125", 28),  # an ounce
            ("0.1", 0),
            ("0.5", 1),
            ("1.49999999999999999999999999999", 1),
            ("2.", 2),
            ("3.000", 3),
        ],
    )
    def test_fractions(self, text: str, grams: int) -> None:
        """Grams with a fraction are rounded, half a gram up, and told unless nothing is lost."""
        result = read(MUG | {"Variant Grams": text})

        assert grams == result.products[0].variants[0].weight_grams
        exact = Decimal(text) == grams
        expected = [] if exact else [(2, "Variant Grams", text, str(grams))]
        assert expected == told(result, Change.WEIGHT_ROUNDED)

    @given(st.decimals(0, 10**12, places=7))
    def test_never_off_by_more_than_half_a_gram(self, grams: Decimal) -> None:
        """Whatever the fraction, the weight is the nearest whole number."""
        result = read(MUG | {"Variant Grams": f"{grams:f}"})

        assert abs(grams - result.products[0].variants[0].weight_grams) <= Decimal("0.5")


class TestIdentifiers:
    @pytest.mark.parametrize(
        ("text", "expected", "noted"),
        [
            ("'0112", "0112", False),
            ("'860004241", "860004241", False),
            ("'ABC", "ABC", True),
            ("''5", "'5", False),
            ("O'Neill", "O'Neill", False),
            ("5'", "5'", False),
        ],
    )
    def test_apostrophes(self, text: str, expected: str, *, noted: bool) -> None:
        """One apostrophe before a SKU and a barcode goes; before what is no number that is told."""
        result = read(MUG | {"Variant SKU": text, "Variant Barcode": text})
        mug = result.products[0].variants[0]

        assert (expected, expected) == (mug.sku, mug.barcode)
        assert (2 if noted else 0) == len(told(result, Change.APOSTROPHE))

    def test_the_same_sku_with_and_without(self) -> None:
        """With and without its apostrophe a SKU is the same one."""
        other = SHIRT | {"Variant SKU": "'0112"}

        assert "row 2" in the_reason(read(MUG | {"Variant SKU": "0112"}, other), 3)

    def test_only_an_apostrophe(self) -> None:
        """A SKU of which nothing is left is none: one is made."""
        result = read(MUG | {"Variant SKU": "'"})

        assert ["mug"] == skus(result)
        assert [(2, "Variant SKU", "'", "mug")] == told(result, Change.SKU_MADE)

    @pytest.mark.parametrize("text", ["1.23457E+11", "8,6E+12", "4e+15"])
    def test_scientific(self, text: str) -> None:
        """What a spreadsheet made of a long number is taken as it is, and told."""
        result = read(MUG | {"Variant SKU": text, "Variant Barcode": text})

        assert [text] == skus(result)
        assert [(2, "Variant SKU", text, text), (2, "Variant Barcode", text, text)] == told(
            result, Change.SCIENTIFIC
        )

    @pytest.mark.parametrize("text", ["2E5", "12E+3", "E+3", "1.5", "X1E+5"])
    def test_not_scientific(self, text: str) -> None:
        """Other SKUs with an E and digits are not suspected."""
        assert () == read(MUG | {"Variant SKU": text}).notes

    def test_as_long_as_shopify_allows(self) -> None:
        """Handles, SKUs and option values of 255 characters are taken, longer ones rejected."""
        longest = {"Handle": "h" * 255, "Variant SKU": "s" * 255, "Option1 Value": "o" * 255}
        result = read(SHIRT | longest)

        assert () == result.rejected
        assert ["s" * 255] == skus(result)
        for column, value in longest.items():
            assert "255" in the_reason(read(SHIRT | {column: f"{value}x"}), 2)


class TestUniqueSkus:
    ROWS = (
        SHIRT | {"Variant SKU": "404"},
        LARGE | {"Variant SKU": "404"},
        {"Handle": "shirt", "Option1 Value": "M", "Variant SKU": "404-2", "Variant Price": "1.00"},
        MUG | {"Variant SKU": "404"},
    )

    def test_by_an_option(self) -> None:
        """By an option a SKU that stands twice gets a number, and none that another row has."""
        result = read_products(sheet(*self.ROWS), currency="USD", unique_skus=True)

        assert ["404", "404-3", "404-2", "404-4"] == skus(result)
        assert [(3, "Variant SKU", "404", "404-3"), (5, "Variant SKU", "404", "404-4")] == told(
            result, Change.SKU_MADE_UNIQUE
        )

    def test_not_otherwise(self) -> None:
        """Without it the later rows are rejected."""
        assert [3, 5] == [each.row for each in read(*self.ROWS).rejected]

    def test_many(self) -> None:
        """Thousands of variants of one SKU are no trouble."""
        rows = [MUG | {"Handle": f"mug-{i}", "Variant SKU": "X"} for i in range(2_000)]
        result = read_products(sheet(*rows), currency="USD", unique_skus=True)

        assert 2_000 == len(set(skus(result)))
        assert "X-2000" == skus(result)[-1]

    def test_beyond_the_limit(self) -> None:
        """A SKU that becomes too long by its number is rejected."""
        row = {"Variant SKU": "s" * 255}
        data = sheet(MUG | row, SHIRT | row)

        assert "255" in the_reason(read_products(data, currency="USD", unique_skus=True), 3)


class TestGiftCards:
    CARD = MUG | {"Variant Price": "100.00", "Variant Requires Shipping": "false"}

    @pytest.mark.parametrize("heading", ["Gift Card", "Gift card"])
    def test_are_not_discounted(self, heading: str) -> None:
        """A gift card of 100.00 is sold for 100.00, whatever promotion there is (PR-29)."""
        (card,) = read(self.CARD | {heading: "TRUE"}).products
        sale = Promotion(id="sale", name="20 % off", effect=OrderPercentOff(percent="20"))
        line = CartLine.of(card, card.variants[0], 1, line_id="1")
        quote = price(
            Cart(currency="USD", lines=(line,)), [sale], at=datetime(2026, 5, 12, tzinfo=UTC)
        )

        assert not card.discountable
        assert Money("100.00", "USD") == quote.total

    @pytest.mark.parametrize("text", ["", "false", "FALSE"])
    def test_others_are(self, text: str) -> None:
        """A blank cell is no gift card."""
        assert read(self.CARD | {"Gift Card": text}).products[0].discountable

    def test_junk(self) -> None:
        """Another word rejects the product rather than discount a gift card."""
        assert "Gift Card" in the_reason(read(self.CARD | {"Gift Card": "yes"}), 2)


class TestTexts:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("Reflective 3M\x99 tape", "Reflective 3M™ tape"),
            ("a\x03b\x81", "ab"),
            ("Tel \u202a+972 3 555\u202c", "Tel +972 3 555"),
            ("a\x1fb", "a b"),
            ("\u2067ชื่อ\u2069 ใหม่", "ชื่อ ใหม่"),
        ],
    )
    @pytest.mark.parametrize("column", ["Title", "Body (HTML)", "Vendor", "Type", "Tags"])
    def test_are_cleaned(self, text: str, expected: str, column: str) -> None:
        """Odd characters cost no product: they are taken out, and the change is told."""
        result = read(MUG | {column: text})
        mug = result.products[0]

        found = {
            "Title": mug.title,
            "Body (HTML)": mug.description,
            "Vendor": mug.vendor,
            "Type": "".join(mug.categories),
            "Tags": "".join(mug.tags),
        }
        assert expected == found[column]
        assert [(2, column, text, expected)] == told(result, Change.TEXT_CLEANED)

    def test_option_values(self) -> None:
        """Options are cleaned as well, and what is the same then is the same choice."""
        result = read(SHIRT | {"Option1 Value": "S\x03"}, LARGE | {"Option1 Value": "S"})

        assert ("S",) == result.products[0].variants[0].options
        assert "different from that of row 2 of the product" in the_reason(result, 3)

    def test_titles_of_two_lines(self) -> None:
        """A line feed in a title becomes a space."""
        result = read(MUG | {"Title": "Mug\r\nblue"})

        assert "Mug blue" == result.products[0].title
        assert [Change.TEXT_CLEANED] == changes(result)

    @pytest.mark.parametrize("column", ["Variant Price", "Variant Grams", "Published"])
    def test_numbers_are_not_cleaned(self, column: str) -> None:
        """An odd character in a number is no part of a text: the row is rejected."""
        result = read(MUG | {"Variant Grams": "5", "Published": "true"} | {column: "1\x030.00"})

        assert column in the_reason(result, 2)

    @given(st.text(max_size=30))
    @example("\x85\x1c\u2028\x00\ud7ff\x9f")
    def test_whatever_the_text(self, text: str) -> None:
        """No text in a description or a title loses the product, if a title is left."""
        result = read(MUG | {"Title": f"Mug {text}", "Body (HTML)": text})

        assert ["M-1"] == skus(result)

    def test_longest_description(self) -> None:
        """What is too long is cut, without half a tag at its end, and told."""
        body = "<b>x</b>" * 12_500 + "<i>y</i>"
        result = read(MUG | {"Body (HTML)": body})

        assert body[:100_000] == result.products[0].description
        assert [(2, "Body (HTML)", body, body[:100_000])] == told(result, Change.TEXT_SHORTENED)
        odd = read(MUG | {"Body (HTML)": f"x{body}"}).products[0].description
        assert f"x{body}"[: 100_000 - 3] == odd

    def test_embedded_pictures(self) -> None:
        """Pictures that are written out in a description go first, so that its text can stay."""
        picture = f'<img src="data:image/png;base64,{"A" * 140_000}">'
        result = read(MUG | {"Body (HTML)": f"<p>Warm</p>{picture}<p>Dry</p>"}, SHIRT)

        assert "<p>Warm</p><p>Dry</p>" == result.products[0].description
        assert [Change.TEXT_SHORTENED] == changes(result)
        assert ["M-1", "S-1"] == skus(result)

    def test_small_pictures_stay(self) -> None:
        """A picture that fits is left where it is."""
        body = '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">'

        assert body == read(MUG | {"Body (HTML)": body}).products[0].description

    @pytest.mark.parametrize("text", ["<img " * 60_000, "<" * 300_000, "<img data:" * 30_000])
    def test_hostile_descriptions(self, text: str) -> None:
        """Tags that are never closed do not keep the reader busy."""
        assert ["M-1"] == skus(read(MUG | {"Body (HTML)": text}))

    def test_long_cells_leave_the_csv_module_as_it_was(self) -> None:
        """The limit of the csv module, which others use as well, is the same afterwards."""
        before = csv.field_size_limit()
        read(MUG | {"Body (HTML)": "x" * (before + 1)})
        with pytest.raises(InvalidCatalogFile, match="row 3 is not CSV"):
            read_products(sheet(MUG) + b'mug,"' + b"x" * (before + 1), currency="USD")

        assert before == csv.field_size_limit()

    def test_a_long_title(self) -> None:
        """A title that is too long is rejected: nobody knows where to cut it."""
        assert "255" in the_reason(read(MUG | {"Title": "x" * 200_000}, SHIRT), 2)


class TestSortedRows:
    def test_the_titled_row_is_the_head(self) -> None:
        """The product's own columns stand where its title does, which is told."""
        result = read(LARGE, {"Handle": "shirt", "Image Src": "https://h/2.jpg"}, SHIRT)
        (shirt,) = result.products

        assert ("Shirt", ("Size",), ("L", "S")) == (
            shirt.title,
            shirt.options,
            tuple(variant.options[0] for variant in shirt.variants),
        )
        assert [(4, "Handle", "4", "2")] == told(result, Change.ROW_ORDER)

    def test_handles_in_other_case(self) -> None:
        """A handle in another case means the same product, and is told."""
        result = read(SHIRT, LARGE | {"Handle": "SHIRT"})

        assert [("shirt", 2)] == [(p.id, len(p.variants)) for p in result.products]
        assert [(3, "Handle", "SHIRT", "shirt")] == told(result, Change.HANDLE)

    def test_two_products_by_case(self) -> None:
        """Two products whose handles differ by case alone are not mixed."""
        result = read(SHIRT, MUG | {"Handle": "Shirt"})

        assert "empty or 'Shirt', as in row 2 of the product" in the_reason(result, 3)

    def test_nothing_is_told_of_rejected_rows(self) -> None:
        """Of a row or a product that is not loaded, nothing was changed."""
        bad = {"Variant Grams": "1.5", "Variant Price": "x"}

        assert () == read(MUG | bad).notes
        assert () == read(MUG | {"Vendor": "a\x03", "Published": "x"}).notes


class TestPictures:
    def test_the_first_by_position(self) -> None:
        """A product's picture is the one with the lowest position, in whatever row."""
        rows = [
            SHIRT | {"Image Src": "https://h/10.jpg", "Image Position": "10"},
            LARGE | {"Image Src": "https://h/none.jpg", "Image Position": ""},
            {"Handle": "shirt", "Image Src": "https://h/2.jpg", "Image Position": "2"},
        ]

        assert "https://h/2.jpg" == read(*rows).products[0].image_url

    def test_of_a_variant(self) -> None:
        """A variant has its own picture, or none."""
        result = read(SHIRT | {"Variant Image": "https://h/s.jpg"}, LARGE)

        assert ["https://h/s.jpg", ""] == [v.image_url for v in result.products[0].variants]

    @pytest.mark.parametrize(
        "url",
        ["http://h/a.jpg", "a.jpg", "javascript:alert(1)", "https://", f"https://h/{'a' * 3000}"],
    )
    def test_others_are_left_out(self, url: str) -> None:
        """What is no https URL costs no product, and is told."""
        result = read(MUG | {"Product image URL": url, "Variant image URL": url})

        assert "" == result.products[0].image_url
        assert [(2, name, url, "") for name in ("Product image URL", "Variant image URL")] == (
            told(result, Change.IMAGE_LEFT_OUT)
        )


def test_messages_can_be_printed() -> None:
    """Handles of strangers do no harm in a message: they are short, and without odd characters."""
    text = str(read(MUG | {"Handle": "\u202egum"}, SHIRT | {"Handle": "h" * 100_000}))

    assert "\u202e" not in text
    assert 500 > max(map(len, text.splitlines()))


def test_notes_are_by_row() -> None:
    """Notes come in the order of rows, and count by kind in the summary."""
    result = read(
        SHIRT | {"Variant Grams": "1.5"},
        MUG | {"Vendor": "a\x03b", "Variant Grams": "2.5"},
        LARGE | {"Variant Grams": "3.5"},
    )

    assert sorted(note.row for note in result.notes) == [note.row for note in result.notes]
    assert (
        "  row 3 (mug): text cleaned, Vendor: 'a\\x03b' → 'ab'\n"
        "  row 3 (mug): weight rounded, Variant Grams: '2.5' → '3'"
    ) in str(result)
    assert "  in all, weight rounded: 3" in str(result)


def test_what_is_read_can_be_written() -> None:
    """A file in need of many changes reads and writes back as the same products, unchanged."""
    result = read(
        LARGE | {"Variant Grams": "226.796", "Variant SKU": "'0112", "Handle": "SHIRT"},
        SHIRT | {"Vendor": "3M\x99", "Image Src": "https://h/a.jpg", "Variant SKU": ""},
        MUG | {"Gift Card": "true", "Variant Requires Shipping": "false"},
    )
    file = io.BytesIO()
    write_products(result.products, file)

    assert CatalogImport(result.products) == read_products(file.getvalue(), currency="USD")
