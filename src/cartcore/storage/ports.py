"""The storage ports: what the order desk needs to keep, and what an adapter promises (ST-1).

A `Storage` opens units of work. `write()` gives one whose changes are all stored by `commit()`,
or not at all; two of them never interleave. `read()` gives a consistent view and cannot commit.
Leaving either without `commit()` stores nothing. A refused record (`AlreadyExists`, `Conflict`,
invalid input) undoes only itself; after any other error the unit of work is over, and whatever is
asked of it is `WorkGivenUp`.

Records are frozen values. `add` takes a new one (stored with version 1), `save` one that was read
before: its `version` must be the stored one, and the stored one becomes `version + 1` (ST-8).
Both return the record as it is stored; `restore` takes records as another storage kept them. All
listings are paged by key and not by offset: pass the `next_page` of a page to get the one after it.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from types import MappingProxyType
from typing import Protocol

import attrs

from cartcore.orders.draft import Draft
from cartcore.orders.filters import EVERY_DRAFT, DraftFilter, DraftSort, OrderFilter, OrderSort
from cartcore.orders.order import Order, OrderSummary
from cartcore.promotions.filters import EVERY_PROMOTION, PromotionFilter
from cartcore.promotions.promotion import Promotion, Usage
from cartcore.shop.contact import Contact, ContactFilter
from cartcore.shop.product import Product
from cartcore.storage.events import Events
from cartcore.storage.paging import LARGEST_PAGE, PAGE_SIZE, Page


class Contacts(Protocol):
    """The contacts. E-mail addresses are unique: see `cartcore.shop.contact.email_key`.

    So are references, those that are not empty; case matters in them (HA-8).
    """

    def add(self, contact: Contact, /) -> Contact:
        """Store a new contact. Raises AlreadyExists for its id, e-mail or reference."""
        ...

    def save(self, contact: Contact, /) -> Contact:
        """Store a changed contact.

        Raises NotFound, Conflict, or AlreadyExists for its e-mail or reference.
        """
        ...

    def restore(self, contacts: Iterable[Contact], /) -> None:
        """Store contacts as they are, versions included: all of them or none (ST-12).

        One with an e-mail address that only reads the same as that of another one is kept,
        too: whoever was there first keeps the key (OE-27). Raises AlreadyExists, or InvalidField
        for a version that none can have.
        """
        ...

    def get(self, contact_id: str, /) -> Contact:
        """Return a contact. Raises NotFound."""
        ...

    def by_reference(self, reference: str) -> Contact:
        """Return the contact that another system knows by this reference. Raises NotFound."""
        ...

    def search(
        self, wanted: ContactFilter, *, page: str = "", limit: int = PAGE_SIZE
    ) -> Page[Contact]:
        """List those that match, by folded name and id (OE-2)."""
        ...

    def count(self, wanted: ContactFilter, *, most: int = LARGEST_PAGE) -> int:
        """Return how many match; no more than `most` are counted (HA-9)."""
        ...


class Products(Protocol):
    """The catalogue. SKUs are unique over all products, and case matters in them.

    So are references, those that are not empty (HA-8).
    """

    def add(self, product: Product, /) -> Product:
        """Store a new product. Raises AlreadyExists for its id, reference or one of its SKUs."""
        ...

    def save(self, product: Product, /) -> Product:
        """Store a changed product.

        Raises NotFound, Conflict, or AlreadyExists for a SKU or its reference.
        """
        ...

    def restore(self, products: Iterable[Product], /) -> None:
        """Store products as they are, versions included: all of them or none (ST-12).

        Raises AlreadyExists, or InvalidField for a version that none can have.
        """
        ...

    def get(self, product_id: str, /) -> Product:
        """Return a product. Raises NotFound."""
        ...

    def by_sku(self, sku: str) -> Product:
        """Return the product that has this SKU. Raises NotFound."""
        ...

    def by_reference(self, reference: str) -> Product:
        """Return the product that another system knows by this reference. Raises NotFound."""
        ...

    def by_barcode(self, barcode: str, *, page: str = "", limit: int = PAGE_SIZE) -> Page[Product]:
        """List the products that have a variant with this barcode, by folded title and id.

        Barcodes need not be unique. They are compared by `cartcore.shop.product.barcode_key`.
        """
        ...

    def many(self, product_ids: Iterable[str], /) -> Mapping[str, Product]:
        """Return those of the products that exist, by id."""
        ...

    def search(
        self,
        text: str = "",
        *,
        published_only: bool = False,
        page: str = "",
        limit: int = PAGE_SIZE,
    ) -> Page[Product]:
        """List products by folded title and id.

        Each word of `text` must start some word of the title, or the whole text must be the
        beginning of one of the product's SKUs or one of its barcodes (see
        `cartcore.values.search.matches` and `cartcore.values.text.normal`). `published_only` leaves
        out those without a published variant.
        Raises TooManyWords.
        """
        ...

    def count(
        self, text: str = "", *, published_only: bool = False, most: int = LARGEST_PAGE
    ) -> int:
        """Return how many `search` lists; no more than `most` are counted (HA-9)."""
        ...

    def any_published(self) -> bool:
        """Whether at least one published product has a published variant (OE-1)."""
        ...


NO_CODES: Mapping[str, str] = MappingProxyType({})
"""The codes that no code is asked for by."""


@attrs.frozen(kw_only=True)
class PromotionChanges:
    """What may have become of the active promotions since an earlier state.

    Attributes:
        revision: The revision of the state that this is read from (see `Promotions.revision`).
        promotions: Promotions as they are in that state, each once: all those that became active
            or inactive or were changed in any way, and perhaps others.
    """

    revision: int | None
    promotions: tuple[Promotion, ...]


class Promotions(Protocol):
    """The promotions and their redemptions. A code belongs to one promotion (`normalize_code`)."""

    def add(self, promotion: Promotion, /) -> Promotion:
        """Store a new promotion. Raises AlreadyExists for its id or one of its codes."""
        ...

    def save(self, promotion: Promotion, /) -> Promotion:
        """Store a changed promotion. Raises NotFound, Conflict, or AlreadyExists for a code."""
        ...

    def restore(self, promotions: Iterable[Promotion], /) -> None:
        """Store promotions as they are, versions included: all of them or none (ST-12).

        One with a code that only reads the same as that of another one is kept,
        too: whoever was there first keeps the key (OE-27). Raises AlreadyExists, or InvalidField
        for a version that none can have.
        """
        ...

    def get(self, promotion_id: str, /) -> Promotion:
        """Return a promotion. Raises NotFound."""
        ...

    def by_code(self, promo_code: str) -> Promotion:
        """Return the promotion that a code belongs to (see `normalize_code`). Raises NotFound."""
        ...

    def many(self, promotion_ids: Iterable[str], /) -> Mapping[str, Promotion]:
        """Return those of the promotions that exist, by id."""
        ...

    def active(self, at: datetime) -> Sequence[Promotion]:
        """Return the promotions that need no code and can apply at an instant, by id.

        They are enabled, automatic or picked, and have begun and not ended. What the others cost
        does not grow with their number (PR-23).

        Raises:
            InvalidField: a time without a time zone.
        """
        ...

    def revision(self) -> int | None:
        """Return a number that stands for the state of all promotions that this work sees (PR-23).

        Every commit that changes, adds or restores a promotion makes it larger. It is None in a
        unit of work that did so itself: nobody else may ever see what that sees.
        """
        ...

    def changes(self, since: int, was: datetime, now: datetime) -> PromotionChanges:
        """Return what became of `active(was)` at a revision until `active(now)` (PR-23).

        It costs what has changed, however many promotions there are; `now` may be before `was`. If
        `since` is larger than the revision that this work sees, its promotions say nothing.

        Raises:
            InvalidField: no revision, or a time without a time zone.
        """
        ...

    def search(
        self,
        wanted: PromotionFilter = EVERY_PROMOTION,
        *,
        page: str = "",
        limit: int = PAGE_SIZE,
    ) -> Page[Promotion]:
        """List those that match, by id: all unless told otherwise (HA-9).

        A code finds the promotion that it belongs to, as `by_code` does. Raises InvalidField for a
        state without a time.
        """
        ...

    def count(self, wanted: PromotionFilter = EVERY_PROMOTION, *, most: int = LARGEST_PAGE) -> int:
        """Return how many `search` lists; no more than `most` are counted (HA-9)."""
        ...

    def usage(
        self,
        promotion_ids: Iterable[str],
        contact_id: str,
        promo_codes: Mapping[str, str] = NO_CODES,
    ) -> Mapping[str, Usage]:
        """Return how often each was redeemed, by anyone and by this contact, and what it gave.

        `promo_codes` are codes by promotion id, in any case: how often each was used for its
        promotion.
        """
        ...


class Drafts(Protocol):
    """The drafts. A placed draft is gone; its order knows its id."""

    def add(self, draft: Draft, /) -> Draft:
        """Store a new draft. Raises AlreadyExists for its id."""
        ...

    def save(self, draft: Draft, /) -> Draft:
        """Store a changed draft. Raises NotFound, or StaleDraft for an old version (OE-22)."""
        ...

    def restore(self, drafts: Iterable[Draft], /) -> None:
        """Store drafts as they are, versions included: all of them or none (ST-12).

        Raises AlreadyExists, or InvalidField for a version that none can have.
        """
        ...

    def get(self, draft_id: str, /) -> Draft:
        """Return a draft. Raises NotFound."""
        ...

    def remove(self, draft: Draft) -> None:
        """Remove a draft. Raises NotFound, or StaleDraft for an old version."""
        ...

    def search(
        self,
        wanted: DraftFilter = EVERY_DRAFT,
        *,
        sort: DraftSort = DraftSort.LATEST_CHANGE,
        page: str = "",
        limit: int = PAGE_SIZE,
    ) -> Page[Draft]:
        """List those that match, the last changed first unless asked otherwise (OE-22, HA-11).

        By `updated_at`, then id. What is asked of the contact is compared with the one that this
        unit of work has.
        """
        ...

    def count(self, wanted: DraftFilter = EVERY_DRAFT, *, most: int = LARGEST_PAGE) -> int:
        """Return how many match; no more than `most` are counted (HA-9)."""
        ...


class Orders(Protocol):
    """The placed orders. Number, draft, idempotency key and a reference are unique."""

    def next_number(self) -> str:
        """Return a number that no order has: digits, rising, the first is 1001.

        Raises:
            StorageUnavailable: after 10^18 - 1, which is the last one.
        """
        ...

    def last_number(self) -> int:
        """Return the number that `next_number` counts on from; 1000 before the first."""
        ...

    def reserve_numbers(self, up_to: int) -> None:
        """Let `next_number` give larger numbers than this one from now on (ST-12).

        Raises:
            InvalidField: not a whole number from 0 to 10^18 - 1.
        """
        ...

    def add(self, order: Order, /) -> Order:
        """Store a new order and its redemptions.

        Raises:
            AlreadyExists: an order has its id, number, draft, idempotency key or reference.
        """
        ...

    def save(self, order: Order, /) -> Order:
        """Store a changed order; its redemptions are the ones it has now.

        Raises Conflict, or AlreadyExists for its reference.
        """
        ...

    def restore(self, orders: Iterable[Order], /) -> None:
        """Store orders as they are, versions included: all of them or none (ST-12).

        Raises AlreadyExists, or InvalidField for a version that none can have.
        """
        ...

    def keep_promotions(self, promotions: Iterable[Promotion], /) -> None:
        """Keep promotions that orders were priced from, each version once (SC-11).

        A version that is there already stays as it is.
        """
        ...

    def kept_promotions(
        self, versions: Iterable[tuple[str, int]], /
    ) -> Mapping[tuple[str, int], Promotion]:
        """Return those of some (id, version) pairs that were kept."""
        ...

    def list_kept_promotions(self, *, page: str = "", limit: int = PAGE_SIZE) -> Page[Promotion]:
        """List all promotions that were kept, by id and version."""
        ...

    def get(self, order_id: str, /) -> Order:
        """Return an order. Raises NotFound."""
        ...

    def by_number(self, number: str) -> Order:
        """Return the order with this number. Raises NotFound."""
        ...

    def by_reference(self, reference: str) -> Order:
        """Return the order that another system knows by this reference. Raises NotFound."""
        ...

    def by_draft(self, draft_id: str) -> Order | None:
        """Return the order that a draft became, if it did."""
        ...

    def by_idempotency_key(self, key: str) -> Order | None:
        """Return the order that was placed with this key, if there is one."""
        ...

    def placed_by_contact(self, contact_id: str) -> int:
        """Return how many orders a contact has placed, cancelled ones not counted."""
        ...

    def search(
        self,
        wanted: OrderFilter,
        *,
        sort: OrderSort = OrderSort.NEWEST,
        page: str = "",
        limit: int = PAGE_SIZE,
    ) -> Page[Order]:
        """List those that match, newest first unless asked otherwise (OE-20).

        The exact orders are in `cartcore.storage.keys.ORDER_SORTINGS`. A page belongs to the order
        that it is a page of. Raises InvalidField.
        """
        ...

    def summaries(
        self,
        wanted: OrderFilter,
        *,
        sort: OrderSort = OrderSort.NEWEST,
        page: str = "",
        limit: int = PAGE_SIZE,
    ) -> Page[OrderSummary]:
        """List what `search` lists, read only as far as lists show it; its pages are the same."""
        ...

    def count(self, wanted: OrderFilter, *, most: int = LARGEST_PAGE) -> int:
        """Return how many match; no more than `most` are counted (HA-9)."""
        ...


class UnitOfWork(Protocol):
    """One consistent piece of work on everything that is kept."""

    @property
    def contacts(self) -> Contacts:
        """The contacts."""
        ...

    @property
    def products(self) -> Products:
        """The catalogue."""
        ...

    @property
    def promotions(self) -> Promotions:
        """The promotions."""
        ...

    @property
    def drafts(self) -> Drafts:
        """The drafts."""
        ...

    @property
    def orders(self) -> Orders:
        """The orders."""
        ...

    @property
    def events(self) -> Events:
        """What happened to orders."""
        ...

    def check(self) -> None:
        """Raise if nothing of it can be stored any more, as an error has undone it (ST-5)."""
        ...

    def committed_state(self) -> object:
        """Return a mark of the committed state that the work began with.

        Two units of work of a storage whose marks are equal began with the same records: what one
        has read, the other need not read again. None where that cannot be told.
        """
        ...

    def commit(self) -> None:
        """Store everything that was changed, all of it or none."""
        ...


class Storage(Protocol):
    """What an adapter gives to an order desk."""

    def read(self) -> AbstractContextManager[UnitOfWork]:
        """Open a consistent view. Its records cannot be changed, and it never waits for writers."""
        ...

    def write(self) -> AbstractContextManager[UnitOfWork]:
        """Open a unit of work that sees the latest state and excludes other writers."""
        ...
