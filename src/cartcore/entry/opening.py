"""Whether orders can be entered, and the drafts that can still be changed (OE-1, OE-22)."""

from collections.abc import Iterable

from cartcore.entry.sentences import ECOMMERCE_OFF, NOTHING_PUBLISHED
from cartcore.entry.store import Store
from cartcore.errors import (
    CurrencyMismatch,
    DraftPlaced,
    InvalidField,
    NotFound,
    StaleDraft,
    StoreNotReady,
)
from cartcore.orders.draft import Draft
from cartcore.shop.product import Product
from cartcore.storage.ports import UnitOfWork


def check_ready(work: UnitOfWork, store: Store, known: Iterable[Product] = ()) -> None:
    """Raise StoreNotReady for a store in which no orders can be entered (OE-1).

    `known` are products that this work has read: one that is published is enough.
    """
    missing = []
    if not store.ecommerce_enabled:
        missing.append(ECOMMERCE_OFF)
    if not any(product.available for product in known) and not work.products.any_published():
        missing.append(NOTHING_PUBLISHED)
    if missing:
        raise StoreNotReady(tuple(missing))


def stored_draft(work: UnitOfWork, draft_id: str, version: int | None = None) -> Draft:
    """Return a draft that is still open and, if one is given, at this version.

    Raises:
        NotFound, DraftPlaced: there is no such draft any more.
        StaleDraft: it has another version by now.
    """
    if version is not None and type(version) is not int:
        raise InvalidField("version", version, "a whole number")
    try:
        stored = work.drafts.get(draft_id)
    except NotFound:
        order = work.orders.by_draft(draft_id)
        if order is None:
            raise
        raise DraftPlaced(draft_id, order.number) from None
    if version is not None and version != stored.version:
        raise StaleDraft("draft", draft_id, version, stored.version)
    return stored


def open_draft(work: UnitOfWork, store: Store, draft_id: str, version: int | None = None) -> Draft:
    """Return a draft that this store can price; else like `stored_draft`.

    Raises:
        CurrencyMismatch: it was begun in another currency.
    """
    draft = stored_draft(work, draft_id, version)
    if draft.currency != store.currency:
        raise CurrencyMismatch(store.currency, draft.currency, f"the draft {draft.id}")
    return draft
