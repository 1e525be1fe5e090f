"""What the commands of `manage.py` have in common: one database that they are for."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from cartcore.adapters.django.storage import DjangoStorage
from cartcore.errors import CartcoreError


class DatabaseCommand(BaseCommand):
    """A command for the storage in a database of `DATABASES`; errors of cartcore are its end."""

    def add_arguments(self, parser: Any) -> None:
        """Take the alias of a database."""
        parser.add_argument("--database", metavar="ALIAS", help="default: the one of the routers")

    def handle(self, *args: Any, **options: Any) -> None:
        """Find the database, and do what the command is for."""
        del args
        storage = DjangoStorage(options["database"])
        if storage.using not in connections:
            raise CommandError(f"there is no database {storage.using!r} in DATABASES")
        try:
            self.run(storage, options)
        except CartcoreError as error:
            raise CommandError(f"database {storage.using!r}: {error}") from error

    def run(self, storage: DjangoStorage, options: dict[str, Any]) -> None:
        """Do what the command is for."""
        raise NotImplementedError
