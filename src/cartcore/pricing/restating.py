"""Prices that include tax, where another tax is due, or none (TX-3, TX-12).

It is done before any promotion has its turn, for each unit, and rounded half up. The tax in a price
is asked for as anybody would pay it at the place of the store.
"""

from collections.abc import Sequence
from fractions import Fraction

import attrs
from moneyed import Money

from cartcore.cart import CartLine, CartShipment, Customer
from cartcore.errors import TaxUndetermined
from cartcore.pricing.policy import CrossBorder, ExemptPrices, TaxPolicy
from cartcore.pricing.pools import amount_of
from cartcore.pricing.request import PricingRequest
from cartcore.pricing.tax_answers import ask
from cartcore.pricing.tax_arithmetic import Rates, factors
from cartcore.pricing.tax_parts import amounts_of, parts_of
from cartcore.pricing.taxes import Taxed, highest
from cartcore.promotions.tax import PartTax, TaxablePart, TaxedBy
from cartcore.shop.address import NOWHERE
from cartcore.values.allocation import Rounding, divide
from cartcore.values.money import from_minor, minor_digits, minor_of

_ANYBODY = Customer()
_GROSS_KEPT = CrossBorder.GROSS_KEPT  # looked up once: it is asked for each cart


@attrs.frozen
class _Change:
    """What a price is multiplied by, and whether it includes tax from then on."""

    factor: Fraction
    includes_tax: bool


_AS_IT_IS = _Change(Fraction(1), includes_tax=True)


def crosses_borders(policy: TaxPolicy) -> bool:
    """Whether prices become others where their destination has other taxes."""
    return policy.cross_border is not _GROSS_KEPT and policy.included_at != NOWHERE


def exempts_prices(policy: TaxPolicy, taxed: Taxed) -> bool:
    """Whether a price that includes tax becomes another because none is due.

    Across borders it became so at first.
    """
    return (
        any(answer.exempt for answer in taxed.answered.kinds)
        and policy.exempt is ExemptPrices.WITHOUT_TAX
        and not crosses_borders(policy)
        and any(
            answer.exempt and part.price_includes_tax
            for part, answer in zip(taxed.parts, taxed.answers, strict=True)
        )
    )


def restated(request: PricingRequest) -> PricingRequest:
    """Return the request with the prices of the destinations.

    Raises:
        PluginError: the calculator failed.
        TaxUndetermined: it cannot tell, or units of one line would have several prices.
    """
    cart, policy = request.cart, request.policy.tax
    code, rounding = cart.currency, request.policy.rounding
    amounts = [amount_of(line, rounding) for line in cart.lines]
    prices = [minor_of(s.speed.price, code) if s.speed else 0 for s in cart.shipments]
    parts = parts_of(cart, policy, cart.lines, amounts_of(cart, cart.lines, amounts, prices))
    request = attrs.evolve(request, restates=cart.prices_include_tax)
    if not any(part.price_includes_tax for part in parts):
        return request
    answers, crossing = ask(request, parts).answers, crosses_borders(policy)
    at_home = (
        parts
        if policy.included_at == NOWHERE
        else [part._replace(place=policy.included_at) for part in parts]
    )
    contained = ask(request, at_home, _ANYBODY).answers
    changes: dict[tuple[str, str], _Change] = {}
    for place, part in enumerate(parts):
        if part.price_includes_tax:
            change = _change(place, parts, contained, answers, policy, crossing=crossing)
            line_id = part.line_id
            target = (line_id, "" if line_id else part.shipment_id)
            if changes.setdefault(target, change) != change:
                what = "a line of its own for each place, because its units cost different prices"
                raise TaxUndetermined(what, str(part.place), line_id, part.shipment_id)
    if all(change == _AS_IT_IS for change in changes.values()):
        return request
    changed = attrs.evolve(
        cart,
        lines=tuple(_line(line, changes.get((line.id, ""), _AS_IT_IS)) for line in cart.lines),
        shipments=tuple(
            _shipment(each, changes.get(("", each.id), _AS_IT_IS)) for each in cart.shipments
        ),
    )
    return attrs.evolve(request, cart=changed)


def restated_line(request: PricingRequest, line: CartLine) -> CartLine:
    """Return a line that a promotion adds, with the price of its destination; see `restated`."""
    sent = tuple(
        attrs.evolve(each, lines=units, speed=None)
        for each in request.cart.shipments
        if (units := tuple(pair for pair in each.lines if pair[0] == line.id))
    )
    alone = attrs.evolve(request.cart, lines=(line,), shipments=sent, manual=())
    (found,) = restated(attrs.evolve(request, cart=alone)).cart.lines
    return found


def _change(
    place: int,
    parts: Sequence[TaxablePart],
    contained: Sequence[PartTax],
    answers: Sequence[PartTax],
    policy: TaxPolicy,
    *,
    crossing: bool,
) -> _Change:
    """What becomes of the price of one part."""
    shipment_id = parts[place].shipment_id
    goods = [
        i
        for i, part in enumerate(parts)
        if part.line is not None and part.shipment_id == shipment_id
    ]
    by_goods = answers[place].by is not TaxedBy.OWN_RATES or (
        contained[place].by is not TaxedBy.OWN_RATES
    )
    if by_goods and not goods:  # those that promotions add are not there yet
        return _AS_IT_IS
    exempt = (
        all(answers[i].exempt for i in goods)
        if answers[place].by is not TaxedBy.OWN_RATES
        else bool(answers[place].exempt)
    )
    if exempt and policy.exempt is ExemptPrices.AS_IT_STANDS:
        return _AS_IT_IS
    if not exempt and not crossing:
        return _AS_IT_IS
    weights = [parts[i].minor for i in goods] if by_goods else [1]
    if not any(weights):
        weights = [parts[i].quantity for i in goods]
    before = _shares(place, goods, contained)
    after = [()] * len(weights) if exempt else _shares(place, goods, answers)
    if not any(before) or (before == after and not exempt):
        return _AS_IT_IS
    net = exempt or policy.cross_border is CrossBorder.NET_KEPT_NET_UNIT
    factor = sum(
        weight * (1 if net else _with_tax(new)) / _with_tax(old)
        for weight, old, new in zip(
            weights,
            before * len(weights) if len(before) == 1 else before,
            after * len(weights) if len(after) == 1 else after,
            strict=True,
        )
    )
    return _Change(Fraction(factor) / sum(weights), includes_tax=not net)


def _shares(place: int, goods: Sequence[int], answers: Sequence[PartTax]) -> list[Rates]:
    """The rates of a part, or those of the goods that it is taxed by."""
    answer = answers[place]
    if answer.by is TaxedBy.OWN_RATES:
        return [answer.rates]
    among = [answers[i].rates for i in goods]
    return [highest(among)] if answer.by is TaxedBy.HIGHEST_GOODS else among


def _with_tax(rates: Rates) -> Fraction:
    shares, denominator = factors(rates)
    return 1 + Fraction(sum(shares), denominator)


def _price(price: Money, change: _Change) -> Money:
    if change.factor == 1:  # a finer price than the minor unit stays as fine
        return price
    exact = Fraction(price.amount) * 10 ** minor_digits(price.currency) * change.factor
    return from_minor(
        divide(exact.numerator, exact.denominator, Rounding.HALF_UP), price.currency.code
    )


def _line(line: CartLine, change: _Change) -> CartLine:
    if change == _AS_IT_IS:
        return line
    least, former, override = line.minimum_price, line.compare_at_price, line.override
    if override is not None:
        catalogue_price = _price(override.catalogue_price, change)
        override = attrs.evolve(override, catalogue_price=catalogue_price)
    return attrs.evolve(
        line,
        unit_price=_price(line.unit_price, change),
        minimum_price=None if least is None else _price(least, change),
        compare_at_price=None if former is None else _price(former, change),
        override=override,
        price_includes_tax=change.includes_tax,
    )


def _shipment(shipment: CartShipment, change: _Change) -> CartShipment:
    if change == _AS_IT_IS or shipment.speed is None:
        return shipment
    speed = attrs.evolve(shipment.speed, price=_price(shipment.speed.price, change))
    return attrs.evolve(shipment, speed=speed, price_includes_tax=change.includes_tax)
