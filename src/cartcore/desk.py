"""The order desk: the whole workflow from contact to placed order, on any storage.

The one place where workflow, pricing and storage meet. Every change is one unit of work; prices
come from the catalogue until the order is placed, and from the order ever after.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache, partial
from uuid import uuid4

import attrs

from cartcore.cart import AppliedPromotion, ManualDiscount
from cartcore.entry.editor import DraftEditor
from cartcore.entry.shown import Shown, reach_sum, told_reach
from cartcore.entry.similar import SimilarContact, similar_contacts
from cartcore.entry.store import Store
from cartcore.entry.view import Ask, DraftView, FactReader, view
from cartcore.errors import (
    Conflict,
    CurrencyMismatch,
    DraftHasProblems,
    DraftPlaced,
    IdempotencyConflict,
    InvalidField,
    NotFound,
    QuoteChanged,
    StaleDraft,
    StepNotReachable,
    StoreNotReady,
)
from cartcore.orders.draft import Draft, Step
from cartcore.orders.filters import OrderFilter
from cartcore.orders.order import HistoryEntry, Order, OrderShipment, OrderStatus, OrderSummary
from cartcore.pricing.quote import Decision, Quote
from cartcore.promotions.promotion import Promotion, Redemption, Trigger
from cartcore.shop.address import Address
from cartcore.shop.contact import Contact, ContactFilter
from cartcore.shop.product import Product
from cartcore.shop.speeds import ask_providers
from cartcore.storage.paging import PAGE_SIZE, Page
from cartcore.storage.ports import Storage, UnitOfWork
from cartcore.values.arguments import check_calls
from cartcore.values.money import show
from cartcore.values.records import typed, utc
from cartcore.values.text import clean


def _now() -> datetime:
    return datetime.now(UTC)


def _random_id() -> str:
    return uuid4().hex


@attrs.frozen(field_transformer=typed)
class AvailablePromotion:
    """A promotion that can be picked, with what it would do (OE-7).

    `decision.open_options` lists the options to be chosen first; `decision.discount` is what it
    takes off where there are none. One that is not `earned` yet says in `decision.message`,
    `missing_amount` and `missing_units` what is missing.
    """

    promotion: Promotion
    decision: Decision

    @property
    def earned(self) -> bool:
        """Whether it can be picked as the cart is now."""
        return self.decision.applied or bool(self.decision.open_options)


@check_calls
class OrderDesk:
    """Where staff enter orders for a store.

    `clock` gives the present time, with a time zone; `new_id` gives ids that are never used twice.
    """

    def __init__(
        self,
        storage: Storage,
        store: Store,
        *,
        clock: Callable[[], datetime] = _now,
        new_id: Callable[[], str] = _random_id,
    ) -> None:
        self.storage = storage
        self.store = store
        self._clock = clock
        self._new_id = new_id

    def __repr__(self) -> str:
        return f"OrderDesk({self.storage!r}, {self.store.currency})"

    def _time(self) -> datetime:
        return utc(self._clock(), "the clock")

    # --- contacts ---

    def find_contacts(
        self, wanted: ContactFilter | str = "", *, page: str = "", limit: int = PAGE_SIZE
    ) -> Page[Contact]:
        """List contacts by what is typed into one field, or by filters (OE-2, OE-31).

        A text is a part of the name, the beginning of the e-mail address, or a phone number.
        """
        filters = ContactFilter(text=wanted) if isinstance(wanted, str) else wanted
        here = filters.phone_country or self.store.country
        with self.storage.read() as work:
            found = attrs.evolve(filters, phone_country=here)
            return work.contacts.search(found, page=page, limit=limit)

    def similar_contacts(
        self, name: str, *, email: str = "", phone: str = "", address: Address | None = None
    ) -> tuple[SimilarContact, ...]:
        """List the contacts that a new one could be, to be offered before it is made (OE-31).

        They have its e-mail address or its phone number, or its name at the same address; each
        says which, and the most alike come first.
        """
        new = Contact(id="new", name=name, email=email, phone=phone)
        with self.storage.read() as work:
            return similar_contacts(work.contacts, new, address=address, region=self.store.country)

    # --- products ---

    def find_products(
        self, text: str = "", *, page: str = "", limit: int = PAGE_SIZE
    ) -> Page[Product]:
        """List what can be ordered by a typed part of the title or the start of a SKU (OE-5)."""
        text = clean(text, "the search")
        with self.storage.read() as work:
            return work.products.search(text, published_only=True, page=page, limit=limit)

    def product(self, product_id: str) -> Product:
        """Return a product, for its options and prices (OE-4). Raises NotFound."""
        with self.storage.read() as work:
            return work.products.get(product_id)

    # --- drafts ---

    def start(self, *, actor: str) -> Draft:
        """Begin a new order, with no contact yet (OE-1, OE-2).

        Raises:
            StoreNotReady: ecommerce is switched off, or nothing is published.
        """
        draft = self._blank(actor)
        with self.storage.write() as work:
            self._check_ready(work)
            stored = work.drafts.add(draft)
            work.commit()
        return stored

    @contextmanager
    def begin(self, *, actor: str) -> Iterator[DraftEditor]:
        """Begin a new order with what the block enters; if it raises, there is no draft (OE-22).

        Raises:
            StoreNotReady: ecommerce is switched off, or nothing is published.
        """
        draft = self._blank(actor)
        with self.storage.read() as work:
            self._check_ready(work)
            with self._editing(work, draft) as editor:
                yield editor
                begun = editor.draft
        with self.storage.write() as work:
            editor.store_contacts(work)
            work.drafts.add(begun)
            work.commit()

    def duplicate(self, number: str, *, actor: str) -> Draft:
        """Begin a new order with the contact and the items of a placed one, at today's prices.

        Promotions, discounts by hand and shipments are not taken over. What is no longer sold, and
        a contact who is no longer there, is told in `cleared`.

        Raises:
            NotFound: no such order.
            StoreNotReady: ecommerce is switched off, or nothing is published.
        """
        order = self.order(number)
        with self.begin(actor=actor) as edit:
            edit.take_over(order)
            draft_id = edit.draft.id
        return self.draft(draft_id)

    def blank(self, *, actor: str) -> DraftView:
        """Return what an order is before anything is entered; nothing is stored.

        Raises:
            StoreNotReady: ecommerce is switched off, or nothing is published.
        """
        with self.storage.read() as work:
            self._check_ready(work)
            at = self._time()
            return self._view(FactReader(work, at), self._blank(actor), self._ask(), at)

    def _blank(self, actor: str) -> Draft:
        at = self._time()
        return Draft(
            id=self._new_id(),
            currency=self.store.currency,
            created_by=clean(actor, "actor", visible=True),
            created_at=at,
            updated_at=at,
        )

    def draft(self, draft_id: str) -> Draft:
        """Return a draft to go on with it (OE-22). Raises NotFound, or DraftPlaced."""
        with self.storage.read() as work:
            return _open(work, draft_id)

    def drafts(
        self,
        *,
        contact_id: str = "",
        actor: str = "",
        page: str = "",
        limit: int = PAGE_SIZE,
    ) -> Page[Draft]:
        """List the drafts, the last changed first (OE-22).

        All of them, or those of a contact and of who began them, where given.
        """
        with self.storage.read() as work:
            return work.drafts.search(contact_id=contact_id, actor=actor, page=page, limit=limit)

    def discard(self, draft_id: str, *, version: int | None = None) -> None:
        """Throw a draft away. Raises NotFound, DraftPlaced, or StaleDraft (see `edit`)."""
        with self.storage.write() as work:
            work.drafts.remove(_open(work, draft_id, version))
            work.commit()

    @contextmanager
    def edit(self, draft_id: str, *, version: int | None = None) -> Iterator[DraftEditor]:
        """Change a draft: all changes in the block are saved together when it ends.

        If anything raises, nothing is saved. With the `version` that the caller last saw, the
        block starts only if that is still the latest one.

        Raises:
            NotFound, DraftPlaced: there is no such draft any more.
            StaleDraft: someone else saved it in the meantime; theirs is kept (OE-22).
        """
        with self.preview(draft_id, version=version) as editor:
            yield editor
            changed = attrs.evolve(editor.draft, updated_at=self._time())
        with self.storage.write() as work:
            _open(work, draft_id, changed.version)
            editor.store_contacts(work)
            work.drafts.save(changed)
            work.commit()

    @contextmanager
    def preview(self, draft_id: str, *, version: int | None = None) -> Iterator[DraftEditor]:
        """Try changes of a draft on the same engine, storing nothing (OE-24)."""
        with (
            self.storage.read() as work,
            self._editing(work, self._open(work, draft_id, version)) as editor,
        ):
            yield editor

    @contextmanager
    def _editing(self, work: UnitOfWork, draft: Draft) -> Iterator[DraftEditor]:
        editor = DraftEditor(
            draft, work, self.store, ask=self._ask(), at=self._time(), new_id=self._new_id
        )
        try:
            yield editor
        finally:
            editor.end()

    def view(self, draft_id: str) -> DraftView:
        """Return what a draft comes to now: price, steps, speeds and problems (OE-16, OE-23)."""
        with self.storage.read() as work:
            at = self._time()
            return self._view(FactReader(work, at), self._open(work, draft_id), self._ask(), at)

    def available_promotions(
        self, draft_id: str, *, unearned: bool = False
    ) -> tuple[AvailablePromotion, ...]:
        """List the promotions that can be picked for this cart and contact (OE-7).

        With `unearned` also those, after the others, that more of something would unlock.
        """
        with self.storage.read() as work:
            stored = self._open(work, draft_id)
            here = {a.promotion_id for a in stored.applied}
            ask, at = self._ask(), self._time()
            reader = FactReader(work, at)
            found = []
            for promotion in reader.active.values():
                if promotion.trigger is not Trigger.PICKED or promotion.id in here:
                    continue
                trial = AppliedPromotion(promotion_id=promotion.id)
                with_it = attrs.evolve(stored, applied=(*stored.applied, trial))
                decision = self._view(reader, with_it, ask, at).quote.decision(promotion.id)
                if decision is not None:
                    found.append(AvailablePromotion(promotion, decision))
            near = [each for each in found if unearned and _nearly(each.decision)]
            return (*(each for each in found if each.earned), *near)

    def _open(self, work: UnitOfWork, draft_id: str, version: int | None = None) -> Draft:
        draft = _open(work, draft_id, version)
        if draft.currency != self.store.currency:
            raise CurrencyMismatch(self.store.currency, draft.currency, f"the draft {draft.id}")
        return draft

    def _view(self, reader: FactReader, draft: Draft, ask: Ask, at: datetime) -> DraftView:
        return view(draft, reader.facts(draft, reader.contact(draft)), self.store, ask, at)

    def _ask(self) -> Ask:
        """The shipping-speed providers, each asked once for the same shipment."""
        return cache(partial(ask_providers, self.store.speeds))

    def _check_ready(self, work: UnitOfWork) -> None:
        missing = []
        if not self.store.ecommerce_enabled:
            missing.append("ecommerce, which is switched off")
        if not work.products.any_published():
            missing.append("a published product")
        if missing:
            raise StoreNotReady(tuple(missing))

    # --- placing ---

    def place(
        self, draft_id: str, *, seen: Quote | Shown | str, actor: str, idempotency_key: str = ""
    ) -> Order:
        """Place a draft as an order, if it still costs what the caller saw (OE-18, OE-19).

        Everything is checked again and stored in one transaction. It is priced for the instant at
        which it was asked, and anew if anything that matters was changed until the transaction
        began. The same `idempotency_key` gives the same order again, never a second one; without
        one, the draft's id serves as the key.

        Args:
            draft_id: the draft.
            seen: what was shown and agreed to: the quote of a `view`, what it had `shown`, or its
                `token`. It belongs to one version of the draft: addresses and gift messages cannot
                change unseen either. With a token alone an error cannot say what differs.
            actor: who places the order.
            idempotency_key: a text of the caller's own that makes it safe to ask again.

        Raises:
            QuoteChanged: something costs more or less by now, or the contact has another name,
                e-mail or phone; carries what was seen and the quote as it is now.
            StaleDraft: the draft was changed since, in something that costs the same.
            DraftHasProblems: something is missing or no longer to be had.
            StepNotReachable: the draft has not been taken to review.
            StoreNotReady: the store takes no orders.
            IdempotencyConflict: the key was used for another request.
            NotFound, DraftPlaced: there is no such draft any more.
        """
        who = clean(actor, "actor", visible=True)
        key = clean(idempotency_key, "idempotency key") or f"draft {draft_id}"
        digest = _digest(draft_id, seen)
        ask, asked_at = self._ask(), self._time()
        with self.storage.read() as work:
            placed = _placed_before(work, key, digest)
            if placed is not None:
                return placed
            # Carriers are asked before the write begins: a slow one must not keep others waiting.
            draft = self._open(work, draft_id)
            reader = FactReader(work, asked_at)
            facts = reader.facts(draft, reader.contact(draft))
            current = view(draft, facts, self.store, ask, asked_at)
        with self.storage.write() as work:
            placed = _placed_before(work, key, digest)
            if placed is not None:
                return placed
            self._check_ready(work)
            stored = self._open(work, draft_id)
            at = self._time()
            reader = FactReader(work, asked_at)
            contact = reader.contact(stored)
            if (stored, reader.facts(stored, contact, before=facts)) != (draft, facts):
                reader = FactReader(work, at)
                current = view(stored, reader.facts(stored, contact), self.store, ask, at)
            if not isinstance(seen, str) and _differences(seen, current):
                # Also of a promotion that is not active any more, to say why it does not apply.
                shown = seen.shown if isinstance(seen, Quote) else seen.quote
                agreed = [promotion_id for promotion_id, _ in shown.promotions]
                known = reader.facts(stored, contact, named=agreed)
                why = view(stored, known, self.store, ask, current.quote.at)
                raise QuoteChanged(seen, current.quote, _differences(seen, why))
            _check_agreed(stored, current, seen)
            order = _order(
                current,
                order_id=self._new_id(),
                number=work.orders.next_number(),
                key=key,
                digest=digest,
                at=at,
                actor=who,
            )
            kept = work.orders.add(order)
            work.drafts.remove(stored)
            work.commit()
        return kept

    # --- orders ---

    def order(self, number: str) -> Order:
        """Return a placed order by its number (OE-20). Raises NotFound."""
        with self.storage.read() as work:
            return work.orders.by_number(number)

    def placed(self, idempotency_key: str) -> Order:
        """Return the order that was placed with this key: an answer that was lost (ST-7).

        Raises:
            NotFound: no order was placed with it.
        """
        with self.storage.read() as work:
            order = work.orders.by_idempotency_key(idempotency_key)
        if order is None:
            raise NotFound("order with the idempotency key", idempotency_key)
        return order

    def orders(
        self, wanted: OrderFilter | None = None, *, page: str = "", limit: int = PAGE_SIZE
    ) -> Page[OrderSummary]:
        """List orders that match, newest first (OE-20); `order` opens one."""
        filters = wanted or OrderFilter()
        here = filters.phone_country or self.store.country
        with self.storage.read() as work:
            found = attrs.evolve(filters, phone_country=here)
            return work.orders.summaries(found, page=page, limit=limit)

    def mark_shipped(
        self,
        number: str,
        shipment_id: str,
        *,
        actor: str,
        tracking: str = "",
        note: str = "",
        version: int | None = None,
    ) -> Order:
        """Record that a shipment was sent; the last one completes the order (OE-21).

        `tracking` is the carrier's number for it, if there is one.

        Like all changes of an order, with the `version` that the caller last saw it is made only
        if that is still the latest one: asking twice by mistake does it once.

        Raises:
            NotFound: no such order or shipment.
            OrderChangeNotAllowed: it was sent before, or the order is cancelled.
            Conflict: the order was changed since that version.
        """
        return self._change(
            number,
            actor,
            version,
            lambda o, at, by: o.mark_shipped(
                shipment_id,
                at=at,
                actor=by,
                tracking=tracking,
                note=note,
                timezone=self.store.timezone,
            ),
        )

    def add_note(self, number: str, note: str, *, actor: str, version: int | None = None) -> Order:
        """Add a note to an order's history (OE-21). Raises NotFound, or Conflict."""
        return self._change(
            number, actor, version, lambda o, at, by: o.with_note(note, at=at, actor=by)
        )

    def cancel(
        self, number: str, *, actor: str, note: str = "", version: int | None = None
    ) -> Order:
        """Cancel an order of which nothing was shipped; redemptions are given back (OE-21).

        Raises:
            NotFound: no such order.
            OrderChangeNotAllowed: something was shipped, or it is cancelled already.
            Conflict: the order was changed since `version`.
        """
        return self._change(
            number, actor, version, lambda o, at, by: o.cancelled(at=at, actor=by, note=note)
        )

    def _change(
        self,
        number: str,
        actor: str,
        version: int | None,
        change: Callable[[Order, datetime, str], Order],
    ) -> Order:
        who = clean(actor, "actor", visible=True)
        if version is not None and type(version) is not int:
            raise InvalidField("version", version, "a whole number")
        with self.storage.write() as work:
            order = work.orders.by_number(number)
            if version is not None and version != order.version:
                raise Conflict("order", number, version, order.version)
            stored = work.orders.save(change(order, self._time(), who))
            work.commit()
        return stored


def _nearly(decision: Decision) -> bool:
    """Whether a promotion that does not apply would with more in the cart."""
    more = decision.missing_amount is not None or decision.missing_units is not None
    return more and not decision.applied


def _open(work: UnitOfWork, draft_id: str, version: int | None = None) -> Draft:
    """The draft as it is stored, if it is still open and, if one is given, at this version."""
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


def _digest(draft_id: str, seen: Quote | Shown | str) -> str:
    """What tells a repeated request from another one with the same key (ST-7)."""
    # Here and not above: it loads OpenSSL, the slowest import that an order desk would have.
    from hashlib import sha256  # noqa: PLC0415

    if isinstance(seen, Quote):
        request = f"{draft_id}\n{seen.reference}\n{show(seen.total)}"
    else:
        request = f"{draft_id}\n{seen if isinstance(seen, str) else seen.token}"
    return sha256(request.encode(errors="replace")).hexdigest()


def _differences(seen: Quote | Shown, current: DraftView) -> tuple[str, ...]:
    """What is not as it was seen, in words."""
    if isinstance(seen, Quote):
        return seen.differences(current.quote)
    return seen.differences(current.shown, current.quote)


def _placed_before(work: UnitOfWork, key: str, digest: str) -> Order | None:
    order = work.orders.by_idempotency_key(key)
    if order is None or order.request_digest == digest:
        return order
    if key == f"draft {order.draft_id}":
        raise DraftPlaced(order.draft_id, order.number)
    raise IdempotencyConflict(key, order.number)


def _check_belongs(stored: Draft, seen: Quote | Shown | str) -> None:
    """Refuse what was never shown of this draft."""
    match seen:
        case Quote():
            draft_id, _, rest = seen.reference.rpartition("@")
            if draft_id != stored.id or not rest.partition("#")[0].isdecimal():
                expected = f"that of a quote of the draft {stored.id!r}, as view() gives it"
                raise InvalidField("seen.reference", seen.reference, expected)
        case Shown():
            if seen.draft_id != stored.id:
                expected = f"that of the draft to be placed, {stored.id!r}"
                raise InvalidField("seen.draft_id", seen.draft_id, expected)
        case _:
            version, dot, digest = seen.partition(".")
            if not (version.isascii() and version.isdecimal() and dot and digest):
                raise InvalidField("seen", seen, "the token of a view")


def _check_agreed(stored: Draft, current: DraftView, seen: Quote | Shown | str) -> None:
    """Refuse what is not as it was seen, or is not ready."""
    _check_belongs(stored, seen)
    now = current.quote
    if isinstance(seen, str):
        if seen != current.token:
            raise QuoteChanged(None, now, ())
    elif _version(seen) != stored.version:
        raise StaleDraft("draft", stored.id, _version(seen), stored.version)
    if current.blocking:
        raise DraftHasProblems(current.blocking)
    contact = current.contact
    if isinstance(seen, Quote) and contact is not None:
        _, _, reach = seen.reference.rpartition("#")
        if reach != reach_sum(contact):
            raise QuoteChanged(seen, now, (told_reach(contact.reach),))
    if stored.step is not Step.REVIEW:
        reachable = tuple(step.value for step in current.reachable)
        because = f"it is on the step {stored.step.value!r} and has not been reviewed"
        raise StepNotReachable("place", reachable, because)


def _version(seen: Quote | Shown) -> int:
    """The version of the draft that was seen."""
    if isinstance(seen, Shown):
        return seen.version
    return int(seen.reference.rpartition("@")[2].partition("#")[0])


def _told(discount: ManualDiscount, current: DraftView) -> str:
    """How much a discount by hand took off what, and why (PR-28)."""
    decision = current.quote.decision(discount.id)
    line = current.quote.line(discount.line_id)
    taken = show(decision.discount) if decision else ""
    what = f"{line.quantity} × {line.description}" if line else "the order"
    return f"discount by hand of {taken} on {what}: {discount.reason}"


def _order(
    current: DraftView,
    *,
    order_id: str,
    number: str,
    key: str,
    digest: str,
    at: datetime,
    actor: str,
) -> Order:
    contact = current.contact
    shipments = tuple(
        OrderShipment(
            id=v.shipment.id, address=v.shipment.address, lines=v.shipment.lines, speed=v.speed
        )
        for v in current.shipments
        if v.speed is not None
    )
    if contact is None or len(shipments) != len(current.shipments):
        raise DraftHasProblems(current.problems)  # never so: both are blocking problems
    status = OrderStatus.PROCESSING if shipments else OrderStatus.COMPLETE
    return Order(
        id=order_id,
        number=number,
        draft_id=current.draft.id,
        idempotency_key=key,
        request_digest=digest,
        contact=contact,
        shipments=shipments,
        quote=current.quote,
        redemptions=tuple(
            Redemption(
                promotion_id=decision.promotion_id,
                contact_id=contact.id,
                promo_code=decision.promo_code,
                discount=decision.discount,
            )
            for decision in current.quote.decisions
            if decision.applied and not decision.actor
        ),
        status=status,
        history=(
            HistoryEntry(status=status, at=at, actor=actor, note="placed"),
            *(
                HistoryEntry(status=status, at=at, actor=each.actor, note=_told(each, current))
                for each in current.draft.manual
            ),
            *(
                HistoryEntry(status=status, at=at, actor=actor, note=note)
                for note in (current.draft.note,)
                if note
            ),
        ),
        placed_at=at,
        placed_by=actor,
    )
