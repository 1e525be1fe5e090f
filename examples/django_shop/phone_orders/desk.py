"""The order desk of the shop: its products and customers, its stock, and cartcore between them."""

from collections.abc import Iterator
from typing import Any

from django.db.models import F
from moneyed import Money

from cartcore import (
    Address,
    Contact,
    DraftView,
    Order,
    OrderDesk,
    OrderHooks,
    OrderStatus,
    Problem,
    Product,
    Step,
    Store,
    Variant,
)
from cartcore.adapters.composed import ComposedStorage
from cartcore.adapters.django import DjangoStorage, ModelContacts, ModelProducts
from cartcore.errors import DraftHasProblems
from cartcore.rules.builtin import FlatRate
from django_shop.store import models


class Catalogue(ModelProducts):
    """The shop's products, as they are in its own tables."""

    queryset = models.Product.objects.filter(variants__isnull=False).distinct()
    queryset = queryset.prefetch_related("variants")
    sku = "variants__sku"

    def product(self, row: Any) -> Product:
        """Make a product of a row."""
        sizes = [each for each in row.variants.all() if each.size]
        return Product(
            id=str(row.pk),
            title=row.name,
            published=row.on_sale,
            options=("Size",) if sizes else (),
            variants=tuple(
                Variant(
                    sku=each.sku,
                    price=Money(each.price, "USD"),
                    options=(each.size,) if sizes else (),
                )
                for each in row.variants.all()
            ),
        )


class Customers(ModelContacts):
    """The shop's customers, as they are in its own table."""

    queryset = models.Customer.objects.all()

    def contact(self, row: Any) -> Contact:
        """Make a contact of a row."""
        home = Address(
            line1=row.street, city=row.city, postal_code=row.postal_code, country=row.country
        )
        return Contact(
            id=str(row.pk), name=row.name, email=row.email, phone=row.phone, addresses=(home,)
        )

    def write(self, row: Any, contact: Contact) -> None:
        """Save a new caller, or one that staff have changed."""
        row.name, row.email, row.phone = contact.name, contact.email, contact.phone
        if home := contact.primary_address:
            row.street, row.city = home.line1, home.city
            row.postal_code, row.country = home.postal_code, home.country
        row.full_clean()
        row.save()


def take_from_stock(order: Order, _work: object) -> None:
    """Take what was ordered, in the transaction of the order; fees and custom items have no SKU."""
    for sku, units in order.quote.units_by_sku().items():
        there = models.Stock.objects.filter(variant__sku=sku, pieces__gte=units)
        if not there.update(pieces=F("pieces") - units):
            sold_out = f"{units} × {sku} cannot be taken from the stock"
            raise DraftHasProblems((Problem(step=Step.ITEMS, code="stock", message=sold_out),))


def put_back(before: Order, after: Order, _work: object) -> None:
    """Put back what a cancelled order had taken."""
    if after.status is OrderStatus.CANCELLED and before.status is not OrderStatus.CANCELLED:
        for sku, units in after.quote.units_by_sku().items():
            models.Stock.objects.filter(variant__sku=sku).update(pieces=F("pieces") + units)


def out_of_stock(view: DraftView) -> Iterator[Problem]:
    """Say what cannot be delivered, at its line, before staff try to place the order."""
    wanted = view.quote.units_by_sku()
    stock = models.Stock.objects.filter(variant__sku__in=wanted)
    pieces = dict(stock.values_list("variant__sku", "pieces"))
    for sku, units in wanted.items():
        left = pieces.get(sku, 0)
        if left < units:
            line = next(line for line in view.quote.lines if line.sku == sku)
            yield Problem(
                step=Step.ITEMS,
                code="out_of_stock",
                message=f"{line.description}: {units} ordered, {left} in stock",
                line_id=line.line_id,
            )


desk = OrderDesk(
    ComposedStorage(DjangoStorage(), products=Catalogue, contacts=Customers),
    Store(
        currency="USD",
        speeds=(
            FlatRate(code="post", name="Post", price=Money("4.90", "USD")),
            FlatRate(code="express", name="Express", price=Money("14.90", "USD")),
        ),
    ),
    hooks=OrderHooks(placed=(take_from_stock,), changed=(put_back,), problems=(out_of_stock,)),
)
