"""Laws of what a quote tells in words, and of what lines and shipments are called (PR-26)."""

import re
from decimal import Decimal

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


_MONEY = re.compile(r"(-?[\d.]+) [A-Z]{3}")


def _amount(text: str) -> Decimal:
    """The last amount of money in a row."""
    return Decimal(_MONEY.findall(text)[-1])


def _added_up(told: str) -> tuple[Decimal, Decimal]:
    """The total that an explanation states, and what its rows come to.

    It is read as a person reads it: no field of the quote is looked at.
    """
    said: dict[str, Decimal] = {}
    due = rates = Decimal(0)
    off: Decimal | None = None
    for row in [*told.splitlines(), ""]:
        if off is not None and row.startswith("    ") and " off " in row:
            off -= Decimal(row.split()[0])
            continue
        if off is not None and not row.startswith(" "):
            assert not off, told  # the shares of a discount are the discount
            off = None
        if row.startswith(("Items ", "Shipping: ")):
            due += _amount(row)
        elif row.startswith("No. ") or ", given by " in row:
            if "not applied" not in row:
                off = _amount(row)
                due -= off
        elif row.startswith(("Tax that prices do not include ", "Rounding of net amounts ")):
            due += _amount(row)
        elif row.startswith("Tax "):
            said["tax"] = Decimal(row.split()[1])
            due += 0 if row.endswith("included in the prices") else said["tax"]
        elif row.startswith("  ") and " = " in row and "tax" in said:
            rates += _amount(row)
        elif row.startswith("Total "):
            said["total"] = _amount(row)
    assert rates == said.get("tax", 0), told
    return said["total"], due


@settings(max_examples=150, suppress_health_check=_SLOW)
@given(_CASES)
def test_an_explanation_adds_up(case: PricingCase) -> None:
    """The total is the sum of what an explanation tells above it, read as text alone (PR-26)."""
    told = case.price().explain()
    total, due = _added_up(told)

    assert total == due, told
