"""`manage.py cartcore_state`: tell whether orders can be stored."""

from typing import Any

from cartcore.adapters.django.commands import StorageCommand
from cartcore.adapters.django.models import Order, Promotion
from cartcore.adapters.django.storage import DjangoStorage
from cartcore.adapters.sql.schema import VERSION


class Command(StorageCommand):
    """Tells where cartcore's tables are, and of which version; fails if they cannot be used."""

    help = "Tells whether cartcore's tables are there and up to date."

    def work_with(self, storage: DjangoStorage, options: Any) -> None:
        """Tell."""
        del options
        using = storage.using
        with storage.read():
            orders = Order.objects.using(using).count()
            promotions = Promotion.objects.using(using).count()
        self.stdout.write(
            f"database {using!r}: the tables are up to date (schema version {VERSION}), "
            f"orders: {orders}, promotions: {promotions}"
        )
