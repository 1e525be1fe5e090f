"""Tax tables asked for one part at a time."""

from datetime import UTC, datetime

from moneyed import Money

from cartcore.rules import (
    CartLine,
    CartShipment,
    Customer,
    PartTax,
    Place,
    TaxablePart,
    TaxRequest,
)
from cartcore.rules.builtin import TaxTable

JUNE = datetime(2026, 6, 1, 12, tzinfo=UTC)


def answer(
    table: TaxTable,
    *,
    tax_class: str = "",
    shipping: bool = False,
    tags: tuple[str, ...] = (),
    at: datetime = JUNE,
    timezone: str = "UTC",
    country: str = "",
    region: str = "",
    city: str = "",
    postal_code: str = "",
) -> PartTax:
    """What a table says of goods that go to a place, or of what it costs to send them."""
    one = Money("10.00", "USD")
    line = CartLine(id="l1", sku="A", quantity=1, unit_price=one, tax_class=tax_class)
    shipment = CartShipment(id="s1", lines=(("l1", 1),))
    place = Place(country=country, region=region, city=city, postal_code=postal_code)
    parts = (TaxablePart("goods", line, shipment, place), TaxablePart("it", None, shipment, place))
    asked = TaxRequest(
        parts=parts if shipping else parts[:1],
        currency="USD",
        at=at,
        timezone=timezone,
        customer=Customer(contact_id="ann", tags=tags),
    )
    found = table.taxes(asked)
    assert [part for part, _ in found] == [part.id for part in asked.parts]
    return found[-1][1]


def rates(table: TaxTable, **asked: str) -> list[str]:
    """The names and percentages of the rates that it says."""
    found = answer(table, **asked)  # type: ignore[arg-type]
    assert found.rates
    return [f"{rate.name} {rate.percent}" for rate in found.rates]
