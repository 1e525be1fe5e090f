"""Tax on what is left of a cart: what is taxed, what the calculator says, what it comes to (PR-4).

Units of a line in one shipment, and the price of a shipment, are taxed by themselves (TX-1). The
calculator is asked for all of them at once, and its answers are checked.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from typing import Any, overload

import attrs

from cartcore.cart import Cart, CartLine, CartShipment, Customer
from cartcore.errors import PluginError, TaxUndetermined
from cartcore.errors.sentences import shown
from cartcore.pricing import sentences
from cartcore.pricing.ledger import Ledger
from cartcore.pricing.policy import GrossPrices, TaxPolicy
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
from cartcore.promotions.types import TaxCalculator
from cartcore.values.allocation import allocate, divide
from cartcore.values.guard import FAULTS, blame, type_name_of
from cartcore.values.money import to_minor

# Looked up once: through the class, Python 3.11 takes ten times as long.
_OWN_RATES, _FROM_ROUNDED_NET = TaxedBy.OWN_RATES, GrossPrices.FROM_ROUNDED_NET


@attrs.frozen(eq=False)
class Taxed:
    """What is taxed in a cart, and how, as the calculator says; worked out when it is read."""

    parts: Sequence[TaxablePart]
    amounts: "Amounts"
    answers: Sequence[PartTax]
    policy: TaxPolicy
    _arithmetic: TaxArithmetic

    @cached_property
    def taxes(self) -> list[PartTaxes]:
        """The taxes of each part."""
        return self._arithmetic.taxes(
            [
                Taxable(
                    amount,
                    part.quantity,
                    part.price_includes_tax,
                    self._mix(part, answer),
                    _content(part),
                )
                for part, answer, amount in self._each()
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
        due = sum(self.amounts) - sum(self.amounts.by_others)
        includes = {part.price_includes_tax for part in self.parts}
        if not includes or (includes == {True} and self.policy.gross is not _FROM_ROUNDED_NET):
            return due
        if includes == {False}:
            return due + self.tax
        return sum(each.net + sum(each.amounts) for each in self.taxes) - sum(
            self.amounts.by_others
        )

    def _each(self) -> Iterable[tuple[TaxablePart, PartTax, int]]:
        return zip(self.parts, self.answers, self.amounts, strict=True)

    def _mix(self, part: TaxablePart, answer: PartTax) -> Mix:
        """The rates of a part with their weights."""
        if answer.by is _OWN_RATES:
            return ((1, answer.rates),)
        return mix_of(part, answer, self.parts, self.answers)

    @cached_property
    def _alike(self) -> list[Alike]:
        """The sums of the parts whose answers share their rates."""
        known: dict[tuple[object, bool], tuple[TaxablePart, PartTax, list[int]]] = {}
        for part, answer, amount in self._each():
            own = answer.by is _OWN_RATES
            key = (id(answer.rates) if own else part.id, part.price_includes_tax)
            if key in known:
                known[key][2].append(amount)
            else:
                known[key] = (part, answer, [amount])
        return [
            Alike(self._mix(part, answer), gross, sum(own), min(filter(None, own), default=0))
            for (_, gross), (part, answer, own) in known.items()
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
    added = [line for turn in turns if turn.applied is not None for line in turn.applied.added]
    lines = (*cart.lines, *added)
    amounts = Amounts(request, lines, ledger, turns)
    parts = parts_of(cart, policy.tax, lines, amounts)
    return Taxed(parts, amounts, ask(request, parts), policy.tax, arithmetic)


def _arithmetic(policy: TaxPolicy, currency: str) -> TaxArithmetic:
    from_net = policy.gross is _FROM_ROUNDED_NET
    step = 1 if policy.step is None else to_minor(policy.step, currency, where="the step of tax")
    return TaxArithmetic(policy.rounding, policy.mode, step, from_net)


def payable(total: int, policy: TaxPolicy, currency: str) -> int:
    """What is paid of a total: rounded to what there is in coins, where the shop does so (TX-4)."""
    if policy.cash_step is None:
        return total
    step = to_minor(policy.cash_step, currency, where="the step of cash")
    return divide(total, step, policy.cash_mode) * step


# --- parts ---


class Amounts(Sequence[int]):
    """What is taxed of each part, in minor units: worked out when it is first read.

    `by_others` is what somebody else pays of each (TX-5), empty where nobody does.
    """

    def __init__(
        self,
        request: PricingRequest,
        lines: Sequence[CartLine],
        ledger: Ledger,
        turns: Sequence[Turn],
    ) -> None:
        self._request = request
        self._lines = lines
        self._ledger = ledger
        self._turns = turns

    @overload
    def __getitem__(self, index: int) -> int: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[int]: ...
    def __getitem__(self, index: int | slice) -> int | Sequence[int]:
        return self._figures[0][index]

    def __iter__(self) -> Iterator[int]:
        return iter(self._figures[0])

    def __len__(self) -> int:
        return len(self._figures[0])

    @property
    def by_others(self) -> Sequence[int]:
        """What somebody else pays of each part."""
        return self._figures[1]

    @cached_property
    def _figures(self) -> tuple[Sequence[int], Sequence[int]]:
        cart, lines, ledger, turns = self._request.cart, self._lines, self._ledger, self._turns
        paid = [
            turn.candidate.promotion is not None and turn.candidate.promotion.paid_by_third_party
            for turn in turns
        ]
        if not (ledger.merged or any(paid)):
            return tuple(amounts_of(cart, lines, self._left(), ledger.shipping_left)), ()
        shares = LineShares(cart, ledger, turns, self._request.policy.rounding)
        left = [shares.left[line.id] for line in lines]
        own = amounts_of(cart, lines, left, ledger.shipping_left)
        if not any(paid):
            return tuple(own), ()
        by_others = _paid_by_others(shares, turns)
        foreign = [[by_others.get(each.id, 0) for each in of] for of in (lines, cart.shipments)]
        others = tuple(amounts_of(cart, lines, *foreign))
        return tuple(map(sum, zip(own, others, strict=True))), others

    def _left(self) -> Sequence[int]:
        """What is left of each line where no two are equal: what is left of its pool."""
        ledger = self._ledger
        left, where = ledger.settled()[:], ledger.where
        for cell, pool in enumerate(ledger.pool) if ledger.pieces else ():
            if cell != pool:
                left[pool] += left[cell]
        return [left[where[line.id]] for line in self._lines]


def parts_of(
    cart: Cart, policy: TaxPolicy, lines: Sequence[CartLine], amounts: Sequence[int]
) -> list[TaxablePart]:
    """What is taxed by itself: the units of lines by shipment, then the prices of shipments.

    `amounts` are those of the parts; see `amounts_of`.
    """
    home, gross, sent = cart.place, cart.prices_include_tax, _sent(cart)
    parts: list[TaxablePart] = []
    make = partial(tuple.__new__, TaxablePart)  # in half the time of the class itself
    for line in lines:
        with_tax = line.price_includes_tax
        if with_tax is None:
            with_tax = gross
        id_, position = f"line {line.id!r}", len(parts)
        if line.id not in sent:
            parts.append(make((id_, line, None, home, line.quantity, with_tax, amounts, position)))
            continue
        for shipment, units, _ in _in_shipments(sent[line.id], line, 0):
            place = home if shipment is None else shipment.place
            part_id = id_ if shipment is None else f"{id_} in shipment {shipment.id!r}"
            position = len(parts)
            parts.append(make((part_id, line, shipment, place, units, with_tax, amounts, position)))
    for shipment in cart.shipments:
        if shipment.speed is not None:
            with_tax = shipping_is_gross(cart, shipment, policy)
            id_, place = f"shipment {shipment.id!r}", shipment.place
            parts.append(make((id_, None, shipment, place, 1, with_tax, amounts, len(parts))))
    return parts


def amounts_of(
    cart: Cart, lines: Sequence[CartLine], left: Sequence[int], shipping_left: Sequence[int]
) -> list[int]:
    """The amounts of the parts, of what is left of the lines and of the prices of shipments."""
    sent = _sent(cart)
    found: list[int] = []
    for line, own in zip(lines, left, strict=True):
        if line.id in sent:
            found += [amount for _, _, amount in _in_shipments(sent[line.id], line, own)]
        else:
            found.append(own)
    pairs = zip(cart.shipments, shipping_left, strict=True)
    return found + [own for shipment, own in pairs if shipment.speed is not None]


def _sent(cart: Cart) -> Mapping[str, Sequence[tuple[CartShipment, int]]]:
    """The shipments that have units of a line, with these, by line id."""
    found: dict[str, list[tuple[CartShipment, int]]] = {}
    for shipment in cart.shipments:
        for line_id, units in shipment.lines:
            found.setdefault(line_id, []).append((shipment, units))
    return found


def shipping_is_gross(cart: Cart, shipment: CartShipment, policy: TaxPolicy) -> bool:
    """Whether the price of a shipment includes tax."""
    for said in (shipment.price_includes_tax, policy.shipping_includes_tax):
        if said is not None:
            return said
    return cart.prices_include_tax


def _in_shipments(
    there: Sequence[tuple[CartShipment, int]], line: CartLine, left: int
) -> list[tuple[CartShipment | None, int, int]]:
    """The units and what is left of them, for each shipment that has units of a line."""
    if len(there) == 1 and there[0][1] == line.quantity:  # as nearly always
        return [(there[0][0], line.quantity, left)]
    rest = max(0, line.quantity - sum(quantity for _, quantity in there))
    units = [*(quantity for _, quantity in there), rest]
    shipments = [*(shipment for shipment, _ in there), None]
    found: dict[str, tuple[CartShipment | None, int, int]] = {}
    # As the quote splits a line's total over its shipments.
    for shipment, quantity, own in zip(shipments, units, allocate(left, units), strict=True):
        key = "" if shipment is None else shipment.id
        _, before, left_before = found.get(key, (None, 0, 0))
        found[key] = (shipment, before + quantity, left_before + own)
    return [each for each in found.values() if each[1]]


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
    try:
        answers: Any = tax.taxes(asked)
        # Read here, too: what an answer is made of has not been looked at yet.
        unusual = _without_rates(answers)
        if unusual is None:
            raise _fault(tax, sentences.tax_answered(shown(answers)))
        ids = [part.id for part in parts]
        if [answer.part for answer in answers] != ids:
            answers = _in_order(answers, ids, tax)
    except FAULTS as error:
        if type(error) is TaxUndetermined and all(type(each) is str for each in error.args):
            raise
        blame(error, type_name_of(tax), "tax")
    found: Sequence[PartTax] = tuple(answers)
    for part, answer in zip(parts, found, strict=True) if unusual else ():
        if answer.by is _OWN_RATES:
            continue
        if part.line is not None:
            raise _fault(tax, sentences.goods_as_goods(shown(part.id)))
        if not any(_is_in(each, part) for each in parts):
            raise _fault(tax, sentences.no_goods(shown(part.id)))
    return found


def _without_rates(answers: Any) -> list[PartTax] | None:
    """The answers that have no rates of their own; None if one is not what it should be.

    No subclasses: they could do anything where their fields are read (PK-15). Rates that answers
    share, as nearly all do, are looked at once.
    """
    if type(answers) not in (tuple, list):
        return None
    found: list[PartTax] = []
    seen: dict[int, object] = {}
    for answer in answers:
        if type(answer) is not PartTax:
            return None
        rates = answer.rates
        if id(rates) not in seen:
            if type(rates) is not tuple or any(type(rate) is not TaxRate for rate in rates):
                return None
            if len({*rates}) < len(rates):
                return None
            seen[id(rates)] = rates
        if answer.by is not _OWN_RATES or answer.exempt or not rates:
            found.append(answer)
    for answer in found:
        if type(answer.by) is not TaxedBy or type(answer.exempt) is not str:
            return None
        answer.exempt.encode()  # no half characters (surrogates)
    return found


def _fault(tax: TaxCalculator, problem: str) -> PluginError:
    return PluginError(type_name_of(tax), "tax", problem)


def _in_order(
    answers: Sequence[PartTax], ids: Sequence[str], tax: TaxCalculator
) -> Sequence[PartTax]:
    """The answers in the order of the parts."""
    found = {answer.part: answer for answer in answers}
    strangers = sorted(found.keys() - {*ids})
    missing = [each for each in ids if each not in found]
    if strangers:
        raise _fault(tax, sentences.tax_of_strangers(shown(strangers[0])))
    if missing:
        raise _fault(tax, sentences.tax_missing(shown(missing[0])))
    if len(answers) > len(ids):
        names = [answer.part for answer in answers]
        twice = next(each for each in names if names.count(each) > 1)
        raise _fault(tax, sentences.tax_twice(shown(twice)))
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
