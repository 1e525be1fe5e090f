import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartcore.errors import InvalidText
from cartcore.text import clean, clean_message, digits, fold, matches, squeeze, words


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

    def test_length(self) -> None:
        """The longest text allowed is allowed, one character more is not."""
        assert 255 == len(clean("x" * 255, "name"))
        assert 5 == len(clean("  12345  ", "name", maximum=5))
        with pytest.raises(InvalidText, match="at most 255 characters") as caught:
            clean("x" * 10_000, "name")

        assert len(str(caught.value)) < 200

    def test_required(self) -> None:
        """A text that is needed is not made of spaces."""
        with pytest.raises(InvalidText, match="must not be empty"):
            clean("  ", "name", required=True)

    @pytest.mark.parametrize("value", [None, 5, b"Ann", ["Ann"]])
    def test_no_text(self, value: object) -> None:
        """Nothing is turned into a text."""
        with pytest.raises(InvalidText, match="a text is needed"):
            clean(value, "name")
        with pytest.raises(InvalidText, match="a text is needed"):
            clean_message(value, "note")

    def test_messages_have_lines(self) -> None:
        """Line feeds are kept, in one form; other control characters are still refused."""
        assert "Dear Ann,\n\nhello" == clean_message("Dear Ann,\r\n\r  hello \n", "note")
        with pytest.raises(InvalidText):
            clean_message("a\x00\nb", "note")
        with pytest.raises(InvalidText, match="at most 10 characters"):
            clean_message("123456\n123456", "note", maximum=10)


class TestSearch:
    @pytest.mark.parametrize(
        ("query", "text", "found"),
        [
            ("ann", "Ann Smith", "yes"),
            ("smi an", "Ann Smith", "yes"),
            ("mith", "Ann Smith", "no"),
            ("muller", "Jürgen MÜLLER", "yes"),
            ("MÜL", "muller", "yes"),
            ("strasse", "Straße", "yes"),
            ("soren", "Søren", "yes"),
            ("SØREN", "soren", "yes"),
            ("lukasz", "Łukasz", "yes"),
            ("yilmaz", "Y\u0131lmaz", "yes"),
            ("dordevic", "Đorđević", "yes"),
            ("aegir thor", "Ægir Þór", "yes"),
            ("gudrun", "Guðrún", "yes"),
            ("oeuvre", "Œuvre", "yes"),
            ("hal nd tan", "Ħal Ŋd Ŧan", "yes"),
            ("ann smith jones", "Ann Smith", "no"),
            ("o'brien", "Conan O'Brien", "yes"),
            ("brien", "Conan O'Brien", "yes"),
            ("", "Ann", "yes"),
            ("ﬁsh", "fisher", "yes"),
            ("山", "山田 太郎", "yes"),
        ],
    )
    def test_start_of_any_word(self, query: str, text: str, found: str) -> None:
        """Each word typed is the start of some word; case and accents do not count (OE-2)."""
        assert found == ("yes" if matches(query, text) else "no")

    @given(st.text())
    def test_folding_settles(self, text: str) -> None:
        """What was folded once folds to itself, so it can be stored and compared (OE-2)."""
        assert fold(text) == fold(fold(text))

    @given(st.text(), st.sampled_from(["NFC", "NFD"]))
    def test_composition_does_not_count(self, text: str, form: str) -> None:
        """However an accent is encoded, the words are the same (OE-2)."""
        assert words(text) == words(unicodedata.normalize(form, text))  # type: ignore[arg-type]

    @given(st.text(alphabet="aäÄbß ", max_size=20), st.integers(1, 4))
    def test_a_text_matches_the_starts_of_its_words(self, text: str, length: int) -> None:
        """Typing the first letters of each word finds the text (OE-2)."""
        assert matches(" ".join(word[:length] for word in words(text)), text)

    @pytest.mark.parametrize(
        ("phone", "found"),
        [("+44 (0)20 7946-0958", "4402079460958"), ("020 7946 0958", "2079460958"), ("none", "")],
    )
    def test_digits_of_a_phone_number(self, phone: str, found: str) -> None:
        """Only the digits count, without leading zeros (OE-2)."""
        assert found == digits(phone)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("1 Main St", " 1  MAIN\u00a0st ", "yes"),
        ("Straße", "STRASSE", "yes"),
        ("Müller", "Muller", "no"),
        ("1 Main St", "1 MainSt", "no"),
    ],
)
def test_squeezed_texts(one: str, other: str, same: str) -> None:
    """Case and amount of white space do not count; accents and words do (OE-12)."""
    assert same == ("yes" if squeeze(one) == squeeze(other) else "no")
