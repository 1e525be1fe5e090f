"""Editing a draft: every change that staff can make, checked, one step after the other.

A `DraftEditor` holds one draft while it is changed. Each method either makes its whole change or
raises and changes nothing. Nothing is stored until the order desk saves the result.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from typing import Any

import attrs
from moneyed import Money

from cartcore.cart import AppliedPromotion, CustomItem, ManualDiscount, check_quantity
from cartcore.entry import sentences
from cartcore.entry.active_promotions import ActivePromotions
from cartcore.entry.applied_promotions import (
    Choices,
    application_of,
    apply,
    choose_options,
    entered,
    picked,
    without_promotion,
)
from cartcore.entry.contacts import PendingContacts
from cartcore.entry.facts import FactReader
from cartcore.entry.hooks import OrderHooks
from cartcore.entry.items import (
    check_currency,
    sku_as_written,
    variant_by_barcode,
    variant_by_sku,
)
from cartcore.entry.manual_discounts import new_discount, with_discount, without_discount
from cartcore.entry.plugin_calls import PluginCalls
from cartcore.entry.shipments import (
    merged,
    to_new_primary,
    to_one_address,
    with_shipment_attributes,
    with_speed,
    without_shipments,
)
from cartcore.entry.staff_prices import at_catalogue_price, overridden
from cartcore.entry.steps import STEP_OF
from cartcore.entry.store import Store
from cartcore.entry.view import DraftView
from cartcore.entry.working_draft import WorkingDraft
from cartcore.errors import (
    AlreadyExists,
    CodeRejected,
    ContactArchived,
    CurrencyMismatch,
    CustomItemsNotAllowed,
    DiscountRejected,
    EmptyOrder,
    InvalidField,
    InvalidQuantity,
    MultipleAddressesNotOffered,
    NotFound,
    NotPublished,
    PriceNotAllowed,
    PromotionNotAvailable,
    SpeedNotOffered,
    StepNotReachable,
    TiedLineError,
)
from cartcore.orders.draft import Cleared, Draft, Gift, LineItem, Step
from cartcore.orders.order import Order
from cartcore.pricing.quote import Quote
from cartcore.pricing.quote_parts import Decision, QuoteLine
from cartcore.promotions.offer import tied_line_id
from cartcore.promotions.promotion import Promotion, Trigger
from cartcore.shop.address import Address
from cartcore.shop.contact import Contact
from cartcore.shop.product import Product, Variant
from cartcore.storage.ports import UnitOfWork
from cartcore.values.arguments import check_calls
from cartcore.values.attributes import (
    LONGEST_REFERENCE,
    NO_ATTRIBUTES,
    Attributes,
    Scalar,
    as_attributes,
)
from cartcore.values.text import clean, clean_message

_NOT_AGAIN = (
    NotFound,
    NotPublished,
    InvalidQuantity,
    CurrencyMismatch,
    CustomItemsNotAllowed,
    PriceNotAllowed,
)
"""Why a line of a placed order cannot be ordered again."""


@check_calls
class DraftEditor:
    """One draft being changed, and what it comes to."""

    def __init__(
        self,
        draft: Draft,
        work: UnitOfWork,
        store: Store,
        *,
        active: ActivePromotions,
        plugins: PluginCalls,
        at: datetime,
        new_id: Callable[[], str],
        hooks: OrderHooks,
    ) -> None:
        self._work = work
        self._hooks = hooks
        self._store = store
        self._new_id = new_id
        reader = FactReader(work, at, active)
        self._working = WorkingDraft(draft, reader, store, plugins=plugins, at=at)
        self._contacts = PendingContacts(work.contacts)

    # --- what it comes to ---

    @property
    def view(self) -> DraftView:
        """The draft as it is now: priced, with its problems and the steps it can go to."""
        return self._hooks.checked(self._working.view)

    @property
    def draft(self) -> Draft:
        """The draft as it would be saved."""
        return self._working.view.draft

    @property
    def quote(self) -> Quote:
        """The price of the draft as it is now."""
        return self._working.view.quote

    def end(self) -> None:
        """Allow no more changes: they would not be saved."""
        self._working.end()

    def store_contacts(self, work: UnitOfWork, draft: Draft) -> Draft:
        """Store the contacts that were made or given an address along the way.

        Returns:
            The draft, with the id of its contact: storages may give ids of their own (HA-1).
        """
        return self._contacts.store(work, draft)

    # --- contact ---

    def choose_contact(self, contact_id: str) -> Contact:
        """Choose who orders (OE-2). Addresses entered for another contact are cleared.

        Raises:
            NotFound: no such contact.
            ContactArchived: no new order can be for this contact.
        """
        contact = self._working.contact
        if contact is None or contact_id != contact.id:
            contact = self._contacts.get(contact_id)
            if contact.archived_at is not None:
                raise ContactArchived(contact.id, contact.name)
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
        self._contacts.add(contact)
        self._take_contact(contact)
        return contact

    def _take_contact(self, contact: Contact) -> None:
        draft = attrs.evolve(self._working.draft, contact_id=contact.id, step=Step.CONTACT)
        self._working.become(without_shipments(draft))
        self._working.contact = contact

    def add_contact_address(self, address: Address, *, primary: bool = False) -> Contact:
        """Give the chosen contact an address; it is stored together with the draft (OE-3).

        An order that goes to the primary address follows a new one (OE-11).

        Raises:
            StepNotReachable: no contact is chosen yet.
        """
        chosen = self._working.contact
        if chosen is None:
            here = (Step.CONTACT.value,)
            raise StepNotReachable(Step.ITEMS.value, here, sentences.CHOOSE_CONTACT)
        contact = chosen.with_address(address, primary=primary)
        draft = self._working.draft
        if primary and chosen.primary_address is not None:
            draft = to_new_primary(draft, chosen.primary_address, address)
        self._working.become(draft)
        self._working.contact = contact
        self._contacts.change(contact)
        return contact

    # --- items ---

    def add_item(
        self,
        product_id: str,
        options: Mapping[str, str] | None = None,
        *,
        quantity: int = 1,
        attributes: Mapping[str, Scalar] = NO_ATTRIBUTES,
    ) -> str:
        """Add units of a product with the chosen options; return the line's id (OE-4, OE-5).

        Units of a variant that the order has already, with the same attributes (HA-8), are added to
        its line.

        Raises:
            NotFound, NotPublished, OptionsRequired, OptionsNotAvailable: see `Product.choose`.
            InvalidQuantity: not a whole number from 1 to the store's maximum, the sum included.
        """
        self._working.need(Step.ITEMS)
        product = self._work.products.get(product_id)
        return self._add(product, product.choose(options), quantity, as_attributes(attributes))

    def add_sku(
        self, sku: str, *, quantity: int = 1, attributes: Mapping[str, Scalar] = NO_ATTRIBUTES
    ) -> str:
        """Add units of a variant by its SKU; the rules of `add_item` hold."""
        self._working.need(Step.ITEMS)
        return self._add_sku(sku, quantity, as_attributes(attributes))

    def _add_sku(self, sku: str, quantity: int, attributes: Attributes) -> str:
        return self._add(*variant_by_sku(self._work.products, sku), quantity, attributes)

    def take_over(self, order: Order) -> None:
        """Take the contact and the items of a placed order, at today's prices.

        Promotions, manual discounts, shipments and prices that staff set are not taken over, custom
        items and fees are (HA-18). `cleared` tells what is no longer sold, and of a contact who no
        longer exists.
        """
        lost = []
        try:
            self.choose_contact(order.contact.id)
        except (NotFound, ContactArchived):
            message = sentences.no_longer_a_contact(order.contact.name)
            lost.append(Cleared(what="contact", subject=order.contact.id, message=message))
        for line in order.quote.lines:
            if line.tied_to:
                continue
            try:
                self._add_again(line)
            except _NOT_AGAIN:
                message = sentences.cannot_be_ordered(line.quantity, line.description)
                lost.append(Cleared(what="line", subject=line.line_id, message=message))
        self._working.become(attrs.evolve(self._working.draft, cleared=tuple(lost)))

    def _add_again(self, line: QuoteLine) -> None:
        if line.custom is None:
            self._add_sku(line.sku, line.quantity, line.attributes)
        else:
            self._add_custom(line.custom, line.unit_price, line.quantity, line.attributes)

    def scan(self, code: str, *, quantity: int = 1) -> str:
        """Add units of the variant whose SKU or barcode a scanner read; else like `add_sku`.

        A SKU goes before a barcode, and a barcode before a SKU of which only the case is another,
        if there is but one. White space around the code is ignored.

        Raises:
            NotFound, NotPublished: no variant has the code, or none that is on sale.
            AmbiguousBarcode: several variants on sale have it as their barcode.
        """
        self._working.need(Step.ITEMS)
        code = code.strip()
        with suppress(NotFound):
            return self.add_sku(code, quantity=quantity)
        try:
            product, variant = variant_by_barcode(self._work.products, code)
        except NotFound:
            sku = sku_as_written(self._work.products, code)
            if sku == code:
                raise
            return self.add_sku(sku, quantity=quantity)
        return self._add(product, variant, quantity, NO_ATTRIBUTES)

    def _add(
        self, product: Product, variant: Variant, quantity: int, attributes: Attributes
    ) -> str:
        check_quantity(quantity, self._store.maximum_quantity)
        check_currency(variant, self._working.currency)
        line = self._working.lines.of(variant.sku, attributes)
        if line is None:
            return self._working.add_line(product.id, variant.sku, quantity, attributes)
        self._set_line(line, line.quantity + quantity)
        return line.id

    def _set_line(self, line: LineItem, quantity: int) -> None:
        check_quantity(quantity, self._store.maximum_quantity)
        self._working.change_line(line.id, attrs.evolve(line, quantity=quantity))

    def _own_line(self, line_id: str) -> LineItem:
        """The line, if no promotion added it."""
        line = self._working.lines.get(line_id)
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
        self._working.need(Step.ITEMS)
        self._set_line(self._own_line(line_id), quantity)

    def set_options(self, line_id: str, options: Mapping[str, str]) -> None:
        """Choose other options for a line, or the open options of a tied line (OE-9).

        A line that becomes the same variant as another one is merged with it.

        Raises:
            NotFound: this draft has no such line.
            OptionsRequired, OptionsNotAvailable, NotPublished: see `Product.choose`.
        """
        self._working.need(Step.ITEMS)
        line = self._working.lines.get(line_id)
        if line is None:
            self._set_tied_options(self._any_line(line_id), options)
            return
        if line.custom is not None:
            raise NotFound("product of the line", line_id)
        try:
            variant = self._work.products.get(line.product_id).choose(options)
        except NotFound:
            raise NotFound("SKU", line.sku) from None
        if line.unit_price is None or variant.sku == line.sku:
            self._become_line(attrs.evolve(line, sku=variant.sku))
            return
        before = self._any_line(line_id).description
        message = sentences.agreed_for_other_variant(line.unit_price, before)
        self._become_line(attrs.evolve(at_catalogue_price(line), sku=variant.sku))
        lost = Cleared(what="price", subject=line_id, message=message)
        draft = self._working.draft
        self._working.become(attrs.evolve(draft, cleared=(*draft.cleared, lost)))

    def set_line_attributes(self, line_id: str, attributes: Mapping[str, Scalar]) -> None:
        """Put other attributes in the place of those that a line has (HA-8).

        A line that becomes the same as another one, variant and attributes, is merged with it.

        Raises:
            NotFound: this draft has no such line.
            TiedLineError: the line belongs to a promotion.
            InvalidField, InvalidText: see `Attributes`.
        """
        self._working.need(Step.ITEMS)
        line = self._own_line(line_id)
        self._become_line(attrs.evolve(line, attributes=as_attributes(attributes)))

    def _become_line(self, line: LineItem) -> None:
        """Put a line in the place of the one with its id, merged with an equal one."""
        twin = self._working.lines.of(line.sku, line.attributes)
        if twin is None or twin.id == line.id or line.unit_price is not None:
            self._set_line(line, line.quantity)
            return
        together = twin.quantity + line.quantity
        check_quantity(together, self._store.maximum_quantity)
        # Units keep their shipments and gift marks.
        self._working.become(merged(self.draft, line.id, into=twin.id))
        self._working.change_line(line.id, None)
        self._set_line(twin, together)

    def _set_tied_options(self, line: QuoteLine, options: Mapping[str, str]) -> None:
        key = line.line_id.removeprefix(tied_line_id(line.tied_to, ""))
        draft = self._working.draft
        decide, products = self._working.decide, self._work.products
        draft = choose_options(draft, line.tied_to, key, options, decide=decide, products=products)
        self._working.become(draft, Step.ITEMS)

    def remove_line(self, line_id: str) -> None:
        """Remove a line (OE-9).

        Raises:
            NotFound: this draft has no such line.
            TiedLineError: the line belongs to a promotion, which would have to be removed.
        """
        self._working.need(Step.ITEMS)
        self._own_line(line_id)
        self._working.change_line(line_id, None)

    # --- custom items and prices that staff set ---

    def add_custom_item(
        self,
        title: str,
        price: Money,
        *,
        quantity: int = 1,
        requires_shipping: bool = True,
        tax_class: str = "",
        weight_grams: int = 0,
        discountable: bool = True,
        attributes: Mapping[str, Scalar] = NO_ATTRIBUTES,
        actor: str,
    ) -> str:
        """Add units of something outside the catalogue; return the line's id (HA-18).

        `price` is that of one unit. Each call adds a line of its own.

        Raises:
            CustomItemsNotAllowed, PriceNotAllowed: see `Store.staff_prices`.
            InvalidText, InvalidField: no title or actor, or a weight below zero.
            InvalidAmount, CurrencyMismatch: no price in the store's currency.
            InvalidQuantity: not a whole number from 1 to the store's maximum.
        """
        self._working.need(Step.ITEMS)
        item = CustomItem(
            title=title,
            requires_shipping=requires_shipping,
            tax_class=tax_class,
            weight_grams=weight_grams,
            discountable=discountable,
            actor=actor,
        )
        return self._add_custom(item, price, quantity, as_attributes(attributes))

    def add_fee(self, title: str, price: Money, *, tax_class: str = "", actor: str) -> str:
        """Add a fee or surcharge: a custom item that is not sent and never discounted (HA-18).

        Raises:
            CartcoreError: as `add_custom_item` does.
        """
        return self.add_custom_item(
            title,
            price,
            requires_shipping=False,
            tax_class=tax_class,
            discountable=False,
            actor=actor,
        )

    def _add_custom(
        self, item: CustomItem, price: Money, quantity: int, attributes: Attributes
    ) -> str:
        price = self._store.staff_prices.check_custom(item, price, self._working.currency)
        check_quantity(quantity, self._store.maximum_quantity)
        return self._working.add_line("", "", quantity, attributes, unit_price=price, custom=item)

    def set_price(self, line_id: str, price: Money, *, reason: str, actor: str) -> None:
        """Set the price of one unit of a line, with a reason (HA-18).

        It stays when the catalogue's price changes, until `reset_price`. Units that are added later
        are a line of their own. Promotions see this price as they see the catalogue's.

        Raises:
            PriceNotAllowed: see `Store.staff_prices`.
            NotFound: this draft has no such line, or its product is gone.
            TiedLineError: the line belongs to a promotion.
            InvalidField: the line is a custom item, whose price is its own.
            InvalidText: no reason or no actor.
            InvalidAmount, CurrencyMismatch: no price in the store's currency.
        """
        self._working.need(Step.ITEMS)
        line = self._own_line(line_id)
        if line.custom is not None:
            expected = "that of an item in the catalogue: change_custom_item changes a custom one"
            raise InvalidField("line_id", line_id, expected)
        product = self._work.products.get(line.product_id)
        variant = product.by_sku(line.sku)
        if variant is None:
            raise NotFound("SKU", line.sku)
        check_currency(variant, self._working.currency)
        price = self._store.staff_prices.check_override(product, variant, price)
        self._working.change_line(line_id, overridden(line, variant, price, reason, actor))

    def reset_price(self, line_id: str) -> None:
        """Go back to the catalogue's price (HA-18).

        A line that becomes the same as another one is merged with it.

        Raises:
            NotFound: this draft has no such line, or its price is the catalogue's.
        """
        self._working.need(Step.ITEMS)
        line = self._own_line(line_id)
        if line.override is None:
            raise NotFound("line with a price that staff set", line_id)
        self._become_line(at_catalogue_price(line))

    def change_custom_item(
        self,
        line_id: str,
        *,
        title: str | None = None,
        price: Money | None = None,
        requires_shipping: bool | None = None,
        tax_class: str | None = None,
        weight_grams: int | None = None,
        discountable: bool | None = None,
        actor: str,
    ) -> None:
        """Change what is given of a custom item or fee; the rest stays (HA-18).

        Raises:
            NotFound: this draft has no such line, or it is of the catalogue.
            CartcoreError: as `add_custom_item` does.
        """
        self._working.need(Step.ITEMS)
        line = self._own_line(line_id)
        if line.custom is None or line.unit_price is None:
            raise NotFound("custom item", line_id)
        given: dict[str, Any] = {
            "title": title,
            "requires_shipping": requires_shipping,
            "tax_class": tax_class,
            "weight_grams": weight_grams,
            "discountable": discountable,
        }
        changes = {name: value for name, value in given.items() if value is not None}
        item = attrs.evolve(line.custom, **changes, actor=actor)
        found = line.unit_price if price is None else price
        found = self._store.staff_prices.check_custom(item, found, self._working.currency)
        self._working.change_line(line_id, attrs.evolve(line, custom=item, unit_price=found))

    def save_items(self) -> Step:
        """Go on from the items: to shipping if anything ships, else to review (OE-10).

        Raises:
            EmptyOrder: there are no lines.
        """
        self._working.need(Step.ITEMS)
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
        self._working.need(Step.ITEMS)
        working = self._working
        application, step = entered(
            working.draft, promo_code, self._work.promotions, decide=working.decide
        )
        draft, decision = self._tried(application, choices)
        if not decision.applied:
            raise CodeRejected(promo_code, decision.reason, decision.message)
        self._working.become(draft, step)
        return decision

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
        self._working.need(step)
        draft, decision = self._tried(picked(self._working.draft, promotion), choices)
        if not decision.applied:
            raise PromotionNotAvailable(promotion_id, decision.reason, decision.message)
        self._working.become(draft, step)
        return decision

    def _tried(
        self, application: AppliedPromotion, choices: Choices | None
    ) -> tuple[Draft, Decision]:
        draft = self._working.draft
        decide, products = self._working.decide, self._work.products
        return apply(draft, application, choices, decide=decide, products=products)

    def remove_promotion(self, promotion_id: str) -> None:
        """Take a promotion away, with its lines and adjustments (OE-8).

        An automatic one stays away until it is picked again (OE-25).

        Raises:
            NotFound: the draft does not have this promotion.
        """
        draft = self._working.draft
        decision = self.quote.decision(promotion_id)
        unknown = decision is None or decision.actor
        if promotion_id in draft.refused or (
            unknown and application_of(draft, promotion_id) is None
        ):
            raise NotFound("applied promotion", promotion_id)
        try:
            automatic = self._promotion(promotion_id).trigger is Trigger.AUTOMATIC
        except NotFound:
            automatic = False
        self._working.become(without_promotion(draft, promotion_id, refuse=automatic))

    def _promotion(self, promotion_id: str) -> Promotion:
        return self._work.promotions.get(promotion_id)

    # --- manual discounts ---

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
        """Give a manual discount on a line, after all promotions; return its id (PR-28).

        Exactly one of: `percent` of what is left of the line, `amount` off all of it, `price` that
        all of it costs instead. A fixed price holds for these units: it goes when they change.

        Raises:
            NotFound: this draft has no such line.
            InvalidField: none or several of the three, or one that is no such figure.
            InvalidText: no reason or no actor.
            CurrencyMismatch: an amount or a price in another currency.
            DiscountRejected: nothing is left of the line that it could take.
        """
        self._working.need(Step.ITEMS)
        line = self._any_line(line_id)
        discount = new_discount(
            self._working.draft,
            line_id,
            percent=percent,
            amount=amount,
            price=price,
            reason=reason,
            actor=actor,
        )
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
        """Give a manual discount on the whole order; else like `discount_line` (PR-28).

        It applies to the items, except those that are never discounted: a `price` is what they cost
        together.
        """
        self._working.need(Step.REVIEW)
        discount = new_discount(
            self._working.draft,
            "",
            percent=percent,
            amount=amount,
            price=price,
            reason=reason,
            actor=actor,
        )
        return self._give(discount, sentences.THE_ORDER, Step.REVIEW)

    def remove_discount(self, discount_id: str) -> None:
        """Remove a manual discount (PR-28). Raises NotFound."""
        self._working.become(without_discount(self._working.draft, discount_id))

    def _give(self, discount: ManualDiscount, what: str, step: Step) -> str:
        draft = with_discount(self._working.draft, discount)
        decision = self._working.decide(draft, discount.id)
        if not decision.applied:
            raise DiscountRejected(what, decision.reason, decision.message)
        self._working.become(draft, step)
        return discount.id

    # --- shipping ---

    def ship_to(self, address: Address, *, save_to_contact: bool = False) -> None:
        """Ship everything to one address, for this order alone or for later ones, too (OE-11)."""
        self._working.need(Step.SHIPPING)
        draft = to_one_address(self.draft, address)
        if save_to_contact:
            self.add_contact_address(address)
        self._working.become(draft, Step.SHIPPING)

    def use_multiple_addresses(self) -> None:
        """Let the units go to several addresses (OE-12).

        Raises:
            MultipleAddressesNotOffered: only one unit needs shipping.
        """
        self._working.need(Step.SHIPPING)
        if not self._working.view.multiple_addresses_offered:
            raise MultipleAddressesNotOffered(sentences.TOO_FEW_UNITS)
        self._working.become(attrs.evolve(self.draft, multiple_addresses=True), Step.SHIPPING)

    def use_one_address(self) -> None:
        """Let everything go to the first address that has units; the rest is cleared."""
        self._working.need(Step.SHIPPING)
        self._working.become(attrs.evolve(self.draft, multiple_addresses=False), Step.SHIPPING)

    def add_shipment(self, address: Address, *, save_to_contact: bool = False) -> str:
        """Add an address to ship to; return the shipment's id (OE-12).

        An address that is there already, in whatever case or spacing, gives its shipment.

        Raises:
            MultipleAddressesNotOffered: the order goes to one address.
        """
        self._working.need_multiple("a second address")
        if save_to_contact:
            self.add_contact_address(address)
        with self._working.assigning() as assignments:
            return assignments.add(address)

    def assign(self, line_id: str, parts: Mapping[str, int]) -> None:
        """Spread the units of a line over shipments: shipment id to units (OE-12).

        Raises:
            NotFound: no such line that is shipped, or no such shipment.
            InvalidSplit: the units do not add up to the line's quantity.
            MultipleAddressesNotOffered: the order goes to one address.
        """
        self._working.need_multiple("assigning units")
        with self._working.assigning() as assignments:
            line = assignments.lines.get(line_id) or self._any_line(line_id)
            if not line.requires_shipping:
                raise NotFound("shipped line", line_id)
            assignments.assign(line, parts)

    def mark_gift(self, line_id: str, message: str = "", *, shipment_id: str = "") -> None:
        """Mark a line as a gift, in one shipment or in all it goes with (OE-14).

        Raises:
            MultipleAddressesNotOffered: the order goes to one address.
            NotFound: the line is not shipped, or not with this shipment.
        """
        self._working.need_multiple("a gift mark")
        gift = Gift(message=clean_message(message, "gift message"))
        with self._working.assigning() as assignments:
            assignments.mark(line_id, shipment_id, gift)

    def unmark_gift(self, line_id: str, *, shipment_id: str = "") -> None:
        """Take a gift mark away."""
        self._working.need_multiple("a gift mark")
        with self._working.assigning() as assignments:
            assignments.mark(line_id, shipment_id, None)

    def choose_speed(self, shipment_id: str, speed: str) -> None:
        """Choose the shipping speed of a shipment, by its code (OE-13).

        Raises:
            NotFound: no such shipment.
            SpeedNotOffered: no provider quotes this speed for this shipment.
        """
        draft, offers = self._working.offered()
        shipment = draft.shipment(shipment_id)
        if shipment is None:
            raise NotFound("shipment", shipment_id)
        offered = offers[shipment_id].speeds if shipment_id in offers else ()
        if speed not in {each.code for each in offered}:
            codes = tuple(each.code for each in offered)
            raise SpeedNotOffered(shipment_id, shipment.address.short, speed, codes)
        self._working.become(with_speed(draft, shipment_id, speed), Step.SHIPPING, offers=offers)

    # --- taking changes back ---

    def restore(self, earlier: Draft) -> None:
        """Take back all that was changed since an earlier state of this draft (WB-22).

        A line that was removed comes back with its id, discounts, shipments, gift marks and speeds.
        What cannot be as it was, such as a speed that is no longer offered, is cleared, and
        `cleared` tells of it.

        Raises:
            InvalidField: a state of another draft.
            NotFound: its contact no longer exists.
        """
        now = self._working.draft
        if (earlier.id, earlier.currency) != (now.id, now.currency):
            expected = f"a state of the draft {now.id!r} in {now.currency}"
            raise InvalidField("earlier", earlier.id, expected)
        contact = self._contacts.get(earlier.contact_id) if earlier.contact_id else None
        self._working.restore(earlier, contact)

    # --- attributes, reference and note ---

    def set_attributes(self, attributes: Mapping[str, Scalar]) -> None:
        """Put other attributes in the place of those of the order, which it keeps (HA-8).

        Raises:
            InvalidField, InvalidText: see `Attributes`.
        """
        draft = attrs.evolve(self._working.draft, attributes=as_attributes(attributes))
        self._working.become(draft)

    def set_shipment_attributes(self, shipment_id: str, attributes: Mapping[str, Scalar]) -> None:
        """Put other attributes in the place of those of a shipment (HA-8).

        Raises:
            NotFound: this draft has no such shipment.
            InvalidField, InvalidText: see `Attributes`.
        """
        draft = self._working.view.draft
        if draft.shipment(shipment_id) is None:
            raise NotFound("shipment", shipment_id)
        self._working.become(
            with_shipment_attributes(draft, shipment_id, as_attributes(attributes))
        )

    def set_reference(self, reference: str) -> None:
        """Give the order the id that another system knows it by (HA-8); an empty one takes it away.

        It is told again when the order is placed: another one may take it until then.

        Raises:
            AlreadyExists: a placed order has it.
            InvalidText: one of more than 100 characters, or with control characters.
        """
        given = clean(reference, "reference", maximum=LONGEST_REFERENCE)
        if given:
            with suppress(NotFound):
                self._work.orders.by_reference(given)
                raise AlreadyExists("order", "reference", given)
        self._working.become(attrs.evolve(self._working.draft, reference=given))

    def set_note(self, note: str) -> None:
        """Keep a note with the draft; with the order it stands in the history (OE-20).

        An empty one takes it away. Raises InvalidText.
        """
        self._working.become(attrs.evolve(self._working.draft, note=clean_message(note, "note")))

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
            raise InvalidField("step", step, f"one of {', '.join(Step)}") from None
        self._working.need(wanted)
        self._working.become(self._working.draft, wanted)
        return wanted
