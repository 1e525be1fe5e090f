"""Lines, shipments and promotions have ids of their own kind, which may be equal (PR-16, PR-26)."""

from typing import Any, ClassVar

import attrs
import pytest

from cartcore.cart import Cart
from cartcore.pricing.engine import price
from cartcore.pricing.quote import Quote
from cartcore.promotions.tax import PartTax, TaxRate, TaxRequest
from cartcore.rules import Discount, Offer, PricingContext, PromotionClass, Selection
from cartcore.rules.builtin import AmountOff, ShippingAmountOff
from tests.support.carts import AT, cart, line, parcel, promotion, speed, usd

MUGS = promotion(AmountOff(amount=usd("10.00"), target=Selection(skus=("mug",))), "1")
POST = promotion(ShippingAmountOff(amount=usd("1.00")), "post")


class Vat:
    """19 % on everything."""

    type_name: ClassVar[str] = "vat"

    def taxes(self, request: TaxRequest) -> list[tuple[str, PartTax]]:
        rate = TaxRate(name="VAT", percent="19")
        return [(part.id, PartTax(rates=(rate,))) for part in request.parts]


def given(shipment_id: str = "1") -> Cart:
    sent = parcel(shipment_id, ("1", 4), by=speed("5.00"))
    return cart(line("1", "10.00", 4, sku="mug", title="Mug"), shipments=(sent,))


@pytest.mark.parametrize("shipment_id", ["1", "S1"])
def test_an_explanation_names_lines_and_shipments(shipment_id: str) -> None:
    """A discount of line 1 is off what the line is of, whatever the shipment is called (PR-26)."""
    quote = price(given(shipment_id), [MUGS, POST], at=AT)

    assert "10.00 USD off = 10.00 USD\n  10.00 USD off 4 × Mug" == quote.explain("1")
    told = "1.00 USD off = 1.00 USD\n  1.00 USD off shipment 1 by Standard"
    assert told == quote.explain("post")


def test_adjustments_are_of_a_line_or_of_a_shipment() -> None:
    """The adjustments of line 1 are no others than those of shipment 1 (PR-16)."""
    quote = price(given(), [MUGS, POST], at=AT)

    assert ["1"] == [a.promotion_id for a in quote.adjustments_of(line_id="1")]
    assert ["post"] == [a.promotion_id for a in quote.adjustments_of(shipment_id="1")]


@pytest.mark.parametrize("by_others", ["1", "post"])
def test_what_a_third_party_pays_of_a_line_it_does_not_pay_of_a_shipment(by_others: str) -> None:
    """Tax is on the same amounts, whatever the shipment is called (TX-5)."""

    def priced(shipment_id: str) -> tuple[Any, ...]:
        promotions = [
            attrs.evolve(each, paid_by_third_party=each.id == by_others) for each in (MUGS, POST)
        ]
        quote: Quote = price(given(shipment_id), promotions, at=AT, tax=Vat())
        paid = [each.paid_by_third_party for each in quote.taxed_parts]
        return quote.totals, paid

    assert priced("S1") == priced("1")


@attrs.frozen
class PostForMugs:
    """Half the postage for two units, which no other quantity promotion counts."""

    type_name: ClassVar[str] = "acme.post_for_mugs"
    promotion_class: ClassVar[PromotionClass] = PromotionClass.SHIPPING
    uses_units: ClassVar[bool] = True

    def evaluate(self, context: PricingContext) -> Offer:
        line_id = context.lines[0].id
        return Offer(discounts=(Discount.shipping_percent_off(50),), used_units=((line_id, 2),))


@pytest.mark.parametrize("shipment_id", ["1", "S1"])
def test_units_that_a_shipping_promotion_uses_up_are_of_a_line(shipment_id: str) -> None:
    """Two units of line 1 are used up, and 2.50 is taken off the shipment (PR-13, PR-16)."""
    quote = price(given(shipment_id), [promotion(PostForMugs(), "post")], at=AT)

    assert [("", shipment_id, usd("2.50"), 0), ("1", "", usd("0.00"), 2)] == [
        (each.line_id, each.shipment_id, each.discount, each.units) for each in quote.adjustments
    ]
