"""Run by Alembic: how the steps reach the database."""

from alembic import context

from cartcore.adapters import sql_schema as schema

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=schema.metadata,
    version_table=schema.schema_version.name,
)
with context.begin_transaction():
    context.run_migrations()
