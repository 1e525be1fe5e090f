import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartcore.errors import TooManyWords
from cartcore.values.search import MOST_WORDS, fold, index_words, matches, searched, words

letters = st.text(st.characters(exclude_categories=["Cs"]))


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
            ("obrien", "Conan O\u2019Brien", "yes"),
            ("o'brien", "OBrien", "yes"),
            ("o brien", "O'Brien", "yes"),
            ("mueller", "Müller", "yes"),
            ("müller", "Mueller", "yes"),
            ("muller", "Mueller", "yes"),
            ("soerensen", "Sørensen", "yes"),
            ("sørensen", "Soerensen", "yes"),
            ("sue", "Susan", "no"),
            ("joe", "John", "no"),
            ("राम", "मोहन राव", "no"),
            ("रा", "मोहन राव", "yes"),
            ("ハ", "パリ", "no"),
            ("***", "Ann", "no"),
            ("\u200b", "Ann", "no"),
            ("42", "Route ٤٢", "yes"),
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

    @given(letters)
    def test_a_text_is_found_by_its_own_words(self, text: str) -> None:
        """Whatever the script, the words of a text find it, and so do their beginnings (OE-2)."""
        found = words(text)
        for word in found:
            assert matches(word, text), word
            assert any(each.startswith(word[:1]) for each in index_words(text))

    @given(letters)
    def test_words_have_letters(self, text: str) -> None:
        """Each word has a letter or a digit; marks are no word of their own (OE-27)."""
        assert all(any(map(str.isalnum, word)) for word in index_words(text))

    def test_marks_belong_to_their_letters(self) -> None:
        """Vowel signs and tone marks are part of words, and accents of other scripts are not."""
        assert ("मोहन", "राव") == words("मोहन राव")
        assert ("கமலா",) == words("கமலா")
        assert ("ใจดี",) == words("ใจดี")
        assert ("федор",) == words("Фёдор")

    def test_most_words(self) -> None:
        """As many different words as are stated can be searched for, and no more (OE-28)."""
        text = " ".join(f"w{i}" for i in range(MOST_WORDS))

        assert MOST_WORDS == len(searched(f"{text} {text}"))
        with pytest.raises(TooManyWords) as caught:
            searched(f"{text} more")
        assert (MOST_WORDS + 1, MOST_WORDS) == (caught.value.words, caught.value.most)


@pytest.mark.parametrize("sign", [*map(chr, range(128))])
def test_what_ascii_signs_do(sign: str) -> None:
    """Letters, digits and `_` are parts of words, an apostrophe joins, all else separates (OE-2).

    So it is beside a letter that is not ASCII, too. A grave accent alone counts as an apostrophe.
    """
    joins = sign.isalnum() or sign in "_'`"
    joined = f"a{sign.casefold()}b".translate({ord("'"): "", ord("`"): ""})
    expected = [joined] if joins else ["a", "b"]

    assert expected == [*words(f"a{sign}b")]
    assert ["\u05d0", *expected] == [*words(f"\u05d0 a{sign}b")]
