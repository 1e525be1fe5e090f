"""What the storage knows of a draft: the facts that its price and its problems follow from."""

from collections.abc import Iterable
from datetime import datetime
from functools import cached_property

import attrs

from cartcore.cart import Customer
from cartcore.errors import NotFound
from cartcore.orders.draft import Draft
from cartcore.promotions.promotion import Promotion, Usage, UsageByPromotion
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


@attrs.frozen(kw_only=True)
class Facts:
    """What the storage knows that matters to a draft: equal facts give equal views."""

    contact: Contact | None
    customer: Customer
    products: StoredProducts
    promotions: tuple[Promotion, ...]
    usage: UsageByPromotion


class FactReader:
    """Reads facts for an instant in one unit of work, which sees one state: nothing is read twice.

    Of all promotions it reads those that are active then, and those that are asked for by id: the
    ones that staff applied, to say of one that has ended that it has (PR-23).
    """

    def __init__(self, work: UnitOfWork, at: datetime) -> None:
        self._work = work
        self._at = at
        self._products = StoredProducts(work)
        self._named: dict[str, Promotion] = {}
        self._usage: dict[tuple[str, str, str], Usage] = {}
        self._orders_placed: dict[str, int] = {}

    @cached_property
    def active(self) -> dict[str, Promotion]:
        """The active promotions that need no code, by id."""
        return {promotion.id: promotion for promotion in self._work.promotions.active(self._at)}

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

        They have all products that were asked for `before`: if nothing has changed since then, the
        facts are equal. `named` are ids of further promotions that they have, active or not.
        """
        asked = before.products.asked if before else set()
        self._products.read(asked | {line.product_id for line in draft.lines})
        wanted = {a.promotion_id for a in draft.applied}.union(named) - self.active.keys()
        self._named.update(self._work.promotions.many(wanted - self._named.keys()))
        promotions = self.active | {
            promotion_id: self._named[promotion_id]
            for promotion_id in sorted(wanted & self._named.keys())
        }
        return Facts(
            contact=contact,
            customer=self._customer(contact),
            products=self._products,
            promotions=tuple(promotions.values()),
            usage=self._usage_of(promotions.values(), draft),
        )

    def _usage_of(self, promotions: Iterable[Promotion], draft: Draft) -> UsageByPromotion:
        """The usage of those that have limits, read together: by the contact, and by their code."""
        entered = {a.promotion_id: a.promo_code for a in draft.applied if a.promo_code}
        codes = {p.id: entered.get(p.id, "") for p in promotions if p.limits}
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
