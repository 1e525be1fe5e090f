"""Products and their variants: what can be ordered, and how options lead to a SKU (OE-4, OE-5)."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

import attrs
from moneyed import Money

from cartcore.errors import (
    CurrencyMismatch,
    InvalidField,
    NotPublished,
    OptionsNotAvailable,
    OptionsRequired,
)
from cartcore.values.arguments import check_arguments
from cartcore.values.attributes import NO_ATTRIBUTES, REFERENCE, Attributes, as_attributes
from cartcore.values.money import unit_price
from cartcore.values.records import NAME, REQUIRED, checked, typed
from cartcore.values.search import matches
from cartcore.values.text import clean, normal

LARGEST_WEIGHT = 10**12
"""The largest weight of one unit, in grams: what no scale shows, and any database can keep."""

_GTIN_DIGITS = 14
# What no URL has unescaped (RFC 3986), and what would end it where it is shown.
_NOT_IN_URLS = re.compile(r"[\s\"<>\\^`{|}]")


def secure_url(value: str) -> str:
    """Return the address of a picture, or nothing. Raises InvalidText, InvalidField.

    It is shown in pages of others: only https is taken, without a user name (RFC 3986, 3.2.1).
    """
    url = clean(value, "image_url", maximum=2048)
    if not url:
        return url
    try:
        parts = urlsplit(url)
        named = parts.hostname and parts.username is None and parts.port != 0
        fits = parts.scheme == "https" and named
    except ValueError:  # for a port that is none, or half an address
        fits = False
    if not fits or _NOT_IN_URLS.search(url):
        raise InvalidField("image_url", value, "a whole https URL without a user name")
    return url


def barcode_key(barcode: str) -> str:
    """Return what barcodes are compared by: equal results mean that a scanner means the same.

    The digits of a GTIN (EAN-8, UPC-A, EAN-13, GTIN-14) are filled up with zeros to 14, as in the
    GS1 General Specifications: scanners and spreadsheets add and drop zeros in front. Other
    barcodes are compared as they are.
    """
    plain = barcode.isascii() and barcode.isdecimal() and len(barcode) <= _GTIN_DIGITS
    return barcode.zfill(_GTIN_DIGITS) if plain else barcode


def _price(value: Money) -> Money:
    # The currency is taken from the value itself: a Product checks that its variants agree.
    return unit_price(value, value.currency) if isinstance(value, Money) else value


def _texts_by_name(choices: object) -> dict[str, str]:
    texts = dict(choices) if isinstance(choices, Mapping) else None
    if texts is None or not all(isinstance(t, str) for pair in texts.items() for t in pair):
        raise InvalidField("options", choices, "texts by name, such as {'Size': 'L'}")
    return texts


TAX_CLASS: Mapping[str, Any] = MappingProxyType({"maximum": 64})
"""The metadata of a tax class, which is a short name of the shop's own."""


@attrs.frozen(field_transformer=typed)
class OpenOptions:
    """A product whose options are still to be chosen, and what can be chosen.

    Attributes:
        key: What the choice is handed back under: the key of the tied item of a promotion, or the
            id of the product.
        product_id: The id of the product.
        title: The title of the product.
        options: The names of the options to choose, such as `("Color", "Size")`.
        combinations: The values that can be chosen, one tuple for each variant on sale, in the
            order of `options`.
        fixed: The options that are settled, as (name, value) pairs.
    """

    key: str
    product_id: str
    title: str
    options: tuple[str, ...]
    combinations: tuple[tuple[str, ...], ...]
    fixed: tuple[tuple[str, str], ...] = ()

    @property
    def choices(self) -> str:
        """What can be chosen, in words: "Color / Size (Black / M; White / L)"."""
        combinations = "; ".join(" / ".join(each) for each in self.combinations)
        return f"{' / '.join(self.options)} ({combinations or 'nothing is on sale'})"

    def __str__(self) -> str:
        if self.combinations and not self.options:
            return f"{self.title} has no options to choose"
        return f"{self.title}: {self.choices}"


@attrs.frozen(kw_only=True, field_transformer=checked)
class Variant:
    """One thing that is sold, under one SKU.

    Attributes:
        sku: The code it is known by; unique in the shop, and compared as it is.
        price: The price of one unit, which may be finer than the minor unit (PR-2).
        options: The values of its options, in the order of the product's option names.
        compare_at_price: The former price; above `price` it marks the variant as on sale (PR-29).
        minimum_price: The price below which no discount takes a unit, or None (PR-29).
        weight_grams: The weight of one unit, in grams.
        requires_shipping: Whether it is sent; false for services and downloads.
        published: Whether it can be ordered, if its product is published, too.
        barcode: What a scanner reads; several variants may share one.
        image_url: An https URL of a picture of this variant; that of the product shows all of them.
        tax_class: What tax rates are found by; empty where it is that of the product (TX-1).
        attributes: What the shop keeps of its own beside it, by name (HA-8).
    """

    sku: str = attrs.field(metadata=REQUIRED)
    price: Money = attrs.field(converter=_price)
    options: tuple[str, ...] = ()
    compare_at_price: Money | None = attrs.field(
        default=None, converter=attrs.converters.optional(_price)
    )
    minimum_price: Money | None = attrs.field(
        default=None, converter=attrs.converters.optional(_price)
    )
    weight_grams: int = 0
    requires_shipping: bool = True
    published: bool = True
    barcode: str = ""
    image_url: str = attrs.field(default="", converter=secure_url)
    tax_class: str = attrs.field(default="", metadata=TAX_CLASS)
    attributes: Attributes = attrs.field(default=NO_ATTRIBUTES, converter=as_attributes)

    def __attrs_post_init__(self) -> None:
        for other, name in (
            (self.compare_at_price, "compare-at price"),
            (self.minimum_price, "minimum price"),
        ):
            if other is not None and other.currency != self.price.currency:
                raise CurrencyMismatch(
                    self.price.currency.code, other.currency.code, f"the {name} of {self.sku}"
                )
        if not 0 <= self.weight_grams <= LARGEST_WEIGHT:
            expected = f"whole grams from 0 to {LARGEST_WEIGHT}"
            raise InvalidField("weight_grams", self.weight_grams, expected)


@attrs.frozen(kw_only=True, field_transformer=checked)
class Product:
    """A product with its variants; one without options has a single variant.

    Attributes:
        id: What the catalogue calls it by.
        title: The title that lists, quotes and receipts show.
        variants: The variants, at least one, all in one currency.
        options: The names of the options that the variants differ by, such as `("Color", "Size")`.
        published: Whether it can be ordered (OE-5).
        discountable: False if it is left out of every discount (PR-29).
        description: A text of several lines.
        vendor: Who makes or sells it.
        categories: Categories as paths, such as `"Garden/Pots"`; a category covers those below it.
        tags: Tags that promotions select by, compared as texts are (OE-27).
        image_url: An https URL of the picture that lists show; nothing is fetched.
        tax_class: What tax rates are found by, such as `"reduced"`; empty for the standard one.
        reference: The id that another system, such as an ERP, knows the product by; no two products
            share one, and case matters (HA-8).
        attributes: What the shop keeps of its own beside it, by name (HA-8).
        version: Kept by the storage, and counted up by each change (ST-8).
    """

    id: str = attrs.field(metadata=REQUIRED)
    title: str = attrs.field(metadata={**NAME, "maximum": 255})
    variants: tuple[Variant, ...] = attrs.field()
    options: tuple[str, ...] = ()
    published: bool = True
    discountable: bool = True
    description: str = attrs.field(default="", metadata={"lines": True, "maximum": 100_000})
    vendor: str = attrs.field(default="", metadata={"maximum": 255})
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    image_url: str = attrs.field(default="", converter=secure_url)
    tax_class: str = attrs.field(default="", metadata=TAX_CLASS)
    reference: str = attrs.field(default="", metadata=REFERENCE)
    attributes: Attributes = attrs.field(default=NO_ATTRIBUTES, converter=as_attributes)
    version: int = 0

    def __attrs_post_init__(self) -> None:
        where = f"product {self.id}"
        if not self.variants:
            raise InvalidField(f"{where}: variants", self.variants, "at least one variant")
        if len(set(self.options)) != len(self.options):
            raise InvalidField(f"{where}: options", self.options, "unique")
        expected = self.variants[0].price.currency
        seen_skus: set[str] = set()
        seen_options: set[tuple[str, ...]] = set()
        for variant in self.variants:
            if variant.price.currency != expected:
                raise CurrencyMismatch(
                    expected.code, variant.price.currency.code, f"the price of {variant.sku}"
                )
            if len(variant.options) != len(self.options):
                raise InvalidField(
                    f"{where}: variant {variant.sku}: options",
                    variant.options,
                    f"one value for each of {self.options}",
                )
            if variant.sku in seen_skus:
                raise InvalidField(f"{where}: variants", variant.sku, "unique by SKU")
            if variant.options in seen_options:
                raise InvalidField(
                    f"{where}: variant {variant.sku}: options",
                    variant.options,
                    "different from those of every other variant",
                )
            seen_skus.add(variant.sku)
            seen_options.add(variant.options)

    @property
    def available(self) -> tuple[Variant, ...]:
        """The variants that can be ordered (OE-5)."""
        return tuple(v for v in self.variants if v.published) if self.published else ()

    @check_arguments
    def by_sku(self, sku: str) -> Variant | None:
        """The variant with this SKU, on sale or not."""
        return next((v for v in self.variants if v.sku == sku), None)

    @check_arguments
    def with_barcode(self, barcode: str) -> tuple[Variant, ...]:
        """The variants with this barcode, on sale or not; a barcode need not be unique."""
        key = barcode_key(barcode)
        return tuple(v for v in self.variants if v.barcode and barcode_key(v.barcode) == key)

    @check_arguments
    def found_by(self, text: str) -> bool:
        """Whether a search finds it: the definition that adapters follow (ST-9).

        Each word of the text must start some word of the title, or the whole text must be the
        beginning of a SKU, or a barcode. No text finds everything.

        Raises:
            TooManyWords: see `cartcore.values.search.MOST_WORDS`.
        """
        start = normal(text)
        return (
            matches(text, self.title)
            or (bool(start) and any(normal(v.sku).startswith(start) for v in self.variants))
            or bool(self.with_barcode(text))
        )

    @check_arguments
    def open_options(self, fixed: Mapping[str, str] | None = None, key: str = "") -> OpenOptions:
        """What is left to choose when the options in `fixed` are settled."""
        settled = fixed or {}
        free = [i for i, name in enumerate(self.options) if name not in settled]
        fitting = [v for v in self.available if self.fits(v, settled)]
        return OpenOptions(
            key or self.id,
            self.id,
            self.title,
            tuple(self.options[i] for i in free),
            tuple(tuple(v.options[i] for i in free) for v in fitting),
            tuple(settled.items()),
        )

    @check_arguments
    def choose(self, choices: Mapping[str, str] | None = None, *, key: str = "") -> Variant:
        """Return the published variant with these options (OE-4, OE-5).

        Raises:
            InvalidField: choices that are no texts by name.
            NotPublished: nothing of the product is on sale.
            OptionsRequired: some option was not chosen; the error lists the combinations.
            OptionsNotAvailable: an option or a combination that does not exist or is not on sale;
                the error lists those that can be chosen.
        """
        given = _texts_by_name({} if choices is None else choices)
        if not self.available:
            raise NotPublished("product", self.id)
        if any(name not in self.options for name in given):
            raise OptionsNotAvailable(given, self.open_options(key=key))
        if any(name not in given for name in self.options):
            # A wrong value is wrong already, whatever the open options turn out to be.
            if not any(self.fits(v, given) for v in self.available):
                raise OptionsNotAvailable(given, self.open_options(key=key))
            raise OptionsRequired((self.open_options(given, key=key),))
        for variant in self.available:
            if self.fits(variant, given):
                return variant
        raise OptionsNotAvailable(given, self.open_options(key=key))

    def fits(self, variant: Variant, choices: Mapping[str, str]) -> bool:
        """Whether a variant of this product has all the options chosen so far."""
        own = dict(zip(self.options, variant.options, strict=True))
        return all(own.get(name) == value for name, value in choices.items())

    def described(self, variant: Variant) -> str:
        """The title with the variant's options: "Shirt (Black / L)"."""
        return f"{self.title} ({' / '.join(variant.options)})" if variant.options else self.title
