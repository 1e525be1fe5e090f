"""The demo shop: its settings, two contacts, and a promotion of every class."""

from datetime import UTC, datetime
from pathlib import Path

from moneyed import Money

from cartcore import Address, Contact, Limits, Promotion, StaffPrices, Store, Trigger
from cartcore.rules import Selection, TiedItem
from cartcore.rules.builtin import (
    AddProduct,
    FlatRate,
    FreeShipping,
    MinSubtotal,
    OrderPercentOff,
    PercentOff,
    Pickup,
    WeightBand,
    WeightRates,
    Zone,
    ZoneRates,
)

CATALOG = Path(__file__).parent / "catalog" / "snowboards.csv"


def usd(amount: str) -> Money:
    """Return US dollars, from an exact decimal text."""
    return Money(amount, "USD")


STORE = Store(
    currency="USD",
    country="US",
    staff_prices=StaffPrices(
        custom_items=True,
        largest_custom_price=usd("2000.00"),
        lower_percent=30,
        raise_percent=30,
    ),
    speeds=(
        FlatRate(code="standard", name="Standard", price=usd("9.90"), days_from=3, days_to=5),
        WeightRates(
            code="express",
            name="Express",
            bands=(
                WeightBand(up_to_grams=2_000, price=usd("19.00")),
                WeightBand(up_to_grams=30_000, price=usd("49.00")),
            ),
            days_from=1,
            days_to=1,
        ),
        ZoneRates(
            code="air",
            name="Air mail",
            zones=(
                Zone(name="Canada", countries=("CA",), price=usd("24.00"), days_from=4, days_to=7),
                Zone(name="elsewhere", price=usd("39.00"), days_from=5, days_to=12),
            ),
        ),
        Pickup(place="the shop in Denver", countries=("US",)),
    ),
)

ANN = Contact(
    id="ann",
    name="Ann Lee",
    email="ann@example.com",
    phone="+1 303 555 0100",
    tags=("club",),
    addresses=(
        Address(
            name="Ann Lee",
            line1="1 Main Street",
            city="Denver",
            region="CO",
            postal_code="80202",
            country="US",
        ),
    ),
)
JOSE = Contact(id="jose", name="José Müller", email="jose@example.com")

PROMOTIONS = (
    Promotion(
        id="board10",
        name="10% off snowboards",
        effect=PercentOff(percent="10", target=Selection(categories=("Snowboards",))),
        trigger=Trigger.CODE,
        codes=("BOARD10",),
        ends_at=datetime(2100, 1, 1, tzinfo=UTC),
    ),
    Promotion(
        id="boots",
        name="Boots at half price with a board",
        effect=AddProduct(items=(TiedItem(key="boots", product_id="burton-boots"),), percent="50"),
        trigger=Trigger.PICKED,
        conditions=(
            MinSubtotal(amount=usd("150.00"), target=Selection(categories=("Snowboards",))),
        ),
    ),
    Promotion(
        id="welcome",
        name="Welcome: 5% off the order",
        effect=OrderPercentOff(percent="5", maximum=usd("50.00")),
        trigger=Trigger.CODE,
        codes=("WELCOME5",),
        limits=Limits(total=1_000),
    ),
    Promotion(
        id="shipfree",
        name="Free standard shipping",
        effect=FreeShipping(speeds=("standard",)),
        trigger=Trigger.CODE,
        codes=("SHIPFREE", "FREESHIP"),
    ),
    Promotion(
        id="big-order",
        name="2% off orders from 1,000",
        effect=OrderPercentOff(percent="2", maximum=usd("20.00")),
        conditions=(MinSubtotal(amount=usd("1000.00")),),
    ),
)
