"""Laws of what a quote tells in words, and of what lines and shipments are called (PR-26)."""

import attrs
from hypothesis import HealthCheck, given, settings

from cartcore.cart import Cart, CartShipment
from cartcore.pricing.quote import Quote
from cartcore.testing.pricing import PricingCase, generated_taxes, policies, pricing_cases

_CASES = pricing_cases(policies=policies) | pricing_cases(taxes=generated_taxes)
_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


def _renamed(cart: Cart, names: dict[str, str]) -> Cart:
    def renamed(shipment: CartShipment) -> CartShipment:
        return attrs.evolve(shipment, id=names[shipment.id])

    return attrs.evolve(cart, shipments=tuple(map(renamed, cart.shipments)))


def _told(quote: Quote, names: dict[str, str]) -> object:
    """All that a quote says, with its shipments called as they are in `names`."""
    return (
        quote.explain(),
        str(quote),
        quote.totals,
        quote.lines,
        [(names[each.shipment_id], each.lines, each.discount) for each in quote.shipments],
        [(a.line_id, names.get(a.shipment_id), a.units, a.discount) for a in quote.adjustments],
        [(p.line_id, names.get(p.shipment_id), p.net, p.tax) for p in quote.taxed_parts],
    )


@settings(max_examples=150, suppress_health_check=_SLOW)
@given(_CASES)
def test_it_does_not_matter_what_shipments_are_called(case: PricingCase) -> None:
    """With ids that no line has, shipments cost the same and are told alike (PR-16, TX-5)."""
    ids = [shipment.id for shipment in case.cart.shipments]
    apart = {own: f"apart {place}" for place, own in enumerate(ids)}

    as_it_is = _told(case.price(), apart)
    quote = case.but(cart=_renamed(case.cart, apart)).price()
    assert as_it_is == _told(quote, {name: name for name in apart.values()})
