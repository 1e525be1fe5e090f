"""Plugins that break their contract: what the error names, and what stays right (PR-20)."""

import sys
from collections.abc import Callable
from typing import Any, ClassVar

import attrs
import pytest
from moneyed import Money

from cartcore.errors import InvalidField, PluginError
from cartcore.pricing.engine import price
from cartcore.pricing.policy import Combination, OnPluginError, PricingPolicy, Stacking
from cartcore.pricing.quote import Quote
from cartcore.rules import (
    LARGEST_QUANTITY,
    Discount,
    Ineligible,
    Offer,
    Per,
    PricingContext,
    PromotionClass,
    Selection,
    TiedItem,
)
from cartcore.rules.builtin import (
    AllOf,
    AmountOff,
    Bundle,
    BundlePart,
    BuyXGetY,
    FirstAndFurtherOff,
    FixedPrice,
    MinQuantity,
    Not,
    NthOfSet,
    OrderFixedPrice,
    PercentOff,
    PercentTier,
    TieredPercentOff,
)
from tests.support.carts import AT, cart, line, parcel, promotion, speed, usd

GIVEN = cart(
    line("a", "10.00", 2),
    line("b", "5.00"),
    shipments=(parcel("S1", ("a", 2), ("b", 1), by=speed("4.00")),),
)
TENTH = promotion(PercentOff(percent="10"), "tenth")

SKIP: dict[str, PricingPolicy] = {
    "in order": PricingPolicy(on_plugin_error=OnPluginError.SKIP),
    "best": PricingPolicy(
        on_plugin_error=OnPluginError.SKIP, combination=Combination.BEST_FOR_CUSTOMER
    ),
    "best per line": PricingPolicy(
        on_plugin_error=OnPluginError.SKIP, stacking=Stacking.BEST_PER_LINE
    ),
}
each_policy = pytest.mark.parametrize("skip", SKIP.values(), ids=SKIP)


@attrs.frozen
class Does:
    """A promotion type that does whatever a test wants."""

    what: Callable[[PricingContext], Any]
    promotion_class: PromotionClass = PromotionClass.ITEM
    type_name: ClassVar[str] = "acme.does"
    uses_units: ClassVar[bool] = True

    def evaluate(self, context: PricingContext) -> Any:
        return self.what(context)


class Shy(Does):
    """One that does not say that it uses units up."""

    uses_units: ClassVar[bool] = False


@attrs.frozen
class Asks:
    """A condition that does whatever a test wants."""

    what: Callable[[PricingContext], Any]
    type_name: ClassVar[str] = "acme.asks"

    def check(self, context: PricingContext) -> Any:
        return self.what(context)


def priced(effect: Any, policy: PricingPolicy, **fields: Any) -> Quote:
    """A quote with a bad promotion, which has its turn first, and a good one."""
    bad = promotion(effect, "bad", priority=1, **fields)
    return price(GIVEN, [bad, TENTH], at=AT, policy=policy)


def offering(**fields: Any) -> Callable[[PricingContext], Offer]:
    return lambda _: Offer(discounts=(Discount(**fields),))


def raising(error: Exception) -> Callable[[PricingContext], None]:
    def fail(context: PricingContext) -> None:
        raise error

    return fail


BAD: dict[str, tuple[Callable[[PricingContext], Any], str]] = {
    "it raises": (raising(RuntimeError("no idea")), r"RuntimeError.*no idea"),
    "it divides by zero": (lambda context: 1 // 0, "ZeroDivisionError"),
    "it never ends": (raising(RecursionError("too deep")), "RecursionError"),
    "it answers nothing": (lambda context: None, "None"),
    "it answers a number": (lambda context: 5, "5"),
    "a strange line": (offering(lines=("gone",), percent=10), "'gone'"),
    "units of a strange line": (offering(units=(("gone", 1),), percent=10), "'gone'"),
    "more units than there are": (offering(units=(("a", 3),), percent=10), "more units"),
    "a line twice": (offering(lines=("a", "a"), percent=10), "twice"),
    "shipments of an item promotion": (offering(shipments=("S1",), percent=10), "class is item"),
    "negative": (
        lambda context: Offer(discounts=(Discount(lines=("a",), amount=usd("-1.00")),)),
        "over zero",
    ),
    "over 100 percent": (
        lambda context: Offer(discounts=(Discount(lines=("a",), percent=101),)),
        "up to 100",
    ),
    "products of an item promotion": (
        lambda context: Offer(tied_items=(TiedItem(key="k", product_id="pen"),)),
        "adds products",
    ),
    "units that are used up": (
        lambda context: Offer(
            discounts=(Discount(lines=("a",), percent=10),), used_units=(("a", 3),)
        ),
        "not left",
    ),
}
each_fault = pytest.mark.parametrize(("what", "problem"), BAD.values(), ids=BAD)


@each_fault
def test_pricing_fails(what: Callable[[PricingContext], Any], problem: str) -> None:
    """By default pricing fails, and the error names plugin, promotion and fault (PR-20)."""
    with pytest.raises(PluginError, match=problem) as caught:
        priced(Does(what), PricingPolicy())

    assert ("acme.does", "promotion 'bad'") == (caught.value.plugin, caught.value.subject)


@each_policy
@each_fault
def test_the_promotion_is_skipped(
    what: Callable[[PricingContext], Any], problem: str, skip: PricingPolicy
) -> None:
    """Or it is skipped, with a decision that says why; all others are priced as ever (PR-20)."""
    quote = priced(Does(what), skip)
    alone = price(GIVEN, [TENTH], at=AT, policy=skip)
    decision = quote.decision("bad")

    assert decision is not None
    assert (False, "plugin_error") == (decision.applied, decision.reason)
    assert "acme.does" in decision.message
    assert (alone.lines, alone.adjustments, alone.totals) == (
        quote.lines,
        quote.adjustments,
        quote.totals,
    )


def test_uses_of_a_type_that_does_not_say_so() -> None:
    """Turns and the search for the best go by `uses_units`, so it has to be true (PR-13, PR-20)."""
    uses = Offer(discounts=(Discount(lines=("a",), percent=10),), used_units=(("a", 1),))
    with pytest.raises(PluginError, match="does not say uses_units"):
        priced(Shy(lambda _: uses), PricingPolicy())


@each_policy
def test_a_condition_that_raises(skip: PricingPolicy) -> None:
    """Conditions are named as promotion types are (PR-20)."""
    asks = Asks(raising(KeyError("tags")))
    with pytest.raises(PluginError, match="KeyError") as caught:
        priced(PercentOff(percent=50), PricingPolicy(), conditions=(asks,))
    quote = priced(PercentOff(percent=50), skip, conditions=(asks,))

    assert "acme.asks" == caught.value.plugin
    assert ["plugin_error", "applied"] == [each.reason for each in quote.decisions]
    assert usd("26.50") == quote.total


@pytest.mark.parametrize("policy", [PricingPolicy(), *SKIP.values()])
def test_another_currency(policy: PricingPolicy) -> None:
    """An amount in another currency makes a promotion not apply, half-way through as well (PR-20).

    Nothing is left of the discount that came before it.
    """

    def mixed(context: PricingContext) -> Offer:
        return Offer(
            discounts=(
                Discount(lines=("a",), percent=50),
                Discount(lines=("b",), amount=Money("1.00", "EUR")),
            )
        )

    quote = priced(Does(mixed), policy)

    assert ["other_currency", "applied"] == [each.reason for each in quote.decisions]
    assert "EUR" in quote.decisions[0].message
    assert usd("26.50") == quote.total


@each_policy
def test_nothing_is_left_of_a_promotion_that_fails_late(skip: PricingPolicy) -> None:
    """A fault in the second discount takes the first one back (PR-20)."""

    def late(context: PricingContext) -> Offer:
        return Offer(
            discounts=(
                Discount(lines=("a",), percent=50, limit=None),
                Discount(units=(("b", 1), ("gone", 1)), percent=50),
            )
        )

    quote = priced(Does(late), skip)

    assert "plugin_error" == quote.decisions[0].reason
    assert usd("26.50") == quote.total


@pytest.mark.parametrize(
    "what",
    [
        offering(lines=Selection(), amount=usd("9999999999.99")),
        offering(lines=Selection(), amount=usd("9999999999.99"), per=Per.UNIT),
        offering(lines=Selection(), amount=usd("9999999999.99"), per=Per.LINE),
        offering(lines=Selection(), price=usd("0.00")),
        lambda _: Offer(discounts=(Discount(lines=Selection(), percent=100),) * 50),
    ],
    ids=["together", "per unit", "per line", "for nothing", "fifty times"],
)
def test_larger_than_everything(what: Callable[[PricingContext], Any]) -> None:
    """What is larger than everything takes everything, and no more (PR-6)."""
    quote = priced(Does(what), PricingPolicy())

    assert (usd("0.00"), usd("4.00")) == (quote.totals.goods, quote.total)
    assert "nothing_to_discount" == quote.decisions[1].reason


# --- sizes ---

_HUGE = cart(
    *(line(f"{n}", f"{n + 1}.37", LARGEST_QUANTITY, minimum_price=usd("0.50")) for n in range(5))
)


@pytest.mark.parametrize(
    "effect",
    [
        PercentOff(percent="33.333", limit=777_777, group_size=3),
        AmountOff(amount=usd("0.37"), per=Per.UNIT, limit=1_234_567),
        FixedPrice(price=usd("1.99"), limit=3_000_001),
        FirstAndFurtherOff(first=usd("1.00"), further=usd("0.01")),
        BuyXGetY(buy=2, get=1),
        BuyXGetY(spend=usd("50.00"), get=400_000, percent="12.5"),
        Bundle(price=usd("4.00"), parts=(BundlePart(quantity=2), BundlePart(quantity=1))),
        NthOfSet(size=3, position=2, percent="50"),
        OrderFixedPrice(price=usd("1.00")),
        TieredPercentOff(tiers=(PercentTier(percent=10), PercentTier(percent=20, from_quantity=9))),
    ],
    ids=lambda effect: type(effect).__name__,
)
@pytest.mark.parametrize("policy", [PricingPolicy(), SKIP["best"]], ids=["in order", "best"])
def test_millions_of_units(effect: Any, policy: PricingPolicy) -> None:
    """A million units of a line cost no more work than three: nothing is done unit by unit.

    Counted are the lines of Python that run, not the time.
    """
    few = cart(*(attrs.evolve(each, quantity=30) for each in _HUGE.lines))
    offers = [promotion(effect, "one"), promotion(PercentOff(percent="15", limit=100), "two")]

    def steps(given: Any) -> int:
        count = 0

        def trace(frame: Any, what: str, argument: Any) -> Any:
            nonlocal count
            count += 1
            return trace

        before = sys.gettrace()
        sys.settrace(trace)
        try:
            quote = price(given, offers, at=AT, policy=policy)
        finally:
            sys.settrace(before)
        assert quote.decisions[0].applied
        return count

    assert steps(_HUGE) < 5 * steps(few)


# --- conditions in conditions ---


def test_conditions_in_a_circle() -> None:
    """A condition that holds itself is refused when it is made, as one that is too deep (PR-9)."""
    ends = MinQuantity(quantity=1)
    inner = AllOf(conditions=(ends,))
    object.__setattr__(inner, "conditions", (inner,))
    with pytest.raises(InvalidField, match="at most 20"):
        Not(condition=inner)

    deep: Any = ends
    for _ in range(19):
        deep = Not(condition=deep)
    with pytest.raises(InvalidField, match="at most 20"):
        Not(condition=deep)


@each_policy
def test_a_condition_that_asks_itself(skip: PricingPolicy) -> None:
    """A plugin's condition that never ends by itself is a fault like any other (PR-20)."""

    def again(context: PricingContext) -> Ineligible | None:
        return again(context)

    asks = Asks(again)
    with pytest.raises(PluginError, match="RecursionError"):
        priced(PercentOff(percent=50), PricingPolicy(), conditions=(asks,))
    quote = priced(PercentOff(percent=50), skip, conditions=(asks,))

    assert ["plugin_error", "applied"] == [each.reason for each in quote.decisions]


@attrs.frozen
class Claims(Asks):
    """A condition that claims that so much has to be left."""

    least: Any = 0

    def least_left(self, context: PricingContext) -> Any:
        return self.least(context) if callable(self.least) else self.least


@pytest.mark.parametrize(
    ("least", "problem"),
    [
        (-1, r"least_left\(\) answered -1"),
        ("25.00", r"least_left\(\) answered '25.00'"),
        (raising(RuntimeError("no idea")), r"least_left\(\) raised .*no idea"),
    ],
)
def test_a_condition_whose_claim_is_no_amount(least: Any, problem: str) -> None:
    """The search for the best may rely on it, so it fails as any other answer (PR-14, PR-20)."""

    def look(context: PricingContext) -> None:
        context.subtotal(after_discounts=True)

    claiming = promotion(PercentOff(percent="10"), "claiming", conditions=(Claims(look, least),))
    policy = PricingPolicy(combination=Combination.BEST_FOR_CUSTOMER)
    with pytest.raises(PluginError, match=problem):
        price(GIVEN, [claiming], at=AT, policy=policy)
