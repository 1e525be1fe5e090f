"""What the shop sells, to whom, and what there is of it."""

from django.db import models


class Product(models.Model):
    """Something that is sold, in one variant or several."""

    name = models.CharField(max_length=200)
    on_sale = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.name


class Variant(models.Model):
    """A product in one size."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="variants")
    sku = models.CharField(max_length=40, unique=True)
    size = models.CharField(max_length=20, blank=True)
    price = models.DecimalField(max_digits=10, decimal_places=2)

    def __str__(self) -> str:
        return self.sku


class Stock(models.Model):
    """How many pieces of a variant there are."""

    variant = models.OneToOneField(Variant, models.CASCADE, primary_key=True)
    pieces = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.pieces} × {self.variant}"


class Customer(models.Model):
    """Somebody who has bought here, or will."""

    name = models.CharField(max_length=200)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=40, blank=True)
    street = models.CharField(max_length=200)
    city = models.CharField(max_length=100)
    postal_code = models.CharField(max_length=20, blank=True)
    country = models.CharField(max_length=2)

    def __str__(self) -> str:
        return self.name
