"""Carts: lines, shipments, manual discounts, and products that promotions may add to them."""

from collections import Counter
from collections.abc import Callable
from random import Random
from string import ascii_lowercase
from typing import Any

from hypothesis import strategies as st

from cartcore.cart import (
    AppliedPromotion,
    Cart,
    CartLine,
    CartShipment,
    Customer,
    CustomItem,
    ManualDiscount,
    PriceOverride,
)
from cartcore.promotions.promotion import Promotion, Trigger
from cartcore.shop.product import Product, Variant
from cartcore.shop.speeds import ShippingSpeed
from cartcore.testing.pricing.figures import COUNTRIES, SPEEDS, amounts, made, percents, unit_prices
from cartcore.values.money import fine_of, from_fine, from_minor

GOODS: tuple[dict[str, Any], ...] = (
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
    {
        "sku": "SPADE",
        "categories": ("Garden",),
        "tags": ("new", "eco"),
        "product_attributes": {"material": "oak"},
    },
    {"sku": "E-BOOK", "requires_shipping": False},
    {"sku": "PEN", "product_id": "pen", "title": "Pen", "categories": ("Kitchen",)},
)

CUSTOM: tuple[dict[str, Any], ...] = (
    {"sku": "", "title": "Engraving", "custom": CustomItem(title="Engraving", actor="kim")},
    {
        "sku": "",
        "title": "Call-out fee",
        "requires_shipping": False,
        "discountable": False,
        "custom": CustomItem(
            title="Call-out fee", requires_shipping=False, discountable=False, actor="kim"
        ),
    },
)


def _letter(number: int) -> str:
    """A letter as promotions of cases have them, and a number where there are no more letters."""
    return ascii_lowercase[number : number + 1] or str(number)


Ids = Callable[[int], str]
"""What the lines, or the shipments, of a cart are called, counted from 0."""

_ids: st.SearchStrategy[tuple[Ids, Ids]] = st.sampled_from(
    [
        ("L{}".format, "S{}".format),
        (str, str),  # lines and shipments have the same
        (_letter, _letter),  # and promotions, too
    ]
)

line_quantities = st.integers(1, 4) | st.integers(1, 4) | st.integers(1, 12) | st.integers(1, 10**6)
line_counts = st.integers(1, 3) | st.integers(1, 6) | st.integers(1, 30)
_attributes = st.just({}) | st.sampled_from(
    [{"engraving": "Ada"}, {"engraving": "Ada", "size": 1}, {"engraving": "Ada", "size": True}]
)
_near = st.sampled_from([50, 80, 90, 95, 99])


@st.composite
def case_lines(
    draw: st.DrawFn,
    currency: str,
    *,
    ids: Ids = "L{}".format,
    counts: st.SearchStrategy[int] = line_counts,
    quantities: st.SearchStrategy[int] = line_quantities,
) -> tuple[CartLine, ...]:
    """Lines, some of which have equal units; those of many lines are drawn from few kinds."""
    kinds = []
    for goods in draw(st.lists(st.sampled_from(GOODS), min_size=1, max_size=5)):
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
            case 3:
                fields = {**draw(st.sampled_from(CUSTOM)), "unit_price": price}
            case 4:
                before = draw(unit_prices(currency))
                fields["override"] = PriceOverride(
                    catalogue_price=before, reason="as agreed", actor="kim"
                )
            case _:
                pass
        kinds.append(fields)
    count = draw(counts)
    few = [
        CartLine(
            id=ids(n),
            quantity=draw(quantities),
            attributes=draw(_attributes),  # equal units can differ in these (HA-8)
            **(kinds[n] if n < len(kinds) else draw(st.sampled_from(kinds))),
        )
        for n in range(min(count, 6))
    ]
    if count > len(few):
        chance = Random(draw(st.integers(0, 2**16)))  # noqa: S311  (repeatable, from what was drawn)
        few += [
            CartLine(id=ids(n), quantity=chance.randint(1, 9), **chance.choice(kinds))
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
    draw: st.DrawFn,
    lines: tuple[CartLine, ...],
    currency: str,
    *,
    ids: Ids = "S{}".format,
    complete: bool = False,
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
        if left and (complete or not seed or chance.random() < 0.8):
            contents[0].append((line.id, left))
    return tuple(
        CartShipment(
            id=ids(n),
            lines=tuple(content),
            country=draw(st.sampled_from(["", *COUNTRIES])),
            speed=draw(made(_speeds, currency)),
        )
        for n, content in enumerate(contents)
    )


def _figures(currency: str) -> st.SearchStrategy[Any]:
    return st.one_of(
        percents.map(lambda percent: {"percent": percent}),
        amounts(currency).map(lambda amount: {"amount": amount}),
        amounts(currency, least=0).map(lambda amount: {"price": amount}),
    )


@st.composite
def case_manual_discounts(
    draw: st.DrawFn, lines: tuple[CartLine, ...], currency: str
) -> tuple[ManualDiscount, ...]:
    """Manual discounts on the order, or on lines that have no equal."""
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
            **draw(made(_figures, currency)),
        )
        for n in range(draw(st.sampled_from([0, 0, 0, 0, 1, 2])))
    )


@st.composite
def case_carts(
    draw: st.DrawFn,
    currency: str,
    promotions: tuple[Promotion, ...] = (),
    *,
    counts: st.SearchStrategy[int] = line_counts,
    quantities: st.SearchStrategy[int] = line_quantities,
    complete: bool = False,
) -> Cart:
    """Carts, to which most of the promotions that need it are applied.

    Lines, shipments and promotions often have the same ids: nothing may take one for another.
    """
    line_ids, shipment_ids = draw(_ids)
    lines = draw(case_lines(currency, ids=line_ids, counts=counts, quantities=quantities))
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
        shipments=draw(case_shipments(lines, currency, ids=shipment_ids, complete=complete)),
        applied=tuple(
            AppliedPromotion(
                promotion_id=each, promo_code=codes.get(each, ""), choices=draw(choices)
            )
            for each in ids
        ),
        refused=draw(st.sampled_from([()] * 7 + [("a",)])),
        manual=draw(case_manual_discounts(lines, currency)),
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
