"""`manage.py cartcore_state`: tell whether orders can be stored."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from cartcore.adapters.django.models import Order, Promotion
from cartcore.adapters.django.storage import DjangoStorage
from cartcore.adapters.sql.schema import VERSION
from cartcore.errors import CartcoreError


class Command(BaseCommand):
    """Tells where cartcore's tables are, and of which version; fails if they cannot be used."""

    help = "Tells whether cartcore's tables are there and up to date."

    def add_arguments(self, parser: Any) -> None:
        """Take the alias of a database."""
        parser.add_argument("--database", metavar="ALIAS", help="default: the one of the routers")

    def handle(self, *args: Any, **options: Any) -> None:
        """Tell."""
        del args
        storage = DjangoStorage(options["database"])
        using = storage.using
        if using not in connections:
            raise CommandError(f"there is no database {using!r} in DATABASES")
        try:
            with storage.read():
                orders = Order.objects.using(using).count()
                promotions = Promotion.objects.using(using).count()
        except CartcoreError as error:
            raise CommandError(f"database {using!r}: {error}") from error
        self.stdout.write(
            f"database {using!r}: the tables are up to date (schema version {VERSION}), "
            f"orders: {orders}, promotions: {promotions}"
        )
