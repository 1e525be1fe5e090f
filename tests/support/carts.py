"""Carts, promotions and the values around them, as the tests of pricing want them."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import attrs
from hypothesis import strategies as st
from moneyed import Money

from cartcore.cart import AppliedPromotion, Cart, CartLine, CartShipment, Customer
from cartcore.pricing.engine import price
from cartcore.pricing.policy import DEFAULT_POLICY, PricingPolicy, RoundingPoint
from cartcore.pricing.quote import Quote
from cartcore.promotions.offer import Per
from cartcore.promotions.promotion import Promotion, Trigger
from cartcore.promotions.types import ConditionType, PromotionType
from cartcore.rules import Selection, TiedItem
from cartcore.rules.builtin import (
    AddProduct,
    AmountOff,
    ContactTag,
    FreeShipping,
    MinQuantity,
    MinSubtotal,
    OrderAmountOff,
    OrderPercentOff,
    PercentOff,
)
from cartcore.shop.address import Address
from cartcore.shop.product import Product, Variant
from cartcore.shop.speeds import RequestedLine, ShipmentRequest, ShippingSpeed
from cartcore.values.allocation import Rounding

AT = datetime(2026, 6, 1, 12, tzinfo=UTC)
"""The instant that carts are priced at unless a test is about time."""


def usd(amount: str) -> Money:
    return Money(amount, "USD")


def line(line_id: str, unit_price: Money | str, quantity: int = 1, **fields: Any) -> CartLine:
    """A line whose SKU is its id; a price given as text is in USD."""
    money = usd(unit_price) if isinstance(unit_price, str) else unit_price
    plain = CartLine(id=line_id, sku=line_id, quantity=quantity, unit_price=money)
    return attrs.evolve(plain, **fields)


def speed(price: Money | str, code: str = "standard") -> ShippingSpeed:
    money = usd(price) if isinstance(price, str) else price
    return ShippingSpeed(code=code, name=code.capitalize(), price=money)


def parcel(
    shipment_id: str, *lines: tuple[str, int], by: ShippingSpeed | None = None
) -> CartShipment:
    return CartShipment(id=shipment_id, lines=lines, country="US", speed=by)


def cart(
    *lines: CartLine,
    shipments: tuple[CartShipment, ...] = (),
    applied: tuple[AppliedPromotion, ...] = (),
    refused: tuple[str, ...] = (),
    customer: Customer | None = None,
    currency: str = "USD",
) -> Cart:
    return Cart(
        currency=currency,
        lines=lines,
        shipments=shipments,
        applied=applied,
        refused=refused,
        customer=customer or Customer(),
    )


def promotion(effect: PromotionType, promotion_id: str = "promo", **fields: Any) -> Promotion:
    """An automatic promotion, unless its fields say otherwise; its name is its id."""
    return attrs.evolve(Promotion(id=promotion_id, name=promotion_id, effect=effect), **fields)


def by_code(effect: PromotionType, promotion_id: str, code: str, **fields: Any) -> Promotion:
    return promotion(effect, promotion_id, trigger=Trigger.CODE, codes=(code,), **fields)


def applied(promotion_id: str, code: str = "", **choices: str) -> AppliedPromotion:
    return AppliedPromotion(
        promotion_id=promotion_id, promo_code=code, choices=tuple(choices.items())
    )


def priced(given: Cart, *promotions: Promotion) -> Quote:
    return price(given, promotions, at=AT)


def taken(quote: Quote) -> dict[tuple[str, str], str]:
    """What each promotion took off each target: (promotion, line or shipment) to the figure."""
    return {
        (a.promotion_id, a.line_id or a.shipment_id): f"{a.discount.amount:f}"
        for a in quote.adjustments
    }


def why_not(quote: Quote, promotion_id: str = "promo") -> tuple[str, str, int | str | None]:
    """Why a promotion does not apply: the reason, the sentence, and the units or amount missing."""
    decision = quote.decision(promotion_id)
    assert decision is not None
    assert not decision.applied
    missing = decision.missing_amount
    figure = decision.missing_units if missing is None else f"{missing.amount:f}"
    return decision.reason, decision.message, figure


def variant(sku: str, price: str, *options: str, **fields: Any) -> Variant:
    return attrs.evolve(Variant(sku=sku, price=usd(price), options=options), **fields)


def product(product_id: str, *variants: Variant, **fields: Any) -> Product:
    """A product titled by its id; the options are named after the fields given."""
    options = fields.pop("options", ())
    plain = Product(
        id=product_id,
        title=product_id.capitalize(),
        variants=variants,
        options=options,
    )
    return attrs.evolve(plain, **fields)


def address(**fields: str) -> Address:
    return Address(**({"line1": "1 Main St", "city": "Springfield", "country": "US"} | fields))


def request(subtotal: str = "10.00", *, grams: int = 500, **where: Any) -> ShipmentRequest:
    requested = RequestedLine(
        line_id="L1", sku="mug", quantity=1, weight_grams=grams, amount=usd(subtotal)
    )
    return ShipmentRequest(
        shipment_id="S1", address=address(**where), lines=(requested,), subtotal=usd(subtotal)
    )


# --- Strategies: carts of any size and promotions of every built-in type --------------------------

CODES = {"JPY": 0, "USD": 2, "KWD": 3}
SHELVES = ("Garden", "Garden/Pots", "Kitchen")
TAGS = ("new", "eco")
SHOP_PRICES = (0, 1, 333, 10**12)


def minor(units: int, code: str) -> Money:
    """Money of so many minor units, put together without help from cartcore."""
    return Money(Decimal(units).scaleb(-CODES[code]), code)


def shop(code: str) -> dict[str, Product]:
    """Products that promotions may add: one without options, and one whose options are open."""
    sizes = tuple(
        Variant(sku=f"BAG-{n}", price=minor(units, code), options=(str(n),))
        for n, units in enumerate(SHOP_PRICES)
    )
    return {
        "pen": Product(
            id="pen",
            title="Pen",
            variants=(Variant(sku="PEN", price=minor(299, code)),),
            categories=("Kitchen",),
            tags=("new",),
        ),
        "bag": Product(id="bag", title="Bag", variants=sizes, options=("Size",)),
    }


def amounts(code: str, *, least: int = 1) -> st.SearchStrategy[Money]:
    units = st.one_of(st.integers(least, 5_000), st.integers(least, 10**12))
    return units.map(lambda n: minor(n, code))


@st.composite
def unit_prices(draw: st.DrawFn, code: str) -> Money:
    """Prices from zero to 10^12 minor units, some of them finer than the minor unit."""
    finer = draw(st.sampled_from([0, 0, 0, 2, 6]))
    units = draw(st.one_of(st.integers(0, 2_000), st.integers(0, 10**12)))
    return Money(Decimal(units).scaleb(-CODES[code] - finer), code)


def selections() -> st.SearchStrategy[Selection]:
    plain = st.builds(
        Selection,
        skus=st.sampled_from([(), (), ("L1",), ("L1", "L2", "PEN")]),
        categories=st.sampled_from([(), (), ("Garden",), ("Kitchen", "Garden/Pots")]),
        tags=st.sampled_from([(), (), ("new",)]),
    )
    return st.one_of(st.just(Selection()), plain, st.builds(attrs.evolve, plain, exclude=plain))


percents = st.one_of(
    st.sampled_from(["10", "12.5", "33.333", "50", "99.99", "100", "0.001"]),
    st.integers(1, 100).map(str),
)


def effects(code: str) -> st.SearchStrategy[PromotionType]:
    """Configurations of every built-in promotion type."""
    money = amounts(code)
    perhaps = st.one_of(st.none(), money)
    tied = st.lists(
        st.builds(
            TiedItem,
            key=st.sampled_from(["a", "b"]),
            product_id=st.sampled_from(["pen", "pen", "bag", "gone"]),
            quantity=st.integers(1, 3),
            options=st.sampled_from([(), (), (("Size", "1"),)]),
        ),
        min_size=1,
        max_size=2,
        unique_by=lambda item: item.key,
    )
    return st.one_of(
        st.builds(PercentOff, percent=percents, target=selections(), maximum=perhaps),
        st.builds(
            AmountOff,
            amount=money,
            target=selections(),
            per=st.sampled_from((Per.TOTAL, Per.UNIT)),
            maximum=perhaps,
        ),
        st.builds(OrderPercentOff, percent=percents, maximum=perhaps),
        st.builds(OrderAmountOff, amount=money),
        st.builds(
            FreeShipping,
            speeds=st.sampled_from([(), (), ("fast",), ("fast", "slow")]),
            maximum=perhaps,
        ),
        st.builds(AddProduct, items=tied, percent=percents),
    )


def conditions(code: str) -> st.SearchStrategy[ConditionType]:
    """Configurations of every built-in condition."""
    return st.one_of(
        st.builds(
            MinSubtotal,
            amount=amounts(code),
            target=selections(),
            after_discounts=st.booleans(),
        ),
        st.builds(MinQuantity, quantity=st.integers(1, 20), target=selections()),
        st.builds(ContactTag, tags=st.sampled_from([("vip",), ("staff",), ("staff", "vip")])),
    )


@st.composite
def promotion_lists(draw: st.DrawFn, code: str, most: int = 6) -> tuple[Promotion, ...]:
    """Promotions with ids in no particular order; some need to be applied to the cart."""
    ids = draw(st.permutations("abcdefghij"))[: draw(st.integers(min(most, 1), most))]
    return tuple(
        Promotion(
            id=promotion_id,
            name=promotion_id,
            effect=draw(effects(code)),
            trigger=draw(st.sampled_from([Trigger.AUTOMATIC, Trigger.AUTOMATIC, Trigger.PICKED])),
            conditions=draw(
                st.one_of(st.just(()), st.lists(conditions(code), max_size=2).map(tuple))
            ),
            priority=draw(st.integers(-1, 1)),
            enabled=draw(st.sampled_from([True] * 9 + [False])),
        )
        for promotion_id in ids
    )


@st.composite
def parcels(
    draw: st.DrawFn, lines: tuple[CartLine, ...], code: str, *, complete: bool
) -> tuple[CartShipment, ...]:
    """A split of the lines over up to three shipments; of every unit if `complete`.

    Often with ids that lines have as well.
    """
    count = draw(st.integers(1 if complete else 0, 3))
    letter = draw(st.sampled_from("SL")) if count else ""
    contents: list[list[tuple[str, int]]] = [[] for _ in range(count)]
    for each in lines:
        left = each.quantity
        for content in contents:
            units = draw(st.integers(0, left)) if content is not contents[-1] else left
            if content is contents[-1] and not complete and draw(st.booleans()):
                units = 0
            if units:
                content.append((each.id, units))
            left -= units
    speeds = st.builds(
        lambda name, units: speed(minor(units, code), name),
        st.sampled_from(["fast", "slow"]),
        st.integers(0, 3_000),
    )
    return tuple(
        CartShipment(
            id=f"{letter}{n}",
            lines=tuple(content),
            country="US",
            speed=draw(st.one_of(st.none(), speeds)),
        )
        for n, content in enumerate(contents, start=1)
    )


@st.composite
def cart_lines(draw: st.DrawFn, code: str, most: int = 30) -> tuple[CartLine, ...]:
    count = draw(st.one_of(st.integers(1, 4), st.integers(1, most)))
    return tuple(
        CartLine(
            id=f"L{n}",
            sku=f"L{n}",
            quantity=draw(st.one_of(st.integers(1, 5), st.integers(1, 1_000_000))),
            unit_price=draw(unit_prices(code)),
            categories=draw(st.sampled_from([(), *((shelf,) for shelf in SHELVES)])),
            tags=draw(st.sampled_from([(), *((tag,) for tag in TAGS)])),
        )
        for n in range(1, count + 1)
    )


@attrs.frozen
class Case:
    """What a law is about: a cart, the promotions there are, and how to round."""

    cart: Cart
    promotions: tuple[Promotion, ...]
    policy: PricingPolicy = DEFAULT_POLICY

    def price(self) -> Quote:
        return price(
            self.cart, self.promotions, at=AT, products=shop(self.cart.currency), policy=self.policy
        )


@st.composite
def cases(draw: st.DrawFn, *, any_policy: bool = True, complete: bool = False) -> Case:
    code = draw(st.sampled_from(sorted(CODES)))
    lines = draw(cart_lines(code))
    promotions = draw(promotion_lists(code))
    picked = [p.id for p in promotions if p.trigger is Trigger.PICKED]
    # Some were picked that are gone since, and an automatic one may have been entered as well.
    others = draw(st.sampled_from([(), (), ("zz",), ("a",), ("b", "zz")]))
    entered = draw(st.permutations([*picked, *(i for i in others if i not in picked)]))
    choices = st.sampled_from([(), (("a", "BAG-2"),), (("a", "PEN"), ("b", "BAG-3"))])
    policies = st.builds(
        PricingPolicy,
        rounding=st.sampled_from(Rounding),
        rounding_point=st.sampled_from(RoundingPoint),
    )
    given = Cart(
        currency=code,
        lines=lines,
        shipments=draw(parcels(lines, code, complete=complete)),
        applied=tuple(
            AppliedPromotion(promotion_id=promotion_id, choices=draw(choices))
            for promotion_id in entered
        ),
        refused=draw(st.sampled_from([(), (), (), ("a",)])),
        customer=Customer(contact_id="c1", tags=draw(st.sampled_from([(), ("vip",)]))),
    )
    return Case(given, promotions, draw(policies) if any_policy else DEFAULT_POLICY)
