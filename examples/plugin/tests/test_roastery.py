"""The types of the roastery, by hand-computed figures."""

from datetime import UTC, datetime

import pytest
from acme_roastery import BikeCourier, MinWeight, Mix
from moneyed import Money

from cartcore import Address, Cart, CartLine, Promotion, Quote, price
from cartcore.rules import RequestedLine, Selection, ShipmentRequest

COFFEE = Selection(categories=("Coffee",))


def coffee(sku: str, quantity: int, amount: str = "10.00") -> CartLine:
    """A line of coffee, in bags of 250 g."""
    return CartLine(
        id=sku,
        sku=sku,
        quantity=quantity,
        unit_price=Money(amount, "EUR"),
        categories=("Coffee",),
        weight_grams=250,
    )


def priced(promotion: Promotion, *lines: CartLine) -> Quote:
    """The quote of a cart with these lines."""
    at = datetime(2026, 5, 1, tzinfo=UTC)
    return price(Cart(currency="EUR", lines=lines), [promotion], at=at)


@pytest.mark.parametrize(
    ("skus", "total"), [("a", "20.00"), ("ab", "38.00"), ("abc", "54.00"), ("abcd", "72.00")]
)
def test_mix(skus: str, total: str) -> None:
    """Two bags of each: 5 % off for a second coffee, and 10 % for more of them."""
    mix = Promotion(id="mix", name="Mix", effect=Mix(percent="5", most="10", target=COFFEE))

    quote = priced(mix, *(coffee(sku, 2) for sku in skus))

    assert Money(total, "EUR") == quote.total


def test_mix_says_what_is_missing() -> None:
    """Of one coffee alone nothing is taken off."""
    mix = Promotion(id="mix", name="Mix", effect=Mix(percent="5", target=COFFEE))

    decision = priced(mix, coffee("a", 2)).decision("mix")

    assert decision is not None
    assert decision.message == "needs 1 more different product of Coffee"


@pytest.mark.parametrize(("bags", "total"), [(3, "30.00"), (4, "36.00")])
def test_weight(bags: int, total: str) -> None:
    """Four bags weigh a kilogram."""
    mix = Promotion(
        id="mix",
        name="Mix",
        effect=Mix(percent="10", target=COFFEE),
        conditions=(MinWeight(grams=1000),),
    )

    quote = priced(mix, coffee("a", bags - 1), coffee("b", 1))

    assert Money(total, "EUR") == quote.total


@pytest.mark.parametrize(
    ("postal_code", "bags", "cost"),
    [("04109", 4, "4.50"), ("04109", 5, "6.00"), ("10115", 4, None), ("04109", 81, None)],
)
def test_courier(postal_code: str, bags: int, cost: str | None) -> None:
    """3.00, and 1.50 for each kilogram begun, in Leipzig and up to 20 kg."""
    courier = BikeCourier(
        price=Money("3.00", "EUR"),
        per_kilogram=Money("1.50", "EUR"),
        countries=("DE",),
        postal_prefixes=("04",),
    )
    bag = RequestedLine(
        line_id="a", sku="a", quantity=bags, weight_grams=250, amount=Money("10.00", "EUR")
    )
    address = Address(
        name="Ann Lee", line1="Markt 1", city="Leipzig", postal_code=postal_code, country="DE"
    )
    request = ShipmentRequest(
        shipment_id="s", address=address, lines=(bag,), subtotal=Money("10.00", "EUR")
    )

    speeds = courier.speeds(request)

    assert [str(each.price.amount) for each in speeds] == ([] if cost is None else [cost])
