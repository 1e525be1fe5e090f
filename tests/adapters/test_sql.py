"""What the SQL adapters share."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

from cartcore.adapters import sql_schema
from cartcore.adapters.sql import _after_all_starting

LAST = "\U0010ffff"
edges = st.text(st.sampled_from(["a", "b", "\ud7ff", "\ue000", "\uffff", "\U00010000", LAST]))


@given(edges.filter(bool), edges)
def test_a_prefix_is_a_range(prefix: str, text: str) -> None:
    """Exactly the texts from a prefix up to its successor start with it (ST-9)."""
    after = _after_all_starting(prefix)

    assert text.startswith(prefix) == (prefix <= text and (after is None or text < after))


@pytest.mark.parametrize(
    ("prefix", "after"),
    [("ab", "ac"), (f"a{LAST}", "b"), (LAST, None), ("\ud7ff", "\ue000"), ("\uffff", "\U00010000")],
)
def test_the_successor_of_a_prefix_can_be_stored(prefix: str, after: str | None) -> None:
    """The end of a range is a text that databases take: surrogates are passed over (ST-9)."""
    assert after == _after_all_starting(prefix)


def test_texts_are_compared_by_code_point_everywhere() -> None:
    """PostgreSQL is told, for every text, not to sort by the rules of a language (ST-2)."""
    for table in sql_schema.metadata.sorted_tables:
        created = str(CreateTable(table).compile(dialect=postgresql.dialect()))  # type: ignore[no-untyped-call]

        assert created.count("TEXT") == created.count('TEXT COLLATE "C"')
