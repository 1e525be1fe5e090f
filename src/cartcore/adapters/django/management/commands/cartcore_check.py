"""`manage.py cartcore_check`: go through all records, and say what is wrong (ST-5)."""

from typing import Any

from django.core.management.base import CommandError
from django.db import connections

from cartcore.adapters.audit import audit
from cartcore.adapters.django.commands import StorageCommand
from cartcore.adapters.django.storage import DjangoStorage
from cartcore.errors.sentences import counted
from cartcore.rules import load_rulebook


class Command(StorageCommand):
    """Audits cartcore's tables, on a connection of its own; fails if there is a fault."""

    help = "Goes through all that cartcore keeps, adds it up again, and says what is wrong."

    def work_with(self, storage: DjangoStorage, options: Any) -> None:
        """Check."""
        del options
        with storage.read():
            pass  # it says better what is wrong where there are no tables
        findings = audit(_database(storage.using), rulebook=load_rulebook(discover=True))
        for finding in findings:
            self.stdout.write(str(finding))
        told = f"database {storage.using!r}: {counted(len(findings), 'fault')} found"
        if findings:
            raise CommandError(told)
        self.stdout.write(told)


def _database(using: str) -> str:
    """The database of an alias, as the audit takes it. Raises CommandError."""
    connection = connections[using]
    if connection.vendor == "sqlite":
        if connection.is_in_memory_db():
            raise CommandError(f"database {using!r} is in memory: only a file can be checked")
        return str(connection.settings_dict["NAME"])
    psycopg = connection.Database  # an extra, which projects on SQLite lack
    known = {option.keyword.decode() for option in psycopg.pq.Conninfo.get_defaults()}
    given = {k: str(v) for k, v in connection.get_connection_params().items() if k in known}
    return str(psycopg.conninfo.make_conninfo(**given))
