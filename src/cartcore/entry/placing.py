"""Placing a draft: whether what was agreed to still holds, and the order that it becomes.

See OE-18 and OE-19 for what is checked, and ST-7 for requests that are repeated.
"""

from collections.abc import Callable
from datetime import datetime

import attrs

from cartcore.entry import logs, sentences
from cartcore.entry.active_promotions import ActivePromotions
from cartcore.entry.facts import FactReader, Facts
from cartcore.entry.hooks import OrderHooks
from cartcore.entry.opening import check_ready, open_draft
from cartcore.entry.plugin_calls import PluginCalls
from cartcore.entry.reference import QuoteReference
from cartcore.entry.shown import Shown
from cartcore.entry.store import Store
from cartcore.entry.view import DraftView, evaluate
from cartcore.errors import (
    DraftHasProblems,
    DraftPlaced,
    IdempotencyConflict,
    InvalidField,
    NotFound,
    QuoteChanged,
    StaleDraft,
    StepNotReachable,
)
from cartcore.orders.draft import Draft, Step
from cartcore.orders.event import OrderEvent
from cartcore.orders.order import HistoryEntry, Order, OrderShipment, OrderStatus
from cartcore.pricing.quote import Quote
from cartcore.promotions.promotion import Redemption
from cartcore.storage.ports import Storage, UnitOfWork
from cartcore.values.money import show

_MOST_LOOKS = 3  # at a draft whose facts change each time until the lock is had

Seen = Quote | Shown | str
"""What was shown and agreed to: the quote of a view, what it had shown, or its token."""


@attrs.frozen(kw_only=True)
class PlacingRequest:
    """What is asked for: a draft at the price that somebody saw."""

    draft_id: str
    seen: Seen
    actor: str
    idempotency_key: str

    @property
    def key(self) -> str:
        """What the order is kept under: the key that was given, or one made of the draft's id."""
        return self.idempotency_key or f"draft {self.draft_id}"

    @property
    def digest(self) -> str:
        """What tells a repeated request from another one with the same key (ST-7)."""
        # Here and not above: it loads OpenSSL, the slowest import that an order desk would have.
        from hashlib import sha256  # noqa: PLC0415

        if isinstance(self.seen, Quote):
            request = f"{self.draft_id}\n{self.seen.reference}\n{show(self.seen.total)}"
        else:
            token = self.seen if isinstance(self.seen, str) else self.seen.token
            request = f"{self.draft_id}\n{token}"
        return sha256(request.encode(errors="replace")).hexdigest()


def place(
    request: PlacingRequest,
    storage: Storage,
    store: Store,
    plugins: PluginCalls,
    *,
    active: ActivePromotions,
    clock: Callable[[], datetime],
    new_id: Callable[[], str],
    hooks: OrderHooks,
) -> Order:
    """Place a draft as an order, or return the order that the same request placed before."""
    asked_at = clock()
    for looks in range(1, _MOST_LOOKS + 1):
        # Carriers are asked before the write begins: a slow one must not keep others waiting.
        with storage.read() as work:
            look = _look(work, request, store, plugins, active, asked_at)
        if isinstance(look, Order):
            return look
        with storage.write() as work:
            placed = _placed_before(work, request)
            if placed is not None:
                return placed
            stored, contact, found, at = look.draft, look.facts.contact, look.facts, clock()
            reader = FactReader(work, asked_at, active)
            if look.state is None or work.committed_state() != look.state:
                stored = open_draft(work, store, request.draft_id)
                contact = reader.contact(stored)
                found = reader.facts(stored, contact, before=look.facts)
            check_ready(work, store, found.products.values())
            current = look.view
            if (stored, found) != (look.draft, look.facts):
                if looks < _MOST_LOOKS:
                    continue
                reader = FactReader(work, at, active)
                current = evaluate(stored, reader.facts(stored, contact), store, plugins, at)
            seen = request.seen
            if not isinstance(seen, str) and _differences(seen, current):
                # Also of a promotion that is not active any more, to say why it does not apply.
                shown = seen.shown if isinstance(seen, Quote) else seen.quote
                agreed = [promotion_id for promotion_id, _ in shown.promotions]
                known = reader.facts(stored, contact, named=agreed)
                why = evaluate(stored, known, store, plugins, current.quote.at)
                raise QuoteChanged(seen, current.quote, _differences(seen, why))
            current = hooks.checked(current, work)
            _check_agreed(stored, current, seen)
            number = work.orders.next_number()
            order = _order(current, request, order_id=new_id(), number=number, at=at)
            work.orders.keep_promotions(current.quote.considered)
            kept = work.orders.add(order)
            event = work.events.add(OrderEvent.of(kept))
            work.drafts.remove(stored)
            hooks.tell_placed(kept, work)
            work.commit()
        break
    logs.told(event)
    return kept


@attrs.frozen
class _Look:
    """What a draft comes to, and the mark of the committed state in which it does."""

    draft: Draft
    facts: Facts
    view: DraftView
    state: object


def _look(
    work: UnitOfWork,
    request: PlacingRequest,
    store: Store,
    plugins: PluginCalls,
    active: ActivePromotions,
    at: datetime,
) -> _Look | Order:
    """Look at a draft, or return the order that the same request has placed."""
    try:
        draft = open_draft(work, store, request.draft_id)
    except (NotFound, DraftPlaced):  # as after this very request: it is asked for once more
        placed = _placed_before(work, request)
        if placed is None:
            raise
        return placed
    reader = FactReader(work, at, active)
    facts = reader.facts(draft, reader.contact(draft))
    view = evaluate(draft, facts, store, plugins, at)
    return _Look(draft, facts, view, work.committed_state())


def _placed_before(work: UnitOfWork, request: PlacingRequest) -> Order | None:
    order = work.orders.by_idempotency_key(request.key)
    if order is None or order.request_digest == request.digest:
        return order
    if request.key == f"draft {order.draft_id}":
        raise DraftPlaced(order.draft_id, order.number)
    raise IdempotencyConflict(request.key, order.number)


def _differences(seen: Quote | Shown, current: DraftView) -> tuple[str, ...]:
    """What is not as it was seen, in words."""
    if isinstance(seen, Quote):
        return seen.differences(current.quote)
    return seen.differences(current.shown, current.quote)


def _check_agreed(stored: Draft, current: DraftView, seen: Seen) -> None:
    """Refuse what is not as it was seen, or is not ready."""
    match seen:
        case Quote():
            reference = QuoteReference.parse(seen.reference)
            if reference is None or reference.draft_id != stored.id:
                expected = f"that of a quote of the draft {stored.id!r}, as view() gives it"
                raise InvalidField("seen.reference", seen.reference, expected)
            _check_version(stored, reference.version)
        case Shown():
            if seen.draft_id != stored.id:
                expected = f"that of the draft to be placed, {stored.id!r}"
                raise InvalidField("seen.draft_id", seen.draft_id, expected)
            _check_version(stored, seen.version)
        case _:
            version, dot, digest = seen.partition(".")
            if not (version.isascii() and version.isdecimal() and dot and digest):
                raise InvalidField("seen", seen, "the token of a view")
            if seen != current.token:
                raise QuoteChanged(None, current.quote, ())
    if current.blocking:
        raise DraftHasProblems(current.blocking)
    contact = current.contact
    # A quote says nothing else of the contact; what was shown has been compared.
    if isinstance(seen, Quote) and contact is not None:
        now = QuoteReference.of(stored, contact)
        if QuoteReference.parse(seen.reference) != now:
            changed = sentences.contact_changed(contact.reach)
            raise QuoteChanged(seen, current.quote, (changed,))
    if stored.step is not Step.REVIEW:
        reachable = tuple(step.value for step in current.reachable)
        raise StepNotReachable("place", reachable, sentences.not_reviewed(stored.step))


def _check_version(stored: Draft, seen: int) -> None:
    if seen != stored.version:
        raise StaleDraft("draft", stored.id, seen, stored.version)


def _history(
    current: DraftView, status: OrderStatus, at: datetime, actor: str
) -> tuple[HistoryEntry, ...]:
    """What the history of an order begins with: placed, discounts by whom, and the draft's note."""
    said = [(actor, sentences.PLACED)]
    for discount in current.draft.manual:
        decision = current.quote.decision(discount.id)
        if decision is not None:
            line = current.quote.line(discount.line_id)
            what = (
                sentences.units_of(line.quantity, line.description) if line else sentences.THE_ORDER
            )
            told = sentences.manual_discount(decision.discount, what, discount.reason)
            said.append((discount.actor, told))
    for line in current.quote.lines:
        what = sentences.units_of(line.quantity, line.description)
        if line.override is not None:
            why = line.override
            told = sentences.price_override(what, line.unit_price, why.catalogue_price, why.reason)
            said.append((why.actor, told))
        elif line.custom is not None:
            said.append((line.custom.actor, sentences.custom_item(what, line.unit_price)))
    if current.draft.note:
        said.append((actor, current.draft.note))
    return tuple(HistoryEntry(status=status, at=at, actor=by, note=note) for by, note in said)


def _order(
    current: DraftView, request: PlacingRequest, *, order_id: str, number: str, at: datetime
) -> Order:
    contact = current.contact
    shipments = tuple(
        OrderShipment(
            id=v.shipment.id,
            address=v.shipment.address,
            lines=v.shipment.lines,
            speed=v.speed,
            attributes=v.shipment.attributes,
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
        idempotency_key=request.key,
        request_digest=request.digest,
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
        history=_history(current, status, at, request.actor),
        placed_at=at,
        placed_by=request.actor,
        reference=current.draft.reference,
        attributes=current.draft.attributes,
        priced_from=current.quote.priced_from,
    )
