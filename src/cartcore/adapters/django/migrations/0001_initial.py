"""cartcore's tables, at schema version 9, and what Django's models see of them."""

from typing import ClassVar

from django.db import migrations, models

from cartcore.adapters.django.models import Instant
from cartcore.adapters.django.operations import BringUp


class Migration(migrations.Migration):
    """The tables are cartcore's own: the models are not managed."""

    initial = True
    dependencies: ClassVar[list[tuple[str, str]]] = []
    operations: ClassVar[list[object]] = [
        BringUp(9),
        migrations.CreateModel(
            name="Order",
            fields=[
                ("id", models.TextField(primary_key=True, serialize=False)),
                ("number", models.TextField(unique=True)),
                ("status", models.TextField()),
                ("placed_at", Instant()),
                ("document", models.TextField()),
            ],
            options={
                "db_table": "cartcore_orders",
                "ordering": ("-placed_at", "-id"),
                "managed": False,
                "default_permissions": ("view",),
            },
        ),
        migrations.CreateModel(
            name="Promotion",
            fields=[
                ("id", models.TextField(primary_key=True, serialize=False)),
                ("enabled", models.BooleanField()),
                ("trigger", models.TextField()),
                ("document", models.TextField()),
            ],
            options={
                "db_table": "cartcore_promotions",
                "ordering": ("id",),
                "managed": False,
                "default_permissions": ("view",),
            },
        ),
    ]
