from typing import Any

import attrs
import pytest
from moneyed import Money

from cartcore.cart import Cart, CartLine, CartShipment, ManualDiscount, check_quantity
from cartcore.errors import (
    CurrencyMismatch,
    InvalidAmount,
    InvalidField,
    InvalidInput,
    InvalidQuantity,
    UnknownCurrency,
)
from tests.support.carts import cart, line, parcel, product, speed, usd, variant


class TestQuantity:
    @pytest.mark.parametrize("quantity", [1, 2, 1_000_000])
    def test_whole_numbers(self, quantity: int) -> None:
        """A quantity is a whole number from 1 to the maximum, both included (OE-5)."""
        assert quantity == check_quantity(quantity)
        assert 5 == check_quantity(5, 5)

    @pytest.mark.parametrize(
        "quantity",
        [0, -1, 1_000_001, 1.0, "1", True, None, float("nan"), 10**5000],
        ids=lambda value: type(value).__name__,
    )
    def test_anything_else(self, quantity: Any) -> None:
        """Nothing is turned into a whole number, and True is not 1 (OE-5)."""
        with pytest.raises(InvalidQuantity, match="a whole number from 1 to 1000000"):
            line("a", "1.00", quantity)

    def test_the_store_s_maximum(self) -> None:
        """The error names the maximum that was passed (OE-5)."""
        with pytest.raises(InvalidQuantity, match="from 1 to 5, not 6"):
            check_quantity(6, 5)


class TestLine:
    def test_from_the_catalogue(self) -> None:
        """A line takes from its variant all that promotions select by."""
        shirt = product(
            "shirt",
            variant("S-M", "10.00", "Black", "M", weight_grams=200, requires_shipping=False),
            options=("Color", "Size"),
            categories=("Clothes/Shirts",),
            tags=("new",),
        )
        made = CartLine.of(shirt, shirt.variants[0], 3, line_id="L1", tied_to="promo")

        assert (
            CartLine(
                id="L1",
                sku="S-M",
                quantity=3,
                unit_price=usd("10.00"),
                product_id="shirt",
                title="Shirt",
                options=(("Color", "Black"), ("Size", "M")),
                categories=("Clothes/Shirts",),
                tags=("new",),
                weight_grams=200,
                requires_shipping=False,
                tied_to="promo",
            )
            == made
        )
        assert "Shirt (Black / M)" == made.description

    def test_of_a_product_with_one_variant(self) -> None:
        """A SKU is product and title enough where nothing else is known."""
        mug = CartLine(id="L1", sku="mug", quantity=1, unit_price=usd("1.00"))

        assert ("mug", "mug", "mug") == (mug.product_id, mug.title, mug.description)

    @pytest.mark.parametrize(
        ("price", "error"),
        [
            (usd("-0.01"), InvalidAmount),
            (Money("NaN", "USD"), InvalidAmount),
            (Money("0.000000001", "USD"), InvalidAmount),
            (Money("10000000000000.01", "USD"), InvalidAmount),
            (1.5, InvalidField),
            (None, InvalidField),
        ],
        ids=str,
    )
    def test_impossible_prices(self, price: Any, error: type[InvalidInput]) -> None:
        """A line's unit price is exact money, not negative (PR-2, PR-6)."""
        with pytest.raises(error):
            line("a", price)


class TestCart:
    def test_one_currency(self) -> None:
        """A line or a speed in another currency is named, and both currencies (PR-1)."""
        with pytest.raises(CurrencyMismatch, match="the price of mug is in EUR, but USD"):
            cart(line("mug", Money(1, "EUR")))
        with pytest.raises(CurrencyMismatch, match="the price of the speed standard is in EUR"):
            cart(shipments=(parcel("S1", by=speed(Money(5, "EUR"))),))
        with pytest.raises(UnknownCurrency):
            Cart(currency="usd")

    def test_ids_stand_once(self) -> None:
        """Lines, shipments and manual discounts cannot share an id; a line and a shipment can."""
        with pytest.raises(InvalidField, match=r"lines\[2\].id must be unique in the cart"):
            cart(line("a", "1.00"), line("b", "1.00"), line("a", "2.00"))
        with pytest.raises(InvalidField, match=r"shipments\[1\].id must be unique"):
            cart(shipments=(parcel("S1"), parcel("S1")))
        given = ManualDiscount(id="d", percent=5, reason="Late", actor="sam")
        with pytest.raises(InvalidField, match=r"manual\[1\].id must be unique"):
            Cart(currency="USD", lines=(line("a", "1.00"),), manual=(given, given))

        both = cart(line("1", "1.00"), shipments=(parcel("1"),))
        assert ["1", "1"] == [both.lines[0].id, both.shipments[0].id]

    @pytest.mark.parametrize("quantity", [0, -1, 1.0, True, "1"])
    def test_a_shipment_has_whole_units(self, quantity: Any) -> None:
        """Units in a shipment are counted like units of a line (OE-5, OE-12)."""
        with pytest.raises(InvalidQuantity):
            CartShipment(id="S1", lines=(("a", quantity),))
        with pytest.raises(InvalidQuantity):
            CartShipment(id="S1", lines=[["b", 1], ["a", quantity]])

    def test_a_cart_is_a_value(self) -> None:
        """Carts of equal contents are equal, can be kept in sets, and cannot be changed."""
        one, other = cart(line("a", "1.0")), cart(line("a", "1.00"))

        assert 1 == len({one, other})
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            one.lines = ()  # type: ignore[misc]
