"""What a draft comes to: priced, with its steps, its speeds and every problem, as data (OE-23).

`Facts` are what the storage knows of a draft; `view` is a pure function of draft, facts, store and
time, but for the shipping-speed providers, which it is handed as `ask`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import cached_property

import attrs

from cartcore.cart import Cart, CartLine, CartShipment, Customer
from cartcore.entry.manual_discounts import without_lost_lines
from cartcore.entry.shipments import settle, several_addresses_offered, shippable, unassigned
from cartcore.entry.shown import Shown, ShownContact, ShownParcel, reach_sum
from cartcore.entry.store import Store
from cartcore.errors import NotFound
from cartcore.orders.draft import Cleared, Draft, Shipment, Step
from cartcore.pricing.engine import price
from cartcore.pricing.promotion_set import PromotionSet
from cartcore.pricing.quote import Quote
from cartcore.pricing.tied_lines import LACKS_GOODS
from cartcore.promotions.promotion import Promotion, PromotionClass, Usage, UsageByPromotion
from cartcore.shop.contact import Contact
from cartcore.shop.product import Product
from cartcore.shop.speeds import RequestedLine, ShipmentRequest, ShippingSpeed, SpeedOffers
from cartcore.storage.ports import UnitOfWork
from cartcore.values.money import LARGEST_AMOUNT, from_minor, show
from cartcore.values.records import typed

STEP_OF = {
    PromotionClass.ITEM: Step.ITEMS,
    PromotionClass.PRODUCT: Step.ITEMS,
    PromotionClass.ORDER: Step.REVIEW,
    PromotionClass.SHIPPING: Step.REVIEW,
}
"""On which step the codes of a class are entered (OE-17)."""

Ask = Callable[[ShipmentRequest], SpeedOffers]


@attrs.frozen(kw_only=True, field_transformer=typed)
class Problem:
    """Something that staff should see, where it is, and whether it stops placing (OE-23).

    Attributes:
        step: The step on which it can be mended.
        code: What programs compare; see the list of reasons and codes in the documentation.
        message: A sentence for people.
        line_id: The line it is about; empty if it is about none.
        shipment_id: The shipment it is about; empty if it is about none.
        promotion_id: The promotion or manual discount it is about; empty if it is about none.
        blocking: Whether it stops the order from being placed.
    """

    step: Step
    code: str
    message: str
    line_id: str = ""
    shipment_id: str = ""
    promotion_id: str = ""
    blocking: bool = True

    def __str__(self) -> str:
        return self.message


@attrs.frozen(kw_only=True, field_transformer=typed)
class ViewedShipment:
    """A shipment with units in it, the speeds that can be had for it, and the chosen one.

    Providers are asked from the shipping step on, and earlier where a speed is chosen already.

    Attributes:
        shipment: The shipment of the draft.
        offers: The speeds on offer, and the providers that had none.
        speed: The chosen speed, or None as long as none is chosen.
    """

    shipment: Shipment
    offers: SpeedOffers
    speed: ShippingSpeed | None


@attrs.frozen(kw_only=True, field_transformer=typed, slots=False)  # not slotted: cached property
class DraftView:
    """A draft at one moment.

    Attributes:
        draft: The draft as it would be saved: made to fit, with `cleared` saying what was taken
            away.
        contact: The contact, or None as long as none is chosen or if it no longer exists.
        quote: What the draft costs now.
        shipments: The shipments that have units in them, with the speeds on offer.
        problems: What staff should see, in the order of the steps.
        reachable: The steps that can be worked on now, in their order.
        multiple_addresses_offered: Whether the units can go to several addresses (OE-12).
    """

    draft: Draft
    contact: Contact | None
    quote: Quote
    shipments: tuple[ViewedShipment, ...]
    problems: tuple[Problem, ...]
    reachable: tuple[Step, ...]
    multiple_addresses_offered: bool

    @property
    def step(self) -> Step:
        """The step that the draft is on."""
        return self.draft.step

    @property
    def cleared(self) -> tuple[Cleared, ...]:
        """What the last change took away (OE-15)."""
        return self.draft.cleared

    @property
    def blocking(self) -> tuple[Problem, ...]:
        """The problems that stop placing."""
        return tuple(problem for problem in self.problems if problem.blocking)

    def shipment(self, shipment_id: str) -> ViewedShipment | None:
        """The shipment with this id, if it has units in it."""
        return next((s for s in self.shipments if s.shipment.id == shipment_id), None)

    def differences(self, later: "DraftView") -> tuple[str, ...]:
        """What those who saw this view have to know of a later one, in words (OE-22).

        Prices, lines and shipments as in `Quote.differences`, and contact, addresses and gifts.
        """
        return self.shown.differences(later.shown, later.quote)

    @cached_property
    def shown(self) -> Shown:
        """What it shows, in short: what a screen keeps of it, and what its token stands for."""
        return Shown(
            draft_id=self.draft.id,
            version=self.draft.version,
            contact=ShownContact.of(self.contact) if self.contact else None,
            shipments=tuple(map(ShownParcel.of, self.draft.shipments)),
            quote=self.quote.shown,
        )

    @property
    def token(self) -> str:
        """A short text that stands for all that was shown: `OrderDesk.place` takes it (HA-13)."""
        return self.shown.token

    def why_not(self, step: Step) -> str:
        """Why a step cannot be reached, in words; empty if it can."""
        if step in self.reachable:
            return ""
        if step is Step.SHIPPING and self.quote.lines and Step.ITEMS in self.reachable:
            return "nothing in this order needs shipping"
        order = list(Step)
        earlier = order[: order.index(step)]
        return "; ".join(p.message for p in self.blocking if p.step in earlier)


def _reference(draft: Draft, contact: Contact | None) -> str:
    return f"{draft.reference}#{reach_sum(contact)}"


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
        return Customer(contact_id=contact.id, tags=contact.tags, orders_placed=placed)


def view(draft: Draft, facts: Facts, store: Store, ask: Ask, at: datetime) -> DraftView:
    """Return what the draft comes to at an instant."""
    lines, problems = _cart_lines(draft, facts)
    promotions = PromotionSet(facts.promotions)

    def quote(shipments: tuple[CartShipment, ...]) -> Quote:
        cart = Cart(
            currency=draft.currency,
            lines=lines,
            shipments=shipments,
            applied=draft.applied,
            refused=draft.refused,
            manual=draft.manual,
            customer=facts.customer,
            channel=store.channel,
            timezone=store.timezone,
            reference=_reference(draft, facts.contact),
        )
        return price(
            cart,
            promotions,
            at=at,
            products=facts.products,
            usage=facts.usage,
            policy=store.policy,
            tax=store.tax,
        )

    # First the goods: they tell which tied lines there are, and so what is in which shipment.
    # Then the shipments without speeds: their goods are what speeds are priced by (PR-4).
    address = facts.contact.primary_address if facts.contact else None
    there = quote(()).lines
    draft = settle(draft, there, address)
    draft = without_lost_lines(draft, {line.line_id for line in there})
    filled = tuple(s for s in draft.shipments if s.lines)
    goods = quote(tuple(_cart_shipment(s, None) for s in filled))
    weights = {line.id: line.weight_grams for line in lines} | _tied_weights(goods, facts)
    asking = draft.step in {Step.SHIPPING, Step.REVIEW}
    offers = {
        s.id: ask(_request(s, goods, weights)) if asking or s.speed else SpeedOffers()
        for s in filled
    }
    draft = _without_lost_speeds(draft, offers)
    viewed = tuple(
        ViewedShipment(shipment=s, offers=offers[s.id], speed=offers[s.id].by_code(s.speed))
        for s in draft.shipments
        if s.id in offers
    )
    final = quote(tuple(_cart_shipment(v.shipment, v.speed) for v in viewed)) if viewed else goods
    problems += _problems(draft, facts, final, viewed)
    reachable = _reachable(final, problems)
    return DraftView(
        draft=attrs.evolve(draft, step=_settled_step(draft.step, reachable)),
        contact=facts.contact,
        quote=final,
        shipments=viewed,
        problems=tuple(problems),
        reachable=reachable,
        multiple_addresses_offered=several_addresses_offered(final.lines),
    )


def _cart_lines(draft: Draft, facts: Facts) -> tuple[tuple[CartLine, ...], list[Problem]]:
    lines: list[CartLine] = []
    problems: list[Problem] = []
    for item in draft.lines:
        product = facts.products.get(item.product_id)
        variant = product.by_sku(item.sku) if product else None
        if product is None or variant is None:
            code, message = "product_gone", f"{item.sku} is no longer in the catalogue: remove it"
        elif variant not in product.available:
            name = product.described(variant)
            code, message = "not_published", f"{name} is no longer on sale: remove it"
        elif variant.price.currency.code != draft.currency:
            code, message = "other_currency", f"{item.sku} is no longer sold in {draft.currency}"
        else:
            code = message = ""
        if code:
            problems.append(Problem(step=Step.ITEMS, code=code, message=message, line_id=item.id))
        if product and variant and code in ("", "not_published"):
            lines.append(CartLine.of(product, variant, item.quantity, line_id=item.id))
    return tuple(lines), problems


def _tied_weights(quote: Quote, facts: Facts) -> dict[str, int]:
    weights = {}
    for line in quote.lines:
        variant = facts.products[line.product_id].by_sku(line.sku) if line.tied_to else None
        if variant is not None:
            weights[line.line_id] = variant.weight_grams
    return weights


def _cart_shipment(shipment: Shipment, speed: ShippingSpeed | None) -> CartShipment:
    return CartShipment(
        id=shipment.id,
        lines=tuple((line.line_id, line.quantity) for line in shipment.lines),
        country=shipment.address.country,
        speed=speed,
    )


def _request(shipment: Shipment, quote: Quote, weights: Mapping[str, int]) -> ShipmentRequest:
    priced = next(s for s in quote.shipments if s.shipment_id == shipment.id)
    skus = {line.line_id: line.sku for line in quote.lines}
    return ShipmentRequest(
        shipment_id=shipment.id,
        address=shipment.address,
        lines=tuple(
            RequestedLine(
                line_id=line.line_id,
                sku=skus[line.line_id],
                quantity=line.quantity,
                weight_grams=weights[line.line_id],
                amount=line.total,
            )
            for line in priced.lines
        ),
        subtotal=priced.goods,
    )


def _without_lost_speeds(draft: Draft, offers: Mapping[str, SpeedOffers]) -> Draft:
    """Take away speeds that are no longer offered, and say so (OE-15)."""
    lost = [
        s
        for s in draft.shipments
        if s.speed and s.id in offers and not offers[s.id].by_code(s.speed)
    ]
    cleared = tuple(
        Cleared(
            what="speed",
            subject=s.id,
            message=f"the speed {s.speed!r} is no longer offered for {s.address.short}",
        )
        for s in lost
    )
    shipments = tuple(attrs.evolve(s, speed="") if s in lost else s for s in draft.shipments)
    return attrs.evolve(draft, shipments=shipments, cleared=(*draft.cleared, *cleared))


def _problems(
    draft: Draft, facts: Facts, quote: Quote, viewed: tuple[ViewedShipment, ...]
) -> list[Problem]:
    problems = []
    if facts.contact is None and draft.contact_id:
        message = "the contact of this order no longer exists: choose another one"
        problems.append(Problem(step=Step.CONTACT, code="contact_gone", message=message))
    elif facts.contact is None:
        problems.append(
            Problem(step=Step.CONTACT, code="no_contact", message="choose a contact first")
        )
    elif facts.contact.primary_address is None:
        message = f"{facts.contact.name} has no address: add one to go on"
        problems.append(Problem(step=Step.CONTACT, code="contact_needs_address", message=message))
    if not quote.lines:
        message = "the order has no items: add one first"
        problems.append(Problem(step=Step.ITEMS, code="empty_order", message=message))
    # Before discounts, too: no order is kept with such a sum in it.
    largest = max(quote.total, quote.totals.items, quote.totals.shipping)
    if largest > from_minor(LARGEST_AMOUNT, quote.currency):
        message = f"the total of {show(largest)} is more than an order can have"
        problems.append(Problem(step=Step.ITEMS, code="total_too_large", message=message))
    problems += _shipping_problems(draft, quote, viewed)
    problems += _promotion_problems(draft, facts, quote)
    return problems


def _shipping_problems(
    draft: Draft, quote: Quote, viewed: tuple[ViewedShipment, ...]
) -> Iterator[Problem]:
    names = {line.line_id: line.description for line in quote.lines}
    for line_id, units in unassigned(draft, quote.lines).items():
        yield Problem(
            step=Step.SHIPPING,
            code="units_without_address",
            message=f"{units} × {names[line_id]} have no address yet: assign them to a shipment",
            line_id=line_id,
        )
    for each in viewed:
        shipment = each.shipment
        for failure in each.offers.failures:
            yield Problem(
                step=Step.SHIPPING,
                code="provider_failed",
                message=f"{shipment.address.short}: {failure}",
                shipment_id=shipment.id,
                blocking=False,
            )
        if each.speed is None:
            yield Problem(
                step=Step.SHIPPING,
                code="speed_missing",
                message=f"choose a shipping speed for {shipment.address.short}",
                shipment_id=shipment.id,
            )


def _promotion_problems(draft: Draft, facts: Facts, quote: Quote) -> Iterator[Problem]:
    applied = {a.promotion_id for a in draft.applied}
    classes = {p.id: p.promotion_class for p in facts.promotions}
    lines = {discount.id: discount.line_id for discount in draft.manual}
    for decision in quote.decisions:
        by_staff = decision.promotion_id in applied
        if decision.actor and not decision.applied:
            line_id = lines[decision.promotion_id]
            yield Problem(
                step=Step.ITEMS if line_id else Step.REVIEW,
                code="discount_not_applied",
                message=f"{decision.label}: {decision.message}",
                line_id=line_id,
                promotion_id=decision.promotion_id,
            )
        if decision.applied or not (by_staff or decision.reason in LACKS_GOODS):
            continue
        yield Problem(
            step=STEP_OF[classes.get(decision.promotion_id, PromotionClass.ITEM)],
            code="promotion_not_applied" if by_staff else decision.reason,
            message=f"{decision.promotion_name}: {decision.message}",
            promotion_id=decision.promotion_id,
            # What staff asked for has to be given or taken back; an automatic gift can be let go.
            blocking=by_staff,
        )


def _reachable(quote: Quote, problems: list[Problem]) -> tuple[Step, ...]:
    codes = {problem.code for problem in problems}
    reachable = [Step.CONTACT]
    if not codes & {"no_contact", "contact_gone", "contact_needs_address"}:
        reachable.append(Step.ITEMS)
        if quote.lines:
            if shippable(quote.lines):
                reachable.append(Step.SHIPPING)
            if not codes & {"units_without_address", "speed_missing"}:
                reachable.append(Step.REVIEW)
    return tuple(reachable)


def _settled_step(step: Step, reachable: tuple[Step, ...]) -> Step:
    """The step itself, or the last one before it that can be reached."""
    order = list(Step)
    return next(s for s in reversed(order[: order.index(step) + 1]) if s in reachable)
