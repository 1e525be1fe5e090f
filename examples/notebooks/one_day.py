"""One day of real orders as carts, for the notebooks; `first_steps` explains each column."""

from datetime import UTC, datetime
from pathlib import Path

from moneyed import Money

from cartcore import ShippingSpeed
from cartcore.scenarios import carts_from

AT = datetime(2010, 12, 1, tzinfo=UTC)
FILE = Path(__file__).parents[1] / "data" / "online_retail_2010-12-01.csv.gz"


def gbp(amount):
    """Return pounds."""
    return Money(amount, "GBP")


STANDARD = ShippingSpeed(code="standard", name="Standard", price=gbp("4.95"))


def carts_of_the_day(**more):
    """Read the file, with what else `carts_from` takes, such as a shipping speed."""
    return carts_from(
        FILE,
        order="InvoiceNo",
        sku="StockCode",
        quantity="Quantity",
        unit_price="UnitPrice",
        title="Description",
        currency="GBP",
        **more,
    )
