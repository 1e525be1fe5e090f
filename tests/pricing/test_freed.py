"""What a price leaves in memory."""

import gc
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, ClassVar

import attrs
import pytest

from cartcore.documents.serializer import Serializer
from cartcore.pricing.engine import price
from cartcore.pricing.policy import Combination, PricingPolicy
from cartcore.pricing.quote import Quote
from cartcore.rules import PartTax, TaxRate, TaxRequest
from cartcore.rules.builtin import FreeShipping, OrderAmountOff, PercentOff
from tests.support.carts import AT, cart, line, parcel, promotion, speed, usd

VAT = PartTax(rates=(TaxRate(name="VAT", percent=19),))
PROMOTIONS = [
    promotion(OrderAmountOff(amount=usd("5.00")), "five"),
    promotion(PercentOff(percent=Decimal(10)), "ten"),
    promotion(FreeShipping(), "post"),
    attrs.evolve(promotion(OrderAmountOff(amount=usd("1.00")), "coupon"), paid_by_third_party=True),
]


@attrs.frozen
class Vat:
    """One rate for everything."""

    type_name: ClassVar[str] = "test.freed_vat"

    def taxes(self, request: TaxRequest) -> Sequence[tuple[str, PartTax]]:
        return [(part.id, VAT) for part in request.parts]


@pytest.mark.parametrize("combination", Combination, ids=str)
@pytest.mark.parametrize("tax", [None, Vat()], ids=["untaxed", "taxed"])
@pytest.mark.parametrize(
    "read",
    [lambda _: None, lambda quote: quote.total, Quote.explain, Serializer().dumps],
    ids=["unread", "total", "explained", "written"],
)
def test_what_is_priced_is_freed_at_once(
    combination: Combination, tax: Vat | None, read: Callable[[Quote], Any]
) -> None:
    """Nothing of a quote refers to itself: the garbage collector, which takes long, has no part."""
    policy = PricingPolicy(combination=combination)
    given = cart(line("a", "10.00", 4), line("b", "7.00", 2), line("c", "1.25"))
    sent = parcel("S1", ("a", 4), ("b", 2), ("c", 1), by=speed("5.00"))
    given = attrs.evolve(given, shipments=(sent,), prices_include_tax=tax is not None)

    def once() -> None:
        read(price(given, PROMOTIONS, at=AT, policy=policy, tax=tax))

    once()  # what is remembered is made now
    before = gc.isenabled()
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        once()
        gc.collect()
        found = {type(each) for each in gc.garbage}
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        if before:
            gc.enable()

    assert not {each for each in found if each.__module__.startswith("cartcore")}
