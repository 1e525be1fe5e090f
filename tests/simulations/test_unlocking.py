"""What would unlock a promotion: tried by pricing, and found to be the least."""

from decimal import Decimal

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moneyed import Money

from cartcore import Cart, CartLine, CartShipment, Promotion, price
from cartcore.errors import InvalidField
from cartcore.rules import Selection
from cartcore.rules.builtin import (
    AmountTier,
    Bundle,
    BundlePart,
    BuyXGetY,
    ContactTag,
    MaxSubtotal,
    MinQuantity,
    MinSubtotal,
    OrderAmountOff,
    OrderPercentOff,
    PercentOff,
    TieredAmountOff,
)
from cartcore.scenarios import Scenario, unlock
from tests.simulations.test_simulation import AT, promotion


def gbp(amount: str) -> Money:
    return Money(amount, "GBP")


MUG = CartLine(id="1", sku="MUG", quantity=2, unit_price=gbp("10.00"))
PEN = CartLine(id="2", sku="PEN", quantity=1, unit_price=gbp("1.50"))
CART = Cart(
    currency="GBP", lines=(MUG, PEN), shipments=(CartShipment(id="1", lines=(("1", 2), ("2", 1))),)
)


def scenario(*promotions: Promotion) -> Scenario:
    return Scenario(name="a", promotions=promotions)


def test_cheapest_addition_is_told() -> None:
    """3.50 more are needed: three pens cost 4.50, one mug 10.00 (SC-7)."""
    off = promotion(OrderPercentOff(percent="10"), MinSubtotal(amount=gbp("25.00")))
    (found,) = unlock(CART, scenario(off), at=AT)

    assert ("PEN", 3, gbp("4.50")) == (found.sku, found.units, found.spend)
    assert gbp("21.50") == found.total
    assert gbp("23.40") == found.total_then  # 10 % of 26.00 less
    assert gbp("2.60") == found.discount_then
    assert ("needs 3.50 GBP more",) == found.unmet
    assert "3 more of PEN for 4.50 GBP" in str(found)


def test_all_unmet_conditions_are_told() -> None:
    """Not the first alone; what no units can mend has no addition (SC-7)."""
    off = promotion(
        OrderPercentOff(percent="10"),
        MinSubtotal(amount=gbp("25.00")),
        ContactTag(tags=("vip",)),
        MinQuantity(quantity=2),
        MinQuantity(quantity=4),
    )
    (found,) = unlock(CART, scenario(off), at=AT)

    assert 3 == len(found.unmet)
    assert (0, None, "") == (found.units, found.spend, found.sku)


def test_next_tier_is_told_as_it_would_be() -> None:
    """Not the tier that applies, but the one after it; after the last there is none (SC-7)."""
    tiers = tuple(
        AmountTier(amount=gbp(off), from_amount=gbp(start))
        for off, start in (("1.00", "20.00"), ("5.00", "30.00"), ("9.00", "90.00"))
    )
    (found,) = unlock(CART, scenario(promotion(TieredAmountOff(tiers=tiers))), at=AT)
    assert (2, "PEN", 6) == (found.tier, found.sku, found.units)
    assert (gbp("20.50"), gbp("25.50")) == (found.total, found.total_then)

    last = promotion(TieredAmountOff(tiers=tiers[:1]))
    assert () == unlock(CART, scenario(last), at=AT)


def test_what_is_not_in_the_cart_can_be_added() -> None:
    """A promotion for a hat is unlocked by a hat that is offered, and by nothing else (SC-7)."""
    off = promotion(PercentOff(percent="50", target=Selection(skus=("HAT",))))
    hat = CartLine(id="h", sku="HAT", quantity=1, unit_price=gbp("8.00"))
    (nothing,) = unlock(CART, scenario(off), at=AT)
    (found,) = unlock(CART, scenario(off), at=AT, among=[hat])

    assert nothing.spend is None
    assert ("HAT", 1, gbp("25.50")) == (found.sku, found.units, found.total_then)
    (same,) = unlock(CART, scenario(off), at=AT, among=[attrs.evolve(hat, id="1")])
    assert found == same  # its id is of no account, as all of `Carts.goods` have one
    with pytest.raises(InvalidField, match="among"):
        unlock(CART, scenario(off), at=AT, among=["HAT"])  # type: ignore[list-item]


def test_what_it_displaces_counts() -> None:
    """Another promotion of the group no longer applies: the total tells the whole (SC-7)."""
    now = promotion(OrderAmountOff(amount=gbp("5.00")), group="one", id="now")
    better = promotion(
        OrderPercentOff(percent="10"),
        MinSubtotal(amount=gbp("25.00")),
        group="one",
        id="better",
        priority=1,
    )
    (found,) = unlock(CART, scenario(now, better), at=AT)

    assert (gbp("16.50"), gbp("23.40")) == (found.total, found.total_then)


def test_bound_of_units_is_kept() -> None:
    """Where more units would be needed than are tried, there is no addition (SC-7)."""
    off = promotion(OrderPercentOff(percent="10"), MinQuantity(quantity=50))
    alone, together, neither = (
        unlock(CART, scenario(off), at=AT, most_units=most)[0] for most in (47, 46, 23)
    )

    assert (47, ()) == (alone.units, alone.beside)
    assert 47 == together.units + together.beside[0][1]
    assert (0, ()) == (neither.units, neither.beside)
    with pytest.raises(InvalidField):
        unlock(CART, scenario(off), at=AT, most_units=0)
    with pytest.raises(InvalidField, match="cart must be"):
        unlock("cart", scenario(off), at=AT)  # type: ignore[arg-type]


effects = st.sampled_from(
    [
        PercentOff(percent="10", target=Selection(skus=("MUG",))),
        BuyXGetY(buy=2, buy_from=Selection(skus=("PEN",))),
        BuyXGetY(buy=3),
        OrderAmountOff(amount=gbp("5.00")),
        PercentOff(percent="20", limit=4, group_size=4),
    ]
)
conditions = st.one_of(
    st.builds(lambda pence: MinSubtotal(amount=gbp(f"{pence / 100:.2f}")), st.integers(1, 9_000)),
    st.builds(lambda pence: MaxSubtotal(amount=gbp(f"{pence / 100:.2f}")), st.integers(1, 9_000)),
    st.builds(MinQuantity, quantity=st.integers(1, 40)),
)
promotions = st.builds(
    lambda effect, needed, **more: promotion(effect, *needed, **more),
    effects,
    st.lists(conditions, max_size=2),
    group=st.sampled_from(["", "one"]),
)


@given(st.lists(promotions, min_size=1, max_size=3))
@settings(max_examples=60, deadline=None)
def test_answer_is_true_when_tried(drawn: list[Promotion]) -> None:
    """With the units that are told, the promotion applies, and the total is as told (SC-7)."""
    given_ = tuple(attrs.evolve(each, id=f"p{n}") for n, each in enumerate(drawn))
    for found in unlock(CART, scenario(*given_), at=AT):
        if found.spend is None:
            continue
        lines = tuple(
            attrs.evolve(line, quantity=line.quantity + found.units)
            if line.sku == found.sku
            else line
            for line in CART.lines
        )
        then = price(attrs.evolve(CART, lines=lines), given_, at=AT)
        decision = then.decision(found.promotion_id)
        assert decision is not None
        assert decision.applied
        assert then.total == found.total_then
        assert found.spend.amount > Decimal(0)


POT = CartLine(id="9", sku="POT", quantity=1, unit_price=gbp("7.00"))
PARTS = tuple(
    BundlePart(target=Selection(skus=(sku,)), quantity=count)
    for sku, count in (("PEN", 3), ("POT", 2))
)


def test_two_lines_where_none_alone_is_enough() -> None:
    """Two more pens and two pots make the first set, for 17.00; tried, it applies (SC-7)."""
    bundle = promotion(Bundle(price=gbp("15.00"), parts=PARTS))
    (found,) = unlock(CART, scenario(bundle), at=AT, among=[POT])

    assert ("PEN", 2, (("POT", 2),)) == (found.sku, found.units, found.beside)
    assert gbp("17.00") == found.spend
    assert (gbp("21.50"), gbp("35.00")) == (found.total, found.total_then)  # 3.50 off the set
    assert "2 more of PEN and 2 more of POT for 17.00 GBP" in str(found)
    assert "<td>2 × POT</td>" in found._repr_html_()


def test_two_conditions_about_two_lines() -> None:
    """Five pens and four mugs: four pens and two mugs are lacking, and no pots help (SC-7)."""
    off = promotion(
        OrderPercentOff(percent="10"),
        MinQuantity(quantity=5, target=Selection(skus=("PEN",))),
        MinQuantity(quantity=4, target=Selection(skus=("MUG",))),
    )
    (found,) = unlock(CART, scenario(off), at=AT, among=[POT])

    assert ("PEN", 4, (("MUG", 2),)) == (found.sku, found.units, found.beside)
    lines = tuple(
        attrs.evolve(line, quantity=line.quantity + more) for line, more in ((MUG, 2), (PEN, 4))
    )
    then = price(attrs.evolve(CART, lines=lines, shipments=()), [off], at=AT)
    assert then.total == found.total_then


def test_what_two_lines_do_not_do() -> None:
    """Of three parts that are lacking two are no bundle: the answer says what is unmet (SC-7)."""
    third = BundlePart(target=Selection(skus=("CUP",)))
    bundle = promotion(Bundle(price=gbp("15.00"), parts=(*PARTS, third)))
    (found,) = unlock(CART, scenario(bundle), at=AT, among=[POT])

    assert (0, None) == (found.units, found.spend)
    assert found.unmet
