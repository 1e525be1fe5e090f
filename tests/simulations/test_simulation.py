"""Many carts under several scenarios: the same cents as `price`, whatever happens."""

import gc
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, ClassVar

import attrs
import polars as pl
import pytest
from moneyed import Money

from cartcore import PricingPolicy, Promotion, Rounding, ShippingSpeed, price
from cartcore.errors import InvalidField, NotFound, PluginError
from cartcore.promotions.types import PromotionClass
from cartcore.rules import (
    Offer,
    PartTax,
    PricingContext,
    Selection,
    TaxRate,
    TaxRequest,
)
from cartcore.rules.builtin import (
    BuyXGetY,
    FreeShipping,
    MinQuantity,
    MinSubtotal,
    OrderPercentOff,
    PercentOff,
)
from cartcore.scenarios import (
    Carts,
    Run,
    Scenario,
    Sweep,
    carts_from,
    check_rules,
    pictures,
    simulate,
    sweep,
    unlock,
)
from cartcore.scenarios.unconsidered import NOT_CONSIDERED
from cartcore.values.money import minor_of
from tests.simulations.test_reading import SAMPLE
from tests.support.notebooks import displayed

AT = datetime(2026, 5, 1, tzinfo=UTC)
SPEED = ShippingSpeed(code="std", name="Standard", price=Money("4.95", "GBP"))


def promotion(effect: Any, *conditions: Any, **more: Any) -> Promotion:
    name = type(effect).__name__
    return Promotion(**{"id": name, "name": name, **more}, effect=effect, conditions=conditions)


FROM_200 = promotion(
    OrderPercentOff(percent="10"), MinSubtotal(amount=Money("200.00", "GBP")), group="one"
)
THIRD = promotion(BuyXGetY(buy=2, buy_from=Selection(products=("WARM MUG",))))
ALL_OFF = promotion(PercentOff(percent="3.3"), group="one", priority=-1)
SCENARIOS = (
    Scenario(name="nothing"),
    Scenario(name="order", promotions=(FROM_200, promotion(FreeShipping()))),
    Scenario(
        name="both",
        promotions=(FROM_200, THIRD, ALL_OFF),
        policy=PricingPolicy(rounding=Rounding.UP),
    ),
)


@pytest.fixture(scope="module")
def carts() -> Carts:
    return carts_from(
        SAMPLE,
        order="InvoiceNo",
        sku="StockCode",
        quantity="Quantity",
        unit_price="UnitPrice",
        title="Description",
        currency="GBP",
        shipping=SPEED,
        keep=["Country"],
    )


@pytest.fixture(scope="module")
def run(carts: Carts) -> Run:
    return simulate(carts, SCENARIOS, at=AT, progress=False)


def test_run_has_the_cents_of_price(carts: Carts, run: Run) -> None:
    """Each order has, under each scenario, the figures and decisions of its quote (SC-1, SC-3)."""
    rows = []
    decisions: Counter[tuple[str, str, str]] = Counter()
    for cart in carts:
        for each in SCENARIOS:
            quote = price(cart, each.promotions, at=AT, policy=each.policy)
            totals = quote.totals
            goods = (totals.items, totals.discounts, totals.shipping)
            figures = (*goods, totals.tax, totals.net, totals.gross, totals.total)
            minor = [minor_of(money, "GBP") for money in figures]
            rows.append((cart.reference, each.name, "GBP", *minor))
            reasons = {d.promotion_id: d.reason for d in quote.decisions}
            decisions.update(
                (each.name, own.id, reasons.get(own.id, NOT_CONSIDERED)) for own in each.promotions
            )

    assert rows == run.orders.rows()
    told = run.promotions.select("scenario", "promotion", "reason", "carts").rows()
    assert decisions == {tuple(key): count for *key, count in told}


def test_selections_by_attributes_are_refused(carts: Carts) -> None:
    """Order lines in a frame have no attributes, so promotions that ask for some are not simulated.

    They would match nothing, or everything that they exclude, in silence (SC-1, HA-8).
    """
    engraved = Selection(exclude=Selection(attributes={"engraved": True}))
    named = Scenario(
        name="named", promotions=(promotion(PercentOff(percent="5", target=engraved)),)
    )
    asked = promotion(FreeShipping(), MinQuantity(quantity=2, target=engraved))

    for each in (named, Scenario(name="asked", promotions=(asked,))):
        with pytest.raises(InvalidField, match="no attributes, as order lines have none"):
            simulate(carts, [each], at=AT)


@attrs.frozen
class Vat:
    """20 percent of everything."""

    type_name: ClassVar[str] = "tests.vat"

    def taxes(self, request: TaxRequest) -> Sequence[tuple[str, PartTax]]:
        rate = TaxRate(name="VAT", percent=Decimal(20))
        return [(part.id, PartTax(rates=(rate,))) for part in request.parts]


@pytest.mark.parametrize("included", [True, False])
def test_tax_has_the_cents_of_price(included: bool) -> None:  # noqa: FBT001
    """A scenario with tax is priced, and tells net, tax and gross (SC-1, SC-3, TX-3)."""
    read = carts_from(
        [{"o": "A", "s": "MUG", "n": 3, "p": "9.99"}],
        order="o",
        sku="s",
        quantity="n",
        unit_price="p",
        currency="GBP",
        prices_include_tax=included,
    )
    taxed = Scenario(name="vat", promotions=(ALL_OFF,), tax=Vat())
    run = simulate(read, [taxed, Scenario(name="none", promotions=(ALL_OFF,))], at=AT)

    vat, none = run.orders.select("items", "discounts", "tax", "net", "gross", "total").rows()
    assert (2_997, 99, 0, 2_898, 2_898, 2_898) == none
    assert vat == (
        # 28.98 / 6 = 4.83 is in the price, or 5.796 is added to it.
        (2_997, 99, 483, 2_415, 2_898, 2_898) if included else (2_997, 99, 580, 2_898, 3_478, 3_478)
    )
    assert [("vat", 0, 1), ("none", 1, 0)] == run.how.rows()
    assert vat[-1] == minor_of(run.quote("vat", "A").total, "GBP")


def test_figures_of_promotions_add_up_to_those_of_orders(run: Run) -> None:
    """The discounts of the promotions of a scenario are those of its orders (SC-13)."""
    assert all(run.orders.schema[name].is_integer() for name in run.orders.columns[3:])
    for each in SCENARIOS:
        orders = run.orders.filter(pl.col("scenario") == each.name)
        promotions = run.promotions.filter(pl.col("scenario") == each.name)
        assert orders["discounts"].sum() == promotions["discount"].sum()
        given = orders["items"] + orders["shipping"] + orders["tax"] - orders["discounts"]
        assert given.to_list() == orders["total"].to_list()


def test_summary_adds_up_by_scenario(run: Run) -> None:
    """Revenue and affected orders are those of the rows; with a cost, a margin (SC-13)."""
    for row in run.summary(cost="60.5").iter_rows(named=True):
        orders = run.orders.filter(pl.col("scenario") == row["scenario"])
        exact = sum(orders["total"]) - Decimal("0.605") * sum(orders["items"])
        assert sum(orders["total"]) == row["total"]
        assert sum(discount > 0 for discount in orders["discounts"]) == row["affected"]
        assert abs(exact - row["margin"]) <= Decimal("0.5")
    assert "margin" not in run.summary().columns
    with pytest.raises(InvalidField):
        run.summary(cost="101")


def test_sums_beyond_64_bits_are_exact() -> None:
    """A summary of enormous orders is exact, not wrapped around (SC-13)."""
    run = simulate(many(2), [Scenario(name="a")], at=AT, progress=False)
    enormous = run.orders.with_columns(total=pl.lit(9 * 10**18))

    assert [18 * 10**18] == attrs.evolve(run, orders=enormous).summary()["total"].to_list()


def test_one_order_is_explained_whole(carts: Carts, run: Run) -> None:
    """`Run.quote` gives the quote of one order under one scenario, with its trace (SC-13)."""
    first = carts.orders["order"][0]
    quote = run.quote("order", first)

    assert quote.total == price(carts.cart(first), SCENARIOS[1].promotions, at=AT).total
    assert quote.trace
    with pytest.raises(NotFound, match="there is no scenario 'others'"):
        run.quote("others", first)
    with pytest.raises(NotFound, match="there is no order 'none'"):
        run.quote("order", "none")


def test_several_processes_find_the_same(carts: Carts, run: Run) -> None:
    """Two workers find what one does, in the same order (SC-4)."""
    other = simulate(carts, SCENARIOS, at=AT, workers=2, progress=False)

    assert run.orders.equals(other.orders)
    assert run.promotions.equals(other.promotions)


@attrs.frozen
class Stops:
    """Interrupts at an order, or fails there."""

    type_name: ClassVar[str] = "tests.stops"
    promotion_class: ClassVar[PromotionClass] = PromotionClass.ORDER

    error: Any

    def evaluate(self, context: PricingContext) -> Offer:
        if context.subtotal() > 5_000:
            raise self.error
        return Offer()


def many(count: int) -> Carts:
    frame = pl.DataFrame({"o": range(count), "s": "X", "n": 1, "p": 1}).with_columns(
        p=pl.when(pl.col("o") < count - 1).then(1).otherwise(99)
    )
    return carts_from(frame, order="o", sku="s", quantity="n", unit_price="p", currency="USD")


@pytest.mark.parametrize("collecting", [True, False])
def test_interrupt_returns_what_was_done(collecting: bool) -> None:  # noqa: FBT001
    """The carts before it are there, and the collector is as it was (SC-3, SC-4)."""
    stops = Scenario(name="a", promotions=(promotion(Stops(KeyboardInterrupt())),))
    was_on = gc.isenabled()
    try:
        (gc.enable if collecting else gc.disable)()
        run = simulate(many(4_500), [stops], at=AT, progress=False)
        assert collecting is gc.isenabled()
    finally:
        (gc.enable if was_on else gc.disable)()

    assert not run.complete
    assert [str(n) for n in range(4_000)] == run.orders["order"].to_list()
    assert [4_000] == run.how["priced"].to_list()
    assert run.orders["order"].to_list() == run.lines("a")["order"].to_list()
    assert run.orders["order"].to_list() == [cart.reference for cart, _ in run.quotes("a")]
    assert all("nterrupted" in text for text in displayed(run))


def test_failing_plugin_is_named_and_the_collector_restored() -> None:
    """An error of a plugin ends the run with its name; the collector goes on (SC-3, PR-20)."""
    fails = Scenario(name="a", promotions=(promotion(Stops(ValueError("no"))),))
    assert gc.isenabled()
    with pytest.raises(PluginError, match=r"tests\.stops"):
        simulate(many(3), [fails], at=AT, progress=False)
    assert gc.isenabled()


def test_no_carts_give_empty_frames() -> None:
    """Without a cart there are frames without a row, and sums of nothing (SC-13)."""
    nothing = many(3).slice(0, 0)
    run = simulate(nothing, SCENARIOS, at=AT, progress=False)

    assert (0, 0, 0) == (run.orders.height, run.promotions.height, run.summary().height)
    assert run.complete


def test_wrong_arguments_are_refused() -> None:
    """No scenario, two of one name, a naive instant, no worker, two promotions of one id (SC-1)."""
    carts, a = many(2), Scenario(name="a")
    twice = Scenario(name="a", promotions=(ALL_OFF, ALL_OFF))
    for scenarios, more in (
        ([], {"at": AT}),
        ([a, a], {"at": AT}),
        ([a], {"at": AT.replace(tzinfo=None)}),
        ([a], {"at": AT, "workers": 0}),
        ([twice], {"at": AT}),
        ([ALL_OFF], {"at": AT}),
    ):
        with pytest.raises(InvalidField):
            simulate(carts, scenarios, **more)  # type: ignore[arg-type]
    with pytest.raises(InvalidField, match="carts must be"):
        simulate("carts", [a], at=AT)  # type: ignore[arg-type]


def test_policy_of_a_scenario_counts() -> None:
    """3.3 % of 99.00 is 3.26 rounded down and 3.27 rounded up (SC-1)."""
    off = (promotion(PercentOff(percent="3.3")),)
    run = simulate(
        many(1).slice(0, 1),
        [
            Scenario(name=each, promotions=off, policy=PricingPolicy(rounding=each))
            for each in (Rounding.DOWN, Rounding.UP)
        ],
        at=AT,
        progress=False,
    )

    assert [326, 327] == run.orders["discounts"].to_list()


def anything(value: object) -> Any:
    """A value as one of no known type, as it comes from a notebook."""
    return value


@pytest.mark.parametrize(
    ("told", "ask"),
    [
        ("workers", lambda run: simulate(run.carts, run.scenarios, at=AT, workers=0)),
        (
            "progress",
            lambda run: simulate(run.carts, run.scenarios, at=AT, progress=anything("no")),
        ),
        ("carts", lambda run: simulate(anything([{"order": "A"}]), run.scenarios, at=AT)),
        ("cost", lambda run: run.summary(cost="sixty")),
        ("cost", lambda run: run.compare("nothing", "nothing", cost=101)),
        ("order", lambda run: run.quote("nothing", anything(1.5))),
        ("make", lambda run: sweep(run.carts, anything(5), [1], at=AT)),
        ("values", lambda run: sweep(run.carts, lambda _: ALL_OFF, [], at=AT)),
        ("cost", lambda run: swept(run).breakeven(cost=None)),
        ("within", lambda run: swept(run).near_misses(within=anything("20"))),
        ("units", lambda run: swept(run).near_misses(units=0)),
        ("uplift", lambda run: pictures.swept(swept(run), cost=60, uplift="much")),
        (
            "most_units",
            lambda run: unlock(run.carts.cart("0"), run.scenarios[0], at=AT, most_units=0),
        ),
        (
            "cost",
            lambda run: check_rules(
                run.scenarios[0], at=AT, among=run.carts.cart("0").lines, cost=0
            ),
        ),
    ],
)
def test_wrong_argument_is_told_by_its_name(told: str, ask: Any) -> None:
    """What is wrong is called as the caller called it, whatever it is converted by (SC-1)."""
    run = simulate(many(2), [Scenario(name="nothing")], at=AT, progress=False)
    with pytest.raises(InvalidField, match=f"^{told} must be "):
        ask(run)


def swept(run: Run) -> Sweep:
    return sweep(run.carts, lambda _: ALL_OFF, [1], at=AT, progress=False)
