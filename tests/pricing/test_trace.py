"""The trace, and that the checker which re-adds every quote of every test would notice."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import attrs
import pytest

from cartcore.pricing.engine import price
from cartcore.pricing.policy import Combination, PricingPolicy, RoundingPoint
from cartcore.pricing.quote import Quote
from cartcore.pricing.quote_parts import Decision
from cartcore.pricing.trace import TracePart, TraceShare, TraceStep
from cartcore.promotions.offer import Per
from cartcore.rules import ALL_LINES, Selection
from cartcore.rules.builtin import (
    AmountOff,
    BuyXGetY,
    MinSubtotal,
    OrderPercentOff,
    PercentOff,
    ShippingPercentOff,
)
from tests.support.carts import AT, cart, line, parcel, priced, promotion, speed, usd
from tests.support.trace_checker import check_trace

QUOTE = priced(
    cart(
        line("a", "10.00", 3),
        line("b", "3.33", 1),
        shipments=(parcel("s1", ("a", 3), ("b", 1), by=speed("4.99")),),
    ),
    promotion(AmountOff(amount=usd("5.00"), target=Selection(skus=("a",))), "five"),
    promotion(OrderPercentOff(percent=Decimal(15)), "fifteen"),
    promotion(ShippingPercentOff(percent=Decimal(50)), "half"),
)


def step(quote: Quote, place: int, **changes: Any) -> Quote:
    trace = list(quote.trace)
    trace[place] = attrs.evolve(trace[place], **changes)
    return attrs.evolve(quote, trace=tuple(trace))


def share(quote: Quote, place: int, which: int, **changes: Any) -> Quote:
    shares = list(quote.trace[place].shares)
    shares[which] = attrs.evolve(shares[which], **changes)
    return step(quote, place, shares=tuple(shares))


def test_figures_of_each_step() -> None:
    """15 % of 25.00 + 3.33 is 4.2495, 4.25; the cent left over goes to the line b (PR-3, PR-26)."""
    five, fifteen, half = QUOTE.trace
    assert (five.rate, five.base, five.taken) == ("5.00 USD", usd("30.00"), usd("5.00"))
    assert (fifteen.base, fifteen.asked) == (usd("28.33"), usd("4.25"))
    # 4.25 × 25.00 / 28.33 = 3.7504…, and × 3.33 / 28.33 = 0.4995…
    assert [each.discount for each in fifteen.shares] == [usd("3.75"), usd("0.50")]
    assert (half.base, half.asked, half.rounding) == (usd("4.99"), usd("2.50"), "half_up")


def test_an_untouched_quote_adds_up() -> None:
    """What the engine made is what the checker works out (PR-15, PR-16, PR-26)."""
    check_trace(QUOTE)


def test_lines_that_differ_in_their_minimum_price_add_up() -> None:
    """Off each line, lines apart in what a quote does not show are lines apart (PR-24, PR-26)."""
    pens = line("a", "1.00", sku="PEN"), line("b", "1.00", sku="PEN", minimum_price=usd("1.00"))
    quote = priced(cart(*pens), promotion(AmountOff(amount=usd("0.20"), per=Per.LINE), "each"))

    (each,) = quote.trace
    assert (each.asked, each.taken, each.cut) == (usd("0.40"), usd("0.20"), usd("0.20"))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda q: step(q, 1, asked=usd("4.26")),
        lambda q: step(q, 1, base=usd("28.34")),
        lambda q: step(q, 1, rate="16"),
        lambda q: step(q, 1, rounding="down"),
        lambda q: step(q, 1, taken=usd("4.24")),
        lambda q: step(q, 0, cut=usd("0.01")),
        lambda q: share(q, 1, 0, discount=usd("3.74")),
        lambda q: share(q, 1, 0, before=usd("24.99")),
        lambda q: share(q, 1, 1, parts=q.trace[1].shares[0].parts),
        lambda q: attrs.evolve(q, trace=q.trace[:-1]),
        lambda q: attrs.evolve(q, adjustments=q.adjustments[:-1]),
        lambda q: attrs.evolve(
            q,
            adjustments=(attrs.evolve(q.adjustments[0], discount=usd("4.99")), *q.adjustments[1:]),
        ),
        lambda q: attrs.evolve(q, totals=attrs.evolve(q.totals, total=usd("26.56"))),
        lambda q: attrs.evolve(
            q, lines=(attrs.evolve(q.lines[0], discount=usd("8.74")), *q.lines[1:])
        ),
    ],
)
def test_what_does_not_add_up_is_noticed(spoil: Callable[[Quote], Quote]) -> None:
    """One cent, a rate, a rounding or a part that is not as it was fails the checker (PR-26)."""
    with pytest.raises(AssertionError):
        check_trace(spoil(QUOTE))


def test_cents_moved_between_lines_are_noticed() -> None:
    """Shares that have the right sum and are split wrongly fail, too (PR-3, PR-26)."""

    def moved(one: TraceShare, to: str) -> TraceShare:
        parts: tuple[TracePart, ...] = (attrs.evolve(one.parts[0], discount=usd(to)),)
        return attrs.evolve(one, discount=usd(to), parts=parts)

    fifteen: TraceStep = QUOTE.trace[1]
    shares = (moved(fifteen.shares[0], "3.76"), moved(fifteen.shares[1], "0.49"))
    with pytest.raises(AssertionError):
        check_trace(step(QUOTE, 1, shares=shares))


def contradicting(**line_fields: Any) -> Quote:
    """A quote with a promotion that lost, though the total would be 5.00 lower with it."""
    loser = Decision(
        promotion_id="free",
        promotion_name="free",
        promo_code="",
        applied=False,
        reason="beaten",
        message="five came first",
        discount=usd("0.00"),
        beaten_by="five",
        beaten_by_amount=usd("-5.00"),
    )
    first, *others = QUOTE.lines
    return attrs.evolve(
        QUOTE,
        decisions=(*QUOTE.decisions, loser),
        lines=(attrs.evolve(first, **line_fields), *others),
    )


class TestWhatIsCalledTheBest:
    """PR-14, PR-27: it does not say that the total would be lower with another promotion."""

    def test_a_contradiction_is_refused(self) -> None:
        """PR-14, PR-27: unless the best was not looked for, or not proven."""
        with pytest.raises(AssertionError, match="beaten_by"):
            check_trace(contradicting(), best=True)
        check_trace(contradicting())
        check_trace(attrs.evolve(contradicting(), optimal=False, bound=usd("5.00")), best=True)

    @pytest.mark.parametrize("promotion_id", ["five", "free"])
    def test_but_for_what_is_not_weighed(self, promotion_id: str) -> None:
        """PR-13: an exclusive promotion wins, and one that sells something is not weighed."""
        check_trace(contradicting(), best=True, not_weighed={promotion_id})

    def test_but_for_goods_that_were_sold(self) -> None:
        """PR-14: without the promotion that added them, they would not have to be paid for."""
        check_trace(contradicting(tied_to="ten"), best=True)


@pytest.mark.parametrize("combination", Combination)
def test_equal_selections_give_equal_quotes(combination: Combination) -> None:
    """A promotion that is read back says what it said, to the order of its shares (PR-26).

    What selects all lines is one object where it is left out, and another one where it was stored.
    """
    pens = cart(line("a", "1.00", 2, sku="CAP"), line("b", "1.00", 1, sku="PEN"))
    one_free = promotion(BuyXGetY(spend=usd("1.00")), "one free")
    policy = PricingPolicy(rounding_point=RoundingPoint.UNIT, combination=combination)
    quotes = [
        price(
            pens,
            (
                one_free,
                promotion(
                    PercentOff(percent=Decimal(10), target=target),
                    "ten",
                    conditions=(MinSubtotal(amount=usd("1.00"), after_discounts=True),),
                ),
            ),
            at=AT,
            policy=policy,
        )
        for target in (ALL_LINES, Selection())
    ]

    assert quotes[0].trace == quotes[1].trace
    assert quotes[0] == quotes[1]
