"""The tables."""

from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

from cartcore.adapters.sql import schema as sql_schema


def test_texts_are_compared_by_code_point_everywhere() -> None:
    """PostgreSQL is told, for every text, not to sort by the rules of a language (ST-2)."""
    for table in sql_schema.metadata.sorted_tables:
        created = str(CreateTable(table).compile(dialect=postgresql.dialect()))  # type: ignore[no-untyped-call]

        assert created.count("TEXT") == created.count('TEXT COLLATE "C"')
