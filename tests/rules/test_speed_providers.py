"""The built-in providers of shipping speeds: what each charges, and what it refuses."""

from decimal import localcontext
from typing import Any

import attrs
import pytest
from moneyed import Money

from cartcore.errors import InvalidField, InvalidInput
from cartcore.rules import RequestedLine, ShipmentRequest, SpeedProvider
from cartcore.rules.builtin import (
    FlatRate,
    Limited,
    Pickup,
    SubtotalBand,
    SubtotalRates,
    UnitRates,
    WeightBand,
    WeightRates,
    Zone,
    ZoneRates,
)
from cartcore.shop.speeds import ask_providers
from tests.support.carts import request, speed, usd
from tests.support.services import STANDARD, Carrier


def charged(provider: SpeedProvider, wanted: ShipmentRequest) -> str | None:
    """The price of the one speed that a provider gives, None if it gives none."""
    speeds = provider.speeds(wanted)
    assert len(speeds) <= 1
    return f"{speeds[0].price.amount:f}" if speeds else None


def of_units(units: int, subtotal: str = "10.00") -> ShipmentRequest:
    """A request for so many units, in two lines."""
    two = tuple(
        RequestedLine(
            line_id=f"L{n}", sku="mug", quantity=part, weight_grams=100, amount=usd(subtotal)
        )
        for n, part in enumerate((units // 2, units - units // 2))
        if part
    )
    return attrs.evolve(request(subtotal), lines=two)


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

    @pytest.mark.parametrize(
        ("grams", "price"),
        [
            (0, "2.00"),
            (1_000, "2.00"),
            (1_001, "6.00"),
            (2_000, "6.00"),
            (2_001, "8.00"),  # 6.00 + 2.00
            (3_000, "8.00"),
            (3_001, "12.00"),  # 6.00 + 6.00
            (4_000, "12.00"),  # the last band twice, and nothing left
            (4_001, "14.00"),  # 2 × 6.00 + 2.00
            (2_000_000, "6000.00"),  # 1,000 × 6.00
        ],
    )
    def test_overflow(self, grams: int, price: str) -> None:
        """Over the last band, it is paid as often as it fits, and the band of the rest (PR-21)."""
        bands = (
            WeightBand(price=usd("2.00"), up_to_grams=1_000),
            WeightBand(price=usd("6.00"), up_to_grams=2_000),
        )
        rates = WeightRates(code="post", name="Post", bands=bands, overflow=True)

        assert price == charged(rates, request(grams=grams))

    @pytest.mark.parametrize("bound", [None, 0])
    def test_overflow_needs_a_bound(self, bound: int | None) -> None:
        """What no band is too small for cannot overflow, and nothing fits into none (PR-21)."""
        bands = (WeightBand(price=usd("1"), up_to_grams=bound),)
        with pytest.raises(InvalidField, match="overflow"):
            WeightRates(code="x", name="X", bands=bands, overflow=True)

    def test_goods_without_a_weight(self) -> None:
        """A band up to 0 grams is for what weighs nothing (PR-21)."""
        bands = (WeightBand(price=usd("0.00"), up_to_grams=0), WeightBand(price=usd("4.00")))
        rates = WeightRates(code="post", name="Post", bands=bands)

        assert "0.00" == charged(rates, request(grams=0))
        assert "4.00" == charged(rates, request(grams=1))

    def test_countries(self) -> None:
        """A table for some countries is not used elsewhere (PR-21)."""
        rates = attrs.evolve(self.RATES, countries=("CA",))

        assert charged(rates, request()) is None

    def test_two_currencies(self) -> None:
        """A table has one currency, or some weights could never be sent (PR-1, PR-21)."""
        bands = (
            WeightBand(price=usd("1"), up_to_grams=5),
            WeightBand(price=Money("2", "EUR"), up_to_grams=9),
        )
        with pytest.raises(InvalidField, match="an amount in USD"):
            WeightRates(code="x", name="X", bands=bands)

    @pytest.mark.parametrize("bounds", [(), (0, 0), (500, 500), (500, 400), (None, 500), (-5, 5)])
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

    @pytest.mark.parametrize("bound", [usd("10"), Money("10", "EUR")], ids=str)
    def test_two_currencies(self, bound: Money) -> None:
        """A table has one currency, in its prices and in its bounds (PR-1, PR-21)."""
        bands = (
            SubtotalBand(price=usd("1")),
            SubtotalBand(price=Money("2", "EUR"), from_subtotal=bound),
        )
        with pytest.raises(InvalidField, match="an amount in USD"):
            SubtotalRates(code="x", name="X", bands=bands)

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
            Zone(name="coast", price=usd("7.00"), countries=("US",), regions=("CA",)),
            Zone(name="north", price=usd("6.00"), countries=("US",), regions=("Oregon",)),
            Zone(name="sea", price=usd("8.00"), countries=("CA",), regions=("Atlantis",)),
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
            ({"country": "US", "region": "california"}, "7.00"),
            ({"country": "US", "region": "CA"}, "7.00"),
            ({"country": "CA", "region": "California"}, "5.00"),
            ({"country": "US", "region": "or"}, "6.00"),
            ({"country": "US", "region": ""}, "5.00"),
            ({"country": "CA", "region": "atlantis"}, "8.00"),
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

    @pytest.mark.parametrize(
        ("prefix", "typed", "country", "price"),
        [
            ("NG1 5", "NG15DJ", "GB", "3.00"),
            ("H0H 0", "h0h0h0", "CA", "3.00"),
            ("00-9", "00950", "PL", "3.00"),
            ("1050", "LV-1050", "LV", "3.00"),
            ("100", "１００-0001", "JP", "3.00"),
            ("SE1 ", "SE10 9NF", "GB", "20.00"),
            ("SE1", "SE1 7PB", "GB", "3.00"),
            ("SE1", "SE10 9NF", "GB", "20.00"),
        ],
    )
    def test_postal_codes_as_people_write_them(
        self, prefix: str, typed: str, country: str, price: str
    ) -> None:
        """Blanks and hyphens do not count, and a British number ends with the prefix (OE-29)."""
        near = Zone(name="n", price=usd("3.00"), countries=(country,), postal_prefixes=(prefix,))
        rates = ZoneRates(code="van", name="V", zones=(near, Zone(name="far", price=usd("20.00"))))

        assert price == charged(rates, request(country=country, postal_code=typed))

    def test_no_zones(self) -> None:
        """A provider without any zone is a mistake (PR-21)."""
        with pytest.raises(ValueError, match="at least one"):
            ZoneRates(code="van", name="Van", zones=())

    def test_zones_in_two_currencies(self) -> None:
        """No store would have both prices, and the second one is told by its place (PR-1)."""
        zones = (Zone(name="near", price=usd("3.00")), Zone(name="far", price=Money("9", "EUR")))

        with pytest.raises(InvalidField, match=r"zones\[1\].price must be an amount in USD"):
            ZoneRates(code="van", name="Van", zones=zones)


class TestUnitRates:
    RATES = UnitRates(code="post", name="Post", price=usd("5.00"), each=usd("1.25"))

    @pytest.mark.parametrize(
        ("units", "price"), [(0, "5.00"), (1, "6.25"), (2, "7.50"), (1_000_000, "1250005.00")]
    )
    def test_order_plus_unit(self, units: int, price: str) -> None:
        """So much for the shipment, and so much for each unit of all its lines (PR-21)."""
        assert price == charged(self.RATES, of_units(units))

    def test_per_unit(self) -> None:
        """Nothing for the shipment itself: only units are charged (PR-21)."""
        rates = attrs.evolve(self.RATES, price=usd("0"), each=usd("0.99"))

        assert "6.93" == charged(rates, of_units(7))

    @pytest.mark.parametrize(
        ("units", "price"),
        [(1, "5.00"), (2, "5.00"), (3, "6.25"), (4, "7.50"), (5, "8.75"), (6, "8.75")],
    )
    def test_first_and_additional_units(self, units: int, price: str) -> None:
        """The price covers the first units; of those after them so many are charged (PR-21)."""
        rates = attrs.evolve(self.RATES, included_units=2, most_units=3)

        assert price == charged(rates, of_units(units))

    @pytest.mark.parametrize(
        ("subtotal", "price"), [("49.99", "7.50"), ("50.00", "0.00"), ("50.01", "0.00")]
    )
    def test_free_from(self, subtotal: str, price: str) -> None:
        """From a subtotal on, included, nothing is charged (PR-21)."""
        rates = attrs.evolve(self.RATES, free_from=usd("50.00"))

        assert price == charged(rates, of_units(2, subtotal))

    def test_what_is_offered(self) -> None:
        """The speed has its code, name and days, in its countries alone (PR-21)."""
        rates = attrs.evolve(self.RATES, days_from=2, days_to=3, countries=("us",))
        (offered,) = rates.speeds(of_units(1))

        assert ("post", "Post", usd("6.25"), 2, 3) == attrs.astuple(offered, recurse=False)
        assert charged(rates, request(country="CA")) is None

    def test_exact_whatever_the_decimal_context(self) -> None:
        """An application that computes with few digits does not change a rate (PR-1, PR-21)."""
        rates = attrs.evolve(self.RATES, each=usd("12345.67"))
        with localcontext(prec=4):
            assert "37042.01" == charged(rates, of_units(3))

    def test_more_than_can_be_charged(self) -> None:
        """A charge past the largest amount is reported like any failure (OE-13, PR-2)."""
        rates = attrs.evolve(self.RATES, each=usd("10000000000"))
        (failure,) = ask_providers([rates], of_units(1_000_000)).failures

        assert "the amount must be" in failure.reason

    def test_another_currency(self) -> None:
        """In a cart of another currency there is no such rate, and it is said why (PR-1)."""
        asked = attrs.evolve(request(), subtotal=Money(5, "EUR"))
        (failure,) = ask_providers([self.RATES], asked).failures

        assert "is in USD, but EUR is used here" in failure.reason

    @pytest.mark.parametrize(
        ("fields", "path"),
        [
            ({"included_units": -1}, "included_units"),
            ({"included_units": "1"}, "UnitRates.included_units"),
            ({"most_units": 0}, "most_units"),
            ({"most_units": 1.5}, "most_units"),
            ({"each": Money(1, "EUR")}, "each"),
            ({"free_from": Money(1, "EUR")}, "free_from"),
        ],
        ids=str,
    )
    def test_impossible_rates(self, fields: dict[str, Any], path: str) -> None:
        """Units are counted from zero, charged from one, and all money is of a kind (PR-22)."""
        with pytest.raises(InvalidField) as caught:
            attrs.evolve(self.RATES, **fields)

        assert path == caught.value.path

    @pytest.mark.parametrize("fields", [{"each": usd("-1")}, {"free_from": usd("0")}], ids=str)
    def test_impossible_amounts(self, fields: dict[str, Any]) -> None:
        """No unit earns money, and free from zero on would be free always (PR-2, PR-21)."""
        with pytest.raises(InvalidInput):
            attrs.evolve(self.RATES, **fields)


class TestLimited:
    @pytest.mark.parametrize(
        ("bounds", "within", "without"),
        [
            ({"min_subtotal": usd("20.00")}, ["20.00", "99.00"], ["0.00", "19.99"]),
            ({"max_subtotal": usd("50.00")}, ["0.00", "50.00"], ["50.01"]),
            (
                {"min_subtotal": usd("20.00"), "max_subtotal": usd("20.00")},
                ["20.00"],
                ["19.99", "20.01"],
            ),
            ({"max_subtotal": usd("0.00")}, ["0.00"], ["0.01"]),
        ],
        ids=str,
    )
    def test_subtotal(self, bounds: dict[str, Any], within: list[str], without: list[str]) -> None:
        """A speed for shipments of a subtotal within bounds, both included (PR-21)."""
        limited = Limited(provider=STANDARD, **bounds)

        assert ["5.00"] * len(within) == [charged(limited, request(each)) for each in within]
        assert [None] * len(without) == [charged(limited, request(each)) for each in without]

    @pytest.mark.parametrize(
        ("bounds", "within", "without"),
        [
            ({"min_grams": 500}, [500, 10**9], [0, 499]),
            ({"max_grams": 2_000}, [0, 2_000], [2_001]),
            ({"min_grams": 500, "max_grams": 500}, [500], [499, 501]),
            ({"max_grams": 0}, [0], [1]),
        ],
        ids=str,
    )
    def test_weight(self, bounds: dict[str, Any], within: list[int], without: list[int]) -> None:
        """A speed for shipments of a weight within bounds, both included (PR-21)."""
        limited = Limited(provider=STANDARD, **bounds)

        assert ["5.00"] * len(within) == [charged(limited, request(grams=g)) for g in within]
        assert [None] * len(without) == [charged(limited, request(grams=g)) for g in without]

    def test_every_bound_counts(self) -> None:
        """Country, subtotal and weight all have to be within their bounds (PR-21)."""
        limited = Limited(
            provider=STANDARD, min_subtotal=usd("10.00"), max_grams=1_000, countries=("us",)
        )

        assert "5.00" == charged(limited, request("10.00", grams=1_000, country="US"))
        assert charged(limited, request("9.99", grams=1_000, country="US")) is None
        assert charged(limited, request("10.00", grams=1_001, country="US")) is None
        assert charged(limited, request("10.00", grams=1_000, country="CA")) is None

    def test_any_provider(self) -> None:
        """The provider inside gives the speed, and may be a plugin's, or limited itself (PR-21)."""
        express = Carrier((speed("9.00", "express"),))
        twice = Limited(provider=Limited(provider=express, max_grams=900), min_grams=100)

        assert speed("9.00", "express") == twice.speeds(request(grams=500))[0]
        assert () == twice.speeds(request(grams=99))
        assert () == twice.speeds(request(grams=901))

    def test_not_asked_in_vain(self) -> None:
        """A carrier is not called for a shipment that is out of bounds (PR-21)."""
        limited = Limited(provider=Carrier(OSError("called")), max_grams=100)

        assert () == limited.speeds(request(grams=101))
        with pytest.raises(OSError, match="called"):
            limited.speeds(request(grams=100))

    @pytest.mark.parametrize(
        ("fields", "path"),
        [
            ({"provider": None}, "Limited.provider"),
            ({"provider": "standard"}, "Limited.provider"),
            ({"provider": FlatRate}, "Limited.provider"),
            ({"min_grams": -1}, "min_grams"),
            ({"max_grams": -1}, "max_grams"),
            ({"min_grams": 5, "max_grams": 4}, "max_grams"),
            ({"max_grams": True}, "Limited.max_grams"),
            ({"min_subtotal": usd("2"), "max_subtotal": usd("1")}, "max_subtotal"),
            ({"min_subtotal": usd("1"), "max_subtotal": Money(2, "EUR")}, "max_subtotal"),
            ({"max_subtotal": "5.00"}, "max_subtotal"),
        ],
        ids=str,
    )
    def test_impossible_limits(self, fields: dict[str, Any], path: str) -> None:
        """Bounds that nothing is within are refused when they are configured (PR-22)."""
        with pytest.raises(InvalidField) as caught:
            Limited(**({"provider": STANDARD} | fields))

        assert path == caught.value.path


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


BAD_DAYS: tuple[dict[str, Any], ...] = ({"days_from": 5, "days_to": 2}, {"days_from": -1})
WITH_DAYS = (STANDARD, TestWeightRates.RATES, TestSubtotalRates.RATES, TestUnitRates.RATES)


@pytest.mark.parametrize(
    ("provider", "fields"),
    [
        *(
            (each, {name: ""})
            for each in (*WITH_DAYS, TestZoneRates.RATES)
            for name in ("code", "name")
        ),
        *((each, days) for each in (*WITH_DAYS, Pickup(place="x")) for days in BAD_DAYS),
        *(
            (TestZoneRates.RATES, {"zones": (*TestZoneRates.RATES.zones, bad)})
            for bad in (Zone(name="far", price=usd("9.00"), **days) for days in BAD_DAYS)
        ),
        (Pickup(place="x"), {"code": ""}),
        (Pickup(place="x"), {"place": ""}),
    ],
    ids=lambda value: type(value).__name__ if attrs.has(type(value)) else str(value),
)
def test_a_speed_that_could_not_be_offered(provider: Any, fields: dict[str, Any]) -> None:
    """What no shipment could be sent by is refused when it is configured (PR-21, PR-22)."""
    with pytest.raises(InvalidInput):
        attrs.evolve(provider, **fields)
