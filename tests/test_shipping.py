from collections.abc import Sequence
from typing import Any, ClassVar

import attrs
import pytest
from moneyed import Money

from cartcore.errors import InvalidField, InvalidInput, NotFound
from cartcore.rules.builtin.flat_rate import FlatRate
from cartcore.rules.builtin.pickup import Pickup
from cartcore.rules.builtin.rate_table import (
    SubtotalBand,
    SubtotalRates,
    WeightBand,
    WeightRates,
)
from cartcore.rules.builtin.zone_rates import Zone, ZoneRates
from cartcore.shipping import (
    RequestedLine,
    ShipmentRequest,
    ShippingSpeed,
    SpeedProvider,
    ask_providers,
)
from tests.carts import address, request, speed, usd

STANDARD = FlatRate(code="standard", name="Standard", price=usd("5.00"), days_from=2, days_to=4)


@attrs.frozen
class Carrier:
    """A provider that answers, or raises, what the test wants."""

    type_name: ClassVar[str] = "acme.carrier"

    answer: Any

    def speeds(self, request: ShipmentRequest) -> Sequence[ShippingSpeed]:
        if isinstance(self.answer, Exception):
            raise self.answer
        answer: Sequence[ShippingSpeed] = self.answer
        return answer


def charged(provider: SpeedProvider, wanted: ShipmentRequest) -> str | None:
    """The price of the one speed that a provider gives, None if it gives none."""
    speeds = provider.speeds(wanted)
    assert len(speeds) <= 1
    return f"{speeds[0].price.amount:f}" if speeds else None


class TestAskProviders:
    @pytest.mark.parametrize(
        ("answer", "reported"),
        [
            (OSError("carrier is down"), "carrier is down"),
            (InvalidField("parcel", 5, "smaller"), "parcel is 5: smaller"),
            (RecursionError(), "RecursionError"),
            ((), "offers nothing for 1 Main St"),
            ([], "offers nothing for 1 Main St"),
            (None, "a tuple or list of ShippingSpeed is needed"),
            ("express", "a tuple or list of ShippingSpeed is needed"),
            ({speed("9.00", "express")}, "a tuple or list of ShippingSpeed is needed"),
            (["express"], "a ShippingSpeed is needed"),
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


class TestFlatRate:
    def test_one_price(self) -> None:
        """The same price for every shipment, with its days (PR-21)."""
        (offered,) = STANDARD.speeds(request("999.00", grams=99_000, country="JP"))

        assert ("standard", "Standard", usd("5.00"), 2, 4) == attrs.astuple(offered, recurse=False)

    def test_countries(self) -> None:
        """A rate for some countries is not offered elsewhere (PR-21)."""
        rate = attrs.evolve(STANDARD, countries=("us", "CA"))

        assert "5.00" == charged(rate, request(country="US"))
        assert "5.00" == charged(rate, request(country="CA"))
        assert charged(rate, request(country="MX")) is None


class TestPickup:
    def test_free(self) -> None:
        """Picking up costs nothing, in the currency of the cart (PR-21)."""
        (offered,) = Pickup(place="the shop").speeds(request())

        assert usd("0.00") == offered.price
        assert ("pickup", "Pick up at the shop", 0) == (
            offered.code,
            offered.name,
            offered.days_from,
        )
        assert charged(Pickup(place="x", countries=("CA",)), request()) is None


class TestWeightRates:
    RATES = WeightRates(
        code="post",
        name="Post",
        bands=(
            WeightBand(price=usd("4.00"), up_to_grams=500),
            WeightBand(price=usd("6.50"), up_to_grams=2_000),
        ),
    )

    @pytest.mark.parametrize(
        ("grams", "price"),
        [(0, "4.00"), (500, "4.00"), (501, "6.50"), (2_000, "6.50"), (2_001, None)],
    )
    def test_edges(self, grams: int, price: str | None) -> None:
        """A band holds up to its weight, included; above the last there is nothing (PR-21)."""
        assert price == charged(self.RATES, request(grams=grams))

    def test_open_end(self) -> None:
        """A last band without a bound takes everything heavier (PR-21)."""
        rates = attrs.evolve(self.RATES, bands=(*self.RATES.bands, WeightBand(price=usd("20.00"))))

        assert "20.00" == charged(rates, request(grams=2_001))
        assert "20.00" == charged(rates, request(grams=10**9))

    def test_countries(self) -> None:
        """A table for some countries is not used elsewhere (PR-21)."""
        rates = attrs.evolve(self.RATES, countries=("CA",))

        assert charged(rates, request()) is None

    @pytest.mark.parametrize("bounds", [(), (0,), (500, 500), (500, 400), (None, 500), (-5, 5)])
    def test_impossible_tables(self, bounds: tuple[int | None, ...]) -> None:
        """A table in which a weight would have no band, or two, is refused (PR-21)."""
        bands = tuple(WeightBand(price=usd("1.00"), up_to_grams=bound) for bound in bounds)
        with pytest.raises(ValueError, match="bands"):
            WeightRates(code="x", name="X", bands=bands)


class TestSubtotalRates:
    RATES = SubtotalRates(
        code="post",
        name="Post",
        bands=(
            SubtotalBand(price=usd("8.00")),
            SubtotalBand(price=usd("4.00"), from_subtotal=usd("50.00")),
            SubtotalBand(price=usd("0.00"), from_subtotal=usd("100.00")),
        ),
    )

    @pytest.mark.parametrize(
        ("subtotal", "price"),
        [
            ("0.00", "8.00"),
            ("49.99", "8.00"),
            ("50.00", "4.00"),
            ("99.99", "4.00"),
            ("100.00", "0.00"),
            ("5000.00", "0.00"),
        ],
    )
    def test_edges(self, subtotal: str, price: str) -> None:
        """A band starts at its subtotal, included (PR-21)."""
        assert price == charged(self.RATES, request(subtotal))

    def test_countries(self) -> None:
        """A table for some countries is not used elsewhere (PR-21)."""
        assert charged(attrs.evolve(self.RATES, countries=("CA",)), request()) is None

    @pytest.mark.parametrize(
        "starts", [(), ("10",), (None, None), (None, "20", "10"), (None, "10", "10")], ids=str
    )
    def test_impossible_tables(self, starts: tuple[str | None, ...]) -> None:
        """A table in which a subtotal would have no band, or two, is refused (PR-21)."""
        bands = tuple(
            SubtotalBand(price=usd("1"), from_subtotal=usd(start) if start else None)
            for start in starts
        )
        with pytest.raises(ValueError, match="bands"):
            SubtotalRates(code="x", name="X", bands=bands)


class TestZoneRates:
    RATES = ZoneRates(
        code="van",
        name="Van",
        zones=(
            Zone(name="island", price=usd("9.00"), countries=("US",), regions=("Hawaii", "HI")),
            Zone(name="town", price=usd("3.00"), countries=("US",), postal_prefixes=("627",)),
            Zone(name="home", price=usd("5.00"), countries=("US", "CA"), days_from=1, days_to=3),
        ),
    )

    @pytest.mark.parametrize(
        ("where", "price"),
        [
            ({"country": "US", "region": "hawaii", "postal_code": "62701"}, "9.00"),
            ({"country": "US", "region": "HI"}, "9.00"),
            ({"country": "US", "region": "Hawai"}, "5.00"),
            ({"country": "US", "postal_code": "62701"}, "3.00"),
            ({"country": "US", "postal_code": "6270"}, "3.00"),
            ({"country": "US", "postal_code": "62601"}, "5.00"),
            ({"country": "CA", "postal_code": "62701"}, "5.00"),
            ({"country": "CA", "region": "HI"}, "5.00"),
            ({"country": "FR"}, None),
        ],
        ids=str,
    )
    def test_first_zone_that_covers(self, where: dict[str, Any], price: str | None) -> None:
        """The first zone counts of which country, region and postal code all fit (PR-21)."""
        assert price == charged(self.RATES, request(**where))

    def test_rest_of_the_world(self) -> None:
        """A zone without criteria covers what is left, with its days (PR-21)."""
        world = Zone(name="world", price=usd("30.00"), days_from=5, days_to=20)
        rates = attrs.evolve(self.RATES, zones=(*self.RATES.zones, world))
        (offered,) = rates.speeds(request(country="FR"))

        assert (usd("30.00"), 5, 20) == (offered.price, offered.days_from, offered.days_to)

    @pytest.mark.parametrize(
        ("prefix", "code", "covered"),
        [("SW", "sw1a 1aa", 1), ("sw", "SW1A 1AA", 1), ("SW", "SE1 0AA", 0)],
    )
    def test_case_of_postal_codes_is_ignored(self, prefix: str, code: str, covered: int) -> None:
        """A zone's postal prefixes match however either side is typed (PR-21)."""
        zone = Zone(name="near", price=usd("3.00"), postal_prefixes=(prefix,))
        rates = ZoneRates(code="van", name="Van", zones=(zone,))

        assert covered == len(rates.speeds(request(postal_code=code)))

    def test_no_zones(self) -> None:
        """A provider without any zone is a mistake (PR-21)."""
        with pytest.raises(ValueError, match="at least one"):
            ZoneRates(code="van", name="Van", zones=())


@pytest.mark.parametrize("price", [5, "5.00", None, usd("-1"), usd("0.001"), Money("NaN", "USD")])
def test_impossible_prices(price: Any) -> None:
    """A rate that could not be charged is refused when it is configured (PR-2, PR-21)."""
    with pytest.raises(InvalidInput):
        FlatRate(code="x", name="X", price=price)
    with pytest.raises(InvalidInput):
        WeightBand(price=price)
    with pytest.raises(InvalidInput):
        SubtotalBand(price=price)
    with pytest.raises(InvalidInput):
        Zone(name="x", price=price)
