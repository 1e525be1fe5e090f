"""The columns of Shopify's product CSV that cartcore reads and writes.

Shopify renamed them in 2025. The constants are the present names, in the order of its template;
files with the older names are read as well.
"""

from collections.abc import Sequence

import attrs

TITLE = "Title"
HANDLE = "URL handle"
DESCRIPTION = "Description"
VENDOR = "Vendor"
TYPE = "Type"
TAGS = "Tags"
PUBLISHED = "Published on online store"
STATUS = "Status"
SKU = "SKU"
BARCODE = "Barcode"
OPTION_NAMES = ("Option1 name", "Option2 name", "Option3 name")
OPTION_VALUES = ("Option1 value", "Option2 value", "Option3 value")
PRICE = "Price"
COMPARE_AT = "Compare-at price"
TAXED = "Charge tax"
TAX_CODE = "Tax code"
GRAMS = "Weight value (grams)"
SHIPS = "Requires shipping"
IMAGE = "Product image URL"
POSITION = "Image position"
VARIANT_IMAGE = "Variant image URL"
GIFT_CARD = "Gift card"

WRITTEN = (
    *(TITLE, HANDLE, DESCRIPTION, VENDOR, TYPE, TAGS, PUBLISHED, SKU, BARCODE),
    *(name for pair in zip(OPTION_NAMES, OPTION_VALUES, strict=True) for name in pair),
    *(PRICE, COMPARE_AT, TAXED, TAX_CODE, GRAMS, SHIPS, IMAGE, POSITION, VARIANT_IMAGE, GIFT_CARD),
)
"""The columns that are written, in the order of the template."""

REQUIRED = (HANDLE, TITLE, PRICE)
"""The columns without which a file is not read."""

NOT_TAXED = "exempt"
"""The tax class of variants that Shopify charges no tax for; a tax table has to answer for it."""

NO_OPTIONS = ("Title", "Default Title")
"""The option name and value that Shopify writes for a product without options."""

_OLDER = {
    HANDLE: ("Handle", "Product handle"),
    DESCRIPTION: ("Body (HTML)",),
    PUBLISHED: ("Published",),
    SKU: ("Variant SKU",),
    BARCODE: ("Variant Barcode",),
    **{name: (name.title(),) for name in (*OPTION_NAMES, *OPTION_VALUES)},
    PRICE: ("Variant Price",),
    COMPARE_AT: ("Variant Compare At Price",),
    TAXED: ("Variant Taxable",),
    TAX_CODE: ("Variant Tax Code",),
    GRAMS: ("Variant Grams",),
    SHIPS: ("Variant Requires Shipping",),
    IMAGE: ("Image Src",),
    POSITION: ("Image Position",),
    VARIANT_IMAGE: ("Variant Image",),
    GIFT_CARD: ("Gift Card",),
}
_SPELLINGS = {name: (name, *_OLDER.get(name, ())) for name in (*WRITTEN, STATUS)}


@attrs.frozen
class Column:
    """A column of a file: what it is, how the file calls it, and where it stands."""

    name: str
    heading: str
    index: int

    @property
    def is_exact(self) -> bool:
        """Whether its heading is one that Shopify writes, to the letter."""
        return self.heading in _SPELLINGS[self.name]

    @property
    def spelling(self) -> str:
        """The heading as Shopify writes it."""
        meant = _plain(self.heading)
        return next(each for each in _SPELLINGS[self.name] if _plain(each) == meant)


def find(headings: Sequence[str]) -> list[Column]:
    """Return the columns that these headings name.

    Case and white space matter only where two headings differ by nothing else: then the one that
    is spelled as Shopify spells it counts. Columns that mean the same stand in the result together.
    """
    exact: dict[str, list[Column]] = {}
    inexact: dict[str, list[Column]] = {}
    for index, heading in enumerate(headings):
        if name := _EXACT.get(heading):
            exact.setdefault(name, []).append(Column(name, heading, index))
        elif name := _PLAIN.get(_plain(heading)):
            inexact.setdefault(name, []).append(Column(name, heading, index))
    return [column for name in _SPELLINGS for column in exact.get(name) or inexact.get(name, [])]


def _plain(heading: str) -> str:
    return " ".join(heading.split()).casefold()


def both_names(name: str) -> str:
    """The name of a column with the one that it had before: "Price (formerly Variant Price)"."""
    older = _OLDER.get(name)
    return f"{name} (formerly {older[0]})" if older else name


_EXACT = {each: name for name, spellings in _SPELLINGS.items() for each in spellings}
_PLAIN = {_plain(each): name for each, name in _EXACT.items()}
