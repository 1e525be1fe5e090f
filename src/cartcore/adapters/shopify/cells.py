"""One cell to one value. What is changed on the way is told to the caller, as a note would say it.

What things are found by (handles, SKUs, barcodes) is never repaired: it is taken or refused.
"""

import re
import unicodedata
from collections.abc import Callable

from moneyed import Currency, Money

from cartcore.adapters.shopify.columns import NOT_TAXED
from cartcore.adapters.shopify.notes import Change
from cartcore.errors import InvalidAmount, InvalidField
from cartcore.values import money

Told = Callable[[Change, str, str], None]
"""What takes note of a change: what was there, and what was made of it."""

LONGEST_DESCRIPTION = 100_000

_FLAGS = {"true": True, "false": False}
_STATUSES = {"": True, "active": True, "draft": False, "archived": False, "unlisted": False}
_GRAMS = re.compile(r"(\d{1,18})(?:\.(\d*))?", re.ASCII)
_COMMA = re.compile(r"(\d+),(\d+)", re.ASCII)
# As spreadsheets write numbers of 12 digits or more: with a sign, so that few SKUs look like it.
_SCIENTIFIC = re.compile(r"\d([.,]\d+)?E[+-]\d{1,3}", re.ASCII | re.IGNORECASE)

_TABS = str.maketrans("\t\v\f", "   ")
_SPACES = frozenset("\t\v\f\r\x1c\x1d\x1e\x1f")
_BIDI_MARKS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_IMAGE_TAG = re.compile(r"<img\b[^<>]*>", re.IGNORECASE)


def flag(text: str, column: str, *, blank: bool) -> bool:
    """Read TRUE or FALSE, in any case. Raises InvalidField."""
    if text and text.lower() not in _FLAGS:
        raise InvalidField(column, text, "TRUE, FALSE or blank")
    return _FLAGS.get(text.lower(), blank)


def on_sale(text: str, column: str) -> bool:
    """Read a status: only "active", or none, is on sale. Raises InvalidField."""
    if text.lower() not in _STATUSES:
        raise InvalidField(column, text, "active, draft, archived, unlisted or blank")
    return _STATUSES[text.lower()]


def tax_class(taxed: bool, code: str, told: Told) -> str:  # noqa: FBT001  (both are cells)
    """The tax class of a variant: that of goods without tax, or its tax code, if it has one."""
    if taxed:
        return code
    if code not in ("", NOT_TAXED):
        told(Change.TAX_CODE_LEFT_OUT, code, NOT_TAXED)
    return NOT_TAXED


def price(text: str, column: str, currency: Currency) -> Money:
    """Read a price of at most the currency's digits. Raises InvalidField."""
    try:
        return money.amount(text, currency)
    except InvalidAmount as error:
        raise InvalidField(column, text, error.expected) from None


def grams(text: str, column: str, told: Told) -> int:
    """Read a weight, rounded to whole grams, half a gram up; blank is 0. Raises InvalidField.

    Shops keep weights in pounds, ounces or kilograms too, and Shopify writes them in grams.
    """
    found = _GRAMS.fullmatch(text or "0")
    if not found:
        raise InvalidField(column, text, "a number of grams that is 0 or more")
    whole, fraction = int(found[1]), found[2] or ""
    if fraction.strip("0"):
        whole += fraction[0] >= "5"
        told(Change.WEIGHT_ROUNDED, text, str(whole))
    return whole


def with_point(text: str, told: Told) -> str:
    """Return a number with a decimal point for one with a decimal comma, "12,50"."""
    found = _COMMA.fullmatch(text)
    if not found:
        return text
    number = f"{found[1]}.{found[2]}"
    told(Change.DECIMAL_COMMA, text, number)
    return number


def identifier(text: str, told: Told) -> str:
    """Read a SKU or barcode, without the apostrophe that keeps it a text in spreadsheets.

    Before a number Shopify itself writes it; `write_products` writes it before another apostrophe.
    """
    plain = text.removeprefix("'").strip()
    if plain != text and not (plain[:1] == "'" or plain[:1].isdecimal()):
        told(Change.APOSTROPHE, text, plain)
    if _SCIENTIFIC.fullmatch(plain):
        told(Change.SCIENTIFIC, plain, plain)
    return plain


def line(text: str, told: Told) -> str:
    """Read a text of one line without what cannot be shown: see `_shown`."""
    if text.isprintable():
        return text
    cleaned = _shown(text.replace("\r\n", "\n")).replace("\n", " ").strip()
    if cleaned != text:
        told(Change.TEXT_CLEANED, text, cleaned)
    return cleaned


def description(text: str, told: Told) -> str:
    """Read a description: tabs and the ends of lines are white space, the rest as in `line`."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").translate(_TABS)
    cleaned = plain if plain.replace("\n", "").isprintable() else _shown(plain)
    if cleaned != plain:
        told(Change.TEXT_CLEANED, text, cleaned)
    short = _shortened(cleaned)
    if short != cleaned:
        told(Change.TEXT_SHORTENED, cleaned, short)
    return short


def _shown(text: str) -> str:
    """Return a text without control characters and marks of direction, which `Product` refuses.

    Those from U+0080 to U+009F are characters of Windows-1252 that were taken for Latin-1: they are
    read as what they were, as browsers do (WHATWG Encoding Standard). Separators become a space.
    """
    return "".join(map(_shown_character, text))


def _shown_character(c: str) -> str:
    if c == "\n" or (c not in _BIDI_MARKS and unicodedata.category(c) not in {"Cc", "Cs"}):
        return c
    if "\x80" <= c <= "\x9f":
        return c.encode("latin-1").decode("windows-1252", "ignore")
    return " " if c in _SPACES else ""


def _shortened(text: str) -> str:
    """Return what can be kept of a description that is too long, without half a tag."""
    if len(text) <= LONGEST_DESCRIPTION:
        return text
    # Pictures that are written out in the text are nearly always what makes it so long.
    text = _IMAGE_TAG.sub(lambda tag: "" if "data:" in tag[0] else tag[0], text)
    if len(text) <= LONGEST_DESCRIPTION:
        return text
    kept = text[:LONGEST_DESCRIPTION]
    return kept[: kept.rfind("<")] if kept.rfind("<") > kept.rfind(">") else kept
