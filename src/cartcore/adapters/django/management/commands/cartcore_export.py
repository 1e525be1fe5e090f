"""`manage.py cartcore_export`: write everything as JSON Lines (ST-12)."""

from contextlib import closing
from typing import Any

from cartcore.adapters.django.commands import StorageCommand
from cartcore.adapters.django.storage import DjangoStorage
from cartcore.documents.exchange import export_lines
from cartcore.documents.serializer import Serializer
from cartcore.rules import load_rulebook


class Command(StorageCommand):
    """Writes what `cartcore import` reads into another storage."""

    help = "Writes everything that cartcore keeps to standard output, as JSON Lines."

    def work_with(self, storage: DjangoStorage, options: Any) -> None:
        """Write."""
        del options
        serializer = Serializer(load_rulebook(), keep_opaque=True)
        with closing(export_lines(storage, serializer)) as lines:
            for line in lines:
                self.stdout.write(line.decode(), ending="")
