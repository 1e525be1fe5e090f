"""Conditions on what is searched for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartcore.adapters.sql.conditions import after_all_starting

LAST = "\U0010ffff"
edges = st.text(st.sampled_from(["a", "b", "\ud7ff", "\ue000", "\uffff", "\U00010000", LAST]))


@given(edges.filter(bool), edges)
def test_a_prefix_is_a_range(prefix: str, text: str) -> None:
    """Exactly the texts from a prefix up to its successor start with it (ST-9)."""
    after = after_all_starting(prefix)

    assert text.startswith(prefix) == (prefix <= text and (after is None or text < after))


@pytest.mark.parametrize(
    ("prefix", "after"),
    [("ab", "ac"), (f"a{LAST}", "b"), (LAST, None), ("\ud7ff", "\ue000"), ("\uffff", "\U00010000")],
)
def test_the_successor_of_a_prefix_can_be_stored(prefix: str, after: str | None) -> None:
    """The end of a range is a text that databases take: surrogates are passed over (ST-9)."""
    assert after == after_all_starting(prefix)
