"""Tax at the desk: what cannot be determined stops placing, and nothing is zero in silence."""

from collections.abc import Sequence
from typing import ClassVar

import attrs
import pytest

from cartcore import Step
from cartcore.entry.problems import TAX_UNDETERMINED
from cartcore.errors import DraftHasProblems, PluginError
from cartcore.rules import PartTax, TaxRate, TaxRequest, TaxUndetermined
from tests.support.carts import usd
from tests.support.shop import Shop


@attrs.frozen
class ByRegion:
    """10 percent, in a region that has to be known and is not one of `unknown`."""

    type_name: ClassVar[str] = "test.by_region"

    unknown: tuple[str, ...] = ()

    def taxes(self, request: TaxRequest) -> Sequence[tuple[str, PartTax]]:
        for part in request.parts:
            if part.place.country in self.unknown:
                raise TaxUndetermined("the region", str(part.place), part.line_id, part.shipment_id)
        rate = TaxRate(name="Sales tax", percent=10)
        return [(part.id, PartTax(rates=(rate,))) for part in request.parts]


def test_what_cannot_be_determined_blocks_placing(shop: Shop) -> None:
    """The quote is shown without tax, says why, and cannot be ordered (TX-9)."""
    draft_id = shop.reviewed({"MUG": 2})
    country = shop.view(draft_id).shipments[0].shipment.address.country
    desk = shop.desk_with(tax=ByRegion((country,)))
    view = desk.view(draft_id)

    (problem,) = view.blocking
    assert (TAX_UNDETERMINED, view.quote.tax_undetermined) == (problem.code, problem.message)
    assert "cannot be determined without the region" in problem.message
    assert usd("0.00") == view.quote.totals.tax
    assert Step.ITEMS in view.reachable
    with pytest.raises(DraftHasProblems):
        desk.place(draft_id, seen=view.quote, idempotency_key="k", actor="kim")


def test_an_order_keeps_its_tax(shop: Shop) -> None:
    """What was taxed, where and how, is stored with the order (TX-8)."""
    draft_id = shop.reviewed({"MUG": 2})
    desk = shop.desk_with(tax=ByRegion())
    view = desk.view(draft_id)
    placed = desk.place(draft_id, seen=view.quote, idempotency_key="k", actor="kim")
    stored = desk.order(placed.number)

    assert view.quote.taxed_parts
    assert view.quote == stored.quote
    assert view.quote.tax_policy == stored.quote.tax_policy


@attrs.frozen
class Faulty:
    """A calculator that answers what it is made with."""

    type_name: ClassVar[str] = "acme.tax"

    answer: str

    def taxes(self, request: TaxRequest) -> Sequence[tuple[str, PartTax]]:
        rate = TaxRate(name="VAT", percent=19)
        found = [(part.id, PartTax(rates=(rate,))) for part in request.parts]
        answers = {
            "missing": found[1:],
            "twice": [*found, found[0]],
            "stranger": [*found, ("line 'elsewhere'", PartTax(rates=(rate,)))],
        }
        return answers[self.answer]


@pytest.mark.parametrize("answer", ["missing", "twice", "stranger", "it raises"])
def test_a_faulty_calculator_stores_nothing(shop: Shop, answer: str) -> None:
    """The desk names the calculator, and nothing is placed or changed (TX-9, PR-19)."""
    draft_id = shop.reviewed({"MUG": 2})
    before = shop.view(draft_id)
    desk = shop.desk_with(tax=Faulty(answer))
    for act in (
        lambda: desk.view(draft_id),
        lambda: desk.place(draft_id, seen=before.quote, idempotency_key="k", actor="kim"),
    ):
        with pytest.raises(PluginError, match=r"acme\.tax"):
            act()

    assert before.draft == shop.view(draft_id).draft
    assert not shop.desk.orders().items
