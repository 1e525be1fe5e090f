"""The working copy of a draft: what it comes to, kept while nothing changes (OE-23)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import attrs
from moneyed import Money

from cartcore.cart import CustomItem
from cartcore.entry.assignments import Assignments
from cartcore.entry.facts import FactReader
from cartcore.entry.items import LineItems
from cartcore.entry.manual_discounts import without_old_prices
from cartcore.entry.plugin_calls import PluginCalls
from cartcore.entry.problems import CONTACT_NEEDS_ADDRESS, UNITS_WITHOUT_ADDRESS
from cartcore.entry.sentences import needs_multiple_addresses
from cartcore.entry.store import Store
from cartcore.entry.view import DraftView, evaluate
from cartcore.errors import (
    ContactNeedsAddress,
    MultipleAddressesNotOffered,
    NotFound,
    SpeedsMissing,
    StepNotReachable,
    WorkEnded,
)
from cartcore.orders.draft import Draft, LineItem, Step
from cartcore.pricing.quote_parts import Decision
from cartcore.shop.contact import Contact
from cartcore.shop.speeds import SpeedOffers
from cartcore.values.attributes import Attributes


class WorkingDraft:
    """A draft while it is changed; `contact` is who orders, as they will be stored.

    Lines and shipments that are being changed stand beside the draft, so that many changes cost no
    more than their number; it is put together with them when somebody asks.
    """

    def __init__(
        self, draft: Draft, reader: FactReader, store: Store, *, plugins: PluginCalls, at: datetime
    ) -> None:
        self._reader = reader
        self._store = store
        self._plugins = plugins
        self._at = at
        self.contact = self._reader.contact(draft)
        self.currency = draft.currency
        self.lines = LineItems(draft.lines)
        self._base = attrs.evolve(draft, cleared=())
        self._assignments: Assignments | None = None
        self._offers: dict[str, SpeedOffers] | None = None
        self._view: DraftView | None = None
        self._ended = False

    # --- what it comes to ---

    @property
    def draft(self) -> Draft:
        """The draft as it was made, not settled yet: that is `view.draft`."""
        if self.lines.changed:
            self._base = attrs.evolve(self._base, lines=tuple(self.lines))
            self.lines.changed = False
        if self._assignments is not None and self._assignments.changed:
            self._base = self._assignments.draft
            self._assignments.changed = False
        return self._base

    @property
    def view(self) -> DraftView:
        """What it comes to as it is now."""
        if self._view is None:
            # Looking changes nothing: only what is done with shipments starts from what is seen.
            self._view = self.tried(self.draft)
        return self._view

    def tried(self, draft: Draft) -> DraftView:
        """What another draft of the same contact would come to."""
        facts = self._reader.facts(draft, self.contact)
        return evaluate(draft, facts, self._store, self._plugins, self._at)

    def decide(self, draft: Draft, promotion_id: str) -> Decision:
        """What would become of a promotion in another draft. Raises NotFound."""
        decision = self.tried(draft).quote.decision(promotion_id)
        if decision is None:
            raise NotFound("promotion", promotion_id)
        return decision

    # --- changes ---

    def become(
        self,
        draft: Draft,
        step: Step | None = None,
        *,
        offers: dict[str, SpeedOffers] | None = None,
    ) -> None:
        """Take a changed draft, with what its shipments are offered if that is still known.

        Raises:
            WorkEnded: it would not be saved any more.
        """
        if self._ended:
            raise WorkEnded
        self._base = draft if step in (None, draft.step) else attrs.evolve(draft, step=step)
        self._assignments = self._view = None
        self._offers = offers

    def restore(self, earlier: Draft, contact: Contact | None) -> None:
        """Become what the draft was, with its contact; no id is used twice all the same."""
        now = self.draft
        self.become(
            attrs.evolve(
                earlier,
                cleared=(),
                next_line=max(earlier.next_line, now.next_line),
                next_shipment=max(earlier.next_shipment, now.next_shipment),
                next_discount=max(earlier.next_discount, now.next_discount),
                version=now.version,
            )
        )
        self.contact = contact
        self.lines = LineItems(earlier.lines)

    def end(self) -> None:
        """Allow no more changes: they would not be saved."""
        self._ended = True

    def add_line(
        self,
        product_id: str,
        sku: str,
        quantity: int,
        attributes: Attributes,
        *,
        unit_price: Money | None = None,
        custom: CustomItem | None = None,
    ) -> str:
        """Add a line, of a variant or of a custom item with its price, and return its id."""
        number = self._base.next_line
        line = LineItem(
            id=f"l{number}",
            product_id=product_id,
            sku=sku,
            quantity=quantity,
            attributes=attributes,
            unit_price=unit_price,
            custom=custom,
        )
        self.change_line(line.id, line)
        self._base = attrs.evolve(self._base, next_line=number + 1)
        return line.id

    def change_line(self, line_id: str, line: LineItem | None) -> None:
        """Put a line in the place of the one with its id, or at the end; None takes it out."""
        draft = self._base if self._assignments is None else self.draft
        before = self.lines.get(line_id)
        if line != before:
            draft = without_old_prices(draft, line_id, before, line)
        self.become(draft, Step.ITEMS)
        if line is None:
            self.lines.remove(line_id)
        else:
            self.lines.put(line)

    @contextmanager
    def assigning(self) -> Iterator[Assignments]:
        """Change which units go where; many such changes are priced once, when somebody looks.

        The first one starts from what is seen. Those after it need no look: which lines there are,
        but for tied ones, does not depend on where they go.
        """
        if self._ended:
            raise WorkEnded
        assignments = self._assignments
        if assignments is None:
            draft = attrs.evolve(self.view.draft, step=Step.SHIPPING)
            assignments = Assignments(draft, self.view.quote.lines)
        yield assignments
        self._assignments = assignments
        self._offers = self._view = None
        assignments.changed = True

    def offered(self) -> tuple[Draft, dict[str, SpeedOffers]]:
        """The draft on the shipping step, and the speeds that each of its shipments can have.

        They do not depend on which ones are chosen: those that are known are given again.
        """
        if self._offers is not None:
            return self.draft, self._offers
        self.need(Step.SHIPPING)
        draft = attrs.evolve(self.view.draft, step=Step.SHIPPING)
        return draft, {v.shipment.id: v.offers for v in self.tried(draft).shipments}

    # --- what a change needs ---

    def need(self, step: Step) -> None:
        """Refuse a change that belongs to a step which cannot be reached (OE-23).

        Raises:
            ContactNeedsAddress: the contact has no address (OE-3).
            SpeedsMissing: review, while shipments have no speed (OE-13).
            StepNotReachable: an earlier step is not finished, or the order has nothing to ship.
        """
        # The items step needs no look at the prices, so that many lines are added fast.
        if step is Step.ITEMS and self.contact is not None and self.contact.primary_address:
            return
        view = self.view
        if step in view.reachable:
            return
        codes = {problem.code for problem in view.problems}
        if CONTACT_NEEDS_ADDRESS in codes and self.contact is not None:
            raise ContactNeedsAddress(self.contact.id, self.contact.name)
        if step is Step.REVIEW and Step.SHIPPING in view.reachable:
            missing = [v.shipment for v in view.shipments if v.speed is None]
            if missing and UNITS_WITHOUT_ADDRESS not in codes:
                addresses = tuple(s.address.short for s in missing)
                raise SpeedsMissing(tuple(s.id for s in missing), addresses)
        reachable = tuple(s.value for s in view.reachable)
        raise StepNotReachable(step.value, reachable, view.why_not(step))

    def need_multiple(self, what: str) -> None:
        """Refuse what an order to one address cannot have. Raises MultipleAddressesNotOffered."""
        if self._assignments is not None:  # it was made sure, and nothing else was changed since
            return
        self.need(Step.SHIPPING)
        if not self.view.draft.multiple_addresses:
            raise MultipleAddressesNotOffered(needs_multiple_addresses(what))
