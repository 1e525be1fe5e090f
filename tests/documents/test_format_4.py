"""Orders with tax, as format 4 keeps them, stay what they were (ST-4, TX-8)."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cartcore.documents.formats import FORMAT
from cartcore.documents.serializer import Serializer
from cartcore.orders.order import Order
from cartcore.pricing.policy import TaxPolicy, TaxRounding
from cartcore.receipt import order_details
from cartcore.rules import TaxedBy, load_rulebook
from tests.support.carts import usd
from tests.support.trace_checker import check_trace

WRITTEN = (
    Path(__file__).parents[1].joinpath("fixtures", "format_4", "orders.jsonl").read_text("utf-8")
)
SERIALIZER = Serializer(load_rulebook())


def read(document: dict[str, Any]) -> Order:
    return SERIALIZER.loads(json.dumps(document), Order)


def test_taxes_are_as_they_were_agreed() -> None:
    """Net, tax and gross, the table by rate and the policy are those of then (ST-4, TX-8)."""
    quote = SERIALIZER.loads(WRITTEN, Order).quote
    totals = quote.totals

    assert (usd("109.49"), usd("10.61"), usd("120.10")) == (totals.net, totals.tax, totals.gross)
    assert (usd("115.59"), usd("115.60")) == (totals.total, totals.payable)
    assert usd("4.51") == totals.paid_by_third_party
    assert [
        ("VAT", "0", usd("67.64"), usd("0.00")),
        ("State tax", "2.9", usd("67.64"), usd("1.96")),
        ("On top", "1", usd("69.60"), usd("0.70")),
        ("VAT", "19", usd("41.85"), usd("7.95")),
    ] == [(each.name, each.percent, each.base, each.amount) for each in quote.taxes_by_rate()]
    assert TaxedBy.GOODS == quote.taxed_parts[-1].taxed_by
    assert TaxPolicy(rounding=TaxRounding.LINE, cash_step=Decimal("0.05")) == quote.tax_policy
    check_trace(quote)


def test_it_is_written_as_it_was_read() -> None:
    """Reading an order and writing it again changes the format, and adds what is new (ST-4)."""
    order = SERIALIZER.loads(WRITTEN, Order)

    now = json.loads(SERIALIZER.dumps(order))
    assert ("", "") == (now.pop("reference"), now["contact"].pop("reference"))
    assert {**json.loads(WRITTEN), "format": FORMAT} == now


def test_the_receipt_has_the_table_by_rate() -> None:
    """What the prices of a kept order contain stands below the total, and nowhere else (TX-8)."""
    receipt = order_details(SERIALIZER.loads(WRITTEN, Order))

    assert (
        """\
Shipping discounts                                             -4.90 USD
TOTAL                                                         115.59 USD
TO PAY                                                        115.60 USD
Tax in it                                                      10.61 USD
  VAT 0 % of 67.64 USD                                          0.00 USD
  State tax 2.9 % of 67.64 USD                                  1.96 USD
  On top 1 % of 69.60 USD                                       0.70 USD
  VAT 19 % of 41.85 USD                                         7.95 USD
"""
        in receipt
    )


@pytest.mark.parametrize("tax", ["0.00", "5.00"])
def test_orders_from_before_tax_by_part(tax: str) -> None:
    """What format 4 held before it had parts, net and gross: tax was added, nothing is missing."""
    document = json.loads(WRITTEN)
    quote = document["quote"]
    for name in ("taxed_parts", "tax_policy", "tax_undetermined"):
        del quote[name]
    for name in ("net", "gross", "paid_by_third_party", "payable"):
        del quote["totals"][name]
    quote["taxes"] = []
    due = f"{115.59 + float(tax):.2f}"
    for name, amount in (("tax", tax), ("total", due)):
        quote["totals"][name] = {"amount": amount, "currency": "USD"}

    order = read(document)

    assert (usd("115.59"), usd(due)) == (order.quote.totals.net, order.quote.totals.gross)
    assert usd(due) == order.quote.totals.payable == order.total
    assert order.quote.tax_policy is None
    assert (f"{tax} USD\nTOTAL" in order_details(order)) == bool(float(tax))
