"""The order desk: the whole workflow from contact to placed order, on any storage.

The one place where workflow, pricing and storage meet. Every change is one unit of work; prices
come from the catalogue until the order is placed, and from the order ever after.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from uuid import uuid4

import attrs

from cartcore.entry import logs
from cartcore.entry.active_promotions import ActivePromotions
from cartcore.entry.available_promotions import AvailablePromotion, available_promotions
from cartcore.entry.editor import DraftEditor
from cartcore.entry.facts import FactReader
from cartcore.entry.hooks import NO_HOOKS, OrderHooks
from cartcore.entry.opening import check_ready, open_draft, stored_draft
from cartcore.entry.placing import PlacingRequest, Seen, place
from cartcore.entry.plugin_calls import PluginCalls, PluginLog
from cartcore.entry.repricing import OrderedCart, Repriced, carts, reprice
from cartcore.entry.similar_contacts import SimilarContact, similar_contacts
from cartcore.entry.store import Store
from cartcore.entry.view import DraftView, evaluate
from cartcore.errors import (
    Conflict,
    InvalidField,
    NotFound,
)
from cartcore.orders.draft import Draft
from cartcore.orders.event import OrderEvent
from cartcore.orders.filters import DraftFilter, DraftSort, OrderFilter, OrderSort
from cartcore.orders.order import Order, OrderSummary
from cartcore.promotions.promotion import Promotion
from cartcore.shop.address import Address
from cartcore.shop.contact import Contact, ContactFilter
from cartcore.shop.product import Product
from cartcore.storage.paging import PAGE_SIZE, Page
from cartcore.storage.ports import Storage, UnitOfWork
from cartcore.storage.pruning import prune_events
from cartcore.values.arguments import check_calls
from cartcore.values.money import from_minor
from cartcore.values.readers import tuple_of, utc
from cartcore.values.text import clean


def _now() -> datetime:
    return datetime.now(UTC)


def _random_id() -> str:
    return uuid4().hex


@check_calls
class OrderDesk:
    """Where staff enter orders for a store.

    `clock` gives the present time, with a time zone; `new_id` gives ids that are never used twice;
    `hooks` are told and asked about orders.
    """

    def __init__(
        self,
        storage: Storage,
        store: Store,
        *,
        clock: Callable[[], datetime] = _now,
        new_id: Callable[[], str] = _random_id,
        hooks: OrderHooks = NO_HOOKS,
    ) -> None:
        self.storage = storage
        self.store = store
        self._clock = clock
        self._new_id = new_id
        self._hooks = hooks
        self._active = ActivePromotions()
        self._plugin_log = PluginLog()

    def __repr__(self) -> str:
        return f"OrderDesk({self.storage!r}, {self.store.currency})"

    def _time(self) -> datetime:
        return utc(self._clock(), "the clock")

    def check_ready(self) -> None:
        """Refuse if no order can be entered in the store at present (OE-1).

        Raises:
            StoreNotReady: ecommerce is switched off, or nothing is published.
        """
        with self.storage.read() as work:
            check_ready(work, self.store)

    # --- contacts ---

    def find_contacts(
        self, wanted: ContactFilter | str = "", *, page: str = "", limit: int = PAGE_SIZE
    ) -> Page[Contact]:
        """List contacts by what is typed into one field, or by filters (OE-2, OE-31).

        A text is a part of the name, the beginning of the e-mail address, or a phone number.
        Archived contacts are left out (HA-9), so that a page can have fewer than `limit`.
        """
        filters = ContactFilter(text=wanted) if isinstance(wanted, str) else wanted
        here = filters.phone_country or self.store.country
        with self.storage.read() as work:
            found = attrs.evolve(filters, phone_country=here)
            everyone = work.contacts.search(found, page=page, limit=limit)
        return attrs.evolve(everyone, items=tuple(c for c in everyone.items if not c.archived_at))

    def similar_contacts(
        self, name: str, *, email: str = "", phone: str = "", address: Address | None = None
    ) -> tuple[SimilarContact, ...]:
        """List the contacts that a new one may be, to be shown before it is created (OE-31).

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
            check_ready(work, self.store)
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
            check_ready(work, self.store)
            with self._editing(work, draft) as editor:
                yield editor
                begun = attrs.evolve(editor.draft, total=editor.quote.total)
        with self.storage.write() as work:
            work.drafts.add(editor.store_contacts(work, begun))
            work.commit()

    def duplicate(self, number: str, *, actor: str) -> Draft:
        """Begin a new order with the contact and the items of a placed one, at today's prices.

        Promotions, manual discounts and shipments are not taken over. `cleared` tells what is no
        longer sold, and of a contact who no longer exists.

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
            check_ready(work, self.store)
            return self._evaluated(work, self._blank(actor))

    def _blank(self, actor: str) -> Draft:
        at, who = self._time(), clean(actor, "actor", visible=True)
        return Draft(
            id=self._new_id(),
            currency=self.store.currency,
            created_by=who,
            created_at=at,
            updated_at=at,
            updated_by=who,
            total=from_minor(0, self.store.currency),
        )

    def draft(self, draft_id: str) -> Draft:
        """Return a draft to go on with it (OE-22). Raises NotFound, or DraftPlaced."""
        with self.storage.read() as work:
            return stored_draft(work, draft_id)

    def drafts(
        self,
        *,
        contact_id: str = "",
        actor: str = "",
        sort: DraftSort = DraftSort.LATEST_CHANGE,
        page: str = "",
        limit: int = PAGE_SIZE,
    ) -> Page[Draft]:
        """List the drafts, the last changed first unless asked otherwise (OE-22).

        All of them, or only those of a contact and of the one who began them, if given.
        """
        wanted = DraftFilter(contact_id=contact_id, actor=actor)
        with self.storage.read() as work:
            return work.drafts.search(wanted, sort=sort, page=page, limit=limit)

    def discard(self, draft_id: str, *, version: int | None = None) -> None:
        """Discard a draft. Raises NotFound, DraftPlaced, or StaleDraft (see `edit`)."""
        with self.storage.write() as work:
            work.drafts.remove(stored_draft(work, draft_id, version))
            work.commit()

    @contextmanager
    def edit(
        self, draft_id: str, *, version: int | None = None, actor: str = ""
    ) -> Iterator[DraftEditor]:
        """Change a draft: all changes in the block are saved together when it ends.

        If anything raises, nothing is saved. With the `version` that the caller last saw, the
        block starts only if that is still the latest one. `actor` is who changes it, for others to
        see (`Draft.updated_by`).

        Raises:
            NotFound, DraftPlaced: there is no such draft any more.
            StaleDraft: someone else saved it in the meantime; theirs is kept (OE-22).
        """
        who = clean(actor, "actor")
        with self.preview(draft_id, version=version) as editor:
            yield editor
            changed = attrs.evolve(
                editor.draft,
                updated_at=self._time(),
                updated_by=who,
                total=editor.quote.total,
            )
        with self.storage.write() as work:
            stored_draft(work, draft_id, changed.version)
            work.drafts.save(editor.store_contacts(work, changed))
            work.commit()

    @contextmanager
    def preview(self, draft_id: str, *, version: int | None = None) -> Iterator[DraftEditor]:
        """Try changes of a draft on the same engine, storing nothing (OE-24)."""
        with (
            self.storage.read() as work,
            self._editing(work, open_draft(work, self.store, draft_id, version)) as editor,
        ):
            yield editor

    @contextmanager
    def _editing(self, work: UnitOfWork, draft: Draft) -> Iterator[DraftEditor]:
        editor = DraftEditor(
            draft,
            work,
            self.store,
            active=self._active,
            plugins=self._calls(),
            at=self._time(),
            new_id=self._new_id,
            hooks=self._hooks,
        )
        try:
            yield editor
        finally:
            editor.end()

    def view(self, draft_id: str) -> DraftView:
        """Return what a draft costs now, with its steps, speeds and problems (OE-16, OE-23)."""
        with self.storage.read() as work:
            return self._evaluated(work, open_draft(work, self.store, draft_id))

    def available_promotions(
        self, draft_id: str, *, unearned: bool = False
    ) -> tuple[AvailablePromotion, ...]:
        """List the promotions that can be picked for this cart and contact (OE-7).

        With `unearned`, also those that a larger cart would unlock, after the others.
        """
        with self.storage.read() as work:
            draft = open_draft(work, self.store, draft_id)
            at = self._time()
            reader = FactReader(work, at, self._active)
            plugins = self._calls()
            return available_promotions(draft, reader, self.store, plugins, at, unearned=unearned)

    def _evaluated(self, work: UnitOfWork, draft: Draft) -> DraftView:
        at = self._time()
        reader = FactReader(work, at, self._active)
        facts = reader.facts(draft, reader.contact(draft))
        return self._hooks.checked(evaluate(draft, facts, self.store, self._calls(), at))

    def _calls(self) -> PluginCalls:
        """The calls of plugins, each provider asked once for the same shipment."""
        return PluginCalls(self.store, self._plugin_log)

    # --- placing ---

    def place(self, draft_id: str, *, seen: Seen, actor: str, idempotency_key: str = "") -> Order:
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
            idempotency_key: a text that the caller chooses and that makes it safe to ask again.

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
        request = PlacingRequest(
            draft_id=draft_id,
            seen=seen,
            actor=clean(actor, "actor", visible=True),
            idempotency_key=clean(idempotency_key, "idempotency key"),
        )
        with logs.refusals("place", draft_id=draft_id):
            return place(
                request,
                self.storage,
                self.store,
                self._calls(),
                active=self._active,
                clock=self._time,
                new_id=self._new_id,
                hooks=self._hooks,
            )

    # --- orders ---

    def order(self, number: str) -> Order:
        """Return a placed order by its number (OE-20). Raises NotFound."""
        with self.storage.read() as work:
            return work.orders.by_number(number)

    def order_by_reference(self, reference: str) -> Order:
        """Return the order that another system knows by this reference. Raises NotFound."""
        with self.storage.read() as work:
            return work.orders.by_reference(reference)

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
        self,
        wanted: OrderFilter | None = None,
        *,
        sort: OrderSort = OrderSort.NEWEST,
        page: str = "",
        limit: int = PAGE_SIZE,
    ) -> Page[OrderSummary]:
        """List orders that match, newest first unless asked otherwise (OE-20).

        `order` opens one.
        """
        filters = wanted or OrderFilter()
        here = filters.phone_country or self.store.country
        with self.storage.read() as work:
            found = attrs.evolve(filters, phone_country=here)
            return work.orders.summaries(found, sort=sort, page=page, limit=limit)

    def reprice(self, number: str, *, promotions: Iterable[Promotion] | None = None) -> Repriced:
        """Price a placed order again, from what was kept with it; it stays as it is (SC-11).

        Goods, contact, promotions, redemptions and taxes are those of then, whatever became of them
        since. With `promotions`, it is priced under these instead, at the time of then; goods that
        they add are found if promotions of then added them, too.

        Raises:
            NotFound: no such order.
            CannotReprice: it was placed with a cartcore that did not keep what it was priced from,
                or a promotion or a plugin of then is missing.
            InvalidField: two of `promotions` have one id.
            PluginError: a plugin failed, and the policy does not skip it.
            TaxUndetermined: nobody asked then what the tax on goods is that `promotions` add.
        """
        others = None if promotions is None else tuple_of(Promotion, "promotions", promotions)
        with self.storage.read() as work:
            return reprice(work, number, others)

    def carts(self, wanted: OrderFilter | None = None) -> Iterator[OrderedCart]:
        """Give the carts that became orders, the oldest first (SC-2).

        They are read some hundred at a time, while they are taken. `carts_from_orders` of
        `cartcore.scenarios` makes of them what `simulate` prices.
        """
        filters = wanted or OrderFilter()
        here = filters.phone_country or self.store.country
        return carts(self.storage, attrs.evolve(filters, phone_country=here))

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

    def set_reference(
        self, number: str, reference: str, *, actor: str, version: int | None = None
    ) -> Order:
        """Give an order the id that another system knows it by (HA-8); an empty one takes it away.

        Raises:
            NotFound: no such order.
            AlreadyExists: another order has the reference.
            Conflict: the order was changed since `version`.
        """
        return self._change(
            number,
            actor,
            version,
            lambda o, at, by: o.with_reference(reference, at=at, actor=by),
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
        with logs.refusals("change", order_number=number), self.storage.write() as work:
            order = work.orders.by_number(number)
            if version is not None and version != order.version:
                raise Conflict("order", number, version, order.version)
            stored = work.orders.save(change(order, self._time(), who))
            event = work.events.add(OrderEvent.of(stored, order))
            self._hooks.tell_changed(order, stored, work)
            work.commit()
        logs.told(event)
        return stored

    # --- events ---

    def events(self, *, after: int = 0, limit: int = PAGE_SIZE) -> tuple[OrderEvent, ...]:
        """Return what happened to orders, in the sequence of the commits (HA-6).

        Whoever reads keeps the `sequence` of the last event that it is done with, and asks for
        those after it: it gets each one at least once, and none is missing.

        Args:
            after: the position: the sequence number of an event, or 0 for the beginning.
            limit: the most events that are returned, up to `LARGEST_PAGE`.

        Raises:
            UnknownPosition: events after that one were pruned, or it is still to come.
        """
        with self.storage.read() as work:
            return tuple(work.events.after(after, limit=limit))

    def prune_events(self, *, up_to: int) -> int:
        """Remove the events up to this one, which all who read them are done with (HA-6).

        Removed in portions, so that nobody has to wait for long before writing.

        Returns:
            How many were removed.

        Raises:
            UnknownPosition: the event is still to come.
        """
        return prune_events(self.storage, up_to=up_to)
