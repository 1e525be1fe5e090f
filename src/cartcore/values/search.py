"""Searching by what people remember of a text: the start of any of its words (OE-2, OE-27, OE-28).

Searches ignore more than the normal form of `cartcore.values.text` does: accents, and how letters
are spelled on a keyboard that lacks them. Both rules are tables of our own, so that what a storage
keeps to be found by is the same whatever libraries are installed.
"""

import re
import unicodedata
from collections.abc import Iterator

from cartcore.errors import TooManyWords
from cartcore.values.text import normal

MOST_WORDS = 32
"""A search has at most so many different words."""

# Marks that a search does without: accents of Latin, Greek and Cyrillic letters, the vowel points
# of Hebrew, Arabic and Syriac, the stretching of Arabic words, and the dot (nukta) that Indic
# letters get for foreign sounds. All other marks are vowels, tones and the like: they stay.
_ACCENTS = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"
    "\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8"
    "\u06ea-\u06ed\u0711\u0730-\u074a\u093c\u09bc\u0a3c\u0abc\u0b3c\u0c3c\u0cbc"
    "\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
)

# Letters that Unicode does not take apart, as they are typed on a keyboard without them; and
# letters of Arabic that look alike and are typed one for the other.
_PLAIN_LETTERS = str.maketrans(
    {
        "ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ŋ": "n", "ŧ": "t",
        "æ": "ae", "œ": "oe", "þ": "th",
        "\u064a": "\u06cc", "\u0649": "\u06cc", "\u0643": "\u06a9",
    }
)  # fmt: skip

# The other way to spell a letter with an accent: German, Danish, Norwegian, Swedish, Finnish.
_SPELLED_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"})
_SPELLING = re.compile("a[ae]|[ou]e")

_NO_LETTER_OF_ASCII = re.compile("[^0-9A-Za-z'_]")


def fold(text: str) -> str:
    """Ignore accents and scripts of digits as well: `Müller` and `muller` are equal (OE-2)."""
    return _bare(normal(text))


def _bare(text: str) -> str:
    """What is left of a text in the normal form when it is folded."""
    if text.isascii():
        return text
    bare = _ACCENTS.sub("", unicodedata.normalize("NFD", text)).translate(_PLAIN_LETTERS)
    # Something may have come together that was apart, or be all that is left of a word.
    return normal(ascii_digits(bare))


def ascii_digits(text: str) -> str:
    """Return a text with the digits of all scripts as 0 to 9."""
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)


def words(text: str) -> tuple[str, ...]:
    """The folded words of a text, in order; an apostrophe joins what is around it."""
    return tuple("".join(parts) for parts in _parts(fold(text)))


def searched(text: str) -> tuple[str, ...]:
    """The different words of a search, in order.

    Raises:
        TooManyWords: more than `MOST_WORDS`.
    """
    found = tuple(dict.fromkeys(words(text)))
    if len(found) > MOST_WORDS:
        raise TooManyWords(len(found), MOST_WORDS)
    return found


def index_words(text: str) -> frozenset[str]:
    """What a text is found by: a search finds it if each of its words is the start of one of these.

    They are its words, the parts of those with an apostrophe (O'Brien: `obrien`, `o`, `brien`), and
    the other ways to spell them (Müller: `muller`, `mueller`; Mueller: `mueller`, `muller`).
    """
    plain = normal(text)
    spellings = {_bare(plain)}
    if not plain.isascii():
        spellings.add(fold(plain.translate(_SPELLED_OUT)))
    found: set[str] = set()
    for spelled in spellings:
        for parts in _parts(spelled):
            found.update(parts)
            if len(parts) > 1:
                found.add("".join(parts))
    # No spelling goes on from one word to the next.
    found.update(_SPELLING.sub(_first_letter, " ".join(found)).split())
    return frozenset(found)


def matches(query: str, *texts: str) -> bool:
    """Whether each word of `query` is the start of some word of one of the texts (OE-2).

    A query without any word, such as `***`, matches nothing; no query matches everything (OE-28).

    Raises:
        TooManyWords: see `searched`.
    """
    if not query:
        return True
    wanted, found = searched(query), frozenset[str]().union(*map(index_words, texts))
    return bool(wanted) and all(any(word.startswith(w) for word in found) for w in wanted)


def _first_letter(spelling: re.Match[str]) -> str:
    return spelling[0][0]


def _parts(folded: str) -> Iterator[tuple[str, ...]]:
    """The words of a folded text, each as its parts between apostrophes."""
    if folded.isascii():  # as most are
        spaced = _NO_LETTER_OF_ASCII.sub(" ", folded)
    else:
        spaced = "".join(c if _in_a_word(c) else " " for c in folded)
    for chunk in spaced.split():
        parts = tuple([part for part in chunk.split("'") if _has_letters(part)])
        if parts:
            yield parts


def _has_letters(part: str) -> bool:
    """Whether there is a letter or a digit in it."""
    return part.isalnum() or any(map(str.isalnum, part))


def _in_a_word(c: str) -> bool:
    """Whether a character is a letter, a digit, or a mark that belongs to one."""
    return c.isalnum() or c in "'_" or unicodedata.category(c)[0] == "M"


def starts(wanted: str, folded: str) -> bool:
    """Whether a folded text begins with what is wanted, if anything is (OE-28)."""
    return not wanted or (bool(fold(wanted)) and folded.startswith(fold(wanted)))
