"""Products and customers that are models of the project, read as they are (HA-1, HA-3)."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

from django.core.exceptions import ValidationError

from cartcore.adapters.composed import ReadOnlyContacts, ReadOnlyProducts
from cartcore.shop.contact import Contact
from cartcore.shop.product import Product

_AT_ONCE = 200
"""How many rows are read at once, with what is prefetched for them."""


class ModelProducts(ReadOnlyProducts):
    """The catalogue, from a model of the project: give its class to a `ComposedStorage`.

    A subclass gives `queryset`, all rows with what the products need of other tables, and `sku`,
    the lookup that finds a row by the SKU of a variant, such as "variants__sku"; and it makes a
    product of a row, whose id must be the row's primary key as text.

    All rows are read when staff search. With more than some thousands, override `search`.
    """

    queryset: ClassVar[Any]
    sku: ClassVar[str]

    def __init__(self, work: object = None) -> None:
        del work  # the models are read on the same connection, in the same transaction

    def product(self, row: Any, /) -> Product:
        """Make a product of a row."""
        raise NotImplementedError

    def records(self) -> Iterator[Product]:
        """All products."""
        return map(self.product, self.queryset.iterator(chunk_size=_AT_ONCE))

    def many(self, record_ids: Iterable[str], /) -> Mapping[str, Product]:
        """Those of some products that exist, by id."""
        return {row_id: self.product(row) for row_id, row in _rows(self.queryset, record_ids)}

    def by_sku(self, sku: str) -> Product:
        """The product that has a SKU. Raises NotFound."""
        for row in self.queryset.filter(**{self.sku: sku.replace("\0", "")}):
            product = self.product(row)
            if product.by_sku(sku) is not None:  # some databases ignore case
                return product
        raise self._kind.not_found(sku)


class ModelContacts(ReadOnlyContacts):
    """The customers, from a model of the project: give its class to a `ComposedStorage`.

    A subclass gives `queryset`, all rows with what the contacts need of other tables, and makes a
    contact of a row, whose id must be the row's primary key as text.

    All rows are read when staff search. With more than some thousands, override `search`.
    """

    queryset: ClassVar[Any]

    def __init__(self, work: object = None) -> None:
        del work  # the models are read on the same connection, in the same transaction

    def contact(self, row: Any, /) -> Contact:
        """Make a contact of a row."""
        raise NotImplementedError

    def records(self) -> Iterator[Contact]:
        """All contacts."""
        return map(self.contact, self.queryset.iterator(chunk_size=_AT_ONCE))

    def many(self, record_ids: Iterable[str], /) -> Mapping[str, Contact]:
        """Those of some contacts that exist, by id."""
        return {row_id: self.contact(row) for row_id, row in _rows(self.queryset, record_ids)}


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
