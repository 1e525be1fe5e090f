"""What `stateset-embedded` (Rust on SQLite) takes for a cart of ten items and its completion.

Run by `benchmarks.storage` in an environment of its own, where nothing but that package is.
Prints one line of JSON: the milliseconds of each cart's entry and of each completion.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

from stateset_embedded import (  # type: ignore[import-not-found, unused-ignore]
    AddCartItemInput,
    CartAddress,
    Commerce,
)

ITEMS = 10


def main(orders: int) -> None:
    """Enter and complete as many carts."""
    entered, completed = [], []
    address = CartAddress(
        first_name="Ann",
        last_name="Lee",
        line1="1 Main St",
        city="Denver",
        state="CO",
        postal_code="80202",
        country="US",
    )
    with tempfile.TemporaryDirectory() as folder:
        carts = Commerce(str(Path(folder) / "shop.db")).carts
        for _ in range(orders):
            began = time.perf_counter()
            cart = carts.create(customer_email="ann@example.com", currency="USD")
            for number in range(ITEMS):
                item = AddCartItemInput(
                    sku=f"SKU-{number}", name="Widget", quantity=2, unit_price=12.5
                )
                carts.add_item(cart_id=cart.id, item=item)
            carts.set_shipping(cart.id, address, "standard", "post", 4.9)
            ready = time.perf_counter()
            carts.complete(cart.id)
            done = time.perf_counter()
            entered.append((ready - began) * 1000)
            completed.append((done - ready) * 1000)
    print(json.dumps({"entering": entered, "completing": completed}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
