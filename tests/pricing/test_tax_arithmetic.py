"""The arithmetic of tax against fractions (TX-2 … TX-4)."""

from collections.abc import Sequence
from fractions import Fraction
from math import ceil, floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartcore.pricing.policy import TaxRounding
from cartcore.pricing.tax_arithmetic import Alike, PartTaxes, Taxable, TaxArithmetic
from cartcore.promotions.tax import TaxRate
from cartcore.values.allocation import Rounding

RATES = [
    TaxRate(name="state", percent="7.25"),
    TaxRate(name="county", percent="1.375"),
    TaxRate(name="vat", percent=19),
    TaxRate(name="zero", percent=0),
    TaxRate(name="all", percent=100),
    TaxRate(name="on top", percent="9.975", compound=True),
    TaxRate(name="third", percent="33.333", compound=True),
]


def rounded(value: Fraction, mode: Rounding, step: int) -> Fraction:
    """A multiple of the step, written down from the names of the modes."""
    steps = value / step
    low, rest = floor(steps), steps - floor(steps)
    up = {
        Rounding.UP: rest > 0,
        Rounding.DOWN: False,
        Rounding.HALF_UP: rest >= Fraction(1, 2),
        Rounding.HALF_DOWN: rest > Fraction(1, 2),
        Rounding.HALF_EVEN: rest > Fraction(1, 2) or (rest == Fraction(1, 2) and low % 2 == 1),
    }[mode]
    return Fraction((low + up) * step)


def exact(part: Taxable, amount: int) -> dict[TaxRate, Fraction]:
    """The exact tax of each rate, one after the other, on the net amount of each kind of goods."""
    found: dict[TaxRate, Fraction] = {}
    weights = sum(weight for weight, _ in part.mix)
    for weight, rates in part.mix:
        taxes: list[Fraction] = []
        for rate in rates:
            base = 1 + sum(taxes, Fraction(0)) if rate.compound else Fraction(1)
            taxes.append(base * Fraction(rate.percent) / 100)
        net = Fraction(amount * weight, weights)
        net = net / (1 + sum(taxes, Fraction(0))) if part.gross else net
        for rate, tax in zip(rates, taxes, strict=True):
            found[rate] = found.get(rate, Fraction(0)) + net * tax
    return found


def by_rate(taxes: Sequence[PartTaxes]) -> dict[TaxRate, int]:
    found: dict[TaxRate, int] = {}
    for part in taxes:
        for rate, amount in zip(part.rates, part.amounts, strict=True):
            found[rate] = found.get(rate, 0) + amount
    return found


def sums(exacts: Sequence[dict[TaxRate, Fraction]]) -> dict[TaxRate, Fraction]:
    found: dict[TaxRate, Fraction] = {}
    for each in exacts:
        for rate, amount in each.items():
            found[rate] = found.get(rate, Fraction(0)) + amount
    return found


some_rates = st.lists(st.sampled_from(RATES), max_size=3, unique=True).map(tuple)
mixes = some_rates.map(lambda rates: ((1, rates),)) | st.lists(
    st.tuples(st.integers(1, 5), some_rates), min_size=1, max_size=3
).map(tuple)


@st.composite
def orders(draw: st.DrawFn) -> list[Taxable]:
    """Parts of a few kinds, so that many share their rates, with amounts large and tiny."""
    kinds = draw(st.lists(st.tuples(mixes, st.booleans()), min_size=1, max_size=3))
    least = draw(st.sampled_from([0, 200]))
    return [
        Taxable(amount, units, gross, mix, (number,))
        for number, (amount, units, (mix, gross)) in enumerate(
            draw(
                st.lists(
                    st.tuples(
                        st.integers(least, 50) | st.integers(least, 100_000)
                        if least == 0
                        else st.integers(least, 100_000),
                        st.integers(1, 7),
                        st.sampled_from(kinds),
                    ),
                    min_size=1,
                    max_size=8,
                )
            )
        )
    ]


@st.composite
def tiny_orders(draw: st.DrawFn) -> list[Taxable]:
    """Parts so small that rounded taxes are often more than they are, of kinds that share rates."""
    kinds = draw(
        st.lists(st.tuples(mixes, st.sampled_from([True, True, False])), min_size=1, max_size=4)
    )
    parts = st.tuples(st.integers(0, 8), st.integers(1, 3), st.sampled_from(kinds))
    return [
        Taxable(amount, units, gross, mix, (number,))
        for number, (amount, units, (mix, gross)) in enumerate(
            draw(st.lists(parts, min_size=1, max_size=8))
        )
    ]


steps = st.sampled_from([1, 1, 2, 5, 100])


@given(orders() | tiny_orders(), st.sampled_from(TaxRounding), st.sampled_from(Rounding), steps)
def test_nothing_is_lost_or_negative(
    parts: list[Taxable], rounding: TaxRounding, mode: Rounding, step: int
) -> None:
    """Net and taxes of a part are what is charged for it, however it is rounded (TX-3, TX-4)."""
    for part, taxes in zip(parts, TaxArithmetic(rounding, mode, step).taxes(parts), strict=True):
        tax = sum(taxes.amounts)
        assert min(taxes.amounts, default=0) >= 0
        assert taxes.rates == tuple(exact(part, part.amount))
        if part.gross:
            assert 0 <= taxes.net == part.amount - tax
        else:
            assert part.amount == taxes.net


@given(orders(), st.sampled_from(Rounding), steps)
def test_each_line_is_rounded(parts: list[Taxable], mode: Rounding, step: int) -> None:
    """By line, each tax is its exact value rounded, unless a price is too small for it (TX-4)."""
    taxed = TaxArithmetic(TaxRounding.LINE, mode, step).taxes(parts)

    for part, taxes in zip(parts, taxed, strict=True):
        wanted = [rounded(each, mode, step) for each in exact(part, part.amount).values()]
        if part.gross and sum(wanted) > part.amount:
            assert part.amount == sum(taxes.amounts)
        else:
            assert wanted == list(taxes.amounts)


@given(orders(), st.sampled_from(Rounding), steps)
def test_each_unit_is_rounded(parts: list[Taxable], mode: Rounding, step: int) -> None:
    """By unit, each tax is the sum of those of units, whose prices differ by one at most (TX-4)."""
    taxed = TaxArithmetic(TaxRounding.UNIT, mode, step).taxes(parts)

    for part, taxes in zip(parts, taxed, strict=True):
        low, more = divmod(part.amount, part.units)
        units = [exact(part, low + (place < more)) for place in range(part.units)]
        wanted = sums([{r: rounded(t, mode, step) for r, t in unit.items()} for unit in units])
        if part.gross and sum(wanted.values()) > part.amount:
            assert part.amount == sum(taxes.amounts)
        else:
            assert list(wanted.values()) == list(taxes.amounts)


@given(orders(), st.sampled_from([TaxRounding.RATE, TaxRounding.ORDER]), st.sampled_from(Rounding))
def test_what_is_rounded_together(
    parts: list[Taxable], rounding: TaxRounding, mode: Rounding
) -> None:
    """By rate or order, the exact sum is rounded, and a part is less than two units off (TX-4)."""
    taxed = TaxArithmetic(rounding, mode).taxes(parts)
    exacts = [exact(part, part.amount) for part in parts]
    if any(part.gross and part.amount < 200 for part in parts):
        return  # too small for what is rounded: see the next test

    wanted = sums(exacts)
    if rounding is TaxRounding.RATE:
        assert by_rate(taxed) == {rate: rounded(tax, mode, 1) for rate, tax in wanted.items()}
    else:
        assert rounded(sum(wanted.values(), Fraction(0)), mode, 1) == sum(by_rate(taxed).values())
    for own, taxes in zip(exacts, taxed, strict=True):
        for tax, amount in zip(own.values(), taxes.amounts, strict=True):
            # The whole moved by less than one, and the split by less than one more.
            assert floor(tax) - 1 <= amount <= ceil(tax) + 1


def test_a_tax_is_split_between_prices_with_and_without_it_first() -> None:
    """25 % on 10 net and in 10 gross are 4.5, so 5: 3 on top, 2 within, in one part or ten (TX-4).

    Of one part each, 2.5 × 5 / 4.5 = 2.77… and 2 × 5 / 4.5 = 2.22…; of ten parts each, the units
    left over go to the largest remainders on either side.
    """
    vat = ((1, (TaxRate(name="vat", percent=25),)),)
    for units in (1, 10):
        of_each = 10 // units
        parts = [Taxable(of_each, 1, gross, vat, (gross,)) for gross in [False, True] * units]
        taxes = TaxArithmetic().taxes(parts)

        for gross, due in ((False, 3), (True, 2)):
            own = [t for part, t in zip(parts, taxes, strict=True) if part.gross is gross]
            assert by_rate(own) == {vat[0][1][0]: due}


def test_of_equal_remainders_prices_with_tax_have_more_tax() -> None:
    """Of a tax of 3, due in equal parts, 2 are in the price with tax and 1 is on top (TX-4)."""
    both = ((1, (TaxRate(name="vat", percent=100),)),)
    net, gross = Taxable(1, 1, gross=False, mix=both), Taxable(2, 1, gross=True, mix=both)
    down = TaxArithmetic(TaxRounding.RATE, Rounding.DOWN, step=1)

    for parts in ([net, gross], [gross, net]):
        taxes = TaxArithmetic(TaxRounding.RATE, Rounding.HALF_UP, step=3).taxes(parts)
        assert {each.net: each.amounts for each in taxes} == {1: (1,), 0: (2,)}
        assert [each.amounts for each in down.taxes(parts)] == [(1,), (1,)]


def in_two(parts: Sequence[Taxable], cuts: Sequence[int]) -> list[Taxable]:
    """Each part as two, of which one has the first units."""
    found = []
    for part, cut in zip(parts, cuts, strict=True):
        first = min(cut, part.amount)
        found += [part._replace(amount=first), part._replace(amount=part.amount - first)]
    return found


@given(
    st.data(),
    orders() | tiny_orders(),
    st.sampled_from([TaxRounding.RATE, TaxRounding.ORDER]),
    st.sampled_from(Rounding),
    steps,
)
def test_parts_of_a_part_change_no_sum(
    data: st.DataObject, parts: list[Taxable], rounding: TaxRounding, mode: Rounding, step: int
) -> None:
    """By rate or order, a part may stand as two, whatever its prices include (TX-4, TX-11)."""
    many = len(parts)
    cuts = data.draw(st.lists(st.integers(0, 60), min_size=many, max_size=many))
    arithmetic = TaxArithmetic(rounding, mode, step)
    whole, apart = arithmetic.taxes(parts), arithmetic.taxes(in_two(parts, cuts))

    for gross in (True, False):
        pairs = [
            zip(each, of, strict=True)
            for each, of in ((parts, whole), (in_two(parts, cuts), apart))
        ]
        one, other = (
            by_rate([taxes for part, taxes in each if part.gross is gross]) for each in pairs
        )
        if rounding is TaxRounding.RATE:
            assert one == other
        else:
            assert sum(one.values()) == sum(other.values())


@given(
    orders(),
    st.builds(
        TaxArithmetic, st.sampled_from(TaxRounding), st.sampled_from(Rounding), steps, st.booleans()
    ),
)
def test_all_taxes_at_once(parts: list[Taxable], arithmetic: TaxArithmetic) -> None:
    """The sum that is known without a look at each part is that of the parts (TX-4)."""
    kinds: dict[tuple[object, bool], list[Taxable]] = {}
    for part in parts:
        kinds.setdefault((part.mix, part.gross), []).append(part)
    together = arithmetic.together(
        Alike(
            own[0].mix,
            own[0].gross,
            sum(part.amount for part in own),
            min((part.amount for part in own if part.amount), default=0),
        )
        for own in kinds.values()
    )

    assert together in {None, sum(sum(each.amounts) for each in arithmetic.taxes(parts))}
    at_once = arithmetic.rounding is TaxRounding.RATE and not arithmetic.from_rounded_net
    if at_once and not any(part.gross for part in parts):
        assert together is not None


@pytest.mark.parametrize(
    ("amount", "percents", "step"),
    [(300, (19,), 500), (1, (100, 100), 1)],
    ids=["a step above the price", "two taxes of a minor unit"],
)
def test_taxes_that_are_more_than_their_price(
    amount: int, percents: Sequence[int], step: int
) -> None:
    """All of a price is tax then, and no more: which only the price can tell (TX-3, TX-4)."""
    rates = tuple(TaxRate(name=str(n), percent=percent) for n, percent in enumerate(percents))
    arithmetic = TaxArithmetic(mode=Rounding.UP, step=step)
    mix = ((1, rates),)

    (taxes,) = arithmetic.taxes([Taxable(amount, 1, gross=True, mix=mix)])

    assert sum(taxes.amounts) == amount
    assert arithmetic.together([Alike(mix, gross=True, amount=amount, least=amount)]) in {
        None,
        amount,
    }


def test_what_is_too_much_for_a_price_finds_the_last_room() -> None:
    """A tax that is more than a price goes where a single minor unit has room for it (TX-4)."""
    both = (TaxRate(name="one", percent=100), TaxRate(name="other", percent=100))
    parts = [Taxable(1, 1, gross=True, mix=((1, both),), content=(number,)) for number in range(2)]

    # A third of each price for each rate: both are rounded up to 1, and go to the same part.
    taxes = TaxArithmetic(mode=Rounding.UP).taxes(parts)

    assert sorted(each.amounts for each in taxes) == [(0, 1), (1, 0)]
    assert [each.net for each in taxes] == [0, 0]


def test_where_too_much_tax_goes_has_nothing_to_do_with_the_order_of_the_cart() -> None:
    """Of two prices with as much room, the content decides which one takes it (TX-4)."""
    a, b = (TaxRate(name=name, percent=100) for name in "ab")
    parts = [
        Taxable(1, 1, gross=True, mix=((1, (a, b)),), content=(0,)),
        Taxable(1, 1, gross=True, mix=((1, (a, b)),), content=(1,)),
        Taxable(3, 1, gross=True, mix=((1, (b,)),), content=(2,)),
    ]
    arithmetic = TaxArithmetic(mode=Rounding.UP)

    taxes = arithmetic.taxes(parts)

    assert arithmetic.taxes(parts[::-1]) == taxes[::-1]


def test_what_finds_no_room_of_its_own_takes_that_of_another() -> None:
    """As much tax as the prices have room for is in them, whatever goes where at first (TX-4)."""
    a, b, c = (TaxRate(name=name, percent=100) for name in "abc")
    parts = [
        Taxable(1, 1, gross=True, mix=((1, (a, b)),), content=(0,)),
        Taxable(1, 1, gross=True, mix=((1, (b, c)),), content=(1,)),
        Taxable(1, 1, gross=True, mix=((1, (c,)),), content=(2,)),
    ]

    # Each is due and rounded up to 1 or 2: a has room in the first price alone, so that b moves on.
    taxes = TaxArithmetic(mode=Rounding.UP).taxes(parts)

    assert [each.net for each in taxes] == [0, 0, 0]
    assert by_rate(taxes) == {a: 1, b: 1, c: 1}


def test_the_rates_that_stand_last_give_way() -> None:
    """Where prices have room for one of two taxes, the first rate keeps all of its own (TX-4)."""
    a, b = (TaxRate(name=name, percent=100) for name in "ab")
    parts = [
        Taxable(1, 1, gross=True, mix=((1, (a, b)),), content=(0,)),
        Taxable(3, 1, gross=True, mix=((1, (b,)),), content=(1,)),
    ]

    taxes = TaxArithmetic(mode=Rounding.UP, step=4).taxes(parts)

    # 4 of each are due: a finds 1 in the only price that has it, and b the 3 of the other.
    assert by_rate(taxes) == {a: 1, b: 3}


def test_tiny_prices_leave_the_sum_of_a_rate_as_it_is() -> None:
    """Ten prices of 0.01 with two taxes of a quarter each: 0.03 of each tax, none of them twice."""
    half = (TaxRate(name="a", percent=50), TaxRate(name="b", percent=50))
    parts = [Taxable(1, 1, gross=True, mix=((1, half),), content=(number,)) for number in range(10)]

    taxed = TaxArithmetic().taxes(parts)

    assert {half[0]: 3, half[1]: 3} == by_rate(taxed)
    assert [1, 1, 1, 1, 1, 1, 0, 0, 0, 0] == sorted((1 - each.net for each in taxed), reverse=True)


@pytest.mark.parametrize(
    ("gross", "net", "tax"), [(11_900, 10_000, 1_900), (10_000, 8_403, 1_597), (1, 1, 0)]
)
def test_tax_in_a_price(gross: int, net: int, tax: int) -> None:
    """The 19 percent in 119.00 are 19.00; those in 100.00 are 15.97 (TX-3)."""
    vat = (TaxRate(name="vat", percent=19),)

    assert [PartTaxes(net, vat, (net,), (tax,))] == TaxArithmetic().taxes(
        [Taxable(gross, 1, gross=True, mix=((1, vat),))]
    )
