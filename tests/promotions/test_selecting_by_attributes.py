"""Selections by attributes of lines, variants and products, against the same goods by SKU."""

from typing import Any, ClassVar

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moneyed import Money

from cartcore import Serializer
from cartcore.cart import Cart, CartLine
from cartcore.errors import InvalidField, PluginError
from cartcore.pricing.engine import price
from cartcore.pricing.policy import Combination, PricingPolicy, RoundingPoint
from cartcore.pricing.promotion_set import PromotionSet
from cartcore.pricing.quote import Quote
from cartcore.promotions.promotion import Promotion
from cartcore.promotions.types import PromotionClass, PromotionType
from cartcore.rules import (
    Attributes,
    Discount,
    Offer,
    PricingContext,
    Selection,
    TiedItem,
    load_rulebook,
)
from cartcore.rules.builtin import (
    AddProduct,
    AmountOff,
    BuyXGetY,
    FixedPrice,
    MinQuantity,
    NthOfSet,
    OrderPercentOff,
    PercentOff,
)
from cartcore.shop.product import Product
from tests.support.carts import AT, cart, line, priced, promotion, usd, variant

OAK = Selection(attributes={"material": "oak"})


def chair(line_id: str, material: str, units: int = 1, unit_price: str = "9.99") -> CartLine:
    """Chairs of one SKU, which differ in nothing but what they are made of."""
    own = {"material": material, "batch": line_id}
    alike = {"sku": "CHAIR", "product_id": "CHAIR", "title": "Chair"}
    return line(line_id, unit_price, units, **alike, attributes=own)


def known_by_sku(given: CartLine) -> CartLine:
    """The same goods, with a SKU for each material in the place of the attribute."""
    return attrs.evolve(given, sku=f"CHAIR-{given.attributes['material']}", attributes={})


def meaning(*materials: str) -> tuple[Selection, Selection]:
    """A selection of goods of these materials: by attributes, and by SKU."""
    having = tuple(Selection(attributes={"material": each}) for each in materials)
    one = having[0] if len(having) == 1 else Selection(any_of=having)
    return one, Selection(skus=tuple(f"CHAIR-{each}" for each in materials))


def by_material(given: Cart, quote: Quote) -> dict[object, Money]:
    """What is left of the goods of each material."""
    left: dict[object, Money] = dict.fromkeys(MATERIALS, usd("0.00"))
    for own, priced_ in zip(given.lines, quote.lines, strict=True):
        left[own.attributes["material"]] += priced_.total
    return left


MATERIALS = ("ash", "fir", "oak")


@st.composite
def written_twice(draw: st.DrawFn) -> tuple[Cart, list[Promotion], Cart, list[Promotion]]:
    """A cart of equal goods of several materials with promotions, and both by SKU."""
    rows = draw(st.lists(st.tuples(st.sampled_from(MATERIALS), st.integers(1, 4)), min_size=1))
    figures = st.sampled_from(["0.01", "3.33", "9.99", "10.00"])
    unit_price = draw(figures)
    lines = [chair(f"l{i}", *row, unit_price) for i, row in enumerate(rows[:6])]
    some = st.lists(st.sampled_from(MATERIALS), min_size=1, max_size=2, unique=True).map(sorted)
    ours: list[Promotion] = []
    theirs: list[Promotion] = []
    for number in range(draw(st.integers(1, 3))):
        own, other = meaning(*draw(some)), meaning(*draw(some))
        limit = draw(st.none() | st.integers(1, 3))
        kind = draw(st.integers(0, 5))
        effects: list[PromotionType] = []
        for side in range(2):
            match kind:
                case 0:
                    effects.append(PercentOff(percent="33.3", target=own[side], limit=limit))
                case 1:
                    effects.append(AmountOff(amount=usd("5.55"), target=own[side]))
                case 2:
                    effects.append(BuyXGetY(buy=1, get=1, buy_from=own[side], get_from=other[side]))
                case 3:
                    effects.append(NthOfSet(size=2, position=1, target=own[side]))
                case 4:
                    effects.append(
                        FixedPrice(price=usd("2.50"), target=Selection(exclude=own[side]))
                    )
                case _:
                    effects.append(OrderPercentOff(percent="10"))
        asked = kind > 4 or draw(st.booleans())  # one that reads no attribute splits no units
        for promotions, effect, side in zip((ours, theirs), effects, range(2), strict=True):
            conditions = (MinQuantity(quantity=2, target=other[side]),) if asked else ()
            promotions.append(promotion(effect, f"p{number}", conditions=conditions))
    return cart(*lines), ours, cart(*map(known_by_sku, lines)), theirs


@given(
    case=written_twice(),
    combination=st.sampled_from(Combination),
    point=st.sampled_from(RoundingPoint),
    chance=st.randoms(use_true_random=False),
)
@settings(max_examples=150)
def test_goods_known_by_attributes_cost_what_they_cost_known_by_sku(
    case: tuple[Cart, list[Promotion], Cart, list[Promotion]],
    combination: Combination,
    point: RoundingPoint,
    chance: Any,
) -> None:
    """A promotion takes as much off units known by an attribute as off those of another SKU.

    Goods of each material have as much left, in whatever order the lines stand (PR-10, PR-24,
    HA-8).
    """
    ours, by_attribute, theirs, by_sku = case
    policy = PricingPolicy(combination=combination, rounding_point=point)
    expected = price(theirs, by_sku, at=AT, policy=policy)

    quote = price(ours, by_attribute, at=AT, policy=policy)
    lines = list(ours.lines)
    chance.shuffle(lines)
    other = price(cart(*lines), by_attribute, at=AT, policy=policy)

    assert by_material(ours, quote) == by_material(ours, expected)
    assert quote.totals == expected.totals == other.totals


SCALARS = st.sampled_from([None, True, False, 0, 1, 2, 0.0, -0.0, 1.0, 1.5, "", "1", "True", "oak"])
NAMES = st.sampled_from(["a", "b", "material"])
MAPPINGS = st.dictionaries(NAMES, SCALARS, max_size=3)


def the_same(one: object, other: object) -> bool:
    return type(one) is type(other) and one == other


@given(MAPPINGS, MAPPINGS, MAPPINGS, MAPPINGS)
def test_which_lines_are_meant(
    wanted: dict[str, Any],
    own: dict[str, Any],
    of_variant: dict[str, Any],
    of_product: dict[str, Any],
) -> None:
    """All attributes are there, with values of the same kind; a line's own are first (HA-8)."""
    sold = variant("X", "1.00", attributes=of_variant)
    goods = Product(id="x", title="X", variants=(sold,), attributes=of_product)
    item = CartLine.of(goods, sold, 1, line_id="l", attributes=Attributes(own))
    having = {**of_product, **of_variant, **own}

    meant = Selection(attributes=wanted)

    expected = all(name in having and the_same(having[name], wanted[name]) for name in wanted)
    assert meant.matches(item) is expected
    assert not expected or meant.keys is None or not meant.keys.isdisjoint(item.keys)
    assert not expected or not wanted or not Selection(exclude=meant).matches(item)


def test_units_stay_equal_unless_an_attribute_is_read() -> None:
    """An attribute that no promotion of the cart reads splits no units and moves no cent (HA-8)."""
    lines = [chair(f"l{i}", each, 1, "0.05") for i, each in enumerate(MATERIALS)]
    tenth = promotion(PercentOff(percent="10"), "tenth")
    elsewhere = Selection(attributes={"material": "steel"})
    of_steel = promotion(PercentOff(percent="50", target=elsewhere), "steel")
    by_line = PricingPolicy(rounding_point=RoundingPoint.LINE)
    plain = [attrs.evolve(each, attributes={}) for each in lines]

    totals = [
        price(cart(*given), promotions, at=AT, policy=by_line).total
        for given, promotions in ((plain, [tenth]), (lines, [tenth]), (lines, [tenth, of_steel]))
    ]

    assert {*totals} == {usd("0.13")}  # 10 % of 15 cents, rounded once


def test_promotions_are_found_by_attributes() -> None:
    """Of promotions for attributes only those are looked at that the lines have (PR-23, HA-8)."""
    many = [
        promotion(PercentOff(percent="5", target=Selection(attributes={"lot": n})), f"p{n}")
        for n in range(1000)
    ]
    item = line("a", "1.00", attributes={"lot": 7, "material": "oak"})

    found = PromotionSet(many).find(item.keys)

    assert [each.id for each in found] == ["p7"]


def test_a_product_that_is_added_brings_its_attributes() -> None:
    """What a promotion adds is found by the attributes of its product (PR-31, HA-8)."""
    stool = Product(
        id="stool",
        title="Stool",
        variants=(variant("STOOL", "8.00"),),
        attributes={"material": "oak"},
    )
    adds = promotion(
        AddProduct(items=(TiedItem(key="stool", product_id="stool"),), percent="0"), "adds"
    )
    oak = promotion(PercentOff(percent="50", target=OAK), "oak")

    quote = price(cart(line("a", "20.00")), [adds, oak], at=AT, products={"stool": stool})

    assert quote.total == usd("24.00")


@attrs.frozen
class MakesItsOwn:
    """A type that makes a selection of its own while it is asked."""

    type_name: ClassVar[str] = "test.makes_its_own"
    promotion_class: ClassVar[PromotionClass] = PromotionClass.ITEM

    looks: bool

    def evaluate(self, context: PricingContext) -> Offer:
        if self.looks:
            context.select(Selection(attributes={"material": "oak"}))
        return Offer(
            discounts=(Discount(lines=Selection(attributes={"material": "oak"}), percent=5),)
        )


@pytest.mark.parametrize("type_", [MakesItsOwn(looks=True), MakesItsOwn(looks=False)])
def test_a_selection_that_nothing_in_the_promotion_tells(type_: MakesItsOwn) -> None:
    """A selection that a type makes up cannot read attributes, as units are told apart before."""
    with pytest.raises(PluginError, match=r"test\.makes_its_own.*configuration of the promotion"):
        priced(cart(chair("a", "oak")), promotion(type_))


def test_in_words() -> None:
    """A selection says which attributes it means."""
    assert str(OAK) == "material oak"
    assert str(Selection(skus=("A",), attributes={"n": 1, "m": True})) == "A with m True and n 1"
    assert Selection(attributes={"m": "oak"}).among("2 items") == "2 items of m oak"


@pytest.mark.parametrize("wrong", ["oak", ["material"], {"": 1}, {"m": []}, {"m": float("nan")}, 7])
def test_attributes_that_are_none(wrong: Any) -> None:
    """Attributes of a selection are read as those of a line are (HA-8)."""
    with pytest.raises(InvalidField, match="attributes"):
        Selection(attributes=wrong)


def test_as_it_is_stored() -> None:
    """Attributes are stored as an object, and values keep their kind (HA-8)."""
    serializer = Serializer(load_rulebook())
    having = {"a": 1, "b": 1.0, "c": True, "d": None, "e": "1"}
    kept = promotion(PercentOff(percent="5", target=Selection(attributes=having)))

    document = serializer.dump(kept)

    assert document["effect"]["target"]["attributes"] == having
    again = serializer.load(document, Promotion)
    assert again == kept
    assert repr(again) == repr(kept)  # 1 and 1.0 are equal, and look different
    plain = serializer.dump(promotion(PercentOff(percent="5", target=Selection(skus=("A",)))))
    assert "attributes" not in plain["effect"]["target"]
