"""Orders with tax are whole for the audit, and amounts of theirs that do not add up are found."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from itertools import cycle, product
from pathlib import Path
from typing import Any

import pytest

from cartcore.adapters.audit import Fault, audit
from cartcore.adapters.memory import MemoryStorage
from cartcore.adapters.sqlite import SQLiteStorage
from cartcore.documents.exchange import export_lines, import_lines
from cartcore.documents.serializer import Serializer
from cartcore.pricing.policy import (
    CrossBorder,
    ExemptPrices,
    GrossPrices,
    PricingPolicy,
    TaxPolicy,
    TaxRounding,
)
from cartcore.rules import load_rulebook
from cartcore.shop.address import Place
from tests.entry.test_repricing import ByCountry
from tests.support.shop import Shop

SERIALIZER = Serializer(load_rulebook())
FIXTURE = Path(__file__).parents[1] / "fixtures" / "format_5" / "taxed.jsonl"


def test_orders_with_tax_are_whole(tmp_path: Path) -> None:
    """However tax is rounded, and whatever becomes of prices that include it (ST-5, TX-12)."""
    shop = Shop(MemoryStorage())
    shop.promote("mugs", "pin", "five")
    rounding = cycle(TaxRounding)
    for gross, crossing, exempt, included in product(
        GrossPrices, CrossBorder, ExemptPrices, (True, False)
    ):
        tax = TaxPolicy(
            rounding=next(rounding),
            gross=gross,
            cross_border=crossing,
            exempt=exempt,
            included_at=Place(country="DE"),
        )
        shop.desk = shop.desk_with(
            tax=ByCountry(), policy=PricingPolicy(tax=tax), prices_include_tax=included
        )
        draft_id = shop.reviewed({"SH-BK-L": 1, "MUG": 3, "CARD": 1})
        with shop.edit(draft_id) as edit:
            edit.enter_code("FIVE")
        shop.placed(draft_id)
    with SQLiteStorage(tmp_path / "shop.db") as storage:
        import_lines(storage, export_lines(shop.storage, SERIALIZER), SERIALIZER)

    assert [] == audit(tmp_path / "shop.db")


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda quote: quote["taxed_parts"].pop(), "the total 'net' is"),
        (lambda quote: quote["taxed_parts"][0]["tax"].update(amount="1.57"), "gross is 17.39 USD"),
        (lambda quote: quote["totals"]["gross"].update(amount="91.17"), "the total 'gross' is"),
        (lambda quote: quote["totals"]["total"].update(amount="91.17"), "the total 'total' is"),
        (lambda quote: quote["totals"]["net"].update(amount="85.42"), "the total 'net' is"),
    ],
)
def test_taxes_that_do_not_add_up(
    tmp_path: Path, change: Callable[[Any], object], problem: str
) -> None:
    """A part, or a total with tax, that is not the sum of what it is made of is found (ST-5)."""
    path = tmp_path / "shop.db"
    with SQLiteStorage(path) as storage:
        import_lines(storage, FIXTURE.read_bytes().splitlines(keepends=True), SERIALIZER)
    with closing(sqlite3.connect(path)) as file, file:
        [(text,)] = file.execute("SELECT document FROM cartcore_orders")
        document = json.loads(text)
        change(document["quote"])
        file.execute("UPDATE cartcore_orders SET document = ?", (json.dumps(document),))
    findings = audit(path)

    assert {Fault.TOTALS} <= {each.fault for each in findings}
    assert any(problem in each.problem for each in findings), findings
