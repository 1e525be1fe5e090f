"""What the SQL adapters share."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

from cartcore.adapters.sql import schema as sql_schema
from cartcore.adapters.sql.conditions import after_all_starting
from cartcore.adapters.sqlite import SQLiteStorage
from cartcore.shop.contact import Contact, ContactFilter

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


def test_texts_are_compared_by_code_point_everywhere() -> None:
    """PostgreSQL is told, for every text, not to sort by the rules of a language (ST-2)."""
    for table in sql_schema.metadata.sorted_tables:
        created = str(CreateTable(table).compile(dialect=postgresql.dialect()))  # type: ignore[no-untyped-call]

        assert created.count("TEXT") == created.count('TEXT COLLATE "C"')


def test_an_export_leaves_what_the_desk_remembers(tmp_path: Path) -> None:
    """Listing everything takes the place of other lists, not of records read by themselves."""
    with SQLiteStorage(tmp_path / "shop.db") as storage:
        with storage.write() as work:
            for number in range(3):
                work.contacts.add(Contact(id=f"c{number}", name="Ann"))
            work.commit()
        with storage.read() as work:
            ann = work.contacts.get("c0")
            kept = storage._reads.size
            listed = work.contacts.search(ContactFilter())

            assert [3, kept] == [len(listed.items), storage._reads.size]
            assert ann is work.contacts.get("c0")
            assert listed.items[0] is work.contacts.search(ContactFilter()).items[0]
