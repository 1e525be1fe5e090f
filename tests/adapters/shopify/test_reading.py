import csv
from decimal import Decimal
from pathlib import Path

import pytest
from moneyed import Money

from cartcore.adapters.shopify import CatalogImport, Change, read_products
from tests.adapters.shopify.sheets import LARGE, MUG, SHIRT, read, sheet, skus, the_reason, written

SNOWBOARDS = Path(__file__).parents[3] / "examples" / "catalog" / "snowboards.csv"


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


class TestTaxClasses:
    @pytest.mark.parametrize(
        ("taxable", "code", "expected"),
        [
            ("TRUE", "", ""),
            ("", "", ""),
            ("true", "PC040100", "PC040100"),
            ("", "PC040100", "PC040100"),
            ("FALSE", "", "exempt"),
            ("false", "exempt", "exempt"),
        ],
    )
    def test_of_one_variant(self, taxable: str, code: str, expected: str) -> None:
        """A tax code is the tax class, and what is not taxed has a class of its own (TX-7)."""
        result = read(MUG | {"Variant Taxable": taxable, "Variant Tax Code": code})

        assert [expected] == [product.tax_class for product in result.products]
        assert () == result.notes

    def test_code_of_what_is_not_taxed(self) -> None:
        """A tax code beside "not taxed" is left out, with a note."""
        result = read(MUG | {"Charge tax": "FALSE", "Tax code": "PC040100"})

        assert "exempt" == result.products[0].tax_class
        assert ["row 2 (mug): tax code left out, Tax code: 'PC040100' → 'exempt'"] == list(
            map(str, result.notes)
        )

    def test_several_classes(self) -> None:
        """Variants of several classes keep theirs; one that all have is the product's."""
        taxed, free = {"Variant Taxable": "TRUE"}, {"Variant Taxable": "FALSE"}
        mixed = read(SHIRT | taxed, LARGE | free).products[0]
        same = read(SHIRT | free, LARGE | free).products[0]

        assert ("", ["", "exempt"]) == (mixed.tax_class, [v.tax_class for v in mixed.variants])
        assert ("exempt", ["", ""]) == (same.tax_class, [v.tax_class for v in same.variants])

    def test_junk(self) -> None:
        """A cell that is neither TRUE nor FALSE rejects its row."""
        result = read(MUG | {"Variant Taxable": "19 %"})

        assert "Variant Taxable must be TRUE, FALSE or blank, not '19 %'" == the_reason(result, 2)

    def test_too_long_a_code(self) -> None:
        """A tax code that is longer than a tax class can be rejects its row."""
        assert "at most 64 characters" in the_reason(read(MUG | {"Tax code": "x" * 65}), 2)


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
