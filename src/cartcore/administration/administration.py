"""Creating, changing, archiving and finding records, beside entering orders (HA-9)."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial

import attrs

from cartcore.administration.bulk import (
    CHUNK,
    Bulk,
    BulkResult,
    Keeping,
    ManyContacts,
    Progress,
    pause,
)
from cartcore.administration.filters import Count
from cartcore.errors import InvalidField
from cartcore.orders.draft import Draft
from cartcore.orders.filters import EVERY_DRAFT, DraftFilter, DraftSort, OrderFilter
from cartcore.promotions.filters import EVERY_PROMOTION, PromotionFilter
from cartcore.promotions.promotion import Promotion
from cartcore.shop.address import optional_country
from cartcore.shop.contact import Contact, ContactFilter
from cartcore.shop.product import Product
from cartcore.storage.keys import CONTACT, PRODUCT, R
from cartcore.storage.listing import scanned, walked
from cartcore.storage.paging import LARGEST_PAGE, PAGE_SIZE, Page, most_counted
from cartcore.storage.ports import Storage, UnitOfWork
from cartcore.values.arguments import check_calls
from cartcore.values.readers import utc


def _now() -> datetime:
    return datetime.now(UTC)


@check_calls
class Administration:
    """Where the records of a store are kept: contacts, products and promotions (HA-9).

    `create_...` stores a new record, `change_...` one that was read before: what was changed by
    somebody else meanwhile is `Conflict`. What is archived stays, for the orders and drafts that
    have it, and is no longer offered.

    `clock` gives the present time, with a time zone; `country` is where phone numbers are called
    without a country code; `between` is called between the chunks of bulk changes, and leaves the
    lock to others.
    """

    def __init__(
        self,
        storage: Storage,
        *,
        country: str = "",
        clock: Callable[[], datetime] = _now,
        between: Callable[[], object] = pause,
    ) -> None:
        self.storage = storage
        self._country = optional_country(country)
        self._clock = clock
        self._between = between

    def __repr__(self) -> str:
        return f"Administration({self.storage!r})"

    def _time(self) -> datetime:
        return utc(self._clock(), "the clock")

    # --- contacts ---

    def contact(self, contact_id: str) -> Contact:
        """Return a contact, also an archived one, such as to change it. Raises NotFound."""
        with self.storage.read() as work:
            return work.contacts.get(contact_id)

    def create_contact(self, contact: Contact) -> Contact:
        """Store a new contact. Raises AlreadyExists, or InvalidField for one that was stored."""
        return self._created(lambda work: work.contacts.add(contact), "contact", contact.version)

    def change_contact(self, contact: Contact) -> Contact:
        """Store a changed contact. Raises NotFound, Conflict, AlreadyExists, or InvalidField."""
        return self._changed(lambda work: work.contacts.save(contact), "contact", contact.version)

    def archive_contact(self, contact_id: str) -> Contact:
        """Offer a contact no longer; `Contact.archived_at` says since when. Raises NotFound."""
        at = self._time()
        return self._set(
            lambda work: work.contacts,
            contact_id,
            lambda c: c if c.archived_at else attrs.evolve(c, archived_at=at),
        )

    def restore_contact(self, contact_id: str) -> Contact:
        """Offer an archived contact again. Raises NotFound."""
        return self._set(
            lambda work: work.contacts, contact_id, lambda c: attrs.evolve(c, archived_at=None)
        )

    # --- products ---

    def product(self, product_id: str) -> Product:
        """Return a product, also an archived one, such as to change it. Raises NotFound."""
        with self.storage.read() as work:
            return work.products.get(product_id)

    def create_product(self, product: Product) -> Product:
        """Store a new product. Raises AlreadyExists, or InvalidField for one that was stored."""
        return self._created(lambda work: work.products.add(product), "product", product.version)

    def change_product(self, product: Product) -> Product:
        """Store a changed product. Raises NotFound, Conflict, AlreadyExists, or InvalidField."""
        return self._changed(lambda work: work.products.save(product), "product", product.version)

    def archive_product(self, product_id: str) -> Product:
        """Offer a product no longer: it is not published then. Raises NotFound."""
        return self._set(
            lambda work: work.products, product_id, lambda p: attrs.evolve(p, published=False)
        )

    def restore_product(self, product_id: str) -> Product:
        """Publish a product again. Raises NotFound."""
        return self._set(
            lambda work: work.products, product_id, lambda p: attrs.evolve(p, published=True)
        )

    # --- promotions ---

    def promotion(self, promotion_id: str) -> Promotion:
        """Return a promotion, also an archived one, such as to change it. Raises NotFound."""
        with self.storage.read() as work:
            return work.promotions.get(promotion_id)

    def create_promotion(self, promotion: Promotion) -> Promotion:
        """Store a new promotion. Raises AlreadyExists, or InvalidField for one that was stored."""
        return self._created(
            lambda work: work.promotions.add(promotion), "promotion", promotion.version
        )

    def change_promotion(self, promotion: Promotion) -> Promotion:
        """Store a changed promotion. Raises NotFound, Conflict, AlreadyExists, or InvalidField."""
        return self._changed(
            lambda work: work.promotions.save(promotion), "promotion", promotion.version
        )

    def archive_promotion(self, promotion_id: str) -> Promotion:
        """Switch a promotion off. Raises NotFound."""
        return self._set(
            lambda work: work.promotions, promotion_id, lambda p: attrs.evolve(p, enabled=False)
        )

    def restore_promotion(self, promotion_id: str) -> Promotion:
        """Switch a promotion on again. Raises NotFound."""
        return self._set(
            lambda work: work.promotions, promotion_id, lambda p: attrs.evolve(p, enabled=True)
        )

    def _created(self, add: Callable[[UnitOfWork], R], kind: str, version: int) -> R:
        if version != 0:
            expected = f"0, as a new record has: change_{kind} changes one that was stored"
            raise InvalidField(f"{kind}.version", version, expected)
        return self._stored(add)

    def _changed(self, save: Callable[[UnitOfWork], R], kind: str, version: int) -> R:
        if version == 0:
            expected = f"that of a record which was read before: create_{kind} stores a new one"
            raise InvalidField(f"{kind}.version", version, expected)
        return self._stored(save)

    def _stored(self, do: Callable[[UnitOfWork], R]) -> R:
        with self.storage.write() as work:
            stored = do(work)
            work.commit()
        return stored

    def _set(
        self, port: Callable[[UnitOfWork], Keeping[R]], record_id: str, change: Callable[[R], R]
    ) -> R:
        """Change a record as it is by now; nothing is stored where nothing changes."""
        with self.storage.write() as work:
            records = port(work)
            record = records.get(record_id)
            changed = change(record)
            if changed != record:
                record = records.save(changed)
                work.commit()
        return record

    # --- lists ---

    def find_contacts(
        self,
        wanted: ContactFilter | str = "",
        *,
        archived: bool = False,
        page: str = "",
        limit: int = PAGE_SIZE,
    ) -> Page[Contact]:
        """List contacts as the desk does, archived ones too, or with `archived` those alone."""
        found = self._contacts_wanted(wanted)
        with self.storage.read() as work:
            return scanned(
                lambda after, size: work.contacts.search(found, page=after, limit=size),
                lambda each: each.archived_at is not None or not archived,
                CONTACT.sorting,
                page,
                limit,
            )

    def _contacts_wanted(self, wanted: ContactFilter | str) -> ContactFilter:
        filters = ContactFilter(text=wanted) if isinstance(wanted, str) else wanted
        return attrs.evolve(filters, phone_country=filters.phone_country or self._country)

    def find_products(
        self, text: str = "", *, archived: bool = False, page: str = "", limit: int = PAGE_SIZE
    ) -> Page[Product]:
        """List products as the desk does, unpublished ones too, or with `archived` those alone."""
        with self.storage.read() as work:
            return scanned(
                lambda after, size: work.products.search(text, page=after, limit=size),
                lambda each: not (archived and each.published),
                PRODUCT.sorting,
                page,
                limit,
            )

    def find_promotions(
        self, wanted: PromotionFilter | None = None, *, page: str = "", limit: int = PAGE_SIZE
    ) -> Page[Promotion]:
        """List promotions by text, code, class and state, by id."""
        filters = self._at_a_time(wanted)
        with self.storage.read() as work:
            return work.promotions.search(filters, page=page, limit=limit)

    def _at_a_time(self, wanted: PromotionFilter | None) -> PromotionFilter:
        filters = wanted or EVERY_PROMOTION
        return filters if filters.at else attrs.evolve(filters, at=self._time())

    def find_drafts(
        self,
        wanted: DraftFilter | None = None,
        *,
        sort: DraftSort = DraftSort.LATEST_CHANGE,
        page: str = "",
        limit: int = PAGE_SIZE,
    ) -> Page[Draft]:
        """List drafts by who orders, who began them, age, addresses and attributes (HA-11)."""
        filters = self._drafts_wanted(wanted)
        with self.storage.read() as work:
            return work.drafts.search(filters, sort=sort, page=page, limit=limit)

    def _drafts_wanted(self, wanted: DraftFilter | None) -> DraftFilter:
        filters = wanted or EVERY_DRAFT
        return attrs.evolve(filters, phone_country=filters.phone_country or self._country)

    # --- how many ---

    def count_contacts(
        self, wanted: ContactFilter | str = "", *, most: int = LARGEST_PAGE
    ) -> Count:
        """Count the contacts that match, up to `most`, without reading them."""
        found = self._contacts_wanted(wanted)
        return self._counted(lambda work, up_to: work.contacts.count(found, most=up_to), most)

    def count_products(
        self, text: str = "", *, published_only: bool = False, most: int = LARGEST_PAGE
    ) -> Count:
        """Count the products that match, up to `most`; see `count_contacts`."""
        return self._counted(
            lambda work, up_to: work.products.count(
                text, published_only=published_only, most=up_to
            ),
            most,
        )

    def count_orders(self, wanted: OrderFilter | None = None, *, most: int = LARGEST_PAGE) -> Count:
        """Count the orders that match, up to `most`; see `count_contacts`."""
        filters = wanted or OrderFilter()
        found = attrs.evolve(filters, phone_country=filters.phone_country or self._country)
        return self._counted(lambda work, up_to: work.orders.count(found, most=up_to), most)

    def count_promotions(
        self, wanted: PromotionFilter | None = None, *, most: int = LARGEST_PAGE
    ) -> Count:
        """Count the promotions that match, up to `most`; see `count_contacts`."""
        filters = self._at_a_time(wanted)
        return self._counted(lambda work, up_to: work.promotions.count(filters, most=up_to), most)

    def count_drafts(self, wanted: DraftFilter | None = None, *, most: int = LARGEST_PAGE) -> Count:
        """Count the drafts that match, up to `most`; see `count_contacts`."""
        filters = self._drafts_wanted(wanted)
        return self._counted(lambda work, up_to: work.drafts.count(filters, most=up_to), most)

    def _counted(self, count: Callable[[UnitOfWork, int], int], most: int) -> Count:
        up_to = most_counted(most)
        with self.storage.read() as work:
            number = count(work, up_to + 1)
        return Count(number=min(number, up_to), more=number > up_to)

    # --- many at once ---

    def change_contacts(
        self,
        change: Callable[[Contact], Contact | None],
        *,
        contact_ids: Iterable[str] | None = None,
        chunk: int = CHUNK,
        after: str = "",
        progress: Progress | None = None,
    ) -> BulkResult:
        """Change many contacts; see `change_products`."""
        if contact_ids is None:
            with self.storage.read() as work:
                contact_ids = _ids(partial(work.contacts.search, ContactFilter()))
        bulk = Bulk(self.storage, chunk, after, progress, self._between)
        return bulk.change(lambda work: ManyContacts(work.contacts), contact_ids, change)

    def change_products(
        self,
        change: Callable[[Product], Product | None],
        *,
        product_ids: Iterable[str] | None = None,
        chunk: int = CHUNK,
        after: str = "",
        progress: Progress | None = None,
    ) -> BulkResult:
        """Change many products, `chunk` of them in each unit of work.

        No other writer waits longer than for one chunk. What is stored is always whole chunks, in
        the order of ids: if something fails, `BulkStopped` says after which record to go on.

        Args:
            change: is given each product as it is stored by then, and returns it changed, or the
                same or None where nothing is to change. It should be quick: others wait for it.
            product_ids: which ones; all, as they are listed at the beginning, if left out.
            chunk: how many are read and stored in one unit of work, at most 1000.
            after: the id after which to go on.
            progress: is called after each chunk with how many are done, and of how many.

        Raises:
            BulkStopped: a change failed, or was refused; nothing of its chunk is stored.
        """
        if product_ids is None:
            with self.storage.read() as work:
                product_ids = _ids(work.products.search)
        bulk = Bulk(self.storage, chunk, after, progress, self._between)
        return bulk.change(lambda work: work.products, product_ids, change)

    def change_promotions(
        self,
        change: Callable[[Promotion], Promotion | None],
        *,
        promotion_ids: Iterable[str] | None = None,
        chunk: int = CHUNK,
        after: str = "",
        progress: Progress | None = None,
    ) -> BulkResult:
        """Change many promotions; see `change_products`."""
        if promotion_ids is None:
            with self.storage.read() as work:
                promotion_ids = _ids(work.promotions.search)
        bulk = Bulk(self.storage, chunk, after, progress, self._between)
        return bulk.change(lambda work: work.promotions, promotion_ids, change)


def _ids(search: Callable[..., Page[R]]) -> list[str]:
    return [each.id for each in walked(lambda page, limit: search(page=page, limit=limit))]
