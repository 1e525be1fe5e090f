"""What the commands of `manage.py` have in common: the database that they are for."""

import os
import sys
from abc import abstractmethod
from contextlib import suppress
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from cartcore.adapters.django.storage import DjangoStorage
from cartcore.errors import CartcoreError


class StorageCommand(BaseCommand):
    """A command for a database of the project that has cartcore's tables."""

    def add_arguments(self, parser: Any) -> None:
        """Take the alias of a database."""
        parser.add_argument("--database", metavar="ALIAS", help="default: the one of the routers")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it. Raises CommandError: with the alias, and with what went wrong."""
        del args
        storage = DjangoStorage(options["database"])
        if storage.using not in connections:
            raise CommandError(f"there is no database {storage.using!r} in DATABASES")
        try:
            self.work_with(storage, options)
        except CartcoreError as error:
            raise CommandError(f"database {storage.using!r}: {error}") from error
        except BrokenPipeError as error:  # whoever reads the output has enough
            with suppress(OSError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise CommandError("the output was closed before everything was written") from error

    @abstractmethod
    def work_with(self, storage: DjangoStorage, options: Any) -> None:
        """Do it with the storage."""
