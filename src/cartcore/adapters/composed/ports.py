"""The ports of an application, as a unit of work shows them: what they answer can be relied on."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Generic, TypeVar

from cartcore.adapters.composed.asking import Asking, Wrong, nothing, number, yes_or_no
from cartcore.adapters.standing import Standing
from cartcore.errors import InvalidField, InvalidText, NotFound
from cartcore.errors.sentences import class_name, shown
from cartcore.promotions.filters import EVERY_PROMOTION, PromotionFilter, asked_for
from cartcore.promotions.promotion import Promotion, Usage
from cartcore.shop.contact import Contact, ContactFilter
from cartcore.shop.product import Product
from cartcore.storage.keys import (
    CONTACT,
    PRODUCT,
    PROMOTION,
    Kind,
    R,
    a_revision,
    code_key,
    ids,
    is_active,
)
from cartcore.storage.paging import LARGEST_PAGE, PAGE_SIZE, Page, most_counted, page_size
from cartcore.storage.ports import NO_CODES, PromotionChanges, Promotions
from cartcore.values.readers import as_tuple, flag, of_kind, utc
from cartcore.values.search import searched
from cartcore.values.text import a_text, clean

P = TypeVar("P", Contact, Product)


class CheckedPort(Generic[R]):
    """What the ports have in common.

    What is read outside of the transaction may change meanwhile. So a record is read once: a unit
    of work sees one state of it.
    """

    kind: Kind[R]

    def __init__(self, port: object, standing: Standing) -> None:
        self._ask = Asking(self.kind, port, standing)
        self._gives_ids = self._ask.says("gives_ids")
        self._keeps = self._ask.says("outside_transaction")
        self._kept: dict[str, R] = {}

    def get(self, record_id: str, /) -> R:
        wanted = a_text(record_id)
        if wanted in self._kept:
            return self._kept[wanted]
        return self._keep(self._found("get", wanted, self._ask.with_id(wanted)))

    def add(self, record: R, /) -> R:
        given = self.kind.checked(record)
        answer = self._ask.record if self._gives_ids else self._ask.with_id(given.id)
        return self._change("add", given, answer)

    def save(self, record: R, /) -> R:
        given = self.kind.checked(record)
        return self._change("save", given, self._ask.with_id(given.id))

    def restore(self, records: Iterable[R], /) -> None:
        given = tuple(map(self.kind.restorable, as_tuple(records, "records")))
        self._kept.clear()
        self._ask.change("restore", given, nothing)

    def _change(self, call: str, record: R, answer: Callable[[object], R]) -> R:
        self._kept.clear()
        return self._ask.change(call, record, answer)

    def _found(self, call: str, key: str, answer: Callable[[object], R]) -> R:
        try:
            return self._ask.read(call, key, answer=answer, refusals=(NotFound,))
        except NotFound as error:
            raise self.kind.not_found(key) from error

    def _keep(self, record: R) -> R:
        return self._kept.setdefault(record.id, record) if self._keeps else record


class CheckedTogether(CheckedPort[R]):
    """A port whose records can be asked for together."""

    def many(self, record_ids: Iterable[str], /) -> Mapping[str, R]:
        wanted = dict.fromkeys(ids(record_ids, "ids"))
        new = [each for each in wanted if each not in self._kept]
        found = self._ask.read("many", tuple(new), answer=self._ask.by_id(new)) if new else {}
        for record in found.values():
            self._keep(record)
        return {**{each: self._kept[each] for each in wanted if each in self._kept}, **found}


def _referred_to(record: P, reference: str) -> P:
    if record.reference != reference:
        raise Wrong(f"it answered {shown(record.id)}, which has another reference")
    return record


class CheckedContacts(CheckedPort[Contact]):
    """The contacts: see `cartcore.storage.Contacts`."""

    kind = CONTACT

    def by_reference(self, reference: str) -> Contact:
        wanted = a_text(reference, "reference")
        if not wanted:
            raise CONTACT.not_found(wanted)

        def taken(answer: object) -> Contact:
            return _referred_to(self._ask.record(answer), wanted)

        return self._keep(self._found("by_reference", wanted, taken))

    def search(
        self, wanted: ContactFilter, *, page: str = "", limit: int = PAGE_SIZE
    ) -> Page[Contact]:
        asked = of_kind(ContactFilter, wanted, "wanted")
        size = page_size(limit)
        taken = self._ask.page(size)
        return self._ask.read("search", asked, page=_asked(page), limit=size, answer=taken)

    def count(self, wanted: ContactFilter, *, most: int = LARGEST_PAGE) -> int:
        asked, up_to = of_kind(ContactFilter, wanted, "wanted"), most_counted(most)
        return self._ask.read("count", asked, most=up_to, answer=number(up_to))


class CheckedProducts(CheckedTogether[Product]):
    """The products: see `cartcore.storage.Products`."""

    kind = PRODUCT

    def by_sku(self, sku: str) -> Product:
        wanted = a_text(sku, "SKU")

        def taken(answer: object) -> Product:
            product = self._ask.record(answer)
            if product.by_sku(wanted) is None:
                raise Wrong(f"it answered the product {shown(product.id)}, which does not have it")
            return product

        return self._keep(self._found("by_sku", wanted, taken))

    def by_reference(self, reference: str) -> Product:
        wanted = a_text(reference, "reference")
        if not wanted:
            raise PRODUCT.not_found(wanted)

        def taken(answer: object) -> Product:
            return _referred_to(self._ask.record(answer), wanted)

        return self._keep(self._found("by_reference", wanted, taken))

    def by_barcode(self, barcode: str, *, page: str = "", limit: int = PAGE_SIZE) -> Page[Product]:
        asked, size = a_text(barcode, "barcode"), page_size(limit)
        taken = self._ask.page(size)
        return self._ask.read("by_barcode", asked, page=_asked(page), limit=size, answer=taken)

    def search(
        self,
        text: str = "",
        *,
        published_only: bool = False,
        page: str = "",
        limit: int = PAGE_SIZE,
    ) -> Page[Product]:
        asked, size = clean(text, "search text"), page_size(limit)
        searched(asked)
        return self._ask.read(
            "search",
            asked,
            published_only=flag(published_only, "published_only"),
            page=_asked(page),
            limit=size,
            answer=self._ask.page(size),
        )

    def count(
        self, text: str = "", *, published_only: bool = False, most: int = LARGEST_PAGE
    ) -> int:
        asked, up_to = clean(text, "search text"), most_counted(most)
        searched(asked)
        return self._ask.read(
            "count",
            asked,
            published_only=flag(published_only, "published_only"),
            most=up_to,
            answer=number(up_to),
        )

    def any_published(self) -> bool:
        return self._ask.read("any_published", answer=yes_or_no)


class CheckedPromotions(CheckedTogether[Promotion]):
    """The promotions: see `cartcore.storage.Promotions`.

    How often they were redeemed is counted where the orders are.
    """

    kind = PROMOTION

    def __init__(self, port: object, standing: Standing, counting: Promotions) -> None:
        super().__init__(port, standing)
        self._counting = counting

    def by_code(self, promo_code: str) -> Promotion:
        key = code_key(promo_code)

        def taken(answer: object) -> Promotion:
            promotion = self._ask.record(answer)
            if key not in promotion.normalized_codes:
                raise Wrong(
                    f"it answered the promotion {shown(promotion.id)}, which has other codes"
                )
            return promotion

        if not key:
            raise PROMOTION.not_found(promo_code)
        return self._keep(self._found("by_code", promo_code, taken))

    def active(self, at: datetime) -> Sequence[Promotion]:
        now = utc(at)

        def taken(answer: object) -> tuple[Promotion, ...]:
            found = self._ask.several(answer)
            for promotion in found:
                if not is_active(promotion, now):
                    raise Wrong(f"it answered the promotion {shown(promotion.id)}, which is not")
            return tuple(sorted(found, key=lambda promotion: promotion.id))

        return self._ask.read("active", now, answer=taken)

    def revision(self) -> int | None:
        return self._ask.read("revision", answer=_revision)

    def changes(self, since: int, was: datetime, now: datetime) -> PromotionChanges:
        def taken(answer: object) -> PromotionChanges:
            if type(answer) is not PromotionChanges:
                raise Wrong(f"it answered a {class_name(answer)}, not PromotionChanges")
            found = self._ask.several(answer.promotions)
            return PromotionChanges(revision=_revision(answer.revision), promotions=found)

        return self._ask.read("changes", a_revision(since), utc(was), utc(now), answer=taken)

    def search(
        self,
        wanted: PromotionFilter = EVERY_PROMOTION,
        *,
        page: str = "",
        limit: int = PAGE_SIZE,
    ) -> Page[Promotion]:
        asked = asked_for(wanted)
        size = page_size(limit)
        taken = self._ask.page(size)
        return self._ask.read("search", asked, page=_asked(page), limit=size, answer=taken)

    def count(self, wanted: PromotionFilter = EVERY_PROMOTION, *, most: int = LARGEST_PAGE) -> int:
        asked, up_to = asked_for(wanted), most_counted(most)
        return self._ask.read("count", asked, most=up_to, answer=number(up_to))

    def usage(
        self,
        promotion_ids: Iterable[str],
        contact_id: str,
        promo_codes: Mapping[str, str] = NO_CODES,
    ) -> Mapping[str, Usage]:
        return self._counting.usage(promotion_ids, contact_id, promo_codes)


def _asked(page: str) -> str:
    """A page that may be one. Raises InvalidField."""
    try:
        return a_text(page, "page")
    except InvalidText:
        raise InvalidField(
            "page", page, "the next_page of an earlier page of this listing"
        ) from None


def _revision(answer: object) -> int | None:
    """A revision, or that there is none."""
    if answer is not None and (type(answer) is not int or not 0 <= answer < 2**63):
        raise Wrong(f"it answered {shown(answer)}, not a revision or None")
    return answer
