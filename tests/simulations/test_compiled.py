"""Column expressions give what `price` gives, to the cent and to the reason."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import attrs
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from moneyed import Money

from cartcore import PricingPolicy, Product, Promotion, Rounding, ShippingSpeed, Variant
from cartcore.promotions.promotion import Limits, Trigger
from cartcore.promotions.types import PromotionClass
from cartcore.rules import Per, Selection, TakenFirst, TiedItem
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
)
from cartcore.scenarios import Carts, Scenario, carts_from, simulate
from tests.simulations.test_reading import SAMPLE

AT = datetime(2026, 5, 1, tzinfo=UTC)
# One promotion that never applies, with a figure that no column expression is written for.
NOT_SOLD = Selection(skus=("not sold",))
SLOW = Promotion(id="slow", name="S", effect=BuyXGetY(buy=2**32, buy_from=NOT_SOLD), priority=-9)


def gbp(minor: int) -> Money:
    return Money(Decimal(minor) / 100, "GBP")


_TRUE = st.just(True)  # noqa: FBT003
skus = st.sampled_from(["MUG", "PEN", "POT", "none"])
selections = st.one_of(
    st.just(Selection()),
    st.builds(Selection, skus=st.tuples(skus)),
    st.builds(Selection, skus=st.tuples(skus, skus)),
    st.builds(Selection, exclude=st.builds(Selection, skus=st.tuples(skus))),
    st.builds(Selection, price_from=st.integers(0, 1_000).map(gbp)),
)
amounts = st.integers(1, 3_000).map(gbp)
percents = st.sampled_from(["10", "3.3", "50", "100", "0.01", "12.345"])
maximum = st.none() | amounts
speeds = st.sampled_from([(), ("std",), ("express",)])
some = st.none() | st.integers(1, 7)
sizes = st.integers(1, 3)
whiches = st.sampled_from(TakenFirst)
tiers_of_spend = st.lists(st.integers(1, 4_000), min_size=1, max_size=3, unique=True).map(sorted)
effects = st.one_of(
    st.builds(PercentOff, percent=percents, target=selections, maximum=maximum),
    st.builds(PercentOff, percent=percents, target=selections, of_original=st.booleans()),
    st.builds(
        PercentOff,
        percent=percents,
        target=selections,
        maximum=maximum,
        limit=st.none() | st.integers(3, 9),
        group_size=sizes,
        which=whiches,
    ),
    st.builds(AmountOff, amount=amounts, target=selections, maximum=maximum),
    st.builds(
        AmountOff,
        amount=amounts,
        target=selections,
        maximum=maximum,
        per=st.sampled_from(Per),
        limit=st.none() | st.integers(3, 9),
        group_size=sizes,
        which=whiches,
    ),
    st.builds(
        FixedPrice,
        price=st.integers(0, 1_000).map(gbp),
        target=selections,
        per=st.sampled_from([Per.UNIT, Per.TOTAL]),
        limit=some,
        which=whiches,
        maximum=maximum,
    ),
    st.builds(
        BuyXGetY,
        buy=sizes,
        get=sizes,
        buy_from=selections,
        get_from=st.none() | selections,
        whole=st.booleans(),
        percent=percents,
        which=whiches,
        limit=some,
        max_units=some,
        maximum=maximum,
    ),
    st.builds(
        BuyXGetY,
        spend=amounts,
        get=sizes,
        buy_from=selections,
        get_from=st.none() | selections,
        whole=st.booleans(),
        which=whiches,
    ),
    st.builds(
        lambda size, back, **more: NthOfSet(size=size, position=max(1, size - back), **more),
        size=st.integers(1, 4),
        back=st.integers(0, 3),
        percent=percents,
        target=selections,
        order=whiches,
        spread=st.sampled_from(Spread),
        limit=some,
        max_units=some,
        maximum=maximum,
    ),
    st.builds(
        FirstAndFurtherOff,
        first=maximum,
        further=amounts,
        target=selections,
        limit=st.none() | st.integers(2, 7),
    ),
    st.builds(FirstAndFurtherOff, first=amounts, target=selections),
    st.builds(
        Bundle,
        price=st.sampled_from([0, 1, 150, 399, 400]).map(gbp) | amounts,
        parts=st.permutations(["MUG", "PEN", "POT"]).flatmap(
            lambda order: st.lists(sizes, min_size=1, max_size=3).map(
                lambda counts: tuple(
                    BundlePart(target=Selection(skus=(sku,)), quantity=count)
                    for sku, count in zip(order, counts, strict=False)
                )
            )
        ),
        limit=some,
        which=whiches,
        maximum=maximum,
    ),
    st.builds(
        Bundle,
        price=amounts,
        parts=st.lists(
            st.builds(BundlePart, target=selections, quantity=sizes), min_size=1, max_size=3
        ).map(tuple),
        which=whiches,
    ),
    st.builds(OrderPercentOff, percent=percents, maximum=maximum, of_original=st.booleans()),
    st.builds(OrderAmountOff, amount=amounts),
    st.builds(OrderFixedPrice, price=amounts),
    st.builds(ShippingAmountOff, amount=amounts, speeds=speeds, each=st.booleans()),
    st.builds(ShippingFixedPrice, price=amounts, speeds=speeds),
    st.builds(ShippingPercentOff, percent=percents, of_original=_TRUE),
    st.builds(FreeShipping, speeds=speeds, maximum=maximum),
    st.builds(ShippingPercentOff, percent=percents, speeds=speeds, maximum=maximum),
    st.builds(
        lambda starts, gives, target, most: TieredAmountOff(
            tiers=tuple(AmountTier(amount=gives, from_amount=gbp(each)) for each in starts),
            target=target,
            maximum=most,
        ),
        tiers_of_spend,
        amounts,
        selections,
        maximum,
    ),
    st.builds(
        lambda start, one, two, target: TieredPercentOff(
            tiers=(PercentTier(percent=one), PercentTier(percent=two, from_quantity=start)),
            target=target,
        ),
        st.integers(1, 9),
        percents,
        percents,
        selections,
    ),
)
items = st.lists(
    st.builds(
        TiedItem,
        key=st.sampled_from(["a", "b"]),
        product_id=st.sampled_from(["GIFT", "GIFT", "MUG", "worthless", "gone"]),
        quantity=sizes,
    ),
    min_size=1,
    max_size=2,
    unique_by=lambda item: item.key,
).map(tuple)
added = st.builds(
    AddProduct,
    items=items,
    percent=st.sampled_from(["100", "100", "50"]),
    per_unit_of=st.none() | selections,
    top_up=st.booleans(),
    separately=st.booleans(),
)
plain_conditions = st.one_of(
    st.builds(MinSubtotal, amount=amounts, target=selections),
    st.builds(MinSubtotal, amount=amounts, after_discounts=_TRUE),
    st.builds(MaxSubtotal, amount=amounts, target=selections),
    st.builds(MaxSubtotal, amount=amounts, after_discounts=_TRUE),
    st.builds(MinQuantity, quantity=st.integers(1, 9), target=selections),
    st.builds(DistinctProducts, count=st.integers(1, 3), target=selections),
)
conditions = st.recursive(
    st.one_of(
        plain_conditions,
        st.builds(ContactTag, tags=st.sampled_from([("VIP",), ("b2b", "staff")])),
        st.builds(Destination, countries=st.sampled_from([("GB",), ("FR", "DE")])),
        st.builds(SalesChannel, channels=st.sampled_from([(), ("web",), ("phone", "web")])),
        st.builds(NthOrder, n=st.integers(1, 3)),
        st.builds(ChosenSpeed, speeds=st.sampled_from([("std",), ("express",)])),
        st.builds(CartCurrency, currencies=st.sampled_from([("GBP",), ("EUR",)])),
        st.builds(TimeWindow, weekdays=st.sampled_from([("friday",), ("monday",)])),
    ),
    lambda inner: st.one_of(
        st.builds(AllOf, conditions=st.lists(inner, min_size=1, max_size=3).map(tuple)),
        st.builds(AnyOf, conditions=st.lists(inner, min_size=1, max_size=3).map(tuple)),
        st.builds(Not, condition=inner),
    ),
    max_leaves=4,
)
others: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        "group": st.sampled_from(["one", "two"]),
        "exclusive": st.booleans(),
        "enabled": st.booleans(),
        "starts_at": st.sampled_from([AT, AT + timedelta(days=1)]),
        "ends_at": st.just(AT + timedelta(days=2)),
        "combines_with": st.sampled_from(
            [(), (PromotionClass.ITEM,), (PromotionClass.ORDER, PromotionClass.SHIPPING)]
        ),
        "limits": st.builds(Limits, budget=maximum, total=some),
        "count_gifts": st.booleans(),
    },
)
nothing: st.SearchStrategy[dict[str, Any]] = st.just({})


@st.composite
def promotion_lists(draw: st.DrawFn) -> tuple[Promotion, ...]:
    return tuple(
        Promotion(
            id=f"p{n}",
            name="P",
            effect=draw(st.one_of(effects, effects, effects, effects, added)),
            conditions=tuple(draw(st.lists(conditions, max_size=2))),
            priority=draw(st.integers(-1, 1)),
            **draw(nothing | others),
        )
        for n in range(draw(st.integers(1, 4)))
    )


rows = st.lists(
    st.tuples(
        st.sampled_from("ABCD"),
        st.sampled_from(["MUG", "PEN", "POT"]),
        st.integers(1, 5) | st.sampled_from([17, 1_000_000]),
        st.sampled_from(["1.50", "1.50", "9.99", "2.00", "0", "100", "0.01"])
        | st.sampled_from(["0.005", "3.333", "100000", "0.00000001"]),
    ),
    min_size=1,
    max_size=12,
)


def carts_of(lines: list[tuple[str, str, int, str]], shipping: int | None = 495) -> Carts:
    frame = pl.DataFrame(
        lines,
        schema={"o": pl.String, "s": pl.String, "q": pl.Int64, "p": pl.String},
        orient="row",
    )
    # What is asked of an order itself, by its name.
    asked = pl.DataFrame(
        {
            "o": ["A", "B", "C", "D"],
            "country": ["GB", "FR", None, "US"],
            "channel": ["web", "phone", None, "web"],
            "tags": [["vip", "new"], ["B2B"], [], ["staff"]],
            "before": [0, 1, 2, 0],
            "when": [AT + timedelta(hours=hours) for hours in (0, 23, 24, 48)],
        }
    )
    frame = frame.join(asked, on="o", how="left", maintain_order="left")
    frame = frame.with_columns(pl.col("when").fill_null(AT))
    price = None if shipping is None else gbp(shipping)
    speed = None if price is None else ShippingSpeed(code="std", name="Standard", price=price)
    return carts_from(
        frame,
        order="o",
        sku="s",
        quantity="q",
        unit_price="p",
        currency="GBP",
        country="country",
        channel="channel",
        contact_tags="tags",
        orders_placed="before",
        placed_at="when",
        shipping=speed,
    )


PRODUCTS = tuple(
    Product(id=name, title=name, variants=(Variant(sku=name, price=gbp(price)),))
    for name, price in (("GIFT", 250), ("MUG", 999), ("TIN", 31), ("PEN", 150), ("worthless", 0))
)


def both_ways(
    carts: Carts,
    promotions: tuple[Promotion, ...],
    codes: tuple[str, ...] = (),
    at: datetime | None = AT,
) -> tuple[Any, Any, bool]:
    """What a run tells of a scenario, and what it tells when it has to price cart by cart."""
    slow = (*promotions, SLOW)
    scenarios = [
        Scenario(name=name, promotions=some, products=PRODUCTS, codes=codes)
        for name, some in (("a", promotions), ("b", slow))
    ]
    run = simulate(carts, scenarios, at=at, progress=False)
    found = []
    for name in "ab":
        of_it = pl.col("scenario") == name
        orders = run.orders.filter(of_it).drop("scenario").rows()
        told = run.promotions.filter(of_it & (pl.col("promotion") != "slow")).drop("scenario")
        found.append((orders, sorted(told.rows())))
        sums = run.promotions.filter(of_it).group_by("promotion").agg(pl.col("carts").sum())
        assert all(count == len(carts) for count in sums["carts"])
    how = dict(run.how.select("scenario", "compiled").rows())
    assert not how["b"]
    return found[0], found[1], bool(how["a"])


@given(rows, promotion_lists(), st.sampled_from([None, 0, 495]), st.sampled_from([AT, None]))
@settings(max_examples=150, deadline=None)
@example([("A", "MUG", 3, "3.333")], (), None, AT)
@example(
    [("A", "MUG", 20, "2.00"), ("A", "PEN", 9, "2.00"), ("A", "POT", 2, "2.00")],
    (
        Promotion(
            id="lines",
            name="Which lines of one price are taken first decides",
            effect=AmountOff(amount=gbp(150), per=Per.LINE, limit=20),
        ),
    ),
    None,
    AT,
)
def test_columns_give_what_price_gives(
    lines: list[tuple[str, str, int, str]],
    promotions: tuple[Promotion, ...],
    shipping: int | None,
    at: datetime | None,
) -> None:
    """Whatever is drawn, each figure and each reason is the same both ways (SC-12)."""
    one, other, _ = both_ways(carts_of(lines, shipping), promotions, at=at)
    assert other == one


@given(rows, promotion_lists(), st.data(), st.sampled_from([None, 495]))
@settings(max_examples=80, deadline=None)
def test_codes_give_what_price_gives(
    lines: list[tuple[str, str, int, str]],
    promotions: tuple[Promotion, ...],
    data: st.DataObject,
    shipping: int | None,
) -> None:
    """Codes that are entered give the same figures and reasons both ways, in any order (SC-12)."""
    coded = data.draw(st.lists(st.sampled_from(promotions), min_size=1, unique_by=lambda p: p.id))
    entered = data.draw(st.permutations(coded).map(lambda some: some[:3]))
    made = tuple(
        attrs.evolve(each, trigger=Trigger.CODE, codes=(each.id.upper(),))
        if each in coded
        else each
        for each in promotions
    )
    codes = tuple(each.id for each in entered)
    one, other, _ = both_ways(carts_of(lines, shipping), made, codes)
    assert other == one


def test_codes_have_their_turns_as_they_are_entered() -> None:
    """Of 100.00, 50.00 is taken first or 10 %, as the codes come; in columns both ways (SC-12)."""
    coded: dict[str, Any] = {"trigger": Trigger.CODE, "limits": Limits(per_code=5)}
    ten = Promotion(id="a", name="A", effect=OrderPercentOff(percent="10"), codes=("A",), **coded)
    fifty = Promotion(
        id="b", name="B", effect=OrderAmountOff(amount=gbp(5_000)), codes=("B",), **coded
    )
    carts = carts_of([("A", "MUG", 1, "100")], None)
    for codes, total in ((("A", "B"), 4_000), (("B", "A"), 4_500)):
        one, other, compiled = both_ways(carts, (ten, fifty), codes)
        assert other == one
        assert compiled
        assert total == one[0][0][-1]

    mugs = Promotion(
        id="c",
        name="C",
        effect=PercentOff(percent="10", target=Selection(skus=("PEN",))),
        codes=("C",),
        **coded,
    )
    one, other, compiled = both_ways(carts, (mugs,), ("C",))
    assert other == one
    assert not compiled
    assert "nothing_selected" == one[1][0][1]


free_gifts = st.builds(
    AddProduct,
    items=st.lists(sizes, min_size=1, max_size=2).map(
        lambda counts: tuple(
            TiedItem(key=f"{n}", product_id=name, quantity=count)
            for n, (name, count) in enumerate(zip(("GIFT", "TIN"), counts, strict=False))
        )
    ),
    per_unit_of=st.none() | st.builds(Selection, skus=st.tuples(skus)),
    top_up=st.booleans(),
    separately=st.booleans(),
)
beside_gifts = st.one_of(
    free_gifts,
    st.builds(OrderPercentOff, percent=percents, of_original=st.booleans()),
    st.builds(OrderFixedPrice, price=amounts),
    st.builds(PercentOff, percent=percents, maximum=maximum),
    st.builds(BuyXGetY, buy=sizes, get=sizes, which=whiches),
    st.builds(AmountOff, amount=amounts, target=st.builds(Selection, skus=st.tuples(skus))),
    st.builds(FreeShipping),
)


@given(
    rows,
    st.lists(
        st.tuples(beside_gifts, st.lists(conditions, max_size=1), nothing | others),
        min_size=1,
        max_size=3,
    ),
    free_gifts,
    st.sampled_from(["GIFT", "PEN"]),
)
@settings(max_examples=60, deadline=None)
def test_gifts_in_columns_are_those_of_price(
    lines: list[tuple[str, str, int, str]],
    beside: list[tuple[Any, list[Any], dict[str, Any]]],
    gift: AddProduct,
    given_away: str,
) -> None:
    """Free goods change nothing for other promotions, and add what they take off (SC-12)."""
    swapped = [attrs.evolve(item, product_id=given_away) for item in gift.items[:1]]
    effects = [(attrs.evolve(gift, items=(*swapped, *gift.items[1:])), [], {}), *beside]
    promotions = tuple(
        Promotion(id=f"p{n}", name="P", effect=effect, conditions=tuple(asked), **more)
        for n, (effect, asked, more) in enumerate(effects)
    )
    one, other, _ = both_ways(carts_of(lines), promotions)
    assert other == one


ORDINARY: tuple[tuple[Any, ...], ...] = (
    (OrderPercentOff(percent="10"), MinSubtotal(amount=gbp(20_000))),
    (PercentOff(percent="12.5", target=Selection(skus=("85123A", "22423")), maximum=gbp(500)),),
    (
        TieredAmountOff(
            tiers=tuple(
                AmountTier(amount=gbp(a), from_amount=gbp(b))
                for a, b in ((500, 10_000), (2_000, 30_000), (6_000, 60_000))
            )
        ),
    ),
    (FreeShipping(), MinSubtotal(amount=gbp(10_000), after_discounts=True)),
    (AmountOff(amount=gbp(300)), DistinctProducts(count=5)),
)
BAGS = Selection(skus=("20725", "20726", "20727", "20728", "22382", "22383", "22384", "85099B"))
OF_UNITS: tuple[tuple[Any, ...], ...] = (
    (BuyXGetY(buy=2, buy_from=BAGS),),
    (BuyXGetY(buy=3, get=2, whole=True, percent="60", which=TakenFirst.DEAREST, limit=4),),
    (BuyXGetY(spend=gbp(2_000), buy_from=BAGS, get_from=Selection(exclude=BAGS), get=3),),
    (NthOfSet(size=3, position=2, percent="50", spread=Spread.OVERALL, order=TakenFirst.DEAREST),),
    (NthOfSet(size=4, position=4, target=BAGS, max_units=5),),
    (FixedPrice(price=gbp(100), target=BAGS, limit=15, which=TakenFirst.DEAREST),),
    (FixedPrice(price=gbp(1_000), target=BAGS, per=Per.TOTAL),),
    (FirstAndFurtherOff(first=gbp(20), further=gbp(35), target=BAGS, limit=9),),
    (AmountOff(amount=gbp(15), per=Per.UNIT, group_size=4, maximum=gbp(700)),),
    (AmountOff(amount=gbp(200), per=Per.LINE),),
    (PercentOff(percent="33", limit=7, which=TakenFirst.DEAREST),),
    (Bundle(price=gbp(500), parts=(BundlePart(target=BAGS, quantity=3),)),),
    (
        Bundle(
            price=gbp(400),
            parts=(
                BundlePart(target=BAGS, quantity=2),
                BundlePart(target=Selection(exclude=BAGS)),
                BundlePart(target=BAGS),
            ),
            which=TakenFirst.CHEAPEST,
            limit=9,
        ),
    ),
)


def test_columns_give_what_price_gives_on_real_orders() -> None:
    """One real day under each of many promotions, and under some: the same both ways (SC-12)."""
    speed = ShippingSpeed(code="std", name="Standard", price=gbp(495))
    carts = carts_from(
        SAMPLE,
        order="InvoiceNo",
        sku="StockCode",
        quantity="Quantity",
        unit_price="UnitPrice",
        currency="GBP",
        shipping=speed,
    )
    made = tuple(
        Promotion(id=f"p{n}", name="P", effect=effect, conditions=tuple(needed))
        for n, (effect, *needed) in enumerate((*ORDINARY, *OF_UNITS))
    )
    ordinary = made[: len(ORDINARY)]
    in_group = tuple(attrs.evolve(each, group="one") for each in ordinary)
    for promotions in (*((each,) for each in made), ordinary, in_group):
        one, other, compiled = both_ways(carts, promotions)
        assert other == one
        assert compiled


PLAIN = PercentOff(percent="10")
OF_MUGS = BundlePart(target=Selection(skus=("MUG",)))


@pytest.mark.parametrize(
    "scenario",
    [
        {"effect": Bundle(price=gbp(1), parts=(BundlePart(), OF_MUGS))},
        {"effect": BuyXGetY(buy=2, get_from=Selection(skus=("MUG",)))},
        {"effect": BuyXGetY(buy=2**40)},
        {"effect": AmountOff(amount=gbp(5), per=Per.LINE, limit=3)},
        {"effect": AmountOff(amount=gbp(5), per=Per.LINE, group_size=2)},
        {"effect": PercentOff(percent="10", target=Selection(undiscounted=True))},
        {"effect": OrderAmountOff(amount=Money("1.00", "USD"))},
        {"limits": Limits(budget=Money("1.00", "USD"))},
        {"policy": PricingPolicy(rounding=Rounding.UP)},
        {"policy": PricingPolicy(percent_of_original=True)},
    ],
    ids=str,
)
def test_what_cannot_be_written_in_columns_is_priced(scenario: dict[str, Any]) -> None:
    """A scenario with anything else goes through `price`, and the run says so (SC-12)."""
    policy = scenario.pop("policy", PricingPolicy())
    odd = Promotion(**{"id": "odd", "name": "P", "effect": PLAIN, **scenario})
    run = simulate(
        carts_of([("A", "MUG", 3, "10"), ("B", "PEN", 1, "0.10")]),
        [Scenario(name="odd", promotions=(odd,), policy=policy), Scenario(name="nothing")],
        at=AT,
        progress=False,
    )
    assert [("odd", 0, 2), ("nothing", 2, 0)] == run.how.rows()


@pytest.mark.parametrize(
    ("beside", "compiled"),
    [
        ({"effect": PLAIN}, 1),
        ({"effect": PercentOff(percent="10", target=Selection(skus=("MUG",)))}, 1),
        ({"effect": PLAIN, "count_gifts": True}, 0),
        ({"effect": PercentOff(percent="10", target=Selection(skus=("GIFT",)))}, 0),
        ({"effect": PercentOff(percent="10", target=Selection(price_to=gbp(500)))}, 0),
        (
            {
                "effect": PLAIN,
                "conditions": (MinQuantity(quantity=2, target=Selection(skus=("GIFT",))),),
            },
            0,
        ),
    ],
    ids=str,
)
def test_gifts_that_others_look_at_are_priced(beside: dict[str, Any], compiled: int) -> None:
    """Where another promotion selects or counts what is added, columns do not say more (SC-12)."""
    gift = AddProduct(items=(TiedItem(key="a", product_id="GIFT"),))
    promotions = (
        Promotion(id="gift", name="P", effect=gift),
        Promotion(id="beside", name="P", **beside),
    )
    run = simulate(
        carts_of([("A", "MUG", 3, "10")]),
        [Scenario(name="a", promotions=promotions, products=PRODUCTS)],
        at=AT,
        progress=False,
    )
    assert [("a", compiled, 1 - compiled)] == run.how.rows()


def test_second_promotion_of_some_lines_is_priced() -> None:
    """What the first left of some lines, no sum tells: such a set goes through `price` (SC-12)."""
    of_mugs = PercentOff(percent="10", target=Selection(skus=("MUG",)))
    promotions = tuple(
        Promotion(id=name, name="P", effect=effect, priority=priority)
        for name, effect, priority in (("all", PLAIN, 1), ("mugs", of_mugs, 0))
    )
    run = simulate(
        carts_of([("A", "MUG", 3, "10")]),
        [Scenario(name="a", promotions=promotions)],
        at=AT,
        progress=False,
    )
    assert [("a", 0, 1)] == run.how.rows()


def test_sums_of_all_carts_may_go_beyond_64_bits() -> None:
    """Only the sum of a single cart has to be within 64 bits, wherever it stands (SC-12)."""
    lines = [(f"{n}", "MUG", 1_000_000, "90000000") for n in range(1_200)]
    lines += [("last", "PEN", 3, "1.50")]
    one, other, compiled = both_ways(carts_of(lines), (Promotion(id="p", name="P", effect=PLAIN),))

    assert other == one
    assert compiled
    assert 4_50 == one[0][-1][2]


def test_cart_beyond_64_bits_is_priced() -> None:
    """One enormous cart goes through `price`, the others of its scenario do not (SC-12)."""
    lines = [("A", "MUG", 1_000_000, "10000000")] * 9 + [("B", "PEN", 1, "1.50")]
    fine = Promotion(id="fine", name="P", effect=PercentOff(percent="12.345678"))
    run = simulate(carts_of(lines), [Scenario(name="a", promotions=(fine,))], at=AT, progress=False)
    assert [("a", 1, 1)] == run.how.rows()
    one, other, _ = both_ways(carts_of(lines), (fine,))
    assert other == one
