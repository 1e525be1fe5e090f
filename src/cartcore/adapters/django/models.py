"""What Django sees of cartcore's tables: enough to list, to find and to link, and for permissions.

Nothing is written by these models: what belongs to a record in other tables, its history and its
events would be another's. What a record says is read by cartcore: see `value`.
"""

from functools import cache, cached_property
from typing import Any, ClassVar, NoReturn

from django.db import NotSupportedError, models

from cartcore.documents.serializer import Serializer
from cartcore.orders import order
from cartcore.promotions import promotion
from cartcore.rules import load_rulebook


class Instant(models.Field):
    """A time that rows are sorted by; as people read it, it is in the record's `value`."""

    def db_type(self, connection: Any) -> str:
        """Return the column's type: in SQLite it is whole microseconds since 1970."""
        return "timestamptz" if connection.vendor == "postgresql" else "bigint"


class ReadOnlyRows(models.QuerySet):
    """Rows that are looked at here and changed elsewhere."""

    def _refuse(self, *args: Any, **options: Any) -> NoReturn:
        del args, options
        raise NotSupportedError(self.model.changed_elsewhere)

    create = bulk_create = get_or_create = update_or_create = _refuse
    update = bulk_update = _update = _insert = delete = _raw_delete = _refuse


class ReadOnlyRow(models.Model):
    """A row that is looked at here and changed elsewhere.

    Attributes:
        changed_elsewhere: What whoever wants to change it is told.
    """

    changed_elsewhere: ClassVar[str]

    objects = ReadOnlyRows.as_manager()

    class Meta:
        abstract = True

    def save_base(self, *args: Any, **options: Any) -> NoReturn:
        """Refuse it. Raises NotSupportedError."""
        del args, options
        raise NotSupportedError(self.changed_elsewhere)

    delete = save_base


class Order(ReadOnlyRow):
    """A placed order."""

    changed_elsewhere = (
        "orders are not changed by their model: use an OrderDesk (place, cancel, mark_shipped, ...)"
    )

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


class Promotion(ReadOnlyRow):
    """A promotion."""

    changed_elsewhere = "promotions are not changed by their model: use cartcore's Administration"

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
