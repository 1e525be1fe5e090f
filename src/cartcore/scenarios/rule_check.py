"""What is wrong with a set of promotions, each with the smallest cart found that shows it (SC-8).

Carts are made of the goods that are given, with the quantities, contacts, channels, countries and
speeds that the promotions ask for, and priced by the engine. What is told was seen in a price; what
is not told was not met among the carts that were tried.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from itertools import combinations, islice, product
from math import ceil
from typing import Any

import attrs
from moneyed import Money

from cartcore.cart import AppliedPromotion, Cart, CartLine, CartShipment, Customer
from cartcore.errors import InvalidField
from cartcore.pricing.quote import Quote
from cartcore.pricing.quote_parts import Totals
from cartcore.promotions import reasons
from cartcore.promotions.promotion import Promotion, Trigger
from cartcore.promotions.selection import Selection
from cartcore.promotions.types import PromotionClass
from cartcore.rules.builtin import NthOrder
from cartcore.scenarios.arguments import read_as
from cartcore.scenarios.column_conditions import parts_of
from cartcore.scenarios.scenario import Pricer, Scenario
from cartcore.shop.product import Product
from cartcore.shop.speeds import ShippingSpeed
from cartcore.values.converters import percentage
from cartcore.values.money import from_minor, show
from cartcore.values.notebooks import Rows, ShownAsTable
from cartcore.values.readers import of_kind, tuple_of, utc

_MOST_CARTS = 300  # of different goods
_MOST_SITUATIONS = 12  # of contact, channel, country and speed
_MOST_SHOWN = 40  # carts in which a pair is looked at
_LARGEST = 1_000  # units of a line


class RuleFault(StrEnum):
    """What can be wrong with promotions that are offered together.

    Attributes:
        NEVER_APPLIES: It applies in no cart that was tried, not even alone.
        ALWAYS_BEATEN: It applies alone, and in no cart together with the others.
        ORDER_MATTERS: Two that apply together: which comes first changes the total.
        BELOW_COST: Together they sell goods for less than these cost.
        TRIGGERED_BY_GIFT: It applies only because of goods that a promotion adds.
    """

    NEVER_APPLIES = "never_applies"
    ALWAYS_BEATEN = "always_beaten"
    ORDER_MATTERS = "order_matters"
    BELOW_COST = "below_cost"
    TRIGGERED_BY_GIFT = "triggered_by_gift"


@attrs.frozen(kw_only=True)
class RuleFinding(ShownAsTable):
    """One thing that is wrong with a set of promotions.

    Attributes:
        fault: What it is.
        promotions: The ids of the promotions that it is about.
        cart: The smallest cart found that shows it.
        message: A sentence for people.
    """

    fault: RuleFault
    promotions: tuple[str, ...]
    cart: Cart
    message: str

    def __str__(self) -> str:
        units = ", ".join(f"{line.quantity} × {line.description}" for line in self.cart.lines)
        return f"{self.message} ({units})"

    def _in_short(self) -> str:
        return f"RuleFinding({self})"

    def table_rows(self) -> Rows:
        """The rows of its table in a notebook (SC-10)."""
        yield self.fault.value, self.message
        for line in self.cart.lines:
            yield f"{line.quantity} × {line.description}", show(line.unit_price)


def check_rules(
    scenario: Scenario, *, at: datetime, among: Iterable[CartLine], cost: object = None
) -> tuple[RuleFinding, ...]:
    """Look for promotions that never apply, are always beaten, or do harm together (SC-8).

    Codes count as entered and picks as picked. Some thousand carts are priced: what needs goods,
    quantities or times that none of them has is told as never applying.

    Args:
        scenario: The promotions, and the policy to price by.
        at: The instant that is priced for, with a time zone.
        among: The goods that carts are made of; ids and quantities do not matter.
        cost: What goods cost the shop, as a percentage of their price; without it nothing is said
            of sales below cost.

    Raises:
        InvalidField: no goods, goods in several currencies, or `cost` is no percentage.
        PluginError: a plugin failed, and the policy does not skip it (PR-20).
        TaxUndetermined: a tax calculator cannot tell a tax (TX-9).
    """
    of_kind(Scenario, scenario, "scenario")
    lines = tuple_of(CartLine, "among", among)
    codes = sorted({line.unit_price.currency.code for line in lines})
    if len(codes) != 1:
        raise InvalidField("among", codes, "lines in one currency, at least one")
    share = None if cost is None else read_as("cost", percentage, cost)
    check = _Check(scenario, utc(at, "at"), lines)
    return (
        *check.never_applied(),
        *check.order_matters(),
        *(() if share is None else check.below_cost(Fraction(share) / 100)),
        *check.triggered_by_gifts(),
    )


class _Check:
    """The carts that were tried, the smallest first, with their quotes."""

    def __init__(self, scenario: Scenario, at: datetime, lines: Sequence[CartLine]) -> None:
        self._scenario, self._at = attrs.evolve(scenario, codes=()), at  # of carts, some have them
        self._by_id = {each.id: each for each in scenario.promotions}
        price = Pricer(self._scenario)
        carts = _carts(scenario, lines)
        self._tried = [(cart, price(cart, at)) for cart in carts]

    def _pricer(self, *promotions: Promotion) -> Pricer:
        return Pricer(attrs.evolve(self._scenario, promotions=promotions))

    def never_applied(self) -> Iterator[RuleFinding]:
        """Promotions that applied in none, and whether they would alone."""
        applied = {each for _, quote in self._tried for each in _applied(quote)}
        for promotion in self._scenario.promotions:
            if promotion.id not in applied:
                yield self._never(promotion)

    def _never(self, promotion: Promotion) -> RuleFinding:
        alone, ids = self._pricer(promotion), (promotion.id,)
        why: Counter[str] = Counter()
        for cart, quote in self._tried:
            decision = alone(cart, self._at).decision(promotion.id)
            if decision is not None and decision.applied:
                told = quote.decision(promotion.id)
                message = "another one leaves nothing for it" if told is None else told.message
                return RuleFinding(
                    fault=RuleFault.ALWAYS_BEATEN,
                    promotions=ids,
                    cart=cart,
                    message=f"{promotion.name} applies only without the others: {message}",
                )
            if decision is not None:
                why[decision.message] += 1
        usual = why.most_common(1)[0][0] if why else "no goods that it is for"
        message = f"{promotion.name} never applies: {usual}"
        cart = self._tried[0][0]
        return RuleFinding(
            fault=RuleFault.NEVER_APPLIES, promotions=ids, cart=cart, message=message
        )

    def order_matters(self) -> Iterator[RuleFinding]:
        """Pairs of one phase that apply together, and come to another total the other way round."""
        together: dict[tuple[str, str], list[Cart]] = {}
        for cart, quote in self._tried:
            for pair in combinations(sorted(_applied(quote)), 2):
                together.setdefault(pair, []).append(cart)
        for (one, other), carts in together.items():
            first, second = self._by_id[one], self._by_id[other]
            if first.promotion_class is second.promotion_class:
                yield from islice(self._swapped(first, second, carts[:_MOST_SHOWN]), 1)

    def _swapped(
        self, first: Promotion, second: Promotion, carts: Sequence[Cart]
    ) -> Iterator[RuleFinding]:
        pricers = [
            self._pricer(attrs.evolve(a, priority=1), attrs.evolve(b, priority=0))
            for a, b in ((first, second), (second, first))
        ]
        for cart in carts:
            one, other = (priced(cart, self._at).total for priced in pricers)
            if one != other:
                yield RuleFinding(
                    fault=RuleFault.ORDER_MATTERS,
                    promotions=(first.id, second.id),
                    cart=cart,
                    message=f"the total is {show(one)} if {first.name} comes first, and "
                    f"{show(other)} if {second.name} does",
                )

    def below_cost(self, cost: Fraction) -> Iterator[RuleFinding]:
        """Sets of promotions that sell goods for less than they cost, each with its first cart."""
        first: dict[frozenset[str], tuple[Cart, Totals]] = {}
        for cart, quote in self._tried:
            own = frozenset(
                decision.promotion_id
                for decision in quote.decisions
                if decision.applied and decision.discount and self._of_goods(decision.promotion_id)
            )
            totals = quote.totals
            if own and totals.goods.amount < Fraction(totals.items.amount) * cost:
                first.setdefault(own, (cart, totals))
        for ids, (cart, totals) in first.items():
            if any(each < ids for each in first):
                continue  # a larger set that has a smaller one in it says nothing new
            names = " and ".join(self._by_id[each].name for each in sorted(ids))
            yield RuleFinding(
                fault=RuleFault.BELOW_COST,
                promotions=tuple(sorted(ids)),
                cart=cart,
                message=f"{names}: goods for {show(totals.items)} are sold for "
                f"{show(totals.goods)}, below {float(cost):.0%} of their price",
            )

    def _of_goods(self, promotion_id: str) -> bool:
        return self._by_id[promotion_id].promotion_class is not PromotionClass.SHIPPING

    def triggered_by_gifts(self) -> Iterator[RuleFinding]:
        """Promotions that no longer apply if another one adds no goods, with the first cart."""
        told: set[tuple[str, str]] = set()
        for cart, quote in self._tried:
            givers = dict.fromkeys(line.tied_to for line in quote.lines if line.tied_to)
            for giver in givers:
                others = [each for each in self._scenario.promotions if each.id != giver]
                without = self._pricer(*others)(cart, self._at)
                lost = _applied(quote) - _applied(without) - {giver}
                for each in sorted(lost):
                    if (giver, each) in told:
                        continue
                    told.add((giver, each))
                    name, other = self._by_id[each].name, self._by_id[giver].name
                    yield RuleFinding(
                        fault=RuleFault.TRIGGERED_BY_GIFT,
                        promotions=(each, giver),
                        cart=cart,
                        message=f"{name} applies only because of goods that {other} adds",
                    )


def _applied(quote: Quote) -> set[str]:
    return {d.promotion_id for d in quote.decisions if d.reason == reasons.APPLIED}


# --- carts that are worth trying ---


def _carts(scenario: Scenario, lines: Sequence[CartLine]) -> Iterator[Cart]:
    """Carts of one and of two goods in all situations, those that cost the least first."""
    parts = [part for promotion in scenario.promotions for part in _parts(promotion)]
    goods = _different(parts, lines)
    single = [(line, n) for line in goods for n in _quantities(parts, line)]
    several: list[tuple[tuple[CartLine, int], ...]] = [(one,) for one in single]
    pairs = [pair for pair in combinations(single, 2) if pair[0][0] is not pair[1][0]]
    several += sorted(pairs, key=_price_of)[: max(0, _MOST_CARTS - len(single))]
    several.sort(key=_price_of)
    situations = _situations(parts, scenario)
    for chosen in several:
        own = tuple(
            attrs.evolve(line, id=f"{place}", quantity=quantity)
            for place, (line, quantity) in enumerate(chosen, start=1)
        )
        units = tuple((line.id, line.quantity) for line in own)
        code = own[0].unit_price.currency.code
        for customer, channel, country, speed, applied in situations:
            sent = ShippingSpeed(code=speed, name=speed, price=from_minor(500, code))
            yield Cart(
                currency=code,
                lines=own,
                shipments=(CartShipment(id="1", lines=units, country=country, speed=sent),),
                customer=customer,
                channel=channel,
                applied=applied,
            )


def _price_of(chosen: Sequence[tuple[CartLine, int]]) -> int:
    return sum(line.fine_price * quantity for line, quantity in chosen)


def _parts(promotion: Promotion) -> Iterator[Any]:
    """What has figures and selections: the effect with its tiers, and all conditions."""
    yield promotion.effect
    yield from getattr(promotion.effect, "tiers", ())
    for condition in promotion.conditions:
        yield from parts_of(condition)


def _of(parts: Iterable[Any], kind: type) -> Iterator[Any]:
    """The values of one type in the fields of parts, also in tuples."""
    for part in parts:
        for field in attrs.fields(type(part)) if attrs.has(type(part)) else ():
            value = getattr(part, field.name)
            for each in value if isinstance(value, tuple) else (value,):
                if isinstance(each, kind) and not isinstance(each, bool):
                    yield each


def _different(parts: Sequence[Any], lines: Sequence[CartLine]) -> list[CartLine]:
    """The cheapest and the most expensive line of those that no selection tells apart."""
    selections = [*dict.fromkeys(_of(parts, Selection))]
    alike: dict[tuple[bool, ...], list[CartLine]] = {}
    for line in sorted(lines, key=lambda each: each.fine_price):
        alike.setdefault(tuple(each.matches(line) for each in selections), []).append(line)
    return [some[end] for some in alike.values() for end in ((0, -1) if len(some) > 1 else (0,))]


def _quantities(parts: Sequence[Any], line: CartLine) -> list[int]:
    """Quantities at which something can change: counts, and those that reach amounts."""
    counts = {1, 2, *(n + more for n in _of(parts, int) for more in (0, 1))}
    for amount in _of(parts, Money):
        if line.unit_price.amount > 0 and amount.currency == line.unit_price.currency:
            reaching = ceil(amount.amount / line.unit_price.amount)
            counts |= {reaching, reaching - 1}  # gifts and discounts make up for what is missing
    return sorted(n for n in counts if 1 <= n <= _LARGEST)


_Situation = tuple[Customer, str, str, str, tuple[AppliedPromotion, ...]]


def _choices(promotion: Promotion, products: Mapping[str, Product]) -> Iterator[tuple[str, str]]:
    """Of the goods that a promotion adds, the first variants that it allows."""
    for item in getattr(promotion.effect, "items", ()):
        found = products.get(getattr(item, "product_id", ""))
        if found is None:
            continue
        for variant in found.variants:
            options = zip(found.options, variant.options, strict=True)
            if variant.published and {*item.options} <= {*options}:
                yield item.key, variant.sku
                break


def _situations(parts: Sequence[Any], scenario: Scenario) -> list[_Situation]:
    """Contacts, channels, countries and speeds that conditions ask for; first with all of them."""
    products = {each.id: each for each in scenario.products}

    def named(field: str) -> list[str]:
        found = [getattr(part, field, ()) for part in parts]
        return [*dict.fromkeys(each for some in found if isinstance(some, tuple) for each in some)]

    tags = tuple(named("tags"))
    before = [*dict.fromkeys(part.n - 1 for part in parts if isinstance(part, NthOrder))]
    entered = tuple(
        AppliedPromotion(
            promotion_id=each.id,
            promo_code=each.codes[0] if each.codes else "",
            choices=tuple(_choices(each, products)),
        )
        for each in scenario.promotions
        if each.trigger is not Trigger.AUTOMATIC
    )
    asked = product(
        dict.fromkeys((tags, ())),
        before or [0],
        named("channels") or [""],
        named("countries") or [""],
        named("speeds") or ["standard"],
        dict.fromkeys((entered, ())),
    )
    return [
        (Customer(contact_id="1", tags=own, orders_placed=n), channel, country, speed, applied)
        for own, n, channel, country, speed, applied in islice(asked, _MOST_SITUATIONS)
    ]
