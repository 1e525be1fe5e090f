"""Editing a draft: every change that staff can make, checked, one step after the other.

A `DraftEditor` holds one draft while it is changed. Each method either makes its whole change or
raises and changes nothing. Nothing is stored until the order desk saves the result.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from decimal import Decimal

import attrs
from moneyed import Money

from cartcore.cart import AppliedPromotion, ManualDiscount, check_quantity
from cartcore.entry.facts import FactReader
from cartcore.entry.line_items import LineItems
from cartcore.entry.manual_discounts import without_old_prices
from cartcore.entry.shipments import merged
from cartcore.entry.spread import Spread
from cartcore.entry.steps import STEP_OF
from cartcore.entry.store import Store
from cartcore.entry.view import DraftView, evaluate
from cartcore.errors import (
    AmbiguousBarcode,
    CartcoreError,
    CodeOnWrongStep,
    CodeRejected,
    ContactNeedsAddress,
    CurrencyMismatch,
    DiscountRejected,
    EmptyOrder,
    InvalidField,
    InvalidQuantity,
    MultipleAddressesNotOffered,
    NotFound,
    NotPublished,
    OptionsRequired,
    PromotionNotAvailable,
    SpeedNotOffered,
    SpeedsMissing,
    StepNotReachable,
    TiedLineError,
    WorkEnded,
)
from cartcore.orders.draft import Cleared, Draft, Gift, LineItem, Step
from cartcore.orders.order import Order
from cartcore.pricing.quote import Decision, Quote, QuoteLine
from cartcore.promotions.offer import tied_line_id
from cartcore.promotions.promotion import Promotion, Trigger, normalize_code
from cartcore.shop.address import Address
from cartcore.shop.contact import Contact
from cartcore.shop.product import OpenOptions, Product, Variant
from cartcore.shop.speeds import AskSpeeds, SpeedOffers
from cartcore.storage.ports import UnitOfWork
from cartcore.values.arguments import check_calls
from cartcore.values.text import clean, clean_message

Choices = Mapping[str, Mapping[str, str]]
"""Options of tied products: by tied item key, then by option name (OE-7)."""

_CHOICES = 5  # of the variants that share a barcode, so many are told


@attrs.define
class _Spreading:
    """Units being spread over shipments, the lines that they are of, and whether any was moved."""

    units: Spread
    lines: dict[str, QuoteLine]
    changed: bool = False


@check_calls
class DraftEditor:
    """One draft being changed, and what it comes to."""

    def __init__(
        self,
        draft: Draft,
        work: UnitOfWork,
        store: Store,
        *,
        ask: AskSpeeds,
        at: datetime,
        new_id: Callable[[], str],
    ) -> None:
        self._work = work
        self._facts = FactReader(work, at)
        self._store = store
        self._ask = ask
        self._at = at
        self._new_id = new_id
        # Lines and shipments that are being changed stand beside the draft, so that many changes
        # cost no more than their number; it is put together with them when somebody asks.
        self._base = attrs.evolve(draft, cleared=())
        self._lines = LineItems(draft.lines)
        self._spread: _Spreading | None = None
        self._offers: dict[str, SpeedOffers] | None = None
        self._contact = self._facts.contact(draft)
        self._view: DraftView | None = None
        self._ended = False
        self._new_contacts: dict[str, Contact] = {}
        self._changed_contacts: dict[str, Contact] = {}

    # --- what it comes to ---

    @property
    def view(self) -> DraftView:
        """The draft as it is now: priced, with its problems and the steps it can go to."""
        if self._view is None:
            # Looking changes nothing: only what is done with shipments starts from what is seen.
            self._view = self._seen(self._draft)
        return self._view

    @property
    def draft(self) -> Draft:
        """The draft as it would be saved."""
        return self.view.draft

    @property
    def quote(self) -> Quote:
        """The price of the draft as it is now."""
        return self.view.quote

    @property
    def _draft(self) -> Draft:
        """The draft as it was made, not settled yet."""
        if self._lines.changed:
            self._base = attrs.evolve(self._base, lines=tuple(self._lines))
            self._lines.changed = False
        if self._spread is not None and self._spread.changed:
            self._base = self._spread.units.draft
            self._spread.changed = False
        return self._base

    def _seen(self, draft: Draft) -> DraftView:
        facts = self._facts.facts(draft, self._contact)
        return evaluate(draft, facts, self._store, self._ask, self._at)

    def end(self) -> None:
        """Allow no more changes: they would not be saved."""
        self._ended = True

    def _become(self, draft: Draft, step: Step | None = None) -> None:
        if self._ended:
            raise WorkEnded
        self._base = draft if step in (None, draft.step) else attrs.evolve(draft, step=step)
        self._spread = self._offers = None
        self._view = None

    def _change_line(self, line_id: str, line: LineItem | None) -> None:
        """Put a line in the place of the one with its id, or at the end; None takes it out."""
        draft = self._base if self._spread is None else self._draft
        if line != self._lines.get(line_id):
            draft = without_old_prices(draft, line_id)
        self._become(draft, Step.ITEMS)
        if line is None:
            self._lines.remove(line_id)
        else:
            self._lines.put(line)

    def store_contacts(self, work: UnitOfWork) -> None:
        """Store the contacts that were made or given an address along the way."""
        for contact in self._new_contacts.values():
            work.contacts.add(contact)
        for contact in self._changed_contacts.values():
            work.contacts.save(contact)

    # --- contact ---

    def choose_contact(self, contact_id: str) -> Contact:
        """Choose who orders (OE-2). Addresses entered for another contact are cleared.

        Raises:
            NotFound: no such contact.
        """
        if self._contact is not None and contact_id == self._contact.id:
            return self._contact
        contact = (
            self._new_contacts.get(contact_id)
            or self._changed_contacts.get(contact_id)
            or self._work.contacts.get(contact_id)
        )
        self._take_contact(contact)
        return contact

    def create_contact(
        self,
        name: str,
        *,
        email: str = "",
        phone: str = "",
        address: Address | None = None,
        tags: tuple[str, ...] = (),
    ) -> Contact:
        """Make a new contact and choose it; it is stored together with the draft (OE-2)."""
        contact = Contact(
            id=self._new_id(),
            name=name,
            email=email,
            phone=phone,
            addresses=() if address is None else (address,),
            tags=tags,
        )
        self._new_contacts[contact.id] = contact
        self._take_contact(contact)
        return contact

    def _take_contact(self, contact: Contact) -> None:
        draft = attrs.evolve(self._draft, contact_id=contact.id, step=Step.CONTACT)
        self._contact = contact
        if draft.shipments:
            # Another customer's addresses must never be shipped to by accident.
            message = "the addresses, speeds and gift marks of the contact before were taken away"
            lost = Cleared(what="shipments", subject="", message=message)
            draft = attrs.evolve(
                draft,
                shipments=(),
                multiple_addresses=False,
                cleared=(*draft.cleared, lost),
            )
        self._become(draft)

    def add_contact_address(self, address: Address, *, primary: bool = False) -> Contact:
        """Give the chosen contact an address; it is stored together with the draft (OE-3).

        An order that goes to the primary address follows a new one (OE-11).

        Raises:
            StepNotReachable: no contact is chosen yet.
        """
        if self._contact is None:
            here = (Step.CONTACT.value,)
            raise StepNotReachable(Step.ITEMS.value, here, "choose a contact first")
        before = self._contact.primary_address
        contact = self._contact.with_address(address, primary=primary)
        if contact.id in self._new_contacts:
            self._new_contacts[contact.id] = contact
        else:
            self._changed_contacts[contact.id] = contact
        self._contact = contact
        draft = self._draft
        if primary and before is not None and not draft.multiple_addresses:
            shipments = tuple(
                attrs.evolve(s, address=address) if s.address.key == before.key else s
                for s in draft.shipments
            )
            draft = attrs.evolve(draft, shipments=shipments)
        self._become(draft)
        return contact

    # --- items ---

    def add_item(
        self, product_id: str, options: Mapping[str, str] | None = None, *, quantity: int = 1
    ) -> str:
        """Add units of a product with the chosen options; return the line's id (OE-4, OE-5).

        Units of a variant that is already there by hand are added to its line.

        Raises:
            NotFound, NotPublished, OptionsRequired, OptionsNotAvailable: see `Product.choose`.
            InvalidQuantity: not a whole number from 1 to the store's maximum, the sum included.
        """
        self._need(Step.ITEMS)
        product = self._work.products.get(product_id)
        return self._add(product, product.choose(options), quantity)

    def add_sku(self, sku: str, *, quantity: int = 1) -> str:
        """Add units of a variant by its SKU; the rules of `add_item` hold."""
        self._need(Step.ITEMS)
        return self._add_sku(sku, quantity)

    def _add_sku(self, sku: str, quantity: int) -> str:
        try:
            product = self._work.products.by_sku(sku)
        except NotFound:
            raise NotFound("SKU", sku) from None
        variant = product.by_sku(sku)
        if variant not in product.available or variant is None:
            raise NotPublished("SKU", sku)
        return self._add(product, variant, quantity)

    def take_over(self, order: Order) -> None:
        """Take the contact and the items of a placed order, at today's prices.

        Promotions, discounts by hand and shipments are not taken. What is no longer sold, and a
        contact who is no longer there, is told in `cleared`.
        """
        lost = []
        try:
            self.choose_contact(order.contact.id)
        except NotFound:
            message = f"{order.contact.name} is no longer a contact: choose another one"
            lost.append(Cleared(what="contact", subject=order.contact.id, message=message))
        for line in order.quote.lines:
            if line.tied_to:
                continue
            try:
                self._add_sku(line.sku, line.quantity)
            except (NotFound, NotPublished, InvalidQuantity, CurrencyMismatch):
                message = f"{line.quantity} × {line.description} cannot be ordered any more"
                lost.append(Cleared(what="line", subject=line.line_id, message=message))
        self._become(attrs.evolve(self._draft, cleared=tuple(lost)))

    def scan(self, code: str, *, quantity: int = 1) -> str:
        """Add units of the variant whose SKU or barcode a scanner read; else like `add_sku`.

        A SKU goes before a barcode. White space around the code is ignored.

        Raises:
            NotFound, NotPublished: no variant has the code, or none that is on sale.
            AmbiguousBarcode: several variants on sale have it as their barcode.
        """
        self._need(Step.ITEMS)
        code = code.strip()
        with suppress(NotFound):
            return self.add_sku(code, quantity=quantity)
        known = False
        on_sale: list[tuple[Product, Variant]] = []
        for product in self._with_barcode(code):
            known = True
            sold = [v for v in product.with_barcode(code) if v in product.available]
            on_sale += [(product, variant) for variant in sold]
            if len(on_sale) > _CHOICES:
                break
        if not known:
            raise NotFound("SKU or barcode", code)
        if not on_sale:
            raise NotPublished("barcode", code)
        if len(on_sale) > 1:
            some = tuple((v.sku, p.described(v)) for p, v in on_sale[:_CHOICES])
            raise AmbiguousBarcode(code, some)
        [(product, variant)] = on_sale
        return self._add(product, variant, quantity)

    def _with_barcode(self, barcode: str) -> Iterator[Product]:
        page = self._work.products.by_barcode(barcode)
        yield from page.items
        while page.next_page:
            page = self._work.products.by_barcode(barcode, page=page.next_page)
            yield from page.items

    def _add(self, product: Product, variant: Variant, quantity: int) -> str:
        check_quantity(quantity, self._store.maximum_quantity)
        if variant.price.currency.code != self._base.currency:
            code = variant.price.currency.code
            raise CurrencyMismatch(self._base.currency, code, f"the price of {variant.sku}")
        line = self._lines.of(variant.sku)
        if line is not None:
            self._set_line(line, line.quantity + quantity)
            return line.id
        number = self._base.next_line
        line_id = f"l{number}"
        line = LineItem(id=line_id, product_id=product.id, sku=variant.sku, quantity=quantity)
        self._change_line(line_id, line)
        self._base = attrs.evolve(self._base, next_line=number + 1)
        return line_id

    def _set_line(self, line: LineItem, quantity: int) -> None:
        check_quantity(quantity, self._store.maximum_quantity)
        self._change_line(line.id, attrs.evolve(line, quantity=quantity))

    def _own_line(self, line_id: str) -> LineItem:
        """The line, if it was entered by hand."""
        line = self._lines.get(line_id)
        if line is not None:
            return line
        tied = self._any_line(line_id)
        name = self._promotion(tied.tied_to).name
        raise TiedLineError(line_id, tied.tied_to, name)

    def _any_line(self, line_id: str) -> QuoteLine:
        line = self.quote.line(line_id)
        if line is None:
            raise NotFound("line", line_id)
        return line

    def set_quantity(self, line_id: str, quantity: int) -> None:
        """Change how many units a line has (OE-9).

        Raises:
            NotFound: this draft has no such line.
            TiedLineError: the line belongs to a promotion.
            InvalidQuantity: not a whole number from 1 to the store's maximum.
        """
        self._need(Step.ITEMS)
        self._set_line(self._own_line(line_id), quantity)

    def set_options(self, line_id: str, options: Mapping[str, str]) -> None:
        """Choose other options for a line, or the open options of a tied line (OE-9).

        A line that becomes the same variant as another one is merged with it.

        Raises:
            NotFound: this draft has no such line.
            OptionsRequired, OptionsNotAvailable, NotPublished: see `Product.choose`.
        """
        self._need(Step.ITEMS)
        line = self._lines.get(line_id)
        if line is None:
            self._set_tied_options(self._any_line(line_id), options)
            return
        try:
            variant = self._work.products.get(line.product_id).choose(options)
        except NotFound:
            raise NotFound("SKU", line.sku) from None
        twin = self._lines.of(variant.sku)
        if twin is None or twin.id == line_id:
            self._set_line(attrs.evolve(line, sku=variant.sku), line.quantity)
            return
        together = twin.quantity + line.quantity
        check_quantity(together, self._store.maximum_quantity)
        # Units keep their shipments and gift marks.
        self._become(merged(self.draft, line_id, into=twin.id))
        self._change_line(line_id, None)
        self._set_line(twin, together)

    def _set_tied_options(self, line: QuoteLine, options: Mapping[str, str]) -> None:
        promotion = self._promotion(line.tied_to)
        key = line.line_id.removeprefix(tied_line_id(promotion.id, ""))
        application = self._application(promotion.id) or AppliedPromotion(promotion_id=promotion.id)
        kept = tuple((k, sku) for k, sku in application.choices if k != key)
        without = attrs.evolve(application, choices=kept)
        decision = self._decision(self._with_application(self._draft, without), promotion.id)
        sku = self._chosen_sku(decision.open_options, key, options)
        changed = attrs.evolve(application, choices=(*kept, (key, sku)))
        self._become(self._with_application(self._draft, changed), Step.ITEMS)

    def remove_line(self, line_id: str) -> None:
        """Remove a line (OE-9).

        Raises:
            NotFound: this draft has no such line.
            TiedLineError: the line belongs to a promotion, which would have to be removed.
        """
        self._need(Step.ITEMS)
        self._own_line(line_id)
        self._change_line(line_id, None)

    def save_items(self) -> Step:
        """Go on from the items: to shipping if anything ships, else to review (OE-10).

        Raises:
            EmptyOrder: there are no lines.
        """
        self._need(Step.ITEMS)
        if not self.quote.lines:
            raise EmptyOrder
        ships = any(line.requires_shipping for line in self.quote.lines)
        return self.go_to(Step.SHIPPING if ships else Step.REVIEW)

    # --- promotions ---

    def enter_code(self, promo_code: str, choices: Choices | None = None) -> Decision:
        """Apply a promotion by its code, on the step that the code belongs to (OE-6, OE-17).

        `choices` settle open options of products that come with it.

        Raises:
            CodeRejected: unknown, expired, used up, not eligible ...; `reason` says which.
            CodeOnWrongStep: the code belongs to another step.
            OptionsRequired, OptionsNotAvailable: its products have options to be chosen.
        """
        self._need(Step.ITEMS)
        normalized = normalize_code(promo_code)
        try:
            promotion = self._work.promotions.by_code(normalized)
        except NotFound:
            raise CodeRejected(promo_code, "unknown", "there is no such code") from None
        step = STEP_OF[promotion.promotion_class]
        if self._draft.step is not step and not (
            # The items step is where a draft is on its way to once the contact stands.
            step is Step.ITEMS and self._draft.step is Step.CONTACT
        ):
            kind = promotion.promotion_class.value
            raise CodeOnWrongStep(promo_code, kind, self._draft.step.value, step.value)
        if self._application(promotion.id) is not None:
            raise CodeRejected(promo_code, "already_applied", "it is applied already")
        shown = next(c for c in promotion.codes if normalize_code(c) == normalized)

        def rejected(decision: Decision) -> CartcoreError:
            return CodeRejected(promo_code, decision.reason, decision.message)

        application = AppliedPromotion(promotion_id=promotion.id, promo_code=shown)
        return self._apply(application, step, choices, rejected)

    def pick_promotion(self, promotion_id: str, choices: Choices | None = None) -> Decision:
        """Apply a promotion from the list, with its open options chosen (OE-7).

        An automatic promotion can be picked, too: to choose its options, or to have it back.

        Raises:
            NotFound: no such promotion.
            PromotionNotAvailable: it needs a code, is applied already, or is not eligible.
            OptionsRequired, OptionsNotAvailable: its products have options to be chosen.
        """
        promotion = self._promotion(promotion_id)
        step = STEP_OF[promotion.promotion_class]
        self._need(step)
        if promotion.trigger is Trigger.CODE:
            raise PromotionNotAvailable(promotion_id, "needs_code", "it is applied by its code")
        if self._application(promotion_id) is not None:
            raise PromotionNotAvailable(promotion_id, "already_applied", "it is applied already")

        def not_available(decision: Decision) -> CartcoreError:
            return PromotionNotAvailable(promotion_id, decision.reason, decision.message)

        application = AppliedPromotion(promotion_id=promotion_id)
        return self._apply(application, step, choices, not_available)

    def _apply(
        self,
        application: AppliedPromotion,
        step: Step,
        choices: Choices | None,
        refusal: Callable[[Decision], CartcoreError],
    ) -> Decision:
        given = dict(choices or {})
        promotion_id = application.promotion_id
        decision = self._decision(self._with_application(self._draft, application), promotion_id)
        if decision.open_options:
            unanswered = tuple(o for o in decision.open_options if o.key not in given)
            if unanswered:
                raise OptionsRequired(decision.open_options)
            skus = tuple(
                (o.key, self._chosen_sku(decision.open_options, o.key, given.pop(o.key)))
                for o in decision.open_options
            )
            application = attrs.evolve(application, choices=skus)
            decision = self._decision(
                self._with_application(self._draft, application), promotion_id
            )
        if given:
            raise InvalidField("choices", tuple(given), "only products with open options")
        if not decision.applied:
            raise refusal(decision)
        self._become(self._with_application(self._draft, application), step)
        return decision

    def remove_promotion(self, promotion_id: str) -> None:
        """Take a promotion away, with its lines and adjustments (OE-8).

        An automatic one stays away until it is picked again (OE-25).

        Raises:
            NotFound: the draft does not have this promotion.
        """
        draft = self._draft
        decision = self.quote.decision(promotion_id)
        application = self._application(promotion_id)
        unknown = decision is None or decision.actor
        if promotion_id in draft.refused or (unknown and application is None):
            raise NotFound("promotion in this order", promotion_id)
        applied = tuple(a for a in draft.applied if a.promotion_id != promotion_id)
        refused = draft.refused
        try:
            automatic = self._promotion(promotion_id).trigger is Trigger.AUTOMATIC
        except NotFound:
            automatic = False
        if automatic:
            refused = (*refused, promotion_id)
        self._become(attrs.evolve(draft, applied=applied, refused=refused))

    def _promotion(self, promotion_id: str) -> Promotion:
        return self._work.promotions.get(promotion_id)

    def _application(self, promotion_id: str) -> AppliedPromotion | None:
        return next((a for a in self._draft.applied if a.promotion_id == promotion_id), None)

    def _with_application(self, draft: Draft, application: AppliedPromotion) -> Draft:
        """The draft with a promotion applied: in its old place if it has one, else as the last."""
        promotion_id = application.promotion_id
        if any(a.promotion_id == promotion_id for a in draft.applied):
            applied = tuple(
                application if a.promotion_id == promotion_id else a for a in draft.applied
            )
        else:
            applied = (*draft.applied, application)
        refused = tuple(r for r in draft.refused if r != promotion_id)
        return attrs.evolve(draft, applied=applied, refused=refused)

    def _decision(self, draft: Draft, promotion_id: str) -> Decision:
        decision = self._seen(draft).quote.decision(promotion_id)
        if decision is None:
            raise NotFound("promotion", promotion_id)
        return decision

    def _chosen_sku(
        self, open_options: tuple[OpenOptions, ...], key: str, options: Mapping[str, str]
    ) -> str:
        for each in open_options:
            if each.key == key:
                product = self._work.products.get(each.product_id)
                if not isinstance(options, Mapping):
                    raise InvalidField(f"choices[{key!r}]", options, "values by option name")
                return product.choose({**options, **dict(each.fixed)}, key=key).sku
        raise InvalidField("choices", key, "a product of the promotion with open options")

    # --- discounts by hand ---

    def discount_line(
        self,
        line_id: str,
        *,
        percent: Decimal | int | str | None = None,
        amount: Money | None = None,
        price: Money | None = None,
        reason: str,
        actor: str,
    ) -> str:
        """Discount a line by hand, after all promotions; return the discount's id (PR-28).

        Exactly one of: `percent` of what is left of the line, `amount` off all of it, `price` that
        all of it costs instead. A fixed price holds for these units: it goes when they change.

        Raises:
            NotFound: this draft has no such line.
            InvalidField: none or several of the three, or one that is no such figure.
            InvalidText: no reason or no actor.
            CurrencyMismatch: an amount or a price in another currency.
            DiscountRejected: nothing is left of the line that it could take.
        """
        self._need(Step.ITEMS)
        line = self._any_line(line_id)
        discount = self._by_hand(line_id, percent, amount, price, reason, actor)
        return self._give(discount, line.description, Step.ITEMS)

    def discount_order(
        self,
        *,
        percent: Decimal | int | str | None = None,
        amount: Money | None = None,
        price: Money | None = None,
        reason: str,
        actor: str,
    ) -> str:
        """Discount the items of the whole order by hand; else like `discount_line` (PR-28).

        It is about the items that can be discounted: a `price` is what those cost together.
        """
        self._need(Step.REVIEW)
        discount = self._by_hand("", percent, amount, price, reason, actor)
        return self._give(discount, "the order", Step.REVIEW)

    def remove_discount(self, discount_id: str) -> None:
        """Take a discount by hand away (PR-28). Raises NotFound."""
        draft = self._draft
        discount = next((each for each in draft.manual if each.id == discount_id), None)
        if discount is None:
            raise NotFound("discount by hand", discount_id)
        manual = tuple(each for each in draft.manual if each is not discount)
        self._become(attrs.evolve(draft, manual=manual))

    def _by_hand(
        self,
        line_id: str,
        percent: Decimal | int | str | None,
        amount: Money | None,
        price: Money | None,
        reason: str,
        actor: str,
    ) -> ManualDiscount:
        discount = ManualDiscount(
            id=f"by-hand-{self._draft.next_discount}",
            line_id=line_id,
            percent=percent,
            amount=amount,
            price=price,
            reason=clean(reason, "reason", required=True),
            actor=clean(actor, "actor", required=True),
        )
        for money in (discount.amount, discount.price):
            if money is not None and money.currency.code != self._draft.currency:
                code = money.currency.code
                raise CurrencyMismatch(self._draft.currency, code, "the discount")
        return discount

    def _give(self, discount: ManualDiscount, what: str, step: Step) -> str:
        draft = attrs.evolve(
            self._draft,
            manual=(*self._draft.manual, discount),
            next_discount=self._draft.next_discount + 1,
        )
        decision = self._decision(draft, discount.id)
        if not decision.applied:
            raise DiscountRejected(what, decision.reason, decision.message)
        self._become(draft, step)
        return discount.id

    # --- shipping ---

    def ship_to(self, address: Address, *, save_to_contact: bool = False) -> None:
        """Ship everything to one address, for this order alone or for later ones, too (OE-11)."""
        self._need(Step.SHIPPING)
        draft = self.draft
        # All of them: which one is kept, and what is lost with the others, is told by `settle`.
        shipments = tuple(attrs.evolve(s, address=address) for s in draft.shipments)
        if save_to_contact:
            self.add_contact_address(address)
        self._become(
            attrs.evolve(draft, shipments=shipments, multiple_addresses=False), Step.SHIPPING
        )

    def use_multiple_addresses(self) -> None:
        """Let the units go to several addresses (OE-12).

        Raises:
            MultipleAddressesNotOffered: only one unit needs shipping.
        """
        self._need(Step.SHIPPING)
        if not self.view.multiple_addresses_offered:
            raise MultipleAddressesNotOffered(
                "several addresses need at least two units that are shipped"
            )
        self._become(attrs.evolve(self.draft, multiple_addresses=True), Step.SHIPPING)

    def use_one_address(self) -> None:
        """Let everything go to the first address that has units; the rest is cleared."""
        self._need(Step.SHIPPING)
        self._become(attrs.evolve(self.draft, multiple_addresses=False), Step.SHIPPING)

    def add_shipment(self, address: Address, *, save_to_contact: bool = False) -> str:
        """Add an address to ship to; return the shipment's id (OE-12).

        An address that is there already, in whatever case or spacing, gives its shipment.

        Raises:
            MultipleAddressesNotOffered: the order goes to one address.
        """
        self._need_multiple("a second address")
        if save_to_contact:
            self.add_contact_address(address)
        with self._spreading() as spread:
            return spread.units.add(address)

    def assign(self, line_id: str, parts: Mapping[str, int]) -> None:
        """Spread the units of a line over shipments: shipment id to units (OE-12).

        Raises:
            NotFound: no such line that is shipped, or no such shipment.
            InvalidSplit: the units do not add up to the line's quantity.
            MultipleAddressesNotOffered: the order goes to one address.
        """
        self._need_multiple("assigning units")
        with self._spreading() as spread:
            line = spread.lines.get(line_id) or self._any_line(line_id)
            if not line.requires_shipping:
                raise NotFound("shipped line", line_id)
            spread.units.assign(line, parts)

    def mark_gift(self, line_id: str, message: str = "", *, shipment_id: str = "") -> None:
        """Mark a line as a gift, in one shipment or in all it goes with (OE-14).

        Raises:
            MultipleAddressesNotOffered: the order goes to one address.
            NotFound: the line is not shipped, or not with this shipment.
        """
        self._need_multiple("a gift mark")
        gift = Gift(message=clean_message(message, "gift message"))
        with self._spreading() as spread:
            spread.units.mark(line_id, shipment_id, gift)

    def unmark_gift(self, line_id: str, *, shipment_id: str = "") -> None:
        """Take a gift mark away."""
        self._need_multiple("a gift mark")
        with self._spreading() as spread:
            spread.units.mark(line_id, shipment_id, None)

    def choose_speed(self, shipment_id: str, speed: str) -> None:
        """Choose the shipping speed of a shipment, by its code (OE-13).

        Raises:
            NotFound: no such shipment.
            SpeedNotOffered: no provider quotes this speed for this shipment.
        """
        offers = self._offers
        if offers is None:
            self._need(Step.SHIPPING)
            draft = attrs.evolve(self.draft, step=Step.SHIPPING)
            offers = {v.shipment.id: v.offers for v in self._seen(draft).shipments}
        else:
            draft = self._draft
        shipment = draft.shipment(shipment_id)
        if shipment is None:
            raise NotFound("shipment", shipment_id)
        offered = offers[shipment_id].speeds if shipment_id in offers else ()
        if speed not in {each.code for each in offered}:
            codes = tuple(each.code for each in offered)
            raise SpeedNotOffered(shipment_id, shipment.address.short, speed, codes)
        shipments = tuple(
            attrs.evolve(s, speed=speed) if s.id == shipment_id else s for s in draft.shipments
        )
        self._become(attrs.evolve(draft, shipments=shipments), Step.SHIPPING)
        self._offers = offers  # they do not depend on what was chosen

    @contextmanager
    def _spreading(self) -> Iterator["_Spreading"]:
        """Change how units are spread; many such changes are priced once, when somebody looks.

        The first one starts from what is seen. Those after it need no look: which lines there are,
        but for tied ones, does not depend on where they go.
        """
        if self._ended:
            raise WorkEnded
        spread = self._spread
        if spread is None:
            lines = {line.line_id: line for line in self.quote.lines}
            spread = _Spreading(Spread(attrs.evolve(self.draft, step=Step.SHIPPING)), lines)
        yield spread
        self._spread = spread
        self._offers = None
        spread.changed = True
        self._view = None

    def _need_multiple(self, what: str) -> None:
        if self._spread is not None:  # it was made sure, and nothing else was changed since
            return
        self._need(Step.SHIPPING)
        if not self.draft.multiple_addresses:
            message = f"{what} needs shipping to multiple addresses, which is not switched on"
            raise MultipleAddressesNotOffered(message)

    # --- note ---

    def set_note(self, note: str) -> None:
        """Keep a note with the draft; with the order it stands in the history (OE-20).

        An empty one takes it away. Raises InvalidText.
        """
        self._become(attrs.evolve(self._draft, note=clean_message(note, "note")))

    # --- steps ---

    def go_to(self, step: Step | str) -> Step:
        """Go to a step, forward or back (OE-23).

        Raises:
            ContactNeedsAddress: the contact has no address (OE-3).
            SpeedsMissing: review, while shipments have no speed (OE-13).
            StepNotReachable: an earlier step is not finished, or the order has nothing to ship.
        """
        try:
            wanted = Step(step)
        except ValueError:
            raise InvalidField("step", step, f"one of {[s.value for s in Step]}") from None
        self._need(wanted)
        self._become(self._draft, wanted)
        return wanted

    def _need(self, step: Step) -> None:
        # The items step needs no look at the prices, so that many lines are added fast.
        if step is Step.ITEMS and self._contact is not None and self._contact.primary_address:
            return
        seen = self.view
        if step in seen.reachable:
            return
        codes = {problem.code for problem in seen.problems}
        if "contact_needs_address" in codes and self._contact is not None:
            raise ContactNeedsAddress(self._contact.id, self._contact.name)
        if step is Step.REVIEW and Step.SHIPPING in seen.reachable:
            missing = [v.shipment for v in seen.shipments if v.speed is None]
            if missing and "units_without_address" not in codes:
                addresses = tuple(s.address.short for s in missing)
                raise SpeedsMissing(tuple(s.id for s in missing), addresses)
        reachable = tuple(s.value for s in seen.reachable)
        raise StepNotReachable(step.value, reachable, seen.why_not(step))
