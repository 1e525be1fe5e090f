"""Tax on what is left of a cart: what the calculator says, and what it comes to (PR-4).

The calculator is asked for all parts at once, when a cart is priced. What their taxes are is worked
out when it is read.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property

import attrs

from cartcore.pricing.ledger import Ledger
from cartcore.pricing.policy import GrossPrices, TaxPolicy
from cartcore.pricing.priced_from import Answered
from cartcore.pricing.request import PricingRequest
from cartcore.pricing.tax_answers import ask
from cartcore.pricing.tax_arithmetic import (
    Alike,
    Mix,
    PartTaxes,
    Rates,
    Taxable,
    TaxArithmetic,
    factors,
)
from cartcore.pricing.tax_parts import Amounts, is_in, parts_of
from cartcore.pricing.turn import Turn
from cartcore.promotions.tax import PartTax, TaxablePart, TaxedBy
from cartcore.values.allocation import divide
from cartcore.values.money import to_minor

# Looked up once: through the class, Python 3.11 takes ten times as long.
_OWN_RATES, _FROM_ROUNDED_NET = TaxedBy.OWN_RATES, GrossPrices.FROM_ROUNDED_NET


@attrs.frozen(eq=False)
class Taxed:
    """What is taxed in a cart, and how, as the calculator says; worked out when it is read."""

    answered: Answered
    amounts: Amounts
    policy: TaxPolicy
    currency: str

    @property
    def parts(self) -> Sequence[TaxablePart]:
        """What is taxed by itself."""
        return self.answered.parts

    @property
    def answers(self) -> Sequence[PartTax]:
        """How each part is taxed."""
        return self.answered.answers

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

    @cached_property
    def _arithmetic(self) -> TaxArithmetic:
        policy, step = self.policy, 1
        if policy.step is not None:
            step = to_minor(policy.step, self.currency, where="the step of tax")
        from_net = policy.gross is _FROM_ROUNDED_NET
        return TaxArithmetic(policy.rounding, policy.mode, step, from_net)

    def _each(self) -> Iterable[tuple[TaxablePart, PartTax, int]]:
        return zip(self.parts, self.answers, self.amounts, strict=True)

    def _mix(self, part: TaxablePart, answer: PartTax) -> Mix:
        """The rates of a part with their weights."""
        if answer.by is _OWN_RATES:
            return ((1, answer.rates),)
        return mix_of(part, answer, self.parts, self.answers)

    @cached_property
    def _alike(self) -> list[Alike]:
        """The sums of the parts with the same rates."""
        alike: dict[tuple[Mix, bool], list[int]] = {}
        known: dict[tuple[object, bool], list[int]] = {}
        for part, answer, amount in self._each():
            gross = part.price_includes_tax
            key = (id(answer) if answer.by is _OWN_RATES else part.id, gross)
            own = known.get(key)
            if own is None:  # rates that were made anew for each part are equal all the same
                own = known[key] = alike.setdefault((self._mix(part, answer), gross), [])
            own.append(amount)
        return [
            Alike(mix, gross, sum(own), min(filter(None, own), default=0))
            for (mix, gross), own in alike.items()
        ]


def taxed(request: PricingRequest, ledger: Ledger, turns: Sequence[Turn]) -> Taxed | None:
    """Ask how what a ledger leaves after these turns is taxed; None without a calculator.

    Raises:
        PluginError: the calculator raised, or did not answer for each part once.
        TaxUndetermined: it cannot tell.
    """
    cart, policy = request.cart, request.policy
    if request.tax is None:
        return None
    added = [line for turn in turns if turn.applied is not None for line in turn.applied.added]
    lines = (*cart.lines, *added)
    amounts = Amounts(cart, policy.rounding, lines, ledger, turns)
    parts = parts_of(cart, policy.tax, lines, amounts)
    return Taxed(ask(request, parts), amounts, policy.tax, cart.currency)


def payable(total: int, policy: TaxPolicy, currency: str) -> int:
    """What is paid of a total: rounded to what there is in coins, where the shop does so (TX-4)."""
    if policy.cash_step is None:
        return total
    step = to_minor(policy.cash_step, currency, where="the step of cash")
    return divide(total, step, policy.cash_mode) * step


def _content(part: TaxablePart) -> tuple[object, ...]:
    """What tells parts apart, whatever the order of the cart."""
    place, shipment = part.place, part.shipment
    return (
        part.sku or (part.line is not None and part.line.title),  # a custom item has no SKU
        part.line is not None,
        part.unit_price.amount,
        part.minor,
        part.quantity,
        part.tax_class,
        part.price_includes_tax,
        (place.country, place.region, place.city, place.postal_code),
        part.product_id,
        part.categories,
        part.tags,
        repr(part.attributes),
        "" if shipment is None else repr(shipment.attributes),
    )


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
        (each, own.rates) for each, own in zip(parts, answers, strict=True) if is_in(each, charge)
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
