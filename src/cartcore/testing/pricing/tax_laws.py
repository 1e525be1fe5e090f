"""What holds for tax, whatever calculator and policy a shop has (TX-11).

Each law is a function of a case, as those in `LAWS` are. Of a case without a calculator they say
nothing.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, ClassVar

import attrs

from cartcore.cart import Cart
from cartcore.pricing.policy import GrossPrices, TaxRounding
from cartcore.pricing.quote import Quote
from cartcore.promotions.promotion import Promotion
from cartcore.promotions.tax import PartTax, TaxedBy, TaxRate, TaxRequest
from cartcore.promotions.types import PromotionClass, TaxCalculator
from cartcore.testing.pricing.cases import PricingCase
from cartcore.testing.pricing.laws import minor_units
from cartcore.values.money import minor_digits

Law = Callable[[PricingCase], None]


@attrs.frozen
class _Changed:
    """A calculator whose rates are changed."""

    type_name: ClassVar[str] = "cartcore.testing.changed_tax"

    tax: TaxCalculator
    change: Callable[[TaxRate], TaxRate]

    def taxes(self, request: TaxRequest) -> Sequence[tuple[str, PartTax]]:
        """Answer as the other one does, with other rates."""
        return [
            (part, attrs.evolve(answer, rates=tuple(map(self.change, answer.rates))))
            for part, answer in self.tax.taxes(request)
        ]


def _with_rates(case: PricingCase, change: Callable[[TaxRate], TaxRate]) -> PricingCase:
    assert case.tax is not None
    return case.but(tax=_Changed(case.tax, change))


def net_and_tax_are_gross(case: PricingCase) -> None:
    """Net and tax are gross: of each part, line, shipment and rate, and of the whole (TX-11)."""
    if case.tax is None:
        return
    quote = case.price()
    totals = quote.totals
    charged: dict[tuple[str, str], int] = defaultdict(int)
    for charge in quote.taxes:
        assert minor_units(quote, charge.amount) >= 0
        charged[charge.line_id, charge.shipment_id] += minor_units(quote, charge.amount)
    left: dict[tuple[str, str], int] = defaultdict(int)
    for part in quote.taxed_parts:
        net, tax, gross = (minor_units(quote, each) for each in (part.net, part.tax, part.gross))
        assert net + tax == gross
        assert min(net, tax) >= 0
        assert tax == charged[part.line_id, part.shipment_id]
        assert bool(part.exempt) <= (not tax)
        own = gross if part.price_includes_tax else net
        target = (part.line_id, "" if part.line_id else part.shipment_id)
        left[target] += own - minor_units(quote, part.paid_by_third_party)
    if case.policy.tax.gross is GrossPrices.KEPT:
        for line in quote.lines:
            assert left[line.line_id, ""] == minor_units(quote, line.total)
        for shipment in quote.shipments:
            assert left["", shipment.shipment_id] == minor_units(quote, shipment.total)
    tax = minor_units(quote, totals.tax)
    assert tax == sum(minor_units(quote, row.amount) for row in quote.taxes_by_rate())
    assert tax == sum(charged.values())
    assert minor_units(quote, totals.net) == sum(
        minor_units(quote, p.net) for p in quote.taxed_parts
    )
    assert minor_units(quote, totals.net) + tax == minor_units(quote, totals.gross)
    others = minor_units(quote, totals.paid_by_third_party)
    assert minor_units(quote, totals.gross) - others == minor_units(quote, totals.total)


def zero_rates_change_nothing(case: PricingCase) -> None:
    """Where all rates are zero, and nobody is exempt, it costs what it does without tax (TX-11)."""
    if case.tax is None:
        return
    taxed = _with_rates(case, lambda rate: attrs.evolve(rate, percent=0)).price()
    plain = case.untaxed().price()

    assert not taxed.totals.tax
    assert taxed.totals.net == taxed.totals.gross
    assert (taxed.lines, taxed.shipments) == (plain.lines, plain.shipments)
    assert taxed.total == plain.total


def a_larger_rate_never_gives_less_tax(case: PricingCase) -> None:
    """With all rates halved, there is no more tax (TX-11).

    On the same amounts: what a price is restated to, and what is best for the customer, may depend
    on the rates. And a net amount that is rounded by itself is another one.
    """
    if case.tax is None or case.policy.tax.gross is not GrossPrices.KEPT:
        return
    full = case.price()
    half = _with_rates(case, lambda rate: attrs.evolve(rate, percent=rate.percent / 2)).price()
    if (full.lines, full.shipments) != (half.lines, half.shipments):
        return
    if _highest(full):  # other goods may be those with the highest rates
        return
    assert half.totals.tax <= full.totals.tax


def _highest(quote: Quote) -> bool:
    return any(part.taxed_by is TaxedBy.HIGHEST_GOODS for part in quote.taxed_parts)


def an_address_may_have_several_shipments(case: PricingCase) -> None:
    """Where units of a line go in two parcels to one address, no total changes (TX-11).

    Tax is rounded by rate or for the whole order; a shipping price is taxed by its own rates.
    """
    together = {TaxRounding.RATE, TaxRounding.ORDER}
    if case.tax is None or case.policy.tax.rounding not in together:
        return
    if case.policy.tax.gross is not GrossPrices.KEPT:
        return
    whole = case.price()
    if any(part.taxed_by is not TaxedBy.OWN_RATES for part in whole.taxed_parts):
        return
    apart = case.but(cart=_in_two_parcels(case.cart)).price()
    # Promotions may look at the shipments.
    if whole.lines != apart.lines or whole.totals.shipping_discounts != (
        apart.totals.shipping_discounts
    ):
        return
    assert whole.totals == apart.totals
    if case.policy.tax.rounding is TaxRounding.RATE:  # otherwise rates share what is left over
        assert _by_rate(whole) == _by_rate(apart)


def _by_rate(quote: Quote) -> object:
    return {(row.name, row.percent): row.amount for row in quote.taxes_by_rate()}


def _in_two_parcels(cart: Cart) -> Cart:
    """The cart with one unit of each line of a shipment in a parcel of its own."""
    shipments = []
    for shipment in cart.shipments:
        apart = [(line_id, 1) for line_id, units in shipment.lines if units > 1]
        moved = {line_id for line_id, _ in apart}
        kept = tuple((i, units - (i in moved and units > 1)) for i, units in shipment.lines)
        shipments.append(attrs.evolve(shipment, lines=kept))
        if apart:
            own = attrs.evolve(shipment, id=f"{shipment.id} apart", lines=tuple(apart), speed=None)
            shipments.append(own)
    return attrs.evolve(cart, shipments=tuple(shipments))


def taken_out_and_added_again_a_price_is_the_same(case: PricingCase) -> None:
    """A net price with its tax is the price with tax that it was taken out of (TX-11).

    Within one minor unit, or step of tax, for each rate and part that is rounded; and all of that
    is tax, for the net price is the same.
    """
    if case.tax is None:
        return
    policy = attrs.evolve(case.policy.tax, gross=GrossPrices.KEPT, cash_step=None)
    alone = case.but(
        policy=attrs.evolve(case.policy, tax=attrs.evolve(policy, shipping_includes_tax=True)),
        promotions=(),
        cart=attrs.evolve(_at_one_price(case.cart), applied=(), manual=()),
    )
    inside = alone.price()
    if any(part.taxed_by is not TaxedBy.OWN_RATES for part in inside.taxed_parts):
        return
    nets = {(p.line_id, p.shipment_id): p.net for p in inside.taxed_parts}
    again = _net(alone, nets)
    if again is None:
        return
    outside = again.price()

    assert outside.totals.net == inside.totals.net
    step = Fraction(1) if policy.step is None else Fraction(policy.step)
    step = max(Fraction(1), step * 10 ** minor_digits(inside.currency))
    rates = Fraction(sum(Fraction(charge.percent) for charge in inside.taxes), 100)
    most = step * (len(inside.taxes) + rates) * (1 + rates)
    moved = minor_units(outside, outside.totals.gross) - minor_units(inside, inside.totals.gross)
    assert abs(moved) <= most


def _at_one_price(cart: Cart) -> Cart:
    """The cart with one unit of each line, all of whose prices include tax, and no shipments."""
    lines = tuple(
        attrs.evolve(line, quantity=1, price_includes_tax=True, minimum_price=None)
        for line in cart.lines
    )
    return attrs.evolve(cart, lines=lines, shipments=(), prices_include_tax=True)


def _net(case: PricingCase, nets: dict[tuple[str, str], Any]) -> PricingCase | None:
    """The case with its net prices; None where a price changed on its way."""
    lines = tuple(
        attrs.evolve(line, unit_price=nets[line.id, ""], price_includes_tax=False)
        for line in case.cart.lines
    )
    return case.but(cart=attrs.evolve(case.cart, lines=lines, prices_include_tax=False))


def what_a_third_party_pays_is_taxed(case: PricingCase) -> None:
    """A discount that somebody else pays for leaves net and tax as they are (TX-5, TX-11).

    Where tax is rounded for each part, only if no line has several: how cents are split over them
    depends on what is left of the line.
    """
    if case.tax is None:
        return
    bare = case.but(promotions=(), cart=attrs.evolve(case.cart, applied=(), manual=()))
    before = bare.price()
    together = case.policy.tax.rounding in {TaxRounding.RATE, TaxRounding.ORDER}
    lines = [part.line_id for part in before.taxed_parts if part.line_id]
    together &= case.policy.tax.gross is GrossPrices.KEPT
    if len({*lines}) < len(lines) and not together:
        return
    for promotion in case.promotions:
        if promotion.promotion_class is PromotionClass.PRODUCT:
            continue
        paid = _alone(case, attrs.evolve(promotion, paid_by_third_party=True)).price()
        assert (paid.totals.net, paid.totals.tax) == (before.totals.net, before.totals.tax)
        assert paid.totals.paid_by_third_party == paid.totals.discounts


def _alone(case: PricingCase, promotion: Promotion) -> PricingCase:
    applied = tuple(a for a in case.cart.applied if a.promotion_id == promotion.id)
    cart = attrs.evolve(case.cart, applied=applied, manual=())
    return case.but(cart=cart, promotions=(promotion,))


TAX_LAWS: tuple[Law, ...] = (
    net_and_tax_are_gross,
    zero_rates_change_nothing,
    a_larger_rate_never_gives_less_tax,
    an_address_may_have_several_shipments,
    taken_out_and_added_again_a_price_is_the_same,
    what_a_third_party_pays_is_taxed,
)
"""The laws of tax."""
