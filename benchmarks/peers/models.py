"""The products that django-salesman sells."""

from decimal import Decimal

from django.db import models


class Article(models.Model):
    """A product with its price."""

    name = models.CharField(max_length=20)
    code = models.CharField(max_length=20)
    price = models.DecimalField(max_digits=9, decimal_places=2)

    def __str__(self) -> str:
        return self.name

    def get_price(self, request: object) -> Decimal:
        """The price of a unit."""
        return self.price
