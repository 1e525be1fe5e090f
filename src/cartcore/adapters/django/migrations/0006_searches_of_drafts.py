"""cartcore's tables, at schema version 14."""

from typing import ClassVar

from django.db import migrations

from cartcore.adapters.django.operations import BringUp


class Migration(migrations.Migration):
    """Nothing of what Django's models see is changed."""

    dependencies: ClassVar[list[tuple[str, str]]] = [
        ("cartcore", "0005_promotions_by_name_and_type")
    ]
    operations: ClassVar[list[object]] = [BringUp(14)]
