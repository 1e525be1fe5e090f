import pytest

from cartcore.errors.sentences import alternatives, counted, ordinal, times

HUGE = 10**10_000


class TestCounted:
    def test_the_noun_goes_with_the_number(self) -> None:
        """Only of 1 thing is there one; of none, fewer than none and many the noun is a plural."""
        assert [counted(n, "item") for n in (-1, 0, 1, 2, 11)] == [
            "-1 items",
            "0 items",
            "1 item",
            "2 items",
            "11 items",
        ]

    def test_a_plural_of_its_own(self) -> None:
        """A noun whose plural is not made with an s brings it along."""
        assert counted(1, "entry", "entries") == "1 entry"
        assert counted(2, "entry", "entries") == "2 entries"


@pytest.mark.parametrize(
    ("number", "words"),
    [(0, "0 times"), (1, "once"), (2, "twice"), (3, "3 times"), (21, "21 times")],
)
def test_times(number: int, words: str) -> None:
    """English has words of its own for one time and two."""
    assert times(number) == words


@pytest.mark.parametrize(
    ("ending", "numbers"),
    [
        ("st", (1, 21, 31, 101, 121, 1001)),
        ("nd", (2, 22, 102, 1002)),
        ("rd", (3, 23, 103)),
        ("th", (0, 4, 9, 10, 11, 12, 13, 14, 19, 20, 24, 100, 111, 112, 113, 1011)),
    ],
)
def test_ordinal(ending: str, numbers: tuple[int, ...]) -> None:
    """The last digit has its ending, but 11, 12 and 13 are "th" in every hundred."""
    assert [ordinal(n) for n in numbers] == [f"{n}{ending}" for n in numbers]


def test_numbers_that_cannot_be_printed() -> None:
    """A sentence comes out whatever the number: Python refuses to print one of 10,000 digits."""
    assert max(len(text) for text in (counted(HUGE, "item"), times(HUGE), ordinal(HUGE))) < 50


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ((), ""),
        (("a",), "a"),
        (("a", "b"), "a or b"),
        (("a", "b", "c"), "a, b or c"),
        (tuple(range(20)), f"{', '.join(map(str, range(19)))} or 19"),
        (tuple(range(21)), f"{', '.join(map(str, range(20)))} or 1 other"),
        (tuple(range(1000)), f"{', '.join(map(str, range(20)))} or 980 others"),
    ],
)
def test_alternatives(values: tuple[object, ...], sentence: str) -> None:
    """One of several is told with "or" before the last; of very many the first 20 are told."""
    assert sentence == alternatives(values)
