"""The arithmetic of tax: exact, added to net amounts or taken out of gross ones (TX-2 … TX-4).

Amounts are whole numbers of the minor unit. What is rounded is a policy. However it is rounded, net
and taxes of each part add up to what is charged for it, and the parts add up to the whole (PR-3).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import lru_cache
from math import lcm

import attrs

from cartcore.pricing.policy import TaxRounding
from cartcore.promotions.tax import TaxRate
from cartcore.values.allocation import Rounding, divide, split

Rates = tuple[TaxRate, ...]


@attrs.frozen
class Taxable:
    """What is taxed: units of a line in a shipment, or what a shipment costs (TX-1).

    `amount` is net, or gross with all taxes. `mix` has the rates and what weight they have: one
    entry as a rule; shipping that is taxed as its goods has one for each kind of goods (TX-6).
    `content` decides, of parts with equal remainders, which has the minor unit left over: it has
    nothing to do with the order of the cart.
    """

    amount: int
    units: int
    gross: bool
    mix: tuple[tuple[int, Rates], ...]
    content: tuple[object, ...] = ()


@attrs.frozen
class PartTaxes:
    """The taxes of a part: `net` and `amounts` add up to what it costs with tax.

    `bases` are what each rate is taken from: for a compound one with the taxes before it.
    """

    net: int
    rates: Rates
    bases: tuple[int, ...]
    amounts: tuple[int, ...]


@attrs.frozen
class TaxArithmetic:
    """How tax is rounded (TX-4, TX-12): for what, which way, and to multiples of `step`.

    With `from_rounded_net` the net amount that a gross price contains is rounded by itself and tax
    is added to it: what is charged can then differ from the gross price by a few minor units.
    """

    rounding: TaxRounding = TaxRounding.RATE
    mode: Rounding = Rounding.HALF_UP
    step: int = 1
    from_rounded_net: bool = False

    def taxes(self, parts: Sequence[Taxable]) -> list[PartTaxes]:
        """Compute the taxes of all parts of an order."""
        if self.from_rounded_net:
            parts = [self._net(part) for part in parts]
        exact = [_exact(part, part.amount) for part in parts]
        match self.rounding:
            case TaxRounding.LINE:
                amounts = [self._each(cells) for cells in exact]
            case TaxRounding.UNIT:
                amounts = [self._by_unit(part) for part in parts]
            case TaxRounding.RATE | TaxRounding.ORDER:
                amounts = self._together(parts, exact)
        return [_written(part, own) for part, own in zip(parts, amounts, strict=True)]

    def _rounded(self, numerator: int, denominator: int) -> int:
        return self.step * divide(numerator, denominator * self.step, self.mode)

    def _net(self, part: Taxable) -> Taxable:
        if not part.gross:
            return part
        net = sum((Fraction(*each) for each in _nets(part)), Fraction(0))
        rounded = divide(net.numerator, net.denominator, Rounding.HALF_UP)
        return attrs.evolve(part, amount=rounded, gross=False)

    def _each(self, cells: "_Cells") -> "_Amounts":
        return {rate: self._rounded(*each) for rate, each in cells.items()}

    def _by_unit(self, part: Taxable) -> "_Amounts":
        """The first units have one minor unit more, where the amount does not divide evenly."""
        each, more = divmod(part.amount, part.units)
        lower, higher = (self._each(_exact(part, amount)) for amount in (each, each + 1))
        return {rate: lower[rate] * (part.units - more) + higher[rate] * more for rate in lower}

    def _together(self, parts: Sequence[Taxable], exact: Sequence["_Cells"]) -> list["_Amounts"]:
        groups: defaultdict[TaxRate | None, list[tuple[int, TaxRate]]] = defaultdict(list)
        for place, cells in enumerate(exact):
            for rate in cells:
                own = rate if self.rounding is TaxRounding.RATE else None
                groups[own].append((place, rate))
        amounts: list[_Amounts] = [{} for _ in exact]
        for group in groups.values():
            found = [exact[place][rate] for place, rate in group]
            common = lcm(*(denominator for _, denominator in found))
            weights = [numerator * (common // denominator) for numerator, denominator in found]
            together = sum(weights)
            content = [(parts[place].content, rate.name, rate.percent) for place, rate in group]
            rounded = self._rounded(together, common)
            places = range(len(group))
            shares = split(rounded, weights, together, content=content.__getitem__, cells=places)
            for (place, rate), share in zip(group, shares, strict=True):
                amounts[place][rate] = share
        return amounts


_Cells = dict[TaxRate, tuple[int, int]]
"""The exact tax of each rate, as numerator and denominator."""

_Amounts = dict[TaxRate, int]


@lru_cache(maxsize=1024)
def factors(rates: Rates) -> tuple[tuple[int, ...], int]:
    """Return what each rate takes of a net amount, over the denominator that they share."""
    found: list[Fraction] = []
    for rate in rates:
        share = Fraction(rate.percent) / 100
        found.append(share * (1 + sum(found)) if rate.compound else share)
    common = lcm(*(each.denominator for each in found))
    return tuple(each.numerator * (common // each.denominator) for each in found), common


def _exact(part: Taxable, amount: int) -> _Cells:
    weights = sum(weight for weight, _ in part.mix)
    cells: _Cells = {}
    for weight, rates in part.mix:
        numerators, denominator = factors(rates)
        whole = (denominator + sum(numerators) if part.gross else denominator) * weights
        for rate, numerator in zip(rates, numerators, strict=True):
            more = amount * weight * numerator
            if rate in cells:
                before, other = cells[rate]
                cells[rate] = before * whole + more * other, whole * other
            else:
                cells[rate] = more, whole
    return cells


def _nets(part: Taxable) -> Iterable[tuple[int, int]]:
    """The exact net amount of each entry of the mix."""
    weights = sum(weight for weight, _ in part.mix)
    for weight, rates in part.mix:
        numerators, denominator = factors(rates)
        whole = denominator + sum(numerators) if part.gross else denominator
        yield part.amount * weight * denominator, whole * weights


def _within(part: Taxable, amounts: _Amounts) -> _Amounts:
    """The taxes in a gross price, no more than all of it: a coarse step rounds up beyond that.

    The last rates have what is too much taken off first.
    """
    beyond = sum(amounts.values()) - part.amount
    if not part.gross or beyond <= 0:
        return amounts
    capped = amounts.copy()
    for rate in reversed(amounts):
        less = min(beyond, capped[rate])
        capped[rate] -= less
        beyond -= less
    return capped


def _written(part: Taxable, amounts: _Amounts) -> PartTaxes:
    amounts = _within(part, amounts)
    net = part.amount - sum(amounts.values()) if part.gross else part.amount
    shares = [net]
    if len(part.mix) > 1:
        nets = [Fraction(*each) for each in _nets(part)]
        common = lcm(*(each.denominator for each in nets))
        weights = [each.numerator * (common // each.denominator) for each in nets]
        shares = split(net, weights, sum(weights))
    bases = dict.fromkeys(amounts, 0)
    for share, (_, rates) in zip(shares, part.mix, strict=True):
        before = 0
        for rate in rates:
            bases[rate] += share + (before if rate.compound else 0)
            before += amounts[rate]
    return PartTaxes(net, tuple(amounts), tuple(bases.values()), tuple(amounts.values()))


def restated(price: int, before: Rates, after: Rates, *, gross: bool = True) -> int:
    """Return a gross price with other taxes in it, or without any, rounded half up (TX-3, TX-12).

    Args:
        price: with the taxes `before`.
        before: the rates whose taxes the price contains.
        after: the rates of the destination.
        gross: whether these are in the price that is wanted, or it is net.
    """
    inner, denominator = factors(before)
    outer, other = factors(after) if gross else ((), 1)
    numerator = price * denominator * (other + sum(outer))
    return divide(numerator, (denominator + sum(inner)) * other, Rounding.HALF_UP)
