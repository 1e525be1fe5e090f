"""What a shop keeps of its own beside a record (HA-8)."""

import copy
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartcore.errors import InvalidField, InvalidText
from cartcore.values.attributes import MOST_ATTRIBUTES, NO_ATTRIBUTES, Attributes, as_attributes

NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9_.-]{0,63}", fullmatch=True)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["", "blue", "Zoë & Søn", "line\nline"])
)
MAPPINGS = st.dictionaries(NAMES, SCALARS, max_size=MOST_ATTRIBUTES)


@given(MAPPINGS)
def test_a_mapping_that_cannot_change(values: dict[str, Any]) -> None:
    """It has what it was given, in order of names, is its own key, and stays as it is (HA-8)."""
    made = Attributes(values)

    assert values == dict(made)
    assert sorted(values) == list(made)
    assert made == Attributes(dict(reversed(values.items())))
    assert {made: 1}[as_attributes(dict(made))] == 1
    assert made == pickle.loads(pickle.dumps(made)) == copy.deepcopy(made)  # noqa: S301
    values["another"] = 1
    assert "another" not in made or dict(made)["another"] == 1
    with pytest.raises(AttributeError, match="cannot be changed"):
        made._values = {}
    with pytest.raises(AttributeError, match="cannot be changed"):
        del made._values


def test_kinds_of_values_are_told_apart() -> None:
    """A text, a number and a truth value are three values, however equal Python calls them."""
    values: list[Any] = ["1", 1, 1.0, True]
    assert 4 == len({Attributes({"a": value}) for value in values})


def test_nothing_is_nothing() -> None:
    """No attributes are false, and equal however they were made."""
    assert not NO_ATTRIBUTES
    assert Attributes({}) == Attributes() == as_attributes({}) == NO_ATTRIBUTES


@pytest.mark.parametrize(
    "values",
    [
        {"": 1},
        {"1st": 1},
        {"é": 1},
        {"a b": 1},
        {"a" * 65: 1},
        {1: 1},
        {"a": [1]},
        {"a": {"b": 1}},
        {"a": float("nan")},
        {"a": float("inf")},
        {"a": 2**53 + 1},
        {"a": b"x"},
        {f"a{n}": n for n in range(MOST_ATTRIBUTES + 1)},
        [("a", 1)],
        "a",
        None,
    ],
)
def test_what_is_refused(values: Any) -> None:
    """Names that are none, values that JSON lacks, too many, and what is no mapping (HA-8)."""
    with pytest.raises(InvalidField, match="attributes"):
        as_attributes(values)


@pytest.mark.parametrize("text", ["\x00", "x" * 1_001, "\ud800"])
def test_texts_are_checked(text: str) -> None:
    """Texts are those that every storage keeps (OE-27)."""
    with pytest.raises(InvalidText, match="note"):
        Attributes({"note": text})
