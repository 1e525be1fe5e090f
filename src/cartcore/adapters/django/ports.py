"""Products and customers that are models of the project, read as they are (HA-1, HA-3)."""

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

import attrs
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured, ObjectDoesNotExist, ValidationError
from django.db import connections, router, transaction

from cartcore.adapters.composed import (
    ReadOnlyContacts,
    ReadOnlyProducts,
    record_of,
    records_of,
)
from cartcore.adapters.composed.read_only import ReadOnlyRecords
from cartcore.adapters.django.storage import DjangoStorage
from cartcore.adapters.sql.borrowed import Borrowed
from cartcore.errors import AlreadyExists, Conflict, InvalidField, ReadOnlyPort
from cartcore.errors.sentences import shown
from cartcore.shop.contact import Contact
from cartcore.shop.product import Product
from cartcore.storage.keys import R

_AT_ONCE = 200
"""How many rows are read at once, with what is prefetched for them."""


class _Models(ReadOnlyRecords[R]):
    """Records that are made of the rows of a model.

    The rows are read in the transaction of the unit of work, whatever the project's routers say
    about reading, unless the port says that it is outside of it.
    """

    queryset: Any

    def __init__(self, work: Any) -> None:
        if self.outside_transaction:
            return
        using = _written(self.queryset)
        connection = _connection(work)
        if connection is None or connection is not connections[using].connection:
            raise _elsewhere(type(self), using, "the connection of the unit of work")
        if router.db_for_read(self.queryset.model) != using:
            raise ImproperlyConfigured(
                "the routers read from another database than orders are stored in: put "
                "'cartcore.adapters.django.UnitOfWorkRouter' first in DATABASE_ROUTERS"
            )
        self.queryset = self.queryset.using(using)

    @classmethod
    def check_records(cls, records: object) -> None:
        """Refuse a storage in another database. Raises InvalidField."""
        if cls.outside_transaction or type(records) is not DjangoStorage or not apps.models_ready:
            return
        using = _written(cls.queryset)
        if using != records.using:
            raise _elsewhere(cls, using, f"that of the storage, {records.using!r}")

    @abstractmethod
    def _make(self, row: Any) -> R:
        """Make a record of a row."""

    def made(self, row: Any) -> R:
        """The record of a row. Raises what `_make` does, and InvalidField for another row's id."""
        try:
            record = self._make(row)
        except ObjectDoesNotExist as error:
            raise LookupError(str(error)) from error
        if type(record) is self._kind.record and record.id != str(row.pk):
            raise InvalidField("id", record.id, f"the row's primary key as text, {str(row.pk)!r}")
        return record

    def records(self) -> Iterator[R]:
        """All records, but for rows that make none: those are logged."""
        return self.readable(self.queryset)

    def readable(self, rows: Any, /) -> Iterator[R]:
        """The records of some rows of a queryset, but for those that make none."""
        return records_of(rows.iterator(chunk_size=_AT_ONCE), self.made, lambda row: row.pk)

    def many(self, record_ids: Iterable[str], /) -> Mapping[str, R]:
        """Those of some records that exist, by id."""
        found = _rows(self.queryset, record_ids)
        return {row_id: record_of(row, self.made, row.pk) for row_id, row in found}


class ModelProducts(_Models[Product], ReadOnlyProducts):
    """The catalogue, from a model of the project: give its class to a `ComposedStorage`.

    A subclass gives `queryset`, all rows with what the products need of other tables, and `sku`,
    the lookup that finds a row by the SKU of a variant, such as "variants__sku"; and it makes a
    product of a row, whose id must be the row's primary key as text.

    All rows are read when staff search. With more than some thousands, override `search`.
    """

    sku: ClassVar[str]

    @abstractmethod
    def product(self, row: Any, /) -> Product:
        """Make a product of a row."""

    def _make(self, row: Any) -> Product:
        return self.product(row)

    def by_sku(self, sku: str) -> Product:
        """The product that has a SKU. Raises NotFound."""
        for row in self.queryset.filter(**{self.sku: sku.replace("\0", "")}):
            product = record_of(row, self.made, row.pk)
            if product.by_sku(sku) is not None:  # some databases ignore case
                return product
        raise self._kind.not_found(sku)


class ModelContacts(_Models[Contact], ReadOnlyContacts):
    """The customers, from a model of the project: give its class to a `ComposedStorage`.

    A subclass gives `queryset`, all rows with what the contacts need of other tables, and makes a
    contact of a row, whose id must be the row's primary key as text. They are only read, unless it
    gives `write`, too: then staff can enter new customers and addresses.

    All rows are read when staff search. With more than some thousands, override `search`.
    """

    gives_ids: ClassVar[bool] = True

    @abstractmethod
    def contact(self, row: Any, /) -> Contact:
        """Make a contact of a row."""

    def write(self, row: Any, contact: Contact, /) -> None:
        """Save a contact: in its row, which may be a new one, and in those of other tables.

        What Django's validation refuses (`row.full_clean()`) is told to staff, and nothing is saved
        then. Nor is it if the contact that is made of the row afterwards is another one than this:
        what the tables cannot keep is refused, and never lost.
        """
        del row, contact
        raise ReadOnlyPort("contacts")

    def add(self, contact: Contact, /) -> Contact:
        """Save a new contact. Raises InvalidField, AlreadyExists, or ReadOnlyPort."""
        with transaction.atomic(using=_written(self.queryset)):
            return self._saved(self.queryset.model(), contact)

    def save(self, contact: Contact, /) -> Contact:
        """Save a changed contact. Raises NotFound, Conflict, or as `add` does."""
        with transaction.atomic(using=_written(self.queryset)):
            for _ in _rows(self._locked(), [contact.id]):
                for _, row in _rows(self.queryset, [contact.id]):
                    stored = record_of(row, self.made, row.pk)
                    if stored.version != contact.version:
                        raise Conflict("contact", contact.id, contact.version, stored.version)
                    return self._saved(row, contact)
        raise self._kind.not_found(contact.id)

    def _locked(self) -> Any:
        """All rows, which nobody else changes until the transaction ends."""
        rows = self.queryset.model._base_manager  # noqa: SLF001  (public, whatever its name)
        return rows.using(_written(self.queryset)).select_for_update()

    def _saved(self, row: Any, contact: Contact) -> Contact:
        row._state.db = _written(self.queryset)  # noqa: SLF001  (public, whatever its name)
        try:
            self.write(row, contact)
        except ValidationError as error:
            raise _refused(row, error) from error
        row = self.queryset.using(_written(self.queryset)).get(pk=row.pk)
        stored = record_of(row, self.made, row.pk)
        for field in attrs.fields(Contact):
            given, kept = getattr(contact, field.name), getattr(stored, field.name)
            if given != kept and field.name not in {"id", "version"}:
                expected = f"what the customers' table can keep, which would be {shown(kept)}"
                raise InvalidField(f"contact.{field.name}", given, expected)
        return stored

    def _make(self, row: Any) -> Contact:
        return self.contact(row)


def _refused(row: Any, error: ValidationError) -> AlreadyExists | InvalidField:
    """What Django's validation says, of the first field that it says something of."""
    for name, [first, *_] in getattr(error, "error_dict", {}).items():
        value = getattr(row, name, None)
        if first.code == "unique":
            return AlreadyExists("contact", name, str(value))
        return InvalidField(f"contact.{name}", value, f"a valid one ({' '.join(first.messages)})")
    return InvalidField("contact", row.pk, f"a valid one ({' '.join(error.messages)})")


def _written(queryset: Any) -> str:
    """The alias of the database that a queryset's rows are changed in."""
    return str(queryset._db or router.db_for_write(queryset.model))  # noqa: SLF001


def _connection(work: Any) -> Any:
    """The driver's connection of a unit of work; None if it has none."""
    lent = getattr(work, "connection", None)
    driver = None if lent is None else lent.connection.driver_connection
    return driver.connection if isinstance(driver, Borrowed) else driver


def _elsewhere(port: type, using: str, where: str) -> InvalidField:
    expected = f"{where}, or the port must say outside_transaction = True"
    return InvalidField(f"the database of {port.__name__}", using, expected)


def _rows(queryset: Any, record_ids: Iterable[str]) -> Iterator[tuple[str, Any]]:
    """The rows with some ids, and with each its id; what can be no key finds none."""
    keys = {}
    for record_id in record_ids:
        field = queryset.model._meta.pk  # noqa: SLF001  (public, whatever its name)
        try:
            key = field.to_python(record_id)
            field.run_validators(key)
        except ValidationError:
            continue
        if str(key) == record_id:  # "007" is another text than "7"
            keys[key] = record_id
    for row in queryset.filter(pk__in=keys):
        yield keys[row.pk], row
