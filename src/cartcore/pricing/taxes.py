"""Tax on what is left of a cart: what is taxed, what the calculator says, what it comes to (PR-4).

Units of a line in one shipment, and the price of a shipment, are taxed by themselves (TX-1). The
calculator is asked for all of them at once, and its answers are checked.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

import attrs

from cartcore.cart import Cart, CartLine, CartShipment, Customer
from cartcore.errors import PluginError, TaxUndetermined
from cartcore.errors.sentences import shown
from cartcore.pricing import sentences
from cartcore.pricing.ledger import Ledger
from cartcore.pricing.policy import GrossPrices, PricingPolicy, TaxPolicy
from cartcore.pricing.request import PricingRequest
from cartcore.pricing.shares import LineShares
from cartcore.pricing.tax_arithmetic import PartTaxes, Rates, Taxable, TaxArithmetic, factors
from cartcore.pricing.turn import Turn
from cartcore.promotions.tax import PartTax, TaxablePart, TaxedBy, TaxRate, TaxRequest
from cartcore.promotions.types import TaxCalculator
from cartcore.shop.address import Place
from cartcore.values.allocation import allocate, divide
from cartcore.values.guard import FAULTS, blame, type_name_of
from cartcore.values.money import from_minor, to_minor


@attrs.frozen
class Part:
    """A part as it is asked for, with its amounts in minor units.

    `taxed` is what tax is on; `paid_by_others` is what somebody else pays of it (TX-5).
    """

    asked: TaxablePart
    taxed: int
    paid_by_others: int


@attrs.frozen
class PartTaxed:
    """What came of a part: the answer, and its taxes in minor units."""

    part: Part
    answer: PartTax
    taxes: PartTaxes


def taxed(request: PricingRequest, ledger: Ledger, turns: Sequence[Turn]) -> list[PartTaxed]:
    """Tax what a ledger leaves after these turns; nothing without a calculator.

    Raises:
        PluginError: the calculator raised, or did not answer for each part once.
        TaxUndetermined: it cannot tell.
        InvalidField: a step of tax that the currency does not have.
    """
    cart, policy = request.cart, request.policy
    if request.tax is None:
        return []
    shares = LineShares(cart, ledger, turns, policy.rounding)
    by_others = _paid_by_others(shares, turns)
    parts = parts_of(cart, policy, shares.lines, shares.left, ledger.shipping_left, by_others)
    answers = ask(request, [part.asked for part in parts])
    taxables = [
        Taxable(
            part.taxed,
            part.asked.quantity,
            part.asked.price_includes_tax,
            mix_of(part, answer, parts, answers, request.tax),
            _content(part.asked),
        )
        for part, answer in zip(parts, answers, strict=True)
    ]
    found = _arithmetic(policy.tax, cart.currency).taxes(taxables)
    return [PartTaxed(*each) for each in zip(parts, answers, found, strict=True)]


def _arithmetic(policy: TaxPolicy, currency: str) -> TaxArithmetic:
    from_net = policy.gross is GrossPrices.FROM_ROUNDED_NET
    step = 1 if policy.step is None else to_minor(policy.step, currency, where="the step of tax")
    return TaxArithmetic(policy.rounding, policy.mode, step, from_net)


def payable(total: int, policy: TaxPolicy, currency: str) -> int:
    """What is paid of a total: rounded to what there is in coins, where the shop does so (TX-4)."""
    if policy.cash_step is None:
        return total
    step = to_minor(policy.cash_step, currency, where="the step of cash")
    return divide(total, step, policy.cash_mode) * step


def total_of(parts: Sequence[PartTaxed]) -> int:
    """What the customer pays for all parts, with tax."""
    return sum(
        each.taxes.net + sum(each.taxes.amounts) - each.part.paid_by_others for each in parts
    )


# --- parts ---


def parts_of(
    cart: Cart,
    policy: PricingPolicy,
    lines: Sequence[CartLine],
    left: Mapping[str, int],
    shipping_left: Sequence[int],
    by_others: Mapping[str, int],
) -> list[Part]:
    """What is taxed by itself: the units of lines by shipment, then the prices of shipments.

    `left` is what discounts leave of lines, by id, and `by_others` what somebody else pays of
    discounts on lines and shipments.
    """
    code, parts = cart.currency, []
    places = {shipment.id: shipment.place for shipment in cart.shipments}
    units: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
    for shipment in cart.shipments:
        for line_id, quantity in shipment.lines:
            units[line_id].append((shipment.id, quantity))
    for line in lines:
        for shipment_id, quantity, taxed, others in _in_shipments(
            units[line.id], line, left[line.id], by_others.get(line.id, 0)
        ):
            place = places.get(shipment_id, cart.place)
            asked = _units(cart, line, shipment_id, place, quantity, taxed)
            parts.append(Part(asked, taxed, others))
    for shipment, own in zip(cart.shipments, shipping_left, strict=True):
        if shipment.speed is not None:
            others = by_others.get(shipment.id, 0)
            asked = TaxablePart(
                id=f"shipment {shipment.id!r}",
                shipment_id=shipment.id,
                place=places[shipment.id],
                unit_price=shipment.speed.price,
                amount=from_minor(own + others, code),
                price_includes_tax=shipping_is_gross(cart, shipment, policy.tax),
                sku=shipment.speed.code,
                attributes=shipment.attributes,
            )
            parts.append(Part(asked, own + others, others))
    return parts


def shipping_is_gross(cart: Cart, shipment: CartShipment, policy: TaxPolicy) -> bool:
    """Whether the price of a shipment includes tax."""
    for said in (shipment.price_includes_tax, policy.shipping_includes_tax):
        if said is not None:
            return said
    return cart.prices_include_tax


def _units(
    cart: Cart, line: CartLine, shipment_id: str, place: Place, quantity: int, taxed: int
) -> TaxablePart:
    gross = line.price_includes_tax
    return TaxablePart(
        id=f"line {line.id!r}" + (f" in shipment {shipment_id!r}" if shipment_id else ""),
        line_id=line.id,
        shipment_id=shipment_id,
        place=place,
        quantity=quantity,
        unit_price=line.unit_price,
        amount=from_minor(taxed, cart.currency),
        price_includes_tax=cart.prices_include_tax if gross is None else gross,
        sku=line.sku,
        product_id=line.product_id,
        tax_class=line.tax_class,
        categories=line.categories,
        tags=line.tags,
        attributes=line.all_attributes,
    )


def _in_shipments(
    there: Sequence[tuple[str, int]], line: CartLine, left: int, others: int
) -> list[tuple[str, int, int, int]]:
    """(Shipment, units, taxed, paid by others) for each shipment that has units of a line."""
    if not there:
        return [("", line.quantity, left + others, others)]
    rest = max(0, line.quantity - sum(quantity for _, quantity in there))
    units = [*(quantity for _, quantity in there), rest]
    # As the quote splits a line's total over its shipments.
    own, foreign = allocate(left, units), allocate(others, units)
    found: dict[str, list[int]] = {}
    ids = [*(shipment_id for shipment_id, _ in there), ""]
    for shipment_id, *figures in zip(ids, units, own, foreign, strict=True):
        before = found.get(shipment_id, [0, 0, 0])
        found[shipment_id] = [a + b for a, b in zip(before, figures, strict=True)]
    return [(key, units, left + by, by) for key, (units, left, by) in found.items() if units]


def _paid_by_others(shares: LineShares, turns: Sequence[Turn]) -> dict[str, int]:
    """What promotions that a third party pays for took off lines and shipments, by id (TX-5)."""
    found: dict[str, int] = {}
    for turn, steps in zip(turns, shares.steps, strict=True):
        promotion = turn.candidate.promotion
        if promotion is not None and promotion.paid_by_third_party:
            for _, parts in steps:
                for target, _, taken in (part for cell in parts for part in cell):
                    found[target] = found.get(target, 0) + taken
    return found


def _content(part: TaxablePart) -> tuple[object, ...]:
    """What tells parts apart, whatever the order of the cart."""
    place = part.place
    return (
        part.sku,
        bool(part.line_id),
        part.unit_price.amount,
        part.amount.amount,
        part.quantity,
        part.tax_class,
        part.price_includes_tax,
        (place.country, place.region, place.city, place.postal_code),
        repr(part.attributes),
    )


# --- answers ---


def ask(
    request: PricingRequest, parts: Sequence[TaxablePart], customer: Customer | None = None
) -> list[PartTax]:
    """Ask the calculator, and return its answers in the order of the parts; see `taxed`."""
    tax, cart = request.tax, request.cart
    if tax is None or not parts:
        return []
    asked = TaxRequest(
        parts=tuple(parts),
        customer=cart.customer if customer is None else customer,
        currency=cart.currency,
        channel=cart.channel,
        at=request.at,
        timezone=cart.timezone,
        attributes=cart.attributes,
    )
    name = type_name_of(tax)
    try:
        answers = tax.taxes(asked)
    except FAULTS as error:
        if type(error) is TaxUndetermined and all(type(each) is str for each in error.args):
            raise
        blame(error, name, "tax")
    # No subclasses: they could do anything where their fields are read (PK-15).
    if type(answers) not in (tuple, list) or not all(
        type(answer) is PartTax and all(type(rate) is TaxRate for rate in answer.rates)
        for answer in answers
    ):
        raise PluginError(name, "tax", sentences.tax_answered(shown(answers)))
    found = {answer.part: answer for answer in answers}
    ids = [part.id for part in parts]
    strangers = sorted(found.keys() - {*ids})
    missing = [each for each in ids if each not in found]
    if strangers:
        raise PluginError(name, "tax", sentences.tax_of_strangers(shown(strangers[0])))
    if missing:
        raise PluginError(name, "tax", sentences.tax_missing(shown(missing[0])))
    if len(answers) > len(ids):
        names = [answer.part for answer in answers]
        twice = next(each for each in names if names.count(each) > 1)
        raise PluginError(name, "tax", sentences.tax_twice(shown(twice)))
    for part in parts:
        if part.line_id and found[part.id].by is not TaxedBy.OWN_RATES:
            raise PluginError(name, "tax", sentences.goods_as_goods(shown(part.id)))
    return [found[each] for each in ids]


def mix_of(
    part: Part,
    answer: PartTax,
    parts: Sequence[Part],
    answers: Sequence[PartTax],
    tax: TaxCalculator,
) -> tuple[tuple[int, Rates], ...]:
    """The rates of a part with their weights: of shipping that is taxed as its goods, theirs.

    Goods weigh what is left of them; where nothing is, their value before discounts, and units
    where they are free anyway.
    """
    if answer.by is TaxedBy.OWN_RATES:
        return ((1, answer.rates),)
    goods = [
        (each, own.rates)
        for each, own in zip(parts, answers, strict=True)
        if each.asked.line_id and each.asked.shipment_id == part.asked.shipment_id
    ]
    if not goods:
        raise PluginError(type_name_of(tax), "tax", sentences.no_goods(shown(part.asked.id)))
    if answer.by is TaxedBy.HIGHEST_GOODS:
        return ((1, highest([rates for _, rates in goods])),)
    scales: tuple[Callable[[Part], int], ...] = (
        lambda each: each.taxed,
        lambda each: int(each.asked.unit_price.amount.scaleb(12)) * each.asked.quantity,
        lambda each: each.asked.quantity,
    )
    weigh = next(scale for scale in scales if any(scale(each) for each, _ in goods))
    weights: dict[Rates, int] = {}
    for each, rates in goods:
        weights[rates] = weights.get(rates, 0) + weigh(each)
    among = [(weight, rates) for rates, weight in weights.items() if weight]
    return tuple(sorted(among, key=lambda pair: (_height(pair[1]), pair[0])))


def highest(among: Sequence[Rates]) -> Rates:
    """Of the rates of several goods, those that take the most."""
    return max(among, key=_height)


def _height(rates: Rates) -> tuple[float, tuple[str, ...]]:
    """How much of a net amount rates take together; then their names, so that no order matters."""
    shares, denominator = factors(rates)
    return sum(shares) / denominator, tuple(rate.name for rate in rates)
