"""Bytes to text: UTF-8 unless the file says or shows something else.

The rule is our own, as libraries that guess encodings guess: they call a short file Turkish or
Chinese, and nobody is told. Here there are three answers: what the file says of itself (a byte
order mark), UTF-8, or Windows-1252, which spreadsheets of Western Europe and America write and
which is told in a note with words to check it by. What fits none of these is refused, and can be
named by the caller.
"""

import codecs
import re

from cartcore.errors import InvalidCatalogFile, InvalidField

_SAMPLES = 5  # words

UTF_8 = "UTF-8"
WINDOWS = "Windows-1252"

_MARKS = (
    (codecs.BOM_UTF8, "utf-8", UTF_8),
    (codecs.BOM_UTF32_LE, "utf-32-le", "UTF-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "UTF-16"),
)
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")
# What is rare in languages that Windows-1252 is made for, and stands in most words of other texts
# that are read as Windows-1252: three accented letters in a row (Cyrillic, Greek, Hebrew, Arabic),
# signs beside them or within words (Polish, Korean, Chinese, Thai), florin signs within words and
# low quotation marks at every second place (Japanese).
_ODD = re.compile(
    r"[À-ÖØ-öø-ÿ]{3}|[À-ÖØ-öø-ÿ][¡-©«-±\xb8-¿×÷]+[^\W\d_]|[¤¦§¨¬¯±\xb8¹²³¼½¾×÷][À-ÖØ-öø-ÿ]"
    r"|[^\W\d_][¡¤¦§¨¬¯±\xb8¹²³¼½¾¿×÷][^\W\d_]|ƒ[^\W\d]|[^\W\d]ƒ|(?:\u201a[^\x00-\x7f]){2}"
)


def decoded(data: bytes, encoding: str | None) -> tuple[str, str]:
    """Return the text, without a byte order mark, and the name of the encoding that was found.

    Raises:
        InvalidCatalogFile: the bytes are no text in the encoding that was named or found.
        InvalidField: no such encoding is known.
    """
    if encoding is not None:
        return _named(data, encoding).removeprefix("\ufeff"), encoding
    if data.startswith(_WORKBOOKS):
        raise InvalidCatalogFile("it is a workbook", 'save it as "CSV UTF-8" in the spreadsheet')
    for mark, codec, name in _MARKS:
        if data.startswith(mark):
            return _strictly(data.removeprefix(mark), codec, name, len(mark)), name
    # A heading begins with a letter of ASCII, so that one byte of its UTF-16 is zero.
    if len(data) > 1 and not data[0] and data[1]:
        return _strictly(data, "utf-16-be", "UTF-16", 0), "UTF-16"
    if len(data) > 1 and data[0] and not data[1]:
        return _strictly(data, "utf-16-le", "UTF-16", 0), "UTF-16"
    try:
        return data.decode("utf-8"), UTF_8
    except UnicodeDecodeError:
        return _windows(data), WINDOWS


def _named(data: bytes, encoding: str) -> str:
    try:
        return _strictly(data, codecs.lookup(encoding).name, encoding, 0)
    except InvalidCatalogFile:
        raise
    except (LookupError, TypeError, ValueError):
        expected = "the name of a text encoding, such as 'windows-1250'"
        raise InvalidField("encoding", encoding, expected) from None


def _windows(data: bytes) -> str:
    """Read what is no UTF-8 as Windows-1252, if it can be that.

    A file of UTF-8 with a damaged place would lose all its accents so: there, characters of several
    bytes outnumber the bytes that fit into none.
    """
    mixed = data.decode("utf-8", "surrogateescape")
    strays = sum("\udc80" <= c <= "\udcff" for c in mixed)
    whole = sum(c > "\x7f" for c in mixed) - strays
    try:
        text = data.decode("windows-1252")
    except UnicodeDecodeError:
        text = ""
    # A quarter, as a catalogue of keyboards or fonts may well have "ÄÖÜ" somewhere.
    odd = sum(1 for _ in _ODD.finditer(text)) * 4 >= sum(1 for _ in _BEYOND_ASCII.finditer(text))
    if whole > strays or odd:
        _strictly(data, "utf-8", UTF_8, 0)
    return text


def _strictly(data: bytes, codec: str, name: str, skipped: int) -> str:
    try:
        text = data.decode(codec)
    except UnicodeDecodeError as error:
        raise InvalidCatalogFile(
            f"it is not {name} text from byte {skipped + error.start} on (line "
            f"{data.count(10, 0, error.start) + 1})",
            'export it again, save it as "CSV UTF-8" in the spreadsheet, or name its encoding',
        ) from None
    return text


def sample(text: str) -> str:
    """Return the first words that show whether an encoding was right."""
    found: dict[str, None] = {}
    for match in _BEYOND_ASCII.finditer(text):
        before = re.split(r"\W", text[max(0, match.start() - 20) : match.start()])[-1]
        after = re.split(r"\W", text[match.end() : match.end() + 20])[0]
        found[f"{before}{match[0][:20]}{after}"] = None
        if len(found) == _SAMPLES:
            break
    return ", ".join(found)
