"""cartcore's tables at schema version 10: the events of orders (HA-6)."""

from typing import ClassVar

from django.db import migrations

from cartcore.adapters.django.operations import BringUp


class Migration(migrations.Migration):
    """No model sees the new table."""

    dependencies: ClassVar[list[tuple[str, str]]] = [("cartcore", "0001_initial")]
    operations: ClassVar[list[object]] = [BringUp(10)]
