"""Tax on what is left of a cart: what is taxed, what the calculator says, what it comes to (PR-4).

Units of a line in one shipment, and the price of a shipment, are taxed by themselves (TX-1). The
calculator is asked for all of them at once, and its answers are checked.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

import attrs

from cartcore.cart import Cart, CartLine, CartShipment, Customer
from cartcore.errors import PluginError, TaxUndetermined
from cartcore.errors.sentences import shown
from cartcore.pricing import sentences
from cartcore.pricing.ledger import Ledger
from cartcore.pricing.policy import GrossPrices, PricingPolicy, TaxPolicy
from cartcore.pricing.request import PricingRequest
from cartcore.pricing.shares import LineShares
from cartcore.pricing.tax_arithmetic import (
    Alike,
    Mix,
    PartTaxes,
    Rates,
    Taxable,
    TaxArithmetic,
    factors,
)
from cartcore.pricing.turn import Turn
from cartcore.promotions.tax import PartTax, TaxablePart, TaxedBy, TaxRate, TaxRequest
from cartcore.values.allocation import allocate, divide
from cartcore.values.guard import FAULTS, blame, type_name_of
from cartcore.values.money import to_minor

_OWN_RATES = TaxedBy.OWN_RATES


@attrs.frozen(eq=False)
class Taxed:
    """What is taxed in a cart and what the calculator answered; the taxes are worked out when read.

    `by_others` is what somebody else pays of each part (TX-5), empty where nobody does. Reading it
    raises nothing.
    """

    parts: Sequence[TaxablePart]
    answers: Sequence[PartTax]
    by_others: Sequence[int]
    policy: TaxPolicy
    _arithmetic: TaxArithmetic

    @cached_property
    def taxes(self) -> list[PartTaxes]:
        """The taxes of each part."""
        contents = map(_content, self.parts)
        return self._arithmetic.taxes(
            [
                Taxable(part.minor, part.quantity, part.price_includes_tax, mix, content)
                for part, mix, content in zip(self.parts, self._mixes, contents, strict=True)
            ]
        )

    @cached_property
    def tax(self) -> int:
        """All taxes together."""
        together = self._arithmetic.together(self._alike)
        if together is None:
            together = sum(sum(each.amounts) for each in self.taxes)
        return together

    @cached_property
    def total(self) -> int:
        """What the customer pays for all parts, with tax."""
        due = sum([part.minor for part in self.parts]) - sum(self.by_others)
        includes = {part.price_includes_tax for part in self.parts}
        if not includes or (includes == {True} and self.policy.gross is GrossPrices.KEPT):
            return due
        if includes == {False}:
            return due + self.tax
        return sum(each.net + sum(each.amounts) for each in self.taxes) - sum(self.by_others)

    @cached_property
    def _mixes(self) -> list[Mix]:
        """The rates of each part; the same object for answers that share their rates."""
        known: dict[int, Mix] = {}
        found = []
        for part, answer in zip(self.parts, self.answers, strict=True):
            rates = answer.rates
            if answer.by is not _OWN_RATES:
                mix = mix_of(part, answer, self.parts, self.answers)
            elif id(rates) in known:
                mix = known[id(rates)]
            else:
                mix = known[id(rates)] = ((1, rates),)
            found.append(mix)
        return found

    @cached_property
    def _alike(self) -> list[Alike]:
        """The sums of the parts that share their rates."""
        amounts: dict[tuple[int, bool], tuple[Mix, list[int]]] = {}
        for part, mix in zip(self.parts, self._mixes, strict=True):
            key = (id(mix), part.price_includes_tax)
            if key in amounts:
                amounts[key][1].append(part.minor)
            else:
                amounts[key] = (mix, [part.minor])
        return [
            Alike(mix, gross, sum(own), min(filter(None, own), default=0))
            for (_, gross), (mix, own) in amounts.items()
        ]


def taxed(request: PricingRequest, ledger: Ledger, turns: Sequence[Turn]) -> Taxed | None:
    """Ask how what a ledger leaves after these turns is taxed; None without a calculator.

    Raises:
        PluginError: the calculator raised, or did not answer for each part once.
        TaxUndetermined: it cannot tell.
        InvalidField: a step of tax that the currency does not have.
    """
    cart, policy = request.cart, request.policy
    if request.tax is None:
        return None
    arithmetic = _arithmetic(policy.tax, cart.currency)
    lines, left, by_others = _left(request, ledger, turns)
    parts, others = parts_of(cart, policy, lines, left, ledger.shipping_left, by_others)
    return Taxed(parts, ask(request, parts), others, policy.tax, arithmetic)


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


# --- parts ---


def _left(
    request: PricingRequest, ledger: Ledger, turns: Sequence[Turn]
) -> tuple[Sequence[CartLine], Sequence[int], Mapping[str, int]]:
    """The lines, what is left of each, and what somebody else pays of lines and shipments."""
    paid = [
        turn.candidate.promotion is not None and turn.candidate.promotion.paid_by_third_party
        for turn in turns
    ]
    if any(paid) or ledger.merged:
        shares = LineShares(request.cart, ledger, turns, request.policy.rounding)
        left = [shares.left[line.id] for line in shares.lines]
        return shares.lines, left, _paid_by_others(shares, turns) if any(paid) else {}
    applied = [turn.applied for turn in turns]
    added = [line for each in applied if each is not None for line in each.added]
    left = ledger.settled()
    if ledger.pieces:
        left = left[:]
        for cell, pool in enumerate(ledger.pool):
            if cell != pool:
                left[pool] += left[cell]
    where = ledger.where
    lines = (*request.cart.lines, *added) if added else request.cart.lines
    return lines, [left[where[line.id]] for line in lines] if added else left[: len(lines)], {}


def parts_of(
    cart: Cart,
    policy: PricingPolicy,
    lines: Sequence[CartLine],
    left: Sequence[int],
    shipping_left: Sequence[int],
    by_others: Mapping[str, int],
) -> tuple[list[TaxablePart], list[int]]:
    """What is taxed by itself: the units of lines by shipment, then the prices of shipments.

    `left` is what discounts leave of the lines, and `by_others` what somebody else pays of
    discounts on lines and shipments, by id. With the parts come what somebody else pays of each;
    nothing where nobody does.
    """
    home, gross = cart.place, cart.prices_include_tax
    units: dict[str, list[tuple[CartShipment, int]]] = {}
    for shipment in cart.shipments:
        for line_id, quantity in shipment.lines:
            units.setdefault(line_id, []).append((shipment, quantity))
    parts: list[TaxablePart] = []
    others: list[int] = []
    make = TaxablePart._make
    for line, own in zip(lines, left, strict=True):
        id_, own_gross = f"line {line.id!r}", line.price_includes_tax
        with_tax = gross if own_gross is None else own_gross
        by_other = by_others.get(line.id, 0) if by_others else 0
        there = units.get(line.id)
        if there is None:
            parts.append(make((id_, line, None, home, line.quantity, own + by_other, with_tax)))
            others.append(by_other)
            continue
        for shipment_, quantity, taxed_, other in _in_shipments(there, line, own, by_other):
            place = home if shipment_ is None else shipment_.place
            part_id = id_ if shipment_ is None else f"{id_} in shipment {shipment_.id!r}"
            parts.append(make((part_id, line, shipment_, place, quantity, taxed_, with_tax)))
            others.append(other)
    for shipment, own in zip(cart.shipments, shipping_left, strict=True):
        if shipment.speed is not None:
            other = by_others.get(shipment.id, 0) if by_others else 0
            with_tax = shipping_is_gross(cart, shipment, policy.tax)
            id_ = f"shipment {shipment.id!r}"
            parts.append(make((id_, None, shipment, shipment.place, 1, own + other, with_tax)))
            others.append(other)
    return parts, others if by_others else []


def shipping_is_gross(cart: Cart, shipment: CartShipment, policy: TaxPolicy) -> bool:
    """Whether the price of a shipment includes tax."""
    for said in (shipment.price_includes_tax, policy.shipping_includes_tax):
        if said is not None:
            return said
    return cart.prices_include_tax


def _in_shipments(
    there: Sequence[tuple[CartShipment, int]], line: CartLine, left: int, others: int
) -> list[tuple[CartShipment | None, int, int, int]]:
    """(Shipment, units, taxed, paid by others) for each shipment that has units of a line."""
    if len(there) == 1 and there[0][1] == line.quantity:  # as nearly always
        return [(there[0][0], line.quantity, left + others, others)]
    rest = max(0, line.quantity - sum(quantity for _, quantity in there))
    units = [*(quantity for _, quantity in there), rest]
    # As the quote splits a line's total over its shipments.
    own, foreign = allocate(left, units), allocate(others, units)
    found: dict[str, tuple[CartShipment | None, int, int, int]] = {}
    shipments = [*(shipment for shipment, _ in there), None]
    for shipment, *figures in zip(shipments, units, own, foreign, strict=True):
        key = "" if shipment is None else shipment.id
        _, *before = found.get(key, (None, 0, 0, 0))
        quantity, left_, by = (a + b for a, b in zip(before, figures, strict=True))
        found[key] = (shipment, quantity, left_, by)
    return [
        (shipment, quantity, left_ + by, by)
        for shipment, quantity, left_, by in found.values()
        if quantity
    ]


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
        part.line is not None,
        part.unit_price.amount,
        part.minor,
        part.quantity,
        part.tax_class,
        part.price_includes_tax,
        (place.country, place.region, place.city, place.postal_code),
        repr(part.attributes),
    )


# --- answers ---


def ask(
    request: PricingRequest, parts: Sequence[TaxablePart], customer: Customer | None = None
) -> Sequence[PartTax]:
    """Ask the calculator, and return its answers in the order of the parts; see `taxed`."""
    tax, cart = request.tax, request.cart
    if tax is None or not parts:
        return ()
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
    if type(answers) not in (tuple, list) or not _are_answers(answers):
        raise PluginError(name, "tax", sentences.tax_answered(shown(answers)))
    ids = [part.id for part in parts]
    answers = tuple(answers)
    if [answer.part for answer in answers] != ids:
        answers = _in_order(answers, ids, name)
    for part, answer in zip(parts, answers, strict=True):
        if answer.by is not _OWN_RATES:
            if part.line is not None:
                raise PluginError(name, "tax", sentences.goods_as_goods(shown(part.id)))
            if not any(_is_in(each, part) for each in parts):
                raise PluginError(name, "tax", sentences.no_goods(shown(part.id)))
    return answers


def _are_answers(answers: Sequence[PartTax]) -> bool:
    """Whether each has what its fields say; rates that answers share are looked at once."""
    seen: dict[int, object] = {}
    for answer in answers:
        if type(answer) is not PartTax:
            return False
        rates = answer.rates
        if id(rates) not in seen:
            seen[id(rates)] = rates
            if type(rates) is not tuple or not all(type(rate) is TaxRate for rate in rates):
                return False
            if len({*rates}) < len(rates):
                return False
        if type(answer.part) is not str or type(answer.exempt) is not str:
            return False
    return True


def _in_order(answers: Sequence[PartTax], ids: Sequence[str], name: str) -> Sequence[PartTax]:
    """The answers in the order of the parts."""
    found = {answer.part: answer for answer in answers}
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
    return [found[each] for each in ids]


def _is_in(part: TaxablePart, charge: TaxablePart) -> bool:
    """Whether a part is of the goods in the shipment that a charge is for."""
    return part.line is not None and part.shipment_id == charge.shipment_id


def mix_of(
    charge: TaxablePart,
    answer: PartTax,
    parts: Sequence[TaxablePart],
    answers: Sequence[PartTax],
) -> Mix:
    """The rates of shipping that is taxed as its goods, with their weights.

    Goods weigh what is left of them; where nothing is, their value before discounts, and units
    where they are free anyway.
    """
    goods = [
        (each, own.rates) for each, own in zip(parts, answers, strict=True) if _is_in(each, charge)
    ]
    if answer.by is TaxedBy.HIGHEST_GOODS:
        return ((1, highest([rates for _, rates in goods])),)
    scales: tuple[Callable[[TaxablePart], int], ...] = (
        lambda each: each.minor,
        lambda each: int(each.unit_price.amount.scaleb(12)) * each.quantity,
        lambda each: each.quantity,
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
