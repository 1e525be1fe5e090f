"""What a notebook shows of scenarios: tables with escaped texts, and one short line (SC-10)."""

from typing import Any

import attrs
import pytest
from moneyed import Money

from cartcore import Promotion
from cartcore.rules.builtin import MinSubtotal, OrderAmountOff, OrderPercentOff
from cartcore.scenarios import Scenario, check_rules, simulate, sweep, unlock
from tests.simulations.test_comparison import carts
from tests.simulations.test_simulation import AT
from tests.simulations.test_sweeping import ten_from
from tests.support.notebooks import displayed

ODD = "<b>Ten & more</b>"
TEN = Promotion(
    id="ten",
    name=ODD,
    effect=OrderPercentOff(percent="10"),
    conditions=(MinSubtotal(amount=Money("24.50", "GBP")),),
)
FIVE = Promotion(id="five", name="Five", effect=OrderAmountOff(amount=Money("5.00", "GBP")))
SETS = [Scenario(name=ODD, promotions=(TEN,)), Scenario(name="five", promotions=(TEN, FIVE))]


def things() -> dict[str, Any]:
    run = simulate(carts(), SETS, at=AT, progress=False)
    small = next(cart for cart in carts() if len(cart.lines) == 1)
    lines = [line for cart in carts() for line in cart.lines]
    return {
        "scenario": SETS[0],
        "run": run,
        "comparison": run.compare(ODD, "five"),
        "sweep": sweep(carts(), ten_from, ["1.00"], at=AT, progress=False),
        "unlock": unlock(small, Scenario(name="a", promotions=(ten_from("9.00"),)), at=AT)[0],
        "finding": check_rules(SETS[1], at=AT, among=lines[:2], cost="99")[0],
    }


@pytest.fixture(scope="module")
def shown() -> dict[str, Any]:
    return things()


@pytest.mark.parametrize("name", ["scenario", "run", "comparison", "sweep", "unlock", "finding"])
def test_tables_are_escaped_and_the_text_beside_them_is_short(
    shown: dict[str, Any], name: str
) -> None:
    """A name with markup is shown as it is written; IPython stores one line beside it (SC-10)."""
    table, text = displayed(shown[name])

    assert len(text) < 200
    assert "\n" not in text
    assert table.startswith("<table>")
    assert "<b>" not in table


def test_a_run_says_why_promotions_did_not_apply(shown: dict[str, Any]) -> None:
    """Beside the sums stand the reasons, with their counts (SC-10, SC-13)."""
    rows = [*shown["run"].table_rows()]

    assert ("Scenario", "Orders", "Affected", "Discounts", "Total") == rows[0]
    assert (f"{ODD} · ten: applied 2, min_subtotal 1",) in rows
    assert ("five", "3", "3", "17.95 GBP", "58.05 GBP") in rows


@pytest.mark.parametrize("name", ["run", "sweep"])
def test_what_was_interrupted_says_so(shown: dict[str, Any], name: str) -> None:
    """Sums of fewer orders than others are no surprise in a notebook (SC-4, SC-10)."""
    whole = shown[name]
    run = attrs.evolve(shown["run"], complete=False)
    stopped = run if name == "run" else attrs.evolve(whole, run=run)

    assert not any("nterrupted" in text for text in displayed(whole))
    assert all("nterrupted" in text for text in displayed(stopped))


def test_changes_are_told_in_money(shown: dict[str, Any]) -> None:
    """What a comparison and a sweep show has the currency, and its digits (SC-10)."""
    assert ["3", "-10.50 GBP", "10.50 GBP"] == [*shown["comparison"].table_rows()][1][:3]
    assert ["1.00", "3", "3", "7.60 GBP", "68.40 GBP"] == [*shown["sweep"].table_rows()][1]
