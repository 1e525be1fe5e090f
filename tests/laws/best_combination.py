"""The best combination against every combination there is (PR-5, PR-14, PR-27).

    python -m tests.laws.best_combination --cases 10000 --seed 1

compares `best_for_customer` with a brute force: each allowed set of promotions is priced by itself
in priority order, the others switched off, and the lowest total counts. Which sets are allowed is
written down here once more, from the rules. At every place in the search's tree, each part of its
bound is compared with what the sets below really take (`tests.support.bound_checker`).
"""

import sys
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from itertools import combinations
from time import perf_counter
from typing import Any, ClassVar

import attrs
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from moneyed import Money

from cartcore.cart import AppliedPromotion, CartLine, CartShipment
from cartcore.pricing.policy import Combination, GrossPrices, PricingPolicy, RoundingPoint
from cartcore.pricing.quote import Quote
from cartcore.promotions.offer import Per, TiedItem
from cartcore.promotions.promotion import Limits, Promotion, Trigger
from cartcore.promotions.tax import PartTax, TaxRate, TaxRequest
from cartcore.promotions.types import PromotionClass, PromotionType, TaxCalculator
from cartcore.rules import Selection, ShippingSpeed
from cartcore.rules.builtin import (
    AddProduct,
    AmountOff,
    AnyOf,
    FixedPrice,
    FreeShipping,
    MaxSubtotal,
    MinQuantity,
    MinSubtotal,
    Not,
    OrderAmountOff,
    OrderFixedPrice,
    OrderPercentOff,
    PercentOff,
    ShippingAmountOff,
    ShippingPercentOff,
)
from cartcore.testing.pricing import CURRENCIES, EFFECTS, PricingCase
from cartcore.testing.pricing.carts import case_carts, case_products
from cartcore.testing.pricing.taxes import generated_taxes, tax_policies, taxable
from cartcore.values.allocation import Remainder, Rounding
from cartcore.values.money import from_minor, to_minor
from tests.support.bound_checker import check_bound
from tests.support.checked_quotes import check_every_quote

BEST = PricingPolicy(combination=Combination.BEST_FOR_CUSTOMER)
IN_ORDER = PricingPolicy()


def under(case: PricingCase, combination: Combination) -> PricingCase:
    """The case with its policy, but for how promotions are chosen."""
    return case.but(policy=attrs.evolve(case.policy, combination=combination))


def goes_with(one: Promotion, other: Promotion) -> bool:
    """Whether two promotions may apply to one order (PR-13)."""
    if one.exclusive or other.exclusive:
        return False
    if one.group and one.group == other.group:
        return False
    return one.promotion_class in other.combines_with and other.promotion_class in one.combines_with


def allowed(promotions: Sequence[Promotion]) -> Iterator[tuple[Promotion, ...]]:
    """Every set of promotions of which any two go with each other."""
    for count in range(len(promotions) + 1):
        for chosen in combinations(promotions, count):
            if all(goes_with(one, other) for one, other in combinations(chosen, 2)):
                yield chosen


def with_only(case: PricingCase, chosen: Sequence[Promotion]) -> Quote:
    """The price with these promotions, the others switched off."""
    switched = tuple(
        each if each in chosen else attrs.evolve(each, enabled=False) for each in case.promotions
    )
    return under(case, Combination.IN_PRIORITY_ORDER).but(promotions=switched).price()


def minor(quote: Quote) -> int:
    return to_minor(quote.total, quote.currency)


def sells(case: PricingCase, promotion: Promotion, in_order: Quote) -> bool:
    """Whether a promotion adds goods that have to be paid for, if its conditions hold.

    By itself, or at its turn in priority order.
    """
    if promotion.promotion_class is not PromotionClass.PRODUCT:
        return False
    always = attrs.evolve(promotion, conditions=(), exclusive=False, group="")
    others = tuple(p for p in case.promotions if p != promotion and applies(in_order, p))
    for beside in ((), others):
        alone = tuple(attrs.evolve(p, combines_with=tuple(PromotionClass)) for p in beside)
        always = attrs.evolve(always, combines_with=tuple(PromotionClass))
        quote = with_only(case.but(promotions=(*alone, always)), (*alone, always))
        added = {line.line_id: line.amount for line in quote.lines if line.tied_to == promotion.id}
        for adjustment in quote.adjustments:
            if adjustment.promotion_id == promotion.id:
                added[adjustment.line_id] -= adjustment.discount
        if any(added.values()):
            return True
    return False


def lowest(case: PricingCase, in_order: Quote) -> int:
    """The lowest total that the rules allow, by trying everything.

    A promotion that sells something applies as in priority order.
    """
    exclusive = [p for p in case.promotions if p.exclusive and applies(with_only(case, (p,)), p)]
    if exclusive:
        first = max(promotion.priority for promotion in exclusive)
        return min(minor(with_only(case, (p,))) for p in exclusive if p.priority == first)
    sold = {p.id for p in case.promotions if sells(case, p, in_order)}
    kept = {p.id for p in case.promotions if p.id in sold and applies(in_order, p)}
    found = []
    for chosen in allowed([promotion for promotion in case.promotions if not promotion.exclusive]):
        if {promotion.id for promotion in chosen} & sold == kept:
            quote = with_only(case, chosen)
            if all(applies(quote, p) for p in chosen if p.id in kept):
                found.append(minor(quote))
    return min(found)


def applies(quote: Quote, promotion: Promotion) -> bool:
    decision = quote.decision(promotion.id)
    return decision is not None and decision.applied


def check(case: PricingCase) -> str:
    """Compare one case; what it was about."""
    contest = under(case, Combination.BEST_FOR_CUSTOMER)
    quote = contest.price()
    in_order = under(case, Combination.IN_PRIORITY_ORDER).price()
    best = lowest(case, in_order)

    assert quote.optimal, "the work limit was not to be reached"
    assert minor(quote) == best, (minor(quote), best)
    assert minor(quote) <= minor(in_order)
    # The set that is shown is one of those allowed, and gives that total by itself.
    shown = tuple(p for p in case.promotions if applies(quote, p))
    assert all(goes_with(one, other) for one, other in combinations(shown, 2))
    assert minor(with_only(case, shown)) == best
    # In whatever order they are passed, promotions keep their turn.
    assert quote == contest.but(promotions=case.promotions[::-1]).price()
    check_beaten(contest, quote)
    check_beaten(under(case, Combination.IN_PRIORITY_ORDER), in_order)
    if best == minor(in_order):
        return "priority order is the best"
    return "another set is better than priority order"


def check_beaten(case: PricingCase, quote: Quote) -> None:
    """What beat a promotion, and by how much, is what pricing without the winners says (PR-27)."""
    for decision in quote.decisions:
        if decision.reason != "beaten":
            continue
        loser = next(p for p in case.promotions if p.id == decision.promotion_id)
        applied = [p for p in case.promotions if applies(quote, p)]
        in_the_way = [p for p in applied if not goes_with(p, loser)]
        rest = tuple(p for p in case.promotions if p in applied and p not in in_the_way)
        instead = with_only(case, (*rest, loser))
        assert decision.beaten_by_amount is not None
        difference = to_minor(decision.beaten_by_amount, quote.currency)
        assert difference == minor(instead) - minor(quote), decision
        # Where no promotion is in the way, what was taken off by hand may have left nothing.
        by_hand = [discount.id for discount in case.cart.manual]
        others = [promotion.id for promotion in applied] + by_hand
        winners = [promotion.id for promotion in in_the_way] or others
        assert decision.beaten_by in winners, decision


# --- cases ---


@attrs.frozen
class Levy:
    """A tax on goods and another one on shipping."""

    type_name: ClassVar[str] = "tests.levy"

    goods: int
    shipping: int

    def taxes(self, request: TaxRequest) -> tuple[tuple[str, PartTax], ...]:
        goods = TaxRate(name="goods", percent=Decimal(self.goods))
        shipping = TaxRate(name="shipping", percent=Decimal(self.shipping))
        return tuple(
            (part.id, PartTax(rates=(goods if part.line_id else shipping,)))
            for part in request.parts
        )


PERCENTS = ("5", "10", "20", "33.3", "50", "100", "100")


@attrs.frozen
class Stakes:
    """What promotions can be about that are to get into each other's way: part of it, or all."""

    currency: str
    goods: int
    postage: int
    skus: tuple[str, ...]

    def part(self, of: int) -> st.SearchStrategy[Money]:
        """A part of an amount, all of it, or more."""
        parts = st.sampled_from([10, 20, 25, 33, 50, 75, 90, 100, 125])
        return parts.map(lambda part: from_minor(max(1, of * part // 100), self.currency))

    def target(self) -> st.SearchStrategy[Selection]:
        return st.sampled_from(
            [
                *(Selection(),) * 4,
                Selection(categories=("Kitchen",)),
                Selection(undiscounted=True),
                *(Selection(skus=(sku,)) for sku in self.skus),
                *(Selection(exclude=Selection(skus=(sku,))) for sku in self.skus[:1]),
            ]
        )

    def effects(self) -> list[Callable[[], st.SearchStrategy[PromotionType]]]:
        """The types whose discounts are large beside what there is."""
        percents = st.sampled_from(PERCENTS)
        goods, target = self.part(self.goods), self.target()
        limit = st.sampled_from([None, None, None, 1, 2])
        maximum = st.none() | st.none() | goods
        item = st.builds(
            TiedItem,
            key=st.just("a"),
            product_id=st.sampled_from(["pen", "bag"]),
            options=st.just((("Size", "2"),)) | st.just(()),
        ).filter(lambda each: bool(each.options) == (each.product_id == "bag"))
        return [
            lambda: st.builds(
                PercentOff,
                percent=percents,
                target=target,
                maximum=maximum,
                limit=limit,
                of_original=st.sampled_from([False, False, True]),
            ),
            lambda: st.builds(
                AmountOff,
                amount=goods,
                target=target,
                per=st.sampled_from([Per.TOTAL, Per.TOTAL, Per.UNIT, Per.LINE]),
                limit=limit,
            ),
            lambda: st.builds(FixedPrice, price=goods, target=target, limit=limit),
            lambda: st.builds(OrderPercentOff, percent=percents, maximum=maximum),
            lambda: st.builds(OrderAmountOff, amount=goods),
            lambda: st.builds(OrderAmountOff, amount=goods),
            lambda: st.builds(OrderFixedPrice, price=goods),
            lambda: st.builds(
                AddProduct,
                items=st.tuples(item),
                percent=st.sampled_from(["0", "50", "100", "100"]),
            ),
        ]

    def of_shipping(self) -> st.SearchStrategy[PromotionType]:
        """The same of shipping."""
        some = self.part(self.postage)
        return st.one_of(
            st.builds(FreeShipping),
            st.builds(FreeShipping, maximum=some),
            st.builds(ShippingPercentOff, percent=st.sampled_from(PERCENTS)),
            st.builds(ShippingAmountOff, amount=some),
        )

    def sweeping(self) -> st.SearchStrategy[PromotionType]:
        """Discounts that leave nothing of the goods, or nearly nothing."""
        amounts = st.sampled_from([90, 100, 150]).map(
            lambda part: from_minor(max(1, self.goods * part // 100), self.currency)
        )
        return st.one_of(
            st.builds(OrderAmountOff, amount=amounts),
            st.builds(OrderPercentOff, percent=st.just("100")),
            st.builds(PercentOff, percent=st.just("100")),
        )

    def conditions(self) -> st.SearchStrategy[Any]:
        """Thresholds that other discounts undercut."""
        fields = {
            "amount": self.part(self.goods),
            "after_discounts": st.sampled_from([True, True, False]),
            "target": self.target(),
        }
        subtotals = st.builds(MinSubtotal, **fields) | st.builds(MaxSubtotal, **fields)
        quantities = st.builds(MinQuantity, quantity=st.integers(1, 6), target=self.target())
        single = subtotals | subtotals | quantities
        return (
            subtotals
            | single
            | st.builds(AnyOf, conditions=st.tuples(single, single))
            | st.builds(Not, condition=subtotals)
        )


@st.composite
def contested(draw: st.DrawFn, most: int = 6) -> PricingCase:
    """Small carts and promotions that get into each other's way.

    Goods that can be discounted away, shipping dearer than goods, thresholds that other discounts
    undercut, units that are used up, groups, exclusive ones and classes that do not combine across
    all classes, minimum prices, tied lines with and without a price, discounts by hand, maximum
    discounts, budgets, codes, taxes. Each case has some of this and not the rest: where everything
    may happen, it seldom happens together.
    """
    currency = draw(st.sampled_from(CURRENCIES))
    some = draw(st.sets(st.sampled_from(_TRAITS), max_size=3))
    cart = draw(case_carts(currency, counts=st.integers(1, 3), quantities=st.integers(1, 4)))
    goods = sum(_amount(line) for line in cart.lines)
    postage = max(1, draw(st.sampled_from([goods // 8, goods // 8, goods // 3, 2 * goods])))
    skus = tuple(dict.fromkeys(line.sku for line in cart.lines if line.sku))
    stakes = Stakes(currency, goods, postage, skus)
    pressing = stakes.effects()
    kinds = draw(st.lists(st.sampled_from(range(len(pressing))), min_size=1, max_size=4))
    usual = sorted(EFFECTS.items())
    # A campaign: one of several discounts of goods and shipping, beside one of nearly all goods.
    campaign = draw(st.booleans())
    groups = draw(st.sampled_from([("g",), ("", "g", "g"), ("g", "h"), ("",)]))
    ships = draw(st.sampled_from([0, 3, 5]))
    everything = tuple(PromotionClass)
    classes = st.lists(st.sampled_from(everything), max_size=3, unique=True).map(tuple)
    few = st.sampled_from(range(10))

    def one(own: str) -> Promotion:
        def rarely(trait: str, times: int) -> bool:
            return trait in some and draw(few) < times

        if campaign and own == "a":
            effect = draw(stakes.sweeping())
        elif (campaign and own == "b") or draw(few) < ships:
            effect = draw(stakes.of_shipping())
        elif rarely("any type", 5):
            effect = draw(draw(st.sampled_from(usual))[1](currency))
        else:
            effect = draw(pressing[draw(st.sampled_from(kinds))]())
        group = ("" if own == "a" else "g") if campaign else draw(st.sampled_from(groups))
        coded = rarely("codes", 3)
        return Promotion(
            id=own,
            name=f"No. {own}",
            effect=effect,
            conditions=(draw(stakes.conditions()),) if rarely("conditions", 5) else (),
            priority=draw(st.integers(0, 2)),
            group=group,
            exclusive=rarely("exclusive", 2),
            combines_with=draw(classes) if rarely("classes", 6) else everything,
            limits=Limits(budget=draw(stakes.part(goods))) if rarely("budgets", 4) else Limits(),
            trigger=Trigger.CODE if coded else Trigger.AUTOMATIC,
            codes=(own * 4,) if coded else (),
        )

    count = draw(st.sampled_from([each for each in (2, 3, 4, 4, 5, 5, 6) if each <= most]))
    promotions = [one("abcdefghij"[position]) for position in range(count)]
    applied = [
        AppliedPromotion(promotion_id=each.id, promo_code=each.codes[0])
        for each in promotions
        if each.codes
    ]
    sent = cart.shipments or (CartShipment(id="S1", lines=()),)
    speeds = [
        ShippingSpeed(code="fast", name="Fast", price=from_minor(price, currency))
        for price in (postage, postage // 3, 0)
    ]
    policy = draw(_roundings) if "rounding" in some else IN_ORDER
    tax: TaxCalculator | None = None
    if "tax" in some:
        if draw(st.booleans()):
            tax = draw(st.builds(Levy, *[st.sampled_from([0, 7, 25])] * 2))
            cart = attrs.evolve(cart, prices_include_tax=draw(st.booleans()))
        else:  # by place and class, some of it contained in prices, rounded in any way
            tax = draw(generated_taxes)
            cart = draw(taxable(cart))
            kept = attrs.evolve(draw(tax_policies()), gross=GrossPrices.KEPT)
            policy = attrs.evolve(policy, tax=kept)
        by_others = st.sampled_from([False, False, True])
        promotions = [attrs.evolve(p, paid_by_third_party=draw(by_others)) for p in promotions]
        sent = tuple(
            attrs.evolve(each, speed=speed)
            for each, speed in zip(cart.shipments or sent, speeds, strict=False)
        )
    return PricingCase(
        cart=attrs.evolve(
            cart,
            applied=tuple(applied),
            refused=(),
            manual=cart.manual if "by hand" in some else (),
            shipments=tuple(
                attrs.evolve(each, speed=speed) for each, speed in zip(sent, speeds, strict=False)
            ),
        ),
        promotions=tuple(promotions),
        products=case_products(currency),
        policy=policy,
        tax=tax,
    )


_TRAITS = (
    *("any type", "codes", "conditions", "conditions", "exclusive", "classes", "budgets"),
    *("by hand", "rounding", "tax"),
)

_roundings = st.builds(
    PricingPolicy,
    rounding=st.sampled_from(Rounding),
    rounding_point=st.sampled_from(RoundingPoint),
    remainder=st.sampled_from(Remainder),
    percent_of_original=st.sampled_from([False, False, True]),
)


def _amount(line: CartLine) -> int:
    money = line.unit_price
    return int(money.amount.scaleb(_DIGITS[money.currency.code])) * line.quantity


_DIGITS = {"JPY": 0, "USD": 2, "KWD": 3}


def compare(count: int, start: int | None = None) -> Counter[str]:
    """Compare so many generated cases; how many there were of each kind."""
    seen: Counter[str] = Counter()

    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink],
    )
    @given(contested())
    def agree(case: PricingCase) -> None:
        seen[check(case)] += 1
        seen.update(check_bound(case))
        quote = under(case, Combination.BEST_FOR_CUSTOMER).price()
        seen[f"{sum(d.reason == 'beaten' for d in quote.decisions)} beaten"] += 1

    (agree if start is None else seed(start)(agree))()
    return seen


def main() -> None:
    """Compare so many cases and print what they were."""
    parser = ArgumentParser(description="Compare the best combination with a brute force.")
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    check_every_quote()
    began = perf_counter()
    seen = compare(wanted.cases, wanted.seed)
    for what, count in sorted(seen.items()):
        sys.stdout.write(f"{count:6}  {what}\n")
    sys.stdout.write(f"all agree; {perf_counter() - began:.0f} s\n")


if __name__ == "__main__":
    main()
