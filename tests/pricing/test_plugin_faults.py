"""Every call of a plugin, and everything that it can do wrong there (PK-15, PK-16, PK-17).

The table is made: each place where the engine asks a type, with each fault, under each policy.
"""

import pickle
from collections.abc import Callable
from typing import Any, ClassVar

import attrs
import pytest

from cartcore.errors import PluginError
from cartcore.pricing.engine import price
from cartcore.pricing.policy import Combination, OnPluginError, PricingPolicy, Stacking
from cartcore.pricing.promotion_set import PromotionSet
from cartcore.pricing.quote import Quote
from cartcore.promotions.promotion import Promotion, Trigger
from cartcore.rules import (
    Discount,
    Ineligible,
    Offer,
    PricingContext,
    PromotionClass,
    Selection,
    ShippingSpeed,
)
from cartcore.rules.builtin import (
    AllOf,
    AnyOf,
    DistinctProducts,
    FreeShipping,
    MinSubtotal,
    Not,
    OrderAmountOff,
    OrderPercentOff,
    PercentOff,
)
from cartcore.shop.speeds import ask_providers
from tests.support.carts import AT, applied, cart, line, parcel, promotion, request, speed, usd
from tests.support.plugin_faults import CLAIMS, FAULTS, PLACES, RIGHT, Asks, bad, raising

GIVEN = cart(
    line("a", "10.00", 2),
    line("b", "5.00"),
    shipments=(parcel("S1", ("a", 2), ("b", 1), by=speed("4.00")),),
)
TENTH = promotion(PercentOff(percent="10"), "tenth")
POLICIES: dict[str, dict[str, Any]] = {
    "in order": {},
    "best": {"combination": Combination.BEST_FOR_CUSTOMER},
    "best per line": {"stacking": Stacking.BEST_PER_LINE},
}
BEST = PricingPolicy(combination=Combination.BEST_FOR_CUSTOMER)


each_place = pytest.mark.parametrize("place", PLACES)
each_fault = pytest.mark.parametrize("fault", FAULTS)
each_policy = pytest.mark.parametrize("policy", POLICIES)


def priced(found: Promotion, policy: PricingPolicy) -> Quote:
    return price(GIVEN, [found, TENTH], at=AT, policy=policy)


@each_policy
@each_fault
@each_place
def test_each_fault_in_each_place(place: str, fault: str, policy: str) -> None:
    """Pricing fails with a PluginError; or the promotion is left out, and all else is priced.

    A claim that cannot be asked is left out alone. Nobody is told the exception's text but the log
    (PK-15, PK-16).
    """
    found = PLACES[place](FAULTS[fault])
    fields = POLICIES[policy]
    asked = place not in CLAIMS or policy == "best"
    if asked:
        with pytest.raises(PluginError) as caught:
            priced(found, PricingPolicy(**fields))
        assert str(caught.value)
    skip = PricingPolicy(on_plugin_error=OnPluginError.SKIP, **fields)
    quote = priced(found, skip)
    decision = quote.decision("bad")

    assert decision is not None
    assert all("secret" not in each.message for each in quote.decisions)
    if place not in CLAIMS:
        alone = price(GIVEN, [TENTH], at=AT, policy=skip)
        assert (False, "plugin_error") == (decision.applied, decision.reason)
        assert (alone.totals, alone.lines) == (quote.totals, quote.lines)
    if asked:
        (told,) = quote.faults
        assert "promotion 'bad'" == told.subject
        assert ("secret" in told.problem) == (fault == "raises")
        assert ("Traceback" in told.traceback) or place not in CLAIMS | {"evaluate", "check"}
    assert () == pickle.loads(pickle.dumps(quote)).faults  # noqa: S301


def test_one_exception_for_all_prices() -> None:
    """A plugin that raises the same object again and again keeps no cart alive by it (PK-15)."""
    same = RuntimeError("secret")
    found = PLACES["check inside another"](raising(same))
    skip = PricingPolicy(on_plugin_error=OnPluginError.SKIP)
    told = [priced(found, skip).faults[0].traceback for _ in range(3)]

    assert told[0] == told[1] == told[2]
    assert None is same.__traceback__

    class Carrier:
        type_name: ClassVar[str] = "acme.carrier"

        def speeds(self, asked: Any) -> Any:
            raise same

    first, again = [ask_providers([Carrier()], request()).failures[0] for _ in range(2)]
    assert first.traceback == again.traceback
    assert None is same.__traceback__


@each_fault
@pytest.mark.parametrize("place", ["needs", "needs of a condition", "uses_units"])
def test_the_index_takes_what_cannot_be_asked(place: str, fault: str) -> None:
    """A set of promotions is made, found in and changed whatever one of them does (PK-15)."""
    found = PLACES[place](FAULTS[fault])
    book = PromotionSet([found, TENTH]).updated([found])

    assert {"bad", "tenth"} == {each.id for each in book.find(set())}


class Says(Asks):
    """A condition that may also fail to say what it is for."""

    type_name: ClassVar[str] = "acme.says"

    def check(self, context: PricingContext) -> Any:
        if self.where == "check":
            return self.what()
        return Ineligible("no", "no") if self.where == "__str__ of what does not hold" else None

    def __str__(self) -> str:
        return self.what() if self.where.startswith("__str__") else "orders"


def mostly(condition: Any) -> tuple[Any, ...]:
    return (condition, MinSubtotal(amount=usd("999.00")))


INSIDE: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "check of all_of": ("check", lambda each: AllOf(conditions=mostly(each))),
    "check of any_of": ("check", lambda each: AnyOf(conditions=mostly(each))),
    "check of not": ("check", lambda each: Not(condition=each)),
    "needs of all_of": ("needs", lambda each: AllOf(conditions=(AllOf(conditions=(each,)),))),
    "words in not": ("__str__", lambda each: Not(condition=each)),
    "words in all_of": ("__str__", lambda each: Not(condition=AllOf(conditions=(each,)))),
    "words in any_of": ("__str__", lambda each: Not(condition=AnyOf(conditions=(each,)))),
    "words for any_of": (
        "__str__ of what does not hold",
        lambda each: AnyOf(conditions=mostly(each)),
    ),
}


@each_fault
@pytest.mark.parametrize("inside", INSIDE)
def test_a_condition_inside_others_is_the_one_that_is_named(inside: str, fault: str) -> None:
    """The fault of a condition is its own, and not that of the built-in one around it (PK-15)."""
    where, outer = INSIDE[inside]
    condition: Any = Says(where, FAULTS[fault])
    found = bad(RIGHT, outer(condition))
    skip = PricingPolicy(on_plugin_error=OnPluginError.SKIP)
    quote = price(GIVEN, [found, TENTH], at=AT, policy=skip)

    named = {(each.plugin, each.subject) for each in quote.faults}
    says_text = fault == "answers a text" and where.startswith("__str__")
    assert named == (set() if says_text else {("acme.says", "promotion 'bad'")})


@each_fault
def test_a_provider(fault: str) -> None:
    """A provider that fails stops no other, and its failure has what a log needs (PK-15, OE-13)."""

    @attrs.frozen(eq=False)
    class Carrier:
        type_name: ClassVar[str] = "acme.carrier"

        def speeds(self, asked: Any) -> Any:
            return FAULTS[fault]()

    class Van:
        type_name: ClassVar[str] = "acme.van"

        def speeds(self, asked: Any) -> Any:
            return [ShippingSpeed(code="van", name="Van", price=usd("4.00"))]

    offers = ask_providers([Carrier(), Van()], request())

    assert ["van"] == [each.code for each in offers.speeds]
    (failure,) = offers.failures
    assert failure.broken
    assert "Traceback" in failure.traceback


@pytest.mark.parametrize("error", [KeyboardInterrupt, GeneratorExit], ids=lambda e: e.__name__)
@each_place
def test_what_is_the_hosts_passes(place: str, error: type[BaseException]) -> None:
    """An interrupt passes whatever the policy says, and leaves a set of promotions as it was.

    The next pricing with the same set is as ever (PK-15).
    """
    interrupted = True

    def what() -> Any:
        if interrupted:
            raise error
        return {"needs": (), "needs of a condition": (), "at_most": 100, "least_left": 0}.get(
            place, False if place in {"uses_units", "stays_unmet"} else None
        )

    skip = attrs.evolve(BEST, on_plugin_error=OnPluginError.SKIP)
    with pytest.raises(error):
        priced(PLACES[place](what), skip)
    interrupted = False
    if place.startswith("check") or place in CLAIMS:
        quote = priced(PLACES[place](what), skip)
        assert () == quote.faults


# --- claims ---


@attrs.frozen(eq=False)
class Half:
    """An order promotion that takes half of what is left."""

    type_name: ClassVar[str] = "acme.half"
    promotion_class: ClassVar[PromotionClass] = PromotionClass.ORDER

    def evaluate(self, context: PricingContext) -> Any:
        half = context.subtotal(after_discounts=True) // 2
        return Offer(
            discounts=(Discount(lines=Selection(), amount=context.to_money(half)),),
        )


@attrs.frozen(eq=False)
class Claims(Half):
    """One that claims what a test wants."""

    claim: int
    type_name: ClassVar[str] = "acme.claims"

    def at_most(self, context: PricingContext) -> int:
        return self.claim


def test_a_false_claim_costs_nothing_but_time() -> None:
    """A claim that is false for the promotion alone is seen before anything rests on it (PK-17).

    Believed, it would hide the better of two that exclude each other.
    """
    first = promotion(OrderPercentOff(percent=20), "first", priority=9, group="one")
    liar = promotion(Claims(1), "liar", group="one")
    truth = promotion(Claims(1250), "liar", group="one")
    quote = price(GIVEN, [first, liar], at=AT, policy=BEST)
    honest = price(GIVEN, [first, truth], at=AT, policy=BEST)

    assert usd("16.50") == quote.total == honest.total
    assert (True, ()) == (honest.optimal, honest.faults)
    (fault,) = quote.faults
    assert "acme.claims" == fault.plugin
    assert "took 1250 minor units, but at_most() said 1" in fault.problem


@pytest.mark.parametrize(
    ("liar", "problem"),
    [
        ((Claims(1),), "took 1250 minor units, but at_most() said 1"),
        (
            (Half(), Asks("least_left", lambda: 2501)),
            "applied to 2500 minor units, but least_left() said 2501",
        ),
    ],
    ids=["at_most", "least_left"],
)
def test_a_false_claim_is_seen_before_a_branch_is_left_for_it(
    liar: tuple[Any, ...], problem: str
) -> None:
    """Another one comes before it, so its branch is weighed by the claim alone (PK-17).

    Of 25.00 the first takes 5.00, the small one 0.10 and the last half: 12.45 and 4.00 are left
    without the first, 19.90 and 4.00 with it.
    """
    first = promotion(OrderPercentOff(percent=20), "first", priority=9, group="one")
    small = promotion(OrderAmountOff(amount=usd("0.10")), "small", priority=5)
    effect, *conditions = liar
    last = promotion(effect, "liar", conditions=tuple(conditions), group="one")
    quote = price(GIVEN, [first, small, last], at=AT, policy=BEST)

    assert (usd("16.45"), True) == (quote.total, quote.optimal)
    assert problem in quote.faults[0].problem


def test_a_condition_without_a_claim_is_not_blamed_where_nothing_is_left() -> None:
    """Of conditions at a cart that costs nothing, only the one with a claim was wrong (PK-17)."""
    everything = promotion(PercentOff(percent=100), "all")
    conditions: tuple[Any, ...] = (DistinctProducts(count=2), Asks("least_left", lambda: 1))
    liar = bad(FreeShipping(), *conditions)
    quote = price(GIVEN, [everything, liar], at=AT, policy=BEST)

    assert usd("0.00") == quote.total
    assert ["acme.asks"] == [each.plugin for each in quote.faults]


@pytest.mark.parametrize("on_plugin_error", OnPluginError)
def test_a_claim_of_what_must_be_left(on_plugin_error: OnPluginError) -> None:
    """So is one of what has to be left, whatever the policy says of faults (PK-17)."""
    policy = attrs.evolve(BEST, on_plugin_error=on_plugin_error)
    found = bad(RIGHT, Asks("least_left", lambda: 2501))
    quote = price(GIVEN, [found], at=AT, policy=policy)

    assert usd("24.00") == quote.total
    assert ["acme.asks"] == [each.plugin for each in quote.faults]
    assert "applied to 2500 minor units, but least_left() said 2501" in quote.faults[0].problem


def test_a_condition_beside_one_whose_claim_is_false() -> None:
    """Of several conditions only the one whose claim was false is blamed for it (PK-17)."""
    liar = Asks("least_left", lambda: 2501)
    right = MinSubtotal(amount=usd("10.00"), after_discounts=True)
    for conditions in ((right, liar), (liar, right)):
        quote = price(GIVEN, [bad(RIGHT, *conditions)], at=AT, policy=BEST)

        assert usd("24.00") == quote.total
        assert ["acme.asks"] == [each.plugin for each in quote.faults]


def test_a_condition_that_does_not_stay_unmet() -> None:
    """A condition that holds anew though it says that it never does is not believed (PK-17)."""

    @attrs.frozen(eq=False)
    class UnderTwenty:
        type_name: ClassVar[str] = "acme.under"
        stays_unmet: ClassVar[bool] = True

        def check(self, context: PricingContext) -> Ineligible | None:
            left = context.subtotal(after_discounts=True)
            return Ineligible("over", "over") if left >= 2000 else None

    found = promotion(OrderPercentOff(percent=50), "under", conditions=(UnderTwenty(),), group="g")
    rival = promotion(OrderPercentOff(percent=10), "rival", priority=-1, group="g")
    quarter = promotion(PercentOff(percent=25), "quarter")
    quote = price(GIVEN, [found, rival, quarter], at=AT, policy=BEST)

    assert usd("13.37") == quote.total
    assert ["acme.under"] == [each.plugin for each in quote.faults]


def test_what_a_promotion_needs_and_does_without() -> None:
    """A promotion that staff picked, and that applies without what it needs: no proof (PK-17)."""

    @attrs.frozen(eq=False)
    class Needs(PercentOff):
        needs: ClassVar[Any] = (Selection(skus=("GONE",)),)

    found = promotion(Needs(percent=20), "needs", trigger=Trigger.PICKED)
    given = attrs.evolve(GIVEN, applied=(applied("needs"),))
    quote = price(given, [found], at=AT, policy=BEST)

    assert usd("24.00") == quote.total
    assert not quote.optimal
    assert quote.bound is not None
    assert "no line of those that it says it needs" in quote.faults[0].problem


def test_true_claims_are_no_faults() -> None:
    """Nothing is reported of types that are right (PK-16)."""
    promotions = [
        promotion(OrderPercentOff(percent=20), "a", group="g"),
        promotion(
            OrderPercentOff(percent=30),
            "b",
            group="g",
            conditions=(MinSubtotal(amount=usd("20.00"), after_discounts=True),),
        ),
        TENTH,
    ]
    quote = price(GIVEN, promotions, at=AT, policy=BEST)

    assert (True, ()) == (quote.optimal, quote.faults)
