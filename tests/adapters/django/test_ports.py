"""Products and customers that are models of the project (HA-1, HA-3)."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import attrs
import pytest
from django.db import OperationalError, transaction
from moneyed import Money

from cartcore import Address, Contact, OrderDesk, OrderFilter, Product, Store, Variant
from cartcore.adapters.composed import ComposedStorage
from cartcore.adapters.django import DjangoStorage, ModelContacts, ModelProducts
from cartcore.errors import NotFound, PortFailed, QuoteChanged, ReadOnlyPort
from cartcore.rules.builtin import FlatRate
from cartcore.shop.contact import ContactFilter
from tests.adapters.django.shop.models import Goods


class Catalogue(ModelProducts):
    queryset = Goods.objects.all()
    sku = "sku"

    def product(self, row: Any) -> Product:
        price = Money(Decimal(row.cents) / 100, "USD")
        variants = (Variant(sku=row.sku, price=price),)
        return Product(id=str(row.pk), title=row.name, variants=variants)


class Customers(ModelContacts):
    """Whoever made some goods buys others."""

    queryset = Goods.objects.all()

    def contact(self, row: Any) -> Contact:
        home = Address(line1="1 Main Street", city="Denver", country="US")
        return Contact(id=str(row.pk), name=f"Maker of {row.name}", addresses=(home,))


def storage(products: Callable[[Any], Any] = Catalogue) -> ComposedStorage:
    return ComposedStorage(DjangoStorage(), products=products, contacts=Customers)


@pytest.fixture(autouse=True)
def goods(vendor: str) -> None:
    """Three of them."""
    for pk, (sku, name) in enumerate([("MUG", "Mug"), ("mug", "Small mug"), ("CAP", "Cap")], 7):
        Goods.objects.create(pk=pk, sku=sku, name=name, cents=999)


def test_models_are_found_as_records_are() -> None:
    """By id, by SKU with its case, by what staff type, and all of them in pages (HA-1)."""
    with storage().read() as work:
        assert "Mug" == work.products.get("7").title
        assert "Small mug" == work.products.by_sku("mug").title
        assert {"7", "9"} == {*work.products.many(["7", "9", "10"])}
        assert ["Mug", "Small mug"] == [p.title for p in work.products.search("mug").items]
        first = work.products.search(limit=2)
        rest = work.products.search(limit=2, page=first.next_page)
        assert ["Cap", "Mug", "Small mug"] == [p.title for p in (*first.items, *rest.items)]
        assert work.products.any_published()
        assert "Maker of Cap" == work.contacts.get("9").name
        [found] = work.contacts.search(ContactFilter(text="small")).items
        assert "8" == found.id


@pytest.mark.parametrize(
    "wrong", ["0", "-7", "007", "7 ", "٧", "x", "", "7.0", "9" * 30, "7\0", "None"]
)
def test_what_can_be_no_key_is_not_found(wrong: str) -> None:
    """A text that is no row's key finds none, whatever a database would make of it."""
    with storage().read() as work:
        for port in (work.products, work.contacts):
            with pytest.raises(NotFound):
                port.get(wrong)
        assert {} == work.products.many([wrong])


@pytest.mark.parametrize("wrong", ["Mug", "MUG ", "MUG\0", "", "' OR 1=1"])
def test_what_is_no_sku_is_not_found(wrong: str) -> None:
    """A SKU is found as it is written, or not at all."""
    with storage().read() as work, pytest.raises(NotFound):
        work.products.by_sku(wrong)


def test_nothing_is_changed_by_them() -> None:
    """The rows are the project's: a change is refused."""
    with storage().write() as work, pytest.raises(ReadOnlyPort):
        work.products.add(Product(id="1", title="Pin", variants=(a_variant(),)))


def a_variant() -> Variant:
    return Variant(sku="PIN", price=Money("1.00", "USD"))


def test_a_change_that_is_not_committed_is_seen_by_the_same_block_alone() -> None:
    """The models are read in the transaction that the order is in."""
    with transaction.atomic():
        Goods.objects.filter(pk=7).update(cents=500)
        with storage().read() as work:
            assert Money("5.00", "USD") == work.products.get("7").variants[0].price
        transaction.set_rollback(True)
    with storage().read() as work:
        assert Money("9.99", "USD") == work.products.get("7").variants[0].price


def test_a_new_price_is_noticed_when_the_order_is_placed() -> None:
    """What the project changes after the review is told, and no order is stored (HA-1)."""
    post = FlatRate(code="post", name="Post", price=Money("4.90", "USD"))
    desk = OrderDesk(storage(), Store(currency="USD", speeds=(post,)))
    with desk.begin(actor="sam") as edit:
        edit.choose_contact("9")
        edit.add_sku("MUG")
        edit.save_items()
        edit.choose_speed("s1", "post")
        edit.go_to("review")
    view = desk.view(edit.draft.id)
    Goods.objects.filter(pk=7).update(cents=500)
    with pytest.raises(QuoteChanged):
        desk.place(view.draft.id, seen=view.token, actor="sam")
    assert () == desk.orders(OrderFilter()).items

    view = desk.view(edit.draft.id)
    assert Money("9.90", "USD") == desk.place(view.draft.id, seen=view.token, actor="sam").total


@pytest.mark.parametrize(
    "fault", [OperationalError("no such column"), KeyError("price"), RecursionError()]
)
def test_a_mapping_that_fails_is_named(fault: Exception) -> None:
    """What a mapping raises is PortFailed, with its cause; the next unit of work is fine."""

    class Broken(Catalogue):
        def product(self, row: Any) -> Product:
            raise fault

    with pytest.raises(PortFailed) as caught, storage(Broken).read() as work:
        work.products.by_sku("MUG")
    assert fault is caught.value.__cause__
    with storage().read() as work:
        work.products.by_sku("MUG")


# --- Rows that make no record -------------------------------------------------------------------


class Legacy(Catalogue):
    """Without a name there is no product."""

    def product(self, row: Any) -> Product:
        if row.name == "lost":
            Goods.objects.get(pk=0)
        if row.name == "renamed":
            return attrs.evolve(super().product(row), id="7")
        return super().product(row)


class LegacyCustomers(Customers):
    def contact(self, row: Any) -> Contact:
        return attrs.evolve(super().contact(row), email=row.name if "@" in row.name else "")


@pytest.mark.parametrize(
    ("name", "cents", "what"),
    [
        ("", 100, "InvalidText (title)"),
        ("Bell\nring", 100, "InvalidText (title)"),
        ("Bell", -5, "InvalidAmount"),
        ("lost", 100, "LookupError"),
        ("renamed", 100, "InvalidField (id)"),
    ],
)
def test_a_row_that_makes_no_product_is_left_out_of_lists(
    name: str, cents: int, what: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Staff find all others; the log has its key, and whoever asks for it is told (HA-1)."""
    Goods.objects.create(pk=10, sku="BELL", name=name, cents=cents)
    with storage(Legacy).read() as work:
        assert ["Cap", "Mug", "Small mug"] == [p.title for p in work.products.search().items]
        assert {"7", "8"} == {*work.products.many(["7", "8"])}
        [told] = caplog.records
        assert ("cartcore.ports", "WARNING") == (told.name, told.levelname)
        assert told.getMessage().endswith(f"10: {what}")
    for ask in ("get", "many", "by_sku"):
        with (
            pytest.raises(PortFailed, match="the row 10 makes no record: ") as caught,
            storage(Legacy).read() as work,
        ):
            getattr(work.products, ask)({"get": "10", "many": ["10", "7"]}.get(ask, "BELL"))
        assert caught.value.__cause__ is not None


def test_a_row_that_makes_no_contact_is_left_out_of_lists(caplog: pytest.LogCaptureFixture) -> None:
    """It is logged without what it says: that is somebody's."""
    Goods.objects.create(pk=10, sku="BELL", name="ann lee@", cents=100)
    shop = ComposedStorage(DjangoStorage(), contacts=LegacyCustomers)
    with shop.read() as work:
        assert 3 == len(work.contacts.search(ContactFilter()).items)
    assert "10: InvalidText (email)" in caplog.text
    assert "ann lee" not in caplog.text
    with (
        pytest.raises(PortFailed, match=r"the row 10 makes no record: .*email"),
        shop.read() as work,
    ):
        work.contacts.get("10")
