"""Text as people type it: cleaned at the edge, and compared in one normal form (OE-27).

What was typed is kept for showing. The normal form decides whether two texts are the same, and is
what storages keep as a key. It needs nothing but Python's `unicodedata`. Unicode never changes the
normal form of a character that it has assigned, so a newer Python makes the same keys. The one
exception are characters that are newer than a Python: to that Python they are signs without case
or composition.
"""

import re
import unicodedata

from cartcore.errors import InvalidText

# Marks that make a text read otherwise than it is written (Unicode TR 36): never wanted in a name,
# dropped around it, as they come along when something is copied from an address book.
_BIDI_CONTROLS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_WHITE_SPACE = (
    "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006"
    "\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)

# Unicode's Default_Ignorable_Code_Point, the interlinear annotation marks, and the Braille blank.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)

_SURROGATE = re.compile("[\ud800-\udfff]")

# What keyboards, word processors and old encodings put where "'" and "-" are meant. Wave dashes
# and the Japanese long-vowel mark are letters and signs of their own.
_ALIKE = str.maketrans(
    dict.fromkeys(
        "\u0060\u00b4\u02b9\u02bb\u02bc\u02bd\u02c8\u02ca\u02cb\u055a\u05f3\u07f4\u1fef"
        "\u1ffd\u2018\u2019\u201b\u2032\u2035\ua78b\ua78c",
        "'",
    )
    | dict.fromkeys(
        "\u058a\u05be\u1400\u1806\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\u2e3a\u2e3b", "-"
    )
    # In Turkish I and \u0131 are one letter, \u0130 and i another; elsewhere I and i are one.
    | {"\u0131": "i"}
)
_DOT_ABOVE = "\u0307"
_ABOVE = 230  # the combining class of marks above a letter


def clean(
    value: object, field: str, *, maximum: int = 255, required: bool = False, visible: bool = False
) -> str:
    """Return `value` without outer white space, and without marks of direction around it.

    Raises:
        InvalidText: not a text, over `maximum` characters, with control characters (line feed
            and tab count as such), empty though `required`, or, if it has to be `visible`, with
            nothing in it that shows.
    """
    text = _plain(value, field).strip()
    # Nothing that is printable is one of them, and that is found out in no time.
    if not text.isprintable():
        text = text.strip(_WHITE_SPACE + _BIDI_CONTROLS)
        if any(c in _BIDI_CONTROLS or unicodedata.category(c) in {"Cc", "Cs"} for c in text):
            raise InvalidText(field, value, "free of control characters")
    if len(text) > maximum:
        raise InvalidText(field, value, f"at most {maximum} characters long")
    if (required and not text) or (visible and not normal(text)):
        raise InvalidText(field, value, "filled in")
    return text


def clean_message(value: object, field: str, *, maximum: int = 1000) -> str:
    """Like `clean`, for texts of several lines: line feeds are kept, in one form."""
    lines = _plain(value, field).replace("\r\n", "\n").replace("\r", "\n").strip().split("\n")
    text = "\n".join(clean(line, field, maximum=maximum) for line in lines)
    if len(text) > maximum:
        raise InvalidText(field, value, f"at most {maximum} characters long")
    return text


def clean_code(value: object, field: str, *, maximum: int = 255) -> str:
    """Like `clean`, for what is copied sign by sign: invisible marks are dropped wherever they are.

    For phone numbers, promo codes, postal codes and e-mail addresses: nothing in them is invisible.
    """
    return clean(without_invisible(_plain(value, field)), field, maximum=maximum)


def without_invisible(text: str) -> str:
    """Return a text without what does not show: zero-width signs, marks of direction, fillers."""
    return text if text.isascii() else _INVISIBLE.sub("", text)


def a_text(value: object, field: str = "id") -> str:
    """Return an id or a number as it is.

    Raises:
        InvalidText: what is no text, or has half a character (a surrogate), which nothing can keep.
    """
    text = _plain(value, field)
    if not text.isascii() and _SURROGATE.search(text):
        raise InvalidText(field, value, "free of half characters (surrogates)")
    return text


def _plain(value: object, field: str) -> str:
    """A text of Python's own kind: of a subclass (a member of an enum), nothing is asked."""
    if type(value) is str:
        return value
    if isinstance(value, str):
        return str.__str__(value)
    raise InvalidText(field, value, "a text")


def normal(text: str) -> str:
    """Return the normal form of a text: two texts are the same if theirs are equal (OE-27).

    NFKC without invisible and bidirectional marks, with one apostrophe and one hyphen, case folded
    (Turkish i with and without dot are one letter), runs of white space as one space, none outside.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKD", _INVISIBLE.sub("", text).translate(_ALIKE))
        # Taken apart first, as Unicode's NFKC_Casefold wants it; that brings signs that are alike.
        text = unicodedata.normalize("NFKC", text.casefold().translate(_ALIKE))
        if _DOT_ABOVE in text:
            text = _without_dots(text)
    return " ".join(text.casefold().replace("`", "'").split())


def _without_dots(text: str) -> str:
    """A folded text without the dots that i has anyway, and gets once more from \u0130."""
    kept = []
    dotted = False
    for c in unicodedata.normalize("NFD", text):
        if not (dotted and c == _DOT_ABOVE):
            kept.append(c)
            # Marks below do not stand between the letter and its dot.
            dotted = c == "i" or (dotted and unicodedata.combining(c) not in {0, _ABOVE})
    return unicodedata.normalize("NFC", "".join(kept))
