"""What a draft comes to: priced, with its steps, its speeds and every problem, as data (OE-23).

`evaluate` is a pure function of a draft, its facts, the store and the time, but for the plugins,
which are asked, measured and logged as `plugins` does it.
"""

from datetime import datetime
from functools import cached_property

import attrs
from moneyed import Money

from cartcore.cart import Cart, CartLine, CartShipment, CustomItem
from cartcore.entry.checks import item_problem, problems_of
from cartcore.entry.facts import Facts
from cartcore.entry.manual_discounts import without_lost_lines
from cartcore.entry.plugin_calls import PluginCalls
from cartcore.entry.problems import NOT_PUBLISHED, TAX_UNDETERMINED, Problem
from cartcore.entry.reference import QuoteReference
from cartcore.entry.sentences import NOTHING_TO_SHIP
from cartcore.entry.shipments import settle, several_addresses_offered, shippable
from cartcore.entry.shown import Shown, ShownContact, ShownParcel
from cartcore.entry.speeds import ViewedShipment, speed_request, without_lost_speeds
from cartcore.entry.staff_prices import changed_prices
from cartcore.entry.steps import reachable_steps, settled_step
from cartcore.entry.store import Store
from cartcore.errors import TaxUndetermined
from cartcore.errors.sentences import counted
from cartcore.orders.draft import Cleared, Draft, LineItem, Shipment, Step
from cartcore.pricing.quote import Quote
from cartcore.shop.address import Place
from cartcore.shop.contact import Contact
from cartcore.shop.speeds import ShippingSpeed, SpeedOffers
from cartcore.values.arguments import check_arguments
from cartcore.values.money import show
from cartcore.values.notebooks import Rows, ShownAsTable
from cartcore.values.records import evolved, typed


@attrs.frozen(kw_only=True, field_transformer=typed, slots=False)  # not slotted: cached property
class DraftView(ShownAsTable):
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

    def _in_short(self) -> str:
        problems = counted(len(self.problems), "problem")
        return f"DraftView({self.step.value}, {show(self.quote.total)}, {problems})"

    def table_rows(self) -> Rows:
        """The rows of its table in a notebook (SC-10)."""
        yield "Step", self.step.value
        for problem in self.problems:
            yield (problem.message,)
        yield from self.quote.table_rows()

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

    @check_arguments
    def shipment(self, shipment_id: str) -> ViewedShipment | None:
        """The shipment with this id, if it has units in it."""
        return next((s for s in self.shipments if s.shipment.id == shipment_id), None)

    @check_arguments
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

    @check_arguments
    def why_not(self, step: Step) -> str:
        """Why a step cannot be reached, in words; empty if it can."""
        if step in self.reachable:
            return ""
        if step is Step.SHIPPING and self.quote.lines and Step.ITEMS in self.reachable:
            return NOTHING_TO_SHIP
        order = list(Step)
        earlier = order[: order.index(step)]
        return "; ".join(p.message for p in self.blocking if p.step in earlier)


def evaluate(
    draft: Draft, facts: Facts, store: Store, plugins: PluginCalls, at: datetime
) -> DraftView:
    """Return what the draft comes to at an instant."""
    lines, problems = _cart_lines(draft, facts)
    address = facts.contact.primary_address if facts.contact else None

    def quote(
        shipments: tuple[CartShipment, ...],
    ) -> tuple[Quote, tuple[CartLine, ...], TaxUndetermined | None]:
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
            place=Place.of(address) if address else store.address,
            prices_include_tax=store.prices_include_tax,
            reference=str(QuoteReference.of(draft, facts.contact)),
            attributes=draft.attributes,
        )
        try:
            found = plugins.price(cart, facts, at)
        except TaxUndetermined as error:
            # Shown without tax, so that people see what they can mend.
            untaxed = plugins.price(cart, facts, at, with_tax=False)
            return attrs.evolve(untaxed, tax_undetermined=str(error)), untaxed.cart_lines, error
        return found, found.cart_lines, None

    # First the goods: they tell which tied lines there are, and so what is in which shipment.
    # Then the shipments without speeds: their goods are what speeds are priced by (PR-4).
    _, there, _ = quote(())
    draft = settle(draft, there, address)
    draft = without_lost_lines(draft, {line.id for line in there})
    filled = tuple(s for s in draft.shipments if s.lines)
    goods, there, undetermined = quote(tuple(_cart_shipment(s) for s in filled))
    known = {line.id: line for line in there}
    asking = draft.step in {Step.SHIPPING, Step.REVIEW}
    offers = {
        s.id: plugins.speeds(speed_request(s, goods, known)) if asking or s.speed else SpeedOffers()
        for s in filled
    }
    draft = without_lost_speeds(draft, offers)
    viewed = tuple(
        ViewedShipment(shipment=s, offers=offers[s.id], speed=offers[s.id].by_code(s.speed))
        for s in draft.shipments
        if s.id in offers
    )
    sent = tuple(_cart_shipment(v.shipment, v.speed, v.offers.speeds) for v in viewed)
    final = goods
    if viewed:
        final, _, undetermined = quote(sent)
    problems += problems_of(draft, facts, final, viewed)
    if undetermined is not None:
        problems.append(_tax_problem(undetermined))
    reachable = reachable_steps(final, problems)
    return DraftView(
        draft=evolved(draft, step=settled_step(draft.step, reachable)),
        contact=facts.contact,
        quote=final,
        shipments=viewed,
        problems=tuple(problems),
        reachable=reachable,
        multiple_addresses_offered=several_addresses_offered(shippable(final.lines)),
    )


def _cart_lines(draft: Draft, facts: Facts) -> tuple[tuple[CartLine, ...], list[Problem]]:
    lines: list[CartLine] = []
    problems: list[Problem] = []
    for item in draft.lines:
        if item.custom is not None and item.unit_price is not None:
            lines.append(_custom_line(item, item.custom, item.unit_price))
            continue
        product = facts.products.get(item.product_id)
        variant = product.by_sku(item.sku) if product else None
        problem = item_problem(item, product, variant, draft.currency)
        if problem is not None:
            problems.append(problem)
        # What is no longer on sale is still priced, so that people see what they take out.
        if product and variant and (problem is None or problem.code == NOT_PUBLISHED):
            line = CartLine.of(
                product, variant, item.quantity, line_id=item.id, attributes=item.attributes
            )
            why = item.override
            if why is not None and item.unit_price is not None:
                line = line.priced_by_staff(item.unit_price, why.reason, why.actor)
                problems += changed_prices(item, product, variant)
            lines.append(line)
    return tuple(lines), problems


def _custom_line(item: LineItem, custom: CustomItem, price: Money) -> CartLine:
    return CartLine.of_custom(
        custom, price, item.quantity, line_id=item.id, attributes=item.attributes
    )


def _tax_problem(error: TaxUndetermined) -> Problem:
    return Problem(
        step=Step.SHIPPING if error.shipment_id else Step.REVIEW,
        code=TAX_UNDETERMINED,
        message=str(error),
        line_id=error.line_id,
        shipment_id=error.shipment_id,
    )


def _cart_shipment(
    shipment: Shipment, speed: ShippingSpeed | None = None, offered: tuple[ShippingSpeed, ...] = ()
) -> CartShipment:
    return CartShipment(
        id=shipment.id,
        lines=shipment.units,
        country=shipment.address.country,
        region=shipment.address.region,
        city=shipment.address.city,
        postal_code=shipment.address.postal_code,
        speed=speed,
        attributes=shipment.attributes,
        offered=offered,
    )
