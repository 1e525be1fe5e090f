from typing import Any

import pytest
from moneyed import Money

from cartcore.errors import (
    CurrencyMismatch,
    InvalidAmount,
    InvalidField,
    InvalidInput,
    InvalidText,
    NotPublished,
    OptionsNotAvailable,
    OptionsRequired,
)
from cartcore.shop.product import Product, Variant
from tests.support.carts import product, usd, variant

SHIRT = product(
    "shirt",
    variant("S-BLK-M", "10.00", "Black", "M"),
    variant("S-BLK-L", "12.00", "Black", "L"),
    variant("S-WHT-M", "10.00", "White", "M"),
    variant("S-WHT-L", "12.00", "White", "L", published=False),
    variant("S-RED-M", "10.00", "Red", "M", published=False),
    options=("Color", "Size"),
)
ON_SALE = (("Black", "M"), ("Black", "L"), ("White", "M"))
MUG = product("mug", variant("MUG", "3.00"))


class TestChoose:
    def test_each_combination_leads_to_its_variant(self) -> None:
        """A choice for each option gives the one variant that has them (OE-4)."""
        for wanted in SHIRT.available:
            choices = dict(zip(("Color", "Size"), wanted.options, strict=True))

            assert wanted == SHIRT.choose(choices)

    def test_no_options(self) -> None:
        """A product without options needs no choice (OE-4)."""
        assert "MUG" == MUG.choose().sku
        assert "MUG" == MUG.choose({}).sku

    @pytest.mark.parametrize(
        ("choices", "options", "combinations"),
        [
            ({}, ("Color", "Size"), ON_SALE),
            ({"Color": "Black"}, ("Size",), (("M",), ("L",))),
            ({"Color": "White"}, ("Size",), (("M",),)),
            ({"Size": "L"}, ("Color",), (("Black",),)),
        ],
    )
    def test_missing_options(
        self,
        choices: dict[str, str],
        options: tuple[str, ...],
        combinations: tuple[tuple[str, ...], ...],
    ) -> None:
        """What was left open is listed with what fits the choices made so far (OE-4)."""
        with pytest.raises(OptionsRequired) as caught:
            SHIRT.choose(choices)

        (listed,) = caught.value.open
        assert (options, combinations) == (listed.options, listed.combinations)
        for combination in combinations:
            assert " / ".join(combination) in str(caught.value)

    @pytest.mark.parametrize(
        "choices",
        [
            {"Color": "Blue", "Size": "M"},
            {"Color": "black", "Size": "M"},
            {"Colour": "Black", "Size": "M"},
            {"Color": "Black", "Size": "M", "Fit": "Slim"},
            {"Color": "Blue"},
            {"Color": "Red"},
            {"Fit": "Slim"},
            {"Color": "White", "Size": "L"},
        ],
        ids=str,
    )
    def test_options_that_do_not_exist(self, choices: dict[str, str]) -> None:
        """An extra, misspelt or unavailable option lists everything that can be chosen (OE-4)."""
        with pytest.raises(OptionsNotAvailable) as caught:
            SHIRT.choose(choices)

        assert choices == caught.value.given
        assert ("Color", "Size") == caught.value.open.options
        assert ON_SALE == caught.value.open.combinations
        assert "Shirt" in str(caught.value)

    def test_an_option_of_a_product_without_options(self) -> None:
        """A choice where there is nothing to choose is refused (OE-4)."""
        with pytest.raises(
            OptionsNotAvailable, match="Mug is not available with Color 'Black': it has no options"
        ):
            MUG.choose({"Color": "Black"})

    @pytest.mark.parametrize(
        "choices", ["Black", ["Color"], 5, "", {"Size": 5}, {5: "L"}, {"Size": None}], ids=str
    )
    def test_choices_that_are_no_texts_by_name(self, choices: Any) -> None:
        """What is no choice of options at all is refused as such (OE-4)."""
        with pytest.raises(InvalidField, match=r"options|choices"):
            SHIRT.choose(choices)

    @pytest.mark.parametrize(
        "hidden",
        [
            product("mug", variant("MUG", "3.00"), published=False),
            product("mug", variant("MUG", "3.00", published=False)),
        ],
        ids=["the product", "its only variant"],
    )
    def test_unpublished_product(self, hidden: Product) -> None:
        """A product that is not sold cannot be chosen, with or without options (OE-5)."""
        assert () == hidden.available
        with pytest.raises(NotPublished, match="product 'mug' is not published"):
            hidden.choose()
        with pytest.raises(NotPublished):
            hidden.choose({"Color": "Black"})


class TestRecords:
    def test_described(self) -> None:
        """A variant reads as its product with its options."""
        assert "Shirt (Black / L)" == SHIRT.described(SHIRT.variants[1])
        assert "Mug" == MUG.described(MUG.variants[0])

    def test_by_sku(self) -> None:
        """A SKU finds its variant, on sale or not, and case matters."""
        assert SHIRT.variants[3] == SHIRT.by_sku("S-WHT-L")
        assert SHIRT.by_sku("s-wht-l") is None

    @pytest.mark.parametrize(
        ("price", "kept"), [("10", "10.00"), ("0", "0.00"), ("0.012500", "0.0125")]
    )
    def test_price(self, price: str, kept: str) -> None:
        """A price may be finer than a cent, and is kept in its shortest form (PR-2)."""
        assert kept == f"{Variant(sku='x', price=usd(price)).price.amount:f}"

    @pytest.mark.parametrize(
        ("fields", "error"),
        [
            ({"price": 10}, InvalidField),
            ({"price": "10.00"}, InvalidField),
            ({"price": usd("-1")}, InvalidAmount),
            ({"price": Money("NaN", "USD")}, InvalidAmount),
            ({"price": usd("0.000000001")}, InvalidAmount),
            ({"compare_at_price": 10}, InvalidField),
            ({"compare_at_price": Money(20, "EUR")}, CurrencyMismatch),
            ({"sku": " "}, InvalidText),
            ({"sku": 5}, InvalidText),
            ({"sku": "a\nb"}, InvalidText),
            ({"sku": "x" * 256}, InvalidText),
            ({"image_url": "http://shop.example/a.jpg"}, InvalidField),
            ({"image_url": "https://"}, InvalidField),
            ({"image_url": "https://ann:secret@shop.example/a.jpg"}, InvalidField),
            ({"image_url": "https://shop.example:99999/a.jpg"}, InvalidField),
            ({"image_url": "https://[::1/a.jpg"}, InvalidField),
            ({"image_url": 'https://shop.example/"><script>'}, InvalidField),
            ({"image_url": "https://shop.example/a b.jpg"}, InvalidField),
            ({"image_url": "javascript:alert(1)//https://shop.example"}, InvalidField),
            ({"image_url": "https://shop.example/" + "a" * 2048}, InvalidText),
            ({"image_url": None}, InvalidText),
            ({"options": "Black"}, InvalidField),
            ({"options": ("Black", "")}, InvalidText),
            ({"weight_grams": -1}, InvalidField),
            ({"weight_grams": 10**12 + 1}, InvalidField),
            ({"weight_grams": 10**18}, InvalidField),
            ({"weight_grams": 1.5}, InvalidField),
            ({"weight_grams": True}, InvalidField),
        ],
        ids=str,
    )
    def test_impossible_variants(self, fields: dict[str, Any], error: type[InvalidInput]) -> None:
        """A variant that could not be sold or sent is never made (PR-2)."""
        plain: dict[str, Any] = {"sku": "x", "price": usd("1.00")}
        with pytest.raises(error):
            Variant(**(plain | fields))

    @pytest.mark.parametrize(
        ("fields", "error", "named"),
        [
            ({"variants": ()}, InvalidField, "at least one"),
            ({"title": ""}, InvalidText, "title"),
            ({"title": "x" * 256}, InvalidText, "255"),
            ({"options": ("Color", "Color")}, InvalidField, "options must be unique"),
            ({"options": ("Color",)}, InvalidField, "one value"),
            ({"variants": (variant("a", "1"), variant("a", "2"))}, InvalidField, "unique by SKU"),
            (
                {"variants": (variant("a", "1"), variant("b", "2"))},
                InvalidField,
                "different from those of every",
            ),
            (
                {"variants": (variant("a", "1"), Variant(sku="b", price=Money(1, "EUR")))},
                CurrencyMismatch,
                "b",
            ),
        ],
        ids=str,
    )
    def test_impossible_products(
        self, fields: dict[str, Any], error: type[InvalidInput], named: str
    ) -> None:
        """A product whose options could not lead to one variant is never made (OE-4)."""
        plain: dict[str, Any] = {"id": "p", "title": "P", "variants": (variant("a", "1"),)}
        with pytest.raises(error, match=named):
            Product(**(plain | fields))
