"""What Django's migrations of cartcore do: they call cartcore's own (ST-3, HA-3)."""

from typing import Any

from django.db import router
from django.db.migrations.operations.base import Operation

from cartcore.adapters.host import migrate


class BringUp(Operation):
    """Make cartcore's tables, or bring them up to date.

    There is one for each version of the tables, so that Django runs one after each update of
    cartcore that needs it. Each brings them to the version of the installed cartcore, and does
    nothing where they have it already: `cartcore_version` in the database is the only truth.

    Args:
        version: the version of the tables that this is for.
    """

    reduces_to_sql = False
    reversible = False  # orders would be lost

    def __init__(self, version: int) -> None:
        self.version = version

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Change nothing: the tables are none of Django's models."""

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        """Migrate, if the project's routers want cartcore's tables in this database."""
        del from_state, to_state
        if router.allow_migrate(schema_editor.connection.alias, app_label):
            migrate(schema_editor.connection.connection)

    def describe(self) -> str:
        """Say what it does."""
        return f"Bring cartcore's tables to schema version {self.version}"
