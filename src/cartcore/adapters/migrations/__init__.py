"""Databases of earlier releases, brought to the present schema by Alembic (ST-3).

A new database is made whole, from `cartcore.adapters.sql_schema`. For one of an earlier release
each file in `versions/` is a step to the next version. Steps are never changed after a release,
and know nothing of the present code: they say in their own words what they find.
"""

from sqlalchemy import Connection

from cartcore.adapters import sql_schema as schema


def bring_up(connection: Connection, found: int) -> None:
    """Make or change the tables, as part of the transaction that is open, which must exclude others.

    `found` is the version that they have: 0 if there are none, and nothing is done if it is the
    present one.
    """
    if not found:
        schema.create(connection)
    elif found < schema.VERSION:
        _upgrade(connection, found)


def _upgrade(connection: Connection, found: int) -> None:
    # Here and not above: a database that is up to date does not need Alembic.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", "cartcore.adapters:migrations")
    config.attributes["connection"] = connection
    command.stamp(config, schema.revision(found))
    command.upgrade(config, schema.revision(schema.VERSION))
