from typing import Any

import attrs
import pytest
from moneyed import Money

from cartcore.errors import CurrencyMismatch, InvalidField, InvalidInput, NotFound
from cartcore.rules.builtin import (
    Pickup,
)
from cartcore.shop.speeds import (
    RequestedLine,
    ShipmentRequest,
    ShippingSpeed,
    ask_providers,
)
from tests.support.carts import address, request, speed, usd
from tests.support.services import STANDARD, Carrier


class TestAskProviders:
    @pytest.mark.parametrize(
        ("answer", "reported"),
        [
            (OSError("carrier is down"), "carrier is down"),
            (InvalidField("parcel", 5, "smaller"), "parcel must be smaller, not 5"),
            (RecursionError(), "RecursionError"),
            ((), "offers nothing for this address"),
            ([], "offers nothing for this address"),
            (None, "a tuple or list of ShippingSpeed"),
            ("express", "a tuple or list of ShippingSpeed"),
            ({speed("9.00", "express")}, "a tuple or list of ShippingSpeed"),
            (["express"], "a ShippingSpeed"),
            ([speed(Money(9, "EUR"), "express")], "in EUR, but USD is used here"),
            ([speed("9.00", "standard")], "the speed code 'standard' is already taken"),
        ],
        ids=str,
    )
    def test_a_failing_provider_is_reported_and_stops_no_other(
        self, answer: object, reported: str
    ) -> None:
        """One provider's failure is told, and all speeds of the others are there (OE-13)."""
        pickup = Pickup(place="the shop")
        offers = ask_providers([STANDARD, Carrier(answer), pickup], request())

        assert ["standard", "pickup"] == [each.code for each in offers.speeds]
        (failure,) = offers.failures
        assert "acme.carrier" == failure.provider
        assert reported in failure.reason
        assert f"acme.carrier: {failure.reason}" == str(failure)

    @pytest.mark.parametrize(
        "error", [ValueError("x" * 10_000), ValueError(10**10_000), NotFound("x" * 10_000, "y")]
    )
    def test_a_failing_provider_is_brief(self, error: Exception) -> None:
        """However much a carrier's client has to say, a reason stays short (OE-13)."""
        (failure,) = ask_providers([Carrier(error)], request()).failures

        assert 10 < len(failure.reason) <= 300

    def test_what_is_new_in_a_partly_taken_answer_is_kept(self) -> None:
        """The first to offer a code has it; the rest of the answer counts (OE-13)."""
        second = Carrier((speed("1.00", "standard"), speed("9.00", "express")))
        offers = ask_providers([STANDARD, second], request())

        assert usd("5.00") == getattr(offers.by_code("standard"), "price", None)
        assert usd("9.00") == getattr(offers.by_code("express"), "price", None)
        assert offers.by_code("overnight") is None

    def test_nobody_is_asked(self) -> None:
        """Without providers there is nothing, and nothing failed (OE-13)."""
        offers = ask_providers([], request())

        assert ((), ()) == (offers.speeds, offers.failures)


class TestRequest:
    def test_weight_and_units(self) -> None:
        """A provider sees the weight and number of all units together (PR-21)."""
        lines = (
            RequestedLine(line_id="a", sku="a", quantity=3, weight_grams=250, amount=usd("3.00")),
            RequestedLine(line_id="b", sku="b", quantity=1, weight_grams=0, amount=usd("9.00")),
        )
        asked = ShipmentRequest(
            shipment_id="S1", address=address(), lines=lines, subtotal=usd("12.00")
        )

        assert (750, 4, "USD") == (asked.weight_grams, asked.quantity, asked.currency)

    def test_figures_to_compute_with(self) -> None:
        """A provider computes in minor units; money of another currency is an error (PR-1)."""
        asked = request()

        assert 1250 == asked.to_minor(usd("12.50"))
        assert usd("12.50") == asked.to_money(1250)
        with pytest.raises(CurrencyMismatch, match="EUR, but USD is used"):
            asked.to_minor(Money(5, "EUR"))


class TestSpeed:
    @pytest.mark.parametrize(
        "fields",
        [
            {"code": ""},
            {"name": " "},
            {"price": 5},
            {"price": usd("-1")},
            {"price": usd("0.001")},
            {"days_from": -1},
            {"days_from": 3, "days_to": 2},
            {"days_from": 1.5},
            {"days_from": True},
            {"days_to": "2"},
        ],
        ids=str,
    )
    def test_impossible_speeds(self, fields: dict[str, Any]) -> None:
        """A speed has a code, a name, a price from zero and days in order (PR-21)."""
        plain: dict[str, Any] = {"code": "x", "name": "X", "price": usd("5.00")}
        with pytest.raises(InvalidInput):
            ShippingSpeed(**(plain | fields))

    def test_days(self) -> None:
        """The same day twice is an exact promise, and days may be left out (PR-21)."""
        exact = attrs.evolve(speed("5.00"), days_from=2, days_to=2)

        assert (2, 2) == (exact.days_from, exact.days_to)
        assert 0 == attrs.evolve(speed("5.00"), days_to=0).days_to
