"""Promotions without a decision: codes that nobody entered, goods that are in no cart."""

import re
from pathlib import Path

import attrs
import polars as pl
import pytest
from moneyed import Money

from cartcore import Cart, CartLine, PricingPolicy, price
from cartcore.cart import AppliedPromotion
from cartcore.errors import InvalidField, InvalidText
from cartcore.promotions.promotion import Trigger
from cartcore.rules import Selection
from cartcore.rules.builtin import MinSubtotal, OrderPercentOff, PercentOff
from cartcore.scenarios import (
    Run,
    Scenario,
    carts_from_orders,
    check_rules,
    simulate,
    sweep,
    unconsidered,
    unlock,
)
from cartcore.values.money import minor_of
from tests.simulations.test_comparison import carts
from tests.simulations.test_simulation import AT, promotion

TEN = OrderPercentOff(percent="10")
FROM_24 = MinSubtotal(amount=Money("24.00", "GBP"))
SAVE = promotion(TEN, FROM_24, id="save", trigger=Trigger.CODE, codes=("SAVE", "MORE"))
PICK = promotion(TEN, id="pick", trigger=Trigger.PICKED)
MUGS = promotion(PercentOff(percent="5", target=Selection(skus=("MUG",))), id="mugs")


def told(run: Run, scenario: str) -> dict[tuple[str, str], int]:
    rows = run.promotions.filter(pl.col("scenario") == scenario)
    return {tuple(key): count for *key, count in rows.select("promotion", "reason", "carts").rows()}


def test_rows_of_a_promotion_are_all_carts() -> None:
    """Where nobody enters a code or picks, and where no goods are, there is a reason (SC-13)."""
    typo = promotion(PercentOff(percent="5", target=Selection(tags=("mugg",))), id="typo")
    both = Scenario(name="a", promotions=(SAVE, PICK, MUGS, typo))
    run = simulate(carts(), [both], at=AT, progress=False)

    assert {
        ("mugs", "applied"): 2,
        ("mugs", "not_considered"): 1,
        ("typo", "not_considered"): 3,
        ("save", "code_not_entered"): 3,
        ("pick", "not_picked"): 3,
    } == told(run, "a")
    assert ("a · save: code_not_entered 3",) in [*run.table_rows()]


def test_rows_are_all_carts_of_each_currency() -> None:
    """Carts in two currencies are counted apart (SC-13)."""
    given = [
        Cart(
            reference=f"{n}",
            currency=code,
            lines=(CartLine(id="1", sku=sku, quantity=1, unit_price=Money("30.00", code)),),
        )
        for n, (code, sku) in enumerate([("GBP", "MUG"), ("EUR", "PEN"), ("EUR", "PEN")])
    ]
    mugs = Scenario(name="a", promotions=(MUGS,))
    run = simulate(carts_from_orders(given), [mugs], at=AT, progress=False)

    assert [("applied", "GBP", 1), ("not_considered", "EUR", 2)] == (
        run.promotions.select("reason", "currency", "carts").rows()
    )


def test_a_code_is_entered_for_every_cart() -> None:
    """With `codes` each figure is that of `price` for a cart with the code (SC-1, SC-3)."""
    entered = Scenario(name="code", promotions=(SAVE, MUGS), codes=("more",))
    run = simulate(carts(), [Scenario(name="a", promotions=(SAVE,)), entered], at=AT)

    code = AppliedPromotion(promotion_id="save", promo_code="more")
    totals = []
    for cart in carts():
        own = Cart(currency="GBP", lines=cart.lines, applied=(code,))
        totals.append(minor_of(price(own, entered.promotions, at=AT).total, "GBP"))
    orders = run.orders.filter(pl.col("scenario") == "code")
    assert totals == orders["total"].to_list()
    assert (1, 2) == (
        told(run, "code")["save", "min_subtotal"],
        told(run, "code")["save", "applied"],
    )
    lines = run.lines("code")
    assert orders["discounts"].sum() == lines["discount"].sum() > 0
    assert totals[0] == minor_of(run.quote("code", "A").total, "GBP")
    assert ("Codes entered", "more") in [*entered.table_rows()]


def test_a_sweep_enters_codes_too() -> None:
    """Near misses and sums are those of carts with the code (SC-14)."""

    def coded(start: str) -> Scenario:
        off = promotion(
            *(TEN, MinSubtotal(amount=Money(start, "GBP"))),
            trigger=Trigger.CODE,
            codes=("SAVE",),
            id="save",
        )
        return Scenario(name="s", promotions=(off,), codes=("SAVE",))

    found = sweep(carts(), coded, ["25.00"], at=AT, progress=False)
    assert [1] == found.summary()["affected"].to_list()
    assert ["A"] == found.near_misses(within=Money("1.00", "GBP"))["order"].to_list()


def test_a_code_that_a_cart_has_stays() -> None:
    """What was entered for an order itself is entered once (SC-1)."""
    mug = CartLine(id="1", sku="MUG", quantity=3, unit_price=Money("10.00", "GBP"))
    own = AppliedPromotion(promotion_id="save", promo_code="SAVE")
    cart = Cart(currency="GBP", lines=(mug,), applied=(own,), reference="A")
    run = simulate(
        carts_from_orders([cart]),
        [Scenario(name="a", promotions=(SAVE,), codes=("MORE",))],
        at=AT,
        progress=False,
    )
    assert {("save", "applied"): 1} == told(run, "a")


def test_of_several_codes_the_first_counts_if_one_may() -> None:
    """That of the cart comes before those of the scenario, and these in their order (SC-1)."""
    coded = [promotion(TEN, id=name, trigger=Trigger.CODE, codes=(name.upper(),)) for name in "abc"]
    mug = CartLine(id="1", sku="MUG", quantity=1, unit_price=Money("10.00", "GBP"))
    own = AppliedPromotion(promotion_id="c", promo_code="C")
    given = [
        Cart(currency="GBP", lines=(mug,), applied=applied, reference=f"{n}")
        for n, applied in enumerate([(own,), ()])
    ]
    one = Scenario(
        name="a",
        promotions=tuple(coded),
        codes=("B", "A"),
        policy=PricingPolicy(one_code=True),
    )
    run = simulate(carts_from_orders(given), [one], at=AT, progress=False)
    assert {
        ("c", "applied"): 1,
        ("c", "code_not_entered"): 1,
        ("b", "applied"): 1,
        ("b", "only_one_code"): 1,
        ("a", "only_one_code"): 2,
    } == told(run, "a")


@pytest.mark.parametrize(
    "codes", [("NONE",), ("SAVE", "MORE"), ("SAVE", "SAVE"), (7,), "SAVE", ("",)]
)
def test_codes_of_no_promotion_are_refused(codes: tuple[str, ...]) -> None:
    """A code that does nothing is told, and two of one promotion (SC-1)."""
    with pytest.raises((InvalidField, InvalidText), match="codes"):
        Scenario(name="a", promotions=(SAVE,), codes=codes)


def test_unlock_tells_that_a_code_or_a_pick_is_missing() -> None:
    """Whose code is not entered is told with its code, and with what else is unmet (SC-7)."""
    (cart,) = [each for each in carts() if each.reference == "B"]  # one pen for 1.50
    pick, code = unlock(cart, Scenario(name="a", promotions=(PICK, SAVE)), at=AT)
    assert ("it has to be picked",) == pick.unmet
    assert (
        "one of its codes has to be entered, such as 'SAVE'",
        "needs 22.50 GBP more",
    ) == code.unmet
    assert (None, 0) == (code.spend, code.units)

    (found,) = unlock(cart, Scenario(name="a", promotions=(SAVE,), codes=("SAVE",)), at=AT)
    assert (15, ("needs 22.50 GBP more",)) == (found.units, found.unmet)
    (alike,) = unlock(
        attrs.evolve(cart, applied=(AppliedPromotion(promotion_id="save", promo_code="more"),)),
        Scenario(name="a", promotions=(SAVE,)),
        at=AT,
    )
    assert found == alike


def test_the_rule_check_looks_at_scenarios_with_codes() -> None:
    """What is entered for every cart is tried without the code, too (SC-8)."""
    worse = promotion(OrderPercentOff(percent="5"), id="five")
    both = Scenario(name="a", promotions=(SAVE, worse), codes=("SAVE",))
    lines = [line for cart in carts() for line in cart.lines]
    assert {each.fault for each in check_rules(both, at=AT, among=lines)} == {
        each.fault
        for each in check_rules(Scenario(name="a", promotions=both.promotions), at=AT, among=lines)
    }


def test_reasons_of_runs_are_listed() -> None:
    """Each reason that only a run gives is on the page (SC-13)."""
    page = (Path(__file__).parents[2] / "docs" / "reasons.md").read_text(encoding="utf-8")
    section = page.partition("\n## Reasons of runs\n")[2].partition("\n## ")[0]
    assert {*unconsidered.REASONS.values()} == {
        *re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)
    }
    assert {*unconsidered.REASONS} == {*Trigger}
