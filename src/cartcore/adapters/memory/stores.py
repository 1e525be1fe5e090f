"""What a unit of work in memory gives access to, kind by kind."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Generic

from cartcore.adapters.memory.table import Table
from cartcore.adapters.memory.work import State, Work
from cartcore.orders.draft import Draft
from cartcore.orders.filters import EVERY_DRAFT, DraftFilter, DraftSort, OrderFilter, OrderSort
from cartcore.orders.order import Order, OrderStatus, OrderSummary
from cartcore.promotions.filters import EVERY_PROMOTION, PromotionFilter, asked_for
from cartcore.promotions.promotion import Promotion, Redemption, Usage
from cartcore.shop.contact import Contact, ContactFilter
from cartcore.shop.product import Product
from cartcore.storage.keys import (
    DRAFT_SORTINGS,
    KEPT_PROMOTIONS,
    ORDER_SORTINGS,
    R,
    a_number,
    code_key,
    code_keys,
    counted,
    ids,
    order_number,
    promotion_versions,
)
from cartcore.storage.paging import LARGEST_PAGE, PAGE_SIZE, Page
from cartcore.storage.ports import NO_CODES, PromotionChanges
from cartcore.values.money import total
from cartcore.values.readers import as_tuple, flag, of_kind, tuple_of
from cartcore.values.search import searched
from cartcore.values.text import a_text, clean, normal


class Store(Generic[R]):
    """What all stores have in common."""

    def __init__(self, work: Work, table: Callable[[State], Table[R]]) -> None:
        self._work = work
        self._of = table

    @property
    def _table(self) -> Table[R]:
        return self._of(self._work.state)

    def add(self, record: R) -> R:
        with self._work.changing() as state:
            return self._of(state).add(record)

    def save(self, record: R) -> R:
        with self._work.changing() as state:
            return self._of(state).save(record)

    def restore(self, records: Iterable[R]) -> None:
        given = as_tuple(records, "records")
        with self._work.changing() as state:
            self._of(state).restore(given)

    def get(self, record_id: str) -> R:
        return self._table.get(a_text(record_id))


class MemoryContacts(Store[Contact]):
    """The contacts: see `cartcore.storage.Contacts`."""

    def by_reference(self, reference: str) -> Contact:
        return self._table.by("reference", reference, reference)

    def search(
        self, wanted: ContactFilter, *, page: str = "", limit: int = PAGE_SIZE
    ) -> Page[Contact]:
        return self._table.page(of_kind(ContactFilter, wanted, "wanted").matches, page, limit)

    def count(self, wanted: ContactFilter, *, most: int = LARGEST_PAGE) -> int:
        return self._table.count(of_kind(ContactFilter, wanted, "wanted").matches, most)


class MemoryProducts(Store[Product]):
    """The products: see `cartcore.storage.Products`."""

    def by_sku(self, sku: str) -> Product:
        return self._table.by("SKU", sku, sku)

    def by_reference(self, reference: str) -> Product:
        return self._table.by("reference", reference, reference)

    def by_barcode(self, barcode: str, *, page: str = "", limit: int = PAGE_SIZE) -> Page[Product]:
        barcode = a_text(barcode, "barcode")
        return self._table.page(lambda p: bool(p.with_barcode(barcode)), page, limit)

    def many(self, product_ids: Iterable[str]) -> Mapping[str, Product]:
        return self._table.many(product_ids)

    def search(
        self,
        text: str = "",
        *,
        published_only: bool = False,
        page: str = "",
        limit: int = PAGE_SIZE,
    ) -> Page[Product]:
        return self._table.page(_found_by(text, published_only), page, limit)

    def count(
        self, text: str = "", *, published_only: bool = False, most: int = LARGEST_PAGE
    ) -> int:
        return self._table.count(_found_by(text, published_only), most)

    def any_published(self) -> bool:
        return any(product.available for product in self._table.records.values())


def _found_by(text: str, published_only: object) -> Callable[[Product], bool]:
    """What finds the products that a text and a flag ask for."""
    asked = clean(text, "search text")
    only = flag(published_only, "published_only")
    searched(asked)

    def wanted(product: Product) -> bool:
        return (not only or bool(product.available)) and product.found_by(asked)

    return wanted


class MemoryPromotions(Store[Promotion]):
    """The promotions: see `cartcore.storage.Promotions`."""

    def by_code(self, promo_code: str) -> Promotion:
        return self._table.by("code", code_key(promo_code), promo_code)

    def many(self, promotion_ids: Iterable[str]) -> Mapping[str, Promotion]:
        return self._table.many(promotion_ids)

    def active(self, at: datetime) -> Sequence[Promotion]:
        return self._work.state.promotions.active(at)

    def revision(self) -> int | None:
        revision = self._work.state.promotions.revision
        return revision if revision == self._work.began_with else None

    def changes(self, since: int, was: datetime, now: datetime) -> PromotionChanges:
        found = self._work.state.promotions.changed(since, was, now)
        return PromotionChanges(revision=self.revision(), promotions=found)

    def search(
        self,
        wanted: PromotionFilter = EVERY_PROMOTION,
        *,
        page: str = "",
        limit: int = PAGE_SIZE,
    ) -> Page[Promotion]:
        return self._table.page(self._matching(wanted), page, limit)

    def count(self, wanted: PromotionFilter = EVERY_PROMOTION, *, most: int = LARGEST_PAGE) -> int:
        return self._table.count(self._matching(wanted), most)

    def _matching(self, wanted: PromotionFilter) -> Callable[[Promotion], bool]:
        asked = asked_for(wanted)
        owner = self._table.find("code", normal(asked.code)) if asked.code else None

        def matches(promotion: Promotion) -> bool:
            return (not asked.code or promotion is owner) and asked.matches(promotion)

        return matches

    def usage(
        self,
        promotion_ids: Iterable[str],
        contact_id: str,
        promo_codes: Mapping[str, str] = NO_CODES,
    ) -> Mapping[str, Usage]:
        contact_id = a_text(contact_id)
        codes = code_keys(promo_codes)
        redeemed: dict[str, list[Redemption]] = {i: [] for i in ids(promotion_ids, "promotion_ids")}
        for order in self._work.state.orders.records.values():
            for redemption in order.redemptions:
                if redemption.promotion_id in redeemed:
                    redeemed[redemption.promotion_id].append(redemption)

        def used(promotion_id: str, found: Sequence[Redemption]) -> Usage:
            given = [r.discount for r in found if r.discount is not None]
            currencies = sorted({money.currency.code for money in given})
            return Usage(
                total=len(found),
                by_contact=sum(r.contact_id == contact_id for r in found),
                by_code=sum(r.promo_code == codes.get(promotion_id) for r in found),
                discounts=tuple(
                    total((each for each in given if each.currency.code == code), code)
                    for code in currencies
                ),
            )

        return {promotion_id: used(promotion_id, found) for promotion_id, found in redeemed.items()}


class MemoryDrafts(Store[Draft]):
    """The drafts: see `cartcore.storage.Drafts`."""

    def remove(self, draft: Draft) -> None:
        with self._work.changing() as state:
            state.drafts.remove(draft)

    def search(
        self,
        wanted: DraftFilter = EVERY_DRAFT,
        *,
        sort: DraftSort = DraftSort.LATEST_CHANGE,
        page: str = "",
        limit: int = PAGE_SIZE,
    ) -> Page[Draft]:
        sorting = DRAFT_SORTINGS[of_kind(DraftSort, sort, "sort")]
        return self._table.page(self._matching(wanted), page, limit, sorting)

    def count(self, wanted: DraftFilter = EVERY_DRAFT, *, most: int = LARGEST_PAGE) -> int:
        return self._table.count(self._matching(wanted), most)

    def _matching(self, wanted: DraftFilter) -> Callable[[Draft], bool]:
        matches = of_kind(DraftFilter, wanted, "wanted").matches
        contacts = self._work.state.contacts.records
        return lambda draft: matches(draft, contacts.get(draft.contact_id))


class MemoryOrders(Store[Order]):
    """The orders: see `cartcore.storage.Orders`."""

    def next_number(self) -> str:
        with self._work.changing() as state:
            number = order_number(state.last_number + 1)
            state.last_number += 1
            return number

    def add(self, order: Order) -> Order:
        added = super().add(order)
        self.reserve_numbers(counted(order.number))
        return added

    def restore(self, records: Iterable[Order]) -> None:
        orders = as_tuple(records, "records")
        super().restore(orders)
        self.reserve_numbers(max((counted(order.number) for order in orders), default=0))

    def last_number(self) -> int:
        return self._work.state.last_number

    def reserve_numbers(self, up_to: int) -> None:
        number = a_number(up_to)
        with self._work.changing() as state:
            state.last_number = max(state.last_number, number)

    def keep_promotions(self, promotions: Iterable[Promotion]) -> None:
        given = tuple_of(Promotion, "promotions", promotions)
        with self._work.changing() as state:
            new = {(each.id, each.version): each for each in given}
            state.kept_promotions = {**new, **state.kept_promotions}

    def kept_promotions(
        self, versions: Iterable[tuple[str, int]]
    ) -> Mapping[tuple[str, int], Promotion]:
        kept = self._work.state.kept_promotions
        return {pair: kept[pair] for pair in promotion_versions(versions) if pair in kept}

    def list_kept_promotions(self, *, page: str = "", limit: int = PAGE_SIZE) -> Page[Promotion]:
        kept = self._work.state.kept_promotions.values()
        return KEPT_PROMOTIONS.page(kept, page, limit)

    def by_number(self, number: str) -> Order:
        return self._table.by("number", number, number)

    def by_reference(self, reference: str) -> Order:
        return self._table.by("reference", reference, reference)

    def by_draft(self, draft_id: str) -> Order | None:
        return self._table.find("draft", draft_id)

    def by_idempotency_key(self, key: str) -> Order | None:
        return self._table.find("idempotency key", key)

    def placed_by_contact(self, contact_id: str) -> int:
        contact_id = a_text(contact_id)
        return sum(
            order.contact.id == contact_id and order.status is not OrderStatus.CANCELLED
            for order in self._table.records.values()
        )

    def search(
        self,
        wanted: OrderFilter,
        *,
        sort: OrderSort = OrderSort.NEWEST,
        page: str = "",
        limit: int = PAGE_SIZE,
    ) -> Page[Order]:
        matches = of_kind(OrderFilter, wanted, "wanted").matches
        sorting = ORDER_SORTINGS[of_kind(OrderSort, sort, "sort")]
        return self._table.page(matches, page, limit, sorting)

    def summaries(
        self,
        wanted: OrderFilter,
        *,
        sort: OrderSort = OrderSort.NEWEST,
        page: str = "",
        limit: int = PAGE_SIZE,
    ) -> Page[OrderSummary]:
        found = self.search(wanted, sort=sort, page=page, limit=limit)
        summaries = tuple(map(OrderSummary.of, found.items))
        return Page(summaries, found.next_page, found.previous_page)

    def count(self, wanted: OrderFilter, *, most: int = LARGEST_PAGE) -> int:
        return self._table.count(of_kind(OrderFilter, wanted, "wanted").matches, most)
