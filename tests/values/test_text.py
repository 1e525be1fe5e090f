import hashlib
import unicodedata

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from cartcore.errors import InvalidText
from cartcore.values.text import clean, clean_code, clean_message, normal

# Of the normal forms of 95,000 characters; a change of it needs a migration.
DIGEST = "ad7c61d9defeadd56288ed3e57c03bc10f6c121bc825decb799870ac2108d98d"


class TestClean:
    @pytest.mark.parametrize(
        ("value", "text"),
        [
            (" Ann ", "Ann"),
            ("\tAnn\n", "Ann"),
            ("", ""),
            ("   ", ""),
            ("山田\u3000太郎", "山田\u3000太郎"),
        ],
    )
    def test_outer_white_space_goes(self, value: str, text: str) -> None:
        """A text is kept as it was typed, without white space around it."""
        assert text == clean(value, "name")

    @pytest.mark.parametrize(
        "value",
        [
            "a\nb",
            "a\tb",
            "a\x00b",
            "a\x1bb",
            "a\x7fb",
            "a\x85b",
            "a\u202eb",
            "a\u2066b",
            "a\ud800b",
        ],
        ids=ascii,
    )
    def test_control_characters(self, value: str) -> None:
        """Characters that do something instead of showing something are refused."""
        with pytest.raises(InvalidText, match="control characters"):
            clean(value, "name")

    @pytest.mark.parametrize("value", ["\u202aAnn\u202c", " \u2067\u202e Ann\u2069 ", "\u2066Ann"])
    def test_marks_of_direction_around_it_go(self, value: str) -> None:
        """What is copied along with a text from an address book is dropped (OE-27)."""
        assert "Ann" == clean(value, "name")

    @pytest.mark.parametrize(
        ("value", "text"),
        [
            ("\u202a+1 303\u202c\u200e 555 0147", "+1 303 555 0147"),
            ("SAVE\u200b10\ufeff", "SAVE10"),
            ("\u202e", ""),
        ],
    )
    def test_codes_have_nothing_invisible(self, value: str, text: str) -> None:
        """In phone numbers and codes nothing is invisible, wherever it stands (OE-27)."""
        assert text == clean_code(value, "phone")

    @pytest.mark.parametrize(
        "value", ["\u200b", "\ufeff", "\u3164", "\u2800", "\u200e", "\U000e0041", "\u115f \u00ad"]
    )
    def test_visible(self, value: str) -> None:
        """A name of signs that nobody sees is no name (OE-27)."""
        assert value == clean(value, "name", required=True)
        with pytest.raises(InvalidText, match="must be filled in"):
            clean(value, "name", visible=True)

    def test_length(self) -> None:
        """The longest text allowed is allowed, one character more is not."""
        assert 255 == len(clean("x" * 255, "name"))
        assert 5 == len(clean("  12345  ", "name", maximum=5))
        with pytest.raises(InvalidText, match="at most 255 characters") as caught:
            clean("x" * 10_000, "name")

        assert len(str(caught.value)) < 200

    def test_long_texts_are_looked_at_once(self) -> None:
        """A megabyte of spaces and marks costs no more than it is long: no one waits for it."""
        for value in ("a" + " " * 1_000_000 + "\x00b", "\u202a " * 500_000 + "\x00"):
            with pytest.raises(InvalidText):
                clean(value, "name")

    def test_white_space_is_all_there_is(self) -> None:
        """What Python takes for white space goes with the marks around a text (OE-27)."""
        spaces = "".join(c for c in map(chr, range(0x110000)) if c.isspace())

        assert "a" == clean(f"\u202a{spaces}\u202ca{spaces}\u2069", "name")

    def test_required(self) -> None:
        """A text that is needed is not made of spaces."""
        with pytest.raises(InvalidText, match="must be filled in"):
            clean("  ", "name", required=True)

    @pytest.mark.parametrize("value", [None, 5, b"Ann", ["Ann"]])
    def test_no_text(self, value: object) -> None:
        """Nothing is turned into a text."""
        with pytest.raises(InvalidText, match="a text"):
            clean(value, "name")
        with pytest.raises(InvalidText, match="a text"):
            clean_message(value, "note")

    def test_messages_have_lines(self) -> None:
        """Line feeds are kept, in one form; other control characters are still refused."""
        assert "Dear Ann,\n\nhello" == clean_message("Dear Ann,\r\n\r  hello \n", "note")
        with pytest.raises(InvalidText):
            clean_message("a\x00\nb", "note")
        with pytest.raises(InvalidText, match="at most 10 characters"):
            clean_message("123456\n123456", "note", maximum=10)


# What reads the same: each line is one text, written in several ways.
ALIKE = [
    ("SAVE10", "ＳＡＶＥ１０", "save10\u200b", "\u202asave\u00ad10\u202c", " Save10 "),
    ("MUM'S", "mum\u2019s", "MUM\u02bcS", "mum`s", "mum\u00b4s", "MUM＇S"),
    ("ten-off", "TEN\u2013OFF", "ten\u2212off", "ten\u2010off", "ten－off"),
    ("café", "CAFE\u0301", "cafe\u200b\u0301", "CAF\u00c9"),
    ("indirim", "İNDİRİM", "INDIRIM", "\u0131nd\u0131r\u0131m", "I\u0307ndirim"),
    ("straße", "STRASSE", "STRA\u1e9eE"),
    ("ΣΊΣΥΦΟΣ", "σίσυφος", "σίσυφοσ"),
    ("5K", "5\u212a", "5k"),
    ("1 Main St", " 1  MAIN\u00a0st "),
    ("ﬁsh", "FISH"),
    ("カメラ", "ｶﾒﾗ"),
    ("į\u0307", "Į", "I\u0328\u0307"),
]
APART = [
    ("Müller", "Muller"),
    ("1 Main St", "1 MainSt"),
    ("राम", "राव"),
    ("か", "が"),
    ("コーヒー", "コ-ヒ-"),
    ("a", "\u0430"),  # Cyrillic: no letters of two scripts are one
]

# Spacing accents are taken for apostrophes; and the Greek iota below a letter, which capitals have
# beside it, changes its place when a mark follows. Neither is a law's concern.
_ODD = {"\u00b4", "\u1ffd"}
_IOTA_BELOW = "\u0345"
characters = st.characters(exclude_categories=["Cs"])
# Where composition, case and the rules of our own meet.
hard = st.text(
    st.sampled_from(
        "iIİıjﬁσςΣßẞKÅåe'\u2019\u0060-\u2010\u200b\u200d\u0301\u0307\u0323\u0328가ᄀ\u1160ᅡか\u3099"
    )
)


class TestNormalForm:
    @pytest.mark.parametrize("texts", ALIKE)
    def test_what_reads_the_same_is_the_same(self, texts: tuple[str, ...]) -> None:
        """Case, width, composition, what is invisible, apostrophes, dashes do not count (OE-27)."""
        assert 1 == len({normal(text) for text in texts})

    @pytest.mark.parametrize(("one", "other"), APART)
    def test_what_reads_otherwise_is_not(self, one: str, other: str) -> None:
        """Accents, words, vowel signs and scripts count (OE-27)."""
        assert normal(one) != normal(other)

    def test_each_character_settles(self) -> None:
        """The normal form of each character is that of its cases and compositions (OE-27)."""
        wrong = []
        for c in map(chr, (*range(0xD800), *range(0xE000, 0x110000))):
            key = normal(c)
            ways = {key, c.upper(), c.lower(), c.title()}
            if c not in _ODD:
                ways |= {unicodedata.normalize(form, c) for form in ("NFC", "NFD", "NFKD")}
            if any(normal(way) != key for way in ways - {c}):
                wrong.append(c)

        assert [] == wrong

    @given(st.text(characters) | hard)
    def test_it_settles(self, text: str) -> None:
        """A normal form is its own normal form: it can be stored and looked up (OE-27)."""
        assert normal(text) == normal(normal(text))

    @example("I", "¯")
    @given(hard | st.text(characters), hard | st.text(characters))
    def test_it_can_be_put_together(self, one: str, other: str) -> None:
        """Texts that are the same stay so within another one: only ends are trimmed (OE-27)."""
        assume(_IOTA_BELOW not in unicodedata.normalize("NFD", one + other))
        key = normal(one + other)
        ways = ((normal(one), other), (one, normal(other)), (normal(one), normal(other)))
        for left, right in ways:
            # Taken apart, as an accent whose blank was trimmed joins the letter before it.
            trimmed = unicodedata.normalize("NFD", normal(left + right).replace(" ", ""))
            assert unicodedata.normalize("NFD", key.replace(" ", "")) == trimmed
            assert normal(f"{one} {other}") == normal(f"{left} {right}")

    def test_keys_are_the_same_in_every_python(self) -> None:
        """A digest of the keys of all characters that every Python knows: none changes in silence.

        What was assigned in Unicode 3.2 is known to all of them, and Unicode never changes it.
        """
        known = (chr(i) for i in range(0x110000))
        keys = (normal(c) for c in known if unicodedata.ucd_3_2_0.category(c) not in {"Cn", "Cs"})
        digest = hashlib.sha256("\n".join(keys).encode()).hexdigest()

        assert DIGEST == digest
