"""Databases of earlier releases, brought to the present schema by Alembic (ST-3).

A new database is made whole, from `cartcore.adapters.sql.schema`. For one of an earlier release
each file in `versions/` is a step to the next version, whose `op` is set by whoever runs it. Steps
are never changed after a release, and know nothing of the present tables: they say in their own
words what they find.
"""

from pathlib import Path

from sqlalchemy import Connection

from cartcore.adapters.sql import schema as schema
from cartcore.errors import ForeignStorage, InvalidField


def bring_up(connection: Connection, found: int, where: str) -> None:
    """Make or change the tables, in the transaction that is open and keeps others out.

    Args:
        connection: of the database.
        found: the version that the tables have, 0 if there are none. If it is the present one or
            a newer one, nothing is done.
        where: what the database is called in errors.

    Raises:
        ForeignStorage: a record that a step has to read is damaged.
    """
    if not found:
        schema.create(connection)
    elif found < schema.VERSION:
        try:
            _upgrade(connection, found)
        except InvalidField as error:
            raise ForeignStorage(where, f"it is damaged: {error}") from error


def _upgrade(connection: Connection, found: int) -> None:
    # Here and not above: a database that is up to date does not need Alembic.
    from alembic.migration import MigrationContext  # noqa: PLC0415
    from alembic.operations import Operations  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    context = MigrationContext.configure(
        connection, opts={"version_table": schema.schema_version.name}
    )
    # Alembic's commands, and the `op` that steps import, go through names which all threads share:
    # of two migrations in one process, one would change the other's database. So each migration
    # loads modules of its own (a ScriptDirectory always does), and gives them its own `op`.
    steps = ScriptDirectory(Path(__file__).parent)
    present = schema.revision(schema.VERSION)
    # The first release kept the version elsewhere.
    context.stamp(steps, schema.revision(found))
    for step in reversed(list(steps.iterate_revisions(present, schema.revision(found)))):
        vars(step.module)["op"] = Operations(context)
        step.module.upgrade()
    context.stamp(steps, present)
