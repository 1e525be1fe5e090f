"""cartcore's tables at schema version 11: the promotions that orders were priced from (SC-11)."""

from typing import ClassVar

from django.db import migrations

from cartcore.adapters.django.operations import BringUp


class Migration(migrations.Migration):
    """No model sees the new table."""

    dependencies: ClassVar[list[tuple[str, str]]] = [("cartcore", "0002_events")]
    operations: ClassVar[list[object]] = [BringUp(11)]
