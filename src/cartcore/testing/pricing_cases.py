"""Cases of pricing, made by Hypothesis: carts, promotions of every built-in type, policies.

For authors of plugins, too: give your type a strategy of its configurations, and have it priced
beside all the others.

    CASES = pricing_cases(effects=EFFECTS | {"acme.loyalty": loyalties})

A strategy of configurations is a function of the currency's code. `selections` and `amounts` match
lines and prices of the carts that are made here, so that most of what is generated does something.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from functools import cache
from random import Random
from typing import Any

import attrs
from hypothesis import strategies as st
from moneyed import Money

from cartcore.cart import AppliedPromotion, Cart, CartLine, CartShipment, Customer, ManualDiscount
from cartcore.pricing.engine import price
from cartcore.pricing.policy import (
    DEFAULT_POLICY,
    Combination,
    PricingPolicy,
    RoundingPoint,
    Stacking,
)
from cartcore.pricing.quote import Quote
from cartcore.promotions.offer import Per, TiedItem, Which
from cartcore.promotions.promotion import Limits, Promotion, Trigger, Usage, UsageByPromotion
from cartcore.promotions.selection import Selection
from cartcore.promotions.types import ConditionType, PromotionClass, PromotionType, TaxCalculator
from cartcore.rules.builtin import (
    AddProduct,
    AllOf,
    AmountOff,
    AmountTier,
    AnyOf,
    Bundle,
    BundlePart,
    BuyXGetY,
    CartCurrency,
    ChosenSpeed,
    ContactTag,
    Destination,
    DistinctProducts,
    FirstAndFurtherOff,
    FixedPrice,
    FreeShipping,
    MaxSubtotal,
    MinQuantity,
    MinSubtotal,
    Not,
    NthOfSet,
    NthOrder,
    OrderAmountOff,
    OrderFixedPrice,
    OrderPercentOff,
    PercentOff,
    PercentTier,
    SalesChannel,
    ShippingAmountOff,
    ShippingFixedPrice,
    ShippingPercentOff,
    Spread,
    TieredAmountOff,
    TieredPercentOff,
    TimeWindow,
    Weekday,
)
from cartcore.shop.product import Product, Variant
from cartcore.shop.speeds import ShippingSpeed
from cartcore.testing.records import NOON
from cartcore.values.money import FINER, Remainder, Rounding, fine_of, from_fine, from_minor

CURRENCIES = ("JPY", "USD", "KWD")
"""Currencies of 0, 2 and 3 decimal digits."""

SPEEDS = ("fast", "slow")
CONTACT_TAGS = ("vip", "staff")
COUNTRIES = ("US", "DE")

_GOODS: tuple[dict[str, Any], ...] = (
    {
        "sku": "MUG-R",
        "product_id": "mug",
        "title": "Mug",
        "options": (("Color", "Red"),),
        "categories": ("Kitchen",),
        "tags": ("new",),
        "weight_grams": 350,
    },
    {
        "sku": "MUG-B",
        "product_id": "mug",
        "title": "Mug",
        "options": (("Color", "Blue"),),
        "categories": ("Kitchen",),
        "tags": ("new",),
        "weight_grams": 350,
    },
    {"sku": "POT", "categories": ("Garden/Pots",), "tags": ("eco",), "weight_grams": 2000},
    {"sku": "SPADE", "categories": ("Garden",), "tags": ("new", "eco")},
    {"sku": "E-BOOK", "requires_shipping": False},
    {"sku": "PEN", "product_id": "pen", "title": "Pen", "categories": ("Kitchen",)},
)

Configurations = Callable[[str], st.SearchStrategy[Any]]
"""Configured objects of a type, for carts in a currency."""


@cache  # Hypothesis looks into every new strategy before it draws from it
def _made(make: Configurations, currency: str) -> st.SearchStrategy[Any]:
    return make(currency)


@attrs.frozen(kw_only=True)
class PricingCase:
    """Everything that a price depends on: what a law of pricing is about."""

    cart: Cart
    promotions: tuple[Promotion, ...] = ()
    products: Mapping[str, Product] = attrs.field(factory=dict, repr=False)
    usage: UsageByPromotion = attrs.Factory(dict)
    policy: PricingPolicy = DEFAULT_POLICY
    at: datetime = NOON
    tax: TaxCalculator | None = None

    def price(self, promotions: Iterable[Promotion] | None = None) -> Quote:
        """Price the cart, with its own promotions unless others are given."""
        return price(
            self.cart,
            self.promotions if promotions is None else promotions,
            at=self.at,
            products=self.products,
            usage=self.usage,
            policy=self.policy,
            tax=self.tax,
        )

    def but(self, **changes: Any) -> "PricingCase":
        """Return the case with other fields."""
        return attrs.evolve(self, **changes)


# --- figures ---

percents = st.sampled_from(
    ["10", "12.5", "15", "20", "25", "33.333", "50", "99.99", "100", "0.001"]
) | st.integers(1, 100).map(str)
"""Percentages over 0 and up to 100."""


@cache
def amounts(currency: str, *, least: int = 1) -> st.SearchStrategy[Money]:
    """Amounts in minor units: most of them small, some up to 10^12."""
    usual = st.integers(50, 900)
    any_size = st.integers(least, 2_000) | st.integers(least, 10**12)
    return (usual | usual | usual | any_size).map(lambda minor: from_minor(minor, currency))


@cache
def unit_prices(currency: str) -> st.SearchStrategy[Money]:
    """Unit prices: zero, small, up to 10^12 minor units, and finer than the minor unit (PR-2)."""
    usual = st.integers(100, 2_000).map(FINER.__mul__)
    whole = st.integers(0, 2_000).map(FINER.__mul__)
    large = st.integers(0, 10**12).map(FINER.__mul__)
    finer = st.integers(0, 2_000 * FINER) | st.sampled_from([333_333, 500_000, 3_333_333, 12_500])
    return (usual | usual | usual | usual | whole | large | finer).map(
        lambda fine: from_fine(fine, currency)
    )


def _maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | st.none() | values


# --- selections ---


@cache
def selections(currency: str) -> st.SearchStrategy[Selection]:
    """Selections of the lines of generated carts (PR-10)."""
    bounds = _maybe(st.integers(0, 2_000).map(lambda minor: from_minor(minor, currency)))
    prices = st.tuples(bounds, bounds).filter(
        lambda two: two[0] is None or two[1] is None or two[0] <= two[1]
    )
    plain = st.one_of(
        st.sampled_from([("MUG-R",), ("POT",), ("MUG-R", "SPADE", "PEN")]).map(
            lambda skus: Selection(skus=skus)
        ),
        st.sampled_from([("mug",), ("POT", "pen")]).map(lambda ids: Selection(products=ids)),
        st.sampled_from([("Garden",), ("Kitchen",), ("Garden/Pots", "Kitchen")]).map(
            lambda paths: Selection(categories=paths)
        ),
        st.sampled_from([("new",), ("eco",)]).map(lambda tags: Selection(tags=tags)),
        st.just(Selection(options=(("Color", "Red"),))),
        prices.map(lambda two: Selection(price_from=two[0], price_to=two[1])),
        st.just(Selection(undiscounted=True)),
    )
    made = st.one_of(
        plain.map(lambda each: Selection(exclude=each)),
        st.tuples(plain, plain).map(lambda two: Selection(any_of=two)),
        st.tuples(plain, plain).map(lambda two: attrs.evolve(two[0], exclude=two[1])),
    )
    return st.just(Selection()) | plain | plain | made


# --- promotion types ---


def _percent_off(currency: str) -> st.SearchStrategy[PromotionType]:
    return st.builds(
        PercentOff,
        percent=percents,
        target=selections(currency),
        maximum=_maybe(amounts(currency)),
        limit=_maybe(st.integers(3, 8)),
        which=st.sampled_from(Which),
        group_size=st.sampled_from([1, 1, 1, 2, 3]),
        of_original=st.booleans(),
    )


def _amount_off(currency: str) -> st.SearchStrategy[PromotionType]:
    return st.builds(
        AmountOff,
        amount=amounts(currency),
        target=selections(currency),
        per=st.sampled_from(Per),
        maximum=_maybe(amounts(currency)),
        limit=_maybe(st.integers(3, 8)),
        which=st.sampled_from(Which),
        group_size=st.sampled_from([1, 1, 1, 2, 3]),
    )


def _fixed_price(currency: str) -> st.SearchStrategy[PromotionType]:
    return st.builds(
        FixedPrice,
        price=amounts(currency, least=0),
        target=selections(currency),
        per=st.sampled_from([Per.UNIT, Per.UNIT, Per.TOTAL]),
        limit=_maybe(st.integers(1, 5)),
        which=st.sampled_from(Which),
        maximum=_maybe(amounts(currency)),
    )


def _first_and_further(currency: str) -> st.SearchStrategy[PromotionType]:
    some = amounts(currency)
    target = selections(currency)
    first = st.builds(
        FirstAndFurtherOff,
        first=some,
        further=_maybe(some),
        target=target,
        limit=_maybe(st.integers(1, 5)),
    )
    further = st.builds(
        FirstAndFurtherOff, further=some, target=target, limit=_maybe(st.integers(2, 5))
    )
    return first | further


def _buy_x_get_y(currency: str) -> st.SearchStrategy[PromotionType]:
    known = {
        "buy_from": selections(currency),
        "get": st.integers(1, 3),
        "get_from": _maybe(selections(currency)),
        "whole": st.booleans(),
        "percent": percents,
        "which": st.sampled_from(Which),
        "max_units": _maybe(st.integers(1, 4)),
        "maximum": _maybe(amounts(currency)),
    }
    units = st.builds(BuyXGetY, buy=st.integers(1, 3), limit=_maybe(st.integers(1, 3)), **known)
    return units | units | st.builds(BuyXGetY, spend=amounts(currency), **known)


def _bundle(currency: str) -> st.SearchStrategy[PromotionType]:
    part = st.builds(BundlePart, target=selections(currency), quantity=st.integers(1, 2))
    return st.builds(
        Bundle,
        price=amounts(currency, least=0),
        parts=st.lists(part, min_size=1, max_size=3).map(tuple),
        limit=_maybe(st.integers(1, 3)),
        which=st.sampled_from(Which),
        maximum=_maybe(amounts(currency)),
    )


def _nth_of_set(currency: str) -> st.SearchStrategy[PromotionType]:
    places = st.integers(1, 4).flatmap(lambda size: st.tuples(st.just(size), st.integers(1, size)))
    return st.builds(
        lambda place, **fields: NthOfSet(size=place[0], position=place[1], **fields),
        places,
        percent=percents,
        target=selections(currency),
        order=st.sampled_from(Which),
        spread=st.sampled_from(Spread),
        limit=_maybe(st.integers(1, 3)),
        max_units=_maybe(st.integers(1, 3)),
        maximum=_maybe(amounts(currency)),
    )


def _tiers(currency: str, tier: type, field: str, values: st.SearchStrategy[Any]) -> Any:
    def by_quantity(starts: list[int], figures: list[Any]) -> tuple[Any, ...]:
        pairs = zip(sorted(starts), figures, strict=False)
        return tuple(tier(**{field: figure, "from_quantity": start}) for start, figure in pairs)

    def by_spend(starts: list[int], figures: list[Any]) -> tuple[Any, ...]:
        pairs = zip(sorted(starts), figures, strict=False)
        return tuple(
            tier(
                **{field: figure, "from_amount": from_minor(start, currency) if start else None},
            )
            for start, figure in pairs
        )

    figures = st.lists(values, min_size=3, max_size=3)
    quantities = st.lists(st.integers(1, 9), min_size=1, max_size=3, unique=True)
    spends = st.lists(st.integers(0, 5_000), min_size=1, max_size=3, unique=True)
    return st.builds(by_quantity, quantities, figures) | st.builds(by_spend, spends, figures)


def _tiered_percent_off(currency: str) -> st.SearchStrategy[PromotionType]:
    return st.builds(
        TieredPercentOff,
        tiers=_tiers(currency, PercentTier, "percent", percents),
        target=selections(currency),
        maximum=_maybe(amounts(currency)),
    )


def _tiered_amount_off(currency: str) -> st.SearchStrategy[PromotionType]:
    return st.builds(
        TieredAmountOff,
        tiers=_tiers(currency, AmountTier, "amount", amounts(currency)),
        target=selections(currency),
        maximum=_maybe(amounts(currency)),
    )


def _add_product(currency: str) -> st.SearchStrategy[PromotionType]:
    item = st.builds(
        TiedItem,
        key=st.sampled_from(["a", "b"]),
        product_id=st.sampled_from(["pen", "pen", "bag", "gone"]),
        quantity=st.integers(1, 3),
        options=st.sampled_from([(), (("Size", "1"),)]),
    )
    return st.builds(
        AddProduct,
        items=st.lists(item, min_size=1, max_size=2, unique_by=lambda each: each.key).map(tuple),
        percent=st.just("100") | percents | st.just("0"),
        per_unit_of=_maybe(selections(currency)),
        top_up=st.booleans(),
    )


def _order_percent_off(currency: str) -> st.SearchStrategy[PromotionType]:
    maximum = _maybe(amounts(currency))
    return st.builds(OrderPercentOff, percent=percents, maximum=maximum, of_original=st.booleans())


def _order_amount_off(currency: str) -> st.SearchStrategy[PromotionType]:
    return st.builds(OrderAmountOff, amount=amounts(currency))


def _order_fixed_price(currency: str) -> st.SearchStrategy[PromotionType]:
    return st.builds(OrderFixedPrice, price=amounts(currency, least=0))


_some_speeds = st.sampled_from([(), (), ("fast",), ("fast", "slow")])


def _free_shipping(currency: str) -> st.SearchStrategy[PromotionType]:
    return st.builds(FreeShipping, speeds=_some_speeds, maximum=_maybe(amounts(currency)))


def _shipping_percent_off(currency: str) -> st.SearchStrategy[PromotionType]:
    return st.builds(
        ShippingPercentOff,
        percent=percents,
        speeds=_some_speeds,
        maximum=_maybe(amounts(currency)),
        of_original=st.booleans(),
    )


def _shipping_amount_off(currency: str) -> st.SearchStrategy[PromotionType]:
    return st.builds(
        ShippingAmountOff, amount=amounts(currency), speeds=_some_speeds, each=st.booleans()
    )


def _shipping_fixed_price(currency: str) -> st.SearchStrategy[PromotionType]:
    return st.builds(ShippingFixedPrice, price=amounts(currency, least=0), speeds=_some_speeds)


EFFECTS: Mapping[str, Configurations] = {
    "cartcore.add_product": _add_product,
    "cartcore.amount_off": _amount_off,
    "cartcore.bundle": _bundle,
    "cartcore.buy_x_get_y": _buy_x_get_y,
    "cartcore.first_and_further": _first_and_further,
    "cartcore.fixed_price": _fixed_price,
    "cartcore.free_shipping": _free_shipping,
    "cartcore.nth_of_set": _nth_of_set,
    "cartcore.order_amount_off": _order_amount_off,
    "cartcore.order_fixed_price": _order_fixed_price,
    "cartcore.order_percent_off": _order_percent_off,
    "cartcore.percent_off": _percent_off,
    "cartcore.shipping_amount_off": _shipping_amount_off,
    "cartcore.shipping_fixed_price": _shipping_fixed_price,
    "cartcore.shipping_percent_off": _shipping_percent_off,
    "cartcore.tiered_amount_off": _tiered_amount_off,
    "cartcore.tiered_percent_off": _tiered_percent_off,
}
"""Configurations of the built-in promotion types, by type name."""


# --- conditions ---


def _subtotals(kind: type[ConditionType]) -> Configurations:
    return lambda currency: st.builds(
        kind,
        amount=amounts(currency),
        target=selections(currency),
        after_discounts=st.booleans(),
    )


def _simple(currency: str) -> st.SearchStrategy[ConditionType]:
    return st.one_of(*(make(currency) for make in _SIMPLE.values()))


def _several(currency: str) -> st.SearchStrategy[Any]:
    return st.lists(_simple(currency), min_size=1, max_size=2).map(tuple)


def _some(values: tuple[str, ...]) -> st.SearchStrategy[Any]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=2, unique=True).map(tuple)


_SIMPLE: Mapping[str, Configurations] = {
    "cartcore.cart_currency": lambda _: st.builds(CartCurrency, currencies=_some(CURRENCIES)),
    "cartcore.chosen_speed": lambda _: st.builds(ChosenSpeed, speeds=_some(SPEEDS)),
    "cartcore.contact_tag": lambda _: st.builds(ContactTag, tags=_some(CONTACT_TAGS)),
    "cartcore.destination": lambda _: st.builds(Destination, countries=_some(COUNTRIES)),
    "cartcore.distinct_products": lambda currency: st.builds(
        DistinctProducts, count=st.integers(1, 3), target=selections(currency)
    ),
    "cartcore.max_subtotal": _subtotals(MaxSubtotal),
    "cartcore.min_quantity": lambda currency: st.builds(
        MinQuantity, quantity=st.integers(1, 9), target=selections(currency)
    ),
    "cartcore.min_subtotal": _subtotals(MinSubtotal),
    "cartcore.nth_order": lambda _: st.builds(NthOrder, n=st.integers(1, 2)),
    "cartcore.sales_channel": lambda _: st.builds(
        SalesChannel, channels=st.sampled_from([("web",), ("phone",), ("web", "phone")])
    ),
    "cartcore.time_window": lambda _: st.builds(
        TimeWindow,
        weekdays=_some(tuple(Weekday)),
        from_time=st.sampled_from(["", "09:00", "12:01"]),
        to_time=st.sampled_from(["", "17:30", "12:00"]),
    ),
}

CONDITIONS: Mapping[str, Configurations] = {
    **_SIMPLE,
    "cartcore.all_of": lambda currency: st.builds(AllOf, conditions=_several(currency)),
    "cartcore.any_of": lambda currency: st.builds(AnyOf, conditions=_several(currency)),
    "cartcore.not": lambda currency: st.builds(Not, condition=_simple(currency)),
}
"""Configurations of the built-in conditions, by type name."""


# --- promotions ---

_IDS = "abcdefghij"


@st.composite
def case_promotions(
    draw: st.DrawFn,
    currency: str,
    *,
    effects: Mapping[str, Configurations] = EFFECTS,
    conditions: Mapping[str, Configurations] = CONDITIONS,
    most: int = 6,
) -> tuple[Promotion, ...]:
    """Promotions with ids in no particular order; some have to be applied to the cart.

    With windows around noon of `NOON`, limits, groups, exclusive ones, and classes that do not
    combine (PR-8, PR-12, PR-13).
    """
    ids = draw(st.permutations(_IDS[:most]))[: draw(st.sampled_from(range(min(1, most), most + 1)))]
    kinds = st.sampled_from(sorted(effects))
    asked = st.sampled_from(sorted(conditions)) if conditions else st.nothing()
    found = []
    for promotion_id in ids:
        effect = draw(_made(effects[draw(kinds)], currency))
        asks = draw(st.sampled_from([0, 0, 0, 0, 1, 2])) if conditions else 0
        fields: dict[str, Any] = {
            "conditions": tuple(
                draw(_made(conditions[draw(asked)], currency)) for _ in range(asks)
            ),
            "priority": draw(st.integers(-1, 1)),
        }
        # All of it seldom, so that most promotions apply.
        for _ in range(draw(st.sampled_from([0, 0, 0, 1, 1, 2]))):
            name, values = draw(st.sampled_from(_TERMS))
            fields[name] = draw(_made(values, currency))
        if fields.get("trigger") is Trigger.CODE:
            fields["codes"] = (promotion_id.upper() * 3,)
            if draw(st.sampled_from([False, False, True])):
                limits = fields.get("limits", Limits())
                fields["limits"] = attrs.evolve(limits, per_code=draw(st.integers(1, 2)))
        found.append(
            Promotion(id=promotion_id, name=f"No. {promotion_id}", effect=effect, **fields)
        )
    return tuple(found)


_HOUR = timedelta(hours=1)
_TERMS: tuple[tuple[str, Configurations], ...] = (
    ("trigger", lambda _: st.sampled_from(Trigger)),
    ("trigger", lambda _: st.sampled_from(Trigger)),
    ("enabled", lambda _: st.booleans()),
    ("starts_at", lambda _: st.sampled_from([NOON - _HOUR, NOON, NOON + _HOUR])),
    ("ends_at", lambda _: st.sampled_from([NOON + 2 * _HOUR, NOON + 3 * _HOUR])),
    ("group", lambda _: st.sampled_from(["g", "h"])),
    ("group", lambda _: st.sampled_from(["g", "h"])),
    ("exclusive", lambda _: st.booleans()),
    ("count_gifts", lambda _: st.booleans()),
    (
        "combines_with",
        lambda _: st.lists(st.sampled_from(PromotionClass), max_size=4, unique=True).map(tuple),
    ),
    (
        "limits",
        lambda currency: st.builds(
            Limits,
            total=_maybe(st.integers(1, 2)),
            per_contact=_maybe(st.integers(1, 2)),
            budget=_maybe(amounts(currency)),
        ),
    ),
)


@st.composite
def _usages(draw: st.DrawFn, currency: str, promotions: tuple[Promotion, ...]) -> UsageByPromotion:
    return {
        promotion.id: Usage(
            total=draw(st.integers(0, 2)),
            by_contact=draw(st.integers(0, 2)),
            by_code=draw(st.integers(0, 2)),
            discounts=draw(st.sampled_from([(), (from_minor(500, currency),)])),
        )
        for promotion in promotions
        if promotion.limits
    }


# --- carts ---

_quantities = st.integers(1, 4) | st.integers(1, 4) | st.integers(1, 12) | st.integers(1, 10**6)
_counts = st.integers(1, 3) | st.integers(1, 6) | st.integers(1, 30)


_near = st.sampled_from([50, 80, 90, 95, 99])


@st.composite
def case_lines(
    draw: st.DrawFn,
    currency: str,
    *,
    counts: st.SearchStrategy[int] = _counts,
    quantities: st.SearchStrategy[int] = _quantities,
) -> tuple[CartLine, ...]:
    """Lines, some of which have equal units; those of many lines are drawn from few kinds."""
    kinds = []
    for goods in draw(st.lists(st.sampled_from(_GOODS), min_size=1, max_size=5)):
        price = draw(unit_prices(currency))
        fields: dict[str, Any] = {**goods, "unit_price": price}
        match draw(st.integers(0, 9)):
            case 0:
                fields["minimum_price"] = draw(unit_prices(currency))
            case 9:  # close enough to the price to be met
                fine = fine_of(price, currency)
                fields["minimum_price"] = from_fine(fine * draw(_near) // 100, currency)
            case 1:
                fields["compare_at_price"] = draw(unit_prices(currency))
            case 2:
                fields["discountable"] = False
            case _:
                pass
        kinds.append(fields)
    count = draw(counts)
    few = [
        CartLine(
            id=f"L{n}",
            quantity=draw(quantities),
            **(kinds[n] if n < len(kinds) else draw(st.sampled_from(kinds))),
        )
        for n in range(min(count, 6))
    ]
    if count > len(few):
        chance = Random(draw(st.integers(0, 2**16)))  # noqa: S311  (repeatable, from what was drawn)
        few += [
            CartLine(id=f"L{n}", quantity=chance.randint(1, 9), **chance.choice(kinds))
            for n in range(len(few), count)
        ]
    return tuple(few)


def _speeds(currency: str) -> st.SearchStrategy[ShippingSpeed | None]:
    speeds = st.builds(
        lambda code, minor: ShippingSpeed(
            code=code, name=code.title(), price=from_minor(minor, currency)
        ),
        st.sampled_from(SPEEDS),
        st.integers(0, 3_000),
    )
    return st.none() | speeds | speeds


@st.composite
def case_shipments(
    draw: st.DrawFn, lines: tuple[CartLine, ...], currency: str, *, complete: bool = False
) -> tuple[CartShipment, ...]:
    """A split of the lines over up to three shipments; of every unit if `complete`."""
    count = draw(st.integers(1 if complete else 0, 3))
    seed = draw(st.integers(0, 2**10)) if count else 0
    chance = Random(seed)  # noqa: S311  (repeatable, from what was drawn)
    contents: list[list[tuple[str, int]]] = [[] for _ in range(count)]
    for line in lines if count else ():
        left = line.quantity
        for content in contents[1:] if seed else ():
            units = chance.choice([0, chance.randint(0, left)])
            if units:
                content.append((line.id, units))
            left -= units
        if left and (complete or not seed or chance.random() < 0.8):  # noqa: PLR2004
            contents[0].append((line.id, left))
    return tuple(
        CartShipment(
            id=f"S{n}",
            lines=tuple(content),
            country=draw(st.sampled_from(["", *COUNTRIES])),
            speed=draw(_made(_speeds, currency)),
        )
        for n, content in enumerate(contents, start=1)
    )


def _figures(currency: str) -> st.SearchStrategy[Any]:
    return st.one_of(
        percents.map(lambda percent: {"percent": percent}),
        amounts(currency).map(lambda amount: {"amount": amount}),
        amounts(currency, least=0).map(lambda amount: {"price": amount}),
    )


@st.composite
def _by_hand(
    draw: st.DrawFn, lines: tuple[CartLine, ...], currency: str
) -> tuple[ManualDiscount, ...]:
    # Of equal units any may get it, so only a line that has no equal is certain to.
    counts = Counter((line.sku, line.unit_price) for line in lines)
    alone = [line.id for line in lines if counts[line.sku, line.unit_price] == 1]
    targets = st.sampled_from(["", *alone[:3]])
    return tuple(
        ManualDiscount(
            id=f"by hand {n}",
            line_id=draw(targets),
            reason="late delivery",
            actor="kim",
            **draw(_made(_figures, currency)),
        )
        for n in range(draw(st.sampled_from([0, 0, 0, 0, 1, 2])))
    )


@st.composite
def case_carts(
    draw: st.DrawFn,
    currency: str,
    promotions: tuple[Promotion, ...] = (),
    *,
    counts: st.SearchStrategy[int] = _counts,
    quantities: st.SearchStrategy[int] = _quantities,
    complete: bool = False,
) -> Cart:
    """Carts, to which most of the promotions that need it are applied."""
    lines = draw(case_lines(currency, counts=counts, quantities=quantities))
    entered = [p for p in promotions if p.trigger is not Trigger.AUTOMATIC]
    # Some are gone since they were entered, and an automatic one may have been picked as well.
    others = draw(st.sampled_from([(), (), (), (), (), ("gone",), ("a",)]))
    codes = {p.id: p.codes[0] for p in entered if p.codes}
    ids = list(dict.fromkeys([*(p.id for p in entered), *others]))
    if len(ids) > 1:
        ids = draw(st.permutations(ids))
    choices = st.sampled_from([(), (("a", "BAG-2"),), (("a", "PEN"), ("b", "BAG-3"))])
    return Cart(
        currency=currency,
        lines=lines,
        shipments=draw(case_shipments(lines, currency, complete=complete)),
        applied=tuple(
            AppliedPromotion(
                promotion_id=each, promo_code=codes.get(each, ""), choices=draw(choices)
            )
            for each in ids
        ),
        refused=draw(st.sampled_from([()] * 7 + [("a",)])),
        manual=draw(_by_hand(lines, currency)),
        customer=Customer(
            contact_id="c1",
            tags=draw(st.sampled_from([(), ("vip",)])),
            orders_placed=draw(st.integers(0, 1)),
        ),
        channel=draw(st.sampled_from(["", "web"])),
    )


def case_products(currency: str) -> dict[str, Product]:
    """Products that promotions may add: one without options, and one whose options are open."""
    bags = tuple(
        Variant(sku=f"BAG-{n}", price=from_minor(minor, currency), options=(str(n),))
        for n, minor in enumerate((0, 1, 333, 10**6))
    )
    pen = Variant(
        sku="PEN", price=from_minor(299, currency), minimum_price=from_minor(50, currency)
    )
    return {
        "pen": Product(id="pen", title="Pen", variants=(pen,), categories=("Kitchen",)),
        "bag": Product(id="bag", title="Bag", variants=bags, options=("Size",)),
    }


default_policy = st.just(DEFAULT_POLICY)


def _policies(
    stacking: Stacking, combinations: Iterable[Combination]
) -> st.SearchStrategy[PricingPolicy]:
    return st.builds(
        PricingPolicy,
        rounding=st.sampled_from(Rounding),
        rounding_point=st.sampled_from(RoundingPoint),
        remainder=st.sampled_from(Remainder),
        percent_of_original=st.booleans(),
        combination=st.sampled_from(list(combinations)),
        stacking=st.just(stacking),
        one_code=st.booleans(),
    )


policies = _policies(Stacking.ALL, Combination) | _policies(
    Stacking.BEST_PER_LINE, [Combination.IN_PRIORITY_ORDER]
)
"""Policies with every value of every field that decides amounts."""


@st.composite
def pricing_cases(
    draw: st.DrawFn,
    *,
    effects: Mapping[str, Configurations] = EFFECTS,
    conditions: Mapping[str, Configurations] = CONDITIONS,
    policies: st.SearchStrategy[PricingPolicy] = default_policy,
    counts: st.SearchStrategy[int] = _counts,
    quantities: st.SearchStrategy[int] = _quantities,
    most: int = 6,
    complete: bool = False,
) -> PricingCase:
    """Cases: carts, and up to `most` promotions of the types given, under one of the policies.

    `counts` are the numbers of lines, up to 200 are worth it. With `complete`, every unit of the
    cart is in a shipment.
    """
    currency = draw(st.sampled_from(CURRENCIES))
    promotions = draw(case_promotions(currency, effects=effects, conditions=conditions, most=most))
    return PricingCase(
        cart=draw(
            case_carts(
                currency, promotions, counts=counts, quantities=quantities, complete=complete
            )
        ),
        promotions=promotions,
        products=case_products(currency),
        usage=draw(_usages(currency, promotions)),
        policy=draw(policies),
    )
