from django.db import models


class Stock(models.Model):
    """How many pieces there are; never fewer than none."""

    sku = models.TextField(primary_key=True)
    pieces = models.IntegerField()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=models.Q(pieces__gte=0), name="pieces_are_there"),
        )

    def __str__(self) -> str:
        return f"{self.pieces} × {self.sku}"


class Goods(models.Model):
    """Something that is sold."""

    sku = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=200)
    cents = models.IntegerField()

    def __str__(self) -> str:
        return self.name


class Buyer(models.Model):
    """A customer, with one street or none."""

    name = models.CharField(max_length=20)
    email = models.EmailField(unique=True, blank=True, null=True)
    street = models.CharField(max_length=40, blank=True)
    points = models.IntegerField(default=0)
    changes = models.IntegerField(default=1)

    def __str__(self) -> str:
        return self.name
