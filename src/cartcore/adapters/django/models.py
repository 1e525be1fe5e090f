"""What Django sees of cartcore's tables: enough to list, to find and to link, and for permissions.

Nothing is written by these models. What a record says is read by cartcore: see `value`.
"""

from functools import cache, cached_property
from typing import Any

from django.db import models

from cartcore.documents.serializer import Serializer
from cartcore.orders import order
from cartcore.promotions import promotion
from cartcore.rules import load_rulebook


class Instant(models.Field):
    """A time that rows are sorted by; as people read it, it is in the record's `value`."""

    def db_type(self, connection: Any) -> str:
        """Return the column's type: in SQLite it is whole microseconds since 1970."""
        return "timestamptz" if connection.vendor == "postgresql" else "bigint"


class Order(models.Model):
    """A placed order."""

    id = models.TextField(primary_key=True)
    number = models.TextField(unique=True)
    status = models.TextField()
    placed_at = Instant()
    document = models.TextField()

    class Meta:
        managed = False
        db_table = "cartcore_orders"
        ordering = ("-placed_at", "-id")
        default_permissions = ("view",)

    def __str__(self) -> str:
        return self.number

    @cached_property
    def value(self) -> order.Order:
        """The order as cartcore has it. Raises CartcoreError for a damaged one."""
        return _serializer().loads(self.document, order.Order)


class Promotion(models.Model):
    """A promotion."""

    id = models.TextField(primary_key=True)
    enabled = models.BooleanField()
    trigger = models.TextField()
    document = models.TextField()

    class Meta:
        managed = False
        db_table = "cartcore_promotions"
        ordering = ("id",)
        default_permissions = ("view",)

    def __str__(self) -> str:
        return self.value.name

    @cached_property
    def value(self) -> promotion.Promotion:
        """The promotion as cartcore has it. Raises CartcoreError for a damaged one."""
        return _serializer().loads(self.document, promotion.Promotion)


@cache
def _serializer() -> Serializer:
    return Serializer(load_rulebook(), keep_opaque=True)
