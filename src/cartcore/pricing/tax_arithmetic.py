"""The arithmetic of tax: exact, added to net amounts or taken out of gross ones (TX-2 … TX-4).

Amounts are whole numbers of the minor unit, and so is what rates take of them: a share over a
common denominator. What is rounded is a policy. However it is rounded, net and taxes of each part
add up to what is charged for it, and the parts add up to the whole (PR-3).
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from math import lcm
from typing import NamedTuple

import attrs

from cartcore.pricing.policy import TaxRounding
from cartcore.pricing.tax_rooms import Rooms, Tax
from cartcore.promotions.tax import TaxRate
from cartcore.values.allocation import Rounding, divide, split

Rates = tuple[TaxRate, ...]

_Cells = list[tuple[int, int]]
"""Taxes of parts: the place of the part, and which of its rates it is."""

Mix = tuple[tuple[int, Rates], ...]
"""Rates and what weight they have: one entry as a rule; shipping that is taxed as its goods has one
for each kind of goods (TX-6)."""


class Taxable(NamedTuple):
    """What is taxed: units of a line in a shipment, or what a shipment costs (TX-1).

    `amount` is net, or gross with all taxes. `content` decides, of parts with equal remainders,
    which has the minor unit left over: it has nothing to do with the order of the cart.
    """

    amount: int
    units: int
    gross: bool
    mix: Mix
    content: tuple[object, ...] = ()


class PartTaxes(NamedTuple):
    """The taxes of a part: `net` and `amounts` add up to what it costs with tax.

    `bases` are what each rate is taken from: for a compound one with the taxes before it.
    """

    net: int
    rates: Rates
    bases: tuple[int, ...]
    amounts: tuple[int, ...]


class Alike(NamedTuple):
    """Parts with the same rates together: the sum of their amounts, and the least that is not 0."""

    mix: Mix
    gross: bool
    amount: int
    least: int


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
        kinds = [_kind(part.mix, part.gross) for part in parts]
        match self.rounding:
            case TaxRounding.LINE:
                amounts = [self._each(*pair) for pair in zip(kinds, parts, strict=True)]
            case TaxRounding.UNIT:
                amounts = [self._by_unit(*pair) for pair in zip(kinds, parts, strict=True)]
            case TaxRounding.RATE | TaxRounding.ORDER:
                amounts = self._split(parts, kinds)
        _keep_within(parts, kinds, amounts, self.rounding)
        return [_written(*each) for each in zip(parts, kinds, amounts, strict=True)]

    def together(self, alike: Iterable[Alike]) -> int | None:
        """All taxes that are rounded by rate or for the order, without a look at each part.

        None where it needs that: other ways of rounding, and gross amounts that are so small that
        rounded taxes could be more than they are (see `_keep_within`).
        """
        by_rate, by_order = TaxRounding.RATE, TaxRounding.ORDER
        if self.from_rounded_net or self.rounding not in {by_rate, by_order}:
            return None
        exact: dict[TaxRate | None, tuple[int, int]] = {}
        for mix, gross, amount, least in alike:
            kind = _kind(mix, gross)
            # Rounding the whole, and splitting it twice, moves each tax by less than three units.
            beyond = sum(kind.shares) * least + 3 * len(kind.rates) * kind.whole
            if gross and (self.step > 1 or beyond > least * kind.whole):
                return None
            for rate, share in zip(kind.rates, kind.shares, strict=True):
                key = rate if self.rounding is by_rate else None
                before, whole = exact.get(key, (0, 1))
                common = lcm(whole, kind.whole)
                added = amount * share * (common // kind.whole)
                exact[key] = before * (common // whole) + added, common
        return sum(self._rounded(*each) for each in exact.values())

    def _rounded(self, numerator: int, denominator: int) -> int:
        return self.step * divide(numerator, denominator * self.step, self.mode)

    def _net(self, part: Taxable) -> Taxable:
        if not part.gross:
            return part
        kind = _kind(part.mix, part.gross)
        net = divide(part.amount * sum(kind.nets), kind.whole, Rounding.HALF_UP)
        return part._replace(amount=net, gross=False)

    def _each(self, kind: "_Kind", part: Taxable) -> list[int]:
        return [self._rounded(part.amount * share, kind.whole) for share in kind.shares]

    def _by_unit(self, kind: "_Kind", part: Taxable) -> list[int]:
        """The first units have one minor unit more, where the amount does not divide evenly."""
        each, more = divmod(part.amount, part.units)
        return [
            self._rounded(each * share, kind.whole) * (part.units - more)
            + self._rounded((each + 1) * share, kind.whole) * more
            for share in kind.shares
        ]

    def _split(self, parts: Sequence[Taxable], kinds: Sequence["_Kind"]) -> list[list[int]]:
        """Round once for each rate, or for the order, and split that over the parts.

        At first between prices with tax and those without, as what is paid depends on it: it is to
        be the same for one part as for several with the same amount together.
        """
        groups: dict[Tax, tuple[_Cells, _Cells]] = {}
        of_kind: dict[int, list[_Cells]] = {}
        for place, kind in enumerate(kinds):
            own = of_kind.get(id(kind))
            if own is None:
                net = not parts[place].gross
                keys = _keys(kind, self.rounding)
                own = of_kind[id(kind)] = [groups.setdefault(key, ([], []))[net] for key in keys]
            for which, group in enumerate(own):
                group.append((place, which))
        amounts = [[0] * len(kind.shares) for kind in kinds]
        for sides in groups.values():
            common = lcm(*{kinds[place].whole for cells in sides for place, _ in cells})
            weights = [
                [
                    parts[place].amount
                    * kinds[place].shares[which]
                    * (common // kinds[place].whole)
                    for place, which in cells
                ]
                for cells in sides
            ]
            exact = [sum(each) for each in weights]
            whole = sum(exact)
            due = split(self._rounded(whole, common), exact, whole)
            for side, cells in enumerate(sides):
                content = [
                    (parts[place].content, kinds[place].rates[which].name) for place, which in cells
                ]
                shares = split(
                    due[side],
                    weights[side],
                    exact[side],
                    content=content.__getitem__,
                    cells=range(len(cells)),
                )
                for (place, which), share in zip(cells, shares, strict=True):
                    amounts[place][which] = share
        return amounts


class _Kind(NamedTuple):
    """What the rates of a mix take of an amount: `shares` over `whole`.

    `nets` are what is left for each entry of the mix, over `whole` likewise.
    """

    rates: Rates
    shares: tuple[int, ...]
    nets: tuple[int, ...]
    whole: int


@lru_cache(maxsize=1024)
def factors(rates: Rates) -> tuple[tuple[int, ...], int]:
    """Return what each rate takes of a net amount, over the denominator that they share."""
    shares: list[int] = []
    whole = 1
    for rate in rates:
        numerator, denominator = rate.percent.as_integer_ratio()
        base = whole + sum(shares) if rate.compound else whole
        shares = [share * 100 * denominator for share in shares]
        shares.append(base * numerator)
        whole *= 100 * denominator
    return tuple(shares), whole


@lru_cache(maxsize=1024)
def _kind(mix: Mix, gross: bool) -> _Kind:  # noqa: FBT001  (as parts have it)
    entries = []
    for weight, rates in mix:
        shares, denominator = factors(rates)
        whole = denominator + sum(shares) if gross else denominator
        entries.append((weight, rates, shares, denominator, whole))
    common = lcm(*(whole for *_, whole in entries))
    found: dict[TaxRate, int] = {}
    nets = []
    for weight, rates, shares, denominator, whole in entries:
        times = weight * (common // whole)
        nets.append(denominator * times)
        for rate, share in zip(rates, shares, strict=True):
            found[rate] = found.get(rate, 0) + share * times
    weights = sum(weight for weight, _ in mix)
    return _Kind(tuple(found), tuple(found.values()), tuple(nets), common * weights)


def _keys(kind: _Kind, rounding: TaxRounding) -> Sequence[Tax]:
    """What each tax of a part is rounded with: that of its rate, or all of the order."""
    return kind.rates if rounding is TaxRounding.RATE else (None,) * len(kind.rates)


def _keep_within(
    parts: Sequence[Taxable],
    kinds: Sequence[_Kind],
    amounts: Sequence[list[int]],
    rounding: TaxRounding,
) -> None:
    """Have no taxes in a gross amount that are more than all of it.

    Where amounts are tiny, or a coarse step is rounded up, they can be. What is too much, of the
    last rates first, goes to other gross parts with that rate, or nowhere: as far as these have no
    room, or where each part is rounded by itself.
    """
    gross = [place for place, part in enumerate(parts) if part.gross]
    over = [place for place in gross if sum(amounts[place]) > parts[place].amount]
    if not over:
        return
    surplus = dict.fromkeys(_ranked([kinds[place] for place in gross], rounding), 0)
    for place in over:
        own, keys = amounts[place], _keys(kinds[place], rounding)
        for which in reversed(range(len(own))):
            cut = min(own[which], sum(own) - parts[place].amount)
            own[which] -= cut
            surplus[keys[which]] += cut
    if rounding is TaxRounding.LINE or rounding is TaxRounding.UNIT:
        return
    gross.sort(key=lambda place: (parts[place].content, place))
    cells = [_cells(kinds[place], rounding) for place in gross]
    pairs = [*zip(gross, cells, strict=True)]
    held = [{tax: amounts[place][which] for tax, which in of.items()} for place, of in pairs]
    free = [parts[place].amount - sum(amounts[place]) for place in gross]
    Rooms(free, held).fill(surplus)
    for (place, of), taxes in zip(pairs, held, strict=True):
        for tax, which in of.items():
            amounts[place][which] = taxes[tax]


def _ranked(kinds: Iterable[_Kind], rounding: TaxRounding) -> Sequence[Tax]:
    """What taxes are rounded with, in the order in which rates stand, whatever that of parts is."""
    if rounding is not TaxRounding.RATE:
        return [None]
    ranks: dict[TaxRate, int] = {}
    for kind in kinds:
        for rank, rate in enumerate(kind.rates):
            ranks[rate] = min(rank, ranks.get(rate, rank))
    return sorted(ranks, key=lambda rate: (ranks[rate], rate.name, rate.percent, rate.compound))


def _cells(kind: _Kind, rounding: TaxRounding) -> dict[Tax, int]:
    """Which tax of a part takes more of what is rounded together: the first that is not zero."""
    found: dict[Tax, int] = {}
    for which, tax in enumerate(_keys(kind, rounding)):
        if kind.shares[which]:
            found.setdefault(tax, which)
    return found


def _written(part: Taxable, kind: _Kind, amounts: Sequence[int]) -> PartTaxes:
    net = part.amount - sum(amounts) if part.gross else part.amount
    nets = [net] if len(part.mix) == 1 else split(net, kind.nets, sum(kind.nets))
    of_rate = dict(zip(kind.rates, amounts, strict=True))
    bases = dict.fromkeys(kind.rates, 0)
    for base, (_, rates) in zip(nets, part.mix, strict=True):
        before = 0
        for rate in rates:
            bases[rate] += base + (before if rate.compound else 0)
            before += of_rate[rate]
    return PartTaxes(net, kind.rates, tuple(bases.values()), tuple(amounts))
