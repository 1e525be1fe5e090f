"""A database to try the API with: the tables, and a small catalogue."""

from moneyed import Money

from cartcore import Product, Variant
from cartcore.adapters.postgres import migrate
from fastapi_shop.app import open_storage


def set_up(database: str) -> None:
    """Make the tables, and a catalogue to try it with."""
    if not database.endswith(".sqlite"):
        migrate(database)
    mug = Variant(sku="MUG", price=Money("9.99", "USD"))
    with open_storage(database) as storage, storage.write() as work:
        if not work.products.any_published():
            work.products.add(Product(id="mug", title="Mug", variants=(mug,)))
            work.commit()
