"""What a tax table of 40,000 postal codes costs: `python -m benchmarks.tax_table`.

Processor time, beside a table of one row that is asked the same.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime

from moneyed import Money

from cartcore.rules import CartLine, Place, TaxablePart, TaxRequest
from cartcore.rules.builtin import TaxRow, TaxTable

ROWS = 40_000
STATES = ("AL", "AZ", "AR", "CA", "CO", "FL", "GA", "IL", "NY", "TX")
LINE = CartLine(id="l1", sku="A", quantity=1, unit_price=Money("10.00", "USD"))


def zip_code(number: int) -> str:
    """The postal code of a row."""
    return f"{10_000 + 2 * number:05d}"


def state(number: int) -> str:
    """The state of a row."""
    return STATES[number * len(STATES) // ROWS]


def text() -> str:
    """A file with a rate for each postal code."""
    rows = (f"US,{state(n)},{zip_code(n)},*,Sales tax,{1 + n % 900 / 100:.2f}" for n in range(ROWS))
    return "\n".join(["country,region,postal_code,tax_class,name,percent", *rows])


def asked(number: int) -> TaxRequest:
    """An order of one line that goes to the postal code of a row."""
    place = Place(country="US", region=state(number), postal_code=zip_code(number))
    part = TaxablePart("p", LINE, None, place)
    return TaxRequest(parts=(part,), currency="USD", at=datetime(2026, 6, 1, tzinfo=UTC))


def seconds(work: Callable[[], object]) -> float:
    """The processor time that something takes."""
    started = time.process_time()
    work()
    return time.process_time() - started


def main() -> None:
    """Measure and print."""
    file = text()
    table = TaxTable.from_csv(file)
    one = TaxTable(rows=(TaxRow(name="Sales tax", percent="5", country="*", tax_class="*"),))
    requests = [asked(number) for number in range(0, ROWS, 20)]
    print(f"reading and checking {ROWS} rows: {seconds(lambda: TaxTable.from_csv(file)):.2f} s")
    for name, each in ((f"{ROWS} rows", table), ("1 row", one)):
        took = min(
            seconds(lambda each=each: [each.taxes(request) for request in requests])  # type: ignore[misc]
            for _ in range(5)
        )
        print(f"an order of one line with {name}: {took / len(requests) * 1e6:.0f} µs")


if __name__ == "__main__":
    main()
