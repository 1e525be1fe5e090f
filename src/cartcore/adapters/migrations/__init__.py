"""Databases of earlier releases, brought to the present schema by Alembic (ST-3).

A new database is made whole, from `cartcore.adapters.sql_schema`. For one of an earlier release
each file in `versions/` is a step to the next version. Steps are never changed after a release,
and know nothing of the present tables: they say in their own words what they find.
"""

from sqlalchemy import Connection

from cartcore.adapters import sql_schema as schema
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
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", "cartcore.adapters:migrations")
    config.attributes["connection"] = connection
    # The first release kept the version elsewhere.
    command.stamp(config, schema.revision(found))
    command.upgrade(config, schema.revision(schema.VERSION))
