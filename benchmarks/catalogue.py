"""How fast Shopify's product CSV is read, and what reading files comes to.

`python -m benchmarks.catalogue` measures a file that it makes; `python -m benchmarks.catalogue
FILE...` tells of each file what was loaded, rejected and changed.
"""

import csv
import io
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from time import process_time

from cartcore.adapters.shopify import read_products
from cartcore.errors import InvalidInput

PRODUCTS, VARIANTS = 5_000, 4
ROUNDS = 7
CURRENCY = "USD"

# As in files that shops export: most columns are none that cartcore reads.
IGNORED = [f"Google Shopping / Custom Label {n}" for n in range(20)]


def exported(products: int, variants: int) -> bytes:
    """A file as a shop exports it: descriptions of 600 characters, weights kept in ounces."""
    header = (
        *("Handle", "Title", "Body (HTML)", "Vendor", "Type", "Tags", "Published"),
        *("Option1 Name", "Option1 Value", "Variant SKU", "Variant Grams", "Variant Price"),
        *("Variant Requires Shipping", "Variant Barcode", "Image Src", "Image Position"),
        *("Gift Card", *IGNORED, "Status"),
    )
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, header, restval="")
    writer.writeheader()
    for product in range(products):
        own = {
            "Title": f"Shirt {product}",
            "Body (HTML)": f"<p>{'Warm and dry. ' * 43}</p>",
            "Vendor": "Knit",
            "Type": "Tops",
            "Tags": "warm, dry, new",
            "Published": "true",
            "Option1 Name": "Size",
            "Image Src": f"https://cdn.example/{product}.jpg",
            "Image Position": "1",
            "Gift Card": "false",
            "Status": "active",
        }
        for variant in range(variants):
            number = product * variants + variant
            writer.writerow(
                {
                    "Handle": f"shirt-{product}",
                    **own,
                    "Option1 Value": f"size {variant}",
                    "Variant SKU": f"S-{number}",
                    "Variant Grams": "226.796185",
                    "Variant Price": "19.99",
                    "Variant Requires Shipping": "true",
                    "Variant Barcode": str(400_000_000_000 + number),
                }
            )
            own = {}
    return text.getvalue().encode()


def measured() -> None:
    """Print how many rows are read in a second, beside what the csv module alone does."""
    data = exported(PRODUCTS, VARIANTS)
    rows = PRODUCTS * VARIANTS
    alone = _median(lambda: list(csv.reader(io.StringIO(data.decode(), newline=""))))
    reading = _median(lambda: read_products(data, currency=CURRENCY))
    print(f"{rows} rows, {len(data) / 1e6:.1f} MB, {PRODUCTS} products; seconds of the processor")
    for name, seconds in (("csv module alone", alone), ("read_products", reading)):
        print(f"{name:18} {seconds:7.3f} s {rows / seconds:10,.0f} rows a second")
    print(f"{'ratio':18} {reading / alone:7.1f}")


def _median(call: Callable[[], object]) -> float:
    seconds = []
    for _ in range(ROUNDS):
        start = process_time()
        call()
        seconds.append(process_time() - start)
    return median(seconds)


def told(path: Path) -> None:
    """Print what reading a file comes to; if rows are rejected, with unique SKUs as well."""
    data = path.read_bytes()
    for unique_skus in (False, True):
        try:
            result = read_products(data, currency=CURRENCY, unique_skus=unique_skus)
        except InvalidInput as error:
            print(f"{path.name}: {error}")
            return
        variants = sum(len(product.variants) for product in result.products)
        print(
            f"{path.name}{', unique SKUs' if unique_skus else ''}: {len(result.products)} "
            f"products, {variants} variants, {len(result.rejected)} rows rejected"
        )
        for change, number in sorted(Counter(note.change for note in result.notes).items()):
            print(f"    {change}: {number}")
        if not result.rejected:
            return


def main(files: Sequence[str]) -> None:
    """Measure, or tell of the files."""
    for name in files:
        told(Path(name))
    if not files:
        measured()


if __name__ == "__main__":
    main(sys.argv[1:])
