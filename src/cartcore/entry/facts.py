"""What the storage knows of a draft: the facts that its price and its problems follow from."""

import weakref
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from datetime import datetime
from functools import cached_property

import attrs

from cartcore.cart import Customer
from cartcore.entry.active_promotions import ActivePromotions
from cartcore.errors import NotFound, WorkEnded
from cartcore.orders.draft import Draft
from cartcore.pricing.candidate import Candidate
from cartcore.pricing.promotion_set import PromotionSet
from cartcore.promotions.promotion import Promotion, Trigger, Usage
from cartcore.shop.contact import Contact
from cartcore.shop.product import Product
from cartcore.storage.ports import UnitOfWork


class StoredProducts(dict[str, Product]):
    """Products by id, read when first asked for: promotions may add any product.

    `asked` has the ids of all that were asked for, those without a product, too.
    """

    def __init__(self, work: UnitOfWork) -> None:
        super().__init__()
        self._work = work
        self.asked: set[str] = set()

    def read(self, product_ids: set[str]) -> None:
        """Read several at once."""
        self.update(self._work.products.many(product_ids - self.asked))
        self.asked |= product_ids

    def __missing__(self, product_id: str) -> Product:
        self.asked.add(product_id)
        try:
            self[product_id] = self._work.products.get(product_id)
        except NotFound:
            raise KeyError(product_id) from None
        return self[product_id]


class FoundPromotions(PromotionSet):
    """The promotions that concern a draft, found among the active ones when they are asked for.

    `keys` has the keys of lines by which they were looked for, `usage` how often those that have
    limits were used. It holds what was found and nothing else.
    """

    def __init__(self, draft: Draft, named: Iterable[Candidate], reader: "FactReader") -> None:
        super().__init__()
        self._draft = draft
        # Weak: what is kept of a look must not keep all promotions.
        self._reader = weakref.ref(reader)
        self._named = tuple(named)
        self.keys: frozenset[str] | None = None
        self.usage: dict[str, Usage] = {}
        for candidate in self._named:
            self._put(candidate)

    def find(
        self, keys: AbstractSet[str], trigger: Trigger = Trigger.AUTOMATIC
    ) -> Iterable[Candidate]:
        """Return those that can apply to a cart with lines of these keys; see `PromotionSet`."""
        if self.keys is None or not keys <= self.keys:
            reader = self._reader()
            if reader is None:
                raise WorkEnded
            new = [c for c in reader.active.find(keys) if self.candidate(c.id) is None]
            first = self._named if self.keys is None else ()
            self.keys = frozenset(keys) | (self.keys or frozenset())
            for candidate in new:
                self._put(candidate)
            self.usage |= reader.usage((*first, *new), self._draft)
        return super().find(keys, trigger)


def _by_id(promotions: Iterable[Promotion]) -> dict[str, Promotion]:
    return {promotion.id: promotion for promotion in promotions}


@attrs.frozen(kw_only=True)
class Facts:
    """What the storage knows that matters to a draft: equal facts give equal views."""

    contact: Contact | None
    customer: Customer
    products: StoredProducts
    promotions: FoundPromotions = attrs.field(eq=_by_id)
    usage: dict[str, Usage]


class FactReader:
    """Reads facts for an instant in one unit of work, which sees one state: nothing is read twice.

    Of all promotions it reads those that have changed since others looked, and those that are asked
    for by id: the ones that staff applied, to say of one that has ended that it has (PR-23).
    """

    def __init__(self, work: UnitOfWork, at: datetime, active: ActivePromotions) -> None:
        self._work = work
        self._at = at
        self._active = active
        self._products = StoredProducts(work)
        self._named: dict[str, Candidate] = {}
        self._usage: dict[tuple[str, str, str], Usage] = {}
        self._orders_placed: dict[str, int] = {}

    @cached_property
    def active(self) -> PromotionSet:
        """The active promotions that need no code."""
        return self._active.at(self._work.promotions, self._at)

    def contact(self, draft: Draft) -> Contact | None:
        """Return the contact of a draft, as it is stored; None if there is none any more."""
        if not draft.contact_id:
            return None
        try:
            return self._work.contacts.get(draft.contact_id)
        except NotFound:  # it was removed since: another one has to be chosen
            return None

    def facts(
        self,
        draft: Draft,
        contact: Contact | None,
        *,
        before: Facts | None = None,
        named: Iterable[str] = (),
    ) -> Facts:
        """Return the facts for a draft; `contact` is its contact, perhaps not stored yet.

        They have all products and promotions that were asked for `before`: if nothing has changed
        since then, the facts are equal. `named` are ids of further promotions that they have,
        active or not.
        """
        asked = before.products.asked if before else set()
        self._products.read(asked | {line.product_id for line in draft.lines if not line.custom})
        wanted = {a.promotion_id for a in draft.applied}.union(named)
        promotions = FoundPromotions(draft, self._candidates(wanted), self)
        if before is not None and before.promotions.keys is not None:
            promotions.find(before.promotions.keys)
        return Facts(
            contact=contact,
            customer=self._customer(contact),
            products=self._products,
            promotions=promotions,
            usage=promotions.usage,
        )

    def _candidates(self, promotion_ids: AbstractSet[str]) -> list[Candidate]:
        """Those of some promotions that exist, active or not."""
        active = {each: self.active.candidate(each) for each in sorted(promotion_ids)}
        others = {each for each, candidate in active.items() if candidate is None}
        read = self._work.promotions.many(others - self._named.keys())
        self._named.update((each.id, Candidate.of(each)) for each in read.values())
        found = [active[each] or self._named.get(each) for each in active]
        return [candidate for candidate in found if candidate is not None]

    def usage(self, candidates: Iterable[Candidate], draft: Draft) -> dict[str, Usage]:
        """The usage of those that have limits, read together: by the contact, and by their code."""
        entered = {a.promotion_id: a.promo_code for a in draft.applied if a.promo_code}
        promotions = (candidate.promotion for candidate in candidates)
        codes = {p.id: entered.get(p.id, "") for p in promotions if p is not None and p.limits}
        unknown = {
            each: code
            for each, code in codes.items()
            if (each, draft.contact_id, code) not in self._usage
        }
        if unknown:
            used = {each: code for each, code in unknown.items() if code}
            found = self._work.promotions.usage(unknown, draft.contact_id, used)
            for each, usage in found.items():
                self._usage[each, draft.contact_id, unknown[each]] = usage
        return {each: self._usage[each, draft.contact_id, code] for each, code in codes.items()}

    def _customer(self, contact: Contact | None) -> Customer:
        if contact is None:
            return Customer()
        if contact.id not in self._orders_placed:
            self._orders_placed[contact.id] = self._work.orders.placed_by_contact(contact.id)
        placed = self._orders_placed[contact.id]
        return Customer(
            contact_id=contact.id,
            tags=contact.tags,
            orders_placed=placed,
            attributes=contact.attributes,
        )
