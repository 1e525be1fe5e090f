"""Text as people type it: cleaned at the edge, folded for search."""

import re
import unicodedata

from cartcore.errors import InvalidText

_WORD = re.compile(r"\w+")
_SPACE = re.compile(r"\s+")
# Marks that make a text read otherwise than it is written (Unicode TR 36): never wanted in a name.
_BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

# Letters that Unicode does not take apart, as they are typed on a keyboard without them.
_PLAIN_LETTERS = str.maketrans(
    {
        "ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "\u0131": "i", "ŋ": "n", "ŧ": "t",
        "æ": "ae", "œ": "oe", "þ": "th",
    }
)  # fmt: skip


def clean(value: object, field: str, *, maximum: int = 255, required: bool = False) -> str:
    """Return `value` without outer white space.

    Raises:
        InvalidText: not a text, over `maximum` characters, with control characters (line feed
            and tab count as such), or empty though `required`.
    """
    if not isinstance(value, str):
        raise InvalidText(field, value, "a text is needed")
    text = value.strip()
    if len(text) > maximum:
        raise InvalidText(field, value, f"at most {maximum} characters are allowed")
    # Nothing that is printable is one of them, and that is found out in no time.
    if not text.isprintable() and any(
        c in _BIDI_CONTROLS or unicodedata.category(c) in {"Cc", "Cs"} for c in text
    ):
        raise InvalidText(field, value, "control characters are not allowed")
    if required and not text:
        raise InvalidText(field, value, "it must not be empty")
    return text


def clean_message(value: object, field: str, *, maximum: int = 1000) -> str:
    """Like `clean`, for texts of several lines: line feeds are kept, in one form."""
    if not isinstance(value, str):
        raise InvalidText(field, value, "a text is needed")
    lines = value.replace("\r\n", "\n").replace("\r", "\n").strip().split("\n")
    text = "\n".join(clean(line, field, maximum=maximum) for line in lines)
    if len(text) > maximum:
        raise InvalidText(field, value, f"at most {maximum} characters are allowed")
    return text


def a_text(value: object, field: str) -> str:
    """Return an id or a number as it is, if it is a text. Raises InvalidText."""
    if not isinstance(value, str):
        raise InvalidText(field, value, "a text is needed")
    return value


def squeeze(text: str) -> str:
    """Ignore case and white space: equal results mean the same text to a reader (OE-12)."""
    return _SPACE.sub(" ", text.strip()).casefold()


def fold(text: str) -> str:
    """Ignore case and accents as well, for search (OE-2): `Müller` and `muller` are equal."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(c for c in decomposed if not unicodedata.combining(c))
    return unicodedata.normalize("NFKC", bare).casefold().translate(_PLAIN_LETTERS)


def words(text: str) -> tuple[str, ...]:
    """The folded words of a text, in order."""
    return tuple(_WORD.findall(fold(text)))


def matches(query: str, text: str) -> bool:
    """Whether each word of `query` is the start of some word of `text` (OE-2)."""
    found = words(text)
    return all(any(word.startswith(q) for word in found) for q in words(query))


def digits(text: str) -> str:
    """Only the digits of a phone number, leading zeros dropped."""
    return "".join(c for c in text if c.isdecimal()).lstrip("0")
