"""Two scenarios against each other, and the lines of one."""

from collections import Counter, defaultdict

import polars as pl
import pytest
from moneyed import Money

from cartcore import Product, Promotion, Variant, price
from cartcore.errors import InvalidField, NotFound
from cartcore.promotions.offer import TiedItem
from cartcore.rules import Selection
from cartcore.rules.builtin import AddProduct, AmountOff, OrderPercentOff, PercentOff
from cartcore.scenarios import Carts, Run, Scenario, carts_from, simulate
from cartcore.values.money import minor_of
from tests.simulations.test_simulation import AT, SCENARIOS, promotion

ROWS = [
    {"order": "A", "sku": "MUG", "units": 2, "price": "10.00", "land": "GB"},
    {"order": "A", "sku": "PEN", "units": 3, "price": "1.50", "land": "GB"},
    {"order": "B", "sku": "PEN", "units": 1, "price": "1.50", "land": "FR"},
    {"order": "C", "sku": "MUG", "units": 5, "price": "10.00", "land": None},
]
TWO = Money("2.00", "GBP")
TEN = Scenario(name="ten", promotions=(promotion(PercentOff(percent="10")),))
PENS = Scenario(
    name="pens",
    promotions=(
        promotion(AmountOff(amount=Money("1.00", "GBP"), target=Selection(skus=("PEN",)))),
    ),
)


def carts() -> Carts:
    return carts_from(
        ROWS,
        order="order",
        sku="sku",
        quantity="units",
        unit_price="price",
        currency="GBP",
        keep=["land"],
    )


@pytest.fixture(scope="module")
def run() -> Run:
    return simulate(carts(), [TEN, PENS, *SCENARIOS], at=AT, progress=False)


def test_comparison_says_who_pays_more_and_less(run: Run) -> None:
    """10 % off 24.50, 1.50 and 50.00 against 1.00 off pens: by hand (SC-5)."""
    found = run.compare("ten", "pens")

    assert [("C", 500), ("A", 145), ("B", -85)] == found.orders.select("order", "change").rows()
    (row,) = found.summary.rows(named=True)
    assert {
        "currency": "GBP",
        "orders": 3,
        "total": 560,
        "discounts": -560,
        "pay_less": 1,
        "pay_more": 2,
        "pay_the_same": 0,
    } == row


def test_groups_of_a_comparison_add_up_to_all(run: Run) -> None:
    """By a kept column, every group has its sums, orders without a value, too (SC-5)."""
    found = run.compare("ten", "pens", by="land", cost="60").summary
    rows = {row["land"]: row for row in found.iter_rows(named=True)}

    assert {"GB", "FR", None} == rows.keys()
    assert [145, -85, 500] == [rows[land]["total"] for land in ("GB", "FR", None)]
    assert found["margin"].to_list() == found["total"].to_list()  # the same goods under both


def test_each_change_is_that_of_both_prices(run: Run) -> None:
    """The frame of changes has what `price` says, for every order (SC-5, SC-3)."""
    found = run.compare("nothing", "both")
    both = SCENARIOS[2]
    for cart in carts():
        before = price(cart, at=AT)
        after = price(cart, both.promotions, at=AT, policy=both.policy)
        row = found.orders.row(by_predicate=pl.col("order") == cart.reference, named=True)
        assert minor_of(after.total - before.total, "GBP") == row["change"]
    assert found.orders["change"].abs().is_sorted(descending=True)


def test_added_goods_cost_the_shop_something() -> None:
    """A gift changes no total, but the margin by what it costs (SC-5)."""
    gift = Scenario(
        name="gift",
        products=(Product(id="MUG", title="Mug", variants=(Variant(sku="MUG", price=TWO),)),),
        promotions=(
            Promotion(
                id="gift", name="G", effect=AddProduct(items=(TiedItem(product_id="MUG", key="m"),))
            ),
        ),
    )
    run = simulate(carts(), [Scenario(name="nothing"), gift], at=AT, progress=False)
    found = run.compare("nothing", "gift", cost="50").summary
    sums = run.summary(cost="50")["margin"].to_list()
    assert [sums[1] - sums[0]] == found["margin"].to_list() == [-300]
    assert [0] == found["total"].to_list()


def test_two_explanations_stand_side_by_side(run: Run) -> None:
    """Both traces of one order are in one text, line by line (SC-5)."""
    text = run.side_by_side("ten", "pens", "A")
    left = [line.split(" | ")[0].rstrip() for line in text.splitlines()]
    right = [line.split(" | ")[1] for line in text.splitlines() if " | " in line]

    assert "ten" == left[0]
    assert "pens" == right[0]
    assert any("2.45 GBP" in line for line in left)
    assert any("1.00 GBP off" in line for line in right)


def test_what_cannot_be_compared_is_refused(run: Run) -> None:
    """An unknown scenario, column or cost is told (SC-5)."""
    with pytest.raises(NotFound, match="there is no scenario 'others'"):
        run.compare("ten", "others")
    with pytest.raises(InvalidField, match=r"by must be one of .*land"):
        run.compare("ten", "pens", by="Land")
    with pytest.raises(InvalidField):
        run.compare("ten", "pens", cost=101)


def test_lines_add_up_to_orders(run: Run) -> None:
    """The lines of a scenario have the discounts of items and orders, row by row (SC-13)."""
    found = run.lines("ten")
    by_order: dict[str, Counter[str]] = defaultdict(Counter)
    for row in found.iter_rows(named=True):
        by_order[row["order"]].update(amount=row["amount"], discount=row["discount"])

    orders = run.orders.filter(pl.col("scenario") == "ten")
    for order in orders.iter_rows(named=True):
        sums = by_order[order["order"]]
        assert (order["items"], order["discounts"]) == (sums["amount"], sums["discount"])
    assert [0, 1, 2, 3] == found["row"].to_list()
    assert [ROWS[n]["sku"] for n in found["row"]] == found["sku"].to_list()
    with pytest.raises(NotFound):
        run.lines("others")


def test_lines_have_their_share_of_an_order_discount() -> None:
    """10 % of 24.50 off an order is shared out to its lines (SC-13, PR-6)."""
    ten = Scenario(name="ten", promotions=(promotion(OrderPercentOff(percent="10")),))
    found = simulate(carts(), [ten], at=AT, progress=False).lines("ten")
    assert [200, 45, 15, 500] == found["discount"].to_list()
