"""All tables begin with `cartcore_`: they can stand beside those of an application.

Their indexes are called after them, and in PostgreSQL, where their names are as public, their
constraints.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_TABLES = (
    *("contacts", "contact_words", "contact_phones", "contact_addresses", "contact_tags"),
    *("products", "product_words", "variants"),
    *("promotions", "promotion_codes"),
    "drafts",
    *("orders", "order_terms", "order_skus", "order_codes", "redemptions"),
    "counters",
)


def upgrade() -> None:
    """Rename the tables, and what is called after them."""
    connection = op.get_bind()
    in_postgres = connection.dialect.name == "postgresql"
    for table in _TABLES:
        found = sa.inspect(connection)
        indexes = found.get_indexes(table)
        constraints = _constraints(found, table) if in_postgres else []
        op.rename_table(table, _new(table))
        for constraint in constraints:
            renamed = constraint.replace(table, _new(table), 1)
            op.execute(f"ALTER TABLE {_new(table)} RENAME CONSTRAINT {constraint} TO {renamed}")
        for index in indexes:
            name, columns = index["name"], index["column_names"]
            if name in constraints:
                continue
            new = _index(_new(table), columns)
            if in_postgres:
                renamed = connection.dialect.identifier_preparer.format_index(new)
                op.execute(f"ALTER INDEX {name} RENAME TO {renamed}")
            else:  # there it has to be made anew
                op.drop_index(str(name), _new(table))
                connection.execute(sa.schema.CreateIndex(new))


def _new(table: str) -> str:
    return f"cartcore_{table}"


def _constraints(found: sa.Inspector, table: str) -> list[str]:
    """The constraints of a table, by names of ours: those that begin with what they are."""
    names = (
        found.get_pk_constraint(table)["name"],
        *(unique["name"] for unique in found.get_unique_constraints(table)),
        *(key["name"] for key in found.get_foreign_keys(table)),
    )
    return [name for name in names if name]


def _index(table: str, columns: list[str | None]) -> sa.Index:
    """An index, which is called after its table and columns, as far as there is room."""
    convention = {"ix": "ix_%(table_name)s_%(column_0_N_name)s"}
    here = sa.Table(
        table, sa.MetaData(naming_convention=convention), *(sa.Column(str(c)) for c in columns)
    )
    return sa.Index(None, *here.c)
