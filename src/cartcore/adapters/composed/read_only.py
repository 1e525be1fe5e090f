"""Ports that only read: what an application gives at least, and what follows from that (HA-1).

Each is complete with the one method that gives all records. That is enough for some thousands; with
more of them, override what would read them all.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import ClassVar, Generic, TypeVar

from cartcore.errors import ReadOnlyPort
from cartcore.promotions.filters import EVERY_PROMOTION, PromotionFilter
from cartcore.promotions.promotion import Promotion, Usage
from cartcore.shop.contact import Contact, ContactFilter
from cartcore.shop.product import Product
from cartcore.storage.keys import (
    CONTACT,
    PRODUCT,
    PROMOTION,
    Kind,
    R,
    code_key,
    is_active,
)
from cartcore.storage.listing import walked
from cartcore.storage.paging import LARGEST_PAGE, PAGE_SIZE, Page, count_up_to
from cartcore.storage.ports import NO_CODES, PromotionChanges


class ReadOnlyRecords(ABC, Generic[R]):
    """What read-only ports have in common."""

    outside_transaction: ClassVar[bool] = False
    """Whether what it reads may change while a unit of work goes on."""

    _kind: Kind[R]

    @abstractmethod
    def records(self) -> Iterable[R]:
        """All records that there are, in any order."""

    def many(self, record_ids: Iterable[str], /) -> Mapping[str, R]:
        """Those of some records that exist, by id."""
        wanted = frozenset(record_ids)
        return {each.id: each for each in self.records() if each.id in wanted}

    def get(self, record_id: str, /) -> R:
        """The record with an id. Raises NotFound."""
        found = self.many([record_id])
        if record_id not in found:
            raise self._kind.not_found(record_id)
        return found[record_id]

    def add(self, _: R, /) -> R:
        """Raise ReadOnlyPort."""
        raise ReadOnlyPort(f"{self._kind.name}s")

    def save(self, _: R, /) -> R:
        """Raise ReadOnlyPort."""
        raise ReadOnlyPort(f"{self._kind.name}s")

    def restore(self, _: Iterable[R], /) -> None:
        """Raise ReadOnlyPort."""
        raise ReadOnlyPort(f"{self._kind.name}s")


P = TypeVar("P", Contact, Product)


class ReferredTo(ReadOnlyRecords[P]):
    """Records that another system knows by a reference."""

    def by_reference(self, reference: str) -> P:
        """The record with a reference. Raises NotFound."""
        for record in self.records():
            if reference and record.reference == reference:
                return record
        raise self._kind.not_found(reference)


class ReadOnlyContacts(ReferredTo[Contact]):
    """Customers of the application: see `cartcore.storage.Contacts`.

    `records` must be given. With many contacts, give `many` and `search`, too, and `by_reference`
    where contacts have references.
    """

    _kind = CONTACT

    def search(
        self, wanted: ContactFilter, *, page: str = "", limit: int = PAGE_SIZE
    ) -> Page[Contact]:
        """Those that match, by folded name and id."""
        return CONTACT.sorting.page(filter(wanted.matches, self.records()), page, limit)

    def count(self, wanted: ContactFilter, *, most: int = LARGEST_PAGE) -> int:
        """How many `search` lists, up to `most`."""
        listing = walked(lambda page, limit: self.search(wanted, page=page, limit=limit))
        return count_up_to(most, listing)


class ReadOnlyProducts(ReferredTo[Product]):
    """Products of the application: see `cartcore.storage.Products`.

    `records` must be given. With many products, give `many`, `by_sku`, `search` and
    `any_published`, too, `by_barcode` where barcodes are scanned, and `by_reference` where products
    have references.
    """

    _kind = PRODUCT

    def by_sku(self, sku: str) -> Product:
        """The product that has a SKU. Raises NotFound."""
        for product in self.records():
            if product.by_sku(sku) is not None:
                return product
        raise PRODUCT.not_found(sku)

    def by_barcode(self, barcode: str, *, page: str = "", limit: int = PAGE_SIZE) -> Page[Product]:
        """Those that have a variant with a barcode, by folded title and id."""
        found = (product for product in self.records() if product.with_barcode(barcode))
        return PRODUCT.sorting.page(found, page, limit)

    def search(
        self,
        text: str = "",
        *,
        published_only: bool = False,
        page: str = "",
        limit: int = PAGE_SIZE,
    ) -> Page[Product]:
        """Those that a text finds, by folded title and id."""
        found = (
            product
            for product in self.records()
            if (product.available or not published_only) and product.found_by(text)
        )
        return PRODUCT.sorting.page(found, page, limit)

    def count(
        self, text: str = "", *, published_only: bool = False, most: int = LARGEST_PAGE
    ) -> int:
        """How many `search` lists, up to `most`."""
        listing = walked(
            lambda page, limit: self.search(
                text, published_only=published_only, page=page, limit=limit
            )
        )
        return count_up_to(most, listing)

    def any_published(self) -> bool:
        """Whether anything is on sale."""
        return any(product.available for product in self.records())


class ReadOnlyPromotions(ReadOnlyRecords[Promotion]):
    """Promotions of the application, from a file for instance: see `cartcore.storage.Promotions`.

    `records` must be given. Every look at an order reads all of them, unless `revision` gives a
    number that each change makes larger, and `changes` what became of them since.
    """

    _kind = PROMOTION

    def by_code(self, promo_code: str) -> Promotion:
        """The promotion that a code belongs to. Raises NotFound."""
        key = code_key(promo_code)
        for promotion in self.records():
            if key and key in promotion.normalized_codes:
                return promotion
        raise PROMOTION.not_found(promo_code)

    def active(self, at: datetime) -> Sequence[Promotion]:
        """Those that need no code and can apply at a time, by id."""
        return sorted((p for p in self.records() if is_active(p, at)), key=lambda each: each.id)

    def revision(self) -> int | None:
        """The state of all promotions; None where nothing tells whether they have changed."""
        return None

    def changes(self, since: int, was: datetime, now: datetime) -> PromotionChanges:  # noqa: ARG002
        """What became of them since a revision."""
        return PromotionChanges(revision=self.revision(), promotions=tuple(self.records()))

    def search(
        self,
        wanted: PromotionFilter = EVERY_PROMOTION,
        *,
        page: str = "",
        limit: int = PAGE_SIZE,
    ) -> Page[Promotion]:
        """Those that match, by id."""
        return PROMOTION.sorting.page(filter(wanted.matches, self.records()), page, limit)

    def count(self, wanted: PromotionFilter = EVERY_PROMOTION, *, most: int = LARGEST_PAGE) -> int:
        """How many `search` lists, up to `most`."""
        listing = walked(lambda page, limit: self.search(wanted, page=page, limit=limit))
        return count_up_to(most, listing)

    def usage(
        self,
        promotion_ids: Iterable[str],
        contact_id: str,  # noqa: ARG002
        promo_codes: Mapping[str, str] = NO_CODES,  # noqa: ARG002
    ) -> Mapping[str, Usage]:
        """Nothing: redemptions are counted where the orders are."""
        return {promotion_id: Usage() for promotion_id in promotion_ids}
