"""`manage.py cartcore_export`: write everything as JSON Lines (ST-12)."""

from contextlib import closing
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from cartcore.adapters.django.storage import DjangoStorage
from cartcore.documents.exchange import export_lines
from cartcore.documents.serializer import Serializer
from cartcore.errors import CartcoreError
from cartcore.rules import load_rulebook


class Command(BaseCommand):
    """Writes what `cartcore import` reads into another storage."""

    help = "Writes everything that cartcore keeps to standard output, as JSON Lines."

    def add_arguments(self, parser: Any) -> None:
        """Take the alias of a database."""
        parser.add_argument("--database", metavar="ALIAS", help="default: the one of the routers")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write."""
        del args
        storage = DjangoStorage(options["database"])
        if storage.using not in connections:
            raise CommandError(f"there is no database {storage.using!r} in DATABASES")
        serializer = Serializer(load_rulebook(), keep_opaque=True)
        try:
            with closing(export_lines(storage, serializer)) as lines:
                for line in lines:
                    self.stdout.write(line.decode(), ending="")
        except CartcoreError as error:
            raise CommandError(str(error)) from error
