"""What a run tells of promotions whose figures are not what they seem."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from moneyed import Money

from cartcore import Cart, CartLine, Promotion
from cartcore.cart import CartShipment, Customer
from cartcore.promotions.promotion import Limits, Trigger
from cartcore.rules import Selection
from cartcore.rules.builtin import (
    AllOf,
    ContactTag,
    Destination,
    MinQuantity,
    Not,
    NthOrder,
    OrderPercentOff,
    PercentOff,
    SalesChannel,
    TimeWindow,
)
from cartcore.scenarios import (
    Scenario,
    carts_from,
    carts_from_orders,
    caveats,
    simulate,
    sweep,
    unconsidered,
)
from tests.simulations.test_comparison import ROWS, carts
from tests.simulations.test_simulation import AT, many, promotion

TEN = OrderPercentOff(percent="10")
OF_NOTHING = PercentOff(percent="10", target=Selection(tags=("typo",)))


def told(made: Promotion, **more: Any) -> list[str]:
    """The caveats of a promotion on three carts that say nothing of contact, channel, country."""
    run = simulate(carts(), [Scenario(name="a", promotions=(made,), **more)], at=AT, progress=False)
    return run.caveats["caveat"].to_list()


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (promotion(TEN), []),
        (promotion(TEN, MinQuantity(quantity=2)), []),
        (promotion(TEN, limits=Limits(total=1)), [caveats.LIMITS_NOT_COUNTED]),
        (promotion(TEN, limits=Limits(per_contact=1)), [caveats.LIMITS_NOT_COUNTED]),
        (promotion(TEN, limits=Limits(budget=Money(1, "GBP"))), [caveats.LIMITS_NOT_COUNTED]),
        (promotion(TEN, starts_at=AT), [caveats.ONE_INSTANT]),
        (promotion(TEN, ends_at=AT + timedelta(days=1)), [caveats.ONE_INSTANT]),
        (promotion(TEN, TimeWindow(weekdays=("monday",))), [caveats.ONE_INSTANT]),
        (promotion(TEN, NthOrder(n=1)), [caveats.NO_ORDERS_PLACED]),
        (promotion(TEN, ContactTag(tags=("vip",))), [caveats.NO_CONTACT_TAGS]),
        (promotion(TEN, SalesChannel(channels=("phone",))), [caveats.NO_CHANNEL]),
        (promotion(TEN, Destination(countries=("GB",))), [caveats.NO_COUNTRY]),
        (
            promotion(
                TEN,
                AllOf(conditions=(Not(condition=NthOrder(n=1)), NthOrder(n=2))),
                SalesChannel(channels=("phone",)),
                limits=Limits(total=1),
            ),
            [caveats.LIMITS_NOT_COUNTED, caveats.NO_ORDERS_PLACED, caveats.NO_CHANNEL],
        ),
        (promotion(OF_NOTHING), [unconsidered.NOT_CONSIDERED]),
        (promotion(TEN, trigger=Trigger.CODE, codes=("SAVE",)), [unconsidered.CODE_NOT_ENTERED]),
        (promotion(TEN, trigger=Trigger.PICKED), [unconsidered.NOT_PICKED]),
    ],
)
def test_what_carts_do_not_show_is_told(made: Promotion, expected: list[str]) -> None:
    """Limits, times, missing columns, codes: each has a caveat, and nothing else has (SC-13)."""
    assert expected == told(made)


def test_a_code_that_is_entered_has_no_caveat() -> None:
    """Where `codes` has it, it is considered (SC-13)."""
    coded = promotion(TEN, trigger=Trigger.CODE, codes=("SAVE",))
    assert [] == told(coded, codes=("SAVE",))


def test_columns_that_say_something_are_enough() -> None:
    """A column of which one cart has a value is one that was given (SC-13)."""
    asking = promotion(
        TEN,
        *(NthOrder(n=1), ContactTag(tags=("vip",))),
        *(SalesChannel(channels=("phone",)), Destination(countries=("GB",))),
    )
    given = carts_from(
        [
            {**row, "n": n, "tags": ["x"] if n else [], "by": "shop" if n else None}
            for n, row in enumerate(ROWS)
        ],
        order="order",
        sku="sku",
        quantity="units",
        unit_price="price",
        currency="GBP",
        orders_placed="n",
        contact_tags="tags",
        channel="by",
        country="land",
    )
    mug = CartLine(id="1", sku="MUG", quantity=1, unit_price=Money(9, "GBP"))
    whole = Cart(
        currency="GBP",
        lines=(mug,),
        shipments=(CartShipment(id="s", lines=(("1", 1),), country="GB"),),
        customer=Customer(contact_id="1", tags=("x",), orders_placed=2),
        channel="shop",
    )
    for source in (given, carts_from_orders([whole])):
        run = simulate(source, [Scenario(name="a", promotions=(asking,))], at=AT, progress=False)
        assert [] == run.caveats["caveat"].to_list()


def test_caveats_stand_in_tables_and_texts() -> None:
    """Who looks at a run or a sweep sees them (SC-10, SC-13)."""
    limited = promotion(TEN, limits=Limits(budget=Money("5.00", "GBP")), id="lim")
    run = simulate(carts(), [Scenario(name="a", promotions=(limited,))], at=AT, progress=False)
    row = f"a · lim: {caveats.SENTENCES[caveats.LIMITS_NOT_COUNTED]}"
    assert (row,) in [*run.table_rows()]
    assert "Run(3 prices: a; 1 caveat)" == repr(run)
    assert ["a", "lim"] == [*run.caveats.row(0)[:2]]

    found = sweep(carts(), lambda _: limited, [1, 2], at=AT, progress=False)
    own = f"lim: {caveats.SENTENCES[caveats.LIMITS_NOT_COUNTED]}"
    assert 1 == [*found.table_rows()].count((own,))
    assert "Sweep(2 values, 3 carts; 2 caveats)" == repr(found)
    plain = simulate(carts(), [Scenario(name="a")], at=AT, progress=False)
    assert "Run(3 prices: a)" == repr(plain)


def test_no_carts_have_no_caveats_of_columns() -> None:
    """Of nothing there is nothing to miss (SC-13)."""
    nothing = many(3).slice(0, 0)
    first = Scenario(name="a", promotions=(promotion(TEN, NthOrder(n=1)),))
    assert 0 == simulate(nothing, [first], at=AT, progress=False).caveats.height


def test_caveats_are_listed() -> None:
    """Each has a sentence, and stands on the page (SC-13)."""
    codes = {
        value for name, value in vars(caveats).items() if name.isupper() and isinstance(value, str)
    }
    page = (Path(__file__).parents[2] / "docs" / "reasons.md").read_text(encoding="utf-8")
    section = page.partition("\n## Caveats of runs\n")[2].partition("\n## ")[0]
    assert codes == {*caveats.SENTENCES}
    assert codes == {*re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)}
